"""``place``: from a scene, an object and a prompt to ranked, checked poses."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..errors import Cancelled, SceneError, SettingsError
from ..scene.model import Scene
from .archive import Archive
from .evolve import evolve_cma, evolve_scipy
from .finish import finish
from .objective import Scores
from .polish import polish
from .problem import Problem, make_problem
from .progress import CancelFlag, Progress, StopSearch, Tracker
from .propose import Proposals, propose, settle
from .result import Placement
from .settings import PlaceSettings

if TYPE_CHECKING:
    from ..guidance.clip import Load


def place(
    scene: Scene,
    object: str | Sequence[str],
    prompt: str,
    settings: PlaceSettings | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelFlag | None = None,
    load: Load | None = None,
    **options: Any,
) -> Placement:
    """Returns where ``object`` belongs in ``scene`` according to ``prompt``: candidates best first, each checked.

    Several objects are placed in turn, each seeing those before it (their placements follow in ``then``), or as one with
    ``together=True``. Settings come as a ``PlaceSettings``, as keyword options of the same names, or both.
    ``on_progress`` is called with a ``Progress`` from this thread; once ``cancel.is_set()`` the best so far is checked and
    returned with ``stopped="cancelled"``. The scene given is not changed; ``Placement.scene`` is the placed one.
    ``load`` loads CLIP models in the place of ``load_clip``, for callers that keep them between calls.

    Raises SceneError (object, mesh or camera unusable), PromptError (empty prompt, unknown anchor), SettingsError,
    ModelError (CLIP weights) and NoValidPose (which constraint empties the space); Cancelled when there is nothing yet.

    Example::

        scene = sgvop_core.load_scene("kitchen.glb")
        placement = sgvop_core.place(scene, "cup", "a cup on the table", seed=1)
        print(placement.best.matrix_world, placement.best.checks.complete)
    """
    try:
        settings = replace(settings, **options) if settings is not None else PlaceSettings(**options)
    except TypeError as error:
        raise SettingsError(f"unknown setting: {error}; see sgvop_core.placement.PlaceSettings") from None
    # An object named twice is placed once.
    names = (object,) if isinstance(object, str) else tuple(dict.fromkeys(object))
    if not names:
        raise SceneError("no object to place was named; give --object NAME")
    groups = moving_groups(scene, names, settings.together)
    deadline = None if settings.time_limit is None else time.monotonic() + settings.time_limit
    placements: list[Placement] = []
    here = scene
    deltas: dict[str, np.ndarray] = {}
    for index, group in enumerate(groups):
        until = deadline
        if deadline is not None:
            # Each object gets an equal share of what is left.
            now = time.monotonic()
            until = now + max(deadline - now, 0.0) / (len(groups) - index)
        tracker = Tracker(on_progress, cancel, settings.budget, until, group[0])
        try:
            placement = _place_one(here, group, prompt, settings, tracker, load)
        except Cancelled:
            if not placements:
                raise
            break
        deltas = {**deltas, **{name: placement.best.delta for name in group}}
        placement = replace(placement, deltas=deltas)
        placements.append(placement)
        here = placement.scene
        if placement.stopped == "cancelled":
            break
    return replace(placements[0], then=tuple(placements[1:]))


def moving_groups(scene: Scene, names: tuple[str, ...], together: bool) -> list[tuple[str, ...]]:
    """Returns the objects that move as one, in the order in which they are placed. Raises SceneError if unknown."""
    return [_roots(scene, names)] if together else [(name,) for name in names]


def _roots(scene: Scene, names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the names without those that hang below another of them: they move with it, and must not move twice."""
    return tuple(n for n in names if not any(o.name == n for m in names if m != n for o in scene.subtree(m)))


def _place_one(
    scene: Scene,
    names: tuple[str, ...],
    prompt: str,
    settings: PlaceSettings,
    tracker: Tracker,
    load: Load | None,
) -> Placement:
    started = time.monotonic()
    tracker.enter("prepare", 0.0, 0.05)
    if tracker.cancel is not None and tracker.cancel.is_set():
        raise Cancelled("cancelled before the search began; nothing was changed")
    problem = make_problem(scene, names, prompt, settings, tracker, load)
    archive = Archive(problem.space, problem.body.size)
    try:
        search(problem, archive, tracker)
    except StopSearch:
        if not len(archive):
            _keep_rest(problem, archive)
    tracker.enter("check", 0.85, 1.0)
    candidates = finish(problem, archive, tracker)
    best = candidates[0]
    tracker.conclude(-best.score, best.delta)
    return Placement(
        objects=names,
        prompt=prompt,
        candidates=tuple(candidates),
        scene=scene.moved(names, best.delta),
        deltas={name: best.delta for name in names},
        understood=problem.resolved.as_json(),
        camera=problem.camera.name,
        settings=settings,
        models=tuple(problem.models),
        device=str(problem.device),
        seconds=time.monotonic() - started,
        evaluations=tracker.evaluations,
        stopped=tracker.stopped,
        messages=tuple(problem.messages),
    )


