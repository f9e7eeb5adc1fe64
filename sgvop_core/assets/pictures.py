"""Pictures of things that are pictures: rugs, paintings, screens, clock faces, labels, book spines.

Each fills uv [0, 1] once and returns [H, W, 3] uint8 sRGB, first row on top.
"""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array
from .textures import Colour, fabric, fractal, mix, to_bytes


def rug(rng: np.random.Generator, colour: Colour, accent: Colour, third: Colour, size: int = 256) -> Array:
    """Returns a woven rug with a border and a field of diamonds or a medallion."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1)
    edge = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))
    picture = np.broadcast_to(np.asarray(colour, np.float64), (size, size, 3)).copy()
    style = int(rng.integers(0, 3))
    if style == 0:
        count = int(rng.integers(4, 8))
        d = np.abs((x * count) % 1 - 0.5) + np.abs((y * count) % 1 - 0.5)
        picture[d < 0.28] = accent
        picture[d < 0.12] = third
    elif style == 1:
        r = np.hypot((x - 0.5) * 1.1, y - 0.5)
        petals = 0.3 + 0.05 * np.cos(8 * np.arctan2(y - 0.5, x - 0.5))
        picture[r < petals] = accent
        picture[r < petals - 0.05] = third
        picture[r < 0.14] = accent
    else:
        picture[((y * int(rng.integers(6, 12))) % 1) < 0.4] = accent
    border = (edge < 0.1) & (edge > 0.03)
    picture[border] = accent
    picture[border & (((x * 24) % 1 < 0.5) ^ ((y * 24) % 1 < 0.5))] = third
    picture[edge <= 0.012] = [0.85, 0.8, 0.7]
    weave = fabric(rng, (1.0, 1.0, 1.0), size=size).astype(np.float64) / 255
    return to_bytes(picture * weave)


def landscape(rng: np.random.Generator, size: int = 256) -> Array:
    """Returns a painted landscape: sky, sun, ranges of hills, water or meadow."""
    y, x = np.mgrid[0:size, 0:size] / size
    dusk = rng.random() < 0.5
    top, low = ([0.25, 0.35, 0.6], [0.98, 0.7, 0.45]) if dusk else ([0.35, 0.6, 0.9], [0.88, 0.94, 0.98])
    picture = mix(top, low, y * 1.6)
    cx, cy = rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.38)
    picture = mix(picture, [1.0, 0.93, 0.7], np.exp(-((np.hypot(x - cx, y - cy) / 0.07) ** 4)))
    near = rng.uniform([0.1, 0.3, 0.1], [0.3, 0.5, 0.2])
    for k, level in enumerate((0.48, 0.6, 0.74)):
        ridge = level + 0.14 * (fractal(1, size, rng, (1, 3 + k), 4)[0] - 0.5) * 2
        tint = mix([0.5, 0.58, 0.7], near, np.full((1, 1), (k + 1) / 3))[0, 0]
        picture[y > ridge[None, :]] = tint
    return to_bytes(picture * (0.9 + 0.2 * fractal(size, size, rng, (24, 24), 3))[..., None])


def abstract(rng: np.random.Generator, colours: list[Colour], size: int = 256) -> Array:
    """Returns discs and bars on a pale ground."""
    y, x = np.mgrid[0:size, 0:size] / size
    picture = np.full((size, size, 3), 0.93)
    for _ in range(7):
        colour = np.asarray(colours[int(rng.integers(0, len(colours)))])
        cx, cy, r = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.07, 0.24)
        disc = rng.random() < 0.5
        mask = np.hypot(x - cx, y - cy) < r if disc else (np.abs(x - cx) < r * 1.4) & (np.abs(y - cy) < r * 0.35)
        picture[mask] = 0.25 * picture[mask] + 0.75 * colour
    return to_bytes(picture * (0.95 + 0.1 * fractal(size, size, rng, (16, 16), 3))[..., None])


def screen(rng: np.random.Generator, colour: Colour, size: int = 256) -> Array:
    """Returns a desktop with windows and lines of text."""
    picture = mix([c * 0.5 for c in colour], colour, fractal(size, size, rng, (2, 2), 2))
    for _ in range(2):
        x0, y0 = (int(rng.integers(int(0.05 * size), int(0.4 * size))) for _ in range(2))
        w = int(rng.integers(int(0.4 * size), int(0.55 * size)))
        h = int(rng.integers(int(0.35 * size), int(0.5 * size)))
        window = picture[y0 : y0 + h, x0 : x0 + w]
        window[:] = 0.95
        window[: size // 24] = [0.25, 0.28, 0.33]
        for row in range(size // 14, h - 6, 9):
            window[row : row + 3, 8 : 8 + int(rng.uniform(0.3, 0.9) * (w - 16))] = rng.uniform(
                [0.2] * 3, [0.5, 0.5, 0.7]
            )
    picture[-size // 18 :] = [0.12, 0.13, 0.16]
    return to_bytes(picture)


def clock_face(rng: np.random.Generator, colour: Colour, size: int = 256) -> Array:
    """Returns a dial with twelve marks and two hands."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1) * 2 - 1
    r, angle = np.hypot(x, y), np.arctan2(x, -y) % (2 * math.pi)
    picture = np.full((size, size, 3), 0.96)
    hours = angle / (2 * math.pi) * 12
    tick = (np.abs(hours - np.round(hours)) * r * 0.52 < 0.025) & (r > 0.74) & (r < 0.88)
    minute = (np.abs(hours * 5 - np.round(hours * 5)) * r * 0.105 < 0.006) & (r > 0.83) & (r < 0.88)
    picture[tick | minute] = 0.1
    hour = rng.uniform(0, 12)
    for turn, length, width in ((hour / 12, 0.5, 0.05), (hour % 1, 0.75, 0.032)):
        a = 2 * math.pi * turn
        along, across = x * math.sin(a) - y * math.cos(a), x * math.cos(a) + y * math.sin(a)
        picture[(along > -0.1) & (along < length) & (np.abs(across) < width)] = 0.08
    picture[r < 0.06] = colour
    return to_bytes(picture)


