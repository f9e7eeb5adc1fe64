"""The model's shape, its towers as training runs them, and the settings file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.training.batches import tokenizer_of, vocabulary_of
from sgvop_core.training.fit_config import EYES, SHIPPED, FitConfig, config_from, read_config
from sgvop_core.training.model import (
    ModelConfig,
    build_model,
    decayed,
    encode_pictures,
    encode_texts,
    trim,
)

from .toy import SMALL, write_tokens


def test_trimmed_texts_give_what_padded_ones_give(tmp_path: Path) -> None:
    write_tokens(tmp_path / "tokens.txt.gz")
    tokenizer = tokenizer_of(tmp_path / "tokens.txt.gz", 16)
    module = build_model(SMALL.model, vocabulary_of(tokenizer)).eval()
    tokens = tokenizer(["ab", "a", "box box"])
    short = trim(tokens)
    assert short.shape[1] < tokens.shape[1]
    with torch.no_grad():
        whole = torch.nn.functional.normalize(module.encode_text(tokens), dim=-1)  # type: ignore[operator]
        assert torch.allclose(encode_texts(module, short), whole, atol=1e-6)
        assert not torch.allclose(encode_texts(module, short[:, :-1]), whole, atol=1e-3)


def test_pictures_become_unit_vectors_and_the_seed_decides_the_weights() -> None:
    one, same, other = (build_model(SMALL.model, 600, seed) for seed in (1, 1, 2))
    x = torch.rand(3, 3, 64, 64)
    assert torch.allclose(encode_pictures(one.eval(), x).norm(dim=-1), torch.ones(3))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.token_embedding.weight, other.token_embedding.weight)  # type: ignore[union-attr]


def test_norms_biases_and_embeddings_do_not_decay() -> None:
    decay, keep = decayed(build_model(SMALL.model, 600))
    assert "visual.conv1.weight" in decay and "transformer.resblocks.0.mlp.c_fc.weight" in decay
    assert {
        "visual.bn1.weight",
        "logit_scale",
        "token_embedding.weight",
        "positional_embedding",
        "ln_final.bias",
    } <= set(keep)


def test_the_shipped_settings_can_be_read_and_come_back_whole() -> None:
    config = read_config(SHIPPED)
    assert config_from(config.plain(), "again") == config
    assert sum(p.numel() for p in build_model(config.model, 4000).parameters()) * 2 < 24e6


@pytest.mark.parametrize(
    "data, said",
    [
        ({"modle": {}}, "no setting 'modle'"),
        ({"model": {"vision_width": "wide"}}, "model.vision_width"),
        ({"model": {"image_size": 100}}, "multiple of 32"),
        ({"model": {"vision_layers": [1, 2]}}, "four numbers"),
        ({"batch": {"groups": 1.5}}, "batch.groups"),
        ({"optimiser": {"average": 1.0}}, "optimiser"),
        ({"augment": {"noise": -1}}, "augment"),
        ({"loss": []}, "loss must be an object"),
        ([], "must be an object"),
    ],
)
def test_bad_settings_are_told_in_one_line(data: object, said: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(data))
    with pytest.raises(SettingsError) as error:
        read_config(path)
    assert said in str(error.value) and "\n" not in str(error.value) and str(path) in str(error.value)


def test_files_that_are_no_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_config(tmp_path / "none.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(SettingsError, match="not JSON"):
        read_config(tmp_path / "broken.json")


def test_a_shape_that_open_clip_cannot_build_is_refused() -> None:
    assert replace(FitConfig(), model=ModelConfig(image_size=64)).model.open_clip(9)["vision_cfg"]["image_size"] == 64
    with pytest.raises(SettingsError):
        ModelConfig(text_heads=5)


def test_what_learns_to_see_first_is_the_network_that_ships() -> None:
    assert read_config(EYES).model == read_config(SHIPPED).model
    assert read_config(EYES).batch.statements == 0 < read_config(SHIPPED).batch.statements
