"""The studio keeps left and right, shows the place from four sides, and leaves nothing but the object its own look."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from sgvop_core.guidance.clip.sheet import CAMERAS, DETAIL, FRONT, OBLIQUE, SIDE, TOP, VIEWS, WHOLE, sheet_of
from sgvop_core.guidance.clip.studio import STUDIO, in_studio, of_the_room, studio_cameras
from sgvop_core.pose import Pose
from sgvop_core.render import make_renderer
from sgvop_core.scene.body import make_body
from sgvop_core.scene.cameras import camera_axes, look_at, project
from sgvop_core.scene.model import Camera, Light, Material, Mesh, Scene, SceneObject

BOX = np.array([[0.4, -0.3, 0.0], [1.2, 0.3, 0.8]])
CAMERA = Camera("Camera", look_at([3, -6, 2], [0, 0, 0.5]), math.radians(50), 16 / 9)


def box(name: str, extent: tuple[float, float, float], at: tuple[float, float, float], colour: str) -> SceneObject:
    made = trimesh.creation.box(extent)
    base = {"red": (0.8, 0.0, 0.0, 1.0), "green": (0.0, 0.6, 0.0, 1.0)}[colour]
    mesh = Mesh(
        name, np.asarray(made.vertices) + at, np.asarray(made.faces, np.int32), materials=(Material("m", base),)
    )
    return SceneObject(name, np.eye(4), mesh)


@pytest.fixture()
def room() -> Scene:
    parts = [
        box("Floor", (8, 8, 0.1), (0, 0, -0.05), "green"), box("Table", (0.5, 0.4, 0.5), (0.8, 0, 0.25), "green"),
        box("Ceiling", (8, 8, 0.1), (0, 0, 2.5), "green"), box("Front wall", (8, 0.1, 2.5), (0, -3, 1.25), "green"),
        box("Back wall", (8, 0.1, 2.5), (0, 3, 1.25), "green"),
        box("Cup", (0.12, 0.12, 0.12), (0.8, 0.0, 0.56), "red"),
    ]  # fmt: skip
    return Scene(tuple(parts), (CAMERA,), (Light("Lamp", "point", np.eye(4), (1, 0, 0), 5.0),))


@pytest.mark.parametrize("eye", [(3, -6, 2), (-5, 1, 0.2), (0.01, 0, 7), (2, 4, -3)])
def test_the_front_looks_the_way_the_scene_s_camera_does_and_the_others_are_about_it(
    eye: tuple[float, float, float],
) -> None:
    camera = replace(CAMERA, matrix_world=look_at(eye, [0, 0, 0.3]))
    views = dict(zip(CAMERAS, studio_cameras(camera, BOX), strict=True))
    assert [c.aspect for c in views.values()] == [1.0] * 4
    right, away = camera_axes(camera)
    for name in (FRONT, TOP):
        assert np.allclose(camera_axes(views[name]), (right, away), atol=1e-6)
    assert np.allclose(camera_axes(views[SIDE])[0], away, atol=1e-6), (
        "what is farther is at the right, seen from the right"
    )
    corners = np.array([[x, y, z] for x in BOX[:, 0] for y in BOX[:, 1] for z in BOX[:, 2]])
    for name, view in views.items():
        assert math.degrees(math.asin(view.matrix_world[2, 2])) == pytest.approx(STUDIO.views[name][1])
        at, depth = project(view, corners, (1, 1))
        fills = np.ptp(at, axis=0).max()
        assert (depth > view.near).all() and (at.min(0) + at.max(0)) / 2 == pytest.approx([0.5, 0.5])
        assert fills == pytest.approx(1 / STUDIO.oblique) if name == OBLIQUE else fills < 1 / STUDIO.margin + 1e-9


def test_three_views_are_of_one_scale_and_stand_as_a_draughtsman_puts_them() -> None:
    """A point is in one column from above and from the front, in one row from the front and the right."""
    camera = replace(CAMERA, matrix_world=look_at([1.0, -6, 1], [0.8, 0, 0.4]))
    views = dict(zip(CAMERAS, studio_cameras(camera, BOX), strict=True))
    for point in ([0.6, 0.1, 0.7], [0.9, -0.15, 0.1], [0.8, 0.0, 0.4]):
        at = {name: project(view, np.array([point]), (1, 1))[0][0] for name, view in views.items()}
        assert at[TOP][0] == pytest.approx(at[FRONT][0], abs=0.03) and at[FRONT][1] == pytest.approx(
            at[SIDE][1], abs=0.05
        )
    assert VIEWS[:4] == (TOP, DETAIL, FRONT, SIDE) and tuple(VIEWS[i] for i in WHOLE) == CAMERAS == (
        TOP,
        OBLIQUE,
        FRONT,
        SIDE,
    )
    panels = torch.arange(4.0)[:, None, None, None] + torch.rand(2, 4, 3, 5, 3) * 0.5
    sheet = sheet_of(panels)
    assert sheet.shape == (2, 6, 10, 3)
    assert torch.equal(sheet[:, :3, :5], panels[:, 0]) and torch.equal(sheet[:, :3, 5:], panels[:, 1])
    assert torch.equal(sheet[:, 3:, :5], panels[:, 2]) and torch.equal(sheet[:, 3:, 5:], panels[:, 3])


def test_the_object_keeps_its_look_the_anchor_is_blue_and_no_wall_or_ceiling_is_in_the_way(room: Scene) -> None:
    made = in_studio(room, {"Cup"}, {"Table"}, CAMERA, BOX)
    assert {o.name for o in made.objects if o.hidden} == {"Ceiling", "Front wall", "Back wall"}
    body = make_body(made, ["Cup"])
    size = 64
    cameras = studio_cameras(CAMERA, BOX)
    pose = Pose.from_matrices(body_matrix(body.rest_matrix()), body_matrix(np.eye(4))[0, :3, 3])
    views = make_renderer(made, body, (size, size)).render(pose, cameras)
    for rgb, alpha in zip(views.rgb[0].numpy(), views.alpha[0].numpy(), strict=True):
        red, green, blue = np.moveaxis(rgb, -1, 0)
        cup = alpha > 0.99
        assert cup.sum() > 6 and (red[cup] > 3 * green[cup]).all(), (
            "the lamp's and the floor's colours are gone, its own is not"
        )
        around = alpha < 0.01
        table = around & (blue > red + 0.15)
        grey = around & (abs(red - green) < 0.03) & (abs(green - blue) < 0.03)
        assert table.mean() > 0.05 and (table | grey)[around].mean() > 0.95
    assert made.object("Cup") is room.object("Cup") or made.object("Cup").mesh is room.object("Cup").mesh


def body_matrix(matrix: np.ndarray) -> object:
    return torch.as_tensor(np.asarray(matrix), dtype=torch.float32)[None]


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((8, 8, 0.1), True), ((8, 0.1, 2.5), True), ((8, 8, 2.6), True), ((5, 1, 0.9), False), ((1, 1, 0.01), False)],
    ids=["floor", "wall", "room in one", "counter", "rug"],
)
def test_floors_and_walls_are_parts_of_the_room(sides: tuple[float, float, float], expected: bool) -> None:
    whole = np.array([[-4.0, -4, -0.1], [4, 4, 2.5]])
    part = np.stack([np.array([-4.0, -4, -0.1]), np.array([-4.0, -4, -0.1]) + sides])
    assert of_the_room(part, whole) is expected


def test_walls_between_the_cameras_and_the_place_are_not_drawn(room: Scene) -> None:
    """Of a room that alone is named only the front's: each other view shows the walls that it looks at."""
    right = box("Right wall", (0.1, 8, 2.5), (3, 0, 1.25), "green")
    left = box("Left wall", (0.1, 8, 2.5), (-2, 0, 1.25), "green")
    walled = replace(room, objects=(*room.objects, left, right))
    straight = replace(CAMERA, matrix_world=look_at([0.8, -2.5, 1], [0.8, 0, 0.5]))

    def hidden(anchors: set[str], place: np.ndarray, kept: tuple[str, ...] = ()) -> set[str]:
        return {o.name for o in in_studio(walled, {"Cup"}, anchors, straight, place, kept).objects if o.hidden}

    assert hidden({"Table"}, BOX) == {"Ceiling", "Front wall", "Right wall", "Left wall"}
    assert hidden({"Table"}, BOX, ("Right wall",)) == {"Ceiling", "Front wall", "Left wall"}, (
        "a wall that is named stays"
    )
    assert hidden(set(), np.array([[-3.0, -3, 0], [3, 3, 2.2]])) == {"Ceiling", "Front wall"}


def test_a_place_without_extent_can_be_looked_at(room: Scene) -> None:
    point = np.array([[0.8, 0.0, 0.5]] * 2)
    made = in_studio(room, {"Cup"}, {"Table"}, CAMERA, point)
    assert np.isfinite(made.lights[0].matrix_world).all()
    assert all(np.isfinite(c.matrix_world).all() and c.yfov > 0 for c in studio_cameras(CAMERA, point))
