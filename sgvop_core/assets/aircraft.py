"""What flies, in real size: airplanes with their front towards -y, and rockets standing upright."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import palette
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere
from .solids import block, coat, loft, polygon, prism, rod, second_colour


def airplane(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An airliner with engines under its wings, or a light aeroplane with a propeller."""
    word = colour or pick(rng, ("white", "white", "grey", "red", "blue", "yellow", "cream", "orange"))
    return {"": airliner(rng, word) if rng.random() < 0.6 else light_plane(rng, word)}


def wing(
    root: float, tip: float, span: float, sweep: float, thick: float, material: Material, rise: float = 0.0
) -> Part:
    """Returns a wing to +x from x = 0: chords of ``root`` and ``tip`` metres, its leading edge at y = 0 swept back."""
    rings = []
    for x, chord, y, z in ((0.0, root, 0.0, 0.0), (span, tip, sweep, rise)):
        t = thick * chord / root
        rings.append([(x, y, z), (x, y + 0.3 * chord, z + t / 2), (x, y + chord, z), (x, y + 0.3 * chord, z - t / 2)])
    return loft(np.array(rings), material, 3.0, crease=60.0)


def mirrored(part: Part) -> list[Part]:
    """Returns the part and its mirror image in the plane x = 0."""
    return [part, part.scaled(-1, 1, 1)]


def airliner(rng: np.random.Generator, word: str) -> list[Part]:
    """Returns an airliner on its wheels."""
    paint, second = coat(rng, word, "hull"), second_colour(rng, word)
    metal, glass = palette.plain("wing", (0.75, 0.76, 0.78), 0.4, 0.3), palette.plain("window", (0.12, 0.16, 0.2), 0.1)
    dark = palette.plain("tyre", (0.07, 0.07, 0.07), 0.8)
    wings = paint if rng.random() < 0.4 else metal
    length = rng.uniform(24, 36)
    r, f, z = length * rng.uniform(0.052, 0.06), -length / 2, 0.0
    z = r + 1.7
    profile = [
        (0, 0),
        (0.45 * r, 0.25 * r),
        (0.8 * r, 0.9 * r),
        (r, 2.2 * r),
        (r, 0.66 * length),
        (0.72 * r, 0.82 * length),
        (0.22 * r, length),
        (0, length),
    ]
    hull = lathe(profile, paint, 18, tile=4.0, crease=50).turned("x", -90)

    def raised(v: Array) -> Array:
        v[:, 2] += 0.6 * r * np.clip((v[:, 1] / length - 0.66) / 0.34, 0, 1)
        return v

    parts = [hull.warped(raised).at(0, f, z)]
    for k in range(int(rng.integers(9, 15))):
        y = f + 0.16 * length + k * 0.045 * length
        parts.append(block((2 * r + 0.02, 0.014 * length, 0.35), glass).at(0, y, z + 0.12 * r))
    parts.append(block((1.15 * r, 0.3 * r, 0.3 * r), glass).at(0, f + 0.82 * r, z + 0.32 * r))
    span, sweep = length * rng.uniform(0.42, 0.5), length * rng.uniform(0.14, 0.24)
    root = 0.21 * length
    parts += mirrored(
        wing(root, 0.06 * length, span, sweep, 0.03 * length, wings, 0.05 * span).at(0, f + 0.36 * length, z - 0.45 * r)
    )
    parts += mirrored(
        wing(0.1 * length, 0.045 * length, 0.18 * length, 0.09 * length, 0.012 * length, wings).at(
            0, f + 0.87 * length, z + 0.5 * r
        )
    )
    fin = [(0.0, 0.0), (0.13, 0.0), (0.17, 0.16), (0.11, 0.16)]
    parts.append(
        prism([(a * length, c * length) for a, c in fin], 0.012 * length, second).at(0, f + 0.82 * length, z + 0.75 * r)
    )
    for share in (0.32, 0.58) if rng.random() < 0.35 else (0.33,):
        x, y = share * span, f + 0.36 * length + share * sweep
        pod = lathe(
            [
                (0, 0.1),
                (0.26 * r, 0.1),
                (0.4 * r, 0),
                (0.46 * r, 0.5 * r),
                (0.4 * r, 1.4 * r),
                (0.2 * r, 1.9 * r),
                (0, 1.9 * r),
            ],
            second,
            14,
            tile=2.0,
        )
        parts += mirrored(pod.turned("x", -90).at(x, y - 0.9 * r, z - 0.95 * r))
        parts += mirrored(block((0.1 * r, r, 0.5 * r), metal).at(x, y + 0.3 * r, z - 0.8 * r))
    for x, y in ((0, f + 0.14 * length), (-r * 1.1, f + 0.5 * length), (r * 1.1, f + 0.5 * length)):
        parts.append(rod((x, y, 0.5), (x * 0.8, y, z - 0.6 * r), 0.12, metal, 6))
        parts.append(cylinder(0.5, 0.6, dark, 12).turned("y", 90).at(x - 0.3, y, 0.5))
    return parts


