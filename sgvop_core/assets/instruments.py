"""Musical instruments that one plays by hand: guitars, trumpets."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import finishes, palette
from .forms import bar, hoop, slab
from .furniture import timber
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, extrusion, lathe, tube


def outline(knots: list[float], length: float, count: int = 33) -> tuple[Array, Array]:
    """Returns stations [N] along a body of ``length`` metres and its smooth half widths [N] through ``knots`` (metres)."""
    t = np.sin(np.linspace(-math.pi / 2, math.pi / 2, count)) * 0.5 + 0.5
    wide = np.interp(t, np.linspace(0, 1, len(knots)), knots)
    for _ in range(3):
        wide[1:-1] = np.convolve(wide, [0.25, 0.5, 0.25], "valid")
    return length * t, wide * (1 - np.abs(2 * t - 1) ** 9) + 1e-4


def guitar(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A guitar standing upright, strings to the front (-y): acoustic with a sound hole, or electric with pickups."""
    h, electric = rng.uniform(0.95, 1.08), rng.random() < 0.4
    long = h * (0.42 if electric else 0.48)
    neck_wood = finishes.enamel(rng, pick(rng, ("brown", "black", "brown")), 0.5)
    if electric:
        top: Material = finishes.enamel(
            rng, colour or pick(rng, ("red", "black", "blue", "white", "yellow", "teal")), 0.15
        )
    else:
        top = timber(rng, colour or pick(rng, ("pine", "oak", "cherry", "birch", "walnut")))
    steel, dark = palette.metal(rng, "steel"), palette.plain("hole", (0.06, 0.05, 0.05), 0.6)
    w = long * rng.uniform(0.36, 0.41)
    upper = rng.uniform(0.72, 0.85)
    x, wide = outline([0.55 * w, 0.95 * w, w, 0.9 * w, 0.56 * w, 0.54 * w, upper * w, upper * w, 0.5 * w], long)
    deep = 0.045 if electric else rng.uniform(0.09, 0.11)

    def plate(scale: float, thick: float, material: Material, bevel: float) -> Part:
        """Returns the outline as a plate about y = 0, its length up z from 0."""
        part = extrusion(x, -wide * scale, wide * scale, thick, material, bevel, 0.5)
        return part.moved(np.array([[0.0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]))

    side = top if electric or colour else finishes.enamel(rng, pick(rng, ("brown", "terracotta")), 0.4)
    parts = [plate(1.0, deep, side, 0.004)]
    if not electric:
        parts.append(plate(0.97, 0.01, top, 0.001).scaled(1, 1, 0.98).at(y=-deep / 2, z=0.01 * long))
        hole = 0.23 * w
        parts.append(cylinder(hole, 0.004, dark, 24).turned("x", 90).at(0, -deep / 2 - 0.0035, 0.66 * long))
        parts.append(hoop(1.12 * hole, 0.004, neck_wood, 24, 4).turned("x", 90).at(0, -deep / 2 - 0.004, 0.66 * long))
        parts.append(
            slab((-0.075, 0.075), (-deep / 2 - 0.014, -deep / 2), (0.27 * long, 0.27 * long + 0.022), neck_wood, 0.003)
        )
    else:
        plate_of = palette.plain("guard", (0.93, 0.92, 0.88) if rng.random() < 0.5 else (0.08, 0.08, 0.08), 0.3)
        parts.append(
            slab((-0.5 * w, 0.4 * w), (-deep / 2 - 0.003, -deep / 2 + 0.002), (0.3 * long, 0.7 * long), plate_of, 0.001)
        )
        for z in (0.42, 0.58, 0.68):
            parts.append(
                slab((-0.035, 0.035), (-deep / 2 - 0.009, -deep / 2), (z * long, z * long + 0.018), dark, 0.002)
            )
        parts.append(
            slab((-0.04, 0.04), (-deep / 2 - 0.014, -deep / 2), (0.27 * long, 0.27 * long + 0.025), steel, 0.003)
        )
        parts += [
            cylinder(0.012, 0.014, dark, 10).turned("x", 90).at(0.62 * w, -deep / 2, z * long) for z in (0.22, 0.32)
        ]
    end, f = 0.86 * h, -deep / 2
    start = (0.74 if not electric else 0.7) * long
    parts.append(slab((-0.026, 0.026), (f - 0.012, f + 0.014), (start, end), neck_wood, 0.004))
    parts += [
        slab((-0.0265, 0.0265), (f - 0.0135, f - 0.01), (z, z + 0.003), steel, 0.0005)
        for z in end - (end - start) * (1 - 0.86 ** np.arange(1, 11))
    ]
    head = slab((-0.035, 0.035), (f - 0.008, f + 0.01), (end - 0.004, h), top if electric else neck_wood, 0.006)
    parts.append(
        head.warped(
            lambda v: np.column_stack([v[:, 0] * (0.75 + 0.4 * np.clip((v[:, 2] - end) / (h - end), 0, 1)), v[:, 1:]])
        )
    )
    for k in range(3):
        for s in (-1, 1):
            z = end + 0.025 + 0.036 * k
            parts.append(bar((s * 0.02, f, z), (s * 0.055, f, z), np.array([0.004, 0.007]), steel, 6))
    for k in range(6):
        u = (k - 2.5) * 0.0078
        parts.append(bar((1.15 * u, f - 0.0155, 0.28 * long), (u, f - 0.015, end + 0.01), 0.0009, steel, 3))
    return {"": parts}


def trumpet(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A trumpet lying level along x: a hollow bell towards -x, three valves, the bent tube and the mouthpiece at +x."""
    length = rng.uniform(0.46, 0.52)
    brass = (
        finishes.enamel(rng, colour, 0.15)
        if colour
        else palette.metal(rng, pick(rng, ("brass", "brass", "brass", "steel")))
    )
    pearl = palette.plain("pearl", (0.93, 0.92, 0.9), 0.2)
    r, tubing, wide = rng.uniform(0.055, 0.065), 0.0065, rng.uniform(0.05, 0.06)
    t = np.linspace(0, 1, 12)
    flare = tubing + (r - tubing) * (1 - t) ** rng.uniform(3.5, 5)
    reach = 0.45 * length
    outer = np.stack([flare, reach * t], 1)
    inner = np.stack([np.maximum(flare - 0.0025, 0.002), reach * t], 1)[::-1]
    inner[0, 1] = 0.6 * reach
    bell = lathe(
        [*map(tuple, outer), (0, reach), (0, 0.6 * reach), *map(tuple, inner[inner[:, 1] < 0.59 * reach])],
        brass,
        24,
        crease=70,
        close=True,
    )
    x0, z1 = -length / 2, 0.0
    parts = [bell.turned("y", 90).at(x0, 0, z1)]
    bend = x0 + 0.78 * length
    a = np.linspace(math.pi / 2, -math.pi / 2, 9)
    curve = np.stack([bend + 0.5 * wide * np.cos(a), 0 * a, z1 - wide / 2 + 0.5 * wide * np.sin(a)], 1)
    parts.append(
        tube(
            np.concatenate([[[x0 + reach - 0.01, 0, z1]], curve, [[x0 + 0.42 * length, 0, z1 - wide]]]),
            tubing,
            brass,
            8,
        )
    )
    front = x0 + 0.26 * length
    curve = np.stack([front - 0.5 * wide * np.cos(a), 0 * a, z1 - wide / 2 - 0.5 * wide * np.sin(a)], 1)
    lead = np.concatenate(
        [[[x0 + 0.44 * length, 0.016, z1 - wide]], curve + [0, 0.016, 0], [[x0 + 0.9 * length, 0.016, z1]]]
    )
    parts.append(tube(lead, tubing, brass, 8))
    parts.append(lathe([(0, 0), (0.004, 0), (0.005, 0.05), (0.013, 0.066), (0.013, 0.072), (0, 0.07)], brass, 14, crease=50)
                 .turned("y", 90).at(x0 + 0.89 * length, 0.016, z1))  # fmt: skip
    for k in range(3):
        x = x0 + (0.49 + 0.075 * k) * length
        parts.append(cylinder(0.0125, 0.135, brass, 14, 0.002).at(x, 0.008, z1 - wide - 0.045))
        parts.append(cylinder(0.0035, 0.03, brass, 8).at(x, 0.008, z1 - wide + 0.088))
        parts.append(cylinder(0.0095, 0.005, pearl, 12).at(x, 0.008, z1 - wide + 0.117))
    parts.append(hoop(0.014, 0.0025, brass, 12, 5).turned("x", 90).at(x0 + 0.75 * length, 0.016, z1 + 0.018))
    return {"": [p.at(y=-0.006) for p in parts]}


KINDS: dict[str, AssetKind] = {
    "guitar": AssetKind(guitar, (0.94, 1.09), fronted=True),
    "trumpet": AssetKind(trumpet, (0.45, 0.56)),
}
