"""The one number a pose is judged by: the weighted sum of all guidance terms, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..guidance.contract import Redrawn, Term
from ..pose import Pose, PoseSpace
from ..render.contract import Renderer
from ..scene.model import Camera
from .progress import StopSearch, Tracker


@dataclass(frozen=True)
class Balance:
    """How the families weigh against each other before the user's weights, and how much is done at once."""

    clip: float = 10.0
    """CLIP losses of good and bad poses differ by a few hundredths; ten of them weigh like a relation missed by half."""
    relation: float = 1.0
    physical: float = 1.0
    pictures_at_once: int = 16
    """Candidates times views rendered in one batch: bounds the memory (about 25 MB a picture with its gradient)."""
    worst: float = 1e4
    """Loss of a pose whose terms are not finite."""


@dataclass
class Scores:
    """Losses of K poses: ``total`` [K] and every term by name, [K] each, lower is better."""

    total: Tensor
    terms: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.total)

    @staticmethod
    def cat(parts: Sequence[Scores]) -> Scores:
        """Returns the scores of all the parts in one batch."""
        names = parts[0].terms
        return Scores(torch.cat([p.total for p in parts]), {n: torch.cat([p.terms[n] for p in parts]) for n in names})


@dataclass
class Objective:
    """All terms with their family's weight. ``cameras`` are the views that picture terms see."""

    families: list[tuple[str, float, Term]]
    tracker: Tracker
    renderer: Renderer | None = None
    cameras: Sequence[Camera] = ()
    balance: Balance = field(default_factory=Balance)

    @property
    def needs_pictures(self) -> bool:
        """Whether any term looks at pictures."""
        return any(term.needs_views for _, weight, term in self.families if weight > 0)

    def evaluate(self, poses: Pose, *, pictures: bool = True) -> Scores:
        """Returns the scores of K poses without gradient; ``pictures=False`` leaves out the terms that need them.

        When the tracker ends the search on the way, the scores of the first poses alone are returned.
        Raises StopSearch when not even one may be judged.
        """
        with torch.no_grad():
            parts = [self._judge(poses[chunk], pictures) for chunk in self._allowed(len(poses), pictures)]
            return Scores.cat(parts)

    def descend(self, space: PoseSpace, x: Tensor, attitude: Tensor) -> tuple[Scores, Tensor]:
        """Returns the scores of parameters x [K, D] and the gradient of each total, [K, D] (zero where not finite).

        As with ``evaluate``, those of the first alone when the tracker ends the search on the way.
        """
        parts, gradients = [], []
        for chunk in self._allowed(len(x), True):
            leaf = x[chunk].detach().requires_grad_(True)
            scores = self._judge(space.pose(leaf, attitude[chunk]), True)
            gradient = (
                torch.autograd.grad(scores.total.sum(), leaf)[0]
                if scores.total.requires_grad
                else torch.zeros_like(leaf)
            )
            gradients.append(torch.where(torch.isfinite(gradient), gradient, torch.zeros_like(gradient)))
            parts.append(Scores(scores.total.detach(), {n: t.detach() for n, t in scores.terms.items()}))
        return Scores.cat(parts), torch.cat(gradients)

    def redraw(self) -> None:
        """Lets the terms that are random draw anew."""
        for _, weight, term in self.families:
            if weight > 0 and isinstance(term, Redrawn):
                term.next_step()

    def _chunks(self, count: int, pictures: bool) -> list[slice]:
        step = 256
        if pictures and self.needs_pictures:
            step = max(1, self.balance.pictures_at_once // max(1, len(self.cameras)))
        return [slice(i, min(i + step, count)) for i in range(0, count, step)]

    def _allowed(self, count: int, pictures: bool) -> Iterator[slice]:
        """Yields the chunks of ``count`` poses that may still be judged, and counts them once they were."""
        for chunk in self._chunks(count, pictures):
            try:
                allowed = self.tracker.allow(chunk.stop - chunk.start)
            except StopSearch:
                if chunk.start == 0:
                    raise
                return
            yield slice(chunk.start, chunk.start + allowed)
            self.tracker.spend(allowed)
            if allowed < chunk.stop - chunk.start:
                return

    def _judge(self, poses: Pose, pictures: bool) -> Scores:
        views = None
        if pictures and self.renderer is not None and self.needs_pictures:
            views = self.renderer.render(poses, self.cameras)
        total = poses.scale.new_zeros(len(poses))
        terms: dict[str, Tensor] = {}
        for family, weight, term in self.families:
            if weight == 0 or (term.needs_views and views is None):
                continue
            loss = term(views, poses).to(total)
            terms[term.name] = terms[term.name] + loss if term.name in terms else loss
            total = total + weight * getattr(self.balance, family) * loss
        bad = ~torch.isfinite(total)
        if bool(bad.any()):
            total = torch.where(bad, torch.full_like(total, self.balance.worst), total)
        return Scores(total, terms)
