"""Deleting downloaded weights: the repository's folder or the plain file, and nothing else."""

import pytest

from sgvop_core.errors import ModelError
from sgvop_core.guidance.clip import forget
from sgvop_core.guidance.clip.weights import Weights


@pytest.fixture
def cache(tmp_path, monkeypatch):
    hub, plain = tmp_path / "hub", tmp_path / "plain"
    file = hub / "models--a--b" / "snapshots" / "1" / "open_clip_model.safetensors"
    other = hub / "models--a--c" / "blobs" / "x"
    for path in (file, other, plain / "w.pt"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"12345")
    found = [Weights("M:t", file, 5), Weights("N:t", plain / "w.pt", 5)]
    monkeypatch.setattr(forget.hub, "cache_folder", lambda: hub)
    monkeypatch.setattr(forget, "available_weights", lambda: found)
    return tmp_path


def test_a_model_of_the_hub_goes_with_its_folder(cache):
    assert forget.forget_weights("M:t") == 5
    assert [p.name for p in (cache / "hub").iterdir()] == ["models--a--c"]


def test_a_plain_download_goes_alone(cache):
    assert forget.forget_weights("N:t") == 5
    assert (cache / "plain").is_dir() and not list((cache / "plain").iterdir())


def test_what_is_not_in_a_cache_is_not_deleted(cache):
    with pytest.raises(ModelError, match="not among the downloaded models"):
        forget.forget_weights("builtin")
