"""Blender's training pictures show what our renderer's show, and a Blender that fails is told of in one line."""

import math
import sys
from dataclasses import replace

import numpy as np
import pytest

from sgvop_core.errors import SgvopError
from sgvop_core.render.picture import render_picture
from sgvop_core.scene.cameras import look_at, project
from sgvop_core.scene.model import Camera, Light, Material, Mesh, Scene, SceneObject, Texture
from sgvop_core.training.blender_pictures import (
    BlenderPictures,
    PictureError,
    picture_command,
)
from sgvop_core.training.cycles_look import Look, look_of, parted, plain_scene, square_camera
from sgvop_core.training.pictures import drawn_by, make_stage
from sgvop_core.training.redrawn import redrawn

SIZE = 96
PLAIN = Look(samples=8, sun_angle=math.radians(2))

CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
SIDES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
TRIANGLES = np.array([t for a, b, c, d in SIDES for t in ((a, b, c), (a, c, d))], np.int32)


def box(name: str, material: Material, size, at, parent=None, shear=0.0) -> SceneObject:
    matrix = np.diag([*size, 1.0])
    matrix[0, 2], matrix[:3, 3] = shear * size[2], at
    return SceneObject(name, matrix, Mesh(name, CUBE, TRIANGLES, materials=(material,)), parent)


def camera(eye=(2.2, -3.4, 2.0), aim=(0.0, 0.0, 0.4), degrees=45.0, **more) -> Camera:
    return Camera("made", look_at(eye, aim), yfov=math.radians(degrees), synthetic=True, **more)


@pytest.fixture(scope="module")
def stage() -> Scene:
    grey, red = Material("grey", (0.5, 0.5, 0.45, 1.0)), Material("red", (0.6, 0.05, 0.03, 1.0))
    green = Material("green", (0.05, 0.4, 0.08, 1.0))
    sun = Light("Sun", "sun", look_at((1.0, -1.5, 3.0), (0, 0, 0)), strength=3.0)
    objects = (
        box("floor", grey, (6, 6, 0.1), (0, 0, -0.05)),
        box("anchor", green, (0.6, 0.6, 0.6), (-0.7, 0.3, 0.3), shear=0.3),
        box("cup", red, (0.5, 0.4, 0.6), (0.5, -0.2, 0.3)),
        box("handle", red, (0.3, 0.1, 0.1), (0.8, -0.2, 0.3), parent="cup"),
    )
    return Scene(objects, lights=(sun,), ambient=(0.3, 0.32, 0.35))


@pytest.fixture(scope="module")
def blender(bpy_run):
    with BlenderPictures() as pictures:
        yield pictures


def shift(*by: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


@pytest.mark.blender
@pytest.mark.parametrize(
    "seen",
    [
        camera(),
        camera((0.6, -1.1, 1.5), degrees=65, aspect=1.6, shift=(0.1, -0.05)),
        camera((0.5, -4.0, 1.0), degrees=30, aspect=0.7, shift=(-0.05, 0.1)),
        camera(ortho_height=2.5, aspect=1.3),
    ],
    ids=["plain", "wide", "tall", "ortho"],
)
def test_the_silhouette_is_that_of_our_renderer(blender, seen):
    """Within 1.5 pixels, for a posed, sheared object with a child, and every kind of camera."""
    from scipy.ndimage import distance_transform_edt as distance

    white = Material("white", (1, 1, 1, 1), unlit=True)
    scene = Scene(
        (box("thing", white, (1.0, 0.4, 0.5), (0, 0, 0.3), shear=0.5), box("part", white, (0.2, 0.2, 1.2), (0, 0.4, 0.5), "thing")),
        background=(0.0, 0.0, 0.0),
    )  # fmt: skip
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(0.7), -math.sin(0.7)], [math.sin(0.7), math.cos(0.7)]]
    delta = shift(0.2, 0.1, 0.15) @ turn
    theirs = blender.render(scene, "thing", [delta], seen, SIZE, 0, PLAIN)[0].mean(-1) > 188
    ours = render_picture(scene.moved("thing", delta), seen, (SIZE, SIZE), 4).mean(-1) > 188
    assert 200 < ours.sum() < 0.8 * SIZE * SIZE
    for a, b in ((ours, theirs), (theirs, ours)):
        assert distance(~b)[a].max() <= 1.5 and distance(b)[~a].max() <= 1.5


