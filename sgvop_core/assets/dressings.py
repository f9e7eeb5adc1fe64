"""Materials that look plainly of a colour word and a material word, each time another one: shade, grain, pattern."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..scene.model import Array, Material
from . import palette, textures
from .colour_words import WORDS, nearest_word, shade_of, word_distances
from .palette import pick

MATERIAL_COLOURS: dict[str, tuple[str, ...]] = {
    "wood": ("brown", "beige", "orange", "black", "white", "red", "green", "blue", "yellow", "grey", "maroon", "turquoise"),
    "metal": ("silver", "grey", "gold", "black", "brown", "orange", "red", "blue", "green", "white"),
    "glass": ("green", "blue", "cyan", "turquoise", "brown", "orange", "red", "purple", "navy", "silver", "pink", "olive"),
    "plastic": WORDS,
    "ceramic": WORDS,
    "stone": ("grey", "beige", "brown", "black", "white", "silver", "olive", "pink", "maroon", "green"),
    "fabric": WORDS,
    "leather": ("brown", "black", "maroon", "beige", "white", "red", "navy", "olive", "grey", "orange"),
    "paper": ("white", "beige", "brown", "yellow", "pink", "blue", "green", "red", "grey", "orange"),
    "rubber": ("black", "grey", "red", "blue", "yellow", "green", "orange", "white", "navy"),
    "wicker": ("beige", "brown", "gold", "white", "black", "grey", "olive"),
    "painted": WORDS,
}  # fmt: skip
"""The colour words that things of a material word come in."""

NATURAL: dict[str, tuple[tuple[float, float, float], ...]] = {
    "wood": tuple(light for light, _ in palette.WOODS.values()) + ((0.55, 0.36, 0.22), (0.70, 0.53, 0.36)),
    "metal": ((0.72, 0.73, 0.75), (0.58, 0.59, 0.61), (0.80, 0.64, 0.32), (0.78, 0.46, 0.32), (0.24, 0.24, 0.26)),
    "glass": ((0.74, 0.82, 0.80), (0.62, 0.74, 0.68), (0.70, 0.78, 0.84), (0.30, 0.45, 0.28), (0.50, 0.30, 0.12)),
    "ceramic": ((0.92, 0.91, 0.88), (0.88, 0.82, 0.70), (0.72, 0.40, 0.27), (0.55, 0.62, 0.68), (0.45, 0.32, 0.24)),
    "stone": ((0.55, 0.55, 0.54), (0.75, 0.70, 0.62), (0.35, 0.35, 0.36), (0.88, 0.87, 0.85), (0.52, 0.42, 0.35)),
    "leather": ((0.42, 0.25, 0.14), (0.58, 0.37, 0.20), (0.12, 0.11, 0.11), (0.34, 0.12, 0.10), (0.76, 0.64, 0.48)),
    "paper": ((0.93, 0.92, 0.89), (0.72, 0.57, 0.40), (0.64, 0.49, 0.33), (0.86, 0.80, 0.68)),
    "rubber": ((0.10, 0.10, 0.11), (0.18, 0.18, 0.19), (0.30, 0.30, 0.31)),
    "wicker": ((0.78, 0.62, 0.40), (0.62, 0.45, 0.26), (0.85, 0.74, 0.55), (0.42, 0.29, 0.18)),
}
"""sRGB shares of materials as they are found; those that are made in any colour are not listed."""

MATERIAL_WORDS = tuple(MATERIAL_COLOURS)

SURFACE: dict[str, tuple[float, float]] = {
    "wood": (0.55, 0.0), "metal": (0.3, 0.8), "glass": (0.06, 0.0), "plastic": (0.35, 0.0), "ceramic": (0.15, 0.0),
    "stone": (0.75, 0.0), "fabric": (0.95, 0.0), "leather": (0.5, 0.0), "paper": (0.9, 0.0), "rubber": (0.8, 0.0),
    "wicker": (0.75, 0.0), "painted": (0.4, 0.0),
}  # fmt: skip
"""Roughness and metallic share of a material word."""


@dataclass(frozen=True)
class CoatSettings:
    """How much the coats of one colour and material differ."""

    large: float = 0.3
    """Share of 128-pixel pictures; the rest have 64, a quarter of the time: a picture of training has 96 pixels in all."""
    patterned: float = 0.3
    """Share of printable coats with stripes, dots or checks."""
    coloured: float = 0.6
    """Share of coats in a plain colour word where neither word is asked for; the rest are of natural colours."""
    loyal: float = 0.6
    """Least share of a coat's pixels that are nearest to its colour word; patterned ones that fall short stay plain."""
    stray: float = 0.12
    """Most by which a natural colour strays, as a share of its brightness."""


