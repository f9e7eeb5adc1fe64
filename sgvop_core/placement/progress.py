"""What a running placement tells its caller, and how the caller stops it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Progress:
    """One report. ``share`` runs from 0 to 1 over the whole placement; ``best_score`` is higher for better poses."""

    stage: str
    share: float
    evaluations: int
    best_score: float | None = None
    best_delta: np.ndarray | None = None
    """World matrix [4, 4] that moves the object from where it is to the best pose so far."""
    seconds: float = 0.0
    seconds_left: float | None = None
    message: str = ""
    object: str = ""


class CancelFlag(Protocol):
    """Anything with ``is_set``; a ``threading.Event`` serves."""

    def is_set(self) -> bool:
        """Returns True once the caller wants to stop."""
        ...


class StopSearch(Exception):
    """Raised inside the search when it must end now; the pipeline keeps what it has. ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Tracker:
    """Counts evaluations, knows the time, reports, and stops the search when budget, time or patience are spent."""

    report: Callable[[Progress], None] | None = None
    cancel: CancelFlag | None = None
    budget: int | None = None
    deadline: float | None = None
    object: str = ""
    evaluations: int = 0
    started: float = field(default_factory=time.monotonic)
    stage: str = "prepare"
    best_total: float = float("inf")
    best_delta: np.ndarray | None = None
    stopped: str | None = None
    _begin: float = 0.0
    _end: float = 0.0
    _share: float = 0.0

    def enter(self, stage: str, begin: float, end: float, message: str = "") -> None:
        """Begins a stage that covers the shares ``begin`` to ``end`` of the whole, and reports it."""
        self.stage, self._begin, self._end, self._share = stage, begin, end, begin
        self.tell(message)

    def allow(self, count: int) -> int:
        """Returns how many of ``count`` poses the budget still lets be judged. Raises StopSearch when that is none."""
        self.check()
        return count if self.budget is None else min(count, self.budget - self.evaluations)

    def spend(self, count: int) -> None:
        """Counts poses judged."""
        self.evaluations += count

    def check(self) -> None:
        """Raises StopSearch when the caller cancelled, the time is over or the budget is spent."""
        if self.cancel is not None and self.cancel.is_set():
            self.stopped = "cancelled"
        elif self.deadline is not None and time.monotonic() > self.deadline:
            self.stopped = "time limit"
        elif self.budget is not None and self.evaluations >= self.budget:
            self.stopped = "budget"
        else:
            return
        raise StopSearch(self.stopped)

    def advance(self, share_of_stage: float) -> None:
        """Reports that this share (0 to 1) of the current stage is done."""
        self._share = self._begin + (self._end - self._begin) * min(max(share_of_stage, 0.0), 1.0)
        self.tell()

    def improve(self, total: float, delta: np.ndarray) -> None:
        """Keeps a better pose for the reports; ``delta`` [4, 4] moves the object there."""
        if total < self.best_total:
            self.best_total, self.best_delta = total, delta

    def conclude(self, total: float, delta: np.ndarray) -> None:
        """Reports the end with the pose (``delta`` [4, 4]) that won its checks; its loss need not be the least seen."""
        self.best_total, self.best_delta = total, delta
        self.enter("done", 1.0, 1.0)

    def tell(self, message: str = "") -> None:
        """Sends one report with the state as it is."""
        if self.report is None:
            return
        seconds = time.monotonic() - self.started
        left = seconds * (1 - self._share) / self._share if self._share > 0.03 else None
        if self.deadline is not None and left is not None:
            left = min(left, max(self.deadline - time.monotonic(), 0.0))
        score = None if self.best_total == float("inf") else -self.best_total
        self.report(
            Progress(
                self.stage, self._share, self.evaluations, score, self.best_delta, seconds, left, message, self.object
            )
        )
