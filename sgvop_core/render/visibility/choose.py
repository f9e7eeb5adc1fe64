"""The choice of a visibility plug-in."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import torch
from torch import Tensor

from ...errors import SettingsError
from ..boxes import Boxes
from ..options import RenderOptions
from ..tables import TriangleTable
from .projection import Projected

Visibility = Callable[[TriangleTable, Projected, Boxes, RenderOptions], Tensor]
"""Returns the nearest triangle of every sample of the sheet, [rows * width] int64, -1 where there is none."""


def choose_visibility(name: str, device: torch.device) -> Visibility:
    """Returns the plug-in ``torch``, ``numba`` or ``auto`` (numba on the CPU when it is installed, else torch).

    Raises SettingsError for other names and when numba is asked for where it cannot work.
    """
    if name not in ("auto", "torch", "numba"):
        raise SettingsError(f"unknown visibility '{name}'; there are auto, torch, numba")
    usable = device.type == "cpu" and find_spec("numba") is not None
    if name == "numba" and not usable:
        raise SettingsError("visibility 'numba' needs the package numba and the CPU; install it or choose 'torch'")
    if name != "torch" and usable:
        from .numba_zbuffer import rasterise
    else:
        from .torch_zbuffer import rasterise
    return rasterise
