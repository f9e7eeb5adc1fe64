"""glTF is Y up, the world here is Z up: the one place where the two meet.

``UP`` takes glTF coordinates to ours: (x, y, z) -> (x, -z, y). Object frames are turned along (``C M C^-1``), so that an
object's matrix is the one that Blender's importer gives it. Cameras and lights look down -Z in both conventions:
their frames stay (``C M``).
"""

from __future__ import annotations

import numpy as np

from ..model import Array

UP = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])
DOWN = UP.T


def points_up(points: Array) -> Array:
    """Returns Z-up points or directions [..., 3] of Y-up ones, same type."""
    turned = np.empty(points.shape, points.dtype)
    turned[..., 0], turned[..., 1], turned[..., 2] = points[..., 0], -points[..., 2], points[..., 1]
    return turned


def points_down(points: Array) -> Array:
    """Returns Y-up points or directions [..., 3] of Z-up ones, same type."""
    turned = np.empty(points.shape, points.dtype)
    turned[..., 0], turned[..., 1], turned[..., 2] = points[..., 0], points[..., 2], -points[..., 1]
    return turned


def compose(translation: Array, quaternion: Array, scale: Array) -> Array:
    """Returns the 4x4 of glTF's translation, rotation (x, y, z, w; normalised here) and scale."""
    x, y, z, w = np.asarray(quaternion, np.float64) / np.linalg.norm(quaternion)
    matrix = np.eye(4)
    matrix[:3, :3] = (
        np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        * np.asarray(scale, np.float64)[None, :]
    )
    matrix[:3, 3] = translation
    return matrix


def decompose(matrix: Array, signs: Array | None = None) -> tuple[Array, Array, Array] | None:
    """Returns (translation [3], quaternion xyzw [4], scale [3]) that compose to ``matrix``, or None if it has shear.

    ``signs`` of the former scale are kept where they fit a mirrored matrix. A matrix counts as free of shear when
    its columns are perpendicular within 1e-6.
    """
    linear = np.asarray(matrix, np.float64)[:3, :3]
    lengths = np.linalg.norm(linear, axis=0)
    if (lengths < 1e-12).any() or not np.isfinite(lengths).all():
        return None
    axes = linear / lengths
    if np.abs(axes.T @ axes - np.eye(3)).max() > 1e-6:
        return None
    mirrored = np.linalg.det(axes) < 0
    flip = np.ones(3) if signs is None else np.where(np.asarray(signs) < 0, -1.0, 1.0)
    if (flip.prod() < 0) != mirrored:
        flip = np.array([-1.0, 1.0, 1.0]) if mirrored else np.ones(3)
    return np.asarray(matrix, np.float64)[:3, 3].copy(), quaternion_of(axes * flip), lengths * flip


def split_shear(matrix: Array) -> tuple[Array, Array, Array, Array]:
    """Returns (translation [3], quaternion [4], scale [3]) of an outer and the quaternion [4] of an inner frame.

    Both, one below the other, compose to ``matrix`` [4, 4].

    glTF's nodes hold no shear, and programs that read them drop it; two of them, one below the other, can
    (singular value decomposition: rotation, scale, rotation).
    """
    u, scale, vt = np.linalg.svd(np.asarray(matrix, np.float64)[:3, :3])
    for side in (u, vt.T):
        if np.linalg.det(side) < 0:
            side[:, 2] *= -1
            scale[2] *= -1
    return np.asarray(matrix, np.float64)[:3, 3].copy(), quaternion_of(u), scale, quaternion_of(vt)


def quaternion_of(rotation: Array) -> Array:
    """Returns the unit quaternion (x, y, z, w), w >= 0, of a rotation [3, 3] (Shepperd's method: largest part first)."""
    r = np.asarray(rotation, np.float64)
    trace = np.trace(r)
    parts = np.array([r[0, 0], r[1, 1], r[2, 2], trace])
    k = int(np.argmax(parts))
    q = np.empty(4)
    if k == 3:
        q[3] = 1 + trace
        q[0], q[1], q[2] = r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]
    else:
        i, j = (k + 1) % 3, (k + 2) % 3
        q[k] = 1 + r[k, k] - r[i, i] - r[j, j]
        q[i], q[j], q[3] = r[i, k] + r[k, i], r[j, k] + r[k, j], r[j, i] - r[i, j]
    q /= np.linalg.norm(q)
    return q if q[3] >= 0 else -q
