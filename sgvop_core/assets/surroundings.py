"""Floors, walls and skies of every sort: what surrounds the things of a picture and must not tell what they are.

Indoors and outdoors, plain and loud, dark and light; far more than rooms that are furnished with taste would have.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..scene.model import Array, Material
from . import palette
from .palette import pick
from .textures import fractal, mix, noise, to_bytes

PIXELS = 128
"""Side of a picture: the floors and walls of a small picture show no finer detail."""


@dataclass(frozen=True)
class Tones:
    """How colours of surroundings are drawn."""

    grey: float = 0.3
    """Share of nearly colourless tones."""
    loud: float = 0.15
    """Share of saturated tones."""
    darkest: float = 0.06
    lightest: float = 0.95
    """Range of the largest channel, sRGB shares."""


TONES = Tones()


def tone(rng: np.random.Generator) -> Array:
    """Returns a random sRGB colour [3]: any hue, mostly muted, from dark to light."""
    value = rng.uniform(TONES.darkest, TONES.lightest)
    dice = rng.random()
    if dice < TONES.grey:
        saturation = rng.uniform(0.0, 0.08)
    elif dice > 1 - TONES.loud:
        saturation = rng.uniform(0.5, 0.95)
    else:
        saturation = rng.uniform(0.08, 0.5)
    return np.array(colorsys.hsv_to_rgb(rng.random(), saturation, value))


def near(rng: np.random.Generator, colour: Array, spread: float = 0.04) -> Array:
    """Returns an sRGB colour [3] a little off the given one, lighter or darker."""
    return np.clip(colour * rng.uniform(0.85, 1.15) + rng.normal(0, spread, 3), 0.02, 0.98)


def drawn(rng: np.random.Generator, *choices: tuple[float, float, float]) -> Array:
    """Returns one of the sRGB colours, a little off, [3]."""
    return near(rng, np.asarray(choices[int(rng.integers(0, len(choices)))]), 0.03)


def timber(rng: np.random.Generator) -> tuple[Array, Array]:
    """Returns light and dark of a wood's grain, sRGB [3] each; some are painted."""
    if rng.random() < 0.15:
        paint = tone(rng)
        return paint, paint * rng.uniform(0.7, 0.9)
    light, dark = palette.WOODS[pick(rng, list(palette.WOODS))]
    gain = rng.uniform(0.75, 1.15)
    return np.clip(np.asarray(light) * gain, 0, 1), np.clip(np.asarray(dark) * gain, 0, 1)


def courses(rng: np.random.Generator, picture: Array, rows: int, columns: int, stagger: float, joint: Array, gap: float,
            spread: float) -> Array:  # fmt: skip
    """Returns the picture [S, S, 3] cut into pieces: each its own brightness (+- ``spread``), with joints between them.

    ``stagger`` is the shift from row to row as a share of a piece, or negative for a random one; ``gap`` the joint's
    width as a share of a row. It serves boards, planks, bricks, tiles and slabs.
    """
    size = len(picture)
    y, x = np.mgrid[0:size, 0:size] / size
    row = np.minimum((y * rows).astype(int), rows - 1)
    shift = rng.random(rows) if stagger < 0 else (np.arange(rows) * stagger) % 1
    along = (x * columns + shift[row]) % columns
    piece = np.minimum(along.astype(int), columns - 1)
    cut = picture * rng.uniform(1 - spread, 1 + spread, (rows, columns))[row, piece][..., None]
    wide = gap * columns / rows
    cut[((y * rows) % 1 < gap) | (along % 1 < wide)] = joint
    return cut


def grained(rng: np.random.Generator, light: Array, dark: Array) -> Array:
    """Returns streaks along u between two sRGB colours, [S, S, 3] shares: the grain of boards."""
    share = 0.6 * fractal(PIXELS, PIXELS, rng, (24, 2), 2) + 0.4 * noise(PIXELS, PIXELS, rng, (64, 6))
    return mix(light, dark, share)


