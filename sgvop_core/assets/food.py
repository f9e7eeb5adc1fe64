"""Food that is made or gathered: bread, cake, cheese, eggs."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import finishes, palette
from .forms import loft
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere, tube
from .produce import pairs, peel, turned


def bread(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A loaf along x: a tin loaf with a domed top, some cut, or a long scored one."""
    light, dark = np.array((0.8, 0.55, 0.27)), np.array((0.55, 0.31, 0.12))
    if colour is not None:
        light = np.asarray(palette.shade(rng, colour))
        dark = light * 0.75
    crust = finishes.crumb(rng, light, dark)
    inside = finishes.crumb(rng, (0.95, 0.88, 0.72), (0.87, 0.76, 0.56), 0.5)
    if rng.random() < 0.4:
        length, r = rng.uniform(0.3, 0.5), rng.uniform(0.035, 0.055)
        t = np.linspace(0, 1, 20)
        width = r * np.maximum(1 - np.abs(2 * t - 1) ** 3.2, 0.04) ** 0.5
        path = np.stack([length * (t - 0.5), 0 * t, 0.75 * r + 0 * t], 1)
        body = tube(path, width, crust, 14).warped(
            lambda v: np.column_stack([v[:, :2], np.maximum(v[:, 2], 0.12 * r) * 0.95])
        )
        parts = [Part(body.vertices, body.faces, body.uvs, crust, 80.0)]
        pale = palette.plain("score", (0.93, 0.8, 0.56), 0.9)
        for x in np.linspace(-0.32, 0.32, int(rng.integers(3, 6))) * length:
            cut = sphere((0.012, 0.72 * r, 0.006), pale, 6, 10).turned("z", 35)
            parts.append(cut.at(x, 0, 1.6 * r))
        return {"": parts}
    length, w, h = rng.uniform(0.2, 0.3), rng.uniform(0.095, 0.12), rng.uniform(0.09, 0.125)
    a = np.linspace(0, math.pi, 13)
    dome = np.stack([0.55 * w * np.cos(a), 0.6 * h + 0.4 * h * np.sin(a) ** 0.9], 1)
    outline = np.concatenate([[[-0.47 * w, 0.56 * h], [-0.46 * w, 0.0], [0.46 * w, 0.0], [0.47 * w, 0.56 * h]], dome])

    def slice_of(x: Array, size: Array, material: Material) -> Part:
        middle = np.array([0.0, 0.45 * h])
        shape = middle + (outline - middle) * size[:, None, None]
        return loft(
            np.concatenate([np.broadcast_to(x[:, None, None], (*shape.shape[:2], 1)), shape], -1), material, 50.0
        )

    x = np.array([-0.5, -0.48, -0.44, 0.44, 0.48, 0.5]) * length
    if rng.random() < 0.5:
        parts = [slice_of(x, np.array([0.8, 0.93, 1, 1, 0.93, 0.8]), crust)]
    else:
        parts = [slice_of(x[:4] * [1, 1, 1, 0.5], np.array([0.8, 0.93, 1, 1]), crust)]
        parts.append(slice_of(np.array([0.2, 0.2205]) * length, np.array([0.93, 0.93]), inside))
        for k in range(int(rng.integers(1, 4))):
            start, lean = 0.2205 * length + 0.016 + 0.03 * k, rng.uniform(4, 14)
            pair = [
                slice_of(np.array([0, 0.013]), np.ones(2), crust),
                slice_of(np.array([-0.0006, 0.0136]), np.full(2, 0.92), inside),
            ]
            parts += [p.turned("y", lean).at(start) for p in pair]
    middle = sum((float(f(np.array([f(p.vertices[:, 0]) for p in parts]))) for f in (np.min, np.max)), 0.0) / 2
    return {"": [p.at(-middle) for p in parts]}


