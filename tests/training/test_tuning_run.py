"""A tuning from its command to the model folder: what it writes, how it goes on, and how processes share it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sgvop_core.cli.main import main
from sgvop_core.errors import SettingsError
from sgvop_core.guidance.clip.load import load_clip
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.checkpoint import CHECKPOINT
from sgvop_core.training.data import Dataset
from sgvop_core.training.export import export_model
from sgvop_core.training.loop import Span, fit, start_run
from sgvop_core.training.mixing import Mix, module_of
from sgvop_core.training.model import MODEL_CONFIG, WEIGHTS
from sgvop_core.training.neutral import made_neutral
from sgvop_core.training.tokenizer import build_bpe
from sgvop_core.training.tuning import TuningConfig
from sgvop_core.training.tuning_run import TuningLesson, tune_model

from .toy import SMALL, make_sheets

CPU = torch.device("cpu")
CONFIG = TuningConfig(steps=4, groups=4, rate=3e-3, seeing_rate=3e-3, layers=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_sheets(tmp_path_factory.mktemp("sheets"))


@pytest.fixture(scope="module")
def plain(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that a short run made."""
    folder = tmp_path_factory.mktemp("model")

    def write(path: Path) -> None:
        build_bpe(path, corpus_words())

    start_run(folder / "run", replace(SMALL, batch=replace(SMALL.batch, groups=2)), write)
    fit(folder / "run", data, Span(steps=1), CPU)
    export_model(folder / "run", folder / "plain")
    return folder / "plain"


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return module_of(folder)[2].state_dict()


def stop_after(steps: int) -> Callable[[], bool]:
    """Says no so many times less one."""
    asked = iter([False] * (steps - 1))
    return lambda: next(asked, True)


def test_the_command_writes_a_model_with_the_same_layers(data: Dataset, plain: Path, tmp_path: Path) -> None:
    tuned, folder = tmp_path / "tuned", str(data.folders[0])
    line = ["train-guidance", "tune", str(plain), folder, "--out", str(tuned), "--steps", "3", "--scenes", "5"]
    assert main([*line, "--device", "cpu", "--quiet", "--lively", "12"]) == 0
    told = json.loads((tuned / MODEL_CONFIG).read_text())["training"]
    assert told["tuned"]["steps"] == 3 and told["tuned"]["scenes"] == 5 and told["tuned"]["layers"] == 1
    from safetensors.torch import load_file

    one, other = load_file(plain / WEIGHTS), load_file(tuned / WEIGHTS)
    apart = {n for n in one if not torch.equal(one[n], other[n])}
    assert "text_projection" in apart and not any("visual.transformer.resblocks.0" in n for n in apart)
    assert json.loads((tuned / MODEL_CONFIG).read_text())["lively"] == 12
    assert {f.name for f in tuned.iterdir()} == {f.name for f in plain.iterdir()}
    assert load_clip(str(tuned), offline=True) is not None


def test_a_model_tells_of_all_its_tunings(data: Dataset, plain: Path, tmp_path: Path) -> None:
    told = []
    for model, name, steps in ((plain, "once", 1), (tmp_path / "once", "twice", 2)):
        tune_model(model, data.folders, tmp_path / name, CPU, replace(CONFIG, steps=steps), 5)
        told.append(json.loads((tmp_path / name / MODEL_CONFIG).read_text())["training"]["tuned"])
    assert "after" not in told[0] and told[1]["after"] == told[0] and told[1]["steps"] == 2


