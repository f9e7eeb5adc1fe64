"""What one carries, in real size, its front towards -y: briefcases, suitcases, backpacks, umbrellas."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import palette, textures
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import lathe, rounded_box, sphere
from .solids import block, centred, coat, grain, loft, merged, prism, rod, rods, rounded, second_colour, wheel

CLOTHS = ("red", "blue", "green", "black", "grey", "navy", "orange", "purple", "teal", "yellow", "pink", "brown")


def leather(rng: np.random.Generator, colour: str) -> Material:
    """Returns grained leather of a colour word."""
    return palette.textured(f"{colour} leather", grain(rng, palette.shade(rng, colour), 0.3, cells=20), 0.6)


def briefcase(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A briefcase standing on its long side: a seam around, two locks, a handle on top; or a bag with a flap and straps."""
    word = colour or pick(rng, ("brown", "brown", "black", "black", "grey", "navy", "terracotta"))
    skin, brass = leather(rng, word), palette.plain("lock", (0.8, 0.66, 0.34), 0.3, 0.5)
    dark = palette.plain("seam", tuple(0.5 * c for c in palette.shade(rng, word)), 0.6)
    w, h, d = rng.uniform(0.38, 0.46), rng.uniform(0.27, 0.32), rng.uniform(0.09, 0.13)
    parts = [prism(rounded(w, h, 0.03), d, skin, "y", 0.3).at(z=h / 2)]
    if rng.random() < 0.6:
        parts.append(prism(rounded(w + 0.006, h + 0.006, 0.032), 0.014, dark, "y").at(z=h / 2))
        for x in (-0.3 * w, 0.3 * w):
            parts += [
                block((0.045, d * 0.7, 0.012), brass).at(x, 0, h - 0.005),
                block((0.04, 0.012, 0.035), brass).at(x, -d / 2, h - 0.055),
            ]
        for x in (-w / 2 + 0.02, w / 2 - 0.02):
            parts += [block((0.05, d + 0.01, 0.05), dark).at(x, 0, z) for z in (-0.003, h - 0.047)]
    else:
        flap = [
            (-w / 2 - 0.004, 0),
            (w / 2 + 0.004, 0),
            (w / 2 + 0.004, 0.46 * h),
            (w / 2 - 0.03, 0.5 * h),
            (-w / 2 + 0.03, 0.5 * h),
            (-w / 2 - 0.004, 0.46 * h),
        ]
        parts.append(prism([(x, h + 0.004 - z) for x, z in flap], 0.012, dark, "y").at(y=-d / 2 - 0.003))
        parts.append(block((w + 0.008, d + 0.012, 0.012), dark).at(z=h - 0.006))
        for x in (-0.25 * w, 0.25 * w):
            parts += [
                block((0.035, 0.016, 0.72 * h), skin).at(x, -d / 2 - 0.008, 0.26 * h),
                block((0.045, 0.012, 0.03), brass).at(x, -d / 2 - 0.017, 0.42 * h),
            ]
    grip = 0.055
    parts += rods(
        [(-0.17 * w, 0, h - 0.005), (-0.14 * w, 0, h + grip), (0.14 * w, 0, h + grip), (0.17 * w, 0, h - 0.005)],
        0.011,
        dark,
        8,
    )
    return {"": parts}


