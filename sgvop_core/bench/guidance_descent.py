"""Does the slope of the score lead to a pose that satisfies the prompt? Plain Adam over seven parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..scene.model import Array
from .guidance_judges import Judge
from .guidance_stages import Stage, pivot_of

if TYPE_CHECKING:
    from torch import Tensor

    from ..pose import Pose


@dataclass(frozen=True)
class Descent:
    """One run of Adam. The first step is long against the ripples that the patches put on a score, and the turn and
    the size move less than the place, which is what most prompts are about; chosen on scenes of another seed."""

    steps: int = 300
    rate: float = 0.15
    """First step, in the units below; it falls to a tenth along a cosine."""
    translation: float = 1.0
    """A unit of translation as a share of half the picture's height at the start's distance: what the score sees is the
    picture, and there all objects are about as far from where they belong."""
    rotation: float = 0.3
    """A unit of the rotation vector in radians."""
    scale: float = 0.1
    """A unit of the logarithm of the scale: size matters least to where a thing is."""


DESCENT = Descent()


def poses_at(x: Tensor, start: Pose, lengths: Tensor, settings: Descent = DESCENT) -> Pose:
    """Returns the poses of parameters x [K, 7] (3 translation, 3 rotation vector, 1 log scale) about ``start``.

    lengths [K]: a unit of translation in metres. Zero is the start.
    """
    from ..pose import Pose, rotation_from_vector

    return Pose(
        start.scale * (settings.scale * x[:, 6:7]).exp(),
        rotation_from_vector(settings.rotation * x[:, 3:6]) @ start.rotation,
        start.translation + settings.translation * lengths[:, None] * x[:, :3],
        start.pivot,
    )


def descend(
    judge: Judge, stage: Stage, matrices: Array, texts: list[str], settings: Descent = DESCENT
) -> tuple[Array, Array]:
    """Returns the matrices [K, 4, 4] where Adam ends from matrices [K, 4, 4], each by its own sentence, and the scores
    [steps, K] on the way. Plain: the CLIP term alone (that the object is seen is a part of it), no proposals, no physics, no restarts."""
    import torch

    from ..guidance.clip.sheet import CAMERAS
    from ..guidance.clip.term import unseen
    from ..pose import Pose

    pivot = torch.as_tensor(pivot_of(stage.body), dtype=torch.float64)
    start = Pose.from_matrices(torch.as_tensor(matrices, dtype=torch.float64), pivot)
    away = start.position - torch.as_tensor(stage.camera.position, dtype=torch.float64)
    lengths = away.norm(dim=1) * math.tan(stage.camera.yfov / 2)
    x = torch.zeros(len(matrices), 7, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([x], lr=settings.rate)
    scores = np.zeros((settings.steps, len(matrices)))
    for step in range(settings.steps):
        adam.param_groups[0]["lr"] = settings.rate * (0.55 + 0.45 * math.cos(math.pi * step / settings.steps))
        poses = poses_at(x, start, lengths, settings)
        views = stage.renderer.render(poses, stage.views)
        found = judge.matches(views.rgb, texts)
        found = found - unseen(views, len(stage.views) == len(CAMERAS), poses, stage.views)
        adam.zero_grad()
        if found.requires_grad:
            (-found.sum()).backward()  # type: ignore[no-untyped-call]
            if x.grad is not None:
                x.grad.nan_to_num_(0.0, 0.0, 0.0)
                adam.step()
        scores[step] = found.detach().cpu().double().numpy()
    with torch.no_grad():
        return np.asarray(poses_at(x, start, lengths, settings).matrices().numpy()), scores
