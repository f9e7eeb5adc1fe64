"""The things of random scenes and what they are made of.

The picture of a material takes longer to make than a training picture to draw; so a process keeps those that it has made, and
scenes choose among them. A thing is built for its scene, and kept for the scene's other looks. The two sides of the split never
share one.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from ..assets import build_asset
from ..assets.dress import dominant_colour, dominant_material, dress
from ..assets.dressings import MATERIAL_WORDS, coat
from ..assets.surroundings import floor_look, wall_look
from ..scene.model import Material, Scene, SceneObject
from .given import GivenMeshes
from .split import SEEDS, Split

COLOURS = (
    "black", "white", "grey", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "beige",
    "gold", "silver", "navy", "turquoise", "magenta", "olive", "maroon",
)  # fmt: skip
COATS = 8
"""Coats of one colour and material that a process makes; each is also repeated more or less often."""
AROUND = 500
"""Floors, and walls, to choose from."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A thing as it was built: its objects about the origin, its longest side in metres, what most of it is made of, and
    the word for its colour."""

    objects: tuple[SceneObject, ...]
    extent: float
    main: Material | None
    colour: str | None


@lru_cache(maxsize=100)
def piece(kind: str, seed: int, given: GivenMeshes | None = None) -> Piece:
    """Returns a thing of a kind; another seed, another one, or of the ``given`` ones of that kind another."""
    objects = list((given and given.objects(kind, seed)) or build_asset(kind, seed))
    extent = float(np.ptp(Scene(tuple(objects)).bounds(), axis=0).max())
    return Piece(tuple(objects), extent, dominant_material(objects)[0], dominant_colour(objects))


def dressed(
    found: Piece, rng: np.random.Generator, split: Split, coloured: float, material: float
) -> tuple[list[SceneObject], str | None, str | None]:
    """Returns a piece's objects, in a coat or as built, with the words for its colour and its material (None: no word).

    ``coloured`` and ``material``: shares of things that are painted in a named colour, or made of a named material.
    """
    colour = str(rng.choice(COLOURS)) if rng.random() < coloured else None
    made_of = str(rng.choice(MATERIAL_WORDS)) if rng.random() < material else None
    if found.main is None or (colour is None and made_of is None):
        return list(found.objects), found.colour, None
    new = _coat(split, colour, made_of, int(rng.integers(COATS)))
    objects = dress(list(found.objects), rng, colour, made_of, main=found.main, new=new)
    return objects, colour, made_of


@cache
def _coat(split: Split, colour: str | None, material: str | None, number: int) -> Material:
    return coat(_source(split, f"coat {colour} {material}", number), colour, material)


def floor(rng: np.random.Generator, split: Split) -> tuple[Material, float]:
    """Returns a floor's material and the metres of one repeat of its picture."""
    return _floor(split, int(rng.integers(AROUND)))


def wall(rng: np.random.Generator, split: Split) -> Material:
    """Returns a wall's material."""
    return _wall(split, int(rng.integers(AROUND)))


@cache
def _floor(split: Split, number: int) -> tuple[Material, float]:
    return floor_look(_source(split, "floor", number))


@cache
def _wall(split: Split, number: int) -> Material:
    return wall_look(_source(split, "wall", number))


def _source(split: Split, name: str, number: int) -> np.random.Generator:
    return np.random.default_rng([SEEDS[split][0] + number, zlib.crc32(name.encode())])
