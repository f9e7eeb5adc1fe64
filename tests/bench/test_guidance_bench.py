"""The bench of guidance models tells one that knows the truth from one that guesses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from sgvop_core.bench.guidance import Effort, Nouns, measure_guidance
from sgvop_core.bench.guidance_choices import Question, answered
from sgvop_core.bench.guidance_descent import DESCENT, Descent
from sgvop_core.bench.guidance_landscape import FigureOptions, figure, landscapes
from sgvop_core.bench.guidance_ranking import Prompt, area_under_curve, rank
from sgvop_core.bench.guidance_table import guidance_table, rows_of
from sgvop_core.cli.main import main
from sgvop_core.errors import SettingsError
from sgvop_core.pose import Pose
from sgvop_core.render.contract import Views
from sgvop_core.scene.body import Body
from sgvop_core.scene.model import Array, Camera, Mesh
from sgvop_core.training.data import Fact, Group, Thing
from sgvop_core.training.plain_texts import phrase, sentence

NOUNS = ("cup", "box", "chair", "table", "dog", "lamp", "book", "ball", "hat", "car", "tree", "shoe", "clock", "bed")
COLOURS = ("red", "green", "blue", "yellow", "black", "white")
REACH = 1.2


def truth(where: Any) -> dict[str, Any]:
    """What holds at positions [..., 3] about an anchor at the origin: margins [...]."""
    x, y, z = where[..., 0], where[..., 1], where[..., 2]
    return {
        "left": -x - 0.2, "right": x - 0.2, "front": -y - 0.2, "behind": y - 0.2, "above": z - 0.4, "below": -z - 0.2,
        "on": 0.15 - abs(z - 0.2), "far": (x * x + y * y + z * z + 1e-9) ** 0.5 - 1.0,
    }  # fmt: skip


class StandInStage:
    """A target whose pictures say in numbers where it is and what it is."""

    def __init__(self, rng: np.random.Generator, target: str | None, anchor: str | None, unseen: bool) -> None:
        first, second = rng.permutation(len(NOUNS))[:2]
        one, two = rng.permutation(len(COLOURS))[:2]
        noun = target or NOUNS[first]
        self.target = Thing("Target", noun, None if unseen else noun, COLOURS[one])
        other = anchor or next(n for n in (NOUNS[second], NOUNS[first], "bed") if n != noun)
        self.things: tuple[Thing, ...] = (Thing("Anchor", other, other, COLOURS[two]),)
        vertices = 0.1 * np.array([[-1.0, -1, -1], [1, -1, -1], [0, 1, -1], [0, 0, 1]])
        mesh = Mesh("Target", vertices, np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32))
        self.body = Body(("Target",), mesh, np.eye(3), np.zeros(3))
        above = np.eye(4)
        above[2, 3] = 4.0
        self.camera = Camera("Camera", above, 0.8)
        self.views = (self.camera,)
        self.facts = tuple(Fact("relation", name, (0,), 0.1) for name in truth(np.zeros(3)))
        self.renderer: Any = self
        self.geometry: Any = self
        self.named: tuple[int, ...] | None = None

    def closer(self, anchors: Sequence[int], framing: str = "studio") -> StandInStage:
        assert tuple(anchors) == (0,), "there is nothing else"
        self.named = tuple(anchors)
        return self

    def bounds(self, name: str) -> Array:
        return np.array([[-0.4, -0.4, -0.4], [0.4, 0.4, 0.4]])

    def sample_poses(self, rng: np.random.Generator, count: int, kind: str = "mixed") -> Array:
        matrices = np.repeat(np.eye(4)[None], count, 0)
        matrices[:, :3, 3] = rng.uniform(-REACH, REACH, (count, 3))
        return matrices

    def margins(self, matrices: Array) -> Array:
        return np.stack(list(truth(matrices[:, :3, 3]).values()), 1)

    def shown(self) -> tuple[int, int, int]:
        return (
            255 if self.target.noun is None else NOUNS.index(self.target.noun),
            COLOURS.index(str(self.target.colour)),
            NOUNS.index(str(self.things[0].noun)),
        )

    def render(self, *arguments: Any) -> Any:
        return self._drawn(*arguments) if len(arguments) == 1 else self._views(*arguments)

    def _drawn(self, matrices: Array) -> tuple[Array, Array, Array]:
        pictures = np.zeros((len(matrices), 1, 4, 4, 3), np.uint8)
        level = np.clip((matrices[:, :3, 3] + 8) / 16 * 65535, 0, 65535).astype(int)
        pictures[:, 0, 0, 0], pictures[:, 0, 0, 1], pictures[:, 0, 0, 2] = level // 256, level % 256, self.shown()
        return pictures, np.ones(len(matrices)), np.full(len(matrices), 0.05)

    def _views(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        rgb = torch.zeros(len(poses), 1, 4, 4, 3, dtype=torch.float64)
        rgb[:, 0, 0, 2] = torch.tensor(self.shown(), dtype=torch.float64) / 255
        mask = torch.zeros_like(rgb)
        mask[:, 0, 0, 0] = 1
        rgb = rgb + mask * ((poses.position + 8) / 16)[:, None, None, None]
        return Views(rgb, rgb[..., 0], rgb[..., 0].detach())

    def group(self) -> Group:
        return Group(self.target, self.things, self.facts, split="test")


def make(
    rng: np.random.Generator, split: str, size: int = 96, *, target: str | None = None,
    anchors: Sequence[str] | None = None, unseen: bool = False,
) -> Any:  # fmt: skip
    assert split == "test"
    return StandInStage(rng, target, anchors[0] if anchors else None, unseen)


class Knower:
    """Scores by the truth, read from the picture's numbers."""

    name = "knower"

    def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
        level = pictures[:, 0, 0, 0].astype(float) * 256 + pictures[:, 0, 0, 1]
        where = level / 65535 * 16 - 8
        return np.stack([self._score(where, pictures[:, 0, 0, 2], text) for text in texts], 1)

    cosines = scores

    def matches(self, pictures: Tensor, texts: Sequence[str]) -> Tensor:
        where = pictures[:, 0, 0, 0] * 16 - 8
        named = (pictures[:, 0, 0, 2] * 255).round().detach().numpy()
        rows = [self._score(where[k : k + 1], named[k : k + 1], text) for k, text in enumerate(texts)]
        return torch.cat(rows)

    def _score(self, where: Any, named: Array, text: str) -> Any:
        relation = next(
            r for r in sorted(truth(np.zeros(3)), key=lambda r: -len(phrase(r))) if f" {phrase(r)} " in text
        )
        target, anchor = (part.split() for part in text.split(f" {phrase(relation)} "))
        right = np.ones(len(named), bool)
        right &= [target[-1] == "thing" or (i < len(NOUNS) and NOUNS[int(i)] == target[-1]) for i in named[:, 0]]
        right &= [NOUNS[int(i)] == anchor[-1] for i in named[:, 2]]
        if len(target) > 2:
            right &= [COLOURS[int(i)] == target[1] for i in named[:, 1]]
        margin = truth(where)[relation]
        penalty = 10.0 * ~right
        return margin - (torch.as_tensor(penalty) if isinstance(margin, Tensor) else penalty)


