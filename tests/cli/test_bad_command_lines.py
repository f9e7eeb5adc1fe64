"""Whatever is wrong on the command line: exit code 2 and one line that names the thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sgvop_core.cli.main import main

PLACE = ["place", "scene.glb", "--object", "cup", "--prompt", "on it", "--out", "out.glb"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["place"], "SCENE"),
        (["nonsense"], "nonsense"),
        ([*PLACE, "--nonsense"], "--nonsense"),
        ([*PLACE, "--lock", "location.w"], "location.w"),
        ([*PLACE, "--lock", ","], "--lock"),
        ([*PLACE, "--scale-range", "2:1"], "2:1"),
        ([*PLACE, "--scale-range", "big"], "big"),
        ([*PLACE, "--guidance", "clop=1"], "clop"),
        ([*PLACE, "--guidance", "clip"], "clip"),
        ([*PLACE, "--guidance", "clip=-1"], "clip=-1"),
        ([*PLACE, "--guidance", "clip=nan"], "clip=nan"),
        ([*PLACE, "--stages", "propose,polsh"], "polsh"),
        ([*PLACE, "--bounds", "0,0,0"], "0,0,0"),
        ([*PLACE, "--bounds", "-1,0,0:-2,1,1"], "-1,0,0:-2,1,1"),
        ([*PLACE, "--candidates", "0"], "candidates"),
        ([*PLACE, "--candidates", "many"], "many"),
        ([*PLACE, "--budget", "-3"], "budget"),
        ([*PLACE, "--time-limit", "0"], "time limit"),
        ([*PLACE, "--time-limit", "nan"], "nan"),
        ([*PLACE, "--quality", "best"], "best"),
        ([*PLACE, "--renderer", "crayon"], "crayon"),
        ([*PLACE, "--device", "tpu"], "tpu"),
        ([*PLACE, "--uniform-scale", "--free-scale"], "--free-scale"),
        ([*PLACE[:-1], "out.png"], "out.png"),
        ([*PLACE[:-1], "no/such/folder/out.glb"], "no/such/folder"),
        ([*PLACE, "--json", "result.txt"], "result.txt"),
        ([*PLACE], "scene.glb"),
        (["render", "scene.glb", "--out", "x.png"], "scene.glb"),
        (["render", "scene.glb", "--out", "x.jpg"], "x.jpg"),
        (["render", "scene.glb", "--out", "x.png", "--size", "0x4"], "0x4"),
        (["render", "scene.glb", "--out", "x.png", "--size", "9999999x9999999"], "9999999x9999999"),
        (["inspect", "scene.glb"], "scene.glb"),
        (["demo", "--quality", "best"], "best"),
        (["bench"], "BENCH"),
        (["bench", "placement", "--cases", "no-such-folder"], "no-such-folder"),
    ],
)
def test_one_line_and_exit_code_2(
    words: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    assert named in lines[0]
    assert "Traceback" not in captured.err
    assert "unexpected" not in captured.err
    assert captured.out == ""
    assert not list(tmp_path.glob("*.glb"))


def test_debug_shows_the_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["place", *PLACE[1:], "--lock", "location.w", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import errno

    from sgvop_core.cli import doctor

    def full(arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "out.glb")

    monkeypatch.setattr(doctor, "run", full)
    assert main(["doctor"]) == 2
    error = capsys.readouterr().err
    assert "disk is full" in error and "out.glb" in error and len(error.strip().splitlines()) == 1


def test_an_unforeseen_error_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from sgvop_core.cli import doctor

    def broken(arguments: object) -> int:
        raise RuntimeError("first\nsecond")

    monkeypatch.setattr(doctor, "run", broken)
    assert main(["doctor"]) == 2
    error = capsys.readouterr().err
    assert "RuntimeError: first second" in error and len(error.strip().splitlines()) == 1
