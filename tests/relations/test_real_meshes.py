"""Relations among real meshes, where they are at hand: a cow, a teapot, a stool and a cabinet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sgvop_core.guidance.prompt import read_prompt, resolve_prompt
from sgvop_core.guidance.relations import make_relations
from sgvop_core.scene.body import make_body
from sgvop_core.scene.geometry import SceneGeometry
from sgvop_core.scene.model import Scene, SceneObject

MESHES = Path(__file__).resolve().parents[2] / "../shared/data/meshes"
pytestmark = pytest.mark.skipif(not MESHES.is_dir(), reason="the real meshes are not here")


@pytest.fixture(scope="module")
def scene(stage: Any) -> Scene:
    from sgvop_core.scene.load import load_scene

    def real(file: str, name: str, height: float, at: tuple[float, float, float]) -> SceneObject:
        loaded = load_scene(MESHES / file)
        mesh = loaded.world_mesh(loaded.objects, name)
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        matrix = np.eye(4) * height / (high[2] - low[2])
        middle = (low + high) / 2
        matrix[:3, 3] = np.array(at) - matrix[:3, :3] @ [middle[0], middle[1], low[2]]
        matrix[3, 3] = 1.0
        return SceneObject(name, matrix, mesh)

    return Scene(
        objects=(
            *(o for o in stage.scene.objects if o.name in ("Floor", "Wall", "Table")),
            real("painted_wooden_cabinet_02.gltf", "Cabinet", 0.9, (1.2, 1.0, 0.0)),
            real("painted_wooden_stool.gltf", "Stool", 0.45, (-1.2, 0.0, 0.0)),
            real("utah_teapot.obj", "Teapot", 0.18, (0.2, 0.1, 0.75)),
            real("cow.obj", "cow", 0.3, (0.0, -2.0, 0.0)),
        ),
        cameras=stage.scene.cameras,
    )


@pytest.mark.parametrize(
    "prompt",
    [
        "a cow on the stool", "a cow on the cabinet", "a cow under the table", "a cow next to the teapot",
        "a small cow on the table to the right of the teapot", "a cow against the cabinet", "a cow above the teapot",
        "a cow between the stool and the cabinet", "a cow upside down on the table", "a tiny cow under the stool",
    ],
)  # fmt: skip
def test_proposals_among_real_meshes_satisfy_the_prompt(scene: Scene, prompt: str) -> None:
    resolved = resolve_prompt(read_prompt(prompt, [o.name for o in scene.objects], "cow"), scene, "cow")
    asked = make_relations(resolved, SceneGeometry(scene, "cow"), make_body(scene, "cow"), scene.cameras[0])
    bases = asked.propose(12, torch.Generator().manual_seed(2))
    poses = asked.setting.shape.from_bases(bases, asked.start_rotation, asked.start_scale)
    good = [all(r.check(m).holds for r in asked.relations) for m in poses.matrices().numpy()]
    assert np.mean(good) >= 0.8
