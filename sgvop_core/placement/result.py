"""What a placement returns: candidates with their scores and checks, and the result file's form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..pose import decompose
from ..scene.model import Scene
from .check import Checks
from .settings import PlaceSettings

FORMAT = 1
"""Version of the result file's form, raised when a reader of the last one would misread it."""


@dataclass(frozen=True)
class Candidate:
    """One pose of the placed object with its score (higher is better), its terms (lower is better) and its checks.

    matrix_world [4, 4] is the object's own, ``delta`` [4, 4] moves anything from before to after in the world;
    ``matrices`` holds matrix_world of every root that moved (several with ``together``).
    """

    matrix_world: np.ndarray
    delta: np.ndarray
    score: float
    terms: Mapping[str, float]
    checks: Checks
    matrices: Mapping[str, np.ndarray] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Returns the candidate in the result file's form; location in metres, rotation_euler XYZ in radians."""
        location, euler, scale = decompose(self.matrix_world)
        plain = {
            "matrix_world": _plain(self.matrix_world),
            "location": _plain(location),
            "rotation_euler": _plain(euler),
            "scale": _plain(scale),
            "score": _number(self.score),
            "guidance": {name: _number(value) for name, value in self.terms.items()},
            "checks": self.checks.as_json(),
        }
        if len(self.matrices) > 1:
            plain["objects"] = {name: _plain(m) for name, m in self.matrices.items()}
        return plain


@dataclass(frozen=True)
class Placement:
    """The outcome for one object (or several as one): candidates best first and the scene with the best one in it."""

    objects: tuple[str, ...]
    prompt: str
    candidates: tuple[Candidate, ...]
    scene: Scene
    deltas: Mapping[str, np.ndarray]
    """World matrix [4, 4] to apply to each moved root, for all objects placed so far."""
    understood: Mapping[str, Any]
    camera: str
    settings: PlaceSettings
    models: tuple[str, ...]
    device: str
    seconds: float
    evaluations: int
    stopped: str | None
    messages: tuple[str, ...]
    then: tuple[Placement, ...] = ()
    """Placements of further objects that were asked for in the same call, in order."""

    @property
    def best(self) -> Candidate:
        """The first candidate."""
        return self.candidates[0]

    @property
    def final(self) -> Placement:
        """The last placement of the call: its ``scene`` and ``deltas`` hold every object that was placed."""
        return self.then[-1] if self.then else self

    def block(self) -> dict[str, Any]:
        """Returns what the result file says of these objects alone."""
        return {
            "object": self.objects[0],
            "objects": list(self.objects),
            "prompt": self.prompt,
            "understood": dict(self.understood),
            "camera": self.camera,
            "evaluations": self.evaluations,
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
            "messages": list(self.messages),
            "candidates": [c.as_json() for c in self.candidates],
        }

    def as_json(self) -> dict[str, Any]:
        """Returns the whole result file (docs/result-file.md) as plain JSON values."""
        from .versions import versions

        whole = [self, *self.then]
        plain: dict[str, Any] = {"format": FORMAT, **self.block()}
        plain.update(
            settings=self.settings.as_json(),
            seed=self.settings.seed,
            models=list(self.models),
            versions=versions(),
            device=self.device,
        )
        if self.then:
            plain["seconds"] = round(sum(p.seconds for p in whole), 3)
            plain["evaluations"] = sum(p.evaluations for p in whole)
            plain["placements"] = [p.block() for p in whole]
        return plain


def _number(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None


def _plain(array: np.ndarray) -> Any:
    # Nine decimals: a nanometre in metres, and -0.0 is written as 0.0.
    return (np.round(np.asarray(array, np.float64), 9) + 0.0).tolist()
