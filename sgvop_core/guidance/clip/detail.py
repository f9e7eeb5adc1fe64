"""The detail of a sheet: the object and what is next to it, drawn larger, as a draughtsman draws what is small.

A place has room for the object all around what the prompt names, so the object is a few pixels wide in it: too few to tell
a mug from a jar, or a book that leans on a shelf from one that stands a hand's breadth before it. The detail is a window of
the view aslant that goes with the object and is as wide as it is. Where that is the other views tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, grid_sample

from ...scene.cameras import projection
from ...scene.model import Camera


@dataclass(frozen=True)
class Detail:
    """What the detail shows."""

    width: float = 1.6
    """Side of the window, in diagonals of the object."""
    finer: int = 4
    """How many times as many pixels a side the view has that the detail is cut from, at most."""
    enough: int = 288
    """Pixels a side that it has at most, unless the other views have more."""


DETAIL = Detail()


def fine_side(side: int) -> int:
    """Returns the pixels a side of the view that the detail is cut from, where the other views have ``side``."""
    return side * min(DETAIL.finer, max(DETAIL.enough // side, 1))


def detail_windows(camera: Camera, matrices: Tensor, middle: Tensor, diagonal: float) -> Tensor:
    """Returns the windows [K, 3] of an object at matrices [K, 4, 4] (object frame to world, metres) in the square picture of a
    perspective camera: their middles, x to the right and y down, and half their sides, where the picture reaches from -1 to 1.
    ``middle`` [3] and ``diagonal`` are those of the object's box in its own frame. Differentiable."""
    focal, (x, y) = projection(camera, 2.0, 2.0)
    inverse = torch.linalg.inv(torch.as_tensor(camera.matrix_world).to(matrices))
    linear = matrices[:, :3, :3]
    centres = linear @ middle.to(matrices) + matrices[:, :3, 3]
    sizes = diagonal * (linear.square().sum((1, 2)) / 3).sqrt()
    eye = centres @ inverse[:3, :3].T + inverse[:3, 3]
    depth = (-eye[:, 2]).clamp_min(1e-6)
    across, down = x - 1 + focal * eye[:, 0] / depth, y - 1 - focal * eye[:, 1] / depth
    half = (0.5 * DETAIL.width * focal * sizes / depth).clamp(1e-3, 1.0)
    return torch.stack([across.clamp(-1, 1), down.clamp(-1, 1), half], 1)


def cut_out(pictures: Tensor, windows: Tensor, side: int, mode: str = "bilinear") -> Tensor:
    """Returns what windows [K, 3] (``detail_windows``) show of pictures [K, H, W, C], [K, side, side, C], each pixel the mean of
    four samples; beside the picture its border goes on. ``mode``: bilinear, or nearest, of one sample. Differentiable in both."""
    count = side * (2 if mode == "bilinear" else 1)
    at = (torch.arange(count, dtype=windows.dtype, device=windows.device) + 0.5) * (2 / count) - 1
    x, y = (windows[:, i, None] + windows[:, 2, None] * at for i in (0, 1))  # [K, count] each
    grid = torch.stack([x[:, None].expand(-1, count, -1), y[:, :, None].expand(-1, -1, count)], -1)
    found = grid_sample(
        pictures.movedim(-1, 1), grid.to(pictures.dtype), mode=mode, padding_mode="border", align_corners=False
    )
    return (avg_pool2d(found, 2) if mode == "bilinear" else found).movedim(1, -1)
