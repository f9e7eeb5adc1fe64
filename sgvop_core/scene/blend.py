"""Blender files, through a Blender that runs as a process of its own: bpy is never imported on this side."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import SceneError
from ..wire.bundle import BundleError, read_bundle, write_bundle
from .bundled import scene_from_bundle, scene_to_bundle
from .model import Array, Scene
from .save import save_error

BLENDER_VARIABLE = "SGVOP_BLENDER"
PATIENCE = 1800.0
"""Seconds after which a Blender that reads or writes is taken for stuck."""


def blender_command() -> list[str] | None:
    """Returns the command that runs our script in Blender: $SGVOP_BLENDER, this Python with bpy, or blender of the PATH.

    None when there is none of them.
    """
    script = Path(__file__).resolve().parents[2] / "sgvop_blender" / "headless.py"
    named = os.environ.get(BLENDER_VARIABLE)
    if named is None and importlib.util.find_spec("bpy") is not None:
        return [sys.executable, str(script)]
    found = shutil.which(named or "blender")
    if found is None:
        return None
    options = ["--background", "--factory-startup", "--disable-autoexec", "--python-exit-code", "1"]
    return [found, *options, "--python", str(script), "--"]


def require_blender() -> list[str]:
    """Returns ``blender_command()``. Raises SceneError that says how to get Blender when there is none."""
    command = blender_command()
    if command is None:
        named = os.environ.get(BLENDER_VARIABLE)
        cause = (
            f"${BLENDER_VARIABLE} names '{named}', which is not there"
            if named
            else "it needs Blender, which is not here"
        )
        raise SceneError(
            f".blend files cannot be used: {cause}; pip install '.[blender]' or set ${BLENDER_VARIABLE} to a blender program"
        )
    return command


def read_blend(path: Path) -> Scene:
    """Returns the scene in a .blend file as Blender evaluates it (modifiers, instances); scripts in it do not run.

    Raises SceneError when the file is missing or damaged or no Blender is there.
    """
    _check_blend(path)
    with tempfile.TemporaryDirectory(prefix="sgvop-") as folder:
        bundle = Path(folder) / "scene.npz"
        _run(["read", str(path.resolve()), str(bundle)], path.name)
        try:
            return replace(scene_from_bundle(read_bundle(bundle)), source=path)
        except (BundleError, OSError) as error:
            raise SceneError(f"{path.name}: Blender's answer cannot be used: {error}") from error


def place_in_blend(scene: Scene, deltas: Mapping[str, Array], out: Path) -> tuple[str, ...]:
    """Writes the scene's own .blend anew with the named objects moved by world matrices [4, 4]; returns notes.

    All else in the file stays as it was. Raises SceneError.
    """
    assert scene.source is not None
    moves = []
    for name, delta in deltas.items():
        source = scene.object(name).source
        if "instance" in source:
            owner = scene.object(name).parent
            raise SceneError(
                f"'{name}' is an instance that '{owner}' makes; place '{owner}', or make the instances real"
            )
        moves.append(
            [source.get("object", name), source.get("library"), np.asarray(delta, np.float64).reshape(-1).tolist()]
        )
    with tempfile.TemporaryDirectory(prefix="sgvop-") as folder:
        request = Path(folder) / "deltas.json"
        request.write_text(json.dumps(moves), "utf-8")
        return _written(["write", str(scene.source.resolve()), "OUT", str(request)], out)


def write_blend(scene: Scene, out: Path) -> tuple[str, ...]:
    """Writes any Scene as a .blend with materials, packed textures, cameras, lights and hierarchy; returns notes."""
    with tempfile.TemporaryDirectory(prefix="sgvop-") as folder:
        bundle = Path(folder) / "scene.npz"
        try:
            write_bundle(bundle, scene_to_bundle(scene))
        except OSError as error:
            raise save_error(bundle, error) from error
        return _written(["build", str(bundle), "OUT"], out)


def _written(arguments: list[str], out: Path) -> tuple[str, ...]:
    """Has Blender write to a place beside ``out`` and renames it there when it is whole."""
    # In the folder of ``out`` itself: Blender writes the file's relative paths for where it saves.
    beside = out.with_name(f".{out.stem[:60]}.{os.getpid()}.part.blend")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(out.parent, os.W_OK):
            raise SceneError(f"cannot write '{out}': not allowed here; give another place")
        lines = _run([str(beside.resolve()) if a == "OUT" else a for a in arguments], out.name)
        if not beside.is_file() or not beside.stat().st_size:
            raise SceneError(f"cannot write '{out}': Blender wrote nothing; is the disk full?")
        os.replace(beside, out)
    except OSError as error:
        raise save_error(out, error) from error
    finally:
        for left in (beside, beside.with_name(beside.name + "@")):
            left.unlink(missing_ok=True)
    return lines


def _check_blend(path: Path) -> None:
    """Raises SceneError unless the file starts as a .blend does (plain, gzip or zstandard)."""
    try:
        with open(path, "rb") as file:
            start = file.read(7)
    except FileNotFoundError:
        raise SceneError(f"no file '{path}'; check the path") from None
    except OSError as error:
        raise SceneError(f"cannot read '{path}': {error.strerror}") from None
    if not start:
        raise SceneError(f"'{path.name}' is empty (0 bytes); save or download it again")
    if start != b"BLENDER" and start[:2] != b"\x1f\x8b" and start[:4] != b"\x28\xb5\x2f\xfd":
        raise SceneError(f"{path.name}: not a Blender file; save it again from Blender")


def _run(arguments: list[str], what: str) -> tuple[str, ...]:
    """Runs our script in Blender and returns its notes. Raises SceneError with its last line when it fails."""
    command = [*require_blender(), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE, env=environment, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SceneError(
            f"{what}: Blender did not finish within {PATIENCE / 60:.0f} minutes; is the scene very large?"
        ) from None
    except OSError as error:
        raise SceneError(f"{what}: Blender cannot be started ({error.strerror}); check ${BLENDER_VARIABLE}") from None
    notes, failure = [], None
    for line in done.stdout.splitlines():
        kind, _, text = line.partition("\t")
        if kind == "sgvop-note":
            notes.append(text)
        elif kind == "sgvop-error":
            failure = text
    if failure is not None:
        raise SceneError(f"{what}: {failure}")
    if done.returncode:
        if done.returncode < 0 or done.returncode > 128:
            raise SceneError(f"{what}: Blender crashed on it; open and save it in Blender, or export it as .glb")
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1][:160]
        raise SceneError(f"{what}: Blender failed: {last}")
    return tuple(notes)
