"""Rendering goes on when a GPU's memory runs out; the GPU is played by a renderer with a limit."""

from __future__ import annotations

import torch

from sgvop_core.placement.fitting import FittingRenderer
from sgvop_core.pose import Pose
from sgvop_core.render.contract import Views


class Limited:
    """Pictures whose colour is the pose's place; more than ``limit`` poses do not fit."""

    size = (2, 3)

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.batches: list[int] = []

    def render(self, poses: Pose, cameras) -> Views:
        if len(poses) > self.limit:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        self.batches.append(len(poses))
        picture = poses.position[:, None, None, None, :].expand(-1, len(cameras), 2, 3, 3)
        return Views(picture, picture[..., 0], picture[..., 1])


def poses(count: int) -> Pose:
    place = torch.arange(count * 3, dtype=torch.float32).reshape(count, 3).requires_grad_(True)
    return Pose(torch.ones(count, 3), torch.eye(3).expand(count, 3, 3), place, torch.zeros(3))


def test_batches_shrink_once_and_the_pictures_are_the_same() -> None:
    gpu, said = Limited(3), []
    renderer = FittingRenderer(lambda device: gpu, torch.device("cpu"), said.append)
    eight = poses(8)
    for _ in range(2):
        views = renderer.render(eight, [None, None])
        assert torch.equal(views.rgb, Limited(99).render(eight, [None, None]).rgb)
    assert max(gpu.batches) == 2 and len(said) == 1 and "smaller" in said[0]
    views.rgb.sum().backward()
    assert torch.equal(eight.translation.grad, torch.full((8, 3), 12.0))


def test_when_nothing_fits_the_cpu_takes_over() -> None:
    made, said = [], []

    def make(device: str) -> Limited:
        made.append(Limited(0 if not made else 99))
        return made[-1]

    renderer = FittingRenderer(make, torch.device("cpu"), said.append)
    views = renderer.render(poses(4), [None])
    assert views.rgb.shape == (4, 1, 2, 3, 3)
    renderer.render(poses(5), [None])
    assert len(made) == 2 and len(said) == 2 and "CPU" in said[1]
