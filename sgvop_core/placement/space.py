"""The poses that a placement may try: which parameters move, and how far."""

from __future__ import annotations

import numpy as np
import torch

from ..guidance.relations import RelationSet
from ..pose import PoseSpace, RotationMode
from ..scene.body import Body
from ..scene.geometry import SceneGeometry
from .settings import PlaceSettings

DEFAULT_SCALE = (0.7, 1.4)
FREE_SCALE = (0.25, 2.0)


def make_space(geometry: SceneGeometry, body: Body, relations: RelationSet, settings: PlaceSettings) -> PoseSpace:
    """Returns the poses allowed: locks, ranges, attitudes and bounds from settings, prompt and free space.

    Raises NoValidPose when the bounds are empty.
    """
    location_locked = any(channel.startswith("location.") for channel in settings.locks)
    pivot = _pivot(body, "origin" if location_locked else settings.pivot)
    rest_position = body.rotation @ pivot + body.origin
    if settings.bounds is not None:
        bounds = np.asarray(settings.bounds, np.float64)
    else:
        bounds = _free_space(geometry, body, relations, rest_position)
    rotation_mode: RotationMode = relations.rotation_mode or "yaw"
    if settings.free:
        rotation_mode = "free"
    base = torch.as_tensor(body.rotation)[None]
    if relations.attitudes is not None and not settings.free:
        base = torch.as_tensor(np.asarray(relations.attitudes))
    default = FREE_SCALE if settings.free else DEFAULT_SCALE
    return PoseSpace(
        pivot=torch.as_tensor(pivot, dtype=torch.float64),
        position_bounds=torch.as_tensor(bounds, dtype=torch.float64),
        rotation_base=base.to(torch.float64),
        rest_position=torch.as_tensor(rest_position, dtype=torch.float64),
        scale_range=settings.scale_range or relations.scale_range or default,
        scale_mode=settings.scale_mode,
        rotation_mode=rotation_mode,
        locks=settings.locks,
        squash=settings.squash,
    )


def _pivot(body: Body, kind: str) -> np.ndarray:
    if kind == "origin":
        return np.zeros(3)
    if kind == "mass":
        import trimesh

        shape = trimesh.Trimesh(body.mesh.vertices, body.mesh.faces, process=False)
        return np.asarray(shape.center_mass if shape.is_watertight else shape.centroid, np.float64)
    world = body.mesh.vertices @ body.rotation.T + body.origin
    low, high = world.min(0), world.max(0)
    base = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return body.rotation.T @ (base - body.origin)


def _free_space(geometry: SceneGeometry, body: Body, relations: RelationSet, rest: np.ndarray) -> np.ndarray:
    size = body.size
    if geometry.names:
        box = np.asarray(geometry.room, np.float64).copy()
        box[0, 2] -= 0.1 * size
        box[1, 2] += size
        region = np.asarray(relations.region(), np.float64)
        if np.isfinite(region).all():
            box = np.stack([np.minimum(box[0], region[0]), np.maximum(box[1], region[1])])
    else:
        box = np.stack([rest, rest])
        box += np.array([[-3.0], [3.0]]) * size
    return np.stack([np.minimum(box[0], rest), np.maximum(box[1], rest)])
