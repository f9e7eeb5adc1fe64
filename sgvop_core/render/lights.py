"""The scene's lights as the renderer uses them, and the exposure that makes a good picture of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..scene.model import Array, Light, Scene, SceneObject

EXPOSED = 0.62
"""Linear value that a white surface at the usual place shows when it takes half of every light (see ``exposure_of``)."""
FILL = 0.22
"""Share of that radiance added from all sides, brighter from above: the light that bounces around."""
KEY_DIRECTION = np.array([0.42, -0.55, 0.72]) / np.linalg.norm([0.42, -0.55, 0.72])
"""Towards the key light of a scene without lights: from the right, the front (-Y) and above, fixed in the world."""


@dataclass(frozen=True, eq=False)
class LightRig:
    """Exposed lights of a scene; a white surface of normal n at x shows
    ``sky + tilt * n_z + sum suns max(0, n . l) + local(n, x)`` in linear display units.

    sun_direction [S, 3] (towards the light), sun_colour [S, 3]; sky [3], tilt [3]; local lights: position [L, 3],
    axis [L, 3] (where they shine), colour [L, 3], cone [L, 2] (cosines of the outer and inner half angle), area [L]
    (1 for area lights, whose intensity falls with the cosine to their axis). ``exposure`` is already in the colours.
    """

    sun_direction: Tensor
    sun_colour: Tensor
    sky: Tensor
    tilt: Tensor
    position: Tensor
    axis: Tensor
    colour: Tensor
    cone: Tensor
    area: Tensor
    exposure: float
    strongest: tuple[str, int] | None
    """("sun" or "local", index) of the light that casts the body's shadow."""

    def irradiance(self, normal: Tensor) -> tuple[Tensor, Tensor]:
        """Returns what suns and sky give a white surface, [3, m], and the cosines [S, m]; unit ``normal`` [3, m]."""
        cosines = (self.sun_direction @ normal).clamp_min(0)
        light = torch.addcmul(self.sky[:, None], self.tilt[:, None], normal[2])
        return torch.addmm(light, self.sun_colour.t(), cosines), cosines

    def local(self, normal: Tensor, point: Tensor) -> Tensor:
        """Returns what point, spot and area lights give a white surface, [3, m]; normal, point [3, m] (world)."""
        total = torch.zeros_like(normal)
        for k in range(len(self.position)):
            total = total + self.one_local(k, normal, point)
        return total

    def strongest_light(self, normal: Tensor, point: Tensor) -> Tensor:
        """Returns what the light that casts shadows gives a white surface, [3, m]; normal, point [3, m] (world)."""
        assert self.strongest is not None
        kind, k = self.strongest
        if kind == "local":
            return self.one_local(k, normal, point)
        return self.sun_colour[k][:, None] * (self.sun_direction[k] @ normal).clamp_min(0)

    def one_local(self, k: int, normal: Tensor, point: Tensor) -> Tensor:
        """Returns what local light k gives a white surface, [3, m]: ``I max(0, n . l) / r^2`` times its beam."""
        to_light = self.position[k][:, None] - point
        square = (to_light * to_light).sum(0).clamp_min(1e-6)
        inverse = square.rsqrt()
        facing = (to_light * normal).sum(0).clamp_min(0) * inverse
        along = -(self.axis[k][:, None] * to_light).sum(0) * inverse
        outer, inner = self.cone[k, 0], self.cone[k, 1]
        share = ((along - outer) / (inner - outer)).clamp(0, 1)
        beam = share * share * (3 - 2 * share)
        beam = torch.where(self.area[k] > 0, along.clamp_min(0), beam)
        return self.colour[k][:, None] * (facing * beam * inverse * inverse)


def _intensities(lights: tuple[Light, ...], point: Array) -> list[Array]:
    """Returns each light's irradiance [3] at a point on a surface that faces it, beams left out (W/m2)."""
    values = []
    for light in lights:
        colour = np.asarray(light.colour, np.float64) * light.strength
        if light.kind != "sun":
            square = float(((light.matrix_world[:3, 3] - point) ** 2).sum())
            colour = colour / max(square, 0.01)
        values.append(np.nan_to_num(np.maximum(colour, 0.0), posinf=0.0))
    return values


