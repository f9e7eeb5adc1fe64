"""Turned and thrown things: mugs, bowls, plates, bottles, vases, teapots, candles, baskets, pans."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array
from . import palette, pictures, textures
from .kind import Pieces
from .palette import pick
from .primitives import cylinder, lathe, sphere, tube

GLAZES = (
    "white",
    "cream",
    "blue",
    "teal",
    "red",
    "yellow",
    "mint",
    "terracotta",
    "navy",
    "grey",
    "green",
    "pink",
    "orange",
)


def glaze_pair(rng: np.random.Generator, colour: str | None) -> tuple[str, str, str]:
    """Returns a glaze colour, another for its pattern, and the pattern's name."""
    first = colour or pick(rng, GLAZES)
    second = pick(rng, [g for g in GLAZES if g != first])
    return first, second, pick(rng, ("plain", "bands", "dots", "checks", "dipped"))


def shell(outside: Array, wall: float, foot: float) -> Array:
    """Returns the closed profile of a vessel: ``outside`` [P, 2] from the axis up to the rim, ``wall`` metres thick.

    The inside follows the outside at that distance, its floor lies ``foot`` metres above the base; the rim is round.
    """
    radius, height = outside[1:, 0], outside[1:, 1]
    inner_z = np.linspace(foot, height[-1], 2 * len(outside))
    inner_r = np.maximum(np.interp(inner_z, height + np.arange(len(height)) * 1e-9, radius) - wall, 0.25 * radius.min())
    inner = np.stack([inner_r, inner_z], 1)[::-1]
    rim = outside[-1] + [-wall / 2, wall * 0.4]
    return np.concatenate([outside, [rim], inner, [[0.0, foot]]])


