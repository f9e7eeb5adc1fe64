"""Things to play with: balloons, dice, bowling pins, spinning tops."""

from __future__ import annotations

import math

import numpy as np

from . import finishes, palette
from .forms import hoop
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, rounded_box, tube

BRIGHT = ("red", "blue", "green", "yellow", "orange", "purple", "pink", "teal", "white")
PIPS = {1: ((0, 0),), 2: ((-1, -1), (1, 1)), 3: ((-1, -1), (0, 0), (1, 1)), 4: ((-1, -1), (-1, 1), (1, -1), (1, 1)),
        5: ((-1, -1), (-1, 1), (1, -1), (1, 1), (0, 0)), 6: ((-1, -1), (-1, 0), (-1, 1), (1, -1), (1, 0), (1, 1))}  # fmt: skip
"""Where the pips of a die's face lie, in steps from its middle."""


def balloon(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A blown-up balloon with its knot below, on a hanging string."""
    r, drop = rng.uniform(0.1, 0.16), rng.uniform(0.15, 0.5)
    rubber = finishes.round_gleam(rng, colour or pick(rng, BRIGHT))
    tall = r * rng.uniform(1.05, 1.3)
    a = np.linspace(-math.pi / 2, math.pi / 2, 19)
    radius = r * np.cos(a) * np.where(a < 0, 1 - 0.14 * np.sin(a) ** 2, 1.0)
    height = tall * np.sin(a) * np.where(a < 0, 1.18, 1.0)
    radius[[0, -1]] = 0.0
    skin = lathe(np.stack([radius, height], 1), rubber, 28, crease=80.0)
    low = float(height[0])
    knot = lathe([(0, -0.012), (0.013, -0.014), (0.005, 0.0), (0.009, 0.012), (0, 0.02)], rubber, 12, crease=60).at(
        z=low
    )
    t, phase = np.linspace(0, 1, 14), rng.uniform(0, 6)
    sway = 0.02 * np.sin(7 * t + phase) * t
    path = np.stack([sway, 0.6 * sway * np.cos(phase), low - 0.005 - drop * t], 1)
    return {"": [skin, knot, tube(path, 0.0016, palette.plain("string", (0.9, 0.88, 0.82), 0.8), 5)]}


def dice(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A die with round pips, opposite faces adding up to seven, any face on top."""
    size = rng.uniform(0.016, 0.06)
    word = colour or pick(rng, ("white", "white", "red", "blue", "green", "black", "yellow"))
    body = finishes.enamel(rng, word, 0.2)
    dark = word in ("white", "yellow", "cream", "pink", "mint", "beige", "silver", "gold", "cyan")
    ink = palette.plain("pip", (0.08, 0.08, 0.09) if dark else (0.95, 0.94, 0.92), 0.4)
    parts = [rounded_box((size, size, size), size * rng.uniform(0.08, 0.2), body, 6).at(z=-size / 2)]
    pip = cylinder(0.095 * size, 0.03 * size, ink, 10).at(z=0.5 * size - 0.015 * size)
    ways: tuple[tuple[str, float, int], ...] = (
        ("x", 0, 1),
        ("x", 180, 6),
        ("x", 90, 2),
        ("x", -90, 5),
        ("y", 90, 3),
        ("y", -90, 4),
    )
    for axis, degrees, count in ways:
        for x, y in PIPS[count]:
            parts.append(pip.at(0.25 * size * x, 0.25 * size * y).turned(axis, degrees))
    roll = [(str(rng.choice(["x", "y"])), 90.0 * float(rng.integers(0, 4))) for _ in range(2)]
    for axis, degrees in roll:
        parts = [p.turned(axis, degrees) for p in parts]
    return {"": parts}


def bowling_pin(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bowling pin with one or two rings of colour about its neck; with a colour word, wholly of it with white rings."""
    h = rng.uniform(0.34, 0.4)
    r, t = 0.157 * h, np.linspace(0, 1, 26)
    width = np.interp(
        t,
        [0, 0.06, 0.3, 0.45, 0.6, 0.7, 0.78, 0.88, 0.95, 1.0],
        [0.46, 0.6, 1.0, 0.9, 0.52, 0.39, 0.44, 0.54, 0.44, 0.0],
    )
    width[1:-1] = np.convolve(width, [0.25, 0.5, 0.25], "valid")
    width[-2] = 0.3
    body = finishes.enamel(rng, colour or "white", 0.15)
    ring = finishes.enamel(
        rng,
        pick(rng, ("red", "red", "blue", "green")) if colour is None else ("white" if colour != "white" else "red"),
        0.2,
    )
    parts = [
        lathe([(0, 0), (0.42 * r, 0), *zip(r * width, 0.002 + (h - 0.002) * t, strict=True)], body, 26, crease=70.0)
    ]
    for z in (0.64, 0.73) if rng.random() < 0.7 else (0.69,):
        x = [r * float(np.interp(u, t, width)) + 0.0012 for u in (z - 0.018, z + 0.018)]
        inside = min(x) - 0.004
        parts.append(
            lathe(
                [
                    (inside, (z - 0.018) * h),
                    (x[0], (z - 0.018) * h),
                    (x[1], (z + 0.018) * h),
                    (inside, (z + 0.018) * h),
                ],
                ring,
                26,
                close=True,
            )
        )
    return {"": parts}


def spinning_top(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A spinning top on its tip: a striped body that narrows downwards, a knob to twirl; often leaning a little."""
    r = rng.uniform(0.025, 0.06)
    first = colour or pick(rng, BRIGHT)
    second = palette.shade(rng, pick(rng, [c for c in BRIGHT if c != first]))
    c = np.asarray(palette.shade(rng, first))
    coat = finishes.stripes(
        rng, c, c * 0.85 if colour else second, int(rng.integers(3, 8)), "v" if rng.random() < 0.6 else "u", 0.6, 0.25
    )
    tip, knob = palette.metal(rng, "steel"), palette.wood(rng) if rng.random() < 0.5 else finishes.enamel(rng, first)
    low, high = r * rng.uniform(0.8, 1.2), r * rng.uniform(0.25, 0.55)
    t = np.linspace(0, 1, 8)
    below = np.stack([r * (0.08 + 0.92 * t ** rng.uniform(0.7, 1.3)), low * t], 1)
    above = np.stack([r * (1 - 0.85 * t[1:] ** rng.uniform(0.8, 1.8)), low + 0.1 * r + high * t[1:]], 1)
    body = lathe(
        [(0, 0), *map(tuple, below), (r, low + 0.1 * r), *map(tuple, above), (0, float(above[-1, 1]))], coat, 28
    )
    parts: list[Part] = [
        body.at(z=0.12 * r),
        lathe([(0, 0), (0.05 * r, 0.03 * r), (0.09 * r, 0.16 * r), (0, 0.18 * r)], tip, 10),
    ]
    z, tall = 0.12 * r + float(above[-1, 1]), r * rng.uniform(0.5, 0.9)
    parts.append(
        lathe(
            [
                (0, -0.01 * r),
                (0.13 * r, -0.01 * r),
                (0.09 * r, 0.6 * tall),
                (0.17 * r, 0.8 * tall),
                (0.15 * r, tall),
                (0, 1.05 * tall),
            ],
            knob,
            14,
        ).at(z=z)
    )
    parts.append(hoop(r, 0.025 * r, tip, 28, 5).at(z=0.17 * r + low))
    lean = rng.uniform(-14, 14)
    return {"": [p.turned("x", lean) for p in parts]}


KINDS: dict[str, AssetKind] = {
    "balloon": AssetKind(balloon, (0.35, 0.98)),
    "dice": AssetKind(dice, (0.015, 0.065)),
    "bowling pin": AssetKind(bowling_pin, (0.33, 0.41)),
    "top": AssetKind(spinning_top, (0.045, 0.18)),
}
