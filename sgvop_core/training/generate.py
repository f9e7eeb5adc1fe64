"""Making the training data: shards of groups by several processes; what is already there is kept, so it resumes.

A shard depends on its number and the seed alone, not on the number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SettingsError
from .cameras import CameraOptions
from .data import GroupPictures, write_shard
from .given import GivenMeshes
from .poses import PoseOptions
from .scenery import SceneryOptions
from .split import Split

if TYPE_CHECKING:
    from .blender_pictures import BlenderPictures


@dataclass(frozen=True)
class DataOptions:
    """How the pictures of a data set are divided."""

    stages: int = 80
    """Scenes in a shard: about 1400 pictures, in the studio 1900 sheets, half a minute of one core."""
    views: int = 6
    """Cameras on each scene, each of which sees it in another look: other colours, materials, floor and light."""
    poses: int = 4
    """Pictures from each camera."""
    alone_poses: int = 3
    """The same of a target that is alone."""
    studio_views: int = 1
    studio_poses: int = 24
    """The same in the studio, where looks say little and poses everything: a text is to find the one pose among many."""
    blender_poses: int = 12
    """The same at most in shards that Blender renders, from one camera: there a picture takes longer and a scene no more."""


OPTIONS = DataOptions()
PLAIN = (
    SceneryOptions(more=(0.3, 0.1), clutter=1, natural=0.25, coloured=0.75, ratio=(0.35, 1.0), close=0.9),
    CameraOptions(apparent=(0.22, 0.7), fill=(0.45, 1.0)),
)
"""Plain scenes: mostly one anchor, hardly any clutter, a large target. A network that knows nothing yet learns from them
what it cannot find in full ones, where the target is one small thing of eight."""
PLACED = SceneryOptions(more=(0.2, 0.0), clutter=0, natural=0.6, ratio=(0.15, 1.0), close=0.0)
"""What a placement shows to CLIP: one or two anchors in a close-up, and nothing else."""


STUDIO = SceneryOptions(
    more=(0.5, 0.15), clutter=2, natural=0.6, ratio=(0.15, 1.0), close=0.0, floating=0.25, roomy=0.5, pair=0.4
)
"""Of these scenes the pictures show one or two of the things, and what holds them. Things to be beneath, inside or between come
up often: what seldom holds is learnt worst."""
STUDIO_POSES = PoseOptions(seldom=0.3)


@dataclass(frozen=True)
class SceneShares:
    """Shares of scenes that are not full ones. ``plain``: hardly more than an anchor and a large target; ``alone``: a target
    alone; ``placed`` and ``studio``: as a placement shows them to CLIP (``framing`` place and studio of ``PlaceSettings``);
    ``crowd``: many things of which nothing is said but what they are. ``searched``: of the studio's poses such as a search comes
    by."""

    plain: float = 0.4
    alone: float = 0.25
    placed: float = 0.0
    studio: float = 0.0
    crowd: float = 0.0
    searched: float = 0.0

    def __post_init__(self) -> None:
        if (
            min(self.plain, self.alone, self.placed, self.studio) < 0
            or self.plain + self.alone + self.placed + self.studio > 1
            or not 0 <= self.crowd <= 1
            or not 0 <= self.searched <= 1
        ):
            raise SettingsError(
                "the shares of scenes are 0 or more, those of crowds and of searched poses at most 1, and those of plain, alone,"
                " placed and studio ones at most 1 together"
            )


FULL = SceneShares(0.0, 0.0)


def generate(
    folder: Path, pictures: int, *, seed: int = 0, workers: int = 2, size: int = 96, blender: float = 0.0,
    shares: SceneShares | None = None, split: str = "train", notify: Callable[[str], None] = print,
    given: GivenMeshes | None = None,
) -> None:  # fmt: skip
    """Fills ``folder`` with about ``pictures`` pictures of ``size`` pixels; ``blender`` is the share that Cycles renders, and some
    things are ``given`` meshes.

    Raises SettingsError for numbers that make no sense.
    """
    from ..guidance.clip.sheet import ACROSS

    shares = shares or SceneShares()
    if pictures < 1 or workers < 1 or not 32 <= size <= 512 or size % ACROSS or not 0 <= blender <= 1:
        raise SettingsError(
            "the data set needs at least 1 picture, 1 worker, 32 to 512 pixels, an even number, and a share of 0 to 1"
        )
    shards = max(1, round(pictures / (OPTIONS.stages * _a_stage(shares, blender))))
    every = [(folder, i, seed, size, _by_blender(i, blender), shares, split, given) for i in range(shards)]
    missing = [job for job in every if not (folder / f"shard-{job[1]:05d}.groups.json").is_file()]
    if len(missing) < shards:
        notify(f"{shards - len(missing)} of {shards} shards are there already")
    done = shards - len(missing)
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    made, began = 0, time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, max(len(missing), 1)), spawn, _end_with, (os.getpid(),)) as pool:
        for future in as_completed([pool.submit(make_shard, *job) for job in missing]):
            try:
                count = future.result()
            except BrokenProcessPool:
                raise SettingsError(
                    "a process that draws pictures was ended, perhaps for want of memory; the same command goes on where it"
                    " stopped, with fewer --workers if need be"
                ) from None
            done += 1
            made += count
            speed = made / (time.monotonic() - began)
            notify(f"{done} of {shards} shards, {count} pictures in the last, {speed:.0f} pictures/s")


def _a_stage(shares: SceneShares, blender: float) -> float:
    """About how many pictures a scene has."""
    plain, studio = OPTIONS.views * OPTIONS.poses, OPTIONS.studio_views * OPTIONS.studio_poses
    again = _seen_again(OPTIONS.poses) * (1 - shares.studio) + _seen_again(OPTIONS.studio_poses) * shares.studio
    ours = plain * (1 - shares.studio) + studio * shares.studio
    ours = 0.85 * OPTIONS.views * shares.crowd + 0.72 * ours * (1 - shares.crowd)  # some poses are not seen
    return (1 - blender) * ours + blender * 0.72 * again


def _seen_again(poses: int) -> int:
    """Pictures of a scene that Blender makes of it."""
    return min(poses, OPTIONS.blender_poses)


def _end_with(parent: int) -> None:
    """Ends this process when ``parent`` is gone, however that ended: else it would go through all that is left to do."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _by_blender(index: int, share: float) -> bool:
    return int((index + 1) * share) > int(index * share)


