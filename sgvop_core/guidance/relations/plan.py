"""Plans: something seen from above on a grid of cells, with signed distances to its rim and heights, for torch points."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...scene.model import Array


def on_device(array: Array, device: str | torch.device) -> Tensor:
    """Returns the numbers [...] as a tensor [...] there, float64 where the device has it (MPS has not)."""
    dtype = torch.float32 if torch.device(device).type == "mps" else torch.float64
    return torch.as_tensor(np.asarray(array), dtype=dtype, device=device)


class Plan:
    """A region of the xy plane on square cells, and a height in each.

    ``low`` [2] the corner of the first cell, ``cell`` its side in metres, ``mask`` [X, Y] the cells that belong to the
    region, ``heights`` [X, Y] metres (values outside the mask are ignored). ``inner``: the radius of the largest circle
    inside, metres; ``area`` in square metres.
    """

    def __init__(self, low: Array, cell: float, mask: Array, heights: Array | None, device: str | torch.device) -> None:
        from scipy.ndimage import distance_transform_edt

        self.low, self.cell, self.mask = np.asarray(low, np.float64), float(cell), np.asarray(mask, bool)
        padded = np.pad(self.mask, 2)
        self._start = self.low - 2 * cell
        inside = distance_transform_edt(padded) * cell
        outside, nearest = distance_transform_edt(~padded, return_indices=True)
        # A cell's centre is half a cell from its side.
        signed = np.where(padded, -(inside - 0.5 * cell), outside * cell - 0.5 * cell)
        self.inner = float(inside.max() - 0.5 * cell) if self.mask.any() else 0.0
        self.area = float(self.mask.sum()) * cell * cell
        self._distance = on_device(signed, device)
        self.heights = np.zeros(mask.shape) if heights is None else np.asarray(heights, np.float64)
        spread = np.pad(self.heights, 2)[nearest[0], nearest[1]]
        self._height = on_device(spread, device)
        centres = self.centres()
        self.centre = centres.mean(0) if len(centres) else self.low
        self.mean_height = float(self.heights[self.mask].mean()) if self.mask.any() else 0.0

    def centres(self) -> Array:
        """Returns the centres xy [C, 2] of the region's cells, row by row."""
        return self.low + (np.argwhere(self.mask) + 0.5) * self.cell

    def outline(self, count: int) -> Tensor:
        """Returns at most ``count`` cell centres [Q, 2] spread evenly over the region."""
        centres = self.centres()
        step = max(1, -(-len(centres) // count))
        return on_device(centres[::step], self._distance.device)

    def rim_distance(self, xy: Tensor) -> Tensor:
        """Returns the signed distance [...] of points [..., 2] to the rim: negative inside, metres, differentiable."""
        return self._look(self._distance, xy, True)

    def height(self, xy: Tensor) -> Tensor:
        """Returns the height [...] at points [..., 2]; outside the region that of the nearest cell."""
        return self._look(self._height, xy, False)

    def rim_at(self, xy: Array) -> Array:
        """Returns ``rim_distance`` [N] of numpy points [N, 2]."""
        return np.asarray(self.rim_distance(on_device(xy, self._distance.device)).cpu().numpy(), np.float64)

    def height_at(self, xy: Array) -> Array:
        """Returns ``height`` [...] at numpy points [..., 2]."""
        return np.asarray(self.height(on_device(xy, self._height.device)).cpu().numpy(), np.float64)

    def _look(self, grid: Tensor, xy: Tensor, beyond: bool) -> Tensor:
        values = grid.to(xy.dtype)
        nx, ny = values.shape
        place = (xy - torch.as_tensor(self._start, dtype=xy.dtype, device=xy.device)) / self.cell - 0.5
        most = torch.tensor([nx - 1.0, ny - 1.0], dtype=xy.dtype, device=xy.device)
        held = torch.minimum(place.clamp_min(0.0), most)
        corner = torch.minimum(held.detach().floor(), most - 1).long()
        t = held - corner
        flat = values.reshape(-1)
        index = corner[..., 0] * ny + corner[..., 1]
        low = flat[index] + (flat[index + 1] - flat[index]) * t[..., 1]
        high = flat[index + ny] + (flat[index + ny + 1] - flat[index + ny]) * t[..., 1]
        value = low + (high - low) * t[..., 0]
        if not beyond:
            return value
        gap = (place - held) * self.cell
        return value + torch.sqrt((gap * gap).sum(-1) + 1e-18)
