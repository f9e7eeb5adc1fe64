"""A run learns, goes on exactly where it stopped, and becomes a model that --clip takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sgvop_core.errors import ModelError, SettingsError
from sgvop_core.guidance.clip.lively_patches import liveliest
from sgvop_core.guidance.clip.load import load_clip
from sgvop_core.training.augmentation import normalised
from sgvop_core.training.batches import BatchMaker, tokenizer_of, vocabulary_of
from sgvop_core.training.checkpoint import CHECKPOINT, LOG, load_checkpoint, save_checkpoint
from sgvop_core.training.data import Dataset, write_shard
from sgvop_core.training.export import export_model
from sgvop_core.training.fit_config import FitConfig
from sgvop_core.training.learner import Learner
from sgvop_core.training.loop import Span, fit, start_run
from sgvop_core.training.mixing import Mix
from sgvop_core.training.model import WEIGHTS, build_model, looked_at, unit_vectors
from sgvop_core.training.patches import Kept, PatchConfig
from sgvop_core.training.validation import held_out

from .toy import SMALL, ToySpeaker, draw, make_data, write_tokens

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_data(tmp_path_factory.mktemp("data"))


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()] if (folder / LOG).exists() else []


def run(folder: Path, data: Dataset, config: FitConfig, span: Span, **more: Any) -> list[dict[str, Any]]:
    start_run(folder, config, write_tokens)
    fit(folder, data, span, CPU, speaker=ToySpeaker(), **more)
    return log_of(folder)


@pytest.fixture(scope="module")
def learnt(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "learnt"
    run(folder, data, SMALL, Span(steps=400))
    return folder


def test_it_learns_where_the_square_is_and_what_colour_it_has(learnt: Path) -> None:
    lines = log_of(learnt)
    found = next(line["validation"] for line in reversed(lines) if "validation" in line)
    assert {"left", "right"} <= set(found["pictures"])
    assert found["pictures"]["mean"] > 0.9 and found["statements"]["mean"] > 0.9
    assert next(line["training"] for line in reversed(lines) if "training" in line)["pictures"]["mean"] > 0.9
    assert found["choices"]["colour"]["mean"] > 0.5, "of ten"
    losses = [line["loss"] for line in lines if "loss" in line]
    assert losses[-1] < 0.7 * losses[0]
    assert all(line["pictures_per_second"] > 0 for line in lines if "loss" in line)
    state, _ = load_checkpoint(learnt)
    assert state.finished and state.step == 400 and state.pictures == 400 * 48


def test_the_export_does_what_the_run_does(learnt: Path, tmp_path: Path) -> None:
    done = export_model(learnt, tmp_path / "model")
    assert done.step == 400 and done.agreement > 0.999 and done.bytes < 25e6
    model = load_clip(str(tmp_path / "model"), offline=True)
    assert model is not None and model.studio, "it is shown what it learnt from"
    rng = np.random.default_rng(5)
    right = []
    for _ in range(20):
        group = draw(rng)
        texts = [f"a {group.group.target.colour} square {side} of a box" for side in ("left", "right")]
        score = model.encode_images(torch.from_numpy(group.pictures) / 255.0) @ model.encode_text(texts).T
        right += ((score[:, 0] > score[:, 1]).numpy() == (group.margin[:, 0] > 0)).tolist()
    assert np.mean(right) > 0.9
    told = json.loads((tmp_path / "model" / "open_clip_config.json").read_text())
    assert told["training"]["steps"] == 400 and told["training"]["config"] == SMALL.plain()


@pytest.mark.parametrize("keep", [1.0, 0.5])
def test_a_model_of_lively_patches_learns_from_them_and_is_exported_as_one(
    data: Dataset, tmp_path: Path, keep: float
) -> None:
    model = replace(SMALL.model, lively=20)  # of 64
    config = replace(SMALL, model=model, patches=PatchConfig(keep, 0.5))
    lines = run(tmp_path / "run", data, config, Span(steps=4))
    assert all(np.isfinite(line["loss"]) for line in lines if "loss" in line)
    assert lines[-2]["validation"]["cells"]
    done = export_model(tmp_path / "run", tmp_path / "model")
    assert done.agreement > 0.999
    loaded = load_clip(str(tmp_path / "model"), offline=True)
    assert loaded is not None
    pictures = torch.from_numpy(data.group(0).pictures)
    module = build_model(model, len(loaded.module.token_embedding.weight))
    module.load_state_dict(loaded.module.state_dict())
    seen = looked_at(module.visual, normalised(pictures, model.mean, model.std))
    assert seen.patches.shape[1] == 20 and seen.kept is not None
    assert torch.allclose(unit_vectors(seen.output), loaded.encode_images(pictures / 255.0), atol=1e-4)


@pytest.mark.parametrize("keep", [1.0, 0.5])
def test_a_step_computes_lively_patches_only(data: Dataset, tmp_path: Path, keep: float) -> None:
    config = replace(SMALL, model=replace(SMALL.model, lively=20), patches=PatchConfig(keep, 1.0))
    write_tokens(tmp_path / "tokens.txt.gz")
    tokenizer = tokenizer_of(tmp_path / "tokens.txt.gz", config.model.context)
    maker = BatchMaker(data, range(len(data)), config.batch, config.augment, tokenizer, config.seed, ToySpeaker())
    learner = Learner(config, vocabulary_of(tokenizer), CPU)
    seen = []

    def look(visual: Any, pictures: torch.Tensor, kept: Kept) -> Any:
        seen.append((pictures, kept))
        return looked_at(visual, pictures, kept)

    learner.look = look
    learner.gradient(maker(0), 0.0)
    ((pictures, kept),) = seen
    lively = liveliest(pictures, config.model.patch_size, 20)
    assert kept.places.shape == (len(pictures), round(20 * keep))
    assert all(set(few.tolist()) <= set(every.tolist()) for few, every in zip(kept.places, lively, strict=True))


def test_an_export_may_have_a_share_of_the_weights_that_the_run_began_with(
    data: Dataset, learnt: Path, tmp_path: Path
) -> None:
    larger = replace(SMALL, model=replace(SMALL.model, mlp_ratio=SMALL.model.mlp_ratio + 1))
    run(tmp_path / "next", data, larger, Span(steps=4), start=learnt)
    made = {}
    for share in (0.0, 0.25):
        export_model(tmp_path / "next", tmp_path / f"{share}", mix=Mix(learnt, share))
        made[share] = load_file(tmp_path / f"{share}" / WEIGHTS)
        told = json.loads((tmp_path / f"{share}" / "open_clip_config.json").read_text())
        assert told["training"]["mixed"] == share
    export_model(tmp_path / "next", tmp_path / "plain")
    plain, before = load_file(tmp_path / "plain" / WEIGHTS), load_checkpoint(learnt)[1]
    assert all(torch.equal(plain[n], t) for n, t in made[0.0].items())
    for name in ("visual.proj", "visual.transformer.resblocks.0.mlp.c_proj.weight", "text_projection"):
        old = before[f"average.{name}"]
        old = torch.nn.functional.pad(old, (0, plain[name].shape[1] - old.shape[1]))
        assert not torch.allclose(plain[name].float(), old, atol=1e-4), "it learnt"
        way, gone = (old - plain[name].float()).flatten(), (made[0.25][name].float() - plain[name].float()).flatten()
        assert float(gone @ way / (way @ way)) == pytest.approx(0.25, abs=0.02)
    for other, why in (({"embed_dim": 16}, "another kind"), ({"text_layers": 1}, "another kind")):
        config = replace(SMALL, model=replace(SMALL.model, **other))
        run(tmp_path / f"{next(iter(other))}", data, config, Span(steps=1))
        with pytest.raises(SettingsError, match=why):
            export_model(tmp_path / f"{next(iter(other))}", tmp_path / "no", mix=Mix(tmp_path / "next"))
    with pytest.raises(SettingsError, match="less than 1"):
        Mix(learnt, 1.0)


@pytest.mark.parametrize("muon", [0.0, 2e-3], ids=["AdamW", "Muon"])
def test_a_resumed_run_is_the_uninterrupted_one(data: Dataset, tmp_path: Path, muon: float) -> None:
    optimiser = replace(SMALL.optimiser, muon=muon)
    config = replace(SMALL, watch=replace(SMALL.watch, log=1), optimiser=optimiser)
    whole = run(tmp_path / "whole", data, config, Span(steps=12))
    asked = iter([False] * 8 + [True] * 9)
    run(tmp_path / "parts", data, config, Span(steps=12), stop=lambda: next(asked))
    assert load_checkpoint(tmp_path / "parts")[0].step == 8
    with open(tmp_path / "parts" / LOG, "a") as file:  # work that was lost with the machine
        file.write('{"step": 9, "loss": 5}\n{"step": 10, "lo')
    fit(tmp_path / "parts", data, Span(steps=12), CPU, resume=True, speaker=ToySpeaker())
    parts = log_of(tmp_path / "parts")
    assert [line["step"] for line in parts] == [line["step"] for line in whole]
    for a, b in zip(whole, parts, strict=True):
        assert a.get("loss") == b.get("loss") and a.get("rate") == b.get("rate")
    ours, theirs = load_checkpoint(tmp_path / "whole")[1], load_checkpoint(tmp_path / "parts")[1]
    assert set(ours) == set(theirs) and all(torch.equal(ours[n], theirs[n]) for n in ours)


def test_a_run_begins_where_another_on_pictures_of_another_size_ended(
    data: Dataset, learnt: Path, tmp_path: Path
) -> None:
    write_shard(tmp_path / "data", 0, [data.group(i) for i in range(len(data))])
    small = Dataset(tmp_path / "data", 32)
    assert small.group(0).pictures.shape[1:] == (32, 32, 3)
    config = replace(SMALL, model=replace(SMALL.model, image_size=32))
    taught, fresh = (
        run(tmp_path / name, small, config, Span(steps=20), start=start)[-2]["validation"]["statements"]["mean"]
        for name, start in (("taught", learnt), ("fresh", None))
    )
    assert taught > fresh + 0.1
    start_run(tmp_path / "other", replace(SMALL, model=replace(SMALL.model, embed_dim=16)), write_tokens)
    with pytest.raises(SettingsError, match="has another model"):
        fit(tmp_path / "other", data, Span(steps=2), CPU, speaker=ToySpeaker(), start=learnt)


def test_minutes_end_a_run_and_a_pause_ends_a_piece(data: Dataset, tmp_path: Path) -> None:
    lines = run(tmp_path / "run", data, SMALL, Span(minutes=60, pause=1e-4))
    state, _ = load_checkpoint(tmp_path / "run")
    assert state.step >= 1 and not state.finished and not [line for line in lines if "validation" in line]
    done = fit(tmp_path / "run", data, Span(minutes=state.seconds / 60 + 1e-4), CPU, resume=True, speaker=ToySpeaker())
    assert done.finished and done.step > state.step and done.seconds > state.seconds


def test_held_out_groups_are_the_test_split_or_a_few(data: Dataset) -> None:
    members, test = held_out(data)
    assert len(test) == 6 and not set(members) & set(test) and len(members) + len(test) == 120


def test_what_is_not_a_run_is_told_in_one_line(learnt: Path, data: Dataset, tmp_path: Path) -> None:
    def told(call: Any, *arguments: Any, **words: Any) -> str:
        with pytest.raises((SettingsError, ModelError)) as error:
            call(*arguments, **words)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "already holds a run" in told(start_run, learnt, SMALL, write_tokens)
    assert "not the folder of a training run" in told(export_model, tmp_path, tmp_path / "m")
    start_run(tmp_path / "new", SMALL, write_tokens)
    assert "no checkpoint yet" in told(export_model, tmp_path / "new", tmp_path / "m")
    wide = replace(SMALL, model=replace(SMALL.model, image_size=96))
    start_run(tmp_path / "wide", wide, write_tokens)
    assert "64 pixels and the model takes 96" in told(fit, tmp_path / "wide", data, Span(steps=1), CPU)
    assert "one of --steps and --minutes" in told(Span)
    state, tensors = load_checkpoint(learnt)
    tensors.pop("model.logit_scale")
    save_checkpoint(tmp_path / "new", state, tensors)
    resumed = told(fit, tmp_path / "new", data, Span(steps=300), CPU, resume=True, speaker=ToySpeaker())
    assert "does not fit the run's settings" in resumed
    (tmp_path / "new" / CHECKPOINT).write_bytes(b"not tensors")
    assert "damaged" in told(export_model, tmp_path / "new", tmp_path / "m")
    assert not (tmp_path / "m").exists()
    (tmp_path / "new" / "tokens.txt.gz").write_bytes(b"none")
    assert "tokenizer" in told(fit, tmp_path / "new", data, Span(steps=1), CPU, speaker=ToySpeaker())
