"""What the registry knows of a kind of asset."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .parts import Part

Pieces = dict[str, list[Part]]
"""The parts of each object of an asset: the key "" is the asset itself, others hang below it."""


@dataclass(frozen=True)
class AssetKind:
    """How a kind is built, how large it is (longest side, metres, low and high) and whether it is closed solids.

    ``fronted``: whether one side is plainly its front (-y), so that it can be said to face something.
    """

    build: Callable[..., Pieces]
    size: tuple[float, float]
    solid: bool = True
    fronted: bool = False

    @property
    def usual(self) -> float:
        """The usual longest side, metres: the geometric mean of its range."""
        return math.sqrt(self.size[0] * self.size[1])
