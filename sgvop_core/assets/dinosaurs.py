"""Dinosaurs as toys, facing -y: hunters, long necks, plated ones."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Material
from . import palette
from .bodies import cone, egg, eyes, figure, limb, pair, vary
from .parts import Part
from .pelts import coloured, contrast, dark, patterned, pelt, tint

SKINS = ("green", "green", "teal", "brown", "orange", "purple", "blue")


def dinosaur(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a dinosaur: one that walks upright with big jaws, one with a long neck, or one with plates on its back."""
    base = coloured(rng, colour, SKINS)
    other = contrast(rng, base, ("yellow", "brown", "cream", "orange", "green"))
    skin = pelt(rng, base, other, patterned(rng, colour, ("plain", "scales", "stripes", "spots")))
    trim, kind = tint("trim", other, rng), int(rng.integers(0, 3))
    build = (hunter, long_neck, plated)[kind]
    return build(rng, skin, trim)


def hunter(rng: np.random.Generator, skin: Material, trim: Material) -> list[Part]:
    """Returns an upright dinosaur with big jaws and small arms."""
    g, tail, n = vary(rng, 0.27), vary(rng, 0.95), vary(rng, 0.42)
    parts = [
        limb(
            [
                (0, 0.35 + tail, 0.5, 0.03),
                (0, 0.75, 0.5, 0.11),
                (0, 0.3, 0.6, g * 0.9),
                (0, 0.02, 0.75, g),
                (0, -0.22, 1.05, g * 0.62),
                (0, -0.3, 1.3, g * 0.55),
            ],
            skin,
            12,
            2,
            0.85,
        )
    ]
    gape = float(rng.uniform(4, 20))
    ivory = palette.plain("tooth", (0.95, 0.93, 0.85), 0.3)
    parts.append(egg((0, -0.35, 1.4), (0.17, 0.22, 0.19), skin))
    for sign, lift in ((1, 2.0), (-1, -gape - 8)):
        a = math.radians(lift)
        dy, dz, root = -n * math.cos(a), n * math.sin(a), 1.38 + sign * 0.055
        r = 0.11 if sign > 0 else 0.07
        parts.append(limb([(0, -0.35, root, 0.12), (0, -0.4 + dy, root + dz, r)], skin, 10, 1, 1.1))
        for i in range(4):
            s = 0.45 + 0.17 * i
            tooth = cone(0.025, 0.09, ivory, segments=5).turned("x", 180 if sign > 0 else 0)
            parts += pair(tooth.at(0.07, -0.4 + dy * s, root + dz * s - sign * r * 0.7))
    parts += eyes(0.14, -0.42, 1.5, 0.06, dark("pupil"), palette.plain("eye white", (0.95, 0.9, 0.6), 0.3))
    parts += pair(
        limb(
            [(g * 0.7, -0.2, 0.95, 0.06), (g * 0.8, -0.38, 0.85, 0.05), (g * 0.75, -0.46, 0.92, 0.04)],
            skin,
            7,
            1,
            ends=2,
        )
    )
    parts += pair(
        limb(
            [
                (g * 0.7, 0.18, 0.6, 0.22),
                (g * 0.85, 0.0, 0.35, 0.13),
                (g * 0.85, 0.14, 0.16, 0.08),
                (g * 0.85, 0.08, 0.07, 0.075),
                (g * 0.85, -0.16, 0.06, 0.075),
            ],
            skin,
            8,
            2,
            ends=2,
        )
    )
    if rng.random() < 0.5:
        for y, z in ((-0.12, 1.3), (0.02, 1.1), (0.2, 0.93), (0.42, 0.8), (0.65, 0.64), (0.85, 0.56)):
            parts.append(cone(0.08, 0.16, trim, segments=5).scaled(0.5, 1.1, 1).turned("x", -25).at(0, y, z - 0.06))
    return parts


def long_neck(rng: np.random.Generator, skin: Material, trim: Material) -> list[Part]:
    """Returns a dinosaur on four legs with a long neck and tail."""
    g, up, tail, reach = vary(rng, 0.32), vary(rng, 0.85, 0.25), vary(rng, 1.1, 0.25), vary(rng, 0.55, 0.35)
    z = 0.4 + g
    spine = [
        (0, 0.5 + tail, 0.2, 0.025),
        (0, 0.5 + tail * 0.4, z * 0.75, 0.1),
        (0, 0.4, z, g * 0.8),
        (0, 0, z, g * 1.05),
        (0, -0.4, z + 0.08, g * 0.75),
        (0, -0.45 - reach * 0.5, z + up * 0.5, 0.14),
        (0, -0.5 - reach * 0.8, z + up, 0.1),
    ]
    hy, hz = -0.5 - reach * 0.8, z + up + 0.06
    parts = [
        limb(spine, skin, 12, 3, 0.92),
        limb([(0, hy + 0.04, hz, 0.11), (0, hy - 0.1, hz, 0.13), (0, hy - 0.26, hz - 0.05, 0.08)], skin, 10, 2),
    ]
    parts += eyes(0.1, hy - 0.14, hz + 0.07, 0.04, dark("eye"))
    for y in (-0.33, 0.38):
        parts += pair(
            limb(
                [(g * 0.7, y, z - 0.1, 0.16), (g * 0.75, y, 0.12, 0.12), (g * 0.75, y - 0.03, 0.1, 0.12)],
                skin,
                8,
                1,
                ends=2,
            )
        )
        parts += pair(cone(0.135, 0.06, trim, 0.13, 8).at(g * 0.75, y - 0.02, -0.02))
    return parts


def plated(rng: np.random.Generator, skin: Material, trim: Material) -> list[Part]:
    """Returns a low dinosaur on four legs with a row of plates from head to tail."""
    g, tail = vary(rng, 0.33), vary(rng, 0.8)
    spine = [
        (0, 0.5 + tail, 0.3, 0.03),
        (0, 0.75, 0.5, 0.13),
        (0, 0.35, 0.66, g * 0.9),
        (0, 0, 0.68, g),
        (0, -0.35, 0.52, g * 0.7),
        (0, -0.65, 0.42, 0.13),
        (0, -0.85, 0.36, 0.1),
    ]
    parts = [limb(spine, skin, 12, 2, 0.85), *eyes(0.1, -0.76, 0.47, 0.035, dark("eye"))]
    high = vary(rng, 0.3, 0.3)
    for i, (y, z) in enumerate(
        ((-0.55, 0.55), (-0.35, 0.75), (-0.1, 0.95), (0.15, 1.0), (0.4, 0.93), (0.65, 0.72), (0.9, 0.52))
    ):
        size = high * (0.55, 0.8, 1.0, 1.1, 1.0, 0.75, 0.5)[i]
        parts.append(
            limb(
                [
                    (0, y, z - 0.06, size * 0.35),
                    (0, y + 0.03, z + size * 0.4, size * 0.45),
                    (0, y + 0.06, z + size, size * 0.1),
                ],
                trim,
                8,
                2,
                0.25,
                ends=2,
            )
        )
    parts += pair(cone(0.035, 0.22, trim, segments=6).turned("x", -45).turned("z", 40).at(0.03, 0.45 + tail, 0.3))
    for y, r in ((-0.32, 0.09), (0.35, 0.12)):
        parts += pair(
            limb(
                [(g * 0.6, y, 0.5, r * 1.4), (g * 0.72, y, 0.1, r), (g * 0.72, y - 0.05, r * 0.95, r)],
                skin,
                8,
                1,
                ends=2,
            )
        )
    return parts


KINDS = {"dinosaur": figure(dinosaur, 0.18, 0.9)}
