"""Things that no noun names: random turned bodies, unions of bodies, stacks and frames of bars.

They teach what a relation is apart from what usually stands in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from ..scene.model import Array, Material
from .dressings import coat
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part, turn
from .primitives import box, lathe, rounded_box, tube
from .shapes import FORMS, fitted

SIZE = (0.1, 0.8)
"""Longest side, metres."""
COMPACT = (
    "cube",
    "sphere",
    "cylinder",
    "cone",
    "pyramid",
    "wedge",
    "capsule",
    "prism",
    "diamond",
    "polyhedron",
    "dome",
    "disc",
)
"""Bodies without holes or thin limbs: the pieces of unions and stacks."""
FLAT = ("cube", "cylinder", "prism", "disc", "torus", "tube", "dome", "wedge", "cross", "star", "cone", "pyramid")
"""Bodies that others can stand on, more or less."""


def sized(parts: list[Part], rng: np.random.Generator) -> Pieces:
    """Returns the parts scaled together to a random size, standing on z = 0 about the origin."""
    points = np.concatenate([p.vertices for p in parts])
    low, high = points.min(0), points.max(0)
    longest = math.exp(rng.uniform(math.log(SIZE[0] * 1.01), math.log(SIZE[1] * 0.99)))
    centre, factor = (low + high) / 2, longest / float((high - low).max())
    return {"": [p.at(-centre[0], -centre[1], -low[2]).scaled(factor) for p in parts]}


def coats(rng: np.random.Generator, colour: str | None, count: int) -> list[Material]:
    """Returns a coat for each of ``count`` parts: one for all mostly; with a colour word, the first is of that colour."""
    first = coat(rng, colour)
    others = [coat(rng) for _ in range(min(2, count - 1))] if rng.random() < 0.4 else []
    # The first part keeps most of the thing: others take at most every second part.
    return [others[(i // 2) % len(others)] if others and i % 2 else first for i in range(count)]


def turned_thing(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A body turned on a lathe from a random profile: smooth, in steps or mixed; whole, square or oval; upright or lying."""
    from scipy.interpolate import PchipInterpolator

    knots = int(rng.integers(3, 8))
    height, widest = float(rng.uniform(0.3, 2.6)), 0.5
    at = (
        np.concatenate([[0.0], np.sort(rng.uniform(0.08, 0.92, knots - 2)), [1.0]])
        if knots > 2
        else np.array([0.0, 1.0])
    )
    radius = rng.uniform(0.12, 1.0, len(at))
    radius[int(rng.integers(0, len(at)))] = 1.0
    # Knots that nearly coincide would make steps thinner than any picture shows.
    at, keep = np.unique(np.round(at, 2), return_index=True)
    radius = radius[keep] * widest
    if rng.random() < 0.6:
        fine = np.linspace(0.0, 1.0, 26)
        outline = np.stack([PchipInterpolator(at, radius)(fine), fine * height], 1)
    else:
        # Steps: each stretch between two knots has one radius or leans a little.
        lean = rng.uniform(0.75, 1.0) if rng.random() < 0.5 else 1.0
        rows = [[(r, a * height), (r * lean, b * height)] for r, a, b in zip(radius[:-1], at[:-1], at[1:], strict=True)]
        outline = np.array([p for row in rows for p in row])
    ends = [(0.0, 0.0)], [(0.0, height)]
    if rng.random() < 0.3:
        ends = ends[0], [(0.0, height * rng.uniform(0.75, 1.15))]
    segments = int(rng.choice([32, 32, 32, 4, 6, 8]))
    part = lathe(np.vstack([ends[0], outline, ends[1]]), coat(rng, colour), segments, crease=45.0)
    if rng.random() < 0.3:
        part = part.scaled(1.0, float(rng.uniform(0.4, 0.8)), 1.0)
    if rng.random() < 0.25:
        part = (
            part.warped(partial(twisted, height=height, degrees=float(rng.uniform(-90, 90)))) if segments <= 8 else part
        )
    if rng.random() < 0.25:
        part = part.turned("x", 90.0)
    return {"": [fitted(part, math.exp(rng.uniform(math.log(SIZE[0] * 1.01), math.log(SIZE[1] * 0.99))))]}


def twisted(points: Array, height: float, degrees: float) -> Array:
    """Returns points [N, 3] turned about z by ``degrees`` over ``height`` metres."""
    angle = np.radians(degrees) * points[:, 2] / height
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * points[:, 0] - s * points[:, 1], s * points[:, 0] + c * points[:, 1], points[:, 2]], 1)


