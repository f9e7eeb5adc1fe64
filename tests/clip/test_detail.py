"""The detail goes with the object, is as wide as it is, and hands gradients on; other models keep the view aslant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from sgvop_core.errors import SettingsError
from sgvop_core.guidance.clip.detail import DETAIL, cut_out, detail_windows, fine_side
from sgvop_core.guidance.clip.ruler import ruled
from sgvop_core.guidance.clip.seethrough import by_itself
from sgvop_core.guidance.clip.sheet import CAMERAS, FRONT, OBLIQUE, TOP, VIEWS
from sgvop_core.guidance.clip.sheet_renderer import SheetRenderer
from sgvop_core.guidance.clip.studio import metres_across, studio_cameras
from sgvop_core.pose import Pose
from sgvop_core.render.contract import Views
from sgvop_core.render.mesh_renderer import MeshRenderer
from sgvop_core.scene.body import Body, make_body
from sgvop_core.scene.cameras import look_at, project
from sgvop_core.scene.model import Camera, Material, Mesh, Scene, SceneObject, merge_meshes

PLACE = np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 1.0]])
CAMERA = Camera("Camera", look_at([2, -6, 2], [0, 0, 0.5]), math.radians(50), 1.5)
VIEWPOINTS = studio_cameras(CAMERA, PLACE)
ASLANT = VIEWPOINTS[CAMERAS.index(OBLIQUE)]
SHOWN = VIEWS.index("detail")


def thing(name: str, extent: tuple[float, float, float], at: tuple[float, float, float], colour: float) -> SceneObject:
    made = trimesh.creation.box(extent)
    coat = Material(name, (colour, 0.2, 0.2, 1.0))
    mesh = Mesh(name, np.asarray(made.vertices) + at, np.asarray(made.faces, np.int32), materials=(coat,))
    return SceneObject(name, np.eye(4), mesh)


def scene() -> Scene:
    return Scene((thing("Floor", (4, 4, 0.1), (0, 0, -0.05), 0.5), thing("Cup", (0.2, 0.1, 0.2), (0, 0, 0.1), 0.9)), ())


def sheet_renderer(side: int = 24) -> SheetRenderer:
    made = scene()
    body = make_body(made, ["Cup"])

    def make(size: tuple[int, int], drawn: Body, alone: bool) -> MeshRenderer:
        return MeshRenderer(by_itself(made, ["Cup"]) if alone else made, drawn, size, dtype=torch.float64)

    return SheetRenderer(make, side, body, body, body)


def poses(*places: tuple[float, float, float], scale: float = 1.0, along: torch.Tensor | None = None) -> Pose:
    matrices = np.repeat(np.diag([scale, scale, scale, 1.0])[None], len(places), 0)
    matrices[:, :3, 3] = places
    made = Pose.from_matrices(torch.as_tensor(matrices), torch.tensor([0.0, 0.0, 0.1], dtype=torch.float64))
    return made if along is None else replace(made, translation=made.translation + along)


def test_a_window_is_about_the_object_and_as_wide_as_it_is() -> None:
    middle, diagonal = torch.tensor([0.0, 0.0, 0.1], dtype=torch.float64), 0.3
    matrices = poses((0.3, -0.2, 0.0), (-0.4, 0.5, 0.3), scale=1.5).matrices()
    windows = detail_windows(ASLANT, matrices, middle, diagonal).numpy()
    for window, matrix in zip(windows, matrices.numpy(), strict=True):
        centre = matrix[:3, :3] @ middle.numpy() + matrix[:3, 3]
        (pixel,), _ = project(ASLANT, centre[None], (1, 1))
        assert window[:2] == pytest.approx(2 * pixel - 1, abs=1e-9)
        right = ASLANT.matrix_world[:3, 0]
        ends, _ = project(ASLANT, centre + 0.5 * DETAIL.width * 1.5 * diagonal * np.stack([-right, right]), (1, 1))
        assert 2 * window[2] == pytest.approx(2 * (ends[1] - ends[0])[0], rel=0.02)


def test_a_window_stays_in_the_picture_and_is_no_larger() -> None:
    middle = torch.tensor([0.0, 0.0, 0.1], dtype=torch.float64)
    windows = detail_windows(ASLANT, poses((9, 0, 0), (0, 0, 0), scale=40).matrices(), middle, 0.3)
    assert (windows[:, :2].abs() <= 1).all() and (windows[:, 2] == 1).all()


def test_what_is_cut_out_is_the_mean_of_the_samples_and_the_border_goes_on() -> None:
    picture = torch.rand(1, 8, 8, 3, dtype=torch.float64)
    whole = cut_out(picture, torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64), 4)
    torch.testing.assert_close(whole, picture.unflatten(2, (4, 2)).unflatten(1, (4, 2)).mean((2, 4)))
    quarter = torch.tensor([[0.5, -0.5, 0.5]], dtype=torch.float64)
    assert torch.equal(cut_out(picture, quarter, 4, "nearest"), picture[:, :4, 4:])
    beside = cut_out(picture, torch.tensor([[1.0, 0.0, 1.0]], dtype=torch.float64), 4)
    last = picture[:, :, -1].unflatten(1, (4, 2)).mean(2)
    torch.testing.assert_close(beside[:, :, 2:], last[:, :, None].expand(-1, -1, 2, -1))


def test_the_detail_shows_the_object_as_large_wherever_it_is_and_whatever_its_size() -> None:
    made = sheet_renderer()
    views = made.render(poses((0, 0, 0), (0.5, 0.4, 0), (-0.6, 0.2, 0.5)), VIEWPOINTS)
    small = made.render(poses((0.2, 0, 0), scale=0.5), VIEWPOINTS)
    assert views.rgb.shape == (3, 5, 24, 24, 3) and views.alpha.shape == views.depth.shape == (3, 5, 24, 24)
    share = torch.cat([views.alpha[:, SHOWN], small.alpha[:, SHOWN]]).mean((1, 2))
    assert share.min() > 0.1 and share.max() / share.min() < 1.15
    rows = (views.alpha[:, SHOWN].sum(2) > 0.1).nonzero()[:, 1].double()
    assert 8 < rows.mean() < 16 and views.alpha[0, VIEWS.index(FRONT)].mean() < 0.3 * share[0]


def test_the_other_pictures_are_those_of_the_cameras() -> None:
    made, at = sheet_renderer(), poses((0.3, 0.2, 0.0))
    views = made.render(at, VIEWPOINTS)
    body = make_body(scene(), ["Cup"])
    plain = MeshRenderer(scene(), body, (24, 24), dtype=torch.float64).render(at, VIEWPOINTS)
    fine = MeshRenderer(scene(), body, (96, 96), dtype=torch.float64).render(at, [ASLANT])
    for name in CAMERAS:
        mine, other = views.rgb[:, VIEWS.index(name)], plain.rgb[:, CAMERAS.index(name)]
        if name == OBLIQUE:
            other = fine.rgb[:, 0].unflatten(2, (24, 4)).unflatten(1, (24, 4)).mean((2, 4))
        if name == TOP:
            assert not torch.equal(mine, other)
            other = ruled(other, metres_across(VIEWPOINTS[CAMERAS.index(TOP)]))
        torch.testing.assert_close(mine, other)


def test_the_detail_has_a_pin_of_its_own() -> None:
    """Red is the cup's, blue the pin of the views of all of the place, green that of the detail."""
    made = scene()
    body = make_body(made, ["Cup"])

    def with_pin(colour: tuple[float, float, float]) -> Body:
        pin = thing("Pin", (0.1, 0.3, 0.1), (0.0, -0.2, 0.1), 0.0).mesh
        assert pin is not None
        coated = replace(pin, materials=(Material("Pin", (*colour, 1.0)),))
        return replace(body, mesh=merge_meshes([body.mesh, coated], "Cup"))

    def make(size: tuple[int, int], drawn: Body, alone: bool) -> MeshRenderer:
        return MeshRenderer(by_itself(made, ["Cup"]) if alone else made, drawn, size)

    renderer = SheetRenderer(make, 72, body, with_pin((0.0, 0.0, 0.9)), with_pin((0.0, 0.9, 0.0)))
    views = dict(zip(VIEWS, renderer.render(poses((0.0, 0.0, 0.0)), VIEWPOINTS).rgb[0], strict=True))

    def most(name: str, channel: int) -> float:
        others = [c for c in range(3) if c != channel]
        return float((views[name][..., channel] - views[name][..., others].amax(-1)).max())

    assert most("detail", 1) > 0.3 and most("detail", 2) < 0.1
    assert most(FRONT, 2) > 0.1 and most(FRONT, 1) < 0.1


