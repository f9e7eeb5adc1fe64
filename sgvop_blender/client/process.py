"""The worker's process: started from a command list, spoken to through its pipes, ended with all its children.

Threads only move bytes: one decodes frames into a queue, one keeps the last lines of stderr, one writes. None of them
touches Blender. ``poll`` gives what came since the last time and never waits.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ..core_wire import frames
from ..core_wire import protocol as wire
from .exits import classify
from .states import Event, Exited, Failure, Garbled, Received

LINES = 200
"""Lines of stderr that are kept for reports."""
LONGEST = 2000
"""Bytes of one such line."""
DRAIN = 0.5
"""Seconds that the pipe of a dead worker is still read: a child of it may hold it open for ever."""


@dataclass(frozen=True)
class Launch:
    """How to start a worker. ``remote``: it shares no disk with us, so that files go through the pipe."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    remote: bool = False
    version: str = ""
    """The extension's version, told to the worker."""


class CannotStart(Exception):
    """No worker can be started; ``failure`` says why and what to do."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class WorkerProcess:
    """A running worker. Raises CannotStart when it cannot be made."""

    def __init__(self, launch: Launch) -> None:
        own: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            own = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        try:
            self._process = subprocess.Popen(
                list(launch.command), env={**os.environ, **launch.environment}, bufsize=0,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **own,
            )  # fmt: skip
        except (OSError, ValueError, IndexError) as error:
            name = launch.command[0] if launch.command else "an empty command"
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotStart(
                Failure("cannot_start", f"'{name}' cannot be started: {reason}", "check the runtime in the preferences")
            ) from error
        self.pid = self._process.pid
        self.memory = 0
        self._received: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lines: deque[str] = deque(maxlen=LINES)
        self._asked = False
        self._gone: float | None = None
        self._told = False
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._threads = [
            threading.Thread(target=target, args=arguments, name=f"sgvop-{target.__name__.strip('_')}", daemon=True)
            for target, arguments in (
                (_read_frames, (self._process.stdout, self._received)),
                (_read_lines, (self._process.stderr, self._lines)),
                (_write, (self._process.stdin, self._outgoing)),
            )
        ]
        for thread in self._threads:
            thread.start()
        _living.add(self)

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines that the worker wrote to stderr."""
        return tuple(self._lines)

    def send(self, message: Any, files: Sequence[tuple[str, str]] = ()) -> None:
        """Sends a message, after the files (name, path) in pieces. Never waits; a broken pipe shows as the exit."""
        self._outgoing.put((message, tuple(files)))

    def close_input(self) -> None:
        """Ends the worker's input after all that was sent."""
        self._outgoing.put(None)

    def poll(self, now: float, most: int = 200, seconds: float = 0.004) -> list[Event]:
        """Returns what happened since the last time, at most so many events and about so many seconds' worth.

        The exit comes last and once, after everything that the worker had still written.
        """
        events: list[Event] = []
        until = time.monotonic() + seconds
        while len(events) < most and (not events or time.monotonic() < until):
            try:
                item = self._received.get_nowait()
            except queue.Empty:
                break
            if isinstance(item, wire.Heartbeat):
                self.memory = item.rss or self.memory
            events.append(Garbled(now, *item) if isinstance(item, tuple) else Received(now, item))
        code = self._process.poll()
        if code is None or self._told or not self._received.empty():
            return events
        self._gone = time.monotonic() if self._gone is None else self._gone
        quiet = not any(thread.is_alive() for thread in self._threads[:2])
        if (quiet and self._received.empty()) or time.monotonic() - self._gone > DRAIN:
            self._told = True
            cause = classify(code, self.lines, self.memory, self._asked)
            events.append(Exited(now, code, cause.cause, cause.message, cause.remedy))
            self._close()
        return events

    def wait(self, seconds: float) -> None:
        """Waits until a thread has something for ``poll``, the process ends, or the seconds are over."""
        until = time.monotonic() + seconds
        while self._received.empty() and self._process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)

    def terminate(self) -> None:
        """Tells the worker and its children to end."""
        self._asked = True
        if self._process.poll() is None:
            if sys.platform == "win32":
                with contextlib.suppress(OSError):
                    self._process.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                _signal_group(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Ends the worker and its children."""
        self._asked = True
        if self._process.poll() is not None:
            return
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                subprocess.Popen(
                    ["taskkill", "/F", "/T", "/PID", str(self.pid)], creationflags=subprocess.CREATE_NO_WINDOW,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
        else:
            _signal_group(self.pid, signal.SIGKILL)

    def end(self, patience: float = 1.0) -> None:
        """Ends the worker for good: by closing its input, then by force. Waits at most about two times ``patience``."""
        self.close_input()
        for force in (self.terminate, self.kill):
            try:
                self._process.wait(patience if force == self.terminate else patience / 2)
                break
            except subprocess.TimeoutExpired:
                force()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._told = True
        self._close()

    def _close(self) -> None:
        """Lets go of threads and pipes, and of children that a dead worker left behind."""
        self._outgoing.put(None)
        if sys.platform != "win32" and self._process.returncode is not None:
            _signal_group(self.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(0.2)
        for pipe, thread in zip((self._process.stdout, self._process.stderr), self._threads, strict=False):
            # A thread that still reads (a child that left the group holds the pipe) closes it when it ends.
            if pipe is not None and not thread.is_alive():
                with contextlib.suppress(OSError):
                    pipe.close()
        _living.discard(self)


_living: weakref.WeakSet[WorkerProcess] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    for process in list(_living):
        process.end(0.5)


def _signal_group(pid: int, number: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)


# ------------------------------------------------------------------ what runs in the threads


def _read_frames(stream: BinaryIO, out: queue.SimpleQueue[Any]) -> None:
    decoder = frames.Decoder()
    try:
        while data := stream.read(1 << 16):
            for value in decoder.feed(data):
                out.put(wire.from_json(value, wire.TO_CLIENT))
        # Half a frame at the end is how a killed worker ends; its exit code tells more.
    except wire.VersionMismatch as error:
        out.put((str(error), "version"))
    except frames.ProtocolError as error:
        out.put((str(error), "garbage"))
    except (OSError, ValueError):
        return  # the pipe was closed under us: the process is being ended
    # A worker that goes on writing after garbage must not block before it can be told to end.
    with contextlib.suppress(OSError, ValueError):
        while stream.read(1 << 16):
            pass


def _read_lines(stream: BinaryIO, lines: deque[str]) -> None:
    held = b""
    with contextlib.suppress(OSError, ValueError):
        while data := stream.read(1 << 13):
            *whole, held = (held + data).split(b"\n")
            lines.extend(line[:LONGEST].decode("utf-8", "replace").rstrip() for line in whole)
            if len(held) > LONGEST:
                held = held[:LONGEST]
    if held:
        lines.append(held[:LONGEST].decode("utf-8", "replace").rstrip())


def _write(stream: BinaryIO, outgoing: queue.SimpleQueue[Any]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while (item := outgoing.get()) is not None:
            message, files = item
            for name, path in files:
                _write_file(stream, message.job, name, path)
            _write_all(stream, wire.frame(message))
    with contextlib.suppress(OSError, ValueError):
        stream.close()


def _write_file(stream: BinaryIO, job: int, name: str, path: str) -> None:
    with open(path, "rb") as file:
        data, after = file.read(wire.PIECE), b""
        while True:
            after = file.read(wire.PIECE)
            piece = wire.Piece(job, name, base64.b64encode(data).decode("ascii"), not after)
            _write_all(stream, wire.frame(piece))
            if not after:
                return
            data = after


def _write_all(stream: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) or 0 :]
