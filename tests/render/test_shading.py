"""Light, textures and exposure: what a surface looks like, and that its gradient is the derivative."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sgvop_core.pose import Pose, rotation_from_vector
from sgvop_core.render import RenderOptions, make_renderer, render_picture
from sgvop_core.render.textures import build_atlas, lookup, srgb_from_linear, srgb_slope
from sgvop_core.scene.body import make_body
from sgvop_core.scene.model import Light, Material, Mesh, Scene, SceneObject, Texture

from .gradients import compare, linear
from .scenes import creature, look_from, scene_at_table


def checker(n: int = 8, side: int = 64) -> Texture:
    y, x = np.mgrid[0:side, 0:side]
    on = ((x * n // side) + (y * n // side)) % 2
    pixels = np.full((side, side, 4), 255, np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = 60 + 180 * on, 40 + 3 * x, 220 - 2 * y
    return Texture("checker", pixels)


def textured_creature() -> Mesh:
    mesh = creature(3)
    uv = mesh.vertices[:, :2] * 1.7 + 0.3
    glow = Material("shiny", (0.9, 0.8, 0.7, 1), checker(), emissive=(0.02, 0.01, 0.03))
    return replace(mesh, corner_uvs=uv[mesh.faces], materials=(glow,))


def lamp(kind: str, at, strength: float, **more) -> Light:
    """A light that looks at the body's place."""
    camera = look_from(at, (-0.1, 0, 1.2))
    return Light(kind, kind, camera.matrix_world, (1.0, 0.8, 0.6), strength, **more)