def suitcase(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A suitcase: a ribbed shell on four wheels with a pulled-out handle, or an old one with straps and corners."""
    word = colour or pick(rng, CLOTHS)
    dark, steel = palette.plain("dark", (0.09, 0.09, 0.1), 0.6), palette.plain("steel", (0.7, 0.71, 0.73), 0.3, 0.5)
    if rng.random() < 0.65:
        shell = coat(rng, word, "shell")
        w, h, d = rng.uniform(0.35, 0.5), rng.uniform(0.5, 0.72), rng.uniform(0.21, 0.3)
        lift = 0.055
        parts = [prism(rounded(w, h, 0.055), d, shell, "y", 0.6).at(z=h / 2 + lift)]
        parts.append(prism(rounded(w + 0.008, h + 0.008, 0.058), 0.018, dark, "y").at(z=h / 2 + lift))
        ribs = int(rng.integers(3, 7))
        for k in range(ribs):
            x = w * ((k + 0.5) / ribs - 0.5) * 0.86
            parts.append(block((0.4 * w / ribs, d + 0.016, 0.82 * h), shell, 0.6).at(x, 0, lift + 0.09 * h))
        for x in (-0.38 * w, 0.38 * w):
            for y in (-0.34 * d, 0.34 * d):
                parts += [p.at(x, y, 0.025) for p in wheel(0.025, 0.024, dark, steel, 10)]
                parts.append(block((0.04, 0.04, 0.03), dark).at(x, y, 0.036))
        top, pull = h + lift, rng.uniform(0.06, 0.4)
        for x in (-0.2 * w, 0.2 * w):
            parts.append(rod((x, 0.32 * d, top - 0.02), (x, 0.32 * d, top + pull), 0.009, steel, 6))
        parts.append(block((0.48 * w, 0.035, 0.03), dark).at(0, 0.32 * d, top + pull))
        parts += rods(
            [
                (-0.14 * w, -0.1 * d, top - 0.01),
                (-0.11 * w, -0.1 * d, top + 0.03),
                (0.11 * w, -0.1 * d, top + 0.03),
                (0.14 * w, -0.1 * d, top - 0.01),
            ],
            0.009,
            dark,
            6,
        )
        return {"": merged(parts)}
    skin = leather(rng, colour or pick(rng, ("brown", "terracotta", "cream", "red", "teal", "green")))
    strap = palette.plain("strap", palette.shade(rng, "brown" if word != "brown" else "cream"), 0.7)
    brass = palette.plain("brass", (0.8, 0.66, 0.34), 0.3, 0.5)
    w, h, d = rng.uniform(0.5, 0.68), rng.uniform(0.36, 0.46), rng.uniform(0.16, 0.22)
    parts = [block((w, d, h), skin, 0.5), block((w + 0.006, 0.012, h + 0.006), strap).at(z=-0.003)]
    for x in (-0.28 * w, 0.28 * w):
        parts += [
            block((0.04, d + 0.014, h + 0.014), strap).at(x, 0, -0.007),
            block((0.06, 0.012, 0.045), brass).at(x, -d / 2 - 0.01, 0.66 * h),
        ]
    for x in (-w / 2 + 0.025, w / 2 - 0.025):
        for y in (-d / 2 + 0.02, d / 2 - 0.02):
            parts += [block((0.06, 0.05, 0.06), strap).at(x, y, z) for z in (-0.005, h - 0.055)]
    parts += rods(
        [(-0.13 * w, 0, h), (-0.11 * w, 0, h + 0.05), (0.11 * w, 0, h + 0.05), (0.13 * w, 0, h)], 0.012, strap, 8
    )
    return {"": parts}


def backpack(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A backpack: a round-topped bag with a pocket in front, side pockets, a grip, two straps behind; perhaps a rolled mat on top."""
    word = colour or pick(rng, CLOTHS)
    cloth = palette.textured(f"{word} canvas", textures.fabric(rng, palette.shade(rng, word), size=64), 0.9)
    second = second_colour(rng, word)
    dark = palette.plain("strap", tuple(0.45 * c + 0.03 for c in palette.shade(rng, word)), 0.9)
    w, h, d = rng.uniform(0.28, 0.35), rng.uniform(0.42, 0.56), rng.uniform(0.16, 0.22)
    outline = [(-0.5 * w, 0.03), (-0.42 * w, 0), (0.42 * w, 0), (0.5 * w, 0.03), (0.5 * w, 0.72 * h)]
    outline += [
        (0.5 * w * math.cos(a), 0.72 * h + 0.28 * h * math.sin(a)) for a in np.linspace(0.25, math.pi - 0.25, 8)
    ] + [(-0.5 * w, 0.72 * h)]
    points = np.array(outline)
    middle = np.array([0.0, 0.45 * h])
    rings = [
        np.insert(middle + (points - middle) * s, 1, y * d, axis=1)
        for s, y in ((0.84, -0.5), (1.0, -0.32), (1.0, 0.36), (0.92, 0.5))
    ]
    parts = [loft(np.array(rings), cloth, 0.25, crease=50)]
    pocket = second if rng.random() < 0.5 else cloth
    ph = rng.uniform(0.36, 0.5) * h
    parts.append(rounded_box((0.72 * w, 0.42 * d, ph), 0.03, pocket, 2, 0.25).at(0, -0.52 * d, 0.03 * h))
    parts.append(block((0.64 * w, 0.012, 0.012), dark).at(0, -0.73 * d, 0.03 * h + 0.72 * ph))
    parts.append(rounded_box((0.5 * w, 0.2 * d, 0.18 * h), 0.02, pocket, 2, 0.25).at(0, -0.5 * d, 0.6 * h))
    for side in (-1, 1):
        parts.append(rounded_box((0.2 * w, 0.6 * d, 0.34 * h), 0.025, second, 2, 0.25).at(side * 0.5 * w, 0, 0.02 * h))
        path = [
            (side * 0.17 * w, 0.42 * d, 0.9 * h),
            (side * 0.2 * w, 0.8 * d, 0.82 * h),
            (side * 0.24 * w, 0.95 * d, 0.5 * h),
            (side * 0.34 * w, 0.8 * d, 0.2 * h),
            (side * 0.36 * w, 0.45 * d, 0.08 * h),
        ]
        parts += rods(path, 0.017, dark, 6)
    parts += rods(
        [
            (-0.1 * w, 0.2 * d, 0.97 * h),
            (-0.07 * w, 0.2 * d, 1.05 * h),
            (0.07 * w, 0.2 * d, 1.05 * h),
            (0.1 * w, 0.2 * d, 0.97 * h),
        ],
        0.011,
        dark,
        6,
    )
    if rng.random() < 0.25:
        parts.append(rod((-0.62 * w, 0, 1.07 * h), (0.62 * w, 0, 1.07 * h), 0.055, second, 14))
    return {"": centred(parts)}


def umbrella(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An umbrella, open above a stick with a crook, its panels in one colour or two; or a parasol on a heavy foot."""
    word = colour or pick(rng, CLOTHS)
    cloth = palette.textured(f"{word} cloth", textures.fabric(rng, palette.shade(rng, word), size=64), 0.9)
    second = second_colour(rng, word) if rng.random() < 0.4 else cloth
    wood = palette.plain("wood", palette.WOODS[pick(rng, ("walnut", "oak", "cherry"))][0], 0.6)
    steel = palette.plain("steel", (0.6, 0.61, 0.63), 0.3, 0.5)
    parasol = rng.random() < 0.25
    r = rng.uniform(0.95, 1.3) if parasol else rng.uniform(0.45, 0.6)
    long = rng.uniform(2.0, 2.4) if parasol else rng.uniform(0.78, 0.95)
    rise = r * rng.uniform(0.35, 0.6)
    panels = 8
    top = long
    parts = [
        panel(r, rise, 360 / panels, cloth if k % 2 else second).turned("z", 360 * k / panels).at(z=top - rise)
        for k in range(panels)
    ]
    stick = 0.02 if parasol else 0.008
    parts.append(rod((0, 0, 0.01), (0, 0, top - 0.01), stick, wood if parasol else steel, 8))
    parts.append(rod((0, 0, top - 0.015), (0, 0, top + 0.06 * r + 0.02), stick, steel, 8, tip=0.4 * stick))
    for k in range(panels):
        a = 2 * math.pi * k / panels
        c, s = math.cos(a), math.sin(a)
        parts.append(
            rod(
                (0, 0, top - 0.75 * rise - 0.1 * r),
                (0.55 * r * c, 0.55 * r * s, top - 0.36 * rise),
                0.005 * r + 0.001,
                steel,
                4,
            )
        )
        parts.append(sphere((0.014 * r + 0.003,) * 3, steel, 4, 6).at(r * c, r * s, top - rise))
    if parasol:
        parts.append(
            lathe(
                [(0, 0), (0.28, 0), (0.28, 0.05), (0.06, 0.09), (0.045, 0.3), (0, 0.3)],
                palette.plain("foot", (0.35, 0.36, 0.37), 0.7),
                16,
            )
        )
    else:
        bend = np.linspace(0, math.pi, 8)
        hook = [
            (0.0, 0.0, 0.16),
            *[(0.04 - 0.04 * math.cos(b), 0.0, -0.04 * math.sin(b)) for b in bend],
            (0.08, 0.0, 0.03),
        ]
        parts += rods(hook, 0.012, wood, 8)
    return {"": merged(parts)}


def panel(radius: float, rise: float, wide: float, cloth: Material) -> Part:
    """Returns one panel of a canopy from its middle (at ``rise``) to its rim, ``wide`` degrees, a thin closed solid."""
    t = np.linspace(0.02, 1, 6)
    half = math.radians(wide) / 2

    def layer(drop: float) -> Array:
        across = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
        angle = across * half
        # Between two ribs the cloth is taut: straighter than the circle, and drawn up a little at the rim.
        taut = math.cos(half) / np.cos(angle) if wide < 90 else np.ones(5)
        flat = (0.35 * taut + 0.65)[None, :] * radius * np.sin(t * math.pi / 2)[:, None]
        z = rise * (np.cos(t * math.pi / 2)[:, None] + 0.12 * (t[:, None] ** 4) * (1 - across[None, :] ** 2)) - drop
        return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], -1)

    top, low = layer(0.0), layer(0.012 * radius)
    rings = np.concatenate([top, low[:, ::-1]], 1)
    return loft(rings, cloth, 0.3, crease=50)


KINDS: dict[str, AssetKind] = {
    "briefcase": AssetKind(briefcase, (0.36, 0.5), fronted=True),
    "suitcase": AssetKind(suitcase, (0.45, 1.25), fronted=True),
    "backpack": AssetKind(backpack, (0.42, 0.7), fronted=True),
    "umbrella": AssetKind(umbrella, (0.9, 2.7)),
}
