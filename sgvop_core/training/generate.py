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
from ..scene.model import Scene, SceneObject
from .cameras import CameraOptions
from .data import GroupPictures, write_shard
from .given import GivenMeshes
from .poses import PoseOptions
from .scenery import SceneryOptions
from .split import Split

if TYPE_CHECKING:
    from .blender_pictures import BlenderPictures
    from .pictures import Stage


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
    blender_poses: int = 6
    """The same in shards that Blender renders, where a picture takes longer and a scene no more."""


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
    plain, studio = OPTIONS.views * OPTIONS.poses, OPTIONS.studio_views * OPTIONS.studio_poses
    a_stage = 0.72 * (plain + shares.studio * (studio - plain))  # some poses are not seen
    a_stage = 0.85 * OPTIONS.views * shares.crowd + a_stage * (1 - shares.crowd)
    shards = max(1, round(pictures / (OPTIONS.stages * a_stage)))
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
    group = stage.pictures(rng, min(count, OPTIONS.blender_poses))
    return [] if group is None else [_rendered_again(stage, group, blender, int(rng.integers(1 << 30)))]


def _rendered_again(stage: Stage, group: GroupPictures, blender: BlenderPictures, seed: int) -> GroupPictures:
    """Returns the group with its pictures made by Cycles instead; labels are the same."""
    import torch

    from ..guidance.clip.detail import cut_out, detail_windows, fine_side
    from ..guidance.clip.pin import pin_of
    from ..guidance.clip.sheet import ACROSS, CAMERAS, OBLIQUE, TOP, sheet_of
    from ..guidance.clip.studio import metres_across
    from .snapshots import ruled_bytes

    deltas = np.stack([stage.body.delta(matrix) for matrix in group.pose.astype(np.float64)])
    scene, names, side = stage.scene, [*stage.body.names], stage.size
    if stage.studio is not None:
        names, side = [*names, "Pin"], side // ACROSS
    at = CAMERAS.index(OBLIQUE) if stage.studio is not None else -1

    def drawn(view: int) -> Scene:
        if stage.studio is None:
            return scene
        mesh = pin_of(stage.body, None if view == at else stage.studio)
        return replace(scene, objects=(*scene.objects, SceneObject("Pin", stage.body.rest_matrix(), mesh)))

    views = [
        torch.from_numpy(blender.render(drawn(v), names, deltas, camera, fine_side(side) if v == at else side, seed))
        for v, camera in enumerate(stage.views)
    ]
    pictures = views[0].numpy()
    if stage.studio is not None:
        poses = torch.as_tensor(group.pose.astype(np.float64))
        middle = torch.as_tensor(stage.body.bounds.mean(0))
        windows = detail_windows(stage.views[at], poses, middle, float(stage.body.size)).float()
        views[at] = (cut_out(views[at].float(), windows, side) + 0.5).to(torch.uint8)
        top = CAMERAS.index(TOP)
        views[top] = torch.from_numpy(ruled_bytes(views[top].numpy(), metres_across(stage.views[top])))
        pictures = sheet_of(torch.stack(views, 1)).numpy()
    return replace(group, group=replace(group.group, source="cycles"), pictures=pictures)
