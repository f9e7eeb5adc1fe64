"""Floors, walls and ceilings that no object is named for: found by their geometry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...scene.model import Array, Mesh, Scene

FLAT = 0.95
"""Cosine of the slope up to which a face counts as level or as plumb."""


def find_place(role: str, scene: Scene, candidates: Sequence[str]) -> str | None:
    """Returns the name of the object whose faces make the floor, a wall or the ceiling of the scene, or None.

    The floor is the largest level area within the lowest tenth of the scene, the ceiling that within the highest; a
    wall is the largest plumb area of an object as tall as half the scene. What is small against the scene is none.
    """
    boxes = scene.bounds()
    extent = np.maximum(boxes[1] - boxes[0], 1e-9)
    best, area = None, 0.0
    for name in candidates:
        mesh = scene.world_mesh([scene.object(name)], name)
        found = _area(role, mesh, boxes, extent)
        if found > area:
            best, area = name, found
    widest = float(extent[0] * extent[1]) if role != "wall" else float(max(extent[0], extent[1]) * extent[2])
    return best if area >= (0.6 if role == "wall" else 0.25) * widest else None


def _area(role: str, mesh: Mesh, box: Array, extent: Array) -> float:
    corners = mesh.triangles()
    if not len(corners):
        return 0.0
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    double = np.linalg.norm(cross, axis=1)
    up = np.divide(cross[:, 2], double, out=np.zeros(len(double)), where=double > 0)
    middle = corners.mean(1)[:, 2]
    if role == "wall":
        height = corners[..., 2].max() - corners[..., 2].min()
        return float(double[np.abs(up) < 1 - FLAT].sum() / 2) if height >= 0.5 * extent[2] else 0.0
    level = np.abs(up) > FLAT
    if role == "floor":
        level &= middle < box[0, 2] + 0.1 * extent[2] + 0.02
    else:
        level &= middle > box[1, 2] - 0.1 * extent[2] - 0.02
    return float(double[level].sum() / 2)
