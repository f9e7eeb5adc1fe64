"""Toys and animals: balls, toy cars, trains of blocks, cows, dogs, teddy bears."""

from __future__ import annotations

import math

import numpy as np

from . import palette, pictures, textures
from .blobs import Capsule, blob
from .kind import Pieces
from .palette import pick
from .parts import Part, turn
from .primitives import box, cylinder, extrusion, lathe, rounded_box, sphere

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


def animal(
    rng: np.random.Generator, capsules: list[Capsule], coat: str, spot: str, cell: float, blend: float, name: str
) -> Part:
    """Returns a four-legged body of capsules facing +x in a spotted coat."""
    skin = palette.textured(
        name, textures.hide(rng, palette.shade(rng, coat), palette.shade(rng, spot), cells=int(rng.integers(3, 7))), 0.9
    )
    return blob(capsules, skin, cell, blend)


def cow(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toy cow about 0.3 m long, facing -y: body, head, horns, eyes, tail."""
    s = rng.uniform(0.9, 1.25)
    coat, spot = (colour, "white") if colour else (("white", "black") if rng.random() < 0.6 else ("white", "brown"))
    legs: list[Capsule] = []
    for x in (-0.085, 0.08):
        for y in (-0.036, 0.036):
            legs += [
                ((x, y, 0.11), (x - 0.004, y, 0.055), 0.024, 0.015),
                ((x - 0.004, y, 0.055), (x, y, 0.012), 0.015, 0.014),
            ]
    body: list[Capsule] = [
        ((-0.08, 0, 0.142), (0.075, 0, 0.145), 0.057, 0.053), ((-0.01, 0, 0.125), (0.02, 0, 0.122), 0.056, 0.054),
        ((0.085, 0, 0.155), (0.135, 0, 0.192), 0.038, 0.031), ((0.135, 0, 0.196), (0.178, 0, 0.176), 0.031, 0.022),
        ((0.128, -0.03, 0.213), (0.122, -0.058, 0.21), 0.011, 0.007), ((0.128, 0.03, 0.213), (0.122, 0.058, 0.21), 0.011, 0.007),
        ((-0.125, 0, 0.165), (-0.147, 0, 0.1), 0.008, 0.006), ((-0.147, 0, 0.1), (-0.148, 0, 0.08), 0.006, 0.012),
    ]  # fmt: skip
    parts = [animal(rng, body + legs, coat, spot, 0.0075, 0.007, "coat")]
    pink, dark = palette.plain("muzzle", (0.86, 0.62, 0.58), 0.6), palette.plain("eye", (0.05, 0.04, 0.04), 0.2)
    horn = palette.plain("horn", (0.88, 0.82, 0.68), 0.5)
    parts.append(sphere((0.016, 0.024, 0.018), pink, 12, 20).at(0.192, 0, 0.17))
    parts.append(sphere((0.024, 0.02, 0.014), pink, 10, 16).at(-0.045, 0, 0.07))
    for y in (-1, 1):
        parts.append(sphere((0.005, 0.005, 0.0055), dark, 8, 12).at(0.157, y * 0.026, 0.204))
        parts.append(sphere((0.003, 0.004, 0.003), dark, 6, 8).at(0.2065, y * 0.01, 0.174))
        parts.append(
            lathe([(0, 0), (0.007, 0), (0.005, 0.014), (0, 0.028)], horn, 14)
            .turned("x", -25 * y)
            .at(0.126, y * 0.016, 0.217)
        )
    return {"": [p.scaled(s).turned("z", -90) for p in parts]}


def dog(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toy dog about 0.25 m long, facing -y."""
    s = rng.uniform(0.85, 1.3)
    coat = colour or pick(rng, ("brown", "cream", "black", "white", "terracotta"))
    spot = pick(rng, [c for c in ("brown", "black", "white", "cream") if c != coat])
    parts_list: list[Capsule] = []
    for x in (-0.07, 0.062):
        for y in (-0.026, 0.026):
            parts_list += [
                ((x, y, 0.095), (x + (0.008 if x < 0 else 0), y, 0.05), 0.022, 0.013),
                ((x, y, 0.05), (x + 0.006, y, 0.011), 0.013, 0.013),
            ]
    parts_list += [
        ((-0.07, 0, 0.108), (0.06, 0, 0.114), 0.034, 0.04), ((0.07, 0, 0.13), (0.1, 0, 0.175), 0.028, 0.026),
        ((0.1, 0, 0.19), (0.118, 0, 0.188), 0.036, 0.032), ((0.135, 0, 0.178), (0.165, 0, 0.174), 0.02, 0.016),
        ((0.094, -0.034, 0.21), (0.098, -0.043, 0.165), 0.011, 0.013), ((0.094, 0.034, 0.21), (0.098, 0.043, 0.165), 0.011, 0.013),
        ((-0.095, 0, 0.125), (-0.14, 0, 0.175), 0.01, 0.008),
    ]  # fmt: skip
    parts = [animal(rng, parts_list, coat, spot, 0.0068, 0.006, "fur")]
    dark = palette.plain("nose", (0.05, 0.045, 0.045), 0.2)
    parts.append(sphere((0.008, 0.009, 0.007), dark, 8, 12).at(0.181, 0, 0.182))
    for y in (-1, 1):
        parts.append(sphere((0.0055, 0.0055, 0.006), dark, 8, 12).at(0.143, y * 0.016, 0.204))
    collar = palette.plain("collar", palette.shade(rng, pick(rng, ("red", "blue", "teal"))), 0.5)
    ring = lathe([(0.027, -0.005), (0.0335, -0.005), (0.0335, 0.005), (0.027, 0.005)], collar, 28, close=True)
    parts.append(ring.turned("y", 32).at(0.082, 0, 0.147))
    return {"": [p.scaled(s).turned("z", -90) for p in parts]}


def teddy(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A sitting teddy bear facing -y."""
    s = rng.uniform(0.8, 1.4)
    fur = palette.textured(
        "plush",
        textures.plush(rng, palette.shade(rng, colour or pick(rng, ("brown", "cream", "terracotta", "pink")))),
        1.0,
    )
    limbs: list[Capsule] = [((0, 0, 0.075), (0, 0, 0.11), 0.068, 0.055), ((0, 0, 0.2), (0.004, 0, 0.205), 0.058, 0.058)]
    for y in (-1, 1):
        foot = (0.11, y * 0.06, 0.034)
        limbs.append(((0.02, y * 0.045, 0.04), foot, 0.033, 0.03))
        limbs.append((foot, (0.115, y * 0.06, 0.05), 0.03, 0.028))
        limbs.append(((0.01, y * 0.055, 0.14), (0.06, y * 0.082, 0.095), 0.026, 0.024))
        limbs.append(((0, y * 0.042, 0.25), (0, y * 0.045, 0.252), 0.02, 0.02))
    parts = [blob(limbs, fur, 0.008, 0.009)]
    pale, dark = palette.plain("snout", (0.9, 0.8, 0.65), 0.9), palette.plain("button", (0.06, 0.05, 0.05), 0.2)
    parts.append(sphere((0.025, 0.028, 0.022), pale, 12, 18).at(0.052, 0, 0.188))
    parts.append(sphere((0.007, 0.01, 0.007), dark, 8, 12).at(0.077, 0, 0.196))
    for y in (-1, 1):
        parts.append(sphere((0.006, 0.006, 0.007), dark, 8, 12).at(0.053, y * 0.023, 0.221))
        parts.append(sphere((0.006, 0.014, 0.014), pale, 10, 16).at(0.018, y * 0.045, 0.253))
        parts.append(sphere((0.008, 0.022, 0.022), pale, 10, 16).at(0.143, y * 0.06, 0.044))
    low = min(float(p.vertices[:, 2].min()) for p in parts)
    return {"": [p.at(z=-low).scaled(s).turned("z", -90) for p in parts]}


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
