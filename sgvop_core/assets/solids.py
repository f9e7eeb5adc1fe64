"""Closed solids of few faces: blocks, prisms over any outline, lofts, rods and wheels; and paint with a little grain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..scene.model import Array, Material
from . import palette, textures
from .parts import Part, box_uvs
from .primitives import cylinder, lathe, weld

Point = Sequence[float] | Array
CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
"""Signs of the four corners of a rectangle, in order around it."""
SIDES = [[i, (i + 1) % 4, (i + 1) % 4 + 4] for i in range(4)] + [[i, (i + 1) % 4 + 4, i + 4] for i in range(4)]
BLOCK_FACES = np.array([*SIDES, [0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7]], np.int32)
"""A block's faces between the corners of its foot (0-3) and of its top (4-7)."""


def coat(
    rng: np.random.Generator, colour: str, name: str = "paint", roughness: float = 0.35, metallic: float = 0.0
) -> Material:
    """Returns paint of a colour word with faint blotches."""
    return palette.textured(
        f"{colour} {name}", grain(rng, palette.shade(rng, colour), 0.1, cells=3), roughness, metallic
    )


def second_colour(rng: np.random.Generator, first: str) -> Material:
    """Returns plain paint of another colour word."""
    return palette.plain(
        "second paint",
        palette.shade(rng, palette.pick(rng, [c for c in ("white", "red", "navy", "yellow", "black") if c != first])),
    )


def grain(
    rng: np.random.Generator, colour: textures.Colour, depth: float = 0.16, size: int = 64, cells: int = 6
) -> Array:
    """Returns a picture [S, S, 3] of almost one colour (uint8 sRGB): ``depth`` is the share by which it darkens."""
    share = textures.fractal(size, size, rng, (cells, cells), 3)
    return textures.to_bytes(textures.mix(colour, [c * (1 - depth) for c in colour], share))


def block(size: Sequence[float], material: Material, tile: float = 1.5, taper: float = 1.0) -> Part:
    """Returns a sharp box of ``size`` [3] metres standing on z = 0, its top ``taper`` times as wide and deep."""
    x, y, z = size
    corners = np.array(CORNERS) * [x / 2, y / 2]
    vertices = np.concatenate([np.insert(corners, 2, 0.0, axis=1), np.insert(corners * taper, 2, z, axis=1)])
    return Part(vertices, BLOCK_FACES, box_uvs(vertices, BLOCK_FACES, tile), material, crease=35.0)


def slab(
    x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], material: Material, tile: float = 1.5
) -> Part:
    """Returns a sharp box between limits in metres."""
    part = block((x[1] - x[0], y[1] - y[0], z[1] - z[0]), material, tile)
    return part.at((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, z[0])


def oriented(vertices: Array, faces: Array, material: Material, tile: float, crease: float) -> Part:
    """Returns the part of vertices [N, 3] and faces [F, 3] of one closed solid, turned outward and welded."""
    points, triangles = weld(np.asarray(vertices, np.float64), np.asarray(faces))
    a, b, c = (points[triangles[:, k]] for k in range(3))
    if float((np.cross(a, b) * c).sum()) < 0:
        triangles = triangles[:, ::-1]
    return Part(points, triangles, box_uvs(points, triangles, tile), material, crease)


def loft(rings: Array, material: Material, tile: float = 1.5, crease: float = 35.0) -> Part:
    """Returns the closed solid through rings of points [R, S, 3], each around the solid the same way; fans close its ends."""
    count, around = rings.shape[:2]
    i, j = np.meshgrid(np.arange(count - 1), np.arange(around), indexing="ij")
    k = (j + 1) % around
    a, b, c, d = i * around + j, i * around + k, (i + 1) * around + k, (i + 1) * around + j
    sides = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)
    first, last = count * around, (count - 1) * around
    r = np.arange(around)
    s = (r + 1) % around
    ends = [np.stack([np.full(around, first), s, r], 1), np.stack([np.full(around, first + 1), last + r, last + s], 1)]
    vertices = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(1)])
    return oriented(vertices, np.concatenate([sides, *ends]), material, tile, crease)


def prism(outline: Sequence[Point] | Array, depth: float, material: Material, axis: str = "x", tile: float = 1.5,
          crease: float = 35.0) -> Part:  # fmt: skip
    """Returns the closed solid of a simple outline [N, 2], ``depth`` metres along ``axis``, centred on the origin's plane.

    The outline's coordinates are the two other axes in alphabetical order.
    """
    points = np.asarray(outline, np.float64)
    n, a = len(points), "xyz".index(axis)
    others = [b for b in range(3) if b != a]
    vertices = np.zeros((2 * n, 3))
    vertices[:, others] = np.tile(points, (2, 1))
    vertices[:n, a], vertices[n:, a] = -depth / 2, depth / 2
    cap = np.array(triangles_of(points))
    i = np.arange(n)
    j = (i + 1) % n
    sides = np.concatenate([np.stack([i, j, j + n], 1), np.stack([i, j + n, i + n], 1)])
    if area_of(points) < 0:
        sides = sides[:, ::-1]
    return oriented(vertices, np.concatenate([cap[:, ::-1], cap + n, sides]), material, tile, crease)


