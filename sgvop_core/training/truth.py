"""How true something is, of how much is missing: a soft truth in 0..1 that still tells which of two wrong poses is less wrong.

The truth of a margin of m units is sigmoid(4 m). Below -``LINEAR`` units m grows with the logarithm of the margin alone, so that a
number in single precision has room for what is far away: an object that stands at the other end of a place is a hundred units
from being on a table, since a unit there is a share of the object's size.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..scene.model import Array

LINEAR = 5.0
"""Units of the margin below zero up to which the truth is its sigmoid."""
FARTHEST = 100.0
"""Most units that something is from being true; what is farther counts as that."""
_STEEP = 4.0
_MOST = 20.0


def soft_truth(margin: Array) -> Array:
    """Returns the truths, of the shape of the margins [...] in units: above 0 and at most 1."""
    far = np.clip(-margin, LINEAR, FARTHEST)
    short = np.where(margin < -LINEAR, -LINEAR * (1 + np.log(far / LINEAR)), margin)
    return np.asarray(1 / (1 + np.exp(-_STEEP * np.clip(short, -_MOST, _MOST))))


def margin_of(truth: Tensor) -> Tensor:
    """Returns the margins in units, of the shape of the truths [...]; of a truth of 0 one beyond ``FARTHEST``, of 1 a large one."""
    soft = truth.clamp(1e-37, 1 - 1e-6)
    short = (soft / (1 - soft)).log() / _STEEP
    return torch.where(short < -LINEAR, -LINEAR * (-short / LINEAR - 1).exp(), short)
