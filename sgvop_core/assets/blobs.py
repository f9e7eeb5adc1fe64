"""Organic solids: a smooth union of capsules, meshed by surface nets (Gibson 1998)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scene.model import Array, Material
from .parts import Part

Capsule = tuple[Sequence[float], Sequence[float], float, float]
"""From, to (metres) and the radius at each end."""


def capsule_distance(points: Array, capsules: Sequence[Capsule], blend: float) -> Array:
    """Returns the smooth minimum [N] of the (approximate) signed distances to tapered capsules, metres.

    The exponential smooth minimum: ``-k log sum exp(-d / k)``, k = ``blend`` metres.
    """
    total = np.zeros(len(points))
    for start, end, r0, r1 in capsules:
        a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
        along = b - a
        share = np.clip((points - a) @ along / max(along @ along, 1e-12), 0, 1)
        d = np.linalg.norm(points - a - share[:, None] * along, axis=1) - (r0 + (r1 - r0) * share)
        total += np.exp(np.clip(-d / blend, -60, 60))
    return np.asarray(-blend * np.log(np.maximum(total, 1e-25)))


def blob(capsules: Sequence[Capsule], material: Material, cell: float, blend: float) -> Part:
    """Returns the closed smooth union of capsules, ``cell`` metres fine; uvs wrap around the x axis, u along x.

    Surface nets may let four faces meet at an edge where two sheets pass through one cell; the grid is then shifted
    and refined a little until every edge has two faces.
    """
    for attempt in range(8):
        step = cell * 0.95**attempt
        vertices, faces = net_of(capsules, step, blend, 0.37 * attempt * step)
        if closed_manifold(faces):
            break
    return Part(vertices, faces, wrapped_uvs(vertices, faces), material, crease=80.0)


def closed_manifold(faces: Array) -> bool:
    """Returns whether every edge of ``faces`` [F, 3] has exactly two faces."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return bool((np.unique(edges, axis=0, return_counts=True)[1] == 2).all())


def net_of(capsules: Sequence[Capsule], cell: float, blend: float, offset: float) -> tuple[Array, Array]:
    """Returns the surface net (vertices [N, 3], faces [F, 3]) of the union on a grid with its corner shifted by ``offset`` metres."""
    ends = np.array([[*c[0], c[2]] for c in capsules] + [[*c[1], c[3]] for c in capsules])
    low = (ends[:, :3] - ends[:, 3:]).min(0) - 3 * cell - blend - offset
    high = (ends[:, :3] + ends[:, 3:]).max(0) + 3 * cell + blend
    shape = np.ceil((high - low) / cell).astype(int) + 1
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1)
    value = capsule_distance(low + grid.reshape(-1, 3) * cell, capsules, blend).reshape(shape)
    vertices, faces = surface_net(value)
    return low + vertices * cell, faces


def surface_net(value: Array) -> tuple[Array, Array]:
    """Returns vertices [N, 3] in grid units and faces [F, 3] of the zero surface of a grid, outward where positive."""
    inside = value < 0
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    size = np.array(value.shape) - 1

    def corner(array: Array, c: Array) -> Array:
        return array[c[0] : c[0] + size[0], c[1] : c[1] + size[1], c[2] : c[2] + size[2]]

    total, crossings = np.zeros((*size, 3)), np.zeros(tuple(size))
    for a in corners:
        for axis in range(3):
            if a[axis]:
                continue
            b = a.copy()
            b[axis] = 1
            va, vb = corner(value, a), corner(value, b)
            cut = corner(inside, a) != corner(inside, b)
            share = np.where(cut, va / np.where(va == vb, 1.0, va - vb), 0.0)
            total += cut[..., None] * (a + share[..., None] * (b - a))
            crossings += cut
    active = crossings > 0
    index = np.full(tuple(size), -1)
    index[active] = np.arange(int(active.sum()))
    cell = np.argwhere(active)
    vertices = cell + total[active] / crossings[active][:, None]
    faces = []
    for axis in range(3):
        b, c = (axis + 1) % 3, (axis + 2) % 3
        near = np.moveaxis(inside, (axis, b, c), (0, 1, 2))
        ids = np.moveaxis(index, (axis, b, c), (0, 1, 2))
        i, j, k = np.nonzero(near[:-1, 1:-1, 1:-1] != near[1:, 1:-1, 1:-1])
        quad = np.stack([ids[i, j, k], ids[i, j + 1, k], ids[i, j + 1, k + 1], ids[i, j, k + 1]], 1)
        outward = near[:-1, 1:-1, 1:-1][i, j, k]
        faces.append(np.where(outward[:, None], quad, quad[:, ::-1]))
    quads = np.concatenate(faces)
    return vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def wrapped_uvs(vertices: Array, faces: Array) -> Array:
    """Returns uvs [F, 3, 2]: u along the x extent, v the angle about the x axis, without wrap inside a face."""
    low, extent = vertices.min(0), np.ptp(vertices, axis=0)
    centre = low + extent / 2
    u = (vertices[:, 0] - low[0]) / extent[0]
    v = np.arctan2(vertices[:, 1] - centre[1], vertices[:, 2] - centre[2]) / (2 * np.pi) + 0.5
    uvs = np.stack([u, v], 1)[faces]
    spread = np.ptp(uvs[..., 1], axis=1) > 0.5
    uvs[spread, :, 1] = np.where(uvs[spread, :, 1] < 0.5, uvs[spread, :, 1] + 1, uvs[spread, :, 1])
    return uvs
