"""A data set that can be learnt in a minute: a coloured square left or right of a grey one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sgvop_core.training.augmentation import AugmentConfig
from sgvop_core.training.batches import BatchConfig
from sgvop_core.training.claims import Claim, Clause
from sgvop_core.training.data import (
    CELLS,
    NOTHING,
    TARGET,
    Dataset,
    Fact,
    Group,
    GroupPictures,
    Thing,
    write_shard,
)
from sgvop_core.training.fit_config import FitConfig, OptimiserConfig, WatchConfig
from sgvop_core.training.generate import SceneShares, stage_groups
from sgvop_core.training.model import ModelConfig
from sgvop_core.training.tokenizer import build_bpe
from sgvop_core.training.wording import Said

COLOURS = {"red": (220, 40, 40), "green": (40, 200, 40), "blue": (40, 60, 220), "yellow": (220, 210, 40)}
BOX = Said("box", "box", "box")
SMALL = FitConfig(
    seed=1,
    model=ModelConfig(
        embed_dim=32,
        image_size=64,
        patch_size=8,
        vision_layers=2,
        vision_width=32,
        head_width=16,
        text_width=32,
        text_layers=1,
        text_heads=2,
        context=16,
    ),
    batch=BatchConfig(groups=8, pictures=6, statements=4),
    augment=AugmentConfig(zoom=0.0),
    optimiser=OptimiserConfig(rate=2e-3, average=0.97),
    watch=WatchConfig(log=10, validate=1000, groups=30),
)


@dataclass(frozen=True)
class Told:
    """A statement of the toy world."""

    text: str
    truth: np.ndarray
    about: str
    colour: str
    claim: Claim
    named: bool = True


class ToySpeaker:
    """Says where the square is, and what colour it has."""

    def statements(self, group: GroupPictures, rng: np.random.Generator, count: int) -> Sequence[Told]:
        colour = str(group.group.target.colour)
        left = np.where(np.isnan(group.margin[:, 0]), np.nan, 1 / (1 + np.exp(-4 * group.margin[:, 0])))
        other = str(rng.choice([c for c in COLOURS if c != colour]))
        always = np.ones(len(left))
        mine, theirs = (Claim(Said(f"{c} square", "square", "square", c)) for c in (colour, other))

        def told(claim: Claim, side: str) -> Claim:
            return replace(claim, clauses=(Clause(side, (0,), (BOX,)),))

        said = [
            Told(f"a {colour} square left of a box", left, "left", colour, told(mine, "left")),
            Told(f"a {colour} square right of a box", 1 - left, "right", colour, told(mine, "right")),
            Told(f"a {colour} square", always, "colour", colour, mine),
            Told(f"a {other} square", 0 * always, "colour", other, theirs),
            Told(f"a {other} square left of a box", 0 * always, "left", other, told(theirs, "left")),
        ]
        return [said[i] for i in rng.permutation(len(said))[:count]]

    def true_elsewhere(self, said: Told, group: Group) -> float:
        return float("nan") if group.target.colour == said.colour else 0.0


def draw(rng: np.random.Generator, count: int = 8) -> GroupPictures:
    """One group: the same room and colours, the square left or right of the box."""
    name = str(rng.choice(list(COLOURS)))
    pictures = np.empty((count, 64, 64, 3), np.uint8)
    pictures[:] = rng.integers(60, 200, 3)
    row = int(rng.integers(20, 36))
    pictures[:, row : row + 16, 26:38] = 128
    margin = np.empty((count, 1))
    shown = np.full((count, 64, 64), NOTHING, np.uint8)
    shown[:, row : row + 16, 26:38] = 0
    for k in range(count):
        left = bool(k % 2)
        column = int(rng.integers(2, 12)) if left else int(rng.integers(40, 50))
        up = row + int(rng.integers(-4, 5))
        pictures[k, up : up + 12, column : column + 12] = COLOURS[name]
        shown[k, up : up + 12, column : column + 12] = TARGET
        margin[k] = 1.0 if left else -1.0
    group = Group(
        Thing("target", "box", "square", name),
        (Thing("box", "box", "box", "grey"),),
        (Fact("relation", "left", (0,), 1.0),),
        camera={"elevation": 0.2, "fov": 1.0},
    )
    middle = ((np.arange(CELLS) + 0.5) * 64 / CELLS).astype(int)
    return GroupPictures(
        group, pictures, margin, np.ones(count), np.full(count, 0.03), np.tile(np.eye(4), (count, 1, 1)),
        shown[:, middle][:, :, middle],
    )  # fmt: skip


def make_data(folder: Path, groups: int = 120, seed: int = 0) -> Dataset:
    """Two shards of toy groups."""
    rng = np.random.default_rng(seed)
    made = [draw(rng) for _ in range(groups)]
    write_shard(folder, 0, made[: groups // 2])
    write_shard(folder, 1, made[groups // 2 :])
    return Dataset(folder)


def write_tokens(path: Path) -> None:
    """A tokenizer that knows the toy world's words."""
    build_bpe(path, ["a", "square", "left", "right", "of", "box", *COLOURS])


def make_sheets(folder: Path) -> Dataset:
    """Returns nine small scenes as the studio shows them."""
    made = [g for k in range(9) for g in stage_groups([3, 0, k], 64, "train", None, SceneShares(0, 0, 0, 1.0))]
    write_shard(folder, 0, made)
    return Dataset(folder, 64)
