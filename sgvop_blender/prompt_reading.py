"""Asks the worker what a prompt is understood as while it is typed: a moment after the last key, and only a warm worker."""

from __future__ import annotations

from typing import Any

import bpy

from .client.states import Failure, Phase
from .settings_map import place_settings
from .targets import chosen_objects
from .verdicts import Line, reading_lines

PAUSE = 0.7
"""Seconds after the last change."""


class _Asked:
    """The question that is out: its job, and the prompt it is about; and what failed of it."""

    job: int = 0
    prompt: str = ""
    failed: tuple[str, Failure] | None = None


_asked = _Asked()


def changed(_group: Any, _context: Any) -> None:
    """Called by Blender when the prompt, or what is picked, has changed."""
    if bpy.app.background:
        return
    if bpy.app.timers.is_registered(_ask):
        bpy.app.timers.unregister(_ask)
    bpy.app.timers.register(_ask, first_interval=PAUSE)


def forget() -> None:
    """Takes back a question that was not asked yet."""
    if bpy.app.timers.is_registered(_ask):
        bpy.app.timers.unregister(_ask)
    _asked.job, _asked.prompt, _asked.failed = 0, "", None


def _ask() -> float | None:
    from . import current

    made = current.running_session()
    if made is None or not bpy.context.scene.sgvop.prompt.strip():
        return None
    if made.state.job is not None and made.state.job.kind == "read":
        return PAUSE  # the answer to the last question is on its way
    if made.state.phase is Phase.READY and made.state.job is None:
        read(bpy.context)
    return None


def read(context: Any) -> int:
    """Returns the number of the job that asks what the prompt is understood as, 0 when there is nothing to ask about.

    Raises session.CannotPlace.
    """
    from . import current, ticker
    from .properties import panel_values

    wanted = context.scene.sgvop
    objects = chosen_objects(context.view_layer)
    if not objects or not wanted.prompt.strip():
        return 0
    camera = context.scene.camera
    settings = place_settings(panel_values(wanted), camera.name if camera is not None else None)
    _asked.prompt, _asked.failed = wanted.prompt, None
    _asked.job = current.session().read_prompt(objects[0], wanted.prompt, settings)
    ticker.start()
    return _asked.job


def note(session: Any) -> None:
    """Takes in how the question ended, when it did; called after each tick."""
    if not _asked.job or (session.state.job is not None and session.state.job.number == _asked.job):
        return
    told = session.answers.get("Understood")
    if (told is None or told.job != _asked.job) and session.state.failure is not None:
        _asked.failed = (_asked.prompt, session.state.failure)
    _asked.job = 0


def own_failure() -> Failure | None:
    """Returns the problem that only concerns the reading of a prompt: the panel tells it under the prompt."""
    return _asked.failed[1] if _asked.failed is not None and _asked.failed[1].cause == "prompt" else None


def lines(session: Any, prompt: str) -> tuple[Line, ...]:
    """Returns what was understood of this very prompt; empty when it was not read."""
    if _asked.failed is not None and _asked.failed[0] == prompt and own_failure() is not None:
        failure = _asked.failed[1]
        return (Line("Not Understood", failure.message, False),)
    told = session.answers.get("Understood")
    if told is None or _plain(told.reading.get("prompt", "")) != _plain(prompt) or not prompt.strip():
        return ()
    return tuple(reading_lines(told.reading, told.messages))


def _plain(text: str) -> str:
    return " ".join(str(text).split())
