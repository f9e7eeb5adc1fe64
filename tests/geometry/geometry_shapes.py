"""Small scenes of primitives for the tests of geometry, physics and checks."""

from __future__ import annotations

import numpy as np
import trimesh

from sgvop_core.scene.model import Camera, Mesh, Scene, SceneObject


def mesh(shape: trimesh.Trimesh, name: str = "m") -> Mesh:
    return Mesh(name, np.asarray(shape.vertices, np.float64), np.asarray(shape.faces, np.int32))


def ball(radius: float = 1.0, subdivisions: int = 4) -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)


def box(size, at=(0.0, 0.0, 0.0)) -> trimesh.Trimesh:
    shape = trimesh.creation.box(size)
    shape.apply_translation(at)
    return shape


def sheet(width: float, depth: float, z: float = 0.0) -> trimesh.Trimesh:
    """A single-sided rectangle in the plane z."""
    x, y = width / 2, depth / 2
    corners = [[-x, -y, z], [x, -y, z], [x, y, z], [-x, y, z]]
    return trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]], process=False)


def table(height: float = 0.75) -> trimesh.Trimesh:
    parts = [box((1.2, 0.8, 0.03), (0, 0, height - 0.015))]
    leg = height - 0.03
    parts += [box((0.05, 0.05, leg), (x, y, leg / 2)) for x in (-0.55, 0.55) for y in (-0.35, 0.35)]
    return trimesh.util.concatenate(parts)


def place(shape: trimesh.Trimesh, name: str, at=(0.0, 0.0, 0.0), parent: str | None = None) -> SceneObject:
    matrix = np.eye(4)
    matrix[:3, 3] = at
    return SceneObject(name, matrix, mesh(shape, name), parent)


def scene(*objects: SceneObject, cameras=()) -> Scene:
    return Scene(tuple(objects), tuple(cameras))


def front_camera(distance: float = 3.0, height: float = 0.0, **options) -> Camera:
    """At (0, -distance, height), looking along +Y, Z up."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    matrix[:3, 3] = 0, -distance, height
    return Camera("front", matrix, **{"yfov": 0.8, **options})


def moved(x: float, y: float, z: float, scale: float = 1.0) -> np.ndarray:
    matrix = np.diag([scale, scale, scale, 1.0])
    matrix[:3, 3] = x, y, z
    return matrix