SETTINGS = CoatSettings()


def plain_colours(material: str) -> tuple[str, ...]:
    """Returns the colour words in which things of a material word come. Raises KeyError for an unknown material."""
    return MATERIAL_COLOURS[material]


def coat(rng: np.random.Generator, colour: str | None = None, material: str | None = None) -> Material:
    """Returns a material that looks of the colour word and the material word, a new one each call.

    Without a material one is drawn in which the colour is usual; without a colour, a natural colour of the material;
    without both, some of either.
    Raises KeyError for a word that is not known.
    """
    if colour is not None and colour not in WORDS:
        raise KeyError(colour)
    if colour is None and material is None and rng.random() < SETTINGS.coloured:
        colour = pick(rng, WORDS)
    if material is None:
        material = pick(rng, [m for m in MATERIAL_WORDS if colour is None or colour in MATERIAL_COLOURS[m]])
    base = natural_colour(rng, material) if colour is None else shade_of(rng, colour)
    size = 128 if rng.random() < SETTINGS.large else 64
    pixels = recentred(grain(rng, material, base, size), base)
    if material in ("plastic", "ceramic", "fabric", "paper", "painted") and rng.random() < SETTINGS.patterned:
        printed = pattern(rng, pixels, base)
        if colour is None or loyal(printed, colour):
            pixels = printed
    if colour is not None and not loyal(pixels, colour):
        pixels = textures.to_bytes(np.broadcast_to(base, (8, 8, 3)) * rng.uniform(0.98, 1.02, (8, 8, 1)))
    roughness, metallic = SURFACE[material]
    name = f"{colour} {material}" if colour else material
    return palette.textured(name, pixels, float(np.clip(roughness * rng.uniform(0.7, 1.3), 0.03, 1.0)), metallic)


def natural_colour(rng: np.random.Generator, material: str) -> Array:
    """Returns an sRGB colour [3] in which the material is found; any word's shade for one made in all colours."""
    if material not in NATURAL:
        return shade_of(rng, pick(rng, MATERIAL_COLOURS[material]))
    choices = NATURAL[material]
    base = np.asarray(choices[int(rng.integers(0, len(choices)))])
    return np.clip(base * rng.uniform(1 - SETTINGS.stray, 1 + SETTINGS.stray) + rng.normal(0, 0.012, 3), 0.03, 0.97)


