"""What is fitted into rooms: appliances, bathroom ware, mirrors."""

from __future__ import annotations

import numpy as np

from ..scene.model import Material
from . import finishes, palette
from .forms import arc, bar, hoop, slab, squared, tub
from .furniture import timber
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, rounded_box, sphere, tube

DARK = (0.06, 0.06, 0.07)


def shell_of(rng: np.random.Generator, colour: str | None, choices: tuple[str, ...], steel: float = 0.25) -> Material:
    """Returns enamel in the colour word or in one of ``choices``, without a word steel by the share ``steel``."""
    if colour is None and rng.random() < steel:
        return palette.metal(rng, "steel")
    return finishes.enamel(rng, colour or pick(rng, choices))


def knob(x: float, y: float, z: float, radius: float, material: Material, reach: float = 0.03) -> Part:
    """Returns a round knob on a front at ``y``, pointing to -y by ``reach`` (metres)."""
    return lathe([(0, 0), (0.45 * radius, 0), (0.45 * radius, 0.5 * reach), (radius, 0.65 * reach), (0.9 * radius, reach),
                  (0, reach)], material, 12).turned("x", 90).at(x, y, z)  # fmt: skip


def handle(start: tuple[float, float, float], end: tuple[float, float, float], reach: float, material: Material,
           radius: float = 0.009) -> list[Part]:  # fmt: skip
    """Returns a bar held ``reach`` metres before (-y) a front from ``start`` to ``end`` by two posts."""
    a, b = np.array(start), np.array(end)
    out, inset = np.array([0, -reach, 0]), 0.08 * (b - a)
    parts = [bar(a + out, b + out, radius, material)]
    for p in (a + inset, b - inset):
        parts.append(bar(p + [0, 0.004, 0], p + out, 0.7 * radius, material, 6))
    return parts


