"""Small textured materials of household things: enamel, skins of fruit, leather, pale glass, print, stripes."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Material
from . import palette, textures
from .textures import Colour, fractal, mix, to_bytes


def enamel(rng: np.random.Generator, colour: str, roughness: float = 0.3, glow: float = 0.0) -> Material:
    """Returns paint, enamel or plastic in a colour word, almost even."""
    return palette.textured(
        f"{colour} enamel", textures.plaster(rng, palette.shade(rng, colour), 64), roughness, glow=glow
    )


def skin(rng: np.random.Generator, name: str, first: Colour, second: Colour, roughness: float = 0.4, cells: int = 4,
         sharp: float = 1.0) -> Material:  # fmt: skip
    """Returns a peel: blotches between two sRGB colours, ``sharp`` > 1 for hard edges."""
    share = 0.5 + sharp * (fractal(96, 96, rng, (cells, cells), 4) - 0.5)
    return palette.textured(name, to_bytes(mix(first, second, share)), roughness)


def leather(rng: np.random.Generator, colour: str) -> Material:
    """Returns leather in a colour word: grain and wear."""
    c = np.asarray(palette.shade(rng, colour))
    wear = 0.6 * fractal(96, 96, rng, (24, 24), 2) + 0.4 * fractal(96, 96, rng, (3, 3), 3)
    return palette.textured(f"{colour} leather", to_bytes(mix(c * 1.1, c * 0.75, wear)), 0.5)


def glassy(rng: np.random.Generator, colour: str | None = None) -> Material:
    """Returns opaque glass: a pale tint (or a colour word, lightened) with bright streaks along v."""
    tint = np.array((0.74, 0.84, 0.87)) if colour is None else 0.35 + 0.65 * np.asarray(palette.shade(rng, colour))
    if colour is not None:
        tint = 0.3 * tint + 0.7 * np.asarray(palette.shade(rng, colour))
    x = np.arange(64)[None, :] / 64
    streak = np.exp(-(((x - 0.3) / 0.05) ** 2)) + 0.6 * np.exp(-(((x - 0.75) / 0.03) ** 2))
    picture = mix(tint, (0.97, 0.98, 0.98), 0.8 * np.broadcast_to(streak, (64, 64)))
    return palette.textured(
        "glass", to_bytes(picture * (0.95 + 0.08 * fractal(64, 64, rng, (4, 4), 2))[..., None]), 0.1
    )


def stripes(rng: np.random.Generator, first: Colour, second: Colour, count: float, along: str = "v",
            share: float = 0.5, roughness: float = 0.4) -> Material:  # fmt: skip
    """Returns ``count`` stripes of two sRGB colours a repeat, changing along ``u`` or ``v``."""
    line = ((np.arange(128) / 128 * count) % 1 < share).astype(float)
    field = np.broadcast_to(line[None, :] if along == "u" else line[::-1, None], (128, 128))
    grain = 0.94 + 0.1 * fractal(128, 128, rng, (6, 6), 2)
    return palette.textured("stripes", to_bytes(mix(second, first, field) * grain[..., None]), roughness)


def printed(rng: np.random.Generator, ground: Colour, ink: Colour, low: float, high: float) -> Material:
    """Returns a wrap around a can or jar: ``ground`` with a band of ``ink`` from v ``low`` to ``high`` and a motif in it."""
    y, x = np.mgrid[0:128, 0:128] / 128
    v = 1 - y
    picture = np.broadcast_to(np.asarray(ground, np.float64), (128, 128, 3)).copy()
    band = (v > low) & (v < high)
    picture[band] = ink
    centre, half = (low + high) / 2, (high - low) / 2
    motif = np.hypot(((x * 3) % 1 - 0.5) * 0.6, v - centre) < half * rng.uniform(0.5, 0.8)
    picture[motif & band] = mix(ink, (1.0, 1.0, 1.0), np.full((1, 1), 0.75))[0, 0]
    core = np.hypot(((x * 3) % 1 - 0.5) * 0.6, v - centre) < half * 0.3
    picture[core & band] = np.asarray(ground) * 0.7
    picture[band & (np.abs(np.abs(v - centre) - 0.9 * half) < 0.02)] = ground
    return palette.textured("print", to_bytes(picture), 0.35)


def keys(rng: np.random.Generator, count: int = 28) -> Material:
    """Returns ``count`` white piano keys along u with their gaps."""
    x = np.arange(256)[None, :] / 256 * count % 1
    gap = np.broadcast_to((np.minimum(x, 1 - x) < 0.08).astype(float), (32, 256))
    ivory = np.asarray((0.95, 0.94, 0.9)) * rng.uniform(0.96, 1.0)
    return palette.textured("keys", to_bytes(mix(ivory, (0.35, 0.34, 0.33), gap)), 0.25)


def reflection(rng: np.random.Generator) -> Material:
    """Returns a mirror's glass as it looks in a bright room: a pale blue gradient with slanting gleams; fills uv once."""
    y, x = np.mgrid[0:96, 0:96] / 96
    gleam = np.exp(-(((x + 0.7 * y - rng.uniform(0.5, 1.1)) / 0.08) ** 2))
    gleam += 0.7 * np.exp(-(((x + 0.7 * y - rng.uniform(0.8, 1.3)) / 0.03) ** 2))
    picture = mix((0.80, 0.88, 0.93), (0.50, 0.60, 0.68), y)
    return palette.textured("mirror", to_bytes(mix(picture, (0.97, 0.99, 1.0), 0.8 * gleam)), 0.05, 0.2)


def crumb(rng: np.random.Generator, light: Colour, dark: Colour, holes: float = 0.0) -> Material:
    """Returns baked crust or cut cheese: fine grain between two sRGB colours; ``holes`` is the share of round pits."""
    grain = 0.6 * fractal(128, 128, rng, (5, 5), 4) + 0.4 * fractal(128, 128, rng, (32, 32), 2)
    picture = mix(light, dark, grain)
    if holes:
        y, x = np.mgrid[0:128, 0:128]
        for _ in range(int(holes * 40)):
            cx, cy, r = rng.uniform(0, 128), rng.uniform(0, 128), rng.uniform(4, 12)
            d = np.hypot((x - cx + 64) % 128 - 64, (y - cy + 64) % 128 - 64) / r
            picture[d < 1] = np.asarray(dark) * 0.62
            picture[(d < 1) & (d > 0.6) & ((y - cy + 64) % 128 > 64)] = np.asarray(dark) * 0.8
    return palette.textured("crumb", to_bytes(picture), 0.8)


def round_gleam(rng: np.random.Generator, colour: str) -> Material:
    """Returns rubber or latex in a colour word: lighter where v is about 0.7, one highlight."""
    y, x = np.mgrid[0:96, 0:96] / 96
    c = np.asarray(palette.shade(rng, colour))
    light = 0.55 * np.exp(-((np.hypot((x - 0.62) * 2.0, y - 0.32) / 0.12) ** 2)) + 0.18 * np.cos(math.pi * y)
    return palette.textured(f"{colour} rubber", to_bytes(mix(c, (1.0, 1.0, 1.0), light)), 0.2)
