"""How much two outlines overlap, seen from above: the share of the smaller, soft enough to have a slope."""

from __future__ import annotations

import torch
from torch import Tensor

from .limits import EFFORT
from .plan import Plan
from .shape import BodyState


def overlap_share(state: BodyState, plan: Plan, weights: Tensor | None = None) -> Tensor:
    """Returns the share [K] of the smaller of two outlines, the body's and the plan's, that the other covers.

    The body's share is that of its points (``weights`` [K, N] choose among them), the plan's that of its cells within
    the body's outline of 16 half planes. Both edges are soft by 1 % of the body's size.
    """
    soft = (0.01 * state.size)[:, None]
    covered = torch.sigmoid(-plan.rim_distance(state.points[..., :2]) / soft)
    if weights is None:
        body_share = covered.mean(1)
    else:
        body_share = (covered * weights).sum(1) / weights.sum(1).clamp_min(1e-9)
    cells = plan.outline(EFFORT.outline)
    plan_share = torch.sigmoid(-state.outside(cells) / soft).mean(1)
    return torch.maximum(body_share, plan_share)


def base_weights(state: BodyState) -> Tensor:
    """Returns weights [K, N] of the body's points: about 1 on its base (the lowest 4 % of its height), 0 above."""
    band = (0.04 * state.height).clamp_min(1e-4)[:, None]
    lift = state.points[..., 2] - state.low[:, 2:3]
    return torch.sigmoid((band - lift) / (0.2 * band))
