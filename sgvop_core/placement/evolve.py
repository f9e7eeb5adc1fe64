"""Evolution of the best proposals: several CMA-ES in step, or one of scipy's global optimisers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..pose import PoseSpace
from .progress import StopSearch

Judge = Callable[[Tensor, Tensor], Tensor]
"""Takes x [K, D] and attitude [K], returns the totals [K]."""


@dataclass(frozen=True)
class Widths:
    """How far the first generation spreads, one standard deviation, and how the width is annealed."""

    position: float = 0.35
    """Share of the body's size."""
    angle: float = 0.6
    """Radians."""
    scale: float = 0.1
    """Natural logarithm of the scale factor."""
    last: float = 0.15
    """The cap on the width falls from 1 to this along a half cosine: wide jumps early, settling late."""


def channel_units(space: PoseSpace, position: float, angle: float, scale: float) -> np.ndarray:
    """Returns, for every parameter, the change of x that moves it by the given unit, [D].

    position in metres, angle in radians, scale as the logarithm of the factor.
    """
    low, high = space.scale_range
    units = [scale / max(math.log(high / low), 1e-6)] * len(space.scale_axes)
    turn = 2 * math.pi if space.rotation_kind == "yaw" else math.pi
    units += [angle / turn] * len(space.rotation_axes)
    width = (space.position_bounds[1] - space.position_bounds[0]).tolist()
    units += [position / max(width[axis], 1e-9) for axis in space.position_axes]
    if space.squash == "thesis":
        units = [u * 3.0 for u in units]
    return np.clip(np.asarray(units, np.float64), 1e-6, 1.0)


def evolve_cma(
    space: PoseSpace,
    x: Tensor,
    attitude: Tensor,
    size: float,
    judge: Judge,
    *,
    generations: int,
    population: int,
    seed: int,
    step: Callable[[float], None] = lambda share: None,
    widths: Widths | None = None,
) -> None:
    """Runs one CMA-ES from each start x [B, D] in step, so that every generation is judged in one batch.

    ``judge`` keeps what it sees; nothing is returned. StopSearch passes through. CMA-ES is the package ``cma``
    (Hansen, arXiv:1604.00772); the width is annealed from outside by capping sigma.
    """
    if x.shape[1] == 0 or generations == 0:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cma
    widths = widths or Widths()
    units = channel_units(space, widths.position * size, widths.angle, widths.scale)
    searches = []
    for index, start in enumerate(x.detach().cpu().double().numpy()):
        random = np.random.default_rng([seed, index])
        options = {
            "popsize": population,
            # Numbers from a generator of our own: the package would seed numpy's global one.
            "seed": float("nan"),
            "randn": lambda *shape, random=random: random.standard_normal(shape),
            "verbose": -9,
            "CMA_stds": units.tolist(),
            "maxiter": generations + 1,
        }
        if len(start) == 1:
            start, options["CMA_stds"] = np.append(start, 0.0), [*units.tolist(), 1e-6]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            searches.append(cma.CMAEvolutionStrategy(start, 1.0, options))
    dimension = x.shape[1]
    for generation in range(generations):
        cap = widths.last + (1 - widths.last) * 0.5 * (1 + math.cos(math.pi * generation / max(generations - 1, 1)))
        asked = []
        for search in searches:
            search.sigma = min(search.sigma, cap)
            asked.append(search.ask())
        points = torch.as_tensor(np.concatenate(asked)[:, :dimension], dtype=x.dtype, device=x.device)
        totals = judge(points, attitude.repeat_interleave(population)).cpu().double().numpy()
        for index, search in enumerate(searches):
            search.tell(asked[index], totals[index * population : (index + 1) * population].tolist())
        step((generation + 1) / generations)


def evolve_scipy(
    space: PoseSpace,
    x: Tensor,
    attitude: Tensor,
    size: float,
    judge: Judge,
    *,
    method: str,
    evaluations: int,
    seed: int,
) -> None:
    """Runs scipy's dual_annealing, basinhopping or differential_evolution from the best start within ``evaluations``.

    The box is [0, 1] for bounded channels and one turn for angles. ``judge`` keeps what it sees.
    """
    from scipy import optimize

    if x.shape[1] == 0:
        return
    left = evaluations

    def batch(points: np.ndarray) -> np.ndarray:
        nonlocal left
        if left <= 0:
            raise _Spent
        left -= len(points)
        tensor = torch.as_tensor(points, dtype=x.dtype, device=x.device)
        return judge(tensor, attitude[:1].expand(len(points))).cpu().double().numpy()

    start = x[0].detach().cpu().double().numpy()
    box = [(s - 0.5, s + 0.5) for s in start] if space.squash == "fold" else [(-2.5, 2.5)] * len(start)
    try:
        if method == "differential_evolution":
            optimize.differential_evolution(
                lambda p: batch(p.T) if p.ndim == 2 else float(batch(p[None])[0]),
                box,
                rng=np.random.default_rng(seed),
                x0=start,
                maxiter=10_000,
                popsize=6,
                polish=False,
                vectorized=True,
                updating="deferred",
            )
        elif method == "dual_annealing":
            optimize.dual_annealing(
                lambda p: float(batch(p[None])[0]),
                box,
                x0=start,
                rng=np.random.default_rng(seed),
                maxfun=evaluations,
                no_local_search=True,
            )
        else:
            units = channel_units(space, 0.35 * size, 0.6, 0.1)
            random = np.random.default_rng(seed)
            optimize.basinhopping(
                lambda p: float(batch(p[None])[0]),
                start,
                niter=10_000,
                rng=random,
                take_step=lambda p: p + random.normal(size=p.shape) * units,
                minimizer_kwargs={"method": "COBYLA", "options": {"maxiter": 12, "rhobeg": float(units.min())}},
            )
    except _Spent:
        return


class _Spent(StopSearch):
    """The optimiser's own share of evaluations is used up."""

    def __init__(self) -> None:
        super().__init__("stage budget")
