"""A sheet: one square picture of four views of the same pose, in the order in which a draughtsman puts them.

The view from above stands over the view from the front, so that left and right are in the same columns; the view from the
right stands beside it, so that heights are in the same rows; aslant is what is left.
"""

from __future__ import annotations

from torch import Tensor

TOP, OBLIQUE, FRONT, SIDE = "top", "oblique", "front", "side"
VIEWS = (TOP, OBLIQUE, FRONT, SIDE)
"""Row by row."""
ACROSS = 2
"""Views along each side of a sheet."""


def sheet_of(views: Tensor) -> Tensor:
    """Returns sheets [..., 2H, 2W, C] of views [..., 4, H, W, C], differentiable; what is no picture, [..., 4, H, W, 1], too."""
    rows = views.unflatten(-4, (ACROSS, ACROSS))  # [..., row, column, H, W, C]
    return rows.movedim(-4, -3).flatten(-5, -4).flatten(-3, -2)


def shown_of(views: Tensor, sheets: bool) -> Tensor:
    """Returns what a model is shown of a sheet's views [N, 4, H, W, 3]: the sheet [N, 2H, 2W, 3] where it learnt from ``sheets``,
    else the view aslant [N, H, W, 3], the one that is most like a photograph."""
    return sheet_of(views) if sheets else views[:, VIEWS.index(OBLIQUE)]
