"""On, above, below and hanging: where the body is along the vertical, over or under the anchor's real surfaces."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .contract import Relation, Slacks, penalty, touch_tolerance
from .decks import Anchor, Deck, choose_decks
from .limits import LIMITS
from .overlap import base_weights, overlap_share
from .plan import Plan
from .shape import BodyShape, BodyState

ROOM_SHARE = 0.35
"""Share of the body's width that the largest circle in the room below an anchor must have as its radius."""


class On(Relation):
    """The body rests on one of the anchor's decks: contact, enough of its base over it, its mass over it."""

    def __init__(
        self, anchor: Anchor, body: BodyShape, height: float, part: str | None = None, role: str | None = None
    ) -> None:
        super().__init__("on", (anchor.name,), body)
        self.anchor = anchor
        self.decks: tuple[Deck, ...] = choose_decks(anchor.decks, part, height, role)

    def slacks(self, state: BodyState) -> Slacks:
        """Returns gap, share and balance on the deck that fits best."""
        return self._best(state, exact=False)

    def exact(self, state: BodyState) -> Slacks:
        """Returns the same with the gap measured by rays against the anchor's triangles."""
        return self._best(state, exact=True)

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Half of the tolerated gap; a quarter of the base more than needed; the mass a little inside the rim."""
        inner = max((d.plan.inner for d in self.decks), default=0.0)
        return {
            "gap": 0.4 * touch_tolerance(state.size),
            "share": 0.15 * state.width,
            "balance": torch.clamp(0.1 * state.width, max=0.4 * inner),
        }

    def _best(self, state: BodyState, exact: bool) -> Slacks:
        if not self.decks:
            # Nothing to be on: the top of the anchor's box stands for it, and the predicate never holds.
            gap = (state.low[:, 2] - float(self.anchor.high[2])).abs()
            return {"surface": -gap - 0.1 * state.size}
        names = ("gap", "share", "balance")
        found = [self._on_deck(state, deck.plan, exact) for deck in self.decks]
        if len(found) == 1:
            return found[0]
        table = torch.stack([torch.stack([f[n] for n in names]) for f in found])
        cost = penalty(-table, 0.5 * self.body.size).sum(1) - 1e-3 * table.clamp(max=0.0).amin(1)
        best = cost.detach().argmin(0)
        chosen = table.gather(0, best[None, None].expand(1, len(names), -1))[0]
        return dict(zip(names, chosen, strict=True))

    def _on_deck(self, state: BodyState, plan: Plan, exact: bool) -> Slacks:
        over = plan.height(state.points[..., :2])
        gap = (state.points[..., 2] - over).amin(1)
        if exact:
            gap = self._measured(state, gap)
        share = overlap_share(state, plan, base_weights(state))
        return {
            "gap": touch_tolerance(state.size) - gap.abs(),
            "share": (share - LIMITS.overlap) * state.width,
            "balance": -plan.rim_distance(state.mass[:, :2]),
        }

    def _measured(self, state: BodyState, gap: Tensor) -> Tensor:
        """Returns the gap [K] between the body's points and the anchor straight below them, by rays.

        Only near contact: a body that is deep in the anchor would see its inside. What reaches deeper into the anchor at
        the side, an arm rest say, is for the collision check to find.
        """
        out = gap.clone()
        tolerance = touch_tolerance(state.size)
        for k in range(len(gap)):
            touch = float(tolerance[k])
            lift = 3 * touch
            if not -2 * touch <= float(gap[k]) <= 0.1 * float(state.size[k]) + lift:
                continue
            # Any part may be what touches: a foot on the raised rim of a tray is not the lowest point.
            origin = state.points[k].detach().cpu().numpy() + np.array([0.0, 0.0, lift])
            hits = self.anchor.rays.first_hit(origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape), 3 * lift)
            found = hits.distance[hits.hit] - lift
            found = found[found >= -touch]
            if len(found):
                out[k] = float(found.min())
        return out


class Above(Relation):
    """The body is clear above all of the anchor, not too high, and over it."""

    def __init__(self, anchor: Anchor, body: BodyShape) -> None:
        super().__init__("above", (anchor.name,), body)
        self.anchor = anchor

    def slacks(self, state: BodyState) -> Slacks:
        """Returns clear, near and share."""
        clearance = state.low[:, 2] - float(self.anchor.high[2])
        limit = torch.clamp(LIMITS.reach_sizes * torch.clamp(state.size, min=self.anchor.size), min=LIMITS.reach)
        return {
            "clear": clearance - touch_tolerance(state.size),
            "near": limit - clearance,
            "share": over_share(state, self.anchor.filled),
        }

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Clear by a twentieth of the size, and well over the anchor."""
        return {"clear": 0.05 * state.size, "share": 0.15 * state.width, "near": 0.1 * state.size}


