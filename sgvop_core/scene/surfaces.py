"""Points spread over a mesh's surface, and what kind of surface it is: which parts enclose a volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .model import Array, Mesh

HOLE_SHARE = 0.1
"""A part counts as closed when its holes have at most this share of its area (caps that an artist left out: the
rails of a stool have 8 %; a cube without its bottom has 20 %, a cup without thickness more)."""
WELD = 1e-6
"""Vertices closer than this share of the mesh's diagonal are one: seams of normals and textures are no holes."""


@dataclass(frozen=True)
class SurfaceSamples:
    """points [N, 3], normals [N, 3] unit by the winding, faces [N], and the whole surface's area in square metres."""

    points: Array
    normals: Array
    faces: Array
    area: float


def sample_surface(mesh: Mesh, count: int, rng: np.random.Generator) -> SurfaceSamples:
    """Returns ``count`` points spread evenly by area over the mesh: stratified over the faces in the order of a space
    filling curve, and within a face by the R2 sequence (Roberts 2018) folded into the triangle.

    Meshes whose faces all have zero area give points on their vertices; meshes without faces give none.
    """
    if not len(mesh.faces) or count <= 0:
        return SurfaceSamples(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, np.int64), 0.0)
    corners = mesh.triangles()
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    double = np.linalg.norm(cross, axis=1)
    area = double / 2
    total = float(area.sum())
    order = _curve_order(corners.mean(1))
    weight = area[order] if total > 0 else np.ones(len(order))
    cumulative = np.cumsum(weight)
    ticks = (np.arange(count) + rng.random(count)) / count * cumulative[-1]
    place = np.minimum(np.searchsorted(cumulative, ticks, side="right"), len(order) - 1)
    faces = order[place]
    # 1/g and 1/g^2 for the plastic number g: the two steps of the R2 sequence.
    steps = np.array([0.7548776662466927, 0.5698402909980532])
    u, v = np.mod(rng.random(2) + np.arange(count)[:, None] * steps, 1.0).T
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    chosen = corners[faces]
    points = chosen[:, 0] + u[:, None] * (chosen[:, 1] - chosen[:, 0]) + v[:, None] * (chosen[:, 2] - chosen[:, 0])
    normals = np.divide(cross, double[:, None], out=np.zeros_like(cross), where=double[:, None] > 0)
    return SurfaceSamples(points, normals[faces], faces, total)


def _curve_order(points: Array) -> Array:
    """Returns the order [N] of points [N, 3] along a Morton curve of 1024 cells an axis."""
    low = points.min(0)
    width = max(float((points.max(0) - low).max()), 1e-300)
    cell = np.minimum(((points - low) / width * 1024).astype(np.int64), 1023)
    key = np.zeros(len(points), np.int64)
    for bit in range(10):
        for axis in range(3):
            key |= ((cell[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(key, kind="stable")


@dataclass(frozen=True)
class Parts:
    """The connected parts of a mesh, P of them, over its welded vertices.

    vertices [V, 3] and faces [F, 3] int64 welded, faces in the mesh's order; label [F] the part of each face;
    closed [P] whether it encloses a volume (holes up to ``HOLE_SHARE``); volume [P] signed by the winding, cubic
    metres; area [P]; box [P, 2, 3].
    """

    vertices: Array
    faces: Array
    label: Array
    closed: Array
    volume: Array
    area: Array
    box: Array


def find_parts(mesh: Mesh) -> Parts:
    """Returns the connected parts of a mesh and which of them are closed, after welding vertices by position."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    vertices, faces = weld(mesh)
    if not len(faces):
        none = np.zeros(0)
        return Parts(vertices, faces, np.zeros(0, np.int64), none.astype(bool), none, none, np.zeros((0, 2, 3)))
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(len(vertices),) * 2)
    component = connected_components(graph, directed=False)[1]
    label = np.unique(component[faces[:, 0]], return_inverse=True)[1].reshape(-1)
    count = int(label.max()) + 1
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.bincount(label, np.linalg.norm(cross, axis=1) / 2, count)
    order = np.argsort(label, kind="stable")
    first = np.searchsorted(label[order], np.arange(count))
    box = np.stack(
        [np.minimum.reduceat(corners.min(1)[order], first), np.maximum.reduceat(corners.max(1)[order], first)], axis=1
    )
    centred = corners - box.mean(1)[label][:, None]
    volume = np.bincount(label, (np.cross(centred[:, 0], centred[:, 1]) * centred[:, 2]).sum(1) / 6, count)
    hole = _hole_area(vertices, faces, label, count)
    diagonal = np.linalg.norm(box[:, 1] - box[:, 0], axis=1)
    # A part without volume (a folded sheet) encloses nothing even when it has no border.
    closed = (hole <= HOLE_SHARE * area) & (np.abs(volume) > 1e-6 * area * diagonal)
    return Parts(vertices, faces, label, closed, volume, area, box)


def weld(mesh: Mesh) -> tuple[Array, Array]:
    """Returns vertices [V, 3] merged by position and faces [F, 3] int64 into them, in the mesh's face order."""
    points = mesh.vertices
    if not len(points):
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    low = points.min(0)
    size = max(float(np.linalg.norm(points.max(0) - low)), 1e-300)
    cell = np.round((points - low) / (WELD * size)).astype(np.int64)
    key = (cell[:, 0] * 2_000_003 + cell[:, 1]) * 2_000_003 + cell[:, 2]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return points[first], inverse.reshape(-1)[mesh.faces].astype(np.int64)


def _hole_area(vertices: Array, faces: Array, label: Array, count: int) -> Array:
    """Returns each part's area of holes [P]: of every border, the length of its vector area (half of sum r x dr)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(label, 3)
    proper = edges[:, 0] != edges[:, 1]
    edges, owner = edges[proper], owner[proper]
    key = edges.min(1) * len(vertices) + edges.max(1)
    order = np.argsort(key, kind="stable")
    start = np.flatnonzero(np.diff(key[order], prepend=-1))
    uses = np.diff(start, append=len(key))
    lone = order[np.repeat(uses % 2 == 1, uses)]
    edges, owner = edges[lone], owner[lone]
    area = np.zeros(count)
    if not len(edges):
        return area
    graph = coo_matrix((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(len(vertices),) * 2)
    loop = connected_components(graph, directed=False)[1][edges[:, 0]]
    loops, loop = np.unique(loop, return_inverse=True)
    loop = loop.reshape(-1)
    centre = np.stack([np.bincount(loop, vertices[edges[:, 0], a], len(loops)) for a in range(3)], 1)
    centre = centre / np.bincount(loop, minlength=len(loops))[:, None]
    spoke = np.cross(vertices[edges[:, 0]] - centre[loop], vertices[edges[:, 1]] - centre[loop]) / 2
    vector = np.stack([np.bincount(loop, spoke[:, a], len(loops)) for a in range(3)], 1)
    of_part = np.zeros(len(loops), np.int64)
    of_part[loop] = owner
    # An even sum of opposite turns can cancel (a tube's two ends are separate loops and do not).
    return np.bincount(of_part, np.linalg.norm(vector, axis=1), count)
