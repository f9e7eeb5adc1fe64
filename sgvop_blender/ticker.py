"""Keeps the session going where no operator does: while a prompt is read, a model arrives, or the worker idles."""

from __future__ import annotations

import bpy

from . import current, prompt_reading
from .client.states import Phase
from .core_wire import protocol as wire

BUSY, CALM = 0.03, 0.4
"""Seconds between two ticks, with a job and without."""


class _Ticking:
    """Whether an operator ticks, so that the timer need not; and whether the worker was asked what it has."""

    by_operator: bool = False
    asked: object = None


_ticking = _Ticking()


def start() -> None:
    """Begins to tick; it ends by itself when nothing runs any more."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_turn):
        bpy.app.timers.register(_turn, first_interval=BUSY, persistent=True)


def stop() -> None:
    """Ends the ticking."""
    if bpy.app.timers.is_registered(_turn):
        bpy.app.timers.unregister(_turn)
    _ticking.by_operator, _ticking.asked = False, None


def taken(by_operator: bool) -> None:
    """Notes whether an operator ticks now."""
    _ticking.by_operator = by_operator
    if not by_operator:
        start()


def tick() -> bool:
    """Ticks once; returns whether the panel is to be drawn anew."""
    made = current.running_session()
    if made is None:
        return False
    changed = made.tick()
    prompt_reading.note(made)
    _ask_once()
    return changed


def _ask_once() -> None:
    """Asks each worker once what models and devices it has, when it has nothing else to do."""
    made = current.running_session()
    if made is None or made.state.phase is not Phase.READY or made.state.job is not None:
        return
    if _ticking.asked is not made.state.versions:
        _ticking.asked = made.state.versions
        made.ask(wire.Models())
        made.ask(wire.Devices())


def _turn() -> float | None:
    made = current.running_session()
    if made is None or not made.active:
        current.redraw()
        return None
    if _ticking.by_operator:
        return CALM
    if tick():
        current.redraw()
    return BUSY if made.state.job is not None or made.state.phase.ending else CALM
