"""Gradients of any renderer by central differences of its pictures, for renderers that have none or a wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..pose import Pose, rotation_from_vector
from ..scene.body import Body
from ..scene.model import Camera
from .contract import Renderer, Views

STEP = 0.5
"""Pixels that a step moves the body's rim by. Above it details blur; below it a renderer without antialiasing shows the
grid of its samples."""


class DifferencesRenderer:
    """Wraps a renderer: the same pictures, the gradient from 18 more renders (scale, turn and shift along each axis)."""

    def __init__(self, inner: Renderer, body: Body, step: float = STEP) -> None:
        self.inner, self.size, self.step = inner, inner.size, step
        self._half = np.maximum(0.5 * np.ptp(body.bounds, axis=0), 1e-6)
        self._centre = body.bounds.mean(0)

    def render(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        """Returns the wrapped renderer's pictures; their gradient to the poses is that of differences."""
        job = (self, cameras, poses.pivot.detach())
        rgb, alpha, depth = _Differences.apply(poses.scale, poses.rotation, poses.translation, job)
        return Views(rgb, alpha, depth)

    def steps(self, poses: Pose, cameras: Sequence[Camera]) -> Tensor:
        """Returns the steps [K, 9] in scale (3), radians (3) and metres (3) that move the rim by about ``step`` pixels."""
        scale = poses.scale
        centre = torch.as_tensor(self._centre).to(scale)
        half = torch.as_tensor(self._half).to(scale)
        world = poses.apply(centre[None])[:, 0]
        metres = []
        for camera in cameras:
            forward = torch.as_tensor(-np.asarray(camera.matrix_world)[:3, 2]).to(scale)
            eye = torch.as_tensor(np.asarray(camera.position)).to(scale)
            frame = min(self.size[0], self.size[1] / camera.aspect)
            if camera.ortho_height is not None:
                metres.append(torch.full_like(world[:, 0], camera.ortho_height / frame))
            else:
                depth = ((world - eye) @ forward).abs().clamp_min(1e-3)
                metres.append(depth * (2 * np.tan(camera.yfov / 2) / frame))
        pixel = torch.stack(metres).amin(0)[:, None] * self.step
        reach = (scale * half).norm(dim=1, keepdim=True)
        return torch.cat([(pixel / half).minimum(0.2 * scale), (pixel / reach).expand(-1, 3), pixel.expand(-1, 3)], 1)


def _moved(poses: Pose, axis: int, step: Tensor) -> Pose:
    """Returns the poses with parameter ``axis`` of nine changed by ``step`` [K]."""
    unit = torch.zeros(3).to(poses.scale)
    unit[axis % 3] = 1.0
    change = step[:, None] * unit
    if axis < 3:
        return Pose(poses.scale + change, poses.rotation, poses.translation, poses.pivot)
    if axis < 6:
        return Pose(poses.scale, rotation_from_vector(change) @ poses.rotation, poses.translation, poses.pivot)
    return Pose(poses.scale, poses.rotation, poses.translation + change, poses.pivot)


class _Differences(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scale: Tensor, rotation: Tensor, translation: Tensor, job: Any) -> Any:
        renderer, cameras, pivot = job
        poses = Pose(scale.detach(), rotation.detach(), translation.detach(), pivot)
        views = renderer.inner.render(poses, cameras)
        ctx.job, ctx.poses = job, poses
        ctx.mark_non_differentiable(views.depth)
        ctx.set_materialize_grads(False)
        return views.rgb, views.alpha, views.depth

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_rgb: Tensor | None, grad_alpha: Tensor | None, grad_depth: Tensor | None) -> Any:
        (renderer, cameras, _), poses = ctx.job, ctx.poses
        steps = renderer.steps(poses, cameras)
        slopes = []
        with torch.no_grad():
            for axis in range(9):
                step = steps[:, axis]
                ahead = renderer.inner.render(_moved(poses, axis, step), cameras)
                back = renderer.inner.render(_moved(poses, axis, -step), cameras)
                total = torch.zeros_like(step)
                if grad_rgb is not None:
                    total = total + ((ahead.rgb - back.rgb) * grad_rgb).flatten(1).sum(1).to(step)
                if grad_alpha is not None:
                    total = total + ((ahead.alpha - back.alpha) * grad_alpha).flatten(1).sum(1).to(step)
                slopes.append(total / (2 * step))
            by = torch.stack(slopes, 1)
            # a gradient in the space of matrices with these slopes along exp(w) R: the generators E_i R are orthogonal
            # and of squared length 2
            x, y, z = by[:, 3:6].unbind(1)
            o = torch.zeros_like(x)
            skew = torch.stack([o, -z, y, z, o, -x, -y, x, o], 1).view(-1, 3, 3)
        return by[:, :3], 0.5 * skew @ poses.rotation, by[:, 6:], None
