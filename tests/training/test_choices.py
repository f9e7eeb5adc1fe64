"""Choices in validations: what is asked of a group's pictures, and what counts as right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sgvop_core.training import validation
from sgvop_core.training.choices import CHOICES, name_choices, relation_choices, view_of
from sgvop_core.training.data import CELLS, NOTHING, TARGET, Dataset, Fact, Group, GroupPictures, Thing, write_shard
from sgvop_core.training.model import ModelConfig
from sgvop_core.training.neutral import pictured_nouns
from sgvop_core.training.nouns import kin
from sgvop_core.training.validation import choose

TARGET_THING = Thing("target", "dog", "dog", "red")
TABLE, WALL, HIDDEN = (
    Thing("table", "table", "table", "white"), Thing("wall", "wall", None, "grey", role="wall"), Thing("box", "box", "box", "blue"),
)  # fmt: skip
NAMES = ("left", "right", "front", "behind", "above", "on")


def made(place: str, count: int = 4, box_shown: bool = False) -> GroupPictures:
    """A dog about a table, of which ``place`` alone holds, beside a box that no cell shows; and about a wall."""
    facts = [Fact("relation", name, (thing,), 0.1) for thing in (0, 2) for name in NAMES]
    facts += [Fact("relation", "near", (1,), 0.1)]
    margin = np.full((count, len(facts)), -1.0)
    margin[:, [i for i, f in enumerate(facts) if f.name == place]] = 1.0
    cells = np.full((count, CELLS, CELLS), NOTHING, np.uint8)
    cells[:, :4], cells[:, 4:8] = 0, TARGET
    cells[:, 8:9] = 2 if box_shown else NOTHING
    group = Group(TARGET_THING, (TABLE, WALL, HIDDEN), tuple(facts), camera={"elevation": 0.2, "fov": 1.0})
    pictures = np.full((count, 16, 16, 3), 10 * NAMES.index(place), np.uint8)
    return GroupPictures(
        group, pictures, margin, np.ones(count), np.full(count, 0.1), np.tile(np.eye(4), (count, 1, 1)), cells
    )


def always(measure: str, key: str) -> bool:
    return True


def test_nothing_is_asked_of_what_no_cell_shows() -> None:
    rng = np.random.default_rng(0)
    texts = [t for c in relation_choices(view_of(made("left")), rng, always) for t in c.texts]
    assert texts and all(t.endswith("the table") for t in texts)
    shown = view_of(made("left", box_shown=True))
    assert {shown.group.facts[i].anchors for i in shown.facts} == {(0,), (1,), (2,)}


def test_the_first_sentence_is_the_true_one_and_all_false_ones_follow() -> None:
    (choice,) = relation_choices(view_of(made("behind")), np.random.default_rng(0), always)
    assert choice.texts[0] == "a dog behind the table" and choice.clear and choice.key == "behind"
    assert set(choice.texts[1:]) == {
        f"a dog {words} the table" for words in ("left of", "right of", "in front of", "above", "on")
    }


def test_names_are_told_from_nine_others_in_the_same_words() -> None:
    view = view_of(made("on"))
    noun, colour = name_choices(view, np.random.default_rng(0), always, kin, pictured_nouns())
    assert len(set(noun.texts)) == len(set(colour.texts)) == CHOICES
    assert noun.texts[0] == "a dog on the table" and colour.texts[0] == "a red dog on the table"
    assert not any("table on" in t or "a cat " in t for t in noun.texts), "what is there or is kin is no wrong answer"
    small = made("on")
    small.area[:] = 0.005
    assert not list(name_choices(view_of(small), np.random.default_rng(0), always, kin, pictured_nouns()))


class Oracle:
    """Stands in for both towers: texts and pictures that go together have the same vector."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, score: dict[str, float]) -> None:
        self.texts: list[str] = []
        self.asked: list[list[str]] = []
        self.score = score
        monkeypatch.setattr(validation, "encode_pictures", lambda module, pictures: torch.ones(len(pictures), 1))
        monkeypatch.setattr(validation, "encode_texts", self.read)

    def tokens(self, texts: list[str]) -> torch.Tensor:
        self.asked.append(list(texts))
        first = len(self.texts)
        self.texts += texts
        return torch.tensor([[first + i, 10**6] for i in range(len(texts))])

    def read(self, module: Any, tokens: torch.Tensor) -> torch.Tensor:
        return torch.tensor([[self.score.get(self.texts[int(t)], 0.0)] for t in tokens[:, 0]])


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    write_shard(tmp_path, 0, [made(name) for name in ("left", "left", "left", "behind")])
    return Dataset(tmp_path)


def ask(data: Dataset, oracle: Oracle, **more: Any) -> dict[str, dict[str, float]]:
    members = range(len(data))
    return choose(torch.nn.Identity(), ModelConfig(), data, members, oracle.tokens, torch.device("cpu"), **more)


def test_shares_are_of_each_relation_and_of_all_names(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    right = {"a dog left of the table": 1.0, "a red dog left of the table": 1.0}
    found = ask(data, Oracle(monkeypatch, right))
    assert found["relation"] == {"left": 1.0, "behind": 0.0, "mean": 0.5}, "each relation counts alike"
    assert found["noun"] == {"mean": 0.75} and found["colour"] == {"mean": 0.75}, "each question counts alike"


def test_a_tie_is_wrong(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    found = ask(data, Oracle(monkeypatch, {}))
    assert [found[m]["mean"] for m in ("relation", "noun", "colour")] == [0.0, 0.0, 0.0]


def test_no_more_is_asked_of_one_key_than_was_wanted(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    oracle = Oracle(monkeypatch, {})
    ask(data, oracle, each=1)
    count = Counter(t for texts in oracle.asked for t in texts)
    assert count["a red dog left of the table"] == 1
    # As a relation, as a noun, and as a wrong answer about the one that is behind.
    assert count["a dog left of the table"] == 3


def test_the_same_seed_asks_the_same(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for seed in (0, 0, 1):
        oracle = Oracle(monkeypatch, {})
        ask(data, oracle, seed=seed)
        asked.append(oracle.asked)
    assert asked[0] == asked[1] != asked[2]
