"""What stands in streets, in real size, its front towards -y: cones, lamps, traffic lights, bollards, hydrants, signs."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Material
from . import palette, textures
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere
from .solids import block, coat, polygon, prism, rod, rods, rounded, second_colour

PAINTS = ("red", "blue", "green", "yellow", "grey", "black", "orange", "teal", "navy", "brown", "white")


def concrete(rng: np.random.Generator) -> Material:
    """Returns rough grey stone."""
    return palette.textured("concrete", textures.stone(rng, palette.shade(rng, "grey"), 64), 0.9)


def traffic_cone(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A traffic cone on a square foot, with one to three bands."""
    skin = coat(rng, colour or pick(rng, ("orange", "orange", "red", "yellow")), "cone")
    white = palette.plain("band", (0.95, 0.95, 0.93) if colour != "white" else (0.9, 0.4, 0.1), 0.5)
    h, r, tip = rng.uniform(0.45, 0.85), rng.uniform(0.13, 0.18), rng.uniform(0.025, 0.04)
    side = r * rng.uniform(2.3, 2.6)
    parts = [
        prism(
            rounded(side, side, 0.03),
            0.03,
            skin if rng.random() < 0.5 else palette.plain("foot", (0.1, 0.1, 0.1), 0.8),
            "z",
        ).at(z=0.015)
    ]
    parts.append(lathe([(0, 0), (r, 0), (tip, h - 0.03), (tip * 0.7, h - 0.03), (0, h - 0.03)], skin, 20).at(z=0.03))
    bands = int(rng.integers(1, 4))
    for k in range(bands):
        low = 0.3 + 0.5 * k / bands
        high = low + 0.28 / bands
        at = [r + (tip - r) * s + 0.003 for s in (low, high)]
        parts.append(cylinder(at[0], (high - low) * (h - 0.03), white, 20, top=at[1]).at(z=0.03 + low * (h - 0.03)))
    return {"": parts}


