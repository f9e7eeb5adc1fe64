"""The session of this Blender as the interface sees it: made when it is needed, what to show of it, the gallery's state."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import bpy

from . import about, apply, pictures, prompt_reading, runs
from .client.process import CannotStart, Launch
from .client.states import Failure
from .records import Option, Record
from .session import Session
from .shown import Shown, shown_state

RUNTIME_TRUSTED = 2.0
"""Seconds for which the answer to "is there a runtime" holds: drawing must not look into folders each time."""


class _State:
    """What belongs to this Blender and to no file."""

    session: Session | None = None
    launch: Callable[[], Launch] | None = None
    ready: tuple[float, bool] = (float("-inf"), False)
    gallery: int = 0
    group: str = ""
    comparing: dict[str, int] | None = None
    dismissed: Failure | None = None


_state = _State()


# ------------------------------------------------------------------ the session


def session() -> Session:
    """Returns the session, made with the first call."""
    if _state.session is None:
        _state.session = Session(_launch, version())
    return _state.session


def running_session() -> Session | None:
    """Returns the session when there is one."""
    return _state.session


def use_launch(launch: Callable[[], Launch] | None) -> None:
    """Lets workers be started by ``launch`` instead of as the preferences say; None goes back to those. For tests."""
    close()
    _state.launch = launch


def close() -> None:
    """Ends the session with its worker, and forgets the gallery."""
    ended, _state.session = _state.session, None
    if ended is not None:
        ended.close()
    pictures.free_all()
    _state.gallery, _state.group, _state.comparing, _state.dismissed = 0, "", None, None
    _state.ready = (float("-inf"), False)


def version() -> str:
    """Returns the extension's version, empty when it does not run as an installed extension."""
    return about.version()


def _launch() -> Launch:
    if _state.launch is not None:
        return _state.launch()
    from . import preferences
    from .runtime.kinds import worker_command
    from .runtime.problems import RuntimeProblem

    try:
        choice = preferences.choice()
        command, environment = worker_command(choice)
    except RuntimeProblem as problem:
        raise CannotStart(Failure(problem.kind, problem.message, problem.remedy)) from problem
    return Launch(tuple(command), environment, choice.kind == "command", version())


def runtime_ready() -> bool:
    """Returns whether there is something to start a worker with; asks the disk every two seconds at most."""
    now = time.monotonic()
    if now - _state.ready[0] > RUNTIME_TRUSTED:
        try:
            _launch()
            found = True
        except CannotStart:
            found = False
        _state.ready = (now, found)
    return _state.ready[1]


def managed() -> bool:
    """Returns whether the extension itself looks after the runtime, so that its buttons can help."""
    from . import preferences

    return preferences.choice().kind == "managed"


def shown(context: Any) -> Shown:
    """Returns what the panel shows now."""
    made = _state.session
    prompt = context.scene.sgvop.prompt
    if made is None:
        return Shown(runtime=runtime_ready())
    state = made.state
    ready = state.running or runtime_ready()
    told = shown_state(state, ready, prompt_reading.lines(made, prompt))
    failure = told.failure
    if failure is not None and (failure is _state.dismissed or failure is prompt_reading.own_failure()):
        told = replace(told, failure=None)
    return told


def dismiss() -> None:
    """Takes the last problem off the panel."""
    if _state.session is not None:
        _state.dismissed = _state.session.state.failure


def log_lines(count: int) -> tuple[str, ...]:
    """Returns the last lines of the log: the session's own, then what the worker wrote."""
    made = _state.session
    if made is None:
        return ()
    own = [f"{level}: {text}" for level, text in made.log]
    return tuple([*own, *made.lines][-count:])


def report() -> str:
    """Returns a text for a bug report: versions, the last problem, the last run's settings, and the log."""
    made = _state.session
    lines = [
        f"SGVOP {version() or 'from source'}, Blender {bpy.app.version_string}, {platform.platform()}",
    ]
    if made is not None:
        state = made.state
        lines.append("worker: " + (", ".join(f"{k} {v}" for k, v in state.versions.items()) or state.phase.value))
        if state.failure is not None:
            lines.append(f"problem: {state.failure.cause}: {state.failure.message}")
        if made.records:
            last = made.records[-1]
            lines += [f"prompt: {last.prompt}", f"settings: {last.settings}"]
        lines += ["log:", *log_lines(100)]
    return "\n".join(lines) + "\n"


def redraw() -> None:
    """Has the sidebars of all 3D viewports drawn anew."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager is not None else ():
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type in ("UI", "HEADER"):
                        region.tag_redraw()


# ------------------------------------------------------------------ the gallery


def finish(record: Record) -> None:
    """Shows a finished run in the gallery, and lets go of what is not kept."""
    made = session()
    if record.outcome == "done" and record.options:
        pictures.load(record)
        show_record(record)
    for old in runs.surplus(made.records, keep=record):
        forget(old)


def show_record(record: Record | None) -> None:
    """Turns the gallery to a run; None closes it."""
    _state.gallery = record.number if record is not None else 0
    _state.group, _state.comparing = "", None


def close_gallery() -> None:
    """Closes the gallery; everything stays where it stands."""
    show_record(None)


def record() -> Record | None:
    """Returns the run in the gallery, None when it is closed."""
    return find_record(_state.gallery)


def find_record(number: int) -> Record | None:
    """Returns the run of that number, None when it is gone or came to nothing."""
    made = _state.session
    known = made.records if made is not None and number else ()
    return next((r for r in known if r.number == number and r.options), None)


def forget(record: Record) -> None:
    """Takes a run out of the history, with its pictures."""
    pictures.free(record.number)
    if _state.gallery == record.number:
        close_gallery()
    session().forget(record)


def group(record: Record) -> tuple[str, Sequence[Option]]:
    """Returns the object whose candidates are shown, and those."""
    name = _state.group if _state.group in record.options else next(reversed(record.options))
    return name, record.options[name]


def show_group(name: str) -> None:
    """Turns the gallery to the candidates of one of several objects."""
    _state.group = name


def shown_option() -> Option | None:
    """Returns the candidate that the scene shows (or showed before comparing), None when it shows the start."""
    run = record()
    if run is None:
        return None
    name, options = group(run)
    index = (_state.comparing or run.chosen).get(name)
    return next((o for o in options if o.index == index), None)


def apply_candidate(index: int, name: str | None = None) -> list[str]:
    """Puts a candidate into the scene as one undo step; returns notes. Raises apply.Gone, KeyError, ValueError."""
    run = record()
    if run is None:
        raise KeyError("there are no candidates")
    _state.comparing = None
    return apply.apply_candidate(run, index, name)


def comparing() -> bool:
    """Returns whether the start is shown for comparison."""
    return _state.comparing is not None


def toggle_start() -> list[str]:
    """Shows the start, or again what was chosen; no undo step, for nothing is decided. Raises as apply_candidate."""
    run = record()
    if run is None:
        return []
    if _state.comparing is None:
        chosen = dict(run.chosen)
        apply.put_start(run)
        _state.comparing = chosen
        return []
    chosen, _state.comparing = _state.comparing, None
    return apply.put_chosen(run, chosen)
