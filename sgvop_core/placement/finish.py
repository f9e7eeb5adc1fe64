"""The end of a placement: resolve, check on the exact meshes, rank, and say why nothing holds when nothing does."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import NoValidPose
from ..pose import Pose
from .archive import Archive, Difference, distinct
from .check import Checks, check_pose
from .objective import Objective
from .problem import Problem
from .progress import StopSearch, Tracker
from .resolve import resolve_pose
from .result import Candidate
from .settings import STAGES


@dataclass(frozen=True)
class Preference:
    """What ranks poses that hold equally well."""

    footing: float = 0.3
    """Loss of a base that has nothing below it at all: things stand well within an edge rather than half over it."""
    hidden: float = 0.3
    """Loss of a body that is wholly hidden or out of the picture: of two good places the one better seen is first."""


@dataclass(frozen=True)
class Checked:
    """A pose after the resolving move, with its checks and its loss."""

    matrix: np.ndarray
    checks: Checks
    total: float
    terms: dict[str, float]


def finish(problem: Problem, archive: Archive, tracker: Tracker) -> list[Candidate]:
    """Returns the ranked candidates: complete ones first, then by score, all different from each other.

    Raises NoValidPose when no pose holds and ``best_effort`` is off and the search was not cut short.
    """
    settings = problem.settings
    effort = settings.effort
    checked: list[Checked] = []
    complete = 0
    # A finer rule than the final one: several near variants of a good place may be needed until one resolves well.
    x, attitude, _ = archive.best(effort.checks, Difference(position=0.07, angle=0.2))
    matrices = problem.space.pose(x.double(), attitude).matrices().cpu().numpy()
    hurried = tracker.stopped in ("cancelled", "time limit")
    for index, matrix in enumerate(matrices):
        if "resolve" in settings.stages and settings.weight("physical") > 0:
            matrix = resolve_pose(
                problem.geometry, problem.body, matrix, problem.policy, problem.space, settings.asks("collision")
            )
        checks = check_pose(
            problem.geometry, problem.body, matrix, problem.camera, problem.judged.relations, problem.standard
        )
        checked.append(_judged(problem, matrix, checks))
        complete += _counts(problem, checks)
        tracker.advance((index + 1) / len(matrices))
        enough = complete >= 2 * settings.candidates or (
            hurried and (complete >= 1 or index + 1 >= settings.candidates)
        )
        if enough and index + 1 >= settings.candidates:
            break
    checked.sort(key=lambda c: (not _counts(problem, c.checks), _missed(problem, c.checks), c.total))
    if not settings.best_effort and not hurried and not any(_valid(problem, c.checks) for c in checked):
        raise NoValidPose(_why(problem, checked))
    poses = Pose.from_matrices(torch.as_tensor(np.stack([c.matrix for c in checked])), problem.space.pivot.cpu())
    kept = distinct(poses, torch.arange(len(checked)), problem.body.size, settings.candidates)
    return [_candidate(problem, checked[i]) for i in kept]


def _judged(problem: Problem, matrix: np.ndarray, checks: Checks) -> Checked:
    pivot = problem.space.pivot.to(problem.device, torch.float32)
    pose = Pose.from_matrices(torch.as_tensor(matrix, dtype=torch.float32, device=problem.device)[None], pivot)
    quiet = Objective(
        problem.objective.families,
        Tracker(),
        problem.objective.renderer,
        problem.objective.cameras,
        problem.objective.balance,
    )
    try:
        scores = quiet.evaluate(pose)
    except StopSearch as stop:  # a tracker without limits never stops
        raise AssertionError("an unlimited tracker stopped the search") from stop
    total, terms = float(scores.total[0]), {n: float(t[0]) for n, t in scores.terms.items()}
    if problem.settings.asks("view"):
        terms["hidden"] = Preference.hidden * (1 - checks.in_view)
        total += terms["hidden"]
    if checks.supported and problem.settles():
        terms["footing"] = Preference.footing * (1 - checks.footing)
        total += terms["footing"]
    return Checked(matrix, checks, total, terms)


def _counts(problem: Problem, checks: Checks) -> bool:
    """Whether the pose passes what the weights ask for."""
    return _missed(problem, checks) == 0


def _missed(problem: Problem, checks: Checks) -> int:
    missed, settings = 0, problem.settings
    if settings.weight("physical") > 0:
        missed += 4 * (_collides(problem, checks)) + 2 * (not checks.supported_well) + (not checks.inside)
        missed += settings.asks("view") and not checks.visible
    if problem.settings.weight("relation") > 0:
        missed += 3 * sum(not r.holds for r in checks.relations)
    return missed


def _collides(problem: Problem, checks: Checks) -> bool:
    """Whether it cuts into something and must not."""
    return problem.settings.asks("collision") and checks.penetration > checks.tolerance


def _valid(problem: Problem, checks: Checks) -> bool:
    """Whether the pose is possible at all; being out of the picture is a fault but not an impossibility."""
    physical = problem.settings.weight("physical") == 0 or (not _collides(problem, checks) and checks.supported_well)
    related = problem.settings.weight("relation") == 0 or all(r.holds for r in checks.relations)
    return physical and related


def _why(problem: Problem, checked: list[Checked]) -> str:
    """Returns one line that names the constraint that empties the space and the way out."""
    settings, count = problem.settings, len(checked)
    kinds: Counter[str] = Counter()
    for c in checked:
        # Poses that fail alike differ in their figures.
        kinds.update({re.sub(r"[-+]?\d[\d.]*", "…", failure) for failure in c.checks.failures})
    nearest = checked[0].checks.failures
    always = [f for f in nearest if kinds[re.sub(r"[-+]?\d[\d.]*", "…", f)] == count]
    tried = f"all {count} poses checked" if count > 1 else "the one pose checked"
    blame = f"in {tried}: {'; '.join(always[:3])}" if always else f"no check fails in {tried}, but one in each"
    also = [f for f in nearest if f not in always][:3]
    low, high = problem.space.scale_range
    narrow = [f"scale {low:g} to {high:g}"] if problem.space.scale_axes else ["fixed size"]
    out = ["widen --scale-range"] if problem.space.scale_axes else []
    if settings.locks:
        narrow.append(f"locked {', '.join(sorted(settings.locks))}")
        out.append("take a channel out of --lock")
    if settings.bounds is not None:
        narrow.append("--bounds " + ":".join(",".join(f"{v:g}" for v in corner) for corner in settings.bounds))
        out.append("widen --bounds")
    if problem.judged.relations:
        out.append("choose another place or --anchor")
    missing = [stage for stage in STAGES if stage not in settings.stages]
    if missing:
        narrow.append(f"without {', '.join(missing)}")
        out.append("let more --stages run")
    if settings.budget is not None:
        out.append("raise --budget")
    return (
        f"no valid pose for '{problem.body.names[0]}': {blame}"
        + (f"; in the nearest also: {'; '.join(also)}" if also else "")
        + f" (searched with {'; '.join(narrow)}); {', '.join(out)}, or take the nearest miss with --best-effort"
    )


def _candidate(problem: Problem, c: Checked) -> Candidate:
    delta = problem.body.delta(c.matrix)
    matrices = {n: delta @ problem.scene.object(n).matrix_world for n in problem.body.names}
    return Candidate(matrices[problem.body.names[0]], delta, -c.total, c.terms, c.checks, matrices)
