"""Places props in a room, as a table says, and saves the file: no window, no clicks.

    blender --background --python examples/place_ten_props.py -- room.blend props.csv out.blend
    python examples/place_ten_props.py room.blend props.csv out.blend

The first uses the installed extension, the second the bpy module of the Python that sgvop is installed in. The table has
the columns ``object`` and ``prompt``; others name settings of the panel, such as ``quality`` (DRAFT) or ``seed`` (3).
``--python PATH`` names a Python that has torch, instead of what the extension's preferences say.

Ends with 0 when every prop was placed and holds, with 1 when some were not: the lines say which.
"""

from __future__ import annotations

import argparse
import csv
import sys
from typing import Any

import bpy


def main(words: list[str]) -> int:
    """Places the props; returns the exit code."""
    parser = argparse.ArgumentParser(prog="place_ten_props.py", description=__doc__.partition("\n")[0])
    parser.add_argument("room", help="the .blend with the room and the props")
    parser.add_argument("props", help="the table, a .csv with the columns object and prompt")
    parser.add_argument("out", help="the .blend to write")
    parser.add_argument("--python", help="a Python with torch, or the folder of its virtual environment")
    chosen = parser.parse_args(words)
    enable_extension(chosen.python)
    bpy.ops.wm.open_mainfile(filepath=chosen.room, load_ui=False)
    with open(chosen.props, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    placed = [place(row) for row in rows]
    bpy.ops.wm.save_as_mainfile(filepath=chosen.out, copy=True)
    print(f"{sum(placed)} of {len(placed)} props are placed, wrote {chosen.out}")
    return 0 if all(placed) else 1


def enable_extension(python: str | None) -> None:
    """Makes bpy.ops.sgvop there, and lets its worker run on ``python`` when that is given."""
    import addon_utils  # there only once bpy is imported

    names = [known.module for known in bpy.context.preferences.addons if known.module.endswith(".sgvop")]
    name = names[0] if names else "sgvop_blender"
    if not names and addon_utils.enable(name, default_set=True) is None:
        raise SystemExit(
            "sgvop is not there: install the extension, or run this in the Python that sgvop is installed in"
        )
    preferences: Any = bpy.context.preferences.addons[name].preferences
    if python is not None:
        preferences.kind, preferences.python = "python", python
    elif not names:
        # The bpy module: the Python that runs this has torch too.
        preferences.kind, preferences.python = "python", sys.executable


def place(row: dict[str, str]) -> bool:
    """Places one row's object; returns whether it could be."""
    wanted = dict(row)
    name, prompt = wanted.pop("object"), wanted.pop("prompt")
    thing = bpy.context.view_layer.objects.get(name)
    if thing is None:
        print(f"{name}: there is no such object")
        return False
    for setting, value in wanted.items():
        if value:
            kind = type(getattr(bpy.context.scene.sgvop, setting))
            setattr(bpy.context.scene.sgvop, setting, kind(value))
    bpy.ops.object.select_all(action="DESELECT")
    thing.select_set(True)
    bpy.context.view_layer.objects.active = thing
    try:
        done = bpy.ops.sgvop.place(prompt=prompt)
    except RuntimeError as error:
        # What the panel would show as a problem, such as a pose that cannot be found.
        print(f"{name}: {str(error).strip()}")
        return False
    print(f"{name}: {prompt}, at ({', '.join(f'{v:.2f}' for v in thing.matrix_world.translation)})", flush=True)
    return "FINISHED" in done


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    code = main(own)
    if code:
        # Not sys.exit(0): Blender would skip what it does at its end.
        sys.exit(code)
