"""The screen boxes of a batch of pictures, laid out one above the other in a single sheet of samples.

Neighbours right and below are one step and one row away for every picture at once, so a step touches only the boxes
that the body covers and still runs as a few large tensor operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Boxes:
    """n boxes of samples in a sheet [rows, width]; box i holds rows ``start[i]`` to ``start[i] + height[i]``.

    ``left``, ``top``: the first sample of each box in its picture. Boxes are whole pixels: all numbers are multiples of
    the samples per side. ``row_image`` [rows] is the picture of each row, ``row_y`` [rows] its sample row there.
    """

    left: Tensor
    top: Tensor
    box_width: Tensor
    height: Tensor
    start: Tensor
    row_image: Tensor
    row_y: Tensor
    rows: int
    width: int
    spans: tuple[tuple[int, int, int, int, int], ...]
    """(left, top, width, height, start) of each box as plain numbers."""


def layout(limits: Tensor, picture: tuple[int, int], samples: int) -> Boxes:
    """Returns the boxes that hold the sample-space limits [n, 4] (x low, x high, y low, y high) with a pixel to spare.

    ``picture`` (height, width) in samples bounds them. Empty limits (low above high) give boxes of no rows.
    """
    device, s, (high, wide) = limits.device, samples, picture
    spans, at = [], 0
    for x0, x1, y0, y1 in limits.tolist():
        a, b = max(0, (int(max(x0, -8.0)) // s - 1) * s), min(wide, (int(min(x1, wide + 8.0)) // s + 2) * s)
        c, d = max(0, (int(max(y0, -8.0)) // s - 1) * s), min(high, (int(min(y1, high + 8.0)) // s + 2) * s)
        if not (x0 <= x1 and y0 <= y1) or b <= a or d <= c:
            a = b = c = d = 0
        spans.append((a, c, b - a, d - c, at))
        at += d - c
    columns = torch.tensor(spans, dtype=torch.int64, device=device).reshape(-1, 5).unbind(1)
    left, top, box_width, height, start = columns
    row_image = torch.repeat_interleave(torch.arange(len(spans), device=device), height, output_size=at)
    row_y = torch.arange(at, device=device) - (start - top)[row_image]
    width = max([span[2] for span in spans], default=0)
    return Boxes(left, top, box_width, height, start, row_image, row_y, at, width, tuple(spans))
