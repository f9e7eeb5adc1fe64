"""What furnishes a room beside furniture: upright pianos, hanging lamps, fans."""

from __future__ import annotations

import math

import numpy as np

from . import finishes, palette
from .forms import arc, bar, hoop, petal, slab
from .furniture import tapered_leg, timber
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import box, cylinder, lathe, sphere, tube
from .tableware import GLAZES


def piano(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An upright piano: keyboard on a shelf to the front, legs, music rest, pedals."""
    w, d, h = rng.uniform(1.4, 1.52), rng.uniform(0.56, 0.64), rng.uniform(1.05, 1.3)
    choice = colour or pick(rng, ("black", "black", "walnut", "cherry", "white", "oak"))
    wood = finishes.enamel(rng, choice, 0.15) if choice in ("black", "white") else timber(rng, choice)
    brass, ebony = palette.metal(rng, "brass"), palette.plain("sharps", (0.05, 0.05, 0.05), 0.2)
    back, shelf, front = -d / 2 + 0.3, rng.uniform(0.62, 0.68), -d / 2
    parts = [slab((-w / 2 + 0.03, w / 2 - 0.03), (back, d / 2), (0.05, h - 0.03), wood, 0.005, 0.7)]
    parts.append(slab((-w / 2, w / 2), (back - 0.03, d / 2), (h - 0.035, h), wood, 0.01, 0.7))
    for s in (-1, 1):
        x = s * (w / 2 - 0.03)
        parts.append(slab((x - 0.03, x + 0.03), (back - 0.01, d / 2), (0, h - 0.03), wood, 0.006, 0.7))
        parts.append(slab((x - 0.03, x + 0.03), (front, back), (shelf - 0.06, shelf + 0.09), wood, 0.012, 0.7))
        parts.append(tapered_leg(rng, shelf - 0.05, 0.06, 0.045, wood).at(x - s * 0.002, front + 0.04))
        parts.append(slab((x - 0.03, x + 0.03), (front, back), (0, 0.05), wood, 0.01, 0.7))
    parts.append(
        slab((-w / 2 + 0.05, w / 2 - 0.05), (front + 0.012, back + 0.01), (shelf - 0.055, shelf), wood, 0.006, 0.7)
    )
    x0, x1 = -w / 2 + 0.065, w / 2 - 0.065
    count = int(rng.integers(24, 32))
    ivory = finishes.keys(rng, count)
    white = slab((x0, x1), (front + 0.02, back - 0.04), (shelf - 0.003, shelf + 0.022), ivory, 0.002)
    corners = white.vertices[white.faces]
    uvs = np.stack([(corners[..., 0] - x0) / (x1 - x0), corners[..., 1] / 0.2], -1)
    parts.append(Part(white.vertices, white.faces, uvs, ivory, white.crease))
    step = (x1 - x0) / count
    for k in range(1, count):
        if k % 7 not in (3, 0):
            x = x0 + k * step
            parts.append(box((0.55 * step, 0.1, 0.014), ebony, 0.001).at(x, back - 0.09, shelf + 0.02))
    parts.append(slab((x0, x1), (back - 0.045, back + 0.01), (shelf, shelf + 0.1), wood, 0.004, 0.7))
    parts.append(slab((-0.36 * w, 0.36 * w), (back - 0.012, back + 0.01), (shelf + 0.15, h - 0.09), wood, 0.006, 0.7))
    if rng.random() < 0.6:
        paper = palette.plain("music", (0.95, 0.94, 0.9), 0.9)
        parts.append(
            slab((-0.22, 0.22), (-0.006, 0.0), (0, 0.28), paper, 0.001).turned("x", -10).at(0, back - 0.06, shelf + 0.1)
        )
    for x in (-0.08, 0.0, 0.08):
        parts.append(box((0.025, 0.11, 0.012), brass, 0.004).at(x, back - 0.05, 0.06))
    return {"": parts}


def hanging_lamp(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A pendant lamp: a rose for the ceiling, a cord, an open shade (cone, dome, drum or globe) with a bulb."""
    r, drop = rng.uniform(0.13, 0.25), rng.uniform(0.25, 0.7)
    paint = finishes.enamel(rng, colour or pick(rng, GLAZES + ("black",)), 0.4, glow=0.15)
    if colour is None and rng.random() < 0.3:
        paint = palette.metal(rng, pick(rng, ("brass", "copper", "steel")))
    dark, light = palette.plain("cord", (0.08, 0.08, 0.08), 0.7), palette.plain("bulb", (1.0, 0.9, 0.7), 0.3, glow=1.5)
    style, t = int(rng.integers(0, 4)), np.linspace(0, 1, 9)
    tall = r * rng.uniform(0.75, 1.3)
    if style == 3:
        tall = 2 * r
        parts = [
            sphere(
                (r, r, r),
                finishes.enamel(rng, colour or pick(rng, ("white", "cream", "orange", "yellow")), 0.4, glow=0.5),
                14,
                24,
            ).at(z=r)
        ]
    else:
        width = (r * (1 - 0.85 * t), r * np.maximum(np.cos(0.5 * math.pi * t) ** 0.7, 0.14), r * (1 - 0.2 * t))[style]
        outer = np.stack([width, tall * t], 1)
        inner = np.stack([np.maximum(width - 0.006, 0.01), tall * t - 0.004 * (t == 1)], 1)[::-1]
        if style == 2:
            section = [*map(tuple, outer), *map(tuple, inner)]
            parts = [lathe(section, paint, 28, close=True)]
            parts += [
                bar((s * (width[-1] - 0.003), 0, tall - 0.02), (0, 0, tall - 0.02), 0.004, dark, 6) for s in (-1, 1)
            ]
        else:
            parts = [
                lathe(
                    [*map(tuple, outer), (0, tall), (0, tall - 0.006), *map(tuple, inner[1:])][::1],
                    paint,
                    28,
                    close=True,
                )
            ]
        parts.append(sphere((0.034, 0.034, 0.042), light, 8, 12).at(z=0.45 * tall))
        parts.append(cylinder(0.018, 0.55 * tall, dark, 10).at(z=0.5 * tall))
    parts.append(cylinder(0.022, 0.05, dark, 12).at(z=tall - 0.012))
    parts.append(bar((0, 0, tall), (0, 0, tall + drop + 0.01), 0.004, dark, 6))
    parts.append(
        lathe([(0, 0), (0.012, 0), (0.055, 0.022), (0.055, 0.03), (0, 0.03)], dark if style < 2 else paint, 20).at(
            z=tall + drop
        )
    )
    return {"": parts}


def fan(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An electric fan: blades in a cage of wire, on a short foot or a tall pole, blowing to -y."""
    tall = rng.random() < 0.45
    r, z = rng.uniform(0.15, 0.22), 0.0
    z = rng.uniform(0.9, 1.15) if tall else r + rng.uniform(0.09, 0.16)
    body = finishes.enamel(rng, colour or pick(rng, ("white", "black", "grey", "mint", "red", "blue")))
    wire = palette.metal(rng, pick(rng, ("steel", "brass"))) if rng.random() < 0.5 else body
    blade = finishes.enamel(rng, pick(rng, ("white", "grey", "blue", "teal"))) if colour is None else body
    foot = r * rng.uniform(0.65, 0.9)
    parts = [lathe([(0, 0), (foot, 0), (foot, 0.018), (0.5 * foot, 0.035), (0.03, 0.05), (0, 0.05)], body, 24)]
    parts.append(bar((0, 0.03, 0.03), (0, 0.03, z), np.array([0.02, 0.014]), body if rng.random() < 0.5 else wire, 10))
    head: list[Part] = [
        lathe(
            [(0, 0), (0.05, 0.004), (0.065, 0.03), (0.06, 0.09), (0.03, 0.115), (0, 0.12)], body, 16, crease=70
        ).turned("x", -90)
    ]
    count = int(rng.integers(3, 6))
    for k in range(count):
        vane = petal(0.86 * r, 0.75 * r, 0.004, blade, 0.0).turned("x", 28).turned("z", 360 * k / count + 10)
        head.append(vane.turned("x", 90).at(0, -0.045, 0))
    head.append(lathe([(0, 0), (0.036, 0), (0.03, 0.03), (0, 0.036)], blade, 14).turned("x", 90).at(y=-0.03))
    for y, radius in ((-0.045, r), (-0.1, 0.62 * r), (-0.11, 0.2 * r), (0.01, 0.62 * r)):
        head.append(hoop(radius, 0.0045 if radius == r else 0.0025, wire, 28, 4).turned("x", 90).at(y=y))
    head.append(cylinder(0.2 * r, 0.006, body, 14).turned("x", 90).at(y=-0.106))
    for k in range(12):
        a = 2 * math.pi * k / 12
        ring = arc((0, -0.045, 0), (r * math.cos(a), 0, r * math.sin(a)), (0, 0.066, 0), 0, 66, 4)
        for points in (ring, ring * [1, -1, 1] + [0, -0.09, 0]):
            head.append(tube(points, 0.002, wire, 4))
    tilt = rng.uniform(-12, 4)
    parts += [p.turned("x", tilt).at(z=z) for p in head]
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "piano": AssetKind(piano, (1.38, 1.54), fronted=True),
    "hanging lamp": AssetKind(hanging_lamp, (0.36, 1.3)),
    "fan": AssetKind(fan, (0.38, 1.42), fronted=True),
}
