"""What one job was asked for, and the message that comes of it once the scene is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import bpy

from .channels import read_channels
from .core_wire import protocol as wire
from .objects import find, key_of
from .records import ObjectKey, Record, Start
from .scene_reading import SceneReading


@dataclass
class Assignment:
    """A job of a session. ``record``: of a placement; a reading of a prompt and a download have none."""

    keys: tuple[ObjectKey, ...] = ()
    prompt: str = ""
    settings: dict[str, Any] | None = None
    cameras: tuple[dict[str, Any], ...] = ()
    record: Record | None = None
    scene: str = ""
    view_layer: str = ""
    names: tuple[str, ...] = ()
    """The objects' names in the bundle, once it is read."""

    def look_around(self, objects: Iterable[Any]) -> None:
        """Notes the objects, and the scene and view layer that are open."""
        self.keys = tuple(key_of(o) for o in objects)
        self.scene, self.view_layer = bpy.context.scene.name, bpy.context.view_layer.name
        if self.record is not None:
            self.record.scene, self.record.view_layer = self.scene, self.view_layer

    def scene_is_read(self, reading: SceneReading) -> None:
        """Notes where the objects stand, at the moment that the bundle speaks of. Raises ValueError when one is gone."""
        starts: list[Start] = []
        for key in self.keys:
            obj = find(key)
            name = None if obj is None else _name(obj, reading)
            if name is None:
                raise ValueError(f"'{key.name}' is not in the scene any more, or has a broken transform")
            a, b, c, d = (tuple(float(v) for v in row) for row in reading.matrices[name])
            starts.append(Start(name, key_of(obj), (a, b, c, d), read_channels(obj), tuple(_above(obj, reading))))  # type: ignore[arg-type]
        self.names = tuple(start.name for start in starts)
        if self.record is not None:
            self.record.objects = self.names
            self.record.starts = tuple(replace(t, above=tuple(n for n in t.above if n in self.names)) for t in starts)

    def message(self, job: int, reading: SceneReading, remote: bool) -> tuple[Any, tuple[tuple[str, str], ...]]:
        """Returns the message for the worker and the files to send before it; a ``remote`` worker sees none of our disk."""
        path, folder = str(reading.path), str(reading.path.parent)
        files: tuple[tuple[str, str], ...] = ()
        if remote:
            files, path, folder = ((reading.path.name, path),), reading.path.name, ""
        if self.record is None:
            return wire.Read(job, path, self.names[0], self.prompt, self.settings or {}), files
        r = self.record
        return wire.Place(job, path, r.objects, r.prompt, r.settings, r.together, folder), files


def _name(obj: Any, reading: SceneReading) -> str | None:
    return reading.names.get((obj.name, obj.library.filepath if obj.library else None))


def _above(obj: Any, reading: SceneReading) -> Iterable[str]:
    while obj.parent is not None:
        obj = obj.parent
        name = _name(obj, reading)
        if name is not None:
            yield name
