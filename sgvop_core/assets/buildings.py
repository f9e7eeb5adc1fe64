"""Houses and tents, in real size, their door towards -y."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ..scene.model import Array, Material
from . import palette, textures
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere
from .solids import block, grain, loft, merged, prism, rod, slab


def courses(
    rng: np.random.Generator,
    colour: textures.Colour,
    joint: textures.Colour,
    rows: int = 8,
    columns: int = 4,
    size: int = 64,
) -> Array:
    """Returns bricks or roof tiles in staggered rows [S, S, 3], uint8 sRGB; one column gives boards."""
    y, x = np.mgrid[0:size, 0:size] / size
    row = np.floor(y * rows)
    across = x * columns + 0.5 * (row % 2) * (columns > 1)
    tone = rng.uniform(0.8, 1.1, (rows, columns))[row.astype(int), np.floor(across).astype(int) % columns]
    picture = np.asarray(colour) * tone[..., None]
    seam = ((y * rows) % 1 < 0.14) | ((across % 1 < 0.07) & (columns > 1))
    picture[seam] = joint
    return textures.to_bytes(picture)


def walls_of(rng: np.random.Generator, colour: str | None) -> Material:
    """Returns a wall's bricks, boards or plaster in a colour word, or a usual colour."""
    style = pick(rng, ("brick", "boards", "plaster"))
    shade = np.asarray(
        palette.shade(
            rng,
            colour
            or pick(
                rng,
                ("terracotta", "brown", "red")
                if style == "brick"
                else ("white", "cream", "yellow", "mint", "grey", "blue", "pink"),
            ),
        )
    )
    if style == "plaster":
        return palette.textured("plaster", grain(rng, shade, 0.1), 0.9)
    if style == "brick":
        return palette.textured("bricks", courses(rng, shade, 0.6 * shade + 0.25, 8, 4), 0.9)
    return palette.textured("boards", courses(rng, shade, 0.65 * shade, 6, 1), 0.8)


