"""Two processes take the step that one would take with all of their groups' gradients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.training.batches import BatchMaker, tokenizer_of, vocabulary_of
from sgvop_core.training.checkpoint import load_checkpoint, tokenizer_path
from sgvop_core.training.data import Dataset
from sgvop_core.training.learner import Learner
from sgvop_core.training.loop import Span, fit, part_of, start_run
from sgvop_core.training.validation import held_out

from .toy import SMALL, ToySpeaker, make_data, write_tokens

CPU = torch.device("cpu")
STEPS = 3


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The helpers import the toy's speaker by its name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))


def test_they_step_along_the_mean_of_their_gradients(data: Dataset, tmp_path: Path) -> None:
    start_run(tmp_path, SMALL, write_tokens)
    state = fit(tmp_path, data, Span(steps=STEPS), CPU, speaker=ToySpeaker(), processes=2)
    config = part_of(SMALL, 2)
    tokenizer = tokenizer_of(tokenizer_path(tmp_path), config.model.context)
    maker = BatchMaker(data, held_out(data)[0], config.batch, config.augment, tokenizer, config.seed, ToySpeaker())
    learner, pictures = Learner(config, vocabulary_of(tokenizer), CPU), 0
    for step in range(STEPS):
        batches = [maker(2 * step), maker(2 * step + 1)]
        if step == 0:
            learner.prepare(batches[0])
        total: dict[str, torch.Tensor] = {}
        for batch in batches:
            learner.gradient(batch, step / STEPS)
            pictures += len(batch.pictures)
            for name, parameter in learner.named.items():
                if parameter.grad is not None:
                    total[name] = total.get(name, torch.zeros_like(parameter)) + parameter.grad / 2
        for name, gradient in total.items():
            learner.named[name].grad = gradient
        learner.apply(step, step / STEPS)
    _, tensors = load_checkpoint(tmp_path)
    assert state.pictures == pictures and state.step == STEPS
    for name, parameter in learner.module.state_dict().items():
        assert torch.allclose(tensors[f"model.{name}"], parameter, atol=2e-4), name


def test_a_run_goes_on_with_another_number_of_processes(data: Dataset, tmp_path: Path) -> None:
    start_run(tmp_path, SMALL, write_tokens)
    fit(tmp_path, data, Span(steps=2), CPU, speaker=ToySpeaker())
    state = fit(tmp_path, data, Span(steps=4), CPU, resume=True, speaker=ToySpeaker(), processes=2)
    assert state.step == 4 and state.finished


def test_more_processes_than_groups_are_refused(data: Dataset) -> None:
    few = replace(SMALL, batch=replace(SMALL.batch, groups=2))
    assert part_of(few, 2).batch.groups == 1
    with pytest.raises(SettingsError, match="--processes"):
        part_of(few, 3)
