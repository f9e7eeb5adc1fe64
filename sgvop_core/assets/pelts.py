"""Materials of animals: fur, hide, stripes, patches, spots and scales in colour words."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import palette, textures
from .palette import pick
from .textures import Colour, fractal, mix, noise, to_bytes

SIZE = 96
"""Pixels across a pelt's picture: an animal is some hundred pixels large, and many are made."""


def stripes(rng: np.random.Generator, colour: Colour, stripe: Colour, count: int = 4) -> Array:
    """Returns wavering stripes along u, [SIZE, SIZE, 3]."""
    y = (np.arange(SIZE) / SIZE)[:, None]
    wave = np.sin(2 * math.pi * (y * count + 0.5 * fractal(SIZE, SIZE, rng, (3, 3), 2)))
    return to_bytes(mix(colour, stripe, 1 / (1 + np.exp(-(wave - 0.3) * 9))))


def patches(rng: np.random.Generator, colour: Colour, joint: Colour, count: int = 14) -> Array:
    """Returns patches with joints between them, as of a giraffe or a tortoise, [SIZE, SIZE, 3]."""
    distance = np.sort(distances(rng.random((count, 2))), axis=-1)
    return to_bytes(mix(joint, colour, (distance[..., 1] - distance[..., 0] - 0.02) * 40))


def spots(rng: np.random.Generator, colour: Colour, spot: Colour, count: int = 22) -> Array:
    """Returns round spots of many sizes, [SIZE, SIZE, 3]."""
    near = (distances(rng.random((count, 2))) - rng.uniform(0.03, 0.085, count)).min(-1)
    return to_bytes(mix(colour, spot, 0.5 - near * 60))


def distances(points: Array) -> Array:
    """Returns the distances [SIZE, SIZE, N] from every pixel of a repeating unit square to points [N, 2] of it."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    gap = np.abs(np.stack([y, x], -1)[:, :, None] - points)
    return np.asarray(np.linalg.norm(np.minimum(gap, 1 - gap), axis=-1))


def scales(rng: np.random.Generator, colour: Colour, edge: Colour, count: int = 10) -> Array:
    """Returns rows of scales, [SIZE, SIZE, 3]."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE * count
    x = x + 0.5 * (np.floor(y) % 2)
    near = np.hypot(x % 1 - 0.5, y % 1)
    return to_bytes(mix(colour, edge, (near - 0.45) * 3) * (0.92 + 0.16 * noise(SIZE, SIZE, rng, (8, 8)))[..., None])


def fur(rng: np.random.Generator, colour: Colour) -> Array:
    """Returns short fur, [SIZE, SIZE, 3]."""
    tuft = 0.5 * fractal(SIZE, SIZE, rng, (12, 12), 2) + 0.5 * noise(SIZE, SIZE, rng, (SIZE // 2, SIZE // 3))
    return to_bytes(mix([c * 0.8 for c in colour], [min(1.0, c * 1.1) for c in colour], tuft))


def pelt(rng: np.random.Generator, colour: str, second: str | None = None, pattern: str = "plain") -> Material:
    """Returns a coat in a colour word; ``pattern`` plain, blotches, stripes, patches, spots or scales in the second."""
    base = palette.shade(rng, colour)
    other = palette.shade(rng, second) if second else tuple(0.55 * c for c in base)
    if pattern == "plain":
        pixels = fur(rng, base)
    elif pattern == "blotches":
        pixels = textures.hide(rng, base, other, SIZE, int(rng.integers(2, 5)))
    else:
        draw = {"stripes": stripes, "patches": patches, "spots": spots, "scales": scales}[pattern]
        pixels = draw(rng, base, other)
    return palette.textured(f"{colour} coat", pixels, float(rng.uniform(0.6, 0.9)))


def coloured(rng: np.random.Generator, colour: str | None, usual: tuple[str, ...]) -> str:
    """Returns the colour asked for, or one of the usual ones."""
    return colour or pick(rng, usual)


def patterned(rng: np.random.Generator, colour: str | None, usual: tuple[str, ...]) -> str:
    """Returns one of the usual patterns; mostly plain where a colour was asked for, which a second one would blur."""
    pattern = pick(rng, usual)
    return "plain" if colour is not None and rng.random() < 0.7 else pattern


def contrast(rng: np.random.Generator, colour: str, among: tuple[str, ...]) -> str:
    """Returns one of ``among`` that is not ``colour``."""
    return pick(rng, [c for c in among if c != colour])


def dark(name: str = "dark") -> Material:
    """Returns the near black of eyes and noses."""
    return palette.plain(name, (0.05, 0.045, 0.045), 0.2)


def tint(name: str, colour: str, rng: np.random.Generator, roughness: float = 0.5) -> Material:
    """Returns a plain material in a colour word."""
    return palette.plain(name, palette.shade(rng, colour), roughness)
