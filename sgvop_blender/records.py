"""What was asked, what came of it and where everything stood before: the history's plain data. No bpy here.

Each matrix is a world matrix [4, 4] as nested tuples, rows first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .client.states import Failure

Matrix = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class ObjectKey:
    """How an object is found again. ``uid`` is Blender's session_uid, which stays through undo and renaming.

    ``file`` counts the files opened before it; in another file only the name can tell.
    """

    name: str
    library: str | None = None
    uid: int | None = None
    file: int = 0


@dataclass(frozen=True)
class Channels:
    """An object's own transform channels, exactly; ``rotation`` in the form of ``mode``."""

    location: tuple[float, ...]
    mode: str
    rotation: tuple[float, ...]
    scale: tuple[float, ...]
    parent_inverse: tuple[float, ...]


@dataclass(frozen=True)
class Start:
    """An object before it was placed. ``name`` in the bundle; ``above``: the placed objects that it hangs below."""

    name: str
    key: ObjectKey
    matrix: Matrix
    channels: Channels
    above: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """A pose found for ``object`` (its name in the bundle): a candidate, ``index`` 0 being the best."""

    index: int
    object: str
    deltas: Mapping[str, Matrix]
    score: float
    terms: Mapping[str, float | None] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)
    picture: str | None = None


@dataclass
class Record:
    """One run. ``asked`` holds what the panel needs to ask the same again; ``outcome``: running, done, cancelled, failed.

    ``options`` lists the candidates of each object (or group, by its first object) in the order they were placed, and
    ``chosen`` the index of the one that the scene shows, none before the end and after a return to the start.
    """

    number: int
    objects: tuple[str, ...]
    prompt: str
    settings: dict[str, Any]
    together: bool = False
    asked: dict[str, Any] = field(default_factory=dict)
    scene: str = ""
    view_layer: str = ""
    starts: tuple[Start, ...] = ()
    options: dict[str, list[Option]] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    understood: dict[str, Any] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outcome: str = "running"
    failure: Failure | None = None
    seconds: float = 0.0
    disturbed: bool = False
    """Whether something else was changed during the search."""
    result: str = ""
    """Path of the result file, "" before the end; it goes with the run's pictures."""

    @property
    def locks(self) -> frozenset[str]:
        """The channels that keep their values."""
        return frozenset(self.settings.get("locks") or ())

    def add(self, option: Option) -> None:
        """Adds a candidate in its place."""
        known = self.options.setdefault(option.object, [])
        known[:] = sorted([o for o in known if o.index != option.index] + [option], key=lambda o: o.index)

    def option(self, index: int, object: str | None = None) -> Option:
        """Returns a candidate of an object, by default of the last placed. Raises KeyError when there is none."""
        name = object if object is not None else next(reversed(self.options), None)
        for option in self.options.get(name or "", ()):
            if option.index == index:
                return option
        raise KeyError(f"no candidate {index + 1} of '{name}' in run {self.number}")


def targets(record: Record, chosen: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Returns matrix_world [4, 4] of each root that moves, parents before children, when these candidates are taken.

    An object without a choice, and all that were placed after it, stays at its start. Raises KeyError for a candidate that
    is not there.
    """
    matrices = {s.name: np.array(s.matrix, np.float64) for s in record.starts}
    moved: list[str] = []
    for name in record.options:
        if name not in chosen:
            break
        for root, delta in record.option(chosen[name], name).deltas.items():
            if root in moved:
                continue
            moved.append(root)
            for start in record.starts:
                if start.name == root or root in start.above:
                    matrices[start.name] = np.array(delta, np.float64) @ matrices[start.name]
    depth = {s.name: len(s.above) for s in record.starts}
    return {name: matrices[name] for name in sorted(moved, key=lambda n: depth.get(n, 0)) if name in matrices}
