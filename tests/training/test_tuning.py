"""Tuning teaches the text tower and the last projection what pictures show, and nothing else changes."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sgvop_core.cli.main import main
from sgvop_core.guidance.clip.load import load_clip
from sgvop_core.training.augmentation import normalised
from sgvop_core.training.batches import tokenizer_of, vocabulary_of
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.choices import view_of
from sgvop_core.training.data import Dataset, write_shard
from sgvop_core.training.generate import SceneShares, stage_groups
from sgvop_core.training.loop import start_run
from sgvop_core.training.model import (
    MODEL_CONFIG,
    WEIGHTS,
    build_model,
    encode_pictures,
    encode_texts,
    projected,
    trim,
    unit_vectors,
)
from sgvop_core.training.tokenizer import build_bpe
from sgvop_core.training.tuning import TUNED, Tuner, TuningConfig, name_texts, picture_means, relation_texts

from .toy import SMALL

CANONICAL = TuningConfig(synonyms=0.0, neutral=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("sheets")
    made = [g for k in range(9) for g in stage_groups([3, 0, k], 64, "train", None, SceneShares(0, 0, 0, 1.0))]
    write_shard(folder, 0, made)
    return Dataset(folder, 64)


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
        asked = relation_texts(group, view, np.random.default_rng(i), CANONICAL)
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


def test_texts_and_the_projection_learn_and_the_layers_stay(data: Dataset, tokens: Path) -> None:
    tokenizer = tokenizer_of(tokens, SMALL.model.context)
    module = build_model(SMALL.model, vocabulary_of(tokenizer), 1).eval()
    before = copy.deepcopy(module)
    means = picture_means(module, SMALL.model, data, range(len(data)))
    assert means[0].shape == (len(data.group(0).pictures), SMALL.model.vision_width)
    config = TuningConfig(steps=40, groups=6, keep=0.5, rate=3e-3)
    tuner = Tuner(module, data, means, tokenizer, config)
    first = tuner.step(range(6), np.random.default_rng(5))
    tuner.tune()
    last = tuner.step(range(6), np.random.default_rng(5))
    assert last["relations"] < 0.9 * first["relations"] and last["noun"] < first["noun"]
    assert first["keep"] == pytest.approx(0, abs=1e-3) and 0 < last["keep"] < 0.9
    changed = {n for n, p in module.named_parameters() if not torch.equal(p, dict(before.named_parameters())[n])}
    assert {n for n in changed if n.startswith(("visual.", "logit_"))} == set(TUNED) and "text_projection" in changed


def test_the_means_are_what_pictures_vectors_are_made_of(data: Dataset, tokens: Path) -> None:
    module = build_model(SMALL.model, vocabulary_of(tokenizer_of(tokens, SMALL.model.context)), 1).eval()
    means = torch.from_numpy(picture_means(module, SMALL.model, data, [0])[0]).float()
    pictures = normalised(torch.tensor(data.group(0).pictures), SMALL.model.mean, SMALL.model.std)
    with torch.no_grad():
        alike = (unit_vectors(projected(module.visual, means)) * encode_pictures(module, pictures)).sum(1)
    assert alike.min() > 0.999


def test_what_is_kept_keeps_its_meaning(data: Dataset, tokens: Path) -> None:
    """The weight of ``keep`` is what holds other sentences where they were."""
    tokenizer = tokenizer_of(tokens, SMALL.model.context)
    texts = trim(tokenizer(["a small red box", "a mug upside down", "something large"]))
    drift = []
    for keep in (0.0, 20.0):
        module = build_model(SMALL.model, vocabulary_of(tokenizer), 1).eval()
        with torch.no_grad():
            was = encode_texts(module, texts)
        means = picture_means(module, SMALL.model, data, range(len(data)))
        Tuner(module, data, means, tokenizer, TuningConfig(steps=25, groups=4, keep=keep, rate=3e-3)).tune()
        with torch.no_grad():
            drift.append(float(1 - (encode_texts(module, texts) * was).sum(-1).mean()))
    assert drift[1] < 0.5 * drift[0]


def test_the_command_writes_a_model_with_the_same_layers(data: Dataset, tmp_path: Path) -> None:
    def write(path: Path) -> None:
        build_bpe(path, corpus_words())

    from sgvop_core.training.export import export_model
    from sgvop_core.training.loop import Span, fit

    run, plain, tuned = tmp_path / "run", tmp_path / "plain", tmp_path / "tuned"
    start_run(run, replace(SMALL, batch=replace(SMALL.batch, groups=2)), write)
    fit(run, data, Span(steps=1), torch.device("cpu"))
    export_model(run, plain)
    folder = str(data.folders[0])
    line = ["train-guidance", "tune", str(plain), folder, "--out", str(tuned), "--steps", "3", "--scenes", "5"]
    assert main([*line, "--device", "cpu", "--quiet"]) == 0
    told = json.loads((tuned / MODEL_CONFIG).read_text())["training"]
    assert told["tuned"]["steps"] == 3 and told["tuned"]["scenes"] == 5
    from safetensors.torch import load_file

    one, other = load_file(plain / WEIGHTS), load_file(tuned / WEIGHTS)
    apart = {n for n in one if not torch.equal(one[n], other[n])}
    assert {n for n in apart if n.startswith("visual.")} <= set(TUNED) and "text_projection" in apart
    assert load_clip(str(tuned), offline=True) is not None


@pytest.mark.parametrize("option", ["--steps", "--scenes", "--threads"])
def test_numbers_that_make_no_sense_are_refused(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["train-guidance", "tune", str(tmp_path), str(tmp_path), "--out", str(tmp_path / "out"), option, "0"]
    assert main(line) == 2
    assert f"{option} is 0" in capsys.readouterr().err