@pytest.mark.blender
def test_colours_are_roughly_those_of_our_renderer(blender, stage):
    theirs = blender.render(stage, "cup", [np.eye(4)], camera(), SIZE, 0, PLAIN)[0]
    ours = render_picture(stage, camera(), (SIZE, SIZE), 3)
    np.testing.assert_allclose(theirs.mean((0, 1)), ours.mean((0, 1)), atol=25)
    for name in ("cup", "anchor", "floor"):
        point = stage.bounds([stage.object(name)]).mean(0) if name != "floor" else np.array([0.3, 0.9, 0.0])
        x, y = project(camera(), point, (SIZE, SIZE))[0][0].astype(int)
        patches = [p[y - 2 : y + 3, x - 2 : x + 3].astype(float).mean((0, 1)) for p in (theirs, ours)]
        assert np.corrcoef(*patches)[0, 1] > 0.9 or name == "floor", name
        np.testing.assert_allclose(*patches, atol=45, err_msg=name)


@pytest.mark.blender
def test_pictures_of_a_group_differ_only_where_the_object_and_its_shadow_are(blender, stage):
    deltas = np.stack([np.eye(4), shift(0.9, 0.7, 0), np.eye(4)])
    first, second, again = blender.render(stage, "cup", deltas, camera(), SIZE, 3, PLAIN).astype(int)
    change = np.abs(first - second).max(-1)
    x, y = project(camera(), [0.5, -0.2, 0.3], (SIZE, SIZE))[0][0].astype(int)
    assert change[y - 3 : y + 4, x - 3 : x + 4].min() > 25, "the cup is gone from where it was"
    assert change[: SIZE // 4].max() <= 6 and np.median(change) <= 3, "what is far from it stays"
    assert np.abs(first - again).max() <= 2, "back in its place, the picture is the same"


@pytest.mark.blender
def test_of_a_part_the_pixels_are_those_of_the_whole_picture(blender, stage):
    look, moves = replace(PLAIN, denoise=False, filter_width=1.0), [np.eye(4), shift(0.3, 0, 0), np.eye(4)]
    parts = np.array([(0.25, 0.25, 0.75, 0.5), (0, 0, 1, 1), (0.5, 0.125, 1.0, 1.0)])
    whole = blender.render(stage, "cup", moves, camera(), SIZE, 3, look)
    made = blender.render(stage, "cup", moves, camera(), SIZE, 3, look, parts=parts)
    for k, part in enumerate(np.round(parts * SIZE).astype(int)):
        left, top, right, bottom = part
        inside = np.zeros((SIZE, SIZE), bool)
        inside[top:bottom, left:right] = True
        apart = np.abs(made[k].astype(int) - whole[k])[inside]
        assert apart.mean() < 6 and made[k][inside].mean() > 60, "light paths are others, what is seen is not"
        assert not made[k][~inside].any()
    after = blender.render(stage, "cup", moves[:1], camera(), SIZE, 3, look)
    assert after[0].min(-1).min() > 0, "the next pictures are whole again"


@pytest.mark.blender
def test_alone_nothing_else_is_shown_and_the_light_stays(blender, stage):
    """In a yellow light a white cup is yellow among the others, and alone."""
    white = Material("white", (0.8, 0.8, 0.8, 1.0))
    objects = (
        *(o for o in stage.objects if o.name in ("floor", "anchor")),
        box("cup", white, (0.5, 0.4, 0.6), (0.5, -0.2, 0.3)),
    )
    sun = replace(stage.lights[0], colour=(1.0, 0.8, 0.1))
    scene = replace(stage, objects=objects, lights=(sun,), ambient=(0.02, 0.02, 0.02))
    moves = [np.eye(4), shift(0.2, 0.1, 0.4)]
    whole, alone = (
        blender.render(scene, "cup", moves, camera(), SIZE, 3, replace(PLAIN, fill=0.2, bounces=0), alone=x).astype(int)
        for x in (False, True)
    )
    for k, move in enumerate(moves):
        ours = Scene((SceneObject("cup", move @ objects[-1].matrix_world, objects[-1].mesh),), background=(0, 0, 0))
        cup = render_picture(ours, camera(), (SIZE, SIZE), 2).max(-1) > 20
        assert cup.sum() > 100
        apart = np.abs(alone[k] - alone[k, 2, 2]).max(-1)
        assert (apart[~cup] < 12).mean() > 0.97 and np.median(apart[cup]) > 20, "the cup and nothing else"
        assert np.abs(np.median(whole[k][cup], 0) - np.median(alone[k][cup], 0)).max() < 25
        assert np.median(alone[k][cup][:, 0] - alone[k][cup][:, 2]) > 60, "yellow"


@pytest.mark.blender
def test_groups_do_not_leak_into_each_other_and_a_seed_repeats(blender, stage):
    view = camera()
    before = blender.render(stage, "cup", [np.eye(4)], view, 32, 5)
    photo = Texture("photo", np.full((4, 4, 4), (10, 20, 250, 255), np.uint8))
    card = Material("card", (1, 1, 1, 1), photo, unlit=True)
    near = replace(box("floor", card, (9, 9, 0.1), (0, 0, -0.05)))
    near = replace(near, mesh=replace(near.mesh, corner_uvs=np.full((12, 3, 2), 0.5)))
    blue = blender.render(Scene((near,)), "floor", [np.eye(4)], camera(aim=(0, 0, 0)), 32, 1, PLAIN)[0]
    np.testing.assert_allclose(blue[16, 16], (10, 20, 250), atol=6)
    after = blender.render(stage, "cup", [np.eye(4)], view, 32, 5)
    assert np.abs(before.astype(int) - after).max() <= 1
    other = blender.render(stage, "cup", [np.eye(4)], view, 32, 6)
    assert np.abs(before.astype(int) - other).mean() > 3, "another seed, another look"


@pytest.mark.blender
def test_a_killed_blender_is_told_of_and_the_next_pictures_start_another(bpy_run, stage):
    with BlenderPictures() as pictures:
        pictures.render(stage, "cup", [np.eye(4)], camera(), 16, 0)
        pictures._process.kill()
        pictures._process.wait()
        assert pictures.render(stage, "cup", [np.eye(4)], camera(), 16, 0).shape == (1, 16, 16, 3)
        with pytest.raises(PictureError, match="cannot be made"):
            pictures.render(stage, "cup", [np.eye(4)], camera(), 100_000, 0)
        assert len(pictures.render(stage, "cup", np.zeros((0, 4, 4)), camera(), 16, 0)) == 0
    assert pictures._process is None


def failing(code: str) -> BlenderPictures:
    return BlenderPictures([sys.executable, "-c", code], patience=20.0)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit('no module named bpy')", "exit code 1.: no module named bpy; check"),
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9"),
        ("print('Blender 5.0'); print('sgvop-pictures\\tnonsense')", "cannot be read .'nonsense'"),
        ("print('sgvop-pictures\\t{\"ready\": 99}', flush=True); input()", "speaks version 99"),
        ("print('sgvop-pictures\\t{\"ready\": 1}', flush=True); input()", "ended before its pictures"),
        (
            "print('sgvop-pictures\\t{\"ready\": 1}', flush=True); input()\n"
            "print('sgvop-pictures\\t{\"pictures\": 1}', flush=True); input()",
            "pictures cannot be read",
        ),
    ],
    ids=["no bpy", "killed", "garbage", "version", "ends", "nothing written"],
)
def test_a_process_that_is_no_good_ends_in_one_line(stage, code, says):
    with failing(code) as pictures, pytest.raises(SgvopError, match=says) as caught:
        pictures.render(stage, "cup", [np.eye(4)], camera(), 16, 0)
    assert "\n" not in str(caught.value) and "; " in str(caught.value)
    assert pictures._process is None and pictures._folder is None


