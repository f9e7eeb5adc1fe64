"""Inside and between: within the hollow of one anchor, or in the gap between two."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...scene.model import Array
from .contract import Relation, Slacks
from .decks import Anchor
from .lateral import height_slack
from .limits import LIMITS
from .plan import on_device
from .shape import BodyShape, BodyState, spread_hull

HULL_CORNERS = 160
"""Corners of the hull that stands for a container, enough for a round bowl to be off by half a per cent."""


def hull_planes(points: Array) -> Array:
    """Returns the outward half planes [P, 4] (unit normal, offset) of the convex hull of points [N, 3]."""
    from scipy.spatial import ConvexHull, QhullError

    chosen = spread_hull(points, HULL_CORNERS)
    try:
        return np.unique(np.round(ConvexHull(chosen).equations, 9), axis=0)
    except QhullError:
        # A flat sheet holds nothing, but its box still says where it is.
        return box_planes(np.stack([points.min(0), points.max(0)]))


def box_planes(box: Array) -> Array:
    """Returns the outward half planes [6, 4] of a box [2, 3]."""
    normals = np.concatenate([-np.eye(3), np.eye(3)])
    return np.column_stack([normals, np.concatenate([box[0], -box[1]])])


class Inside(Relation):
    """Enough of the body's volume is within the container's hull, and its walls are not entered."""

    def __init__(self, name: str, planes: Array, body: BodyShape, anchor: Anchor | None, depth: float) -> None:
        super().__init__("inside", (name,), body)
        self.anchor, self.depth = anchor, depth
        self._planes = on_device(planes, body.device)

    def outside(self, points: Tensor) -> Tensor:
        """Returns how far points [..., 3] are outside the hull, metres; negative inside."""
        planes = self._planes.to(points)
        return (points @ planes[:, :3].T + planes[:, 3]).amax(-1)

    def slacks(self, state: BodyState) -> Slacks:
        """Returns share and solid."""
        soft = (0.01 * state.size)[:, None]
        share = torch.sigmoid(-self.outside(state.volume) / soft).mean(1)
        away = self.outside(state.volume.mean(1)).clamp_min(0.0)
        needed = self.needed(state)
        covered = (share.detach() >= needed).to(away)
        slacks = {"share": (share - needed) * state.size - away * (1 - covered)}
        if self.anchor is not None:
            slacks["solid"] = LIMITS.solid * state.size + self._depth(state)
        return slacks

    def needed(self, state: BodyState) -> Tensor:
        """Returns the share [K] that must be inside: less for bodies that are taller than the container is deep."""
        fits = 0.8 * self.depth / state.height.clamp_min(1e-9)
        return torch.clamp(fits, min=0.2, max=LIMITS.inside)

    def _depth(self, state: BodyState) -> Tensor:
        """Returns the least signed distance [K] of the body's points to the container's solid; 0 outside it."""
        assert self.anchor is not None
        if state.fine:
            values = self.anchor.field.exact(state.points.reshape(-1, 3).cpu().numpy())[0]
            distance = on_device(values, state.points.device).reshape(state.points.shape[:2])
        else:
            distance = self.anchor.field.grid(state.points.device).coarse(state.points)
        return distance.amin(1).clamp_max(0.0)

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """A seventh of the volume more; the walls not entered at all."""
        return {"share": 0.15 * state.size, "solid": 0.02 * state.size}


class Between(Relation):
    """The body's centre is in the corridor between the facing sides of two anchors."""

    def __init__(self, first: Anchor, second: Anchor, body: BodyShape, same_height: bool) -> None:
        super().__init__("between", (first.name, second.name), body)
        self.first, self.second, self.same_height = first, second, same_height
        line = second.centre - first.centre
        flat = np.array([line[0], line[1], 0.0])
        # Things stacked over each other have their between along the vertical.
        self.level = float(np.linalg.norm(flat)) >= abs(line[2])
        line = flat if self.level else np.array([0.0, 0.0, line[2]])
        length = float(np.linalg.norm(line))
        self.axis = line / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
        side = np.array([-self.axis[1], self.axis[0], 0.0]) if self.level else np.array([1.0, 0.0, 0.0])
        start, end = float((first.hull @ self.axis).max()), float((second.hull @ self.axis).min())
        if end <= start:
            a, b = float(first.centre @ self.axis), float(second.centre @ self.axis)
            start, end = a + 0.25 * (b - a), b - 0.25 * (b - a)
        self.start, self.end = start, end
        self.middle = (first.centre + second.centre) / 2
        self.sides = [side] if self.level else [np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])]
        widths = [max(float(np.ptp(a.hull @ s)) for s in self.sides) for a in (first, second)]
        self.half_width = max(0.25 * max(widths), 0.15 * length)

    def slacks(self, state: BodyState) -> Slacks:
        """Returns after, before, across and (unless another relation says where it rests) height."""
        axis = on_device(self.axis, state.centre.device).to(state.centre)
        along = state.centre @ axis
        slacks = {"after": along - self.start, "before": self.end - along}
        for index, side in enumerate(self.sides):
            s = on_device(side, state.centre.device).to(state.centre)
            offset = (state.centre @ s) - float(self.middle @ side)
            offset = torch.sqrt(offset * offset + (1e-3 * state.size) ** 2) - 1e-3 * state.size
            slacks["across" if index == 0 else "across2"] = self.half_width - offset
        if self.level and self.same_height:
            slacks["height"] = torch.maximum(height_slack(state, self.first), height_slack(state, self.second))
        return slacks

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Towards the middle of the corridor, as far as its width allows."""
        room = 0.25 * (self.end - self.start)
        inner = torch.clamp(0.5 * state.width, max=room)
        return {"after": inner, "before": inner, "across": 0.3 * self.half_width, "across2": 0.3 * self.half_width}
