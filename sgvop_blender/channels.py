"""An object's transform channels: read, put back exactly, and written with the least change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .records import Channels

SAME = 1e-6
"""A channel that changes by less, relative to its size and at least 1, is not meant to change."""
ROTATION = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}


def read_channels(obj: Any) -> Channels:
    """Returns the object's channels as they are."""
    mode = obj.rotation_mode
    return Channels(
        tuple(obj.location),
        mode,
        tuple(getattr(obj, ROTATION.get(mode, "rotation_euler"))),
        tuple(obj.scale),
        tuple(v for row in obj.matrix_parent_inverse for v in row),
    )


def put_back(obj: Any, channels: Channels) -> None:
    """Sets the object's channels exactly; what has the value already is not touched."""
    now = read_channels(obj)
    if now == channels:
        return
    if now.mode != channels.mode:
        obj.rotation_mode = channels.mode
    _set(obj, "location", channels.location)
    _set(obj, ROTATION.get(channels.mode, "rotation_euler"), channels.rotation)
    _set(obj, "scale", channels.scale)
    put_parent_inverse_back(obj, channels)


def put_parent_inverse_back(obj: Any, channels: Channels) -> None:
    """Sets what stands between the object and its parent exactly; not touched when it is so already."""
    flat = channels.parent_inverse
    if tuple(v for row in obj.matrix_parent_inverse for v in row) != flat:
        obj.matrix_parent_inverse = [flat[k : k + 4] for k in range(0, 16, 4)]


def settle(obj: Any, before: Channels) -> None:
    """Writes the object's pose with the channels nearest to those before.

    Signs of scale, turns of Euler angles and the sign of a quaternion stay as they were, and what changed by no more than
    rounding gets its old value back.
    """
    if obj.rotation_mode != before.mode:
        return
    name = ROTATION.get(before.mode, "rotation_euler")
    flips = _flips(obj.scale, before.scale)
    rotation = np.array(_matrix(obj, name), np.float64) * flips
    turned = np.array(_matrix_of(obj, name, before.rotation), np.float64)
    if np.abs(rotation - turned).max() <= SAME:
        values: Sequence[float] = before.rotation
    else:
        values = _nearest(obj, name, rotation, before)
    _set(obj, name, [old if _same(old, new) else new for old, new in zip(before.rotation, values, strict=True)])
    scale = [value * flip for value, flip in zip(obj.scale, flips, strict=True)]
    for what, old_values, new_values in (
        ("location", before.location, tuple(obj.location)),
        ("scale", before.scale, scale),
    ):
        _set(obj, what, [old if _same(old, new) else new for old, new in zip(old_values, new_values, strict=True)])


def keep_locked(obj: Any, before: Channels, locks: Iterable[str]) -> None:
    """Gives locked channels (``location.x``, ``rotation.z``, ``scale.y`` ...) their values from before.

    A quaternion or axis and angle has no single axes: it is kept when all three are locked.
    """
    held = set(locks)
    for group, old, name in (("location", before.location, "location"), ("scale", before.scale, "scale")):
        now = getattr(obj, name)
        _set(obj, name, [old[k] if f"{group}.{axis}" in held else now[k] for k, axis in enumerate("xyz")])
    if before.mode in ROTATION:
        if {"rotation.x", "rotation.y", "rotation.z"} <= held:
            _set(obj, ROTATION[before.mode], before.rotation)
    else:
        now = obj.rotation_euler
        _set(
            obj,
            "rotation_euler",
            [before.rotation[k] if f"rotation.{a}" in held else now[k] for k, a in enumerate("xyz")],
        )


def _set(obj: Any, name: str, values: Sequence[float]) -> None:
    if tuple(getattr(obj, name)) != tuple(values):
        setattr(obj, name, values)


def _same(old: float, new: float) -> bool:
    return abs(new - old) <= SAME * max(1.0, abs(old))


def _flips(now: Sequence[float], before: Sequence[float]) -> np.ndarray:
    """Signs [3] that bring a scale to the signs it had; all 1 when only a mirror could."""
    flips = np.array([-1.0 if a * b < 0 else 1.0 for a, b in zip(now, before, strict=True)])
    return flips if flips.prod() > 0 else np.ones(3)


def _matrix(obj: Any, name: str) -> Any:
    if name == "rotation_euler":
        return obj.rotation_euler.to_matrix()
    return _quaternion(obj, name, getattr(obj, name)).to_matrix()


def _matrix_of(obj: Any, name: str, values: Sequence[float]) -> Any:
    if name == "rotation_euler":
        euler = obj.rotation_euler.copy()
        euler[:] = values
        return euler.to_matrix()
    return _quaternion(obj, name, values).to_matrix()


def _quaternion(obj: Any, name: str, values: Sequence[float]) -> Any:
    made = obj.rotation_quaternion.copy()
    if name == "rotation_axis_angle":
        angle, *axis = values
        length = math.sqrt(sum(v * v for v in axis))
        share = math.sin(angle / 2) / length if length > 1e-12 else 0.0
        values = (math.cos(angle / 2), *(v * share for v in axis)) if length > 1e-12 else (1.0, 0.0, 0.0, 0.0)
    made[:] = values
    return made.normalized()


def _nearest(obj: Any, name: str, rotation: np.ndarray, before: Channels) -> Sequence[float]:
    """The rotation [3, 3] in the form it had, by the values nearest to those before."""
    matrix = obj.rotation_euler.to_matrix()
    for k in range(3):
        matrix[k] = rotation[k].tolist()
    if name == "rotation_euler":
        old = obj.rotation_euler.copy()
        old[:] = before.rotation
        return tuple(matrix.to_euler(before.mode, old))
    quaternion = matrix.to_quaternion()
    if name == "rotation_quaternion":
        dot = sum(a * b for a, b in zip(quaternion, before.rotation, strict=True))
        return tuple(-v for v in quaternion) if dot < 0 else tuple(quaternion)
    axis, angle = quaternion.to_axis_angle()
    if sum(a * b for a, b in zip(axis, before.rotation[1:], strict=True)) < 0:
        axis, angle = -axis, -angle
    angle += 2 * math.pi * round((before.rotation[0] - angle) / (2 * math.pi))
    return (angle, *axis)