class Guesser:
    """Scores by chance."""

    name = "guesser"

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)

    def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
        return self.rng.normal(size=(len(pictures), len(texts)))

    cosines = scores

    def matches(self, pictures: Tensor, texts: Sequence[str]) -> Tensor:
        return 1e-3 * pictures.sum((1, 2, 3, 4)) * torch.as_tensor(self.rng.normal(size=len(texts)))


SMALL = Effort(
    scenes=40, mixed=24, each=60, named=20, orders=30, ranked=8, random=120, smooth=40, descents=6, runs=4,
    descent=Descent(steps=120), repeats=1,
)  # fmt: skip
NAMES = Nouns(NOUNS, ("table", "bed"), lambda noun: frozenset({noun}))
ALL_BUT_SPEED = ("relation", "pairs", "order", "noun", "colour", "auc", "best", "smooth", "adam")


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return measure_guidance([Knower(), Guesser()], only=ALL_BUT_SPEED, make=make, nouns=NAMES, effort=SMALL)


def by_name(figures: dict[str, Any], judge: str) -> dict[str, float]:
    return {row["name"]: row["models"][judge]["value"] for row in figures["rows"]}


def test_a_judge_that_knows_the_truth_meets_every_bound(figures: dict[str, Any]) -> None:
    assert len(figures["rows"]) == 4 + 9, "all measures, one row for each pair, two for the curve"
    for row in figures["rows"]:
        assert row["models"]["knower"]["holds"], row


def test_a_judge_that_guesses_is_near_chance_and_meets_none(figures: dict[str, Any]) -> None:
    assert not any(row["models"]["guesser"]["holds"] for row in figures["rows"])
    values = by_name(figures, "guesser")
    assert values["relation named right among all that do not hold"] == pytest.approx(0.18, abs=0.08)
    assert values["noun among 10"] < 0.35 and values["colour among 10"] < 0.35
    assert values["area under the ROC curve on random poses, median over relations"] == pytest.approx(0.5, abs=0.06)
    assert values["best of 300 random poses satisfies the prompt"] == pytest.approx(figures["random_share"], abs=0.2)
    pairs = [value for name, value in values.items() if name.startswith("both of a pair")]
    assert len(pairs) == 4 and np.mean(pairs) == pytest.approx(0.25, abs=0.15)


