"""The commands on a small scene: what they write, where, and what they say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sgvop_core.cli.main import main

DRAFT = ["--quality", "draft", "--clip", "none", "--device", "cpu"]


def place(scene: Path, out: Path, *more: str) -> int:
    return main(
        ["place", str(scene), "--object", "cup", "--prompt", "a cup on the table", "--out", str(out), *DRAFT, *more]
    )


def test_place_writes_the_scene_the_result_and_the_pictures(
    scene_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sgvop_core import load_scene

    out, result, preview = tmp_path / "placed.glb", tmp_path / "result.json", tmp_path / "preview"
    assert place(scene_file, out, "--json", str(result), "--preview", str(preview)) == 0
    best = json.loads(result.read_text())["candidates"][0]
    assert best["checks"]["complete"], best["checks"]
    assert best["location"][2] == pytest.approx(0.7, abs=0.01)
    placed = load_scene(out)
    assert np.allclose(placed.object("cup").matrix_world, best["matrix_world"], atol=1e-5)
    assert np.allclose(placed.object("table").matrix_world, load_scene(scene_file).object("table").matrix_world)
    pictures = sorted(p.name for p in preview.iterdir())
    assert "start.png" in pictures and "candidate-1.png" in pictures and any(p.startswith("stage-") for p in pictures)
    captured = capsys.readouterr()
    assert "all checks hold" in captured.out and str(out) in captured.out
    assert "evolve" in captured.err and "\x1b" not in captured.err


def test_json_alone_is_on_standard_output(scene_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place(scene_file, tmp_path / "placed.glb", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["object"] == "cup"


def test_quiet_says_nothing(scene_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place(scene_file, tmp_path / "placed.glb", "--quiet", "--stages", "propose,resolve") == 0
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err == ""


def test_several_objects_see_each_other(scene_with_bowl: Path, tmp_path: Path) -> None:
    from sgvop_core import load_scene

    out, result = tmp_path / "o.glb", tmp_path / "r.json"
    words = ["place", str(scene_with_bowl), "--object", "cup", "--object", "bowl", "--prompt", "on the table"]
    assert main([*words, "--out", str(out), "--json", str(result), "--quiet", *DRAFT]) == 0
    blocks = json.loads(result.read_text())["placements"]
    assert [b["object"] for b in blocks] == ["cup", "bowl"]
    placed = load_scene(out)
    for block in blocks:
        matrix = placed.object(block["object"]).matrix_world
        assert np.allclose(matrix, block["candidates"][0]["matrix_world"], atol=1e-5)
        assert matrix[2, 3] == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"--object": "cupp"}, "'cup'"),
        ({"--prompt": "  "}, "prompt"),
        ({"--anchor": "tabel"}, "table"),
        ({"--camera": "Cam"}, "Camera"),
        ({"--lock": "location"}, "location.z"),
    ],
)
def test_what_cannot_be_is_one_line(
    change: dict[str, str], named: str, scene_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"--object": "cup", "--prompt": "a cup on the table", "--out": str(tmp_path / "placed.glb"), **change}
    words = [word for pair in options.items() for word in pair]
    assert main(["place", str(scene_file), *words, "--quiet", *DRAFT]) == 2
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1 and named in error and "unexpected" not in error
    assert not list(tmp_path.iterdir())


def test_bad_files_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.glb").write_bytes(b"")
    (tmp_path / "cut.glb").write_bytes(b"glTF\x02\x00\x00\x00\xff\xff\xff\x7f")
    (tmp_path / "text.obj").write_bytes(b"\xff\xfe nonsense \x00")
    (tmp_path / "note.txt").write_text("x")
    for name in ("empty.glb", "cut.glb", "text.obj", "note.txt", "missing.glb"):
        assert main(["inspect", str(tmp_path / name)]) == 2, name
        error = capsys.readouterr().err.strip()
        assert len(error.splitlines()) == 1 and name in error and "unexpected" not in error


def test_inspect_lists_sizes_and_what_can_be_placed(scene_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(scene_file), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    cup = next(o for o in summary["objects"] if o["name"] == "cup")
    assert cup["size"] == pytest.approx([0.1, 0.1, 0.12], abs=1e-5) and cup["placeable"]
    assert summary["cameras"][0]["name"] == "Camera"
    assert main(["inspect", str(scene_file)]) == 0
    text = capsys.readouterr().out
    assert "--object 'cup'" in text and "Camera" in text


def test_render_draws_the_size_that_was_asked_for(scene_file: Path, tmp_path: Path) -> None:
    from PIL import Image

    out = tmp_path / "x.png"
    assert (
        main(["render", str(scene_file), "--camera", "Camera", "--out", str(out), "--size", "80x60", "--samples", "1"])
        == 0
    )
    picture = np.asarray(Image.open(out).convert("RGB"))
    assert picture.shape == (60, 80, 3)
    assert picture.reshape(-1, 3).std(0).max() > 5, "the picture shows nothing"


def test_doctor_tells_versions_and_optional_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert state["required"]["torch"] and state["missing"] == []
    assert {p["name"] for p in state["optional"]} >= {"bpy", "pytorch3d"}
    assert all(p["adds"] and p["get"] for p in state["optional"])
    assert main(["doctor"]) == 0
    assert "optional parts" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to a process otherwise there")
def test_interrupted_it_still_writes_the_best_so_far(scene_file: Path, tmp_path: Path) -> None:
    out, result = tmp_path / "placed.glb", tmp_path / "result.json"
    words = ["place", str(scene_file), "--object", "cup", "--prompt", "a cup on the table", "--out", str(out)]
    words += ["--json", str(result), "--quality", "high", "--clip", "none", "--device", "cpu"]
    command = [sys.executable, "-u", "-m", "sgvop_core.cli", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "propose" in line or "evolve" in line:
                os.kill(run.pid, signal.SIGINT)
                break
        run.communicate(timeout=240)
    assert run.returncode == 130
    assert json.loads(result.read_text())["stopped"] == "cancelled"
    assert out.stat().st_size > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["placed.glb", "result.json"]
