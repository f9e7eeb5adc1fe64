"""The zip in the real Blender: built, installed, used without a window, removed. The tests run in this order."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import ROOT, Blender

pytestmark = pytest.mark.slow
PROMPT = "a cup on the table"


@pytest.fixture(scope="module")
def archive(blender: Blender) -> Path:
    """The zip, which Blender has found valid."""
    from sgvop_core.cli.main import main

    out = blender.home.parent / "dist"
    command = subprocess.list2cmdline(blender.command)
    assert main(["build-extension", "--out", str(out), "--blender", command, "--quiet"]) == 0
    return next(out.glob("sgvop-*.zip"))


@pytest.fixture(scope="module")
def folder(blender: Blender, archive: Path) -> Path:
    """The installed extension's folder."""
    blender.extension("install-file", "-r", "user_default", "--enable", str(archive))
    found = [p.parent for p in blender.home.rglob("blender_manifest.toml")]
    assert len(found) == 1
    return found[0]


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder without the compiled modules that Blender's own Python keeps beside them."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.parent.name != "__pycache__"
    }


def test_blenders_own_build_makes_the_same_extension(blender: Blender, archive: Path) -> None:
    out = blender.home.parent / "own.zip"
    blender.extension("build", "--source-dir", str(ROOT), "--output-filepath", str(out))
    with zipfile.ZipFile(out) as theirs, zipfile.ZipFile(archive) as ours:
        assert sorted(theirs.namelist()) == sorted(ours.namelist())
        for name in ("blender_manifest.toml", "__init__.py"):
            assert theirs.read(name) == ours.read(name)


def test_it_is_made_into_a_repository(blender: Blender) -> None:
    from sgvop_core.cli.main import main

    out = blender.home.parent / "repository"
    command = subprocess.list2cmdline(blender.command)
    words = ["--out", str(out.parent / "dist"), "--repository", str(out), "--blender", command, "--quiet"]
    assert main(["build-extension", *words]) == 0
    index = json.loads((out / "index.json").read_text("utf-8"))
    (entry,) = index["data"]
    assert entry["id"] == "sgvop" and (out / entry["archive_url"]).is_file()
    assert "sgvop" in (out / "index.html").read_text("utf-8")


def test_what_is_installed_is_what_is_in_the_zip(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        assert contents(folder) == {name: zipped.read(name) for name in zipped.namelist()}


def test_it_keeps_to_its_place_and_leaves_no_trace(blender: Blender, folder: Path, scene: Path, scripted: str) -> None:
    told = blender.script("examine.py", scripted, scene=scene)
    assert told["errors"] == []
    assert told["placed"] == ["FINISHED"]
    assert max(abs(a - b) for a, b in zip(told["before"], told["after"], strict=True)) > 0.1
    assert told["warnings"] == told["warnings again"] == {}
    assert told["warnings of a violation"].keys() == {told["module"]}, "this Blender tells violations otherwise"
    assert told["outside"] == []
    assert told["enabled"]["types"] and "place" in told["enabled"]["operators"]
    assert {name: found for name, found in told["disabled"].items() if found} == {}
    assert told["again"]["types"] == told["enabled"]["types"]
    assert told["again"]["operators"] == told["enabled"]["operators"]


def test_a_scripted_worker_places_from_the_command_line(
    blender: Blender, folder: Path, scene: Path, scripted: str
) -> None:
    out = blender.home.parent / "scripted.blend"
    done = blender.run(
        "--background", str(scene), "--command", "sgvop", "place", "--object", "Cup", "--prompt", PROMPT,
        "--worker-command", scripted, "--save", str(out), "--json", "-",
    )  # fmt: skip
    assert isinstance(json.loads(done.stdout), dict), "standard output is JSON and nothing else"
    before, after = blender.script("where.py", scene=scene), blender.script("where.py", scene=out)
    assert before["Cup"] != after["Cup"] and before["Table"] == after["Table"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["place", "--object", "Cop", "--prompt", PROMPT, "--save", "x.blend"],
            "no object 'Cop' in the file; did you mean",
        ),
        (["place", "--object", "Cup", "--prompt", PROMPT, "--save", "x.blend"], "no runtime is installed; install one"),
        (["place", "--object", "Cup", "--prompt", PROMPT, "--lock", "up"], "--lock: no channel 'up'"),
        (["place", "--object", "Cup"], "the following arguments are required: --prompt"),
        (["read", "--object", "Cup", "--prompt", PROMPT, "--python", "/no/such/python"], "is no executable"),
        (["doctor", "--worker-command", "no-such-command"], "no-such-command"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(
    blender: Blender, folder: Path, scene: Path, words: list[str], told: str
) -> None:
    done = blender.run("--background", str(scene), "--command", "sgvop", *words, code=2)
    assert told in done.stderr and "Traceback" not in done.stderr


def test_the_real_worker_places_from_the_command_line(blender: Blender, folder: Path, scene: Path, python: str) -> None:
    out, result = blender.home.parent / "real.blend", blender.home.parent / "real.json"
    words = ["--object", "Cup", "--prompt", PROMPT, "--quality", "draft", "--clip", "none", "--python", python]
    done = blender.run(
        "--background", str(scene), "--command", "sgvop", "place", *words, "--save", str(out), "--json", str(result)
    )
    assert "all checks hold" in done.stdout and str(out) in done.stdout
    best = json.loads(result.read_text("utf-8"))["candidates"][0]
    assert best["checks"]["complete"]
    cup = blender.script("where.py", scene=out)["Cup"]
    assert cup == pytest.approx(best["location"], abs=1e-5)
    assert cup[2] == pytest.approx(0.75 + 0.06, abs=0.02)


def test_the_real_worker_reads_and_tells_what_it_has(blender: Blender, folder: Path, scene: Path, python: str) -> None:
    words = ["--object", "Cup", "--prompt", PROMPT, "--python", python, "--json", "-"]
    read = blender.run("--background", str(scene), "--command", "sgvop", "read", *words)
    (relation,) = json.loads(read.stdout)["relations"]
    assert (relation["relation"], relation["anchors"]) == ("on", ["Table"])
    state = json.loads(blender.run("--command", "sgvop", "doctor", "--python", python, "--json", "-").stdout)
    assert "torch" in state["worker"]["versions"] and any(d["automatic"] for d in state["devices"])


def test_nothing_was_written_into_the_extensions_folder(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        assert contents(folder) == {name: zipped.read(name) for name in zipped.namelist()}
    compiled = {p.suffixes[-2] if len(p.suffixes) > 1 else p.name for p in folder.rglob("__pycache__/*")}
    assert len(compiled) <= 1, f"a Python that is not Blender's has left files behind: {compiled}"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_no_worker_outlives_its_blender(blender: Blender, folder: Path) -> None:
    left = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            mine = str(blender.home).encode() in entry.read_bytes()
            command = (entry.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if mine and "sgvop_core" in command:
            left.append(command)
    assert left == []


def test_after_removing_it_nothing_is_left(blender: Blender, folder: Path) -> None:
    kept = blender.home / "extensions/.user/user_default/sgvop/runtime/packages.txt"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("what the extension keeps in the folder that Blender gives it goes too\n")
    blender.extension("remove", "sgvop")
    assert not folder.exists()
    assert [p for p in blender.home.rglob("*") if "sgvop" in p.name] == []
