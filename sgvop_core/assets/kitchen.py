"""What stands and lies in a kitchen: cups, glasses, jugs, pots, jars, cans, kettles, cutlery, trays, small appliances."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import finishes, palette
from .forms import arc, bar, hoop, loft, slab, tub
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, rounded_box, sphere, tube
from .tableware import GLAZES, glaze_pair, shell

COATS = ("red", "white", "cream", "mint", "blue", "black", "teal", "yellow", "grey")


def coat(rng: np.random.Generator, colour: str | None, metal_share: float = 0.5) -> Material:
    """Returns enamel in the colour word, or without one metal (by ``metal_share``) or enamel at random."""
    if colour is None and rng.random() < metal_share:
        return palette.metal(rng, pick(rng, ("steel", "steel", "copper")))
    return finishes.enamel(rng, colour or pick(rng, COATS))


def grip(
    x: float, low: float, high: float, reach: float, thickness: float, material: Material, sink: float = 0.0
) -> Part:
    """Returns an ear from (``x``, 0, ``low``) out by ``reach`` and back to ``high``, its ends ``sink`` metres inside."""
    a = np.linspace(-math.pi / 2, math.pi / 2, 13)
    path = np.stack(
        [x - sink + (reach + sink) * np.cos(a) ** 0.7, 0 * a, (low + high) / 2 + (high - low) / 2 * np.sin(a)], 1
    )
    return tube(path, thickness, material, 10, squash=0.8)


def cup(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A flared tea cup, hollow, mostly on a saucer."""
    r, h = rng.uniform(0.042, 0.052), rng.uniform(0.05, 0.07)
    first, second, pattern = glaze_pair(rng, colour)
    glaze = palette.ceramic(rng, first, second, pattern)
    t = np.linspace(0, 1, 9)
    side = np.stack([r * (0.5 + 0.5 * t ** rng.uniform(0.45, 0.9)), 0.006 + (h - 0.006) * t], 1)
    outside = np.concatenate([[[0, 0], [0.46 * r, 0]], side])
    body = lathe(shell(outside, 0.003, 0.009), glaze, 28)
    edge = float(np.interp(0.25 * h, side[:, 1], side[:, 0]))
    parts = [body, grip(edge, 0.25 * h, 0.82 * h, 0.024 + r - edge, 0.0036, glaze, 0.001)]
    if rng.random() < 0.65:
        s = r * rng.uniform(1.45, 1.7)
        profile = [
            (0, 0),
            (0.5 * s, 0),
            (0.8 * s, 0.008),
            (s, 0.016),
            (0.97 * s, 0.0175),
            (0.75 * s, 0.010),
            (0.5 * s, 0.004),
        ]
        dish = lathe([*profile, (0, 0.004)], palette.ceramic(rng, first, second, "plain"), 28)
        parts = [p.at(z=0.0035) for p in parts] + [dish]
    return {"": parts}


