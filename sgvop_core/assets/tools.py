"""Tools of house and garden: buckets, brooms, watering cans, hammers, wrenches."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import finishes, palette
from .forms import arc, bar, hoop, loft, slab
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import box, cylinder, extrusion, lathe, sphere, tube
from .tableware import shell

BRIGHT = ("red", "blue", "green", "yellow", "orange", "purple", "pink", "teal")


def coat(rng: np.random.Generator, colour: str | None, metals: tuple[str, ...], share: float = 0.4) -> Material:
    """Returns enamel in the colour word, or without one a metal out of ``metals`` (by ``share``) or bright enamel."""
    if colour is None and rng.random() < share:
        return palette.metal(rng, pick(rng, metals))
    return finishes.enamel(rng, colour or pick(rng, BRIGHT))


def bucket(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bucket, hollow, with a rolled rim and a bail that stands up or hangs down."""
    r, h = rng.uniform(0.12, 0.16), rng.uniform(0.22, 0.3)
    body, wire = coat(rng, colour, ("steel",)), palette.metal(rng, "steel")
    foot, t = rng.uniform(0.68, 0.8), np.linspace(0, 1, 5)
    outside = np.concatenate([[[0, 0]], np.stack([r * (foot + (1 - foot) * t), h * t], 1)])
    parts = [lathe(shell(outside, 0.004, 0.012), body, 32), hoop(r, 0.006, body, 32).at(z=h - 0.004)]
    parts += [sphere((0.014, 0.018, 0.018), wire, 6, 10).at(s * (r + 0.003), 0, h - 0.025) for s in (-1, 1)]
    bail = arc((0, 0, 0), (r + 0.006, 0, 0), (0, 0, r * rng.uniform(0.95, 1.15)), 0, 180, 17)
    swing = rng.uniform(-15, 15) if rng.random() < 0.6 else rng.choice([-1, 1]) * rng.uniform(95, 112)
    grip = bar((-0.045, 0, bail[8, 2]), (0.045, 0, bail[8, 2]), 0.011, palette.wood(rng), 8)
    parts += [p.turned("x", swing).at(z=h - 0.025) for p in (tube(bail, 0.0038, wire, 6), grip)]
    return {"": parts}


