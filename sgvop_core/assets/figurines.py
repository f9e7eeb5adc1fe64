"""Figures that were never alive, facing -y: a toy robot, a snowman, a chess pawn."""

from __future__ import annotations

import math

import numpy as np

from . import palette, textures
from .bodies import cone, egg, eyes, figure, limb, pair, vary
from .figures import arm, cloth
from .palette import pick
from .parts import Part
from .pelts import coloured, dark, pelt, tint
from .primitives import box, cylinder, lathe


def robot(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a toy robot of boxes or barrels: lamps for eyes, an aerial, claws, legs or tracks."""
    word = coloured(rng, colour, ("grey", "red", "blue", "yellow", "green", "orange", "teal", "white"))
    shell = palette.textured(f"{word} sheet", textures.metal(rng, palette.shade(rng, word), 128), 0.35, 0.2)
    steel, glow = (
        palette.plain("steel", (0.55, 0.56, 0.6), 0.35, 0.4),
        palette.plain("lamp", pick_colour(rng), 0.3, glow=0.5),
    )
    w, d, h = vary(rng, 0.5, 0.25), vary(rng, 0.34, 0.2), vary(rng, 0.55, 0.25)
    barrel, parts = rng.random() < 0.35, []
    leg = vary(rng, 0.4, 0.3)
    if rng.random() < 0.3:
        leg = 0.22
        parts += pair(box((0.16, d * 1.5, 0.22), dark("track"), 0.08).at(w * 0.45)) + [
            box((w * 0.7, d * 0.7, 0.12), steel, 0.01).at(z=0.12)
        ]
    else:
        parts += pair(cylinder(0.075, leg, steel, 12).at(w * 0.27)) + pair(
            box((0.2, 0.3, 0.1), shell, 0.02).at(w * 0.27, -0.05)
        )
    body = cylinder(w * 0.5, h, shell, 24, 0.03).scaled(1, 0.8, 1) if barrel else box((w, d, h), shell, 0.03)
    front = w * 0.4 if barrel else d / 2
    parts += [body.at(z=leg), box((w * 0.55, 0.03, h * 0.4), steel, 0.01).at(0, -front, leg + h * 0.35)]
    for i in range(int(rng.integers(1, 4))):
        parts.append(
            egg(
                (w * (i - 1) * 0.17, -front - 0.02, leg + h * 0.6),
                0.035,
                glow if i % 2 else tint("knob", "red", rng),
                6,
                8,
            )
        )
    hw, hh, neck = vary(rng, 0.36, 0.25), vary(rng, 0.3, 0.2), leg + h
    z = neck + 0.06
    parts += [cylinder(0.08, 0.08, steel, 12).at(z=neck - 0.01)]
    if rng.random() < 0.3:
        parts.append(
            lathe([(0, 0), (hw * 0.55, 0), (hw * 0.55, hh * 0.4), (hw * 0.38, hh * 0.85), (0, hh)], shell, 20).at(z=z)
        )
        face = hw * 0.53
    else:
        parts.append(box((hw, d * 0.8, hh), shell, 0.025).at(z=z))
        face = d * 0.4
    lamp = float(rng.uniform(0.05, 0.085))
    parts += pair(cylinder(lamp, 0.06, steel, 14).turned("x", 90).at(hw * 0.23, -face + 0.02, z + hh * 0.58)) + pair(
        egg((hw * 0.23, -face - 0.035, z + hh * 0.58), lamp * 0.75, glow, 6, 10)
    )
    parts.append(box((hw * 0.5, 0.03, hh * 0.14), dark("mouth"), 0.005).at(0, -face, z + hh * 0.14))
    if rng.random() < 0.8:
        tall = vary(rng, 0.2, 0.4)
        parts += [
            cylinder(0.014, tall, steel, 8).at(z=z + hh - 0.02),
            egg((0, 0, z + hh + tall - 0.02), 0.045, glow, 6, 10),
        ]
    if rng.random() < 0.5:
        parts += pair(cylinder(0.06, 0.07, steel, 12).turned("y", 90).at(hw * 0.5 - 0.01, 0, z + hh * 0.5))
    for side in (1, -1):
        joints = arm(rng, side, (side * (w / 2 + 0.06), 0, neck - 0.1), vary(rng, 0.5))
        parts += [
            egg(joints[0], 0.1, steel, 8, 12),
            limb([(*joints[0], 0.055), (*joints[1], 0.055), (*joints[2], 0.055)], shell, 10, 1, ends=2),
        ]
        aim = np.array(joints[2]) - np.array(joints[1])
        aim /= np.linalg.norm(aim)
        for apart in (0.07, -0.07):
            near, far = np.array(joints[2]) + [apart, 0, 0], np.array(joints[2]) + aim * 0.14 + [apart * 0.8, 0, 0]
            parts.append(limb([(*joints[2], 0.03), (*(near + aim * 0.05), 0.03), (*far, 0.022)], steel, 7, 1, ends=2))
    return parts


def pick_colour(rng: np.random.Generator) -> tuple[float, float, float]:
    """Returns the sRGB of a lamp."""
    lamps = ((1.0, 0.85, 0.3), (0.4, 0.9, 1.0), (1.0, 0.35, 0.25), (0.5, 1.0, 0.5), (0.95, 0.95, 0.9))
    return lamps[int(rng.integers(0, len(lamps)))]


def snowman(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a snowman of two or three balls with a carrot nose; hat, scarf, twigs and buttons vary."""
    snow, coal = pelt(rng, coloured(rng, colour, ("white",))), dark("coal")
    carrot = tint("carrot", "orange", rng)
    radii = (
        [vary(rng, 0.42), vary(rng, 0.31), vary(rng, 0.22)]
        if rng.random() < 0.7
        else [vary(rng, 0.42), vary(rng, 0.28)]
    )
    parts, z, middles = [], 0.0, []
    for i, r in enumerate(radii):
        z += r * 0.85 if i else r * 0.95
        middles.append(z)
        parts.append(egg((0, 0, z), r, snow, 12, 18))
        z += r * 0.8
    r, z = radii[-1], middles[-1]
    parts += eyes(r * 0.36, -r * 0.9, z + r * 0.25, r * 0.14, coal)
    parts.append(cone(r * 0.2, vary(rng, 0.32, 0.35), carrot, segments=9).turned("x", 94).at(0, -r * 0.85, z))
    for t in np.linspace(-0.5, 0.5, 5):
        parts.append(
            egg(
                (r * 0.9 * math.sin(t), -r * 0.87 * math.cos(t), z - r * 0.35 - 0.12 * r * math.cos(3 * t)),
                r * 0.06,
                coal,
                5,
                6,
            )
        )
    m, chest = radii[-2], middles[-2]
    for t in (0.5, 0.05, -0.4)[: int(rng.integers(2, 4))]:
        parts.append(egg((0, -m * math.cos(t) * 0.99, chest + m * math.sin(t)), 0.045, coal, 6, 8))
    cloth_colour = pick(rng, ("red", "blue", "green", "purple", "yellow"))
    if rng.random() < 0.7:
        scarf = cloth(rng, cloth_colour, ("plain", "stripes"))
        low = z - r * 0.85
        ring = [(r * 0.85 * math.cos(a), r * 0.85 * math.sin(a), low, 0.075) for a in np.linspace(0, 2 * math.pi, 17)]
        parts += [
            limb(ring, scarf, 8, 1),
            limb(
                [
                    (r * 0.4, -r * 0.8, low, 0.07),
                    (r * 0.6, -m * 0.95, low - 0.15, 0.07),
                    (r * 0.62, -m * 1.02, low - 0.38, 0.07),
                ],
                scarf,
                8,
                2,
                0.6,
            ),
        ]
    hat = int(rng.integers(0, 3))
    felt = tint("hat", pick(rng, ("black", "black", "red", "navy", "brown")), rng, 0.7)
    if hat == 0:
        tall = vary(rng, 0.32, 0.3)
        parts += [
            cylinder(r * 1.25, 0.05, felt, 20).at(z=z + r * 0.7),
            cylinder(r * 0.8, tall, felt, 18).at(z=z + r * 0.72),
            cylinder(r * 0.83, 0.07, tint("band", cloth_colour, rng), 18).at(z=z + r * 0.72 + 0.05),
        ]
    elif hat == 1:
        parts += [egg((0, 0, z + r * 0.45), (r * 1.03, r * 1.03, r * 0.8), felt), egg((0, 0, z + r * 1.3), 0.09, snow)]
    if rng.random() < 0.8:
        bark = tint("twig", "brown", rng, 0.9)
        for side in (1, -1):
            lift = float(rng.uniform(-0.1, 0.35))
            hand = (side * (m + 0.42), -0.08, chest + lift)
            parts.append(
                limb(
                    [
                        (side * m * 0.8, 0, chest + 0.05, 0.035),
                        (side * (m + 0.2), -0.05, chest + lift * 0.5 + 0.05, 0.03),
                        (*hand, 0.02),
                    ],
                    bark,
                    6,
                    1,
                    ends=1,
                )
            )
            parts += [
                limb([(*hand, 0.02), (hand[0] + side * 0.1, -0.1, hand[2] + up, 0.014)], bark, 6, 1, ends=1)
                for up in (0.12, 0.0)
            ]
    return parts


def pawn(rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a chess pawn turned of wood, stone or glaze: base, stem, collar, ball."""
    if colour is None:
        stuff = (
            palette.wood(rng)
            if rng.random() < 0.5
            else palette.painted_wood(rng, pick(rng, ("black", "white", "cream", "brown")))
        )
    else:
        stuff = palette.painted_wood(rng, colour) if rng.random() < 0.5 else palette.ceramic(rng, colour)
    base, stem, ball, h = vary(rng, 0.3), vary(rng, 0.12, 0.2), vary(rng, 0.19), vary(rng, 0.62, 0.2)
    collar = stem + vary(rng, 0.11, 0.3)
    foot = [
        (0, 0),
        (base, 0),
        (base, 0.06),
        (base * 0.92, 0.1),
        (base * 0.8, 0.12),
        (base * 0.82, 0.17),
        (base * 0.62, 0.22),
    ]
    rise = [(stem + (base * 0.6 - stem) * (1 - t) ** 2.2, 0.22 + (h - 0.22) * t) for t in np.linspace(0.15, 1, 6)]
    neck = [(collar, h + 0.01), (collar, h + 0.05), (stem * 0.9, h + 0.08)]
    z = h + 0.05 + math.sqrt(max(0.01, ball**2 - (stem * 0.8) ** 2))
    first = math.asin(-min(0.95, (z - h - 0.08) / ball))
    top = [(ball * math.cos(a), z + ball * math.sin(a)) for a in np.linspace(first, math.pi / 2, 9)[:-1]]
    return [lathe([*foot, *rise, *neck, *top, (0, z + ball)], stuff, 24)]


KINDS = {
    "robot": figure(robot, 0.14, 0.9),
    "snowman": figure(snowman, 0.15, 1.2),
    "pawn": figure(pawn, 0.06, 0.5, fronted=False),
}
