"""The messages between the extension (the client) and the worker, as frozen dataclasses, and their JSON form.

A message is one JSON object: its fields and ``type``, the name of its class. Reading is strict: an unknown type, an
unknown, missing or wrong field is a ProtocolError that names it. Scenes travel as bundle files (``wire/bundle.py``) and
pictures as PNG files in a folder that the client makes for the job and removes. Where both sides share no disk the
folder is "" and the files travel as ``Piece`` messages, sent before the message that names them.

Hello, Welcome and Failed keep their form in all versions, so that two sides of different versions can say so.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .frames import ProtocolError, encode
from .strict import is_number, read_object, read_value

PROTOCOL = 1
"""Version of the messages; both sides must have the same."""
PIECE = 256 << 10
"""Bytes of a file in one Piece, at most: short enough that a heartbeat gets between two on a slow line."""

Row = tuple[float, float, float, float]
Matrix = tuple[Row, Row, Row, Row]
"""A 4x4 matrix on column vectors, rows first."""

KINDS = (
    "prompt", "scene", "settings", "model", "memory", "device", "no_valid_pose", "disk", "version", "protocol",
    "runtime", "internal",
)  # fmt: skip
"""What ``Failed.kind`` may be. ``version``, ``protocol`` and ``runtime`` (a package that cannot be imported) end the worker."""
EXIT_VERSION, EXIT_PROTOCOL, EXIT_RUNTIME = 3, 4, 5
"""Exit codes of a worker after those three; 0 is the end it was asked for."""
MODEL_STATES = ("builtin", "cached", "known")


class VersionMismatch(ProtocolError):
    """The other side speaks another version, ``theirs``."""

    def __init__(self, theirs: object) -> None:
        super().__init__(f"the other side speaks protocol {str(theirs)[:20]}, this one {PROTOCOL}")
        self.theirs = theirs


# ------------------------------------------------------------------ from the client to the worker


@dataclass(frozen=True)
class Hello:
    """The first message. ``version``: the extension's."""

    protocol: int
    version: str


@dataclass(frozen=True)
class Place:
    """Asks for a placement. ``bundle``: path of the scene, or the name of a file sent in pieces.

    ``settings`` are fields of PlaceSettings as plain JSON; what is left out keeps its default. ``together``: the objects
    move as one, else each in turn. Pictures and ``result.json`` go into ``folder``; "" sends them back in pieces.
    """

    job: int
    bundle: str
    objects: tuple[str, ...]
    prompt: str
    settings: dict[str, Any] = field(default_factory=dict)
    together: bool = False
    folder: str = ""


@dataclass(frozen=True)
class Read:
    """Asks what is understood of a prompt, without placing; answered by Understood or Failed. Fields as in Place."""

    job: int
    bundle: str
    object: str
    prompt: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cancel:
    """Ends a job, waiting or running, or a download; answered by Cancelled unless it had ended before."""

    job: int


@dataclass(frozen=True)
class Devices:
    """Asks for the devices, each tried out; answered by DeviceList."""


@dataclass(frozen=True)
class Models:
    """Asks for the models that judge pictures; answered by ModelList."""


@dataclass(frozen=True)
class Download:
    """Downloads a model's weights; answered by Progress, then Finished (``result``: the file), Cancelled or Failed."""

    job: int
    model: str


@dataclass(frozen=True)
class Free:
    """Lets go of the models that are kept between jobs."""


@dataclass(frozen=True)
class Bye:
    """Ends the worker, as the end of the stream does."""


# ------------------------------------------------------------------ both ways


@dataclass(frozen=True)
class Piece:
    """A part of a file of a job, in order. ``data``: at most PIECE bytes in base64; ``last`` ends the file."""

    job: int
    name: str
    data: str
    last: bool


# ------------------------------------------------------------------ from the worker to the client


@dataclass(frozen=True)
class Welcome:
    """The answer to Hello. ``versions`` by package: core, python, torch, open_clip and others; unknown ones are left out."""

    protocol: int
    versions: dict[str, str]
    pid: int
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heartbeat:
    """Twice a second. ``rss``: bytes of memory in use, 0 where that is not known. ``busy``: the job that runs."""

    rss: int
    busy: int | None = None


@dataclass(frozen=True)
class Stage:
    """Where a job is. ``done``: share of the whole job, 0 to 1. ``object``: which of several it is at."""

    job: int
    stage: str
    done: float
    seconds_left: float | None = None
    message: str = ""
    object: str = ""


@dataclass(frozen=True)
class Best:
    """The best pose so far: matrix_world of every object that was named."""

    job: int
    matrices: dict[str, Matrix]
    score: float
    object: str = ""


