"""Asks a worker something beside the jobs, in a process of its own: does it start, which models are there, get one.

    python -m sgvop_blender.runtime.ask ACTION CHOICE VERSION [MODEL]

CHOICE is the JSON of a ``kinds.Choice``. Tells what it finds as ``talk`` says.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core_wire import frames, protocol
from . import kinds
from .kinds import Choice
from .problems import RuntimeProblem
from .talk import Tell, serve

GREETING = 120.0
ANSWER = 120.0
"""Seconds for the welcome and for an answer; a download only has to go on."""


class Asked:
    """A worker that was started to be asked. Raises RuntimeProblem when it cannot be."""

    def __init__(self, choice: Choice) -> None:
        argv, environment = kinds.worker_command(choice)
        try:
            self.process = subprocess.Popen(
                argv, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except OSError as error:
            raise RuntimeProblem(
                "cannot_start", f"'{argv[0]}' cannot be started: {error.strerror}", "check it in the preferences"
            ) from error
        self.received: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.errors: deque[str] = deque(maxlen=5)
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def send(self, message: Any) -> None:
        """Sends a message; that nobody reads it shows when the answer stays away."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write(protocol.frame(message))
            self.process.stdin.flush()

    def wait(self, wanted: type, seconds: float, on_other: Callable[[Any], None] = lambda message: None) -> Any:
        """Returns the first message of a type. Raises RuntimeProblem for Failed, garbage, an end, and silence."""
        until = time.monotonic() + seconds
        while True:
            try:
                got = self.received.get(timeout=max(until - time.monotonic(), 0.01))
            except queue.Empty:
                raise RuntimeProblem("stalled", "the worker does not answer", "try again; see its log") from None
            if isinstance(got, protocol.Failed):
                raise RuntimeProblem(got.kind, got.message, got.remedy or "see the worker's log")
            if isinstance(got, Exception):
                raise RuntimeProblem(
                    "garbage", f"the answer is no worker's: {str(got)[:120]}", "check that both have the same version"
                )
            if got is None:
                time.sleep(0.1)
                last = self.errors[-1] if self.errors else f"code {self.process.poll()}"
                raise RuntimeProblem("died", f"the worker ended: {last[:200]}", "check the runtime, or press Repair")
            if isinstance(got, wanted):
                return got
            if isinstance(got, protocol.Progress):
                until = time.monotonic() + seconds
            on_other(got)

    def close(self) -> None:
        """Lets the worker end."""
        self.send(protocol.Bye())
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()
        try:
            self.process.wait(3.0)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _read(self) -> None:
        decoder = frames.Decoder()
        assert self.process.stdout is not None
        try:
            while data := os.read(self.process.stdout.fileno(), 1 << 16):
                for value in decoder.feed(data):
                    self.received.put(protocol.from_json(value, protocol.TO_CLIENT))
        except (OSError, frames.ProtocolError) as error:
            self.received.put(error)
        self.received.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self.process.stderr:
                if text := line.decode("utf-8", "replace").strip():
                    self.errors.append(text)


@contextlib.contextmanager
def greeted(choice: Choice, version: str) -> Any:
    """Gives a worker that said welcome, and the welcome; it ends afterwards."""
    worker = Asked(choice)
    try:
        worker.send(protocol.Hello(protocol.PROTOCOL, version))
        yield worker, worker.wait(protocol.Welcome, GREETING)
    finally:
        worker.close()


def test(choice: Choice, version: str, tell: Tell) -> dict[str, Any]:
    """Returns what a choice runs on, after a look at its Python and a greeting from its worker."""
    found: dict[str, Any] = {}
    if choice.kind != kinds.COMMAND:
        tell.stage("probe", "importing what the worker needs")
        finding = kinds.probe(choice)
        if finding.problem:
            raise RuntimeProblem("runtime", finding.problem, finding.remedy)
        found = {"line": finding.line, "devices": dict(finding.devices)}
    tell.stage("greet", "starting a worker")
    with greeted(choice, version) as (worker, welcome):
        versions = welcome.versions
        found.setdefault("line", ", ".join(f"{k} {v}" for k, v in versions.items()) or "the worker answers")
        if choice.kind == kinds.COMMAND:
            worker.send(protocol.Devices())
            listed = worker.wait(protocol.DeviceList, ANSWER).devices
            found["devices"] = {d.id: d.name for d in listed if not d.problem}
    return found


def models(choice: Choice, version: str, tell: Tell) -> dict[str, Any]:
    """Returns the models that there are and could be."""
    tell.stage("models", "looking for models")
    with greeted(choice, version) as (worker, _):
        worker.send(protocol.Models())
        listed = worker.wait(protocol.ModelList, ANSWER)
    return {"models": [dataclasses.asdict(m) for m in listed.models], "folder": listed.folder, "free": listed.free}


def download(choice: Choice, version: str, model: str, tell: Tell) -> dict[str, Any]:
    """Returns the models after downloading one."""

    def on_other(message: Any) -> None:
        if isinstance(message, protocol.Progress) and message.total:
            tell.progress("model", message.done, message.total, message.model)

    tell.stage("model", model)
    with greeted(choice, version) as (worker, _):
        worker.send(protocol.Download(1, model))
        worker.wait(protocol.Finished, ANSWER, on_other)
    return models(choice, version, tell)


def delete(choice: Choice, version: str, model: str, tell: Tell) -> dict[str, Any]:
    """Returns the models after deleting the weights of one."""
    tell.stage("remove", model)
    argv, environment = kinds.python_command(choice)
    done = subprocess.run(
        [*argv, "-m", "sgvop_core.guidance.clip.forget", model], env={**os.environ, **environment},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        message, _, remedy = lines[-1].partition("; ")
        raise RuntimeProblem("model", message[:200], remedy or "try again")
    return models(choice, version, tell)


def choice_to_json(choice: Choice) -> str:
    """Returns the JSON of a choice, for the command line."""
    return json.dumps({k: str(v) if isinstance(v, Path) else v for k, v in dataclasses.asdict(choice).items()})


def choice_from_json(text: str) -> Choice:
    """Returns the choice of ``choice_to_json``."""
    value = json.loads(text)
    log = value.pop("log")
    return Choice(root=Path(value.pop("root")), log=Path(log) if log else None, **value)


def main(arguments: list[str]) -> int:
    """Returns the exit code: 0, or 3 after a line with the problem."""
    action, choice, version = arguments[0], choice_from_json(arguments[1]), arguments[2]

    def act(tell: Tell) -> dict[str, Any]:
        if action in ("download", "delete"):
            return {"download": download, "delete": delete}[action](choice, version, arguments[3], tell)
        return {"test": test, "models": models}[action](choice, version, tell)

    return serve(act)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # threads wait for the ends of pipes
