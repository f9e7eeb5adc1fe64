"""Blender without a window, as a process of its own: .blend to bundle, bundle to .blend, placed objects into a .blend.

    python -m sgvop_blender.headless read IN.blend OUT.npz
    python -m sgvop_blender.headless write IN.blend OUT.blend DELTAS.json
    python -m sgvop_blender.headless build IN.npz OUT.blend

It runs in a Python that has bpy, or in Blender: ``blender --background --python headless.py -- read ...``. Scripts in
the .blend do not run. Lines that begin with ``sgvop-note`` or ``sgvop-error`` and a tab are meant for the user; after
an error the exit code is 3.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    __package__ = "sgvop_blender"
    import sgvop_blender  # noqa: F401  (makes the relative imports below work when run as a script)

import bpy
import numpy as np

from .core_wire import BundleError, read_bundle, write_bundle
from .pose_writer import world_matrix, write_pose
from .scene_builder import build_scene
from .scene_reader import read_scene

FAILED = 3


class Failure(Exception):
    """Something that the user can act on."""


def main(arguments: list[str]) -> int:
    """Returns the exit code of one of the three commands."""
    try:
        command, *rest = arguments or [""]
        if command == "read" and len(rest) == 2:
            notes = read(rest[0], rest[1])
        elif command == "write" and len(rest) == 3:
            notes = write(rest[0], rest[1], json.loads(Path(rest[2]).read_text("utf-8")))
        elif command == "build" and len(rest) == 2:
            notes = build(rest[0], rest[1])
        else:
            raise Failure("use: read IN.blend OUT.npz | write IN.blend OUT.blend DELTAS.json | build IN.npz OUT.blend")
    except (Failure, BundleError, OSError, ValueError, RuntimeError) as error:
        print(f"sgvop-error\t{' '.join(str(error).split())[:300]}", flush=True)
        return FAILED
    for note in notes:
        print(f"sgvop-note\t{note}")
    sys.stdout.flush()
    return 0


def read(source: str, out: str) -> list[str]:
    """Writes the bundle of a .blend's scene; its notes stand in the bundle."""
    _open(source)
    context = bpy.context
    bundle = read_scene(bpy.data, context.scene, context.view_layer, context.evaluated_depsgraph_get())
    write_bundle(out, bundle)
    return []


def write(source: str, out: str, moves: list[Any]) -> list[str]:
    """Writes the .blend anew with each named object moved by a world-space 4x4; returns notes."""
    from mathutils import Matrix

    compressed = Path(source).read_bytes()[:7] != b"BLENDER"
    _open(source)
    view_layer, notes = bpy.context.view_layer, []
    for name, library, values in moves:
        obj = bpy.data.objects.get((name, library)) if library else bpy.data.objects.get(name)
        if obj is None:
            raise Failure(f"no object '{name}' in the file; was it renamed since it was read?")
        if obj.name not in view_layer.objects:
            raise Failure(f"'{name}' is left out of the view layer; include its collection to place it")
        delta = np.array(values, np.float64).reshape(4, 4)
        notes += write_pose(obj, delta @ world_matrix(obj), view_layer, Matrix)
    _save(out, compressed)
    return notes


def build(source: str, out: str) -> list[str]:
    """Writes a .blend of a bundle; returns notes."""
    bundle = read_bundle(source)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    notes = build_scene(bpy, bundle)
    _save(out, True)
    return notes


def _open(source: str) -> None:
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    try:
        bpy.ops.wm.open_mainfile(filepath=source, load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise Failure(
            f"cannot be opened: {str(error).strip().splitlines()[-1][:160]}; save it again from Blender"
        ) from error
    bpy.context.view_layer.update()


def _save(out: str, compressed: bool) -> None:
    try:
        bpy.ops.wm.save_as_mainfile(
            filepath=out, copy=True, compress=compressed, relative_remap=True, check_existing=False
        )
    except RuntimeError as error:
        raise Failure(f"cannot be written: {str(error).strip().splitlines()[-1][:160]}; free some space") from error
    if not Path(out).is_file():
        raise Failure("was not written; is the disk full?")


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    code = main(own)
    if code:
        sys.exit(code)
