"""Picture augmentations a user can name and combine: what CLIP sees besides the plain picture.

Two kinds. A *background* augmentation gives further pictures, which are averaged: the background blurred at several
widths, or replaced. A *jitter* (crop, perspective, shift, colour, cutout) is drawn anew for each of them. All are
differentiable in the pictures, and a draw is the same for all candidates, so that they stay comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

Variant = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(rgb [N, H, W, 3], alpha [N, H, W], camera [N]) -> rgb [N, H, W, 3]: one way to show every picture."""
Size = Sequence[int]


class Augmentation(Protocol):
    """One named augmentation with its settings. ``background`` ones multiply the pictures, others change each."""

    name: str
    background: bool

    def draw(self, cameras: int, size: Size, generator: torch.Generator) -> list[Variant]:
        """Returns the drawn variants; parameters differ by camera, never by candidate."""
        ...


def draw_variants(
    augmentations: Sequence[Augmentation], cameras: int, size: Size, generator: torch.Generator | None
) -> list[Variant]:
    """Returns the ways to show each picture of one step, of size (height, width); their scores are averaged.

    Without background augmentations there is one, the picture as it is; jitters follow in the order given.
    """
    if not augmentations:
        return [_as_it_is]
    assert generator is not None
    shown = [v for a in augmentations if a.background for v in a.draw(cameras, size, generator)] or [_as_it_is]
    variants = []
    for background in shown:
        chain = [background]
        for augmentation in augmentations:
            if not augmentation.background:
                chain += augmentation.draw(cameras, size, generator)
        variants.append(_chained(chain))
    return variants


def _as_it_is(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
    return rgb


def _chained(chain: Sequence[Variant]) -> Variant:
    def show(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
        for step in chain:
            rgb = step(rgb, alpha, camera)
        return rgb

    return show
