"""Finding objects again: across renaming, undo and reloading nothing but keys is kept of them."""

from __future__ import annotations

from typing import Any

import bpy

from .pose_writer import SMALLEST, is_evaluated
from .records import ObjectKey, Record

_opened = 0


def file_opened() -> None:
    """Returns nothing; notes that another file was opened, in which session ids mean other objects."""
    global _opened
    _opened += 1


def key_of(obj: Any) -> ObjectKey:
    """Returns the key of an object."""
    library = obj.library.filepath if obj.library else None
    return ObjectKey(obj.name, library, getattr(obj, "session_uid", None), _opened)


def find(key: ObjectKey) -> Any:
    """Returns the object of a key, None when it is gone.

    In the file it came from the session id decides, so that a namesake is never taken for it; in another file the name.
    """
    named = bpy.data.objects.get((key.name, key.library)) if key.library else bpy.data.objects.get(key.name)
    if key.file != _opened or key.uid is None:
        return named
    if named is not None and getattr(named, "session_uid", None) == key.uid:
        return named
    return next((o for o in bpy.data.objects if getattr(o, "session_uid", None) == key.uid), None)


def view_layer_of(record: Record) -> Any:
    """Returns the view layer that a record's run saw, the active one when it is gone."""
    scene = bpy.data.scenes.get(record.scene)
    layer = scene.view_layers.get(record.view_layer) if scene is not None else None
    return layer if layer is not None else bpy.context.view_layer


def why_not(obj: Any, view_layer: Any) -> str:
    """Returns in one line why an object cannot be placed; empty when it can."""
    if obj is None:
        return "Choose an object to place"
    if obj.library is not None and obj.override_library is None:
        return f"'{obj.name}' is linked from another file; make it local or override it"
    if obj.name not in view_layer.objects:
        return f"'{obj.name}' is left out of the view layer; include its collection"
    if not is_evaluated(obj, view_layer):
        return f"'{obj.name}' is disabled in viewports; enable it, or its collection, in the Outliner"
    if abs(obj.matrix_world.determinant()) < SMALLEST:
        return f"'{obj.name}' is scaled to nothing along an axis; give it some thickness"
    if obj.mode != "OBJECT":
        return f"'{obj.name}' is in {obj.mode.replace('_', ' ').title()} Mode; leave it first"
    return ""