def test_figures_are_plain_json_list_the_prompts_and_repeat(figures: dict[str, Any]) -> None:
    json.dumps(figures, allow_nan=False)
    again = measure_guidance([Knower()], only=("relation", "colour"), make=make, nouns=NAMES, effort=SMALL)
    for measure in ("relation", "colour"):
        assert [p for p in again["prompts"] if p["measure"] == measure] == [
            p for p in figures["prompts"] if p["measure"] == measure
        ]
        assert again["keys"]["knower"][measure] == figures["keys"]["knower"][measure]
    other = measure_guidance([Knower()], seed=1, only=("relation",), make=make, nouns=NAMES, effort=SMALL)
    assert other["prompts"][0] != figures["prompts"][0]
    assert {p["measure"] for p in figures["prompts"]} == {
        "relation",
        "pairs",
        "noun",
        "colour",
        "order",
        "rank",
        "adam",
    }
    assert any(text.startswith("a thing ") for p in figures["prompts"] for text in p["texts"])


def test_a_judge_that_scores_all_alike_is_never_right() -> None:
    class Flat(Guesser):
        name = "flat"

        def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
            return np.zeros((len(pictures), len(texts)))

        cosines = scores

    found = measure_guidance([Flat()], only=("relation", "pairs", "smooth"), make=make, nouns=NAMES, effort=SMALL)
    assert all(row["models"]["flat"]["value"] == 0 for row in found["rows"])


def test_only_the_measures_that_are_asked_for_are_measured() -> None:
    said: list[str] = []
    effort = replace(SMALL, ranked=6, descents=2)
    alone = measure_guidance([Knower()], only=("adam",), make=make, nouns=NAMES, effort=effort, say=said.append)
    beside = measure_guidance([Knower()], only=("adam", "smooth"), make=make, nouns=NAMES, effort=effort)
    assert alone["keys"]["knower"]["adam"] == beside["keys"]["knower"]["adam"] != {}
    assert [line[:9] for line in said if line.startswith("scene")] == ["scene 1/2", "scene 2/2"], "no others are drawn"
    found = measure_guidance([Knower()], only=("auc",), make=make, nouns=NAMES, effort=SMALL)
    assert {row["measure"] for row in found["rows"]} == {"auc"}
    with pytest.raises(SettingsError, match="did you mean"):
        measure_guidance([Knower()], only=("pair",), make=make, nouns=NAMES, effort=SMALL)


