"""What a pose has to stand on, and the numbers that the physical terms and checks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SupportPolicy:
    """What must hold the object.

    ``rest``: any real surface below it. ``rest_on``: one of the named anchors. ``none``: nothing, it may float.
    ``lean``: something below and contact with an anchor at its side.
    """

    kind: Literal["rest", "rest_on", "none", "lean"] = "rest"
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhysicalSettings:
    """Scales of the losses (shares of the body's world size) and how finely the body is sampled."""

    points: int = 256
    """Surface points of the body tested against solids: about a sixteenth of its size apart."""
    chords: int = 128
    """Segments through the body tested against scene surfaces, each cast from both ends."""
    underside: int = 96
    """Points of the body's lower side cast down for support."""
    underside_grid: int = 28
    """Rays across the lower side from which these are chosen; finds feet of a thirtieth of the size."""
    deep: float = 0.05
    """Penetration of this share of the size gives loss 1: plainly seen in a picture."""
    floating: float = 0.05
    """A gap below of this share of the size gives loss 1."""
    tipping: float = 0.15
    """Centre of mass outside the contact by this share of the size gives loss 1."""
    contact_slope: float = 4.0
    """How fast an underside point stops counting as contact with its gap (metres of reach lost per metre of gap)."""
    outside: float = 0.1
    """Outside the room by this share of the size gives loss 1."""
    mild: float = 0.25
    """Loss of a scale of 1.4 or 1/1.4: a preference, not a demand."""
    seen: float = 0.8
    """The share of the object that should be unhidden before the loss is zero."""
    frame_margin: float = 0.03
    """Distance from the picture's border wanted for every point, in half pictures."""
    tolerance_metres: float = 0.0005
    """Contact deeper than this (or the share below, whichever is larger) is penetration."""
    tolerance_share: float = 0.002
    rest_gap_metres: float = 0.0003
    """Gap left under a resting object (or the share below, whichever is smaller), so that meshes do not touch."""
    rest_gap_share: float = 0.002
    support_metres: float = 0.01
    """A surface within this distance below (or the share below, whichever is larger, at most 5 cm) supports."""
    support_share: float = 0.01
    support_most: float = 0.05
    balance_share: float = 0.05
    """Underside points up to the support distance (or this share of the size, whichever is smaller) above the first
    contact carry the balance: real things settle by that much."""
    view_samples: int = 700
    """Surface points behind ``in_view``: its error is about 2 %."""
    least_view: float = 0.3
    """Below this share unhidden and in the frame an object counts as out of view: things stand behind others."""
    least_framed: float = 0.8
    """At least this share must be within the picture, hidden or not."""

    def tolerance(self, size: float) -> float:
        """Returns the depth in metres up to which a body of this world size only touches."""
        return max(self.tolerance_metres, self.tolerance_share * size)

    def rest_gap(self, size: float) -> float:
        """Returns the gap in metres left under a body of this world size."""
        return min(self.rest_gap_metres, self.rest_gap_share * size)

    def support_reach(self, size: float) -> float:
        """Returns the distance in metres within which a surface below supports a body of this world size."""
        return max(self.support_metres, min(self.support_share * size, self.support_most))


SETTINGS = PhysicalSettings()
