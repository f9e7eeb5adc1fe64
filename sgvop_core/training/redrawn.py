"""Groups of pictures that our renderer drew, drawn again by Cycles: the same scenes, poses, labels and cells, another look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from ..guidance.clip.detail import cut_out, detail_windows, fine_side
from ..guidance.clip.pin import pin_of
from ..guidance.clip.seethrough import SEE_THROUGH
from ..guidance.clip.sheet import ACROSS, CAMERAS, OBLIQUE, TOP, sheet_of
from ..guidance.clip.studio import metres_across
from ..scene.model import Array, SceneObject
from .blender_pictures import BlenderPictures
from .data import GroupPictures
from .pictures import Stage, drawn_by
from .snapshots import ruled_bytes

PIN = "Pin"
"""What the object that shows the front of the target is called."""
AROUND = 4
"""Pixels around a window that are drawn with it: for its border, and for what a denoiser sees of its surroundings."""


def redrawn(stage: Stage, group: GroupPictures, blender: BlenderPictures, seed: int) -> GroupPictures:
    """Returns the group, which is of the stage's first camera, with its pictures [K, S, S, 3] made by Cycles in the look of ``seed``
    (``cycles_look``). Raises PictureError."""
    poses = group.pose.astype(np.float64)
    moves = np.stack([stage.body.delta(matrix) for matrix in poses])
    if stage.studio is None:
        pictures = blender.render(stage.scene, stage.body.names, moves, stage.views[0], stage.size, seed)
    else:
        pictures = _sheets(stage, poses, moves, blender, seed)
    return replace(group, group=replace(group.group, source="cycles"), pictures=pictures)


def _sheets(stage: Stage, poses: Array, moves: Array, blender: BlenderPictures, seed: int) -> Array:
    """The sheets [K, S, S, 3] of poses [K, 4, 4] that move the body by ``moves`` [K, 4, 4]."""
    side, top, at = stage.size // ACROSS, CAMERAS.index(TOP), CAMERAS.index(OBLIQUE)
    middle, diagonal = torch.as_tensor(stage.body.bounds.mean(0)), float(stage.body.size)
    windows = detail_windows(stage.views[at], torch.as_tensor(poses), middle, diagonal).float()
    plain = _Views(stage, poses, moves, blender, seed)
    views = [plain.seen(v, side) for v in range(len(CAMERAS)) if v != at]
    fine = plain.seen(at, fine_side(side), window_parts(windows.numpy(), fine_side(side)))
    views.insert(at, (cut_out(torch.from_numpy(fine).float(), windows, side) + 0.5).to(torch.uint8).numpy())
    views[top] = ruled_bytes(views[top], metres_across(stage.views[top]))
    return np.asarray(sheet_of(torch.from_numpy(np.stack(views, 1))).numpy())


class _Views:
    """What the cameras of a stage's sheets see of the body with its pin, moved by ``moves`` [K, 4, 4] to ``poses`` [K, 4, 4]."""

    def __init__(self, stage: Stage, poses: Array, moves: Array, blender: BlenderPictures, seed: int) -> None:
        self._stage, self._poses, self._moves, self._blender, self._seed = stage, poses, moves, blender, seed
        self._ours = drawn_by(stage)

    def seen(self, view: int, size: int, parts: Array | None = None) -> Array:
        """Returns pictures [K, size, size, 3], of which only ``parts`` [K, 4] are drawn; what something hides shines through it."""
        close = CAMERAS[view] == OBLIQUE
        stage, camera = self._stage, self._stage.views[view]
        pin = SceneObject(PIN, stage.body.rest_matrix(), pin_of(stage.body, None if close else stage.studio))
        scene, names = replace(stage.scene, objects=(*stage.scene.objects, pin)), [*stage.body.names, PIN]

        def drawn(which: Array, alone: bool) -> Array:
            chosen = None if parts is None else parts[which]
            return self._blender.render(
                scene, names, self._moves[which], camera, size, self._seed, alone=alone, parts=chosen
            )

        hidden = self._ours.hidden(self._poses, camera, size, close)
        return shining_through(drawn, hidden)


def shining_through(drawn: Callable[[Array, bool], Array], hidden: Array) -> Array:
    """Returns pictures [K, S, S, 3] uint8 in which a body shines through what hides it (``guidance.clip.seethrough``), given what share
    ``hidden`` [K, S, S] of each pixel does. ``drawn(which, alone)`` makes those pictures of which ``which`` [K] is true, ``alone``
    showing nothing but the body."""
    pictures, some = drawn(np.ones(len(hidden), bool), False), hidden.any((1, 2))
    if some.any():
        seen = pictures[some].astype(np.float32)
        mixed = seen + SEE_THROUGH.share * hidden[some, ..., None] * (drawn(some, True) - seen)
        pictures[some] = (mixed + 0.5).astype(np.uint8)
    return pictures


def window_parts(windows: Array, size: int) -> Array:
    """Returns the parts [K, 4] (left, top, right, bottom, 0 to 1) of pictures of ``size`` pixels that windows [K, 3] show
    (``guidance.clip.detail``), in whole pixels and with some more around them."""
    x, y, half = np.asarray(windows, np.float64).T
    low = np.floor(0.5 * (np.stack([x - half, y - half], 1) + 1) * size) - AROUND
    high = np.ceil(0.5 * (np.stack([x + half, y + half], 1) + 1) * size) + AROUND
    low = np.clip(low, 0, size - 1)
    return np.concatenate([low, np.clip(high, low + 1, size)], 1) / size