def usual_places(scene: Scene, body_centre: Array | None, limit: int = 64) -> Array:
    """Returns points [P, 3] where light is looked at for the exposure: the body's start and the objects' centres."""
    points = [] if body_centre is None else [np.asarray(body_centre, np.float64)]
    shown = [o for o in scene.objects if o.mesh is not None and not o.hidden and len(o.mesh.vertices)]
    for o in shown[:: max(1, len(shown) // limit)]:
        points.append(scene.bounds([o]).mean(0))
    return np.array(points or [np.zeros(3)])


def object_tops(scene: Scene, shown: Sequence[SceneObject], limit: int = 64) -> Array:
    """Returns points [P, 3] just above the middle of the objects' tops, where a light that reaches the scene shines."""
    boxes = [scene.bounds([o]) for o in shown[:: max(1, len(shown) // limit)]]
    if not boxes:
        return np.zeros((1, 3))
    return np.array([[*(b.mean(0)[:2]), b[1, 2] + 0.01 + 0.01 * float(np.ptp(b, axis=0).max())] for b in boxes])


def exposure_of(scene: Scene, places: Array) -> tuple[float, float]:
    """Returns the factor from radiance to linear display values, and the radiance at ``places`` [N, 3] it was made for.

    The radiance is that of a white diffuse surface that takes half of every light's full irradiance and the ambient
    light, ``ambient + sum E / (2 pi)``; its luminance is looked at in all the places, the median is shown as EXPOSED.
    So the same scene in other units (or with other lamps) gives the same picture, and every camera the same exposure.
    """
    weights = np.array([0.2126, 0.7152, 0.0722])
    ambient = float(np.asarray(scene.ambient, np.float64) @ weights)
    keys = [ambient + sum(float(e @ weights) for e in _intensities(scene.lights, p)) / (2 * math.pi) for p in places]
    key = float(np.median(keys))
    return EXPOSED / max(key, 1e-12), key


def make_rig(
    scene: Scene, dtype: torch.dtype, device: torch.device, anchor: Array, body_centre: Array | None = None
) -> LightRig:
    """Returns the rig of a scene's lights, positions relative to ``anchor`` [3].

    A scene without lights gets a key light from the upper front right and a bright sky, fixed in the world.
    """
    places = usual_places(scene, body_centre)
    lights = tuple(
        x for x in scene.lights if x.strength > 0 and np.isfinite(x.matrix_world).all() and max(x.colour) > 0
    )
    _, key = exposure_of(scene, places)
    strongest = None
    if lights and key > 1e-9:
        exposure, key = exposure_of(scene, places)
        ambient = np.asarray(scene.ambient, np.float64) * exposure
        fill = FILL * EXPOSED
        sky, tilt = ambient + fill * 0.75, np.full(3, fill * 0.25)
        at = np.median(places, 0) if body_centre is None else np.asarray(body_centre)
        order = [float(e.sum()) for e in _intensities(lights, at)]
        brightest = lights[int(np.argmax(order))]
    else:
        exposure, brightest = 1.0, None
        sky, tilt = np.full(3, 0.33), np.full(3, 0.11)
    suns = [x for x in lights if x.kind == "sun"] if strongest is not None or brightest is not None else []
    locals_ = [x for x in lights if x.kind != "sun"] if brightest is not None else []

    def put(rows: list[Array], width: int) -> Tensor:
        return torch.tensor(np.array(rows, np.float64).reshape(-1, width), dtype=dtype, device=device)

    def axis(light: Light) -> Array:
        z = light.matrix_world[:3, 2]
        return z / max(float(np.linalg.norm(z)), 1e-30)

    def cone(light: Light) -> Array:
        if light.kind != "spot":
            return np.array([-3.0, -2.0])
        inner, outer = light.cone
        low = math.cos(min(max(outer, 0.01), math.pi))
        return np.array([low, max(math.cos(max(inner, 0.0)), low + 1e-3)])

    if brightest is None:
        directions, sun_colours = [KEY_DIRECTION], [np.array([0.62, 0.6, 0.57])]
        strongest = ("sun", 0)
    else:
        directions = [axis(x) for x in suns]
        sun_colours = [np.asarray(x.colour) * x.strength * exposure / math.pi for x in suns]
        group = suns if brightest.kind == "sun" else locals_
        strongest = (
            "sun" if brightest.kind == "sun" else "local",
            next(i for i, x in enumerate(group) if x is brightest),
        )
    return LightRig(
        sun_direction=put(directions, 3),
        sun_colour=put(sun_colours, 3),
        sky=torch.tensor(sky, dtype=dtype, device=device),
        tilt=torch.tensor(tilt, dtype=dtype, device=device),
        position=put([x.matrix_world[:3, 3] - anchor for x in locals_], 3),
        axis=put([-axis(x) for x in locals_], 3),
        colour=put([np.asarray(x.colour) * x.strength * exposure / math.pi for x in locals_], 3),
        cone=put([cone(x) for x in locals_], 2),
        area=torch.tensor([float(x.kind == "area") for x in locals_], dtype=dtype, device=device),
        exposure=exposure,
        strongest=strongest,
    )
