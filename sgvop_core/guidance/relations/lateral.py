"""Left, right, in front and behind: beside the anchor along a horizontal axis of the picture, or of the anchor."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...scene.cameras import camera_axes
from ...scene.model import Array, Camera
from .contract import Relation, Slacks
from .decks import Anchor
from .limits import LIMITS
from .plan import on_device
from .shape import BodyShape, BodyState, front_axis


def direction_of(name: str, frame: str | None, camera: Camera, anchor: Anchor) -> Array:
    """Returns the horizontal unit vector [3] from the anchor towards its left, right, front or behind.

    In the anchor's frame these are its own: its front is where it faces, its left is at its own left hand.
    """
    if frame == "anchor":
        front = front_axis(anchor.rotation)
        # Facing along the front with Z up, the left hand is Z x front.
        left = np.array([-front[1], front[0], 0.0])
        return {"left": left, "right": -left, "front": front, "behind": -front}[name]
    right, away = camera_axes(camera)
    return {"left": -right, "right": right, "front": -away, "behind": away}[name]


class Lateral(Relation):
    """The body is beyond the anchor's side along ``direction``, within its cone, near, and on a comparable height."""

    def __init__(
        self, name: str, anchor: Anchor, body: BodyShape, frame: str | None, direction: Array, same_height: bool
    ) -> None:
        super().__init__(name, (anchor.name,), body, frame)
        self.anchor, self.direction, self.same_height = anchor, direction, same_height
        self._along = on_device(direction, body.device)
        self._across = on_device(np.array([-direction[1], direction[0], 0.0]), body.device)
        self.side = float((anchor.hull @ direction).max())
        self.far_side = float((anchor.hull @ direction).min())
        across = anchor.hull @ np.array([-direction[1], direction[0], 0.0])
        self.middle = float((across.max() + across.min()) / 2)
        self.centre = (self.side + self.far_side) / 2

    def slacks(self, state: BodyState) -> Slacks:
        """Returns gap, cone, near and (unless another relation says where it rests) height."""
        low, high = state.extent(self._along)
        left, right = state.extent(self._across)
        offset = (low + high) / 2 - self.centre
        aside = (left + right) / 2 - self.middle
        aside = torch.sqrt(aside * aside + (1e-3 * state.size) ** 2) - 1e-3 * state.size
        slacks = {
            "gap": low - self.side,
            "cone": offset - aside,
            "near": self.reach(state) - (low - self.side),
        }
        if self.same_height:
            slacks["height"] = height_slack(state, self.anchor)
        return slacks

    def reach(self, state: BodyState) -> Tensor:
        """Returns how far [K] in metres the body may be beyond the anchor's side."""
        largest = torch.clamp(state.size, min=self.anchor.size)
        return torch.clamp(LIMITS.reach_sizes * largest, min=LIMITS.reach)

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """A small gap, well within the cone, and rather near than far."""
        return {
            "gap": 0.03 * state.size,
            "cone": 0.15 * state.width,
            "near": 0.5 * self.reach(state).detach(),
            "height": 0.02 * state.height,
        }


def height_slack(state: BodyState, anchor: Anchor) -> Tensor:
    """Returns the room [K] left before body and anchor are too far apart in height: half of the sum of their heights
    may lie between them, so that a plate and a mug on one table go together and a floor and a table do not."""
    above = state.low[:, 2] - float(anchor.high[2])
    below = float(anchor.low[2]) - state.high[:, 2]
    return 0.5 * (state.height + float(anchor.box[2])) - torch.maximum(above, below).clamp_min(0.0)
