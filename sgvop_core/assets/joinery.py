"""What joiners and masons make for a room: doors, fireplaces, stairs, wardrobes, tall clocks."""

from __future__ import annotations

import math

import numpy as np

from . import finishes, palette, pictures, textures
from .fittings import handle, knob
from .forms import bar, hoop, slab
from .furniture import timber
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe


def door(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A door in its frame, shut, with panels or a pane and a knob on either side."""
    w, h, t = rng.uniform(0.72, 0.92), rng.uniform(1.95, 2.1), 0.04
    leaf = timber(rng, colour)
    frame = leaf if rng.random() < 0.4 else timber(rng, pick(rng, ("white", "cream", "walnut", "oak")))
    metal, edge = palette.metal(rng, pick(rng, ("brass", "steel", "iron"))), rng.uniform(0.06, 0.1)
    parts = [
        slab(
            (s * (w / 2 + edge / 2) - edge / 2, s * (w / 2 + edge / 2) + edge / 2),
            (-0.06, 0.06),
            (0, h + edge),
            frame,
            0.006,
            0.6,
        )
        for s in (-1, 1)
    ]
    parts.append(slab((-w / 2, w / 2), (-0.0595, 0.0595), (h, h + edge - 0.0005), frame, 0.006, 0.6))
    parts.append(slab((-w / 2 + 0.004, w / 2 - 0.004), (-t / 2, t / 2), (0.008, h - 0.003), leaf, 0.003, 0.7))
    panels = [((0.1, 0.44), (0.52, 0.93)), ((0.08, 0.3), (0.36, 0.62), (0.68, 0.94))]
    rows: tuple[tuple[float, float], ...] = panels[int(rng.random() < 0.4)]
    columns = int(rng.integers(1, 3))
    pane = rng.random() < 0.35
    for k, (low, high) in enumerate(rows):
        for c in range(columns):
            x0, x1 = (
                (-0.5 + 0.12 + c * 0.76 / columns) * w,
                (-0.5 + 0.12 + (c + 1) * 0.76 / columns - 0.06 * (columns > 1)) * w,
            )
            glazed = pane and k == len(rows) - 1
            panel = finishes.glassy(rng) if glazed else leaf
            parts.append(slab((x0, x1), (-t / 2 - 0.012, t / 2 + 0.012), (low * h, high * h), panel, 0.012, 0.7))
    side = float(rng.choice([-1, 1]))
    for s in (-1, 1):
        grip = knob(side * (w / 2 - 0.06), 0, 0.0, 0.027, metal, 0.06)
        parts.append((grip if s < 0 else grip.turned("z", 180).at(side * (w - 0.12))).at(y=s * t / 2, z=0.48 * h))
    return {"": parts}


def fireplace(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A fireplace: a surround of brick or stone around a hollow hearth with logs and flames, a mantel on top."""
    w, h, d = rng.uniform(1.2, 1.6), rng.uniform(1.0, 1.25), rng.uniform(0.35, 0.45)
    tone = palette.shade(rng, colour or pick(rng, ("terracotta", "grey", "white", "cream", "brown")))
    style = rng.random()
    picture = textures.tiles(rng, tone, [0.72, 0.69, 0.64], 4, 128) if style < 0.5 else textures.stone(rng, tone, 128)
    wall = palette.textured("surround", picture, 0.9)
    wood, soot = timber(rng), palette.plain("soot", (0.07, 0.06, 0.06), 0.95)
    ox, oz, f = w * rng.uniform(0.28, 0.33), h * rng.uniform(0.55, 0.66), -d / 2
    parts = [
        slab(
            (s * (ox + w / 2) / 2 - (w / 2 - ox) / 2, s * (ox + w / 2) / 2 + (w / 2 - ox) / 2),
            (f, d / 2),
            (0.04, h - 0.06),
            wall,
            0.006,
            0.45,
        )
        for s in (-1, 1)
    ]
    parts.append(slab((-ox - 0.001, ox + 0.001), (f, d / 2), (oz, h - 0.061), wall, 0.003, 0.45))
    parts.append(slab((-ox - 0.01, ox + 0.01), (d / 2 - 0.05, d / 2 - 0.001), (0.04, oz + 0.01), soot, 0.001))
    parts.append(slab((-w / 2 - 0.05, w / 2 + 0.05), (f - 0.28, d / 2), (0, 0.05), wall, 0.006, 0.45))
    parts.append(slab((-w / 2 - 0.08, w / 2 + 0.08), (f - 0.08, d / 2), (h - 0.065, h), wood, 0.01, 0.6))
    bark = palette.wood(rng, "walnut")
    for k in range(3):
        y, z = (-0.07, 0.1) if k == 0 else (0.07, 0.1) if k == 1 else (0.0, 0.18)
        log = bar((-0.55 * ox, y, z), (0.55 * ox, y + rng.uniform(-0.05, 0.05), z), 0.05, bark, 10)
        parts.append(log)
    for k in range(5):
        tall, x = rng.uniform(0.2, 0.38) * oz / 0.65, (k - 2) * 0.22 * ox
        t = np.linspace(0, 1, 7)
        fire = palette.plain("flame", (1.0, rng.uniform(0.4, 0.7), 0.12), glow=1.8)
        parts.append(
            lathe(np.stack([0.075 * np.sin(math.pi * t**0.6), tall * t], 1) * [[1, 1]], fire, 8, crease=80).at(
                x, rng.uniform(-0.06, 0.02), 0.16
            )
        )
    return {"": parts}


def stairs(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A flight of four to nine steps that rises from the front (-y) to the back, sometimes with a rail."""
    count, w = int(rng.integers(4, 10)), rng.uniform(0.7, 1.1)
    rise, run = rng.uniform(0.16, 0.19), rng.uniform(0.24, 0.3)
    wood = (
        timber(rng, colour)
        if rng.random() < 0.7 or colour
        else palette.textured("stone", textures.stone(rng, (0.7, 0.68, 0.65), 128), 0.9)
    )
    riser = wood if rng.random() < 0.5 else timber(rng, "white")
    depth, y0 = count * run, -count * run / 2
    parts = []
    for k in range(count):
        y, z = y0 + k * run, (k + 1) * rise
        parts.append(slab((-w / 2 + 0.01, w / 2 - 0.01), (y, depth / 2), (k * rise, z - 0.03), riser, 0.002, 0.6))
        parts.append(slab((-w / 2, w / 2), (y - 0.025, y + run + 0.005), (z - 0.032, z), wood, 0.006, 0.6))
    if rng.random() < 0.5:
        sides = (-1, 1) if rng.random() < 0.5 else (float(rng.choice([-1, 1])),)
        for s in sides:
            x = s * (w / 2 - 0.04)
            low, high = (x, y0 + run / 2, rise + 0.85), (x, depth / 2 - run / 2, count * rise + 0.85)
            parts.append(bar(low, high, 0.03, wood, 8))
            for k in range(count):
                y, z = y0 + (k + 0.5) * run, (k + 1) * rise
                thick = 0.03 if k in (0, count - 1) else 0.014
                parts.append(bar((x, y, z - 0.01), (x, y, z + 0.85 + (0.06 if thick > 0.02 else 0)), thick, riser, 8))
    return {"": parts}


def wardrobe(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A wardrobe: two or three tall doors, one perhaps with a mirror, over a drawer or a plinth, under a cornice."""
    doors = int(rng.choice([2, 2, 3]))
    w, d, h = doors * rng.uniform(0.45, 0.58), rng.uniform(0.52, 0.62), rng.uniform(1.8, 2.1)
    wood, metal, f = timber(rng, colour), palette.metal(rng, pick(rng, ("brass", "steel", "iron"))), -d / 2 + 0.03
    base, top = rng.uniform(0.08, 0.12), h - rng.uniform(0.05, 0.09)
    drawer, lift = rng.random() < 0.4, rng.random() < 0.4
    parts = [slab((-w / 2, w / 2), (f, d / 2), (base, top), wood, 0.005, 0.8)]
    if lift:
        parts += [
            cylinder(0.022, base + 0.002, wood, 12, 0.0, top=0.034).at(sx * (w / 2 - 0.06), sy * (d / 2 - 0.09))
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
    else:
        parts.append(slab((-w / 2 + 0.01, w / 2 - 0.01), (f + 0.02, d / 2 - 0.01), (0, base + 0.002), wood, 0.003, 0.8))
    parts.append(slab((-w / 2 - 0.03, w / 2 + 0.03), (f - 0.05, d / 2), (top - 0.002, h), wood, 0.015, 0.8))
    low = base + 0.015
    if drawer:
        parts.append(slab((-w / 2 + 0.01, w / 2 - 0.01), (f - 0.02, f + 0.002), (low, low + 0.22), wood, 0.004, 0.8))
        parts += [knob(s * 0.25 * w, f - 0.02, low + 0.11, 0.02, metal) for s in (-1, 1)]
        low += 0.23
    step, mirrored = (w - 0.016) / doors, int(rng.integers(0, doors)) if rng.random() < 0.3 else -1
    for k in range(doors):
        x0 = -w / 2 + 0.008 + k * step
        parts.append(slab((x0 + 0.003, x0 + step - 0.003), (f - 0.02, f + 0.002), (low, top - 0.012), wood, 0.004, 0.8))
        if k == mirrored:
            glass = finishes.reflection(rng)
            parts.append(
                slab((x0 + 0.05, x0 + step - 0.05), (f - 0.024, f), (low + 0.06, top - 0.07), glass, 0.001, 1.9)
            )
        else:
            for a, b in ((low + 0.07, low + 0.42 * (top - low)), (low + 0.47 * (top - low), top - 0.08)):
                parts.append(slab((x0 + 0.07, x0 + step - 0.07), (f - 0.032, f), (a, b), wood, 0.012, 0.8))
        x = x0 + (step - 0.035 if k < doors - 1 else 0.035)
        z = (low + top) / 2
        if rng.random() < 0.5:
            parts.append(knob(x, f - 0.018, z, 0.017, metal))
        else:
            parts += handle((x, f - 0.02, z - 0.09), (x, f - 0.02, z + 0.09), 0.03, metal, 0.007)
    return {"": parts}


def grandfather_clock(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A longcase clock: plinth, a slim trunk with a pendulum behind glass, a hood with the dial."""
    w, d, h = rng.uniform(0.4, 0.5), rng.uniform(0.25, 0.3), rng.uniform(1.8, 2.15)
    wood = timber(rng, colour or (None if rng.random() < 0.3 else pick(rng, ("walnut", "cherry", "oak"))))
    brass, dark = palette.metal(rng, "brass"), palette.plain("inside", (0.13, 0.1, 0.08), 0.5)
    slim, plinth, hood = 0.72 * w, 0.24 * h, h * rng.uniform(0.68, 0.72)
    parts = [
        slab((-w / 2, w / 2), (-d / 2, d / 2), (0, 0.07), wood, 0.01, 0.6),
        slab((-0.47 * w, 0.47 * w), (-0.46 * d, d / 2), (0.06, plinth), wood, 0.006, 0.6),
    ]
    parts.append(slab((-0.3 * w, 0.3 * w), (-0.46 * d - 0.012, 0), (0.11, plinth - 0.05), wood, 0.01, 0.6))
    parts.append(slab((-w / 2, w / 2), (-d / 2, d / 2), (plinth - 0.005, plinth + 0.03), wood, 0.012, 0.6))
    f = -0.36 * d
    parts.append(slab((-slim / 2, slim / 2), (f, d / 2), (plinth, hood + 0.01), wood, 0.006, 0.6))
    pane = (plinth + 0.1, hood - 0.06)
    parts.append(slab((-0.36 * slim, 0.36 * slim), (f - 0.004, f + 0.01), pane, dark, 0.002))
    for s in (-1, 1):
        parts.append(
            slab(
                (s * 0.4 * slim - 0.018, s * 0.4 * slim + 0.018),
                (f - 0.016, f),
                (plinth + 0.07, hood - 0.03),
                wood,
                0.004,
                0.6,
            )
        )
    swing = rng.uniform(-4, 4)
    rod = [
        bar((0, 0, 0), (0, 0, -(pane[1] - pane[0]) * 0.72), 0.005, brass, 6),
        cylinder(0.27 * slim, 0.012, brass, 24, 0.003).turned("x", 90).at(z=-(pane[1] - pane[0]) * 0.74),
    ]
    parts += [p.turned("y", swing).at(0, f - 0.006, pane[1] - 0.01) for p in rod]
    parts.append(slab((-w / 2, w / 2), (-d / 2, d / 2), (hood, hood + 0.035), wood, 0.012, 0.6))
    top = h - rng.uniform(0.1, 0.16)
    parts.append(slab((-0.46 * w, 0.46 * w), (-0.45 * d, d / 2), (hood + 0.03, top), wood, 0.006, 0.6))
    r, z = min(0.4 * w, 0.42 * (top - hood - 0.04)), (hood + 0.035 + top) / 2
    face = palette.textured("dial", pictures.clock_face(rng, palette.shade(rng, "navy"), 128), 0.4)
    dial = cylinder(r, 0.012, face, 32)
    flat = dial.vertices[dial.faces][..., :2] / (2.05 * r) + 0.5
    parts.append(Part(dial.vertices, dial.faces, flat, face, dial.crease).turned("x", 90).at(0, -0.45 * d, z))
    parts.append(hoop(r, 0.012, brass, 32).turned("x", 90).at(0, -0.45 * d - 0.008, z))
    parts.append(
        slab((-w / 2 - 0.015, w / 2 + 0.015), (-d / 2 - 0.01, d / 2), (top - 0.004, top + 0.035), wood, 0.012, 0.6)
    )
    style = int(rng.integers(0, 3))
    if style == 0:
        arch = cylinder(0.42 * w, 0.8 * d, wood, 24).turned("x", 90).scaled(1, 1, (h - top - 0.04) / (0.42 * w))
        parts.append(
            arch.at(0, 0.42 * d, top + 0.02).warped(
                lambda v: np.column_stack([v[:, :2], np.maximum(v[:, 2], top + 0.01)])
            )
        )
    else:
        for x in (-0.42 * w, 0.0, 0.42 * w) if style == 1 else (0.0,):
            tall = h - top - 0.03
            ball = [(0, 0), (0.03, 0), (0.015, 0.2 * tall), (0.03, 0.5 * tall), (0.01, 0.75 * tall), (0, tall)]
            parts.append(lathe(ball, brass, 10, crease=70).at(x, -0.2 * d, top + 0.03))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "door": AssetKind(door, (2.0, 2.22)),
    "fireplace": AssetKind(fireplace, (1.3, 1.8), fronted=True),
    "stairs": AssetKind(stairs, (0.9, 3.0), fronted=True),
    "wardrobe": AssetKind(wardrobe, (1.75, 2.15), fronted=True),
    "grandfather clock": AssetKind(grandfather_clock, (1.78, 2.18), fronted=True),
}
