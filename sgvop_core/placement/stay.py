"""A mild wish to stay: what the prompt does not say anything about is left as it was."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..pose import Pose
from ..render.contract import Views
from ..scene.body import Body


@dataclass(frozen=True)
class Staying:
    """How strongly an object keeps its place when the prompt says none."""

    most: float = 0.05
    """Loss far away: less than any fault of a pose, so that it only decides between good ones."""
    reach: float = 1.0
    """Sizes of the object that count as half of far."""


class Stay:
    """How far a body is from where it was, along the ground: 0 there, towards ``Staying.most`` far away."""

    name = "stay"
    needs_views = False

    def __init__(self, body: Body, staying: Staying | None = None) -> None:
        self.staying = staying or Staying()
        self.centre = torch.as_tensor(body.bounds.mean(0))
        self.home = torch.as_tensor(body.rotation @ body.bounds.mean(0) + body.origin)
        self.reach = self.staying.reach * max(body.size, 1e-9)

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the loss [K]."""
        here = poses.apply(self.centre.to(poses.scale)[None])[:, 0]
        away = (here - self.home.to(here))[:, :2]
        far = ((away * away).sum(1) / self.reach**2 + 1e-6).sqrt() - 1e-3
        return self.staying.most * far / (1 + far)
