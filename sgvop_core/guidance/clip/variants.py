"""What an augmentation is: drawn ways to show every picture of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

Variant = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(rgb [N, H, W, 3], alpha [N, H, W], camera [N]) -> rgb [N, H, W, 3]: one way to show every picture."""


class Augmentation(Protocol):
    """One named augmentation with its settings. ``background`` ones multiply the pictures, others change each."""

    name: ClassVar[str]
    background: ClassVar[bool]

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns the drawn variants for pictures of size (height, width).

        Parameters differ by camera, never by candidate. They are drawn on the generator's device in float32, whatever
        the pictures' are, so that a seed means the same everywhere.
        """
        ...


@dataclass(frozen=True)
class Warp:
    """A variant that looks up every output place in the picture through homographies [cameras, 3, 3].

    They map output to source coordinates, both in -1..1 from edge to edge; beyond the edge the border is repeated.
    """

    homography: Tensor

    def after(self, first: Warp) -> Warp:
        """Returns the one warp that equals ``first`` and then this, so that the picture is resampled only once."""
        return Warp(first.homography @ self.homography)

    def __call__(self, rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
        """Returns the warped pictures, bilinear."""
        height, width = rgb.shape[1:3]
        y = (torch.arange(height, dtype=rgb.dtype, device=rgb.device) * 2 + 1) / height - 1
        x = (torch.arange(width, dtype=rgb.dtype, device=rgb.device) * 2 + 1) / width - 1
        place = torch.stack([*torch.meshgrid(x, y, indexing="xy"), torch.ones(height, width).to(rgb)], -1)
        source = place.reshape(-1, 3) @ self.homography.to(rgb).transpose(1, 2)
        grid = (source[..., :2] / source[..., 2:]).reshape(-1, height, width, 2)[camera]
        shown = grid_sample(rgb.permute(0, 3, 1, 2), grid, "bilinear", "border", align_corners=False)
        return shown.permute(0, 2, 3, 1)


def as_it_is(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
    """Returns the pictures [N, H, W, 3] unchanged: the plain variant."""
    return rgb


def chain(steps: Sequence[Variant]) -> Variant:
    """Returns one variant that does the steps in order; neighbouring warps become one."""
    fused: list[Variant] = []
    for step in steps:
        last = fused[-1] if fused else None
        if isinstance(step, Warp) and isinstance(last, Warp):
            fused[-1] = step.after(last)
        elif step is not as_it_is:
            fused.append(step)

    def show(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
        for step in fused:
            rgb = step(rgb, alpha, camera)
        return rgb

    return show


def uniform(generator: torch.Generator, shape: Sequence[int], low: float, high: float) -> Tensor:
    """Returns numbers [*shape], float32, evenly spread over low..high, on the CPU."""
    drawn = torch.rand(tuple(shape), generator=generator, device=generator.device, dtype=torch.float32)
    return (low + (high - low) * drawn).cpu()
