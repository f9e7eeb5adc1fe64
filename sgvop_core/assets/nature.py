"""Trees, bushes and rocks, in real size."""

from __future__ import annotations

import math

import numpy as np

from ..scene.model import Array, Material
from . import palette, textures
from .kind import AssetKind, Pieces
from .palette import pick
from .parts import Part
from .primitives import cylinder, lathe, sphere, tube
from .solids import loft, oriented, rod

GREENS = ((0.20, 0.42, 0.14), (0.30, 0.48, 0.16), (0.14, 0.33, 0.16), (0.42, 0.52, 0.18), (0.24, 0.40, 0.24))
AUTUMN = ((0.78, 0.42, 0.12), (0.72, 0.22, 0.12), (0.85, 0.68, 0.2))


def foliage(rng: np.random.Generator, colour: str | None, autumn: float = 0.15) -> Material:
    """Returns leaves seen from afar: a colour word, a green, or with the chance ``autumn`` a yellow, orange or red."""
    if colour is not None:
        shade = np.asarray(palette.shade(rng, colour))
    else:
        tones = AUTUMN if rng.random() < autumn else GREENS
        shade = np.asarray(tones[int(rng.integers(0, len(tones)))]) * rng.uniform(0.85, 1.15)
    share = 0.5 * textures.fractal(64, 64, rng, (8, 8), 2) + 0.5 * textures.noise(64, 64, rng, (32, 32))
    return palette.textured(
        "leaves", textures.to_bytes(textures.mix(0.5 * shade, 1.25 * shade, 1.4 * share - 0.2)), 0.9
    )


def bark(rng: np.random.Generator, birch: bool = False) -> Material:
    """Returns bark: brown and furrowed, or a birch's white with dark marks."""
    if birch:
        marks = textures.noise(64, 64, rng, (24, 6)) > 0.8
        return palette.textured(
            "birch bark",
            textures.to_bytes(textures.mix((0.88, 0.87, 0.83), (0.15, 0.14, 0.13), marks.astype(float))),
            0.8,
        )
    furrow = textures.noise(64, 64, rng, (4, 24)) * 0.7 + textures.noise(64, 64, rng, (16, 32)) * 0.3
    shade = np.asarray((0.42, 0.31, 0.22)) * rng.uniform(0.8, 1.2)
    return palette.textured("bark", textures.to_bytes(textures.mix(0.55 * shade, 1.1 * shade, furrow)), 0.95)


def lump(
    rng: np.random.Generator,
    radius: tuple[float, float, float],
    material: Material,
    rough: float = 0.12,
    rows: int = 8,
    segments: int = 11,
) -> Part:
    """Returns a closed lumpy ellipsoid with half axes ``radius`` [3]; ``rough`` is the share by which it swells and shrinks."""
    waves = rng.normal(0, 2.6, (6, 3))
    phase = rng.uniform(0, 2 * math.pi, 6)

    def swell(v: Array) -> Array:
        return np.asarray(v * (1 + rough * np.sin(v @ waves.T + phase).sum(1, keepdims=True) / 1.7))

    return sphere((1, 1, 1), material, rows, segments).warped(swell).scaled(*radius)


