"""Blender's own events that a running job has to know of: edits, undo, saving, loading. One watcher for all sessions."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from .objects import file_opened

edits = 0
"""Grows with every evaluation that changed an object, a mesh, a collection or the frame."""
evaluations = 0
"""Grows with every evaluation of a dependency graph, whatever it changed."""
_sessions: list[Any] = []


def attach(session: Any) -> None:
    """Returns nothing; from now on the session is told of undo, saving and loading."""
    if not _sessions:
        for name, function in HANDLERS:
            getattr(bpy.app.handlers, name).append(function)
    if session not in _sessions:
        _sessions.append(session)


def detach(session: Any) -> None:
    """Returns nothing; ends ``attach``."""
    if session in _sessions:
        _sessions.remove(session)
    if not _sessions:
        for name, function in HANDLERS:
            known = getattr(bpy.app.handlers, name)
            if function in known:
                known.remove(function)


def _edited() -> None:
    global edits
    edits += 1


@persistent
def _evaluated(scene: Any, depsgraph: Any = None) -> None:
    global evaluations
    evaluations += 1
    for session in list(_sessions):
        session.after_evaluation(depsgraph)
    if depsgraph is None or any(_counts(update) for update in depsgraph.updates):
        _edited()


def _counts(update: Any) -> bool:
    if update.is_updated_geometry or update.is_updated_transform:
        return True
    # Adding, removing, hiding: the scene and its collections are evaluated anew, with no more said of them.
    return isinstance(update.id, bpy.types.Collection)


@persistent
def _frame_changed(*_: Any) -> None:
    _edited()


@persistent
def _undo_pre(*_: Any) -> None:
    _edited()
    for session in list(_sessions):
        session.before_undo()


@persistent
def _undo_post(*_: Any) -> None:
    _edited()
    for session in list(_sessions):
        session.after_undo()


@persistent
def _save_pre(*_: Any) -> None:
    for session in list(_sessions):
        session.before_save()


@persistent
def _save_post(*_: Any) -> None:
    for session in list(_sessions):
        session.after_save()


@persistent
def _load_pre(*_: Any) -> None:
    _edited()
    for session in list(_sessions):
        session.before_load()


@persistent
def _load_post(*_: Any) -> None:
    _edited()
    file_opened()


@persistent
def _exit_pre(*_: Any) -> None:
    for session in list(_sessions):
        session.before_load()


HANDLERS = (
    ("depsgraph_update_post", _evaluated),
    ("frame_change_post", _frame_changed),
    ("undo_pre", _undo_pre),
    ("undo_post", _undo_post),
    ("redo_pre", _undo_pre),
    ("redo_post", _undo_post),
    ("save_pre", _save_pre),
    ("save_post", _save_post),
    ("load_pre", _load_pre),
    ("load_post", _load_post),
    # From 5.1: before Blender saves what it can recover the session from.
    *([("exit_pre", _exit_pre)] if hasattr(bpy.app.handlers, "exit_pre") else []),
)
