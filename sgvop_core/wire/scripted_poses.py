"""Poses of the scripted worker: way points, and the world matrices they mean.

A pose is ``{"at": [x, y, z]}`` in the world or ``{"by": [dx, dy, dz]}`` from the start, with ``turn`` (degrees about Z) and ``scale``.
"""

from __future__ import annotations

import math
from typing import Any

from .protocol import Matrix, matrix

World = list[list[float]]


def along(path: list[dict[str, Any]], share: float, start: World) -> Matrix:
    """Returns the delta [4, 4] at this share of the way, eased between the way points."""
    place = share * (len(path) - 1)
    index = min(int(place), len(path) - 2) if len(path) > 1 else 0
    here, there = path[index], path[min(index + 1, len(path) - 1)]
    t = place - index
    t = t * t * (3 - 2 * t)
    blend = {
        "by": [a + (b - a) * t for a, b in zip(_offset(here, start), _offset(there, start), strict=True)],
        "turn": here.get("turn", 0) * (1 - t) + there.get("turn", 0) * t,
        "scale": here.get("scale", 1) * (1 - t) + there.get("scale", 1) * t,
    }
    return delta(blend, start)


def _offset(pose: dict[str, Any], start: World) -> list[float]:
    if "at" in pose:
        return [pose["at"][i] - start[i][3] for i in range(3)]
    return list(pose.get("by", (0, 0, 0)))


def delta(pose: dict[str, Any], start: World) -> Matrix:
    """Returns the world matrix [4, 4] that turns and scales about the object's own place and then moves it."""
    angle, size = math.radians(pose.get("turn", 0)), pose.get("scale", 1)
    c, s = size * math.cos(angle), size * math.sin(angle)
    linear = [[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, size]]
    centre, by = [start[i][3] for i in range(3)], _offset(pose, start)
    rows = [[*row, centre[i] + by[i] - sum(row[k] * centre[k] for k in range(3))] for i, row in enumerate(linear)]
    return matrix([*rows, [0.0, 0.0, 0.0, 1.0]])


def apply(change: Matrix, world: World) -> Matrix:
    """Returns ``change`` [4, 4] put before a world matrix [4, 4]."""
    return matrix([[sum(change[i][k] * world[k][j] for k in range(4)) for j in range(4)] for i in range(4)])
