"""Wooden furniture: tables, desks, shelves, cabinets, chairs, stools, crates, ladders."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ..scene.model import Material
from . import palette, textures
from .kind import Pieces
from .palette import pick
from .parts import Part
from .primitives import box, cylinder, lathe, rounded_box, tube


def timber(rng: np.random.Generator, colour: str | None = None) -> Material:
    """Returns wood, or painted wood when a colour word is given and is no wood's name."""
    if colour in palette.WOODS:
        return palette.wood(rng, colour)
    if colour is not None:
        return palette.painted_wood(rng, colour)
    return (
        palette.wood(rng)
        if rng.random() < 0.75
        else palette.painted_wood(rng, pick(rng, ("white", "teal", "grey", "mint", "red")))
    )


def board(rng: np.random.Generator, x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], wood: Material,
          bevel: float = 0.003, grain: int | None = None) -> Part:  # fmt: skip
    """Returns a board between the given limits (metres), with its own stretch of grain."""
    size = (x[1] - x[0], y[1] - y[0], z[1] - z[0])
    part = box(size, wood, bevel, 0.6, grain, float(rng.random() * 3))
    return part.at((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, z[0])


def tapered_leg(rng: np.random.Generator, height: float, top: float, foot: float, wood: Material) -> Part:
    """Returns a square leg that narrows to its foot, standing on z = 0."""
    leg = box((top, top, height), wood, 0.004, 0.6, 2, float(rng.random() * 3))
    share = foot / top

    def narrow(v: np.ndarray) -> np.ndarray:
        v[:, :2] *= (share + (1 - share) * np.clip(v[:, 2] / height, 0, 1))[:, None]
        return v

    return leg.warped(narrow)


def four_legs(rng: np.random.Generator, x: float, y: float, height: float, top: float, wood: Material) -> list[Part]:
    """Returns four tapered legs with tops at (+-x, +-y)."""
    return [tapered_leg(rng, height, top, top * 0.6, wood).at(sx * x, sy * y) for sx in (-1, 1) for sy in (-1, 1)]


def span(a: float, b: float) -> tuple[float, float]:
    """Returns the two limits in order."""
    return (min(a, b), max(a, b))


def table(rng: np.random.Generator, colour: str | None = None, width: tuple[float, float] = (1.1, 1.6),
          depth: tuple[float, float] = (0.7, 0.9), height: tuple[float, float] = (0.70, 0.77)) -> Pieces:  # fmt: skip
    """A table: bevelled top, apron, tapered legs; sometimes round on turned legs."""
    w, d, h = rng.uniform(*width), rng.uniform(*depth), rng.uniform(*height)
    wood, t = timber(rng, colour), rng.uniform(0.025, 0.04)
    leg = rng.uniform(0.05, 0.075)
    parts = [board(rng, (-w / 2, w / 2), (-d / 2, d / 2), (h - t, h), wood, 0.008)]
    x, y, a = w / 2 - leg * 0.9, d / 2 - leg * 0.9, 0.08
    parts += four_legs(rng, x, y, h - t + 0.001, leg, wood)
    for s in (-1, 1):
        parts.append(board(rng, (-x, x), (s * y - 0.011, s * y + 0.011), (h - t - a, h - t + 0.001), wood))
        parts.append(board(rng, (s * x - 0.011, s * x + 0.011), (-y, y), (h - t - a, h - t + 0.001), wood))
    return {"": parts}


def side_table(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A small round table on three or four splayed legs, or with a marble top on a column."""
    r, h, t = rng.uniform(0.2, 0.28), rng.uniform(0.42, 0.56), 0.024
    wood = timber(rng, colour)
    top = wood
    if rng.random() < 0.35:
        top = palette.textured("marble", textures.marble(rng, (0.93, 0.92, 0.9), (0.4, 0.4, 0.43)), 0.2)
    disc = lathe([(0, 0), (r - 0.008, 0), (r, 0.008), (r, t - 0.006), (r - 0.006, t), (0, t)], top, 56)
    flat = disc.vertices[disc.faces][..., :2] / 0.5
    disc = Part(disc.vertices, disc.faces, flat, top, disc.crease)
    parts = [disc.at(z=h - t)]
    if rng.random() < 0.3:
        parts.append(
            lathe(
                [(0, 0), (0.62 * r, 0), (0.62 * r, 0.012), (0.05, 0.03), (0.024, 0.06), (0.02, h - t), (0, h - t)],
                wood,
                36,
            )
        )
    else:
        legs = 3 if rng.random() < 0.5 else 4
        for k in range(legs):
            a = 2 * math.pi * (k + 0.5) / legs
            foot, head = (
                (0.95 * r * math.cos(a), 0.95 * r * math.sin(a), 0.0),
                (0.6 * r * math.cos(a), 0.6 * r * math.sin(a), h - t + 0.004),
            )
            parts.append(tube([foot, head], np.array([0.013, 0.02]), wood, 14, tile=0.3))
    return {"": parts}


def coffee_table(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A low table with an under-shelf."""
    pieces = table(rng, colour, (0.9, 1.2), (0.5, 0.65), (0.38, 0.46))
    parts = pieces[""]
    w, d = (float(np.ptp(parts[0].vertices[:, a])) for a in (0, 1))
    parts.append(
        board(rng, (-w / 2 + 0.05, w / 2 - 0.05), (-d / 2 + 0.05, d / 2 - 0.05), (0.12, 0.14), parts[0].material)
    )
    return pieces


def desk(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A desk: top, a pedestal of drawers at +x, a panel at -x, a modesty board at the back."""
    w, d, h, t = rng.uniform(1.2, 1.6), rng.uniform(0.6, 0.75), rng.uniform(0.72, 0.76), 0.03
    wood, knob = timber(rng, colour), palette.metal(rng, pick(rng, ("steel", "brass", "iron")))
    px = w / 2 - 0.4
    parts = [
        board(rng, (-w / 2, w / 2), (-d / 2, d / 2), (h - t, h), wood, 0.006),
        board(rng, (-w / 2 + 0.03, -w / 2 + 0.06), (-d / 2 + 0.03, d / 2 - 0.03), (0, h - t + 0.001), wood, grain=2),
        board(rng, (px, w / 2 - 0.03), (-d / 2 + 0.05, d / 2 - 0.03), (0.0, h - t + 0.001), wood),
        board(rng, (-w / 2 + 0.05, px + 0.01), (d / 2 - 0.06, d / 2 - 0.04), (h - t - 0.3, h - t + 0.001), wood),
    ]
    levels = np.linspace(0.06, h - t - 0.02, 4)
    for a, b in pairwise(levels):
        parts.append(
            board(rng, (px + 0.012, w / 2 - 0.042), (-d / 2 + 0.03, -d / 2 + 0.052), (a + 0.006, b - 0.006), wood)
        )
        handle = tube(
            [(px + 0.12, -d / 2 + 0.02, (a + b) / 2), (w / 2 - 0.15, -d / 2 + 0.02, (a + b) / 2)], 0.006, knob, 10
        )
        parts.append(handle)
        for x in (px + 0.13, w / 2 - 0.16):
            parts.append(tube([(x, -d / 2 + 0.035, (a + b) / 2), (x, -d / 2 + 0.02, (a + b) / 2)], 0.004, knob, 8))
    return {"": parts}


def shelf(rng: np.random.Generator, colour: str | None = None, width: tuple[float, float] = (0.7, 1.0),
          height: tuple[float, float] = (1.1, 1.5), boards: int | None = None, depth: float = 0.3) -> Pieces:  # fmt: skip
    """A bookcase: two sides, a back, three to five boards; the bays are open to the front (-y)."""
    w, h, t = rng.uniform(*width), rng.uniform(*height), 0.022
    wood, bays = timber(rng, colour), boards or int(rng.integers(3, 5))
    parts = [board(rng, (s * w / 2 - (t if s > 0 else 0), s * w / 2 + (0 if s > 0 else t)), (-depth / 2, depth / 2), (0, h), wood, grain=2)
             for s in (-1, 1)]  # fmt: skip
    parts.append(
        board(
            rng,
            (-w / 2 + t * 0.9, w / 2 - t * 0.9),
            (depth / 2 - 0.008, depth / 2 - 0.0005),
            (0.04, h - 0.002),
            wood,
            0.001,
            2,
        )
    )
    for z in np.linspace(0.06, h - t, bays + 1):
        parts.append(
            board(rng, (-w / 2 + t * 0.9, w / 2 - t * 0.9), (-depth / 2 + 0.003, depth / 2 - 0.007), (z, z + t), wood)
        )
    parts.append(
        board(rng, (-w / 2 + t * 0.9, w / 2 - t * 0.9), (-depth / 2 + 0.02, -depth / 2 + 0.035), (0, 0.065), wood)
    )
    return {"": parts}


def cabinet(rng: np.random.Generator, colour: str | None = None, width: tuple[float, float] = (0.7, 1.1),
            height: tuple[float, float] = (0.75, 0.95), depth: float = 0.42) -> Pieces:  # fmt: skip
    """A closed cabinet: carcass on short legs with two panelled doors (children) and knobs."""
    w, h, lift, t = rng.uniform(*width), rng.uniform(*height), 0.09, 0.025
    wood = timber(rng, colour)
    knob = palette.metal(rng, pick(rng, ("brass", "steel", "iron")))
    parts = [
        board(rng, (-w / 2, w / 2), (-depth / 2, depth / 2), (lift, h - t), wood, 0.004),
        board(rng, (-w / 2 - 0.015, w / 2 + 0.015), (-depth / 2 - 0.03, depth / 2), (h - t, h), wood, 0.006),
    ]
    parts += four_legs(rng, w / 2 - 0.05, depth / 2 - 0.05, lift + 0.002, 0.05, wood)
    pieces: Pieces = {"": parts}
    for name, x0, x1, kx in (("left door", -w / 2 + 0.01, -0.003, -0.04), ("right door", 0.003, w / 2 - 0.01, 0.04)):
        front, z0, z1, rail = -depth / 2 - 0.02, lift + 0.012, h - t - 0.01, 0.06
        y = (front, -depth / 2 - 0.0005)
        door = [
            board(rng, (x0, x0 + rail), y, (z0, z1), wood, grain=2),
            board(rng, (x1 - rail, x1), y, (z0, z1), wood, grain=2),
        ]
        door += [
            board(rng, (x0 + rail - 0.001, x1 - rail + 0.001), y, zz, wood) for zz in ((z0, z0 + rail), (z1 - rail, z1))
        ]
        inner = (x0 + rail - 0.002, x1 - rail + 0.002)
        door.append(board(rng, inner, (front + 0.009, y[1]), (z0 + rail - 0.002, z1 - rail + 0.002), wood, 0.001, 2))
        grip = lathe([(0, 0), (0.006, 0), (0.006, 0.012), (0.013, 0.018), (0.012, 0.026), (0, 0.029)], knob, 20)
        door.append(grip.turned("x", 90).at(kx, front, (z0 + z1) / 2 + 0.05))
        pieces[name] = door
    return pieces


def chair(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A dining chair facing -y: seat, legs, slatted or ladder back."""
    w, d, seat, h = rng.uniform(0.40, 0.46), rng.uniform(0.40, 0.45), rng.uniform(0.43, 0.47), rng.uniform(0.82, 0.98)
    wood = timber(rng, colour)
    parts = [rounded_box((w, d, 0.032), 0.014, wood, tile=0.6).at(z=seat - 0.032)]
    leg = 0.036
    for sx in (-1, 1):
        parts.append(tapered_leg(rng, seat - 0.02, leg, leg * 0.7, wood).at(sx * (w / 2 - 0.03), -d / 2 + 0.03))
        post = box((leg, leg, h), wood, 0.004, 0.6, 2, float(rng.random())).at(sx * (w / 2 - 0.03), d / 2 - 0.022)
        parts.append(post.warped(lambda v: v + np.outer(np.maximum(v[:, 2] - seat, 0) * 0.16, [0, 1, 0])))
    for y in (-d / 2 + 0.03, d / 2 - 0.025):
        parts.append(
            board(rng, (-w / 2 + 0.03, w / 2 - 0.03), (y - 0.009, y + 0.009), (seat - 0.08, seat - 0.025), wood)
        )
    for sx in (-1, 1):
        x = sx * (w / 2 - 0.03)
        parts.append(
            board(
                rng, (x - 0.009, x + 0.009), (-d / 2 + 0.03, d / 2 - 0.03), (seat - 0.08, seat - 0.025), wood, grain=1
            )
        )
        parts.append(board(rng, (x - 0.008, x + 0.008), (-d / 2 + 0.03, d / 2 - 0.03), (0.17, 0.195), wood, grain=1))
    lean = [0.16 * (z - seat) for z in (h - 0.09, h - 0.25, h - 0.06)]
    if rng.random() < 0.5:
        for z, y in ((h - 0.10, lean[0]), (h - 0.22, lean[1] + 0.006), (h - 0.34, 0.16 * (h - 0.34 - seat))):
            parts.append(
                board(rng, (-w / 2 + 0.03, w / 2 - 0.03), (d / 2 - 0.03 + y, d / 2 - 0.014 + y), (z, z + 0.07), wood)
            )
    else:
        parts.append(
            board(
                rng,
                (-w / 2 + 0.02, w / 2 - 0.02),
                (d / 2 - 0.035 + lean[0], d / 2 - 0.012 + lean[0]),
                (h - 0.09, h - 0.005),
                wood,
            )
        )
        for x in np.linspace(-w / 2 + 0.09, w / 2 - 0.09, 5):
            parts.append(
                tube(
                    [(x, d / 2 - 0.022, seat - 0.01), (x, d / 2 - 0.022 + lean[0], h - 0.06)], 0.009, wood, 10, tile=0.2
                )
            )
    return {"": parts}


def stool(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A round stool on four splayed legs with a ring of rungs."""
    r, h = rng.uniform(0.15, 0.19), rng.uniform(0.42, 0.68)
    wood = timber(rng, colour)
    seat = lathe([(0, 0), (r - 0.012, 0), (r, 0.012), (r, 0.026), (r - 0.01, 0.035), (0, 0.031)], wood, 48)
    seat = Part(seat.vertices, seat.faces, seat.vertices[seat.faces][..., :2] / 0.5, wood, seat.crease)
    parts, z = [seat.at(z=h - 0.035)], 0.36 * h
    corners = [(math.cos(a), math.sin(a)) for a in math.pi / 4 + math.pi / 2 * np.arange(4)]
    for x, y in corners:
        foot, head = (1.02 * r * x, 1.02 * r * y, 0), (0.62 * r * x, 0.62 * r * y, h - 0.02)
        parts.append(tube([foot, head], np.array([0.014, 0.018]), wood, 14, tile=0.3))
    rung = r * (1.02 + (0.62 - 1.02) * z / h)
    for k in range(4):
        (x0, y0), (x1, y1) = corners[k], corners[(k + 1) % 4]
        level = z + (0.03 if k % 2 else -0.03)
        parts.append(tube([(rung * x0, rung * y0, level), (rung * x1, rung * y1, level)], 0.009, wood, 10, tile=0.2))
    return {"": parts}


def crate(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """An open slatted crate."""
    w, d, h, t = rng.uniform(0.38, 0.5), rng.uniform(0.28, 0.36), rng.uniform(0.22, 0.3), 0.012
    wood = timber(rng, colour or "pine")
    slats = np.linspace(0.012, h, 4)
    parts = [board(rng, (-w / 2, w / 2), (-d / 2, d / 2), (0, t), wood)]
    for a, b in pairwise(slats):
        for s in (-1, 1):
            parts.append(board(rng, (-w / 2, w / 2), span(s * d / 2, s * (d / 2 - t)), (a, b - 0.018), wood))
            parts.append(board(rng, span(s * w / 2, s * (w / 2 - t)), (-d / 2 + t, d / 2 - t), (a, b - 0.018), wood))
    for sx in (-1, 1):
        for sy in (-1, 1):
            parts.append(
                box((0.03, 0.03, h - t), wood, 0.002, 0.6, 2).at(
                    sx * (w / 2 - t - 0.015), sy * (d / 2 - t - 0.015), t * 0.9
                )
            )
    return {"": parts}


def ladder(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A straight ladder standing on its feet."""
    h, w = rng.uniform(1.3, 1.7), rng.uniform(0.36, 0.42)
    wood = timber(rng, colour or "pine")
    parts = [board(rng, (s * w / 2 - 0.014, s * w / 2 + 0.014), (-0.03, 0.03), (0, h), wood, grain=2) for s in (-1, 1)]
    for z in np.arange(0.22, h - 0.1, 0.25):
        parts.append(cylinder(0.014, w, wood, 16, tile=0.2).at(z=-w / 2).turned("y", 90).at(z=float(z)))
    return {"": parts}