class Blob:
    """Draws a soft spot at the body over soft waves: a picture without edges, whose slope differences measure well."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size

    def render(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        matrices = poses.matrices()
        at = (torch.arange(self.size[0], dtype=matrices.dtype) + 0.5) * (2 / self.size[0]) - 1
        x, y = at[None, :], at[:, None]
        shown = []
        for camera in cameras:
            middle = detail_windows(camera, matrices, torch.tensor([0.0, 0.0, 0.1], dtype=matrices.dtype), 0.3)
            spot = torch.exp(-((x - middle[:, :1, None]) ** 2 + (y - middle[:, 1:2, None]) ** 2) / 0.02)
            shown.append(spot + 0.3 * torch.sin(4 * x + 0.5) * torch.cos(3 * y))
        alpha = torch.stack(shown, 1)
        return Views(alpha[..., None] * torch.tensor([1.0, 0.5, 0.2], dtype=alpha.dtype), alpha, alpha.detach())


def test_the_gradient_is_that_of_the_object_and_of_its_window() -> None:
    """The object stays where it is in its window, and what is around it moves."""
    cup = make_body(scene(), ["Cup"])
    made = SheetRenderer(lambda size, *_: Blob(size), 48, cup, cup, cup)
    weight = torch.linspace(-1, 2, 48, dtype=torch.float64)

    def value(step: torch.Tensor) -> torch.Tensor:
        shown = made.render(poses((0.2, 0.3, 0.0), along=step), VIEWPOINTS).rgb[0, SHOWN]
        return (shown * weight[:, None, None] * weight[None, :, None] ** 2).sum()

    step = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    value(step).backward()
    assert step.grad is not None and step.grad.norm() > 10
    for axis in range(3):
        ahead = torch.zeros(3, dtype=torch.float64)
        ahead[axis] = 0.01
        with torch.no_grad():
            slope = float(value(ahead) - value(-ahead)) / 0.02
        assert float(step.grad[axis]) == pytest.approx(slope, abs=0.03 * float(step.grad.norm()))


def test_the_detail_is_cut_from_a_finer_picture_where_pictures_are_small() -> None:
    assert [fine_side(side) for side in (24, 72, 128, 150, 400)] == [96, 288, 256, 150, 400]
    sizes: list[tuple[int, int]] = []
    made = scene()
    body = make_body(made, ["Cup"])

    def make(size: tuple[int, int], drawn: Body, alone: bool) -> MeshRenderer:
        if not alone:
            sizes.append(size)
        return MeshRenderer(made, drawn, size)

    assert SheetRenderer(make, 128, body, body, body).size == (128, 128) and sizes == [(128, 128), (256, 256)]


def test_cameras_of_no_sheet_are_refused() -> None:
    with pytest.raises(SettingsError, match="a sheet has 4 cameras, not 1"):
        sheet_renderer().render(poses((0, 0, 0)), VIEWPOINTS[:1])