def grain(rng: np.random.Generator, material: str, base: Array, size: int) -> Array:
    """Returns the material's picture [size, size, 3] uint8 around an sRGB colour [3], of random scale and contrast."""
    strength = float(rng.uniform(0.25, 1.0))
    dark, pale = base * (1 - 0.45 * strength), np.minimum(base * (1 + 0.2 * strength) + 0.04 * strength, 1.0)
    if material == "wood":
        pixels = textures.wood(rng, pale, dark, size, float(rng.integers(2, 9)))
        return pixels if rng.random() < 0.6 else pixels.transpose(1, 0, 2)
    if material == "fabric":
        cloth = textures.fabric if rng.random() < 0.7 else textures.plush
        return cloth(rng, base, size=size)
    if material == "wicker":
        return textures.wicker(rng, pale, dark * 0.8, size, int(rng.choice([4, 6, 8, 12])))
    if material == "stone" and rng.random() < 0.4:
        vein = dark * 0.7 if base.mean() > 0.4 else np.minimum(base + 0.3 * strength, 1.0)
        return textures.marble(rng, base, vein, size)
    cells = int(rng.choice([2, 3, 5, 8]))
    cloud = textures.fractal(size, size, rng, (cells, cells), 3)
    if material == "metal":
        brushed = textures.noise(size, size, rng, (size, 3) if rng.random() < 0.5 else (3, size))
        cloud = 0.5 * brushed + 0.5 * reflections(rng, size) if rng.random() < 0.7 else 0.3 * brushed + 0.7 * cloud
    elif material == "glass":
        cloud = 0.75 * reflections(rng, size) + 0.25 * cloud
    elif material == "leather":
        # Creases lie where two slow noises are equal.
        fine = textures.noise(size, size, rng, (size // 5, size // 5))
        cloud = 0.35 * cloud + 0.65 * np.minimum(1.0, 4 * np.abs(fine - 0.5))
    elif material in ("stone", "paper", "rubber"):
        cloud = 0.5 * cloud + 0.5 * textures.noise(size, size, rng, (size // 2, size // 2))
        strength *= 1.0 if material == "stone" else 0.4
    else:
        strength *= 0.3
    dark, pale = base * (1 - 0.4 * strength), np.minimum(base * (1 + 0.25 * strength) + 0.05 * strength, 1.0)
    return textures.to_bytes(textures.mix(dark, pale, cloud))


def reflections(rng: np.random.Generator, size: int) -> Array:
    """Returns what a polished side mirrors, [size, size] in [0, 1]: soft bright and dark bands that repeat."""
    x = 2 * math.pi * np.arange(size) / size
    band = sum(rng.uniform(0.3, 1.0) * np.sin(k * x + rng.uniform(0, 2 * math.pi)) for k in (1, 2, 3))
    band = (band - np.min(band)) / np.ptp(band)
    field = np.broadcast_to(band, (size, size))
    return field if rng.random() < 0.5 else field.T


def recentred(pixels: Array, base: Array) -> Array:
    """Returns the picture [H, W, 3] uint8 with its mean moved to the sRGB colour ``base`` [3]."""
    shares = pixels.astype(np.float64) / 255
    return textures.to_bytes(shares * (base / np.maximum(shares.reshape(-1, 3).mean(0), 1e-3)))


def pattern(rng: np.random.Generator, pixels: Array, base: Array) -> Array:
    """Returns the picture [H, W, 3] uint8 printed with stripes, dots or checks, mostly a lighter or darker shade."""
    size = len(pixels)
    y, x = np.mgrid[0:size, 0:size] / size
    count = int(rng.integers(2, 9))
    kind = int(rng.integers(0, 4))
    if kind == 0:
        mask = (x * count) % 1 < rng.uniform(0.12, 0.38)
    elif kind == 1:
        mask = (y * count) % 1 < rng.uniform(0.12, 0.38)
    elif kind == 2:
        mask = np.hypot((x * count) % 1 - 0.5, (y * count) % 1 - 0.5) < rng.uniform(0.15, 0.33)
    else:
        mask = (np.floor(2 * x * count) + np.floor(2 * y * count)) % 2 == 0
    if kind == 3 or rng.random() < 0.6:
        accent = base * rng.uniform(0.6, 0.85) if rng.random() < 0.5 else base + (1 - base) * rng.uniform(0.12, 0.35)
    else:
        accent = shade_of(rng, pick(rng, WORDS))
    printed = pixels.copy()
    printed[mask] = textures.to_bytes(pixels[mask] / 255 * (accent / np.maximum(base, 0.02)))
    return printed


def loyal(pixels: Array, colour: str) -> bool:
    """Returns whether the mean of a picture [H, W, 3] uint8, and most of its pixels (a sixteenth), are of the colour word."""
    if nearest_word(pixels.reshape(-1, 3).mean(0) / 255, 1.0) != colour:
        return False
    away = word_distances(pixels[::4, ::4].reshape(-1, 3) / 255)
    return float((away.argmin(1) == WORDS.index(colour)).mean()) >= SETTINGS.loyal