def union_thing(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """Two to four bodies of random sizes and turns, each stuck into the one before."""
    count = int(rng.integers(2, 5))
    parts: list[Part] = []
    centre, reach = np.zeros(3), 0.0
    for i, material in enumerate(coats(rng, colour, count)):
        part = FORMS[pick(rng, COMPACT)](rng, material)
        part = fitted(part, float(rng.uniform(0.7, 1.0) if i == 0 else rng.uniform(0.35, 0.9)))
        part = part.scaled(*rng.uniform(0.6, 1.0, 3)) if rng.random() < 0.4 else part
        half = np.ptp(part.vertices, axis=0) / 2
        part = part.at(z=-half[2])
        if rng.random() < 0.6:
            part = part.turned(pick(rng, ("x", "y", "z")), float(rng.choice([90.0, 180.0, 45.0, rng.uniform(0, 360)])))
        if i:
            way = rng.normal(size=3)
            way = (
                way / np.linalg.norm(way)
                if rng.random() < 0.6
                else np.eye(3)[int(rng.integers(0, 3))] * rng.choice([-1, 1])
            )
            centre = centre + way * reach * rng.uniform(0.9, 1.2)
        reach = float(half.mean())
        parts.append(part.at(*centre))
    return sized(parts, rng)


def stack_thing(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """Two to five bodies one upon the other, each turned and a little off the middle."""
    count = int(rng.integers(2, 6))
    parts: list[Part] = []
    top = 0.0
    for material in coats(rng, colour, count):
        part = fitted(FORMS[pick(rng, FLAT)](rng, material), float(rng.uniform(0.4, 1.0)))
        squash = float(rng.uniform(0.3, 1.0))
        part = part.scaled(1.0, 1.0, squash).turned("z", float(rng.uniform(0, 360)))
        shift = rng.normal(0, 0.06, 2)
        # A hair into the one below, so that no light falls through.
        parts.append(part.at(shift[0], shift[1], top - 0.01))
        top = float(parts[-1].vertices[:, 2].max())
    return sized(parts, rng)


def frame_thing(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """Bars: the edges of a box or a prism, some left out, crossed or with a board; or a bundle of bent rods."""
    bars = frame_box(rng) if rng.random() < 0.7 else []
    thick = float(rng.uniform(0.02, 0.06))
    round_bars = rng.random() < 0.5
    material = coat(rng, colour)
    parts = [bar(a, b, thick, material, round_bars) for a, b in bars]
    if not bars:
        for _ in range(int(rng.integers(2, 6))):
            # All pass the middle, so that they are one thing.
            knots = rng.uniform(-0.5, 0.5, (4, 3))
            knots[1] = -(knots[0] + knots[3] + 3 * knots[2]) / 3
            t = np.linspace(0, 1, 15)[:, None]
            path = (
                (1 - t) ** 3 * knots[0]
                + 3 * t * (1 - t) ** 2 * knots[1]
                + 3 * t**2 * (1 - t) * knots[2]
                + t**3 * knots[3]
            )
            parts.append(tube(path, thick, material, 8, 0.4))
    elif rng.random() < 0.35:
        points = np.array([p for pair in bars for p in pair])
        low, high = points.min(0), points.max(0)
        board = box((high[0] - low[0], high[1] - low[1], 0.04), material, 0.004)
        middle = (low + high) / 2
        parts.append(board.at(middle[0], middle[1], float(rng.uniform(low[2], high[2]))))
    return sized(parts, rng)


def frame_box(rng: np.random.Generator) -> list[tuple[Array, Array]]:
    """Returns the bars, each from [3] to [3], of a box or prism of random sides with some left out and some added."""
    sides = int(rng.choice([4, 4, 4, 3, 5, 6]))
    angle = 2 * math.pi * np.arange(sides) / sides + math.pi / sides
    size = rng.uniform(0.4, 1.0, 3)
    taper = float(rng.choice([1.0, 1.0, rng.uniform(0.2, 0.9)]))
    low = np.stack([np.cos(angle) * size[0] / 2, np.sin(angle) * size[1] / 2, np.zeros(sides)], 1)
    high = low * [taper, taper, 0] + [0, 0, size[2]]
    after = np.arange(1, sides + 1) % sides
    posts = list(zip(low, high, strict=True))
    rails = list(zip(low, low[after], strict=True)) + list(zip(high, high[after], strict=True))
    rails = [rails[i] for i in rng.permutation(len(rails))[: int(rng.integers(len(rails) // 2, len(rails) + 1))]]
    braces = [(low[i], high[after[i]]) for i in range(sides) if rng.random() < 0.3]
    return posts + rails + braces


def bar(start: Array, end: Array, thick: float, material: Material, round_bar: bool) -> Part:
    """Returns a bar from ``start`` [3] to ``end`` [3], round or square, a little longer so that corners close."""
    way = end - start
    length = float(np.linalg.norm(way))
    unit = way / length
    if round_bar:
        return tube(np.stack([start - unit * thick, end + unit * thick]), thick, material, 10, 0.4)
    part = rounded_box((2 * thick, 2 * thick, length + 2 * thick), thick * 0.15, material, 2).at(z=-thick)
    tilt = math.degrees(math.acos(max(-1.0, min(1.0, unit[2]))))
    heading = math.degrees(math.atan2(unit[1], unit[0]))
    matrix = turn("z", heading) @ turn("y", tilt)
    return part.moved(matrix).at(start[0], start[1], start[2])


BUILDERS: dict[str, Callable[..., Pieces]] = {
    "lathe shape": turned_thing,
    "csg shape": union_thing,
    "stack shape": stack_thing,
    "frame shape": frame_thing,
}
"""Kind -> its builder. No noun of a prompt says these."""

KINDS: dict[str, AssetKind] = {kind: AssetKind(build, SIZE) for kind, build in BUILDERS.items()}
