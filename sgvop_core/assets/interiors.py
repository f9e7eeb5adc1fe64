"""Furnished rooms by seed: living room, office, kitchen, bedroom, playroom and a bare studio.

Each returns a ``RoomBuilder`` that is still open, so that a caller can add the thing that is to be placed, and has
cameras "Camera" (three quarter view), "Low" and "High". The same seed gives the same room; another gives other colours,
proportions and small shifts, the names stay.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import SettingsError, did_you_mean
from ..scene.model import Array, Scene
from .registry import build_asset, placed
from .rooms import SKIRTING, RoomBuilder, camera_at, floor_material, wall_paint

STANDS = 0.002
"""Gap in metres that furniture keeps to walls, so that meshes do not touch."""


@dataclass
class Interior:
    """A room being furnished, and where its cameras look."""

    room: RoomBuilder
    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    lens: float = 42.0
    aspect: float = 4 / 3

    def put(self, kind: str, name: str, x: float, y: float, z: float = 0.0, yaw: float = 0.0, jitter: float = 0.0,
            **variants: Any) -> Array:  # fmt: skip
        """Adds an asset and returns its world box [2, 3]; ``jitter`` metres of random shift in x and y."""
        rng = self.room.rng
        x, y = x + rng.uniform(-jitter, jitter), y + rng.uniform(-jitter, jitter)
        objects = placed(build_asset(kind, int(rng.integers(1 << 30)), name, **variants), x, y, z, yaw)
        self.room.add(objects)
        return Scene(tuple(objects)).bounds()

    def against_back(self, kind: str, name: str, x: float, z: float = 0.0, **variants: Any) -> Array:
        """Adds an asset with its back to the wall at +y (in front of the skirting) and returns its world box [2, 3]."""
        rng = self.room.rng
        objects = build_asset(kind, int(rng.integers(1 << 30)), name, **variants)
        box = Scene(tuple(objects)).bounds()
        y = self.room.depth / 2 - SKIRTING - STANDS - box[1, 1]
        objects = placed(objects, x, float(y), z)
        self.room.add(objects)
        return Scene(tuple(objects)).bounds()

    def scene(self) -> Scene:
        """Returns the finished scene with its three cameras."""
        eye, target = np.array(self.eye), np.array(self.target)
        away = eye - target
        low = (float(eye[0] * 0.55), float(eye[1]), 0.95)
        high = tuple(float(v) for v in target + away * [0.45, 0.62, 0] + [0, 0, np.linalg.norm(away) * 0.85])
        cameras = [
            camera_at("Camera", self.eye, self.target, self.lens, self.aspect),
            camera_at("Low", low, (float(target[0]), float(target[1]), 0.45), self.lens + 4, self.aspect),
            camera_at("High", (high[0], high[1], high[2]), self.target, self.lens + 4, self.aspect),
        ]
        return self.room.scene(cameras)


def shell(name: str, seed: int, width: float, depth: float, window: bool = True, floor: str | None = None,
          single_sided: bool = False, height: float = 2.5) -> tuple[RoomBuilder, np.random.Generator]:  # fmt: skip
    """Returns a room with floor, two walls and skirting, and its generator."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    room = RoomBuilder(rng, width + rng.uniform(-0.1, 0.25), depth + rng.uniform(-0.1, 0.2), height)
    room.floor(*floor_material(rng, floor))
    paint = wall_paint(rng)
    room.back_wall(paint, window=(room.width / 2 - 0.95, 1.5, 1.0, 1.1) if window else None)
    room.left_wall(paint if rng.random() < 0.5 else wall_paint(rng), single_sided)
    room.skirting(left=not single_sided)
    room.sun(rng.uniform(42, 58), rng.uniform(-70, -40), rng.uniform(2.0, 2.6))
    return room, rng


