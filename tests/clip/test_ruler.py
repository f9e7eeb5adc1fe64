"""The ruler of a sheet: as long as it says, whatever the picture's size, and no more than a picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sgvop_core.guidance.clip.ruler import RULER, bars, ruled
from sgvop_core.guidance.clip.sheet import CAMERAS, FRONT, TOP
from sgvop_core.guidance.clip.studio import metres_across, studio_cameras
from sgvop_core.scene.cameras import look_at, project
from sgvop_core.scene.model import Camera

CAMERA = Camera("Camera", look_at([2, -6, 2], [0, 0, 0.5]), math.radians(50), 1.5)


@pytest.mark.parametrize("side", [32, 72, 150])
@pytest.mark.parametrize("across", [0.6, 1.7, 25.0])
def test_the_bars_are_a_metre_and_a_tenth_of_it(side: int, across: float) -> None:
    made = ruled(torch.full((2, side, side, 3), 0.5), across)
    assert made.shape == (2, side, side, 3) and torch.equal(made[0], made[1])
    colour, cover = bars(across, side)
    shares = np.array([[min(part * length / across, 1.0) for part in (0.5, 1.0)] for length in RULER.lengths])
    assert float(cover.sum()) / side**2 == pytest.approx(RULER.thick * shares[:, 1].sum(), rel=1e-4)
    dark, light = shares[:, 0].sum(), (shares[:, 1] - shares[:, 0]).sum()
    expected = RULER.thick * (RULER.dark * dark + RULER.light * light)
    assert float(colour.sum()) / side**2 == pytest.approx(expected, rel=1e-4)
    torch.testing.assert_close(made[0], 0.5 * (1 - cover) + colour.expand(-1, -1, 3))
    rows = 2 * RULER.thick * side
    assert torch.all(made[0, math.ceil(rows - 1e-6) :] == 0.5)
    assert torch.all(cover[: int(rows), 0] > 0)
    if shares[0, 0] * side > 1 and RULER.thick * side >= 1:
        assert float(made[0, 0, 0, 0]) == pytest.approx(RULER.dark, abs=1e-5)


def test_pictures_keep_their_gradient_but_under_the_bars() -> None:
    picture = torch.full((1, 36, 36, 3), 0.5, requires_grad=True)
    ruled(picture, 2.0).sum().backward()
    assert picture.grad is not None
    assert picture.grad[0, 0, 0, 0] == 0 and picture.grad[0, 0, 20, 0] == 1 and torch.all(picture.grad[0, 3:] == 1)


@pytest.mark.parametrize("across", [0.0, -1.0, float("nan"), float("inf")])
def test_a_picture_of_no_width_has_no_ruler(across: float) -> None:
    picture = torch.rand(1, 8, 8, 3)
    assert torch.equal(ruled(picture, across), picture)


@pytest.mark.parametrize("size", [0.1, 3.0])
def test_the_width_is_that_of_the_place_in_the_view_from_above(size: float) -> None:
    """Two points in the middle of the place, one along the picture's right from the other, are as many pixels apart as it says."""
    box = np.array([[-1.0, -1.5, 0.0], [1.0, 1.5, 1.0]]) * size
    views = dict(zip(CAMERAS, studio_cameras(CAMERA, box), strict=True))
    for name in (TOP, FRONT):
        right = views[name].matrix_world[:3, 0]
        at, _ = project(views[name], box.mean(0) + np.array([[0.0], [0.3 * size]]) * right, (1, 1))
        assert (at[1, 0] - at[0, 0]) * metres_across(views[name]) == pytest.approx(0.3 * size, rel=1e-3)
