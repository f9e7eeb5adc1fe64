"""Facing and attitudes: where the body's front and up point."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ...pose import Pose
from ...scene.body import Body
from ...scene.model import Array
from .contract import Relation, Slacks, penalty
from .decks import Anchor
from .limits import LIMITS
from .plan import on_device
from .shape import BodyShape, BodyState, front_axis, up_axis

LONG = 4.0
"""An anchor this many times longer than thick (a wall) is faced where it is nearest, not at its centre."""


class Facing(Relation):
    """The body's front, seen from above, points at the anchor (or away from it) within 30 degrees."""

    unit = "rad"

    def __init__(self, name: str, anchor_name: str, body: BodyShape, anchor: Anchor | None, point: Array) -> None:
        super().__init__(name, (anchor_name,), body)
        self.away = name == "facing_away"
        self._point = on_device(np.asarray(point, np.float64)[:2], body.device)
        self._box: Tensor | None = None
        if anchor is not None:
            sides = np.sort(anchor.box[:2])
            if sides[1] > LONG * max(sides[0], 1e-9):
                inner = 0.4 * anchor.box[:2]
                box = np.stack([anchor.centre[:2] - inner, anchor.centre[:2] + inner])
                self._box = on_device(box, body.device)

    def heading(self, base: Tensor) -> Tensor:
        """Returns the horizontal vectors [K, 2] that the front of bodies at ``base`` [K, 3] should point along."""
        middle = base[:, :2]
        target = self._point.to(middle)
        if self._box is not None:
            box = self._box.to(middle)
            target = torch.minimum(torch.maximum(middle, box[0]), box[1])
        return middle - target if self.away else target - middle

    def slacks(self, state: BodyState) -> Slacks:
        """Returns angle: what is left of the 30 degrees, radians."""
        wanted = self.heading(state.centre)
        front = state.front[:, :2]
        dot = (front * wanted).sum(1)
        cross = front[:, 0] * wanted[:, 1] - front[:, 1] * wanted[:, 0]
        small = 1e-9 * (dot * dot + cross * cross).detach() + 1e-20
        return {"angle": LIMITS.facing - torch.atan2(torch.sqrt(cross * cross + small), dot)}

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Within 10 degrees."""
        return {"angle": math.radians(20.0)}

    def energy(self, poses: Pose) -> Tensor:
        """Returns [K]: 0 within 10 degrees, about 1 at a right angle: what faces a thing looks at it, not past it."""
        state = self.body.at(poses)
        return penalty(math.radians(20.0) - self.slacks(state)["angle"], math.radians(60.0))


class Attitude(Relation):
    """The body's up (or its front, for its back and its face) points where the prompt says."""

    unit = "rad"

    def __init__(self, name: str, body: BodyShape) -> None:
        super().__init__(name, (), body)

    def slacks(self, state: BodyState) -> Slacks:
        """Returns the radians left."""
        vertical = state.front[:, 2] if self.name in ("on_its_back", "on_its_face") else state.up[:, 2]
        if self.name in ("upside_down", "on_its_face"):
            vertical = -vertical
        angle = torch.acos(vertical.clamp(-1 + 1e-9, 1 - 1e-9))
        if self.name == "on_its_side":
            return {"angle": LIMITS.attitude - (angle - math.pi / 2).abs()}
        if self.name == "tilted":
            low, high = LIMITS.tilted
            return {"angle": torch.minimum(angle - low, high - angle)}
        return {"angle": LIMITS.attitude - angle}

    def energy(self, poses: Pose) -> Tensor:
        """Returns [K]: 0 within three quarters of the range, about 1 at a right angle off."""
        state = self.body.at(poses)
        return penalty(math.radians(5.0) - self.slacks(state)["angle"], math.radians(60.0))


def attitude_rotations(name: str, body: Body, facing: Array | None = None) -> Array:
    """Returns the rotations [A, 3, 3] (object frame to world) of an attitude; yaw is free on top of them.

    They turn the body as it stands upright: over the horizontal axis across its front, to its four sides, onto its back
    (front up) or face (front down). ``facing`` [3]: where its front points in the world as it stands, level.
    """
    upright = standing(body)
    front = front_axis(body.rotation) if facing is None else np.asarray(facing, np.float64)
    across = np.array([front[1], -front[0], 0.0])
    half, quarter = math.pi, math.pi / 2
    turns = {
        "upright": [np.eye(3)],
        "upside_down": [_about(across, half)],
        "on_its_side": [_about(a, s * quarter) for a in (front, across) for s in (1, -1)],
        "on_its_back": [_about(np.cross(front, [0.0, 0.0, 1.0]), quarter)],
        "on_its_face": [_about(np.cross(front, [0.0, 0.0, 1.0]), -quarter)],
        "tilted": [_about(a, s * math.radians(30)) for a in (front, across) for s in (1, -1)],
        "leaning": [_about(a, s * math.radians(15)) for a in (front, across) for s in (1, -1)],
    }[name]
    return np.stack([t @ upright for t in turns])


def standing(body: Body) -> Array:
    """Returns the rotation [3, 3] of the body upright: its rest rotation, straightened when it came tilted."""
    up = up_axis(body)
    axis = np.cross(up, [0.0, 0.0, 1.0])
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return np.asarray(body.rotation, np.float64)
    return _about(axis / sine, math.atan2(sine, float(up[2]))) @ body.rotation


def _about(axis: Array, angle: float) -> Array:
    """Returns the rotation [3, 3] by ``angle`` about a unit axis (Rodrigues' formula)."""
    x, y, z = np.asarray(axis, np.float64) / max(float(np.linalg.norm(axis)), 1e-12)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * (k @ k)