def tree(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A tree: round-headed, a conifer, a poplar, a palm, or bare."""
    style = pick(
        rng, ("round", "round", "round", "conifer", "conifer", "poplar", "palm") + (() if colour else ("bare",))
    )
    if style == "palm":
        return {"": palm(rng, foliage(rng, colour, 0.0))}
    if style == "bare":
        return {"": bare_tree(rng)}
    h = rng.uniform(4.0, 8.0)
    trunk = bark(rng, style == "round" and rng.random() < 0.25)
    leaves = foliage(rng, colour, 0.2 if style == "round" else 0.0)
    r = h * rng.uniform(0.022, 0.04)
    if style == "conifer":
        foot, wide, tiers = 0.14 * h, h * rng.uniform(0.2, 0.3), int(rng.integers(3, 7))
        parts = [cylinder(r, 0.3 * h, trunk, 10, top=0.8 * r)]
        for k in range(tiers):
            low = foot + (h - foot) * 0.82 * k / tiers
            size = wide * (1 - 0.78 * k / tiers)
            high = (h - foot) * (0.82 / tiers + 0.18)
            skirt = [(0, 0.06 * high), (size, 0), (0.95 * size, 0.06 * high), (0.4 * size, 0.6 * high), (0, high)]
            part = lathe(skirt, leaves, 13, tile=1.0, crease=60)
            parts.append(part.turned("z", float(rng.uniform(0, 90))).at(z=low))
        return {"": parts}
    if style == "poplar":
        wide = h * rng.uniform(0.11, 0.16)
        crown = lump(rng, (wide, wide, 0.44 * h), leaves, 0.07, 12, 12).at(z=0.56 * h)
        return {"": [cylinder(r, 0.3 * h, trunk, 10, top=0.8 * r), crown]}
    fork, crown_r = h * rng.uniform(0.35, 0.48), h * rng.uniform(0.24, 0.34)
    middle = np.array([0.0, 0.0, h - 0.85 * crown_r])
    parts = [
        tube(
            [(0, 0, 0), (0, 0, 0.05 * h), (rng.uniform(-0.03, 0.03) * h, 0, fork), (0, 0, h - 0.85 * crown_r)],
            np.array([1.7, 1.1, 0.85, 0.5]) * r,
            trunk,
            9,
        )
    ]
    count, start = int(rng.integers(3, 7)), rng.uniform(0, 6)
    parts.append(lump(rng, (0.75 * crown_r, 0.75 * crown_r, 0.8 * crown_r), leaves).at(*middle))
    for k in range(count):
        angle = start + 2 * math.pi * k / count
        out, size = rng.uniform(0.45, 0.62) * crown_r, rng.uniform(0.5, 0.68) * crown_r
        at = middle + [out * math.cos(angle), out * math.sin(angle), rng.uniform(-0.4, 0.25) * crown_r]
        parts.append(lump(rng, (size, size, 0.85 * size), leaves).at(*at))
        if k < 3:
            parts.append(rod((0, 0, fork * rng.uniform(0.85, 1.0)), at, 0.5 * r, trunk, 6, tip=0.25 * r))
    return {"": parts}


def palm(rng: np.random.Generator, leaves: Material) -> list[Part]:
    """Returns a palm: a leaning trunk with rings and a crown of drooping fronds."""
    h, lean = rng.uniform(4.0, 7.0), rng.uniform(-0.18, 0.18)
    t = np.linspace(0, 1, 9)
    path = np.stack([lean * h * t**2 - lean * h * 0.3, 0 * t, h * t], 1)
    trunk = bark(rng)
    parts = [tube(path, h * np.interp(t, [0, 0.1, 1], [0.045, 0.03, 0.02]), trunk, 9, tile=0.5)]
    count, reach = int(rng.integers(8, 13)), h * rng.uniform(0.28, 0.38)
    for k in range(count):
        s = np.linspace(0, 1, 6)
        rise = rng.uniform(0.1, 0.45)
        along = np.stack([reach * s, 0 * s, reach * (rise * s - rng.uniform(0.55, 0.85) * s**2)], 1)
        wide = reach * 0.16 * np.sin(math.pi * np.clip(s * 0.9 + 0.08, 0, 1)) + 0.01
        rings = np.stack(
            [
                along + np.stack([0 * s, side * wide, drop * wide - 0 * s], 1)
                for side, drop in ((-1, -0.45), (0, 0.12), (1, -0.45), (0, -0.12))
            ],
            1,
        )
        parts.append(
            loft(rings, leaves, 0.8, crease=60).turned("z", 360 * k / count + rng.uniform(-12, 12)).at(*path[-1])
        )
    nut = palette.plain("nut", (0.35, 0.22, 0.12), 0.7)
    for k in range(int(rng.integers(0, 4))):
        a = 2.1 * k
        parts.append(sphere((0.1,) * 3, nut, 6, 8).at(path[-1][0] + 0.14 * math.cos(a), 0.14 * math.sin(a), h - 0.12))
    return parts


def bare_tree(rng: np.random.Generator) -> list[Part]:
    """Returns a tree without leaves, forking twice."""
    trunk, h = bark(rng), rng.uniform(3.5, 6.5)
    r = 0.03 * h
    parts = [rod((0, 0, 0), (0, 0, 0.4 * h), 1.3 * r, trunk, 9, tip=r)]
    count, start = int(rng.integers(4, 7)), rng.uniform(0, 6)
    for k in range(count):
        a, foot = start + 2 * math.pi * k / count, np.array([0, 0, h * rng.uniform(0.3, 0.39)])
        end = foot + h * np.array([0.2 * math.cos(a), 0.2 * math.sin(a), rng.uniform(0.22, 0.34)])
        parts.append(rod(foot, end, 0.6 * r, trunk, 6, tip=0.35 * r))
        for turn in (-0.7, 0.1, 0.8):
            b, share = a + turn, rng.uniform(0.5, 0.98)
            tip = h * np.array([0.14 * math.cos(b), 0.14 * math.sin(b), rng.uniform(0.12, 0.24)])
            start_at = foot + (end - foot) * share
            parts.append(rod(start_at, start_at + tip, 0.3 * r, trunk, 5, tip=0.08 * r))
    return parts


def bush(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bush: a heap of leafy lumps or a clipped ball or box, sometimes in bloom or with berries."""
    leaves = foliage(rng, colour, 0.06)
    s = rng.uniform(0.4, 0.75)
    style = pick(rng, ("heap", "heap", "heap", "ball", "hedge"))
    parts = []
    if style == "heap":
        parts.append(lump(rng, (0.75 * s, 0.75 * s, 0.8 * s), leaves, 0.14, 10, 13).at(z=0.7 * s))
        count, start = int(rng.integers(3, 7)), rng.uniform(0, 6)
        for k in range(count):
            a, size = start + 2 * math.pi * k / count, s * rng.uniform(0.42, 0.6)
            parts.append(
                lump(rng, (size, size, 0.95 * size), leaves, 0.14).at(
                    0.6 * s * math.cos(a), 0.6 * s * math.sin(a), 0.95 * size
                )
            )
    elif style == "ball":
        parts += [lump(rng, (s, s, s), leaves, 0.03, 12, 16).at(z=1.15 * s), cylinder(0.09 * s, 0.4 * s, bark(rng), 8)]
    else:
        x, y, z = s * rng.uniform(1.2, 1.8), 0.6 * s, s * rng.uniform(0.7, 1.0)

        def boxed(v: Array) -> Array:
            squared = np.sign(v) * np.abs(v) ** 0.35
            return (
                squared
                / np.maximum(np.abs(squared).max(1, keepdims=True), 1e-9)
                * np.abs(v).max(1, keepdims=True) ** 0.15
            )

        hedge = sphere((1, 1, 1), leaves, 12, 20).warped(boxed).scaled(x, y, z).at(z=z)
        parts.append(oriented(hedge.vertices, hedge.faces, leaves, 0.7, 60.0))
    if rng.random() < 0.35:
        bloom = palette.plain(
            "blossom",
            palette.shade(rng, pick(rng, [c for c in ("red", "pink", "white", "yellow", "purple") if c != colour])),
            0.7,
        )
        for part in list(parts[:1] + parts[2:] if style == "ball" else parts):
            top = part.vertices[part.vertices[:, 2] > np.median(part.vertices[:, 2])]
            for p in top[rng.permutation(len(top))[:7]]:
                parts.append(sphere((0.07 * s,) * 3, bloom, 4, 6).at(*p))
    return {"": parts}


def rock(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A rock with hewn facets, flat below; sometimes two or three together."""
    tone = (
        palette.shade(rng, colour)
        if colour
        else np.asarray(palette.shade(rng, pick(rng, ("grey", "grey", "brown", "cream")))) * rng.uniform(0.65, 1.0)
    )
    stone = palette.textured("stone", textures.stone(rng, [float(c) for c in tone], 64), 0.95)
    s = rng.uniform(0.15, 0.8)
    parts = [boulder(rng, s * rng.uniform(0.7, 1.0), stone)]
    for side in rng.permutation([-1.0, 1.0])[: int(rng.integers(0, 3))]:
        parts.append(
            boulder(rng, s * rng.uniform(0.3, 0.5), stone).at(
                side * s * rng.uniform(0.7, 0.9), rng.uniform(-0.5, 0.1) * s
            )
        )
    return {"": parts}


def boulder(rng: np.random.Generator, radius: float, stone: Material) -> Part:
    """Returns one rock on z = 0: a ball cut by random planes."""
    ball = sphere((1, 1, 1), stone, 9, 13)
    v = ball.vertices + rng.normal(0, 0.02, ball.vertices.shape)
    normals = rng.normal(0, 1, (11, 3))
    normals[0] = (0, 0, -1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    limits = np.concatenate([[0.55], rng.uniform(0.55, 0.85, 10)])
    # A point beyond a plane goes back along its ray to that plane: the ball stays star-shaped, so closed.
    v *= np.minimum(1.0, (limits / np.maximum(v @ normals.T, 1e-9)).min(1))[:, None]
    v *= rng.uniform(0.8, 1.25, 3) * [1, 1, 0.9] * radius
    part = oriented(v - [0, 0, v[:, 2].min()], ball.faces, stone, 1.0, 22.0)
    return part


KINDS: dict[str, AssetKind] = {
    "tree": AssetKind(tree, (2.6, 9.0)),
    "bush": AssetKind(bush, (0.7, 2.9)),
    "rock": AssetKind(rock, (0.15, 2.4)),
}