def test_a_silent_process_is_not_waited_for_for_ever(stage):
    silent = BlenderPictures([sys.executable, "-c", "input()"], patience=0.2)
    with silent, pytest.raises(PictureError, match="said nothing"):
        silent.render(stage, "cup", [np.eye(4)], camera(), 16, 0)


def test_a_missing_blender_is_told_with_the_way_to_get_one(stage, monkeypatch):
    monkeypatch.setenv("SGVOP_BLENDER", "/nowhere/blender")
    with pytest.raises(PictureError, match=r"pip install '.\[blender\]'"):
        picture_command()
    with BlenderPictures(["/nowhere/blender"]) as pictures, pytest.raises(PictureError, match="cannot be started"):
        pictures.render(stage, "cup", [np.eye(4)], camera(), 16, 0)


def test_looks_are_drawn_from_the_seed():
    assert look_of(4) == look_of(4) and look_of(4) != look_of(5)
    assert {look_of(k).view_transform for k in range(40)} == {"Standard", "Filmic", "AgX"}


def test_lights_are_exposed_as_our_renderer_exposes_them(stage):
    """The same scene with lamps a hundred times as strong is drawn the same."""
    bright = replace(
        stage,
        lights=tuple(replace(x, strength=100 * x.strength) for x in stage.lights),
        ambient=tuple(100 * a for a in stage.ambient),
    )
    one, other = (plain_scene(s, camera(), Look()) for s in (stage, bright))
    assert one.lights[0].strength == pytest.approx(other.lights[0].strength)
    assert one.ambient == pytest.approx(other.ambient) and one.background == stage.background
    dark = plain_scene(replace(stage, lights=()), camera(), Look())
    assert dark.lights[0].matrix_world[2, 2] > 0.5, "a scene without lights is lit from above"


