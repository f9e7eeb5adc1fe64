"""What training sees and what is kept for the test: asset seeds, and kinds that training never sees at all."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..assets import asset_kinds

Split = Literal["train", "test"]
HELD_OUT = frozenset(
    (
        "teapot",
        "giraffe",
        "guitar",
        "bicycle",
        "hammer",
        "pumpkin",
        "octopus",
        "hydrant",
        "trophy",
        "backpack",
        "armchair",
    )
)
"""Kinds that no training picture shows, for tests on objects of another kind than any seen."""
SEEDS = {"train": (0, 1_000_000), "test": (1_000_000, 1_000_200)}
"""Asset seeds (first, last + 1) of either side: another seed has other proportions, colours and textures. Hardly two scenes of
training share a thing: who sees few shapes of a kind often learns those instead of the kind."""
NEVER = frozenset(("rug", "curtain", "picture", "book row"))
"""Kinds that are no target of their own: sheets, and what hangs."""


def kinds_of(split: Split, *, unseen: bool = False) -> tuple[str, ...]:
    """Returns the asset kinds of a side; with ``unseen`` only those that training never shows."""
    every = tuple(k for k in asset_kinds() if k not in NEVER)
    if unseen:
        return tuple(k for k in every if k in HELD_OUT)
    return tuple(k for k in every if k not in HELD_OUT)


def asset_seed(split: Split, rng: np.random.Generator) -> int:
    """Returns a random asset seed of that side."""
    return int(rng.integers(*SEEDS[split]))
