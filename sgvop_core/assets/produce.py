"""Fruit and vegetables."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import finishes, palette
from .forms import bar, petal
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere, tube

GREENS = ((0.25, 0.5, 0.16), (0.38, 0.6, 0.2))
BARK = (0.33, 0.22, 0.12)


def peel(rng: np.random.Generator, colour: str | None, choices: tuple[tuple[Array, Array], ...], roughness: float = 0.35,
         sharp: float = 1.0, cells: int = 3) -> Material:  # fmt: skip
    """Returns a peel in a colour word, or without one in a pair of sRGB colours [3] out of ``choices``."""
    if colour is not None:
        c = np.asarray(palette.shade(rng, colour))
        return finishes.skin(rng, f"{colour} peel", c, c * 0.85, roughness, cells)
    first, second = choices[int(rng.integers(0, len(choices)))]
    jitter = rng.uniform(0.93, 1.05)
    return finishes.skin(rng, "peel", first * jitter, second * jitter, roughness, cells, sharp)


def pairs(*colours: tuple[tuple[float, float, float], tuple[float, float, float]]) -> tuple[tuple[Array, Array], ...]:
    """Returns pairs of sRGB colours as arrays [3]."""
    return tuple((np.array(a), np.array(b)) for a, b in colours)


def turned(profile: Array, material: Material, segments: int = 28) -> Part:
    """Returns a smooth fruit of a profile [P, 2] (radius, height) from the axis to the axis, metres."""
    return lathe(profile, material, segments, crease=80.0)


def stalk(rng: np.random.Generator, z: float, length: float, radius: float, lean: float = 0.3) -> Part:
    """Returns a brown stalk from height ``z``, ``length`` metres long, bent by ``lean`` of its length."""
    t = np.linspace(0, 1, 5)
    a = rng.uniform(0, 2 * math.pi)
    path = np.stack([lean * length * t**2 * math.cos(a), lean * length * t**2 * math.sin(a), z + length * t], 1)
    return tube(path, radius * np.linspace(0.9, 1.2, 5), palette.plain("stalk", BARK, 0.8), 7)


def leaf(rng: np.random.Generator, length: float, z: float) -> Part:
    """Returns a green leaf of ``length`` metres that starts on the axis at height ``z``."""
    green = palette.plain("leaf", palette.shade(rng, "green"), 0.5)
    return (
        petal(length, 0.5 * length, 0.0012, green, 0.2 * length)
        .turned("y", -25)
        .turned("z", rng.uniform(0, 360))
        .at(z=z)
    )


def apple(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An apple with its dimples, a stalk and often a leaf."""
    r = rng.uniform(0.034, 0.045)
    a = np.linspace(-math.pi / 2, math.pi / 2, 23)
    radius = r * np.cos(a) * (1 + 0.1 * np.sin(a))
    height = r * rng.uniform(0.84, 1.0) * np.sin(a)
    height = height - r * np.exp(-((radius / (0.36 * r)) ** 2)) * np.where(a > 0, 0.4, -0.2)
    radius[[0, -1]] = 0
    body = turned(np.stack([radius, height], 1), peel(rng, colour, pairs(
        ((0.72, 0.08, 0.08), (0.86, 0.32, 0.16)), ((0.48, 0.68, 0.18), (0.64, 0.78, 0.28)), ((0.8, 0.14, 0.1), (0.9, 0.78, 0.3)),
        ((0.62, 0.05, 0.08), (0.76, 0.1, 0.1))), sharp=1.6), 30)  # fmt: skip
    top = float(height[-1])
    parts = [body, stalk(rng, top - 0.002, 0.75 * r, 0.0018)]
    if rng.random() < 0.6:
        parts.append(leaf(rng, 0.85 * r, top + 0.35 * r))
    return {"": parts}


