"""Things with a plug or a battery, in real size, their front towards -y: phones, speakers, headphones, cameras, televisions, radios."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import palette, pictures, textures
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere
from .solids import CORNERS, block, centred, coat, grain, loft, merged, plate, prism, rod, rods, rounded, second_colour

SHELLS = ("black", "black", "white", "grey", "red", "blue", "pink", "teal", "yellow", "mint", "purple")
HOLES = 12
"""Rows of holes in a grille's picture."""


def lit(name: str, pixels: Array) -> Material:
    """Returns a lit screen that shows a picture [H, W, 3] once."""
    return palette.textured(name, pixels, 0.2, wrap=("clamp", "clamp"), glow=0.35)


def apps(rng: np.random.Generator, rows: int = 6, columns: int = 4, size: int = 64) -> Array:
    """Returns a phone's screen: rows of coloured squares on a soft ground, [S, S, 3] uint8 sRGB."""
    low, high = rng.uniform(0.1, 0.5, 3), rng.uniform(0.5, 0.95, 3)
    y, x = np.mgrid[0:size, 0:size] / size
    picture = textures.mix(low, high, y)
    for i in range(rows):
        for j in range(columns):
            if rng.random() < 0.85:
                inside = (np.abs(x * columns - j - 0.5) < 0.33) & (np.abs((y - 0.08) * rows / 0.9 - i - 0.5) < 0.33)
                picture[inside] = rng.uniform(0.2, 1.0, 3)
    return textures.to_bytes(picture)


def flat_screen(width: float, depth: float, thick: float, material: Material) -> Part:
    """Returns a plate lying on z = 0 whose picture is upright seen from -y and above."""
    return plate(width, depth, thick, material).turned("x", -90).at(0, -depth / 2, thick / 2)


