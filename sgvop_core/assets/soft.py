"""Soft furniture: sofas, armchairs, beds, cushions, rugs, curtains."""

from __future__ import annotations

import math

import numpy as np

from . import palette, pictures
from .furniture import board, tapered_leg, timber
from .kind import Pieces
from .palette import pick
from .parts import Part
from .primitives import box, rounded_box, sheet

CLOTHS = (
    "navy",
    "teal",
    "grey",
    "green",
    "terracotta",
    "cream",
    "red",
    "blue",
    "brown",
    "pink",
    "mint",
    "yellow",
    "purple",
)


def sofa(
    rng: np.random.Generator,
    colour: str | None = None,
    width: tuple[float, float] = (1.6, 2.1),
    seats: int | None = None,
) -> Pieces:
    """A sofa facing -y: base, seat and back cushions, arms, legs."""
    w, d, h = rng.uniform(*width), rng.uniform(0.82, 0.92), rng.uniform(0.74, 0.86)
    count = seats or (2 if w < 1.85 else 3)
    cloth = palette.cloth(rng, colour or pick(rng, CLOTHS))
    wood = timber(rng, "walnut" if rng.random() < 0.5 else "oak")
    arm, seat = rng.uniform(0.14, 0.19), rng.uniform(0.41, 0.45)
    lift, base = 0.12, 0.15
    parts = [rounded_box((w - 0.02, d - 0.02, base), 0.02, cloth).at(z=lift)]
    parts.append(rounded_box((w - 0.04, 0.17, h - lift - 0.02), 0.05, cloth).at(y=d / 2 - 0.09, z=lift + 0.01))
    for s in (-1, 1):
        parts.append(
            rounded_box((arm, d, rng.uniform(0.56, 0.57) - lift), 0.055, cloth, 6).at(s * (w / 2 - arm / 2), 0, lift)
        )
    room = (w - 2 * arm) / count
    for k in range(count):
        x = -w / 2 + arm + room * (k + 0.5)
        parts.append(
            rounded_box((room - 0.006, d - 0.2, seat - lift - base), 0.04, cloth, puff=0.014).at(x, -0.09, lift + base)
        )
        back = rounded_box((room - 0.012, 0.15, h - seat + 0.02), 0.05, cloth, puff=0.02).turned("x", -9)
        parts.append(back.at(x, d / 2 - 0.255, seat))
    for sx in (-1, 1):
        for sy in (-1, 1):
            parts.append(tapered_leg(rng, lift + 0.01, 0.05, 0.032, wood).at(sx * (w / 2 - 0.08), sy * (d / 2 - 0.08)))
    return {"": parts}


def armchair(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A one-seat sofa."""
    return sofa(rng, colour, (0.84, 0.98), 1)


def bed(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bed, head at +y: frame, headboard, mattress, blanket, pillows (children)."""
    double = rng.random() < 0.6
    w, length = (rng.uniform(1.4, 1.65) if double else rng.uniform(0.9, 1.05)), rng.uniform(1.98, 2.1)
    wood = timber(rng, None)
    sheet_cloth = palette.cloth(rng, "white")
    first, second = colour or pick(rng, CLOTHS), pick(rng, CLOTHS)
    cover = palette.cloth(rng, first, second, pick(rng, ("plain", "stripes", "plaid", "dots")))
    head = rng.uniform(0.85, 1.1)
    parts = [
        board(rng, (-w / 2, w / 2), (length / 2 - 0.05, length / 2), (0, head), wood, 0.012, 0),
        board(rng, (-w / 2, w / 2), (-length / 2, -length / 2 + 0.035), (0, 0.38), wood, 0.008, 0),
        board(rng, (-w / 2, -w / 2 + 0.03), (-length / 2 + 0.03, length / 2 - 0.04), (0.16, 0.34), wood, grain=1),
        board(rng, (w / 2 - 0.03, w / 2), (-length / 2 + 0.03, length / 2 - 0.04), (0.16, 0.34), wood, grain=1),
        board(rng, (-w / 2 + 0.02, w / 2 - 0.02), (-length / 2 + 0.03, length / 2 - 0.04), (0.2, 0.24), wood),
        rounded_box((w - 0.08, length - 0.12, 0.24), 0.06, sheet_cloth).at(y=-0.01, z=0.24),
    ]
    blanket = rounded_box((w - 0.035, length * 0.68, 0.2), 0.05, cover, 6, puff=0.015)
    parts.append(blanket.at(y=-length / 2 + 0.045 + length * 0.34, z=0.305))
    pillows: list[Part] = []
    for x in (-w / 4, w / 4) if double else (0.0,):
        pillows.append(
            rounded_box((min(0.62, w * 0.46), 0.4, 0.1), 0.045, sheet_cloth, puff=0.03)
            .turned("x", 7)
            .at(x, length / 2 - 0.31, 0.49)
        )
    return {"": parts, "pillows": pillows}


def cushion(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A square cushion lying flat."""
    s = rng.uniform(0.38, 0.5)
    first, second = colour or pick(rng, CLOTHS), pick(rng, CLOTHS)
    cloth = palette.cloth(rng, first, second, pick(rng, ("plain", "stripes", "plaid", "dots")))
    return {"": [rounded_box((s, s, 0.06), 0.029, cloth, puff=0.05, tile=s)]}


def rug(rng: np.random.Generator, colour: str | None = None, width: tuple[float, float] = (1.4, 2.2)) -> Pieces:
    """A flat rug with a woven picture."""
    w = rng.uniform(*width)
    d = w * rng.uniform(0.6, 0.75)
    ground = palette.shade(rng, colour or pick(rng, ("red", "navy", "teal", "terracotta", "green", "purple")))
    accent = palette.shade(rng, pick(rng, ("cream", "yellow", "mint")))
    third = palette.shade(rng, pick(rng, ("brown", "orange", "grey", "blue")))
    picture = palette.textured("rug", pictures.rug(rng, ground, accent, third), 1.0, wrap=("clamp", "clamp"))
    part = box((w, d, 0.012), picture, 0.003)
    uvs = part.vertices[part.faces][..., :2] / [w, d] + 0.5
    return {"": [Part(part.vertices, part.faces, uvs, picture, part.crease)]}


def curtain(rng: np.random.Generator, colour: str | None = None, height: float = 2.1) -> Pieces:
    """One hanging curtain with folds: a single open sheet, 0.5 m wide."""
    w, folds = rng.uniform(0.45, 0.6), int(rng.integers(4, 7))
    cloth = palette.cloth(rng, colour or pick(rng, CLOTHS), pick(rng, CLOTHS), pick(rng, ("plain", "stripes")))
    t, z = np.meshgrid(np.linspace(0, 1, 10 * folds + 1), np.linspace(0, height, 8))
    points = np.stack([(t - 0.5) * w, 0.035 * np.sin(2 * math.pi * folds * t) * (1 - 0.35 * z / height), z], -1)
    return {"": [sheet(points, cloth, (2.0, 6.0))]}
