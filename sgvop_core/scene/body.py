"""The thing that moves: one object, or several as one, in a frame of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SceneError
from .model import Array, Mesh, Scene, merge_meshes


@dataclass(frozen=True, eq=False)
class Body:
    """The moving geometry in the *object frame*: the axes of its rest rotation, metres at its start size.

    ``mesh`` is in that frame. The rest pose is ``rotation`` [3, 3] and ``origin`` [3] (the object's origin in the
    world), with scale one: ``x_world = origin + rotation @ x_object``. ``names`` are the roots that were asked for,
    the first gives the frame.
    """

    names: tuple[str, ...]
    mesh: Mesh
    rotation: Array
    origin: Array

    @property
    def bounds(self) -> Array:
        """The box [2, 3] of the mesh in the object frame."""
        return np.stack([self.mesh.vertices.min(0), self.mesh.vertices.max(0)])

    @property
    def size(self) -> float:
        """The diagonal of that box in metres."""
        low, high = self.bounds
        return float(np.linalg.norm(high - low))

    def rest_matrix(self) -> Array:
        """Returns the 4x4 that takes the object frame to the world at the start."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.rotation, self.origin
        return matrix

    def delta(self, pose_matrix: Array) -> Array:
        """Returns the world-space 4x4 that moves the subtree from its rest to ``pose_matrix`` (object to world)."""
        return np.asarray(pose_matrix, np.float64) @ np.linalg.inv(self.rest_matrix())


def polar_rotation(linear: Array) -> Array:
    """Returns the rotation [3, 3] (determinant +1) nearest to a linear map (polar decomposition).

    Mirrored maps give the rotation of the map with its third axis flipped back.
    """
    u, _, vt = np.linalg.svd(np.asarray(linear, np.float64))
    rotation = u @ vt
    if np.linalg.det(rotation) < 0:
        rotation = u @ np.diag([1.0, 1.0, -1.0]) @ vt
    return rotation


def make_body(scene: Scene, names: str | Sequence[str]) -> Body:
    """Returns the body of the named objects with all that hangs below them.

    Raises SceneError when a name is unknown, a matrix is not finite or collapses the object, it is hidden, or nothing has faces.
    """
    roots = (names,) if isinstance(names, str) else tuple(names)
    if not roots:
        raise SceneError("no object to place was named; give --object NAME")
    lead = scene.object(roots[0])
    subtree = scene.subtree(roots)
    for o in subtree:
        if not np.isfinite(o.matrix_world).all():
            raise SceneError(f"object '{o.name}' has a transform with NaN or infinite numbers; reset its transform")
        shape = np.linalg.svd(o.matrix_world[:3, :3], compute_uv=False)
        if o.mesh is not None and (shape[0] <= 0 or shape[-1] < 1e-9 * max(shape[0], 1e-300)):
            raise SceneError(f"object '{o.name}' is scaled to zero along an axis; give it a scale other than 0")
    rotation = polar_rotation(lead.matrix_world[:3, :3])
    origin = lead.matrix_world[:3, 3].copy()
    to_object = np.eye(4)
    to_object[:3, :3], to_object[:3, 3] = rotation.T, -rotation.T @ origin
    meshes = [
        o.mesh.transformed(to_object @ o.matrix_world) for o in subtree if o.mesh is not None and len(o.mesh.faces)
    ]
    if meshes and all(o.hidden for o in subtree if o.mesh is not None):
        raise SceneError(f"object '{lead.name}' is hidden; show it first")
    if not meshes:
        raise SceneError(f"object '{lead.name}' has no faces to show (nor has anything below it); choose a mesh object")
    return Body(roots, merge_meshes(meshes, lead.name), rotation, origin)
