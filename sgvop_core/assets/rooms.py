"""Empty rooms and the lights and cameras that go with them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ..scene.model import Array, Camera, Light, Material, Scene, SceneObject
from . import palette, textures
from .palette import pick
from .parts import Part, box_uvs, build_mesh
from .primitives import box, sheet

SKIRTING = 0.01
"""Thickness of the skirting boards in metres: what stands against them still counts as standing against the wall."""


@dataclass
class RoomBuilder:
    """A room under construction: x in +-width/2, y in +-depth/2, floor at z = 0, metres; open towards -y and +x."""

    rng: np.random.Generator
    width: float
    depth: float
    height: float = 2.5
    objects: list[SceneObject] = field(default_factory=list)
    lights: list[Light] = field(default_factory=list)

    def add(self, objects: list[SceneObject]) -> None:
        """Adds an asset's objects."""
        self.objects += objects

    def floor(self, material: Material, tile: float) -> None:
        """Adds the floor, a slab 0.1 m thick whose top is z = 0."""
        part = box((self.width, self.depth, 0.1), material, 0.0, tile, 0).at(z=-0.1)
        self.objects.append(SceneObject("Floor", np.eye(4), build_mesh("Floor", [part])))

    def back_wall(
        self, material: Material, window: tuple[float, float, float, float] | None = None, thick: float = 0.12
    ) -> None:
        """Adds the wall at +y, with an opening (x, z of its centre, width, height) and its frame."""
        y = self.depth / 2 + thick / 2
        w, h, t = self.width, self.height, thick
        if window is None:
            parts = [slab((-w / 2 - t, w / 2), (y - t / 2, y + t / 2), (0, h), material)]
        else:
            cx, cz, ww, wh = window
            x0, x1, z0, z1 = cx - ww / 2, cx + ww / 2, cz - wh / 2, cz + wh / 2
            spans = [((-w / 2 - t, x0), (0, h)), ((x1, w / 2), (0, h)), ((x0, x1), (0, z0)), ((x0, x1), (z1, h))]
            parts = [slab(x, (y - t / 2, y + t / 2), z, material) for x, z in spans]
            self.window_frame(cx, cz, ww, wh, y, t)
        self.objects.append(SceneObject("Back wall", np.eye(4), build_mesh("Back wall", parts)))

    def window_frame(self, cx: float, cz: float, ww: float, wh: float, y: float, thick: float) -> None:
        """Adds the window's white frame with a cross and a sill."""
        paint = palette.plain("window paint", (0.93, 0.93, 0.91), 0.4)
        deep, bar = (y - 0.025, y + 0.025), 0.045
        x0, x1, z0, z1 = cx - ww / 2, cx + ww / 2, cz - wh / 2, cz + wh / 2
        parts = [slab((x0, x0 + bar), deep, (z0, z1), paint), slab((x1 - bar, x1), deep, (z0, z1), paint)]
        parts += [
            slab((x0, x1), deep, zz, paint) for zz in ((z0, z0 + bar), (z1 - bar, z1), (cz - bar / 2, cz + bar / 2))
        ]
        parts.append(slab((cx - bar / 2, cx + bar / 2), deep, (z0, z1), paint))
        parts.append(slab((x0 - 0.05, x1 + 0.05), (y - thick / 2 - 0.1, y - 0.02), (z0 - 0.03, z0), paint))
        self.objects.append(SceneObject("Window", np.eye(4), build_mesh("Window", parts)))

    def left_wall(self, material: Material, single_sided: bool = False, thick: float = 0.12) -> None:
        """Adds the wall at -x; ``single_sided`` makes it one open sheet that faces the room."""
        x, d, h = -self.width / 2, self.depth / 2, self.height
        if single_sided:
            grid = np.array([[[x, d, z] if s else [x, -d, z] for s in (0, 1)] for z in (0.0, h)])
            part = sheet(grid, material)
            part = Part(part.vertices, part.faces, box_uvs(part.vertices, part.faces, 1.2), material)
        else:
            part = slab((x - thick, x), (-d, d), (0, h), material)
        self.objects.append(SceneObject("Left wall", np.eye(4), build_mesh("Left wall", [part])))

    def skirting(self, left: bool = True) -> None:
        """Adds a white skirting board along the walls."""
        paint = palette.plain("skirting paint", (0.9, 0.9, 0.87), 0.4)
        w, d = self.width / 2, self.depth / 2
        parts = [slab((-w, w), (d - SKIRTING, d), (0, 0.08), paint)]
        if left:
            parts.append(slab((-w, -w + SKIRTING), (-d, d), (0, 0.08), paint))
        self.objects.append(SceneObject("Skirting", np.eye(4), build_mesh("Skirting", parts)))

    def sun(self, elevation: float = 52.0, azimuth: float = -60.0, strength: float = 2.2) -> None:
        """Adds a sun; azimuth in degrees from +x, so -60 shines from the open front right."""
        e, a = math.radians(elevation), math.radians(azimuth)
        toward = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
        self.lights.append(Light("Sun", "sun", aim(toward * 8, np.zeros(3)), (1.0, 0.95, 0.87), strength))

    def lamp_light(self, x: float, y: float, z: float, strength: float = 3.0) -> None:
        """Adds a warm point light (W/sr)."""
        matrix = np.eye(4)
        matrix[:3, 3] = x, y, z
        self.lights.append(Light("Lamp light", "point", matrix, (1.0, 0.78, 0.5), strength))

    def scene(self, cameras: list[Camera], ambient: float = 0.42) -> Scene:
        """Returns the finished scene."""
        tint = (ambient * 0.98, ambient, ambient * 1.05)
        return Scene(tuple(self.objects), tuple(cameras), tuple(self.lights), tint, (0.62, 0.76, 0.9))


