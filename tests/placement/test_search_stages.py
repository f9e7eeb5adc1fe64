"""The search stages on objectives whose best pose is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sgvop_core.errors import SettingsError
from sgvop_core.placement.archive import Archive, Difference, distinct
from sgvop_core.placement.evolve import channel_units, evolve_cma, evolve_scipy
from sgvop_core.placement.objective import Objective, Scores
from sgvop_core.placement.polish import polish
from sgvop_core.placement.progress import StopSearch, Tracker
from sgvop_core.placement.settings import PlaceSettings, thesis_settings
from sgvop_core.pose import Pose, PoseSpace

GOAL = torch.tensor([0.6, -0.4, 1.1])


def make_space(**changes) -> PoseSpace:
    base = {
        "pivot": torch.zeros(3),
        "position_bounds": torch.tensor([[-2.0, -2.0, 0.0], [2.0, 2.0, 2.0]]),
        "rotation_base": torch.eye(3)[None],
        "rest_position": torch.zeros(3),
    }
    return PoseSpace(**{**base, **changes})


class Bowl:
    """Distance to a goal pose, with ripples that stop a plain descent, when ``ripples`` is set."""

    name = "bowl"
    needs_views = False

    def __init__(self, ripples: float = 0.0) -> None:
        self.ripples = ripples

    def __call__(self, views, poses: Pose) -> Tensor:
        off = poses.position - GOAL
        turn = 1 - poses.rotation[:, 0, 0]
        return (
            (off * off).sum(1) + turn + self.ripples * (1 - torch.cos(9 * off)).sum(1) + (poses.scale[:, 0].log()) ** 2
        )


def make_objective(term, tracker: Tracker | None = None) -> Objective:
    return Objective([("physical", 1.0, term)], tracker or Tracker())


def run(space: PoseSpace, objective: Objective, stage, **options) -> tuple[Archive, Pose]:
    archive = Archive(space, 0.5)
    x = torch.full((2, space.dimension), 0.12)
    attitude = torch.zeros(2, dtype=torch.int64)

    def judge(x: Tensor, attitude: Tensor) -> Tensor:
        total = objective.evaluate(space.pose(x, attitude)).total
        archive.add(x, attitude, total)
        return total

    stage(space, x, attitude, judge, archive, **options)
    best, attitude, _ = archive.best(1)
    return archive, space.pose(best, attitude)


def test_evolution_crosses_ripples_that_stop_a_descent() -> None:
    space, objective = make_space(), make_objective(Bowl(ripples=0.4))

    def stage(space, x, attitude, judge, archive):
        evolve_cma(space, x, attitude, 2.0, judge, generations=60, population=12, seed=3)

    _, pose = run(space, objective, stage)
    assert (pose.position[0] - GOAL).norm() < 0.1
    assert pose.rotation[0, 0, 0] > 0.98


@pytest.mark.parametrize("method", ["dual_annealing", "differential_evolution", "basinhopping"])
def test_scipys_optimisers_find_the_goal_within_their_budget(method: str) -> None:
    tracker = Tracker()
    space, objective = make_space(rotation_mode="fixed"), make_objective(Bowl(), tracker)

    def stage(space, x, attitude, judge, archive):
        evolve_scipy(space, x, attitude, 2.0, judge, method=method, evaluations=600, seed=1)

    _, pose = run(space, objective, stage)
    assert (pose.position[0] - GOAL).norm() < 0.35
    assert tracker.evaluations <= 640


@pytest.mark.parametrize("squash", ["fold", "thesis"])
def test_polish_descends_to_the_goal(squash: str) -> None:
    space, objective = make_space(squash=squash), make_objective(Bowl())
    archive = Archive(space, 0.5)
    x, attitude = torch.full((1, space.dimension), 0.3), torch.zeros(1, dtype=torch.int64)
    rate = 0.1 if squash == "thesis" else 0.05

    def keep(x: Tensor, attitude: Tensor, scores: Scores) -> None:
        archive.add(x, attitude, scores.total)

    polish(objective, space, x, attitude, 1.5, steps=200, learning_rate=rate, keep=keep)
    best, _, total = archive.best(1)
    assert (space.pose(best).position[0] - GOAL).norm() < 0.05
    assert float(total[0]) < 0.02


def test_same_seed_same_search() -> None:
    def once() -> Tensor:
        space, objective = make_space(), make_objective(Bowl(0.4))

        def stage(space, x, attitude, judge, archive):
            evolve_cma(space, x, attitude, 1.0, judge, generations=5, population=6, seed=11)

        archive, _ = run(space, objective, stage)
        return torch.cat(archive.x)

    assert torch.equal(once(), once())


def test_budget_and_cancel_stop_the_search() -> None:
    class Flag:
        def is_set(self) -> bool:
            return True

    space = make_space()
    poses = space.pose(torch.rand(3, space.dimension))
    spent = make_objective(Bowl(), Tracker(budget=2))
    assert len(spent.evaluate(poses)) == 2, "what the budget still allows is judged and kept"
    with pytest.raises(StopSearch, match="budget"):
        spent.evaluate(poses)
    with pytest.raises(StopSearch, match="cancelled"):
        make_objective(Bowl(), Tracker(cancel=Flag())).evaluate(poses)


def test_terms_that_are_not_finite_lose_and_have_no_gradient() -> None:
    class Broken:
        name, needs_views = "broken", False

        def __call__(self, views, poses):
            return torch.where(poses.position[:, 0] > 0, poses.position[:, 0], poses.position[:, 0].sqrt())

    space = make_space()
    objective = make_objective(Broken())
    x = torch.full((2, space.dimension), 0.25)
    x[1] = 0.75
    scores, gradient = objective.descend(space, x, torch.zeros(2, dtype=torch.int64))
    assert scores.total[0] == objective.balance.worst and scores.total[1] < 10
    assert torch.isfinite(gradient).all()


def test_distinct_poses_differ_by_place_turn_or_size() -> None:
    space = make_space(scale_range=(0.5, 2.0))
    x = torch.full((4, space.dimension), 0.5)
    x[1, 2] += 0.001  # nearly the same place
    x[2, 1] += 0.25  # a quarter turn
    x[3, 0] += 0.3  # larger
    kept = distinct(space.pose(x), torch.arange(4), 0.5, 10, Difference())
    assert kept == [0, 2, 3]


def test_units_are_metres_and_radians() -> None:
    space = make_space()
    units = channel_units(space, 0.1, math.pi / 2, math.log(1.1))
    x = torch.full((2, space.dimension), 0.4, dtype=torch.float64)
    x[1] += torch.as_tensor(units)
    pose = space.pose(x)
    assert (pose.position[1] - pose.position[0]).abs().tolist() == pytest.approx([0.1] * 3, abs=1e-6)
    assert float(pose.scale[1, 0] / pose.scale[0, 0]) == pytest.approx(1.1, abs=1e-6)
    assert float((pose.rotation[0].T @ pose.rotation[1])[0, 0]) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"quality": "best"}, "quality 'best'"),
        ({"scale_range": (2.0, 1.0)}, "scale range"),
        ({"guidance": {"clip": -1.0}}, "guidance clip"),
        ({"locks": frozenset({"location.q"})}, "location.q"),
        ({"candidates": 0}, "candidates is 0"),
        ({"time_limit": 0.0}, "time limit"),
        ({"bounds": ((1, 0, 0), (0, 1, 1))}, "bounds"),
        ({"stages": ("dream",)}, "dream"),
        ({"views": 500}, "views is 500"),
        ({"size": 100_000}, "size"),
        ({"anchors": "Table"}, "anchors"),
        ({"front": "up"}, "front 'up'"),
        ({"templates": "many"}, "templates 'many'"),
        ({"augment": "sparkle"}, "sparkle"),
        ({"seed": -1}, "seed -1"),
        ({"seed": 2**70}, "seed"),
        ({"learning_rate": float("nan")}, "learning rate"),
    ],
)
def test_settings_that_cannot_be_honoured_are_refused(options: dict, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        PlaceSettings(**options)


def test_the_thesis_run_is_one_setting() -> None:
    settings = thesis_settings(seed=4)
    assert settings.stages == ("polish",) and settings.effort.polish_steps == 300 and settings.effort.views == 8
    assert settings.squash == "thesis" and settings.renderer == "thesis" and settings.weight("relation") == 0