class Below(Relation):
    """The body is under the anchor: in the room below it, or lower than all of it where it leaves none."""

    def __init__(self, anchor: Anchor, body: BodyShape, height: float, width: float) -> None:
        super().__init__("below", (anchor.name,), body)
        self.anchor = anchor
        roof = anchor.underside(0.7 * height)
        self.roof: Plan | None = None
        if roof is not None and roof.area >= 0.1 * anchor.filled.area:
            # The ring of air below the rim of a bowl is no room: the body, or half of the anchor, has to fit.
            wide = min(ROOM_SHARE * width, 0.6 * anchor.filled.inner)
            self.roof = roof if roof.inner >= wide else None

    def slacks(self, state: BodyState) -> Slacks:
        """Returns head (room above the body) and share."""
        if self.roof is None:
            head = float(self.anchor.low[2]) - state.high[:, 2]
            return {"head": head, "share": over_share(state, self.anchor.filled)}
        inside = torch.sigmoid(-self.roof.rim_distance(state.points[..., :2]) / (0.02 * state.size)[:, None])
        room = self.roof.height(state.points[..., :2]) - state.points[..., 2]
        # What sticks out from under the roof may be as high as it likes.
        head = (room + (1 - inside) * state.size[:, None]).amin(1)
        lower = self.roof.mean_height - state.centre[:, 2]
        return {"head": torch.minimum(head, lower), "share": over_share(state, self.roof)}

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """A little head room, and well under the anchor."""
        return {"head": 0.005 * state.size, "share": 0.15 * state.width}


class Hanging(Relation):
    """The body's top touches the anchor's underside, its centre under it."""

    def __init__(self, anchor: Anchor, body: BodyShape, height: float) -> None:
        super().__init__("hanging", (anchor.name,), body)
        self.anchor = anchor
        self.roof: Plan = anchor.underside(0.7 * height) or anchor.filled

    def slacks(self, state: BodyState) -> Slacks:
        """Returns gap and centre."""
        gap = (self.roof.height(state.points[..., :2]) - state.points[..., 2]).amin(1)
        return {
            "gap": touch_tolerance(state.size) - gap.abs(),
            "centre": -self.roof.rim_distance(state.centre[:, :2]),
        }

    def margins(self, state: BodyState) -> dict[str, Tensor | float]:
        """Half of the tolerated gap; the centre a little inside the rim."""
        return {
            "gap": 0.4 * touch_tolerance(state.size),
            "centre": torch.clamp(0.2 * state.width, max=0.4 * self.roof.inner),
        }


def over_share(state: BodyState, plan: Plan) -> Tensor:
    """Returns the slack [K] in metres of the overlap beyond one half of the smaller outline; far from the plan, where
    no share has a slope, the distance to it is taken off."""
    share = overlap_share(state, plan)
    away = plan.rim_distance(state.centre[:, :2]).clamp_min(0.0)
    covered = (share.detach() >= LIMITS.overlap).to(away)
    return (share - LIMITS.overlap) * state.width - away * (1 - covered)