def living_room(seed: int = 0) -> Interior:
    """Table, Bowl, Book, Shelf with Books 1-2, Sofa, Lamp, Rug, Picture, Cabinet."""
    room, rng = shell("living room", seed, 4.6, 3.8)
    at = Interior(room, (2.2, -4.3, 2.05), (-0.1, 0.1, 0.6), 40)
    left, back = -room.width / 2, room.depth / 2
    at.put("rug", "Rug", 0.35, -0.25, yaw=float(rng.uniform(-3, 3)))
    table = at.put(
        "table", "Table", 0.45, -0.1, 0.012, yaw=float(rng.uniform(-6, 6)), width=(1.15, 1.3), depth=(0.7, 0.8)
    )
    top = float(table[1, 2])
    at.put("bowl", "Bowl", 0.75, 0.0, top, jitter=0.03)
    at.put("book", "Book", 0.15, 0.02, top, yaw=float(rng.uniform(0, 40)), jitter=0.03)
    shelf = at.against_back("shelf", "Shelf", left + 0.95, width=(0.85, 0.95), height=(1.25, 1.4), boards=3)
    bay = (float(shelf[1, 2]) - 0.082) / 3
    for level in (0, 2):
        x = left + 0.95 + (-0.17 if level else 0.14)
        at.put("book row", f"Books {level // 2 + 1}", x, back - 0.18, 0.083 + level * bay, length=0.36)
    at.put("sofa", "Sofa", left + 0.6, -0.6, yaw=90, width=(1.6, 1.7))
    lamp = at.put("floor lamp", "Lamp", left + 0.36, 0.75)
    room.lamp_light(left + 0.36, 0.75, float(lamp[1, 2]) - 0.1, 2.0)
    at.against_back("cabinet", "Cabinet", 0.55, width=(0.8, 0.95))
    at.put("picture", "Picture", 0.5, back - 0.0145, 1.3)
    return at


def office(seed: int = 0) -> Interior:
    """Desk with Monitor and Lamp, Chair, Bookcase with Books, Plant, Clock on the bookcase."""
    room, rng = shell("office", seed, 4.0, 3.4, floor="parquet")
    at = Interior(room, (1.9, -4.1, 1.9), (-0.1, 0.2, 0.62), 41, 16 / 9)
    left, back = -room.width / 2, room.depth / 2
    desk = at.against_back("desk", "Desk", 0.35)
    top = float(desk[1, 2])
    at.put("monitor", "Monitor", 0.35, back - 0.2, top + 0.0005, jitter=0.02)
    at.put("desk lamp", "Lamp", float(desk[0, 0]) + 0.16, back - 0.28, top, yaw=float(rng.uniform(-30, 10)))
    at.put("chair", "Chair", 0.2, back - 1.35, yaw=float(180 + rng.uniform(-15, 15)))
    case = at.against_back("shelf", "Bookcase", left + 0.55, width=(0.75, 0.85), height=(1.35, 1.5), boards=4)
    bay = (float(case[1, 2]) - 0.082) / 4
    at.put("book row", "Books", left + 0.5, back - 0.18, 0.083 + bay, length=0.3)
    at.put("plant", "Plant", room.width / 2 - 0.4, back - 0.6, tall=False)
    at.put("armchair", "Armchair", left + 0.62, -0.7, yaw=80)
    return at


def kitchen(seed: int = 0) -> Interior:
    """Counter (a wide cabinet) with Pan and Bottle, Table with Plate and Teapot, Stool, Basket, Clock."""
    room, rng = shell("kitchen", seed, 3.8, 3.4, floor="tiles" if seed % 2 else "chequer", single_sided=seed % 2 == 1)
    at = Interior(room, (2.0, -3.9, 2.0), (-0.05, 0.1, 0.65), 42)
    left, back = -room.width / 2, room.depth / 2
    counter = at.against_back("cabinet", "Counter", left + 1.0, width=(1.5, 1.6), height=(0.88, 0.92), depth=0.55)
    at.put("pan", "Pan", left + 0.55, back - 0.32, float(counter[1, 2]), yaw=float(rng.uniform(-60, -20)))
    at.put("bottle", "Bottle", left + 1.6, back - 0.25, float(counter[1, 2]))
    table = at.put("table", "Table", 0.4, -0.35, yaw=float(rng.uniform(-8, 8)), width=(1.05, 1.2), depth=(0.7, 0.78))
    at.put("plate", "Plate", 0.7, -0.38, float(table[1, 2]), jitter=0.02)
    at.put("teapot", "Teapot", 0.12, -0.25, float(table[1, 2]), yaw=float(rng.uniform(-40, 40)))
    at.put("stool", "Stool", 1.25, 0.55, jitter=0.05)
    at.put("basket", "Basket", left + 0.4, -0.9, jitter=0.04)
    return at