def label(rng: np.random.Generator, glass: Colour, paper: Colour, ink: Colour, size: int = 256) -> Array:
    """Returns a bottle's wrap: v runs along its profile, a paper label with bars of print between 0.2 and 0.45."""
    picture = np.broadcast_to(np.asarray(glass, np.float64), (size, size, 3)).copy()
    picture *= (0.9 + 0.2 * fractal(size, size, rng, (3, 6), 2))[..., None]
    top, low = int(0.55 * size), int(0.8 * size)
    for half in (0, size // 2):
        x0, x1 = half + size // 16, half + size // 2 - size // 16
        picture[top:low, x0:x1] = paper
        picture[top + 4 : top + 8, x0 + 4 : x1 - 4] = ink
        picture[low - 8 : low - 4, x0 + 4 : x1 - 4] = ink
        for row in range(top + 16, low - 16, 8):
            w = int(rng.uniform(0.3, 0.8) * (x1 - x0)) // 2
            picture[row : row + 3, (x0 + x1) // 2 - w : (x0 + x1) // 2 + w] = ink
        y, x = np.mgrid[0:size, 0:size]
        picture[np.hypot(y - (top + low) / 2, x - (x0 + x1) / 2) < size / 22] = ink
    return to_bytes(picture)


def cover(rng: np.random.Generator, colour: Colour, accent: Colour, size: int = 128) -> Array:
    """Returns a book's cover: a title plate, a rule and cloth."""
    picture = fabric(rng, colour, size=size).astype(np.float64) / 255
    s = size
    picture[int(0.2 * s) : int(0.42 * s), int(0.18 * s) : int(0.82 * s)] = accent
    for row in (0.26, 0.33):
        w = rng.uniform(0.15, 0.27)
        picture[int(row * s) : int(row * s) + 4, int((0.5 - w) * s) : int((0.5 + w) * s)] = np.asarray(colour) * 0.6
    picture[int(0.8 * s) : int(0.82 * s), int(0.18 * s) : int(0.82 * s)] = accent
    picture[int(0.05 * s) : int(0.065 * s)] = accent
    picture[int(0.93 * s) : int(0.945 * s)] = accent
    return to_bytes(picture)


def pages(rng: np.random.Generator, size: int = 64) -> Array:
    """Returns the cut edge of a book."""
    line = rng.uniform(0.78, 0.97, (size, 1, 1))
    return to_bytes(np.broadcast_to(line * np.array([1.0, 0.97, 0.88]), (size, size, 3)))


def ball_panels(rng: np.random.Generator, colours: list[Colour], size: int = 256) -> Array:
    """Returns a beach ball's panels around u with white poles."""
    y, x = np.mgrid[0:size, 0:size] / size
    which = np.floor(x * 6).astype(int)
    order = [colours[int(i)] for i in rng.permutation(len(colours))]
    palette = np.array([order[i % len(order)] if i % 2 == 0 else (0.95, 0.95, 0.93) for i in range(6)])
    picture = palette[which]
    picture[(y < 0.06) | (y > 0.94)] = [0.96, 0.96, 0.94]
    seam = np.abs((x * 6) % 1 - 0.5) > 0.485
    picture[seam] *= 0.75
    return to_bytes(picture)
