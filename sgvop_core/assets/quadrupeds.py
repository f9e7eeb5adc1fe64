"""Four-legged bodies from a table of proportions: trunk, legs, neck, head, ears, tail, horns."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..scene.model import Material
from . import palette
from .bodies import cone, egg, limb, pair
from .builds import Build
from .parts import Part, shift, turn
from .pelts import dark


@dataclass(frozen=True)
class Animal:
    """A body's parts and where things can be put on it: unit lengths, front towards -y, feet at z = 0."""

    parts: list[Part]
    build: Build
    head: tuple[float, float, float]
    nose: tuple[float, float, float]
    shoulder: tuple[float, float, float]

    def on_head(self, part: Part, x: float, y: float, z: float) -> list[Part]:
        """Returns the part and its mirror image on the skull, shifted in radii of the skull along the head's axes."""
        r, (cx, cy, cz) = self.build.head, self.head
        return pair(part.moved(shift(cx, cy, cz) @ turn("x", self.build.droop) @ shift(x * r, y * r, z * r)))

    def at_nose(self, part: Part, z: float = 0.0, y: float = 0.0) -> Part:
        """Returns the part at the nose, shifted along the head's axes in units of length."""
        return part.moved(shift(*self.nose) @ turn("x", self.build.droop) @ shift(0, y, z))


def quadruped(
    b: Build, skin: Material, ear_skin: Material | None = None, tail_skin: Material | None = None,
    feet: Material | None = None, tassel: Material | None = None,
) -> Animal:  # fmt: skip
    """Returns a standing animal with eyes and a nose."""
    half, h, g = b.trunk / 2, b.leg, b.girth
    rump = g * b.rump
    spine = [(0, -half * 0.96, h + 0.1 * g, g * 0.86), (0, -half * 0.6, h, g), (0, 0, h - 0.04 * g, g * b.belly),
             (0, half * 0.6, h + 0.5 * (g - rump), rump), (0, half * 0.96, h + 0.5 * (g - rump), rump * 0.82)]  # fmt: skip
    parts = [limb(spine, skin, 14, 2, b.narrow)]
    parts += legs(b, skin, feet)
    a = math.radians(b.rise)
    shoulder = (0.0, -half * 0.85, h + 0.35 * g)
    head = (0.0, shoulder[1] - (b.neck + 0.2 * g) * math.cos(a), shoulder[2] + (b.neck + 0.5 * g) * math.sin(a))
    bend = ((shoulder[1] + head[1]) / 2 + 0.05 * b.neck * math.sin(a), (shoulder[2] + head[2]) / 2)
    thick = (g * 0.7 + b.throat) / 2
    parts.append(limb([(*shoulder, g * 0.72), (0, *bend, min(thick, b.throat * 1.3)), (*head, b.throat)], skin, 12))
    d = math.radians(b.droop)
    nose = (0.0, head[1] - b.muzzle * math.cos(d), head[2] - b.muzzle * math.sin(d))
    sag = (head[1] * 0.45 + nose[1] * 0.55, head[2] * 0.45 + nose[2] * 0.55 - 0.1 * b.head)
    parts.append(egg(head, (b.head * 0.95, b.head, b.head), skin, 8, 14))
    middle = b.head * 0.35 + b.snout * 0.65
    parts.append(limb([(*head, b.head * 0.85), (0, *sag, middle), (*nose, b.snout)], skin, 12, 2))
    animal = Animal(parts, b, head, nose, shoulder)
    r = b.eye * b.head
    eye = egg((0, 0, 0), (r * 0.8, r * 0.8, r), eye_of(skin), 6, 8)
    parts += animal.on_head(eye, 0.62, -0.66, 0.48)
    parts += ears(animal, ear_skin or skin)
    parts += tail(b, h + rump * 0.45 + 0.5 * (g - rump), tail_skin or skin, tassel)
    return animal


def eye_of(skin: Material) -> Material:
    """Returns the material of the eyes in a head of ``skin``: dark, or amber where dark would not be seen."""
    if skin.texture is not None and float(skin.texture.pixels[..., :3].mean()) < 55:
        return palette.plain("eye", (0.93, 0.8, 0.35), 0.2)
    return dark("eye")


