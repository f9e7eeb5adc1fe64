"""Staying in the room, and near the size it came with."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ...pose import Pose, PoseSpace
from ...render.contract import Views
from ...scene.geometry import SceneGeometry
from .probe import BodyProbe, compress


class RoomTerm:
    """How far the body's hull leaves the room's box, over ``outside`` times its size."""

    name = "room"
    needs_views = False

    def __init__(self, geometry: SceneGeometry, probe: BodyProbe) -> None:
        self.geometry = geometry
        self.probe = probe

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the loss [K]."""
        if not self.geometry.static:
            return poses.position.sum(1) * 0
        hull = self.probe.hull[:: max(1, len(self.probe.hull) // 128)]
        points = poses.apply(self.probe.tensor(hull, poses.scale))
        room = self.probe.tensor(self.geometry.room, poses.scale)
        below = torch.relu(room[0] - points.min(1).values)
        above = torch.relu(points.max(1).values - room[1])
        beyond = (below + above).sum(1) - self.probe.settings.tolerance_metres
        return compress(torch.relu(beyond) / (self.probe.settings.outside * self.probe.world_size(poses)))


class ScaleTerm:
    """``mild * (log s / log 1.4)^2``, the mean over the axes: 1 is liked, or the middle of a range that excludes it."""

    name = "scale"
    needs_views = False

    def __init__(self, space: PoseSpace, mild: float = 0.25) -> None:
        low, high = space.scale_range
        self.liked = 1.0 if low <= 1.0 <= high else math.sqrt(low * high)
        self.mild = mild

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the loss [K]."""
        return self.mild * ((poses.scale / self.liked).log() / math.log(1.4)).pow(2).mean(1)
