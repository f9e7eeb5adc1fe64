"""What locked layers made of the pictures of scenes, kept in a file: too much for the memory of a small machine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..scene.model import Array
from .augmentation import normalised
from .data import Dataset
from .learner import half_precision
from .model import ModelConfig, before_layers


class LockedStates:
    """States [K, T, C] of the K pictures of each scene, in half precision, by the scene's place in the data. Their file lies in
    ``folder`` and is gone when nobody holds this any more."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, prefix="states-")  # noqa: SIM115
        self._places: dict[int, tuple[int, tuple[int, ...]]] = {}

    def __setitem__(self, member: int, states: Array) -> None:
        """Keeps the states [K, T, C] of a scene."""
        self._places[member] = (self._file.seek(0, 2), states.shape)
        self._file.write(np.ascontiguousarray(states, np.float16).tobytes())

    def __getitem__(self, member: int) -> Array:
        """Returns the states [K, T, C] float16 of a scene. Raises KeyError where there are none."""
        start, shape = self._places[member]
        self._file.seek(start)
        return np.frombuffer(bytearray(self._file.read(2 * int(np.prod(shape)))), np.float16).reshape(shape)

    def count(self, member: int) -> int:
        """Returns how many pictures there are of a scene. Raises KeyError where there are none."""
        return self._places[member][1][0]

    def members(self) -> list[int]:
        """Returns the scenes that there are states of, ascending."""
        return sorted(self._places)


def quick(device: torch.device) -> AbstractContextManager[Any]:
    """Returns the context of half precision where that is faster."""
    return torch.autocast(device.type, torch.bfloat16) if half_precision(device) else nullcontext()


@torch.no_grad()
def look(
    module: Any,
    config: ModelConfig,
    data: Dataset,
    members: Sequence[int],
    states: LockedStates,
    layers: int = 1,
    notify: Callable[[str], None] = lambda line: None,
) -> None:
    """Adds to ``states`` what goes into the picture tower's last so many ``layers`` of all pictures of each of those scenes."""
    device = next(module.parameters()).device
    for count, i in enumerate(members):
        pictures = torch.tensor(data.group(i).pictures, device=device)
        with quick(device):
            found = before_layers(module.visual, normalised(pictures, config.mean, config.std), layers)
        states[i] = found.float().cpu().numpy()
        if count % 200 == 199:
            notify(f"{count + 1} of {len(members)} scenes looked at")
