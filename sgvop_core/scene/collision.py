"""Exact tests of triangles against triangles (FCL), on only those that can meet."""

from __future__ import annotations

from typing import Any

import numpy as np

from .model import Array


def overlapping(triangles: Array, box: Array) -> Array:
    """Returns the indices of the triangles [F, 3, 3] whose boxes meet ``box`` [2, 3]."""
    return np.flatnonzero(_meet_box(triangles, box[0], box[1]))


def _meet_box(soup: Array, low: Array, high: Array) -> Array:
    """Returns which triangles [F] of a soup [F, 3, 3] have boxes that meet the box from ``low`` to ``high``."""
    keep = np.ones(len(soup), bool)
    for axis in range(3):
        # Corner by corner: numpy's reduction over an axis of three takes ten times as long.
        a, b, c = soup[:, 0, axis], soup[:, 1, axis], soup[:, 2, axis]
        keep &= (np.minimum(np.minimum(a, b), c) <= high[axis]) & (np.maximum(np.maximum(a, b), c) >= low[axis])
    return keep


def _box(soup: Array) -> Array:
    """Returns the box [2, 3] of a soup."""
    corners = soup.reshape(-1, 3)
    return np.array([[corners[:, a].min() for a in range(3)], [corners[:, a].max() for a in range(3)]])


def near_each_other(first: Array, second: Array, margin: float = 0.0, cells: int = 32) -> tuple[Array, Array]:
    """Returns the indices of triangles of two soups [F, 3, 3], [G, 3, 3] that could meet within ``margin`` metres.

    Both are cut to the overlap of their boxes; what remains is cut again to the cells of a coarse grid over that
    overlap that the other soup's boxes touch. Conservative: no pair that meets is lost.
    """
    none = np.zeros(0, np.int64)
    if not len(first) or not len(second):
        return none, none
    boxes = _box(first), _box(second)
    low = np.maximum(boxes[0][0], boxes[1][0]) - margin
    high = np.minimum(boxes[0][1], boxes[1][1]) + margin
    if (low > high).any():
        return none, none
    box = np.stack([low, high])
    kept = [overlapping(first, box), overlapping(second, box)]
    if not len(kept[0]) or not len(kept[1]):
        return none, none
    width = np.maximum(high - low, 1e-12) / cells
    ranges = []
    for soup, index in zip((first, second), kept, strict=True):
        a = np.clip(np.floor((soup[index].min(1) - margin - low) / width), 0, cells - 1).astype(np.int64)
        b = np.clip(np.floor((soup[index].max(1) + margin - low) / width), 0, cells - 1).astype(np.int64)
        ranges.append((a, b))
    filled = [_fill(a, b, cells) for a, b in ranges]
    out = []
    for (a, b), index, other in zip(ranges, kept, filled[::-1], strict=True):
        out.append(index[_any_in(other, a, b)])
    return out[0], out[1]


def _fill(low: Array, high: Array, cells: int) -> Array:
    """Returns a bool grid of the cells that any of the index boxes covers (by an 8-corner difference array)."""
    shape = (cells + 1,) * 3
    grid = np.zeros(shape, np.int64)
    for corner in range(8):
        pick = [(corner >> a) & 1 for a in range(3)]
        x, y, z = (high[:, a] + 1 if p else low[:, a] for a, p in enumerate(pick))
        count = np.bincount((x * shape[1] + y) * shape[2] + z, minlength=grid.size)
        grid += (-1) ** sum(pick) * count.reshape(shape)
    for axis in range(3):
        grid = np.cumsum(grid, axis)
    return grid[:-1, :-1, :-1] > 0


def _any_in(grid: Array, low: Array, high: Array) -> Array:
    """Returns for each index box whether a cell of ``grid`` within it is set (by an integral volume)."""
    total = np.zeros(tuple(s + 1 for s in grid.shape), np.int64)
    total[1:, 1:, 1:] = grid.cumsum(0).cumsum(1).cumsum(2)
    count = np.zeros(len(low), np.int64)
    for corner in range(8):
        pick = [(corner >> a) & 1 for a in range(3)]
        index = tuple(high[:, a] + 1 if p else low[:, a] for a, p in enumerate(pick))
        count += (-1) ** (3 - sum(pick)) * total[index]
    return count > 0


