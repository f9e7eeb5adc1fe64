"""Pieces of surface by construction: boxes, turned profiles, swept tubes, sheets and extrusions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from ..scene.model import Array, Material
from .parts import Part, box_uvs


def box(
    size: Sequence[float], material: Material, bevel: float = 0.004, tile: float = 0.5,
    grain: int | None = None, offset: float = 0.0,
) -> Part:  # fmt: skip
    """Returns a closed box of ``size`` [3] standing on z = 0, centred in x and y, with chamfered edges (metres)."""
    half = np.asarray(size, np.float64) / 2
    b = min(bevel, 0.45 * float(half.min()))
    signs, face_array = chamfered_cube()
    # Three vertices a corner: vertex 3 c + a lies on the face across axis a, drawn in along the other two.
    inset = np.full((3, 3), b) - b * np.eye(3)
    vertices = (signs[:, None, :] * (half - inset)).reshape(-1, 3)
    uvs = box_uvs(vertices, face_array, tile, grain, offset)
    return Part(vertices + [0, 0, half[2]], face_array, uvs, material, crease=30.0)


@cache
def chamfered_cube() -> tuple[Array, Array]:
    """Returns the signs [8, 3] of a box's corners and the faces [44, 3] between its 24 vertices, three a corner."""
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    vertices = (signs[:, None, :] * (0.6 + 0.4 * np.eye(3))).reshape(-1, 3)
    corner = {tuple(int(v) for v in s): i for i, s in enumerate(signs)}
    faces: list[list[int]] = []

    def vertex(axis: int, fixed: dict[int, int]) -> int:
        return 3 * corner[(fixed[0], fixed[1], fixed[2])] + axis

    def outward(loop: list[int]) -> None:
        p = vertices[loop]
        if np.dot(np.cross(p[1] - p[0], p[2] - p[0]), p.mean(0)) < 0:
            loop = loop[::-1]
        faces.append(loop[:3])
        if len(loop) == 4:
            faces.append([loop[0], loop[2], loop[3]])

    for a in range(3):
        u, v = [i for i in range(3) if i != a]
        for side in (-1, 1):
            outward([vertex(a, {a: side, u: i, v: j}) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
        for i in (-1, 1):
            for j in (-1, 1):
                low, high = ({a: side, u: i, v: j} for side in (-1, 1))
                outward([vertex(u, low), vertex(u, high), vertex(v, high), vertex(v, low)])
    for c in range(8):
        outward([3 * c, 3 * c + 1, 3 * c + 2])
    return signs, np.array(faces, np.int32)


def rounded_box(
    size: Sequence[float], radius: float, material: Material, cuts: int = 4, tile: float = 0.4, puff: float = 0.0,
) -> Part:  # fmt: skip
    """Returns a closed box with rounded edges on z = 0; ``puff`` metres swell its faces as in a cushion.

    ``cuts`` is the even number of steps of the rounding over 90 degrees.
    """
    half = np.asarray(size, np.float64) / 2
    r = min(radius, float(half.min()) * 0.999)
    arc = np.tan(np.linspace(-math.pi / 4, math.pi / 4, cuts + 1)) * 0.5
    middle = np.linspace(-0.5, 0.5, 9)[1:-1] if puff else np.zeros(0)
    line = np.concatenate([arc[: cuts // 2 + 1] - 0.5, middle, arc[cuts // 2 :] + 0.5])
    n = len(line)
    points: list[Array] = []
    faces: list[Array] = []
    for a in range(3):
        for side in (-1, 1):
            start = len(points) * n * n
            grid = np.zeros((n, n, 3))
            grid[..., a] = side
            b, c = (a + 1) % 3, (a + 2) % 3
            grid[..., b], grid[..., c] = np.meshgrid(line, line, indexing="ij")
            points.append(grid.reshape(-1, 3))
            i, j = np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij")
            q = start + i * n + j
            quads = np.stack([q, q + n, q + n + 1, q + 1], -1).reshape(-1, 4)
            faces.append(quads if side > 0 else quads[:, ::-1])
    unit = np.concatenate(points)
    # |coordinate| in [0, 0.5] is the flat part, beyond it the arc: centre of the arc plus the direction on the cube.
    flat = np.clip(unit, -0.5, 0.5)
    flat = np.where(np.abs(unit) >= 0.5 - 1e-9, np.sign(unit), unit * 2)
    direction = np.where(np.abs(unit) > 0.5 + 1e-9, np.sign(unit) * (np.abs(unit) - 0.5) * 2, 0.0)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-12)
    vertices = flat * (half - r) + direction * r
    if puff:
        share = np.abs(vertices) / half
        for a in range(3):
            b, c = (a + 1) % 3, (a + 2) % 3
            vertices[:, a] += (
                np.sign(vertices[:, a]) * share[:, a] * puff * (1 - share[:, b] ** 2) * (1 - share[:, c] ** 2)
            )
    quads = np.concatenate(faces)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    vertices, triangles = weld(vertices, triangles)
    uvs = box_uvs(vertices, triangles, tile)
    return Part(vertices + [0, 0, half[2]], triangles, uvs, material, crease=55.0)


def weld(vertices: Array, faces: Array) -> tuple[Array, Array]:
    """Returns vertices [N, 3] and faces [F, 3] with coinciding vertices (to a micrometre) made one and collapsed faces dropped."""
    _, first, inverse = np.unique(np.round(vertices, 6), axis=0, return_index=True, return_inverse=True)
    faces = inverse.reshape(-1)[faces].astype(np.int32)
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return vertices[first], faces[keep]


def lathe(
    profile: Sequence[Sequence[float]] | Array, material: Material, segments: int = 40, tile: float | None = None,
    crease: float = 40.0, close: bool = False,
) -> Part:  # fmt: skip
    """Returns the surface that a profile [P, 2] of (radius, height) sweeps about the z axis.

    Walk the profile so that the solid lies on its left seen with the radius to the right (outside going up). Ends on
    the axis close the solid; ``close`` joins last to first instead (a ring). Without ``tile`` the picture goes once
    around and once along the profile; with it, one repeat is about ``tile`` metres.
    """
    p = np.asarray(profile, np.float64)
    if close:
        p = np.concatenate([p, p[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    if tile is None:
        u_repeats, v = 1.0, length / length[-1]
    else:
        u_repeats, v = float(max(1, round(2 * math.pi * p[:, 0].max() / tile))), length / tile
    angle = 2 * math.pi * np.arange(segments) / segments
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    count = len(p)
    vertices = np.zeros((count, segments, 3))
    vertices[..., :2], vertices[..., 2] = p[:, None, :1] * ring, p[:, None, 1]
    i, j = np.meshgrid(np.arange(count - 1), np.arange(segments), indexing="ij")
    k = (j + 1) % segments
    a, b, c, d = i * segments + j, i * segments + k, (i + 1) * segments + k, (i + 1) * segments + j
    u0, u1, v0, v1 = j / segments * u_repeats, (j + 1) / segments * u_repeats, v[i], v[i + 1]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)
    low, right, high, left = (np.stack(x, -1) for x in ((u0, v0), (u1, v0), (u1, v1), (u0, v1)))
    uvs = np.stack([np.stack([low, right, high], -2), np.stack([low, high, left], -2)], 2).reshape(-1, 3, 2)
    return welded_part(vertices.reshape(-1, 3), faces, uvs, material, crease)


def welded_part(vertices: Array, faces: Array, uvs: Array, material: Material, crease: float) -> Part:
    """Returns a part of vertices [N, 3] with coinciding ones made one; faces [F, 3] that collapse go, with their uvs."""
    _, first, inverse = np.unique(np.round(vertices, 7), axis=0, return_index=True, return_inverse=True)
    faces = inverse.reshape(-1)[faces].astype(np.int32)
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return Part(vertices[first], faces[keep], uvs[keep], material, crease)


def tube(
    path: Sequence[Sequence[float]] | Array, radius: float | Array, material: Material, segments: int = 14,
    tile: float | None = None, squash: float = 1.0, closed: bool = False,
) -> Part:  # fmt: skip
    """Returns a tube with flat ends along a path [P, 3] with radii (one or [P]), metres.

    ``squash`` flattens the section across the path's first normal; ``closed`` joins the ends (a ring).
    """
    p = np.asarray(path, np.float64)
    count = len(p)
    radii = np.broadcast_to(np.asarray(radius, np.float64), (count,))
    tangent = np.gradient(p, axis=0) if not closed else np.roll(p, -1, 0) - np.roll(p, 1, 0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-12)
    across = np.cross(tangent[0], [0.0, 0, 1] if abs(tangent[0, 2]) < 0.9 else [0.0, 1, 0])
    normals = []
    for t in tangent:
        across = across - t * (across @ t)
        across = across / np.linalg.norm(across)
        normals.append(across)
    n = np.array(normals)
    m = np.cross(tangent, n)
    angle = 2 * math.pi * np.arange(segments) / segments
    rings = p[:, None] + radii[:, None, None] * (
        np.cos(angle)[None, :, None] * n[:, None] * squash + np.sin(angle)[None, :, None] * m[:, None]
    )
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    around = 1.0 if tile is None else max(1.0, round(2 * math.pi * radii.max() / tile))
    v = length / (length[-1] if tile is None else tile)
    vertices = rings.reshape(-1, 3)
    rows = count if closed else count - 1
    faces, uvs = [], []
    for i in range(rows):
        nxt = (i + 1) % count
        v0, v1 = v[i], v[nxt] if nxt else v[-1] + (v[-1] - v[-2])
        for j in range(segments):
            k = (j + 1) % segments
            a, b, c, d = i * segments + j, i * segments + k, nxt * segments + k, nxt * segments + j
            u0, u1 = j / segments * around, (j + 1) / segments * around
            faces += [[a, b, c], [a, c, d]]
            uvs += [[[u0, v0], [u1, v0], [u1, v1]], [[u0, v0], [u1, v1], [u0, v1]]]
    if not closed:
        start = len(vertices)
        vertices = np.concatenate([vertices, p[:1], p[-1:]])
        last = (count - 1) * segments
        for j in range(segments):
            k = (j + 1) % segments
            rim = [[0.5 + 0.5 * math.cos(angle[x]), 0.5 + 0.5 * math.sin(angle[x])] for x in (j, k)]
            faces += [[start, k, j], [start + 1, last + j, last + k]]
            uvs += [[[0.5, 0.5], rim[1], rim[0]], [[0.5, 0.5], rim[0], rim[1]]]
    return Part(vertices, np.array(faces, np.int32), np.array(uvs, np.float64), material, crease=50.0)


def cylinder(radius: float, height: float, material: Material, segments: int = 32, bevel: float = 0.0,
             tile: float | None = None, top: float | None = None) -> Part:  # fmt: skip
    """Returns a closed cylinder or cone frustum (``top`` radius) on z = 0, with chamfered rims."""
    end = radius if top is None else top
    b = min(bevel, radius * 0.45, end * 0.45, height * 0.45)
    rims = (
        [(radius, 0.0), (end, height)]
        if b <= 0
        else [(radius - b, 0), (radius, b), (end, height - b), (end - b, height)]
    )
    return lathe([(0, 0), *rims, (0, height)], material, segments, tile)


def sphere(radius: Sequence[float], material: Material, rows: int = 20, segments: int = 32) -> Part:
    """Returns a closed ellipsoid with half axes ``radius`` [3] about the origin."""
    angle = np.linspace(-math.pi / 2, math.pi / 2, rows + 1)
    profile = np.stack([np.cos(angle), np.sin(angle)], 1)
    profile[[0, -1], 0] = 0.0
    part = lathe(profile, material, segments, crease=80.0)
    return part.scaled(*radius)


def sheet(points: Array, material: Material, repeats: tuple[float, float] = (1.0, 1.0), crease: float = 80.0) -> Part:
    """Returns an open sheet through a grid of points [R, C, 3]; u runs along C, v along R, front = right-handed."""
    rows, columns = points.shape[:2]
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (i * columns + j).reshape(-1)
    b, c, d = a + 1, a + columns + 1, a + columns
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)
    u, v = np.meshgrid(np.linspace(0, repeats[0], columns), np.linspace(0, repeats[1], rows))
    uv = np.stack([u, v], -1).reshape(-1, 2)
    return Part(points.reshape(-1, 3).astype(np.float64), faces, uv[faces], material, crease)


def extrusion(x: Array, low: Array, high: Array, width: float, material: Material, bevel: float = 0.0,
              tile: float = 0.4) -> Part:  # fmt: skip
    """Returns a closed solid between two curves low(x) < high(x), all [N], in the xz plane, ``width`` metres along y.

    ``bevel`` draws the outer ends in, so that the side edges are chamfered.
    """
    outline = np.concatenate([np.stack([x, low], 1), np.stack([x, high], 1)[::-1]])
    centre = outline.mean(0)
    shrunk = outline + (centre - outline) * (bevel / max(float(np.ptp(x)) / 2, 1e-9)) if bevel else outline
    layers = [(-width / 2, shrunk), (-width / 2 + bevel, outline), (width / 2 - bevel, outline), (width / 2, shrunk)]
    if not bevel:
        layers = [layers[0], layers[-1]]
    vertices = np.concatenate([np.column_stack([o[:, 0], np.full(len(o), y), o[:, 1]]) for y, o in layers])
    m, n = len(outline), len(x)
    faces = []
    for k in range(len(layers) - 1):
        for i in range(m):
            j = (i + 1) % m
            a, b, c, d = k * m + i, k * m + j, (k + 1) * m + j, (k + 1) * m + i
            faces += [[a, c, b], [a, d, c]]
    for base, flip in ((0, False), ((len(layers) - 1) * m, True)):
        for i in range(n - 1):
            a, b, c, d = base + i, base + i + 1, base + m - 2 - i, base + m - 1 - i
            faces += [[a, c, b], [a, d, c]][::1] if flip else [[a, b, c], [a, c, d]]
    points, triangles = weld(vertices, np.array(faces))
    return Part(points, triangles, box_uvs(points, triangles, tile), material, crease=35.0)