def house(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A house with one or two floors: gabled or hipped roof, door, windows, chimney, sometimes a wing or a porch."""
    wall = walls_of(rng, colour)
    tone = np.asarray(palette.shade(rng, pick(rng, ("terracotta", "brown", "grey", "red", "navy", "black"))))
    roof = palette.textured("roof tiles", courses(rng, tone, 0.6 * tone, 8, 6), 0.9)
    trim = palette.plain("trim", palette.shade(rng, pick(rng, ("white", "white", "cream", "brown"))), 0.6)
    glass = palette.plain("window", (0.2, 0.28, 0.36), 0.1)
    wood = palette.plain("door", palette.shade(rng, pick(rng, ("red", "brown", "green", "blue", "teal", "white"))), 0.5)
    floors = 1 if rng.random() < 0.5 else 2
    w, d = rng.uniform(6.5, 10.0), rng.uniform(5.5, 7.5)
    h, rise = 2.7 * floors + 0.2, rng.uniform(1.8, 3.2)
    style = pick(rng, ("ridge along", "ridge along", "gable in front", "hipped"))
    parts = hull(w, d, h, rise, style, wall, roof)
    door = rng.uniform(-0.15, 0.15) * w
    parts += [
        slab((door - 0.6, door + 0.6), (-d / 2 - 0.05, -d / 2 + 0.1), (0, 2.25), trim),
        slab((door - 0.48, door + 0.48), (-d / 2 - 0.08, -d / 2), (0.05, 2.12), wood),
    ]
    parts.append(
        slab(
            (door - 0.8, door + 0.8), (-d / 2 - 0.9, -d / 2), (0, 0.16), palette.plain("step", (0.55, 0.54, 0.52), 0.9)
        )
    )
    if rng.random() < 0.5:
        parts.append(
            prism([(-d / 2 - 1.1, 2.45), (-d / 2, 2.75), (-d / 2, 2.9), (-d / 2 - 1.1, 2.6)], 2.0, roof).at(x=door)
        )
        parts += [block((0.12, 0.12, 2.5), trim).at(door + x, -d / 2 - 1.0) for x in (-0.85, 0.85)]
    for floor in range(floors):
        z = 1.0 + 2.7 * floor
        count = max(2, round(w / 2.6))
        for k in range(count):
            x = -w / 2 + w * (k + 0.5) / count
            if floor or abs(x - door) > 1.25:
                parts += window((x, -d / 2, z), trim, glass)
            if abs(x) > 0.5:
                parts += [p.turned("z", 180) for p in window((x, -d / 2, z), trim, glass)]
        for y in (-0.22 * d, 0.22 * d):
            parts += [p.turned("z", side) for side in (90, -90) for p in window((y, -w / 2, z), trim, glass)]
    if rng.random() < 0.75:
        x = rng.choice([-1, 1]) * 0.28 * w
        parts.append(
            block(
                (0.7, 0.7, rise + 0.5),
                palette.textured("chimney", courses(rng, (0.55, 0.3, 0.22), (0.6, 0.55, 0.5)), 0.9),
            ).at(x, 0.12 * d, h)
        )
        parts.append(block((0.85, 0.85, 0.14), trim).at(x, 0.12 * d, h + rise + 0.45))
    if rng.random() < 0.3:
        side, wide, deep = float(rng.choice([-1, 1])), rng.uniform(2.8, 3.6), 0.75 * d
        parts += [
            p.at(side * (w / 2 + wide / 2 - 0.1), 0.1 * d)
            for p in hull(wide, deep, 2.5, 1.0, "gable in front", wall, roof)
        ]
        gate = slab((-0.4 * wide, 0.4 * wide), (-deep / 2 - 0.06, -deep / 2), (0, 2.1), wood)
        parts.append(gate.at(side * (w / 2 + wide / 2 - 0.1), 0.1 * d))
    return {"": merged(parts)}


def hull(w: float, d: float, h: float, rise: float, style: str, wall: Material, roof: Material) -> list[Part]:
    """Returns walls ``h`` metres high under a roof that rises ``rise`` metres and overhangs."""
    over, thick = 0.4, 0.2
    if style == "hipped":
        low = [
            (-w / 2 - over, -d / 2 - over, h),
            (w / 2 + over, -d / 2 - over, h),
            (w / 2 + over, d / 2 + over, h),
            (-w / 2 - over, d / 2 + over, h),
        ]
        ridge = max(0.1, (w - d) / 2)
        high = [(-ridge, -0.05, h + rise), (ridge, -0.05, h + rise), (ridge, 0.05, h + rise), (-ridge, 0.05, h + rise)]
        return [block((w, d, h + 0.02), wall, 2.0), loft(np.array([low, high]), roof, 1.6)]
    along = style == "ridge along"
    span, length = (d, w) if along else (w, d)
    gable = [(-span / 2, 0), (span / 2, 0), (span / 2, h), (0, h + rise), (-span / 2, h)]
    slope = rise / (span / 2)
    eave = (span / 2 + over, h - over * slope)
    cover = [
        (-eave[0], eave[1]),
        (0, h + rise),
        (eave[0], eave[1]),
        (eave[0], eave[1] + thick),
        (0, h + rise + thick),
        (-eave[0], eave[1] + thick),
    ]
    axis = "x" if along else "y"
    return [prism(gable, length, wall, axis, 2.0), prism(cover, length + 2 * over, roof, axis, 1.6)]


def window(at: tuple[float, float, float], trim: Material, glass: Material) -> list[Part]:
    """Returns a window in a wall that faces -y at ``at`` (x, the wall's y, the sill's z): frame and two panes."""
    x, y, z = at
    parts = [slab((x - 0.55, x + 0.55), (y - 0.04, y + 0.1), (z, z + 1.25), trim)]
    parts += [slab((x + s, x + s + 0.44), (y - 0.06, y), (z + 0.09, z + 1.16), glass) for s in (-0.47, 0.03)]
    return parts


def tent(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A tent: a ridge tent with guys, a dome, or a cone around poles; its opening towards -y."""
    word = colour or pick(rng, ("orange", "green", "blue", "red", "yellow", "cream", "teal", "brown"))
    cloth = palette.textured(f"{word} canvas", textures.fabric(rng, palette.shade(rng, word), size=64), 0.9)
    dark = palette.plain("opening", (0.09, 0.08, 0.08), 0.9)
    second = palette.plain("flap", tuple(0.6 * c for c in palette.shade(rng, word)), 0.9)
    pole = palette.plain("pole", (0.45, 0.33, 0.22), 0.7)
    style = pick(rng, ("ridge", "ridge", "dome", "cone"))
    if style == "ridge":
        w, h, length = rng.uniform(1.5, 2.2), rng.uniform(1.2, 1.7), rng.uniform(2.0, 2.8)
        front = -length / 2
        parts = [prism([(-w / 2, 0), (w / 2, 0), (0, h)], length, cloth, "y", 0.8)]
        parts.append(prism([(-0.26 * w, 0.01), (0.26 * w, 0.01), (0, 0.86 * h)], 0.03, dark, "y").at(y=front - 0.005))
        for side in (-1, 1):
            flap = [(side * 0.13 * w, 0.02), (side * 0.36 * w, 0.02), (side * 0.02 * w, 0.9 * h), (0, 0.9 * h)]
            parts.append(prism(flap, 0.03, second, "y").at(y=front - 0.03))
        for y in (front - 0.04, -front + 0.02):
            parts.append(rod((0, y, 0), (0, y, h + 0.1), 0.025, pole, 6))
            for side in (-1, 1):
                parts.append(rod((0, y, h), (side * 0.5 * w, y * 1.5, 0.02), 0.01, pole, 4))
        return {"": parts}
    if style == "dome":
        r, h = rng.uniform(1.1, 1.5), rng.uniform(1.1, 1.4)
        a = np.linspace(0, math.pi / 2, 7)
        profile = [(0.0, 0.0), *np.stack([r * np.cos(a) ** 0.85, h * np.sin(a)], 1)[:-1], (0.0, h)]
        parts = [lathe(profile, cloth, 16, tile=0.8, crease=55)]
        for angle in (45, 135):
            arc = np.linspace(0.02, math.pi - 0.02, 13)
            points = [
                (1.015 * r * np.sign(np.cos(b)) * abs(np.cos(b)) ** 0.85, 0.0, 1.015 * h * np.sin(b)) for b in arc
            ]
            parts += [rod(p, q, 0.025, second, 5).turned("z", angle) for p, q in pairwise(points)]
        parts.append(
            prism(
                [(-0.42 * r, 0.0), (0.42 * r, 0), (0.34 * r, 0.45 * h), (0, 0.62 * h), (-0.34 * r, 0.45 * h)],
                0.5 * r,
                dark,
                "y",
            )
            .turned("x", 6)
            .at(y=-0.74 * r)
        )
        parts.append(
            loft(
                np.array(
                    [
                        [
                            (-0.5 * r, -0.7 * r, 0.62 * h),
                            (0.5 * r, -0.7 * r, 0.62 * h),
                            (0.4 * r, -0.3 * r, 0.85 * h),
                            (-0.4 * r, -0.3 * r, 0.85 * h),
                        ],
                        [
                            (-0.5 * r, -1.25 * r, 0.58 * h),
                            (0.5 * r, -1.25 * r, 0.58 * h),
                            (0.4 * r, -0.3 * r, 0.92 * h),
                            (-0.4 * r, -0.3 * r, 0.92 * h),
                        ],
                    ]
                ),
                second,
            )
        )
        return {"": [*parts, sphere((0.04, 0.04, 0.03), second, 4, 6).at(z=h)]}
    r, h = rng.uniform(1.2, 1.7), rng.uniform(2.4, 3.2)
    parts = [cylinder(r, h, cloth, 14, tile=0.8, top=0.1 * r)]
    stripe = palette.plain(
        "stripe", palette.shade(rng, pick(rng, [c for c in ("white", "red", "brown", "navy") if c != word])), 0.9
    )
    for low in (0.22, 0.62):
        parts.append(
            cylinder(r * (1 - 0.9 * low) + 0.015, 0.08 * h, stripe, 14, top=r * (1 - 0.9 * (low + 0.08)) + 0.015).at(
                z=low * h
            )
        )
    for angle in np.linspace(0, 2 * math.pi, 6, endpoint=False):
        c, s = math.cos(angle), math.sin(angle)
        parts.append(
            rod((0.1 * r * c, 0.1 * r * s, 0.97 * h), (-0.14 * r * c, -0.14 * r * s, 1.16 * h), 0.025, pole, 5)
        )
    slope = math.degrees(math.atan(0.9 * r / h))
    opening = prism([(-0.38 * r, 0.0), (0.38 * r, 0.0), (0.05 * r, 0.52 * h), (-0.05 * r, 0.52 * h)], 0.14, dark, "y")
    return {"": [*parts, opening.turned("x", -slope).at(y=-r * 0.99)]}


KINDS: dict[str, AssetKind] = {
    "house": AssetKind(house, (6.5, 16.0), fronted=True),
    "tent": AssetKind(tent, (1.9, 5.2), fronted=True),
}
