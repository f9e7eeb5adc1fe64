"""Things about the house: flowers, presents, bells, lanterns, trophies."""

from __future__ import annotations

import math

import numpy as np

from . import finishes, palette
from .forms import arc, bar, hoop, petal, slab
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere, tube
from .tools import BRIGHT


def flower(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """One flower on its stem with leaves: a daisy-like ring of petals or a tulip's cup."""
    h, r = rng.uniform(0.28, 0.5), rng.uniform(0.045, 0.08)
    bloom = finishes.enamel(
        rng, colour or pick(rng, ("red", "yellow", "pink", "white", "purple", "orange", "blue")), 0.6
    )
    green = finishes.skin(rng, "green", (0.2, 0.45, 0.16), (0.3, 0.56, 0.2), 0.6)
    t = np.linspace(0, 1, 8)
    sway = rng.uniform(-0.1, 0.1) * h
    path = np.stack([sway * np.sin(math.pi * t), 0 * t, h * t], 1)
    parts = [tube(path, 0.0045 * np.linspace(1.3, 0.9, 8), green, 7)]
    turn = rng.uniform(0, 360)
    for k in range(int(rng.integers(2, 4))):
        z = h * rng.uniform(0.1, 0.5)
        blade = petal(rng.uniform(0.3, 0.45) * h, rng.uniform(0.05, 0.1) * h, 0.003, green, 0.08 * h)
        parts.append(
            blade.turned("y", -rng.uniform(25, 55))
            .turned("z", turn + 150 * k)
            .at(float(np.interp(z, path[:, 2], path[:, 0])), 0, z)
        )
    head: list[Part] = []
    if rng.random() < 0.3:
        for k in range(6):
            one = petal(1.7 * r, 1.05 * r, 0.003, bloom, 0.0).turned("y", -78 + 6 * (k % 2))
            head.append(one.at(0.36 * r).turned("z", 60 * k))
        head.append(sphere((0.5 * r, 0.5 * r, 0.42 * r), bloom, 8, 12).at(z=0.2 * r))
        tilt = rng.uniform(-8, 8)
    else:
        count = int(rng.integers(5, 13))
        cup = rng.uniform(0.0, 0.35) * r
        wide = r * (1.5 if count < 8 else 0.95) * 5.2 / count + 0.1 * r
        head += [
            petal(0.9 * r, wide, 0.003, bloom, cup).at(0.12 * r).turned("z", 360 * k / count) for k in range(count)
        ]
        heart = finishes.enamel(rng, pick(rng, ("yellow", "brown", "orange")), 0.8)
        head.append(sphere((0.3 * r, 0.3 * r, 0.16 * r), heart, 8, 14).at(z=0.05 * r))
        tilt = rng.uniform(25, 65)
    parts += [p.turned("x", tilt).at(path[-1, 0], 0, h) for p in head]
    return {"": parts}


def gift(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A wrapped present: a box with a lid or without, two ribbons that cross, a bow."""
    x, y, h = rng.uniform(0.07, 0.17), rng.uniform(0.07, 0.15), rng.uniform(0.08, 0.24)
    first = colour or pick(rng, (*BRIGHT, "white", "mint"))
    second = pick(rng, [c for c in ("red", "yellow", "white", "gold", "green", "blue", "pink") if c != first])
    style = pick(rng, ("plain", "dots", "stripes", "plain"))
    paper = (
        palette.cloth(rng, first, pick(rng, ("white", "cream")), style) if colour is None else palette.cloth(rng, first)
    )
    band, w = finishes.enamel(rng, second, 0.3), rng.uniform(0.012, 0.022)
    parts = [slab((-x, x), (-y, y), (0, h), paper, 0.003, 0.2)]
    out = 0.0015
    if rng.random() < 0.5:
        parts.append(slab((-x - 0.006, x + 0.006), (-y - 0.006, y + 0.006), (0.78 * h, h + 0.004), paper, 0.003, 0.2))
        out = 0.0075
    parts.append(slab((-w, w), (-y - out, y + out), (-0.0005, h + 0.0055), band, 0.001))
    parts.append(slab((-x - out, x + out), (-w, w), (-0.0004, h + 0.0056), band, 0.001))
    size = rng.uniform(0.045, 0.07)
    spin = rng.uniform(0, 90)
    for s in (0, 180):
        for lift in (18, 55) if rng.random() < 0.5 else (25,):
            loop = arc((0.52 * size, 0, 0), (0.52 * size, 0, 0), (0, 0, 0.32 * size), 0, 345, 15)
            one = tube(loop, 0.0022, band, 6, squash=1.0, closed=False).scaled(1, 0.7 * w / 0.0022, 1)
            parts.append(one.turned("y", -lift).turned("z", s + spin + (30 if lift == 55 else 0)).at(z=h + 0.01))
        tail = petal(1.1 * size, 0.8 * size, 0.002, band, 0.0).turned("y", 4)
        parts.append(tail.turned("z", s + spin + 50).at(z=h + 0.012))
    parts.append(sphere((0.013, 0.013, 0.011), band, 8, 10).at(z=h + 0.014))
    return {"": parts}


def bell(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A hand bell standing on its rim, hollow below, with a clapper and a handle or a loop."""
    r = rng.uniform(0.045, 0.08)
    h = r * rng.uniform(1.35, 1.75)
    metal = (
        finishes.enamel(rng, colour) if colour else palette.metal(rng, pick(rng, ("brass", "brass", "copper", "steel")))
    )
    t = np.linspace(0, 1, 13)
    width = r * np.interp(t, [0, 0.1, 0.3, 0.7, 0.88, 0.96, 1], [1.0, 0.86, 0.68, 0.56, 0.46, 0.3, 0.12])
    outer = np.stack([width, h * t], 1)
    inner = np.stack([np.maximum(width - 0.005, 0.002), (h - 0.006) * t], 1)[::-1]
    parts = [lathe([*map(tuple, outer), (0, h), (0, h - 0.006), *map(tuple, inner[1:])], metal, 32, close=True)]
    parts.append(bar((0, 0, 0.22 * h), (0, 0, h - 0.003), 0.003, metal, 6))
    parts.append(sphere((0.16 * r, 0.16 * r, 0.16 * r), metal, 8, 10).at(z=0.2 * h))
    if rng.random() < 0.65:
        grip = palette.wood(rng) if rng.random() < 0.7 else metal
        tall = rng.uniform(1.0, 1.5) * r
        profile = [
            (0, 0),
            (0.15 * r, 0),
            (0.12 * r, 0.2 * tall),
            (0.2 * r, 0.55 * tall),
            (0.13 * r, 0.8 * tall),
            (0.2 * r, 0.95 * tall),
            (0, 1.05 * tall),
        ]
        parts.append(lathe(profile, grip, 16, crease=60).at(z=h - 0.004))
    else:
        parts.append(hoop(0.24 * r, 0.06 * r, metal, 18).turned("x", 90).at(z=h + 0.2 * r))
    return {"": parts}


def lantern(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A lantern: a base and a roof on posts around a lit candle, a ring on top."""
    w, h, sides = rng.uniform(0.06, 0.09), rng.uniform(0.2, 0.3), int(rng.choice([4, 4, 6]))
    frame = (
        finishes.enamel(rng, colour)
        if colour
        else (
            finishes.enamel(rng, pick(rng, ("black", "red", "white", "green")))
            if rng.random() < 0.6
            else palette.metal(rng, pick(rng, ("copper", "brass", "iron")))
        )
    )
    wax = palette.plain("wax", (0.95, 0.9, 0.75), 0.5, glow=0.3)
    fire = palette.plain("flame", (1.0, 0.72, 0.25), glow=2.5)
    spin, top = 180 / sides, 0.66 * h
    base = lathe([(0, 0), (1.15 * w, 0), (1.15 * w, 0.016), (w, 0.026), (0, 0.026)], frame, sides, crease=20)
    roof = lathe(
        [
            (0, -0.004),
            (1.2 * w, -0.004),
            (1.2 * w, 0.01),
            (0.5 * w, 0.24 * h),
            (0.3 * w, 0.25 * h),
            (0.3 * w, 0.31 * h),
            (0, 0.33 * h),
        ],
        frame,
        sides,
        crease=20,
    )
    parts = [base.turned("z", spin), roof.turned("z", spin).at(z=top)]
    for k in range(sides):
        a = math.radians(360 * k / sides + spin)
        x, y = 0.95 * w * math.cos(a), 0.95 * w * math.sin(a)
        parts.append(bar((x, y, 0.015), (x, y, top + 0.002), 0.006, frame, 6))
    if rng.random() < 0.6:
        for z in (0.36 * h, 0.5 * h) if rng.random() < 0.5 else (0.43 * h,):
            ring = lathe(
                [
                    (0.95 * w - 0.003, -0.003),
                    (0.95 * w + 0.003, -0.003),
                    (0.95 * w + 0.003, 0.003),
                    (0.95 * w - 0.003, 0.003),
                ],
                frame,
                sides,
                close=True,
            )
            parts.append(ring.turned("z", spin).at(z=z))
    tall = rng.uniform(0.2, 0.34) * h
    parts.append(cylinder(0.42 * w, tall, wax, 16, 0.003).at(z=0.024))
    t = np.linspace(0, 1, 7)
    parts.append(
        lathe(np.stack([0.011 * np.sin(math.pi * t**0.7), 0.035 * t], 1), fire, 10, crease=80).at(z=0.026 + tall)
    )
    parts.append(hoop(0.4 * w, 0.0035, frame, 20).turned("x", 90).at(z=top + 0.32 * h + 0.4 * w))
    return {"": parts}


def trophy(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A cup on a stem with two ears, on a dark base; hollow."""
    r, h = rng.uniform(0.05, 0.085), rng.uniform(0.2, 0.36)
    gold = (
        finishes.enamel(rng, colour, 0.2)
        if colour
        else palette.metal(rng, pick(rng, ("brass", "brass", "steel", "copper")))
    )
    stone = (
        palette.wood(rng, pick(rng, ("ebony", "walnut")))
        if rng.random() < 0.6
        else palette.plain("base", (0.08, 0.08, 0.09), 0.2)
    )
    z0 = 0.12 * h
    parts = [
        cylinder(0.8 * r, z0, stone, 24, 0.004)
        if rng.random() < 0.5
        else slab((-0.75 * r, 0.75 * r), (-0.75 * r, 0.75 * r), (0, z0), stone, 0.004)
    ]
    t = np.linspace(0, 1, 10)
    bowl = r * np.interp(t, [0, 0.12, 0.35, 0.7, 1], [0.16, 0.5, 0.82, 0.92, 1.0])
    zs = 0.42 * h + 0.58 * h * t
    foot = [
        (0, z0 - 0.002),
        (0.62 * r, z0 - 0.002),
        (0.6 * r, z0 + 0.01),
        (0.16 * r, 0.24 * h),
        (0.12 * r, 0.3 * h),
        (0.24 * r, 0.33 * h),
        (0.12 * r, 0.36 * h),
    ]
    inner = np.stack([np.maximum(bowl - 0.003, 0.002), zs + 0.003], 1)[::-1]
    rim = [(1.06 * r, h - 0.004), (1.06 * r, h + 0.003)]
    parts.append(
        lathe(
            [*foot, *map(tuple, np.stack([bowl, zs], 1)[:-1]), *rim, *map(tuple, inner[:-1]), (0, zs[0] + 0.004)],
            gold,
            28,
        )
    )
    reach = rng.uniform(0.55, 0.8) * r
    for s in (-1, 1):
        path = np.array([(0.94, 0.93), (1.5, 0.98), (1.75, 0.86), (1.5, 0.7), (1.05, 0.6), (0.7, 0.55)])
        x = s * r * (0.85 + (path[:, 0] - 0.85) * reach / (0.7 * r))
        parts.append(tube(np.stack([x, 0 * x, h * path[:, 1]], 1), 0.075 * r, gold, 8))
    if rng.random() < 0.5:
        plate = palette.metal(rng, "brass")
        parts.append(slab((-0.4 * r, 0.4 * r), (-0.79 * r - 0.003, 0), (0.3 * z0, 0.8 * z0), plate, 0.001))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "flower": AssetKind(flower, (0.27, 0.66)),
    "gift": AssetKind(gift, (0.12, 0.37)),
    "bell": AssetKind(bell, (0.09, 0.3)),
    "lantern": AssetKind(lantern, (0.2, 0.42)),
    "trophy": AssetKind(trophy, (0.19, 0.38)),
}
