"""What each cell of a picture shows, asked of the network's inner layers while training only.

The names of what is in a picture are one line for all of it; the drawn triangles say them for every cell, for nothing. A
network that finds things by their cells first has far less to learn before sentences about them make sense to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample, log_softmax

from ..scene.model import Array
from .data import CELLS, NOTHING, TARGET, UNKNOWN_CELL, Group, GroupPictures, Thing
from .patches import Kept, cut, picked
from .words import UNKNOWN

NO_THING, FLOOR, WALL = range(3)
"""Classes before the nouns."""
QUIET = 0.1
"""Weight of cells that show no thing: most do."""


Moved = TypeVar("Moved")


def on_device(whole: Moved, device: torch.device) -> Moved:
    """Returns a dataclass whose fields all have ``to``, such as tensors [N], with every one of them on a device."""
    moved = {f.name: getattr(whole, f.name).to(device, non_blocking=True) for f in fields(whole)}  # type: ignore[arg-type]
    return replace(whole, **moved)  # type: ignore[type-var]


@dataclass(frozen=True, eq=False)
class CellAnswers:
    """Of N pictures: noun class and colour of each cell, [N, CELLS, CELLS] (``UNKNOWN`` where no word says it)."""

    noun: Tensor
    colour: Tensor

    def to(self, device: torch.device, non_blocking: bool = False) -> CellAnswers:
        """Returns the same on a device."""
        return on_device(self, device)

    def framed(self, frame: Tensor) -> CellAnswers:
        """Returns the answers for pictures whose frame [N, 2, 3] moved as the augmentation moves it."""
        both = torch.stack([self.noun, self.colour], 1).float()
        grid = affine_grid(frame.to(both.device), list(both.shape), align_corners=False)
        moved = grid_sample(both, grid, "nearest", "border", align_corners=False).round().long()
        return CellAnswers(moved[:, 0], moved[:, 1])


def cell_answers(
    groups: Sequence[GroupPictures], nouns: Mapping[str | None, int], colours: Mapping[str | None, int]
) -> CellAnswers:
    """Returns what is right for the cells of the groups' pictures, one after the other."""
    noun, colour = [], []
    for made in groups:
        by_noun, by_colour = (table(made.group, nouns, colours) for table in (_nouns, _colours))
        cells = made.cells if made.cells is not None else _unknown(len(made.pictures))
        noun.append(by_noun[cells])
        colour.append(by_colour[cells])
    return CellAnswers(torch.from_numpy(np.concatenate(noun)), torch.from_numpy(np.concatenate(colour)))


def _unknown(count: int) -> Array:
    return np.full((count, CELLS, CELLS), UNKNOWN_CELL, np.uint8)


def _nouns(group: Group, nouns: Mapping[str | None, int], colours: Mapping[str | None, int]) -> Array:
    def of(thing: Thing) -> int:
        if thing.role != "thing":
            return FLOOR if thing.role == "floor" else WALL
        return nouns[thing.noun] + WALL + 1 if thing.noun in nouns else UNKNOWN

    return _table(group, [of(t) for t in group.things], of(group.target), NO_THING)


def _colours(group: Group, nouns: Mapping[str | None, int], colours: Mapping[str | None, int]) -> Array:
    def of(thing: Thing) -> int:
        return colours.get(thing.colour, UNKNOWN) if thing.role == "thing" else UNKNOWN

    return _table(group, [of(t) for t in group.things], of(group.target), UNKNOWN)


def _table(group: Group, things: list[int], target: int, nothing: int) -> Array:
    table = np.full(256, UNKNOWN, np.int64)
    table[: len(things)] = things
    table[TARGET], table[NOTHING] = target, nothing
    return table


class CellHeads(nn.Module):
    """Linear readers of two inner layers, each cell by itself; ``channels`` of the earlier and of the later layer."""

    def __init__(self, channels: tuple[int, int], nouns: int, colours: int) -> None:
        super().__init__()
        self.nouns = nn.ModuleList(nn.Linear(c, nouns + WALL + 1) for c in channels)
        self.colour = nn.Linear(channels[0], colours)

    def forward(self, inner: Sequence[Tensor], right: CellAnswers, side: int, kept: Kept | None = None) -> Tensor:
        """Returns the mean cost, ``scalar``, of layers [N, T, C]: all patches of a square of that side, or the ``kept`` ones."""
        early, late = inner
        noun, colour = (picked(cut(classes, side), kept) for classes in (right.noun, right.colour))
        nouns = [_cost(head(x), noun, QUIET) for head, x in zip(self.nouns, (early, late), strict=True)]
        return (nouns[0] + nouns[1]) / 2 + 0.5 * _cost(self.colour(early), colour, 1.0)

    def named(
        self, inner: Sequence[Tensor], right: CellAnswers, side: int, kept: Kept | None = None
    ) -> tuple[float, float, float, float]:
        """Returns how many patches of things the later layer [N, T, C] calls by the right noun, of how many, and of how many
        the earlier one knows the colour; a patch is what its middle shows."""
        found: list[float] = []
        for logits, classes in (
            (self.nouns[-1](inner[-1])[..., WALL + 1 :], right.noun - WALL - 1),
            (self.colour(inner[0]), right.colour),
        ):
            at = (2 * torch.arange(side, device=classes.device) + 1) * CELLS // (2 * side)
            middle = picked(classes[:, at][:, :, at].flatten(1), kept)
            known = middle >= 0
            found += [float((logits.argmax(-1) == middle)[known].sum()), float(known.sum())]
        return found[0], found[1], found[2], found[3]


def _cost(logits: Tensor, right: Tensor, quiet: float) -> Tensor:
    """Returns the weighted mean cross-entropy, ``scalar``, of logits [N, T, C] for the classes [N, T, n] of their cells;
    ``quiet``: weight of the first classes, which are no things."""
    chance = log_softmax(logits.float(), -1).gather(-1, right.clamp_min(0))
    weight = torch.where(right == UNKNOWN, 0.0, torch.where(right <= WALL, quiet, 1.0))
    return -(weight * chance).sum() / weight.sum().clamp_min(1)
