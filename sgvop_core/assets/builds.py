"""Proportions of four-legged animals: what is measured of one, and a table."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from .bodies import vary


@dataclass(frozen=True)
class Build:
    """Proportions of a four-legged animal; lengths in halves of a usual trunk, angles in degrees."""

    trunk: float = 1.0
    """From shoulder to hip."""
    girth: float = 0.27
    """Radius of the trunk at the chest."""
    rump: float = 1.0
    """Girth at the hip as a share of that at the chest."""
    belly: float = 1.05
    narrow: float = 0.9
    """Width of the trunk as a share of its height."""
    leg: float = 0.6
    """From the middle of the trunk to the ground."""
    shank: float = 0.075
    """Radius of the legs at the foot."""
    thigh: float = 1.6
    """Radius of the legs at the hip as a share of that at the foot."""
    paw: float = 0.0
    """How far a foot reaches forward of its leg."""
    neck: float = 0.35
    rise: float = 45.0
    """The neck's angle above the horizon."""
    throat: float = 0.14
    head: float = 0.2
    """Radius of the skull."""
    muzzle: float = 0.3
    """From the middle of the skull to the nose."""
    snout: float = 0.1
    """Radius at the nose."""
    droop: float = 20.0
    """How far the nose points below the horizon."""
    eye: float = 0.2
    """Radius of the eyes as a share of the skull's."""
    ears: str = "point"
    """point, round, flop, leaf (to the side), long or none."""
    ear: float = 0.14
    tail: float = 0.5
    tail_rise: float = -50.0
    tail_curl: float = 0.0
    """By how much the tail's angle grows along it."""
    tail_root: float = 0.05
    tail_tip: float = 0.03
    tassel: float = 0.0
    """Radius of a tuft at the tail's tip."""

    def varied(self, rng: np.random.Generator, share: float = 0.16) -> Build:
        """Returns proportions that differ by seed; angles move by up to ten degrees."""
        new: dict[str, float] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float):
                angle = field.name in ("rise", "droop", "tail_rise", "tail_curl")
                new[field.name] = value + float(rng.uniform(-10, 10)) if angle else vary(rng, value, share)
        new["narrow"] = min(new["narrow"], 1.05)
        return replace(self, **new)  # type: ignore[arg-type]


