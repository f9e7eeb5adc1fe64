"""What the panel shows, as one plain record, so that panels hold no logic and can be drawn in every state. No bpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .client.states import Failure, Phase, State
from .verdicts import Line, bytes_text, seconds_text

STAGES = {
    "": "Preparing", "prepare": "Preparing", "propose": "Looking for Places", "evolve": "Searching", "polish": "Polishing",
    "resolve": "Settling", "check": "Checking", "done": "Finishing",
}  # fmt: skip
PHASES = {
    Phase.IDLE: "Not Running", Phase.STARTING: "Starting the Worker", Phase.GREETING: "Starting the Worker",
    Phase.READY: "Ready", Phase.SENDING: "Reading the Scene", Phase.RUNNING: "Working", Phase.CANCELLING: "Stopping the Search",
    Phase.STOPPING: "Stopping the Worker", Phase.FAILED: "Failed",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What is known now. ``job``: place, read, download or "" ; texts in English, translated when drawn."""

    runtime: bool = True
    """Whether there is something to run the worker with."""
    phase: Phase = Phase.IDLE
    job: str = ""
    title: str = ""
    """What is being done."""
    done: float = 0.0
    object: str = ""
    score: float | None = None
    seconds_left: float | None = None
    message: str = ""
    failure: Failure | None = None
    understood: tuple[Line, ...] = ()
    """Of the prompt as it stands; empty when it was not read."""
    memory: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def placing(self) -> bool:
        """Whether Place reads Cancel."""
        return self.job == "place"

    @property
    def downloading(self) -> bool:
        """Whether a model is being downloaded."""
        return self.job == "download"

    @property
    def facts(self) -> str:
        """Best score and time left in one line; empty before there are any."""
        parts = []
        if self.score is not None:
            parts.append(f"score {self.score:.3f}")
        left = seconds_text(self.seconds_left)
        if left:
            parts.append(f"{left} left")
        return ", ".join(parts)

    @property
    def busy(self) -> str:
        """Why nothing can be begun now, in one line; empty when it can."""
        if self.placing:
            return "A placement is running; cancel it or wait"
        if self.downloading:
            return "A model is being downloaded; cancel it or wait"
        if self.phase.ending:
            return "The worker is still stopping; try again in a moment"
        return ""


def shown_state(state: State, runtime: bool = True, understood: tuple[Line, ...] = ()) -> Shown:
    """Returns what the panel shows of the client's state."""
    job, progress = state.job, state.progress
    kind = job.kind if job is not None else ""
    done, title, message = progress.done, PHASES[state.phase], progress.message
    if kind == "download":
        title = "Downloading"
        if progress.total:
            message = f"{bytes_text(int(progress.done))} of {bytes_text(progress.total)}"
            done = progress.done / progress.total
        else:
            done = 0.0
    elif state.phase is Phase.RUNNING:
        title = STAGES.get(progress.stage, progress.stage.replace("_", " ").title())
    if state.stalled:
        message = "The worker does not answer; waiting for it"
    return Shown(
        runtime, state.phase, kind, title, min(max(done, 0.0), 1.0), progress.object, progress.score,
        progress.seconds_left, message, state.failure, understood, state.memory, state.versions,
    )  # fmt: skip
