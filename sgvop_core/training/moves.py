"""Poses that are others, moved: a little, or as a search does on its way."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array


def neighbours(rng: np.random.Generator, poses: Array, count: int, points: Array) -> Array:
    """Returns ``count`` poses [C, 4, 4] that are some of ``poses`` [N, 4, 4], moved by 2 to 40 % of the size of a body with ``points``
    [P, 3] on it."""
    chosen = poses[rng.integers(0, len(poses), count)].copy()
    for matrix in chosen:
        step = rng.normal(size=3) * np.exp(rng.uniform(math.log(0.02), math.log(0.4))) * _size(matrix, points)
        if rng.random() < 0.5:
            step[2] = 0.0
        matrix[:3, 3] += step
    return chosen


def search_step(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns a rotation [3, 3] and a growth as a search finds them on its way: by an angle of up to a radian or two about any axis,
    and by a third more or less."""
    turn = rng.normal(size=3) * rng.uniform(0.1, 0.8)
    return about(turn, float(np.linalg.norm(turn))), float(np.exp(rng.normal() * 0.3))


def perturbed(rng: np.random.Generator, poses: Array, share: float, points: Array, middle: Array) -> Array:
    """Returns ``poses`` [N, 4, 4] of which a ``share`` is moved in all seven parameters: as in ``search_step`` about the body's
    ``middle`` [3], which goes 5 to 100 % of the size of a body with ``points`` [P, 3] on it any way."""
    moved = poses.copy()
    for matrix in moved:
        if rng.random() > share:
            continue
        turn, growth = search_step(rng)
        centre = matrix[:3, :3] @ middle + matrix[:3, 3]
        centre = centre + rng.normal(size=3) * np.exp(rng.uniform(math.log(0.05), 0.0)) * _size(matrix, points)
        matrix[:3, :3] = growth * turn @ matrix[:3, :3]
        matrix[:3, 3] = centre - matrix[:3, :3] @ middle
    return moved


def about(axis: object, angle: float) -> Array:
    """Returns the rotation [3, 3] by ``angle`` in radians about an axis [3] of any length (Rodrigues' formula)."""
    x, y, z = np.asarray(axis, np.float64) / max(float(np.linalg.norm(np.asarray(axis, np.float64))), 1e-12)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * (k @ k)


def _size(matrix: Array, points: Array) -> float:
    """Metres of the longest side of the box about points [P, 3] in a pose [4, 4]."""
    return float(np.ptp(points @ matrix[:3, :3].T, axis=0).max())
