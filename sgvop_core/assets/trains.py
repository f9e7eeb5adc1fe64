"""Trains in real size, their front towards -y: steam engines and the heads of modern trains."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from . import palette
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere
from .solids import block, coat, loft, merged, prism, rod, rods, second_colour, slab, wheel

LIVERIES = ("red", "blue", "white", "green", "yellow", "orange", "grey", "navy", "teal", "cream")


def train(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A steam engine, or the head of a modern train."""
    word = colour or pick(rng, (*LIVERIES, "black"))
    return {"": merged(steam_engine(rng, word) if rng.random() < 0.5 else rail_car(rng, word))}


def steam_engine(rng: np.random.Generator, word: str) -> list[Part]:
    """Returns a steam engine with boiler, chimney, domes, cab, big wheels with a rod, and a cow catcher."""
    paint, second = coat(rng, word, "boiler"), second_colour(rng, word)
    dark, brass = palette.plain("iron", (0.1, 0.1, 0.11), 0.5), palette.plain("brass", (0.8, 0.64, 0.3), 0.3, 0.5)
    length, r = rng.uniform(8.0, 9.5), rng.uniform(0.75, 0.95)
    f, b = -length / 2, length / 2
    big, small, axis = rng.uniform(0.62, 0.78), 0.42, 2.15
    cab, top = rng.uniform(1.9, 2.3), axis + r
    boiler = lathe(
        [(0, 0), (r * 0.9, 0), (r * 0.9, 0.08), (r, 0.12), (r, b - cab - f), (0, b - cab - f)], paint, 20, tile=1.5
    )
    parts = [boiler.turned("x", -90).at(0, f + 0.5, axis)]
    parts.append(cylinder(r * 0.8, 0.1, dark, 20).turned("x", 90).at(0, f + 0.52, axis))
    for share in (0.3, 0.55, 0.8):
        y = f + 0.5 + share * (b - cab - f - 0.5)
        parts.append(cylinder(r + 0.02, 0.07, brass, 20).turned("x", 90).at(0, y, axis))
    flare = rng.uniform(1.2, 2.0)
    parts.append(
        lathe([(0, 0), (0.2, 0), (0.2, 0.5), (0.2 * flare, 0.95), (0, 0.95)], dark, 14).at(0, f + 1.0, top - 0.1)
    )
    for share in (0.35, 0.6):
        parts.append(
            sphere((0.33, 0.33, 0.42), brass if share > 0.5 else paint, 6, 12).at(
                0, f + 0.5 + share * (b - cab - f), top
            )
        )
    parts.append(slab((-1.25, 1.25), (f + 0.1, b), (1.1, 1.35), dark))
    parts.append(slab((-1.3, 1.3), (f, f + 0.2), (0.75, 1.3), second))
    parts.append(prism([(f - 0.6, 0.15), (f, 0.15), (f, 0.75)], 1.8, second))
    parts.append(slab((-1.3, 1.3), (b - cab, b), (1.3, 2.35), paint))
    for x in (-1.24, 1.24):
        for y in (b - cab + 0.08, b - 0.08):
            parts.append(block((0.1, 0.14, 1.1), paint).at(x, y, 2.3))
    parts.append(
        slab((-1.2, 1.2), (b - cab + 0.02, b - cab + 0.1), (2.3, 3.3), palette.plain("window", (0.14, 0.19, 0.23), 0.1))
    )
    arch = [(-1.45, 3.35), (1.45, 3.35), (1.2, 3.6), (0.0, 3.75), (-1.2, 3.6)]
    parts.append(prism(arch, cab + 0.5, second, "y").at(y=b - cab / 2 - 0.05))
    drivers = [b - cab - 0.2 - k * (2 * big + 0.15) for k in range(3)]
    for side in (-1, 1):
        x = side * 0.95
        for y in drivers:
            parts += [p.at(x, y, big) for p in wheel(big, 0.16, dark, second)]
        parts.append(
            block((0.06, drivers[0] - drivers[-1] + 0.2, 0.12), brass).at(
                side * 1.08, (drivers[0] + drivers[-1]) / 2, big - 0.2
            )
        )
        for y in (f + 0.75, f + 1.7):
            parts += [p.at(x, y, small) for p in wheel(small, 0.14, dark, second)]
        parts.append(cylinder(0.3, 1.1, dark, 12).turned("x", -90).at(side * 1.05, f + 0.7, 1.0))
    parts.append(cylinder(0.22, 0.3, brass, 12).turned("x", 90).at(0, f + 0.5, top + 0.12))
    return parts


