"""Whether the camera sees the body: within the picture's frame and not hidden."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ...pose import Pose
from ...render.contract import Views
from ...scene.geometry import SceneGeometry
from ...scene.model import Camera
from .probe import BodyProbe, compress


def frame_coordinates(camera: Camera, points: Tensor) -> tuple[Tensor, Tensor]:
    """Returns picture coordinates [..., 2] (-1 to 1 from border to border, y up) and depths [...] in metres of world
    points [..., 3]. Depths are held above a hundredth of a metre for the division, so points behind stay finite."""
    inverse = torch.as_tensor(np.linalg.inv(camera.matrix_world), dtype=points.dtype, device=points.device)
    local = points @ inverse[:3, :3].T + inverse[:3, 3]
    depth = -local[..., 2]
    if camera.ortho_height is not None:
        half = torch.full_like(depth, camera.ortho_height / 2)
    else:
        half = depth.clamp_min(max(camera.near, 0.01)) * math.tan(camera.yfov / 2)
    larger = max(camera.aspect, 1.0)
    x = local[..., 0] / (half * camera.aspect) - 2 * camera.shift[0] * larger / camera.aspect
    y = local[..., 1] / half - 2 * camera.shift[1] * larger
    return torch.stack([x, y], -1), depth


class VisibilityTerm:
    """How far points leave the frame (in half pictures, differentiable) and what share of the body is hidden: from the
    rendered alpha when pictures are given, else by rays from the camera (no gradient)."""

    name = "visibility"
    needs_views = False

    def __init__(self, geometry: SceneGeometry, probe: BodyProbe, camera: Camera) -> None:
        self.geometry = geometry
        self.probe = probe
        self.camera = camera

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the loss [K]."""
        points = poses.apply(self.probe.tensor(self.probe.points[::2], poses.scale))
        place, depth = frame_coordinates(self.camera, points)
        settings = self.probe.settings
        beyond = torch.relu(place.abs().max(-1).values - (1 - settings.frame_margin))
        near = max(self.camera.near, 0.01)
        behind = torch.relu(near - depth) / self.probe.world_size(poses)[:, None]
        # A point far outside counts as one picture out: the share of points matters more than how far they are.
        out = torch.where(depth > near, compress(beyond), 1 + behind.clamp(max=8.0))
        loss = 4 * out.mean(1)
        seen = self._unhidden(points.detach())
        return loss + torch.relu(settings.seen - seen) / settings.seen

    def _unhidden(self, points: Tensor) -> Tensor:
        """Returns the share [K] of the points that no static object hides from the camera."""
        if not self.geometry.static:
            return points.new_ones(len(points))
        world = points.cpu().double().numpy()
        flat = world.reshape(-1, 3)
        eye = self.camera.position
        if self.camera.ortho_height is not None:
            back = self.camera.matrix_world[:3, 2]
            eye = flat + back * np.maximum(((eye - flat) @ back), 0)[:, None]
        slack = 0.002 * self.probe.size
        blocked = self.geometry.rays.blocked(np.broadcast_to(eye, flat.shape), flat, slack).reshape(world.shape[:2])
        return torch.as_tensor(1 - blocked.mean(1), dtype=points.dtype, device=points.device)
