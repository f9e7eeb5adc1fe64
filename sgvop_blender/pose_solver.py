"""Channels that bring an object's matrix_world to a pose through whatever stands between them, found by trying.

Gauss-Newton: Blender evaluates the object with each free channel changed a little, which gives the derivative of its matrix
(Nocedal and Wright, Numerical Optimization, 2nd edition, section 10.3), and the step that it promises is taken, or a part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .channels import ROTATION

MOST_STEPS = 12
SMALL = 1e-3
"""What a channel is changed by for its derivative, relative to its size: matrix_world is rounded at 1e-7 of its own."""
PROMISE = 0.8
"""Of the error; where the derivative promises to leave more, no change of the channels helps."""
SHARES = (1.0, 0.5, 0.2, 0.05)
"""Of the step, tried in turn until the error falls."""
WEAK = 1e-5
"""Directions that change the matrix by less, relative to the strongest, are left alone."""


def solve(obj: Any, wanted: np.ndarray, view_layer: Any, tolerance: float, locks: Iterable[str] = ()) -> float:
    """Changes the channels that are not in ``locks`` until matrix_world is ``wanted`` [4, 4]; returns the remaining error.

    It begins with the channels as they are, and leaves the best that it found. The error is the largest of any number, relative
    to the largest wanted, at least 1. Each of some steps takes ten evaluations of the dependency graph.
    """
    channels = _Channels(obj, view_layer, wanted, frozenset(locks))
    x, error = channels.start, channels.error(channels.start)
    for _ in range(MOST_STEPS):
        if np.abs(error).max() <= tolerance / 4 or not len(x):
            break
        slopes = np.stack([(channels.error(x + e) - error) / e.sum() for e in np.diag(channels.changes(x))], axis=1)
        step = np.linalg.lstsq(slopes, -error, rcond=WEAK)[0]
        size = np.linalg.norm(error)
        if not np.isfinite(step).all() or np.linalg.norm(error + slopes @ step) > PROMISE * size:
            break
        for share in SHARES:
            tried = channels.error(x + share * step)
            if np.linalg.norm(tried) < size:
                x, error = x + share * step, tried
                break
        else:
            break
    return float(np.abs(channels.error(x)).max())


class _Channels:
    """The free channels as one vector: locations, Euler angles or a turn [3] from where the object began, and scales."""

    def __init__(self, obj: Any, view_layer: Any, wanted: np.ndarray, locks: frozenset[str]) -> None:
        self.obj, self.view_layer, self.wanted = obj, view_layer, wanted
        self.size = max(1.0, float(np.abs(wanted).max()))
        self.turns = obj.rotation_mode in ROTATION
        own = [obj.location, np.zeros(3) if self.turns else obj.rotation_euler, obj.scale]
        self.all = np.concatenate([np.array(part, np.float64) for part in own])
        whole = self.turns and any(lock.startswith("rotation.") for lock in locks)
        names = [f"{group}.{axis}" for group in ("location", "rotation", "scale") for axis in "xyz"]
        held = [name in locks or (whole and name.startswith("rotation.")) for name in names]
        self.free = np.flatnonzero(~np.array(held))
        self.start = self.all[self.free]
        self.rotation = tuple(getattr(obj, ROTATION[obj.rotation_mode])) if self.turns else ()
        self.began: Any = _quaternion_of(obj) if self.turns else None

    def changes(self, x: np.ndarray) -> np.ndarray:
        """Returns what each channel is changed by, to see what that does."""
        angles = (self.free >= 3) & (self.free < 6)
        return SMALL * np.where(angles, 1.0, np.maximum(np.abs(x), np.where(self.free < 3, 1.0, SMALL)))

    def error(self, x: np.ndarray) -> np.ndarray:
        """Returns what matrix_world is off [12] with these channels."""
        values = self.all.copy()
        values[self.free] = x
        self.obj.location, self.obj.scale = values[:3], values[6:]
        if not self.turns:
            self.obj.rotation_euler = values[3:6]
        elif not values[3:6].any():
            setattr(self.obj, ROTATION[self.obj.rotation_mode], self.rotation)
        else:
            self._turn(values[3:6])
        self.view_layer.update()
        return (np.array(self.obj.matrix_world, np.float64) - self.wanted)[:3].reshape(-1) / self.size

    def _turn(self, by: np.ndarray) -> None:
        angle = float(np.linalg.norm(by))
        turn = self.began.copy()
        turn[:] = (np.cos(angle / 2), *(np.sin(angle / 2) / angle * by))
        turned = turn @ self.began
        if self.obj.rotation_mode == "QUATERNION":
            self.obj.rotation_quaternion = turned
        else:
            axis, angle = turned.to_axis_angle()
            self.obj.rotation_axis_angle = (angle, *axis)


def _quaternion_of(obj: Any) -> Any:
    """The object's own rotation, without what its delta adds."""
    if obj.rotation_mode == "QUATERNION":
        return obj.rotation_quaternion.normalized()
    angle, *axis = obj.rotation_axis_angle
    made = obj.rotation_quaternion.copy()
    length = float(np.linalg.norm(axis)) or 1.0
    made[:] = (np.cos(angle / 2), *(np.sin(angle / 2) / length * np.array(axis)))
    return made.normalized()