def light_plane(rng: np.random.Generator, word: str) -> list[Part]:
    """Returns a light aeroplane with a high wing, a low wing, or two wings above each other."""
    paint, second = coat(rng, word, "hull"), second_colour(rng, word)
    glass, dark = palette.plain("window", (0.14, 0.2, 0.25), 0.1), palette.plain("dark", (0.08, 0.08, 0.08), 0.7)
    length = rng.uniform(6.5, 8.5)
    f, z, w = -length / 2, 1.35, rng.uniform(0.5, 0.6)
    rings = []
    for share, half, low, high in (
        (0, 0.55, -0.3, 0.25),
        (0.06, 0.8, -0.45, 0.4),
        (0.25, 1, -0.55, 0.5),
        (0.5, 0.95, -0.5, 0.5),
        (0.97, 0.2, 0.1, 0.4),
    ):
        h = half * w
        rings.append(
            [
                (-h, f + share * length, z + low * 0.8),
                (h, f + share * length, z + low * 0.8),
                (h * 1.05, f + share * length, z),
                (h * 0.8, f + share * length, z + high),
                (-h * 0.8, f + share * length, z + high),
                (-h * 1.05, f + share * length, z),
            ]
        )
    parts = [loft(np.array(rings), paint, 1.5, crease=60)]
    style = pick(rng, ("high", "low", "two"))
    a = f + 0.27 * length
    if style == "high":
        canopy = [(a - 0.45, 0.45), (a + 1.6, 0.45), (a + 1.2, 0.95), (a, 0.95)]
        parts.append(prism(canopy, 0.85 * w * 2, glass).at(z=z))
    else:
        parts.append(sphere((0.75 * w, 0.9, 0.42), glass, 6, 12).at(0, a + 0.8, z + 0.45))
    heights = {"high": (0.98,), "low": (-0.3,), "two": (-0.35, 1.15)}[style]
    span = length * rng.uniform(0.6, 0.7) * (0.85 if style == "two" else 1)
    for height in heights:
        parts += mirrored(
            wing(1.45, 1.1, span, 0.15, 0.16, paint if height == heights[0] else second, 0.05 * span).at(
                0, a, z + height
            )
        )
    if style != "low":
        for y in (0.25, 1.0) if style == "two" else (0.5,):
            x = 0.62 * span
            parts += mirrored(
                rod(
                    (x if style == "two" else w * 0.8, a + y, z - 0.32),
                    (x, a + y, z + heights[-1] + 0.04 * span),
                    0.03,
                    dark,
                    5,
                )
            )
    parts += mirrored(wing(0.85, 0.6, 1.35, 0.2, 0.07, paint).at(0, f + 0.85 * length, z + 0.3))
    parts.append(prism([(0, 0), (1.05, 0), (1.1, 1.15), (0.6, 1.2)], 0.07, second).at(0, f + 0.83 * length, z + 0.25))
    parts.append(
        lathe([(0, 0), (0.1, 0.06), (0.16, 0.3), (0, 0.3)], second, 12).turned("x", -90).at(0, f - 0.28, z - 0.02)
    )
    blade = prism([(-0.09, 0.05), (0.09, 0.05), (0.07, 0.95), (-0.05, 0.98)], 0.04, dark, "y")
    count, start = int(rng.integers(2, 4)), rng.uniform(0, 180)
    parts += [blade.turned("y", start + 360 * k / count).at(0, f - 0.1, z - 0.02) for k in range(count)]
    for x in (-0.95, 0.95):
        parts.append(rod((x * 0.4, a + 0.2, z - 0.35), (x, a, 0.28), 0.04, dark, 5))
        parts.append(cylinder(0.28, 0.16, dark, 12).turned("y", 90).at(x - 0.08, a, 0.28))
    parts.append(rod((0, f + 0.9 * length, z + 0.2), (0, f + 0.93 * length, 0.8), 0.03, dark, 5))
    return parts