@dataclass(frozen=True)
class Candidate:
    """One of the poses found, ``index`` 0 being the best for ``object``.

    ``deltas``: world matrices to put before the matrix_world of each root that moves with this choice, in this order
    (objects placed earlier in the job come first, with their best pose). ``terms``: losses by name. ``checks`` as in the
    result file. ``picture``: a PNG file, or the name of one sent in pieces.
    """

    job: int
    index: int
    deltas: dict[str, Matrix]
    score: float
    terms: dict[str, float | None] = field(default_factory=dict)
    checks: dict[str, Any] = field(default_factory=dict)
    picture: str | None = None
    object: str = ""


@dataclass(frozen=True)
class Understood:
    """What a prompt was read as, in the result file's form, and lines for the user."""

    job: int
    reading: dict[str, Any]
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finished:
    """A job's end. ``result``: the result file (docs/result-file.md), or the name of one sent in pieces."""

    job: int
    result: str
    seconds: float


@dataclass(frozen=True)
class Cancelled:
    """A job's end after Cancel; nothing of it is to be kept."""

    job: int


@dataclass(frozen=True)
class Failed:
    """A job's end, or with ``job`` None the worker's. ``kind``: one of KINDS; ``remedy``: what the user can do."""

    job: int | None
    kind: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Device:
    """A device that was tried. ``id`` as the device setting takes it; memory in bytes, None when not known.

    ``problem``: one line when computing on it failed. ``automatic``: the one that ``auto`` takes.
    """

    id: str
    name: str
    free: int | None = None
    total: int | None = None
    problem: str | None = None
    automatic: bool = False


@dataclass(frozen=True)
class DeviceList:
    """The devices of the machine."""

    devices: tuple[Device, ...]


@dataclass(frozen=True)
class Model:
    """A model that judges pictures. ``spec`` as the clip setting takes it; ``bytes`` None when not known."""

    spec: str
    state: str
    bytes: int | None = None
    note: str = ""


@dataclass(frozen=True)
class ModelList:
    """The builtin model, those on this machine and some known ones; ``folder``: where downloads go, ``free`` bytes there."""

    models: tuple[Model, ...]
    folder: str = ""
    free: int | None = None


@dataclass(frozen=True)
class Progress:
    """A download: bytes ``done`` of ``total``, None when the server does not say."""

    job: int
    model: str
    done: int
    total: int | None
    folder: str = ""


@dataclass(frozen=True)
class Log:
    """A line for the log. ``level``: debug, info, warning or error."""

    level: str
    text: str


ToWorker = Hello | Place | Read | Cancel | Devices | Models | Download | Free | Bye | Piece
ToClient = (
    Welcome | Heartbeat | Stage | Best | Candidate | Understood | Finished | Cancelled | Failed | DeviceList | ModelList
    | Progress | Log | Piece
)  # fmt: skip
Message = ToWorker | ToClient
TO_WORKER: dict[str, type] = {c.__name__: c for c in typing.get_args(ToWorker)}
TO_CLIENT: dict[str, type] = {c.__name__: c for c in typing.get_args(ToClient)}


# ------------------------------------------------------------------ to JSON and back


def to_json(message: Message) -> dict[str, Any]:
    """Returns the JSON object of a message."""
    return {"type": type(message).__name__, **dataclasses.asdict(message)}


def frame(message: Message) -> bytes:
    """Returns the frame of a message. Raises ProtocolError when it is too large."""
    return encode(to_json(message))


def from_json(value: Mapping[str, Any], known: Mapping[str, type]) -> Any:
    """Returns the message of a JSON object, one of ``known`` (TO_WORKER or TO_CLIENT).

    Raises ProtocolError that names what is unknown, missing or wrong, and VersionMismatch for a Hello or Welcome of
    another version, whatever else stands in it.
    """
    name = value.get("type")
    kind = known.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError(f"a message of unknown type {str(name)[:40]!r}")
    if kind in (Hello, Welcome) and is_number(value.get("protocol")) and value["protocol"] != PROTOCOL:
        raise VersionMismatch(value["protocol"])
    message = read_object(kind, value, kind.__name__, ("type",))
    if isinstance(message, Failed) and message.kind not in KINDS:
        raise ProtocolError(f"Failed.kind is {message.kind[:40]!r}; known are {', '.join(KINDS)}")
    return message


def matrix(rows: Sequence[Sequence[float]]) -> Matrix:
    """Returns a 4x4 of anything that iterates as rows of numbers. Raises ProtocolError for another shape or NaN."""
    return read_value(Matrix, [[float(v) for v in row] for row in rows], "matrix")