def test_the_square_camera_shows_the_points_where_the_own_one_does():
    points = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    wide, tall = camera(aspect=1.7, shift=(0.2, 0.1)), camera(aspect=0.6, shift=(0.1, -0.2))
    for seen in (wide, tall, camera(ortho_height=3.0, aspect=2.0)):
        square = project(square_camera(seen), points, (96, 96))[0]
        np.testing.assert_allclose(square, project(seen, points, (96, 96))[0], atol=1e-9)


@pytest.mark.blender
def test_parts_with_faces_in_one_plane_are_not_black(blender, stage):
    """Two crossing strokes of equal thickness, as letters have them."""
    white = Material("white", (0.8, 0.8, 0.8, 1))
    strokes = [CUBE * size for size in ((1.0, 0.3, 0.3), (0.3, 1.0, 0.3))]
    mesh = Mesh("cross", np.concatenate(strokes), np.concatenate([TRIANGLES, TRIANGLES + 8]), materials=(white,))
    scene = Scene((SceneObject("cross", np.eye(4), mesh),), lights=stage.lights, ambient=stage.ambient)
    above = Camera("above", look_at((0, 0, 3), (0, 0, 0)), yfov=math.radians(30))
    picture = blender.render(scene, "cross", [np.eye(4)], above, 48, 0, PLAIN)[0].astype(int)
    patch = picture[21:27, 21:27]
    arm = picture[24, 33]
    assert np.abs(patch - arm).max() < 20, "the middle is as bright as the arms"
    assert np.abs(parted(mesh).vertices - mesh.vertices).max() < 1e-3 and parted(stage.objects[0].mesh).vertices is CUBE


