"""Augmentations of what is behind the moving object; the object itself stays as it was rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .variants import Variant, as_it_is, uniform

REFERENCE_HEIGHT = 224
"""Widths are given in pixels of a picture this high and scale with the picture."""
KINDS = ("noise", "checker", "flat", "blurred")
COVERED = 1e-3
"""Keeps the average of a background defined where the object fills the whole window."""


def gaussian_matrix(size: int, sigma: float) -> Tensor:
    """Returns weights [size, size] (float64) of a Gaussian blur along an axis; outside counts for nothing."""
    place = torch.arange(size, dtype=torch.float64)
    weight = torch.exp(-0.5 * ((place[:, None] - place) / max(sigma, 1e-6)) ** 2)
    return weight / weight.sum(1, keepdim=True)


def blur(pictures: Tensor, sigma: float) -> Tensor:
    """Returns pictures [N, H, W, C] under a Gaussian blur of ``sigma`` pixels."""
    down, across = (gaussian_matrix(s, sigma).to(pictures.dtype).to(pictures.device) for s in pictures.shape[1:3])
    return (down @ pictures.permute(0, 3, 1, 2) @ across.T).permute(0, 2, 3, 1)


def over(rgb: Tensor, alpha: Tensor, background: Tensor) -> Tensor:
    """Returns pictures [N, H, W, 3] in which all but the object, alpha [N, H, W], is ``background`` [N, H, W, 3]."""
    return background + alpha[..., None] * (rgb - background)


@dataclass(frozen=True)
class Plain:
    """The picture as it is, beside the others."""

    name: ClassVar[str] = "plain"
    background: ClassVar[bool] = True

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns the one variant that changes nothing."""
        return [as_it_is]


@dataclass(frozen=True)
class BackgroundBlur:
    """The background at several blurs, one picture each. ``widths``: sigma in pixels of a picture 224 high; 0 is none.

    Blurring is masked, so that the object's colours do not bleed into what is behind it. The share of a pixel that is
    not the object counts as background, whatever its distance.
    """

    widths: tuple[float, ...] = (0.0, 3.0, 7.0)
    name: ClassVar[str] = "blur"
    background: ClassVar[bool] = True

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns a variant a width; nothing is random here."""
        return [as_it_is if w == 0 else self._blurred(w * size[0] / REFERENCE_HEIGHT) for w in self.widths]

    @staticmethod
    def _blurred(sigma: float) -> Variant:
        def show(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
            behind = (1 - alpha)[..., None]
            mixed = blur(torch.cat([rgb * behind, behind], -1), sigma)
            # Where the object fills the window there is no background to average; its own colour stands in.
            filled = (mixed[..., :3] + COVERED * rgb) / (mixed[..., 3:] + COVERED)
            return over(rgb, alpha, filled)

        return show


@dataclass(frozen=True)
class BackgroundReplacement:
    """Everything but the object replaced, one picture a kind; without kinds one is drawn each step.

    ``noise``: a colour a pixel; ``checker``: two colours in squares; ``flat``: one colour; ``blurred``: soft clouds.
    The anchor of a relation vanishes too, so this asks CLIP about the object alone.
    """

    kinds: tuple[str, ...] = ()
    name: ClassVar[str] = "background"
    background: ClassVar[bool] = True

    def draw(self, cameras: int, size: Sequence[int], generator: torch.Generator) -> list[Variant]:
        """Returns a variant a kind."""
        chosen = self.kinds or (KINDS[int(uniform(generator, (1,), 0, len(KINDS) - 1e-3))],)
        return [self._replaced(draw_background(kind, cameras, size, generator)) for kind in chosen]

    @staticmethod
    def _replaced(backgrounds: Tensor) -> Variant:
        def show(rgb: Tensor, alpha: Tensor, camera: Tensor) -> Tensor:
            return over(rgb, alpha, backgrounds.to(rgb)[camera])

        return show


def draw_background(kind: str, cameras: int, size: Sequence[int], generator: torch.Generator) -> Tensor:
    """Returns backgrounds [cameras, H, W, 3] in 0..1 of one of ``KINDS``."""
    height, width = size
    if kind == "flat":
        return uniform(generator, (cameras, 1, 1, 3), 0, 1).expand(cameras, height, width, 3)
    if kind == "checker":
        colours = uniform(generator, (cameras, 2, 3), 0, 1)
        cell = uniform(generator, (cameras, 1, 1), height / 16, height / 4)
        shift = uniform(generator, (cameras, 2), 0, height)
        row = torch.div(torch.arange(height)[None, :, None] + shift[:, :1, None], cell, rounding_mode="floor")
        column = torch.div(torch.arange(width)[None, None] + shift[:, 1:, None], cell, rounding_mode="floor")
        odd = torch.remainder(row + column, 2)[..., None]
        return colours[:, None, None, 0] * (1 - odd) + colours[:, None, None, 1] * odd
    noise = uniform(generator, (cameras, height, width, 3), 0, 1)
    if kind == "noise":
        return noise
    soft = blur(noise, height / 12)
    low, high = soft.amin((1, 2), keepdim=True), soft.amax((1, 2), keepdim=True)
    return (soft - low) / (high - low).clamp_min(1e-6)
