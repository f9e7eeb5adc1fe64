"""The referee's relations that go up and down: on, above, below, hanging; and what rests on what.

Each relation takes the witness, the placed body, the anchors and the body's delta [4, 4], the matrix that moved it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scene.model import Array
from .witness import Solid, Witness

Answer = tuple[bool, str]


def footprint(body: Solid, side: int = 12, share: float = 0.1) -> Array:
    """Returns grid points [N, 2] inside the convex outline of the body's lowest ``share`` of its height."""
    from scipy.spatial import ConvexHull, QhullError

    low = body.vertices[body.vertices[:, 2] <= body.low[2] + max(share * body.extent[2], 1e-4)][:, :2]
    try:
        equations = ConvexHull(low).equations
    except (QhullError, ValueError):
        return np.asarray(low.mean(0, keepdims=True))
    a, b = low.min(0), low.max(0)
    grid = np.stack(np.meshgrid(*[a[i] + (np.arange(side) + 0.5) / side * (b[i] - a[i]) for i in (0, 1)]), -1).reshape(
        -1, 2
    )
    inside = (grid @ equations[:, :2].T + equations[:, 2] <= 1e-9).all(1)
    return np.asarray(grid[inside] if inside.any() else low.mean(0, keepdims=True))


def gaps_below(witness: Witness, body: Solid, anchor: Solid, points: Array, slack: float) -> Array:
    """Returns the height [N] of the base above the surface nearest below it, infinite where there is none.

    Surfaces up to ``slack`` above the base count as well, with a negative gap.
    """
    origins = np.column_stack([points, np.full(len(points), body.low[2] + slack)])
    rays, distance, normals = anchor.hits(origins, np.array([0.0, 0.0, -1.0]))
    gap = np.full(len(points), np.inf)
    up = np.abs(normals[:, 2]) > 0.3
    np.minimum.at(gap, rays[up], distance[up] - slack)
    return gap


def tolerance(witness: Witness, body: Solid) -> float:
    """Returns the largest gap of a contact in metres."""
    return max(witness.rules.gap, witness.rules.gap_share * float(np.linalg.norm(body.extent)))


def on(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body touches a surface of the anchor from above and half its footprint is over it."""
    tol = tolerance(witness, body)
    gap = gaps_below(witness, body, anchors[0], footprint(body), 2 * tol)
    near = np.abs(gap) <= max(0.03, 0.15 * float(body.extent.max()))
    if not np.isfinite(gap).any():
        return False, "nothing of the anchor is below"
    area = float(np.prod(body.extent[:2]))
    smaller = min(1.0, float(np.prod(anchors[0].extent[:2])) / max(area, 1e-12))
    least = float(gap.min())
    return abs(
        least
    ) <= tol and near.mean() >= witness.rules.overlap * smaller, f"gap {least:.3f} m, {near.mean():.0%} over it"


def on_board(witness: Witness, body: Solid, anchor: Solid, part: str) -> Answer:
    """Whether the board of a shelf that the body stands on is its ``top``, ``middle`` or ``bottom`` one.

    The top is the highest board or the one below it: both are called so.
    """
    x, y = body.centre[:2]
    _, distance, normals = anchor.hits(np.array([[x, y, anchor.high[2] + 1.0]]), np.array([0.0, 0.0, -1.0]))
    heights = np.sort(anchor.high[2] + 1.0 - distance[normals[:, 2] > 0.5])
    boards = heights[np.concatenate([[True], np.diff(heights) > 0.03])] if len(heights) else heights
    if not len(boards):
        return False, "not over a board"
    index, count = int(np.abs(boards - body.low[2]).argmin()), len(boards)
    good = {"top": index >= count - 2 and index > 0, "middle": 0 < index < count - 1, "bottom": index == 0}[part]
    return good, f"board {index + 1} of {count}"


def hanging(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body's top touches the anchor from below."""
    points = body.vertices[np.unique(body.faces)]
    points = points[points[:, 2] >= body.high[2] - 0.1 * body.extent[2]]
    points = points[:: max(1, len(points) // 100)] - [0, 0, 2 * witness.rules.gap]
    gap = anchors[0].nearest_hit(points, np.broadcast_to([0.0, 0.0, 1.0], points.shape)) - 2 * witness.rules.gap
    return bool(np.isfinite(gap).any() and abs(gap.min()) <= tolerance(witness, body)), f"gap {gap.min():.3f} m"


def overlap(body: Solid, anchor: Solid) -> float:
    """Returns the intersection of the two boxes seen from above over the smaller of them."""
    size = np.minimum(body.high, anchor.high)[:2] - np.maximum(body.low, anchor.low)[:2]
    smaller = min(np.prod(np.maximum(s.extent[:2], 1e-6)) for s in (body, anchor))
    return float(np.prod(np.maximum(size, 0)) / smaller)


def above(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body is clear of the anchor's top, over it (PlaceIt3D: at least 1 cm, overlap 0.5)."""
    rise, share = float(body.low[2] - anchors[0].high[2]), overlap(body, anchors[0])
    far = max(1.5, 2 * float(max(body.extent.max(), anchors[0].extent.max())))
    return (
        witness.rules.gap * 0.9 <= rise <= far and share >= witness.rules.overlap,
        f"{rise:.3f} m above, overlap {share:.0%}",
    )


def below(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether half of what is over the body's outline is the anchor, all of it higher than the body."""
    anchor = anchors[0]
    points = footprint(body, share=1.1)
    origins = np.column_stack([points, np.full(len(points), body.high[2] - 1e-3)])
    rays, _, _ = anchor.hits(origins, np.array([0.0, 0.0, 1.0]))
    covered = np.isin(np.arange(len(points)), rays).mean()
    share = max(float(covered), overlap(body, anchor) if body.high[2] <= anchor.low[2] + 1e-3 else 0.0)
    small = min(1.0, float(np.prod(anchor.extent[:2]) / max(np.prod(body.extent[:2]), 1e-9)))
    return share >= witness.rules.overlap * small, f"{share:.0%} of it is under the anchor"
