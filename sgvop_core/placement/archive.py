"""The poses seen so far with their losses, and choosing good ones that differ from each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..pose import Pose, PoseSpace


@dataclass(frozen=True)
class Difference:
    """When two poses count as different."""

    position: float = 0.2
    """Share of the body's size (its box diagonal) between the positions."""
    angle: float = 0.44
    """Radians (25 degrees) between the rotations, once the positions agree."""
    scale: float = 1.2
    """Ratio of the scales."""


def distinct(poses: Pose, order: Tensor, size: float, count: int, rule: Difference | None = None) -> list[int]:
    """Returns up to ``count`` indices, in ``order`` [N], of poses that differ pairwise by ``rule``; size in metres."""
    rule = rule or Difference()
    position, rotation = poses.position.detach().cpu(), poses.rotation.detach().cpu()
    scale = poses.scale.detach().cpu().mean(1)
    kept: list[int] = []
    for index in order.tolist():
        if kept:
            near = (position[kept] - position[index]).norm(dim=1) < rule.position * size * float(scale[index])
            trace = torch.einsum("kij,ij->k", rotation[kept], rotation[index])
            alike = torch.arccos(((trace - 1) / 2).clamp(-1, 1)) < rule.angle
            ratio = scale[kept] / scale[index]
            sized = (ratio < rule.scale) & (ratio > 1 / rule.scale)
            if bool((near & alike & sized).any()):
                continue
        kept.append(index)
        if len(kept) == count:
            break
    return kept


@dataclass
class Archive:
    """Parameters, attitudes and totals of poses that the whole objective judged."""

    space: PoseSpace
    size: float
    x: list[Tensor] = field(default_factory=list)
    attitude: list[Tensor] = field(default_factory=list)
    total: list[Tensor] = field(default_factory=list)

    def add(self, x: Tensor, attitude: Tensor, total: Tensor) -> None:
        """Keeps K judged poses: x [K, D], attitude [K], total [K]."""
        self.x.append(x.detach())
        self.attitude.append(attitude)
        self.total.append(total.detach())

    def __len__(self) -> int:
        return sum(len(t) for t in self.total)

    def best(self, count: int, rule: Difference | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Returns x [B, D], attitude [B] and total [B] of the best poses that differ, lowest total first."""
        x, attitude, total = torch.cat(self.x), torch.cat(self.attitude), torch.cat(self.total)
        order = torch.argsort(total, stable=True)
        kept = distinct(self.space.pose(x, attitude), order, self.size, count, rule)
        return x[kept], attitude[kept], total[kept]
