"""What one camera of ``snapshots`` sees: its view, all that does not move as it shows it, and the pictures that are made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..guidance.clip.seethrough import SEE_THROUGH
from ..scene.model import Array
from .data import TARGET
from .shading import encoded


@dataclass(frozen=True, eq=False)
class View:
    """A pinhole camera in samples: world to camera rows [3, 3], x stretched so that one focal length serves both axes."""

    rows: Array
    centre: Array
    stretch: float
    focal: float
    middle: tuple[float, float]
    near: float
    width: int
    height: int

    @property
    def eye(self) -> tuple[Any, ...]:
        """What the compiled shading takes."""
        return self.rows, self.centre, self.stretch, self.focal, *self.middle


Part = tuple[int, int, int, int]
"""Rows and columns of samples: from, to, from, to."""


@dataclass(frozen=True, eq=False)
class Plate:
    """All that does not move: ``depth`` [h, w] (1 / depth), colour [h, w, 3] (linear), and what ``shading.shade`` puts beside it."""

    depth: Array
    colour: Array
    spots: Array
    direct: Array
    owner: Array


@dataclass(frozen=True, eq=False)
class Painted:
    """Samples with the body among them: ``colour`` [h, w, 3] (linear) and where it is ``seen`` [h, w]; where something hides it,
    the colours of nothing but the body, ``alone``, and where that is, ``hidden``, both None where all of it is seen."""

    colour: Array
    seen: Array
    alone: Array | None = None
    hidden: Array | None = None


class Panel:
    """One camera's pictures of K poses, ``pictures`` [K, S, S, 3] uint8, share ``area`` [K] that the body covers and ``cells``
    [K, C, C] in the middle of which something is."""

    def __init__(self, view: View, plate: Plate, size: int, count: int, poses: int) -> None:
        self.view, self.plate, self.size, self.count = view, plate, size, count
        self.whole: Part = (0, view.height, 0, view.width)
        self._down, self._across = view.height // size, view.width // size
        self.pictures = np.repeat(encoded(plate.colour, self._down, self._across)[None], poses, 0)
        self.area, self.cells = np.empty(poses, np.float32), np.empty((poses, count, count), np.uint8)

    def part(self, x: float, y: float, half: float) -> Part:
        """Returns the samples of whole pixels that a window shows (``guidance.clip.detail``), and a pixel around them."""
        ends = []
        for middle, count, each in ((y, self.size, self._down), (x, self.size, self._across)):
            low = math.floor(0.5 * (middle - half + 1) * count) - 1
            high = math.ceil(0.5 * (middle + half + 1) * count) + 1
            low = min(max(low, 0), count - 1)
            ends += [low * each, min(max(high, low + 1), count) * each]
        return ends[0], ends[1], ends[2], ends[3]

    def take(
        self, k: int, painted: Painted, part: Part | None = None, window: tuple[float, ...] = (0.0, 0.0, 1.0), through: bool = False
    ) -> None:  # fmt: skip
        """Keeps pose k: a part of the samples, all where None, the cells being those of a window. ``through``: what is hidden shines
        through (``guidance.clip.seethrough``)."""
        top, bottom, left, right = self.whole if part is None else part
        d, a = self._down, self._across
        picture, shown = encoded(painted.colour, d, a), painted.seen
        if through and painted.alone is not None and painted.hidden is not None:
            share = self.hidden_share(painted)[..., None]
            mixed = picture + SEE_THROUGH.share * share * (encoded(painted.alone, d, a).astype(np.float32) - picture)
            picture, shown = (mixed + 0.5).astype(np.uint8), shown | painted.hidden
        self.pictures[k, top // d : bottom // d, left // a : right // a] = picture
        self.area[k] = painted.seen.sum() / (self.view.height * self.view.width)
        x, y, half = window
        grid = (2 * np.arange(self.count) + 1) / self.count - 1
        rows, columns = (
            np.clip((0.5 * (middle + half * grid + 1) * n).astype(int), 0, n - 1)
            for middle, n in ((y, self.view.height), (x, self.view.width))
        )
        seen = np.ix_(np.clip(rows - top, 0, bottom - top - 1), np.clip(columns - left, 0, right - left - 1))
        self.cells[k] = np.where(shown[seen], np.uint8(TARGET), self.plate.owner[np.ix_(rows, columns)])

    def hidden_share(self, painted: Painted) -> Array:
        """Returns what share of each pixel [h, w] of a part shows something that hides the body."""
        height, width = painted.seen.shape
        hidden = np.zeros_like(painted.seen) if painted.hidden is None else painted.hidden
        blocks = hidden.reshape(height // self._down, self._down, width // self._across, self._across)
        return np.asarray(blocks.mean((1, 3), dtype=np.float32))
