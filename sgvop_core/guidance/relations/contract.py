"""What a relation is: slacks in metres, an energy that pulls them above zero, a check that reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ...pose import Pose
from ...render.contract import Views
from .limits import LIMITS
from .plan import on_device
from .shape import BodyShape, BodyState

Slacks = dict[str, Tensor]
"""Named signed slacks [K] in metres (radians times the body's half size for angles): >= 0 holds, and by how much."""


@dataclass(frozen=True)
class RelationCheck:
    """Whether a relation holds in one pose. ``margin``: the smallest slack, negative by what is missing.

    ``unit``: ``m`` or ``rad``. ``detail``: every slack by name, in the same unit.
    """

    name: str
    anchors: tuple[str, ...]
    holds: bool
    margin: float
    unit: str = "m"
    detail: dict[str, float] = field(default_factory=dict)


def penalty(violation: Tensor, length: Tensor | float) -> Tensor:
    """Returns what is paid, [...], for a violation [...] in metres: 0 up to 0, 1 at ``length``, growing like a logarithm beyond.

    ``log2(1 + v^2 / (v + 0.05 l) / l)``: the slope starts at zero without a kink, and far away it never vanishes.
    """
    v = violation.clamp_min(0.0)
    return torch.log1p(v * v / (v + 0.05 * length) / length) / 0.6931471805599453


class Relation(ABC):
    """One relation of a body to its anchors in one scene."""

    unit = "m"

    def __init__(self, name: str, anchors: tuple[str, ...], body: BodyShape, frame: str | None = None) -> None:
        self.name, self.anchors, self.body, self.frame = name, anchors, body, frame

    @abstractmethod
    def slacks(self, state: BodyState) -> Slacks:
        """Returns the slacks [K] of K states of the body, differentiable."""

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Returns the slack ([K] or one number) in metres beyond which the energy is zero, by name; others need 1 % of the size."""
        return {}

    def exact(self, state: BodyState) -> Slacks:
        """Returns the slacks as the check measures them; by default the same on finer samples."""
        return self.slacks(state)

    def energy(self, poses: Pose) -> Tensor:
        """Returns [K]: 0 where the relation holds with its margin, about 1 where clearly violated; differentiable."""
        state = self.body.at(poses)
        slacks, margins = self.slacks(state), self.margins(state)
        small = 0.01 * state.size
        length = 0.5 * self.body.size
        total = torch.zeros_like(state.size)
        for name, slack in slacks.items():
            total = total + penalty(margins.get(name, small) - slack, length)
        return total

    def check(self, matrix: np.ndarray) -> RelationCheck:
        """Returns whether the relation holds for the object-to-world ``matrix`` [4, 4], and by what margin."""
        placed = on_device(np.asarray(matrix, np.float64), self.body.device)[None]
        pose = Pose.from_matrices(placed, placed.new_zeros(3))
        with torch.no_grad():
            slacks = self.exact(self.body.at(pose, fine=True))
        detail = {key: round(float(value[0]), 6) for key, value in slacks.items()}
        margin = min(detail.values())
        return RelationCheck(self.name, self.anchors, margin >= 0, margin, self.unit, detail)


def touch_tolerance(size: Tensor, base: float = LIMITS.touch) -> Tensor:
    """Returns the gap [K] in metres that counts as contact for bodies of these sizes [K]."""
    wide = torch.clamp(LIMITS.touch_share * size, min=base)
    return torch.minimum(wide, LIMITS.touch_tiny * size)


class RelationTerm:
    """A relation as a guidance term; it needs no pictures."""

    needs_views = False

    def __init__(self, relation: Relation, name: str) -> None:
        self.relation, self.name = relation, name

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the relation's energy [K]."""
        return self.relation.energy(poses)
