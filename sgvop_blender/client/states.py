"""What the client's state machine is made of: phases, the state, events and effects. Plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Phase(Enum):
    """Where the client is with its worker."""

    IDLE = "idle"
    """No worker process, and none needed."""
    STARTING = "starting"
    """The process is being made."""
    GREETING = "greeting"
    """Hello was sent; a worker that imports torch for the first time takes a while to answer."""
    READY = "ready"
    """The worker waits for work."""
    SENDING = "sending"
    """A job is being prepared, or was sent and not answered yet."""
    RUNNING = "running"
    """The worker is at the job."""
    CANCELLING = "cancelling"
    """The job is over for the user; the worker was asked to leave it."""
    STOPPING = "stopping"
    """The process was asked, or made, to end."""
    FAILED = "failed"
    """The worker is of no use; the state's ``failure`` says why. Its process may still be ending."""

    @property
    def working(self) -> bool:
        """Whether a job may be under way, so that the button reads Cancel."""
        return self in (Phase.STARTING, Phase.GREETING, Phase.SENDING, Phase.RUNNING)

    @property
    def ending(self) -> bool:
        """Whether the client waits for something to end before it can begin anything."""
        return self in (Phase.CANCELLING, Phase.STOPPING)


@dataclass(frozen=True)
class Limits:
    """Times in seconds."""

    start: float = 90.0
    """From starting the process to its welcome: a cold disk, an antivirus scan or ssh make this long."""
    cancel: float = 2.0
    """For the worker to leave a job once asked."""
    end: float = 2.0
    """From one way of ending the process to the next harder one."""
    silence: float = 2.0
    """Without a heartbeat before the user is told."""
    lost: float = 10.0
    """Without a heartbeat before the worker counts as stalled for good."""
    away: float = 1.0
    """A longer gap between two ticks means that we slept, not the worker; the rest of it counts for no limit."""


@dataclass(frozen=True)
class Failure:
    """Why a job or the worker failed. ``cause`` is a word for programs, the others are for the user."""

    cause: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Job:
    """One thing asked of the worker. ``kind``: place, read or download; ``message`` is None until it is prepared."""

    number: int
    kind: str
    message: Any = None
    files: tuple[tuple[str, str], ...] = ()
    sent: bool = False


@dataclass(frozen=True)
class JobProgress:
    """What is known of the job under way; ``done`` is a share, or of bytes with ``total``."""

    stage: str = ""
    done: float = 0.0
    seconds_left: float | None = None
    message: str = ""
    object: str = ""
    score: float | None = None
    total: int | None = None


@dataclass(frozen=True)
class State:
    """All that the machine knows. ``running``: a process was started and its end was not seen yet."""

    version: str = ""
    limits: Limits = Limits()
    phase: Phase = Phase.IDLE
    running: bool = False
    job: Job | None = None
    cancelled: int | None = None
    """The job that the worker was asked to leave."""
    cancelled_kind: str = ""
    waiting: tuple[Any, ...] = ()
    """Questions to send after the welcome."""
    progress: JobProgress = JobProgress()
    failure: Failure | None = None
    """Of the worker in FAILED, else of the last job, until the next begins."""
    stalled: bool = False
    since: float = 0.0
    heard: float = 0.0
    ticked: float | None = None
    force: int = 0
    """How the process was told to end: 0 not, 1 asked, 2 terminated, 3 killed."""
    restart: bool = False
    memory: int = 0
    """Bytes that the worker last said it uses."""
    versions: dict[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()


# ------------------------------------------------------------------ events; each has the time it happened


@dataclass(frozen=True)
class Begin:
    """The user wants a job done. Without ``message`` the job has to be prepared first."""

    now: float
    job: int
    kind: str
    message: Any = None


@dataclass(frozen=True)
class Ask:
    """The user asks something that is no job: Devices, Models or Free."""

    now: float
    message: Any


@dataclass(frozen=True)
class CancelJob:
    """The user wants the job ended and everything put back."""

    now: float


@dataclass(frozen=True)
class Restart:
    """The user wants a fresh worker."""

    now: float


@dataclass(frozen=True)
class Stop:
    """The worker is not needed any more (Blender closes, the extension is switched off)."""

    now: float


@dataclass(frozen=True)
class Prepared:
    """A job can be sent. ``files``: (name, path) to send in pieces before it."""

    now: float
    job: int
    message: Any
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Unprepared:
    """A job cannot be sent."""

    now: float
    job: int
    failure: Failure


@dataclass(frozen=True)
class Started:
    """The process exists."""

    now: float
    pid: int


@dataclass(frozen=True)
class NotStarted:
    """The process could not be made."""

    now: float
    failure: Failure


@dataclass(frozen=True)
class Received:
    """A message of the worker."""

    now: float
    message: Any


@dataclass(frozen=True)
class Garbled:
    """The worker sent what is no message; ``cause`` is garbage or version."""

    now: float
    reason: str
    cause: str = "garbage"


@dataclass(frozen=True)
class Exited:
    """The process is gone. ``cause`` as in exits.py, ``code`` as the system gave it."""

    now: float
    code: int
    cause: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Tick:
    """Time passes."""

    now: float


Event = (
    Begin | Ask | CancelJob | Restart | Stop | Prepared | Unprepared | Started | NotStarted | Received | Garbled | Exited | Tick
)  # fmt: skip


# ------------------------------------------------------------------ effects


@dataclass(frozen=True)
class Start:
    """Make the process; answer with Started or NotStarted."""


@dataclass(frozen=True)
class Prepare:
    """Make the job's message; answer with Prepared or Unprepared."""

    job: int


@dataclass(frozen=True)
class Send:
    """Send a message, after the files."""

    message: Any
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CloseInput:
    """End the worker's input."""


@dataclass(frozen=True)
class Terminate:
    """Tell the process to end."""


@dataclass(frozen=True)
class Kill:
    """End the process."""


@dataclass(frozen=True)
class Apply:
    """Show the best pose so far. ``matrices``: matrix_world by the scene's names."""

    job: int
    matrices: dict[str, Any]
    score: float


@dataclass(frozen=True)
class Keep:
    """Keep a message of the job: a Candidate, an Understood or a Piece of a file."""

    job: int
    message: Any


@dataclass(frozen=True)
class Done:
    """The job is over and its result stands; ``message`` is the one that ended it."""

    job: int
    message: Any


@dataclass(frozen=True)
class Restore:
    """The job is over and everything is to be as before it; ``failure`` is None when the user cancelled."""

    job: int
    failure: Failure | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to a question."""

    message: Any


@dataclass(frozen=True)
class Show:
    """A line for the user, or the log. ``level``: debug, info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True)
class Refuse:
    """A request that cannot be taken now, and why; ``job`` None for a question."""

    job: int | None
    reason: str


Effect = (
    Start | Prepare | Send | CloseInput | Terminate | Kill | Apply | Keep | Done | Restore | Answer | Show | Refuse
)  # fmt: skip
