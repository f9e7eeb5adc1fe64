"""Makes a furnished room with ten props lying about on its floor, for place_ten_props.py.

    python examples/make_room.py room.blend

Runs in the Python that sgvop is installed in; .blend needs bpy there (``pip install '.[blender]'``), .glb does not.
"""

from __future__ import annotations

import dataclasses
import sys

from sgvop_core.assets import build_asset, demo_room, placed
from sgvop_core.errors import SgvopError
from sgvop_core.scene.write import write_placed

PROPS = {
    # name: (kind of asset, x, y) on the free floor before the sofa and the table
    "Mug": ("mug", 0.9, -1.12),
    "Ball": ("ball", -0.5, -1.15),
    "Teapot": ("teapot", 0.55, -1.45),
    "Candle": ("candle", 0.2, -1.1),
    "Plate": ("plate", -0.1, -1.5),
    "Teddy": ("teddy", -0.9, -1.5),
    "Toy car": ("toy car", 1.3, -1.5),
    "Cushion": ("cushion", 1.6, -0.8),
    "Basket": ("basket", -1.4, -1.55),
    "Stool": ("stool", 1.75, -1.4),
}


def main(out: str) -> int:
    """Writes the room; returns the exit code."""
    room = demo_room()
    here = {thing.name for thing in room.objects}
    more = [
        thing
        for number, (name, (kind, x, y)) in enumerate(PROPS.items())
        if name not in here
        for thing in placed(build_asset(kind, number, name), x, y)
    ]
    try:
        write_placed(dataclasses.replace(room, objects=(*room.objects, *more)), {}, out)
    except SgvopError as error:
        print(f"make_room: {error}", file=sys.stderr)
        return 2
    print(f"wrote {out}: {', '.join(PROPS)}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("use: python examples/make_room.py ROOM.blend")
    raise SystemExit(main(sys.argv[1]))