def pear(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A pear with a stalk."""
    r = rng.uniform(0.032, 0.042)
    h = r * rng.uniform(2.4, 2.9)
    t = np.linspace(0, 1, 24)
    radius = r * np.interp(t, [0, 0.04, 0.12, 0.3, 0.45, 0.62, 0.8, 0.92, 0.98, 1],
                           [0, 0.45, 0.78, 1.0, 0.93, 0.66, 0.46, 0.38, 0.22, 0])  # fmt: skip
    radius[1:-1] = np.convolve(radius, [0.25, 0.5, 0.25], "valid")
    flesh = peel(rng, colour, pairs(((0.72, 0.74, 0.24), (0.58, 0.64, 0.2)), ((0.84, 0.76, 0.32), (0.7, 0.5, 0.2)),
                                    ((0.5, 0.62, 0.2), (0.62, 0.68, 0.3))))  # fmt: skip
    parts = [turned(np.stack([radius, h * t], 1), flesh), stalk(rng, h - 0.003, 0.55 * r, 0.0019)]
    if rng.random() < 0.4:
        parts.append(leaf(rng, 0.8 * r, h + 0.1 * r))
    return {"": parts}


def orange(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An orange: a pitted ball with a green star where the stalk was, sometimes a leaf."""
    r = rng.uniform(0.035, 0.047)
    rind = peel(
        rng,
        colour,
        pairs(((0.95, 0.55, 0.1), (0.9, 0.45, 0.08)), ((0.96, 0.62, 0.16), (0.92, 0.5, 0.1))),
        0.45,
        1.0,
        24,
    )
    body = sphere((r, r, r * rng.uniform(0.9, 1.0)), rind, 18, 28)
    top = float(body.vertices[:, 2].max())
    green = palette.plain("star", palette.shade(rng, "green"), 0.7)
    parts = [body, cylinder(0.1 * r, 0.004, green, 8).at(z=top - 0.0015)]
    parts += [petal(0.22 * r, 0.12 * r, 0.0014, green).turned("z", 72 * k).at(z=top) for k in range(5)]
    if rng.random() < 0.4:
        parts.append(leaf(rng, 1.1 * r, top + 0.001))
    return {"": parts}


def banana(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A banana lying on its side, or two or three joined at the stem, which points towards +x."""
    length, count = rng.uniform(0.16, 0.21), int(rng.choice([1, 1, 2, 3]))
    yellow = peel(rng, colour, pairs(((0.95, 0.82, 0.2), (0.92, 0.74, 0.14)), ((0.9, 0.84, 0.3), (0.76, 0.78, 0.26)),
                                     ((0.93, 0.76, 0.2), (0.7, 0.5, 0.16))), 0.5)  # fmt: skip
    tip = palette.plain("tip", (0.25, 0.18, 0.1), 0.8)
    bend, thick = rng.uniform(75, 110), length * rng.uniform(0.085, 0.1)
    radius = length / math.radians(bend)
    t = np.linspace(0, 1, 15)
    a = np.radians(90 + bend * (0.5 - t))
    curve = np.stack([-radius * np.cos(a), radius * np.sin(a) - radius, 0 * a], 1)[::-1]
    width = thick * np.interp(t, [0, 0.04, 0.12, 0.3, 0.7, 0.86, 0.93, 1], [0.35, 0.5, 0.78, 1, 1, 0.65, 0.34, 0.3])
    parts = []
    for k in range(count):
        one = [tube(curve, width, yellow, 7)]
        one[0] = Part(one[0].vertices, one[0].faces, one[0].uvs, yellow, 60.0)
        for end, near in ((0, 1), (-1, -2)):
            out = curve[end] - curve[near]
            out = out / np.linalg.norm(out)
            reach = 0.003 if end == 0 else 0.012
            one.append(bar(curve[end] - 0.003 * out, curve[end] + reach * out, np.array([0.36, 0.32]) * thick, tip, 7))
        stem = curve[-1]
        parts += [p.at(*-stem).turned("z", -20 * k).turned("x", 12 * k).at(*stem) for p in one]
    middle = np.concatenate([p.vertices for p in parts])
    centre = (middle.max(0) + middle.min(0)) / 2
    return {"": [p.at(-centre[0], -centre[1]) for p in parts]}


def carrot(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A carrot lying along x, its green towards +x."""
    length, r = rng.uniform(0.13, 0.2), rng.uniform(0.014, 0.02)
    t = np.linspace(0, 1, 16)
    radius = r * (1 - (1 - t) ** 1.6) * (1 + 0.04 * np.sin(40 * t + rng.uniform(0, 6)))
    radius = np.maximum(radius * np.interp(t, [0, 0.93, 1], [1, 1, 0.55]), 0.0012)
    flesh = peel(
        rng, colour, pairs(((0.93, 0.45, 0.1), (0.85, 0.36, 0.07)), ((0.95, 0.52, 0.16), (0.88, 0.4, 0.1))), 0.5, 1.0, 8
    )
    path = np.stack([length * (t - 0.65), 0.02 * length * np.sin(3 * t), r + 0 * t - 0.4 * (r - radius)], 1)
    parts = [tube(path, radius, flesh, 14)]
    green = finishes.skin(rng, "green", *GREENS, 0.7)
    for k in range(int(rng.integers(5, 9))):
        blade = petal(length * rng.uniform(0.35, 0.6), 0.012, 0.002, green, rng.uniform(-0.2, 0.5) * r)
        blade = blade.turned("y", -rng.uniform(-6, 22)).turned("z", (k - 3) * 10 + rng.uniform(-5, 5))
        parts.append(blade.at(0.34 * length, 0, r))
    return {"": parts}


def pumpkin(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A ribbed pumpkin with a bent stalk."""
    r, ribs, flat = rng.uniform(0.1, 0.18), int(rng.integers(8, 13)), rng.uniform(0.62, 0.95)
    rind = peel(rng, colour, pairs(((0.92, 0.48, 0.1), (0.85, 0.38, 0.06)), ((0.9, 0.56, 0.2), (0.8, 0.42, 0.1)),
                                   ((0.42, 0.5, 0.2), (0.3, 0.4, 0.16))), 0.5)  # fmt: skip
    a = np.linspace(-math.pi / 2, math.pi / 2, 15)
    radius = np.cos(a)
    height = np.sin(a) - 0.42 * np.exp(-((radius / 0.3) ** 2)) * np.sign(a)
    radius[[0, -1]] = 0

    def rib(v: Array) -> Array:
        groove = 1 - 0.13 * (1 - np.abs(np.sin(0.5 * ribs * np.arctan2(v[:, 1], v[:, 0]))) ** 0.8)
        return np.column_stack([v[:, :2] * groove[:, None], v[:, 2] * (0.5 + 0.5 * groove)])

    body = lathe(np.stack([r * radius, r * flat * height], 1), rind, ribs * 6, crease=80.0).warped(rib)
    top, stem = float(body.vertices[:, 2].max()), palette.plain("stalk", (0.42, 0.4, 0.2), 0.8)
    t = np.linspace(0, 1, 6)
    path = np.stack([0.14 * r * t**2, 0 * t, top - 0.24 * r + 0.52 * r * t], 1)
    return {"": [body, tube(path, r * np.linspace(0.15, 0.085, 6), stem, 7)]}


def mushroom(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A mushroom: a thick stem under a cap with gills; red ones are spotted."""
    r, h = rng.uniform(0.03, 0.06), rng.uniform(0.055, 0.11)
    cap_of = colour or pick(rng, ("brown", "white", "red", "beige", "cream"))
    cap = finishes.enamel(rng, cap_of, 0.4)
    pale = finishes.skin(rng, "stem", (0.94, 0.9, 0.82), (0.85, 0.78, 0.66), 0.8)
    gills = finishes.stripes(rng, (0.72, 0.6, 0.5), (0.86, 0.76, 0.66), 32, "u")
    dome, stem = rng.uniform(0.55, 0.95) * r, rng.uniform(0.25, 0.38) * r
    h = max(h, dome + 0.6 * r)
    a = np.linspace(0, math.pi / 2, 11)
    under = lathe([(0, 0), (0.9 * r, -0.05 * r), (0.9 * r, 0.02 * r), (0, 0.04 * r)], gills, 28).at(z=h - dome)
    profile = [
        (0, 0.0),
        (0.93 * r, -0.02 * r),
        (r, -0.06 * r),
        *zip(r * np.cos(a) ** 0.9, dome * np.sin(a), strict=True),
    ]
    profile[-1] = (0.0, dome)
    parts = [lathe(profile, cap, 28, crease=70.0).at(z=h - dome), under]
    t = np.linspace(0, 1, 7)
    bulge = stem * (1 + rng.uniform(0.1, 0.5) * (1 - t) ** 2)
    parts.append(
        lathe(
            [(0, 0), (0.8 * bulge[0], 0), *zip(bulge, 0.004 + (h - dome * 0.8) * t, strict=True), (0, h - dome * 0.78)],
            pale,
            18,
        )
    )
    if cap_of == "red" or rng.random() < 0.25:
        spot = palette.plain("spot", (0.95, 0.93, 0.88), 0.7)
        for k in range(9):
            b, c = (
                (math.pi / 2 - 0.1 if k == 0 else rng.uniform(0.35, 1.1)),
                2 * math.pi * k / 8 + rng.uniform(-0.2, 0.2),
            )
            s = rng.uniform(0.07, 0.13) * r
            flat = r * math.cos(b) ** 0.9
            parts.append(sphere((s, s, 0.5 * s), spot, 6, 8).turned("y", 90 - math.degrees(b)).turned("z", math.degrees(c)).at(
                flat * math.cos(c), flat * math.sin(c), h - dome + dome * math.sin(b)))  # fmt: skip
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "apple": AssetKind(apple, (0.06, 0.1)),
    "banana": AssetKind(banana, (0.12, 0.24)),
    "pear": AssetKind(pear, (0.08, 0.16)),
    "orange": AssetKind(orange, (0.065, 0.13)),
    "carrot": AssetKind(carrot, (0.17, 0.32)),
    "pumpkin": AssetKind(pumpkin, (0.18, 0.37)),
    "mushroom": AssetKind(mushroom, (0.05, 0.125)),
}
