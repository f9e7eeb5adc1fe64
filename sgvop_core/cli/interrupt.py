"""Ctrl-C: the first asks a placement to end with what it has, the second ends the program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def cancel_on_interrupt(say: Callable[[str], None]) -> Iterator[threading.Event]:
    """Yields an event that the first Ctrl-C sets (after ``say`` told so); the second raises KeyboardInterrupt."""
    cancel = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt("stopped; nothing was written")
        cancel.set()
        say("stopping: the best so far is checked and written (Ctrl-C again stops at once)")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def defer_interrupt() -> Iterator[None]:
    """Holds Ctrl-C back until the block ends, then raises KeyboardInterrupt.

    For imports of compiled packages: an interrupt in the middle of one makes some of them abort the process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if seen:
        raise KeyboardInterrupt
