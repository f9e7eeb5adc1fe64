"""Next to, near, far, against and leaning: how far the surfaces of the body and the anchor are apart."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...pose import Pose
from .contract import Relation, Slacks, penalty, touch_tolerance
from .decks import Anchor
from .limits import LIMITS
from .shape import BodyShape, BodyState


def _bounded(reach: Tensor, width: Tensor, least: float, most: float) -> Tensor:
    """Returns ``reach`` [K] within ``least`` and ``most`` metres, themselves within shares of the width: houses, and
    scenes whose unit is no metre, have their own idea of near."""
    low = torch.clamp(width, max=least)
    high = torch.clamp(LIMITS.vast * width, min=most)
    return torch.minimum(torch.maximum(reach, low), high)


PROBES = 128
"""Points of the body whose distances bound that of the meshes."""


class Distanced(Relation):
    """Base of the relations of a distance; ``distance`` is that between the two surfaces."""

    def __init__(self, name: str, anchor: Anchor, body: BodyShape) -> None:
        super().__init__(name, (anchor.name,), body)
        self.anchor = anchor

    def distance(self, state: BodyState, refine: bool = False) -> Tensor:
        """Returns the distance [K] of the body's points to the anchor's surface, negative inside, metres.

        ``refine`` is exact near the surface; else it may be off by a cell of the anchor's distance grid.
        """
        if state.fine:
            return self._measured(state)
        grid = self.anchor.field.grid(state.points.device)
        values = grid(state.points) if refine else grid.coarse(state.points)
        return values.amin(1)

    def _measured(self, state: BodyState) -> Tensor:
        """Returns the distance between the meshes themselves; where they meet, minus the depth of the body's points."""
        from ...scene.collision import clearance

        triangles = self.body.body.mesh.triangles()
        anchor = self.anchor.mesh.triangles()
        out = torch.zeros_like(state.size)
        for k in range(len(out)):
            linear, origin = state.linear[k].cpu().numpy(), state.origin[k].cpu().numpy()
            some = state.points[k][:: max(1, len(state.points[k]) // PROBES)].cpu().numpy()
            # No farther than any of the body's points is from the surface.
            bound = float(np.abs(self.anchor.field.exact(some)[0]).min())
            apart = clearance(triangles @ linear.T + origin, anchor, bound)
            if apart <= 0:
                apart = min(float(self.anchor.field.exact(state.points[k].cpu().numpy())[0].min()), 0.0)
            out[k] = apart
        return out

    def larger_width(self, state: BodyState) -> Tensor:
        """Returns the longer horizontal side [K] of the larger of the two, metres."""
        return torch.clamp((state.high - state.low)[:, :2].amax(1), min=self.anchor.width)

    def beside(self, state: BodyState) -> Slacks:
        """Returns aside (the centre is out of the anchor's outline) and level (the heights overlap)."""
        overlap = torch.clamp(state.high[:, 2], max=float(self.anchor.high[2])) - torch.clamp(
            state.low[:, 2], min=float(self.anchor.low[2])
        )
        return {
            "aside": self.anchor.silhouette.rim_distance(state.centre[:, :2]),
            "level": overlap + 1e-3 * state.size,
        }


class NextTo(Distanced):
    """Surfaces a little apart, side by side."""

    def __init__(self, anchor: Anchor, body: BodyShape) -> None:
        super().__init__("next_to", anchor, body)

    def reach(self, state: BodyState) -> Tensor:
        """Returns the greatest distance [K] in metres that is next to."""
        width = self.larger_width(state)
        return _bounded(LIMITS.beside * width, width, LIMITS.beside_least, LIMITS.beside_most)

    def slacks(self, state: BodyState) -> Slacks:
        """Returns near, aside and level."""
        return {"near": self.reach(state) - self.distance(state), **self.beside(state)}

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Within half of the reach."""
        return {"near": 0.4 * self.reach(state).detach(), "aside": 0.1 * state.width, "level": 0.0 * state.size}


class Near(Distanced):
    """Surfaces within about the larger one's width."""

    def __init__(self, anchor: Anchor, body: BodyShape) -> None:
        super().__init__("near", anchor, body)

    def reach(self, state: BodyState) -> Tensor:
        """Returns the greatest distance [K] in metres that is near."""
        width = self.larger_width(state)
        return _bounded(LIMITS.near * width, width, LIMITS.near_least, LIMITS.near_most)

    def slacks(self, state: BodyState) -> Slacks:
        """Returns near."""
        return {"near": self.reach(state) - self.distance(state)}

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Within 70 % of the reach."""
        return {"near": 0.3 * self.reach(state).detach()}


class Far(Distanced):
    """Surfaces well apart, as far as the room allows."""

    def __init__(self, anchor: Anchor, body: BodyShape, room: float) -> None:
        super().__init__("far", anchor, body)
        self.room = room

    def slacks(self, state: BodyState) -> Slacks:
        """Returns far."""
        least = torch.clamp(self.larger_width(state), max=min(LIMITS.far, 0.25 * self.room))
        return {"far": self.distance(state) - least}

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """A tenth of the size more."""
        return {"far": 0.1 * state.size}


class Against(Distanced):
    """The body touches the anchor's side; ``hung`` says that the anchor holds it there, whatever is below."""

    def __init__(self, anchor: Anchor, body: BodyShape, hung: bool = False) -> None:
        super().__init__("attached" if hung else "against", anchor, body)
        self.hung = hung

    def slacks(self, state: BodyState) -> Slacks:
        """Returns touch, aside and level."""
        tolerance = touch_tolerance(state.size, LIMITS.side_touch)
        return {"touch": tolerance - self.distance(state, refine=True), **self.beside(state)}

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Half of the tolerated gap."""
        tolerance = touch_tolerance(state.size, LIMITS.side_touch)
        return {"touch": 0.5 * tolerance, "aside": 0.05 * state.width, "level": 0.0 * state.size}


class Leaning(Distanced):
    """The body is tilted towards the anchor and touches it."""

    def __init__(self, anchor: Anchor, body: BodyShape) -> None:
        super().__init__("leaning", anchor, body)

    def touch_energy(self, poses: Pose) -> Tensor:
        """Returns what is paid [K] for the distance alone, for bodies whose tilt is yet to come."""
        state = self.body.at(poses)
        slack = touch_tolerance(state.size, LIMITS.side_touch) - self.distance(state)
        return penalty(-slack, 0.5 * self.body.size)

    def heading(self, base: Tensor) -> Tensor:
        """Returns the horizontal unit vectors [K, 2] from base centres [K, 3] to where the anchor is nearest."""
        with torch.enable_grad():
            xy = base[:, :2].detach().clone().requires_grad_(True)
            slope = torch.autograd.grad(self.anchor.silhouette.rim_distance(xy).sum(), xy)[0]
        return -slope / slope.norm(dim=1, keepdim=True).clamp_min(1e-9)

    def slacks(self, state: BodyState) -> Slacks:
        """Returns touch, tilted, upright (in metres of the body's half height) and towards."""
        tolerance = touch_tolerance(state.size, LIMITS.side_touch)
        level = torch.sqrt((state.up[:, :2] ** 2).sum(1) + 1e-12)
        angle = torch.atan2(level, state.up[:, 2])
        half = 0.5 * self.body.size
        # Leaning over towards the anchor, the top is nearer to it than the base.
        step = 0.25 * state.size[:, None] * state.up[:, :2] / level[:, None].clamp_min(1e-3)
        middle = state.centre[:, :2]
        plan = self.anchor.silhouette
        nearer = plan.rim_distance(middle - step) - plan.rim_distance(middle + step)
        return {
            "touch": tolerance - self.distance(state, refine=True),
            "tilted": (angle - LIMITS.lean[0]) * half,
            "upright": (LIMITS.lean[1] - angle) * half,
            "towards": nearer,
        }

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Half of the tolerated gap, 3 degrees of tilt."""
        tolerance = touch_tolerance(state.size, LIMITS.side_touch)
        return {
            "touch": 0.5 * tolerance,
            "tilted": 0.05 * 0.5 * self.body.size,
            "upright": 0.05 * 0.5 * self.body.size,
            "towards": 0.02 * state.size,
        }
