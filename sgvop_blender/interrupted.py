"""A search that Blender was closed in the middle of: its objects go home when the session is recovered.

Before 5.1 Blender saves the recovery file before any add-on hears of its end, with the objects on their way. So a note stays in
the extension's folder of what they were shown as and where they had been; whatever file shows them exactly so is put right.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from .channels import put_back, read_channels
from .objects import find
from .preferences import user_folder
from .records import Channels, Record

FILE = "interrupted.json"


def note(record: Record) -> None:
    """Writes down where a running search shows its objects; does nothing where that cannot be written."""
    found = [(start, find(start.key)) for start in record.starts]
    told = [
        {"name": start.key.name, "library": start.key.library, "shown": asdict(shown), "start": asdict(start.channels)}
        for start, obj in found
        if obj is not None and (shown := read_channels(obj)) != start.channels
    ]
    if told:
        with contextlib.suppress(OSError):
            path = _path()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(told), "utf-8")


def send_home() -> list[str]:
    """Puts objects of the open file back that stand exactly as the note says; returns their names."""
    try:
        told = json.loads(_path().read_text("utf-8"))
        entries = [(e["name"], e["library"], _channels(e["shown"]), _channels(e["start"])) for e in told]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    home = []
    for name, library, shown, start in entries:
        obj = bpy.data.objects.get((name, library) if library else name)
        if obj is not None and read_channels(obj) == shown:
            put_back(obj, start)
            home.append(name)
    if home:
        with contextlib.suppress(OSError):
            _path().unlink()
    return home


def _channels(told: dict[str, Any]) -> Channels:
    location, rotation, scale, inverse = (
        tuple(float(v) for v in told[key]) for key in ("location", "rotation", "scale", "parent_inverse")
    )
    return Channels(location, str(told["mode"]), rotation, scale, inverse)


def _path() -> Path:
    return user_folder() / FILE


@persistent
def _load_post(*_: Any) -> None:
    send_home()


def register() -> None:
    """Looks at each file that is opened from now on."""
    bpy.app.handlers.load_post.append(_load_post)


def unregister() -> None:
    """Ends that."""
    if _load_post in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_load_post)
