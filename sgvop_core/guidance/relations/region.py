"""Corner, middle and edge: where on the anchor (or in the room) the body is, along the anchor's own sides."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...scene.model import Array
from .contract import Relation, Slacks
from .limits import LIMITS
from .plan import on_device
from .shape import BodyShape, BodyState
from .vertical import On


class Rectangle:
    """The upright rectangle of least area around points xy [N, 2]: ``centre`` [2], ``axes`` [2, 2] unit rows, and
    ``half`` [2] sides in metres."""

    def __init__(self, points: Array) -> None:
        from scipy.spatial import ConvexHull, QhullError

        points = np.asarray(points, np.float64)
        try:
            corners = points[ConvexHull(points).vertices]
        except (QhullError, ValueError):
            corners = points
        edges = np.roll(corners, -1, 0) - corners
        angles = np.unique(np.round(np.mod(np.arctan2(edges[:, 1], edges[:, 0]), np.pi / 2), 6))
        best = np.inf
        # Round things have many equal rectangles: the world's axes come first.
        for angle in np.concatenate([[0.0], angles]):
            axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            along = corners @ axes.T
            low, high = along.min(0), along.max(0)
            area = float((high - low).prod())
            if area < 0.99 * best:
                best = area
                self.axes, self.half, self.centre = axes, (high - low) / 2, ((high + low) / 2) @ axes


class Region(Relation):
    """A part of the anchor's top, or of the room's floor: ``corner``, ``middle`` or ``edge``."""

    def __init__(self, name: str, anchor: str, rectangle: Rectangle, body: BodyShape, on: On | None) -> None:
        super().__init__(name, (anchor,), body)
        self.rectangle, self.on = rectangle, on

    def slacks(self, state: BodyState) -> Slacks:
        """Returns the slacks of the place, and those of on where the anchor is a thing."""
        return {**self._place(state), **(self.on.slacks(state) if self.on is not None else {})}

    def exact(self, state: BodyState) -> Slacks:
        """Returns the same with the gap of on measured by rays."""
        return {**self._place(state), **(self.on.exact(state) if self.on is not None else {})}

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """A twentieth of the anchor's width, and the margins of on."""
        small = 0.03 * float(self.rectangle.half.min())
        names = ("x", "y", "x_half", "y_half", "middle", "edge", "within")
        margins: dict[str, Tensor | float] = {n: small for n in names}
        margins["within"] = 0.0
        return margins | (self.on.margins(state) if self.on is not None else {})

    def _place(self, state: BodyState) -> Slacks:
        axes = on_device(self.rectangle.axes, state.hull.device).to(state.hull)
        half = on_device(self.rectangle.half, state.hull.device).to(state.hull)
        centre = on_device(self.rectangle.centre, state.hull.device).to(state.hull)
        local = (state.hull[..., :2] - centre) @ axes.T
        low, high = local.amin(1), local.amax(1)
        middle = (low + high) / 2
        # How far the body's side is from the nearest side of the rectangle, along each of its axes; negative: beyond.
        gap = torch.minimum(half - high, low + half)
        off = middle.abs()
        if self.name == "middle":
            share = torch.sqrt(((middle / half.clamp_min(1e-9)) ** 2).sum(1) + 1e-12)
            return {"middle": (LIMITS.middle - share) * half.min()}
        if self.name == "edge":
            within = gap.amin(1) + 0.5 * state.width
            return {"edge": (LIMITS.edge * 2 * half - gap).amax(1), "within": within}
        near = LIMITS.corner * 2 * half - gap
        return {
            "x": near[:, 0], "y": near[:, 1],
            "x_half": (off - torch.minimum(0.5 * half, half - (high - low) / 2 - 1e-6).clamp_min(0.0))[:, 0],
            "y_half": (off - torch.minimum(0.5 * half, half - (high - low) / 2 - 1e-6).clamp_min(0.0))[:, 1],
            "within": gap.amin(1) + 0.5 * state.width,
        }  # fmt: skip
