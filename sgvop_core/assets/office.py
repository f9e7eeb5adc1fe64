"""What belongs to an office, in real size, its front towards -y: keyboards, printers, chairs, cabinets, boards, globes, paper things."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array
from . import palette, textures
from .kind import AssetKind, Pieces
from .palette import pick
from .primitives import cylinder, lathe, rounded_box, sphere, tube
from .solids import block, centred, coat, merged, plate, polygon, prism, ring, rod, rods, rounded, second_colour, wheel

PLASTICS = ("black", "white", "grey", "cream", "blue", "red", "teal", "navy", "pink", "mint")


def keyboard(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A keyboard: rows of keys of different widths on a slanted board, often with a block of numbers."""
    word = colour or pick(rng, PLASTICS)
    board, key = coat(rng, word, "board"), second_colour(rng, word)
    accent = palette.plain("accent", palette.shade(rng, pick(rng, ("orange", "teal", "grey", "red"))), 0.5)
    if colour or rng.random() < 0.5:
        key = palette.plain("key", tuple(min(1.0, 1.25 * c + 0.06) for c in palette.shade(rng, word)), 0.5)
    unit = 0.019
    numbers = rng.random() < 0.55
    w, d = unit * (15 + (4.6 if numbers else 0)) + 0.016, unit * 5 + rng.uniform(0.014, 0.03)
    parts = [prism(rounded(w, d, 0.008), 0.014, board, "z", 0.3).at(z=0.008)]

    def cap(x: float, row: int, units: float = 1.0, marked: bool = False) -> None:
        material = accent if marked else key
        size = (unit * (units - 0.14), unit * 0.86, 0.009)
        parts.append(
            block(size, material, taper=0.86).at(x + unit * units / 2 - w / 2 + 0.008, (2 - row) * unit, 0.0145)
        )

    layout = (
        (1.0,) * 13 + (2.0,),
        (1.5,) + (1.0,) * 12 + (1.5,),
        (1.75,) + (1.0,) * 11 + (2.25,),
        (2.25,) + (1.0,) * 10 + (2.75,),
        (1.25, 1.25, 1.25, 6.25, 1.25, 1.25, 1.25, 1.25),
    )
    for row, widths in enumerate(layout):
        x = 0.0
        for k, units in enumerate(widths):
            cap(x, row, units, (row, k) in ((0, 0), (2, 12)))
            x += units * unit
    if numbers:
        for row in range(5):
            for k in range(4):
                cap(unit * (15.5 + k), row)
    tilt = rng.uniform(2, 7)
    return {"": merged([p.turned("x", tilt) for p in parts])}


