"""How far an object is outside of the cameras' pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sgvop_core.guidance.clip.astray import astray
from sgvop_core.pose import Pose
from sgvop_core.scene.cameras import look_at, project
from sgvop_core.scene.model import Camera


def at(points: np.ndarray) -> Pose:
    count = len(points)
    where = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    return Pose(
        torch.ones(count, 1).double(), torch.eye(3).double().expand(count, 3, 3), where, torch.zeros(3).double()
    )


CAMERAS = [
    Camera("wide", look_at(np.array([1.0, -5.0, 2.0]), np.zeros(3)), 0.7, 1.6, near=2.0),
    Camera("tall", look_at(np.array([-4.0, -3.0, 1.0]), np.zeros(3)), 0.9, 0.6, shift=(0.1, -0.2)),
    Camera("flat", look_at(np.array([0.0, 0.0, 8.0]), np.zeros(3)), aspect=1.3, ortho_height=3.0),
]


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.name)
def test_it_is_zero_in_the_picture_and_nowhere_else(camera: Camera) -> None:
    points = np.random.default_rng(3).uniform(-9, 9, (4000, 3))
    pixels, depth = project(camera, points, (1.0, camera.aspect))
    inside = (pixels >= 0).all(1) & (pixels <= [camera.aspect, 1.0]).all(1) & (depth > camera.near)
    found = astray(at(points), [camera]).detach().numpy()
    assert 50 < inside.sum() < 3000
    np.testing.assert_array_equal(found == 0, inside)
    assert (found < 1).all()


def test_a_slope_leads_back_from_everywhere() -> None:
    poses = at(np.random.default_rng(4).uniform(-30, 30, (200, 3)))
    with torch.no_grad():
        far = astray(poses, CAMERAS) > 0
    start = poses.translation.detach().clone()
    x = start.clone().requires_grad_()
    adam = torch.optim.Adam([x], lr=0.5)
    for _ in range(200):
        loss = astray(Pose(poses.scale, poses.rotation, x, poses.pivot), CAMERAS).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    ended = astray(Pose(poses.scale, poses.rotation, x.detach(), poses.pivot), CAMERAS)
    assert far.sum() > 150 and (ended < 0.05).all()


def test_it_is_the_mean_distance_over_cameras() -> None:
    poses = at(np.array([[0.0, 0.0, 0.0], [20.0, 1.0, 3.0]]))
    found = astray(poses, CAMERAS)
    assert found[0] == 0 < found[1]
    away = torch.stack([a / (1 - a) for a in (astray(poses, [c]) for c in CAMERAS)]).mean(0)
    torch.testing.assert_close(found, away / (1 + away))
    flat = astray(at(np.array([[0.65 * 3 + 2, 0.0, 0.0]])), CAMERAS[2:])
    assert flat.item() == pytest.approx(2 / 3)
