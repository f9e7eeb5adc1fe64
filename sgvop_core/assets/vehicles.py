"""Road vehicles in real size, their front towards -y: cars, vans, buses, trucks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..scene.model import Array, Material
from . import palette
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder
from .solids import block, coat, prism, slab, wheel

PAINTS = ("red", "blue", "white", "black", "grey", "yellow", "green", "orange", "navy", "teal", "brown", "cream")


@dataclass(frozen=True)
class Trim:
    """The materials that road vehicles share beside their paint."""

    glass: Material
    tyre: Material
    hub: Material
    dark: Material
    head: Material
    tail: Material


def trim_of(rng: np.random.Generator) -> Trim:
    """Returns glass, tyres, hubs, dark plastic and lamps."""
    clear = rng.uniform(0.6, 1.4)
    return Trim(
        palette.plain("window", (0.14 * clear, 0.19 * clear, 0.23 * clear), 0.1),
        palette.plain("tyre", (0.07, 0.07, 0.07), 0.85),
        palette.plain("hub", (rng.uniform(0.55, 0.85),) * 3, 0.3, 0.4),
        palette.plain("dark", (0.1, 0.1, 0.11), 0.6),
        palette.plain("head lamp", (1.0, 0.97, 0.85), 0.2, glow=0.4),
        palette.plain("tail lamp", (0.75, 0.06, 0.05), 0.2, glow=0.3),
    )


def wheels(trim: Trim, radius: float, width: float, half: float, places: tuple[float, ...]) -> list[Part]:
    """Returns pairs of wheels at ``places`` along y, their outsides ``half`` metres from the middle, each in a dark arch."""
    parts = []
    for y in places:
        parts.append(
            cylinder(radius * 1.13, 2 * half - 0.03, trim.dark, 16).turned("y", 90).at(0.015 - half, y, radius)
        )
        for side in (-1, 1):
            parts += [
                p.at(side * (half - width / 2 + 0.01), y, radius) for p in wheel(radius, width, trim.tyre, trim.hub)
            ]
    return parts


def lamps(trim: Trim, half: float, front: float, back: float, z: float, size: float) -> list[Part]:
    """Returns two head lamps at y = ``front`` and two tail lamps at ``back``, ``half`` metres from the middle."""
    parts = []
    for side in (-1, 1):
        parts.append(block((size * 1.4, 0.06, size), trim.head).at(side * half, front, z))
        parts.append(block((size * 1.2, 0.06, size), trim.tail).at(side * half, back, z))
    return parts


def cabin(trim: Trim, paint: Material, y: tuple[float, float, float, float], z: tuple[float, float], width: float,
          pillar: float | None, side_end: float | None = None) -> list[Part]:  # fmt: skip
    """Returns a painted cabin with windows: ``y`` its foot and roof in front, roof and foot behind; ``z`` from foot to roof.

    ``pillar`` is where along y the side window is parted, ``side_end`` where it ends (a panel van's sides are closed).
    """
    low, high = z
    lean = 0.13

    def drawn_in(part: Part) -> Part:
        def inward(v: Array) -> Array:
            v[:, 0] *= 1 - lean * np.clip((v[:, 2] - low) / (high - low), 0, 1)
            return v

        return part.warped(inward)

    def edge(share: float, front: bool) -> float:
        return y[0] + (y[1] - y[0]) * share if front else y[3] + (y[2] - y[3]) * share

    body = prism([(y[0], low), (y[3], low), (y[2], high), (y[1], high)], width, paint)
    a, b = 0.1, 0.86
    za, zb = low + a * (high - low), low + b * (high - low)
    screen = [
        (edge(a, True) - 0.02, za), (edge(a, False) + 0.02, za), (edge(b, False) + 0.02, zb), (edge(b, True) - 0.02, zb),
    ]  # fmt: skip
    parts = [drawn_in(body)]
    if side_end is None:
        parts.append(drawn_in(prism(screen, width * 0.86, trim.glass)))
    else:
        parts.append(drawn_in(prism([screen[0], (0.0, za), (0.0, zb), screen[3]], width * 0.86, trim.glass)))
    end = side_end if side_end is not None else y[3]
    cuts = [y[0]] + ([pillar] if pillar is not None else []) + [end]
    for k in range(len(cuts) - 1):
        first, last = k == 0, k == len(cuts) - 2 and side_end is None
        left = [edge(a, True) + 0.1, edge(b, True) + 0.1] if first else [cuts[k] + 0.04] * 2
        right = [edge(a, False) - 0.1, edge(b, False) - 0.1] if last else [cuts[k + 1] - 0.04] * 2
        parts.append(
            drawn_in(prism([(left[0], za), (right[0], za), (right[1], zb), (left[1], zb)], width + 0.02, trim.glass))
        )
    return parts


def car(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A car: saloon, hatchback, estate, off-roader or pick-up."""
    style = pick(rng, ("saloon", "saloon", "hatchback", "estate", "off-roader", "pick-up"))
    tall = style in ("off-roader", "pick-up")
    length = rng.uniform(3.7, 4.1) if style == "hatchback" else rng.uniform(4.2, 4.8)
    width = rng.uniform(1.68, 1.9)
    height = rng.uniform(1.65, 1.85) if tall else rng.uniform(1.38, 1.52)
    r = rng.uniform(0.36, 0.42) if tall else rng.uniform(0.3, 0.34)
    paint, trim = coat(rng, colour or pick(rng, PAINTS), "car paint"), trim_of(rng)
    f, b = -length / 2, length / 2
    sill, waist = r * 0.7, height * rng.uniform(0.6, 0.64)
    bonnet = f + length * rng.uniform(0.24, 0.29)
    foot = {"saloon": b - 0.55, "hatchback": b - 0.08, "estate": b - 0.08, "off-roader": b - 0.06, "pick-up": 0.42}[
        style
    ]
    roof = {"saloon": 0.55, "hatchback": 0.45, "estate": 0.25, "off-roader": 0.14, "pick-up": 0.12}[style]
    rise = bonnet + (0.4 if tall else rng.uniform(0.6, 0.75))
    nose = waist - rng.uniform(0.08, 0.2)
    outline = [(f + 0.1, sill), (b - 0.1, sill), (b, sill + 0.2), (b - 0.02, waist - 0.08), (b - 0.1, waist), (bonnet, waist),
               (f + 0.12, nose), (f, nose - 0.12), (f, sill + 0.15)]  # fmt: skip
    parts = [prism(outline, width, paint)]
    parts += cabin(trim, paint, (bonnet, rise, foot - roof, foot), (waist - 0.01, height), width - 0.06,
                   None if style == "pick-up" else (rise + foot - roof) / 2)  # fmt: skip
    if style == "pick-up":
        parts.append(
            slab((0.12 - width / 2, width / 2 - 0.12), (foot + 0.06, b - 0.16), (waist - 0.1, waist + 0.005), trim.dark)
        )
    parts += wheels(trim, r, 0.22, width / 2, (f + 0.8, b - 0.8))
    parts += lamps(trim, width / 2 - 0.22, f - 0.005, b - 0.01, nose - 0.26, 0.15)
    parts.append(block((width * 0.5, 0.06, 0.14), trim.dark).at(0, f, sill + 0.2))
    for y in (f + 0.02, b - 0.02):
        parts.append(block((width * 0.98, 0.12, 0.12), paint if tall else trim.dark).at(0, y, sill))
    for side in (-1, 1):
        parts.append(block((0.2, 0.1, 0.13), paint).at(side * (width / 2 + 0.05), bonnet + 0.3, waist + 0.02))
    return {"": parts}


def van(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A van with a short bonnet: closed sides or a row of windows."""
    length, width, height = rng.uniform(4.8, 5.8), rng.uniform(1.9, 2.05), rng.uniform(2.0, 2.55)
    paint, trim = coat(rng, colour or pick(rng, PAINTS), "van paint"), trim_of(rng)
    f, b, r, waist = -length / 2, length / 2, 0.36, 1.12
    bonnet, rise = f + rng.uniform(0.5, 0.8), rng.uniform(0.55, 0.8)
    outline = [(f + 0.08, 0.28), (b, 0.28), (b, waist), (bonnet, waist), (f + 0.06, waist - 0.2), (f, 0.75), (f, 0.4)]
    closed_sides = rng.random() < 0.6
    parts = [prism(outline, width, paint)]
    parts += cabin(trim, paint, (bonnet, bonnet + rise, b - 0.12, b), (waist - 0.01, height), width - 0.02,
                   None if closed_sides else bonnet + rise + 0.5, bonnet + rise + 0.55 if closed_sides else None)  # fmt: skip
    if closed_sides:
        for side in (-1, 1):
            parts.append(
                slab(
                    (side * width * 0.44 - 0.02, side * width * 0.44 + 0.02),
                    (b - 0.01, b + 0.015),
                    (0.5, 1.9),
                    trim.dark,
                )
            )
    parts += wheels(trim, r, 0.24, width / 2, (f + 0.95, b - 1.05))
    parts += lamps(trim, width / 2 - 0.22, f - 0.005, b, 0.68, 0.2)
    parts.append(block((width * 0.98, 0.14, 0.18), trim.dark).at(0, f + 0.02, 0.28))
    parts.append(block((width * 0.5, 0.04, 0.16), trim.dark).at(0, f, 0.62))
    for side in (-1, 1):
        parts.append(block((0.24, 0.1, 0.26), trim.dark).at(side * (width / 2 + 0.08), bonnet + 0.35, waist + 0.1))
    return {"": parts}


def bus(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bus with one deck or two: bands of windows, a door, a stripe of another colour."""
    double = rng.random() < 0.3
    length, width = rng.uniform(9.0, 12.0), 2.5
    height = rng.uniform(4.1, 4.4) if double else rng.uniform(2.9, 3.2)
    word = colour or pick(rng, ("red", "yellow", "blue", "white", "green", "orange", "teal", "cream"))
    paint, trim = coat(rng, word, "bus paint"), trim_of(rng)
    stripe = palette.plain(
        "stripe", palette.shade(rng, pick(rng, [c for c in ("white", "navy", "black", "cream", "orange") if c != word]))
    )
    f, b = -length / 2, length / 2
    parts = [
        prism([(f + 0.05, 0.35), (b, 0.35), (b, height), (f + 0.25, height), (f, height - 0.4), (f, 0.5)], width, paint)
    ]
    bands = [(1.25, 2.1), (2.85, 3.7)] if double else [(1.3, 2.3)]
    panes = int(rng.integers(5, 9))
    for low, high in bands:
        edges = np.linspace(f + 0.55, b - 0.5, panes + 1)
        for y0, y1 in pairwise(edges):
            parts.append(slab((-width / 2 - 0.015, width / 2 + 0.015), (y0 + 0.06, y1 - 0.06), (low, high), trim.glass))
        parts.append(slab((-width * 0.44, width * 0.44), (f - 0.02, f + 0.3), (low - 0.1, high), trim.glass))
        parts.append(slab((-width * 0.38, width * 0.38), (b - 0.1, b + 0.015), (low + 0.1, high), trim.glass))
    parts.append(slab((-width / 2 - 0.012, width / 2 + 0.012), (f + 0.02, b + 0.012), (0.82, 1.02), stripe))
    parts.append(slab((width / 2 - 0.1, width / 2 + 0.03), (f + 0.55, f + 1.5), (0.42, 2.2), trim.dark))
    parts.append(slab((width / 2 - 0.1, width / 2 + 0.04), (f + 0.62, f + 1.43), (0.9, 2.1), trim.glass))
    sign = palette.plain("route", (1.0, 0.75, 0.2), glow=0.3)
    parts.append(
        slab((-0.7, 0.7), (f - 0.03, f + 0.4), (height - 0.42 - 0.3 * double, height - 0.2 - 0.3 * double), sign)
    )
    parts += wheels(trim, 0.48, 0.3, width / 2, (f + 2.1, b - 2.4))
    parts += lamps(trim, width / 2 - 0.3, f - 0.01, b, 0.6, 0.2)
    return {"": parts}


def truck(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A truck: a cab and a closed box, a tank, or an open bed with a load."""
    width, length = 2.4, rng.uniform(6.5, 9.5)
    word = colour or pick(rng, PAINTS)
    paint, trim = coat(rng, word, "truck paint"), trim_of(rng)
    second = paint if colour else coat(rng, pick(rng, ("white", "cream", "grey", word)), "load")
    f, b, cab, roof = -length / 2, length / 2, rng.uniform(1.7, 2.1), rng.uniform(2.4, 2.9)
    c = f + cab
    bonnet = rng.uniform(0.7, 1.0) if rng.random() < 0.35 else 0.0
    parts = [slab((-0.45, 0.45), (f + 0.3, b - 0.05), (0.55, 0.85), trim.dark)]
    if bonnet:
        parts.append(slab((-width * 0.4, width * 0.4), (f, f + bonnet + 0.2), (0.5, 1.45), paint))
        parts.append(slab((-width * 0.3, width * 0.3), (f - 0.02, f + 0.1), (0.65, 1.35), trim.hub))
    g = f + bonnet
    parts.append(prism([(g, 0.5), (c, 0.5), (c, roof), (g + 0.35, roof), (g, 1.5)], width, paint))
    parts.append(
        prism(
            [(g + 0.02, 1.55), (g + 0.5, 1.55), (g + 0.7, roof - 0.2), (g + 0.27, roof - 0.2)], width * 0.88, trim.glass
        ).at(y=-0.04)
    )
    parts.append(
        prism(
            [(g + 0.2, 1.5), (c - 0.25, 1.5), (c - 0.25, roof - 0.25), (g + 0.45, roof - 0.25)],
            width + 0.03,
            trim.glass,
        )
    )
    parts.append(slab((-width * 0.42, width * 0.42), (g - 0.02, g + 0.1), (0.8, 1.3), trim.dark))
    style = pick(rng, ("box", "box", "tank", "bed"))
    d = c + 0.15
    if style == "box":
        top = rng.uniform(2.9, 3.7)
        parts.append(slab((-width / 2, width / 2), (d, b), (0.9, top), second, 1.0))
        parts.append(slab((-0.015, 0.015), (b - 0.1, b + 0.02), (1.0, top - 0.1), trim.dark))
        for z in (1.0, top - 0.12):
            parts.append(slab((-width / 2 - 0.015, width / 2 + 0.015), (d + 0.02, b - 0.02), (z, z + 0.07), trim.hub))
    elif style == "tank":
        parts.append(cylinder(0.95, b - d, second, 20, 0.2, tile=1.0).turned("x", -90).scaled(1.2, 1, 1).at(0, d, 1.82))
        for y in (d + 0.5, b - 0.5):
            parts.append(cylinder(0.97, 0.12, trim.hub, 20).turned("x", -90).scaled(1.2, 1, 1).at(0, y, 1.82))
    else:
        load = palette.plain("load", palette.shade(rng, pick(rng, ("brown", "cream", "grey"))), 0.9)
        parts.append(slab((-width / 2, width / 2), (d, b), (0.86, 1.0), second))
        for side in (-1, 1):
            parts.append(block((0.08, b - d, 0.7), second).at(side * (width / 2 - 0.04), (b + d) / 2, 1.0))
        for y in (d + 0.04, b - 0.04):
            parts.append(block((width - 0.16, 0.08, 0.7), second).at(0, y, 1.0))
        parts.append(
            block((width - 0.16, b - d - 0.16, rng.uniform(0.5, 1.2)), load, taper=0.5).at(0, (b + d) / 2, 0.99)
        )
    parts += wheels(trim, 0.5, 0.3, width / 2, (f + 0.9, b - 1.0, b - 2.1) if length > 7.5 else (f + 0.9, b - 1.2))
    parts += lamps(trim, width / 2 - 0.28, f - 0.03, b, 0.6, 0.2)
    parts.append(block((width, 0.2, 0.26), trim.dark).at(0, f + 0.02, 0.35))
    for side in (-1, 1):
        parts.append(block((0.12, 0.12, 0.5), trim.dark).at(side * (width / 2 + 0.12), g + 0.2, 1.6))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "car": AssetKind(car, (3.6, 5.0), fronted=True),
    "van": AssetKind(van, (4.7, 6.0), fronted=True),
    "bus": AssetKind(bus, (8.9, 12.3), fronted=True),
    "truck": AssetKind(truck, (6.4, 9.8), fronted=True),
}