def mug(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A mug with a handle, hollow."""
    r, h, wall = rng.uniform(0.037, 0.046), rng.uniform(0.085, 0.11), 0.0042
    first, second, pattern = glaze_pair(rng, colour)
    glaze = palette.ceramic(rng, first, second, pattern)
    belly, taper = rng.uniform(0.0, 0.12), rng.uniform(0.86, 1.0)
    t = np.linspace(0, 1, 9)[1:]
    side = np.stack([r * (taper + (1 - taper) * t + belly * np.sin(math.pi * t) * 0.5), h * t], 1)
    outside = np.concatenate([[[0, 0], [r * taper * 0.86, 0], [r * taper * 0.97, 0.004]], side])
    body = lathe(shell(outside, wall, 0.006), glaze, 48)
    reach, low, high = rng.uniform(0.024, 0.034), 0.22 * h, 0.82 * h
    angle = np.linspace(-math.pi / 2, math.pi / 2, 15)
    ends = np.interp([low, high], outside[1:, 1], outside[1:, 0]) - wall * 0.55
    x = np.interp(angle, [-math.pi / 2, math.pi / 2], ends) + reach * np.cos(angle) ** 0.8
    path = np.stack([x, np.zeros(15), (low + high) / 2 + (high - low) / 2 * np.sin(angle)], 1)
    handle = tube(path, 0.0058, palette.plain(f"{first} handle", palette.shade(rng, second if pattern == "dipped" else first), 0.2),
                  12, squash=0.62)  # fmt: skip
    return {"": [body, handle]}


def bowl(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A hollow bowl on a foot ring."""
    r, h = rng.uniform(0.07, 0.15), rng.uniform(0.055, 0.09)
    first, second, pattern = glaze_pair(rng, colour)
    a = np.linspace(0.25, math.pi / 2, 10)
    side = np.stack([r * np.sin(a) ** rng.uniform(0.75, 1.1), 0.012 + (h - 0.012) * (1 - np.cos(a))], 1)
    foot = side[0, 0] * 0.9
    outside = np.concatenate([[[0, 0], [foot, 0], [foot, 0.008]], side])
    return {"": [lathe(shell(outside, 0.005, 0.013), palette.ceramic(rng, first, second, pattern), 48)]}


def plate(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A dinner plate with a raised rim."""
    r, h = rng.uniform(0.10, 0.15), rng.uniform(0.018, 0.026)
    first, second, pattern = glaze_pair(rng, colour)
    outer = [(0, 0), (0.55 * r, 0), (0.6 * r, 0.002), (0.7 * r, 0.45 * h), (0.97 * r, 0.92 * h), (r, h)]
    inner = [(0.96 * r, h), (0.7 * r, 0.45 * h + 0.005), (0.6 * r, 0.0065), (0, 0.006)]
    return {
        "": [lathe(outer + inner, palette.ceramic(rng, first, second, "plain" if pattern == "dots" else pattern), 56)]
    }


def bottle(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A stoppered bottle with a paper label."""
    r, h = rng.uniform(0.034, 0.045), rng.uniform(0.24, 0.33)
    red, green, blue = palette.shade(rng, colour or pick(rng, ("green", "brown", "blue", "teal", "red", "white")))
    glass = (0.75 * red, 0.75 * green, 0.75 * blue)
    paper, ink = (0.93, 0.9, 0.82), palette.shade(rng, pick(rng, ("black", "red", "navy", "green")))
    neck, shoulder = r * rng.uniform(0.34, 0.42), rng.uniform(0.52, 0.62)
    profile = [(0, 0.004), (r * 0.8, 0.0), (r, 0.006), (r, shoulder * h)]
    a = np.linspace(0, math.pi / 2, 8)[1:]
    profile += [(neck + (r - neck) * math.cos(x), h * (shoulder + 0.16 * math.sin(x))) for x in a]
    profile += [(neck, 0.93 * h), (neck * 1.18, 0.935 * h), (neck * 1.18, 0.96 * h), (neck, 0.965 * h), (0, 0.965 * h)]
    wrap = palette.textured("label", pictures.label(rng, glass, paper, ink), 0.15)
    cork = cylinder(neck * 0.85, 0.05 * h, palette.plain("cork", (0.76, 0.6, 0.42), 0.9), 20, 0.002).at(z=0.95 * h)
    return {"": [lathe(profile, wrap, 40), cork]}


def vase(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A hollow vase with a drawn-in neck."""
    r, h = rng.uniform(0.05, 0.085), rng.uniform(0.18, 0.34)
    first, second, pattern = glaze_pair(rng, colour)
    knots = [
        rng.uniform(0.5, 0.7),
        rng.uniform(0.9, 1.0),
        1.0,
        rng.uniform(0.4, 0.7),
        rng.uniform(0.3, 0.45),
        rng.uniform(0.45, 0.75),
    ]
    t = np.linspace(0, 1, 22)
    from_knots = np.interp(t, np.linspace(0, 1, 6), knots)
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    smooth = np.convolve(np.pad(from_knots, 2, mode="edge"), kernel, "valid")
    outside = np.concatenate([[[0, 0], [r * smooth[0] * 0.94, 0]], np.stack([r * smooth, 0.004 + (h - 0.004) * t], 1)])
    return {"": [lathe(shell(outside, 0.0055, 0.012), palette.ceramic(rng, first, second, pattern), 44)]}


def teapot(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A round teapot: body, spout, handle and lid."""
    r = rng.uniform(0.062, 0.08)
    first, second, pattern = glaze_pair(rng, colour)
    glaze = palette.ceramic(rng, first, second, "plain" if pattern == "dipped" else pattern)
    a = np.linspace(-1.1, 1.25, 18)
    side = np.stack([r * np.cos(a), 0.86 * r * (np.sin(a) + math.sin(1.1)) + 0.004], 1)
    top = side[-1]
    body = lathe([(0, 0), (side[0, 0] * 0.95, 0), *side, (0, top[1])], glaze, 44)
    lid = lathe(
        [(0, 0), (top[0] + 0.004, 0), (top[0] + 0.004, 0.005), (0.5 * top[0], 0.013), (0, 0.016)], glaze, 32
    ).at(z=top[1])
    knob = sphere((0.009, 0.009, 0.009), glaze, 10, 16).at(z=top[1] + 0.022)
    s = np.linspace(0, 1, 10)
    spout_path = np.stack([r * (0.72 + 0.95 * s), 0 * s, r * (0.62 + 0.95 * s**1.7)], 1)
    spout = tube(spout_path, np.interp(s, [0, 1], [0.3 * r, 0.12 * r]), glaze, 16)
    b = np.linspace(-1.25, 1.25, 14)
    handle_path = np.stack([-r * (0.72 + 0.62 * np.cos(b)), 0 * b, r * (0.85 + 0.55 * np.sin(b))], 1)
    return {"": [body, lid, knob, spout, tube(handle_path, 0.0075, glaze, 12)]}


def candle(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A candle with a flame in a brass holder."""
    h, r = rng.uniform(0.1, 0.2), rng.uniform(0.012, 0.026)
    wax = palette.plain(
        "wax", palette.shade(rng, colour or pick(rng, ("cream", "white", "red", "orange"))), 0.5, glow=0.08
    )
    brass = palette.metal(rng, "brass")
    dish = lathe([(0, 0), (2.2 * r, 0), (2.5 * r, 0.012), (2.4 * r, 0.013), (2.1 * r, 0.004), (1.25 * r, 0.004), (1.25 * r, 0.02),
                  (0, 0.02)], brass, 32)  # fmt: skip
    body = lathe([(0, 0), (r, 0), (r, h), (0.9 * r, h + 0.002), (0.6 * r, h - 0.002), (0, h - 0.003)], wax, 28).at(
        z=0.019
    )
    wick = cylinder(0.0012, 0.01, palette.plain("wick", (0.1, 0.09, 0.08)), 8).at(z=0.015 + h)
    t = np.linspace(0, 1, 9)
    flame = lathe(
        np.stack([0.007 * np.sin(math.pi * t**0.75), 0.028 * t], 1) * [[1, 1]],
        palette.plain("flame", (1.0, 0.75, 0.3), glow=2.5),
        16,
    )
    return {"": [dish, body, wick, flame.at(z=0.02 + h)]}


def basket(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A round wicker basket, open on top, with two grips."""
    r, h = rng.uniform(0.15, 0.24), rng.uniform(0.18, 0.30)
    light, dark = palette.WOODS[pick(rng, ("pine", "oak", "birch"))]
    weave = palette.textured("wicker", textures.wicker(rng, light, dark), 0.9)
    t = np.linspace(0, 1, 8)
    outside = np.concatenate([[[0, 0]], np.stack([r * (0.78 + 0.22 * t**0.8), h * t], 1)])
    parts = [lathe(shell(outside, 0.012, 0.014), weave, 48, tile=0.22)]
    around = 2 * math.pi * np.arange(40) / 40
    parts.append(tube(np.stack([(r - 0.006) * np.cos(around), (r - 0.006) * np.sin(around), np.full(40, h)], 1), 0.011, weave, 10,
                      tile=0.05, closed=True))  # fmt: skip
    a = np.linspace(0, math.pi, 12)
    for side in (-1, 1):
        path = np.stack([np.full(12, side * (r - 0.006)), 0.06 * np.cos(a), h + 0.055 * np.sin(a)], 1)
        parts.append(tube(path, 0.008, weave, 10, tile=0.05))
    return {"": parts}


def pan(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A frying pan with a long handle towards +x."""
    r, h = rng.uniform(0.11, 0.15), rng.uniform(0.04, 0.055)
    iron = palette.plain("coating", palette.shade(rng, colour or pick(rng, ("black", "grey", "red", "teal"))), 0.35)
    profile = [
        (0, 0),
        (0.8 * r, 0),
        (0.86 * r, 0.004),
        (r, h),
        (r - 0.003, h),
        (0.85 * r, 0.008),
        (0.79 * r, 0.004),
        (0, 0.004),
    ]
    t = np.linspace(0, 1, 8)
    path = np.stack([r * 0.955 + 0.19 * t, 0 * t, h * 0.8 + 0.022 * t], 1)
    grip = tube(path, np.array([0.008, 0.009, 0.01, 0.012, 0.0125, 0.0125, 0.012, 0.009]), palette.wood(rng, "ebony"),
                12, squash=1.5)  # fmt: skip
    return {"": [lathe(profile, iron, 44), grip]}