def bedroom(seed: int = 0) -> Interior:
    """Bed, Nightstand with Lamp, Wardrobe, Chest (a cabinet), Rug, Chair."""
    room, rng = shell("bedroom", seed, 4.4, 3.8, floor="carpet" if seed % 2 else "boards")
    at = Interior(room, (2.6, -4.1, 2.15), (-0.25, 0.2, 0.5), 41)
    left = -room.width / 2
    bed = at.against_back("bed", "Bed", left + 1.55)
    stand = at.against_back("side table", "Nightstand", float(bed[1, 0]) + 0.42)
    x = float(stand[:, 0].mean())
    y = float(stand[:, 1].mean())
    lamp = at.put("table lamp", "Lamp", x, y, float(stand[1, 2]))
    room.lamp_light(x, y, float(lamp[1, 2]) - 0.15, 1.2)
    at.put("rug", "Rug", 1.0, -0.85, yaw=float(rng.uniform(-4, 4)), width=(1.4, 1.5))
    at.put("cabinet", "Chest", left + 0.27, -0.95, yaw=90, width=(0.8, 0.9))
    at.put("chair", "Chair", room.width / 2 - 0.45, 0.75, yaw=-50)
    return at


def playroom(seed: int = 0) -> Interior:
    """Rug, Crate, Box, Drum, Cow, Ball, Stool, small Table (coffee table)."""
    room, rng = shell("playroom", seed, 3.4, 3.0, window=seed % 2 == 0, floor="boards", single_sided=True)
    at = Interior(room, (1.5, -3.5, 1.75), (-0.05, 0.0, 0.3), 40)
    left = -room.width / 2
    at.put("rug", "Rug", 0.15, -0.35, yaw=float(rng.uniform(-4, 4)), width=(1.6, 1.7))
    at.against_back("coffee table", "Table", -0.35)
    at.put("crate", "Crate", left + 0.42, -0.35, yaw=float(rng.uniform(-15, 15)))
    at.put("box", "Box", 1.0, 0.55, yaw=float(rng.uniform(-20, 20)))
    at.put("drum", "Drum", 0.55, -0.35, 0.012)
    at.put("cow", "Cow", -0.25, -0.4, 0.012, yaw=float(rng.uniform(-60, 60)))
    at.put("ball", "Ball", 1.15, -0.55)
    return at


def studio(seed: int = 0) -> Interior:
    """A bare floor without walls: Table, Stool, Box, Chair."""
    rng = np.random.default_rng([seed, zlib.crc32(b"studio")])
    room = RoomBuilder(rng, 3.6, 3.2)
    room.floor(*floor_material(rng, ("carpet", "tiles", "boards")[seed % 3]))
    room.sun(rng.uniform(45, 60), rng.uniform(-80, -40), 2.4)
    angle = rng.uniform(-0.5, 0.5)
    at = Interior(room, (float(4.2 * np.sin(angle)), float(-4.2 * np.cos(angle)), 1.9), (0.0, 0.0, 0.45), 38, 1.0)
    at.put("table", "Table", -0.1, 0.15, yaw=float(rng.uniform(-25, 25)), width=(1.0, 1.15), depth=(0.65, 0.75))
    at.put("stool", "Stool", 1.15, -0.15, jitter=0.08)
    at.put("box", "Box", -1.2, -0.5, yaw=float(rng.uniform(-30, 30)))
    return at


ROOMS: dict[str, Callable[[int], Interior]] = {
    "living room": living_room,
    "office": office,
    "kitchen": kitchen,
    "bedroom": bedroom,
    "playroom": playroom,
    "studio": studio,
}


def build_room(kind: str, seed: int = 0) -> Interior:
    """Returns a furnished room by its kind. Raises SettingsError for an unknown one."""
    if kind not in ROOMS:
        raise SettingsError(f"no room kind '{kind}'" + did_you_mean(kind, ROOMS))
    return ROOMS[kind](seed)
