"""Toys and animals: balls, toy cars, trains of blocks, cows, dogs, teddy bears."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from . import palette, pictures, textures
from .bodies import egg, eyes, limb, pair, sized, vary
from .builds import BUILDS
from .kind import Pieces
from .palette import pick
from .parts import turn
from .pelts import dark, patterned, pelt
from .primitives import box, cylinder, extrusion, lathe, rounded_box, sphere
from .quadrupeds import hoofed, quadruped

BRIGHT = ("red", "blue", "yellow", "green", "orange", "teal", "purple", "pink")


def ball(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A ball: panels of colour, or one colour."""
    r = rng.uniform(0.07, 0.14)
    if colour is None:
        skin = palette.textured("ball", pictures.ball_panels(rng, [palette.shade(rng, c) for c in BRIGHT]), 0.4)
    else:
        skin = palette.textured(f"{colour} ball", textures.stone(rng, palette.shade(rng, colour)), 0.4)
    return {"": [sphere((r, r, r), skin, 22, 36).at(z=r)]}


def toy_car(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toy car, its front towards -y, with windows and four wheels (child)."""
    s = rng.uniform(0.85, 1.3)
    paint = palette.plain("car paint", palette.shade(rng, colour or pick(rng, BRIGHT)), 0.25)
    glass, tyre = palette.plain("window", (0.12, 0.17, 0.22), 0.1), palette.plain("tyre", (0.07, 0.07, 0.07), 0.8)
    hub, lamp = palette.plain("hub", (0.85, 0.85, 0.86), 0.3, 0.4), palette.plain("head lamp", (1, 0.96, 0.8), glow=0.5)
    van = rng.random() < 0.35
    x = np.linspace(-0.12, 0.12, 25)
    low = np.full(25, 0.018)
    hood = 0.056 + 0.006 * np.cos(math.pi * x / 0.24)
    body = extrusion(x, low, hood - 0.012 * (np.abs(x) > 0.112), 0.105, paint, 0.006)
    cx = np.linspace(-0.055, 0.112 if van else 0.085, 21)
    rise = np.clip(np.minimum((cx - cx[0]) / 0.035, (cx[-1] - cx) / (0.012 if van else 0.04)), 0, 1)
    roof = 0.058 + (0.05 if van else 0.042) * np.sin(rise * math.pi / 2) + 0.001
    cabin = extrusion(cx, np.full(21, 0.055), roof, 0.088, glass, 0.004)
    top = extrusion(cx[5:-5], roof[5:-5] - 0.006, roof[5:-5] + 0.0025, 0.09, paint, 0.003)
    parts = [body, cabin, top]
    for sy in (-1, 1):
        parts.append(sphere((0.006, 0.012, 0.009), lamp, 8, 14).at(-0.119, sy * 0.034, 0.045))
        for px in (cx[5] - 0.002, (cx[5] + cx[-6]) / 2, cx[-6] + 0.002):
            parts.append(box((0.006, 0.004, float(roof[10]) - 0.058), paint, 0.001).at(px, sy * 0.0425, 0.056))
    wheels = []
    for px in (-0.07, 0.07):
        for sy in (-1, 1):
            wheel = lathe(
                [
                    (0, 0),
                    (0.019, 0),
                    (0.024, 0.004),
                    (0.024, 0.014),
                    (0.019, 0.018),
                    (0.014, 0.018),
                    (0.013, 0.015),
                    (0, 0.015),
                ],
                tyre,
                28,
            )
            cap = lathe([(0, 0), (0.0125, 0), (0.009, 0.004), (0, 0.005)], hub, 20).at(z=0.0145)
            for piece in (wheel, cap):
                wheels.append(piece.turned("x", 90 if sy < 0 else -90).at(px, sy * 0.04, 0.024))
    front = turn("z", 90)
    return {"": [p.scaled(s).moved(front) for p in parts], "wheels": [p.scaled(s).moved(front) for p in wheels]}


def cow(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toy cow about 0.35 m long, facing -y: horns, a pink muzzle and udder, a tufted tail."""
    coat, spot = (colour, "white") if colour else (("white", "black") if rng.random() < 0.6 else ("white", "brown"))
    if colour == "white":
        spot = "black"
    skin = pelt(rng, coat, spot, patterned(rng, colour, ("plain", *["blotches"] * 4)))
    animal = hoofed(skin, BUILDS["cow"].varied(rng))
    b, pink = animal.build, palette.plain("muzzle", (0.86, 0.62, 0.58), 0.6)
    parts = [*animal.parts, animal.at_nose(egg((0, 0, 0), (b.snout * 1.2, b.snout * 0.85, b.snout * 0.95), pink))]
    parts.append(egg((0, b.trunk * 0.25, b.leg - b.girth * 0.9), (0.12, 0.15, 0.11), pink))
    for hole in pair(egg((b.snout * 0.5, 0, 0), (0.025, 0.02, 0.02), dark("nostril"), 6, 8)):
        parts.append(animal.at_nose(hole, 0.02, -b.snout * 0.8))
    n = float(rng.uniform(0.1, 0.3))
    ivory = palette.plain("horn", (0.88, 0.82, 0.68), 0.5)
    horn = limb([(0, 0, 0, 0.04), (n * 0.6, 0, n * 0.2, 0.035), (n * 0.85, -0.02, n * 0.9, 0.012)], ivory, 7, 2, ends=2)
    parts += animal.on_head(horn, 0.5, 0.2, 0.75)
    return {"": sized(parts, float(rng.uniform(0.29, 0.44)))}


def dog(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toy dog about 0.3 m long, facing -y, with a collar; ears and tail of several breeds."""
    coat = colour or pick(rng, ("brown", "cream", "black", "white", "terracotta"))
    spot = pick(rng, [c for c in ("brown", "black", "white", "cream") if c != coat])
    skin = pelt(rng, coat, spot, patterned(rng, colour, ("plain", "blotches")))
    b = replace(BUILDS["dog"].varied(rng), ears=pick(rng, ("flop", "flop", "point")))
    if rng.random() < 0.25:
        b = replace(b, trunk=b.trunk * 1.3, leg=b.leg * 0.72)
    other = palette.textured("ears", textures.plush(rng, palette.shade(rng, spot), 64), 0.9)
    animal = quadruped(b, skin, other if rng.random() < 0.4 else skin)
    parts = [
        *animal.parts,
        animal.at_nose(egg((0, 0, 0), (0.05, 0.045, 0.042), dark("nose"), 6, 8), 0.05, -b.snout * 0.8),
    ]
    collar = palette.plain("collar", palette.shade(rng, pick(rng, ("red", "blue", "teal"))), 0.5)
    (_, hy, hz), (_, sy, sz) = animal.head, animal.shoulder
    r = b.throat * 1.22
    ring = lathe([(r * 0.7, -0.03), (r, -0.03), (r, 0.03), (r * 0.7, 0.03)], collar, 20, close=True)
    lean = math.degrees(math.atan2(sy - hy, hz - sz))
    parts.append(ring.turned("x", lean).at(0, hy * 0.62 + sy * 0.38, hz * 0.62 + sz * 0.38))
    return {"": sized(parts, float(rng.uniform(0.22, 0.38)))}


def teddy(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A sitting teddy bear facing -y."""
    fur = palette.textured(
        "plush",
        textures.plush(rng, palette.shade(rng, colour or pick(rng, ("brown", "cream", "terracotta", "pink"))), 128),
        1.0,
    )
    w, r, plump = vary(rng, 0.29), vary(rng, 0.27), float(rng.uniform(0.9, 1.15))
    z = 0.72 + r * 0.75
    parts = [limb([(0, 0, w, w * plump), (0, 0, 0.42, w * plump * 0.98), (0, 0, 0.68, w * 0.75)], fur, 16)]
    parts += [
        egg((0, 0, z), (r * 1.05, r, r), fur, 10, 16),
        *pair(egg((r * 0.78, 0, z + r * 0.78), (r * 0.42, r * 0.24, r * 0.42), fur)),
    ]
    parts += pair(limb([(w * 0.5, -0.05, 0.17, 0.17), (w * 1.05, -0.55, 0.15, 0.145)], fur, 10, 1))
    droop = float(rng.uniform(-0.25, 0.1))
    parts += pair(
        limb(
            [
                (w * 0.7, 0, 0.64, 0.12),
                (w * 1.25, -0.18, 0.5 + droop * 0.4, 0.12),
                (w * 1.35, -0.36, 0.46 + droop, 0.11),
            ],
            fur,
            10,
        )
    )
    pale, dark_button = palette.plain("snout", (0.9, 0.8, 0.65), 0.9), dark("button")
    parts += [
        egg((0, -r * 0.82, z - r * 0.28), (r * 0.5, r * 0.42, r * 0.4), pale, 8, 14),
        egg((0, -r * 1.22, z - r * 0.14), (r * 0.17, r * 0.12, r * 0.12), dark_button, 6, 10),
    ]
    parts += eyes(r * 0.42, -r * 0.87, z + r * 0.22, r * 0.13, dark_button)
    parts += pair(egg((r * 0.78, -r * 0.15, z + r * 0.78), (r * 0.26, r * 0.14, r * 0.26), pale, 6, 10)) + pair(
        egg((w * 1.07, -0.67, 0.16), (0.1, 0.05, 0.1), pale, 6, 10)
    )
    if rng.random() < 0.5:
        silk = palette.plain("bow", palette.shade(rng, pick(rng, ("red", "blue", "teal", "yellow"))), 0.6)
        parts += [
            *pair(egg((0.1, -r * 0.8, 0.7), (0.1, 0.05, 0.075), silk, 6, 8)),
            egg((0, -r * 0.86, 0.7), 0.05, silk, 6, 8),
        ]
    size = float(rng.uniform(0.22, 0.37))
    # About its body, not about the middle of the legs that it stretches out.
    return {"": [p.at(y=-0.2 * size) for p in sized(parts, size)]}


def blocks(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A wooden building block with rounded edges."""
    s = rng.uniform(0.05, 0.09)
    return {"": [rounded_box((s, s, s), 0.006, palette.painted_wood(rng, colour or pick(rng, BRIGHT)), tile=0.3)]}


def drum(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toy drum: painted shell, pale skins, rims."""
    r, h = rng.uniform(0.09, 0.13), rng.uniform(0.1, 0.15)
    paint, skin = (
        palette.ceramic(rng, colour or pick(rng, BRIGHT), "white", "checks"),
        palette.plain("skin", (0.93, 0.89, 0.8), 0.8),
    )
    rim = palette.metal(rng, "brass")
    parts = [cylinder(r, h, paint, 44, 0.002), cylinder(r * 0.97, h + 0.001, skin, 44).at(z=0.0005)]
    for z in (0.0, h - 0.014):
        parts.append(
            lathe([(r - 0.002, z), (r + 0.004, z), (r + 0.004, z + 0.014), (r - 0.002, z + 0.014)], rim, 44, close=True)
        )
    return {"": parts}
