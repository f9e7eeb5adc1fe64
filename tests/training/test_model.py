"""The model's shape, its towers as training runs them, and the settings file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.training.batches import tokenizer_of, vocabulary_of
from sgvop_core.training.fit_config import SHIPPED, FitConfig, config_from, read_config
from sgvop_core.training.model import (
    ModelConfig,
    build_model,
    decayed,
    encode_pictures,
    encode_texts,
    looked_at,
    projected,
    spread_out,
    trim,
)
from sgvop_core.training.patches import keep_patches

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


def test_what_training_looks_at_is_what_the_tower_does() -> None:
    module = build_model(SMALL.model, 600).eval()
    x = torch.rand(3, 3, 64, 64)
    with torch.no_grad():
        seen = looked_at(module.visual, x)
        assert torch.allclose(seen.output, module.visual(x), atol=1e-6)  # type: ignore[operator]
        assert torch.allclose(projected(module.visual, seen.patches.mean(1)), seen.output, atol=1e-6)
    assert seen.patches.shape == (3, 64, 32) and all(layer.shape == (3, 64, 32) for layer in seen.inner)


def test_some_patches_give_nearly_what_all_give() -> None:
    torch.manual_seed(0)
    module = build_model(SMALL.model, 600).eval()
    x = torch.rand(3, 3, 64, 64)
    with torch.no_grad():
        whole = looked_at(module.visual, x)
        every = keep_patches(torch.zeros(3, 64) > 0, 64, 0)
        assert torch.allclose(looked_at(module.visual, x, every).output, whole.output, atol=1e-5)
        most = keep_patches(torch.zeros(3, 64) > 0, 48, 0)
        seen = looked_at(module.visual, x, most)
    assert seen.patches.shape == (3, 48, 32) and seen.kept is most
    assert torch.cosine_similarity(seen.output, whole.output).min() > 0.9


def test_patches_begin_knowing_where_they_are() -> None:
    places = build_model(FitConfig().model, 600).visual.positional_embedding.detach()  # type: ignore[union-attr, operator]
    assert places.shape == (65, 192) and not places[0].any()
    columns = torch.linspace(-1, 1, 8, dtype=torch.float64).repeat(8)[:, None]
    known = torch.cat([places[1:].double(), torch.ones(64, 1, dtype=torch.float64)], 1)
    # The waves leave most directions empty: a driver that tells them from rounding.
    found = torch.linalg.lstsq(known, columns, rcond=1e-6, driver="gelsd").solution
    assert torch.allclose(known @ found, columns, atol=1e-3)
    assert 0.5 < places[1:].norm(dim=1).mean() / 192**0.5 < 1.2


def test_outputs_begin_spread_out() -> None:
    torch.manual_seed(0)
    module = build_model(SMALL.model, 600).eval()
    x, tokens = torch.rand(16, 3, 64, 64) * torch.rand(16, 3, 1, 1), torch.randint(1, 500, (20, 8))
    tokens[:, -1] = 599
    spread_out(module, x, tokens)
    for found in (module.visual(x), encode_texts(module, tokens)):  # type: ignore[operator]
        assert found.mean(0).norm() < 0.5 * found.norm(dim=1).mean()


def test_norms_biases_and_embeddings_do_not_decay() -> None:
    decay, keep = decayed(build_model(SMALL.model, 600))
    assert "visual.conv1.weight" in decay and "transformer.resblocks.0.mlp.c_fc.weight" in decay
    assert {
        "visual.ln_post.weight",
        "visual.positional_embedding",
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
        ({"model": {"image_size": 100}}, "patches of 12"),
        ({"model": {"vision_layers": 1}}, "vision_layers"),
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
    assert replace(FitConfig(), model=ModelConfig(image_size=72)).model.open_clip(9)["vision_cfg"]["image_size"] == 72
    with pytest.raises(SettingsError):
        ModelConfig(text_heads=5)
