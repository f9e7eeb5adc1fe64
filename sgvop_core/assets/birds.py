"""Birds as toys, facing -y: a small bird, a duck, a penguin."""

from __future__ import annotations

import numpy as np

from .bodies import cone, egg, eyes, figure, limb, pair, vary
from .palette import pick
from .parts import Part
from .pelts import coloured, contrast, dark, pelt, tint

PLUMES = ("red", "blue", "yellow", "green", "orange", "teal", "brown", "black", "white", "pink")
WHITE = (0.95, 0.95, 0.93)


def bird(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a small bird on two thin legs, its wings folded or spread."""
    base = coloured(rng, colour, PLUMES)
    skin, wing = pelt(rng, base), pelt(rng, base if colour and rng.random() < 0.6 else contrast(rng, base, PLUMES))
    bill = tint("beak", pick(rng, ("orange", "yellow", "black")), rng)
    g, lean, leg = vary(rng, 0.3), vary(rng, 0.22, 0.7), vary(rng, 0.25, 0.3)
    z = leg + g * 0.85
    breast = pelt(rng, contrast(rng, base, ("white", "cream", "orange", "red"))) if rng.random() < 0.5 else skin
    parts = [limb([(0, 0.32, z - lean * 0.6, g * 0.5), (0, 0, z, g), (0, -0.22, z + lean, g * 0.85)], skin, 14)]
    parts.append(egg((0, -0.16, z - 0.02), (g * 0.85, g * 0.85, g * 0.85), breast))
    r, hy, hz = vary(rng, 0.23), -0.3, z + lean + 0.3
    parts += [egg((0, hy, hz), r, skin), *eyes(r * 0.75, hy - r * 0.55, hz + r * 0.25, r * 0.22, dark("eye"))]
    long = vary(rng, 0.2, 0.4)
    parts.append(cone(r * 0.38, long, bill, segments=8).scaled(1, 0.8, 1).turned("x", 92).at(0, hy - r * 0.85, hz))
    n = vary(rng, 0.42, 0.3)
    parts.append(limb([(0, 0.4, z - lean * 0.6, 0.1), (0, 0.5 + n, z - lean + 0.1, 0.06)], wing, 8, wide=2.2))
    if rng.random() < 0.35:
        span = vary(rng, 0.9)
        parts += pair(
            egg((span / 2, 0, 0), (span / 2, 0.24, 0.04), wing, 6, 12).turned("y", -18).at(g * 0.5, 0.02, z + 0.15)
        )
    else:
        parts += pair(egg((0, 0, 0), (0.07, 0.4, 0.2), wing, 6, 12).turned("x", -20).at(g * 0.95, 0.12, z + 0.02))
    if rng.random() < 0.25:
        parts.append(cone(0.07, 0.2, wing, segments=8).turned("x", -30).at(0, hy, hz + r * 0.8))
    for x in (-0.12, 0.12):
        parts.append(limb([(x, 0, z - g * 0.6, 0.028), (x, 0, 0.03, 0.028)], bill, 6, 1, ends=1))
        parts.append(egg((x, -0.07, 0.025), (0.07, 0.15, 0.025), bill, 4, 8))
    return parts


def duck(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a duck with a flat bill, lying on its belly as a bath toy or standing on webbed feet."""
    base = coloured(rng, colour, ("yellow", "yellow", "yellow", "white", "brown", "green", "pink"))
    skin, bill = pelt(rng, base), tint("bill", pick(rng, [c for c in ("orange", "red") if c != base]), rng)
    crown = pelt(rng, contrast(rng, base, ("green", "brown", "white"))) if rng.random() < 0.25 else skin
    g, stand = vary(rng, 0.36), rng.random() < 0.5
    z = g * 0.85 + (0.22 if stand else 0.0)
    parts = [
        limb(
            [(0, 0.68, z + 0.22, 0.07), (0, 0.4, z + 0.03, g * 0.65), (0, 0, z, g), (0, -0.35, z + 0.02, g * 0.8)],
            skin,
            14,
            wide=1.1,
        )
    ]
    neck, r = vary(rng, 0.42, 0.25), vary(rng, 0.27)
    hy, hz = -0.48, z + g * 0.45 + neck
    parts += [limb([(0, -0.36, z + 0.1, g * 0.6), (0, hy + 0.05, hz, r * 0.65)], skin, 12), egg((0, hy, hz), r, crown)]
    parts += eyes(r * 0.7, hy - r * 0.55, hz + r * 0.35, r * 0.2, dark("eye"))
    n = vary(rng, 0.26, 0.3)
    parts.append(
        limb(
            [
                (0, hy - r * 0.6, hz - 0.05, 0.1),
                (0, hy - r * 0.8 - n * 0.6, hz - 0.08, 0.07),
                (0, hy - r * 0.8 - n, hz - 0.05, 0.06),
            ],
            bill,
            10,
            wide=1.9,
        )
    )
    parts += pair(egg((0, 0, 0), (0.08, 0.38, 0.2), skin, 6, 12).turned("x", -14).at(g * 1.05, 0.1, z + 0.08))
    if stand:
        for x in (-0.16, 0.16):
            parts.append(limb([(x, 0, z - g * 0.6, 0.04), (x, 0, 0.04, 0.04)], bill, 6, 1, ends=1))
            parts.append(egg((x, -0.1, 0.03), (0.12, 0.2, 0.03), bill, 4, 8))
    return parts


def penguin(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns an upright penguin: dark back, white belly, flippers, orange feet."""
    skin = pelt(rng, coloured(rng, colour, ("black", "black", "navy", "grey")))
    white, orange = pelt(rng, "white"), tint("beak", pick(rng, ("orange", "yellow")), rng)
    w, h = vary(rng, 0.34), vary(rng, 0.62)
    parts = [limb([(0, 0.03, w * 0.95, w * 0.9), (0, 0, h * 0.75, w), (0, 0, h * 1.25, w * 0.66)], skin, 16)]
    parts.append(egg((0, -w * 0.28, h * 0.7), (w * 0.8, w * 0.85, h * 0.62), white, 10, 14))
    r, z = vary(rng, 0.26, 0.2), h * 1.25 + vary(rng, 0.24)
    parts += [
        egg((0, -0.02, z), r, skin, 10, 14),
        *pair(egg((r * 0.4, -r * 0.5, z), (r * 0.48, r * 0.52, r * 0.52), white)),
    ]
    parts += eyes(r * 0.42, -r * 0.97, z + r * 0.15, r * 0.17, dark("eye"))
    parts.append(cone(r * 0.28, vary(rng, 0.2, 0.35), orange, segments=8).turned("x", 95).at(0, -r * 0.8, z - 0.03))
    spread = float(rng.uniform(10, 55))
    flipper = egg((0, 0, -0.27), (0.06, 0.14, 0.32), skin, 8, 8).turned("y", -spread)
    parts += pair(flipper.at(w * 0.85, 0, h * 1.15))
    parts += pair(egg((w * 0.5, -w * 0.65, 0.05), (0.14, 0.24, 0.05), orange, 5, 10))
    parts.append(egg((0, w * 0.9, 0.1), (0.1, 0.2, 0.06), skin, 5, 8))
    return parts


KINDS = {
    "bird": figure(bird, 0.1, 0.4),
    "duck": figure(duck, 0.1, 0.45),
    "penguin": figure(penguin, 0.14, 0.7),
}
