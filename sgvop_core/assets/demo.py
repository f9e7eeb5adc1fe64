"""The demo's furnished room."""

from __future__ import annotations

import numpy as np

from ..scene.model import Scene
from .registry import build_asset, placed
from .rooms import RoomBuilder, camera_at, floor_material, wall_paint


def demo_room(seed: int = 0) -> Scene:
    """Returns a small furnished living room whose "Mug" stands on the floor; cameras "Camera" and "Top".

    A table with a bowl and a book, a shelf with books and a clock, a lamp, a chair, a sofa, a plant, a rug, a picture
    and a window. Every start breaks "a mug on the table".
    """
    rng = np.random.default_rng([seed, 77])
    room = RoomBuilder(rng, 4.2, 3.6)
    room.floor(*floor_material(rng, "boards", "oak"))
    room.back_wall(wall_paint(rng, (0.86, 0.84, 0.76)), window=(0.72, 1.5, 1.15, 1.2))
    room.left_wall(wall_paint(rng, (0.55, 0.68, 0.66)))
    room.skirting()

    def put(kind: str, name: str, x: float, y: float, z: float = 0.0, yaw: float = 0.0, **variants: object) -> float:
        objects = build_asset(kind, int(rng.integers(1 << 30)), name, **variants)
        room.add(placed(objects, x, y, z, yaw))
        return float(max(o.mesh.vertices[:, 2].max() for o in objects if o.mesh is not None))

    put("rug", "Rug", 0.15, -0.2, yaw=2, colour="red", width=(2.0, 2.1))
    top = put("table", "Table", 0.3, 0.0, 0.012, yaw=4, colour="oak", width=(1.15, 1.25), depth=(0.7, 0.76)) + 0.012
    put("bowl", "Bowl", 0.58, 0.1, top, colour="mint")
    put("book", "Book", 0.02, 0.14, top, yaw=24, colour="green")
    put("chair", "Chair", 1.22, 0.12, 0.012, yaw=-98, colour="walnut")
    height = put("shelf", "Shelf", -1.18, 1.62, colour="walnut", width=(0.86, 0.9), height=(1.3, 1.34), boards=3)
    bay = (height - 0.022 - 0.06) / 3
    for level, (shift, length) in enumerate(((-0.16, 0.42), (0.1, 0.5), (-0.18, 0.36))):
        put("book row", f"Books {level + 1}", -1.18 + shift, 1.6, 0.06 + 0.022 + level * bay, length=length)
    put("vase", "Vase", -0.92, 1.6, 0.06 + 0.022 + 2 * bay, colour="terracotta")
    put("clock", "Clock", -1.3, 1.62, height, colour="teal")
    lamp = put("floor lamp", "Lamp", -1.75, 0.85)
    put("sofa", "Sofa", -1.52, -0.55, yaw=90, colour="navy", width=(1.6, 1.65))
    put("plant", "Plant", 1.5, 1.3, tall=True)
    put("picture", "Picture", -0.25, 1.785, 1.25, colour="oak")
    put("mug", "Mug", 0.9, -1.12, 0.0, yaw=40, colour="blue")
    put("ball", "Ball", -0.5, -1.15, 0.0)
    room.sun(48, -52, 2.4)
    room.lamp_light(-1.75, 0.85, lamp - 0.1, 1.5)
    cameras = [
        camera_at("Camera", (1.9, -3.7, 1.9), (-0.1, 0.15, 0.62), 38),
        camera_at("Top", (0.4, -1.2, 4.6), (0.0, 0.1, 0.0), 44),
    ]
    return room.scene(cameras)