def street_lamp(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A street lamp: an arm with a flat head towards -y, two arms, or a lantern on top."""
    paint = coat(rng, colour or pick(rng, ("grey", "black", "green", "navy")), "post")
    glow = palette.plain("lamp glass", (1.0, 0.93, 0.72), 0.3, glow=0.8)
    style = pick(rng, ("arm", "arm", "double", "lantern", "globe"))
    h = rng.uniform(3.0, 4.0) if style in ("lantern", "globe") else rng.uniform(5.0, 7.0)
    r = h * rng.uniform(0.017, 0.024)
    parts = [cylinder(2.2 * r, 0.08 * h, paint, 12, top=1.6 * r), rod((0, 0, 0), (0, 0, h), 1.5 * r, paint, 10, tip=r)]
    if style in ("arm", "double"):
        for side in (-1, 1) if style == "double" else (-1,):
            reach = rng.uniform(0.16, 0.24) * h
            arc = np.linspace(0, math.pi / 2, 5)
            path = [(0.0, side * reach * (1 - math.cos(a)), h - 0.02 + 0.1 * h * math.sin(a)) for a in arc]
            parts += rods(path, r, paint, 8)
            y, z = side * reach, h + 0.08 * h
            parts.append(
                prism(rounded(0.05 * h, 0.15 * h, 0.02 * h), 0.02 * h, paint, "z").at(
                    0, y + side * 0.06 * h, z + 0.006 * h
                )
            )
            parts.append(
                prism(rounded(0.04 * h, 0.12 * h, 0.015 * h), 0.012 * h, glow, "z").at(
                    0, y + side * 0.06 * h, z - 0.008 * h
                )
            )
    elif style == "globe":
        parts.append(cylinder(0.03 * h, 0.03 * h, paint, 10).at(z=h))
        parts.append(sphere((0.07 * h,) * 3, glow, 8, 14).at(z=h + 0.09 * h))
    else:
        parts.append(cylinder(0.025 * h, 0.02 * h, paint, 6, top=0.04 * h).at(z=h))
        parts.append(cylinder(0.035 * h, 0.11 * h, glow, 6, top=0.06 * h).at(z=h + 0.02 * h))
        parts.append(cylinder(0.075 * h, 0.05 * h, paint, 6, top=0.012 * h).at(z=h + 0.13 * h))
        for p in polygon(6, 1.0):
            a, b = p * 0.036 * h, p * 0.062 * h
            parts.append(rod((a[0], a[1], 1.02 * h), (b[0], b[1], 1.13 * h), 0.003 * h, paint, 4))
        parts.append(sphere((0.014 * h,) * 3, paint, 5, 8).at(z=1.185 * h))
    return {"": parts}


def traffic_light(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A traffic light on a post, one of its three lamps lit, hooded."""
    case = coat(rng, colour or pick(rng, ("black", "black", "yellow", "green", "grey")), "case")
    post, dark = palette.plain("post", (0.35, 0.36, 0.38), 0.5), palette.plain("board", (0.06, 0.06, 0.06), 0.7)
    h, s = rng.uniform(2.6, 3.6), rng.uniform(0.28, 0.34)
    lit = int(rng.integers(0, 3))
    parts = [rod((0, 0.06, 0), (0, 0.06, h), 0.055, post, 10), cylinder(0.12, 0.12, post, 10).at(y=0.06)]
    box = 3.1 * s
    parts.append(block((1.1 * s, 0.2, box), case).at(0, -0.1, h - box + 0.1))
    if rng.random() < 0.5:
        parts.append(prism(rounded(1.7 * s, box + 0.6 * s, 0.1), 0.02, dark, "y").at(0, 0.0, h - box / 2 + 0.1))
    hues = ((0.95, 0.12, 0.1), (1.0, 0.7, 0.1), (0.15, 0.85, 0.35))
    for k, hue in enumerate(hues):
        on = k == lit
        lens = palette.plain(f"lens {k}", hue if on else tuple(0.45 * c for c in hue), 0.2, glow=0.9 if on else 0.0)
        z = h + 0.1 - s * (k + 0.55)
        parts.append(cylinder(0.4 * s, 0.03, lens, 16).turned("x", 90).at(0, -0.195, z))
        a = np.linspace(math.radians(10), math.radians(170), 7)
        outer = np.stack([0.47 * s * np.cos(a), 0.47 * s * np.sin(a)], 1)
        parts.append(prism(np.concatenate([outer, 0.93 * outer[::-1]]), 0.16, dark, "y").at(0, -0.27, z))
    return {"": parts}


def bollard(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bollard: a post with a round, flat or slanted head and a band."""
    word = colour or pick(rng, PAINTS)
    paint, band = coat(rng, word, "post"), second_colour(rng, word)
    if colour is None and rng.random() < 0.3:
        paint = concrete(rng)
    h, r = rng.uniform(0.7, 1.1), rng.uniform(0.05, 0.11)
    count = 4 if rng.random() < 0.2 else 16
    style = pick(rng, ("round", "flat", "collar"))
    profile = [(0.0, 0.0), (1.35 * r, 0), (1.35 * r, 0.05 * h), (r, 0.08 * h), (r, h - r)]
    if style == "round":
        profile += [(r * math.cos(a), h - r + r * math.sin(a)) for a in np.linspace(0.3, math.pi / 2 - 0.3, 3)] + [
            (0, h)
        ]
    elif style == "flat":
        profile += [(r, h - 0.01), (0, h)]
    else:
        profile += [(1.3 * r, h - r), (1.3 * r, h - 0.5 * r), (0.7 * r, h), (0, h)]
    parts = [lathe(profile, paint, count, tile=0.6)]
    for z in rng.choice([0.55, 0.68, 0.8], int(rng.integers(1, 3)), replace=False):
        parts.append(cylinder(1.03 * r, 0.07 * h, band, count).at(z=z * h))
    return {"": parts}


def hydrant(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A fire hydrant: a stout post with a domed cap, a big outlet in front and two at the sides."""
    word = colour or pick(rng, ("red", "red", "yellow", "orange", "blue", "green", "white", "grey"))
    paint = coat(rng, word, "hydrant")
    cap = second_colour(rng, word) if rng.random() < 0.4 else paint
    h, r = rng.uniform(0.6, 0.85), rng.uniform(0.085, 0.115)
    body = [(0, 0), (1.6 * r, 0), (1.6 * r, 0.05 * h), (r, 0.06 * h), (r, 0.62 * h), (0, 0.62 * h)]
    dome = [
        (0, 0.6 * h),
        (1.4 * r, 0.6 * h),
        (1.4 * r, 0.65 * h),
        (1.15 * r, 0.67 * h),
        (1.05 * r, 0.78 * h),
        (0.65 * r, 0.88 * h),
        (0.2 * r, 0.91 * h),
        (0.2 * r, h),
        (0, h),
    ]
    parts = [lathe(body, paint, 18), lathe(dome, cap, 18)]
    parts.append(cylinder(1.25 * r, 0.04 * h, paint, 18).at(z=0.3 * h))
    front = lathe(
        [
            (0, 0),
            (0.62 * r, 0),
            (0.62 * r, 0.45 * r),
            (0.75 * r, 0.45 * r),
            (0.75 * r, 0.7 * r),
            (0.25 * r, 0.7 * r),
            (0.25 * r, 0.95 * r),
            (0, 0.95 * r),
        ],
        cap,
        12,
    )
    parts.append(front.turned("x", 90).at(0, -0.85 * r, 0.46 * h))
    for side in (-90, 90):
        parts.append(front.scaled(0.75).turned("y", side).at(0.9 * r * (1 if side > 0 else -1), 0, 0.5 * h))
    return {"": parts}


def sign(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A sign on a post: a stop, a warning triangle, a round ban, a square with an arrow, or a board with lines of text."""
    steel = palette.metal(rng, "steel")
    style = pick(rng, ("stop", "warning", "ban", "arrow", "board"))
    h, s = rng.uniform(1.6, 2.3), rng.uniform(0.32, 0.44)
    usual = {
        "stop": "red",
        "warning": "red",
        "ban": "red",
        "arrow": "blue",
        "board": pick(rng, ("green", "blue", "brown", "yellow", "white")),
    }[style]
    word = colour or usual
    paint = coat(rng, word, "sign")
    ink = palette.plain(
        "ink", (0.95, 0.95, 0.93) if word not in ("white", "cream", "yellow") else (0.08, 0.08, 0.09), 0.5
    )
    field = palette.plain("field", (0.96, 0.95, 0.92) if word not in ("white", "cream") else (0.1, 0.1, 0.1), 0.5)
    dark = palette.plain("black", (0.06, 0.06, 0.06), 0.6)
    parts = [rod((0, 0.05, 0), (0, 0.05, h + 0.2), 0.035, steel, 8)]
    face: list[Part] = []
    if style == "stop":
        face = [prism(polygon(8, s * 1.05, 22.5), 0.02, ink, "y"), prism(polygon(8, s * 0.97, 22.5), 0.024, paint, "y")]
        for k in range(4):
            face.append(block((0.06 * s * 2, 0.03, 0.5 * s), ink).at((k - 1.5) * 0.36 * s, 0, -0.25 * s))
            face.append(
                block((0.24 * s, 0.03, 0.08 * s), ink).at((k - 1.5) * 0.36 * s, 0, (0.17, -0.25, 0.0, 0.17)[k] * s)
            )
    elif style == "warning":
        face = [prism(polygon(3, s * 1.25, 90), 0.02, paint, "y"), prism(polygon(3, s * 0.86, 90), 0.024, field, "y")]
        face += [
            block((0.12 * s, 0.03, 0.42 * s), dark).at(0, 0, -0.1 * s),
            block((0.13 * s, 0.03, 0.12 * s), dark).at(0, 0, -0.3 * s),
        ]
    elif style == "ban":
        face = [prism(polygon(20, s), 0.02, paint, "y")]
        if rng.random() < 0.5:
            face.append(block((1.3 * s, 0.03, 0.32 * s), ink).at(0, 0, -0.16 * s))
        else:
            face += [
                prism(polygon(20, 0.76 * s), 0.024, field, "y"),
                block((1.6 * s, 0.028, 0.2 * s), paint).at(z=-0.1 * s).turned("y", 45),
            ]
    elif style == "arrow":
        arrow = (
            np.array([(-0.12, -0.6), (0.12, -0.6), (0.12, 0.05), (0.42, 0.05), (0, 0.6), (-0.42, 0.05), (-0.12, 0.05)])
            * s
        )
        face = [prism(rounded(1.9 * s, 1.9 * s, 0.12 * s), 0.02, paint, "y")]
        face.append(prism(arrow, 0.026, ink, "y").turned("y", float(rng.choice([0, 90, -90]))))
    else:
        w = rng.uniform(2.6, 3.8) * s
        face = [prism(rounded(w, 1.5 * s, 0.1 * s), 0.02, paint, "y")]
        for k in range(3):
            wide = rng.uniform(0.4, 0.85) * w
            face.append(block((wide, 0.026, 0.18 * s), ink).at((wide - 0.85 * w) / 2, 0, (0.35 - 0.42 * k) * s))
    # What is painted on the face stands out in front only: its back stays inside the sheet.
    return {"": parts + [p.at(0, -0.008 if k else 0.0, h - 0.1) for k, p in enumerate(face)]}


KINDS: dict[str, AssetKind] = {
    "traffic cone": AssetKind(traffic_cone, (0.42, 0.9)),
    "street lamp": AssetKind(street_lamp, (2.9, 7.8)),
    "traffic light": AssetKind(traffic_light, (2.6, 3.8), fronted=True),
    "bollard": AssetKind(bollard, (0.65, 1.15)),
    "hydrant": AssetKind(hydrant, (0.55, 0.9), fronted=True),
    "sign": AssetKind(sign, (1.75, 3.0), fronted=True),
}