def test_the_area_under_the_curve_counts_pairs() -> None:
    scores = np.array([1.0, 2.0, 3.0, 4.0])
    assert area_under_curve(scores, np.array([False, True, False, True])) == 0.75
    assert area_under_curve(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert np.isnan(area_under_curve(scores, np.ones(4, bool)))


def test_a_pose_that_no_picture_shows_is_never_the_best() -> None:
    class Last(Guesser):
        def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
            return np.arange(len(pictures), dtype=float)[:, None]

        cosines = scores

    holds, pictures = np.array([False, True, False]), np.zeros((3, 1, 4, 4, 3), np.uint8)
    for shown, right in ((np.array([True, True, False]), 1.0), (np.array([True, True, True]), 0.0)):
        prompt = Prompt("on", "a cup on the box", holds, holds & False, True, shown)
        assert rank(Last(), pictures, [prompt], 3)[0]["best"] == right


def test_both_pictures_of_a_pair_must_be_right() -> None:
    class Table:
        name = "table"

        def __init__(self, rows: list[list[float]]) -> None:
            self.rows = rows

        def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
            return np.array(self.rows)

        cosines = scores

        def matches(self, pictures: Tensor, texts: Sequence[str]) -> Tensor:
            raise NotImplementedError

    question = Question("pairs", "x", np.zeros((2, 1, 4, 4, 3), np.uint8), ("a", "b"), (0, 1))
    assert answered(Table([[2, 1], [1, 2]]), question)
    assert not answered(Table([[2, 1], [2, 1]]), question)
    assert not answered(Table([[2, 1], [2, 2]]), question)


def test_rows_tell_what_was_measured_and_whether_it_holds() -> None:
    found: dict[str, dict[str, list[tuple[str, float]]]] = {
        "a": {"relation": [("on", 1.0), ("on", 1.0), ("on", 1.0), ("left", 0.0)], "speed": [("picture", 0.08)]},
        "b": {"speed": [("picture", 0.5)]},
    }
    first, second = rows_of(found, ["a", "b"])
    assert first["models"] == {"a": {"value": 0.5, "count": 4, "holds": False}, "b": None}, "relations weigh alike"
    assert [second["models"][j]["holds"] for j in "ab"] == [True, False]
    table = guidance_table(
        {"models": ["a", "b"], "rows": [first, second], "random_share": None, "keys": {"a": {}, "b": {}}}
    )
    assert table[2].endswith("| ≥ 0.9 | 0.500 | 4 | no | – | – | – |") and "≤ 0.1" in table[3]


def test_the_landscape_is_higher_where_the_relation_holds() -> None:
    options = FigureOptions(relations=("left", "on"), samples=21, reach=8.0)
    shown = landscapes(Knower(), make, 0, options)
    assert [" left of " in shown[0].text, " on " in shown[1].text] == [True, True]
    for one in shown:
        assert one.scores[one.holds].min() > one.scores[~one.holds].max()
    drawn = figure(shown, options)
    assert drawn.dtype == np.uint8 and drawn.shape[2] == 3
    assert (drawn == (214, 236, 214)).all(-1).any(), "the region where it holds is shaded"


def test_descents_start_at_the_pose_that_is_given() -> None:
    from sgvop_core.bench.guidance_descent import descend

    stage = StandInStage(np.random.default_rng(0), None, None, False)
    matrices = stage.sample_poses(np.random.default_rng(1), 2)
    matrices[0, :3, :3] *= 1.7
    text = sentence(stage.group(), stage.facts[1])
    assert text is not None
    ends, _ = descend(Knower(), stage, matrices, [text, text], Descent(steps=0))
    np.testing.assert_allclose(ends, matrices, atol=1e-12)
    ends, scores = descend(Knower(), stage, matrices, [text, text], Descent(steps=40))
    assert (scores[-1] > scores[0]).all() and (ends[:, 0, 3] > matrices[:, 0, 3]).all()
    assert DESCENT.steps == 300


def test_what_has_left_the_pictures_comes_back() -> None:
    from sgvop_core.bench.guidance_descent import descend
    from sgvop_core.guidance.clip.astray import astray

    class Empty(StandInStage):
        def _views(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
            nothing = torch.zeros(len(poses), 1, 4, 4, 3, dtype=torch.float64)
            return Views(nothing, nothing[..., 0], nothing[..., 0])

    class Blind(Knower):
        def matches(self, pictures: Tensor, texts: Sequence[str]) -> Tensor:
            return pictures.sum((1, 2, 3, 4))

    stage = Empty(np.random.default_rng(0), None, None, False)
    matrices = np.repeat(np.eye(4)[None], 3, 0)
    matrices[:, :3, 3] = [[9.0, 0, 0], [0, -7, 2], [3, 3, 9]]
    ends, scores = descend(Blind(), stage, matrices, ["a mug left of a bed"] * 3, Descent(steps=200))
    assert (scores[0] < -1).all() and (scores[-1] > scores[0]).all()
    pivot = torch.as_tensor(stage.body.bounds.mean(0), dtype=torch.float64)
    assert not astray(Pose.from_matrices(torch.as_tensor(ends), pivot), stage.views).any()


def test_cost_is_told_as_a_ratio_to_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    from sgvop_core.bench.guidance_cost import image_cost
    from sgvop_core.guidance.clip.preprocess import Preprocess

    class Model:
        def __init__(self, name: str, side: int) -> None:
            self.name, self.preprocess, self.shown = name, Preprocess((side, side)), set[tuple[int, ...]]()

        def encode_images(self, pictures: Tensor) -> Tensor:
            self.shown.add(tuple(pictures.shape[1:]))
            return pictures.mean((1, 2))

    reference, small = Model("reference", 8), Model("small", 6)
    monkeypatch.setattr("sgvop_core.guidance.clip.load_clip", lambda spec: reference)
    cost = image_cost([small], 2, lambda line: None)  # type: ignore[list-item]
    assert (reference.shown, small.shown) == ({(8, 8, 3)}, {(6, 6, 3)})
    assert cost["small"]["ratio"] == pytest.approx(cost["small"]["seconds"] / cost["small"]["reference_seconds"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "nonsense"], "no measure 'nonsense'"),
        (["--clip", "none"], "no CLIP model to measure"),
        (["--figure", "x.jpg"], "must end in .png"),
    ],
)
def test_command_lines_that_cannot_be_honoured(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "guidance", *arguments]) == 2
    assert told in capsys.readouterr().err
