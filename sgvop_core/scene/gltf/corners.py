"""Corner attributes as glTF's vertices: one row a corner, equal rows joined."""

from __future__ import annotations

import numpy as np

from ..model import Array, Mesh
from .axes import points_down


def corner_columns(mesh: Mesh, chosen: Array) -> tuple[Array, list[tuple[str, int, str]]]:
    """Returns (rows [3 F, C] float32 of the chosen faces' corners, Y up; (attribute, width, type) of the columns).

    ``chosen`` is a bool [F]. The uvs count v downwards, as glTF does.
    """
    columns = [points_down(mesh.vertices[mesh.faces[chosen]]).reshape(-1, 3)]
    layout = [("POSITION", 3, "VEC3")]
    if mesh.corner_normals is not None:
        columns.append(points_down(np.asarray(mesh.corner_normals[chosen])).reshape(-1, 3))
        layout.append(("NORMAL", 3, "VEC3"))
    if mesh.corner_uvs is not None:
        uvs = mesh.corner_uvs[chosen].reshape(-1, 2)
        columns.append(np.stack([uvs[:, 0], 1.0 - uvs[:, 1]], 1))
        layout.append(("TEXCOORD_0", 2, "VEC2"))
    if mesh.corner_colours is not None:
        columns.append(mesh.corner_colours[chosen].reshape(-1, 4))
        layout.append(("COLOR_0", 4, "VEC4"))
    return np.concatenate([np.asarray(column, "<f4") for column in columns], axis=1), layout


def merge_corners(rows: Array) -> tuple[Array, Array]:
    """Returns (distinct rows [N, C], index of each row [M]) of corner attributes [M, C] float32.

    Rows are compared bit by bit through a 64-bit hash, which is checked; one sort of numbers instead of one of rows.
    """
    bits = np.ascontiguousarray(rows + np.float32(0.0)).view(np.uint32).astype(np.uint64)
    odd = np.random.default_rng(7).integers(1, 1 << 63, bits.shape[1], np.uint64) | np.uint64(1)
    with np.errstate(over="ignore"):
        mixed = (bits * odd).sum(1, dtype=np.uint64)
        mixed ^= mixed >> np.uint64(29)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    if not np.array_equal(rows[first[inverse]], rows, equal_nan=True):
        return rows, np.arange(len(rows))
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rows[first[order]], rank[inverse]
