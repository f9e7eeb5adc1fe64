"""``sgvop demo``: places a mug in a small furnished room that is made on the spot."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from .output import check_folder, write_json, write_picture
from .progress import ProgressDisplay

if TYPE_CHECKING:
    from ..placement.result import Placement
    from ..scene.model import Scene

OBJECT = "Mug"
PROMPT = "a mug on the table"
"""What the demo asks for unless --prompt says otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument("--out", default="sgvop-out", metavar="DIR", help="folder for the results (default: sgvop-out)")
    parser.add_argument("--prompt", default=PROMPT, metavar="TEXT", help=f"where the mug belongs (default: '{PROMPT}')")
    parser.add_argument(
        "--quality", default="standard", metavar="draft|standard|high", help="how much work is done (default: standard)"
    )
    parser.add_argument(
        "--clip",
        default="builtin",
        metavar="MODEL[:PRETRAINED|PATH]",
        help="model that judges the pictures (default: builtin, the package's own; none does without)",
    )
    parser.add_argument("--seed", default=0, type=int, metavar="N", help="seed of the room and the search (default: 0)")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    """Makes the room, places the mug and writes the files; returns 0, or 130 when it was stopped by Ctrl-C."""
    folder = check_folder(arguments.out, "--out")
    from ..placement.settings import PlaceSettings

    settings = PlaceSettings(quality=arguments.quality, clip=(arguments.clip,), seed=arguments.seed)
    from ..assets import demo_room
    from ..scene.write import write_glb, write_placed
    from .contact_sheet import contact_sheet
    from .place import search, summary

    with ProgressDisplay(arguments.quiet) as display:
        room = demo_room(arguments.seed)
        start = folder / "room.glb"
        write_glb(room, start)
        placement, _ = search(room, [OBJECT], arguments.prompt, settings, display)
        display.note("writing the placed scene and its pictures")
        placed, sheet, result = folder / "placed.glb", folder / "contact-sheet.png", folder / "result.json"
        write_placed(room, placement.final.deltas, placed)
        write_picture(sheet, contact_sheet(room, placement))
        write_json(result, placement.as_json())
        made = [("the room as it was", start), ("the placed scene", placed), ("start, best and next candidates", sheet),
                ("poses, scores and checks", result)]  # fmt: skip
        blend, why = _write_blend(room, placement, folder / "placed.blend")
        if blend is not None:
            made.insert(2, ("the same for Blender", blend))
    print("\n".join(summary(placement)))
    print()
    widest = max(len(str(path)) for _, path in made)
    for what, path in made:
        print(f"  {path!s:{widest}}  {what}")
    if why:
        print(f"  no .blend: {why}")
    print("\ntry next:")
    for line in suggestions(start, folder):
        print(f"  {line}")
    return 130 if placement.final.stopped == "cancelled" else 0


def suggestions(room: Path, folder: Path) -> list[str]:
    """Returns commands that show more of what there is, ready to paste."""
    scene, out = shlex.quote(str(room)), shlex.quote(str(folder / "again.glb"))
    return [
        f"sgvop inspect {scene}",
        f"sgvop place {scene} --object Mug --prompt 'a mug on the shelf' --out {out}",
        f"sgvop place {scene} --object Lamp --prompt 'a lamp next to the sofa' --out {out}",
        "sgvop doctor",
    ]


def _write_blend(room: Scene, placement: Placement, out: Path) -> tuple[Path | None, str]:
    """Writes the placed scene as .blend when bpy is there; returns its path, or None and why not."""
    import importlib.util

    if importlib.util.find_spec("bpy") is None:
        return None, "bpy is not installed; python -m pip install '.[blender]' adds it (Python 3.11)"
    from ..errors import SgvopError
    from ..scene.write import write_placed

    try:
        write_placed(room, placement.final.deltas, out)
    except SgvopError as error:
        return None, str(error)
    return out, ""