def area_of(outline: Array) -> float:
    """Returns the signed area of a polygon [N, 2], positive when it runs counter-clockwise."""
    x, y = outline[:, 0], outline[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def triangles_of(outline: Array) -> list[tuple[int, int, int]]:
    """Returns triangles (counter-clockwise) of a simple polygon [N, 2] by cutting ears (Meisters 1975)."""
    left = list(range(len(outline)))
    if area_of(outline) < 0:
        left.reverse()
    points = [(float(x), float(y)) for x, y in outline]

    def turn(a: int, b: int, c: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = points[a], points[b], points[c]
        return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

    found = []
    while len(left) > 3:
        for i in range(len(left)):
            a, b, c = left[i - 1], left[i], left[(i + 1) % len(left)]
            inside = any(
                turn(a, b, p) >= 0 and turn(b, c, p) >= 0 and turn(c, a, p) >= 0 for p in left if p not in (a, b, c)
            )
            if turn(a, b, c) > 0 and not inside:
                break
        else:  # only flat corners are left: any of them may go
            a, b, c, i = left[-1], left[0], left[1], 0
        found.append((a, b, c))
        left.pop(i)
    return [*found, (left[0], left[1], left[2])]


def rod(start: Point, end: Point, radius: float, material: Material, segments: int = 8, tip: float | None = None,
        tile: float | None = None) -> Part:  # fmt: skip
    """Returns a straight round bar from ``start`` to ``end`` [3]; ``tip`` is its radius at the end."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    length = float(np.linalg.norm(b - a))
    w = (b - a) / length
    u = np.cross(w, [0.0, 1, 0] if abs(w[1]) < 0.9 else [1.0, 0, 0])
    u /= np.linalg.norm(u)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = u, np.cross(w, u), w, a
    return cylinder(radius, length, material, segments, tile=tile, top=tip).moved(matrix)


def rods(points: Sequence[Point], radius: float, material: Material, segments: int = 8) -> list[Part]:
    """Returns bars from each of the points [3] to the next."""
    return [rod(a, b, radius, material, segments) for a, b in pairwise(points)]


def ring(radius: float, thick: float, material: Material, segments: int = 20, sides: int = 6) -> Part:
    """Returns a ring about the x axis, standing on z = 0: ``radius`` to its outside, ``thick`` across, metres."""
    angle = 2 * math.pi * np.arange(sides) / sides
    profile = np.stack([radius - thick / 2 * (1 - np.cos(angle)), thick / 2 * np.sin(angle)], 1)
    return lathe(profile, material, segments, crease=65.0, close=True).turned("y", 90).at(z=radius)


def wheel(radius: float, width: float, tyre: Material, hub: Material, segments: int = 16) -> list[Part]:
    """Returns a wheel about the x axis, its middle at the origin: a tyre and a disc that stands out a little on both sides."""
    w = width / 2
    profile = [(0, -w), (0.84 * radius, -w), (radius, -0.6 * w), (radius, 0.6 * w), (0.84 * radius, w), (0, w)]
    disc = cylinder(0.6 * radius, width * 1.08, hub, 12).at(z=-0.54 * width)
    return [lathe(profile, tyre, segments).turned("y", 90), disc.turned("y", 90)]


def merged(parts: Sequence[Part]) -> list[Part]:
    """Returns the parts with those of one material and crease made one, which a mesh is built of faster."""
    groups: dict[tuple[int, float], list[Part]] = {}
    for part in parts:
        groups.setdefault((id(part.material), part.crease), []).append(part)
    joined = []
    for group in groups.values():
        starts = np.cumsum([0] + [len(p.vertices) for p in group[:-1]])
        faces = np.concatenate([p.faces + start for p, start in zip(group, starts, strict=True)])
        vertices, uvs = np.concatenate([p.vertices for p in group]), np.concatenate([p.uvs for p in group])
        joined.append(Part(vertices, faces, uvs, group[0].material, group[0].crease))
    return joined


def centred(parts: Sequence[Part]) -> list[Part]:
    """Returns the parts shifted so that their box is centred about x = y = 0."""
    ends = np.array([[p.vertices.min(0), p.vertices.max(0)] for p in parts])
    middle = (ends[:, 0].min(0) + ends[:, 1].max(0)) / 2
    return [p.at(-float(middle[0]), -float(middle[1])) for p in parts]


def plate(width: float, height: float, thick: float, material: Material) -> Part:
    """Returns a thin upright plate facing -y on z = 0 whose picture fills it once, seen from the front."""
    part = block((width, thick, height), material)
    uvs = part.vertices[part.faces][..., [0, 2]] / [width, height] + [0.5, 0.0]
    return Part(part.vertices, part.faces, uvs, material, part.crease)


def polygon(count: int, radius: float, start: float = 0.0) -> Array:
    """Returns the corners [N, 2] of a regular polygon about the origin; ``start`` degrees to its first."""
    angle = np.radians(start) + 2 * math.pi * np.arange(count) / count
    return radius * np.stack([np.cos(angle), np.sin(angle)], 1)


def rounded(width: float, height: float, radius: float, steps: int = 3) -> Array:
    """Returns the outline [N, 2] of a rectangle about the origin with round corners."""
    angle = np.linspace(0, math.pi / 2, steps + 1)
    arc = radius * np.stack([np.cos(angle), np.sin(angle)], 1)
    inner = np.array([width / 2 - radius, height / 2 - radius])
    corners = []
    for turn in range(4):
        c, s = round(math.cos(turn * math.pi / 2)), round(math.sin(turn * math.pi / 2))
        sign = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)][turn])
        corners.append(arc @ np.array([[c, s], [-s, c]]) + inner * sign)
    return np.concatenate(corners)
