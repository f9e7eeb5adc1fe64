"""Shadows by depth maps seen from a light: the body's on the plate (without gradient)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(eq=False)
class Shadow:
    """Plate pixels [s] (picture * H * W + pixel) under the body's shadow and the linear light ``loss`` [3, s] there."""

    pixels: Tensor
    loss: Tensor
    total: int

    def over(self, flat: Tensor) -> Tensor:
        """Returns the loss [3, c] at pixels ``flat`` [c], zero where there is no shadow."""
        dense = self.loss.new_zeros(3, self.total)
        dense.index_copy_(1, self.pixels, self.loss)
        return dense.index_select(1, flat)


class ShadowCaster:
    """Casts the body's shadow on plates."""

    def cast(self, matrix: Tensor, origin: Tensor, rotation: Tensor, centre: Tensor) -> Shadow | None:
        """Returns the shadow."""
        return None