def rocket(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A rocket standing on its fins or boosters: body, pointed nose, bands, portholes, nozzle."""
    word = colour or pick(rng, ("white", "white", "red", "grey", "blue", "orange", "yellow"))
    paint, second = coat(rng, word, "hull"), second_colour(rng, word)
    dark, glass = (
        palette.plain("nozzle", (0.15, 0.15, 0.16), 0.4, 0.4),
        palette.plain("porthole", (0.3, 0.55, 0.75), 0.1),
    )
    r = rng.uniform(0.9, 1.6)
    h = r * rng.uniform(6.0, 11.0)
    lift, belly = 0.7 * r, rng.uniform(0.0, 0.25) * (h < 8 * r)
    t = np.linspace(0, 1, 7)
    nose = rng.uniform(1.8, 3.0) * r
    side = np.stack([r * (0.85 + belly + (0.15 - belly) * t + belly * np.sin(math.pi * t)), (h - nose) * t], 1)
    s = np.linspace(0, 1, 7)[1:]
    cone = np.stack([r * np.maximum(np.cos(s * math.pi / 2), 0.0) ** rng.uniform(0.7, 1.1), h - nose + nose * s], 1)
    cone[-1, 0] = 0.0
    body = lathe([(0, 0), *side, (0, h - nose)], paint, 18, tile=3.0, crease=50)
    parts = [
        body.at(z=lift),
        lathe(
            [(0, h - nose), (side[-1, 0], h - nose), *cone],
            second if rng.random() < 0.7 else paint,
            18,
            tile=3.0,
            crease=60,
        ).at(z=lift),
    ]
    for share in rng.choice([0.15, 0.35, 0.55, 0.75], 2, replace=False):
        wide = float(np.interp(share, t, side[:, 0])) + 0.02
        parts.append(cylinder(wide, 0.16 * r, second, 18).at(z=lift + share * (h - nose)))
    parts.append(lathe([(0, 0), (0.6 * r, 0), (0.35 * r, lift), (0, lift)], dark, 14).at(z=0.01))
    if rng.random() < 0.65:
        count, out, tall = int(rng.integers(3, 5)), rng.uniform(0.9, 1.4) * r, rng.uniform(1.6, 2.6) * r
        fin = prism(
            [(0.7 * r, lift), (0.8 * r + out, 0.0), (0.8 * r + out, 0.4 * r), (0.75 * r, tall)], 0.1 * r, second, "y"
        )
        parts += [fin.turned("z", 45 + 360 * k / count) for k in range(count)]
    else:
        high = rng.uniform(0.4, 0.65) * h
        booster = lathe(
            [(0, 0.3 * r), (0.3 * r, 0.0), (0.24 * r, 0.4 * r), (0.42 * r, 0.5 * r), (0.42 * r, high), (0.0, high + r)],
            paint,
            12,
            tile=3.0,
        )
        parts += [
            booster.at(1.35 * r * float(p[0]), 1.35 * r * float(p[1]))
            for p in polygon(2 if rng.random() < 0.5 else 4, 1.0)
        ]
    for k in range(int(rng.integers(1, 4))):
        z = lift + (h - nose) * (0.9 - 0.17 * k)
        wide = float(np.interp((z - lift) / (h - nose), t, side[:, 0]))
        parts.append(cylinder(0.3 * r, 0.16 * r, dark, 12).turned("x", 90).at(0, -wide + 0.1 * r, z))
        parts.append(cylinder(0.22 * r, 0.2 * r, glass, 12).turned("x", 90).at(0, -wide + 0.1 * r, z))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "airplane": AssetKind(airplane, (6.4, 37.0), fronted=True),
    "rocket": AssetKind(rocket, (5.5, 19.5)),
}