def fridge(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A refrigerator: one door over or under a freezer's, long handles."""
    w, d, h = rng.uniform(0.55, 0.75), rng.uniform(0.58, 0.7), rng.uniform(1.4, 1.95)
    body, metal = (
        shell_of(rng, colour, ("white", "white", "red", "cream", "mint", "black")),
        palette.metal(rng, "steel"),
    )
    seal, f, side = palette.plain("seal", (0.3, 0.3, 0.31), 0.8), -d / 2 + 0.06, pick(rng, ("left", "right"))
    split = h * (rng.uniform(0.6, 0.7) if rng.random() < 0.6 else rng.uniform(0.3, 0.4))
    round_ = rng.uniform(0.008, 0.05)
    parts = [
        slab((-w / 2, w / 2), (f, d / 2), (0.04, h - 0.012), body, 0.01),
        slab((-w / 2 + 0.015, w / 2 - 0.015), (f - 0.012, f + 0.01), (0.05, h - 0.02), seal, 0.001),
    ]
    parts.append(slab((-w / 2 + 0.03, w / 2 - 0.03), (f, d / 2 - 0.03), (0, 0.05), seal, 0.002))
    x = (-1 if side == "left" else 1) * (w / 2 - 0.05)
    for low, high in ((0.05, split - 0.005), (split + 0.005, h)):
        parts.append(rounded_box((w, 0.06, high - low), min(round_, 0.028), body, 4).at(0, f - 0.041, low))
        tall = min(0.45, 0.6 * (high - low))
        z = high - 0.06 - tall if high < h else low + 0.06
        parts += handle((x, f - 0.07, z), (x, f - 0.07, z + tall), 0.035, metal, 0.011)
    return {"": parts}


def oven(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A cooker: an oven with a dark window, a row of knobs, four hot plates on top."""
    w, d, h = rng.uniform(0.5, 0.75), rng.uniform(0.56, 0.64), rng.uniform(0.82, 0.92)
    body, metal = shell_of(rng, colour, ("white", "black", "red", "cream", "grey")), palette.metal(rng, "steel")
    dark, f = palette.plain("glass", DARK, 0.15), -d / 2 + 0.03
    parts = [slab((-w / 2, w / 2), (f, d / 2), (0.03, h - 0.025), body, 0.006)]
    parts.append(slab((-w / 2 + 0.03, w / 2 - 0.03), (f + 0.04, d / 2 - 0.03), (0, 0.04), dark, 0.002))
    parts.append(
        slab((-w / 2, w / 2), (f - 0.02, d / 2), (h - 0.027, h - 0.005), metal if rng.random() < 0.5 else dark, 0.004)
    )
    low, high = 0.16, h - 0.17
    parts.append(slab((-w / 2 + 0.006, w / 2 - 0.006), (f - 0.03, f + 0.002), (low, high), body, 0.006))
    parts.append(slab((-w / 2 + 0.09, w / 2 - 0.09), (f - 0.033, f), (low + 0.08, high - 0.13), dark, 0.002))
    parts.append(slab((-w / 2 + 0.006, w / 2 - 0.006), (f - 0.022, f + 0.002), (0.05, low - 0.01), body, 0.006))
    parts += handle((-w / 2 + 0.05, f - 0.03, high - 0.06), (w / 2 - 0.05, f - 0.03, high - 0.06), 0.04, metal, 0.011)
    count = int(rng.integers(4, 7))
    parts += [
        knob(x, f, h - 0.095, 0.023, dark if rng.random() < 0.5 else metal) for x in np.linspace(-0.38, 0.38, count) * w
    ]
    ring = palette.plain("plate", (0.16, 0.16, 0.17), 0.5)
    for sx in (-1, 1):
        for sy in (-1, 1):
            r = rng.uniform(0.07, 0.1)
            parts.append(cylinder(r, 0.012, ring, 20, 0.003).at(sx * 0.24 * w, 0.01 + sy * 0.22 * d, h - 0.008))
            parts.append(hoop(0.62 * r, 0.004, metal, 16, 5).at(sx * 0.24 * w, 0.01 + sy * 0.22 * d, h + 0.004))
    if rng.random() < 0.4:
        parts.append(slab((-w / 2, w / 2), (d / 2 - 0.04, d / 2), (h - 0.01, h + rng.uniform(0.08, 0.16)), body, 0.006))
    return {"": parts}


def washing_machine(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A washing machine with a round door, a drawer and a dial at the front."""
    w, d, h = rng.uniform(0.56, 0.62), rng.uniform(0.5, 0.62), rng.uniform(0.8, 0.88)
    body = shell_of(rng, colour, ("white", "white", "white", "grey", "black"), 0.1)
    chrome, dark, f = palette.metal(rng, "steel"), palette.plain("glass", (0.12, 0.15, 0.18), 0.1), -d / 2 + 0.02
    panel, r, z = palette.plain("panel", (0.3, 0.31, 0.33), 0.4), rng.uniform(0.16, 0.2), h * rng.uniform(0.42, 0.5)
    parts = [slab((-w / 2, w / 2), (f, d / 2), (0.015, h), body, 0.012)]
    parts += [cylinder(0.02, 0.02, dark, 10).at(sx * 0.4 * w, sy * 0.38 * d) for sx in (-1, 1) for sy in (-1, 1)]
    parts.append(
        slab(
            (-w / 2 + 0.004, w / 2 - 0.004),
            (f - 0.008, f + 0.002),
            (h - 0.13, h - 0.02),
            panel if rng.random() < 0.6 else body,
            0.003,
        )
    )
    parts.append(slab((-w / 2 + 0.02, -w / 2 + 0.2), (f - 0.014, f), (h - 0.12, h - 0.04), body, 0.004))
    parts.append(knob(rng.uniform(0.0, 0.08), f - 0.006, h - 0.078, 0.036, chrome, 0.025))
    glow = palette.plain("display", (0.3, 0.8, 0.95), glow=0.4)
    parts.append(slab((w / 2 - 0.15, w / 2 - 0.05), (f - 0.01, f), (h - 0.1, h - 0.05), glow, 0.001))
    rim = lathe(
        [(0.74 * r, 0), (r, 0), (r, 0.012), (0.9 * r, 0.035), (0.74 * r, 0.03)],
        chrome if rng.random() < 0.6 else panel,
        32,
        close=True,
    )
    dome = lathe([(0, 0), (0.78 * r, 0), (0.78 * r, 0.022), (0.5 * r, 0.032), (0, 0.036)], dark, 28)
    parts += [p.turned("x", 90).at(0, f + 0.003, z) for p in (rim, dome)]
    parts.append(slab((0.86 * r, 1.02 * r), (f - 0.045, f), (z - 0.035, z + 0.035), panel, 0.004))
    return {"": parts}


def tap(x: float, y: float, z: float, size: float, chrome: Material) -> list[Part]:
    """Returns a tap at a point (metres), its spout towards -y, with two turns."""
    path = np.concatenate(
        [
            [[x, y, z - 0.01]],
            arc((x, y - 0.45 * size, z + 0.7 * size), (0, 0.45 * size, 0), (0, 0, 0.35 * size), 0, 160, 9),
        ]
    )
    parts = [tube(path, 0.09 * size, chrome, 8)]
    for s in (-1, 1):
        parts.append(cylinder(0.1 * size, 0.3 * size, chrome, 8).at(x + s * 0.6 * size, y, z - 0.01))
        parts.append(
            sphere((0.17 * size, 0.17 * size, 0.1 * size), chrome, 6, 8).at(x + s * 0.6 * size, y, z + 0.32 * size)
        )
    return parts


def sink(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A washbasin on a column: a hollow bowl with a tap at its back."""
    x, y, h, deep = rng.uniform(0.25, 0.33), rng.uniform(0.2, 0.25), rng.uniform(0.8, 0.88), rng.uniform(0.16, 0.2)
    glaze, chrome = (
        palette.ceramic(rng, colour or pick(rng, ("white", "white", "cream", "mint", "pink"))),
        palette.metal(rng, pick(rng, ("steel", "steel", "brass"))),
    )
    basin = tub(x, y, deep, 0.035, 0.05, glaze, rng.uniform(0.55, 0.75), rng.uniform(2.4, 5)).at(z=h - deep)
    back = slab((-0.75 * x, 0.75 * x), (y - 0.06, y + 0.03), (h - 0.09, h + 0.012), glaze, 0.01)
    t = np.linspace(0, 1, 6)
    column = [
        (0, 0),
        (0.12, 0),
        *zip(0.085 + 0.035 * (2 * t - 1) ** 2, 0.01 + (h - deep) * t, strict=True),
        (0, h - deep + 0.01),
    ]
    parts = [
        basin,
        back,
        lathe(column, glaze, 20).scaled(1.1, 0.9, 1).at(y=0.03),
        *tap(0, y - 0.012, h + 0.012, 0.12, chrome),
    ]
    parts.append(cylinder(0.022, 0.004, chrome, 12).at(z=h - deep + 0.049))
    return {"": parts}


def bathtub(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bathtub along x, hollow, with a tap at +x: on four feet, or cased down to the floor."""
    x, y, h = rng.uniform(0.75, 0.87), rng.uniform(0.34, 0.4), rng.uniform(0.5, 0.6)
    glaze, chrome = (
        palette.ceramic(rng, colour or pick(rng, ("white", "white", "cream", "mint", "pink", "blue"))),
        palette.metal(rng, pick(rng, ("steel", "brass"))),
    )
    cased = rng.random() < 0.4
    lift = 0.0 if cased else rng.uniform(0.07, 0.12)
    bowl = tub(x, y, h - lift, 0.05 if cased else 0.03, 0.1 if cased else 0.05, glaze, 0.97 if cased else rng.uniform(0.7, 0.85),
               10 if cased else rng.uniform(2.3, 3.2), 44).at(z=lift)  # fmt: skip
    rim_of = 10.0 if cased else 2.7
    parts = [bowl]
    if not cased:
        parts.append(squared(hoop(0.985, 0.02, glaze, 44, 6).scaled(1, 1, 0.9), x, y, rim_of).at(z=h - 0.012))
        for sx in (-1, 1):
            for sy in (-1, 1):
                foot = [
                    (sx * 0.5 * x, sy * 0.45 * y, lift + 0.05),
                    (sx * 0.58 * x, sy * 0.56 * y, 0.05),
                    (sx * 0.62 * x, sy * 0.58 * y, 0.02),
                ]
                parts.append(tube(foot, np.array([0.03, 0.022, 0.026]), chrome, 8))
                parts.append(sphere((0.03, 0.03, 0.02), chrome, 6, 10).at(sx * 0.62 * x, sy * 0.58 * y, 0.02))
    parts += [p.turned("z", -90) for p in tap(0, x - 0.028, h - 0.004, 0.14, chrome)]
    return {"": parts}


def toilet(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A toilet: bowl on its foot, hollow, seat ring, raised or closed lid, cistern at the back."""
    glaze = palette.ceramic(rng, colour or pick(rng, ("white", "white", "white", "cream", "mint", "pink")))
    seat = palette.wood(rng) if rng.random() < 0.25 and colour is None else glaze
    chrome = palette.metal(rng, "steel")
    x, y, h = 0.19, rng.uniform(0.23, 0.27), rng.uniform(0.38, 0.42)
    t = np.linspace(0, 1, 9)
    side = np.stack([np.interp(t, [0, 0.1, 0.45, 0.8, 1], [0.68, 0.62, 0.58, 0.92, 1.0]), h * t], 1)
    profile = [(0, 0), (0.6, 0), *map(tuple, side), (0.8, h), (0.7, h - 0.08), (0.35, h - 0.2), (0, h - 0.21)]
    parts = [lathe(profile, glaze, 32).scaled(x, y, 1)]
    ring = lathe([(0.68, 0), (1.04, 0), (1.06, 0.012), (1.02, 0.024), (0.72, 0.024)], seat, 32, close=True)
    parts.append(ring.scaled(x, y, 1).at(z=h + 0.002))
    lid = lathe([(0, 0), (1.03, 0), (1.04, 0.01), (1.0, 0.02), (0, 0.024)], seat, 28).scaled(x, y, 1)
    if rng.random() < 0.6:
        parts.append(lid.at(y=-y).turned("x", -100).at(y=y + 0.01, z=h + 0.03))
    else:
        parts.append(lid.at(z=h + 0.027))
    z0, w, d, tall = h - 0.02, rng.uniform(0.36, 0.44), 0.18, rng.uniform(0.34, 0.42)
    back = y + 0.06
    parts.append(slab((-0.11, 0.11), (0.4 * y, back + 0.1), (0.08, h - 0.01), glaze, 0.02))
    parts.append(rounded_box((w, d, tall), 0.03, glaze, 4).at(0, back + d / 2, z0))
    parts.append(
        slab(
            (-w / 2 - 0.012, w / 2 + 0.012),
            (back - 0.012, back + d + 0.006),
            (z0 + tall - 0.004, z0 + tall + 0.03),
            glaze,
            0.008,
        )
    )
    parts.append(cylinder(0.025, 0.012, chrome, 12).at(0, back + d / 2, z0 + tall + 0.029))
    return {"": [p.at(y=-0.12) for p in parts]}


def mirror(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A framed mirror standing on its edge, tall or round, its glass towards -y."""
    frame = (
        finishes.enamel(rng, colour)
        if colour
        else (timber(rng) if rng.random() < 0.6 else palette.metal(rng, pick(rng, ("brass", "steel", "iron"))))
    )
    glass, back = finishes.reflection(rng), palette.plain("backing", (0.35, 0.28, 0.2), 0.9)
    if rng.random() < 0.5:
        rx, wide = rng.uniform(0.2, 0.4), rng.uniform(0.02, 0.045)
        rz = rx * rng.choice([1.0, 1.0, 1.35, 1.6])
        disc = cylinder(1.0, 0.02, glass, 40).scaled(rx, rz, 1)
        uvs = disc.vertices[disc.faces][..., :2] / (2 * np.array([rx, rz])) + 0.5
        parts = [Part(disc.vertices, disc.faces, uvs * 0.98, glass, disc.crease).at(z=-0.01)]
        rim = hoop(1.0, 0.5, frame, 40, 8)
        a = np.arctan2(rim.vertices[:, 1], rim.vertices[:, 0])
        out = 2 * (np.hypot(rim.vertices[:, 0], rim.vertices[:, 1]) - 1)
        ring = np.stack([(rx + wide * out) * np.cos(a), (rz + wide * out) * np.sin(a), 0.044 * rim.vertices[:, 2]], 1)
        parts.append(Part(ring, rim.faces, rim.uvs, frame, rim.crease))
        parts.append(cylinder(1.0, 0.012, back, 40).scaled(0.99 * rx, 0.99 * rz, 1).at(z=-0.019))
        return {"": [p.turned("x", 90).at(z=rz + wide) for p in parts]}
    w, h, wide = rng.uniform(0.35, 0.7), rng.uniform(0.8, 1.75), rng.uniform(0.03, 0.07)
    pane = slab((-w / 2, w / 2), (-0.008, 0.008), (0, h), glass, 0.0005)
    corners = pane.vertices[pane.faces]
    parts = [
        Part(
            pane.vertices,
            pane.faces,
            np.stack([corners[..., 0] / w + 0.5, corners[..., 2] / h], -1) * 0.98 + 0.01,
            glass,
            pane.crease,
        )
    ]
    parts.append(slab((-w / 2, w / 2), (0.006, 0.016), (0, h), back, 0.001))
    for s in (-1, 1):
        parts.append(
            slab((s * w / 2 - wide / 2, s * w / 2 + wide / 2), (-0.024, 0.02), (-wide / 2, h + wide / 2), frame, 0.008)
        )
        z = h / 2 + s * h / 2
        parts.append(slab((-w / 2, w / 2), (-0.0235, 0.0195), (z - wide / 2, z + wide / 2), frame, 0.008))
    if rng.random() < 0.4:
        for s in (-1, 1):
            parts.append(bar((s * w * 0.4, 0.015, 0.75 * h), (s * w * 0.4, 0.3 + 0.1 * h, -wide / 2), 0.014, frame))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "fridge": AssetKind(fridge, (1.37, 1.98), fronted=True),
    "oven": AssetKind(oven, (0.8, 1.1), fronted=True),
    "washing machine": AssetKind(washing_machine, (0.79, 0.89), fronted=True),
    "sink": AssetKind(sink, (0.8, 1.05), fronted=True),
    "bathtub": AssetKind(bathtub, (1.46, 1.8)),
    "toilet": AssetKind(toilet, (0.7, 1.02), fronted=True),
    "mirror": AssetKind(mirror, (0.43, 1.85), fronted=True),
}
