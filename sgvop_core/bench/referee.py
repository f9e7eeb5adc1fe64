"""The benchmark's referee: does a placement do what its case expects? Independent of the engine's own checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..scene.model import Array, Scene
from .predicates import FLOATING, LATERAL, PARTS, PREDICATES, attitude_of, lateral
from .vertical import footprint, gaps_below, on_board, tolerance
from .witness import Rules, Solid, Witness


@dataclass(frozen=True)
class ExpectedRelation:
    """A relation that must hold against the named objects; no anchors stand for the room.

    ``frame`` "anchor": left, right, front and behind are the anchor's own. ``part``: which board of a shelf, for "on".
    """

    relation: str
    anchors: tuple[str, ...] = ()
    frame: str | None = None
    part: str | None = None


@dataclass(frozen=True)
class Expectation:
    """What a placement must fulfil: relations, an attitude word or None, a range of the scale factor or None.

    ``supported`` None: the object must rest on something unless a relation floats it.
    """

    relations: tuple[ExpectedRelation, ...] = ()
    attitude: str | None = None
    scale: tuple[float, float] | None = None
    supported: bool | None = None

    def words(self) -> list[str]:
        """Returns the relations, the attitude and "size" that it names, each once."""
        words = [r.relation for r in self.relations]
        words += [self.attitude] if self.attitude is not None else []
        words += ["size"] if self.scale is not None else []
        return list(dict.fromkeys(words))

    @property
    def needs_support(self) -> bool:
        """Whether the object must rest on something."""
        if self.supported is not None:
            return self.supported
        return not any(r.relation in FLOATING for r in self.relations)


@dataclass(frozen=True)
class Verdict:
    """The referee's findings. ``satisfied``: relations, attitude and size; ``reasons`` tells each in a line."""

    satisfied: bool
    collision_free: bool
    supported: bool
    in_view: bool
    reasons: tuple[str, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Whether everything holds."""
        return self.satisfied and self.collision_free and self.supported and self.in_view

    def as_json(self) -> dict[str, Any]:
        """Returns the findings as JSON types."""
        return {
            "satisfied": self.satisfied, "collision_free": self.collision_free, "supported": self.supported,
            "in_view": self.in_view, "complete": self.complete, "reasons": list(self.reasons),
        }  # fmt: skip


class Referee:
    """Judges placements of one object in one scene as seen by one camera."""

    def __init__(self, scene: Scene, moving: str, camera: str | None, rules: Rules | None = None) -> None:
        seen = scene.camera(camera) if camera else scene.cameras[0]
        self.witness = Witness(scene, moving, seen, rules)

    def meets(self, body: Solid, delta: Array, expected: Expectation) -> tuple[bool, list[str]]:
        """Returns whether relations, attitude and size hold after ``delta`` [4, 4], and a line about each."""
        reasons, good = [], True
        for relation in expected.relations:
            _, question = PREDICATES[relation.relation]
            anchors = [self.witness.anchor(name) for name in relation.anchors or ("",)]
            if relation.frame == "anchor" and relation.relation in LATERAL and relation.anchors:
                own = np.asarray(self.witness.scene.object(relation.anchors[0]).matrix_world, np.float64)
                question = lateral(relation.relation, own)
            holds, why = question(self.witness, body, anchors, delta)
            if holds and relation.part in PARTS:
                holds, why = on_board(self.witness, body, anchors[0], str(relation.part))
            good = good and bool(holds)
            reasons.append(f"{relation.relation} {', '.join(relation.anchors)}: {'yes' if holds else 'no'}, {why}")
        if expected.attitude is not None:
            holds, why = attitude_of(expected.attitude, delta, self.witness.start_matrix)
            good = good and bool(holds)
            reasons.append(f"{expected.attitude}: {'yes' if holds else 'no'}, {why}")
        if expected.scale is not None:
            factor = float(np.cbrt(abs(np.linalg.det(delta[:3, :3]))))
            holds = expected.scale[0] * 0.999 <= factor <= expected.scale[1] * 1.001
            good = good and bool(holds)
            reasons.append(
                f"scale {factor:.2f} in {expected.scale[0]:g} to {expected.scale[1]:g}: {'yes' if holds else 'no'}"
            )
        return good, reasons

    def rests(self, body: Solid, leaning_on: Sequence[Solid] = ()) -> tuple[bool, str]:
        """Returns whether the body rests on the scene: something within the gap below, under its centre of mass.

        A leaning body needs a touch below and one of what it leans on instead.
        """
        witness, tol = self.witness, tolerance(self.witness, body)
        points = footprint(body, side=16, share=0.04)
        gap = gaps_below(witness, body, witness.surroundings, points, 2 * tol)
        touching = points[np.abs(gap) <= tol]
        if not len(touching):
            least = float(np.min(np.abs(gap))) if np.isfinite(gap).any() else float("inf")
            return False, f"rests on nothing, {least:.3f} m above the next surface"
        if any(body.distance(a) <= witness.rules.touch for a in leaning_on):
            return True, "leans"
        mass = body.samples[:, :2].mean(0) if abs(body_volume(body)) < 1e-9 else centre_of_mass(body)
        reach = float(np.linalg.norm(body.extent[:2])) * 0.05 + 0.01
        return within_hull(touching, mass, reach), f"{len(touching) / len(points):.0%} of its base is supported"

    def judge(self, delta: Array, expected: Expectation) -> Verdict:
        """Returns the verdict on the object moved by a world matrix [4, 4]."""
        delta = np.asarray(delta, np.float64)
        if not np.isfinite(delta).all() or abs(np.linalg.det(delta[:3, :3])) < 1e-12:
            return Verdict(False, False, False, False, ("the matrix is not finite or collapses the object",))
        body = self.witness.moved(delta)
        satisfied, reasons = self.meets(body, delta, expected)
        hits = self.witness.collisions(body)
        if hits:
            reasons.append("collides with " + ", ".join(hits))
        supported = True
        if expected.needs_support:
            props = [self.witness.anchor(a) for r in expected.relations if r.relation == "leaning" for a in r.anchors]
            supported, why = self.rests(body, props)
            reasons.append(f"supported: {'yes' if supported else 'no'}, {why}")
        framed, seen = self.witness.view(body)
        in_view = bool(framed >= self.witness.rules.in_frame and seen >= self.witness.rules.seen)
        reasons.append(f"in view: {'yes' if in_view else 'no'}, {framed:.0%} in the picture, {seen:.0%} seen")
        return Verdict(satisfied, not hits, supported, in_view, tuple(reasons))


def body_volume(body: Solid) -> float:
    """Returns the signed volume of the surface in m3."""
    a, b, c = (body.vertices[body.faces[:, k]] - body.centre for k in range(3))
    return float(np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6)


def centre_of_mass(body: Solid) -> Array:
    """Returns the horizontal centre of volume [2], kept inside the box (open meshes have no true one)."""
    a, b, c = (body.vertices[body.faces[:, k]] - body.centre for k in range(3))
    volume = np.einsum("fi,fi->f", a, np.cross(b, c))
    centre = body.centre + (volume[:, None] * (a + b + c)).sum(0) / (4 * volume.sum())
    inside = (centre >= body.low).all() and (centre <= body.high).all()
    return np.asarray(centre[:2] if inside else body.samples[:, :2].mean(0))


def within_hull(points: Array, point: Array, reach: float) -> bool:
    """Returns whether ``point`` [2] is in the convex hull of ``points`` [N, 2], or within ``reach`` metres of it."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        equations = ConvexHull(points).equations
    except (QhullError, ValueError):
        return bool(np.linalg.norm(points - point, axis=1).min() <= reach)
    return bool((equations[:, :2] @ point + equations[:, 2]).max() <= reach)
