"""Random light on a scene: a sun, sometimes a lamp, a sky."""

from __future__ import annotations

import math

import numpy as np

from ..assets.rooms import aim
from ..scene.model import Array, Light

Colour = tuple[float, float, float]


def random_light(rng: np.random.Generator, focus: Array) -> tuple[list[Light], Colour, Colour]:
    """Returns lights, ambient light and background for a scene whose things are in the box ``focus`` [2, 3], metres."""
    middle, spread = focus.mean(0), float(np.ptp(focus, axis=0).max()) + 0.2
    elevation, azimuth = math.radians(rng.uniform(25, 80)), math.radians(rng.uniform(-170, -10))
    toward = np.array(
        [math.cos(elevation) * math.cos(azimuth), math.cos(elevation) * math.sin(azimuth), math.sin(elevation)]
    )
    warm = np.clip(np.array([1.0, 0.96, 0.9]) + rng.normal(size=3) * 0.06, 0.6, 1.1)
    lights = [Light("Sun", "sun", aim(middle + toward * 8, middle), _colour(warm), float(rng.uniform(0.8, 3.2)))]
    if rng.random() < 0.3:
        matrix = np.eye(4)
        matrix[:3, 3] = middle + rng.normal(size=3) * spread * [0.6, 0.6, 0.2] + [0, -0.3 * spread, 1.2 * spread]
        lights.append(Light("Lamp", "point", matrix, (1.0, 0.8, 0.55), float(rng.uniform(0.5, 3.0)) * spread**2))
    ambient = _colour(np.clip(rng.uniform(0.2, 0.65) * (1 + rng.normal(size=3) * 0.05), 0.05, 1))
    return lights, ambient, _colour(rng.uniform(0.05, 1.0) * np.clip(1 + rng.normal(size=3) * 0.2, 0.2, 1.2))


def _colour(values: Array) -> Colour:
    return float(values[0]), float(values[1]), float(values[2])
