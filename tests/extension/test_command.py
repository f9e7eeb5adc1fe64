"""``blender --command sgvop``: its command line, without Blender; the commands at work, with bpy and a scripted worker."""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from sgvop_blender import command
from sgvop_blender.core_command_line import given_settings
from sgvop_core.cli.main import build_parser as core_parser

ROOT = Path(__file__).resolve().parents[2]
PLACE = ["place", "--object", "Cup", "--prompt", "a cup on the table"]


def never() -> command.Results:
    raise AssertionError("standard output was taken although no command runs")


def parser_of(parser: argparse.ArgumentParser, name: str) -> argparse.ArgumentParser:
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return action.choices[name]


def flags(parser: argparse.ArgumentParser) -> set[str]:
    return {flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")} - {"--help"}


def test_place_has_the_cores_options() -> None:
    ours, theirs = flags(parser_of(command.build_parser(), "place")), flags(parser_of(core_parser("place"), "place"))
    assert theirs - ours == {"--out", "--preview", "--thesis"}
    assert ours - theirs == {"--save", "--python", "--worker-command"}


def test_every_option_is_documented() -> None:
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8").partition("## In Blender")[2]
    told = set(re.findall(r"--[a-z][a-z-]*", text)) - {"--background", "--command", "--thesis"}
    place = flags(parser_of(core_parser("place"), "place"))
    ours = set().union(*(flags(parser_of(command.build_parser(), name)) for name in command.COMMANDS))
    assert ours - place <= told <= ours


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 2, "the following arguments are required: COMMAND"),
        (["put"], 2, "invalid choice: 'put'"),
        (["place"], 2, "required: --object, --prompt"),
        ([*PLACE, "--lock", "up"], 2, "--lock: no channel 'up'"),
        ([*PLACE, "--bounds", "-1,0,0:1"], 2, "--bounds: '-1,0,0:1' is not X,Y,Z:X,Y,Z"),
        ([*PLACE, "--thesis"], 2, "unrecognized arguments: --thesis"),
        ([*PLACE, "--python", "a", "--worker-command", "b"], 2, "not allowed with argument"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_touches_nothing(
    words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(words, never) == code
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--help"], never) == 0
    out = capsys.readouterr().out
    assert "blender --command sgvop" in out and all(name in out for name in command.COMMANDS)


def test_settings_are_read_as_the_core_reads_them() -> None:
    words = ["--lock", "location.z,rotation", "--scale-range", "0.5:2", "--seed", "3", "--clip", "none", "--free"]
    ours = given_settings(command.build_parser().parse_args([*PLACE, *words]))
    theirs = given_settings(core_parser("place").parse_args([*PLACE, "room.glb", "--out", "x.glb", *words]))
    assert ours == theirs


@pytest.mark.parametrize(
    ("path", "told"),
    [("a.glb", "must end in .blend"), ("no/such/a.blend", "make it first"), ("folder.blend", "is a folder")],
)
def test_a_file_that_cannot_be_written_is_told_before_the_work(
    path: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.blend").mkdir()
    with pytest.raises(command.SettingsError, match=told):
        command.check_file(path, "--save", ".blend")


def test_results_go_to_standard_output_and_all_else_to_standard_error() -> None:
    code = (
        "import os, sys; from sgvop_blender.command import Results\n"
        "out = Results.take(); print('chatter'); os.system('echo more') if os.name == 'posix' else None\n"
        "out.give({'a': 'ü'}, '-', [], False); print('end')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert json.loads(done.stdout) == {"a": "ü"}
    assert b"chatter" in done.stderr and b"end" in done.stderr


def test_the_command_line_needs_no_bpy() -> None:
    """Blender imports it when it starts; what is heavy comes when a command runs."""
    tree = ast.parse((ROOT / "sgvop_blender/command.py").read_text(encoding="utf-8"))
    top = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [line for line in top if "bpy" in line or "command_work" in line]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    bpy = pytest.importorskip("bpy")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for name, size, at in (("Table", 1.0, (0, 0, 0.5)), ("Cup", 0.1, (1.5, 0, 0.05))):
        bpy.ops.mesh.primitive_cube_add(size=size, location=at)
        bpy.context.object.name = name
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def inside(scene: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a Python with bpy, as Blender would.

    What bpy itself tells, at times late and from a thread of its own, never gets to the standard output that the results go to.
    """
    worker = shlex.join([sys.executable, "-m", "sgvop_core.wire.scripted_worker"])
    code = (
        "import os, sys\n"
        "kept = os.dup(1); os.dup2(2, 1)\n"
        "import bpy, sgvop_blender; sgvop_blender.register()\n"
        f"bpy.ops.wm.open_mainfile(filepath={str(scene)!r})\n"
        "from sgvop_blender import command\n"
        f"code = command.main({list(words)!r} + ['--worker-command', {worker!r}], lambda: command.Results(kept))\n"
        "sgvop_blender.unregister(); sys.stdout.flush(); sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=scene.parent, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BLENDER_USER_RESOURCES": str(scene.parent / "user")},
    )  # fmt: skip


@pytest.mark.blender
def test_place_saves_the_placed_file_and_gives_the_result(scene: Path) -> None:
    import bpy

    out, result = scene.with_name("placed.blend"), scene.with_name("result.json")
    done = inside(scene, *PLACE, "--save", str(out), "--json", str(result))
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout and "Cup: " in done.stdout
    assert "starting the worker" in done.stderr
    assert isinstance(json.loads(result.read_text("utf-8")), dict)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert (bpy.data.objects["Cup"].location - bpy.data.objects["Table"].location).length != pytest.approx(1.5, abs=0.1)


@pytest.mark.blender
def test_read_and_doctor_print_json_alone(scene: Path) -> None:
    read = inside(scene, "read", "--object", "Cup", "--prompt", "a cup on the table", "--json", "-")
    assert read.returncode == 0 and read.stdout.startswith("{"), read
    assert json.loads(read.stdout)["prompt"] == "a cup on the table"
    doctor = inside(scene, "doctor", "--json", "-")
    assert doctor.returncode == 0 and doctor.stdout.startswith("{"), doctor
    assert json.loads(doctor.stdout)["devices"]


@pytest.mark.blender
def test_an_unknown_object_is_told_with_a_near_name(scene: Path) -> None:
    done = inside(scene, "place", "--object", "cup", "--prompt", "x", "--save", "x.blend")
    assert done.returncode == 2 and "no object 'cup' in the file; did you mean 'Cup'?" in done.stderr
    assert not scene.with_name("x.blend").exists()
