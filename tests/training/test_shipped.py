"""The model that ships is the one that the shipped settings make, with its log, and it can tell left from right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sgvop_core.guidance.clip.load import BUILTIN_FOLDER, load_clip
from sgvop_core.guidance.clip.sheet import sheet_of
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.fit_config import SHIPPED, config_from, read_config
from sgvop_core.training.model import MODEL_CONFIG, TOKENIZER_FILE, WEIGHTS
from sgvop_core.training.pictures import make_stage
from sgvop_core.training.tokenizer import build_bpe

LOG = Path(__file__).parents[2] / "tools" / "guidance_log.jsonl"


def test_it_is_of_the_shipped_settings_and_reads_the_vocabulary(tmp_path: Path) -> None:
    told = json.loads((BUILTIN_FOLDER / MODEL_CONFIG).read_text(encoding="utf-8"))["training"]
    run = read_config(SHIPPED).model
    assert config_from(told["config"], "start").model == replace(run, lively=told["tuned"]["lively"])
    build_bpe(tmp_path / TOKENIZER_FILE, corpus_words())
    assert (tmp_path / TOKENIZER_FILE).read_bytes() == (BUILTIN_FOLDER / TOKENIZER_FILE).read_bytes(), (
        "the vocabulary's words have changed; the texts that this model learnt are other tokens now"
    )


def test_it_tells_left_from_right_in_rooms_it_never_saw() -> None:
    model = load_clip("builtin", offline=True)
    assert model is not None and model.studio
    right = []
    for seed in range(40):
        stage = make_stage(np.random.default_rng((7, seed)), "test")
        facts = {f.name: i for i, f in enumerate(stage.group().facts) if f.anchors == (0,)}
        if not {"left", "right"} <= set(facts) or stage.things[0].role != "thing":
            continue
        near = stage.closer([0])
        matrices = near.sample_poses(np.random.default_rng(seed), 16)
        margin, (pictures, visible, _) = near.margins(matrices), near.render(matrices)
        sides = [np.flatnonzero((margin[:, facts[side]] > 0) & (visible > 0.5)) for side in ("left", "right")]
        if not all(len(side) for side in sides):
            continue
        nouns = [stage.target.noun or "thing", stage.things[0].noun or "thing"]
        shown = torch.from_numpy(pictures[[side[0] for side in sides]]) / 255.0
        seen = model.encode_images(sheet_of(shown))
        read = model.encode_text([f"a {nouns[0]} to the {side} of a {nouns[1]}" for side in ("left", "right")])
        score = seen @ read.T
        right.append(float((score[0, 0] - score[0, 1]) > (score[1, 0] - score[1, 1])))
    assert len(right) > 8
    assert np.mean(right) > 0.9


@pytest.mark.parametrize("name", [MODEL_CONFIG, TOKENIZER_FILE, WEIGHTS])
def test_the_package_carries_all_of_it(name: str) -> None:
    assert 0 < (BUILTIN_FOLDER / name).stat().st_size < 25e6


def test_the_log_tells_each_run_s_settings_and_ends_with_those_that_ship() -> None:
    lines = [json.loads(line) for line in LOG.read_text(encoding="utf-8").splitlines()]
    runs = [line for line in lines if "run" in line]
    assert [r["run"] for r in runs] == list(range(1, len(runs) + 1)) and all(r["note"] for r in runs)
    assert runs[-1]["config"] == read_config(SHIPPED).plain()
    assert any("validation" in line for line in lines) and any("loss" in line for line in lines)
