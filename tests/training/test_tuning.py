"""Tuning teaches the text tower and the last layer what pictures show, and nothing else changes."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sgvop_core.training import tuning
from sgvop_core.training.asked import name_texts, relation_texts
from sgvop_core.training.augmentation import normalised
from sgvop_core.training.batches import tokenizer_of, vocabulary_of
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.choices import view_of
from sgvop_core.training.data import Dataset
from sgvop_core.training.locked import LockedStates, look
from sgvop_core.training.loss import first_loss
from sgvop_core.training.model import (
    after_layers,
    build_model,
    encode_pictures,
    encode_texts,
    trim,
    unit_vectors,
)
from sgvop_core.training.tokenizer import build_bpe
from sgvop_core.training.tuning import WARMING, Tuner, TuningConfig, tuned_names

from .toy import SMALL, make_sheets


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_sheets(tmp_path_factory.mktemp("sheets"))


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokens") / "tokens.txt.gz"
    build_bpe(path, corpus_words())
    return path


def test_relations_are_as_true_of_pictures_as_was_measured(data: Dataset) -> None:
    several = 0
    for i in range(len(data)):
        made = data.group(i)
        view, group = view_of(made), made.group
        asked = relation_texts(group, view, np.random.default_rng(i))
        if asked is None:
            continue
        several += 1
        assert len(set(asked.texts)) == len(asked.texts) == asked.truth.shape[1] == len(asked.about)
        assert np.isnan(asked.truth[~view.seen]).all()
        for column, name in enumerate(asked.about):
            alike = [view.margins[:, f] >= 0 for f, fact in enumerate(group.facts) if fact.name == name]
            found = asked.truth[view.seen, column]
            assert any(np.array_equal(found == 1, a[view.seen]) for a in alike) or len(alike) > 1
    assert several > 4


def test_names_differ_in_the_name_alone_and_the_first_is_true(data: Dataset) -> None:
    told = {"noun": 0, "colour": 0}
    for i in range(len(data)):
        made = data.group(i)
        for colours in (False, True):
            asked = name_texts(made.group, view_of(made), np.random.default_rng(i), colours)
            if asked is None:
                continue
            told[asked.about[0]] += 1
            own = made.group.target.colour if colours else made.group.target.noun
            assert own is not None and own in asked.texts[0] and len(set(asked.texts)) == 10
            holds = ~np.isnan(asked.truth[:, 0])
            assert holds.any() and (asked.truth[holds] == ([1] + [0] * 9)).all()
    assert min(told.values()) > 2


def looked(module: torch.nn.Module, data: Dataset, folder: Path, layers: int = 1) -> LockedStates:
    states = LockedStates(folder)
    look(module, SMALL.model, data, range(len(data)), states, layers)
    return states


def learn(tuner: Tuner, steps: int) -> None:
    for step in range(steps):
        tuner.gradient(tuner.scenes(step), np.random.default_rng(step))
        tuner.apply(step)


@pytest.mark.parametrize("layers", [1, 2])
def test_texts_and_the_last_layers_learn_and_the_others_stay(
    layers: int, data: Dataset, tokens: Path, tmp_path: Path
) -> None:
    tokenizer = tokenizer_of(tokens, SMALL.model.context)
    module = build_model(SMALL.model, vocabulary_of(tokenizer), 1).eval()
    before = copy.deepcopy(module)
    config = TuningConfig(steps=40, groups=6, keep=0.5, rate=3e-3, seeing_rate=3e-4, layers=layers)
    tuner = Tuner(module, data, looked(module, data, tmp_path, layers), tokenizer, config)
    first = tuner.gradient(range(6), np.random.default_rng(5))
    learn(tuner, 40)
    last = tuner.gradient(range(6), np.random.default_rng(5))
    assert last["relations"] < 0.9 * first["relations"] and last["noun"] < first["noun"]
    assert first["keep"] == pytest.approx(0, abs=1e-3) and 0 < last["keep"] < 0.9
    seeing, reading = tuned_names(module, layers)
    changed = {n for n, p in module.named_parameters() if not torch.equal(p, dict(before.named_parameters())[n])}
    assert "visual.proj" in seeing and "visual.transformer.resblocks.1.mlp.c_fc.weight" in seeing
    assert any("resblocks.0" in n for n in seeing) == (layers == 2) and changed <= {*seeing, *reading}
    assert not any(part in n for n in seeing for part in ("conv1", "embedding", "ln_pre"))
    assert set(seeing) <= changed and {"text_projection", "token_embedding.weight"} <= changed


def test_the_best_picture_of_a_sentence_becomes_a_true_one(
    data: Dataset, tokens: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is asked for, and of each sentence all pictures of its scene are compared."""
    asked = list[int]()

    def loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        asked.append(logits.shape[1])
        return first_loss(logits, truth)

    monkeypatch.setattr(tuning, "first_loss", loss)
    tokenizer = tokenizer_of(tokens, SMALL.model.context)
    module = build_model(SMALL.model, vocabulary_of(tokenizer), 1).eval()
    others = {"relations": 0.0, "pictures": 0.0, "names": 0.0, "captions": 0.0, "keep": 0.0}
    config = TuningConfig(rate=3e-3, seeing_rate=3e-3, **others)
    tuner = Tuner(module, data, looked(module, data, tmp_path), tokenizer, config)
    found = []
    for _ in range(30):
        found.append(tuner.gradient(range(6), np.random.default_rng(5))["first"])
        tuner.apply(WARMING)
    assert found[-1] < 0.5 * found[0]
    assert asked and set(asked) <= {len(data.group(i).pictures) for i in range(6)}


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("lively", [0, 12])
def test_what_is_kept_of_pictures_leads_to_their_vectors(
    lively: int, layers: int, data: Dataset, tokens: Path, tmp_path: Path
) -> None:
    shape = replace(SMALL.model, lively=lively)
    module = build_model(shape, vocabulary_of(tokenizer_of(tokens, shape.context)), 1).eval()
    states = looked(module, data, tmp_path, layers)
    assert states.members() == list(range(len(data)))
    states[len(data)] = states[0]  # what is added after something was read
    states[0] = states[len(data)]
    for i in (0, 1, len(data) - 1):
        kept, pictures = states[i], torch.tensor(data.group(i).pictures)
        assert kept.shape == (len(pictures), 1 + (lively or shape.side**2), shape.vision_width)
        with torch.no_grad():
            made = unit_vectors(after_layers(module.visual, torch.from_numpy(kept).float(), layers))
            asked = encode_pictures(module, normalised(pictures, shape.mean, shape.std))
        assert (made * asked).sum(1).min() > 0.999
    with pytest.raises(KeyError):
        states[len(data) + 1]


