"""Poses by plain chance, judged by the referee: the benchmark's baseline, and the proof that a case can be solved."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array
from .referee import Expectation, Referee
from .vertical import footprint
from .witness import Solid

ROOM = Expectation()
"""No relation: any pose that rests, collides with nothing and is in view."""


def random_valid_pose(referee: Referee, rng: np.random.Generator, tries: int = 400) -> Array | None:
    """Returns the delta [4, 4] of a random upright pose that rests, is free and in view; None when none was found."""
    return _search(referee, ROOM, rng, tries)


def solve(referee: Referee, expected: Expectation, rng: np.random.Generator, tries: int = 4000) -> Array | None:
    """Returns a delta [4, 4] that the referee finds complete, found by chance around the anchors; None when none was."""
    return _search(referee, expected, rng, tries)


def _search(referee: Referee, expected: Expectation, rng: np.random.Generator, tries: int) -> Array | None:
    for _ in range(tries):
        delta = _draw(referee, expected, rng)
        if delta is None:
            continue
        body = referee.witness.moved(delta)
        if referee.meets(body, delta, expected)[0] and referee.judge(delta, expected).complete:
            return delta
    return None


def _draw(referee: Referee, expected: Expectation, rng: np.random.Generator) -> Array | None:
    witness = referee.witness
    kinds = [r.relation for r in expected.relations]
    anchors = [witness.anchor(name) for r in expected.relations for name in r.anchors]
    anchor = anchors[0] if anchors else witness.surroundings
    scale = math.sqrt(expected.scale[0] * expected.scale[1]) if expected.scale else 1.0
    size = witness.start.extent * scale
    reach = (
        0.0 if not anchors or {"on", "above", "below", "inside", "corner"} & set(kinds) else 0.4 + float(size[:2].max())
    )
    if anchors and "between" in kinds:
        low, high = np.minimum(anchors[0].centre, anchors[1].centre), np.maximum(anchors[0].centre, anchors[1].centre)
    else:
        low, high = anchor.low - reach, anchor.high + reach
    if "next_to" in kinds and len(anchors) > 1:
        low, high = anchors[1].low - 0.3, anchors[1].high + 0.3
    at = rng.uniform(low[:2], high[:2])
    yaw = rng.uniform(0, 2 * math.pi)
    if "facing" in kinds:
        front = -witness.start_matrix[:2, 1]
        toward = anchor.centre[:2] - at
        yaw = math.atan2(toward[1], toward[0]) - math.atan2(front[1], front[0]) + rng.uniform(-0.3, 0.3)
    tip = {"upside_down": math.pi, "on_its_side": math.pi / 2, "on_its_back": -math.pi / 2, "on_its_face": math.pi / 2}
    linear = _turn(2, yaw) @ _turn(0, tip.get(expected.attitude or "", 0.0)) * scale
    if {"leaning", "against"} & set(kinds):
        return _pushed(referee, anchor, linear, at, rng, "leaning" in kinds)
    body = witness.moved(_delta(witness.start, linear, at, 0.0))
    if "above" in kinds:
        return _delta(witness.start, linear, at, float(anchor.high[2] + rng.uniform(0.03, 0.4)))
    _, distance, normals = witness.surroundings.hits(np.array([[*at, 50.0]]), np.array([0.0, 0.0, -1.0]))
    levels = 50.0 - distance[np.abs(normals[:, 2]) > 0.5]
    levels = levels[levels > -0.02]
    if not len(levels):
        return None
    level = float(rng.choice(levels))
    return _delta(witness.start, linear, at, _rest_height(referee, body, level))


def _rest_height(referee: Referee, body: Solid, level: float) -> float:
    """Returns the height of the highest surface under the body's foot that is at most 5 cm above ``level``."""
    points = footprint(body, share=0.05)
    origins = np.column_stack([points, np.full(len(points), level + 0.05)])
    distance = referee.witness.surroundings.nearest_hit(origins, np.broadcast_to([0.0, 0.0, -1.0], origins.shape))
    return level + 0.05 - float(distance.min()) + 0.0008 if np.isfinite(distance).any() else level


def _pushed(
    referee: Referee, anchor: Solid, linear: Array, at: Array, rng: np.random.Generator, lean: bool
) -> Array | None:
    """Returns a pose moved along the floor until it almost touches the anchor, tipped towards it when it is to lean."""
    witness = referee.witness
    axis = int(rng.integers(0, 2))
    side = float(rng.choice([-1.0, 1.0]))
    into = np.zeros(3)
    into[axis] = -side
    turn = math.pi / 2 * int(rng.integers(0, 4)) + rng.uniform(-0.05, 0.05)
    linear = _turn(2, turn)
    if lean:
        angle = rng.uniform(0.12, 0.4)
        # A rotation about up x into tips the top towards ``into``.
        linear = _turn(1, angle * into[0]) @ linear if axis == 0 else _turn(0, -angle * into[1]) @ linear
    at = at.copy()
    start = anchor.high[axis] if side > 0 else anchor.low[axis]
    at[axis] = start + side * (0.1 + float(witness.start.extent.max()))
    inside = (at > witness.surroundings.low[:2]) & (at < witness.surroundings.high[:2])
    if not inside.all():
        return None
    level = _rest_height(referee, witness.moved(_delta(witness.start, linear, at, 0.0)), 0.0)
    stop = rng.uniform(0.005, 0.9 * witness.rules.touch)
    last = math.inf
    for _ in range(8):
        gap = witness.moved(_delta(witness.start, linear, at, level)).distance(anchor)
        if gap <= stop:
            return _delta(witness.start, linear, at, level) if gap > 0 else None
        if gap > 0.9 * last:
            return None
        last = gap
        at = at + into[:2] * max(gap - stop + 0.002, 0.002)
    return None


def _turn(axis: int, angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    j, k = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[j, j], matrix[j, k], matrix[k, j], matrix[k, k] = c, -s, s, c
    return matrix


def _delta(start: Solid, linear: Array, at: Array, height: float) -> Array:
    """Returns the matrix that turns the start by ``linear`` and puts the middle of its base at ``at``, ``height``."""
    turned = (start.vertices - start.centre) @ linear.T
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    middle = (turned.min(0) + turned.max(0)) / 2
    target = np.array([at[0] - middle[0], at[1] - middle[1], height - turned[:, 2].min()])
    matrix[:3, 3] = target - linear @ start.centre
    return matrix
