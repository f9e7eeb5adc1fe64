"""Materials for assets: named colours, drawn at random from a generator, on textures of ``textures.py``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scene.model import Array, Material, Texture
from . import textures

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.74, 0.13, 0.11), "orange": (0.90, 0.46, 0.12), "yellow": (0.93, 0.76, 0.20), "green": (0.22, 0.50, 0.24),
    "blue": (0.14, 0.31, 0.62), "purple": (0.42, 0.22, 0.52), "pink": (0.90, 0.56, 0.63), "brown": (0.42, 0.26, 0.15),
    "black": (0.09, 0.09, 0.10), "white": (0.92, 0.91, 0.88), "grey": (0.52, 0.53, 0.55), "teal": (0.12, 0.46, 0.47),
    "cream": (0.92, 0.86, 0.72), "navy": (0.11, 0.16, 0.32), "mint": (0.62, 0.82, 0.71), "terracotta": (0.72, 0.38, 0.25),
}  # fmt: skip
"""sRGB shares of plain colour words."""

PAINTS = tuple(COLOURS)
"""The colour words that painted pictures are mixed of."""

COLOURS |= {
    "cyan": (0.24, 0.78, 0.83), "beige": (0.84, 0.76, 0.63), "gold": (0.78, 0.65, 0.24), "silver": (0.75, 0.76, 0.78),
    "turquoise": (0.20, 0.75, 0.67), "magenta": (0.82, 0.16, 0.63), "olive": (0.45, 0.45, 0.16), "maroon": (0.39, 0.08, 0.12),
}  # fmt: skip

WOODS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "oak": ((0.80, 0.62, 0.40), (0.58, 0.40, 0.22)), "walnut": ((0.48, 0.31, 0.19), (0.25, 0.15, 0.09)),
    "pine": ((0.90, 0.75, 0.52), (0.76, 0.56, 0.32)), "cherry": ((0.66, 0.36, 0.20), (0.43, 0.20, 0.10)),
    "birch": ((0.91, 0.83, 0.68), (0.80, 0.68, 0.50)), "ebony": ((0.24, 0.19, 0.16), (0.11, 0.08, 0.07)),
}  # fmt: skip
"""Light and dark of the grain, sRGB shares."""


def linear(colour: Sequence[float]) -> tuple[float, float, float]:
    """Returns linear light of sRGB shares (IEC 61966-2-1)."""
    c = np.asarray(colour, np.float64)
    value = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return (float(value[0]), float(value[1]), float(value[2]))


def textured(name: str, pixels: Array, roughness: float = 0.6, metallic: float = 0.0,
             wrap: tuple[str, str] = ("repeat", "repeat"), glow: float = 0.0) -> Material:  # fmt: skip
    """Returns an opaque material that shows ``pixels`` [H, W, 3] uint8; ``glow`` adds light of its mean colour."""
    alpha = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    texture = Texture(name, np.concatenate([pixels, alpha], 2), wrap)
    mean = np.asarray(linear(pixels.reshape(-1, 3).mean(0) / 255)) * glow
    emissive = (float(mean[0]), float(mean[1]), float(mean[2]))
    return Material(name, (1.0, 1.0, 1.0, 1.0), texture, emissive, roughness=roughness, metallic=metallic)


def plain(
    name: str, colour: Sequence[float], roughness: float = 0.5, metallic: float = 0.0, glow: float = 0.0
) -> Material:
    """Returns an opaque material of one sRGB colour; ``glow`` adds light of it."""
    r, g, b = linear(colour)
    return Material(name, (r, g, b, 1.0), None, (r * glow, g * glow, b * glow), roughness=roughness, metallic=metallic)


def pick(rng: np.random.Generator, names: Sequence[str]) -> str:
    """Returns one of the names."""
    return names[int(rng.integers(0, len(names)))]


def shade(rng: np.random.Generator, name: str, spread: float = 0.06) -> tuple[float, float, float]:
    """Returns a colour word's sRGB, a little off."""
    c = np.clip(
        np.asarray(COLOURS[name]) * rng.uniform(1 - spread, 1 + spread) + rng.uniform(-0.02, 0.02, 3), 0.02, 0.97
    )
    return (float(c[0]), float(c[1]), float(c[2]))


def wood(rng: np.random.Generator, name: str | None = None) -> Material:
    """Returns a wood by name, or one at random."""
    name = name or pick(rng, list(WOODS))
    light, dark = WOODS[name]
    return textured(name, textures.wood(rng, light, dark, rings=rng.integers(3, 8)), 0.55)


def painted_wood(rng: np.random.Generator, colour: str) -> Material:
    """Returns painted wood: the grain shows faintly."""
    c = np.asarray(shade(rng, colour))
    return textured(f"{colour} paint", textures.wood(rng, c, c * 0.9, rings=4), 0.45)


def ceramic(rng: np.random.Generator, colour: str, accent: str | None = None, pattern: str = "plain") -> Material:
    """Returns glaze in a colour word, with a pattern in the accent."""
    second = None if accent is None else shade(rng, accent)
    return textured(f"{colour} glaze", textures.ceramic(rng, shade(rng, colour), second, pattern), 0.2)


def cloth(rng: np.random.Generator, colour: str, accent: str | None = None, pattern: str = "plain") -> Material:
    """Returns woven cloth in a colour word."""
    second = None if accent is None else shade(rng, accent)
    return textured(f"{colour} cloth", textures.fabric(rng, shade(rng, colour), second, pattern), 0.9)


def metal(rng: np.random.Generator, name: str = "steel") -> Material:
    """Returns brushed ``steel``, ``brass``, ``copper`` or ``iron``."""
    colour = {
        "steel": (0.72, 0.73, 0.75),
        "brass": (0.80, 0.64, 0.32),
        "copper": (0.80, 0.47, 0.32),
        "iron": (0.2, 0.2, 0.21),
    }
    return textured(name, textures.metal(rng, colour[name]), 0.3, 0.6)
