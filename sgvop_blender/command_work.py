"""What each command of ``blender --command sgvop`` does, with the session that the panel uses."""

from __future__ import annotations

import argparse
import json
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from . import about, current
from .client.process import CannotStart, Launch
from .client.states import Failure
from .command import Results, check_file
from .core_command_line import Cancelled, SceneError, SettingsError, SgvopError, did_you_mean, given_settings
from .core_wire import protocol as wire
from .records import Record
from .runtime.kinds import COMMAND, PYTHON, Choice, worker_command
from .runtime.problems import RuntimeProblem
from .session import CannotPlace, Session
from .shown import PHASES
from .targets import held_channels
from .verdicts import reading_lines

LINE_EVERY = 5.0
"""Seconds between two lines about the same stage."""
ANSWER = 120.0
"""Seconds for devices and models to be listed: torch is imported for it."""

NO_RUNTIME = "install one in the extension's preferences, or give --python or --worker-command"


def place(arguments: argparse.Namespace, out: Results) -> int:
    """Places the objects and writes the files; returns 0. Raises SgvopError with what the user can do."""
    save = check_file(arguments.save, "--save", ".blend")
    to_json = check_file(arguments.json, "--json", ".json")
    if save is None and to_json is None and arguments.quiet:
        raise SettingsError("--quiet without --save or --json leaves nothing of the result; give one of them")
    objects = [_object(name) for name in dict.fromkeys(arguments.object)]
    settings = plain_settings(arguments)
    settings["locks"] = sorted({*settings.get("locks", ()), *held_channels(objects)})
    together = bool(settings.pop("together", False))
    with session(arguments) as own, stop_on_interrupt(own):
        try:
            record = own.place(objects, arguments.prompt, settings, together=together)
        except CannotPlace as error:
            raise SceneError(str(error)) from None
        own.run_to_end(record, Progress(own, arguments.quiet))
        result = finished(record)
    for note in (*record.messages, *record.notes):
        _say(f"note: {note}", arguments.quiet)
    lines = summary(record)
    if save is not None:
        _save(save)
        lines.append(f"wrote {save}")
    out.give(result, to_json, lines, arguments.quiet)
    return 0


def read(arguments: argparse.Namespace, out: Results) -> int:
    """Tells what is understood of a prompt; returns 0. Raises SgvopError."""
    to_json = check_file(arguments.json, "--json", ".json")
    thing = _object(arguments.object)
    with session(arguments) as own, stop_on_interrupt(own):
        try:
            own.read_prompt(thing, arguments.prompt, {"anchors": list(arguments.anchors or ())})
        except CannotPlace as error:
            raise SceneError(str(error)) from None
        wait(own, lambda: own.state.job is None, Progress(own, arguments.quiet))
        understood = own.answers.get("Understood")
        if understood is None:
            raise failed(own.state.failure)
    lines = [
        f"{' ' if line.holds is None else '+' if line.holds else '-'} {line.label}{': ' if line.detail else ''}{line.detail}"
        for line in reading_lines(understood.reading, understood.messages)
    ]
    out.give({**understood.reading, "messages": list(understood.messages)}, to_json, lines, arguments.quiet)
    return 0


def doctor(arguments: argparse.Namespace, out: Results) -> int:
    """Starts a worker and tells what it has; returns 0. Raises SgvopError when none answers."""
    to_json = check_file(arguments.json, "--json", ".json")
    with session(arguments) as own, stop_on_interrupt(own):
        try:
            command = list(own.launch().command)
        except CannotStart as error:
            raise failed(error.failure) from None
        own.ask(wire.Devices())
        own.ask(wire.Models())
        done = wait(
            own,
            lambda: own.state.failure is not None or {"DeviceList", "ModelList"} <= own.answers.keys(),
            seconds=ANSWER,
        )
        if own.state.failure is not None:
            raise failed(own.state.failure)
        if not done:
            raise SettingsError(f"the worker gave no answer within {ANSWER:.0f} s; try again, or look at its log")
        devices, models, versions = own.answers["DeviceList"], own.answers["ModelList"], dict(own.state.versions)
    state = {
        "sgvop": own.state.version, "blender": bpy.app.version_string, "python": platform.python_version(),
        "worker": {"command": command, "versions": versions},
        "devices": [wire.to_json(d) for d in devices.devices], "models": [wire.to_json(m) for m in models.models],
        "folder": models.folder,
    }  # fmt: skip
    lines = [
        f"sgvop {own.state.version} in Blender {bpy.app.version_string}, Python {platform.python_version()}",
        "worker   " + " ".join(command),
        "         " + ", ".join(f"{name} {version}" for name, version in versions.items()),
        *(f"device   {d.id}: {d.problem or d.name}{' (automatic)' if d.automatic else ''}" for d in devices.devices),
        *(f"model    {m.spec}: {m.state}{', ' if m.note else ''}{m.note}" for m in models.models),
    ]
    out.give(state, to_json, lines, arguments.quiet)
    return 0


# ------------------------------------------------------------------ the session


@contextmanager
def session(arguments: argparse.Namespace) -> Iterator[Session]:
    """Yields the session, with the worker that the options name; it has ended when the block does."""
    chosen = choice(arguments)
    current.use_launch(None if chosen is None else lambda: launch(chosen))
    try:
        yield current.session()
    finally:
        current.use_launch(None)


