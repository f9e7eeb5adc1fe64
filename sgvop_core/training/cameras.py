"""Random cameras on a scene: low to high, near to far, 30 to 80 degrees, of every usual aspect."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..assets.rooms import aim
from ..scene.model import Camera
from .scenery import Scenery


@dataclass(frozen=True)
class CameraOptions:
    """Ranges of random cameras."""

    elevation: tuple[float, float] = (4.0, 62.0)
    """Degrees above the horizon; low ones are rarer than even."""
    fov: tuple[float, float] = (30.0, 80.0)
    """Degrees, vertical."""
    apparent: tuple[float, float] = (0.09, 0.55)
    """The target's longest side over the height of the picture, where it would stand in the middle of what is shown."""
    fill: tuple[float, float] = (0.4, 1.2)
    """Least and greatest distance over that at which the things just fill the picture."""
    turn: float = 60.0
    """Degrees to either side of the front that cameras may stand."""
    aspects: tuple[float, ...] = (1.0, 1.0, 1.0, 4 / 3, 4 / 3, 16 / 9, 16 / 9, 3 / 4)
    """Width over height; pictures are squashed to the model's square."""
    aim: float = 0.12
    """Standard deviation of where the camera looks, in half sizes of what it looks at."""


def random_camera(
    rng: np.random.Generator, scenery: Scenery, target_size: float, options: CameraOptions | None = None,
    aspect: float | None = None,
) -> Camera:  # fmt: skip
    """Returns a camera that sees the scenery's things and the room around them for a target of that size in metres.

    ``aspect``: its picture's width over height, drawn from the options when not given.
    """
    o = options or CameraOptions()
    low, high = scenery.focus
    low, high = low - 0.4 * target_size * np.array([1, 1, 0]), high + 0.4 * target_size * np.array([1, 1, 2])
    middle, half = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    fov = math.radians(rng.uniform(*o.fov))
    aspect = float(rng.choice(o.aspects)) if aspect is None else aspect
    narrow = 2 * math.atan(math.tan(fov / 2) * min(aspect, 1.0))
    elevation = math.radians(o.elevation[0] + (o.elevation[1] - o.elevation[0]) * rng.beta(1.4, 1.8))
    corner = any(t.name == "Left wall" for t in scenery.things)
    turn = math.radians(rng.uniform(-12.0 if corner else -o.turn, o.turn))
    away = np.array([math.cos(elevation) * math.sin(turn), -math.cos(elevation) * math.cos(turn), math.sin(elevation)])
    target = middle + rng.normal(size=3) * o.aim * half
    fit = half / math.sin(narrow / 2)
    wanted = target_size / (2 * math.tan(fov / 2) * float(np.exp(rng.uniform(*np.log(o.apparent)))))
    eye = target + away * float(np.clip(wanted, o.fill[0] * fit, o.fill[1] * fit))
    eye[2] = max(eye[2], low[2] + 0.05 * half)
    return Camera("Camera", aim(eye, target), fov, aspect, 0.01 * half, 100.0 * half)
