"""What people wear and carry: hats, shoes, bags."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import finishes, palette
from .forms import arc, hoop, loft, slab, tub
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere, tube

WORN = ("red", "blue", "green", "brown", "black", "white", "grey", "navy", "pink", "yellow", "teal", "purple")


def stuff(rng: np.random.Generator, colour: str | None, choices: tuple[str, ...] = WORN) -> tuple[Material, str]:
    """Returns cloth or leather in the colour word or in one of ``choices``, and the word."""
    word = colour or pick(rng, choices)
    return (palette.cloth(rng, word) if rng.random() < 0.6 else finishes.leather(rng, word)), word


def hat(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A hat, hollow below: top hat, brimmed felt or straw hat, bowler, or knitted cap with a bobble."""
    style = int(rng.integers(0, 4))
    felt, word = stuff(rng, colour, ("black", "grey", "brown", "navy") if style in (0, 2) else WORN)
    if style == 1 and colour is None and rng.random() < 0.5:
        felt = finishes.stripes(rng, (0.88, 0.76, 0.5), (0.8, 0.66, 0.38), 20, "v", 0.5, 0.9)
    band = finishes.enamel(rng, pick(rng, [c for c in ("red", "black", "white", "navy", "green") if c != word]), 0.7)
    r, t = rng.uniform(0.085, 0.1), np.linspace(0, 1, 9)
    if style == 3:
        h = r * rng.uniform(1.2, 1.6)
        a = np.radians(np.linspace(0, 90, 9))
        dome = np.stack([r * np.cos(a), 0.3 * h + 0.7 * h * np.sin(a)], 1)
        dome[-1, 0] = 0.0
        outer = [(r, 0.0), *map(tuple, dome)]
        inner = [(0, h - 0.008), *[(x - 0.008, z - 0.004) for x, z in dome[-2:0:-1]], (r - 0.008, 0.0)]
        cuff = lathe(
            [(r - 0.004, 0), (r + 0.01, 0.004), (r + 0.01, 0.26 * h), (r - 0.004, 0.28 * h)], band, 28, close=True
        )
        puff = sphere(
            (0.34 * r, 0.34 * r, 0.32 * r),
            palette.cloth(rng, pick(rng, ("white", "red", "grey"))) if not colour else felt,
            8,
            12,
        )
        return {"": [lathe([*outer, *inner], felt, 28, close=True), cuff, puff.at(z=h + 0.2 * r)]}
    h, brim = (
        (rng.uniform(0.13, 0.18), r + rng.uniform(0.035, 0.05))
        if style == 0
        else (rng.uniform(0.1, 0.13), r + rng.uniform(0.05, 0.11))
    )
    if style == 2:
        brim = r + 0.04
        a = np.radians(np.linspace(0, 90, 8))
        crown = np.stack([r * np.cos(a) ** 0.8, 0.35 * h + 0.65 * h * np.sin(a)], 1)
    else:
        flare = rng.uniform(-0.04, 0.08) if style == 0 else rng.uniform(-0.14, -0.05)
        crown = np.stack([r * (1 + flare * t), h * t], 1)
        crown = np.concatenate(
            [
                crown,
                [
                    [crown[-1, 0] * 0.96, h + 0.004],
                    [0.5 * r, h + (0.004 if style == 0 else -0.012)],
                    [0, h + (0.004 if style == 0 else -0.015)],
                ],
            ]
        )
    crown[-1, 0] = 0.0
    profile = [(r - 0.003, 0.0), (brim, 0.0), (brim, 0.004), (r + 0.001, 0.005), *map(tuple, crown[1:])]
    profile += [(0, crown[-1, 1] - 0.004), *[(max(x - 0.003, 0.001), z - 0.004) for x, z in crown[-2:0:-1]]]
    body = lathe(profile, felt, 32, close=True)
    edge = float(np.interp(0.022, crown[:, 1], crown[:, 0]))
    ribbon = lathe(
        [(r - 0.002, 0.004), (r + 0.003, 0.004), (edge + 0.003, 0.03), (edge - 0.002, 0.03)], band, 32, close=True
    )
    curl = rng.uniform(0.0, 0.035) * (style != 0) + 0.008
    oval = rng.uniform(1.08, 1.2)

    def shape(v: Array) -> Array:
        out = np.clip((np.hypot(v[:, 0], v[:, 1]) - r) / (brim - r), 0, 1)
        side = v[:, 0] ** 2 / np.maximum(v[:, 0] ** 2 + v[:, 1] ** 2, 1e-12)
        return np.column_stack([v[:, 0], v[:, 1] * oval, v[:, 2] + curl * out**2 * side])

    return {"": [p.warped(shape) for p in (body, ribbon)]}