def make_shard(
    folder: Path,
    index: int,
    seed: int,
    size: int,
    blender: bool = False,
    shares: SceneShares | None = None,
    split: str = "train",
    given: GivenMeshes | None = None,
) -> int:
    """Returns the number of pictures of the shard that was made and written."""
    import torch

    torch.set_num_threads(1)
    made: list[GroupPictures] = []
    with ExitStack() as stack:
        process = None
        if blender:
            from .blender_pictures import BlenderPictures

            process = stack.enter_context(BlenderPictures(None))
        for number in range(OPTIONS.stages):
            made += stage_groups([seed, index, number], size, split, process, shares or SceneShares(), given)
    if not made:
        raise SettingsError(f"shard {index} came out empty; take another seed")
    write_shard(folder, index, made)
    return sum(len(g.pictures) for g in made)


def stage_groups(
    seed: list[int],
    size: int,
    split: str,
    blender: BlenderPictures | None = None,
    shares: SceneShares = FULL,
    given: GivenMeshes | None = None,
) -> list[GroupPictures]:
    """Returns the groups of one random stage, one a camera; those where hardly anything was seen are left out.

    With ``blender`` there is one camera, and Cycles draws what it sees.
    """
    from .crowds import crowd_groups
    from .pictures import make_stage

    rng = np.random.default_rng(seed)
    side: Split = "test" if split == "test" else "train"
    if blender is None and rng.random() < shares.crowd:
        return crowd_groups(rng, side, size, OPTIONS.views, SceneryOptions(given=given))
    drawn = float(rng.random())
    alone, plain = drawn < shares.alone, drawn < shares.alone + shares.plain
    framing = (
        "camera" if drawn < 1 - shares.placed - shares.studio else "place" if drawn < 1 - shares.studio else "studio"
    )
    shown = {"camera": SceneryOptions(), "place": PLACED, "studio": STUDIO}[framing]
    scenery, cameras = PLAIN if plain else (shown, CameraOptions())
    if blender is not None:
        # Cycles renders the model's square itself; our own pictures are squashed to it from every aspect.
        cameras = replace(cameras, aspects=(1.0,))
    scenery = replace(scenery, given=given)
    views = 1 if blender is not None else OPTIONS.studio_views if framing == "studio" else OPTIONS.views
    poses = replace(STUDIO_POSES, searched=shares.searched) if framing == "studio" else None
    stage = make_stage(
        rng, side, size, views=views, scenery=scenery, cameras=cameras, alone=alone, framing=framing, poses=poses
    )
    count = OPTIONS.alone_poses if alone else OPTIONS.studio_poses if framing == "studio" else OPTIONS.poses
    if blender is None:
        return stage.groups(rng, count)
    from .redrawn import redrawn

    groups = stage.groups(rng, _seen_again(count))
    return [redrawn(stage, group, blender, int(rng.integers(1 << 30))) for group in groups]
