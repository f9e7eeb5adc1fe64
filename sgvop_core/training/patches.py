"""Which patches of a picture a step of training computes, so that it need not compute all of floor and walls.

Li et al. 2023 (FLIP) leave out patches at random. Here it is known what each shows: those of things are kept as far as there
is room, and of the rest as many by chance as fill it, which then count for those that were left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from ..errors import SettingsError
from ..guidance.clip.lively_patches import liveliest


@dataclass(frozen=True)
class PatchConfig:
    """How many patches a step computes."""

    keep: float = 1.0
    """Share of the patches that the model computes."""
    until: float = 0.8
    """Share of the run from which on all of them are, as when the model is used."""

    def __post_init__(self) -> None:
        if not 0 < self.keep <= 1 or not 0 <= self.until <= 1:
            raise SettingsError("patches: keep is a share above 0 and up to 1, until one of 0 to 1")


@dataclass(frozen=True, eq=False)
class Kept:
    """Of N pictures, the places [N, T] of the T patches that are computed, row by row, and how much each counts in the
    picture's mean, ``weight`` [N, T] with sum 1."""

    places: Tensor
    weight: Tensor


def covered(mask: Tensor, frame: Tensor, side: int) -> Tensor:
    """Returns how much of each patch a mask covers, [N, side * side].

    ``mask`` [N, C, C] bool or weights, in a picture whose ``frame`` [N, 2, 3] moved as the augmentation moves it.
    """
    whole = mask.float()[:, None]
    grid = affine_grid(frame.to(mask.device), list(whole.shape), align_corners=False)
    moved = grid_sample(whole, grid, padding_mode="zeros", align_corners=False)
    return cut(moved[:, 0], side).mean(2)


def cut(cells: Tensor, side: int) -> Tensor:
    """Returns the cells [N, C, C] that each patch of a square of ``side`` of them covers, [N, side * side, n]; where the two do not fit
    together, those of which it covers a part, each as often as fits."""
    times = side // math.gcd(cells.shape[-1], side)
    fine = cells.repeat_interleave(times, 1).repeat_interleave(times, 2) if times > 1 else cells
    return fine.unflatten(2, (side, -1)).unflatten(1, (side, -1)).transpose(2, 3).flatten(3).flatten(1, 2)


def lively_patches(pictures: Tensor, patch: int, count: int) -> Kept:
    """Returns the patches of pictures [N, 3, S, S] where most is to be seen, as a model that computes only those takes them; each
    counts alike."""
    places = liveliest(pictures, patch, count)
    return Kept(places, torch.full(places.shape, 1 / count, device=places.device))


def among(kept: Kept, fewer: Kept) -> Kept:
    """Returns ``fewer``, whose places are those among the kept patches [N, T], with their places in the picture."""
    return Kept(kept.places.gather(1, fewer.places), fewer.weight)


def keep_patches(shown: Tensor, count: int, seed: int) -> Kept:
    """Returns ``count`` patches of each picture: those where something is ``shown`` [N, P] bool first, else by chance."""
    generator = torch.Generator(shown.device).manual_seed(seed)
    chance = torch.rand(shown.shape, generator=generator, device=shown.device)
    places = (chance + shown).topk(count, 1).indices.sort(1).values
    mine = shown.gather(1, places)
    weight = torch.where(mine, _stands_for(shown, mine), _stands_for(~shown, ~mine))
    return Kept(places, weight / weight.sum(1, keepdim=True).clamp_min(1e-6))


def _stands_for(every: Tensor, got: Tensor) -> Tensor:
    """How many patches of a kind, ``every`` [N, P] bool, each of those that were ``got`` [N, T] bool stands for, [N, 1]."""
    return every.sum(1, keepdim=True) / got.sum(1, keepdim=True).clamp_min(1)


def picked(values: Tensor, kept: Kept | None) -> Tensor:
    """Returns of values [N, P] or [N, P, C] those of the kept patches, [N, T] or [N, T, C]."""
    if kept is None:
        return values
    places = kept.places
    return values.gather(1, places if values.ndim == 2 else places[:, :, None].expand(-1, -1, values.shape[2]))
