"""Cameras as the renderer uses them: rows right, down, forward, a centre and a focal length in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import SceneError
from ..scene.cameras import projection
from ..scene.model import Array, Camera

ORTHO_DISTANCE = 100.0
"""An orthographic camera is drawn as a perspective one that many picture heights (or scene sizes) further back: at 100
the parallax left over is below 1 % of a depth difference, and 1/depth still resolves 1e-5 of the scene in float32."""


@dataclass(frozen=True, eq=False)
class CameraFrame:
    """A pinhole camera: world to camera ``rotation`` [3, 3] (rows right, down, forward), ``centre`` [3] in metres.

    ``focal`` and ``principal`` (x, y) are in pixels of a picture of that size; ``near`` in metres along the axis.
    ``setback`` is the distance in metres that an orthographic camera was moved back by, to be taken off depths.
    """

    rotation: Array
    centre: Array
    focal: float
    principal: tuple[float, float]
    near: float
    setback: float = 0.0


def camera_frame(camera: Camera, size: tuple[int, int], extent: float = 10.0) -> CameraFrame:
    """Returns the frame of a camera for a picture of ``size`` (height, width) in pixels.

    Where the frame lies in the picture is ``scene.cameras.projection``'s rule (the whole frame is in
    the picture). ``extent`` is the scene's size in metres, for orthographic cameras.
    Raises SceneError for matrices that are not finite or that are collapsed.
    """
    matrix = np.asarray(camera.matrix_world, np.float64)
    axes = matrix[:3, :3] / np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-30)
    if not np.isfinite(matrix).all() or abs(np.linalg.det(axes)) < 1e-3:
        raise SceneError(
            f"camera '{camera.name}' has a transform that is not a rotation and a location; reset its scale"
        )
    height, width = size
    rotation = np.stack([axes[:, 0], -axes[:, 1], -axes[:, 2]])
    centre, setback = matrix[:3, 3], 0.0
    focal, principal = projection(camera, height, width)
    if camera.ortho_height is not None:
        setback = ORTHO_DISTANCE * max(camera.ortho_height, extent)
        focal, centre = focal * setback, centre - setback * rotation[2]
    near = max(camera.near, 1e-5) + setback
    return CameraFrame(rotation, centre, focal, (float(principal[0]), float(principal[1])), near, setback)


def frame_key(camera: Camera) -> tuple[object, ...]:
    """Returns what a cached plate depends on: equal keys, equal plates."""
    matrix = np.ascontiguousarray(camera.matrix_world, np.float64).tobytes()
    return (matrix, camera.yfov, camera.aspect, camera.near, tuple(camera.shift), camera.ortho_height)