def glass(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A drinking glass of opaque pale glass, hollow."""
    r, h = rng.uniform(0.032, 0.043), rng.uniform(0.085, 0.155)
    foot = rng.uniform(0.7, 1.0)
    t = np.linspace(0, 1, 8)
    bulge = rng.uniform(-0.02, 0.1)
    side = np.stack([r * (foot + (1 - foot) * t + bulge * np.sin(math.pi * t)), 0.002 + (h - 0.002) * t], 1)
    outside = np.concatenate([[[0, 0], [side[0, 0] * 0.95, 0]], side])
    return {"": [lathe(shell(outside, 0.0025, rng.uniform(0.006, 0.014)), finishes.glassy(rng, colour), 26)]}


def wine_glass(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A wine glass: foot, stem and a hollow bowl."""
    r, h = rng.uniform(0.034, 0.046), rng.uniform(0.16, 0.24)
    z0 = h * rng.uniform(0.42, 0.52)
    s = np.linspace(0, 1, 11)[1:]
    bulb = np.sin(math.pi * (0.08 + s * rng.uniform(0.55, 0.72))) ** 0.8
    side = np.stack([r * bulb, z0 + (h - z0) * s], 1)
    inner = np.stack([np.maximum(side[:, 0] - 0.002, 0.003), side[:, 1] + 0.001], 1)[::-1]
    foot = [
        (0, 0),
        (0.92 * r, 0),
        (0.92 * r, 0.0025),
        (0.3 * r, 0.006),
        (0.0042, 0.016),
        (0.0036, z0 - 0.012),
        (0.006, z0),
    ]
    profile = [*foot, *map(tuple, side), *map(tuple, inner), (0, side[0, 1] + 0.001)]
    return {"": [lathe(profile, finishes.glassy(rng, colour), 28)]}


def jug(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A pitcher, hollow: belly, neck, a lip towards +x and a handle towards -x."""
    r, h = rng.uniform(0.055, 0.08), rng.uniform(0.17, 0.26)
    first, second, pattern = glaze_pair(rng, colour)
    glaze = palette.ceramic(rng, first, second, pattern)
    neck, low = rng.uniform(0.5, 0.75), rng.uniform(0.7, 0.9)
    t = np.linspace(0, 1, 14)
    width = np.interp(t, [0, 0.3, 0.5, 0.8, 1], [low, 1.0, 0.95, neck, neck * 1.2])
    width = np.convolve(np.pad(width, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
    side = np.stack([r * width, 0.004 + (h - 0.004) * t], 1)
    body = lathe(shell(np.concatenate([[[0, 0], [side[0, 0] * 0.93, 0]], side]), 0.0045, 0.01), glaze, 26)

    def lip(v: Array) -> Array:
        out = np.clip((v[:, 2] / h - 0.8) / 0.2, 0, 1) ** 1.5 * np.exp(-((np.arctan2(v[:, 1], v[:, 0]) / 0.4) ** 2))
        v[:, 0] += 0.45 * r * out
        v[:, 2] += 0.05 * h * out
        return v

    edge = float(np.interp(0.3 * h, side[:, 1], side[:, 0])), float(np.interp(0.88 * h, side[:, 1], side[:, 0]))
    a = np.linspace(-math.pi / 2, math.pi / 2, 13)
    x = np.interp(a, [-math.pi / 2, math.pi / 2], edge) - 0.003 + 0.6 * r * np.cos(a) ** 0.7
    path = np.stack([-x, 0 * a, 0.59 * h + 0.29 * h * np.sin(a)], 1)
    return {"": [body.warped(lip), tube(path, 0.0075, glaze, 10, squash=0.7)]}


def pot(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A cooking pot, hollow, with two loops at the sides."""
    r, h = rng.uniform(0.09, 0.14), rng.uniform(0.1, 0.19)
    body, dark = coat(rng, colour), palette.plain("grip", (0.1, 0.1, 0.11), 0.4)
    outside = np.array([(0, 0), (0.93 * r, 0), (r, 0.012), (r, 0.6 * h), (r, 0.96 * h), (1.02 * r, h)])
    loops = body if rng.random() < 0.5 else dark
    parts = [lathe(shell(outside, 0.004, 0.006), body, 40)]
    for s in (-1, 1):
        path = arc((s * (r - 0.002), 0, 0.8 * h), (s * 0.045, 0, 0.004), (0, 0.05, 0), -90, 90, 11)
        parts.append(tube(path, 0.007, loops, 8))
    return {"": parts}


def jar(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A wide-mouthed preserving jar, hollow, with a printed label and a bright screw ring."""
    r, h = rng.uniform(0.035, 0.055), rng.uniform(0.09, 0.17)
    tint = np.asarray(palette.shade(rng, colour)) if colour else np.array((0.72, 0.83, 0.83))
    ink = palette.shade(rng, pick(rng, ("red", "green", "navy", "orange", "purple")))
    wrap = finishes.printed(rng, tint, (0.94, 0.9, 0.8) if colour else ink, 0.16, 0.34)
    neck = rng.uniform(0.72, 0.85)
    outside = [
        (0, 0),
        (0.9 * r, 0),
        (r, 0.006),
        (r, 0.4 * h),
        (r, 0.74 * h),
        (0.96 * r, 0.79 * h),
        (neck * r, 0.86 * h),
    ]
    outside += [(neck * r, 0.92 * h), (neck * r, h)]
    ring = [(neck * r - 0.001, 0), (neck * r + 0.004, 0), (neck * r + 0.004, 0.1 * h), (neck * r - 0.001, 0.1 * h)]
    band = lathe(ring, palette.metal(rng, pick(rng, ("steel", "brass"))), 32, close=True).at(z=0.885 * h)
    return {"": [lathe(shell(np.array(outside), 0.003, 0.007), wrap, 30), band]}


def can(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A tin can with a printed wrap and bright rims."""
    r, h = rng.uniform(0.031, 0.05), rng.uniform(0.065, 0.14)
    ground = colour or pick(rng, ("red", "blue", "green", "yellow", "orange", "white", "purple"))
    ink = palette.shade(rng, pick(rng, [c for c in ("white", "navy", "red", "cream", "green") if c != ground]))
    tin = palette.metal(rng, "steel")
    wrap = finishes.printed(rng, palette.shade(rng, ground), ink, rng.uniform(0.25, 0.4), rng.uniform(0.55, 0.75))
    side = lathe([(0, 0.003), (r, 0.003), (r, h - 0.003), (0, h - 0.003)], wrap, 32)
    uvs = side.uvs.copy()
    uvs[..., 1] = (side.vertices[side.faces][..., 2] - 0.003) / (h - 0.006)
    parts = [Part(side.vertices, side.faces, uvs, wrap, side.crease)]
    for z in (0.003, h - 0.003):
        parts.append(hoop(r, 0.0022, tin, 32).at(z=z))
    parts.append(cylinder(0.97 * r, 0.0035, tin, 32).at(z=h - 0.005))
    if rng.random() < 0.5:
        tab = hoop(0.22 * r, 0.0012, tin, 12).scaled(1.6, 1, 1)
        parts.append(tab.at(0.45 * r, 0, h))
    return {"": parts}


def kettle(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A kettle: a round-shouldered body, a spout towards +x, an arched handle over the lid."""
    r = rng.uniform(0.085, 0.11)
    h = r * rng.uniform(1.25, 1.7)
    shellcoat, dark = (
        coat(rng, colour, 0.4),
        palette.plain("grip", palette.shade(rng, pick(rng, ("black", "brown", "navy"))), 0.4),
    )
    t = np.linspace(0, 1, 12)
    swell = rng.uniform(1.6, 3.0)
    side = np.stack([r * (1 - 0.62 * t**swell), 0.008 + (h - 0.008) * t], 1)
    body = lathe([(0, 0), (0.94 * r, 0), *map(tuple, side), (0, h)], shellcoat, 36)
    lid = lathe([(0, 0), (0.4 * r, 0), (0.36 * r, 0.012), (0, 0.02)], shellcoat, 24).at(z=h - 0.001)
    knob = sphere((0.013, 0.013, 0.012), dark, 8, 12).at(z=h + 0.03)
    s = np.linspace(0, 1, 9)
    path = np.stack([r * (0.75 + 0.75 * s), 0 * s, h * (0.42 + 0.5 * s**1.4)], 1)
    spout = tube(path, np.interp(s, [0, 1], [0.24 * r, 0.11 * r]), shellcoat, 12)
    reach = 0.66 * r
    loop = arc((0, 0, h * 0.86), (reach, 0, 0), (0, 0, r * rng.uniform(0.85, 1.1)), 0, 180, 15)
    return {"": [body, lid, knob, spout, tube(loop, 0.008, dark, 8, squash=1.3)]}


def shank(rng: np.random.Generator, length: float, start: float, material: Material, grip_of: Material | None) -> Part:
    """Returns the handle of cutlery from x = ``start`` on: flat, widening to its end, at z about 0.004 (metres)."""
    t = np.linspace(0, 1, 9)
    wide = np.interp(t, [0, 0.2, 0.5, 0.9, 1], [1.0, 0.75, 0.9, 1.5, 1.0]) * 0.0026
    z = 0.004 + 0.006 * np.sin(math.pi * t) * (1 - t) * 1.6
    path = np.stack([start + length * t, 0 * t, z], 1)
    return tube(path, wide * (1.3 if grip_of else 1.0), grip_of or material, 10, squash=rng.uniform(2.0, 2.7))


def cutlery(rng: np.random.Generator, colour: str | None) -> tuple[Material, Material | None, float]:
    """Returns the metal, the handle's own material (or None) and the length of a piece of cutlery in metres."""
    steel = palette.metal(rng, "steel" if rng.random() < 0.75 else "brass")
    own = finishes.enamel(rng, colour) if colour else None
    if own is None and rng.random() < 0.4:
        own = palette.wood(rng) if rng.random() < 0.4 else finishes.enamel(rng, pick(rng, GLAZES))
    return steel, own, rng.uniform(0.17, 0.22)


def spoon(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A spoon lying on its back along x, its hollow bowl at -x."""
    steel, own, length = cutlery(rng, colour)
    if colour is not None or rng.random() < 0.15:
        steel = own or palette.wood(rng)
    a, b, depth = 0.17 * length, rng.uniform(0.1, 0.125) * length, 0.045 * length

    def dish(v: Array) -> Array:
        v[:, 2] += depth * ((v[:, 0] / a) ** 2 + (v[:, 1] / b) ** 2) - 0.3 * depth
        v[:, 1] *= 1 - 0.18 * v[:, 0] / a
        return v

    bowl = sphere((a, b, 0.0022), steel, 12, 24).warped(dish).at(x=-0.5 * length + a, z=0.003)
    return {"": [bowl, shank(rng, 0.68 * length, -0.18 * length, steel, own)]}


def fork(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A fork lying along x, three or four tines at -x."""
    steel, own, length = cutlery(rng, colour)
    if colour is not None:
        steel = own or steel
    tines, half, thick = int(rng.integers(3, 5)), 0.058 * length, 0.0016
    t = np.linspace(0, 1, 7)
    wide = np.interp(t, [0, 0.25, 0.6, 0.85, 1], [1.0, 1.0, 0.92, 0.45, 0.18]) * half
    square = np.array([[1, -1], [1, 1], [-1, 1], [-1, -1]])
    x = (-0.32 + 0.15 * t) * length
    z = 0.006 - 0.002 * t
    rings = np.stack([np.tile(x, (4, 1)).T, wide[:, None] * square[:, 0], z[:, None] + thick * square[:, 1]], -1)
    parts = [loft(rings, steel), shank(rng, 0.68 * length, -0.18 * length, steel, own)]
    for y in np.linspace(-1, 1, tines) * half * 0.84:
        path = [(-0.31 * length, y, 0.006), (-0.42 * length, y, 0.005), (-0.5 * length, y, 0.009)]
        parts.append(tube(path, np.array([1.0, 0.95, 0.55]) * 0.0021, steel, 8))
    return {"": parts}


def knife(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A knife lying along x: a table knife or a cook's knife, its blade towards -x."""
    _, own, length = cutlery(rng, colour)
    steel = palette.metal(rng, "steel")
    cook = rng.random() < 0.5
    length *= 1.5 if cook else 1.1
    wide = (0.075 if cook else 0.045) * length
    t = np.linspace(0, 1, 12)
    x = -0.5 * length + 0.62 * length * t
    belly = np.minimum(1.0, (t / 0.42) ** (0.6 if cook else 0.45)) * wide
    rings = np.stack([
        np.tile(x, (4, 1)).T,
        np.stack([0 * t + wide / 2, 0 * t + wide / 2, wide / 2 - belly - 1e-4, wide / 2 - belly - 1e-4], 1),
        np.tile(np.array([0.003, 0.0062, 0.005, 0.0042]), (12, 1)),
    ], -1)  # fmt: skip
    handle = own or (palette.wood(rng, pick(rng, ("ebony", "walnut", "cherry"))) if cook else steel)
    u = np.linspace(0, 1, 8)
    path = np.stack([0.1 * length + 0.4 * length * u, 0 * u + 0.2 * wide * cook, 0 * u + 0.007], 1)
    swell = np.interp(u, [0, 0.1, 0.5, 0.9, 1], [0.8, 1.0, 0.85, 1.1, 0.8]) * 0.0062
    return {"": [loft(rings, steel, 25.0), tube(path, swell, handle, 10, squash=1.8 if cook else 1.4)]}


def tray(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A serving tray with a raised rim and two grips."""
    x, y, h = rng.uniform(0.17, 0.25), rng.uniform(0.12, 0.17), rng.uniform(0.02, 0.045)
    body = finishes.enamel(rng, colour) if colour else (palette.wood(rng) if rng.random() < 0.5 else coat(rng, None))
    knobs = body if rng.random() < 0.5 else palette.metal(rng, pick(rng, ("brass", "steel", "iron")))
    parts = [tub(x, y, h, 0.007, 0.006, body, 0.93, pick_power(rng), 44, 0.35)]
    for s in (-1, 1):
        path = arc((s * (x - 0.004), 0, h - 0.002), (0, 0.055, 0), (s * 0.01, 0, 0.032), 0, 180, 11)
        parts.append(tube(path, 0.0055, knobs, 8))
    return {"": parts}


def pick_power(rng: np.random.Generator) -> float:
    """Returns how square a tray is: an oval or a rounded rectangle."""
    return 2.2 if rng.random() < 0.3 else float(rng.uniform(6, 12))


def toaster(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toaster with two slots on top, a lever and a dial at +x; sometimes with toast in it."""
    w, d, h = rng.uniform(0.24, 0.3), rng.uniform(0.15, 0.19), rng.uniform(0.17, 0.2)
    body, dark = coat(rng, colour), palette.plain("plastic", (0.08, 0.08, 0.09), 0.4)
    parts = [rounded_box((w, d, h), rng.uniform(0.02, 0.055), body, 6).at(z=0.012)]
    parts.append(slab((-0.46 * w, 0.46 * w), (-0.44 * d, 0.44 * d), (0, 0.03), dark))
    bread = finishes.crumb(rng, (0.86, 0.65, 0.38), (0.55, 0.33, 0.15))
    toast = rng.random() < 0.5
    for y in (-0.17 * d, 0.17 * d):
        parts.append(slab((-0.36 * w, 0.36 * w), (y - 0.012, y + 0.012), (h - 0.02, h + 0.0135), dark, 0.001))
        if toast:
            parts.append(slab((-0.3 * w, 0.3 * w), (y - 0.007, y + 0.007), (h - 0.03, h + 0.06), bread, 0.005, 0.15))
    parts.append(slab((w / 2 - 0.003, w / 2 + 0.022), (-0.02, 0.02), (0.68 * h, 0.68 * h + 0.014), dark, 0.003))
    parts.append(slab((w / 2 - 0.003, w / 2 + 0.002), (-0.004, 0.004), (0.3 * h, 0.8 * h), dark, 0.001))
    parts.append(cylinder(0.013, 0.014, dark, 16).turned("y", 90).at(w / 2 - 0.001, 0.04, 0.32 * h))
    return {"": parts}


def microwave(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A microwave oven: a window and a handle at the front (-y), keys and a display beside them."""
    w, d, h = rng.uniform(0.44, 0.54), rng.uniform(0.32, 0.4), rng.uniform(0.25, 0.31)
    body = finishes.enamel(rng, colour) if colour else coat(rng, pick(rng, ("white", "black", "red", "cream")), 0.0)
    if colour is None and rng.random() < 0.35:
        body = palette.metal(rng, "steel")
    dark, pale = palette.plain("window", (0.06, 0.06, 0.07), 0.15), palette.plain("keys", (0.72, 0.72, 0.7), 0.5)
    f, edge = -d / 2, 0.21 * w
    parts = [slab((-w / 2, w / 2), (f, d / 2), (0.012, h), body, 0.008)]
    parts += [cylinder(0.015, 0.014, dark, 12).at(sx * 0.42 * w, sy * 0.38 * d) for sx in (-1, 1) for sy in (-1, 1)]
    parts.append(slab((-w / 2 + 0.008, edge), (f - 0.016, f + 0.002), (0.02, h - 0.008), body, 0.005))
    parts.append(slab((-w / 2 + 0.04, edge - 0.06), (f - 0.0185, f), (0.055, h - 0.045), dark, 0.001))
    metal = palette.metal(rng, "steel")
    parts.append(bar((edge - 0.025, f - 0.04, 0.05), (edge - 0.025, f - 0.04, h - 0.04), 0.008, metal))
    for z in (0.07, h - 0.06):
        parts.append(bar((edge - 0.025, f - 0.04, z), (edge - 0.025, f - 0.01, z), 0.005, metal, 6))
    panel = (edge + 0.006, w / 2 - 0.008)
    parts.append(slab(panel, (f - 0.012, f + 0.002), (0.02, h - 0.008), dark, 0.003))
    glow = palette.plain("display", (0.25, 0.85, 0.6), glow=0.5)
    parts.append(slab((panel[0] + 0.015, panel[1] - 0.015), (f - 0.014, f), (h - 0.065, h - 0.035), glow, 0.001))
    middle, step = sum(panel) / 2, (panel[1] - panel[0]) / 4
    for row in range(3):
        for column in (-1, 0, 1):
            x, z = middle + column * step, 0.05 + row * 0.2 * h
            parts.append(slab((x - 0.3 * step, x + 0.3 * step), (f - 0.014, f), (z, z + 0.1 * h), pale, 0.001))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "cup": AssetKind(cup, (0.08, 0.19)),
    "glass": AssetKind(glass, (0.08, 0.16)),
    "wine glass": AssetKind(wine_glass, (0.155, 0.245)),
    "jug": AssetKind(jug, (0.16, 0.29)),
    "pot": AssetKind(pot, (0.24, 0.4)),
    "jar": AssetKind(jar, (0.085, 0.175)),
    "can": AssetKind(can, (0.064, 0.145)),
    "kettle": AssetKind(kettle, (0.19, 0.33)),
    "spoon": AssetKind(spoon, (0.16, 0.23)),
    "fork": AssetKind(fork, (0.16, 0.23)),
    "knife": AssetKind(knife, (0.18, 0.34)),
    "tray": AssetKind(tray, (0.33, 0.53)),
    "toaster": AssetKind(toaster, (0.25, 0.35)),
    "microwave": AssetKind(microwave, (0.43, 0.55), fronted=True),
}
