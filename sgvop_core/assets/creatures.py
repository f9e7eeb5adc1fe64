"""Fish, rabbit, monkey and small crawling and flying animals as toys, facing -y."""

from __future__ import annotations

import math

import numpy as np

from . import palette
from .bodies import cone, egg, eyes, figure, limb, pair, vary
from .parts import Part
from .pelts import coloured, contrast, dark, patterned, pelt, tint

PLUMES = ("red", "blue", "yellow", "green", "orange", "teal", "brown", "black", "white", "pink")
WHITE = (0.95, 0.95, 0.93)


def fish(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a fish with fins and a forked tail; it stands on its lower fins."""
    base = coloured(rng, colour, PLUMES)
    other = contrast(rng, base, PLUMES)
    skin = pelt(rng, base, other, patterned(rng, colour, ("plain", "stripes", "spots", "scales")))
    fin, white = tint("fin", other if rng.random() < 0.6 else base, rng), palette.plain("eye white", WHITE, 0.3)
    h, w = vary(rng, 0.33, 0.35), vary(rng, 0.55, 0.3)
    z = h * 1.25
    parts = [
        limb(
            [
                (0, -0.55, z, h * 0.4),
                (0, -0.3, z, h * 0.85),
                (0, 0, z, h),
                (0, 0.32, z, h * 0.62),
                (0, 0.62, z, h * 0.24),
            ],
            skin,
            14,
            wide=w,
            tile=0.7,
        )
    ]
    parts += eyes(h * 0.68 * w, -0.42, z + h * 0.25, h * 0.24, dark("pupil"), white)
    n = vary(rng, 0.32, 0.3)
    for tip in (1, -1):
        parts.append(
            limb(
                [(0, 0.58, z, h * 0.2), (0, 0.7 + n * 0.7, z + tip * n * 0.6, 0.14), (0, 0.75 + n, z + tip * n, 0.07)],
                fin,
                8,
                wide=0.3,
            )
        )
    tall = vary(rng, 0.25, 0.5)
    parts.append(
        limb(
            [(0, -0.2, z + h * 0.8, 0.1), (0, 0.05, z + h + tall * 0.5, tall * 0.55), (0, 0.35, z + h * 0.7, 0.08)],
            fin,
            8,
            wide=0.22,
        )
    )
    parts.append(
        limb([(0, -0.1, z - h * 0.85, 0.08), (0, 0.1, z - h, 0.16), (0, 0.25, z - h * 0.8, 0.05)], fin, 8, wide=0.5)
    )
    parts += pair(egg((0, 0.12, 0), (0.035, 0.2, 0.1), fin, 5, 8).turned("z", 35).at(h * w * 0.85, -0.1, z - h * 0.15))
    parts.append(egg((0, -0.55 - h * 0.32, z - h * 0.1), (0.09, 0.06, 0.05), fin, 6, 8))
    return parts


def rabbit(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a rabbit, crouching or sitting upright: long ears up or hanging, a white tail."""
    base = coloured(rng, colour, ("white", "brown", "grey", "cream", "black"))
    skin = pelt(
        rng,
        base,
        contrast(rng, base, ("white", "brown", "black")),
        patterned(rng, colour, ("plain", "plain", "blotches")),
    )
    pink, white = tint("nose", "pink", rng), pelt(rng, "white" if base != "white" else "cream")
    up = rng.random() < 0.5
    g, r = vary(rng, 0.32), vary(rng, 0.25)
    hy, hz = (-0.12, 1.05) if up else (-0.48, 0.72)
    top = (0, -0.06, 0.72, g * 0.75) if up else (0, -0.28, 0.45, g * 0.8)
    parts = [
        limb([(0, 0.2, g, g * 1.08), (0, 0.1, g * 1.15, g * 1.1), top, (0, hy + 0.02, hz - 0.05, r * 0.6)], skin, 14, 2)
    ]
    parts += [
        egg((0, hy, hz), (r * 0.95, r * 1.08, r), skin),
        egg((0, hy - r * 0.75, hz - r * 0.25), (r * 0.5, r * 0.42, r * 0.4), white),
    ]
    parts.append(egg((0, hy - r * 1.15, hz - r * 0.08), (0.05, 0.035, 0.035), pink, 6, 8))
    parts += eyes(r * 0.7, hy - r * 0.65, hz + r * 0.3, r * 0.2, dark("eye"))
    n, apart = vary(rng, 0.6, 0.3), float(rng.uniform(3, 25)) if rng.random() < 0.75 else float(rng.uniform(120, 150))
    ear = [
        egg((0, 0, n / 2), (0.1, 0.05, n / 2), skin, 8, 10),
        egg((0, -0.03, n / 2), (0.06, 0.035, n * 0.42), pink, 6, 8),
    ]
    for piece in ear:
        parts += pair(piece.turned("x", -8).turned("y", apart).at(r * 0.42, hy + 0.05, hz + r * 0.75))
    parts += pair(
        limb(
            [(g * 0.8, 0.15, 0.22, 0.2), (g * 0.9, -0.15, 0.07, 0.08), (g * 0.85, -0.3, 0.07, 0.08)], skin, 8, 2, ends=2
        )
    )
    reach = -0.32 if up else -0.42
    parts += pair(
        limb(
            [
                (0.14, top[1] - 0.1, top[2] - 0.1, 0.1),
                (0.14, reach, 0.07 if not up else 0.4, 0.07),
                (0.13, reach - 0.08, 0.07 if not up else 0.37, 0.07),
            ],
            skin,
            8,
            2,
            ends=2,
        )
    )
    return [*parts, egg((0, 0.2 + g * 1.08, g * 0.9), 0.12, white)]


def monkey(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a sitting monkey: pale face, round ears, long arms, a tail curled up behind."""
    base = coloured(rng, colour, ("brown", "brown", "black", "grey", "terracotta"))
    skin, pale = pelt(rng, base), pelt(rng, "cream" if base != "cream" else "pink")
    w, r = vary(rng, 0.24), vary(rng, 0.27)
    z = 0.62 + r * 0.8
    parts = [
        limb([(0, 0, w, w * 1.05), (0, 0, 0.38, w), (0, 0, 0.62, w * 0.7)], skin, 14),
        egg((0, -w * 0.4, 0.32), (w * 0.7, w * 0.7, 0.25), pale),
    ]
    parts += [
        egg((0, 0, z), r, skin),
        *pair(egg((r * 0.36, -r * 0.5, z + r * 0.2), (r * 0.44, r * 0.5, r * 0.44), pale)),
    ]
    parts += [
        egg((0, -r * 0.7, z - r * 0.3), (r * 0.62, r * 0.5, r * 0.45), pale),
        *eyes(r * 0.34, -r * 0.97, z + r * 0.2, r * 0.15, dark("eye")),
    ]
    parts += pair(egg((r * 1.05, 0.02, z + r * 0.1), (r * 0.4, r * 0.2, r * 0.42), skin)) + pair(
        egg((r * 1.08, -r * 0.12, z + r * 0.1), (r * 0.26, r * 0.15, r * 0.28), pale, 6, 8)
    )
    parts += pair(egg((r * 0.1, -r * 1.18, z - r * 0.2), 0.018, dark("nostril"), 4, 6))
    parts.append(egg((0, -r * 1.12, z - r * 0.48), (r * 0.3, r * 0.1, r * 0.05), dark("mouth"), 4, 8))
    for side in (1, -1):
        raised = rng.random() < 0.35
        hand = (0.62, -0.1, 1.05) if raised else (0.36, -0.42, 0.22)
        elbow = (0.55, 0.0, 0.65) if raised else (0.48, -0.08, 0.32)
        arm = [
            limb([(w * 0.6, 0, 0.58, 0.09), (*elbow, 0.075), (*hand, 0.07)], skin, 8, ends=2),
            egg(hand, 0.09, pale, 6, 8),
        ]
        leg = [
            limb([(w * 0.6, -0.05, 0.12, 0.12), (0.38, -0.35, 0.2, 0.09), (0.36, -0.5, 0.08, 0.08)], skin, 8, ends=2),
            egg((0.36, -0.58, 0.08), (0.09, 0.14, 0.08), pale, 6, 8),
        ]
        parts += [p if side > 0 else pair(p)[1] for p in arm + leg]
    side = 1 if rng.random() < 0.5 else -1
    curl = [
        (0, 0.2, 0.1),
        (0.15 * side, 0.45, 0.1),
        (0.4 * side, 0.5, 0.35),
        (0.38 * side, 0.45, 0.7),
        (0.55 * side, 0.42, 0.8),
        (0.6 * side, 0.4, 0.62),
    ]
    return [*parts, limb([(*p, 0.05) for p in curl], skin, 8, ends=2)]


def snail(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a snail: a coiled shell in the dominant colour on a soft body with stalked eyes."""
    base = coloured(rng, colour, ("brown", "orange", "pink", "teal", "yellow", "purple", "red"))
    shell = pelt(
        rng, base, contrast(rng, base, ("cream", "brown", "black")), patterned(rng, colour, ("plain", "stripes"))
    )
    soft = pelt(rng, contrast(rng, base, ("cream", "brown", "grey", "yellow")))
    long, r = vary(rng, 0.75), vary(rng, 0.36)
    parts = [
        limb(
            [
                (0, long, 0.04, 0.03),
                (0, 0.2, 0.12, 0.15),
                (0, -0.35, 0.13, 0.15),
                (0, -0.62, 0.24, 0.13),
                (0, -0.7, 0.42, 0.13),
            ],
            soft,
            12,
            wide=1.25,
        )
    ]
    stalk = vary(rng, 0.26, 0.3)
    parts += pair(limb([(0.05, -0.72, 0.5, 0.03), (0.12, -0.8, 0.5 + stalk, 0.025)], soft, 6, 1, ends=2)) + pair(
        egg((0.12, -0.8, 0.52 + stalk), 0.055, dark("eye"), 6, 8)
    )
    turns, n = 2.3, 26
    coil = []
    for i in range(n):
        share = i / (n - 1)
        a, reach = -math.pi * 0.5 + 2 * math.pi * turns * share, r * (1 - share) ** 0.8
        coil.append(
            (
                0.1 * share,
                0.1 + reach * math.cos(a),
                0.22 + r + reach * math.sin(a),
                (0.06 + r * 0.5 * (1 - share) ** 0.9),
            )
        )
    return [*parts, limb(coil, shell, 10, 1, wide=1.1), egg((0, 0.1, 0.22 + r), (r * 0.3, r * 0.8, r * 0.8), shell)]


def spider(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a spider: a round abdomen and eight arched legs."""
    base = coloured(rng, colour, ("black", "black", "brown", "grey", "red", "purple"))
    skin = pelt(
        rng,
        base,
        contrast(rng, base, ("red", "yellow", "black", "brown")),
        patterned(rng, colour, ("plain", "spots", "stripes")),
    )
    bare, white = tint("leg", base, rng), palette.plain("eye white", WHITE, 0.3)
    g, z, reach, thick = vary(rng, 0.27), vary(rng, 0.26), vary(rng, 0.75), vary(rng, 0.035, 0.35)
    parts = [
        egg((0, 0.3, z + 0.08), (g, g * 1.2, g * 0.95), skin, 10, 14),
        egg((0, -0.12, z), (0.18, 0.22, 0.15), bare),
    ]
    parts += eyes(0.07, -0.3, z + 0.08, 0.055, dark("pupil"), white)
    for i, turn_by in enumerate((55, 20, -15, -50)):
        a = math.radians(turn_by + float(rng.uniform(-7, 7)))
        far = reach * (1.1 if i in (0, 3) else 0.95)
        steps = ((0.1, z, 1.2), (0.45 * far, z + 0.38, 1.0), (0.8 * far, z + 0.15, 0.85), (far, thick * 0.6, 0.6))
        leg = [(s * math.cos(a), -0.1 - s * math.sin(a), h, thick * w) for s, h, w in steps]
        parts += pair(limb(leg, bare, 6, 2, ends=2))
    return parts


def bee(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a bee: a striped body, two pairs of wings, feelers, a sting."""
    base = coloured(rng, colour, ("yellow", "yellow", "orange"))
    skin, black = pelt(rng, base), pelt(rng, "black" if base != "black" else "yellow")
    g, z = vary(rng, 0.28), 0.45
    parts, count = [], int(rng.integers(4, 7))
    ends = np.linspace(-0.25, 0.62, count + 1)
    for i in range(count):
        near, far = ends[i], ends[i + 1]
        r = [g * math.sqrt(max(0.04, 1 - ((y - 0.12) / 0.56) ** 2)) for y in (near, (near + far) / 2, far)]
        parts.append(
            limb(
                [(0, near, z, r[0]), (0, (near + far) / 2, z, r[1]), (0, far, z, r[2])],
                skin if i % 2 == 0 else black,
                14,
                1,
                ends=1,
            )
        )
    parts += [
        egg((0, -0.38, z + 0.03), vary(rng, 0.22), black if rng.random() < 0.5 else skin, 8, 12),
        cone(0.04, 0.16, dark("sting"), segments=6).turned("x", -90).at(0, 0.62, z),
    ]
    parts += eyes(0.12, -0.53, z + 0.1, 0.075, dark("pupil"), palette.plain("eye white", WHITE, 0.3))
    clear = palette.plain("wing", (0.84, 0.9, 0.95), 0.2)
    n, lift = vary(rng, 0.55), float(rng.uniform(20, 55))
    for y, size, back in ((-0.05, 1.0, 12), (0.15, 0.7, -25)):
        blade = egg((n * size / 2, 0, 0), (n * size / 2, 0.2 * size, 0.025), clear, 5, 12)
        parts += pair(blade.turned("z", -back).turned("y", -lift).at(0.06, y, z + g * 0.85))
    parts += pair(
        limb(
            [(0.06, -0.45, z + 0.2, 0.02), (0.12, -0.6, z + 0.42, 0.018), (0.14, -0.66, z + 0.42, 0.03)],
            dark("feeler"),
            6,
            2,
            ends=2,
        )
    )
    for y in (-0.2, 0.0, 0.2):
        parts += pair(
            limb(
                [(0.1, y, z - g * 0.6, 0.025), (0.26, y, z - g * 0.8, 0.025), (0.28, y, 0.025, 0.025)],
                dark("leg"),
                6,
                1,
                ends=2,
            )
        )
    return parts


def octopus(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns an octopus: a bulb of a head on eight curling arms."""
    base = coloured(rng, colour, ("red", "purple", "orange", "pink", "blue", "teal"))
    skin = pelt(rng, base, contrast(rng, base, ("white", "pink", "yellow")), patterned(rng, colour, ("plain", "spots")))
    r, tall, reach = vary(rng, 0.36), vary(rng, 0.45, 0.3), vary(rng, 0.8)
    parts = [limb([(0, 0, 0.3, r * 0.72), (0, 0.02, 0.42, r * 0.8), (0, 0.06, 0.42 + tall, r)], skin, 16)]
    parts += eyes(r * 0.42, -r * 0.78, 0.52, r * 0.27, dark("pupil"), palette.plain("eye white", WHITE, 0.3))
    phase = float(rng.uniform(0, 45))
    for i in range(8):
        a, twist = math.radians(45 * i + phase), float(rng.uniform(-0.5, 0.5))
        tip = float(rng.uniform(0.05, 0.32))
        spots = (
            (0.15, 0.28, 0.13, 0.0),
            (0.45, 0.1, 0.1, 0.1),
            (0.75, 0.075, 0.075, 0.5),
            (1.0, tip, 0.05, 1.0),
            (0.9, tip + 0.1, 0.03, 1.2),
        )
        arm = [(reach * s * math.cos(a + twist * t), reach * s * math.sin(a + twist * t), z, w) for s, z, w, t in spots]
        parts.append(limb(arm, skin, 7, 2, ends=2))
    return parts


KINDS = {
    "fish": figure(fish, 0.12, 0.6),
    "rabbit": figure(rabbit, 0.13, 0.5),
    "monkey": figure(monkey, 0.16, 0.7),
    "snail": figure(snail, 0.1, 0.35),
    "spider": figure(spider, 0.1, 0.4),
    "bee": figure(bee, 0.1, 0.35),
    "octopus": figure(octopus, 0.13, 0.6),
}
