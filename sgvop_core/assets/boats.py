"""Boats in real size, their bow towards -y: sailing, motor and rowing boats, tugs."""

from __future__ import annotations

import numpy as np

from ..scene.model import Material
from . import palette
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder
from .solids import block, coat, loft, prism, rod, rods, second_colour


def hull(length: float, width: float, depth: float, material: Material, stern: float = 0.8) -> Part:
    """Returns a boat's closed hull, its bow towards -y, the keel at z = 0 and the deck at about ``depth``."""
    rings = []
    for share, half, keel, sheer in (
        (0.0, 0.03, 0.55, 1.25),
        (0.12, 0.42, 0.22, 1.14),
        (0.32, 0.86, 0.03, 1.03),
        (0.6, 1.0, 0.0, 1.0),
        (1.0, stern, 0.1, 1.03),
    ):
        y, h = (share - 0.5) * length, half * width / 2
        rings.append(
            [
                (0, y, keel * depth),
                (h * 0.7, y, (keel + 0.3 * (sheer - keel)) * depth),
                (h, y, sheer * depth),
                (-h, y, sheer * depth),
                (-h * 0.7, y, (keel + 0.3 * (sheer - keel)) * depth),
            ]
        )
    return loft(np.array(rings), material, 2.0, crease=50)


def boat(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A sailing boat, a motor boat with a cabin, a tug with a funnel, or a rowing boat."""
    word = colour or pick(rng, ("white", "red", "blue", "navy", "green", "yellow", "brown", "teal"))
    paint, second = coat(rng, word, "hull"), second_colour(rng, word)
    deck = palette.plain("deck", palette.WOODS[pick(rng, ("oak", "pine", "walnut"))][0], 0.6)
    dark, glass = palette.plain("dark", (0.1, 0.1, 0.11), 0.5), palette.plain("window", (0.14, 0.2, 0.25), 0.1)
    style = pick(rng, ("sail", "sail", "motor", "tug", "rowing"))
    if style == "rowing":
        length, width, depth = rng.uniform(3.4, 4.4), rng.uniform(1.3, 1.5), 0.55
        parts = [hull(length, width, depth, paint)]
        well = [
            (-0.3 * width, -0.2 * length),
            (0.3 * width, -0.2 * length),
            (0.38 * width, 0.1 * length),
            (0.34 * width, 0.46 * length),
            (-0.34 * width, 0.46 * length),
            (-0.38 * width, 0.1 * length),
        ]
        parts.append(prism(well, 0.06, dark, "z").at(z=depth * 1.02))
        for y in (-0.12, 0.12, 0.36):
            parts.append(block((0.8 * width, 0.24, 0.06), deck).at(0, y * length, depth * 1.03))
        for side in (-1, 1):
            parts.append(rod((side * 0.3, 0.2, depth + 0.2), (side * width, 0.75, depth - 0.2), 0.03, deck, 6))
            parts.append(
                block((0.05, 0.18, 0.5), deck).turned("y", side * 65).at(side * (width + 0.05), 0.8, depth - 0.25)
            )
        return {"": parts}
    length = rng.uniform(6, 11)
    width, depth = length * rng.uniform(0.3, 0.36), length * rng.uniform(0.12, 0.15)
    parts = [hull(length, width, depth, paint), hull(length * 0.93, width * 0.9, depth, deck).at(z=0.03)]
    d = depth * 1.02
    if style == "sail":
        sail = (
            palette.cloth(rng, "white")
            if colour is None or rng.random() < 0.5
            else palette.plain("sail", palette.shade(rng, colour), 0.9)
        )
        mast, y = length * rng.uniform(1.1, 1.35), -0.12 * length
        parts.append(rod((0, y, d - 0.1), (0, y, d + mast), 0.012 * length, deck, 8))
        parts.append(rod((0, y, d + 0.1 * mast), (0, 0.42 * length, d + 0.1 * mast), 0.008 * length, deck, 6))
        parts.append(
            prism(
                [
                    (y + 0.02 * length, d + 0.13 * mast),
                    (0.4 * length, d + 0.13 * mast),
                    (y + 0.02 * length, d + 0.98 * mast),
                ],
                0.05,
                sail,
                tile=2.0,
            )
        )
        if rng.random() < 0.75:
            parts.append(
                prism(
                    [
                        (-0.47 * length, d + 0.1 * mast),
                        (y - 0.03 * length, d + 0.12 * mast),
                        (y - 0.02 * length, d + 0.8 * mast),
                    ],
                    0.05,
                    second if rng.random() < 0.4 else sail,
                    tile=2.0,
                )
            )
        parts.append(block((0.45 * width, 0.3 * length, 0.35 * depth), second, taper=0.85).at(0, 0.08 * length, d))
        return {"": parts}
    tall = 0.2 * length if style == "tug" else 0.13 * length
    y0, y1 = (-0.15 * length, 0.15 * length) if style == "tug" else (-0.18 * length, 0.28 * length)
    house = second if rng.random() < 0.6 else paint
    parts.append(
        prism(
            [(y0, 0), (y1, 0), (y1, tall), (y0 + (0.05 if style == "tug" else 0.16) * length, tall)], 0.6 * width, house
        ).at(z=d)
    )
    low, high = 0.5 * tall, 0.85 * tall
    lean = (0.05 if style == "tug" else 0.16) * length / tall
    parts.append(
        prism(
            [(y0 + lean * low + 0.12, low), (y1 - 0.2, low), (y1 - 0.2, high), (y0 + lean * high + 0.12, high)],
            0.6 * width + 0.04,
            glass,
        ).at(z=d)
    )
    parts.append(
        prism(
            [
                (y0 + lean * low - 0.03, low),
                (y0 + lean * low + 0.1, low),
                (y0 + lean * high + 0.1, high),
                (y0 + lean * high - 0.03, high),
            ],
            0.5 * width,
            glass,
        ).at(z=d)
    )
    parts.append(
        block((0.68 * width, (y1 - y0) * 0.95, 0.06), paint).at(0, (y0 + y1) / 2 + 0.04 * length, d + tall - 0.01)
    )
    if style == "tug":
        parts.append(cylinder(0.05 * length, 0.24 * length, second, 12).at(0, 0.24 * length, d))
        parts.append(cylinder(0.052 * length, 0.05 * length, dark, 12).at(0, 0.24 * length, d + 0.19 * length))
        for y in (-0.25, 0.0, 0.25):
            parts += [
                cylinder(0.03 * length, 0.1, dark, 10)
                .turned("y", 90)
                .at(s * 0.49 * width - 0.05, y * length, 0.8 * depth)
                for s in (-1, 1)
            ]
    else:
        parts += rods(
            [
                (-0.35 * width, -0.18 * length, d + 0.5),
                (0, -0.44 * length, d + 0.62),
                (0.35 * width, -0.18 * length, d + 0.5),
            ],
            0.025,
            dark,
            5,
        )
        parts.append(rod((0, -0.43 * length, d), (0, -0.44 * length, d + 0.62), 0.025, dark, 5))
    parts.append(rod((0, 0.02 * length, d + tall), (0, 0.03 * length, d + tall + 0.12 * length), 0.03, dark, 5))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "boat": AssetKind(boat, (3.3, 17.0), fronted=True),
}
