"""The numbers that relations are defined by, in one place, each with its unit and reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Thresholds of the predicates. Shares of a size are of the body's box diagonal, as it is placed."""

    touch: float = 0.01
    """Metres: a gap up to this is contact, as in the published support tests."""
    touch_share: float = 0.02
    """... or this share of the body's size, so that large things need no hair's breadth."""
    touch_tiny: float = 0.05
    """... but for tiny things never more than this share of their size."""
    side_touch: float = 0.015
    """Metres: the same for contact from the side."""
    overlap: float = 0.5
    """Share of the smaller of two outlines that must overlap (intersection over the minimum)."""
    reach: float = 1.5
    """Metres: as far as left of, above and the like still mean the anchor, where the things are small."""
    reach_sizes: float = 2.0
    """... or so many times the larger one's size."""
    beside: float = 0.35
    """Share of the larger width that things next to each other may be apart."""
    beside_least: float = 0.05
    beside_most: float = 0.5
    """Metres: the bounds of that."""
    vast: float = 0.1
    """Share of the larger width that always is within reach, whatever the bounds in metres."""
    near: float = 1.0
    near_least: float = 0.15
    near_most: float = 1.0
    """The same three for near."""
    far: float = 1.0
    """Metres: the most that far asks for."""
    facing: float = 0.5236
    """Radians: 30 degrees, as in the published predicates."""
    attitude: float = 0.3491
    """Radians: 20 degrees off the attitude that was asked for still is it."""
    lean: tuple[float, float] = (0.0873, 0.8727)
    """Radians: 5 to 50 degrees of tilt are leaning."""
    tilted: tuple[float, float] = (0.2618, 1.0472)
    """Radians: 15 to 60 degrees are tilted."""
    inside: float = 0.5
    """Share of the body's volume inside the hull of what contains it."""
    solid: float = 0.05
    """Share of the body's size that it may reach into the container's solid; collision is judged elsewhere."""
    corner: float = 0.2
    """Share of the anchor's width between the body's side and the sides of the corner."""
    edge: float = 0.15
    """Share of the anchor's width between the body's side and the rim."""
    middle: float = 0.25
    """Share of the anchor's half width between the centres."""


@dataclass(frozen=True)
class Effort:
    """How finely geometry is sampled."""

    points: int = 160
    """Surface points of the body in energies."""
    hull: int = 96
    """Corners of the body's convex hull in energies, enough for its extents to a few per mille."""
    check_points: int = 1500
    """Surface points of the body in checks."""
    volume: int = 96
    """Points inside the body that stand for its volume."""
    cells: int = 72
    """Cells along the longer side of a plan of an anchor."""
    finest: float = 0.004
    """Metres: plans need no smaller cells than this share of a large anchor or this length."""
    outline: int = 200
    """Points that stand for an anchor's outline seen from above."""


LIMITS = Limits()
EFFORT = Effort()
