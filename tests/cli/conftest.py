"""A small scene file: a cup on the floor beside a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sgvop_core.scene.model import Camera, Mesh, Scene, SceneObject

CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)])
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]],
    np.int32,
)  # fmt: skip


def box(name: str, at: tuple[float, float, float], size: tuple[float, float, float]) -> SceneObject:
    """A box that stands on ``at``, of ``size`` along x, y, z in metres."""
    matrix = np.eye(4)
    matrix[:3, 3] = at
    return SceneObject(name, matrix, Mesh(name, CORNERS * np.array(size), FACES))


def small_scene() -> Scene:
    from sgvop_core.scene.cameras import look_at

    camera = Camera("Camera", look_at(np.array([1.5, -3.0, 1.8]), np.array([0.0, 0.0, 0.5])), yfov=0.7, aspect=4 / 3)
    objects = (
        box("floor", (0, 0, -0.1), (4, 4, 0.1)),
        box("table", (0, 0, 0), (1.2, 0.8, 0.7)),
        box("cup", (1.2, -0.8, 0), (0.1, 0.1, 0.12)),
    )
    return Scene(objects, (camera,))


@pytest.fixture(scope="session")
def scene_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sgvop_core.scene.write import write_glb

    path = tmp_path_factory.mktemp("scene") / "small room.glb"
    write_glb(small_scene(), path)
    return path


@pytest.fixture(scope="session")
def scene_with_bowl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from dataclasses import replace

    from sgvop_core.scene.write import write_glb

    scene, path = small_scene(), tmp_path_factory.mktemp("bowl") / "room.glb"
    write_glb(replace(scene, objects=(*scene.objects, box("bowl", (-1.2, -0.8, 0), (0.1, 0.1, 0.06)))), path)
    return path
