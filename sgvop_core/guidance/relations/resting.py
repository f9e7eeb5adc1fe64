"""How a body comes to rest: an attitude turned a little until the body lies in balance."""

from __future__ import annotations

import math

import numpy as np

from ...scene.body import Body
from ...scene.model import Array
from ..physical import probe_of
from .limits import LIMITS

DOWN = np.array([0.0, 0.0, -1.0])
LEAST_LIKELY = 1e-4
"""Stable poses less likely than this are edges of the hull where a thing would not stay."""


def resting_rotations(rotations: Array, body: Body) -> Array:
    """Returns rotations [A, 3, 3] (object frame to world), each turned to the nearest pose in which the body is in balance
    on a flat ground, where one lies within the attitude's tolerance; the others as they were.

    The stable poses are trimesh's, after Goldberg et al., "Part pose statistics" (IEEE T-RO 1999).
    """
    downs = _stable_downs(body)
    if not len(downs):
        return rotations
    limit = math.cos(0.9 * LIMITS.attitude)
    turned = []
    for rotation in np.asarray(rotations, np.float64):
        wanted = rotation.T @ DOWN
        nearest = downs[int(np.argmax(downs @ wanted))]
        turned.append(_onto_down(rotation @ nearest) @ rotation if nearest @ wanted >= limit else rotation)
    return np.stack(turned)


def _stable_downs(body: Body) -> Array:
    """Returns the directions [S, 3] of the object frame that point down when the body rests on flat ground."""
    import trimesh
    from scipy.spatial import QhullError

    probe = probe_of(body)
    try:
        hull = trimesh.Trimesh(probe.hull, process=False).convex_hull
        transforms, _ = trimesh.poses.compute_stable_poses(
            hull, center_mass=probe.centre, threshold=LEAST_LIKELY, sigma=0.0, n_samples=1
        )
    except (QhullError, ValueError, IndexError):
        # Flat bodies have no hull in space, and then no pose but those the prompt names.
        return np.zeros((0, 3))
    return np.array([t[:3, :3].T @ DOWN for t in transforms]).reshape(-1, 3)


def _onto_down(direction: Array) -> Array:
    """Returns the least rotation [3, 3] that takes a unit direction [3] to straight down (Rodrigues' formula)."""
    axis = np.cross(direction, DOWN)
    cosine = float(direction @ DOWN)
    if cosine < -0.999999:
        return np.diag([1.0, -1.0, -1.0])
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + k + (k @ k) / (1 + cosine)
