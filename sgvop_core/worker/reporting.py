"""What the client hears of a running placement: not more often than it can use, and in terms of its own objects."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import Cancelled
from ..placement.progress import Progress
from ..scene.model import Scene
from ..wire.protocol import Best, Stage, matrix
from .failures import spoken

EVERY = 0.2
"""Seconds between two reports, each a Stage and at times a Best: at most ten messages a second."""


class Reporter:
    """Turns the core's reports into messages; ``groups`` are what moves as one, in the order of placing."""

    def __init__(
        self,
        job: int,
        scene: Scene,
        names: tuple[str, ...],
        groups: list[tuple[str, ...]],
        send: Callable[..., None],
        cancel: threading.Event,
    ) -> None:
        self.job, self.names, self.groups, self.send, self.cancel = job, names, groups, send, cancel
        self._start = {name: np.asarray(scene.object(name).matrix_world, np.float64) for name in names}
        self._moved = [{o.name for o in scene.subtree(group)} for group in groups]
        self._deltas: list[np.ndarray | None] = [None] * len(groups)
        self._lock = threading.Lock()
        self._held: Progress | None = None
        self._sent = float("-inf")
        self._stage: tuple[str, str] | None = None
        self._best: Any = None

    def __call__(self, report: Progress) -> None:
        """Takes a report; sends it when it is due, else holds it back. Raises Cancelled once the job was cancelled."""
        if self.cancel.is_set():
            raise Cancelled("cancelled by the client")
        with self._lock:
            self._held = report
            at = (report.object, report.stage)
            if report.message or at != self._stage or time.monotonic() - self._sent >= EVERY:
                self._send(report)
            self._stage = at

    def flush(self) -> None:
        """Sends what was held back; called from the heartbeat, so that long steps do not show an old state."""
        with self._lock:
            if self._held is not None and not self.cancel.is_set() and time.monotonic() - self._sent >= EVERY:
                self._send(self._held)

    def close(self) -> None:
        """Nothing is sent any more."""
        with self._lock:
            self._held = None

    def _send(self, report: Progress) -> None:
        self._held, self._sent = None, time.monotonic()
        index = next((i for i, group in enumerate(self.groups) if group[0] == report.object), 0)
        left = report.seconds_left
        if left is not None and len(self.groups) > index + 1:
            left += (left + report.seconds) * (len(self.groups) - index - 1)
        done = (index + min(max(report.share, 0.0), 1.0)) / len(self.groups)
        messages: list[Any] = [Stage(self.job, report.stage, done, left, spoken(report.message), report.object)]
        if report.best_delta is not None and report.best_score is not None and report.best_delta is not self._best:
            self._best = self._deltas[index] = report.best_delta
            messages.append(Best(self.job, self.matrices(), report.best_score, report.object))
        self.send(*messages)

    def matrices(self) -> dict[str, Any]:
        """Returns matrix_world [4, 4] of every named object with what was found so far."""
        found = {}
        for name in self.names:
            world = self._start[name]
            for moved, delta in zip(self._moved, self._deltas, strict=True):
                if delta is not None and name in moved:
                    world = delta @ world
            found[name] = matrix(world.tolist())
        return found
