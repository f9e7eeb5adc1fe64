"""Close-ups show the named place, from where the camera is and the way it looks, and nothing outside its frame."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from sgvop_core.guidance.clip.framing import cleared, close_up, place_box
from sgvop_core.scene.cameras import look_at, project
from sgvop_core.scene.geometry import SceneGeometry
from sgvop_core.scene.model import Camera, Mesh, Scene, SceneObject

CAMERA = Camera("Camera", look_at([0, -6, 2], [0, 0, 0.5]), math.radians(50), 16 / 9)
BOX = np.array([[0.4, -0.3, 0.0], [1.2, 0.3, 0.8]])


def pixels(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Shares of the picture [N, 2], x to the right and y down."""
    return project(camera, points, (1.0, camera.aspect))[0] / [camera.aspect, 1.0]


def corners(box: np.ndarray) -> np.ndarray:
    return np.array([[x, y, z] for x in box[:, 0] for y in box[:, 1] for z in box[:, 2]])


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.1, -0.05)])
@pytest.mark.parametrize("ortho", [None, 6.0])
def test_the_place_fills_a_square_and_what_is_left_stays_left(shift: tuple[float, float], ortho: float | None) -> None:
    camera = replace(CAMERA, shift=shift, ortho_height=ortho)
    near = close_up(camera, BOX)
    at = pixels(near, corners(BOX))
    assert near.aspect == 1 and (at > 0).all() and (at < 1).all() and np.ptp(at, axis=0).max() == pytest.approx(1 / 1.1)
    assert (at.min(0) + at.max(0)) / 2 == pytest.approx([0.5, 0.5])
    assert np.array_equal(near.matrix_world, camera.matrix_world)
    # One picture is a part of the other: pixels differ by a scale, the same in both directions, and a move.
    whole, part = project(camera, corners(BOX), (1, 16 / 9))[0], project(near, corners(BOX), (1, 1))[0]
    scale = np.ptp(part, axis=0) / np.ptp(whole, axis=0)
    assert scale[0] == pytest.approx(scale[1]) and scale[0] > 2
    assert part - part[0] == pytest.approx((whole - whole[0]) * scale)


def test_a_close_up_stays_inside_the_camera_s_frame() -> None:
    edge = np.array([[4.2, -0.4, 0.0], [5.4, 0.4, 0.8]])
    assert (pixels(CAMERA, corners(edge)) > 1).any(), "part of the place is outside the frame"
    near = close_up(CAMERA, edge)
    assert near.yfov < CAMERA.yfov
    half, own = math.tan(near.yfov / 2), math.tan(CAMERA.yfov / 2)
    right = half * (2 * near.shift[0] + 1)
    assert right == pytest.approx(own * 16 / 9), "its right border is the frame's"


def test_a_place_larger_than_the_frame_shows_the_frame() -> None:
    for box in (np.array([[-9.0, -1, 0], [9.0, 9, 5]]), np.array([[-1.0, -9, 0], [1, 1, 3]])):
        near = close_up(CAMERA, box)
        assert math.tan(near.yfov / 2) == pytest.approx(math.tan(CAMERA.yfov / 2) * 16 / 9)
        assert near.shift == pytest.approx((0, 0), abs=0.3)


def test_the_place_has_room_for_the_object_on_and_beside_its_anchors() -> None:
    box = place_box([BOX, BOX + [0.5, 0, 0]], np.array([0.2, 0.4, 0.3]))
    assert box[0] == pytest.approx([0.4 - 0.52, -0.3 - 0.52, 0.0]) and box[1] == pytest.approx(
        [1.7 + 0.52, 0.3 + 0.52, 0.8 + 0.39]
    )


def test_what_the_prompt_does_not_name_is_left_out_but_for_floors_walls_and_what_holds_an_anchor() -> None:
    def box(name: str, low: list[float], high: list[float], parent: str | None = None) -> SceneObject:
        mesh = trimesh.creation.box(bounds=[low, high])
        return SceneObject(
            name, np.eye(4), Mesh(name, np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int32)), parent
        )

    scene = Scene((
        box("Floor", [-3, -3, -0.1], [3, 3, 0]), box("Wall", [-3, 3, 0], [3, 3.1, 2.5]), box("Table", [-0.6, -0.4, 0], [0.6, 0.4, 0.7]),
        box("Bowl", [0.1, 0, 0.7], [0.3, 0.2, 0.8]), box("Spoon", [0.15, 0.05, 0.72], [0.16, 0.2, 0.85], "Bowl"),
        box("Book", [-0.3, 0, 0.7], [-0.1, 0.2, 0.75]), box("Sofa", [1, 1, 0], [2.8, 2, 0.9]), box("Mug", [1, -1, 0], [1.1, -0.9, 0.1]),
    ))  # fmt: skip
    geometry = SceneGeometry(scene, "Mug")
    seen = {o.name for o in cleared(scene, geometry, ["Bowl"]).objects if not o.hidden}
    assert seen == {"Floor", "Wall", "Table", "Bowl", "Spoon", "Mug"}
    assert {o.name for o in cleared(scene, geometry, ["Sofa"]).objects if not o.hidden} == {
        "Floor",
        "Wall",
        "Sofa",
        "Mug",
    }
    alone = Scene((box("Mug", [0, 0, 0], [1, 1, 1]),))
    assert cleared(alone, SceneGeometry(alone, "Mug"), []) is alone
