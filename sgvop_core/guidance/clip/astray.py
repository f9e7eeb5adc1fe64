"""How far an object is outside of what is drawn of it: a picture that it has left has no slope that leads back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ...pose import Pose
from ...scene.model import Camera


def astray(poses: Pose, cameras: Sequence[Camera]) -> Tensor:
    """Returns how far the pivots of the poses are outside of the cameras' pictures, [K] in 0..1, differentiable in the poses: 0 within
    all, d / (d + 1 m) at a mean distance of d metres from the planes that bound what the cameras see.

    The distance is convex, so every slope leads to where all cameras see the pivot, if there is such a place.
    """
    away = torch.stack([_outside(poses.position, camera) for camera in cameras]).mean(0)
    return away / (away + 1)


def _outside(points: Tensor, camera: Camera) -> Tensor:
    """The metres [K] by which points [K, 3] are outside of one camera's planes, all together, along its axes."""
    matrix = torch.as_tensor(camera.matrix_world, dtype=points.dtype, device=points.device)
    across, up, back = ((points - matrix[:3, 3]) @ (matrix[:3, :3] / matrix[:3, :3].norm(dim=0))).unbind(1)
    high = (
        torch.full_like(back, 0.5 * camera.ortho_height) if camera.ortho_height else -back * math.tan(camera.yfov / 2)
    )
    larger = 2 * high * max(camera.aspect, 1.0)
    x, y = across - camera.shift[0] * larger, up - camera.shift[1] * larger
    sides = (x - high * camera.aspect, -x - high * camera.aspect, y - high, -y - high, camera.near + back)
    return torch.stack([side.relu() for side in sides]).sum(0)