def shoe(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """One shoe, its toe towards -y: a laced trainer, a slip-on, or a boot with a hollow leg."""
    upper, word = stuff(rng, colour)
    length, w = rng.uniform(0.24, 0.31), rng.uniform(0.085, 0.105)
    style = pick(rng, ("trainer", "trainer", "slip-on", "boot"))
    sole = finishes.enamel(
        rng, "white" if style == "trainer" and word != "white" else pick(rng, ("black", "brown")), 0.7
    )
    thick = rng.uniform(0.018, 0.03)
    t = np.array([0, 0.02, 0.07, 0.16, 0.3, 0.45, 0.6, 0.75, 0.88, 0.96, 1.0])
    y = length * (t - 0.5)
    half = 0.5 * w * np.array([0.3, 0.55, 0.78, 0.95, 1.0, 0.9, 0.78, 0.76, 0.74, 0.58, 0.36])
    a = 2 * math.pi * np.arange(16) / 16

    def ring(k: int, wide: float, low: float, high: float, power: float) -> Array:
        c, s = np.cos(a), np.sin(a)
        x = wide * np.sign(c) * np.abs(c) ** power
        z = (low + high) / 2 + (high - low) / 2 * np.sign(s) * np.abs(s) ** power
        return np.stack([-x, np.full(16, y[k]), z], 1)

    parts = [loft(np.stack([ring(k, 1.06 * half[k], 0.0, thick, 0.35) for k in range(11)]), sole, 50.0)]
    top = thick + np.array([0.02, 0.03, 0.038, 0.043, 0.052, 0.066, 0.078, 0.078, 0.08, 0.08, 0.07]) * rng.uniform(
        0.9, 1.1
    )
    parts.append(loft(np.stack([ring(k, half[k], thick - 0.006, top[k], 0.75) for k in range(11)]), upper, 70.0))
    dark = palette.plain("lining", (0.1, 0.09, 0.09), 0.9)
    middle, z = (0.0, 0.27 * length), float(thick + 0.074)
    if style == "boot":
        tall, lx, ly = rng.uniform(0.13, 0.28), 0.46 * w, 0.2 * length
        leg = tub(1.0, 1.0, tall, 0.09, 0.02, upper, 0.93, 2.0, 22).scaled(lx, ly, 1)
        parts += [
            leg.at(*middle, z - 0.045),
            hoop(0.95, 0.06, sole, 22, 5).scaled(lx, ly, 0.12).at(*middle, z + tall - 0.05),
        ]
    else:
        parts.append(cylinder(1.0, 0.012, dark, 20).scaled(0.33 * w, 0.185 * length, 1).at(*middle, z - 0.002))
        collar = hoop(1.0, 0.14, upper, 20, 6).scaled(0.34 * w, 0.19 * length, 0.09)
        parts.append(collar.at(*middle, z + 0.004))
    if style != "slip-on":
        lace = palette.plain("lace", (0.95, 0.95, 0.93) if word != "white" else (0.2, 0.25, 0.5), 0.9)
        for k, u in enumerate(np.linspace(0.3, 0.48, 4)):
            height = float(np.interp(u, t, top))
            parts.append(
                tube(
                    arc(
                        (0, length * (u - 0.5), height - 0.016),
                        (0.3 * w, 0.006 * (-1) ** k, 0),
                        (0, 0, 0.021),
                        25,
                        155,
                        6,
                    ),
                    0.0032,
                    lace,
                    6,
                )
            )
    if style == "trainer":
        stripe = finishes.enamel(rng, pick(rng, [c for c in ("white", "black", "red", "navy") if c != word]))
        for s in (-1, 1):
            for u in (0.5, 0.57):
                x = s * 0.5 * w * float(np.interp(u, t, half / (0.5 * w)))
                parts.append(
                    slab((-0.003, 0.003), (-0.008, 0.008), (-0.02, 0.02), stripe, 0.001)
                    .turned("x", 25)
                    .at(x, length * (u - 0.5), thick + 0.032)
                )
    return {"": parts}


def bag(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bag, open on top and hollow: a paper carrier, a cloth tote or a leather handbag, with two handles."""
    style = int(rng.integers(0, 3))
    word = colour or pick(rng, WORN + ("brown", "beige", "beige"))
    x, y, h = (
        ((0.11, 0.16), (0.05, 0.075), (0.28, 0.38))
        if style == 0
        else ((0.15, 0.21), (0.045, 0.08), (0.3, 0.4))
        if style == 1
        else ((0.13, 0.19), (0.06, 0.085), (0.18, 0.25))
    )
    hx, hy, tall = rng.uniform(*x), rng.uniform(*y), rng.uniform(*h)
    if style == 0:
        body = palette.textured("paper", finishes.enamel(rng, word).texture.pixels[..., :3], 0.8)  # type: ignore[union-attr]
    else:
        body = (
            palette.cloth(rng, word, "white", pick(rng, ("plain", "stripes")) if colour is None else "plain")
            if style == 1
            else finishes.leather(rng, word)
        )
    foot = 1.0 if style == 0 else rng.uniform(0.85, 0.95) if style == 1 else rng.uniform(1.1, 1.2)
    shell = tub(hx / max(foot, 1), hy / max(foot, 1), tall, 0.004, 0.006, body, foot, 9 if style == 0 else 4, 40, 0.25)
    strap = body if style else palette.plain("cord", palette.shade(rng, pick(rng, ("white", "black", "brown"))), 0.8)
    parts: list[Part] = [shell]
    reach, span, thick = rng.uniform(0.07, 0.11) + 0.1 * (style == 1), 0.45 * hx, 0.005 if style else 0.003
    for s in (-1, 1):
        side = s * (hy / max(foot, 1) - 0.003)
        path = np.concatenate(
            [
                [[-span, side, tall - 0.05]],
                arc((0, side, tall), (-span, 0, 0), (0, -s * 0.2 * hy, reach), 0, 180, 11),
                [[span, side, tall - 0.05]],
            ]
        )
        parts.append(tube(path, thick, strap, 8, squash=1.6 if style == 1 else 1.0))
    if style == 2:
        brass = palette.metal(rng, "brass")
        parts.append(
            slab((-0.025, 0.025), (-hy / foot - 0.004, -hy / foot + 0.012), (tall - 0.06, tall - 0.02), brass, 0.003)
        )
        parts += [
            hoop(0.012, 0.003, brass, 12).turned("x", 90).at(sx * span, s * (hy / foot + 0.004), tall - 0.045)
            for sx in (-1, 1)
            for s in (-1, 1)
        ]
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "hat": AssetKind(hat, (0.16, 0.5)),
    "shoe": AssetKind(shoe, (0.23, 0.42), fronted=True),
    "bag": AssetKind(bag, (0.25, 0.65)),
}
