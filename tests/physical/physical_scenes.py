"""Bodies, geometries and poses for the physical tests."""

from __future__ import annotations

import geometry_shapes as shapes
import numpy as np
import torch
import trimesh

from sgvop_core.pose import Pose
from sgvop_core.scene.body import Body, make_body
from sgvop_core.scene.geometry import SceneGeometry
from sgvop_core.scene.model import Mesh


def setting(moving: trimesh.Trimesh | Mesh, *statics, cameras=()) -> tuple[SceneGeometry, Body]:
    if isinstance(moving, trimesh.Trimesh):
        moving = shapes.mesh(moving, "thing")
    from sgvop_core.scene.model import SceneObject

    scene = shapes.scene(*statics, SceneObject("thing", np.eye(4), moving), cameras=cameras)
    return SceneGeometry(scene, "thing"), make_body(scene, "thing")


def poses(*matrices: np.ndarray, dtype=torch.float64) -> Pose:
    return Pose.from_matrices(torch.as_tensor(np.stack(matrices), dtype=dtype), torch.zeros(3, dtype=dtype))


def floor(size: float = 6.0, thick: float = 0.2):
    return shapes.place(shapes.box((size, size, thick), (0, 0, -thick / 2)), "floor")


def slope_of(term, pose: Pose, step: float = 1e-5) -> tuple[np.ndarray, np.ndarray]:
    """The gradient by the translation of one pose, by autograd and by central differences."""
    shift = torch.zeros_like(pose.translation, requires_grad=True)
    term(None, Pose(pose.scale, pose.rotation, pose.translation + shift, pose.pivot)).sum().backward()
    numeric = np.zeros(3)
    for axis in range(3):
        delta = torch.zeros_like(pose.translation)
        delta[:, axis] = step
        up, down = (
            float(term(None, Pose(pose.scale, pose.rotation, pose.translation + s * delta, pose.pivot)).sum())
            for s in (1, -1)
        )
        numeric[axis] = (up - down) / (2 * step)
    return shift.grad[0].numpy(), numeric
