"""What stands in yards and at kerbs, in real size, its front towards -y: mailboxes, bins, fences, barrels, tyres, benches."""

from __future__ import annotations

import math

import numpy as np

from . import palette, textures
from .kind import AssetKind, Pieces
from .palette import pick
from .primitives import cylinder, lathe
from .solids import block, coat, grain, merged, prism, rod, second_colour
from .street import concrete

PAINTS = ("red", "blue", "green", "yellow", "grey", "black", "orange", "teal", "navy", "brown", "white")


def mailbox(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A mailbox: a pillar, a box on a post with an arched top and a flag, or a standing box with legs."""
    word = colour or pick(rng, ("red", "blue", "yellow", "green", "grey", "white", "black"))
    paint, second = coat(rng, word, "mailbox"), second_colour(rng, word)
    dark = palette.plain("slot", (0.07, 0.07, 0.07), 0.7)
    style = pick(rng, ("pillar", "post", "collection"))
    if style == "pillar":
        r, h = rng.uniform(0.2, 0.25), rng.uniform(1.4, 1.65)
        profile = [
            (0, 0),
            (1.08 * r, 0),
            (1.08 * r, 0.1),
            (r, 0.12),
            (r, h - 0.2),
            (1.12 * r, h - 0.18),
            (1.12 * r, h - 0.1),
            (0.75 * r, h - 0.02),
            (0, h),
        ]
        parts = [lathe(profile, paint, 20, tile=1.5), block((0.62 * r, 0.1, 0.05), dark).at(0, -r + 0.045, h - 0.32)]
        parts.append(block((0.65 * r, 0.1, 0.16), second).at(0, -r + 0.045, h - 0.6))
        return {"": parts}
    if style == "post":
        w, d, h = rng.uniform(0.17, 0.22), rng.uniform(0.45, 0.55), rng.uniform(1.0, 1.2)
        post = palette.wood(rng, pick(rng, ("oak", "walnut", "pine")))
        arch = [(w / 2 * math.cos(a), 0.13 + w / 2 * math.sin(a)) for a in np.linspace(0, math.pi, 9)]
        outline = [(-w / 2, 0.0), (w / 2, 0.0), *arch]
        parts = [
            prism(outline, d, paint, "y").at(z=h),
            prism(np.array(outline) * 1.04, 0.025, second, "y").at(0, -d / 2, h - 0.003),
        ]
        parts += [block((0.09, 0.09, h), post).at(y=0.05), block((0.12, 0.4, 0.04), post).at(z=h - 0.04)]
        flag = palette.plain("flag", palette.shade(rng, "red" if word != "red" else "yellow"))
        parts += [
            block((0.012, 0.025, 0.2), flag).at(w / 2 + 0.008, 0.02, h + 0.08),
            block((0.012, 0.1, 0.06), flag).at(w / 2 + 0.008, -0.03, h + 0.23),
        ]
        parts.append(block((0.06, 0.03, 0.02), dark).at(0, -d / 2 - 0.02, h + 0.12))
        return {"": parts}
    w, d, h = rng.uniform(0.5, 0.6), rng.uniform(0.45, 0.55), rng.uniform(1.1, 1.3)
    r = d / 2
    arch = [(r * math.cos(a), h - r + r * math.sin(a)) for a in np.linspace(0, math.pi, 9)]
    parts = [prism([(-r, 0.16), (r, 0.16), *arch], w, paint)]
    for x in (-1, 1):
        parts += [block((0.06, 0.06, 0.17), paint).at(x * (w / 2 - 0.04), y * (d / 2 - 0.04)) for y in (-1, 1)]
    parts.append(block((0.7 * w, 0.05, 0.12), dark).at(0, -d / 2 + 0.01, h - r - 0.1))
    parts.append(block((0.76 * w, 0.06, 0.03), second).at(0, -d / 2 - 0.01, h - r + 0.02))
    parts.append(block((0.6 * w, 0.02, 0.18), second).at(0, -d / 2, 0.42 * h))
    return {"": parts}


def bin_(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A bin: on wheels with a slanted lid, round with a domed lid, or an open basket on a post."""
    word = colour or pick(rng, ("green", "grey", "black", "blue", "brown", "yellow", "red"))
    paint, dark = coat(rng, word, "bin"), palette.plain("dark", (0.08, 0.08, 0.09), 0.7)
    style = pick(rng, ("wheeled", "wheeled", "round", "open"))
    if style == "wheeled":
        w, d, h = rng.uniform(0.48, 0.6), rng.uniform(0.52, 0.65), rng.uniform(0.92, 1.08)
        lid = paint if rng.random() < 0.6 else second_colour(rng, word)
        parts = [block((w * 0.8, d * 0.75, h * 0.88), paint, taper=1.25).at(z=0.05)]
        parts.append(
            prism(
                [
                    (-d / 2 - 0.04, h * 0.9),
                    (d / 2, h * 0.9),
                    (d / 2, h),
                    (0.2 * d, h + 0.03),
                    (-d / 2 - 0.04, h * 0.94),
                ],
                w * 1.04,
                lid,
            )
        )
        parts.append(rod((-w * 0.42, d / 2 + 0.06, h - 0.04), (w * 0.42, d / 2 + 0.06, h - 0.04), 0.018, paint, 8))
        for x in (-1, 1):
            parts.append(block((0.04, 0.12, 0.05), paint).at(x * w * 0.36, d / 2, h - 0.07))
            parts.append(cylinder(0.1, 0.05, dark, 14).turned("y", 90).at(x * w * 0.43 - 0.025, d * 0.36, 0.1))
        return {"": parts}
    r, h = rng.uniform(0.2, 0.28), rng.uniform(0.6, 0.9)
    if style == "round":
        parts = [lathe([(0, 0), (0.9 * r, 0), (r, 0.85 * h), (0, 0.85 * h)], paint, 20)]
        lid = palette.plain("lid", (0.62, 0.63, 0.65), 0.35, 0.4) if rng.random() < 0.5 else paint
        parts.append(
            lathe([(0, 0.84 * h), (1.06 * r, 0.84 * h), (1.06 * r, 0.88 * h), (0.75 * r, 0.97 * h), (0, h)], lid, 20)
        )
        for z in (0.25, 0.6):
            parts.append(cylinder((0.93 + 0.1 * z) * r + 0.004, 0.02, dark, 20).at(z=z * h))
        parts.append(rod((-0.1, 0, 1.04 * h), (0.1, 0, 1.04 * h), 0.014, dark, 6))
        parts += [rod((x, 0, 0.96 * h), (x, 0, 1.05 * h), 0.012, dark, 6) for x in (-0.09, 0.09)]
        return {"": parts}
    wall = 0.02
    profile = [(0, 0.1), (0.85 * r, 0.1), (r, h), (r - wall, h), (0.85 * r - wall, 0.1 + wall), (0, 0.1 + wall)]
    parts = [lathe(profile, paint, 20), cylinder(0.6 * r, 0.11, dark, 16)]
    parts.append(
        cylinder(0.88 * r, 0.3 * h, palette.plain("litter", (0.5, 0.48, 0.44), 0.9), 16, top=0.5 * r).at(z=0.55 * h)
    )
    parts.append(
        lathe(
            [(r - wall, h - 0.01), (r + 0.015, h - 0.01), (r + 0.015, h + 0.02), (r - wall, h + 0.02)],
            dark,
            20,
            close=True,
        )
    )
    return {"": parts}


def fence(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A length of fence: pickets, rails between posts, or iron bars with points."""
    style = pick(rng, ("picket", "rail", "iron"))
    if style == "iron":
        body = coat(rng, colour or pick(rng, ("black", "green", "navy", "grey")), "iron", 0.4, 0.3)
    elif colour is not None or rng.random() < 0.5:
        word = colour or pick(rng, ("white", "white", "brown", "green", "grey"))
        body = palette.textured(
            f"{word} boards",
            textures.wood(rng, palette.shade(rng, word), np.asarray(palette.shade(rng, word)) * 0.85, 64),
            0.7,
        )
    else:
        light, dark = palette.WOODS[pick(rng, ("oak", "pine", "walnut"))]
        body = palette.textured("boards", textures.wood(rng, light, dark, 64), 0.7)
    w, h = rng.uniform(1.6, 2.4), rng.uniform(0.8, 1.2)
    parts = []
    for x in (-w / 2, w / 2):
        parts += [block((0.09, 0.09, h), body).at(x), block((0.12, 0.12, 0.05), body, taper=0.3).at(x, 0, h)]
    if style == "rail":
        for k in range(int(rng.integers(2, 4))):
            parts.append(block((w, 0.05, 0.12), body).at(0, -0.05, h * (0.25 + 0.28 * k)))
        return {"": parts}
    for z in (0.22, 0.72):
        parts.append(block((w, 0.04, 0.07 if style == "picket" else 0.03), body).at(0, 0.01, z * h))
    count = int(w / (0.15 if style == "picket" else 0.12))
    for k in range(count):
        x = -w / 2 + w * (k + 0.5) / count
        if style == "picket":
            top = [(x - 0.04, 0.05), (x + 0.04, 0.05), (x + 0.04, 0.88 * h), (x, 0.96 * h), (x - 0.04, 0.88 * h)]
            parts.append(prism(top, 0.025, body, "y").at(y=-0.02))
        else:
            parts += [
                block((0.02, 0.02, 0.86 * h), body).at(x, 0.01, 0.06),
                block((0.035, 0.035, 0.08), body, taper=0.1).at(x, 0.01, 0.05 + 0.86 * h),
            ]
    return {"": merged(parts)}


def barrel(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A barrel: wooden staves with hoops, or a steel drum with ribs."""
    r = rng.uniform(0.26, 0.34)
    h = r * rng.uniform(2.6, 3.0)
    if rng.random() < 0.45:
        paint = coat(rng, colour or pick(rng, PAINTS), "drum", 0.35, 0.2)
        profile: list[tuple[float, float]] = [(0, 0.015 * h), (0.95 * r, 0.015 * h), (r * 1.02, 0)]
        for z in (0.33, 0.66):
            profile += [(r, (z - 0.03) * h), (1.035 * r, z * h), (r, (z + 0.03) * h)]
        profile += [(1.02 * r, h), (0.95 * r, 0.985 * h), (0, 0.985 * h)]
        bung = palette.plain("bung", (0.2, 0.2, 0.21), 0.4)
        return {"": [lathe(profile, paint, 22, tile=1.0), cylinder(0.035, 0.02, bung, 10).at(0.6 * r, 0, 0.98 * h)]}
    if colour is None:
        light, dark = palette.WOODS[pick(rng, ("oak", "walnut", "cherry", "pine"))]
        wood = textures.wood(rng, light, dark, 64)
    else:
        shade = np.asarray(palette.shade(rng, colour))
        wood = textures.wood(rng, shade, shade * 0.75, 64)
    wood = wood.transpose(1, 0, 2).copy()
    wood[:, ::8] = (wood[:, ::8] * 0.6).astype(np.uint8)
    staves = palette.textured("staves", wood, 0.7)
    hoop = palette.plain("hoop", (0.25, 0.25, 0.27), 0.4, 0.5)
    t = np.linspace(0, 1, 9)
    belly = r * (0.8 + 0.2 * np.sin(math.pi * t))
    low_end, high_end = (
        [(0, 0.03 * h), (0.75 * r, 0.03 * h), (0.77 * r, 0)],
        [(0.8 * r, h), (0.74 * r, h), (0.74 * r, 0.97 * h), (0, 0.97 * h)],
    )
    parts = [lathe([*low_end, *np.stack([belly, h * t], 1)[1:-1], *high_end], staves, 24)]
    for z in (0.04, 0.27, 0.67, 0.9):
        wide = [float(np.interp(z + d, t, belly)) + 0.006 for d in (0, 0.06)]
        if 0.1 < z < 0.8:
            parts.append(cylinder(wide[0], 0.06 * h, hoop, 24, top=wide[1]).at(z=z * h))
            continue
        low, high = z * h, (z + 0.06) * h
        band = [(wide[0] - 0.02, low), (wide[0], low), (wide[1], high), (wide[1] - 0.02, high)]
        parts.append(lathe(band, hoop, 24, close=True))
    return {"": parts}


def tire(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A car's tyre standing upright or lying flat, sometimes with its rim."""
    base = palette.shade(rng, colour) if colour else (0.1, 0.1, 0.1)
    picture = grain(rng, base, 0.3, cells=16)
    picture[::4] = (picture[::4] * 0.5).astype(np.uint8)
    rubber = palette.textured("rubber", picture, 0.85)
    r, w = rng.uniform(0.28, 0.42), rng.uniform(0.17, 0.26)
    hole, half = r * rng.uniform(0.55, 0.65), w / 2
    profile = [
        (hole, -0.8 * half),
        (0.85 * r, -half),
        (r, -0.7 * half),
        (r, 0.7 * half),
        (0.85 * r, half),
        (hole, 0.8 * half),
        (hole + 0.02, 0),
    ]
    parts = [lathe(profile, rubber, 28, tile=0.25, close=True)]
    for k in range(14):
        parts.append(block((0.012, 0.06, 0.6 * w), rubber).at(r, 0, -0.3 * w).turned("z", 360 * k / 14))
    if rng.random() < 0.35:
        rim = palette.plain("rim", (0.7, 0.71, 0.73), 0.3, 0.5)
        parts.append(cylinder(hole * 1.03, 0.4 * w, rim, 20).at(z=-0.25 * w))
        parts.append(cylinder(0.25 * hole, 0.1 * w, palette.plain("nave", (0.2, 0.2, 0.21), 0.5), 10).at(z=0.14 * w))
    if rng.random() < 0.6:
        parts = [p.turned("x", 90) for p in parts]
    return {"": parts}


def bench(rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A park bench of slats on iron or stone ends, mostly with a back, sometimes with arms."""
    if colour is None:
        light, dark = palette.WOODS[pick(rng, ("oak", "walnut", "cherry", "pine"))]
        slats = palette.textured("slats", textures.wood(rng, light, dark, 64), 0.6)
    else:
        shade = np.asarray(palette.shade(rng, colour))
        slats = palette.textured(f"{colour} slats", textures.wood(rng, shade, shade * 0.85, 64), 0.5)
    w, h, d = rng.uniform(1.3, 1.9), rng.uniform(0.42, 0.47), rng.uniform(0.4, 0.48)
    stone = rng.random() < 0.25
    frame = concrete(rng) if stone else palette.plain("iron", (0.13, 0.14, 0.14), 0.5, 0.3)
    back, arms = rng.random() < 0.85, rng.random() < 0.5
    parts = []
    count = int(rng.integers(3, 6))
    for k in range(count):
        parts.append(block((w, d / count * 0.8, 0.035), slats).at(0, -d / 2 + d * (k + 0.5) / count, h))
    rows = int(rng.integers(2, 5))
    for k in range(rows if back else 0):
        slat = block((w, 0.03, 0.38 / rows * 0.75), slats).turned("x", -12)
        parts.append(slat.at(0, d / 2 + 0.03 + 0.21 * (k + 0.4) * 0.38 / rows, h + 0.1 + 0.38 * k / rows))
    for x in (-0.42 * w, 0.42 * w):
        if stone:
            parts.append(block((0.14, d * 0.85, h), frame, taper=0.9).at(x))
        else:
            parts += [block((0.06, 0.06, h), frame).at(x, y) for y in (-d / 2 + 0.05, d / 2 - 0.05)]
            parts.append(block((0.05, d, 0.04), frame).at(x, 0, h - 0.04))
        if back:
            parts.append(rod((x, d / 2 - 0.02, h - 0.04), (x, d / 2 + 0.14, h + 0.48), 0.025, frame, 6))
        if back and arms:
            parts.append(block((0.06, d, 0.03), frame).at(x, 0.02, h + 0.22))
            parts.append(rod((x, -d / 2 + 0.05, h), (x, -d / 2 + 0.05, h + 0.23), 0.02, frame, 6))
    return {"": parts}


KINDS: dict[str, AssetKind] = {
    "mailbox": AssetKind(mailbox, (0.95, 1.75), fronted=True),
    "bin": AssetKind(bin_, (0.55, 1.25)),
    "fence": AssetKind(fence, (1.6, 2.6)),
    "barrel": AssetKind(barrel, (0.65, 1.05)),
    "tire": AssetKind(tire, (0.55, 0.9)),
    "bench": AssetKind(bench, (1.25, 1.95), fronted=True),
}
