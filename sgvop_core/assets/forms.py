"""Forms between a primitive and an asset: hollow tubs, hoops, bars, lofts, arcs, plates with an outline."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..scene.model import Array, Material
from .parts import Part
from .primitives import box, lathe, tube, welded_part


def hoop(radius: float, thickness: float, material: Material, segments: int = 24, sides: int = 6) -> Part:
    """Returns a ring of ``radius`` about the z axis at z = 0, ``thickness`` the radius of its wire (metres)."""
    a = 2 * math.pi * np.arange(sides) / sides
    section = np.stack([radius + thickness * np.cos(a), thickness * np.sin(a)], 1)
    return lathe(section, material, segments, crease=70.0, close=True)


def bar(
    start: Sequence[float], end: Sequence[float], radius: float | Array, material: Material, sides: int = 8
) -> Part:
    """Returns a straight round bar from ``start`` [3] to ``end`` [3]; ``radius`` is one or one an end [2] (metres)."""
    return tube([start, end], radius, material, sides)


def arc(
    centre: Sequence[float], u: Sequence[float], v: Sequence[float], start: float, end: float, count: int = 12
) -> Array:
    """Returns the points [count, 3] ``centre + u cos a + v sin a`` for angles from ``start`` to ``end`` degrees."""
    a = np.radians(np.linspace(start, end, count))[:, None]
    return np.asarray(centre, np.float64) + np.cos(a) * np.asarray(u) + np.sin(a) * np.asarray(v)


def slab(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], material: Material, bevel: float = 0.004,
         tile: float = 0.5) -> Part:  # fmt: skip
    """Returns a box between the given limits (metres)."""
    size = (x[1] - x[0], y[1] - y[0], z[1] - z[0])
    return box(size, material, bevel, tile).at((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, z[0])


def squared(part: Part, x: float, y: float, power: float = 5.0) -> Part:
    """Returns a turned part with its circles of radius 1 made rounded rectangles of half sides ``x`` and ``y``.

    A circle becomes the superellipse ``|x|^p + |y|^p = 1`` (Lame), p = ``power``: 2 leaves it round.
    """

    def stretch(v: Array) -> Array:
        r = np.hypot(v[:, 0], v[:, 1])
        c, s = np.abs(v[:, :2].T) / np.maximum(r, 1e-12)
        grow = np.where(r > 1e-9, 1 / np.maximum(c**power + s**power, 1e-12) ** (1 / power), 1.0)
        return np.column_stack([v[:, 0] * grow * x, v[:, 1] * grow * y, v[:, 2]])

    return part.warped(stretch)


def tub(x: float, y: float, height: float, wall: float, floor: float, material: Material, foot: float = 1.0,
        power: float = 6.0, segments: int = 40, tile: float | None = None) -> Part:  # fmt: skip
    """Returns a hollow tub, open on top, on z = 0: half sides ``x`` and ``y`` at the rim, ``foot`` times that at the base.

    ``wall`` is its thickness, ``floor`` the height of its inner floor (metres); ``power`` as in ``squared``.
    """
    w = wall / min(x, y)
    inner = foot + (1 - foot) * floor / height
    profile = [(0, 0), (foot - 0.03, 0), (foot, 0.02 * height), (1 - 0.2 * w, 0.99 * height), (1 - 0.5 * w, height)]
    profile += [(1 - w, 0.99 * height), (inner - w, floor + 0.03 * height), (inner - w - 0.06, floor), (0, floor)]
    part = squared(lathe(profile, material, segments, tile), x, y, power)
    return part


def loft(rings: Array, material: Material, crease: float = 60.0) -> Part:
    """Returns the closed solid through ``rings`` [R, S, 3], each of S points counterclockwise about the way from first to last.

    Both ends are closed by fans about the mean of their ring; u runs around, v along.
    """
    count, sides = rings.shape[:2]
    vertices = np.concatenate([rings.reshape(-1, 3), rings[:1].mean(1), rings[-1:].mean(1)])
    i, j = (a.reshape(-1) for a in np.meshgrid(np.arange(count - 1), np.arange(sides), indexing="ij"))
    k = (j + 1) % sides
    a, b, c, d = i * sides + j, i * sides + k, (i + 1) * sides + k, (i + 1) * sides + j
    u0, u1, v0, v1 = j / sides, (j + 1) / sides, i / (count - 1), (i + 1) / (count - 1)
    low, right, high, left = (np.stack(x, -1) for x in ((u0, v0), (u1, v0), (u1, v1), (u0, v1)))
    s = np.arange(sides)
    t, start, last = (s + 1) % sides, count * sides, (count - 1) * sides
    cap = np.broadcast_to(np.array([[0.5, 0.5], [0.52, 0.5], [0.5, 0.52]]), (sides, 3, 2))
    faces = [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
    faces += [np.stack([np.full(sides, start), t, s], 1), np.stack([np.full(sides, start + 1), last + s, last + t], 1)]
    uvs = np.concatenate([np.stack([low, right, high], 1), np.stack([low, high, left], 1), cap, cap])
    return welded_part(vertices, np.concatenate(faces), uvs, material, crease)


def petal(length: float, width: float, thickness: float, material: Material, curl: float = 0.0, cells: int = 6) -> Part:
    """Returns a closed leaf from the origin along +x, ``width`` across y; ``curl`` metres lift its tip (all metres)."""
    t = np.linspace(0.0, 1.0, cells + 1)[1:-1]
    half = 0.5 * width * np.sin(math.pi * t**0.8) ** 0.8 + 1e-4
    around = np.array([[1, 0], [0.5, 1], [-0.5, 1], [-1, 0], [-0.5, -1], [0.5, -1]])
    rings = np.stack([np.tile(t * length, (6, 1)).T, half[:, None] * around[:, 0], thickness / 2 * around[None, :, 1]
                      + curl * t[:, None] ** 2], -1)  # fmt: skip
    return loft(rings, material, 75.0)