# fmt: off
BUILDS: dict[str, Build] = {
    "cat": Build(
        trunk=1.0, girth=0.2, rump=0.98, belly=1.0, narrow=0.92, leg=0.46, shank=0.062, thigh=1.5, paw=0.05,
        neck=0.24, rise=52, throat=0.13, head=0.225, muzzle=0.21, snout=0.1, droop=8, eye=0.24, ears="point",
        ear=0.2, tail=0.85, tail_rise=30, tail_curl=75, tail_root=0.055, tail_tip=0.045,
    ),
    "horse": Build(
        trunk=1.0, girth=0.24, rump=1.0, belly=0.98, narrow=0.85, leg=0.82, shank=0.052, thigh=2.0, paw=0.0,
        neck=0.58, rise=55, throat=0.115, head=0.14, muzzle=0.4, snout=0.085, droop=48, eye=0.2, ears="point",
        ear=0.13, tail=0.7, tail_rise=-55, tail_curl=-40, tail_root=0.07, tail_tip=0.07, tassel=0.08,
    ),
    "pig": Build(
        trunk=1.0, girth=0.34, rump=1.0, belly=1.05, narrow=0.95, leg=0.5, shank=0.08, thigh=1.5, paw=0.0,
        neck=0.16, rise=20, throat=0.24, head=0.26, muzzle=0.34, snout=0.13, droop=12, eye=0.16, ears="point",
        ear=0.2, tail=0.0, tail_rise=0, tail_curl=0, tail_root=0.03, tail_tip=0.02,
    ),
    "sheep": Build(
        trunk=0.95, girth=0.3, rump=1.0, belly=1.0, narrow=1.0, leg=0.58, shank=0.055, thigh=1.3, paw=0.0,
        neck=0.24, rise=40, throat=0.13, head=0.17, muzzle=0.28, snout=0.09, droop=28, eye=0.2, ears="leaf",
        ear=0.15, tail=0.0, tail_rise=0, tail_curl=0,
    ),
    "goat": Build(
        trunk=0.95, girth=0.23, rump=0.98, belly=1.1, narrow=0.85, leg=0.64, shank=0.05, thigh=1.8, paw=0.0,
        neck=0.36, rise=50, throat=0.11, head=0.15, muzzle=0.32, snout=0.075, droop=32, eye=0.2, ears="leaf",
        ear=0.16, tail=0.2, tail_rise=50, tail_curl=0, tail_root=0.05, tail_tip=0.03,
    ),
    "elephant": Build(
        trunk=1.0, girth=0.38, rump=1.0, belly=1.05, narrow=0.95, leg=0.66, shank=0.13, thigh=1.25, paw=0.0,
        neck=0.2, rise=42, throat=0.25, head=0.29, muzzle=0.1, snout=0.2, droop=50, eye=0.12, ears="none", ear=0.4,
        tail=0.45, tail_rise=-60, tail_curl=-20, tail_root=0.04, tail_tip=0.02, tassel=0.035,
    ),
    "giraffe": Build(
        trunk=0.85, girth=0.23, rump=0.85, belly=0.95, narrow=0.85, leg=1.15, shank=0.055, thigh=1.9, paw=0.0,
        neck=1.35, rise=70, throat=0.085, head=0.13, muzzle=0.3, snout=0.08, droop=22, eye=0.22, ears="leaf",
        ear=0.14, tail=0.5, tail_rise=-70, tail_curl=0, tail_root=0.03, tail_tip=0.02, tassel=0.04,
    ),
    "lion": Build(
        trunk=1.05, girth=0.25, rump=0.85, belly=0.95, narrow=0.9, leg=0.58, shank=0.085, thigh=1.5, paw=0.08,
        neck=0.3, rise=48, throat=0.16, head=0.22, muzzle=0.26, snout=0.13, droop=12, eye=0.16, ears="round",
        ear=0.12, tail=0.8, tail_rise=-20, tail_curl=60, tail_root=0.04, tail_tip=0.03, tassel=0.07,
    ),
    "bear": Build(
        trunk=1.0, girth=0.34, rump=1.05, belly=1.0, narrow=0.95, leg=0.6, shank=0.12, thigh=1.45, paw=0.08,
        neck=0.22, rise=25, throat=0.22, head=0.26, muzzle=0.32, snout=0.12, droop=12, eye=0.13, ears="round",
        ear=0.14, tail=0.12, tail_rise=10, tail_curl=0, tail_root=0.07, tail_tip=0.06,
    ),
    "cow": Build(
        trunk=1.0, girth=0.31, rump=1.0, belly=1.08, narrow=0.85, leg=0.62, shank=0.07, thigh=1.7, neck=0.34,
        rise=42, throat=0.15, head=0.18, muzzle=0.33, snout=0.115, droop=32, eye=0.2, ears="leaf", ear=0.16,
        tail=0.6, tail_rise=-75, tail_curl=-5, tail_root=0.035, tail_tip=0.025, tassel=0.05,
    ),
    "dog": Build(
        trunk=0.95, girth=0.23, rump=0.85, belly=0.92, narrow=0.88, leg=0.52, shank=0.068, thigh=1.6, paw=0.05,
        neck=0.26, rise=55, throat=0.13, head=0.2, muzzle=0.34, snout=0.095, droop=14, eye=0.2, ears="flop",
        ear=0.17, tail=0.45, tail_rise=35, tail_curl=30, tail_root=0.05, tail_tip=0.03,
    ),
}
# fmt: on
"""By kind; each animal made differs from its row."""
