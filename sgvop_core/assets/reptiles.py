"""Reptiles and their like as toys, facing -y: turtle, snake, crocodile, frog."""

from __future__ import annotations

import math

import numpy as np

from . import palette
from .bodies import cone, egg, eyes, figure, limb, pair, vary
from .parts import Part
from .pelts import coloured, contrast, dark, patterned, pelt, tint

SKINS = ("green", "green", "teal", "brown", "orange", "purple", "blue")


def turtle(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a turtle: a domed shell in the dominant colour, flat legs or flippers, a head on a neck."""
    base = coloured(rng, colour, ("green", "brown", "teal", "orange", "purple"))
    shell = pelt(
        rng,
        base,
        contrast(rng, base, ("black", "cream", "brown")),
        patterned(rng, colour, ("patches", "patches", "plain", "spots")),
    )
    soft = contrast(rng, base, ("green", "yellow", "cream", "brown", "mint"))
    skin = pelt(rng, base if colour and rng.random() < 0.6 else soft)
    rim = tint("rim", contrast(rng, base, ("brown", "cream", "yellow")), rng)
    w, long, dome = vary(rng, 0.42), vary(rng, 0.5), vary(rng, 0.36, 0.3)
    z = vary(rng, 0.16, 0.3)
    parts = [
        egg((0, 0, z + 0.06), (w, long, dome), shell, 10, 16),
        egg((0, 0, z + 0.05), (w * 1.1, long * 1.08, 0.075), rim, 6, 18),
    ]
    up, r = vary(rng, 0.16, 0.5), vary(rng, 0.14)
    hy, hz = -long - 0.22, z + 0.06 + up
    parts += [
        limb([(0, -long * 0.8, z + 0.05, 0.1), (0, hy + 0.04, hz - 0.02, 0.09)], skin, 8),
        egg((0, hy, hz), (r * 0.9, r * 1.2, r), skin),
    ]
    parts += eyes(r * 0.6, hy - r * 0.7, hz + r * 0.4, r * 0.24, dark("eye"))
    if rng.random() < 0.35:
        parts += pair(
            egg((0.2, 0, 0), (0.3, 0.12, 0.035), skin, 5, 10).turned("z", -35).at(w * 0.7, -long * 0.6, z - 0.02)
        )
        parts += pair(egg((0.1, 0, 0), (0.2, 0.1, 0.035), skin, 5, 8).turned("z", 45).at(w * 0.6, long * 0.8, z - 0.02))
    else:
        for y in (-0.62, 0.62):
            parts += pair(
                limb(
                    [
                        (w * 0.6, long * y, z, 0.12),
                        (w * 0.95, long * y * 1.15, 0.09, 0.1),
                        (w * 0.97, long * y * 1.15 - 0.05, 0.085, 0.085),
                    ],
                    skin,
                    8,
                    1,
                    ends=2,
                )
            )
    return [*parts, cone(0.06, 0.2, skin, segments=8).turned("x", -100).at(0, long, z + 0.02)]


def snake(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a snake, winding along the ground or coiled, its head raised and its tongue out."""
    base = coloured(rng, colour, (*SKINS, "red", "yellow"))
    other = contrast(rng, base, ("black", "yellow", "red", "cream"))
    skin = pelt(rng, base, other, patterned(rng, colour, ("stripes", "patches", "spots", "scales", "plain")))
    r, up = vary(rng, 0.075, 0.25), vary(rng, 0.4, 0.35)
    knots: list[tuple[float, float, float, float]] = []
    if rng.random() < 0.45:
        turns, wide = float(rng.uniform(2.0, 3.0)), vary(rng, 0.42)
        for t in np.linspace(0, 1, 26):
            a = -math.pi / 2 + 2 * math.pi * turns * (t - 1)
            reach, layer = wide * (1 - 0.45 * t), r + 1.35 * r * turns * t * t
            knots.append((reach * math.cos(a), reach * math.sin(a), layer, r * min(1.0, 0.25 + 5 * t)))
        x, y, z, _ = knots[-1]
    else:
        waves, swing, phase = float(rng.uniform(1.2, 2.2)), vary(rng, 0.2, 0.4), float(rng.uniform(0, 6))
        for t in np.linspace(0, 1, 20):
            side = swing * math.sin(2 * math.pi * waves * (1 - t) + phase) * (1 - 0.6 * t**4)
            knots.append((side, 0.75 - 1.35 * t, r, r * min(1.0, 0.25 + 3 * t)))
        x, y, z, _ = knots[-1]
    knots += [(x * 0.9, y - 0.1, z + up * 0.5, r * 0.9), (x * 0.8, y - 0.08, z + up, r * 0.85)]
    hx, hy, hz = x * 0.8, y - 0.22, z + up * 1.05
    parts = [
        limb(knots, skin, 8, 2, tile=0.4, ends=2),
        limb(
            [(hx, y - 0.08, hz, r * 1.25), (hx, hy, hz - 0.01, r * 1.3), (hx, hy - 0.15, hz - 0.03, r * 0.8)],
            skin,
            10,
            2,
            1.15,
        ),
    ]
    parts += [
        p.at(hx)
        for p in eyes(
            r * 1.1,
            hy - 0.02,
            hz + r * 0.75,
            r * 0.38,
            dark("pupil"),
            palette.plain("eye white", (0.95, 0.9, 0.6), 0.3),
        )
    ]
    tongue = palette.plain("tongue", (0.8, 0.1, 0.15), 0.4)
    for fork in (-0.05, 0.05):
        parts.append(
            limb(
                [
                    (hx, hy - 0.15, hz - 0.04, 0.014),
                    (hx, hy - 0.3, hz - 0.05, 0.014),
                    (hx + fork, hy - 0.4, hz - 0.05, 0.01),
                ],
                tongue,
                5,
                1,
                ends=1,
            )
        )
    return parts


def crocodile(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a crocodile: low and long, open jaws with teeth, plates along its back."""
    base = coloured(rng, colour, ("green", "green", "brown", "teal", "grey"))
    skin, spike = pelt(rng, base, None, "scales"), tint("plate", contrast(rng, base, ("brown", "green", "yellow")), rng)
    g, swing, tail = vary(rng, 0.19), float(rng.uniform(-0.35, 0.35)), vary(rng, 1.05)
    z = 0.14 + g * 0.8
    spine = [(0, -0.5, z + 0.03, g * 0.75), (0, -0.2, z, g), (0, 0.25, z, g), (0, 0.55, z - 0.02, g * 0.75),
             (swing * 0.5, 0.55 + tail * 0.5, z * 0.6, g * 0.45), (swing, 0.55 + tail, 0.06, 0.03)]  # fmt: skip
    parts = [limb(spine, skin, 12, 2, 1.2)]
    gape, n = float(rng.uniform(3, 24)), vary(rng, 0.62)
    ivory = palette.plain("tooth", (0.95, 0.93, 0.85), 0.3)
    hz = z + 0.08
    for sign, lift in ((1, gape), (-1, -4)):
        a = math.radians(lift)
        dy, dz = -n * math.cos(a), n * math.sin(a)
        root = hz + sign * 0.045
        parts.append(
            limb(
                [
                    (0, -0.5, root, 0.13),
                    (0, -0.58 + dy * 0.5, root + dz * 0.5, 0.085),
                    (0, -0.58 + dy, root + dz, 0.075),
                ],
                skin,
                10,
                2,
                1.25,
            )
        )
        for i in range(5):
            s = 0.35 + 0.14 * i
            tooth = cone(0.024, 0.085, ivory, segments=5).turned("x", 180 if sign > 0 else 0)
            parts += pair(tooth.at(0.085, -0.58 + dy * s, root + dz * s - sign * 0.04))
    parts += pair(egg((0.1, -0.62, hz + 0.16), 0.065, skin, 6, 8)) + eyes(
        0.11, -0.65, hz + 0.175, 0.05, dark("pupil"), palette.plain("eye white", (0.95, 0.85, 0.4), 0.3)
    )
    for i in range(9):
        y = -0.35 + i * (0.9 + tail * 0.45) / 8
        share = max(0.0, (y - 0.55) / tail)
        high = z + g * 0.9 - share * (z * 0.55 + g * 0.5)
        parts.append(
            cone(0.05, 0.13 * (1 - 0.4 * share), spike, segments=5)
            .scaled(0.6, 1.3, 1)
            .at(swing * share * share, y, high - 0.03)
        )
    for y in (-0.32, 0.42):
        parts += pair(
            limb(
                [(g, y, z - 0.05, 0.09), (g + 0.18, y + 0.06, 0.12, 0.07), (g + 0.2, y - 0.08, 0.045, 0.05)],
                skin,
                8,
                2,
                ends=2,
            )
        )
    return parts


def frog(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a squatting frog: wide mouth, eyes on top, folded hind legs."""
    base = coloured(rng, colour, ("green", "green", "green", "teal", "orange", "blue", "brown"))
    skin = pelt(
        rng,
        base,
        contrast(rng, base, ("black", "yellow", "brown", "mint")),
        patterned(rng, colour, ("plain", "spots", "blotches")),
    )
    belly, white = (
        pelt(rng, "cream" if base != "cream" else "white"),
        palette.plain("eye white", (0.95, 0.92, 0.7), 0.3),
    )
    w, r = vary(rng, 0.4), vary(rng, 0.13)
    up = vary(rng, 0.42, 0.2)
    parts = [
        limb(
            [
                (0, 0.4, 0.16, w * 0.45),
                (0, 0.1, 0.3, w * 0.72),
                (0, -0.2, up, w * 0.74),
                (0, -0.38, up + 0.02, w * 0.5),
            ],
            skin,
            14,
            wide=1.2,
        )
    ]
    parts += [
        egg((0, -0.2, up - 0.12), (w * 0.74, w * 0.72, w * 0.55), belly),
        egg((0, -0.34, up), (w * 0.8, w * 0.68, 0.025), dark("mouth"), 6, 16),
    ]
    top = up + w * 0.55
    parts += pair(egg((w * 0.52, -0.26, top), r * 1.1, skin, 8, 10)) + eyes(
        w * 0.53, -0.32, top + 0.02, r * 0.92, dark("pupil"), white
    )
    parts += pair(
        limb(
            [
                (w * 0.8, 0.32, 0.2, 0.15),
                (w * 1.25, 0.02, 0.3, 0.13),
                (w * 1.15, 0.3, 0.07, 0.07),
                (w * 1.35, -0.05, 0.045, 0.055),
            ],
            skin,
            8,
            2,
            ends=2,
        )
    )
    parts += pair(
        limb(
            [(w * 0.7, -0.22, 0.28, 0.09), (w * 0.95, -0.28, 0.15, 0.06), (w * 0.85, -0.42, 0.05, 0.05)],
            skin,
            8,
            2,
            ends=2,
        )
    )
    for x, y in ((w * 1.38, -0.12), (w * 0.88, -0.46)):
        for turn_by in (-30, 0, 30):
            toe = limb([(0, 0, 0.035, 0.035), (0, -0.13, 0.035, 0.028), (0, -0.15, 0.035, 0.04)], skin, 6, 1, ends=2)
            parts += pair(toe.turned("z", turn_by).at(x, y, 0))
    return parts


KINDS = {
    "turtle": figure(turtle, 0.12, 0.5),
    "snake": figure(snake, 0.15, 0.7),
    "crocodile": figure(crocodile, 0.2, 0.9),
    "frog": figure(frog, 0.1, 0.35),
}
