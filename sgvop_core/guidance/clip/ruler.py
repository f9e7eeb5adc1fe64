"""The ruler in the view from above of a sheet: a bar of a metre and one of a tenth of it, as on a map.

A view is as large as the place that it shows, so nothing in it tells a mug on a doll's table from a barrel on a stage, and what is
near, far or touching is said in metres. The bars begin at the upper left, their first half dark and their second light, and
are cut off where the view ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor


@dataclass(frozen=True)
class Ruler:
    """How the bars look; colours are those of the picture, 0 to 1."""

    lengths: tuple[float, ...] = (1.0, 0.1)
    """Metres, from the top."""
    thick: float = 1 / 36
    """Of a bar, in sides of the view."""
    dark: float = 0.05
    light: float = 0.95


RULER = Ruler()


def ruled(pictures: Tensor, across: float) -> Tensor:
    """Returns square pictures [..., S, S, 3] in 0..1 that are ``across`` metres wide, with the bars over them; differentiable. Where
    the width is no number above 0 they stay as they are."""
    if not (math.isfinite(across) and across > 0):
        return pictures
    colour, cover = (x.to(pictures) for x in bars(across, pictures.shape[-2]))
    return pictures * (1 - cover) + colour


@lru_cache(maxsize=64)
def bars(across: float, side: int) -> tuple[Tensor, Tensor]:
    """Returns the bars over a picture of ``side`` pixels that is ``across`` metres wide: their colour times their cover and their
    cover [side, side, 1], both in 0..1, each pixel the mean over its square."""
    colour, cover = torch.zeros(side, side, 1), torch.zeros(side, side, 1)
    for i, length in enumerate(RULER.lengths):
        down = _span(i * RULER.thick, (i + 1) * RULER.thick, side)[:, None, None]
        for j, shade in enumerate((RULER.dark, RULER.light)):
            part = down * _span(0.5 * j * length / across, 0.5 * (j + 1) * length / across, side)[None, :, None]
            cover, colour = cover + part, colour + shade * part
    return colour, cover


def _span(low: float, high: float, side: int) -> Tensor:
    """Returns how much [side] of each pixel lies between two shares of the side."""
    start = torch.arange(side, dtype=torch.float32)
    return (torch.clamp(start + 1, max=high * side) - torch.clamp(start, min=low * side)).clamp(0, 1)
