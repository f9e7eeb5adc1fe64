"""What is shown while a placement runs."""

from __future__ import annotations

import io

from sgvop_core.cli.progress import Pace, ProgressDisplay, describe
from sgvop_core.placement.progress import Progress


def report(stage: str, share: float, seconds: float = 0.0, message: str = "") -> Progress:
    return Progress(stage, share, 12, -0.25, None, seconds, 100.0, message, "mug")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_tells_stage_evaluations_score_and_time_left() -> None:
    assert describe(report("evolve", 0.5)) == "mug: evolve  50%, 12 evaluations, best score -0.250, 1 min 40 s left"


def test_piped_lines_are_plain_and_few() -> None:
    stream = io.StringIO()
    with ProgressDisplay(stream=stream, pace=Pace(seconds=5)) as display:
        for step in range(100):
            display(report("evolve", 0.3 + step / 1000, seconds=step / 10))
        display(report("polish", 0.7, seconds=10.0))
        display(report("polish", 0.7, seconds=10.1, message="fewer views: memory"))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert "\x1b" not in stream.getvalue()
    assert "fewer views: memory" in lines[-1]


def test_a_terminal_gets_a_bar_and_keeps_the_messages() -> None:
    stream = Terminal()
    with ProgressDisplay(stream=stream) as display:
        display(report("evolve", 0.5, message="CUDA is out of memory: on the CPU now"))
        display._bar.refresh()
    text = stream.getvalue()
    assert "evolve" in text and "12 evaluations" in text and "CUDA is out of memory" in text


def test_quiet_is_silent() -> None:
    stream = Terminal()
    with ProgressDisplay(quiet=True, stream=stream) as display:
        display(report("evolve", 0.5))
        display.note("something")
    assert stream.getvalue() == ""
