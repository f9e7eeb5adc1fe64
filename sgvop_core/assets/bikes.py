"""Two wheels in real size, their front towards -y: bicycles, motorcycles, scooters."""

from __future__ import annotations

import numpy as np

from . import palette
from .kind import AssetKind, Pieces
from .palette import pick
from .primitives import cylinder, sphere
from .solids import block, coat, loft, merged, prism, ring, rod, rods, slab, wheel
from .vehicles import PAINTS, trim_of


def bicycle(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bicycle: diamond or low frame, straight or dropped bars, perhaps a basket or a rack."""
    paint = coat(rng, colour or pick(rng, PAINTS), "frame")
    dark, steel = palette.plain("rubber", (0.08, 0.08, 0.08), 0.8), palette.plain("steel", (0.7, 0.71, 0.73), 0.3, 0.5)
    seat = palette.plain("saddle", palette.shade(rng, pick(rng, ("black", "brown"))), 0.6)
    r = rng.uniform(0.3, 0.35)
    base, thick = r * rng.uniform(2.9, 3.2), rng.uniform(0.03, 0.055)
    f, b = -base / 2, base / 2
    parts = []
    for y in (f, b):
        parts.append(ring(r, thick, dark, 24, 5).at(y=y))
        parts.append(ring(r - thick * 0.8, 0.02, steel, 24, 4).at(y=y, z=thick * 0.8))
        parts.append(rod((-0.06, y, r), (0.06, y, r), 0.025, steel))
        for angle in np.arange(0, 180, 30):
            parts.append(
                rod((0, 0, -r * 0.93), (0, 0, r * 0.93), 0.004, steel, 3).turned("x", float(angle)).at(y=y, z=r)
            )
    crank, top = (0.0, 0.06, r * 0.88), r + rng.uniform(0.5, 0.58)
    post, head = (0.0, 0.22, top - 0.04), (0.0, f + 0.2, top - 0.02)
    neck, tube = (0.0, f + 0.13, top - 0.22), rng.uniform(0.017, 0.024)
    parts += rods([neck, crank, post], tube, paint)
    low_frame = rng.random() < 0.3
    parts += rods([head, (0, 0.1, r + 0.22)] if low_frame else [head, post], tube, paint)
    parts.append(rod((0, f + 0.12, top - 0.25), (0, f + 0.23, top + 0.1), tube * 1.1, paint))
    for side in (-0.05, 0.05):
        parts += rods([(side, f, r), (side, f + 0.1, top - 0.3), (0, f + 0.13, top - 0.24)], 0.014, paint)
        parts += rods([(side, b, r), (side * 0.6, crank[1], crank[2])], 0.012, paint)
        parts += rods([(side, b, r), (side * 0.4, 0.2, top - 0.08)], 0.012, paint)
    parts.append(rod(post, (0, 0.25, top + 0.07), 0.014, steel))
    saddle = [(-0.13, 0.03), (-0.13, -0.03), (0.06, -0.08), (0.13, -0.07), (0.13, 0.07), (0.06, 0.08)]
    parts.append(prism([(y, x) for x, y in saddle], 0.06, seat, "z").at(0, 0.26, top + 0.09))
    bar = (0, f + 0.22, top + 0.12)
    if rng.random() < 0.4:
        for side in (-1, 1):
            parts += rods([bar, (side * 0.2, f + 0.2, top + 0.13), (side * 0.21, f + 0.06, top + 0.1), (side * 0.21, f + 0.08, top),
                           (side * 0.21, f + 0.2, top - 0.02)], 0.015, dark, 6)  # fmt: skip
    else:
        for side in (-1, 1):
            parts += rods(
                [bar, (side * 0.2, f + 0.22, top + 0.17), (side * 0.28, f + 0.34, top + 0.17)], 0.014, steel, 6
            )
            parts.append(rod((side * 0.275, f + 0.3, top + 0.17), (side * 0.29, f + 0.43, top + 0.17), 0.02, dark))
    parts.append(cylinder(0.095, 0.012, steel, 18).turned("y", 90).at(0.045, crank[1], crank[2]))
    for side in (-1, 1):
        parts += rods(
            [(side * 0.07, crank[1], crank[2]), (side * 0.08, crank[1] + side * 0.12, crank[2] - side * 0.11)],
            0.012,
            steel,
            6,
        )
        parts.append(
            block((0.09, 0.08, 0.025), dark).at(side * 0.13, crank[1] + side * 0.12, crank[2] - side * 0.11 - 0.012)
        )
    if rng.random() < 0.35:
        basket = palette.plain("basket", palette.shade(rng, pick(rng, ("brown", "black", "white"))), 0.8)
        parts.append(block((0.3, 0.22, 0.2), basket, taper=1.2).at(0, f + 0.02, top - 0.02))
    if rng.random() < 0.4:
        parts.append(block((0.12, 0.36, 0.02), dark).at(0, b - 0.02, 2 * r + 0.04))
        for side in (-0.05, 0.05):
            parts.append(rod((side, b, r), (side, b + 0.08, 2 * r + 0.05), 0.007, dark, 5))
    return {"": merged(parts)}


def motorcycle(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A motorcycle or a scooter."""
    paint, trim = coat(rng, colour or pick(rng, PAINTS), "tank"), trim_of(rng)
    seat = palette.plain("seat", palette.shade(rng, pick(rng, ("black", "brown"))), 0.6)
    scooter = rng.random() < 0.3
    r, w = (0.23, 0.11) if scooter else (rng.uniform(0.29, 0.34), rng.uniform(0.11, 0.17))
    base = rng.uniform(1.2, 1.3) if scooter else rng.uniform(1.35, 1.6)
    f, b = -base / 2, base / 2
    parts = []
    for y in (f, b):
        parts += [p.at(0, y, r) for p in wheel(r, w, trim.tyre, trim.hub, 20)]
        arc = np.radians(np.linspace(10, 150, 8) if y < 0 else np.linspace(20, 130, 8))
        outside = [(y + (r + 0.05) * np.cos(a), r + (r + 0.05) * np.sin(a)) for a in arc]
        inside = [(y + (r + 0.02) * np.cos(a), r + (r + 0.02) * np.sin(a)) for a in arc[::-1]]
        parts.append(prism(outside + inside, w + 0.05, paint))
    if scooter:
        parts.append(prism([(f + 0.15, 0.25), (f + 0.23, 0.22), (f + 0.24, 0.9), (f + 0.16, 0.92)], 0.4, paint))
        parts.append(slab((-0.17, 0.17), (f + 0.18, 0.1), (0.22, 0.3), trim.dark))
        parts.append(prism([(0.0, 0.26), (b + 0.2, 0.42), (b + 0.26, 0.66), (0.02, 0.72)], 0.36, paint))
        parts.append(prism([(0.0, 0.72), (b + 0.22, 0.68), (b + 0.2, 0.79), (0.06, 0.82)], 0.32, seat))
        top = (0, f + 0.22, 0.98)
    else:
        parts.append(prism([(-0.28, 0.3), (0.2, 0.28), (0.28, 0.45), (0.16, 0.62), (-0.3, 0.6)], 0.3, trim.hub))
        parts.append(block((0.4, 0.34, 0.22), trim.dark).at(0, -0.05, 0.36))
        rings = []
        for y, h, v, z in (
            (-0.36, 0.06, 0.07, 0.8),
            (-0.25, 0.15, 0.13, 0.82),
            (0.0, 0.15, 0.12, 0.8),
            (0.16, 0.08, 0.07, 0.75),
        ):
            a = np.linspace(0, 2 * np.pi, 10, endpoint=False)
            rings.append(np.stack([h * np.cos(a), np.full(10, y), z + v * np.sin(a)], 1))
        parts.append(loft(np.array(rings), paint, crease=60.0))
        parts.append(
            prism(
                [(0.1, 0.7), (b + 0.02, 0.72), (b + 0.22, 0.84), (b - 0.1, 0.83), (0.3, 0.76), (0.14, 0.8)], 0.26, seat
            )
        )
        parts.append(
            prism([(b - 0.25, 0.6), (b + 0.05, 0.7), (b + 0.24, 0.83), (b, 0.74), (b - 0.3, 0.72)], 0.2, paint)
        )
        for side in (-0.11, 0.11):
            parts.append(rod((side, b, r), (side, 0.15, 0.4), 0.025, trim.dark, 6))
            parts.append(rod((side, b - 0.05, r), (side, b - 0.2, 0.72), 0.025, trim.hub, 6))
        parts.append(rod((0.17, -0.1, 0.26), (0.19, b + 0.2, 0.36), 0.04, trim.hub, 8, tip=0.06))
        if rng.random() < 0.4:
            parts.append(prism([(f + 0.05, 0.85), (f + 0.3, 0.7), (f + 0.36, 0.98), (f + 0.24, 1.12)], 0.3, paint))
        top = (0, f + 0.3, 1.0)
    for side in (-1, 1):
        parts.append(
            rod((side * (w / 2 + 0.04), f, r), (side * (w / 2 + 0.03), top[1] + 0.02, top[2]), 0.025, trim.hub, 6)
        )
        parts += rods([top, (side * 0.2, top[1] + 0.02, top[2] + 0.06)], 0.02, trim.dark, 6)
        parts.append(
            rod(
                (side * 0.2, top[1] + 0.02, top[2] + 0.06),
                (side * 0.38, top[1] + 0.12, top[2] + 0.05),
                0.023,
                trim.dark,
                6,
            )
        )
        parts.append(
            rod((side * 0.24, top[1], top[2] + 0.05), (side * 0.3, top[1] - 0.02, top[2] + 0.2), 0.008, trim.dark, 4)
        )
        parts.append(block((0.1, 0.02, 0.07), trim.dark).at(side * 0.31, top[1] - 0.02, top[2] + 0.18))
    parts.append(sphere((0.1, 0.09, 0.1), trim.dark, 6, 10).at(0, top[1] - 0.1, top[2] - 0.08))
    parts.append(sphere((0.085, 0.06, 0.085), trim.head, 6, 10).at(0, top[1] - 0.15, top[2] - 0.08))
    parts.append(block((0.12, 0.05, 0.06), trim.tail).at(0, b + 0.24, 0.76 if not scooter else 0.56))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "bicycle": AssetKind(bicycle, (1.4, 1.95), fronted=True),
    "motorcycle": AssetKind(motorcycle, (1.6, 2.5), fronted=True),
}
