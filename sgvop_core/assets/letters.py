"""Standing capital letters and digits, readable from -y: middle lines of strokes, given width, ends and depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..scene.model import Array, Material
from . import palette, textures
from .bodies import figure
from .palette import pick
from .parts import Part, box_uvs
from .primitives import welded_part

Piece = tuple[float, ...]
"""A point (x, y), or an arc (centre x, y, half axes x, y, from, to in degrees, counter-clockwise from +x)."""
Stroke = Sequence[Piece]
"""Pieces that follow on one another without a corner; a whole turn alone is a ring."""

GLYPHS: dict[str, tuple[float, tuple[Stroke, ...]]] = {
    "A": (0.95, (((0, 0), (0.5, 1)), ((1, 0), (0.5, 1)), ((0.22, 0.32), (0.78, 0.32)))),
    "B": (0.75, (((0, 0), (0, 1)), ((0, 1), (0.55, 1), (0.55, 0.76, 0.38, 0.24, 90, -90), (0, 0.52)),
                 ((0, 0.52), (0.6, 0.52), (0.6, 0.26, 0.4, 0.26, 90, -90), (0, 0)))),
    "C": (0.85, (((0.52, 0.5, 0.52, 0.5, 45, 315),),)),
    "D": (0.85, (((0, 0), (0, 1)), ((0, 1), (0.45, 1), (0.45, 0.5, 0.55, 0.5, 90, -90), (0, 0)))),
    "E": (0.7, (((0, 0), (0, 1)), ((0, 1), (1, 1)), ((0, 0.52), (0.85, 0.52)), ((0, 0), (1, 0)))),
    "F": (0.7, (((0, 0), (0, 1)), ((0, 1), (1, 1)), ((0, 0.52), (0.85, 0.52)))),
    "G": (0.9, (((0.5, 0.5, 0.5, 0.5, 45, 360),), ((0.55, 0.46), (1, 0.46)))),
    "H": (0.8, (((0, 0), (0, 1)), ((1, 0), (1, 1)), ((0, 0.5), (1, 0.5)))),
    "I": (0.1, (((0.5, 0), (0.5, 1)),)),
    "J": (0.6, (((1, 1), (1, 0.3), (0.5, 0.3, 0.5, 0.3, 0, -165)),)),
    "K": (0.8, (((0, 0), (0, 1)), ((0.22, 0.42), (1, 1)), ((0.38, 0.55), (1, 0)))),
    "L": (0.65, (((0, 0), (0, 1)), ((0, 0), (1, 0)))),
    "M": (1.15, (((0, 0), (0, 1)), ((0, 1), (0.5, 0.2)), ((1, 1), (0.5, 0.2)), ((1, 0), (1, 1)))),
    "N": (0.85, (((0, 0), (0, 1)), ((0, 1), (1, 0)), ((1, 0), (1, 1)))),
    "O": (0.95, (((0.5, 0.5, 0.5, 0.5, 0, 360),),)),
    "P": (0.7, (((0, 0), (0, 1)), ((0, 1), (0.55, 1), (0.55, 0.72, 0.45, 0.28, 90, -90), (0, 0.44)))),
    "Q": (0.95, (((0.5, 0.5, 0.5, 0.5, 0, 360),), ((0.62, 0.3), (1, 0)))),
    "R": (0.75, (((0, 0), (0, 1)), ((0, 1), (0.55, 1), (0.55, 0.73, 0.42, 0.27, 90, -90), (0, 0.46)),
                 ((0.45, 0.46), (1, 0)))),
    "S": (0.75, (((0.5, 0.75, 0.5, 0.25, 25, 270), (0.5, 0.25, 0.5, 0.25, 90, -155)),)),
    "T": (0.8, (((0, 1), (1, 1)), ((0.5, 0), (0.5, 1)))),
    "U": (0.8, (((0, 1), (0, 0.4), (0.5, 0.4, 0.5, 0.4, 180, 360), (1, 1)),)),
    "V": (0.9, (((0, 1), (0.5, 0)), ((1, 1), (0.5, 0)))),
    "W": (1.4, (((0, 1), (0.25, 0)), ((0.5, 0.85), (0.25, 0)), ((0.5, 0.85), (0.75, 0)), ((1, 1), (0.75, 0)))),
    "X": (0.85, (((0, 0), (1, 1)), ((0, 1), (1, 0)))),
    "Y": (0.85, (((0, 1), (0.5, 0.45)), ((1, 1), (0.5, 0.45)), ((0.5, 0), (0.5, 0.5)))),
    "Z": (0.8, (((0, 1), (1, 1)), ((1, 1), (0, 0)), ((0, 0), (1, 0)))),
    "0": (0.7, (((0.5, 0.5, 0.5, 0.5, 0, 360),),)),
    "1": (0.45, (((0.6, 0), (0.6, 1)), ((0.6, 1), (0, 0.75)), ((0.1, 0), (1.1, 0)))),
    "2": (0.7, (((0.5, 0.7, 0.5, 0.3, 165, -42), (0, 0)), ((0, 0), (1, 0)))),
    "3": (0.68, (((0.47, 0.76, 0.45, 0.24, 150, -90),), ((0.47, 0.26, 0.53, 0.26, 90, -155),))),
    "4": (0.75, (((0.72, 0), (0.72, 1)), ((0.72, 1), (0, 0.3)), ((0, 0.3), (1, 0.3)))),
    "5": (0.7, (((0.12, 1), (0.95, 1)), ((0.12, 1), (0.12, 0.56)), ((0.47, 0.32, 0.53, 0.32, 131, -150),))),
    "6": (0.7, (((0.5, 0.3, 0.5, 0.3, 0, 360),), ((0.85, 0.3, 0.85, 0.7, 180, 100),))),
    "7": (0.7, (((0, 1), (1, 1)), ((1, 1), (0.35, 0)))),
    "8": (0.7, (((0.5, 0.76, 0.43, 0.24, 0, 360),), ((0.5, 0.26, 0.5, 0.26, 0, 360),))),
    "9": (0.7, (((0.5, 0.7, 0.5, 0.3, 0, 360),), ((0.15, 0.7, 0.85, 0.7, 0, -80),))),
}  # fmt: skip
"""Width as a share of the height, and strokes in the unit square, y up."""
PIXELS = 128
"""Pixels across the picture of what a letter is made of."""
ARC_STEP = 15.0
"""Degrees of a turn between two points of an arc: a ring has 24 sides."""


@dataclass(frozen=True)
class Face:
    """How letters look: shares of the height, ``lean`` the shear of a slanted one."""

    weight: float
    depth: float
    width: float
    lean: float
    rounded: bool
    serifs: bool

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Face:
        """Returns a face at random: from thin to fat, from narrow to wide, one in four slanted."""
        rounded = bool(rng.random() < 0.4)
        return cls(
            weight=float(rng.uniform(0.12, 0.25)),
            depth=float(rng.uniform(0.14, 0.45)),
            width=float(rng.uniform(0.85, 1.2)),
            lean=float(rng.uniform(0.05, 0.22)) if rng.random() < 0.25 else 0.0,
            rounded=rounded,
            serifs=not rounded and bool(rng.random() < 0.3),
        )


def middle_line(stroke: Stroke) -> Array:
    """Returns the points [N, 2] of a stroke in the unit square."""
    points: list[tuple[float, float]] = []
    for piece in stroke:
        if len(piece) == 2:
            points.append((piece[0], piece[1]))
            continue
        x, y, rx, ry, start, end = piece
        steps = max(2, round(abs(end - start) / ARC_STEP))
        turned = np.radians(np.linspace(start, end, steps + 1))
        points += [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in turned]
    line = np.array(points, np.float64)
    apart = np.linalg.norm(np.diff(line, axis=0), axis=1) > 1e-6
    return line[np.concatenate([[True], apart])]


def edges(line: Array, half: float, rounded: bool) -> tuple[Array, Array]:
    """Returns the left and right edge [R, 2] each of a stroke along ``line`` [N, 2], ``half`` its width to each side.

    Ends are rounded, or run on by ``half`` where they are straight and are cut level or upright, as the stroke is
    steep or flat. Where two edges meet in a point the stroke ends in it.
    """
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    aside = np.stack([-tangent[:, 1], tangent[:, 0]], 1) * half
    left, right = line + aside, line - aside
    if rounded:
        bend = np.radians([60.0, 30.0])[:, None]
        for end, sign in ((0, -1.0), (-1, 1.0)):
            tip = line[end] + sign * tangent[end] * half
            out = line[end] + sign * tangent[end] * half * np.sin(bend)
            caps = [np.concatenate([[tip], out + s * aside[end] * np.cos(bend)]) for s in (1, -1)]
            if end == 0:
                left, right = np.concatenate([caps[0], left]), np.concatenate([caps[1], right])
            else:
                left, right = np.concatenate([left, caps[0][::-1]]), np.concatenate([right, caps[1][::-1]])
        return left, right
    for end, sign in ((0, -1.0), (-1, 1.0)):
        inner = line[1] if end == 0 else line[-2]
        t = (line[end] - inner) / np.linalg.norm(line[end] - inner) * sign
        if len(line) > 2 and np.linalg.norm(line[end] - inner) < 2 * half:
            continue
        steep = abs(t[1]) > 0.6
        main = abs(t[1] if steep else t[0])
        tip = line[end] + sign * t * half / main
        across = np.array([-np.sign(t[1]), 0.0]) if steep else np.array([0.0, np.sign(t[0])])
        left[end], right[end] = tip + across * half / main, tip - across * half / main
    return left, right


def slab(left: Array, right: Array, depth: float, material: Material, ring: bool) -> Part:
    """Returns the closed solid between two edges [R, 2] in the xz plane, ``depth`` thick, its front towards -y."""
    count = len(left)
    flat = np.concatenate([left, right, left, right])
    y = np.repeat([-depth / 2, depth / 2], 2 * count)
    vertices = np.column_stack([flat[:, 0], y, flat[:, 1]])
    i = np.arange(count if ring else count - 1)
    j = (i + 1) % count
    fl, fr, bl, br = 0, count, 2 * count, 3 * count
    loops = [(fr + i, fr + j, fl + j, fl + i), (bl + i, bl + j, br + j, br + i),
             (fr + i, br + i, br + j, fr + j), (fl + j, bl + j, bl + i, fl + i)]  # fmt: skip
    quads = np.concatenate([np.stack(loop, 1) for loop in loops])
    if not ring:
        last = count - 1
        ends = [[fr, fl, bl, br], [fr + last, br + last, bl + last, fl + last]]
        quads = np.concatenate([quads, np.array(ends)])
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return welded_part(vertices, faces, box_uvs(vertices, faces, 0.8, 0), material, 30.0)


def glyph(name: str, face: Face, material: Material) -> list[Part]:
    """Returns the strokes of a letter or digit of height 1, standing in the xz plane."""
    share, strokes = GLYPHS[name]
    w = face.weight
    scale = np.array([max(share * face.width - w, 0.0 if share < 0.2 else w), 1 - w])
    lines = [middle_line(stroke) * scale + w / 2 for stroke in strokes]
    rings = [len(s) == 1 and len(s[0]) == 6 and abs(s[0][5] - s[0][4]) == 360 for s in strokes]
    parts = []
    for line, ring in zip(lines, rings, strict=True):
        if ring:
            line = line[:-1]
            tangent = np.roll(line, -1, 0) - np.roll(line, 1, 0)
            tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
            aside = np.stack([-tangent[:, 1], tangent[:, 0]], 1) * w / 2
            parts.append(slab(line + aside, line - aside, face.depth, material, True))
        else:
            parts.append(slab(*edges(line, w / 2, face.rounded), face.depth, material, False))
    if face.serifs:
        ends = [
            tuple(np.round(e, 6)) for line, ring in zip(lines, rings, strict=True) if not ring for e in line[[0, -1]]
        ]
        for line, ring in zip(lines, rings, strict=True):
            for end, inner in ((line[0], line[1]), (line[-1], line[-2])):
                level = min(abs(end[1] - w / 2), abs(end[1] - 1 + w / 2)) < 1e-6
                upright = abs(end[1] - inner[1]) > 0.8 * float(np.linalg.norm(end - inner)) and len(line) == 2
                if ring or not level or not upright or ends.count(tuple(np.round(end, 6))) > 1:
                    continue
                z = w * 0.2 if end[1] < 0.5 else 1 - w * 0.2
                bar = np.array([[end[0] - w * 0.75, z], [end[0] + w * 0.75, z]])
                parts.append(slab(*edges(bar, w * 0.2, False), face.depth, material, False))

    def slanted(vertices: Array) -> Array:
        vertices[:, 0] += face.lean * vertices[:, 2]
        return vertices

    return [p.warped(slanted) for p in parts] if face.lean else parts


def stuff(rng: np.random.Generator, colour: str | None) -> Material:
    """Returns what a letter is made of: paint, glaze, cloth or bare wood."""
    word = colour or pick(rng, ("red", "blue", "yellow", "green", "orange", "purple", "pink", "teal", "white", "black"))
    kind = pick(rng, ("paint", "paint", "plastic", "plastic", "dots", "cloth", *(() if colour else ("wood", "wood"))))
    accent = palette.shade(rng, pick(rng, [c for c in ("white", "yellow", "navy", "pink") if c != word]))
    if kind == "wood":
        word = pick(rng, list(palette.WOODS))
        pixels = textures.wood(rng, *palette.WOODS[word], PIXELS, int(rng.integers(2, 5)))
    elif kind == "paint":
        base = np.asarray(palette.shade(rng, word))
        pixels = textures.wood(rng, base, base * 0.9, PIXELS, 2)
    elif kind == "cloth":
        pattern = pick(rng, ("plain", "stripes"))
        pixels = textures.fabric(rng, palette.shade(rng, word), accent, pattern, PIXELS)
    else:
        pattern = "dots" if kind == "dots" else "plain"
        pixels = textures.ceramic(rng, palette.shade(rng, word), accent, pattern, PIXELS)
    return palette.textured(f"{word} {kind}", pixels, float(rng.uniform(0.2, 0.9)))


def letter(name: str, rng: np.random.Generator, colour: str | None = None) -> list[Part]:
    """Returns a standing letter or digit in a face of its own."""
    return glyph(name, Face.drawn(rng), stuff(rng, colour))


KINDS = {
    f"{'number' if name.isdigit() else 'letter'} {name}": figure(partial(letter, name), 0.1, 0.5) for name in GLYPHS
}
