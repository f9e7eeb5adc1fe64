"""The model to go on from: it is the one that the shipped settings make, and it can tell left from right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sgvop_core.guidance.clip.load import load_clip
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.fit_config import SHIPPED, config_from, read_config
from sgvop_core.training.model import MODEL_CONFIG, TOKENIZER_FILE
from sgvop_core.training.pictures import make_stage
from sgvop_core.training.tokenizer import build_bpe

START = Path(__file__).parents[2] / "tools" / "guidance_start"


def test_it_is_of_the_shipped_settings_and_reads_the_vocabulary(tmp_path: Path) -> None:
    told = json.loads((START / MODEL_CONFIG).read_text(encoding="utf-8"))["training"]
    assert config_from(told["config"], "start").model == read_config(SHIPPED).model
    build_bpe(tmp_path / TOKENIZER_FILE, corpus_words())
    assert (tmp_path / TOKENIZER_FILE).read_bytes() == (START / TOKENIZER_FILE).read_bytes(), (
        "the vocabulary's words have changed; the texts that this model learnt are other tokens now"
    )


def test_it_tells_left_from_right_in_rooms_it_never_saw() -> None:
    model = load_clip(str(START), offline=True)
    assert model is not None
    right = []
    for seed in range(40):
        stage = make_stage(np.random.default_rng((7, seed)), "test")
        facts = {f.name: i for i, f in enumerate(stage.group().facts) if f.anchors == (0,)}
        if not {"left", "right"} <= set(facts) or stage.things[0].role != "thing":
            continue
        matrices = stage.sample_poses(np.random.default_rng(seed), 16)
        margin, (pictures, visible, _) = stage.margins(matrices), stage.render(matrices)
        sides = [np.flatnonzero((margin[:, facts[side]] > 0) & (visible > 0.5)) for side in ("left", "right")]
        if not all(len(side) for side in sides):
            continue
        nouns = [stage.target.noun or "thing", stage.things[0].noun or "thing"]
        seen = model.encode_images(torch.from_numpy(pictures[[side[0] for side in sides]]) / 255.0)
        read = model.encode_text([f"a {nouns[0]} to the {side} of a {nouns[1]}" for side in ("left", "right")])
        score = seen @ read.T
        right.append(float((score[0, 0] - score[0, 1]) > (score[1, 0] - score[1, 1])))
    assert len(right) > 8
    assert np.mean(right) > 0.7


@pytest.mark.parametrize("name", [MODEL_CONFIG, TOKENIZER_FILE, "log.jsonl", "open_clip_model.safetensors"])
def test_everything_that_a_reader_needs_is_there(name: str) -> None:
    assert 0 < (START / name).stat().st_size < 25e6
