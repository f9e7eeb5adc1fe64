"""The visibility plug-ins agree, at the near plane, in cut-outs, and in bounded memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.render.mesh_renderer import MeshRenderer
from sgvop_core.render.options import RenderOptions
from sgvop_core.render.visibility import choose_visibility
from sgvop_core.scene.body import make_body
from sgvop_core.scene.model import Material, Mesh, Scene, SceneObject, Texture

from .gradients import pose_of
from .scenes import creature, look_from, scene_at_table

pytest.importorskip("numba")
SIZE = (60, 84)


def both(scene: Scene, theta: np.ndarray, cameras, fragments: int = 4_000_000) -> list[torch.Tensor]:
    """Returns the pictures [V, H, W, 3] of the two plug-ins."""
    pictures = []
    for name in ("torch", "numba"):
        renderer = MeshRenderer(scene, make_body(scene, "body"), SIZE, visibility=name, shadows=False,
                                options=RenderOptions(fragments=fragments))  # fmt: skip
        pictures.append(renderer.render(pose_of(torch.tensor(theta, dtype=torch.float32)), cameras).rgb[0])
    return pictures


@pytest.mark.parametrize("fragments", [4_000_000, 5_000])
def test_torch_and_numba_draw_the_same(fragments) -> None:
    scene = scene_at_table(creature(3))
    cameras = [scene.cameras[0], look_from((0.3, -1.1, 0.9), (0, 0, 1.1), yfov=1.2)]
    left, right = both(scene, np.array([-0.6, 0.4, 0.1, 1.0, -0.1, 0, 1.1]), cameras, fragments)
    assert float((left - right).abs().max()) < 1e-4 or float(((left - right).abs() > 1e-4).float().mean()) < 2e-3


def test_triangles_through_the_camera_are_cut_not_dropped() -> None:
    """A camera inside a room whose floor is two triangles sees the floor."""
    corners = np.array([[-5, -5, 0], [5, -5, 0], [5, 5, 0], [-5, 5, 0.0]])
    floor = Mesh(
        "floor", corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), materials=(Material("m", (0.9, 0.1, 0.1, 1)),)
    )
    scene = Scene(
        (SceneObject("floor", np.eye(4), floor), SceneObject("body", np.eye(4), floor)), background=(0, 0, 1.0)
    )
    camera = look_from((0, 0, 1.0), (0, 3.0, 0.2), yfov=1.2)
    for picture in both(scene, np.array([0, 0, 0, 0, 0, 0, -50.0]), [camera]):
        assert (picture[0, 40:, :, 0] > picture[0, 40:, :, 2]).all()  # the plate
    for picture in both(scene, np.array([0, 0, 0, 0, 0, 0, 0.3]), [camera]):
        assert (picture[0, 40:, :, 0] > picture[0, 40:, :, 2]).all()  # the body, 0.7 m under the camera


def test_cut_out_leaves_show_what_is_behind() -> None:
    alpha = np.zeros((4, 4, 4), np.uint8)
    alpha[..., :3] = 255
    alpha[:, :2, 3] = 255
    leaf = Material("leaf", (1, 1, 1, 1), Texture("leaf", alpha), alpha_mode="MASK")
    corners = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1.0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    uvs = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])[faces]
    mesh = Mesh("leaf", corners, faces, corner_uvs=uvs, materials=(leaf,))
    scene = Scene((SceneObject("body", np.eye(4), mesh),), background=(0, 0, 0))
    camera = look_from((0, -3, 0), (0, 0, 0), yfov=0.9)
    for picture in both(scene, np.zeros(7), [camera]):
        assert float(picture[0, 30, 25:40].min()) > 0.3 and float(picture[0, 30, 45:60].max()) < 0.05


def test_unknown_plugins_are_named() -> None:
    with pytest.raises(SettingsError, match="auto, torch, numba"):
        choose_visibility("embree", torch.device("cpu"))
