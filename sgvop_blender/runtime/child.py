"""A process of ours, seen from Blender: its lines come into a queue, and nothing here ever waits."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

GRACE = 2.0
"""Seconds for a process to end by itself once its input is closed."""


class Child:
    """A running process that talks as ``talk`` says. Raises OSError when it cannot be started."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            list(argv), env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=20)
        self._threads = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def poll(self) -> list[dict[str, Any]]:
        """Returns the objects that came since the last time; lines that are none are left out."""
        found: list[dict[str, Any]] = []
        with contextlib.suppress(queue.Empty):
            while True:
                with contextlib.suppress(ValueError):
                    value = json.loads(self._lines.get_nowait())
                    if isinstance(value, dict):
                        found.append(value)
        return found

    @property
    def code(self) -> int | None:
        """Its exit code, None while it runs or has not been read to the end."""
        code = self._process.poll()
        return None if any(t.is_alive() for t in self._threads) else code

    @property
    def last_error(self) -> str:
        """The last line that it wrote to standard error."""
        return self._errors[-1] if self._errors else ""

    def stop(self) -> None:
        """Lets it end: closes its input, and kills it when that does not do."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        threading.Thread(target=self._end, daemon=True).start()

    def kill(self) -> None:
        """Ends it at once and waits for that, for when Blender goes away."""
        with contextlib.suppress(OSError):
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)

    def _end(self) -> None:
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                self._process.kill()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError), self._process.stdout as out:
            for line in out:
                self._lines.put(line)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(OSError, ValueError), self._process.stderr as out:
            for line in out:
                text = line.decode("utf-8", "replace").strip()
                if text:
                    self._errors.append(text[:300])
