"""A sheet: one square picture of four views of the same pose, in the order in which a draughtsman puts them.

The view from above stands over the view from the front, so that left and right are in the same columns; the view from the
right stands beside it, so that heights are in the same rows; in what is left is the object's detail (``detail``).
"""

from __future__ import annotations

from torch import Tensor

TOP, DETAIL, FRONT, SIDE, OBLIQUE = "top", "detail", "front", "side", "oblique"
CAMERAS = (TOP, OBLIQUE, FRONT, SIDE)
"""What the cameras of a sheet look from; the detail is cut from what is seen aslant."""
VIEWS = (TOP, DETAIL, FRONT, SIDE, OBLIQUE)
"""The pictures of a pose: those of the sheet, row by row, and last what is shown to models that know no sheets."""
WHOLE = tuple(VIEWS.index(view) for view in CAMERAS)
"""Where the pictures of all of the place are among ``VIEWS``, in the cameras' order."""
ACROSS = 2
"""Views along each side of a sheet."""


def sheet_of(views: Tensor) -> Tensor:
    """Returns sheets [..., 2H, 2W, C] of the first four of views [..., V, H, W, C], differentiable; what is no picture,
    [..., V, H, W, 1], too."""
    rows = views[..., : ACROSS * ACROSS, :, :, :].unflatten(-4, (ACROSS, ACROSS))  # [..., row, column, H, W, C]
    return rows.movedim(-4, -3).flatten(-5, -4).flatten(-3, -2)


def shown_of(views: Tensor, sheets: bool) -> Tensor:
    """Returns what a model is shown of a pose's views [N, 5, H, W, 3]: the sheet [N, 2H, 2W, 3] where it learnt from ``sheets``,
    else the view aslant [N, H, W, 3], the one that is most like a photograph."""
    return sheet_of(views) if sheets else views[:, VIEWS.index(OBLIQUE)]
