"""Polygons as triangles."""

from __future__ import annotations

import numpy as np

from .model import Array

LARGEST_CLIPPED = 2000
"""Corners up to which a concave polygon is cut ear by ear (quadratic time); larger ones are fanned."""


def triangulate(vertices: Array, corners: Array, sizes: Array) -> tuple[Array, Array]:
    """Returns (positions [F, 3] into ``corners``, polygon of each triangle [F]).

    vertices [N, 3]; corners [C] vertex of each polygon corner, polygon after polygon; sizes [P] corners each.
    Convex polygons are fanned; a concave quad takes its other diagonal, other concave ones are cut ear by ear.
    Polygons of fewer than three corners give nothing.
    """
    starts = np.cumsum(sizes) - sizes
    found, owners = [], []
    for size in np.unique(sizes):
        if size < 3:
            continue
        which = np.flatnonzero(sizes == size)
        base = starts[which]
        order = _fan(int(size))
        triangles = base[:, None, None] + order[None]
        if size > 3:
            concave = _folded(vertices, corners, triangles)
            if size == 4:
                triangles[concave] = base[concave][:, None, None] + np.array([[1, 2, 3], [1, 3, 0]])[None]
            elif size <= LARGEST_CLIPPED:
                for k in np.flatnonzero(concave):
                    triangles[k] = base[k] + _ears(vertices[corners[base[k] : base[k] + size]])
        found.append(triangles.reshape(-1, 3))
        owners.append(np.repeat(which, size - 2))
    if not found:
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    triangles, owner = np.concatenate(found), np.concatenate(owners)
    in_order = np.argsort(owner, kind="stable")
    return triangles[in_order], owner[in_order]


def _fan(size: int) -> Array:
    i = np.arange(1, size - 1)
    return np.stack([np.zeros_like(i), i, i + 1], 1)


def _folded(vertices: Array, corners: Array, triangles: Array) -> Array:
    """Whether some triangle of each polygon [P, T, 3] faces against the polygon's mean normal, bool [P]."""
    points = vertices[corners[triangles]]
    normals = np.cross(points[:, :, 1] - points[:, :, 0], points[:, :, 2] - points[:, :, 0])
    mean = normals.sum(1, keepdims=True)
    return np.asarray(((normals * mean).sum(-1) < 0).any(1))


def _ears(points: Array) -> Array:
    """The triangles [N - 2, 3] of a simple polygon [N, 3], cut ear by ear in the plane of its mean normal."""
    normal = np.cross(points, np.roll(points, -1, axis=0)).sum(0)
    axis = int(np.argmax(np.abs(normal)))
    flat = np.delete(points, axis, axis=1) * (1.0 if normal[axis] * (1, -1, 1)[axis] >= 0 else np.array([1.0, -1.0]))
    left, triangles = list(range(len(points))), []
    while len(left) > 3:
        for k in range(len(left)):
            a, b, c = left[k - 1], left[k], left[(k + 1) % len(left)]
            others = flat[[i for i in left if i not in (a, b, c)]]
            if _turn(flat[a], flat[b], flat[c]) > 0 and not _inside(flat[a], flat[b], flat[c], others):
                break
        else:
            k, (a, b, c) = 1, (left[0], left[1], left[2])
        triangles.append((a, b, c))
        del left[k]
    return np.array([*triangles, tuple(left)])


def _turn(a: Array, b: Array, c: Array) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _inside(a: Array, b: Array, c: Array, points: Array) -> bool:
    def side(p: Array, q: Array) -> Array:
        return np.asarray((q[0] - p[0]) * (points[:, 1] - p[1]) - (q[1] - p[1]) * (points[:, 0] - p[0]))

    return bool(((side(a, b) > 0) & (side(b, c) > 0) & (side(c, a) > 0)).any())
