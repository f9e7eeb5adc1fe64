"""Vertices of a mesh on the screens of a batch of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

FAR_OUT = 1e30


@dataclass(frozen=True, eq=False)
class Projected:
    """N vertices on n screens. ``x``, ``y`` [n, N] in samples from the picture's corner, ``w`` [n, N] = 1 / depth,
    0 for vertices nearer than ``near`` [n]. ``camera`` [n, 3, N]: right, down, forward in metres. ``focal`` [n],
    ``principal`` [n, 2] in samples.
    """

    x: Tensor
    y: Tensor
    w: Tensor
    camera: Tensor
    focal: Tensor
    principal: Tensor
    near: Tensor

    def limits(self) -> Tensor:
        """Returns the screen limits [n, 4]: x low, x high, y low, y high; unbounded once a vertex is too near."""
        low = torch.stack([self.x.amin(1), -self.x.amax(1), self.y.amin(1), -self.y.amax(1)], 1)
        behind = self.w <= 0
        some, every = behind.any(1), behind.all(1)
        wide = low.new_tensor([-FAR_OUT, -FAR_OUT, -FAR_OUT, -FAR_OUT])
        low = torch.where(some[:, None], wide, low)
        low = torch.where(every[:, None], -wide, low)
        return low * low.new_tensor([1.0, -1.0, 1.0, -1.0])


def project(
    vertices: Tensor, matrix: Tensor, origin: Tensor, focal: Tensor, principal: Tensor, near: Tensor
) -> Projected:
    """Returns vertices [3, N] on the screens of n pictures; ``matrix`` [n, 3, 3] and ``origin`` [n, 3] bring camera
    rays to the object frame (``P = origin + depth * matrix @ ray``)."""
    # the rows of M are the rows of a rotation over the scale, so M^-1 = M^T diag(1 / |row|^2)
    inverse = matrix.transpose(1, 2) / (matrix * matrix).sum(2)[:, None, :]
    camera = inverse @ vertices - inverse @ origin[:, :, None]
    depth = camera[:, 2]
    seen = depth > near[:, None]
    w = torch.where(seen, 1 / torch.where(seen, depth, torch.ones_like(depth)), torch.zeros_like(depth))
    scale = w * focal[:, None]
    x = torch.addcmul(principal[:, 0:1], camera[:, 0], scale)
    y = torch.addcmul(principal[:, 1:2], camera[:, 1], scale)
    return Projected(x, y, w, camera, focal, principal, near)
