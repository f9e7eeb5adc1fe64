"""How a process of ours tells Blender how far it is: one JSON object a line; and how it hears that it is to stop.

    {"stage": "download", "done": 0.25, "text": "torch 2.13.0"}
    {"note": "..."}
    {"finished": {...}}  or  {"problem": {"kind", "message", "remedy"}}

Its standard input says nothing but that somebody is there: when it closes, by Cancel or because Blender is gone, the
process ends at once. All it does can be taken up again.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

from .problems import RuntimeProblem

EVERY = 0.1
"""Seconds between two lines of progress."""
FAILED, STOPPED = 3, 4
"""Exit codes after a problem, and after standard input has closed."""


class Tell:
    """Writes the lines."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self._last = (float("-inf"), "", "")

    def progress(self, stage: str, done: float, total: float, text: str) -> None:
        """Tells how far a stage is, not more than ten times a second."""
        now = time.monotonic()
        if now - self._last[0] >= EVERY or (stage, text) != self._last[1:]:
            self._last = (now, stage, text)
            self.line({"stage": stage, "done": round(min(done / total, 1.0), 4) if total else 1.0, "text": text})

    def stage(self, stage: str, text: str) -> None:
        """Tells that a stage begins whose length is not known."""
        self.line({"stage": stage, "done": None, "text": text})

    def note(self, text: str) -> None:
        """Tells something worth reading afterwards."""
        self.line({"note": text})

    def line(self, value: dict[str, Any]) -> None:
        """Writes one object."""
        self.out.write(json.dumps(value) + "\n")
        self.out.flush()


def serve(act: Callable[[Tell], dict[str, Any]], tell: Tell | None = None, watch: bool = True) -> int:
    """Returns the exit code after running ``act`` and telling its result or its problem."""
    tell = tell or Tell()
    if watch:
        threading.Thread(target=_wait_for_the_end, daemon=True).start()
    try:
        tell.line({"finished": act(tell)})
        return 0
    except RuntimeProblem as problem:
        tell.line({"problem": {"kind": problem.kind, "message": problem.message, "remedy": problem.remedy}})
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        told = {
            "kind": "internal",
            "message": f"{type(error).__name__}: {text}",
            "remedy": "try again; report it if it stays",
        }
        tell.line({"problem": told})
    return FAILED


def _wait_for_the_end() -> None:
    try:
        while os.read(sys.stdin.fileno(), 4096):
            pass
    except (OSError, ValueError, AttributeError):
        return
    os._exit(STOPPED)
