"""One suite for every renderer behind the contract."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.pose import Pose
from sgvop_core.render import Renderer, make_renderer
from sgvop_core.render.pytorch3d import available
from sgvop_core.scene.body import make_body
from sgvop_core.scene.cameras import project

from .gradients import pose_of
from .scenes import creature, look_from, scene_at_table

PYTORCH3D = pytest.mark.skipif(not available(), reason="PyTorch3D is not installed")
KINDS = {
    "mesh": {},
    "thesis": {"backend": "thesis"},
    "pytorch3d": {"backend": "pytorch3d"},
    "differences": {"gradient": "differences"},
}
NAMES = ["mesh", "thesis", pytest.param("pytorch3d", marks=PYTORCH3D), "differences"]
REST = np.array([-0.8, 0.3, 0.2, 0.5, -0.1, 0.0, 1.2])
SIZE = (72, 96)


def make(name: str, size=SIZE, **options) -> tuple[Renderer, tuple]:
    scene = scene_at_table(creature(3))
    renderer = make_renderer(scene, make_body(scene, "body"), size, shadows=False, **KINDS[name], **options)
    side = look_from((-2.0, -2.0, 1.6), (0, 0, 1.0), yfov=0.8, aspect=1.5, shift=(0.05, -0.04))
    return renderer, (scene.cameras[0], side)


def poses(*offsets: float) -> Pose:
    return Pose.cat(
        [pose_of(torch.tensor(REST + o * np.array([0.1, 0.5, 0, 0, 0.1, 0, 0]), dtype=torch.float32)) for o in offsets]
    )


@pytest.mark.parametrize("name", NAMES)
def test_views_have_the_promised_shapes_and_ranges(name) -> None:
    renderer, cameras = make(name)
    assert isinstance(renderer, Renderer) and renderer.size == SIZE
    views = renderer.render(poses(0.0, 1.0, 2.0), cameras)
    assert views.rgb.shape == (3, 2, *SIZE, 3) and views.alpha.shape == views.depth.shape == (3, 2, *SIZE)
    assert float(views.rgb.min()) >= 0 and float(views.rgb.max()) <= 1
    assert float(views.alpha.min()) >= 0 and float(views.alpha.max()) <= 1 and (views.alpha.sum((2, 3)) > 20).all()
    assert (views.depth > 0).all() and torch.isinf(views.depth).any()
    assert not views.depth.requires_grad


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_its_pictures(name) -> None:
    """Scores of a candidate must not depend on who else is in its batch."""
    renderer, cameras = make(name)
    batch = poses(0.0, 1.5, -1.0)
    together = renderer.render(batch, cameras)
    for k in range(3):
        for v in range(2):
            alone = renderer.render(batch[k : k + 1], [cameras[v]])
            torch.testing.assert_close(together.rgb[k, v], alone.rgb[0, 0], atol=2e-5, rtol=0)
            torch.testing.assert_close(together.alpha[k, v], alone.alpha[0, 0], atol=2e-5, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_a_batch_are_finite_and_each_poses_own(name) -> None:
    renderer, cameras = make(name)
    weights = torch.rand(2, *SIZE, 3, generator=torch.Generator().manual_seed(0))

    def gradient(offsets: tuple[float, ...]) -> torch.Tensor:
        theta = torch.stack([torch.tensor(REST + o * 0.1, dtype=torch.float32) for o in offsets]).requires_grad_()
        batch = Pose.cat([pose_of(t) for t in theta])
        (renderer.render(batch, cameras).rgb * weights).sum().backward()
        assert theta.grad is not None and torch.isfinite(theta.grad).all()
        return theta.grad

    pair = gradient((0.0, 1.0))
    assert (pair.abs().amax(1) > 0).all()
    torch.testing.assert_close(pair[1], gradient((1.0,))[0], rtol=2e-3, atol=2e-3 * float(pair.abs().max()))


@pytest.mark.parametrize("name", NAMES)
def test_a_body_out_of_sight_leaves_the_plate(name) -> None:
    renderer, cameras = make(name)
    seen = renderer.render(poses(0.0), cameras)
    theta = torch.tensor(REST, dtype=torch.float32)
    for place in ([0.0, 0.0, 500.0], [1.4, -3.5, 2.2]):  # far above, behind the first camera
        theta[4:7] = torch.tensor(place)
        moved = theta.clone().requires_grad_()
        away = renderer.render(pose_of(moved), cameras[:1])
        assert float(away.alpha.detach().max()) == 0
        outside = seen.alpha[0, 0] == 0
        torch.testing.assert_close(away.rgb[0, 0][outside], seen.rgb[0, 0][outside], atol=1e-6, rtol=0)
        away.rgb.sum().backward()
        assert moved.grad is None or float(moved.grad.abs().max()) == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_same_call_gives_the_same_picture(name) -> None:
    renderer, cameras = make(name)
    first, second = (renderer.render(poses(0.3), cameras).rgb for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("name", ["mesh", "thesis"])
def test_pixels_lie_where_the_cameras_formula_says(name) -> None:
    """Checks and pictures must agree on where the object is, also with shift, aspect and orthographic cameras."""
    renderer, cameras = make(name, size=(150, 200))
    from dataclasses import replace

    for camera in (*cameras, replace(cameras[0], ortho_height=2.6), replace(cameras[1], ortho_height=2.4)):
        theta = torch.tensor([np.log(0.12), 0, 0, 0, -0.15, 0.1, 1.35], dtype=torch.float32)
        views = renderer.render(pose_of(theta), [camera])
        alpha = views.alpha[0, 0]
        y, x = torch.meshgrid(torch.arange(150) + 0.5, torch.arange(200) + 0.5, indexing="ij")
        mesh = creature(3)
        world = mesh.vertices * 0.12 + [-0.15, 0.1, 1.35]
        pixels, depth = project(camera, world, (150, 200))
        middle = 0.5 * (pixels.min(0) + pixels.max(0))
        shown = alpha > 0.25
        box = [float(x[shown].min() + x[shown].max()) / 2, float(y[shown].min() + y[shown].max()) / 2]
        assert np.abs(np.array(box) - middle).max() < 1.1, camera
        near = float(views.depth[0, 0][alpha > 0.9].min())
        assert near == pytest.approx(depth.min(), rel=0.01), camera


def test_settings_that_cannot_be_honoured_are_named() -> None:
    for options, word in (
        ({"backend": "mehs"}, "mesh"), ({"gradient": "fd"}, "auto"), ({"samples": 0}, "samples"),
        ({"size": (0, 10)}, "size"),
    ):  # fmt: skip
        scene = scene_at_table(creature(2))
        with pytest.raises(SettingsError, match=word):
            make_renderer(scene, make_body(scene, "body"), **options)
    if not available():
        with pytest.raises(SettingsError, match="facebookresearch/pytorch3d"):
            make("pytorch3d")
    renderer, _ = make("mesh")
    with pytest.raises(SettingsError, match="no camera"):
        renderer.render(poses(0.0), [])
