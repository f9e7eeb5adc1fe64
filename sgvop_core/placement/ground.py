"""The ground that a scene of loose things leaves out: assumed below them, for geometry alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..scene.geometry import SceneGeometry
from ..scene.model import Mesh, Scene, SceneObject

FLAT = 0.1
"""Height over width up to which an object is a floor by its shape alone."""
SPREAD = 2.0
"""How far the ground reaches beyond the things, in their largest extent."""


def stands_on_something(geometry: SceneGeometry) -> bool:
    """Returns whether the scene has a floor of its own: wide and low, and either flat or with things standing on it.

    The inside of a lone crate or sofa is none.
    """
    if not geometry.has_floor:
        return False
    low, high = geometry.limits
    area = float(np.prod((high - low)[:2]))
    for box in geometry.boxes:
        extent = box[1] - box[0]
        wide = float(np.prod(extent[:2])) > 0.5 * area and box[0, 2] < low[2] + 0.1 * (high - low)[2] + 0.02
        if wide and extent[2] < FLAT * extent[:2].max():
            return True
        if wide and _holds_things(geometry, box):
            return True
    return len(geometry.static) > 8


def _holds_things(geometry: SceneGeometry, box: np.ndarray) -> bool:
    """Whether two other objects or a camera are within the walls that go with this floor."""
    middles = geometry.boxes.mean(1)
    inside = ((middles > box[0]) & (middles < box[1])).all(1).sum() - 1
    watched = any(((c.position > box[0]) & (c.position < box[1])).all() for c in geometry.scene.cameras)
    return bool(inside >= 2 or watched)


def with_ground(scene: Scene, names: Sequence[str], geometry: SceneGeometry) -> tuple[Scene, SceneGeometry, str | None]:
    """Returns the scene and its geometry with a level ground under the lowest of the things that stay, and a line that
    says so; both unchanged, and None, where there is a floor (or nothing at all).
    """
    if not geometry.static or stands_on_something(geometry):
        return scene, geometry, None
    low, high = geometry.limits
    moving = scene.bounds(scene.subtree(names))
    low, high = np.minimum(low, [*moving[0, :2], low[2]]), np.maximum(high, moving[1])
    margin = SPREAD * float(max((high - low).max(), np.ptp(moving, axis=0).max()))
    x, y = np.array([low[0] - margin, high[0] + margin]), np.array([low[1] - margin, high[1] + margin])
    z = float(geometry.limits[0, 2])
    corners = np.array([[x[0], y[0], z], [x[1], y[0], z], [x[1], y[1], z], [x[0], y[1], z]])
    taken = {o.name for o in scene.objects}
    name = next(n for n in ("ground", *(f"ground {i}" for i in range(2, len(taken) + 3))) if n not in taken)
    mesh = Mesh(name, corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    staged = replace(scene, objects=(*scene.objects, SceneObject(name, np.eye(4), mesh)))
    message = f"the scene has no floor; a level ground at height {z:.3g} m is assumed (it is not written)"
    return staged, SceneGeometry(staged, names), message
