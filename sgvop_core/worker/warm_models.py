"""Models kept between jobs, so that only the first one waits for loading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..errors import ModelError
from ..guidance.clip import ClipModel, load_clip
from .machine import return_memory
from .model_list import is_here


class WarmModels:
    """Loads like ``load_clip``, but each model and device only once. Never downloads: that has its own message."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[ClipModel, float]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def load(self, spec: str, device: str | torch.device = "cpu", **options: Any) -> ClipModel | None:
        """Returns the model of a name on a device. Raises ModelError when its weights are not on this machine."""
        key = (spec.strip(), str(device))
        if key in self._kept:
            model, changed = self._kept[key]
            if changed == _changed(model):
                # A model that did not fit beside the last scene was moved to the CPU.
                return model.to(device) if model.device.type != torch.device(device).type else model
            del self._kept[key]
        if not is_here(spec):
            raise ModelError(
                f"the weights of '{spec}' are not on this machine; download them, or choose the built-in model or none"
            )
        loaded = load_clip(spec, device, **{**options, "offline": True})
        if loaded is not None:
            self._kept[key] = loaded, _changed(loaded)
        return loaded

    def free(self) -> int:
        """Lets go of all models and returns how many there were."""
        count = len(self._kept)
        self._kept.clear()
        return_memory()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return count


def _changed(model: ClipModel) -> float:
    """When the model's file was last written."""
    path = Path(model.weights)
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
