"""Proposals: poses that could be right before any picture is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..pose import Pose
from .problem import Problem, base_centres
from .resolve import drop_batch

GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Proposals:
    """N poses as parameters x [N, D] and attitude [N]."""

    x: Tensor
    attitude: Tensor


def settle(problem: Problem, x: Tensor, attitude: Tensor) -> Tensor:
    """Returns the parameters [N, D] of the same poses dropped onto what is below them, where the prompt wants that."""
    if not problem.settles() or not len(x):
        return x
    poses = problem.space.pose(x.double(), attitude)
    matrices = poses.matrices().cpu().numpy()
    dropped, _ = drop_batch(problem.geometry, problem.body, matrices)
    pivot = problem.space.pivot.to(poses.scale)
    moved = Pose.from_matrices(torch.as_tensor(dropped, device=x.device), pivot)
    # Only the height changes, so scale and rotation keep their own numbers.
    settled = Pose(poses.scale, poses.rotation, moved.translation, pivot)
    fresh = problem.space.parameters(settled, attitude).to(x)
    columns = len(problem.space.scale_axes) + len(problem.space.rotation_axes)
    return torch.cat([x[:, :columns], fresh[:, columns:]], 1)


def propose(problem: Problem, count: int, generator: torch.Generator) -> Proposals:
    """Returns ``count`` poses, the object's own pose first.

    Where geometry may lead, positions come from the relations (on real surfaces, in the right directions) and rest on
    what is below; else they fill the bounds evenly. Yaw and scale follow golden-ratio sequences, every other pose keeping
    the scale it has.
    """
    space, device = problem.space, problem.device
    rest = space.parameters(problem.rest().to(torch.float64)).to(torch.float32)
    count = max(count - 1, 1)
    x = rest.repeat(count, 1)
    index = torch.arange(count, dtype=torch.float64, device=device)
    start = float(torch.rand((), generator=generator))
    scales, turns = len(space.scale_axes), len(space.rotation_axes)
    if scales:
        share = torch.remainder(
            start + index[:, None] * torch.tensor([GOLDEN, 0.7548776662, 0.5698402909][:scales]).to(index), 1
        )
        odd = (torch.arange(count, device=device) % 2 == 1)[:, None]
        one = _neutral_scale(problem)
        x[:, :scales] = torch.where(odd, share, torch.full_like(share, one)).to(x)
    if turns:
        x[:, scales : scales + turns] = _turns(problem, count, start, generator).to(x)
    attitude = torch.arange(count, device=device) % len(space.rotation_base)
    led = problem.settings.weight("relation") > 0 or problem.settings.weight("physical") > 0
    if led:
        bases = problem.relations.propose(count, generator)
        if problem.stays:
            # The prompt says no place: half of the poses are turned and sized where the object is.
            home = base_centres(problem.body.rest_matrix()[None], problem.hull)
            bases[::2] = torch.as_tensor(home).to(bases)
        x = _at_bases(problem, _faced(problem, x, attitude, bases), attitude, bases)
    else:
        axes = len(space.position_axes)
        if axes:
            sobol = torch.quasirandom.SobolEngine(axes, scramble=True, seed=_seed(generator))
            x[:, scales + turns :] = _from_share(problem, sobol.draw(count).to(x))
    x = settle(problem, x, attitude)
    zero = torch.zeros(1, dtype=attitude.dtype, device=device)
    return Proposals(torch.cat([rest, x]), torch.cat([zero, attitude]))


def _neutral_scale(problem: Problem) -> float:
    low, high = problem.space.scale_range
    value = min(max(1.0, low), high)
    if low <= 1.0 <= high:
        return math.log(value / low) / max(math.log(high / low), 1e-9)
    return 0.5


def _turns(problem: Problem, count: int, start: float, generator: torch.Generator) -> Tensor:
    space = problem.space
    index = torch.arange(count, dtype=torch.float64)
    yaw = torch.remainder(start + index * GOLDEN, 1.0)
    if space.rotation_kind == "yaw":
        return yaw[:, None] if space.squash == "fold" else torch.atanh((2 * yaw - 1) * 0.999)[:, None]
    columns = len(space.rotation_axes)
    angles = torch.randn(count, columns, generator=generator, dtype=torch.float64) * 0.15
    angles[:, -1] = 2 * yaw - 1
    return angles if space.squash == "fold" else torch.atanh(angles.clamp(-0.999, 0.999))


def _faced(problem: Problem, x: Tensor, attitude: Tensor, bases: Tensor) -> Tensor:
    """Returns x with the yaw that makes three of four bodies at ``bases`` [N, 3] face or lean where the prompt says."""
    space = problem.space
    if space.rotation_kind != "yaw" or space.squash != "fold" or problem.settings.weight("relation") == 0:
        return x
    yaw = problem.relations.turn_towards(bases, space.rotation_base.to(bases)[attitude.cpu()])
    if yaw is None:
        return x
    column = len(space.scale_axes)
    chosen = torch.arange(len(x), device=x.device) % 4 != 3
    faced = torch.remainder(yaw / (2 * math.pi), 1.0).to(x)
    x = x.clone()
    x[:, column] = torch.where(chosen, faced, x[:, column])
    return x


def _from_share(problem: Problem, share: Tensor) -> Tensor:
    return share if problem.space.squash == "fold" else torch.atanh((2 * share - 1) * 0.99)


def _at_bases(problem: Problem, x: Tensor, attitude: Tensor, bases: Tensor) -> Tensor:
    """Returns x with the position columns such that the bottom centres lie at ``bases`` [N, 3]."""
    space = problem.space
    poses = space.pose(x.double(), attitude)
    matrices = poses.matrices().cpu().numpy()
    offset = np.asarray(bases.cpu(), np.float64) - base_centres(matrices, problem.hull)
    moved = Pose(poses.scale, poses.rotation, poses.translation + torch.as_tensor(offset, device=x.device), poses.pivot)
    columns = len(space.scale_axes) + len(space.rotation_axes)
    fresh = space.parameters(moved, attitude).to(x)
    return torch.cat([x[:, :columns], fresh[:, columns:]], 1)


def _seed(generator: torch.Generator) -> int:
    return int(torch.randint(0, 2**31 - 1, (), generator=generator))