def choice(arguments: argparse.Namespace) -> Choice | None:
    """Returns the runtime that the options name, None when the preferences decide."""
    if arguments.python is not None:
        return Choice(PYTHON, Path(), python=arguments.python)
    if arguments.worker_command is not None:
        return Choice(COMMAND, Path(), command=arguments.worker_command)
    return None


def launch(chosen: Choice) -> Launch:
    """Returns how to start a worker. Raises CannotStart."""
    try:
        command, environment = worker_command(chosen)
    except RuntimeProblem as problem:
        raise CannotStart(Failure(problem.kind, problem.message, problem.remedy)) from problem
    return Launch(tuple(command), environment, chosen.kind == COMMAND, about.version())


@contextmanager
def stop_on_interrupt(own: Session) -> Iterator[None]:
    """Lets Ctrl-C and a polite request to end (SIGTERM) cancel the job and raise Cancelled from the block."""

    def stop(number: int, frame: Any) -> None:
        own.cancel()
        raise Cancelled("stopped; nothing was written")

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None: a handler of Blender's own, which Python cannot put back; the process is about to end
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def wait(
    own: Session, over: Callable[[], bool], on_tick: Callable[[], None] | None = None, seconds: float = float("inf")
) -> bool:
    """Ticks until ``over()`` or for so many seconds; returns whether it was over."""
    until = time.monotonic() + seconds
    while not over():
        if time.monotonic() > until:
            return False
        own.tick(budget=0.05)
        if on_tick is not None:
            on_tick()
        time.sleep(0.01)
    return True


class Progress:
    """Lines about a job on standard error: a new stage at once, the same one every few seconds."""

    def __init__(self, own: Session, quiet: bool) -> None:
        self.own, self.quiet = own, quiet
        self._stage: tuple[Any, ...] = ()
        self._share = -1.0
        self._told = 0.0

    def __call__(self) -> None:
        """Tells what is new."""
        state = self.own.state
        p = state.progress
        if state.job is None:
            return
        stage, share = (state.phase, p.stage, p.object), round(p.done, 2)
        now = time.monotonic()
        if stage == self._stage and (share == self._share or now - self._told < LINE_EVERY):
            return
        self._stage, self._share, self._told = stage, share, now
        parts = [f"{p.stage} {p.done:4.0%}" if p.stage else PHASES[state.phase].lower()]
        if p.score is not None:
            parts.append(f"best score {p.score:z.3f}")
        if p.seconds_left is not None and p.done < 1:
            parts.append(f"{p.seconds_left:.0f} s left")
        _say(
            (f"{p.object}: " if p.object else "") + ", ".join([*parts, *([p.message] if p.message else [])]), self.quiet
        )


# ------------------------------------------------------------------ the result


def finished(record: Record) -> dict[str, Any]:
    """Returns the result of a placement in the result file's form. Raises SgvopError when there is none."""
    if record.outcome == "cancelled":
        raise Cancelled("stopped; nothing was written")
    if record.outcome != "done" or record.failure is not None:
        raise failed(record.failure)
    if not record.result:
        raise SceneError("the worker's result is lost; is the disk full?")
    return dict(json.loads(Path(record.result).read_text("utf-8")))


def failed(failure: Failure | None) -> SgvopError:
    """Returns the error that tells a failure of a job or of the worker."""
    if failure is None:
        return SgvopError("the worker gave no answer; try again")
    remedy = NO_RUNTIME if failure.cause == "no_runtime" else failure.remedy
    return SgvopError(failure.message + (f"; {remedy}" if remedy and remedy not in failure.message else ""))


def summary(record: Record) -> list[str]:
    """Returns the lines that tell a person what came out."""
    lines = []
    for name, options in record.options.items():
        lines.append(f"{name}: {len(options)} candidate{'s' * (len(options) != 1)} in {record.seconds:.1f} s")
        for option in options:
            checks = option.checks
            verdict = (
                "all checks hold" if checks.get("complete") else "; ".join(checks.get("failures") or ["not complete"])
            )
            lines.append(f"  {option.index + 1}. score {option.score:z.3f}: {verdict}")
    return lines


def plain_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Returns the settings that were given, as the plain JSON that the worker takes."""

    def plain(value: Any) -> Any:
        if isinstance(value, frozenset):
            return sorted(value)
        return [plain(v) for v in value] if isinstance(value, tuple) else value

    return {name: plain(value) for name, value in given_settings(arguments).items()}


def _object(name: str) -> Any:
    layer = bpy.context.view_layer
    found = layer.objects.get(name)
    if found is None:
        if bpy.data.objects.get(name) is not None:
            raise SceneError(f"'{name}' is left out of the view layer; include its collection to place it")
        raise SceneError(f"no object '{name}' in the file" + did_you_mean(name, (o.name for o in layer.objects)))
    return found


def _save(path: str) -> None:
    try:
        bpy.ops.wm.save_as_mainfile(filepath=path, copy=True, relative_remap=True, check_existing=False)
    except RuntimeError as error:
        told = str(error).strip().splitlines()[-1][:160]
        raise SceneError(f"'{path}' cannot be written: {told}; free some space") from None
    if not Path(path).is_file():
        raise SceneError(f"'{path}' was not written; is the disk full?")


def _say(line: str, quiet: bool) -> None:
    if not quiet:
        print(line, file=sys.stderr, flush=True)