def search(problem: Problem, archive: Archive, tracker: Tracker) -> None:
    """Fills the archive: propose and score, evolve, polish, each stage only when the settings have it.

    StopSearch passes through once the tracker's limits are reached; the archive then holds what was judged.
    """
    settings, effort, space = problem.settings, problem.settings.effort, problem.space
    generator = torch.Generator().manual_seed(settings.seed)

    def keep(x: Tensor, attitude: Tensor, scores: Scores) -> None:
        archive.add(x, attitude, scores.total)
        best = int(scores.total.argmin())
        if float(scores.total[best]) < tracker.best_total:
            matrix = space.pose(x[best : best + 1].double(), attitude[best : best + 1]).matrices()[0].cpu().numpy()
            tracker.improve(float(scores.total[best]), problem.body.delta(matrix))

    def judge(x: Tensor, attitude: Tensor) -> Tensor:
        x = settle(problem, x, attitude)
        totals = []
        step = max(1, problem.objective.balance.pictures_at_once)
        for begin in range(0, len(x), step):
            part = slice(begin, begin + step)
            scores = problem.objective.evaluate(space.pose(x[part], attitude[part]))
            keep(x[part][: len(scores)], attitude[part][: len(scores)], scores)
            if len(scores) < len(x[part]):
                tracker.check()
            totals.append(scores.total)
        return torch.cat(totals)

    tracker.enter("propose", 0.05, 0.35)
    if "propose" in settings.stages:
        count = effort.proposals if settings.budget is None else max(min(effort.proposals, settings.budget // 3), 2)
        proposals = propose(problem, count, generator)
        chosen, totals = _shortlist(problem, proposals, effort.shortlist)
        try:
            tracker.check()
            judge(proposals.x[chosen], proposals.attitude[chosen])
        finally:
            if not len(archive):
                # Stopped before a picture was seen: what geometry alone says is the best so far.
                archive.add(proposals.x[chosen], proposals.attitude[chosen], totals[chosen])
    else:
        _keep_rest(problem, archive)
    tracker.advance(1.0)
    if "evolve" in settings.stages:
        tracker.enter("evolve", 0.35, 0.65)
        starts, attitude, _ = archive.best(effort.starts)
        if settings.search == "cma":
            evolve_cma(
                space, starts, attitude, problem.body.size, judge,
                generations=effort.generations, population=effort.population, seed=settings.seed, step=tracker.advance,
            )  # fmt: skip
        else:
            allowed = effort.starts * effort.generations * effort.population
            evolve_scipy(
                space, starts, attitude, problem.body.size, judge,
                method=settings.search, evaluations=allowed, seed=settings.seed,
            )  # fmt: skip
    if "polish" in settings.stages:
        tracker.enter("polish", 0.65, 0.85)
        starts, attitude, _ = archive.best(effort.starts)
        polish(
            problem.objective, space, starts, attitude, problem.body.size,
            steps=effort.polish_steps, learning_rate=settings.learning_rate, keep=keep, step=tracker.advance,
        )  # fmt: skip


HASTY = 48
"""Proposals still judged by geometry, some milliseconds, when the search was stopped before any could be."""


def _shortlist(problem: Problem, proposals: Proposals, count: int) -> tuple[list[int], Tensor]:
    """Returns the indices of the proposals that geometry likes best and that differ, and the totals [n] of the first n.

    When the search is stopped on the way, the choice is among those that were judged.
    """
    from .archive import Difference, distinct

    poses = problem.space.pose(proposals.x, proposals.attitude)
    if not any(not term.needs_views and weight > 0 for _, weight, term in problem.objective.families):
        return list(range(min(count, len(poses)))), torch.zeros(len(poses), device=proposals.x.device)
    try:
        total = problem.objective.evaluate(poses, pictures=False).total
    except StopSearch:
        quiet = replace(problem.objective, tracker=Tracker())
        total = quiet.evaluate(poses[slice(0, HASTY)], pictures=False).total
    order = torch.argsort(total, stable=True)
    kept = distinct(poses, order, problem.body.size, count, Difference(position=0.1, angle=0.3, scale=1.1))
    return kept or [0], total


def _keep_rest(problem: Problem, archive: Archive) -> None:
    """Puts the pose that the object has into the archive, judged without spending evaluations."""
    x = problem.space.parameters(problem.rest())
    attitude = torch.zeros(1, dtype=torch.int64, device=x.device)
    quiet = replace(problem.objective, tracker=Tracker())
    archive.add(x, attitude, quiet.evaluate(problem.space.pose(x, attitude)).total)
