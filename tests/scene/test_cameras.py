"""Cameras put points on the pixels that Blender would, and our own cameras see what they are made for."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sgvop_core.errors import SceneError
from sgvop_core.scene.cameras import default_camera, look_at, project, projection, ring_cameras, xfov
from sgvop_core.scene.model import Camera, Mesh, Scene, SceneObject

FRONT = look_at((0, -5, 0), (0, 0, 0))


def box(size, centre=(0, 0, 0), inward=False, name="box"):
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * np.array(size) / 2
    faces = np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6],
                      [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32)  # fmt: skip
    mesh = Mesh(name, corners + np.array(centre), faces[:, ::-1] if inward else faces)
    return SceneObject(name, np.eye(4), mesh)


def test_the_middle_is_the_middle_and_up_is_up():
    pixels, depth = project(Camera("c", FRONT), [[0, 0, 0], [1, 0, 0], [0, 0, 1], [0, -9, 0]], (100, 200))
    np.testing.assert_allclose(pixels[0], [100, 50])
    assert pixels[1, 0] > 100 and pixels[1, 1] == pytest.approx(50)
    assert pixels[2, 1] < 50 and pixels[2, 0] == pytest.approx(100)
    assert depth[0] == pytest.approx(5) and depth[3] < 0 and np.isnan(pixels[3]).all()


@pytest.mark.parametrize(("aspect", "size"), [(1.0, (100, 100)), (2.0, (100, 200)), (0.5, (200, 100))])
def test_the_frame_s_edges_are_the_picture_s_edges(aspect, size):
    camera = Camera("c", FRONT, yfov=0.8, aspect=aspect)
    top = 5 * math.tan(0.4)
    pixels, _ = project(camera, [[top * aspect, 0, top], [-top * aspect, 0, -top]], size)
    np.testing.assert_allclose(pixels, [[size[1], 0], [0, size[0]]], atol=1e-9)
    assert xfov(camera) == pytest.approx(2 * math.atan(top * aspect / 5))


def test_a_picture_of_another_aspect_holds_the_whole_frame():
    camera = Camera("c", FRONT, yfov=0.8, aspect=2.0)
    focal, centre = projection(camera, 224, 224)
    top = math.tan(0.4)
    assert focal * top * 2 == pytest.approx(112) and focal * top == pytest.approx(56)
    np.testing.assert_allclose(centre, [112, 112])


@pytest.mark.parametrize(("aspect", "size"), [(2.0, (100, 200)), (0.5, (200, 100))])
def test_shift_is_in_shares_of_the_larger_side(aspect, size):
    """Blender: shift_x = 0.5 of a wide picture moves what was in the middle to the left edge."""
    camera = Camera("c", FRONT, yfov=0.8, aspect=aspect, shift=(0.1, 0.25))
    pixels, _ = project(camera, [[0, 0, 0]], size)
    larger = max(size)
    np.testing.assert_allclose(pixels[0], [size[1] / 2 - 0.1 * larger, size[0] / 2 + 0.25 * larger])


def test_orthographic_cameras_keep_sizes():
    camera = Camera("c", FRONT, aspect=1.0, ortho_height=4.0)
    pixels, depth = project(camera, [[1, 0, 1], [1, 20, 1]], (100, 100))
    np.testing.assert_allclose(pixels, [[75, 25], [75, 25]])
    np.testing.assert_allclose(depth, [5, 25])


def test_look_at_is_a_rotation_also_straight_down():
    for target in ((0, 0, 0), (1, 2, 3)):
        matrix = look_at((1, 2, 9), target)
        np.testing.assert_allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-12)
        assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1)
    np.testing.assert_allclose(look_at((0, 0, 9), (0, 0, 0))[:3, 1], [0, 1, 0], atol=1e-12)
    with pytest.raises(SceneError, match="cannot look"):
        look_at((1, 1, 1), (1, 1, 1))


def in_frame(camera, points):
    pixels, depth = project(camera, points, (1.0, camera.aspect))
    return (depth > camera.near) & (pixels > 0).all(1) & (pixels < [camera.aspect, 1]).all(1)


@pytest.mark.parametrize("aspect", [0.5, 1.0, 2.0])
def test_the_default_view_shows_a_lone_object_whole(aspect):
    scene = Scene((box((1, 2, 0.5), (3, 4, 5)),))
    camera = default_camera(scene, aspect=aspect)
    assert camera.synthetic and in_frame(camera, scene.objects[0].mesh.vertices).all()
    assert camera.position[2] > 5 and camera.position[1] < 4


def test_inside_a_closed_room_the_camera_stays_between_the_walls():
    room, table = (
        box((4, 5, 2.6), (0, 0, 1.3), inward=True, name="room"),
        box((1, 1, 0.7), (0.8, 1.5, 0.35), name="table"),
    )
    scene = Scene((room, table))
    focus = scene.bounds([table])
    for camera in (default_camera(scene), default_camera(scene, focus), *ring_cameras(scene, focus, 6)):
        assert (np.abs(camera.position - [0, 0, 1.3]) < [2, 2.5, 1.3]).all(), camera.name
    assert in_frame(default_camera(scene, focus), table.mesh.vertices).all()


def test_a_room_open_to_one_side_is_seen_from_there():
    wall = box((4, 0.1, 3), (0, -2, 1.5), name="wall")
    thing = box((0.5, 0.5, 0.5), (0, 0, 0.25), name="thing")
    camera = default_camera(Scene((wall, thing)), np.array([[-0.25, -0.25, 0], [0.25, 0.25, 0.5]]))
    assert camera.position[1] > -1.95, "the wall stands between the camera and its focus"


def test_the_ring_goes_around_from_where_the_base_stands():
    scene = Scene((box((1, 1, 1)),))
    base = Camera("c", look_at((6, 0, 1), (0, 0, 0)), yfov=0.5, aspect=1.5)
    ring = ring_cameras(scene, scene.bounds(), 4, base)
    angles = np.degrees([math.atan2(c.position[1], c.position[0]) for c in ring]).round(6) % 360
    assert sorted(angles) == [0, 90, 180, 270] and angles[0] == 0
    assert all(c.synthetic and c.aspect == 1.5 and in_frame(c, scene.objects[0].mesh.vertices).all() for c in ring)
    assert ring_cameras(scene, None, 0) == []


def test_an_empty_scene_has_a_view_too():
    assert np.isfinite(default_camera(Scene()).matrix_world).all()
    hidden = replace(box((1, 1, 1)), hidden=True)
    assert np.isfinite(default_camera(Scene((hidden,))).matrix_world).all()
