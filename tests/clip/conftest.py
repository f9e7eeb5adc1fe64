"""Small open_clip models with random weights, made here; no test may reach the network."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sgvop_core.guidance.clip import ClipModel, hub, import_open_clip, load_clip

TINY = "sgvop-tiny"
TINY_CONFIG: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "patch_size": 8, "head_width": 16},
    "text_cfg": {"context_length": 20, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
PREPROCESS = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3], "interpolation": "bilinear", "resize_mode": "squash"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a test tried to use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, empty for every test; returned."""
    monkeypatch.setattr(hub, "cache_folder", lambda: tmp_path / "hub")
    monkeypatch.setattr(hub, "url_cache_folder", lambda: tmp_path / "urls")
    return tmp_path / "hub"


@pytest.fixture(scope="session")
def tiny_name(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An architecture that open_clip knows by name."""
    path = tmp_path_factory.mktemp("configs") / f"{TINY}.json"
    path.write_text(json.dumps(TINY_CONFIG))
    import_open_clip().add_model_config(path)
    return TINY


@pytest.fixture(scope="session")
def tiny_state(tiny_name: str) -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    module = import_open_clip().create_model(tiny_name, pretrained_text=False)
    return {name: value.detach().clone().contiguous() for name, value in module.state_dict().items()}


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory, tiny_state: dict[str, torch.Tensor]) -> Path:
    """A model folder as open_clip saves it."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY_CONFIG, "preprocess_cfg": PREPROCESS}))
    save_file(tiny_state, folder / "open_clip_model.safetensors")
    return folder


@pytest.fixture
def tiny(tiny_folder: Path) -> ClipModel:
    model = load_clip(str(tiny_folder))
    assert model is not None
    return model