def pink(pictures: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(pictures.astype(int), -1, 0)
    return (red - green > 50) & (blue - green > 10)


@pytest.mark.blender
def test_cycles_draws_the_studio_s_sheets_with_the_pin_where_ours_are(bpy_run, blender):
    rng = np.random.default_rng(3)
    made = make_stage(rng, "train", 160, target="box", anchors=["table"], bare=True, framing="studio")
    ours = made.groups(rng, 5)[0]
    cycles = redrawn(made, ours, blender, 5)
    assert cycles.group.source == "cycles" and cycles.pictures.shape == ours.pictures.shape
    mine, other = pink(ours.pictures), pink(cycles.pictures)
    assert mine.sum() > 40 and (mine & other).sum() > 0.6 * mine.sum() and other.sum() < 2 * mine.sum()


WITHOUT = """
import sys
import bpy
import sgvop_blender.picture_renderer as renderer
class Cycles:
    def __init__(self, real): object.__setattr__(self, "real", real)
    def __getattr__(self, name): return getattr(self.real, name)
    def __setattr__(self, name, value):
        if name == "denoiser": raise TypeError('enum "OPENIMAGEDENOISE" not found in ()')
        setattr(self.real, name, value)
class Scene:
    def __init__(self, real): self.real, self.cycles = real, Cycles(real.cycles)
    def __getattr__(self, name): return getattr(self.real, name)
plain = renderer._set_up
def set_up(scene, *rest):
    plain(Scene(scene), *rest)
    print("samples", scene.cycles.samples, scene.cycles.use_denoising, file=sys.stderr)
    if scene.cycles.samples != 32 or scene.cycles.use_denoising: raise SystemExit(3)
renderer._set_up = set_up
renderer.serve(sys.argv[1:])
"""


@pytest.mark.blender
def test_a_blender_without_a_denoiser_takes_more_light_paths(bpy_run, stage):
    with BlenderPictures([sys.executable, "-c", WITHOUT]) as pictures:
        made = pictures.render(stage, "cup", [np.eye(4)], camera(), 32, 5, PLAIN)
    assert PLAIN.denoise and PLAIN.samples == 8 and made.std() > 10


@pytest.mark.blender
def test_what_is_hidden_shines_through_in_cycles_sheets_too(bpy_run, blender):
    """A red box under a table of clay: where the top hides it in the view from above, red is mixed into the blue."""
    rng = np.random.default_rng(3)
    made = make_stage(rng, "train", 160, target="box", anchors=["table"], bare=True, framing="studio")
    low, high = made.geometry.bounds(next(t.name for t in made.things if t.kind == "table"))
    matrix = np.asarray(made.body.rest_matrix(), np.float64).copy()
    matrix[:3, 3] = [*(low + high)[:2] / 2, low[2] + 0.3 * (high - low)[2]]
    ours = made.groups(rng, 5)[0]
    group = replace(ours, pose=np.repeat(matrix[None], len(ours.pose), 0).astype(np.float32))
    cycles = redrawn(made, group, blender, 5).pictures[0, :80, :80].astype(int)
    bare = redrawn(
        made,
        replace(group, pose=group.pose + shift(0, 0, 50).astype(np.float32) - np.eye(4, dtype=np.float32)),
        blender,
        5,
    )
    changed = np.abs(cycles - bare.pictures[0, :80, :80]).max(-1) > 25
    expected = drawn_by(made).hidden(group.pose[:1].astype(np.float64), made.views[0], 80)[0] > 0.9
    assert expected.sum() > 30, "the top hides it"
    assert (changed & expected).sum() > 0.8 * expected.sum()
    assert changed.sum() < 2 * expected.sum() + 60
