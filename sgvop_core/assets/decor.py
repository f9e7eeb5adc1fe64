"""Things that stand about: lamps, plants, pictures, clocks, boxes."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Material
from . import palette, pictures, textures
from .furniture import board, span, timber
from .kind import Pieces
from .palette import pick
from .parts import Part, turn
from .primitives import box, cylinder, lathe, rounded_box, sheet, sphere, tube
from .tableware import glaze_pair


def lamp_shade(rng: np.random.Generator, top: float, low: float, height: float) -> tuple[Part, Material]:
    """Returns a glowing cloth shade, open above and below, its base on z = 0, and its material."""
    colour = pick(rng, ("cream", "white", "yellow", "pink"))
    cloth = palette.textured("lamp shade", textures.fabric(rng, palette.shade(rng, colour)), 0.9, glow=0.55)
    t = 0.003
    profile = [(low - t, 0), (low, 0), (top, height), (top - t, height)]
    return lathe(profile, cloth, 44, tile=0.12, close=True), cloth


def floor_lamp(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A standard lamp: heavy foot, pole, glowing shade with a bulb."""
    h, r = rng.uniform(1.35, 1.65), rng.uniform(0.17, 0.22)
    pole = (
        palette.metal(rng, pick(rng, ("brass", "steel", "iron")))
        if colour is None
        else palette.plain(f"{colour} metal", palette.shade(rng, colour), 0.35)
    )
    tall = rng.uniform(0.24, 0.3)
    shade, _ = lamp_shade(rng, r * rng.uniform(0.6, 0.9), r, tall)
    z = h - tall
    parts = [
        lathe([(0, 0), (0.15, 0), (0.15, 0.012), (0.06, 0.028), (0.018, 0.04), (0, 0.04)], pole, 40),
        cylinder(0.011, h - 0.09, pole, 16).at(z=0.03),
        sphere((0.032, 0.032, 0.042), palette.plain("bulb", (1, 0.93, 0.75), glow=4.0), 10, 16).at(z=h - 0.09),
        shade.at(z=z),
    ]
    for k in range(3):
        a = 2 * math.pi * k / 3
        parts.append(
            tube([(0, 0, z + 0.06), ((r - 0.005) * math.cos(a), (r - 0.005) * math.sin(a), z + 0.012)], 0.0025, pole, 6)
        )
    return {"": parts}