def test_texture_lamps_and_free_scale_have_the_pictures_derivative() -> None:
    """Twelve numbers of the pose: per-axis scale, rotation vector, translation, with a pivot off the centre."""
    lights = (lamp("sun", (2, -3, 4), 2.0), lamp("point", (0.6, -0.8, 1.9), 12.0), lamp("area", (-1, -1, 2.2), 10.0),
              lamp("spot", (0, -2, 2.5), 30.0, cone=(0.2, 0.5)))  # fmt: skip
    scene = replace(scene_at_table(textured_creature()), lights=lights)
    renderer = make_renderer(scene, make_body(scene, "body"), (64, 64), dtype=torch.float64, shadows=False,
                             options=RenderOptions(graze=0.0))  # fmt: skip
    camera = look_from((0.9, -1.6, 1.7), (-0.1, 0, 1.1), yfov=0.7)
    weights = torch.rand(64, 64, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    pivot = torch.tensor([0.1, -0.2, 0.05]).double()

    def value(x: torch.Tensor) -> torch.Tensor:
        pose = Pose(x[None, :3], rotation_from_vector(x[None, 3:6]), x[None, 6:9], pivot)
        views = renderer.render(pose, [camera])
        return (linear(views.rgb[0, 0]) * weights).sum() + (views.alpha[0, 0] * weights[..., 0]).sum()

    start = torch.tensor([0.7, 0.5, 0.9, 0.3, -0.4, 0.8, -0.15, 0.05, 1.1], dtype=torch.float64)
    x = start.clone().requires_grad_()
    value(x).backward()
    h, own = 1e-7, []
    for i in range(9):
        step = torch.zeros(9).double()
        step[i] = h
        own.append(float((value(start + step) - value(start - step)) / (2 * h)))
    assert x.grad is not None
    cosine, error = compare(x.grad.numpy()[None], np.array(own)[None])
    assert cosine[0] > 0.999999 and error[0] < 1e-3


def test_carried_colours_move_as_single_samples_do() -> None:
    """Near a lamp, with a texture: both derivatives of the colours are those of the same picture."""
    lights = (lamp("point", (0.3, -0.5, 1.7), 8.0), lamp("spot", (0, -2, 2.5), 30.0, cone=(0.2, 0.5)))
    scene = replace(scene_at_table(textured_creature(), False), lights=lights)
    weights = torch.linspace(-1, 1, 224)[:, None, None] * torch.linspace(0.2, 1, 224)[None, :, None]
    found = []
    for graze in (0.0, 1e9):
        renderer = make_renderer(scene, make_body(scene, "body"), (224, 224), shadows=False,
                                 options=RenderOptions(graze=graze))  # fmt: skip
        x = torch.tensor([0.7, 0.7, 0.7, 0.3, -0.4, 0.8, -0.15, 0.05, 1.1], requires_grad=True)
        pose = Pose(x[None, :3], rotation_from_vector(x[None, 3:6]), x[None, 6:9], torch.zeros(3))
        (linear(renderer.render(pose, scene.cameras).rgb[0, 0]) * weights).sum().backward()
        assert x.grad is not None
        found.append(x.grad.double().numpy())
    cosine, error = compare(found[1][None], found[0][None])
    assert cosine[0] > 0.999 and error[0] < 0.03


@pytest.mark.parametrize("factor", [1e-3, 1.0, 683.0])
def test_exposure_does_not_know_the_units_of_the_lights(factor) -> None:
    """A scene whose lamps were written in other units is not black or white."""
    scene = scene_at_table(creature(2))
    scaled = replace(scene, lights=tuple(replace(x, strength=x.strength * factor) for x in scene.lights),
                     ambient=tuple(a * factor for a in scene.ambient))  # fmt: skip
    left, right = (render_picture(s, scene.cameras[0], (48, 48)).astype(int) for s in (scene, scaled))
    assert np.abs(left - right).max() <= 1
    assert 40 < left.mean() < 220


def test_a_scene_without_lights_is_bright_enough_to_see() -> None:
    scene = replace(scene_at_table(creature(2)), lights=())
    picture = render_picture(scene, scene.cameras[0], (64, 64))
    assert 60 < picture.mean() < 220 and picture.std() > 20


def test_body_and_plate_are_lit_alike() -> None:
    """The same object as the body and as a part of the scene gives the same picture, up to edges."""
    scene = scene_at_table(textured_creature())
    body = make_body(scene, "body")
    rest = torch.tensor(body.rest_matrix(), dtype=torch.float32)[None]
    renderer = make_renderer(scene, body, (96, 96), shadows=False)
    moving = renderer.render(Pose.from_matrices(rest, torch.zeros(3)), scene.cameras).rgb[0, 0].numpy() * 255
    fixed = render_picture(scene, scene.cameras[0], (96, 96), samples=2, shadows=False)
    assert np.median(np.abs(moving - fixed)) <= 1 and np.abs(moving - fixed).mean() < 1.5


def test_the_body_darkens_what_it_stands_on() -> None:
    scene = scene_at_table(creature(3))
    body = make_body(scene, "body")
    pose = Pose(torch.full((1, 3), 0.5), torch.eye(3)[None], torch.tensor([[-0.1, 0.0, 1.0]]), torch.zeros(3))
    pictures = [
        make_renderer(scene, body, (96, 96), shadows=shadows).render(pose, scene.cameras) for shadows in (False, True)
    ]
    darker = (pictures[0].rgb - pictures[1].rgb).mean(-1)[0, 0]
    beside = pictures[0].alpha[0, 0] == 0
    assert int((darker[beside] > 0.05).sum()) > 30 and float(darker.min()) > -0.02


@pytest.mark.parametrize(("wrap", "expected"), [("repeat", 0.2), ("clamp", 1.0), ("mirror", 0.8)])
def test_wrap_modes(wrap, expected) -> None:
    """A ramp from 0 to 1 looked up at u = 1.2."""
    ramp = np.full((1, 20, 4), 255, np.uint8)
    ramp[0, :, :3] = np.round(255 * srgb_from_linear(torch.linspace(0.025, 0.975, 20)).numpy())[:, None]
    material = Material("ramp", texture=Texture("ramp", ramp, (wrap, "repeat")))
    atlas, index = build_atlas([material], torch.float64, torch.device("cpu"))
    uv = torch.tensor([[1.2], [0.5]], dtype=torch.float64)
    colour, slope, _ = lookup(atlas, torch.from_numpy(index), uv, torch.ones(1).double(), True)
    assert float(colour[0, 0]) == pytest.approx(expected, abs=0.03)
    assert slope is not None
    assert float(slope[0, 0]) == pytest.approx({"repeat": 1.0, "clamp": 0.0, "mirror": -1.0}[wrap], abs=0.25)


def test_small_things_take_coarse_texels() -> None:
    """A fine checker far away is its mean, not noise."""
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[::2, ::2, :3] = pixels[1::2, 1::2, :3] = 255
    atlas, index = build_atlas([Material("fine", texture=Texture("fine", pixels))], torch.float32, torch.device("cpu"))
    uv = torch.rand(2, 50, generator=torch.Generator().manual_seed(0))
    texture = torch.from_numpy(index).expand(50)
    far, _, _ = lookup(atlas, texture, uv, torch.full((50,), 16.0), False)
    near, _, _ = lookup(atlas, texture, uv, torch.full((50,), 0.5), False)
    assert float((far - 0.5).abs().max()) < 0.01 and float(near.std()) > 0.1


def test_srgb_slope_is_the_curves() -> None:
    x = torch.linspace(0.0005, 0.999, 200, dtype=torch.float64)
    h = 1e-7
    slope = (srgb_from_linear(x + h) - srgb_from_linear(x - h)) / (2 * h)
    torch.testing.assert_close(srgb_slope(x), slope, rtol=1e-5, atol=1e-6)
    assert srgb_slope(torch.tensor([-0.1, 1.1])).tolist() == [0.0, 0.0]


def test_unlit_materials_show_their_base_colour() -> None:
    """A photograph on a card is neither brightened by lamps nor darkened by a shadow, as the body and as a part of
    the scene."""
    mesh = textured_creature()
    card = replace(mesh, materials=tuple(replace(m, unlit=True, emissive=(0, 0, 0)) for m in mesh.materials))
    scene = replace(scene_at_table(card), lights=(lamp("point", (0.6, -0.8, 1.9), 12.0), lamp("sun", (2, -3, 4), 2.0)))
    body = make_body(scene, "body")
    rest = torch.tensor(body.rest_matrix(), dtype=torch.float32)[None]
    dark = replace(scene, lights=tuple(replace(x, strength=x.strength * 0.01) for x in scene.lights[:1]))
    pictures = []
    for each in (scene, dark):
        renderer = make_renderer(each, body, (96, 96))
        pose = Pose.from_matrices(rest, torch.zeros(3))
        pose = replace(pose, translation=pose.translation.requires_grad_())
        views = renderer.render(pose, scene.cameras)
        full = views.alpha[0, 0] == 1
        views.rgb.sum().backward()
        pictures.append(views.rgb[0, 0][full].detach().numpy() * 255)
        assert torch.isfinite(pose.translation.grad).all()
        fixed = render_picture(each, scene.cameras[0], (96, 96), samples=2)[full.numpy()]
        assert np.median(np.abs(fixed - pictures[-1])) <= 1
    # what is behind shines through a few pixels at the rim
    assert full.sum() > 100 and np.quantile(np.abs(pictures[0] - pictures[1]), 0.97) < 0.01
    assert pictures[0].std() > 10


def test_empty_scene_and_hidden_objects() -> None:
    camera = look_from((0, -3, 0), (0, 0, 0))
    empty = render_picture(Scene(background=(1.0, 0, 0)), camera, (8, 12))
    assert empty.shape == (8, 12, 3) and (empty == [255, 0, 0]).all()
    hidden = SceneObject("thing", np.eye(4), creature(2), hidden=True)
    assert (render_picture(Scene((hidden,), background=(1.0, 0, 0)), camera, (8, 8)) == [255, 0, 0]).all()


def test_a_shadow_beside_everything_seen_is_none() -> None:
    """Somewhere along its way a body's shadow only just misses what is lit: its picture is as without one."""
    scene = scene_at_table(creature(2))
    renderer = make_renderer(scene, make_body(scene, "body"), (32, 32))
    for x in np.linspace(-3.0, 3.0, 25):
        for z in (0.4, 1.4):
            pose = Pose(
                torch.full((1, 3), 0.1), torch.eye(3)[None], torch.tensor([[x, 0.3, z]]).float(), torch.zeros(3)
            )
            assert torch.isfinite(renderer.render(pose, scene.cameras).rgb).all()
