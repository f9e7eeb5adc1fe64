"""Four-legged animals as toys and figurines, facing -y: cat, horse, pig, sheep, goat, elephant, giraffe, lion, bear."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Material
from . import palette
from .bodies import cone, egg, figure, limb, pair
from .builds import BUILDS, Build
from .palette import pick
from .parts import Part
from .pelts import coloured, contrast, dark, patterned, pelt, tint
from .quadrupeds import hoofed, quadruped

FURS = ("brown", "cream", "black", "white", "grey", "terracotta")


def cat(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a cat, standing or sitting: pointed ears, whiskers' cheeks, a long tail."""
    base = coloured(rng, colour, ("orange", *FURS))
    pattern = patterned(rng, colour, ("plain", "stripes", "stripes", "blotches"))
    skin = pelt(rng, base, contrast(rng, base, ("brown", "black", "white", "cream")), pattern)
    b = BUILDS["cat"]
    nose = tint("nose", "pink", rng)
    if rng.random() < 0.45:
        return sitting(rng, b.varied(rng), skin, nose)
    animal = quadruped(b.varied(rng), skin)
    return [*animal.parts, animal.at_nose(egg((0, 0, 0), (0.035, 0.03, 0.03), nose, 6, 8), 0.04, -animal.build.snout)]


def sitting(rng: np.random.Generator, b: Build, skin: Material, nose: Material) -> list[Part]:
    """Returns a cat that sits upright, its tail around it."""
    g = b.girth * 1.15
    parts = [
        limb(
            [(0, 0.22, 0.9 * g, g * 1.15), (0, 0.1, 0.42, g), (0, -0.06, 0.68, g * 0.62), (0, -0.08, 0.8, g * 0.5)],
            skin,
            14,
            2,
        )
    ]
    for x, y, z in ((0.11, -0.12, 0.5),):
        parts += pair(limb([(x, y, z, 0.09), (x, y - 0.06, 0.06, 0.06), (x, y - 0.14, 0.05, 0.06)], skin, 8, 2, ends=2))
    parts += pair(limb([(g * 0.85, 0.18, 0.17, 0.15), (g, -0.12, 0.06, 0.06)], skin, 8, ends=2))
    side = 1 if rng.random() < 0.5 else -1
    parts.append(
        limb(
            [
                (0, 0.45, 0.06, 0.055),
                (0.3 * side, 0.42, 0.06, 0.055),
                (0.42 * side, 0.1, 0.06, 0.05),
                (0.33 * side, -0.15, 0.06, 0.05),
            ],
            skin,
            8,
            2,
            ends=2,
        )
    )
    low = quadruped(b, skin)
    lift = 0.92 - low.head[2]
    head = [p for p in low.parts if float(p.vertices[:, 1].max()) < low.head[1] + b.head * 1.4]
    head.append(low.at_nose(egg((0, 0, 0), (0.035, 0.03, 0.03), nose, 6, 8), 0.04, -b.snout))
    return parts + [p.at(0, -0.14 - low.head[1], lift) for p in head]


