"""What a user may write behind --clip."""

from __future__ import annotations

from pathlib import Path

import pytest

from sgvop_core.errors import ModelError
from sgvop_core.guidance.clip import parse_clip, parse_spec


@pytest.mark.parametrize(
    ("text", "kind", "model", "tag", "path"),
    [
        ("none", "none", "", "", None),
        ("Builtin", "builtin", "", "", None),
        ("ViT-B-32", "tag", "ViT-B-32", "", None),
        ("ViT-B/32:openai", "tag", "ViT-B-32", "openai", None),
        ("ViT-B-32:laion2b_s34b_b79k", "tag", "ViT-B-32", "laion2b_s34b_b79k", None),
        ("ViT-B-32:w.safetensors", "file", "ViT-B-32", "", Path("w.safetensors")),
        ("ViT-B-32:C:\\w\\x.pt", "file", "ViT-B-32", "", Path("C:\\w\\x.pt")),
        ("RN50:/a/b.bin", "file", "RN50", "", Path("/a/b.bin")),
        ("hf-hub:acme/thing", "hub", "acme/thing", "", None),
        ("local-dir:/no/such", "folder", "", "", Path("/no/such")),
        ("ViT-B-32:random", "random", "ViT-B-32", "", None),
    ],
)
def test_every_way_to_name_a_model(text: str, kind: str, model: str, tag: str, path: Path | None) -> None:
    spec = parse_spec(text)
    assert (spec.kind, spec.model, spec.tag, spec.path) == (kind, model, tag, path)


def test_a_folder_is_recognised(tmp_path: Path) -> None:
    assert parse_spec(str(tmp_path)).kind == "folder"


def test_a_file_without_its_architecture_is_refused_with_the_right_spelling() -> None:
    with pytest.raises(ModelError, match=r"ViT-B-32:weights\.safetensors"):
        parse_spec("weights.safetensors")


def test_weights_of_an_ensemble() -> None:
    assert parse_clip(["ViT-B-32:openai*0.5", "RN50"]) == [("ViT-B-32:openai", 0.5), ("RN50", 1.0)]
    assert parse_clip("none") == []
    assert parse_clip(["builtin*2"]) == [("builtin", 2.0)]


@pytest.mark.parametrize("value", ["RN50*0", "RN50*-1", "RN50*x", "RN50*", "RN50*inf", "RN50*nan"])
def test_a_weight_that_is_no_positive_number_is_refused(value: str) -> None:
    with pytest.raises(ModelError, match="not a positive number"):
        parse_clip(value)


def test_none_beside_a_model_is_refused() -> None:
    with pytest.raises(ModelError, match="beside other models"):
        parse_clip(["none", "RN50"])


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(ModelError, match="empty"):
        parse_spec("  ")
