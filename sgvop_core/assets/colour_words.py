"""What colour words look like: the word of a colour, and shades that are plainly of a word.

Distances are taken in CIELAB (CIE 15:2004, D65 white), where equal steps look about equally far apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..scene.model import Array

ANCHORS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "black": ((20, 20, 20), (36, 36, 38), (10, 10, 12)),
    "white": ((245, 245, 245), (238, 235, 228), (228, 230, 232)),
    "grey": ((128, 128, 128), (92, 92, 94), (156, 156, 156), (108, 114, 120), (70, 71, 74)),
    "red": ((200, 30, 30), (172, 24, 30), (226, 50, 46), (200, 60, 58)),
    "orange": ((240, 130, 30), (224, 104, 28), (250, 152, 62)),
    "yellow": ((240, 215, 50), (250, 232, 96), (234, 200, 24)),
    "green": ((50, 140, 60), (28, 98, 44), (92, 178, 82), (40, 120, 76), (122, 200, 110)),
    "cyan": ((60, 200, 210), (20, 196, 224), (116, 220, 232)),
    "blue": ((40, 80, 190), (72, 122, 214), (28, 62, 158), (96, 150, 226), (46, 82, 140)),
    "purple": ((120, 50, 150), (94, 38, 124), (146, 84, 180), (110, 62, 130)),
    "pink": ((240, 150, 180), (246, 182, 200), (230, 118, 156)),
    "brown": ((115, 75, 45), (88, 54, 30), (140, 96, 62), (66, 42, 26)),
    "beige": ((215, 195, 160), (226, 210, 180), (200, 178, 142)),
    "gold": ((200, 165, 60), (184, 146, 48)),
    "silver": ((190, 195, 200), (202, 204, 206)),
    "navy": ((20, 30, 90), (28, 41, 82), (16, 22, 66)),
    "turquoise": ((50, 190, 170), (40, 166, 150), (104, 212, 190)),
    "magenta": ((210, 40, 160), (230, 62, 180), (186, 24, 138)),
    "olive": ((115, 115, 40), (92, 94, 34), (136, 132, 62)),
    "maroon": ((100, 20, 30), (82, 14, 24), (118, 28, 38)),
}
"""sRGB bytes of shades that people call by the word; the first is the word's own."""

WORDS = tuple(ANCHORS)
NEUTRAL = ("black", "white", "grey", "silver")


@dataclass(frozen=True)
class Spread:
    """How far a shade may stray from its anchor (standard deviations in CIELAB) and what must stay between words."""

    lightness: float = 7.0
    chroma: float = 5.0
    neutral: float = 1.8
    """The chroma's deviation for black, white, grey and silver: little tint is needed to make grey a dull blue."""
    margin: float = 4.0
    """A shade is nearer to its own word than to any other by this much: about two just noticeable differences."""
    tries: int = 6


def lab(colours: Array) -> Array:
    """Returns CIELAB [..., 3] of sRGB shares [..., 3]."""
    c = np.asarray(colours, np.float64)
    light = np.where(c <= 0.04045, c / 12.92, ((np.maximum(c, 0) + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = light @ to_xyz.T / to_xyz.sum(1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def srgb(colours: Array) -> Array:
    """Returns sRGB shares [..., 3] of CIELAB [..., 3]; what no screen shows lies outside [0, 1] or is cut at 0."""
    v = np.asarray(colours, np.float64)
    y = (v[..., 0] + 16) / 116
    f = np.stack([y + v[..., 1] / 500, y, y - v[..., 2] / 200], -1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * to_xyz.sum(1)
    light = np.maximum(xyz @ np.linalg.inv(to_xyz).T, 0.0)
    return np.asarray(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))


@cache
def anchors() -> tuple[Array, Array]:
    """Returns the anchors in CIELAB [A, 3] and the index of each one's word [A]."""
    index = [i for i, word in enumerate(WORDS) for _ in ANCHORS[word]]
    return lab(np.array([a for word in WORDS for a in ANCHORS[word]]) / 255), np.array(index)


def word_distances(colours: Array) -> Array:
    """Returns the CIELAB distance [..., W] of sRGB shares [..., 3] to the nearest anchor of each word of ``WORDS``."""
    points, index = anchors()
    away = np.linalg.norm(lab(colours)[..., None, :] - points, axis=-1)
    starts = np.flatnonzero(np.diff(index, prepend=-1))
    return np.minimum.reduceat(away, starts, axis=-1)


def nearest_word(colour: Array, margin: float = 0.0) -> str | None:
    """Returns the word of one sRGB colour [3]; None when the runner-up is less than ``margin`` farther away."""
    away = word_distances(np.asarray(colour, np.float64))
    first, second = np.argsort(away)[:2]
    return WORDS[int(first)] if away[second] - away[first] >= margin else None


def shade_of(rng: np.random.Generator, word: str, spread: Spread | None = None) -> Array:
    """Returns a random sRGB colour [3] that is plainly of the word. Raises KeyError for a word that is not known."""
    s = spread or Spread()
    choices = ANCHORS[word]
    centre = lab(np.array(choices[int(rng.integers(0, len(choices)))]) / 255)
    chroma = s.neutral if word in NEUTRAL else s.chroma
    step = rng.normal(size=3) * (s.lightness, chroma, chroma)
    for k in range(s.tries):
        colour = srgb(centre + step * 0.6**k)
        if colour.min() >= 0 and colour.max() <= 1 and nearest_word(colour, s.margin) == word:
            return colour
    return np.asarray(choices[0], np.float64) / 255