def slab(
    x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], material: Material, tile: float = 1.2
) -> Part:
    """Returns a sharp-edged block between the limits (metres), its picture fixed to the world."""
    part = box((x[1] - x[0], y[1] - y[0], z[1] - z[0]), material, 0.0005)
    part = part.at((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, z[0])
    return Part(part.vertices, part.faces, box_uvs(part.vertices, part.faces, tile, 0), material, part.crease)


def aim(eye: Array, target: Array) -> Array:
    """Returns the 4x4 of something at ``eye`` that looks down its -z at ``target`` with +y up (Blender's camera)."""
    back = np.asarray(eye, np.float64) - np.asarray(target, np.float64)
    back /= np.linalg.norm(back)
    right = np.cross([0.0, 0.0, 1.0], back)
    right = np.array([1.0, 0, 0]) if np.linalg.norm(right) < 1e-6 else right / np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, np.cross(back, right), back, eye
    return matrix


def camera_at(name: str, eye: tuple[float, float, float], target: tuple[float, float, float], lens: float = 46.0,
              aspect: float = 4 / 3) -> Camera:  # fmt: skip
    """Returns a camera; ``lens`` is the vertical field of view in degrees."""
    return Camera(name, aim(np.array(eye), np.array(target)), math.radians(lens), aspect, 0.05, 60.0)


def wall_paint(rng: np.random.Generator, colour: tuple[float, float, float] | None = None) -> Material:
    """Returns a wall's material: a pale plaster, sometimes striped paper."""
    tones = (
        (0.90, 0.86, 0.78),
        (0.80, 0.85, 0.82),
        (0.84, 0.86, 0.90),
        (0.90, 0.82, 0.76),
        (0.87, 0.87, 0.85),
        (0.72, 0.78, 0.74),
    )
    tone = colour or tones[int(rng.integers(0, len(tones)))]
    if colour is None and rng.random() < 0.2:
        return palette.textured("wallpaper", textures.wallpaper(rng, tone, tuple(0.93 * c for c in tone)), 0.9)
    return palette.textured("wall", textures.plaster(rng, tone), 0.95)


def floor_material(
    rng: np.random.Generator, kind: str | None = None, timber: str | None = None
) -> tuple[Material, float]:
    """Returns a floor's material and the metres of one repeat; ``kind`` boards, parquet, tiles, chequer or carpet."""
    kind = kind or pick(rng, ("boards", "boards", "parquet", "tiles", "chequer", "carpet"))
    light, dark = palette.WOODS[timber or pick(rng, ("oak", "pine", "walnut", "cherry", "birch"))]
    if kind == "boards":
        return palette.textured("floor boards", textures.boards(rng, light, dark), 0.5), 1.2
    if kind == "parquet":
        return palette.textured("parquet", textures.parquet(rng, light, dark), 0.45), 1.4
    if kind in ("tiles", "chequer"):
        second = (0.3, 0.32, 0.35) if kind == "chequer" else None
        return palette.textured(
            "tiles", textures.tiles(rng, (0.86, 0.84, 0.8), (0.6, 0.58, 0.55), second=second), 0.3
        ), 1.4
    return palette.textured(
        "carpet", textures.fabric(rng, palette.shade(rng, pick(rng, ("grey", "cream", "teal", "navy")))), 1.0
    ), 0.5
