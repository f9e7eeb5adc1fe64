"""People and dolls as figures facing -y: clothes, hair and the way they hold their arms vary."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Material
from . import palette, textures
from .bodies import egg, eyes, figure, limb, pair, vary
from .palette import pick
from .parts import Part
from .pelts import coloured, contrast, dark, pelt, tint
from .primitives import cylinder, lathe

BRIGHT = ("red", "blue", "yellow", "green", "orange", "teal", "purple", "pink", "white", "navy")
SKINS = ((0.96, 0.80, 0.69), (0.88, 0.68, 0.53), (0.72, 0.50, 0.36), (0.50, 0.33, 0.23), (0.34, 0.22, 0.16))
HAIRS = (
    (0.10, 0.08, 0.07),
    (0.30, 0.19, 0.11),
    (0.55, 0.36, 0.18),
    (0.88, 0.72, 0.38),
    (0.66, 0.28, 0.12),
    (0.75, 0.75, 0.75),
)


def cloth(rng: np.random.Generator, colour: str, patterns: tuple[str, ...] = ("plain",)) -> Material:
    """Returns woven cloth in a colour word, small enough in detail for clothes."""
    accent = palette.shade(rng, contrast(rng, colour, ("white", "navy", "yellow", "red")))
    pixels = textures.fabric(rng, palette.shade(rng, colour), accent, pick(rng, patterns), 128)
    return palette.textured(f"{colour} cloth", pixels, 0.9)


def arm(
    rng: np.random.Generator, side: int, shoulder: tuple[float, float, float], long: float
) -> list[tuple[float, float, float]]:
    """Returns shoulder, elbow and hand of an arm: hanging, on the hip, forward, raised or stretched aside."""
    x, y, z = shoulder
    poses = (((0.3, 0.05, -0.9), (0.1, -0.15, -1.0)), ((0.7, 0.15, -0.7), (-0.55, -0.3, -0.7)), ((0.2, -0.3, -0.85), (0.0, -1.0, 0.1)),
             ((0.8, -0.1, 0.3), (0.2, -0.1, 1.0)), ((1.0, 0.0, -0.1), (1.0, -0.1, 0.1)))  # fmt: skip
    upper, lower = (np.array(v) / np.linalg.norm(v) * long / 2 for v in poses[int(rng.integers(0, len(poses)))])
    elbow = np.array([abs(x), y, z]) + upper
    return [(side * float(p[0]), float(p[1]), float(p[2])) for p in (np.array([abs(x), y, z]), elbow, elbow + lower)]


def hairdo(rng: np.random.Generator, z: float, r: float, colour: str) -> list[Part]:
    """Returns hair about a head of radius ``r`` at height ``z``: short, long, a bun or tails; or a hat of a colour."""
    hair = palette.plain("hair", HAIRS[int(rng.integers(0, len(HAIRS)))], 0.8)
    parts = [egg((0, r * 0.2, z + r * 0.22), (r * 1.05, r, r), hair, 8, 14)]
    style = int(rng.integers(0, 5))
    if style == 1:
        parts.append(
            limb(
                [
                    (0, r * 0.45, z + r * 0.4, r * 0.85),
                    (0, r * 0.6, z - r * 0.5, r * 0.8),
                    (0, r * 0.55, z - r * 1.6, r * 0.6),
                ],
                hair,
                12,
                2,
                1.2,
            )
        )
    elif style == 2:
        parts.append(egg((0, r * 0.7, z + r * 1.0), r * 0.5, hair))
    elif style == 3:
        parts += pair(
            limb(
                [
                    (r * 0.95, r * 0.2, z + r * 0.3, r * 0.3),
                    (r * 1.35, r * 0.2, z - r * 0.2, r * 0.36),
                    (r * 1.35, r * 0.15, z - r * 1.1, r * 0.18),
                ],
                hair,
                8,
                2,
            )
        )
    elif style == 4:
        felt = tint("hat", colour, rng, 0.8)
        if rng.random() < 0.5:
            parts += [
                cylinder(r * 1.7, r * 0.14, felt, 20).at(0, 0, z + r * 0.5),
                cylinder(r * 1.05, r * 0.85, felt, 18, top=r * 0.9).at(0, 0, z + r * 0.55),
            ]
        else:
            parts += [
                egg((0, 0.02, z + r * 0.5), (r * 1.12, r * 1.12, r * 0.75), felt),
                egg((0, -r * 0.95, z + r * 0.5), (r * 0.75, r * 0.7, r * 0.09), felt, 6, 12),
            ]
    return parts


def person(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a person in a top of the dominant colour, with trousers, shorts or a skirt, arms held in many ways."""
    top = coloured(rng, colour, BRIGHT)
    shirt = cloth(rng, top, ("plain", "plain", "stripes"))
    below = cloth(rng, contrast(rng, top, ("navy", "black", "grey", "brown", "blue", "cream")))
    skin, shoe = (
        palette.plain("skin", SKINS[int(rng.integers(0, len(SKINS)))], 0.6),
        tint("shoe", pick(rng, ("black", "brown", "white", "red")), rng),
    )
    child = rng.random() < 0.35
    leg, torso, r = (
        (vary(rng, 0.55), vary(rng, 0.42), vary(rng, 0.17))
        if child
        else (vary(rng, 0.82), vary(rng, 0.55), vary(rng, 0.14))
    )
    stout = float(rng.uniform(0.8, 1.45))
    hip, chest = 0.125 * stout, 0.14 * (stout + 1) / 2
    neck = leg + torso
    parts = [
        limb(
            [
                (0, 0, leg, hip),
                (0, -0.02 * stout, leg + torso * 0.35, hip * 0.97),
                (0, 0, neck - 0.12, chest),
                (0, 0.01, neck - 0.03, 0.07),
            ],
            shirt,
            14,
            wide=1.4,
        )
    ]
    z = neck + r * 1.05
    parts += [
        limb([(0, 0.01, neck - 0.08, 0.055), (0, 0, z, 0.05)], skin, 8, 1),
        egg((0, 0, z), (r * 0.88, r * 0.95, r * 1.08), skin, 8, 14),
    ]
    parts += [
        *eyes(r * 0.36, -r * 0.86, z + r * 0.1, r * 0.14, dark("eye")),
        egg((0, -r * 0.98, z - r * 0.12), (r * 0.12, r * 0.16, r * 0.16), skin, 6, 8),
    ]
    parts += [
        *hairdo(rng, z, r, contrast(rng, top, BRIGHT)),
        egg((0, -r * 0.83, z - r * 0.5), (r * 0.26, r * 0.08, r * 0.06), tint("mouth", "red", rng), 4, 8),
    ]
    bare, stride = int(rng.integers(0, 3)), float(rng.uniform(0, 0.16)) if rng.random() < 0.5 else 0.0
    for side in (1, -1):
        x, foot = side * hip * 0.72, -side * stride
        knots = [(x, 0, leg, 0.1 * (stout + 1) / 2), (x, foot * 0.3 - 0.02, leg * 0.52, 0.07), (x, foot, 0.06, 0.055)]
        parts.append(limb(knots, below if bare == 0 else skin, 8, 2, ends=2))
        if bare == 1:
            parts.append(
                limb(
                    [knots[0][:3] + (0.115 * (stout + 1) / 2,), (x, foot * 0.25, leg * 0.6, 0.095)], below, 8, 1, ends=1
                )
            )
        parts.append(egg((x, foot - 0.06, 0.05), (0.065, 0.14, 0.055), shoe, 6, 10))
        joints = arm(rng, side, (side * chest * 1.3, 0, neck - 0.1), (leg + torso) * 0.42)
        parts.append(
            limb([(*joints[0], 0.062), (*joints[1], 0.052), (*joints[2], 0.045)], skin if bare else shirt, 8, 2, ends=2)
        )
        if bare:
            half = tuple((a + b) / 2 for a, b in zip(joints[0], joints[1], strict=True))
            parts.append(limb([(*joints[0], 0.075), (*half, 0.068)], shirt, 8, 1, ends=2))
        parts.append(egg(joints[2], 0.062, skin, 6, 8))
    if bare == 2:
        low = leg * float(rng.uniform(0.35, 0.7))
        parts.append(cylinder(hip * 1.9, leg - low + 0.06, below, 18, top=hip * 1.2).at(0, 0, low))
    return parts


