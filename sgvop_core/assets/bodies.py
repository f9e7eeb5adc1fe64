"""Bodies of few faces: rounded limbs along curves, ellipsoids, mirrored pairs, and a figure's final size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..scene.model import Array, Material
from .kind import AssetKind, Pieces
from .parts import Part
from .primitives import lathe, sphere, welded_part

Knot = Sequence[float]
"""A point of a limb's middle line and the radius there: x, y, z, radius."""


def smooth_line(knots: Array, steps: int) -> Array:
    """Returns a curve [R, 4] through knots [P, 4], ``steps`` pieces a span (Catmull and Rom 1974, uniform)."""
    if steps == 1 or len(knots) < 3:
        return knots
    ends = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    a, b, c, d = (ends[i : i + len(knots) - 1, None] for i in range(4))
    t = (np.arange(steps) / steps)[None, :, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.concatenate([curve.reshape(-1, 4), knots[-1:]])


def limb(
    knots: Sequence[Knot] | Array, material: Material, segments: int = 10, steps: int = 3, wide: float = 1.0,
    tile: float = 0.5, ends: int = 3,
) -> Part:  # fmt: skip
    """Returns a closed, round-ended solid along a smooth curve through knots [P, 4] (x, y, z, radius).

    ``wide`` scales its section across the curve, along x where the curve stays in the yz plane; ``ends`` is the
    number of rings of a rounded end. One repeat of the picture is about ``tile`` units.
    """
    line = smooth_line(np.asarray(knots, np.float64), steps)
    p, r = line[:, :3], np.maximum(line[:, 3], 1e-3 * float(line[:, 3].max()))
    t = unit(np.gradient(p, axis=0))
    bend = np.linspace(math.pi / 2, 0, ends, endpoint=False)[:, None]
    low, high = p[0] - t[0] * r[0] * np.sin(bend), p[-1] + t[-1] * r[-1] * np.sin(bend[::-1])
    centres = np.concatenate([low, p, high])
    radii = np.concatenate([r[0] * np.cos(bend[:, 0]), r, r[-1] * np.cos(bend[::-1, 0])])
    radii[[0, -1]] = 0.0
    side = np.array([1.0, 0, 0]) if abs(t[0, 0]) < 0.9 else np.array([0.0, 1, 0])
    sides = np.empty_like(t)
    for row, along in enumerate(t):
        side = side - along * (side @ along)
        side = sides[row] = side / max(float(np.linalg.norm(side)), 1e-12)
    sides = np.concatenate([np.repeat(sides[:1], ends, 0), sides, np.repeat(sides[-1:], ends, 0)])
    along = np.concatenate([np.repeat(t[:1], ends, 0), t, np.repeat(t[-1:], ends, 0)])
    ups = np.cross(along, sides)
    angle = 2 * math.pi * np.arange(segments) / segments
    ring = np.cos(angle)[:, None] * sides[:, None] * wide + np.sin(angle)[:, None] * ups[:, None]
    vertices = (centres[:, None] + radii[:, None, None] * ring).reshape(-1, 3)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(centres, axis=0), axis=1))]) / tile
    around = float(max(1, round(2 * math.pi * float(r.max()) / tile)))
    i, j = np.meshgrid(np.arange(len(centres) - 1), np.arange(segments), indexing="ij")
    k = (j + 1) % segments
    a, b, c, d = i * segments + j, i * segments + k, (i + 1) * segments + k, (i + 1) * segments + j
    u0, u1, v0, v1 = j / segments * around, (j + 1) / segments * around, length[i], length[i + 1]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)
    corner = [np.stack(x, -1) for x in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]
    uvs = np.stack([np.stack([corner[x] for x in loop], -2) for loop in ((0, 1, 2), (0, 2, 3))], 2)
    return welded_part(vertices, faces, uvs.reshape(-1, 3, 2), material, 80.0)


def unit(vectors: Array) -> Array:
    """Returns the vectors [N, 3] at length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def egg(centre: Sequence[float], radius: Sequence[float] | float, material: Material, rows: int = 8,
        segments: int = 12) -> Part:  # fmt: skip
    """Returns an ellipsoid about ``centre`` [3] with half axes ``radius`` [3], or a ball."""
    axes = (radius, radius, radius) if isinstance(radius, int | float) else radius
    return sphere(axes, material, rows, segments).at(*centre)


def cone(radius: float, height: float, material: Material, top: float = 0.0, segments: int = 10) -> Part:
    """Returns a closed cone, or its stump with radius ``top``, on z = 0."""
    rims = [(radius, 0.0), (top, height), (0.0, height)] if top > 0 else [(radius, 0.0), (0.0, height)]
    return lathe([(0, 0), *rims], material, segments, crease=50.0)


def pair(part: Part) -> list[Part]:
    """Returns the part and its mirror image across x = 0."""
    return [part, part.moved(np.diag([-1.0, 1.0, 1.0, 1.0]))]


def eyes(x: float, y: float, z: float, r: float, pupil: Material, white: Material | None = None) -> list[Part]:
    """Returns a pair of eyes of radius ``r`` about (+-x, y, z) that look towards -y, pupils on whites where given."""
    if white is None:
        return pair(egg((x, y, z), (r * 0.85, r * 0.85, r), pupil, 6, 8))
    return pair(egg((x, y, z), r, white, 6, 10)) + pair(egg((x, y - r * 0.6, z), r * 0.58, pupil, 6, 8))


def vary(rng: np.random.Generator, value: float, share: float = 0.15) -> float:
    """Returns the value times a factor between 1 - share and 1 + share."""
    return float(value * rng.uniform(1 - share, 1 + share))


def joined(parts: Sequence[Part]) -> list[Part]:
    """Returns the parts with those of one material and crease made one, which a mesh is built from faster."""
    groups: dict[tuple[int, float], list[Part]] = {}
    for part in parts:
        groups.setdefault((id(part.material), part.crease), []).append(part)
    whole = []
    for group in groups.values():
        starts = np.cumsum([0, *[len(p.vertices) for p in group[:-1]]])
        whole.append(
            Part(
                np.concatenate([p.vertices for p in group]),
                np.concatenate([p.faces + s for p, s in zip(group, starts, strict=True)]),
                np.concatenate([p.uvs for p in group]),
                group[0].material,
                group[0].crease,
            )
        )
    return whole


def sized(parts: Sequence[Part], longest: float) -> list[Part]:
    """Returns the parts centred in x and y, standing on z = 0, their longest side ``longest`` metres."""
    whole = joined(parts)
    points = np.concatenate([p.vertices for p in whole])
    low, high = points.min(0), points.max(0)
    scale = longest / float((high - low).max())
    x, y = -(low + high)[:2] / 2
    return [p.at(x, y, -low[2]).scaled(scale) for p in whole]


Maker = Callable[[np.random.Generator, str | None], list[Part]]
"""Makes a figure's parts of any size, facing -y, from a generator and a colour word or None."""


def figure(make: Maker, low: float, high: float, fronted: bool = True) -> AssetKind:
    """Returns the kind of figure that ``make`` makes, its longest side between ``low`` and ``high`` metres."""

    def build(rng: np.random.Generator, colour: str | None = None) -> Pieces:
        # Drawn on a logarithmic scale: a small one is as likely as a large one. A hair inside the limits.
        longest = math.exp(rng.uniform(math.log(low * 1.001), math.log(high * 0.999)))
        return {"": sized(make(rng, colour), longest)}

    build.__doc__ = make.__doc__
    return AssetKind(build, (low, high), fronted=fronted)
