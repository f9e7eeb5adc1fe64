"""Gradient polish: Adam with a cosine schedule on several poses at once, keeping the best of each run."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..pose import PoseSpace
from .evolve import channel_units
from .objective import Objective, Scores

UNIT_ANGLE = 0.5
"""Radians that weigh like one body size: turning a body by this moves its rim by about half its radius."""
UNIT_SCALE = 0.5
"""Logarithm of a scale factor that weighs like one body size, for the same reason."""


def polish(
    objective: Objective,
    space: PoseSpace,
    x: Tensor,
    attitude: Tensor,
    size: float,
    *,
    steps: int,
    learning_rate: float,
    keep: Callable[[Tensor, Tensor, Scores], None],
    step: Callable[[float], None] = lambda share: None,
) -> None:
    """Runs Adam from x [B, D]; every state that was judged goes to ``keep(x, attitude, scores)``.

    ``learning_rate`` is the share of a body size (``size``, metres; half a radian; a factor e^0.5) that the first steps
    move a channel, falling to zero along a cosine. In the thesis' parameters (``squash="thesis"``) it is Adam's plain
    rate on the raw parameters, as published. StopSearch passes through.
    """
    if steps == 0 or x.shape[1] == 0:
        return
    if space.squash == "thesis":
        units = torch.ones(x.shape[1], dtype=x.dtype, device=x.device)
    else:
        units = torch.as_tensor(channel_units(space, size, UNIT_ANGLE, UNIT_SCALE), dtype=x.dtype, device=x.device)
    scaled = (x.detach() / units).clone().requires_grad_(True)
    optimiser = torch.optim.Adam([scaled], lr=learning_rate)
    floor = 0.001 if space.squash == "thesis" else 0.02 * learning_rate
    for index in range(steps):
        rate = floor + (learning_rate - floor) * 0.5 * (1 + math.cos(math.pi * index / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        here = (scaled * units).detach()
        scores, gradient = objective.descend(space, here, attitude)
        keep(here[: len(scores)], attitude[: len(scores)], scores)
        if len(scores) < len(here):
            objective.tracker.check()
        scaled.grad = gradient * units
        optimiser.step()
        objective.redraw()
        step((index + 1) / steps)
    last = (scaled * units).detach()
    scores = objective.evaluate(space.pose(last, attitude))
    keep(last[: len(scores)], attitude[: len(scores)], scores)
