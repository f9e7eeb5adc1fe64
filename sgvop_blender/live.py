"""The objects of a running job, moved to the best pose so far and put back exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
from mathutils import Matrix

from .channels import put_back, read_channels
from .objects import ObjectKey, find
from .pose_writer import show_pose
from .records import Channels, Start

INTERVAL = 0.1
"""Seconds between two moves, at least."""
REMEMBERED = 20_000
"""Poses shown on the way that are remembered, so that none of them comes back with an undo."""


class Strays:
    """Poses that searches showed on the way, with the channels from before: another step of undo may hold them."""

    def __init__(self) -> None:
        self._known: dict[tuple[ObjectKey, Channels], Channels] = {}
        self._meant: set[tuple[ObjectKey, Channels]] = set()

    def add(self, start: Start, shown: Channels) -> None:
        """Remembers a pose that was shown; all are forgotten when they get too many."""
        if len(self._known) >= REMEMBERED:
            self.clear()
        if (start.key, shown) not in self._meant:
            self._known[start.key, shown] = start.channels

    def pardon(self, key: ObjectKey, channels: Channels) -> None:
        """Notes that an object is meant to stand so: before a search, or where it ended."""
        self._meant.add((key, channels))
        self._known.pop((key, channels), None)

    def clear(self) -> None:
        """Forgets everything."""
        self._known.clear()
        self._meant.clear()

    def send_home(self) -> None:
        """Puts objects that stand in such a pose back to where the search found them."""
        for key in {key for key, _ in self._known}:
            obj = find(key)
            if obj is not None and (before := self._known.get((key, read_channels(obj)))) is not None:
                put_back(obj, before)


STRAYS = Strays()
"""Of this Blender, whichever session showed them."""


class LiveObjects:
    """Moves the roots of a job on the way. ``gone`` names the first object that could not be found.

    ``disturbed``: whether something else was changed meanwhile, so that Blender's last step of undo may hold a pose of ours.
    """

    def __init__(self, starts: tuple[Start, ...]) -> None:
        self.starts = starts
        for start in starts:
            STRAYS.pardon(start.key, start.channels)
        self.gone: str | None = None
        self.disturbed = False
        self._touched = True
        self._wanted: Mapping[str, Any] | None = None
        self._shown: Mapping[str, Any] | None = None
        self._last = float("-inf")
        self._away = False

    def aim(self, matrices: Mapping[str, Any]) -> None:
        """Takes matrix_world [4, 4] by name, to be shown at the next ``move``."""
        self._wanted = matrices

    def move(self, now: float, view_layer: Any) -> bool:
        """Shows the last pose aimed at when it is time; returns whether anything moved. Sets ``gone``."""
        if self._wanted is None or self._away or now - self._last < INTERVAL:
            return False
        self._last, wanted, self._wanted = now, self._wanted, None
        self._shown = wanted
        return self._put(wanted, view_layer)

    def restore(self) -> list[str]:
        """Puts every object that is still there back exactly; returns the names of those that are not."""
        missing = []
        self._touched = True
        for start in self.starts:
            obj = find(start.key)
            if obj is None:
                missing.append(start.key.name)
            else:
                put_back(obj, start.channels)
        return missing

    def step_aside(self) -> None:
        """Puts everything back for a moment, while Blender saves or undoes."""
        if self._shown is not None:
            self.restore()
        self._away = True

    def come_back(self, view_layer: Any) -> None:
        """Shows again what was shown before ``step_aside``."""
        self._away = False
        if self._shown is not None:
            self._put(self._shown, view_layer)

    def after_evaluation(self, depsgraph: Any) -> None:
        """Notes whether it was an evaluation of ours: those follow a move, and no scene or collection is in them."""
        others = depsgraph is None or any(
            isinstance(u.id, bpy.types.Scene | bpy.types.Collection) for u in depsgraph.updates
        )
        if self._shown is not None and (others or not self._touched):
            self.disturbed = True
        self._touched = False

    def unchanged(self) -> bool:
        """Whether every object is there and stands where the job found it."""
        found = [(find(s.key), s) for s in self.starts]
        return all(obj is not None and read_channels(obj) == start.channels for obj, start in found)

    def _put(self, matrices: Mapping[str, Any], view_layer: Any) -> bool:
        placed = [s for s in self.starts if s.name in matrices]
        self._touched = True
        for start in sorted(placed, key=lambda s: len(s.above)):
            obj = find(start.key)
            if obj is None:
                self.gone = start.key.name
                return False
            if any(name in matrices for name in start.above):
                view_layer.update()
            show_pose(obj, matrices[start.name], view_layer, Matrix)
            STRAYS.add(start, read_channels(obj))
            self._touched = True
        return bool(placed)
