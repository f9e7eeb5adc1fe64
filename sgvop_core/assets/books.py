"""Books: one lying closed, a row standing on a shelf."""

from __future__ import annotations

import numpy as np

from . import palette, pictures
from .kind import Pieces
from .palette import pick
from .parts import Part, turn
from .primitives import box


def book_parts(rng: np.random.Generator, w: float, d: float, t: float, colour: str | None = None) -> list[Part]:
    """Returns a closed book lying on its back: cover ``w`` x ``d``, ``t`` thick, spine at -x."""
    name = colour or pick(
        rng, ("red", "blue", "green", "navy", "brown", "teal", "purple", "terracotta", "black", "yellow")
    )
    cloth = palette.textured(
        "cover",
        pictures.cover(rng, palette.shade(rng, name), palette.shade(rng, pick(rng, ("cream", "yellow", "white")))),
        0.7,
    )
    leaves, c = palette.textured("pages", pictures.pages(rng), 0.9), 0.0025
    parts = []
    for part, z in ((box((w, d, c), cloth, 0.0006), 0.0), (box((w, d, c), cloth, 0.0006), t - c)):
        uvs = part.vertices[part.faces][..., :2] / [w, d] + 0.5
        parts.append(Part(part.vertices, part.faces, uvs, cloth, part.crease).at(z=z))
    spine = box((c * 1.2, d, t), cloth, 0.0006)
    uvs = spine.vertices[spine.faces][..., [2, 1]] / [t, d] + [0, 0.5]
    parts.append(Part(spine.vertices, spine.faces, uvs, cloth, spine.crease).at(x=-w / 2 + c * 0.6))
    parts.append(box((w - 0.007, d - 0.008, t - 2 * c + 0.0004), leaves, 0.0005, 0.04, 1).at(x=-0.001, z=c - 0.0002))
    return parts


def book(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A closed book lying flat."""
    w = rng.uniform(0.13, 0.19)
    return {"": book_parts(rng, w, w * rng.uniform(1.3, 1.5), rng.uniform(0.02, 0.045), colour)}


def book_row(rng: np.random.Generator, colour: str | None = None, length: float = 0.5) -> Pieces:
    """Books standing in a row along x, spines to -y."""
    parts: list[Part] = []
    x = 0.0
    while x < length:
        t, w = rng.uniform(0.018, 0.045), rng.uniform(0.13, 0.17)
        one = book_parts(rng, w, w * rng.uniform(1.3, 1.55), t)
        # Lying with the spine at -x: stand it on the fore edge side, spine towards -y.
        stand = turn("z", 90) @ turn("x", 90)
        pieces = [p.moved(stand) for p in one]
        low = np.min([p.vertices.min(0) for p in pieces], axis=0)
        parts += [p.at(x - low[0], -low[1] + rng.uniform(0, 0.008), -low[2]) for p in pieces]
        x += t + 0.001
    deep = max(float(p.vertices[:, 1].max()) for p in parts)
    return {"": [p.at(-x / 2, -deep / 2) for p in parts]}