def printer(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A printer: a case with a slot and a sheet coming out in front, a lid, a panel with lamps, a tray of paper."""
    word = colour or pick(rng, ("white", "white", "grey", "black", "cream"))
    case = coat(rng, word, "case")
    dark, paper = palette.plain("slot", (0.08, 0.08, 0.09), 0.6), palette.plain("paper", (0.97, 0.97, 0.95), 0.9)
    second = palette.plain("trim", tuple(0.5 * c + 0.08 for c in palette.shade(rng, word)), 0.5)
    w, d = rng.uniform(0.38, 0.5), rng.uniform(0.32, 0.42)
    h = rng.uniform(0.18, 0.34)
    parts = [prism([(-d / 2, 0), (d / 2, 0), (d / 2, h), (-0.32 * d, h), (-d / 2, 0.82 * h)], w, case, tile=0.6)]
    parts.append(block((0.98 * w, 0.76 * d, 0.022), second).at(0, 0.1 * d, h - 0.002))
    mouth = 0.3 * h
    parts.append(block((0.74 * w, 0.03, 0.24 * h), dark).at(0, -d / 2 + 0.012, mouth))
    parts.append(block((0.66 * w, 0.18, 0.012), second).turned("x", -8).at(0, -d / 2 - 0.05, mouth))
    parts.append(block((0.52 * w, 0.2, 0.006), paper).turned("x", -6).at(0, -d / 2 - 0.045, mouth + 0.02))
    if rng.random() < 0.6:
        parts.append(block((0.56 * w, 0.006, 0.3), paper).turned("x", -20).at(0, 0.42 * d, h - 0.02))
        parts.append(block((0.62 * w, 0.012, 0.2), case).turned("x", -20).at(0, 0.42 * d + 0.014, h - 0.02))
    else:
        parts.append(block((0.86 * w, 0.02, 0.16 * h), second).at(0, -d / 2, 0.05 * h))
        parts.append(block((0.2 * w, 0.03, 0.04 * h), dark).at(0, -d / 2, 0.1 * h))
    slope = math.degrees(math.atan(0.18 * h / (0.18 * d)))
    panel = [
        block((0.5 * w, 0.1 * d, 0.006), dark),
        block((0.16 * w, 0.07 * d, 0.009), palette.plain("display", (0.45, 0.75, 0.95), glow=0.4)).at(-0.13 * w),
    ]
    for k, hue in enumerate(((0.2, 0.85, 0.3), (0.95, 0.6, 0.1), (0.85, 0.85, 0.87))):
        panel.append(cylinder(0.011, 0.01, palette.plain(f"button {k}", hue, glow=0.2), 8).at((0.02 + 0.08 * k) * w))
    parts += [p.turned("x", slope).at(0, -0.41 * d, 0.91 * h - 0.002) for p in panel]
    return {"": centred(parts)}


def pencil(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A pencil lying along x: six-sided and painted, a bare cone with the lead, a ferrule with its rubber."""
    word = colour or pick(rng, ("yellow", "yellow", "red", "green", "blue", "black", "orange", "purple", "pink"))
    paint = coat(rng, word, "lacquer")
    light, _ = palette.WOODS["pine"]
    wood, tin = palette.plain("cedar", light, 0.8), palette.plain("ferrule", (0.78, 0.72, 0.55), 0.3, 0.5)
    lead = palette.plain(
        "lead", palette.shade(rng, colour) if colour and colour not in ("white", "yellow") else (0.12, 0.12, 0.13), 0.4
    )
    eraser = palette.plain("rubber", palette.shade(rng, pick(rng, ("pink", "white", "red"))), 0.9)
    r, long = rng.uniform(0.0036, 0.0055), rng.uniform(0.11, 0.19)
    sides = 6 if rng.random() < 0.75 else 12
    parts = [
        cylinder(r, long, paint, sides, tile=0.03).turned("z", 30),
        cylinder(r, 0.016, wood, sides, top=0.3 * r).turned("z", 30).at(z=long),
    ]
    parts.append(cylinder(0.32 * r, 0.006, lead, 8, top=0.05 * r).at(z=long + 0.0155))
    if rng.random() < 0.8:
        parts += [
            cylinder(1.06 * r, 0.012, tin, 12).at(z=-0.0115),
            cylinder(0.98 * r, 0.009, eraser, 12, 0.002).at(z=-0.02),
        ]
    return {"": centred([p.turned("y", 90) for p in parts])}


def folder(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A folder: a standing binder with a label and a hole in its back, or a flat one with a tab and sheets that peep out."""
    word = colour or pick(rng, ("cream", "blue", "red", "green", "yellow", "black", "grey", "orange", "purple"))
    card = palette.textured(f"{word} card", textures.stone(rng, palette.shade(rng, word), 64), 0.8)
    paper, steel = palette.plain("paper", (0.97, 0.97, 0.94), 0.9), palette.plain("ring", (0.7, 0.71, 0.73), 0.3, 0.5)
    w, h = rng.uniform(0.23, 0.26), rng.uniform(0.3, 0.33)
    if rng.random() < 0.5:
        thick, wide = 0.004, rng.uniform(0.045, 0.08)
        parts = [block((thick, w, h), card).at(side * wide / 2) for side in (-1, 1)]
        parts.append(block((wide + thick, thick, h), card).at(0, -w / 2))
        parts.append(block((0.8 * wide, 0.9 * w, 0.94 * h), paper, 0.1).at(0, 0.02 * w, 0.03 * h))
        parts.append(block((0.72 * wide, 0.003, 0.36 * h), paper).at(0, -w / 2 - 0.002, 0.45 * h))
        ink = palette.plain("ink", (0.2, 0.2, 0.25), 0.8)
        for k in range(3):
            parts.append(block((0.5 * wide, 0.002, 0.012), ink).at(0, -w / 2 - 0.004, (0.54 + 0.08 * k) * h))
        parts.append(ring(0.16 * h * 0.5, 0.006, steel, 16, 5).turned("z", 90).at(0, -w / 2 - 0.003, 0.13 * h))
        return {"": parts}
    w, h = h, w
    tab = rng.uniform(-0.3, 0.3) * w
    back = [
        (-w / 2, -h / 2),
        (w / 2, -h / 2),
        (w / 2, h / 2),
        (tab + 0.05, h / 2),
        (tab + 0.042, h / 2 + 0.016),
        (tab - 0.042, h / 2 + 0.016),
        (tab - 0.05, h / 2),
        (-w / 2, h / 2),
    ]
    sheets = int(rng.integers(1, 5))
    parts = [prism(back, 0.002, card, "z", 0.3).at(z=0.001)]
    for k in range(sheets):
        leaf = prism(rounded(0.94 * w, 0.95 * h, 0.001, 1), 0.0025, paper, "z").turned("z", float(rng.uniform(-2, 2)))
        parts.append(leaf.at(rng.uniform(0.0, 0.02), rng.uniform(-0.004, 0.008), 0.0035 + 0.0025 * k))
    lid = [(-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, 0.46 * h), (-w / 2, 0.46 * h)]
    parts.append(
        prism(lid, 0.002, card, "z", 0.3)
        .at(0, h / 2, 0)
        .turned("x", rng.uniform(3, 14))
        .at(0, -h / 2, 0.0035 + 0.0025 * sheets)
    )
    label = palette.plain("label", (0.95, 0.94, 0.9), 0.8)
    parts.append(block((0.07, 0.012, 0.001), label).at(tab, h / 2 + 0.008, 0.0018))
    return {"": centred(parts)}


def scribbles(rng: np.random.Generator, size: int = 96) -> Array:
    """Returns a white board's writing [S, S, 3] uint8 sRGB: lines of words, a curve or a chart in pens of some colours."""
    y, x = np.mgrid[0:size, 0:size] / size
    picture = np.full((size, size, 3), 0.95)
    pens = np.array([palette.COLOURS[c] for c in ("blue", "red", "green", "black")])
    for k in range(int(rng.integers(3, 7))):
        pen, row = pens[int(rng.integers(0, 4))], 0.12 + 0.12 * k
        for start in np.arange(0.06, rng.uniform(0.25, 0.5), 0.09):
            wave = row + 0.018 * np.sin(2 * math.pi * (x - start) * rng.uniform(25, 45))
            picture[(np.abs(y - wave) < 0.013) & (x > start) & (x < start + rng.uniform(0.04, 0.075))] = pen
    cx, cy, pen = rng.uniform(0.65, 0.8), rng.uniform(0.35, 0.65), pens[int(rng.integers(0, 4))]
    if rng.random() < 0.5:
        for k, tall in enumerate(rng.uniform(0.1, 0.4, 4)):
            picture[(np.abs(x - cx - 0.08 * (k - 1.5)) < 0.028) & (y > 0.8 - tall) & (y < 0.8)] = pens[k]
    else:
        picture[np.abs(np.hypot(x - cx, y - cy) - 0.16) < 0.012] = pen
        picture[(np.abs(y - cy - 0.5 * (x - cx)) < 0.012) & (np.abs(x - cx) < 0.2)] = pens[1]
    return textures.to_bytes(picture)


def whiteboard(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A whiteboard with writing and a tray of pens, on a frame with wheels or on an easel's three legs."""
    frame = coat(rng, colour or pick(rng, ("grey", "grey", "white", "black", "blue")), "frame", 0.4, 0.2)
    face = palette.textured("board", scribbles(rng), 0.3, wrap=("clamp", "clamp"), glow=0.05)
    dark = palette.plain("dark", (0.1, 0.1, 0.11), 0.6)
    easel = rng.random() < 0.35
    w, h = (rng.uniform(0.65, 0.8), rng.uniform(0.9, 1.05)) if easel else (rng.uniform(1.1, 1.7), rng.uniform(0.8, 1.0))
    lift = rng.uniform(0.7, 0.85)
    parts = [block((w, 0.03, h), frame).at(z=lift), plate(w - 0.07, h - 0.07, 0.01, face).at(0, -0.0135, lift + 0.035)]
    parts.append(block((0.6 * w, 0.09, 0.02), frame).at(0, -0.05, lift - 0.015))
    for k, c in enumerate(("red", "blue", "green")):
        pen = palette.plain(f"{c} pen", palette.shade(rng, c), 0.4)
        parts.append(
            rod(
                (0.11 * (k - 1) - 0.05, -0.06, lift + 0.012),
                (0.11 * (k - 1) + 0.05, -0.06, lift + 0.012),
                0.009,
                pen,
                6,
            )
        )
    if easel:
        for x, y in ((-0.42 * w, -0.12), (0.42 * w, -0.12), (0.0, 0.6)):
            parts.append(rod((x, y, 0), (0.25 * x, 0.03, lift + h), 0.016, frame, 6))
        return {"": [p.at(0, -0.16) if k < 6 else p for k, p in enumerate(parts)]}
    for x in (-w / 2 - 0.02, w / 2 + 0.02):
        parts += [
            rod((x, 0, 0.1), (x, 0, lift + 0.75 * h), 0.022, frame, 8),
            block((0.05, 0.55, 0.05), frame).at(x, 0, 0.07),
        ]
        for y in (-0.24, 0.24):
            parts += [p.at(x, y, 0.04) for p in wheel(0.04, 0.025, dark, frame, 10)]
    parts.append(rod((-w / 2, 0, 0.25), (w / 2, 0, 0.25), 0.018, frame, 6))
    return {"": parts}


def continents(rng: np.random.Generator, sea: textures.Colour, size: int = 96) -> Array:
    """Returns a world map of made-up land [S, S, 3] uint8 sRGB, u around, v from pole to pole."""
    field = textures.fractal(size, size, rng, (4, 5), 4)
    y = np.mgrid[0:size, 0:size][0] / size
    land = 1 / (1 + np.exp(-(field - np.quantile(field, 0.62)) * 80))
    tones = np.array([(0.35, 0.55, 0.25), (0.8, 0.7, 0.42), (0.6, 0.42, 0.3), (0.75, 0.5, 0.45)])
    which = (textures.fractal(size, size, rng, (3, 4), 2) * 7.9).astype(int) % 4
    picture = textures.mix(sea, (1, 1, 1), 0 * field) * (1 - land[..., None]) + tones[which] * land[..., None]
    picture[(np.abs(y - 0.5) > 0.44) & (field > 0.35)] = 0.96
    return textures.to_bytes(picture)


def globe(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A globe on its tilted axis in a half ring, on a turned foot; ``colour`` is its sea's."""
    sea = palette.shade(rng, colour or pick(rng, ("blue", "blue", "teal", "cream", "navy", "black")))
    skin = palette.textured("map", continents(rng, sea), 0.4)
    brass = palette.plain("brass", (0.78, 0.62, 0.3), 0.3, 0.5)
    stand = (
        palette.plain("stand", palette.WOODS[pick(rng, ("walnut", "cherry", "ebony"))][0], 0.5)
        if rng.random() < 0.6
        else brass
    )
    r = rng.uniform(0.1, 0.17)
    z = 2.05 * r
    a = np.linspace(-math.pi / 2, math.pi / 2, 13)
    parts = [sphere((r, r, r), skin, 14, 24)]
    parts.append(
        tube(np.stack([1.13 * r * np.cos(a), 0 * a, 1.13 * r * np.sin(a)], 1), 0.035 * r, brass, 6, squash=2.0)
    )
    parts += [
        rod((0, 0, -1.16 * r), (0, 0, 1.16 * r), 0.02 * r, brass, 6),
        sphere((0.07 * r,) * 3, brass, 6, 8).at(z=1.18 * r),
    ]
    parts = [p.turned("y", 23.4).at(z=z) for p in parts]
    foot = [
        (0, 0),
        (0.62 * r, 0),
        (0.62 * r, 0.07 * r),
        (0.5 * r, 0.14 * r),
        (0.16 * r, 0.24 * r),
        (0.1 * r, 0.5 * r),
        (0.16 * r, 0.7 * r),
        (0.1 * r, 0.95 * r),
        (0, 0.95 * r),
    ]
    parts.append(lathe(foot, stand, 18))
    return {"": parts}


def office_chair(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An office chair: a star of five legs on castors, a column, a padded seat and back, often arms and a head rest."""
    word = colour or pick(rng, ("black", "grey", "navy", "blue", "red", "green", "teal", "orange"))
    cover = palette.textured(f"{word} cloth", textures.fabric(rng, palette.shade(rng, word), size=64), 0.9)
    dark = palette.plain("plastic", (0.08, 0.08, 0.09) if rng.random() < 0.7 else (0.75, 0.76, 0.78), 0.4)
    tyre = palette.plain("castor", (0.06, 0.06, 0.06), 0.7)
    seat, w = rng.uniform(0.42, 0.52), rng.uniform(0.46, 0.54)
    reach = rng.uniform(0.27, 0.32)
    parts = [cylinder(0.045, 0.09, dark, 10).at(z=0.06), cylinder(0.026, seat - 0.1, dark, 10).at(z=0.1)]
    for p in polygon(5, reach, -90):
        parts += [
            rod((0, 0, 0.12), (p[0], p[1], 0.075), 0.026, dark, 6, tip=0.018),
            cylinder(0.028, 0.045, tyre, 10).turned("y", 90).at(p[0] - 0.022, p[1], 0.028),
        ]
        parts.append(rod((p[0], p[1], 0.03), (p[0], p[1], 0.08), 0.012, dark, 5))
    parts.append(block((0.24, 0.26, 0.035), dark).at(z=seat - 0.04))
    parts.append(rounded_box((w, w, 0.085), 0.035, cover, 2).at(z=seat - 0.01))
    tall = rng.uniform(0.42, 0.68)
    back = rounded_box((w * rng.uniform(0.82, 0.98), 0.075, tall), 0.034, cover, 2)
    parts.append(back.turned("x", -9).at(0, 0.5 * w, seat + 0.13))
    parts += rods(
        [(0, 0.12, seat - 0.03), (0, 0.5 * w + 0.05, seat - 0.02), (0, 0.5 * w + 0.11, seat + 0.13 + 0.5 * tall)],
        0.022,
        dark,
        6,
    )
    if rng.random() < 0.3:
        lean = 0.5 * w + 0.16 * tall
        parts.append(rod((0, lean - 0.02, seat + 0.08 + tall), (0, lean + 0.03, seat + 0.25 + tall), 0.02, dark, 6))
        parts.append(
            rounded_box((0.6 * w, 0.06, 0.15), 0.028, cover, 2)
            .turned("x", -9)
            .at(0, 0.5 * w + 0.16 * tall, seat + 0.16 + tall)
        )
    if rng.random() < 0.7:
        for side in (-1, 1):
            parts += rods(
                [
                    (side * 0.15, 0, seat - 0.02),
                    (side * (w / 2 + 0.045), 0, seat),
                    (side * (w / 2 + 0.045), 0.02, seat + 0.21),
                ],
                0.016,
                dark,
                6,
            )
            parts.append(block((0.065, 0.28, 0.03), dark).at(side * (w / 2 + 0.045), 0.0, seat + 0.2))
    return {"": merged(parts)}


def filing_cabinet(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A filing cabinet with two to four drawers, handles and labels, one drawer perhaps open."""
    word = colour or pick(rng, ("grey", "grey", "black", "white", "green", "blue", "red", "cream"))
    paint, steel = coat(rng, word, "steel", 0.4, 0.2), palette.plain("handle", (0.78, 0.79, 0.8), 0.3, 0.5)
    dark, paper = palette.plain("gap", (0.07, 0.07, 0.07), 0.8), palette.plain("label", (0.97, 0.96, 0.92), 0.9)
    count = int(rng.integers(2, 5))
    w, d, each = rng.uniform(0.4, 0.48), rng.uniform(0.5, 0.64), rng.uniform(0.29, 0.34)
    h = 0.07 + count * each
    parts = [block((w, d, h), paint, 1.0), block((0.96 * w, 0.006, h - 0.05), dark).at(0, -d / 2, 0.025)]
    ajar = int(rng.integers(0, count)) if rng.random() < 0.3 else -1
    for k in range(count):
        z, y = 0.05 + k * each, -d / 2 - 0.008
        if k == ajar:
            out = rng.uniform(0.15, 0.32)
            parts.append(block((0.86 * w, out, 0.68 * each), dark).at(0, -d / 2 - out / 2 + 0.01, z + 0.02))
            for side in (-1, 1):
                parts.append(block((0.02, out, 0.78 * each), paint).at(side * 0.43 * w, -d / 2 - out / 2, z + 0.01))
            for f in range(4):
                sheet = (
                    paper
                    if f % 2
                    else palette.plain("file", palette.shade(rng, pick(rng, ("cream", "yellow", "green"))), 0.9)
                )
                parts.append(block((0.8 * w, 0.012, 0.8 * each), sheet).at(0, -d / 2 - out * (0.2 + 0.2 * f), z + 0.03))
            y -= out
        parts.append(block((0.92 * w, 0.022, each - 0.018), paint, 1.0).at(0, y, z))
        parts.append(block((0.3 * w, 0.03, 0.022), steel).at(0, y - 0.02, z + 0.42 * each))
        parts.append(block((0.22 * w, 0.006, 0.04), paper).at(0, y - 0.011, z + 0.62 * each))
    return {"": merged(centred(parts))}


KINDS: dict[str, AssetKind] = {
    "keyboard": AssetKind(keyboard, (0.28, 0.42)),
    "printer": AssetKind(printer, (0.38, 0.8), fronted=True),
    "pencil": AssetKind(pencil, (0.12, 0.24)),
    "folder": AssetKind(folder, (0.28, 0.38)),
    "whiteboard": AssetKind(whiteboard, (1.5, 2.0), fronted=True),
    "globe": AssetKind(globe, (0.3, 0.6)),
    "office chair": AssetKind(office_chair, (0.85, 1.5), fronted=True),
    "filing cabinet": AssetKind(filing_cabinet, (0.6, 1.5), fronted=True),
}