@pytest.mark.parametrize("layers", [2, 3])
def test_the_command_tunes_as_many_layers_as_there_are(
    layers: int, data: Dataset, plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["train-guidance", "tune", str(plain), str(data.folders[0]), "--out", str(tmp_path / "tuned")]
    code = main([*line, "--steps", "2", "--scenes", "4", "--layers", str(layers), "--device", "cpu", "--quiet"])
    if layers == 3:
        assert code == 2 and "3 layers are to be tuned and the picture tower has 2" in capsys.readouterr().err
        return
    assert code == 0
    was, tuned = weights(plain), weights(tmp_path / "tuned")
    apart = {n for n in was if not torch.equal(was[n], tuned[n])}
    assert any("visual.transformer.resblocks.0" in n for n in apart) and "visual.conv1.weight" not in apart


def test_it_goes_on_where_it_was_stopped(data: Dataset, plain: Path, tmp_path: Path) -> None:
    through, pieces = tmp_path / "through", tmp_path / "pieces"
    assert tune_model(plain, data.folders, through, CPU, CONFIG) is not None
    assert tune_model(plain, data.folders, pieces, CPU, CONFIG, stop=stop_after(2)) is None
    assert [f.name for f in pieces.iterdir()] == [CHECKPOINT]
    with pytest.raises(SettingsError, match="--resume"):
        tune_model(plain, data.folders, pieces, CPU, CONFIG)
    with pytest.raises(SettingsError, match="--steps 4, not 5"):
        tune_model(plain, data.folders, pieces, CPU, replace(CONFIG, steps=5), resume=True)
    with pytest.raises(SettingsError, match="--layers"):
        tune_model(plain, data.folders, pieces, CPU, replace(CONFIG, layers=1), resume=True)
    assert tune_model(plain, data.folders, pieces, CPU, CONFIG, resume=True) is not None
    one, other, was = weights(through), weights(pieces), weights(plain)
    assert all(torch.equal(one[n], other[n]) for n in one)
    assert not torch.equal(one["text_projection"], was["text_projection"])
    assert not (pieces / CHECKPOINT).exists()
    with pytest.raises(SettingsError, match="no checkpoint"):
        tune_model(plain, data.folders, tmp_path / "new", CPU, CONFIG, resume=True)


def test_another_tuning_can_have_a_share_in_it(data: Dataset, plain: Path, tmp_path: Path) -> None:
    fast = replace(CONFIG, rate=0.1)
    other, mix = replace(fast, seed=1), Mix(tmp_path / "other", 0.25)
    assert tune_model(plain, data.folders, tmp_path / "one", CPU, fast) is not None
    assert tune_model(plain, data.folders, tmp_path / "other", CPU, other) is not None
    assert tune_model(plain, data.folders, tmp_path / "both", CPU, fast, mix=mix) is not None
    one, two, both = (weights(tmp_path / name)["text_projection"] for name in ("one", "other", "both"))
    assert (one - two).abs().max() > 1e-2
    assert torch.allclose(both, torch.lerp(one, two, 0.25), atol=1e-3)
    asked = module_of(tmp_path / "one", mix)[2].state_dict()["text_projection"]
    assert torch.allclose(asked, torch.lerp(one, two, 0.25)), "as validate asks for it"


def test_the_command_mixes_and_tells_first_what_it_cannot(
    data: Dataset, plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = str(data.folders[0]), tmp_path / "out"
    line = ["train-guidance", "tune", str(plain), folder, "--out", str(out), "--steps", "1", "--scenes", "2"]
    line += ["--device", "cpu", "--quiet", "--mix"]
    assert main([*line, folder]) == 2
    assert f"'{folder}' is neither a run" in capsys.readouterr().err and not list(out.iterdir())
    assert main([*line, str(plain), "--share", "0.3", "--seeing-rate", "0.002"]) == 0
    tuned = json.loads((out / MODEL_CONFIG).read_text())["training"]["tuned"]
    assert tuned["mixed"] == 0.3 and tuned["seeing_rate"] == 0.002


def test_processes_step_along_the_mean_of_their_gradients(data: Dataset, plain: Path, tmp_path: Path) -> None:
    assert tune_model(plain, data.folders, tmp_path / "both", CPU, CONFIG, processes=2) is not None
    lesson = TuningLesson(plain, list(data.folders), tmp_path, "cpu", replace(CONFIG, groups=2), 3000, None, 0)
    first, second = (lesson.part(rank, 2) for rank in (0, 1))
    looked_at = [set(part.tuner.states.members()) for part in (first, second)]
    assert not looked_at[0] & looked_at[1] and looked_at[0] | looked_at[1] == set(first.members)
    for step in range(CONFIG.steps):
        with torch.no_grad():
            for name, parameter in second.named.items():
                parameter.copy_(first.named[name])
        assert first.gradient(0) > 2 and second.gradient(0) > 2
        for name, parameter in first.named.items():
            other = second.named[name].grad
            assert parameter.grad is not None and other is not None
            parameter.grad = (parameter.grad + other) / 2
        first.tuner.apply(step)
    made = made_neutral(first.tuner.module.state_dict(), first.tokenizer)
    found, was = weights(tmp_path / "both"), weights(plain)
    assert not torch.equal(found["text_projection"], was["text_projection"])
    for name, tensor in made.items():
        assert np.allclose(found[name], tensor, atol=2e-3), name


@pytest.mark.parametrize(("processes", "of"), [(5, "4 groups"), (4, "2 scenes")])
def test_more_processes_than_there_is_to_share_are_refused(
    processes: int, of: str, data: Dataset, plain: Path, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=f"{of}.*--processes"):
        tune_model(plain, data.folders, tmp_path / "out", CPU, CONFIG, scenes=2, processes=processes)


@pytest.mark.parametrize(
    "option", ["--steps", "--scenes", "--layers", "--lively", "--processes", "--threads", "--seeing-rate"]
)
def test_numbers_that_make_no_sense_are_refused(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["train-guidance", "tune", str(tmp_path), str(tmp_path), "--out", str(tmp_path / "out"), option, "0"]
    assert main(line) == 2
    assert f"{option} is 0" in capsys.readouterr().err
