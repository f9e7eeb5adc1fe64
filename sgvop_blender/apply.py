"""Showing a candidate of a run, the start again, a duplicate or a keyframe: each one undo step.

Operators that call these have no UNDO among their options: the step is pushed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
from mathutils import Matrix

from .channels import ROTATION, put_back, read_channels
from .live import STRAYS
from .objects import find, view_layer_of
from .pose_writer import write_pose
from .records import Record, targets


class Gone(ValueError):
    """An object of a run that is not in the file any more; the text is for the user."""


def apply_candidate(record: Record, index: int, object: str | None = None) -> list[str]:
    """Puts a candidate's pose into the scene; returns notes. ``object``: whose candidate, by default the last placed's.

    Other objects of the run keep their choice, or take their best. Raises Gone, KeyError, ValueError (linked, degenerate).
    """
    name = record.option(index, object).object
    chosen = {**dict.fromkeys(record.options, 0), **record.chosen, name: index}
    notes = put_chosen(record, chosen)
    push_undo(f"Place: Candidate {index + 1}")
    return notes


def apply_start(record: Record) -> None:
    """Puts everything where it stood before the run. Raises Gone."""
    put_start(record)
    record.chosen = {}
    push_undo("Place: Start")


def put_chosen(record: Record, chosen: Mapping[str, int]) -> list[str]:
    """Puts these candidates into the scene, without an undo step; returns notes. Raises as apply_candidate does."""
    wanted = targets(record, chosen)
    layer, objects = view_layer_of(record), _objects(record)
    for start in record.starts:
        put_back(objects[start.name], start.channels)
    if any(start.above for start in record.starts):
        # What hangs below another is placed from where that stands; else each look at the scene is spared.
        layer.update()
    notes: list[str] = []
    try:
        for name, matrix in wanted.items():
            notes += write_pose(objects[name], matrix, layer, Matrix, record.locks)
        for start in record.starts:
            STRAYS.pardon(start.key, read_channels(objects[start.name]))
    except ValueError:
        put_start(record)
        raise
    record.chosen = dict(chosen)
    record.notes = tuple(notes)
    return notes


def put_start(record: Record) -> None:
    """Gives every object of a run the channels it had before, without an undo step. Raises Gone."""
    objects = _objects(record)
    for start in record.starts:
        put_back(objects[start.name], start.channels)
    view_layer_of(record).update()


def keep_as_duplicate(record: Record, index: int, object: str | None = None) -> list[str]:
    """Returns the names of new objects that stand where the candidate is; the placed ones stay where they are now.

    Copies share their data with the originals and take all that hangs below along. Raises as apply_candidate does.
    """
    option = record.option(index, object)
    wanted = targets(record, {**dict.fromkeys(record.options, 0), **record.chosen, option.object: index})
    objects, layer = _objects(record), view_layer_of(record)
    roots = [name for name in wanted if name in option.deltas and _own(record, option.object, name)]
    made: list[Any] = []
    for name in roots:
        twin = _twin(objects[name], objects[name].parent, made)
        start = next(s for s in record.starts if s.name == name)
        put_back(twin, start.channels)
        layer.update()
        write_pose(twin, wanted[name], layer, Matrix)
    names = [o.name for o in made]
    push_undo(f"Place: Keep Candidate {index + 1}")
    return names


def keyframe(record: Record, index: int, object: str | None = None, frame: float | None = None) -> list[str]:
    """Puts a candidate into the scene and keys it at ``frame``, by default the current one; returns notes.

    Only the channels that were not locked are keyed. Raises as apply_candidate does.
    """
    option = record.option(index, object)
    scene = bpy.data.scenes.get(record.scene) or bpy.context.scene
    at = scene.frame_current if frame is None else frame
    notes = put_chosen(record, {**dict.fromkeys(record.options, 0), **record.chosen, option.object: index})
    objects = _objects(record)
    for name in option.deltas:
        obj = objects[name]
        rotation = ROTATION.get(obj.rotation_mode, "rotation_euler")
        for group, path in (("location", "location"), ("rotation", rotation), ("scale", "scale")):
            for k in range(len(getattr(obj, path))):
                whole = path in ROTATION.values()
                names = [f"{group}.{a}" for a in "xyz"] if whole else [f"{group}.{'xyz'[k]}"]
                if not record.locks.issuperset(names):
                    obj.keyframe_insert(path, index=k, frame=at)
    push_undo(f"Place: Key Candidate {index + 1}")
    return [note for note in notes if "animated" not in note]


def push_undo(message: str) -> None:
    """Makes the scene as it is now one undo step. Does nothing where Blender keeps no undo steps."""
    if bpy.ops.ed.undo_push.poll():
        bpy.ops.ed.undo_push(message=message)


def _objects(record: Record) -> dict[str, Any]:
    found = {start.name: find(start.key) for start in record.starts}
    for start in record.starts:
        if found[start.name] is None:
            raise Gone(f"'{start.key.name}' is not in the file any more; undo its removal, or place again")
    return found


def _own(record: Record, object: str, root: str) -> bool:
    """Whether a root moves with this object's choice, not with that of one placed before."""
    for name, options in record.options.items():
        if name == object:
            return True
        if options and root in options[0].deltas:
            return False
    return True


def _twin(obj: Any, parent: Any, made: list[Any]) -> Any:
    """A copy of an object and of all below it, in the same collections."""
    twin = obj.copy()
    made.append(twin)
    for collection in obj.users_collection:
        collection.objects.link(twin)
    if parent is not obj.parent:
        inverse = obj.matrix_parent_inverse.copy()
        twin.parent = parent
        twin.matrix_parent_inverse = inverse
    for child in obj.children:
        _twin(child, twin, made)
    return twin
