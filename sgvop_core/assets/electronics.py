"""Things with a screen: monitors and laptops."""

from __future__ import annotations

import numpy as np

from . import palette, pictures
from .kind import Pieces
from .palette import pick
from .parts import Part, turn
from .primitives import box, rounded_box


def monitor(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A computer monitor on a stand, its screen to -y."""
    w = rng.uniform(0.5, 0.62)
    h, z = w * 0.58, 0.13
    shell = palette.plain("plastic", palette.shade(rng, colour or pick(rng, ("black", "grey", "white"))), 0.4)
    steel = palette.metal(rng, "steel")
    parts = [
        rounded_box((w, 0.022, h), 0.008, shell).at(z=z),
        display(rng, w - 0.03, h - 0.035).at(0, -0.0115, z + 0.02),
    ]
    parts.append(box((0.05, 0.016, z + 0.14), steel, 0.003).at(y=0.018, z=0.008))
    parts.append(rounded_box((0.24, 0.17, 0.012), 0.005, steel).at(y=0.02))
    return {"": parts}


def display(rng: np.random.Generator, w: float, h: float) -> Part:
    """Returns a lit screen, ``w`` x ``h``, a thin plate facing -y standing on z = 0."""
    glass = palette.textured(
        "screen",
        pictures.screen(rng, palette.shade(rng, pick(rng, ("blue", "teal", "purple", "green")))),
        0.2,
        wrap=("clamp", "clamp"),
        glow=0.3,
    )
    part = box((w, 0.003, h), glass, 0.0003)
    return Part(
        part.vertices, part.faces, part.vertices[part.faces][..., [0, 2]] / [w, h] + [0.5, 0], glass, part.crease
    )


def laptop(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An open laptop facing -y: base with keys, screen (child)."""
    w = rng.uniform(0.3, 0.36)
    d = w * 0.68
    shell = palette.plain("aluminium", palette.shade(rng, colour or pick(rng, ("grey", "white", "black"))), 0.35, 0.3)
    key = palette.plain("key", (0.1, 0.1, 0.11), 0.6)
    base = [rounded_box((w, d, 0.016), 0.006, shell)]
    step = (w - 0.03) / 12
    for row in range(5):
        for column in range(12):
            base.append(
                box((step * 0.82, step * 0.72, 0.003), key, 0.0008).at(
                    -w / 2 + 0.015 + step * (column + 0.5), 0.06 - row * step * 0.9 + 0.02, 0.0145
                )
            )
    base.append(
        box((w * 0.3, d * 0.24, 0.001), palette.plain("pad", (0.45, 0.46, 0.48), 0.4), 0.0002).at(y=-d * 0.34, z=0.0155)
    )
    lid = [rounded_box((w, 0.008, d), 0.0035, shell), display(rng, w - 0.022, d - 0.026).at(0, -0.0042, 0.014)]
    tilt = turn("x", -rng.uniform(12, 24))
    return {"": base, "screen": [p.moved(tilt).at(0, d / 2 - 0.006, 0.013) for p in lid]}