def phone(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A smartphone on its back or leaning on a stand, or a desk telephone with its handset."""
    word = colour or pick(rng, SHELLS)
    shell, dark = coat(rng, word, "shell"), palette.plain("glass", (0.04, 0.04, 0.05), 0.1)
    if rng.random() < 0.6:
        w, h, thick = rng.uniform(0.068, 0.08), rng.uniform(0.138, 0.168), rng.uniform(0.008, 0.011)
        screen = lit("screen", apps(rng))
        parts = [prism(rounded(w, h, 0.011), thick, shell, "z", 0.1).at(z=thick / 2)]
        parts.append(prism(rounded(w * 0.95, h * 0.97, 0.009), 0.001, dark, "z").at(z=thick))
        parts.append(flat_screen(w * 0.88, h * 0.86, 0.002, screen).at(z=thick - 0.001))
        if rng.random() < 0.35:
            parts = [p.turned("x", 68).at(0, 0.0, 0.012 + h / 2 * math.sin(math.radians(68))) for p in parts]
            stand = palette.plain("stand", (0.3, 0.3, 0.32), 0.4)
            parts += [
                block((0.07, 0.09, 0.008), stand).at(0, 0.02),
                block((0.05, 0.012, 0.09), stand).turned("x", -22).at(0, 0.012),
            ]
            parts.append(block((0.07, 0.02, 0.016), stand).at(0, -0.035))
        return {"": parts}
    w, d = rng.uniform(0.17, 0.2), rng.uniform(0.17, 0.2)
    low, high = 0.03, rng.uniform(0.06, 0.08)
    second = second_colour(rng, word)
    parts = [prism([(-d / 2, 0), (d / 2, 0), (d / 2, high), (0.2 * d, high), (-d / 2, low)], w, shell, tile=0.3)]
    slope = math.degrees(math.atan((high - low) / (0.7 * d)))
    middle = (low + high) / 2 - 0.003
    if rng.random() < 0.5:
        keys = [
            block((0.02, 0.016, 0.008), second).at(0.026 * (k % 3 - 1), 0.023 * (1.5 - k // 3), 0) for k in range(12)
        ]
    else:
        keys = [cylinder(0.055, 0.01, second, 20)]
        for k in range(10):
            a = math.radians(30 * k + 40)
            keys.append(cylinder(0.009, 0.003, dark, 8).at(0.04 * math.cos(a), 0.04 * math.sin(a), 0.009))
    parts += [k.turned("x", slope).at(0, -0.15 * d, middle + 0.002) for k in keys]
    for x in (-0.32 * w, 0.32 * w):
        parts.append(block((0.02, 0.05, 0.025), shell).at(x, 0.35 * d, high - 0.005))
    arc = [(0.6 * w * math.cos(a), 0.045 * math.sin(a)) for a in np.linspace(0, math.pi, 9)]
    inner = [(0.78 * x, 0.45 * z) for x, z in arc[::-1]]
    parts.append(prism([*arc, *inner], 0.04, shell, "y", 0.3).at(0, 0.35 * d, high + 0.012))
    for side in (-1, 1):
        parts.append(cylinder(0.026, 0.028, shell, 14).at(side * 0.52 * w, 0.35 * d, high))
    return {"": parts}


def cone_of(radius: float, rim: Material, paper: Material) -> list[Part]:
    """Returns a loudspeaker's cone facing -y about the origin: a rim, a hollow paper cone, a dome."""
    ring = lathe(
        [(0.8 * radius, -0.004), (radius, -0.004), (radius, 0.004), (0.8 * radius, 0.006)], rim, 20, close=True
    )
    cone = lathe(
        [(0, -0.004), (0.85 * radius, -0.004), (0.82 * radius, 0.003), (0.35 * radius, -0.002), (0, -0.002)], paper, 20
    )
    dome = sphere((0.34 * radius, 0.34 * radius, 0.16 * radius), rim, 6, 12)
    return [p.turned("x", 90) for p in (ring, cone, dome)]


def speaker(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A loudspeaker: a box with two or three round cones, or a round portable one with a grille."""
    if rng.random() < 0.75:
        tall = rng.random() < 0.35
        w, h = rng.uniform(0.17, 0.24), rng.uniform(0.85, 1.1) if tall else rng.uniform(0.28, 0.4)
        d = w * rng.uniform(1.0, 1.3)
        if colour is None and rng.random() < 0.4:
            light, dark = palette.WOODS[pick(rng, ("walnut", "oak", "cherry", "ebony"))]
            case = palette.textured("veneer", textures.wood(rng, light, dark, 64), 0.5)
        else:
            case = coat(rng, colour or pick(rng, ("black", "white", "grey", "red")), "case")
        front = palette.plain("baffle", (0.13, 0.13, 0.14), 0.7) if rng.random() < 0.5 else case
        rim = palette.plain("rim", (0.05, 0.05, 0.05) if front is case else (0.6, 0.61, 0.63), 0.4)
        paper = palette.plain("cone", palette.shade(rng, pick(rng, ("black", "grey", "yellow", "white"))), 0.8)
        parts = [block((w, d, h), case, 0.4), block((0.94 * w, 0.02, h - 0.06 * w), front).at(0, -d / 2, 0.03 * w)]
        radii = [0.2 * w, 0.4 * w] + ([0.4 * w] if tall else [])
        z = h - 0.08 * w
        for k, r in enumerate(radii):
            r = min(r, 0.26 * h) if not tall else r
            z -= r + 0.03
            parts += [p.at(0, -d / 2 - 0.012, z if k or tall else h - r - 0.035) for p in cone_of(r, rim, paper)]
            z -= r
        return {"": parts}
    r, h = rng.uniform(0.04, 0.055), rng.uniform(0.16, 0.24)
    y, x = np.mgrid[0:64, 0:64] / 64
    holes = np.hypot((x * HOLES) % 1 - 0.5, (y * HOLES) % 1 - 0.5) < 0.3
    shade = np.asarray(palette.shade(rng, colour or pick(rng, SHELLS)))
    mesh = palette.textured("grille", textures.to_bytes(textures.mix(shade, 0.45 * shade, holes.astype(float))), 0.8)
    cap = palette.plain("cap", (0.1, 0.1, 0.11), 0.5)
    parts = [
        cylinder(r, h, mesh, 22, tile=0.08).at(z=0.008),
        cylinder(1.02 * r, 0.014, cap, 22),
        cylinder(1.02 * r, 0.012, cap, 22).at(z=h),
    ]
    parts.append(cylinder(0.35 * r, 0.004, palette.plain("button", (0.8, 0.8, 0.82), 0.4), 10).at(z=h + 0.011))
    parts.append(block((0.7 * r, 0.01, 0.03), cap).at(0, -r, 0.4 * h))
    if rng.random() < 0.4:
        parts = [p.turned("y", 90) for p in parts]
    return {"": centred(parts)}


def headphones(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """Headphones standing on their cups: a padded band over two cups."""
    word = colour or pick(rng, SHELLS)
    shell, dark = (
        coat(rng, word, "shell"),
        palette.plain("pad", palette.shade(rng, pick(rng, ("black", "brown", "grey"))), 0.9),
    )
    r, cup, thick = rng.uniform(0.078, 0.09), rng.uniform(0.036, 0.048), rng.uniform(0.008, 0.014)
    top = cup + rng.uniform(0.05, 0.07)
    a = np.linspace(-0.25, math.pi + 0.25, 15)
    outer = [((r + thick) * math.cos(b), 1.05 * (r + thick) * math.sin(b)) for b in a]
    inner = [(r * math.cos(b), 1.05 * r * math.sin(b)) for b in a[::-1]]
    parts = [prism([*outer, *inner], rng.uniform(0.022, 0.034), shell, "y", 0.1).at(z=top)]
    soft = a[4:-4]
    pad = [((r + 0.002) * math.cos(b), 1.05 * (r + 0.002) * math.sin(b)) for b in soft]
    pad += [((r - 0.01) * math.cos(b), 1.05 * (r - 0.01) * math.sin(b)) for b in soft[::-1]]
    parts.append(prism(pad, 0.026, dark, "y").at(z=top))
    for side in (-1, 1):
        body = [(0, 0), (0.95 * cup, 0), (cup, 0.012), (0.8 * cup, 0.024), (0.5 * cup, 0.028), (0, 0.028)]
        cushion = [(0, -0.022), (0.75 * cup, -0.022), (cup, -0.015), (cup, -0.004), (0.9 * cup, 0.001), (0, 0.001)]
        for profile, skin in ((body, shell), (cushion, dark)):
            parts.append(lathe(profile, skin, 20).turned("y", 90 * side).at(side * (r - 0.004), 0, cup))
        parts.append(
            cylinder(0.4 * cup, 0.004, second_colour(rng, word), 14)
            .turned("y", 90 * side)
            .at(side * (r + 0.023), 0, cup)
        )
        parts.append(rod((side * (r + 0.004), 0, cup), (side * (r + 0.002), 0, top), 0.006, dark, 6))
    return {"": parts}


def camera(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A camera: a body with a grip, a lens to the front, a finder's hump, a button and a flash."""
    skin = palette.textured(
        "leather",
        grain(
            rng,
            palette.shade(rng, colour or pick(rng, ("black", "black", "brown", "grey", "white", "red"))),
            0.35,
            cells=24,
        ),
        0.8,
    )
    top = palette.plain("top", (0.72, 0.73, 0.75) if rng.random() < 0.5 else (0.12, 0.12, 0.13), 0.4, 0.3)
    dark, glass = palette.plain("barrel", (0.07, 0.07, 0.08), 0.4), palette.plain("lens", (0.16, 0.14, 0.3), 0.05)
    w, h, d = rng.uniform(0.12, 0.145), rng.uniform(0.075, 0.092), rng.uniform(0.04, 0.055)
    parts = [prism(rounded(w, d, 0.012), 0.74 * h, skin, "z", 0.08).at(z=0.37 * h)]
    parts.append(prism(rounded(w, d, 0.012), 0.26 * h, top, "z").at(z=0.87 * h))
    parts.append(prism(rounded(0.2 * w, 0.5 * d, 0.008), 0.7 * h, skin, "z", 0.08).at(-0.4 * w, -0.55 * d, 0.37 * h))
    r, long = rng.uniform(0.36, 0.44) * h, rng.uniform(0.03, 0.09)
    x, z, steel = 0.06 * w, 0.44 * h, palette.plain("ring", (0.65, 0.66, 0.68), 0.3, 0.5)
    parts.append(cylinder(1.06 * r, 0.008, steel, 20).turned("x", 90).at(x, -d / 2 + 0.002, z))
    barrel = [
        (0, 0),
        (r, 0),
        (r, 0.4 * long),
        (0.92 * r, 0.42 * long),
        (0.92 * r, 0.6 * long),
        (r, 0.62 * long),
        (r, long),
        (0.8 * r, long),
        (0.72 * r, long - 0.008),
        (0, long - 0.008),
    ]
    parts.append(lathe(barrel, dark, 20).turned("x", 90).at(x, -d / 2, z))
    parts.append(sphere((0.72 * r, 0.006, 0.72 * r), glass, 6, 16).at(x, -d / 2 - long + 0.007, z))
    if rng.random() < 0.6:
        hump = [(-0.17 * w, 0), (0.17 * w, 0), (0.11 * w, 0.26 * h), (-0.11 * w, 0.26 * h)]
        parts.append(prism(hump, 0.9 * d, top, "y").at(x, 0, h - 0.001))
        parts.append(block((0.12 * w, 0.01, 0.12 * h), glass).at(x, -0.45 * d, h + 0.05 * h))
    else:
        parts.append(block((0.16 * w, 0.006, 0.13 * h), glass).at(0.34 * w, -d / 2, 0.82 * h))
        parts.append(cylinder(0.08 * w, 0.01, steel, 14).at(0.3 * w, 0, h))
    flash = palette.plain("flash", (0.97, 0.97, 0.92), 0.2, glow=0.2)
    parts += [
        block((0.14 * w, 0.006, 0.1 * h), flash).at(-0.2 * w, -d / 2, 0.83 * h),
        cylinder(0.055 * w, 0.009, steel, 12).at(-0.36 * w, -0.15 * d, h),
    ]
    if rng.random() < 0.4:
        strap = palette.plain("strap", (0.1, 0.09, 0.08), 0.8)
        for s in (-1, 1):
            path = [
                (s * 0.5 * w, 0.0, 0.85 * h),
                (s * 0.62 * w, 0.01, 0.6 * h),
                (s * 0.6 * w, 0.03, 0.1 * h),
                (s * 0.25 * w, 0.06, 0.004),
                (0, 0.07, 0.004),
            ]
            parts += rods(path, 0.003, strap, 5)
    return {"": centred(parts)}


def television(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A television: flat on feet or a pedestal, or an old set with a bulging tube, knobs and an aerial."""
    dark = palette.plain("bezel", (0.06, 0.06, 0.07), 0.3)
    show = (
        pictures.landscape(rng, 64)
        if rng.random() < 0.6
        else pictures.abstract(rng, [palette.shade(rng, c) for c in ("red", "blue", "yellow", "green")], 64)
    )
    screen = lit("programme", show)
    if rng.random() < 0.65:
        w = rng.uniform(0.8, 1.4)
        h, lift = 0.575 * w, rng.uniform(0.05, 0.1)
        shell = coat(rng, colour or pick(rng, ("black", "black", "grey", "white")), "frame")
        parts = [
            block((w, 0.05, h), shell).at(z=lift),
            block((0.6 * w, 0.06, 0.5 * h), dark).at(0, 0.04, lift + 0.1 * h),
        ]
        parts.append(plate(0.95 * w, 0.91 * h, 0.01, screen).at(0, -0.0245, lift + 0.05 * h))
        if rng.random() < 0.5:
            for x in (-0.36 * w, 0.36 * w):
                parts += [rod((x, y, 0.006), (x, 0, lift + 0.03), 0.012, shell, 6) for y in (-0.13, 0.13)]
        else:
            parts += [
                prism(rounded(0.4 * w, 0.26, 0.05), 0.02, shell, "z").at(z=0.01),
                block((0.1 * w, 0.05, lift), shell).at(0, 0.01, 0.01),
            ]
        return {"": parts}
    w = rng.uniform(0.5, 0.7)
    h, d = 0.78 * w, 0.62 * w
    if colour is None and rng.random() < 0.6:
        light, shade = palette.WOODS[pick(rng, ("walnut", "oak", "cherry"))]
        case = palette.textured("veneer", textures.wood(rng, light, shade, 64), 0.5)
    else:
        case = coat(rng, colour or pick(rng, ("red", "orange", "white", "grey", "teal")), "case")
    lift = rng.uniform(0.03, 0.16)
    steel = palette.plain("chrome", (0.75, 0.76, 0.78), 0.2, 0.5)
    ends = ((1.0, -d / 2), (1.0, 0.1 * d), (0.6, d / 2))
    rings = [[(x * w / 2 * s, y, lift + h / 2 + z * h / 2 * s) for x, z in CORNERS] for s, y in ends]
    parts = [loft(np.array(rings), case, 0.5)]
    parts.append(prism(rounded(0.72 * w, 0.84 * h, 0.06 * w), 0.02, dark, "y").at(-0.1 * w, -d / 2, lift + h / 2))
    parts.append(plate(0.62 * w, 0.7 * h, 0.02, screen).at(-0.1 * w, -d / 2 - 0.006, lift + 0.15 * h))
    for z in (0.72, 0.52):
        parts.append(cylinder(0.05 * w, 0.03, steel, 14).turned("x", 90).at(0.38 * w, -d / 2, lift + z * h))
    for k in range(4):
        parts.append(block((0.14 * w, 0.01, 0.012), dark).at(0.38 * w, -d / 2, lift + h * (0.12 + 0.06 * k)))
    for x in (-0.4 * w, 0.4 * w):
        parts += [rod((1.06 * x, y * 1.08, 0), (x, y, lift + 0.02), 0.012, steel, 6) for y in (-0.4 * d, 0.2 * d)]
    for side in (-1, 1):
        parts.append(rod((0, 0, lift + h), (side * 0.32 * w, 0.05, lift + h + 0.42 * w), 0.005, steel, 5))
    return {"": [*parts, sphere((0.06, 0.06, 0.03), dark, 6, 10).at(z=lift + h)]}


def radio(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A portable radio: a grille, a dial with a needle, knobs, a handle and an aerial; sometimes with two cones."""
    word = colour or pick(rng, ("red", "brown", "cream", "teal", "grey", "black", "yellow", "mint", "blue"))
    case, second = coat(rng, word, "case"), second_colour(rng, word)
    dark, steel = palette.plain("dark", (0.1, 0.1, 0.1), 0.6), palette.plain("chrome", (0.75, 0.76, 0.78), 0.2, 0.5)
    w, d = rng.uniform(0.24, 0.38), rng.uniform(0.075, 0.11)
    h = w * rng.uniform(0.5, 0.65)
    parts = [prism(rounded(w, h, rng.uniform(0.01, 0.04)), d, case, "y", 0.3).at(z=h / 2)]
    dial = palette.plain("dial", (0.97, 0.92, 0.75), 0.3, glow=0.25)
    f = -d / 2
    if rng.random() < 0.4:
        for x in (-0.3 * w, 0.3 * w):
            parts += [p.at(x, f - 0.004, 0.42 * h) for p in cone_of(0.32 * h, steel, dark)]
        parts.append(block((0.24 * w, 0.012, 0.34 * h), second).at(0, f, 0.25 * h))
        parts.append(block((0.55 * w, 0.014, 0.13 * h), dial).at(0, f, 0.8 * h))
    else:
        parts.append(block((0.5 * w, 0.01, 0.72 * h), second).at(-0.18 * w, f, 0.14 * h))
        parts += [block((0.46 * w, 0.016, 0.03 * h), dark).at(-0.18 * w, f, h * (0.2 + 0.085 * k)) for k in range(8)]
        parts.append(block((0.3 * w, 0.014, 0.24 * h), dial).at(0.27 * w, f, 0.6 * h))
        parts.append(
            block((0.01 * w, 0.018, 0.22 * h), palette.plain("needle", (0.8, 0.1, 0.08))).at(
                0.27 * w + rng.uniform(-0.1, 0.1) * w, f, 0.61 * h
            )
        )
        for x in (0.19, 0.36):
            parts.append(cylinder(0.07 * w, 0.02, steel, 14).turned("x", 90).at(x * w, f, 0.32 * h))
    path = [(-0.38 * w, 0, h - 0.01), (-0.36 * w, 0, 1.22 * h), (0.36 * w, 0, 1.22 * h), (0.38 * w, 0, h - 0.01)]
    parts += rods(path, 0.007, dark if rng.random() < 0.5 else steel, 6)
    parts.append(
        rod(
            (0.42 * w, 0.3 * d, h - 0.01),
            (0.42 * w + rng.uniform(-0.25, 0.12), 0.3 * d, h + rng.uniform(0.15, 0.28)),
            0.003,
            steel,
            5,
        )
    )
    return {"": merged(parts)}


KINDS: dict[str, AssetKind] = {
    "phone": AssetKind(phone, (0.13, 0.27)),
    "speaker": AssetKind(speaker, (0.15, 1.15), fronted=True),
    "headphones": AssetKind(headphones, (0.17, 0.27)),
    "camera": AssetKind(camera, (0.11, 0.19), fronted=True),
    "tv": AssetKind(television, (0.5, 1.5), fronted=True),
    "radio": AssetKind(radio, (0.22, 0.65), fronted=True),
}