def broom(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A broom standing on its bristles: a flat brush with a wooden back, or a besom of twigs."""
    h = rng.uniform(1.15, 1.5)
    stick = finishes.enamel(rng, colour) if colour else palette.wood(rng, pick(rng, ("pine", "oak", "birch")))
    straw = finishes.stripes(rng, (0.85, 0.68, 0.36), (0.66, 0.48, 0.22), 24, "u", 0.5, 0.9)
    if rng.random() < 0.5:
        tall, w = rng.uniform(0.32, 0.42), rng.uniform(0.13, 0.18)
        profile = [
            (0, 0),
            (w, 0),
            (0.8 * w, 0.25 * tall),
            (0.45 * w, 0.7 * tall),
            (0.025, 0.95 * tall),
            (0.016, tall),
            (0, tall),
        ]
        brush = lathe(profile, straw, 28).scaled(1, rng.uniform(0.3, 0.9), 1)
        tie = palette.plain("tie", palette.shade(rng, colour or pick(rng, ("red", "navy", "green"))), 0.6)
        bands = [
            hoop(0.028 + 0.24 * w * k, 0.006, tie, 20).scaled(1.1, 0.9, 1).at(z=tall * (0.93 - 0.14 * k))
            for k in range(2)
        ]
        return {"": [brush, *bands, bar((0, 0, tall - 0.1), (0, 0, h), np.array([0.014, 0.012]), stick)]}
    w, tuft = rng.uniform(0.13, 0.2), rng.uniform(0.07, 0.11)
    hair = (
        straw
        if rng.random() < 0.4
        else finishes.stripes(rng, palette.shade(rng, pick(rng, BRIGHT)), (0.12, 0.12, 0.13), 24, "u", 0.7, 0.9)
    )
    brush = box((2 * w, 0.07, tuft), hair, 0.002, 0.4)

    def flare(v: Array) -> Array:
        grow = 1.15 - 0.15 * v[:, 2] / tuft
        return np.column_stack([v[:, 0] * grow, v[:, 1] * grow, v[:, 2]])

    parts = [brush.warped(flare), slab((-w, w), (-0.036, 0.036), (tuft - 0.002, tuft + 0.035), stick, 0.01)]
    parts.append(cylinder(0.024, 0.06, stick, 12, top=0.017).at(z=tuft + 0.03))
    lean = rng.uniform(0.0, 0.12)
    parts.append(bar((0, 0, tuft + 0.02), (0, lean, h), np.array([0.0135, 0.012]), stick))
    return {"": parts}


def watering_can(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A watering can: a hollow drum, a long spout with a rose towards +x, a handle to the back and one on top."""
    r, h = rng.uniform(0.085, 0.11), rng.uniform(0.16, 0.23)
    body = coat(rng, colour, ("steel", "copper"), 0.35)
    t = np.linspace(0, 1, 5)
    taper = rng.uniform(0.82, 1.0)
    outside = np.concatenate([[[0, 0]], np.stack([r * (1 + (taper - 1) * t), h * t], 1)])
    parts = [lathe(shell(outside, 0.004, 0.008), body, 30)]
    half = np.linspace(-math.pi / 2, math.pi / 2, 11)
    lid = 0.97 * r * taper * np.stack([np.cos(half), np.sin(half)], 1)
    rings = np.stack([np.column_stack([lid, np.full(11, z)]) for z in (h - 0.006, h)])
    parts.append(loft(rings, body))
    reach = r * rng.uniform(1.3, 1.8)
    end = np.array([r + reach, 0, h * rng.uniform(1.0, 1.25)])
    start = np.array([0.9 * r, 0, 0.2 * h])
    way = (end - start) / np.linalg.norm(end - start)
    parts.append(tube(np.linspace(start, end, 4), np.array([0.024, 0.02, 0.016, 0.013]), body, 10))
    rose = lathe([(0, 0), (0.013, 0), (0.04, 0.045), (0.038, 0.052), (0, 0.056)], body, 16)
    parts.append(rose.turned("y", math.degrees(math.atan2(way[0], way[2]))).at(*(end - 0.012 * way)))
    loop = arc((-r * 0.9, 0, 0.58 * h), (-0.75 * r, 0, 0), (0, 0, 0.36 * h), -80, 80, 11)
    parts.append(tube(loop, 0.008, body, 8))
    over = arc((0, 0, h - 0.005), (0.88 * r * taper, 0, 0), (0, 0, 0.6 * r), 0, 180, 11)
    parts.append(tube(over, 0.007, body, 8))
    middle = (r + reach - 1.6 * r) / 2
    return {"": [p.at(-middle) for p in parts]}


def hammer(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A claw hammer or a mallet lying on its side, the head towards -x, its face towards -y."""
    length, thick = rng.uniform(0.27, 0.36), rng.uniform(0.013, 0.016)
    grip = (
        finishes.enamel(rng, colour)
        if colour
        else (
            palette.wood(rng, pick(rng, ("oak", "birch", "pine")))
            if rng.random() < 0.6
            else finishes.enamel(rng, pick(rng, BRIGHT))
        )
    )
    t = np.linspace(0, 1, 9)
    path = np.stack([length * (t - 0.5) + 0.01, 0 * t, 0 * t], 1)
    swell = thick * np.interp(t, [0, 0.15, 0.5, 0.85, 1], [0.9, 0.85, 0.8, 1.15, 1.0])
    parts = [tube(path, swell, grip, 10, squash=1.15)]
    x = -length / 2 + 0.02
    if rng.random() < 0.3:
        block = finishes.enamel(rng, "black") if rng.random() < 0.4 else palette.wood(rng)
        parts.append(cylinder(0.032, 0.11, block, 20, 0.006).turned("x", 90).at(x, 0.055))
        return {"": parts}
    steel = palette.metal(rng, pick(rng, ("steel", "iron")))
    parts.append(box((0.03, 0.05, 0.03), steel, 0.004).at(x, 0, -0.015))
    neck = lathe(
        [(0, 0), (0.012, 0), (0.011, 0.03), (0.017, 0.036), (0.017, 0.055), (0.014, 0.058), (0, 0.058)], steel, 16
    )
    parts.append(neck.turned("x", 90).at(x, -0.02))
    for s in (-1, 1):
        claw = [
            (x, 0.015, s * 0.008),
            (x + 0.002, 0.05, s * 0.01),
            (x + 0.014, 0.078, s * 0.012),
            (x + 0.034, 0.094, s * 0.013),
        ]
        parts.append(tube(claw, np.array([0.012, 0.0095, 0.007, 0.003]), steel, 8))
    return {"": parts}


def wrench(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A spanner lying along x: an open jaw at -x, a ring or a second jaw at +x."""
    length, thick = rng.uniform(0.16, 0.28), rng.uniform(0.008, 0.012)
    steel = finishes.enamel(rng, colour) if colour else palette.metal(rng, pick(rng, ("steel", "steel", "iron")))
    wide = 0.05 * length
    parts = [slab((-0.36 * length, 0.38 * length), (-wide, wide), (0.15 * thick, 0.85 * thick), steel, 0.002, 0.2)]

    def jaw(x: float, size: float, turn: float) -> list[Part]:
        """Returns two prongs and the palm behind them, the mouth towards -x before the turn."""
        a = np.linspace(-62, 62, 9)
        a = np.radians(np.linspace(62, 0, 5))
        x_of, y_of = size * np.cos(a), size * np.sin(a)
        palm = extrusion(x_of, -y_of, y_of, thick, steel, 0.001, 0.2).turned("x", 90).at(z=thick / 2)
        made = [palm.at(-0.1 * size)]
        for s in (-1, 1):
            u = np.linspace(0, 1, 8)
            inner, outer = 0 * u + 0.42 * size, (0.88 + 0.12 * np.sin(math.pi * u)) * size * (1 - 0.42 * (1 - u) ** 2)
            prong = (
                extrusion(size * (1.6 * u - 1.1), inner, outer, thick, steel, 0.001, 0.2)
                .turned("x", -90)
                .at(z=thick / 2)
            )
            made.append(prong if s < 0 else prong.scaled(1, -1, 1))
        return [p.turned("z", turn).at(x) for p in made]

    size = rng.uniform(0.1, 0.125) * length
    parts += jaw(-0.4 * length, size, rng.uniform(-18, 18))
    if rng.random() < 0.6:
        ring = lathe([(0.55, 0), (1.0, 0), (1.0, thick), (0.55, thick)], steel, 24, close=True)
        parts.append(ring.scaled(0.9 * size, 0.9 * size, 1).at(0.42 * length))
    else:
        parts += jaw(0.4 * length, 0.85 * size, 180 + rng.uniform(-18, 18))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "bucket": AssetKind(bucket, (0.25, 0.48)),
    "broom": AssetKind(broom, (1.14, 1.52)),
    "watering can": AssetKind(watering_can, (0.38, 0.55)),
    "hammer": AssetKind(hammer, (0.26, 0.4)),
    "wrench": AssetKind(wrench, (0.15, 0.3)),
}
