"""The pin points where the object faces, turns with it, is seen when the object hardly is, and is not part of its shape."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from sgvop_core.guidance.clip.pin import FRONT, PIN, pinned
from sgvop_core.guidance.clip.sheet import CAMERAS, TOP
from sgvop_core.guidance.clip.studio import in_studio, studio_cameras
from sgvop_core.pose import Pose
from sgvop_core.render import make_renderer
from sgvop_core.scene.body import Body, make_body
from sgvop_core.scene.cameras import look_at, project
from sgvop_core.scene.model import Camera, Material, Mesh, Scene, SceneObject

PLACE = np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 1.0]])
CAMERA = Camera("Camera", look_at([0, -6, 2], [0, 0, 0.5]), math.radians(50), 1.0)


def body(side: float = 0.3, turn: float = 0.0) -> tuple[Scene, Body]:
    made = trimesh.creation.box((side, side, side))
    mesh = Mesh(
        "Box", np.asarray(made.vertices), np.asarray(made.faces, np.int32),
        materials=(Material("m", (0.1, 0.6, 0.1, 1.0)),),
    )  # fmt: skip
    matrix = np.eye(4)
    matrix[:2, :2] = [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
    matrix[2, 3] = 0.5
    scene = Scene((SceneObject("Box", matrix, mesh),), (CAMERA,), ())
    return scene, make_body(scene, ["Box"])


@pytest.mark.parametrize("front", [None, (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1)])
def test_it_stands_out_at_the_front_and_nowhere_else(front: tuple[float, float, float] | None) -> None:
    _, plain = body()
    made = pinned(plain, PLACE, None if front is None else np.array(front, float))
    along = np.asarray(FRONT if front is None else front, float)
    out = made.mesh.vertices @ along
    assert out.max() == pytest.approx(0.15 + max(PIN.length * plain.size, PIN.least * 3.0))
    tip = made.mesh.vertices[out.argmax()]
    assert tip == pytest.approx(out.max() * along, abs=1e-9)
    beyond = made.mesh.vertices - np.outer(out, along)
    assert np.abs(beyond).max() <= 0.15 + 1e-9 and len(plain.mesh.vertices) == 8, "the body itself is as it was"
    assert made.mesh.materials[-1].name == "front" and made.mesh.materials[0] is plain.mesh.materials[0]


def test_its_faces_look_outward() -> None:
    _, plain = body(1e-6)
    made = pinned(plain, PLACE).mesh
    pin = trimesh.Trimesh(made.vertices, made.faces[12:], process=True)
    assert pin.is_watertight and pin.volume > 0


def test_it_is_as_long_as_the_place_asks_where_the_object_is_small() -> None:
    _, plain = body(0.001)
    wide = 10 * PLACE
    low, high = pinned(plain, PLACE).bounds, pinned(plain, wide).bounds
    assert high[0, 1] / low[0, 1] == pytest.approx(10, rel=0.05)


def test_it_is_as_thick_as_the_place_asks_and_no_thicker_where_the_object_is_large() -> None:
    """A thick one would hide half of what a large object is."""
    rings = []
    for size in (0.001, 1.0):
        _, plain = body(size)
        rings.append(np.linalg.norm(pinned(plain, PLACE).mesh.vertices[8:][:, [0, 2]], axis=1).max())
    assert rings[0] == pytest.approx(PIN.thick * PIN.least * 3.0) and PIN.length * 3**0.5 > PIN.least * 3.0
    assert rings[1] == pytest.approx(max(PIN.thick * PIN.least * 3.0, PIN.slim * PIN.length * 3**0.5))


def test_in_the_detail_it_is_slim_and_as_long_as_the_object_asks() -> None:
    """There it would hide what the object is."""
    _, plain = body(0.001)
    made = pinned(plain, None).mesh.vertices
    out = made @ np.asarray(FRONT)
    assert out.max() == pytest.approx(0.0005 + PIN.length * plain.size, rel=1e-3)
    ring = made[len(plain.mesh.vertices) :][:, [0, 2]]
    assert np.linalg.norm(ring, axis=1).max() == pytest.approx(PIN.slim * PIN.length * plain.size)
    assert PIN.slim < 0.5 * PIN.thick


@pytest.mark.parametrize("turn", [0.0, 0.5 * math.pi, -0.5 * math.pi])
def test_pictures_show_it_where_the_object_faces(turn: float) -> None:
    scene, plain = body(turn=turn)
    made = in_studio(scene, {"Box"}, set(), CAMERA, PLACE)
    view = studio_cameras(CAMERA, PLACE)[CAMERAS.index(TOP)]
    pose = Pose.from_matrices(torch.as_tensor(plain.rest_matrix(), dtype=torch.float32)[None], torch.zeros(3))
    seen = make_renderer(made, pinned(plain, PLACE), (96, 96)).render(pose, [view]).rgb[0, 0].numpy()
    pink = (seen[..., 0] > 0.4) & (seen[..., 1] < 0.25) & (seen[..., 2] > 0.2)
    assert 4 < pink.sum() < 400
    rows, columns = np.nonzero(pink)
    middle, _ = project(view, np.array([[0.0, 0.0, 0.5]]), (96, 96))
    away = np.array([columns.mean(), rows.mean()]) - middle[0]
    front = plain.rotation @ np.asarray(FRONT)
    if turn:
        assert away[0] * front[0] > 4 and abs(away[1]) < 4, "to its side, as the object turned"
    else:
        assert abs(away[0]) < 2 and away[1] > 2, "to the camera is down the picture"


def test_a_body_of_several_meshes_keeps_its_materials() -> None:
    _, plain = body()
    coats = (Material("a", (1.0, 0, 0, 1)), Material("b", (0, 1.0, 0, 1)))
    ids = np.arange(12, dtype=np.int32) % 2
    two = replace(plain, mesh=replace(plain.mesh, materials=coats, face_materials=ids))
    made = pinned(two, PLACE).mesh
    assert np.array_equal(made.material_ids()[:12], ids) and (made.material_ids()[12:] == 2).all()
