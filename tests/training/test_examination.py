"""``sgvop train-guidance validate``: what a run, its export or a mixture tells right of a data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from sgvop_core.cli.main import main
from sgvop_core.training.checkpoint import LOG
from sgvop_core.training.data import Dataset
from sgvop_core.training.export import export_model
from sgvop_core.training.loop import Span, fit, start_run

from .toy import SMALL, ToySpeaker, make_data, write_tokens


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    make_data(folder)
    return folder


@pytest.fixture(scope="module")
def runs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that learnt something, one that learnt nothing, and the first one's export."""
    folder = tmp_path_factory.mktemp("runs")
    for name, steps in (("learnt", 300), ("fresh", 1)):
        start_run(folder / name, SMALL, write_tokens)
        fit(folder / name, Dataset(data), Span(steps=steps), torch.device("cpu"), speaker=ToySpeaker())
    export_model(folder / "learnt", folder / "model")
    return folder


def asked(capsys: pytest.CaptureFixture[str], *line: object) -> dict[str, Any]:
    assert main(["train-guidance", "validate", *map(str, line), "--json", "-", "--device", "cpu"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_chooses_as_the_run_did_at_its_end(runs: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in (runs / "learnt" / LOG).read_text().splitlines()]
    for which, more in (("validation", []), ("training", ["--learnt"])):
        logged = next(line[which] for line in reversed(lines) if which in line)
        found = asked(capsys, runs / "learnt", data, "--groups", SMALL.watch.groups, *more)
        assert found["choices"].keys() == logged["choices"].keys() == {"colour"}
        assert found["choices"]["colour"] == pytest.approx(logged["choices"]["colour"], abs=1e-5)


def test_an_export_says_what_its_run_does_and_a_mixture_lies_between(
    runs: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, model, fresh = (
        asked(capsys, runs / name, data, "--learnt")["pictures"]["mean"] for name in ("learnt", "model", "fresh")
    )
    assert model == pytest.approx(run, abs=0.01) and run > fresh + 0.2
    mixed = asked(capsys, runs / "learnt", data, "--learnt", "--mix", runs / "fresh", "--share", 0.97)["pictures"][
        "mean"
    ]
    assert mixed < run - 0.1


def test_it_prints_a_table(runs: Path, data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    line = ["train-guidance", "validate", str(runs / "learnt"), str(data), "--groups", "3", "--json", str(file)]
    assert main(line) == 0
    said = capsys.readouterr()
    assert said.out.startswith("3 groups: pictures ") and "| left | " in said.out
    assert "3 of 6 groups that are held out" in said.err
    assert json.loads(file.read_text())["groups"] == 3


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (["no-such-run", "DATA"], "is not the folder of a training run"),
        (["RUN", "no-such-data"], "no training data in"),
        (["RUN", "DATA", "--groups", "0"], "--groups is 0"),
        (["RUN", "DATA", "--mix", "RUN", "--share", "1"], "less than 1"),
        (["RUN", "DATA", "--json", "figures.txt"], "must end in .json"),
        (["NAMELESS", "DATA"], "does not say how it was made"),
    ],
)
def test_what_cannot_be_looked_at_is_said_in_one_line(
    runs: Path, data: Path, line: list[str], why: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "open_clip_config.json").write_text("{}")
    places = {"RUN": str(runs / "learnt"), "DATA": str(data), "NAMELESS": str(tmp_path)}
    assert main(["train-guidance", "validate", *(places.get(word, word) for word in line)]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert why in said[-1] and not any("Traceback" in each for each in said)