def table_lamp(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A lamp for a table: ceramic foot and glowing shade."""
    h, r = rng.uniform(0.38, 0.5), rng.uniform(0.12, 0.155)
    first, second, pattern = glaze_pair(rng, colour)
    glaze, tall = palette.ceramic(rng, first, second, pattern), 0.42 * h
    t = np.linspace(0, 1, 16)
    belly = 0.035 + rng.uniform(0.025, 0.045) * np.sin(math.pi * t**0.8)
    foot = lathe([(0, 0), *np.stack([belly, 0.5 * h * t], 1), (0.012, 0.53 * h), (0, 0.53 * h)], glaze, 36)
    shade, _ = lamp_shade(rng, r * 0.68, r, tall)
    bulb = sphere((0.026, 0.026, 0.034), palette.plain("bulb", (1, 0.93, 0.75), glow=4.0), 10, 16).at(z=0.72 * h)
    brass = palette.metal(rng, "brass")
    parts = [foot, cylinder(0.009, 0.17 * h, brass, 12).at(z=0.52 * h), bulb, shade.at(z=h - tall)]
    for k in range(3):
        a = 2 * math.pi * k / 3
        parts.append(
            tube(
                [(0, 0, 0.66 * h), ((r - 0.004) * math.cos(a), (r - 0.004) * math.sin(a), h - tall + 0.01)],
                0.002,
                brass,
                6,
            )
        )
    return {"": parts}


def desk_lamp(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A jointed desk lamp: foot, two arms, a metal hood (child) with a bulb, reaching towards -y."""
    paint = palette.plain(
        "lamp paint", palette.shade(rng, colour or pick(rng, ("red", "teal", "black", "yellow", "white", "green"))), 0.3
    )
    steel = palette.metal(rng, "steel")
    elbow, head = (0.0, 0.1, rng.uniform(0.24, 0.3)), (0.0, -0.07, rng.uniform(0.38, 0.44))
    base = lathe([(0, 0), (0.085, 0), (0.085, 0.012), (0.078, 0.022), (0.02, 0.028), (0, 0.028)], paint, 40)
    parts = [base, tube([(0, 0, 0.02), elbow], 0.007, steel, 12), tube([elbow, head], 0.007, steel, 12)]
    parts += [cylinder(0.014, 0.028, paint, 18).turned("y", 90).at(-0.014, p[1], p[2]) for p in (elbow, head)]
    hood = lathe(
        [
            (0.0, 0.0),
            (0.024, 0),
            (0.026, -0.03),
            (0.066, -0.085),
            (0.064, -0.086),
            (0.023, -0.031),
            (0.02, -0.004),
            (0, -0.004),
        ][::-1],
        paint,
        36,
    )
    bulb = sphere((0.022, 0.022, 0.026), palette.plain("bulb", (1, 0.93, 0.75), glow=4.0), 10, 16).at(z=-0.055)
    tilt = turn("x", -28)
    return {"": parts, "hood": [p.moved(tilt).at(*head) for p in (hood, bulb)]}


def leaf_blade(length: float, width: float, droop: float, material: Material) -> Part:
    """Returns one leaf from the origin along +x, bent down by ``droop`` radians at its tip, slightly folded."""
    t, s = np.meshgrid(np.linspace(0, 1, 9), np.linspace(-1, 1, 5), indexing="ij")
    # A little width at the ends, so that no face there collapses.
    half = width / 2 * np.maximum(np.sin(math.pi * t**0.8), 0.012) ** 0.9
    angle = droop * t
    x = length * np.sin(angle + 1e-6) / max(droop, 1e-3)
    z = -length * (1 - np.cos(angle)) / max(droop, 1e-3) + 0.25 * np.abs(s) * half
    return sheet(np.stack([x, s * half, z], -1), material)


def plant(rng: np.random.Generator, colour: str | None = None, tall: bool | None = None) -> Pieces:
    """A potted plant: terracotta or glazed pot with earth; stems and leaves (child)."""
    big = bool(rng.random() < 0.5) if tall is None else tall
    r, h = (
        (rng.uniform(0.13, 0.17), rng.uniform(0.24, 0.3)) if big else (rng.uniform(0.06, 0.085), rng.uniform(0.1, 0.14))
    )
    if colour is None and rng.random() < 0.6:
        clay = palette.textured("terracotta", textures.stone(rng, (0.74, 0.42, 0.28)), 0.9)
    else:
        clay = palette.ceramic(rng, colour or glaze_pair(rng, None)[0])
    rim, w = r * 1.06, 0.1 * r
    pot = lathe(
        [
            (0, 0),
            (0.68 * r, 0),
            (r * 0.98, 0.78 * h),
            (rim, 0.78 * h),
            (rim, h),
            (rim - w, h),
            (rim - w * 1.2, 0.86 * h),
            (0, 0.86 * h),
        ],
        clay,
        40,
    )
    earth = cylinder(rim - w * 1.15, 0.05 * h, palette.textured("earth", textures.soil(rng), 1.0), 32, tile=0.1).at(
        z=0.84 * h
    )
    green = np.array([rng.uniform(0.1, 0.26), rng.uniform(0.38, 0.54), rng.uniform(0.12, 0.24)])
    foliage = palette.textured(
        "leaf", textures.leaf(rng, green, np.clip(green * 1.5 + 0.1, 0, 1)), 0.5, wrap=("clamp", "clamp")
    )
    stem = palette.plain("stem", (0.3, 0.42, 0.18), 0.7)
    leaves: list[Part] = []
    top = h * 0.87
    stems = int(rng.integers(7, 11)) if big else int(rng.integers(9, 15))
    for k in range(stems):
        a = 2.4 * k + rng.uniform(-0.25, 0.25)
        rise = (rng.uniform(0.35, 0.85) if big else rng.uniform(0.08, 0.22)) * (1 - 0.25 * k / stems)
        reach = rise * rng.uniform(0.15, 0.5)
        t = np.linspace(0, 1, 6)
        path = np.stack([reach * t**1.8, 0 * t, rise * t], 1)
        pieces = [tube(path, np.linspace(0.0055, 0.003, 6) * (1.2 if big else 0.6), stem, 6)]
        along = (0.45, 0.75, 1.0) if big else (1.0,)
        for share in along:
            length = (rng.uniform(0.2, 0.32) if big else rng.uniform(0.1, 0.17)) * (0.7 + 0.3 * share)
            blade = leaf_blade(length, length * rng.uniform(0.38, 0.5), rng.uniform(0.9, 1.6), foliage)
            lift = (
                turn("y", -rng.uniform(20, 60))
                if share == 1.0
                else turn("z", rng.uniform(60, 300)) @ turn("y", -rng.uniform(15, 45))
            )
            pieces.append(blade.moved(lift).at(reach * share**1.8, 0, rise * share))
        leaves += [p.turned("z", math.degrees(a)).at(z=top) for p in pieces]
    lowest = min(float(p.vertices[:, 2].min()) for p in leaves)
    if lowest < 0.01:
        leaves = [p.at(z=0.01 - lowest) if float(p.vertices[:, 2].min()) < 0.01 else p for p in leaves]
    return {"": [pot, earth], "leaves": leaves}


def picture(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A framed picture standing upright, its face to -y."""
    w, h, bar, deep = rng.uniform(0.4, 0.7), rng.uniform(0.35, 0.6), rng.uniform(0.025, 0.045), 0.025
    frame = timber(rng, colour or pick(rng, ("oak", "walnut", "ebony", "white", "cherry")))
    view = (
        pictures.landscape(rng)
        if rng.random() < 0.6
        else pictures.abstract(rng, [palette.shade(rng, pick(rng, palette.PAINTS)) for _ in range(4)])
    )
    parts = [
        board(
            rng,
            (s * w / 2 - (bar if s > 0 else 0), s * w / 2 + (0 if s > 0 else bar)),
            (-deep / 2, deep / 2),
            (0, h),
            frame,
            0.005,
            2,
        )
        for s in (-1, 1)
    ]
    parts += [
        board(rng, (-w / 2 + bar * 0.9, w / 2 - bar * 0.9), (-deep / 2, deep / 2), zz, frame, 0.005)
        for zz in ((0, bar), (h - bar, h))
    ]
    canvas = box(
        (w - 1.8 * bar, 0.008, h - 1.8 * bar), palette.textured("painting", view, 0.8, wrap=("clamp", "clamp")), 0.0005
    )
    low, span = canvas.vertices.min(0), np.ptp(canvas.vertices, axis=0)
    uvs = (canvas.vertices[canvas.faces][..., [0, 2]] - low[[0, 2]]) / span[[0, 2]]
    parts.append(Part(canvas.vertices, canvas.faces, uvs, canvas.material, canvas.crease).at(z=0.9 * bar))
    return {"": parts}


def clock(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A round clock standing on two feet, its dial to -y."""
    r, deep = rng.uniform(0.08, 0.15), 0.04
    rim = palette.plain(
        "rim", palette.shade(rng, colour or pick(rng, ("red", "black", "teal", "white", "yellow", "navy"))), 0.3
    )
    ring = lathe([(0, 0), (r, 0), (r, deep), (0.93 * r, deep), (0.9 * r, deep - 0.008), (0, deep - 0.008)], rim, 56)
    dial = cylinder(
        0.895 * r,
        0.002,
        palette.textured("dial", pictures.clock_face(rng, palette.COLOURS["red"]), 0.4, wrap=("clamp", "clamp")),
        56,
    )
    uvs = dial.vertices[dial.faces][..., :2] / (2 * 0.895 * r) + 0.5
    dial = Part(dial.vertices, dial.faces, uvs, dial.material, dial.crease).at(z=deep - 0.009)
    parts = [p.turned("x", 90).at(y=deep / 2, z=r + 0.012) for p in (ring, dial)]
    for s in (-1, 1):
        parts.append(rounded_box((0.02, deep * 0.9, 0.05), 0.006, rim).at(s * 0.5 * r, 0, 0.0))
    return {"": parts}


def carton(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An open box with walls of thickness."""
    w, d, h, t = rng.uniform(0.28, 0.42), rng.uniform(0.22, 0.32), rng.uniform(0.16, 0.26), 0.008
    if colour is None:
        card = palette.textured("cardboard", textures.stone(rng, (0.74, 0.57, 0.38)), 0.9)
    else:
        card = palette.painted_wood(rng, colour)
    walls = [board(rng, (-w / 2, w / 2), (-d / 2, d / 2), (0, t), card, 0.001)]
    for s in (-1, 1):
        walls.append(board(rng, span(s * w / 2, s * (w / 2 - t)), (-d / 2, d / 2), (t * 0.9, h), card, 0.001))
        walls.append(
            board(
                rng,
                (-w / 2 + t * 0.9, w / 2 - t * 0.9),
                span(s * d / 2, s * (d / 2 - t)),
                (t * 0.9, h),
                card,
                0.001,
            )
        )
    return {"": walls}