def cake(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A round cake of one to three tiers with icing that runs down, and cherries or candles on top."""
    r, h, tiers = rng.uniform(0.09, 0.13), rng.uniform(0.055, 0.085), int(rng.choice([1, 1, 2, 3]))
    cream = colour or pick(rng, ("pink", "white", "brown", "cream", "mint", "yellow"))
    icing = finishes.enamel(rng, cream, 0.4)
    if colour is not None:
        c = np.asarray(palette.shade(rng, colour))
        sponge = finishes.stripes(rng, c, c * 0.8, 3, "v", 0.3, 0.8)
    else:
        sponge = finishes.stripes(rng, (0.85, 0.62, 0.36), (0.95, 0.88, 0.76), 3, "v", 0.66, 0.8)
    plate = lathe([(0, 0), (1.1 * r, 0), (1.32 * r, 0.01), (1.3 * r, 0.012), (1.05 * r, 0.005), (0, 0.005)],
                  palette.plain("plate", (0.93, 0.93, 0.92), 0.2), 32)  # fmt: skip
    parts, z, radius = [plate], 0.004, r
    drips, phase = int(rng.integers(7, 12)), rng.uniform(0, 6)
    for _ in range(tiers):
        side = lathe([(0, 0), (radius, 0), (radius, h), (0, h)], sponge, 32)
        uvs = side.uvs.copy()
        uvs[..., 1] = side.vertices[side.faces][..., 2] / h
        parts.append(Part(side.vertices, side.faces, uvs, sponge, side.crease).at(z=z))

        def run(v: Array) -> Array:
            wave = 0.5 + 0.5 * np.sin(drips * np.arctan2(v[:, 1], v[:, 0]) + phase)
            return np.column_stack([v[:, :2], np.where(v[:, 2] < 0, v[:, 2] * (0.35 + wave), v[:, 2])])

        out = radius + 0.004
        coat = lathe([(0, -0.001), (radius - 0.004, -0.001), (radius - 0.004, -0.3 * h), (out, -0.32 * h), (out, 0.001),
                      (out - 0.006, 0.007), (0, 0.008)], icing, drips * 4)  # fmt: skip
        parts.append(coat.warped(run).at(z=z + h))
        z, radius = z + h + 0.004, radius * 0.68
    top, count = radius / 0.68 * 0.74, int(rng.integers(5, 9))
    candles = rng.random() < 0.45
    berry = palette.plain("cherry", (0.72, 0.06, 0.1), 0.2)
    for k in range(count):
        b = 2 * math.pi * k / count
        x, y = top * math.cos(b), top * math.sin(b)
        if candles:
            wax = palette.plain(
                "candle", palette.shade(rng, pick(rng, ("red", "blue", "yellow", "white", "green"))), 0.5
            )
            parts.append(cylinder(0.0035, 0.055, wax, 8).at(x, y, z))
            parts.append(
                sphere((0.0035, 0.0035, 0.009), palette.plain("flame", (1, 0.75, 0.3), glow=2.0), 6, 8).at(
                    x, y, z + 0.063
                )
            )
        else:
            parts.append(sphere((0.011, 0.011, 0.011), berry, 6, 10).at(x, y, z + 0.01))
    return {"": parts}


def cheese(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A wedge of cheese with holes, its point towards -x, rind at the round end; or a wheel with a wedge out."""
    first = (
        np.asarray(palette.shade(rng, colour))
        if colour
        else np.array(((0.96, 0.78, 0.3), (0.95, 0.86, 0.55))[int(rng.integers(0, 2))])
    )
    paste = finishes.crumb(rng, first, first * 0.93, rng.uniform(0.4, 0.7))
    rind = palette.plain(
        "rind",
        palette.shade(rng, pick(rng, ("orange", "cream", "red", "brown"))) if not colour else tuple(first * 0.8),
        0.5,
    )
    wheel = rng.random() < 0.3
    r, h = rng.uniform(0.11, 0.16), rng.uniform(0.05, 0.09)
    half = math.radians(rng.uniform(150, 162) if wheel else rng.uniform(16, 30))

    def sector(low: float, high: float, inner: float, outer: float, material: Material, tile: float) -> Part:
        """Returns the sector |angle| < half between two radii and heights; uvs are metres over ``tile``."""
        b = np.linspace(-half, half, 33 if wheel else 11)
        far = np.stack([outer * np.cos(b), outer * np.sin(b)], 1)
        near = np.stack([inner * np.cos(b), inner * np.sin(b)], 1)
        ring = np.stack([near, far], 1)
        section = np.stack(
            [np.column_stack([ring[:, i], np.full(len(b), z)]) for i, z in ((1, high), (1, low), (0, low), (0, high))],
            1,
        )
        part = loft(section, material, 35.0)
        corners = part.vertices[part.faces]
        flat = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
        up = (flat[:, 2] >= flat[:, :2].max(1))[:, None, None]
        along = np.stack([np.hypot(corners[..., 0], corners[..., 1]), corners[..., 2]], -1)
        return Part(part.vertices, part.faces, np.where(up, corners[..., :2], along) / tile, material, part.crease)

    parts = [sector(0.0, h, 0.002, r, paste, 0.11), sector(-0.0008, h + 0.0008, r - 0.002, r + 0.003, rind, 0.2)]
    if wheel:
        return {"": [p.turned("z", 180 + rng.uniform(-90, 0)) for p in parts]}
    return {"": [p.at(-0.6 * r) for p in parts]}


def egg(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An egg, standing in a cup or on its blunt end."""
    h = rng.uniform(0.052, 0.064)
    r = h * rng.uniform(0.36, 0.4)
    a = np.linspace(-math.pi / 2, math.pi / 2, 19)
    radius = r * np.cos(a) * (1 - 0.16 * np.sin(a))
    radius[[0, -1]] = 0
    shades = pairs(
        ((0.93, 0.86, 0.76), (0.89, 0.8, 0.68)),
        ((0.8, 0.58, 0.42), (0.74, 0.5, 0.34)),
        ((0.94, 0.93, 0.9), (0.9, 0.88, 0.84)),
    )
    body = turned(np.stack([radius, 0.5 * h * np.sin(a)], 1), peel(rng, colour, shades, 0.5, 1.0, 12))
    parts = [body.at(z=h / 2)]
    if rng.random() < 0.45:
        glaze = palette.ceramic(rng, colour or pick(rng, ("white", "blue", "red", "yellow", "teal")))
        foot, lift = rng.uniform(0.85, 1.1) * r, 0.028
        profile = [
            (0, 0),
            (foot, 0),
            (foot, 0.003),
            (0.35 * r, 0.012),
            (0.4 * r, 0.02),
            (0.9 * r, 0.03),
            (1.12 * r, 0.046),
        ]
        profile += [(1.02 * r, 0.046), (0.8 * r, 0.034), (0, 0.026)]
        parts = [parts[0].at(z=lift - 0.001), lathe(profile, glaze, 24)]
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "bread": AssetKind(bread, (0.18, 0.51)),
    "cake": AssetKind(cake, (0.22, 0.36)),
    "cheese": AssetKind(cheese, (0.08, 0.34)),
    "egg": AssetKind(egg, (0.05, 0.1)),
}
