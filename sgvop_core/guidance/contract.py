"""What the prompt wants, as terms of one objective: each gives one number a candidate, lower is better."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor

from ..pose import Pose
from ..render.contract import Views


@runtime_checkable
class Term(Protocol):
    """One guidance term. It is made for one scene and one body, and called for many batches of poses."""

    name: str
    """Reported under this name in the result file."""
    needs_views: bool
    """Whether ``views`` must be given; geometry terms work without pictures."""

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the loss [K], finite, differentiable in the poses where the term is."""
        ...


@runtime_checkable
class Redrawn(Protocol):
    """A term with randomness of its own, which is the same for every pose until it is drawn anew."""

    def next_step(self) -> None:
        """Draws anew. The polish calls it once a step; the search does not, so that its totals can be compared."""
        ...