def collides(first: Array, second: Array) -> bool:
    """Returns whether any triangle of the soup [F, 3, 3] meets one of the soup [G, 3, 3] (surfaces, not volumes)."""
    return bool(len(meeting(first, second, 1)[0]))


def meeting(first: Array, second: Array, limit: int = 2000) -> tuple[Array, Array]:
    """Returns the indices (first [C], second [C]) of up to ``limit`` pairs of triangles that meet."""
    import fcl

    none = np.zeros(0, np.int64)
    a, b = near_each_other(first, second)
    if not len(a) or not len(b):
        return none, none
    # FCL calculates in the coordinates it is given: about the origin the digits are finer.
    centre = first[a].mean((0, 1))
    objects = [fcl.CollisionObject(_model(s - centre), fcl.Transform()) for s in (first[a], second[b])]
    request = fcl.CollisionRequest(num_max_contacts=limit, enable_contact=True)
    result = fcl.CollisionResult()
    fcl.collide(objects[0], objects[1], request, result)
    pairs = np.array([(c.b1, c.b2) for c in result.contacts], np.int64).reshape(-1, 2)
    return a[pairs[:, 0]], b[pairs[:, 1]]


def clearance(first: Array, second: Array, within: float = np.inf) -> float:
    """Returns the least distance in metres between two soups of triangles [F, 3, 3], [G, 3, 3]; 0 when they meet.

    ``within``: a distance that is known not to be exceeded; triangles farther from the other soup's box are left out
    before any tree is built, which on meshes of millions is most of the time.
    """
    import fcl

    if not len(first) or not len(second):
        return float("inf")
    if np.isfinite(within):
        reach = within * (1 + 1e-6) + 1e-9
        box = _box(first)
        near = _meet_box(second, box[0] - reach, box[1] + reach)
        if near.any():
            second = second[near]
            box = _box(second)
            near = _meet_box(first, box[0] - reach, box[1] + reach)
            first = first[near] if near.any() else first
    centre = first.mean((0, 1))
    objects = [fcl.CollisionObject(_model(s - centre), fcl.Transform()) for s in (first, second)]
    return max(float(fcl.distance(objects[0], objects[1], fcl.DistanceRequest(), fcl.DistanceResult())), 0.0)


def _model(triangles: Array) -> Any:
    import fcl

    corners = np.ascontiguousarray(triangles.reshape(-1, 3))
    faces = np.arange(len(corners)).reshape(-1, 3)
    model = fcl.BVHModel()
    model.beginModel(len(corners), len(faces))
    model.addSubModel(corners, faces)
    model.endModel()
    return model


class MovingCollider:
    """A soup of triangles [F, 3, 3] that is shifted about among a fixed one [G, 3, 3]; both trees are built once."""

    def __init__(self, moving: Array, fixed: Array) -> None:
        import fcl

        self._fcl = fcl
        self._empty = not len(moving) or not len(fixed)
        if self._empty:
            return
        self._centre = moving.mean((0, 1))
        self._moving = fcl.CollisionObject(_model(moving - self._centre), fcl.Transform())
        self._fixed = fcl.CollisionObject(_model(fixed - self._centre), fcl.Transform())

    def hits(self, offset: Array) -> bool:
        """Returns whether the moving soup, shifted by ``offset`` [3] metres, meets the fixed one."""
        if self._empty:
            return False
        self._moving.setTranslation(np.asarray(offset, np.float64))
        request, result = self._fcl.CollisionRequest(), self._fcl.CollisionResult()
        return bool(self._fcl.collide(self._moving, self._fixed, request, result))

    def distance(self, offset: Array) -> float:
        """Returns the least distance in metres between the shifted soup and the fixed one; 0 when they meet."""
        if self._empty:
            return float("inf")
        self._moving.setTranslation(np.asarray(offset, np.float64))
        request = self._fcl.DistanceRequest()
        return max(float(self._fcl.distance(self._moving, self._fixed, request, self._fcl.DistanceResult())), 0.0)