def horse(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a horse with a mane and a hanging tail; some wear a saddle."""
    base = coloured(rng, colour, ("brown", "brown", "black", "white", "cream", "grey", "terracotta"))
    skin = pelt(
        rng, base, contrast(rng, base, ("white", "brown")), patterned(rng, colour, ("plain", "plain", "blotches"))
    )
    hair = tint("mane", contrast(rng, base, ("black", "cream", "brown", "white")), rng, 0.9)
    b = BUILDS["horse"].varied(rng)
    animal = quadruped(b, skin, tail_skin=hair, feet=dark("hoof"))
    (_, hy, hz), (_, sy, sz) = animal.head, animal.shoulder
    crest = [
        (0, hy - 0.1, hz + 0.13, 0.045),
        (0, hy + 0.12, hz + 0.08, 0.08),
        (0, (hy + sy) / 2 + 0.13, (hz + sz) / 2 + 0.08, 0.09),
        (0, sy + 0.18, sz + 0.1, 0.06),
    ]
    parts = [*animal.parts, limb(crest, hair, 8, 2, 0.55)]
    if rng.random() < 0.35:
        leather = tint("saddle", pick(rng, ("brown", "red", "black", "navy")), rng)
        g = b.girth * 1.03
        arc = [(g * b.narrow * math.sin(t), 0.02, b.leg + g * math.cos(t), 0.06) for t in np.linspace(-1.7, 1.7, 7)]
        parts += [limb(arc, leather, 8, 2), egg((0, 0.02, b.leg + g), (0.12, 0.2, 0.06), leather)]
    return parts


def pig(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a pig: a barrel on short legs, a disc of a snout, a curled tail."""
    base = coloured(rng, colour, ("pink", "pink", "pink", "black", "brown"))
    skin = pelt(
        rng,
        base,
        contrast(rng, base, ("black", "white", "brown")),
        patterned(rng, colour, ("plain", "plain", "blotches")),
    )
    b = BUILDS["pig"].varied(rng)
    animal = quadruped(b, skin, feet=dark("trotter"))
    rim = palette.plain("snout", tuple(0.86 * c for c in palette.shade(rng, base)), 0.5)
    disc = cone(b.snout * 1.05, 0.07, rim, b.snout, 14).turned("x", 90)
    parts = [*animal.parts, animal.at_nose(disc, 0.0, -b.snout * 0.75)]
    for hole in pair(egg((b.snout * 0.4, 0, 0), (0.02, 0.015, 0.03), dark("nostril"), 6, 8)):
        parts.append(animal.at_nose(hole, 0.0, -b.snout * 0.75 - 0.07))
    y = b.trunk / 2 + b.girth * 0.75
    curl = [(0.05 * math.sin(t), y + 0.012 * t, b.leg + 0.1 + 0.05 * math.cos(t), 0.022) for t in np.linspace(0, 8, 9)]
    return [*parts, limb(curl, skin, 6, 2, ends=2)]


def sheep(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a sheep: a cloud of wool on thin legs, a bare dark or pale face."""
    base = coloured(rng, colour, ("white", "white", "cream", "grey", "black"))
    wool = pelt(rng, base)
    face = pelt(rng, contrast(rng, base, ("black", "cream", "brown")))
    b = BUILDS["sheep"].varied(rng)
    animal = quadruped(b, face, feet=dark("hoof"))
    parts = list(animal.parts)
    # Tufts on an ellipsoid, evenly by the golden angle.
    count, half, g = 30, b.trunk * 0.66, b.girth * 1.15
    for i in range(count):
        up, t = 1 - 1.75 * (i + 0.5) / count, 2.39996 * i
        across = math.sqrt(max(0.0, 1 - up * up))
        at = (across * math.cos(t) * g, across * math.sin(t) * half, b.leg + 0.05 + up * g)
        parts.append(egg(at, b.girth * float(rng.uniform(0.3, 0.42)), wool, 4, 6))
    parts.append(egg((0, 0, b.leg + 0.05), (g * 1.08, half * 1.08, g * 1.08), wool))
    parts.append(egg((0, b.trunk * 0.78, b.leg + 0.12), 0.09, wool, 6, 8))
    _, y, z = animal.head
    parts.append(egg((0, y + 0.03, z + b.head * 0.85), (b.head * 0.8, b.head * 0.8, b.head * 0.55), wool, 6, 8))
    return parts


def goat(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a goat: curved horns, a beard, a short tail up."""
    base = coloured(rng, colour, ("white", "cream", "brown", "grey", "black"))
    skin = pelt(
        rng, base, contrast(rng, base, ("white", "brown", "black")), patterned(rng, colour, ("plain", "blotches"))
    )
    b = BUILDS["goat"].varied(rng)
    animal = hoofed(skin, b)
    bone = palette.plain("horn", (0.45, 0.38, 0.3), 0.5)
    n = float(rng.uniform(0.25, 0.45))
    horn = limb(
        [
            (0, 0, 0, 0.045),
            (0.03, 0.08 * n, 0.5 * n, 0.038),
            (0.07, 0.5 * n, 0.85 * n, 0.028),
            (0.1, n, 0.8 * n, 0.012),
        ],
        bone,
        7,
        2,
        ends=2,
    )
    hair = pelt(rng, base)
    beard = cone(0.06, float(rng.uniform(0.16, 0.26)), hair, segments=8).turned("x", 180)
    return [*animal.parts, *animal.on_head(horn, 0.35, 0.0, 0.8), animal.at_nose(beard, -0.03, 0.06)]


def elephant(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns an elephant: a trunk, tusks, ears like fans, legs like columns."""
    base = coloured(rng, colour, ("grey", "grey", "grey", "blue", "brown"))
    skin = pelt(rng, base, None, "plain")
    b = BUILDS["elephant"].varied(rng, 0.13)
    animal = quadruped(b, skin)
    parts, (_, y, z), r = list(animal.parts), animal.head, b.head
    raised = rng.random() < 0.35
    reach = [
        (0, -1.0, -0.3, 0.5),
        (0, -1.6, -0.9, 0.36),
        (0, -2.1, -0.7, 0.29),
        (0, -2.3, 0.2, 0.25),
        (0, -2.1, 0.8, 0.22),
    ]
    hang = [
        (0, -0.9, -0.3, 0.5),
        (0, -1.3, -0.9, 0.37),
        (0, -1.4, -1.6, 0.29),
        (0, -1.5, -2.2, 0.23),
        (0, -1.85, -2.4, 0.2),
    ]
    parts.append(limb([(x, y + v * r, z + w * r, s * r) for x, v, w, s in (reach if raised else hang)], skin, 10))
    spread = float(rng.uniform(15, 45))
    fan = egg((b.ear * 0.8, 0, 0), (b.ear, 0.05, b.ear * float(rng.uniform(0.95, 1.25))), skin, 8, 14)
    parts += pair(fan.turned("z", spread).at(r * 0.65, y + r * 0.25, z + 0.05))
    if rng.random() < 0.8:
        ivory, n = palette.plain("ivory", (0.93, 0.89, 0.78), 0.3), float(rng.uniform(0.25, 0.5))
        tusk = limb([(0, 0, 0, 0.05), (0, -0.5 * n, -0.35 * n, 0.04), (0.02, -n, -0.3 * n, 0.012)], ivory, 7, 2, ends=2)
        parts += pair(tusk.at(r * 0.5, y - r * 0.75, z - r * 0.55))
    return parts


def giraffe(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a giraffe: a long upright neck, patches, two knobs."""
    base = coloured(rng, colour, ("orange", "brown", "terracotta", "yellow"))
    skin = pelt(rng, base, "cream" if base != "yellow" else "brown", "patches")
    b = BUILDS["giraffe"].varied(rng, 0.13)
    animal = hoofed(skin, b)
    dim = tint("mane", "brown", rng)
    knob = limb([(0, 0, 0, 0.028), (0.01, 0.02, 0.16, 0.025), (0.01, 0.02, 0.18, 0.04)], dim, 7, 1, ends=2)
    (_, hy, hz), (_, sy, sz) = animal.head, animal.shoulder
    mane = [(0, hy + 0.12, hz, 0.04), (0, (hy + sy) / 2 + 0.14, (hz + sz) / 2, 0.045), (0, sy + 0.22, sz + 0.1, 0.03)]
    return [*animal.parts, *animal.on_head(knob, 0.4, 0.1, 0.75), limb(mane, dim, 6, 2, 0.5)]


def lion(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a lion with its mane and a tufted tail."""
    base = coloured(rng, colour, ("yellow", "orange", "cream", "terracotta"))
    skin = pelt(rng, base)
    hair = pelt(rng, contrast(rng, base, ("brown", "terracotta", "orange", "black")))
    b = BUILDS["lion"].varied(rng)
    animal = quadruped(b, skin, tassel=hair)
    _, y, z = animal.head
    n = b.head * float(rng.uniform(1.7, 2.1))
    tufts = 12
    parts = [*animal.parts, egg((0, y + b.head * 0.85, z - 0.04), (n, b.head * 0.8, n * 1.05), hair, 8, 16)]
    for i in range(tufts):
        t = 2 * math.pi * i / tufts
        parts.append(
            egg((0.85 * n * math.sin(t), y + b.head * 0.45, z - 0.03 + 0.85 * n * math.cos(t)), n * 0.3, hair, 4, 7)
        )
    parts.append(animal.at_nose(egg((0, 0, 0), (0.06, 0.04, 0.045), dark("nose"), 6, 8), 0.06, -b.snout * 0.8))
    return parts


def bear(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a bear on four heavy legs: round ears, a stub of a tail."""
    base = coloured(rng, colour, ("brown", "brown", "black", "white", "cream"))
    skin = pelt(rng, base)
    b = BUILDS["bear"].varied(rng)
    animal = quadruped(b, skin)
    pale = pelt(rng, "cream" if base in ("brown", "black") else base)
    parts = [*animal.parts, animal.at_nose(egg((0, 0, 0), (b.snout * 1.1, b.snout, b.snout), pale, 6, 10), 0, -0.03)]
    return [*parts, animal.at_nose(egg((0, 0, 0), (0.06, 0.045, 0.045), dark("nose"), 6, 8), 0.05, -b.snout)]


KINDS = {
    "cat": figure(cat, 0.15, 0.5),
    "horse": figure(horse, 0.18, 0.9),
    "pig": figure(pig, 0.15, 0.6),
    "sheep": figure(sheep, 0.15, 0.6),
    "goat": figure(goat, 0.15, 0.6),
    "elephant": figure(elephant, 0.18, 0.9),
    "giraffe": figure(giraffe, 0.25, 1.2),
    "lion": figure(lion, 0.18, 0.8),
    "bear": figure(bear, 0.18, 0.8),
}