def clouded(rng: np.random.Generator, colour: Array, depth: float, cells: int = 4, octaves: int = 3) -> Array:
    """Returns a colour with clouds that darken it by up to ``depth``, [S, S, 3] shares."""
    return mix(colour, colour * (1 - depth), fractal(PIXELS, PIXELS, rng, (cells, cells), octaves))


def grainy(rng: np.random.Generator, colour: Array, depth: float) -> Array:
    """Returns a colour with clouds and single grains, [S, S, 3] shares: sand, asphalt, gravel, terrazzo."""
    picture = clouded(rng, colour, depth * 0.7, int(rng.integers(2, 6)), 2)
    return picture * (1 + depth * (rng.random((PIXELS, PIXELS, 1)) - 0.5) * rng.uniform(0.5, 2.0))


def wooden_floor(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns boards or strips, [S, S, 3] shares, and the metres of one repeat."""
    light, dark = timber(rng)
    rows = int(rng.integers(4, 11))
    picture = courses(rng, grained(rng, light, dark), rows, int(rng.integers(1, 4)), -1.0, dark * 0.45, 0.06, 0.16)
    return (picture if rng.random() < 0.7 else picture.transpose(1, 0, 2)), float(rng.uniform(0.7, 1.8))


def tiled_floor(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns tiles in one colour, chequered or mixed, [S, S, 3] shares, and the metres of one repeat."""
    count = int(rng.choice([2, 4, 6, 8]))
    first = tone(rng)
    picture = clouded(rng, first, float(rng.uniform(0.03, 0.3)), 6)
    y, x = np.mgrid[0:PIXELS, 0:PIXELS] * count // PIXELS
    dice = rng.random()
    if dice < 0.4:
        second = tone(rng) if rng.random() < 0.6 else 1 - first
        picture[(x + y) % 2 == 1] *= second / np.maximum(first, 0.02)
    elif dice < 0.6:
        others = np.array([near(rng, first, 0.08) for _ in range(5)])
        picture *= (others / np.maximum(first, 0.02))[rng.integers(0, 5, (count, count))[y, x]]
    joint = near(rng, first * 0.6) if rng.random() < 0.7 else np.full(3, rng.uniform(0.1, 0.9))
    stagger = 0.0 if dice < 0.6 else float(rng.choice([0.0, 0.5]))
    return courses(rng, picture, count, count, stagger, joint, 0.05, 0.05), float(rng.uniform(0.4, 2.4))


def carpet(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns a carpet, plain or with stripes, diamonds or blots, [S, S, 3] shares, and the metres of one repeat."""
    colour, second = tone(rng), tone(rng)
    y, x = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
    count, dice = int(rng.integers(2, 9)), rng.random()
    if dice < 0.45:
        share = np.zeros((PIXELS, PIXELS))
    elif dice < 0.6:
        share = ((x * count) % 1 < rng.uniform(0.2, 0.8)).astype(float)
    elif dice < 0.8:
        share = (np.abs((x * count) % 1 - 0.5) + np.abs((y * count) % 1 - 0.5) < rng.uniform(0.25, 0.5)).astype(float)
    else:
        share = (fractal(PIXELS, PIXELS, rng, (count, count), 2) > 0.5).astype(float)
    tuft = 0.85 + 0.3 * noise(PIXELS, PIXELS, rng, (64, 64))
    return mix(colour, second, share) * tuft[..., None], float(rng.uniform(0.4, 2.5))


def ground(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns grass, sand, asphalt, concrete, earth, gravel or snow, [S, S, 3] shares, and the metres of one repeat."""
    kind = pick(rng, ("grass", "grass", "sand", "asphalt", "concrete", "concrete", "earth", "gravel", "snow"))
    if kind == "grass":
        dark = drawn(rng, (0.16, 0.30, 0.08), (0.24, 0.38, 0.12), (0.35, 0.40, 0.16))
        blades = 0.6 * noise(PIXELS, PIXELS, rng, (64, 64)) + 0.4 * fractal(PIXELS, PIXELS, rng, (3, 3), 3)
        return mix(dark, np.clip(dark * rng.uniform(1.5, 2.4), 0, 1), blades), float(rng.uniform(0.5, 2.0))
    colour, depth = {
        "sand": (drawn(rng, (0.84, 0.74, 0.54), (0.72, 0.60, 0.42), (0.90, 0.84, 0.70)), 0.18),
        "asphalt": (drawn(rng, (0.22, 0.22, 0.23), (0.33, 0.33, 0.34)), 0.5),
        "concrete": (drawn(rng, (0.62, 0.61, 0.59), (0.48, 0.48, 0.47), (0.74, 0.72, 0.68)), 0.25),
        "earth": (drawn(rng, (0.36, 0.26, 0.18), (0.48, 0.34, 0.22)), 0.5),
        "gravel": (drawn(rng, (0.55, 0.53, 0.50), (0.66, 0.60, 0.52)), 0.8),
        "snow": (drawn(rng, (0.90, 0.92, 0.95)), 0.08),
    }[kind]
    picture = grainy(rng, colour, depth)
    if kind == "concrete" and rng.random() < 0.4:
        picture = courses(rng, picture, 2, 2, 0.0, colour * 0.6, 0.02, 0.06)
    return picture, float(rng.uniform(0.6, 2.5))


def stone_floor(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns marble or slabs of stone, [S, S, 3] shares, and the metres of one repeat."""
    colour = drawn(rng, (0.88, 0.87, 0.84), (0.25, 0.26, 0.27), (0.72, 0.62, 0.52), (0.40, 0.45, 0.42))
    if rng.random() < 0.5:
        vein = colour * 0.6 if colour.mean() > 0.5 else np.clip(colour + 0.4, 0, 1)
        bend = fractal(PIXELS, PIXELS, rng, (3, 3), 4)
        y, x = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
        picture = mix(colour, vein, np.exp(-7 * np.abs(np.sin(math.pi * (2 * x + y + 3 * bend)))))
    else:
        picture = clouded(rng, colour, 0.35, 5)
    if rng.random() < 0.6:
        rows = int(rng.integers(2, 6))
        picture = courses(rng, picture, rows, max(1, rows // int(rng.integers(1, 3))), 0.5, colour * 0.5, 0.04, 0.12)
    return picture, float(rng.uniform(0.8, 2.5))


def smooth(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns a plain colour, nearly even, [S, S, 3] shares, and the metres of one repeat."""
    return clouded(rng, tone(rng), float(rng.uniform(0.0, 0.15)), 3), float(rng.uniform(1.0, 4.0))


def speckled(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns noise of two or three colours at a random scale, [S, S, 3] shares, and the metres of one repeat."""
    cells = int(rng.choice([2, 4, 8, 16, 32]))
    field = fractal(PIXELS, PIXELS, rng, (cells, cells), int(rng.integers(1, 4)))
    if rng.random() < 0.4:
        field = np.clip((field - 0.5) * rng.uniform(2, 12) + 0.5, 0, 1)
    picture = mix(tone(rng), tone(rng), field)
    if rng.random() < 0.3:
        picture = mix(picture, tone(rng), (noise(PIXELS, PIXELS, rng, (cells, cells)) > 0.7).astype(float))
    return picture, float(rng.uniform(0.5, 4.0))


def brick_wall(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns bricks or blocks, [S, S, 3] shares, and the metres of one repeat."""
    colour = drawn(rng, (0.60, 0.30, 0.22), (0.72, 0.55, 0.42), (0.85, 0.83, 0.80), (0.45, 0.42, 0.40))
    joint = np.full(3, rng.uniform(0.3, 0.85))
    rows = int(rng.choice([6, 8, 10, 12]))
    return courses(rng, grainy(rng, colour, 0.3), rows, rows // 2, 0.5, joint, 0.14, 0.2), float(rng.uniform(0.6, 1.5))


def papered_wall(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns wallpaper with stripes, dots, checks or waves, [S, S, 3] shares, and the metres of one repeat."""
    colour = tone(rng)
    second = near(rng, colour, 0.1) if rng.random() < 0.6 else tone(rng)
    y, x = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
    count, kind = int(rng.integers(2, 10)), int(rng.integers(0, 5))
    if kind == 0:
        share = (x * count) % 1 < rng.uniform(0.2, 0.7)
    elif kind == 1:
        share = (y * count) % 1 < rng.uniform(0.2, 0.7)
    elif kind == 2:
        share = np.hypot((x * count) % 1 - 0.5, (y * count) % 1 - 0.5) < rng.uniform(0.15, 0.4)
    elif kind == 3:
        share = (np.floor(2 * x * count) + np.floor(2 * y * count)) % 2 == 0
    else:
        share = (x * count + 0.3 * np.sin(4 * math.pi * y)) % 1 < 0.4
    return mix(colour, second, share.astype(float)) * (0.94 + 0.1 * fractal(PIXELS, PIXELS, rng, (6, 6), 2))[
        ..., None
    ], float(rng.uniform(0.5, 2.5))


def panelled_wall(rng: np.random.Generator) -> tuple[Array, float]:
    """Returns upright planks, [S, S, 3] shares, and the metres of one repeat."""
    light, dark = timber(rng)
    rows = int(rng.integers(4, 12))
    planks = courses(rng, grained(rng, light, dark), rows, 1, 0.0, dark * 0.4, 0.07, 0.12)
    return planks.transpose(1, 0, 2), float(rng.uniform(0.6, 2.0))


FLOORS: tuple[Callable[[np.random.Generator], tuple[Array, float]], ...] = (
    wooden_floor, wooden_floor, wooden_floor, tiled_floor, tiled_floor, carpet, carpet, ground, ground, ground, stone_floor,
    smooth, smooth, speckled,
)  # fmt: skip
"""Makers of floors, the frequent ones more than once."""

WALLS: tuple[Callable[[np.random.Generator], tuple[Array, float]], ...] = (
    smooth, smooth, smooth, smooth, papered_wall, papered_wall, brick_wall, panelled_wall, tiled_floor, speckled, stone_floor,
)  # fmt: skip
"""Makers of walls, the frequent ones more than once."""


def floor_look(rng: np.random.Generator) -> tuple[Material, float]:
    """Returns a floor's material and the metres of one repeat of its picture."""
    picture, tile = FLOORS[int(rng.integers(0, len(FLOORS)))](rng)
    return palette.textured("floor", exposed(rng, picture), float(rng.uniform(0.15, 1.0))), tile


def wall_look(rng: np.random.Generator) -> Material:
    """Returns a wall's material; its picture suits repeats of one to two metres."""
    picture, _ = WALLS[int(rng.integers(0, len(WALLS)))](rng)
    return palette.textured("wall", exposed(rng, picture), float(rng.uniform(0.4, 1.0)))


def exposed(rng: np.random.Generator, picture: Array) -> Array:
    """Returns the bytes [S, S, 3] of a picture in shares, a little lighter or darker, warmer or colder."""
    return to_bytes(picture * rng.uniform(0.85, 1.15) * rng.uniform(0.95, 1.05, 3))


def sky_look(rng: np.random.Generator) -> tuple[float, float, float]:
    """Returns the linear light [3] of a background: blue, overcast, dusk or night sky, or any colour as in a studio."""
    kind = pick(rng, ("blue", "blue", "overcast", "dusk", "night", "studio", "studio", "any"))
    if kind == "any":
        return palette.linear(tuple(tone(rng)))
    if kind == "studio":
        return palette.linear([rng.uniform(0.02, 1.0)] * 3)
    colour = {
        "blue": drawn(rng, (0.45, 0.65, 0.90), (0.62, 0.78, 0.95), (0.30, 0.50, 0.82)),
        "overcast": drawn(rng, (0.78, 0.80, 0.83), (0.60, 0.63, 0.67)),
        "dusk": drawn(rng, (0.95, 0.70, 0.50), (0.80, 0.50, 0.50), (0.55, 0.45, 0.65)),
        "night": drawn(rng, (0.05, 0.06, 0.12), (0.10, 0.10, 0.16)),
    }[kind]
    return palette.linear(tuple(colour))
