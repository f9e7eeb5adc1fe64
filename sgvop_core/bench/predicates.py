"""The referee's relations as simple yes or no questions, after PlaceIt3D, SceneEval and GenEval.

Each takes the witness, the placed body, the anchors and the body's delta [4, 4], and returns (holds, a line that says why).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..scene.model import Array
from .vertical import Answer, above, below, hanging, on, overlap
from .witness import Solid, Witness

Predicate = Callable[[Witness, Solid, Sequence[Solid], Array], Answer]


def direction(kind: str, matrix: Array, own: bool) -> Array:
    """Returns the horizontal unit direction [2] of left, right, front or behind.

    Of the camera with that matrix, or with ``own`` of the thing with that matrix, whose front is its -y.
    """
    if own:
        front = -matrix[:2, 1] / max(float(np.linalg.norm(matrix[:2, 1])), 1e-9)
        left = np.array([-front[1], front[0]])
        return np.asarray({"front": front, "behind": -front, "left": left, "right": -left}[kind])
    right = matrix[:2, 0] / max(float(np.linalg.norm(matrix[:2, 0])), 1e-9)
    # The viewing direction on the floor is square to the picture's horizontal axis, also for steep cameras.
    forward = np.array([-right[1], right[0]])
    return np.asarray({"right": right, "left": -right, "behind": forward, "front": -forward}[kind])


def lateral(kind: str, own: Array | None = None) -> Predicate:
    """Returns the predicate of left, right, front or behind: the camera's, or of the thing with the matrix ``own``."""

    def predicate(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
        axis = direction(kind, witness.camera.matrix_world if own is None else own, own is not None)
        anchor = anchors[0]
        edge = float((anchor.vertices[np.unique(anchor.faces)][:, :2] @ axis).max())
        beyond = float((body.samples[:, :2] @ axis > edge - 1e-3).mean())
        offset = body.centre[:2] - anchor.centre[:2]
        cosine = float(offset @ axis) / max(float(np.linalg.norm(offset)), 1e-9)
        across = np.array([-axis[1], axis[0]])
        side = anchor.samples[:, :2] @ across
        inside = bool(side.min() - 0.25 * np.ptp(side) <= body.centre[:2] @ across <= side.max() + 0.25 * np.ptp(side))
        far = float((body.samples[:, :2] @ axis).min()) - edge
        reach = max(2.0, 2 * float(anchor.extent.max()))
        holds = beyond > 0.5 and (cosine > 0.5 or inside) and far <= reach
        return holds, f"{beyond:.0%} beyond its {kind} side, cosine {cosine:.2f}"

    return predicate


def heights_meet(body: Solid, anchor: Solid, slack: float = 0.1) -> bool:
    """Returns whether the two ranges of height overlap, with some slack in metres."""
    return bool(body.low[2] <= anchor.high[2] + slack and anchor.low[2] <= body.high[2] + slack)


def close_by(witness: Witness, body: Solid, anchor: Solid, limit: float, floor: float = 0.0) -> Answer:
    """Returns whether the surface distance is at most ``limit`` and the body is beside, not over, the anchor."""
    distance, share = body.distance(anchor), overlap(body, anchor)
    contained = bool((body.centre > anchor.low).all() and (body.centre < anchor.high).all())
    on_top = body.low[2] >= anchor.high[2] - 0.02 and share > 0.5
    return floor <= distance <= limit and not on_top and not contained, f"{distance:.3f} m away"


def next_to(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body is beside the anchor within half a metre, at its height."""
    holds, why = close_by(witness, body, anchors[0], witness.rules.beside)
    return holds and heights_meet(body, anchors[0]), why


def near(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the surfaces are within 1.5 m."""
    distance = body.distance(anchors[0])
    return distance <= witness.rules.near, f"{distance:.3f} m away"


def far(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the surfaces are at least 1 m apart, or a quarter of the room's diagonal if that is less."""
    distance = body.distance(anchors[0])
    room = float(np.linalg.norm(witness.surroundings.extent[:2]))
    return distance >= min(1.0, room / 4) * 0.95, f"{distance:.3f} m away"


def against(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body touches the anchor from the side (PlaceIt3D's adjacent: 3 cm)."""
    holds, why = close_by(witness, body, anchors[0], witness.rules.touch)
    return holds and heights_meet(body, anchors[0], 0.0), why


def tilt(delta: Array) -> float:
    """Returns the degrees by which the matrix [4, 4] has tipped the vertical."""
    up = delta[:3, 2] / max(float(np.linalg.norm(delta[:3, 2])), 1e-12)
    return math.degrees(math.acos(float(np.clip(up[2], -1, 1))))


def leaning(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body is tilted, touches the anchor and leans towards it."""
    distance, angle = body.distance(anchors[0]), tilt(delta)
    low, high = witness.rules.lean
    up = delta[:2, 2] / max(float(np.linalg.norm(delta[:3, 2])), 1e-12)
    nearest = np.clip(body.centre, anchors[0].low, anchors[0].high)[:2]
    toward = nearest - body.centre[:2]
    right_way = float(up @ toward) >= -1e-3 or float(np.linalg.norm(toward)) < 0.05
    return (
        distance <= witness.rules.touch and low <= angle <= high and right_way,
        f"{distance:.3f} m away, tilted {angle:.0f} degrees",
    )


def between(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body's centre is between the facing sides of two anchors and near the line that joins them."""
    a, b = anchors[0], anchors[1]
    line = b.centre[:2] - a.centre[:2]
    length = max(float(np.linalg.norm(line)), 1e-9)
    axis = line / length
    start, end = float((a.samples[:, :2] @ axis).max()), float((b.samples[:, :2] @ axis).min())
    along, across = (
        float(body.centre[:2] @ axis),
        float((body.centre[:2] - a.centre[:2]) @ np.array([-axis[1], axis[0]])),
    )
    if start > end:
        start, end = sorted((float(a.centre[:2] @ axis), float(b.centre[:2] @ axis)))
    width = max(max(float(np.ptp(s.samples[:, :2] @ np.array([-axis[1], axis[0]]))) for s in (a, b)) / 2, 0.25 * length)
    holds = start <= along <= end and abs(across) <= width and (heights_meet(body, a) or heights_meet(body, b))
    return holds, f"{(along - start) / max(end - start, 1e-9):.0%} of the way, {abs(across):.3f} m off the line"


def inside(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether half of the body's surface is within the anchor's convex hull (SceneEval's share of points)."""
    from scipy.spatial import ConvexHull

    hull = ConvexHull(anchors[0].vertices[np.unique(anchors[0].faces)])
    share = float((body.samples @ hull.equations[:, :3].T + hull.equations[:, 3] <= 1e-4).all(1).mean())
    return share >= 0.5 or (share >= 0.25 and body.extent[2] > anchors[0].extent[2]), f"{share:.0%} inside"


def corner(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body is within a fifth of the anchor's width of two sides that meet."""
    low, high = anchors[0].low[:2], anchors[0].high[:2]
    gap = np.minimum(body.low[:2] - low, high - body.high[:2])
    share = gap / np.maximum(high - low, 1e-9)
    return bool((share <= witness.rules.corner).all()), f"{gap[0]:.2f} and {gap[1]:.2f} m from the sides"


def middle(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body's centre is within a quarter of the anchor's half widths of its centre."""
    off = np.abs(body.centre[:2] - anchors[0].centre[:2]) / np.maximum(anchors[0].extent[:2] / 2, 1e-9)
    return bool((off <= 0.3).all()), f"{off.max():.0%} of the half width off"


def edge(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
    """Whether the body is within a fifth of the anchor's width of one side."""
    low, high = anchors[0].low[:2], anchors[0].high[:2]
    share = np.minimum(body.low[:2] - low, high - body.high[:2]) / np.maximum(high - low, 1e-9)
    return bool(share.min() <= witness.rules.corner), f"{share.min():.0%} of the width from a side"


def front_of(witness: Witness, delta: Array) -> Array:
    """Returns where the body's front (-y of its own axes) points on the floor, a unit vector [2] (zero if up or down)."""
    front = -(delta[:3, :3] @ witness.start_matrix[:3, 1])[:2]
    length = float(np.linalg.norm(front))
    return np.asarray(front / length if length > 1e-9 else np.zeros(2))


def turned(sign: float) -> Predicate:
    """Returns the predicate of facing (+1) or facing away (-1): within 30 degrees, or the ray meets the anchor."""

    def predicate(witness: Witness, body: Solid, anchors: Sequence[Solid], delta: Array) -> Answer:
        front = sign * front_of(witness, delta)
        anchor = anchors[0]
        best = 180.0
        for point in [anchor.centre, *anchor.samples[::12]]:
            toward = point[:2] - body.centre[:2]
            cosine = float(front @ toward) / max(float(np.linalg.norm(toward)), 1e-9)
            angle = math.degrees(math.acos(float(np.clip(cosine, -1, 1))))
            # Only the middle gets the whole cone; a point at the rim must be met head on.
            best = min(best, angle if point is anchor.centre else max(angle, 0.0) + witness.rules.facing - 5.0)
        return best <= witness.rules.facing, f"{best:.0f} degrees off"

    return predicate


def attitude_of(name: str, delta: Array, start: Array) -> Answer:
    """Returns whether the body has an attitude word's orientation, given the start's matrix for its front."""
    angle = tilt(delta)
    front = -(delta[:3, :3] @ start[:3, 1])
    rise = math.degrees(math.asin(float(np.clip(front[2] / max(np.linalg.norm(front), 1e-12), -1, 1))))
    limits: dict[str, Any] = {
        "upright": angle <= 20, "upside_down": angle >= 160, "on_its_side": 70 <= angle <= 110, "on_its_back": rise >= 70,
        "on_its_face": rise <= -70, "tilted": 10 <= angle <= 65,
    }  # fmt: skip
    return bool(limits[name]), f"tilted {angle:.0f} degrees"


ATTITUDES = ("upright", "upside_down", "on_its_side", "on_its_back", "on_its_face", "tilted")

PREDICATES: dict[str, tuple[int, Predicate]] = {
    "on": (1, on), "above": (1, above), "below": (1, below), "hanging": (1, hanging),
    "left": (1, lateral("left")), "right": (1, lateral("right")), "front": (1, lateral("front")), "behind": (1, lateral("behind")),
    "next_to": (1, next_to), "near": (1, near), "far": (1, far), "against": (1, against), "leaning": (1, leaning),
    "between": (2, between), "inside": (1, inside), "corner": (1, corner), "middle": (1, middle), "edge": (1, edge),
    "facing": (1, turned(1.0)), "facing_away": (1, turned(-1.0)),
}  # fmt: skip
"""How many anchors a relation has, and its question."""

LATERAL = ("left", "right", "front", "behind")
PARTS = ("top", "middle", "bottom")

FLOATING = ("above", "hanging")
"""Relations that need no support."""
