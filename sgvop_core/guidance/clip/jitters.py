"""Random changes of a whole picture: part of it, its perspective, its place, its colours, a hole in it.

Colour, shift and cutout are those of DiffAug (Zhao et al., NeurIPS 2020) with strengths as settings; at strength 1 the
colour changes are as wide as there. No result is clamped, which would cut the gradient of bright and dark places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .variants import Variant, Warp, uniform

CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


@dataclass(frozen=True)
class Crop:
    """A random part of the picture, as wide as high in shares. ``least``: the smallest share of its area."""

    least: float = 0.8
    name: ClassVar[str] = "crop"
    background: ClassVar[bool] = False

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns the warp onto the part that was drawn for each camera."""
        side = uniform(generator, (cameras,), self.least, 1).sqrt()
        centre = uniform(generator, (cameras, 2), -1, 1) * (1 - side)[:, None]
        return [Warp(_affine(side, centre))]


@dataclass(frozen=True)
class Perspective:
    """The picture seen aslant: corners move inwards by up to ``strength`` times half a side, so nothing is invented."""

    strength: float = 0.3
    name: ClassVar[str] = "perspective"
    background: ClassVar[bool] = False

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns the warp whose corners were drawn for each camera."""
        corners = CORNERS * (1 - uniform(generator, (cameras, 4, 2), 0, self.strength))
        return [Warp(homographies(corners))]


@dataclass(frozen=True)
class Shift:
    """The picture moved by up to ``share`` of its sides; the border is repeated."""

    share: float = 0.125
    name: ClassVar[str] = "shift"
    background: ClassVar[bool] = False

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns the warp by the shift that was drawn for each camera."""
        return [Warp(_affine(torch.ones(cameras), uniform(generator, (cameras, 2), -2 * self.share, 2 * self.share)))]


@dataclass(frozen=True)
class Colour:
    """Brightness, then saturation, then contrast, each drawn; ``strength`` 1 is DiffAug's range."""

    strength: float = 0.5
    name: ClassVar[str] = "colour"
    background: ClassVar[bool] = False

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns ``x + b``, grey + s (x - grey), mean + c (x - mean): b in ±1/4, s in 1±1, c in 1±1/2 at strength 1.

        (DiffAug's b is ±1/2 on pictures in -1..1.)
        """
        s = self.strength
        brightness = uniform(generator, (cameras, 1, 1, 1), -0.25 * s, 0.25 * s)
        saturation = uniform(generator, (cameras, 1, 1, 1), 1 - s, 1 + s)
        contrast = uniform(generator, (cameras, 1, 1, 1), 1 - 0.5 * s, 1 + 0.5 * s)

        def show(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
            bright = rgb + brightness.to(rgb)[camera]
            grey = bright.mean(-1, keepdim=True)
            vivid = grey + saturation.to(rgb)[camera] * (bright - grey)
            middle = vivid.mean((1, 2, 3), keepdim=True)
            return middle + contrast.to(rgb)[camera] * (vivid - middle)

        return [show]


@dataclass(frozen=True)
class Cutout:
    """A grey square somewhere, ``side`` as a share of the picture's sides; it may hang over the border."""

    side: float = 0.25
    name: ClassVar[str] = "cutout"
    background: ClassVar[bool] = False

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns the variant with the square that was drawn for each camera."""
        height, width = size
        centre = uniform(generator, (cameras, 2), 0, 1)
        inside = [
            ((torch.arange(n) + 0.5)[None] / n - centre[:, i : i + 1]).abs() <= self.side / 2
            for i, n in enumerate((height, width))
        ]
        kept = ~(inside[0][:, :, None] & inside[1][:, None, :])

        def show(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
            mask = kept.to(rgb)[camera][..., None]
            return rgb * mask + 0.5 * (1 - mask)

        return [show]


def homographies(corners: Tensor) -> Tensor:
    """Returns matrices [V, 3, 3] that map the square's corners (-1,-1) (1,-1) (1,1) (-1,1) onto corners [V, 4, 2].

    The eight linear equations of the direct linear transform with the last entry 1.
    """
    target = corners.double()
    x, y = CORNERS.double().unbind(-1)
    one, zero = torch.ones(4).double(), torch.zeros(4).double()
    rows = []
    for axis in range(2):
        u = target[..., axis]
        place = torch.stack([x, y, one], -1).expand(len(target), 4, 3)
        nothing = zero[:, None].expand(len(target), 4, 3)
        front = [place, nothing] if axis == 0 else [nothing, place]
        rows.append(torch.cat([*front, torch.stack([-x * u, -y * u], -1)], -1))
    solved = torch.linalg.solve(torch.cat(rows, 1), torch.cat([target[..., 0], target[..., 1]], 1))
    return torch.cat([solved, torch.ones(len(target), 1).double()], 1).reshape(-1, 3, 3).float()


def _affine(scale: Tensor, offset: Tensor) -> Tensor:
    """Returns matrices [V, 3, 3] of ``scale x + offset``."""
    made = torch.eye(3).repeat(len(scale), 1, 1)
    made[:, 0, 0] = made[:, 1, 1] = scale
    made[:, :2, 2] = offset
    return made