def doll(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a rag doll, standing or sitting: a large head, a flared dress of the dominant colour, woollen hair."""
    word = coloured(rng, colour, ("pink", "red", "blue", "yellow", "purple", "mint", "teal"))
    dress = cloth(rng, word, ("plain", "dots", "stripes", "plaid"))
    linen, shoe = (
        pelt(rng, pick(rng, ("cream", "cream", "pink", "brown"))),
        tint("shoe", pick(rng, ("red", "black", "brown", "white")), rng),
    )
    wool = tint("wool", pick(rng, ("brown", "orange", "yellow", "black", "red")), rng, 0.9)
    sits, r = rng.random() < 0.4, vary(rng, 0.26)
    h, flare = vary(rng, 0.55, 0.2), vary(rng, 0.36, 0.25)
    low = 0.06 if sits else vary(rng, 0.34)
    neck = low + h
    profile = [
        (0, low),
        (flare, low),
        (flare * 0.98, low + 0.05),
        (flare * 0.55, low + h * 0.5),
        (0.17, low + h * 0.62),
        (0.17, neck - 0.03),
        (0, neck),
    ]
    parts = [lathe(profile, dress, 20, crease=60)]
    z = neck + r * 0.85
    parts += [
        egg((0, 0, z), (r, r * 0.92, r), linen, 10, 16),
        egg((0, r * 0.18, z + r * 0.16), (r * 1.06, r * 0.98, r * 1.02), wool, 8, 14),
    ]
    fringe, tails = int(rng.integers(5, 8)), rng.random() < 0.6
    for t in np.linspace(-0.9, 0.9, fringe):
        parts.append(
            egg(
                (r * math.sin(t) * 0.9, -r * 0.72 * math.cos(t), z + r * 0.62), (r * 0.2, r * 0.2, r * 0.22), wool, 4, 7
            )
        )
    if tails:
        long = vary(rng, 0.38, 0.35)
        parts += pair(
            limb(
                [(r * 0.95, 0.05, z + r * 0.2, 0.07), (r * 1.4, 0.05, z, 0.11), (r * 1.35, 0.03, z - long, 0.05)],
                wool,
                8,
                2,
            )
        )
        parts += pair(egg((r * 1.08, 0.05, z + r * 0.18), (0.05, 0.07, 0.07), shoe, 5, 8))
    parts += eyes(r * 0.38, -r * 0.86, z + r * 0.1, r * 0.14, dark("button"))
    rose = palette.plain("cheek", (0.92, 0.5, 0.5), 0.8)
    parts += [
        *pair(egg((r * 0.52, -r * 0.72, z - r * 0.25), (r * 0.16, r * 0.08, r * 0.13), rose, 5, 8)),
        egg((0, -r * 0.86, z - r * 0.38), (r * 0.2, r * 0.08, r * 0.06), rose, 4, 8),
    ]
    for side in (1, -1):
        joints = arm(rng, side, (side * 0.15, 0, neck - 0.1), 0.44)
        parts += [
            limb([(*joints[0], 0.08), (*joints[1], 0.08), (*joints[2], 0.06)], dress, 8, 2, ends=2),
            egg(joints[2], 0.075, linen, 6, 8),
        ]
        reach = (
            [(side * 0.13, -0.1, 0.1, 0.08), (side * 0.2, -flare - 0.25, 0.08, 0.07)]
            if sits
            else [(side * 0.12, 0, low + 0.1, 0.075), (side * 0.12, 0, 0.08, 0.07)]
        )
        foot = (side * 0.2, -flare - 0.3, 0.12) if sits else (side * 0.12, -0.06, 0.055)
        parts += [
            limb(reach, linen, 8, 1, ends=2),
            egg(foot, (0.075, 0.06, 0.12) if sits else (0.075, 0.13, 0.055), shoe, 6, 8),
        ]
    return parts


KINDS = {
    "person": figure(person, 0.15, 1.2),
    "doll": figure(doll, 0.15, 0.6),
}
