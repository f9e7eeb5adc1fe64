"""Pictures of materials, made from noise: wood, ceramic, fabric, marble, leaves, plaster, boards and so on.

Each returns [H, W, 3] uint8 sRGB, first row on top, and repeats without a seam unless it says otherwise. Colours are
sRGB shares in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..scene.model import Array

Colour = Sequence[float] | Array | np.ndarray


def noise(height: int, width: int, rng: np.random.Generator, cells: tuple[int, int]) -> Array:
    """Returns periodic value noise [H, W] in [0, 1] with ``cells`` (rows, columns) of a lattice, smoothly blended."""
    lattice = rng.random(cells)

    def axis(size: int, count: int) -> tuple[Array, Array, Array]:
        x = (np.arange(size) + 0.5) / size * count
        i = np.floor(x).astype(int)
        t = x - i
        return i % count, (i + 1) % count, t * t * (3 - 2 * t)

    r0, r1, tr = axis(height, cells[0])
    c0, c1, tc = axis(width, cells[1])
    top = lattice[r0][:, c0] * (1 - tc) + lattice[r0][:, c1] * tc
    low = lattice[r1][:, c0] * (1 - tc) + lattice[r1][:, c1] * tc
    return np.asarray(top * (1 - tr[:, None]) + low * tr[:, None])


def fractal(
    height: int, width: int, rng: np.random.Generator, cells: tuple[int, int] = (4, 4), octaves: int = 4
) -> Array:
    """Returns a sum of octaves of noise [H, W], scaled to [0, 1]."""
    total, weight = np.zeros((height, width)), 0.0
    for k in range(octaves):
        size = (min(cells[0] << k, height), min(cells[1] << k, width))
        total += noise(height, width, rng, size) / 2**k
        weight += 1 / 2**k
    return total / weight


def mix(a: Colour | Array, b: Colour | Array, share: Array) -> Array:
    """Returns the blend [H, W, 3] of two colours by ``share`` [H, W]."""
    s = np.clip(share, 0, 1)[..., None]
    return np.asarray(a, np.float64) * (1 - s) + np.asarray(b, np.float64) * s


def to_bytes(colour: Array) -> Array:
    """Returns uint8 of shares in [0, 1]."""
    return (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)


def wood(rng: np.random.Generator, light: Colour, dark: Colour, size: int = 256, rings: float = 5.0) -> Array:
    """Returns wood with the grain along u."""
    v = (np.arange(size) / size)[:, None]
    bend = fractal(size, size, rng, (3, 1), 3)
    ring = 0.5 + 0.5 * np.sin(2 * math.pi * (v * round(rings) + 1.8 * bend))
    streak = fractal(size, size, rng, (64, 4), 2)
    pores = (noise(size, size, rng, (128, 12)) > 0.86).astype(float)
    share = 0.34 * ring**1.6 + 0.55 * streak + 0.12 * pores
    return to_bytes(mix(light, dark, share))


def boards(rng: np.random.Generator, light: Colour, dark: Colour, rows: int = 6, size: int = 512) -> Array:
    """Returns floor boards along u, ``rows`` high, each with its own tone and staggered ends."""
    picture = np.zeros((size, size, 3))
    edges = np.linspace(0, size, rows + 1).astype(int)
    for r in range(rows):
        height = edges[r + 1] - edges[r]
        grain = wood(rng, light, dark, size)[:height].astype(np.float64) / 255
        cut = int(rng.integers(0, size))
        for part in (np.arange(cut, cut + size // 2) % size, np.arange(cut + size // 2, cut + size) % size):
            band = np.roll(grain, int(rng.integers(0, size)), 1)[:, part] * rng.uniform(0.8, 1.12)
            band[:, :2] *= 0.5
            picture[edges[r] : edges[r + 1], part] = band
        picture[edges[r] : edges[r] + 2] *= 0.5
    return to_bytes(picture)


def parquet(rng: np.random.Generator, light: Colour, dark: Colour, size: int = 512, blocks: int = 4) -> Array:
    """Returns basket-weave parquet: squares of strips in turning directions."""
    picture, step = np.zeros((size, size, 3)), size // blocks
    for i in range(blocks):
        for j in range(blocks):
            tile = wood(rng, light, dark, 256)[:step, :step].astype(np.float64) / 255
            for s in range(4):
                rows = slice(s * step // 4, (s + 1) * step // 4)
                tile[rows] *= rng.uniform(0.82, 1.1)
                tile[s * step // 4] *= 0.55
            tile[:, 0] *= 0.55
            picture[i * step : (i + 1) * step, j * step : (j + 1) * step] = (
                tile if (i + j) % 2 else tile.transpose(1, 0, 2)
            )
    return to_bytes(picture)


def tiles(rng: np.random.Generator, colour: Colour, joint: Colour, count: int = 4, size: int = 512,
          second: Colour | None = None) -> Array:  # fmt: skip
    """Returns square tiles with joints, chequered when a second colour is given."""
    picture = mix(colour, [c * 0.93 for c in colour], fractal(size, size, rng, (8, 8), 3))
    step = size // count
    for i in range(count):
        for j in range(count):
            cell = picture[i * step : (i + 1) * step, j * step : (j + 1) * step]
            if second is not None and (i + j) % 2:
                cell[:] = cell / np.asarray(colour) * np.asarray(second)
            cell *= rng.uniform(0.94, 1.04)
            cell[:3], cell[:, :3] = joint, joint
    return to_bytes(picture)


def ceramic(rng: np.random.Generator, colour: Colour, accent: Colour | None = None, pattern: str = "plain",
            size: int = 256) -> Array:  # fmt: skip
    """Returns glaze with fine speckles; ``pattern`` plain, bands, dots, checks or dipped, in the accent colour."""
    base = mix(colour, [c * 0.88 for c in colour], fractal(size, size, rng, (6, 6), 4))
    speckle = noise(size, size, rng, (size // 2, size // 2)) > 0.93
    base[speckle] *= 0.86
    y, x = np.mgrid[0:size, 0:size] / size
    if accent is not None and pattern != "plain":
        if pattern == "bands":
            mask = (np.abs(y - 0.62) < 0.035) | (np.abs(y - 0.72) < 0.015) | (np.abs(y - 0.52) < 0.012)
        elif pattern == "dots":
            row = np.floor(y * 12)
            mask = np.hypot((x * 16 + 0.5 * (row % 2)) % 1 - 0.5, (y * 12) % 1 - 0.5) < 0.27
        elif pattern == "checks":
            mask = ((np.floor(x * 16) + np.floor(y * 16)) % 2 == 0) & (y > 0.5) & (y < 0.82)
        else:
            mask = y + 0.03 * np.sin(6 * math.pi * x) + 0.02 * np.sin(14 * math.pi * x) > 0.7
        base[mask] = np.asarray(accent) * (base[mask] / np.asarray(colour))
    return to_bytes(base)


def fabric(rng: np.random.Generator, colour: Colour, accent: Colour | None = None, pattern: str = "plain",
           size: int = 256) -> Array:  # fmt: skip
    """Returns a weave; ``pattern`` plain, stripes, plaid or dots in the accent colour."""
    y, x = np.mgrid[0:size, 0:size]
    threads = 64 * math.pi / size
    weave = 0.5 + 0.5 * np.sin(x * threads * 2) * np.sin(y * threads * 2)
    over = (np.floor(x * 64 / size * 2) + np.floor(y * 64 / size * 2)) % 2
    shade = 0.84 + 0.1 * weave + 0.05 * over + 0.14 * (fractal(size, size, rng, (8, 8), 4) - 0.5)
    base = np.broadcast_to(np.asarray(colour, np.float64), (size, size, 3)).copy()
    if accent is not None and pattern != "plain":
        if pattern == "stripes":
            base = mix(colour, accent, ((x * 8 // size) % 2 == 0).astype(float) * (x % (size // 8) < size // 14))
        elif pattern == "plaid":
            u, v = ((x * 4 / size) % 1 < 0.4).astype(float), ((y * 4 / size) % 1 < 0.4).astype(float)
            base = mix(colour, accent, 0.5 * u + 0.5 * v)
        else:
            row = np.floor(y * 8 / size)
            disc = np.hypot((x * 8 / size + 0.5 * (row % 2)) % 1 - 0.5, (y * 8 / size) % 1 - 0.5) < 0.26
            base = mix(colour, accent, disc.astype(float))
    return to_bytes(base * shade[..., None])


def marble(rng: np.random.Generator, colour: Colour, vein: Colour, size: int = 256) -> Array:
    """Returns polished stone with veins."""
    y, x = np.mgrid[0:size, 0:size] / size
    bend = fractal(size, size, rng, (3, 3), 5)
    line = np.abs(np.sin(math.pi * (2 * x + y + 3.2 * bend)))
    fine = np.abs(np.sin(math.pi * (x - 2 * y + 5 * fractal(size, size, rng, (4, 4), 5))))
    share = 0.85 * np.exp(-line * 7) + 0.35 * np.exp(-fine * 9) + 0.18 * fractal(size, size, rng, (4, 4), 4)
    return to_bytes(mix(colour, vein, share))


def plaster(rng: np.random.Generator, colour: Colour, size: int = 256) -> Array:
    """Returns a painted wall: almost one colour, with the roller's grain."""
    grain = 0.6 * fractal(size, size, rng, (4, 4), 4) + 0.4 * noise(size, size, rng, (size // 2, size // 2))
    return to_bytes(mix(colour, [c * 0.9 for c in colour], grain))


def wallpaper(rng: np.random.Generator, colour: Colour, accent: Colour, size: int = 256) -> Array:
    """Returns striped wallpaper."""
    x = np.arange(size)[None, :] / size
    stripe = np.broadcast_to(((x * 8) % 2 < 1).astype(float), (size, size))
    return to_bytes(mix(colour, accent, 0.8 * stripe) * (0.95 + 0.08 * fractal(size, size, rng, (8, 8), 3))[..., None])


def metal(rng: np.random.Generator, colour: Colour, size: int = 128) -> Array:
    """Returns brushed metal, brushed along u."""
    brush = 0.6 * noise(size, size, rng, (size, 3)) + 0.4 * fractal(size, size, rng, (4, 4), 3)
    return to_bytes(mix([min(1.0, c * 1.12) for c in colour], [c * 0.78 for c in colour], brush))


def wicker(rng: np.random.Generator, light: Colour, dark: Colour, size: int = 256, count: int = 12) -> Array:
    """Returns basket weave: strands over and under."""
    y, x = np.mgrid[0:size, 0:size] / size * count
    over = (np.floor(x) + np.floor(y)) % 2
    across, along = np.abs((y % 1) - 0.5) * 2, np.abs((x % 1) - 0.5) * 2
    height = np.where(over > 0, (1 - across**2) * (1 - 0.5 * along**2), (1 - along**2) * (1 - 0.5 * across**2))
    return to_bytes(mix(dark, light, 0.15 + 0.8 * height + 0.25 * (fractal(size, size, rng, (16, 16), 3) - 0.5)))


def leaf(rng: np.random.Generator, colour: Colour, vein: Colour, size: int = 128) -> Array:
    """Returns one leaf: v along it, the rib at u = 0.5. Does not repeat."""
    y, x = np.mgrid[0:size, 0:size] / size
    rib = np.exp(-(((x - 0.5) / 0.025) ** 2))
    side = 0.5 + 0.5 * np.cos(2 * math.pi * (9 * y + 5 * np.abs(x - 0.5)))
    share = np.maximum(rib, 0.35 * side**8) + 0.2 * (fractal(size, size, rng, (6, 6), 3) - 0.5)
    return to_bytes(mix(np.asarray(colour) * (0.75 + 0.4 * (1 - y))[..., None], vein, share))


def soil(rng: np.random.Generator, size: int = 128) -> Array:
    """Returns dark earth."""
    return to_bytes(mix([0.13, 0.08, 0.05], [0.36, 0.25, 0.17], fractal(size, size, rng, (12, 12), 4) ** 1.5))


def stone(rng: np.random.Generator, colour: Colour, size: int = 256) -> Array:
    """Returns concrete or terracotta: blotches and pits."""
    base = mix(colour, [c * 0.72 for c in colour], fractal(size, size, rng, (5, 5), 5))
    base[noise(size, size, rng, (size // 3, size // 3)) > 0.93] *= 0.8
    return to_bytes(base)


def hide(rng: np.random.Generator, colour: Colour, spot: Colour, size: int = 256, cells: int = 5) -> Array:
    """Returns an animal's coat with blotches."""
    field = fractal(size, size, rng, (cells, cells), 3)
    share = 1 / (1 + np.exp(-(field - np.quantile(field, 0.62)) * 90))
    hair = 0.9 + 0.16 * noise(size, size, rng, (size // 2, size // 8))
    return to_bytes(mix(colour, spot, share) * hair[..., None])


def plush(rng: np.random.Generator, colour: Colour, size: int = 256) -> Array:
    """Returns short fur."""
    tuft = 0.5 * fractal(size, size, rng, (24, 24), 3) + 0.5 * noise(size, size, rng, (size // 2, size // 3))
    return to_bytes(mix([c * 0.72 for c in colour], [min(1.0, c * 1.15) for c in colour], tuft))