def rail_car(rng: np.random.Generator, word: str) -> list[Part]:
    """Returns the leading car of a modern train: a slanted nose, a band of windows, doors, bogies."""
    paint, second = coat(rng, word, "livery"), second_colour(rng, word)
    hub = palette.plain("hub", (0.5, 0.5, 0.52), 0.4, 0.4)
    glass, dark = palette.plain("window", (0.12, 0.16, 0.2), 0.1), palette.plain("dark", (0.12, 0.12, 0.13), 0.7)
    length, width, high = rng.uniform(12, 16), 2.8, rng.uniform(3.6, 3.9)
    f, b, nose = -length / 2, length / 2, rng.uniform(1.0, 3.2)
    rings = []
    for y, narrow, top in (
        (f, 0.62, 1.7),
        (f + 0.25 * nose, 0.8, 2.3),
        (f + 0.7 * nose, 0.96, 3.35),
        (f + nose, 1.0, high),
        (b, 1.0, high),
    ):
        h = narrow * width / 2
        rings.append([(-h, y, 0.75), (h, y, 0.75), (h * 1.02, y, 1.4), (h * 0.97, y, top - 0.35), (h * 0.75, y, top), (-h * 0.75, y, top),
                      (-h * 0.97, y, top - 0.35), (-h * 1.02, y, 1.4)])  # fmt: skip
    parts = [loft(np.array(rings), paint, 3.0)]
    pane = [(-0.7, 0.0), (0.7, 0.0), (0.62, 1.0), (-0.62, 1.0)]
    y0, y1, z0, z1 = f + 0.3 * nose, f + 0.72 * nose, 2.4, 3.4
    slope = [
        [(x * width / 2, y0 + t * (y1 - y0) + d, z0 + t * (z1 - z0) + 0.06) for x, t in pane] for d in (-0.04, 0.25)
    ]
    parts.append(loft(np.array(slope), glass))
    doors = [f + nose + 1.2, b - 1.4]
    edges = np.linspace(doors[0] + 0.9, doors[1] - 0.9, int(rng.integers(4, 8)))
    side = width / 2 + 0.02
    for a, c in pairwise(edges):
        parts.append(slab((-side, side), (a + 0.12, c - 0.12), (2.0, 2.9), glass))
    for y in doors:
        parts.append(slab((-side - 0.02, side + 0.02), (y - 0.55, y + 0.55), (1.0, 3.05), second))
        parts.append(slab((-side - 0.03, side + 0.03), (y - 0.35, y + 0.35), (2.0, 2.9), glass))
    parts.append(slab((-side - 0.01, side + 0.01), (f + nose, b - 0.01), (1.35, 1.6), second))
    for y in (f + 2.6, b - 2.4):
        parts.append(slab((-1.1, 1.1), (y - 1.3, y + 1.3), (0.4, 0.8), dark))
        for dy in (-0.8, 0.8):
            for x in (-0.9, 0.9):
                parts += [p.at(x, y + dy, 0.42) for p in wheel(0.42, 0.14, dark, hub, 12)]
    lamp = palette.plain("head lamp", (1, 0.97, 0.85), glow=0.4)
    for x in (-0.6, 0.6):
        parts.append(block((0.3, 0.1, 0.18), lamp).at(x, f, 1.3))
    parts.append(slab((-0.7, 0.7), (f - 0.05, f + 0.5), (0.5, 0.9), dark))
    if rng.random() < 0.5:
        parts += rods([(0, 1.2, high - 0.02), (0, 0.4, high + 0.5), (0, 1.1, high + 0.95)], 0.04, dark, 5)
        parts.append(rod((-0.8, 1.1, high + 0.97), (0.8, 1.1, high + 0.97), 0.04, dark, 5))
    return parts


KINDS: dict[str, AssetKind] = {
    "train": AssetKind(train, (8.4, 16.4), fronted=True),
}