def test_what_is_kept_keeps_its_meaning(data: Dataset, tokens: Path, tmp_path: Path) -> None:
    """The weight of ``keep`` is what holds other sentences where they were."""
    tokenizer = tokenizer_of(tokens, SMALL.model.context)
    texts = trim(tokenizer(["a small red box", "a mug upside down", "something large"]))
    drift = []
    for keep in (0.0, 20.0):
        module = build_model(SMALL.model, vocabulary_of(tokenizer), 1).eval()
        with torch.no_grad():
            was = encode_texts(module, texts)
        states = looked(module, data, tmp_path)
        learn(Tuner(module, data, states, tokenizer, TuningConfig(steps=25, groups=4, keep=keep, rate=3e-3)), 25)
        with torch.no_grad():
            drift.append(float(1 - (encode_texts(module, texts) * was).sum(-1).mean()))
    assert drift[1] < 0.5 * drift[0]


def test_all_scenes_come_in_turn(data: Dataset, tokens: Path, tmp_path: Path) -> None:
    tokenizer = tokenizer_of(tokens, SMALL.model.context)
    module = build_model(SMALL.model, vocabulary_of(tokenizer), 1).eval()
    states = looked(module, data, tmp_path)
    tuner = Tuner(module, data, states, tokenizer, TuningConfig(groups=3))
    once = len(data) // 3
    assert once * 3 == len(data)
    rounds = [[i for step in range(once * k, once * (k + 1)) for i in tuner.scenes(step)] for k in range(3)]
    assert all(sorted(found) == states.members() for found in rounds)
    assert rounds[0] != rounds[1] != rounds[2] and tuner.scenes(1) == rounds[0][3:6]
