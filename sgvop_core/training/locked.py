"""What locked layers made of the pictures of scenes, kept in a file: too much for the memory of a small machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ..scene.model import Array


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

    def members(self) -> list[int]:
        """Returns the scenes that there are states of, ascending."""
        return sorted(self._places)
