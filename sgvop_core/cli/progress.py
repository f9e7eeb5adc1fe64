"""The progress of a placement on the terminal: a live bar, or plain lines when the output is piped."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from ..placement.progress import Progress


@dataclass(frozen=True)
class Pace:
    """How often plain lines are written."""

    seconds: float = 5.0
    """Between two lines of the same stage, so that a log stays short."""


def describe(report: Progress) -> str:
    """Returns one plain line: object, stage, share, evaluations, best score, time left, message."""
    parts = [f"{report.stage} {report.share:4.0%}", f"{report.evaluations} evaluations"]
    if report.best_score is not None:
        parts.append(f"best score {report.best_score:z.3f}")
    if report.seconds_left is not None and report.share < 1:
        parts.append(f"{_duration(report.seconds_left)} left")
    if report.message:
        parts.append(report.message)
    return (f"{report.object}: " if report.object else "") + ", ".join(parts)


def _duration(seconds: float) -> str:
    whole = max(round(seconds), 0)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60:02d} s"


class ProgressDisplay:
    """Shows reports on ``stream`` (standard error): a bar on a terminal, lines elsewhere, nothing when quiet.

    A context manager; call it with a ``Progress``, or ``note`` a line that stays.
    """

    def __init__(self, quiet: bool = False, stream: TextIO | None = None, pace: Pace | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.quiet = quiet
        self.pace = pace or Pace()
        self._bar: Any = None
        self._task: Any = None
        self._last: tuple[str, str, float] | None = None
        self._messages: set[str] = set()

    def __enter__(self) -> ProgressDisplay:
        if not self.quiet and self.stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.percentage:>3.0f}%  {task.fields[detail]}"),
                console=Console(file=self.stream),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("loading", total=1.0, detail="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def note(self, line: str) -> None:
        """Writes a line that stays, above the bar where there is one."""
        if self.quiet:
            return
        if self._bar is not None:
            self._bar.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=self.stream, flush=True)

    def __call__(self, report: Progress) -> None:
        if self.quiet:
            return
        if self._bar is not None:
            self._show(report)
        elif self._due(report):
            print(describe(report), file=self.stream, flush=True)

    def _show(self, report: Progress) -> None:
        if report.message and report.message not in self._messages:
            self._messages.add(report.message)
            self.note(report.message)
        detail = [f"{report.evaluations} evaluations"]
        if report.best_score is not None:
            detail.append(f"best {report.best_score:z.3f}")
        if report.seconds_left is not None:
            detail.append(f"{_duration(report.seconds_left)} left")
        name = f"{report.object}: {report.stage}" if report.object else report.stage
        self._bar.update(self._task, completed=report.share, description=name, detail="  ".join(detail))

    def _due(self, report: Progress) -> bool:
        """Whether a plain line is due: a new stage, a message, or enough time since the last line."""
        last = self._last
        due = (
            last is None
            or last[:2] != (report.object, report.stage)
            or bool(report.message)
            or report.seconds - last[2] >= self.pace.seconds
        )
        if due:
            self._last = (report.object, report.stage, report.seconds)
        return due