def legs(b: Build, skin: Material, feet: Material | None = None) -> list[Part]:
    """Returns four legs, their feet in another material when one is given."""
    parts: list[Part] = []
    across = b.girth * b.narrow - b.shank * 0.9
    for y, back in ((-0.4 * b.trunk, 0.0), (0.42 * b.trunk, 0.12)):
        hip, knee, ankle = b.leg * 0.85, b.leg * 0.45, b.shank * 0.9
        bow = b.leg * back
        knots = [(across * 0.8, y, hip, b.shank * b.thigh), (across, y + bow, knee, b.shank * (1 + b.thigh) / 2 * 0.85),
                 (across, y + bow * 0.6, ankle, b.shank)]  # fmt: skip
        if b.paw > 0.03:
            knots.append((across, y + bow * 0.6 - b.paw, ankle, b.shank))
        parts += pair(limb(knots, skin, 8, 2, ends=2))
        if feet is not None:
            hoof = cone(b.shank * 1.18, b.shank * 1.1, feet, b.shank * 1.05, 8)
            parts += pair(hoof.at(across, y + bow * 0.6, -0.02))
    return parts


def ears(animal: Animal, skin: Material) -> list[Part]:
    """Returns a pair of ears in the shape that the build names."""
    e = animal.build.ear
    shape = animal.build.ears
    if shape == "point":
        return animal.on_head(
            cone(e * 0.55, e * 1.3, skin, segments=8).scaled(1, 0.5, 1).turned("y", 18), 0.5, 0.15, 0.66
        )
    if shape == "round":
        return animal.on_head(egg((0, 0, e * 0.5), (e * 0.75, e * 0.35, e * 0.75), skin, 6, 10), 0.68, 0.15, 0.62)
    if shape == "flop":
        lobe = limb(
            [(0, 0, 0, e * 0.3), (e * 0.35, 0, -e * 0.2, e * 0.42), (e * 0.42, 0, -e * 1.15, e * 0.42)],
            skin,
            8,
            2,
            ends=2,
        )
        return animal.on_head(lobe, 0.72, 0.1, 0.6)
    if shape == "leaf":
        return animal.on_head(egg((e * 0.7, 0, 0), (e, e * 0.25, e * 0.42), skin, 6, 8).turned("y", 5), 0.75, 0.25, 0.4)
    if shape == "long":
        knots = [(0, 0, 0, e * 0.14), (e * 0.16, e * 0.08, e * 0.75, e * 0.21), (e * 0.3, e * 0.25, e * 1.5, e * 0.09)]
        return animal.on_head(limb(knots, skin, 8, 2, 0.8, ends=2), 0.4, 0.2, 0.75)
    return []


def tail(b: Build, z: float, skin: Material, tassel: Material | None = None) -> list[Part]:
    """Returns a tail from the rump at height ``z``."""
    if b.tail <= 0:
        return []
    knots = []
    y, a = b.trunk * 0.5 + b.girth * b.rump * 0.4, math.radians(b.tail_rise)
    for i in range(5):
        share = i / 4
        knots.append((0.0, y, z, b.tail_root * (1 - share) + b.tail_tip * share))
        step, bent = b.tail / 4, a + math.radians(b.tail_curl) * share
        y, z = y + step * math.cos(bent), max(z + step * math.sin(bent), b.tail_tip * 1.1)
    parts = [limb(knots, skin, 8, 2, ends=2)]
    if b.tassel > 0:
        _, ty, tz, _ = knots[-1]
        low = max(tz - b.tassel * 2, b.tassel)
        parts.append(limb([(0, ty, tz, b.tassel * 0.6), (0, ty, low, b.tassel)], tassel or skin, 8))
    return parts


def hoofed(skin: Material, build: Build) -> Animal:
    """Returns an animal of this build with dark hooves."""
    return quadruped(build, skin, feet=dark("hoof"))
