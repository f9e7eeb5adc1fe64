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
