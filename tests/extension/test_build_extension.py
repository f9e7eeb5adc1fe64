"""The zip that Blender installs: what is in it, that it can be made again, and that broken rules are told."""

from __future__ import annotations

import ast
import io
import shutil
import stat
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sgvop_core.cli.extension_archive import FILES, PACKAGES, SCRIPTS, archive_bytes, archive_problems, extension_files
from sgvop_core.cli.main import main
from sgvop_core.cli.manifest_rules import manifest_problems

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data() -> bytes:
    return archive_bytes(ROOT)


@pytest.fixture(scope="module")
def names(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


@pytest.fixture
def manifest() -> dict[str, Any]:
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository with the least that makes an extension."""
    top = tmp_path / "repository"
    for package in PACKAGES:
        (top / package).mkdir(parents=True)
        (top / package / "__init__.py").write_text('"""A package."""\n')
    for name in FILES:
        shutil.copy(ROOT / name, top / name)
    return top


def test_the_repository_makes_a_zip_that_keeps_all_rules(data: bytes) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert archive_problems(data, project) == []
    assert len(data) < 100_000_000


def test_it_holds_both_packages_with_their_data_and_nothing_else(names: list[str]) -> None:
    for wanted in ("blender_manifest.toml", "__init__.py", "LICENSE", "sgvop_blender/__init__.py",
                   "sgvop_core/wire/protocol.py", "sgvop_core/worker/__main__.py",
                   "sgvop_core/guidance/prompt/vocabulary.json"):  # fmt: skip
        assert wanted in names
    assert names == sorted(names) and len(set(names)) == len(names)
    assert {name.split("/")[0] for name in names} == {*FILES, *PACKAGES}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".so", ".whl"))]


def test_each_tracked_file_of_the_packages_is_in_it(names: list[str]) -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            assert (name in names) == (name not in SCRIPTS)


def test_the_same_source_gives_the_same_bytes(small: Path) -> None:
    first = archive_bytes(small)
    for path in small.rglob("*.py"):
        path.touch()
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    assert archive_bytes(small) == first
    assert all(entry.date_time[0] == 1980 for entry in zipfile.ZipFile(io.BytesIO(first)).infolist())


def test_what_editors_and_pythons_leave_behind_stays_out(small: Path) -> None:
    before = extension_files(small)
    for name in ("sgvop_core/__pycache__/a.cpython-311.pyc", "sgvop_core/.draft.py", "sgvop_core/old.py~",
                 "sgvop_blender/x.pyc", "tests/test_a.py", ".git/config", "docs/a.md", "sgvop-0.1.0.zip"):  # fmt: skip
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_bytes(b"")
    assert extension_files(small) == before


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("sgvop_core/fast.so", b"\x7fELF", "compiled for one platform"),
        ("sgvop_core/new.py", b"def f[T](x: T) -> T: return x\n", "'sgvop_core/new.py' line 1"),
        ("sgvop_core/Name.txt", b"a", "twice but for case"),
        ("pyproject.toml", b'[project]\nversion = "9.9.9"\nlicense = "MIT"\n', "differs from pyproject.toml's 9.9.9"),
    ],
)
def test_a_zip_that_breaks_a_rule_is_not_written(
    small: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, told: str
) -> None:
    (small / name).write_bytes(content)
    if name.endswith("Name.txt"):
        (small / "sgvop_core/name.txt").write_bytes(b"b")
        if len({p.name for p in (small / "sgvop_core").glob("[nN]ame.txt")}) < 2:
            pytest.skip("this file system does not tell upper from lower case")
    out = small.parent / "out"
    assert main(["build-extension", "--source", str(small), "--out", str(out)]) == 2
    assert told in capsys.readouterr().err
    assert not list(out.glob("*"))


def test_a_link_is_refused(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        (small / "sgvop_core/link.json").symlink_to(ROOT / "pyproject.toml")
    except OSError:
        pytest.skip("links cannot be made here")
    assert main(["build-extension", "--source", str(small), "--out", str(small.parent / "out")]) == 2
    assert "is a link" in capsys.readouterr().err


def test_the_command_writes_the_zip_and_says_so(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = small.parent / "new/folder"
    assert main(["build-extension", "--source", str(small), "--out", str(out)]) == 0
    assert "sgvop-0.1.0.zip, 5 files" in capsys.readouterr().out
    assert (out / "sgvop-0.1.0.zip").read_bytes() == archive_bytes(small)
    assert [p.name for p in out.iterdir()] == ["sgvop-0.1.0.zip"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--source", "nowhere"], "top folder of the repository"),
        (["--repository", "r"], "give --blender COMMAND too"),
        (["--blender", "no-such-blender"], "cannot be run"),
        (["--blender", f"{sys.executable} -c 'raise SystemExit(1)'"], "validate fails: exit code 1"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Path, capsys: pytest.CaptureFixture[str],
    words: list[str], told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    given = words if "--source" in words else ["--source", str(small), *words]
    assert main(["build-extension", "--out", "out", *given]) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("id", "sg__vop", "must be a Python name"),
        ("id", "_sgvop", "must be a Python name"),
        ("version", "1.0", "MAJOR.MINOR.PATCH"),
        ("tagline", "Places objects.", "must not end with '.'"),
        ("tagline", "x" * 65, "has 65 characters"),
        ("tagline", " x", "one line of plain text"),
        ("type", "theme", "type must be add-on"),
        ("license", ["GPL-3.0-or-later"], "must begin with SPDX:"),
        ("license", ["SPDX:MIT"], "names none of"),
        ("license", "SPDX:GPL-3.0-or-later", "must be a list"),
        ("copyright", ["SGVOP contributors"], "must be a year"),
        ("blender_version_min", "4.2", "three numbers"),
        ("blender_version_min", "4.1.0", "before 4.2.0"),
        ("blender_version_max", "4.2.0", "not above"),
        ("permissions", {"files": "Read files."}, "must not end with '.'"),
        ("permissions", {"gpu": "Compute"}, "permission 'gpu' is unknown"),
        ("permissions", ["files"], "table of reasons"),
        ("tags", ["AI"], "tag 'AI'"),
        ("website", "", "website is empty"),
        ("bl_info", "x", "not a key"),
        ("schema_version", "2.0.0", "schema_version"),
        ("name", "", "name is empty"),
    ],
)
def test_each_rule_is_told_when_it_is_broken(manifest: dict[str, Any], key: str, value: Any, told: str) -> None:
    assert manifest_problems(manifest) == []
    problems = manifest_problems({**manifest, key: value})
    assert len(problems) >= 1 and any(told in line for line in problems), problems


def test_a_missing_key_is_told(manifest: dict[str, Any]) -> None:
    del manifest["maintainer"]
    assert manifest_problems(manifest) == ["maintainer is missing"]


def test_permissions_say_what_the_extension_does(manifest: dict[str, Any]) -> None:
    assert set(manifest["permissions"]) == {"files", "network"}


def test_inside_blender_everything_of_ours_is_imported_relatively(data: bytes) -> None:
    """Else it would load outside ``bl_ext``, which Blender shows as a policy violation, or not at all."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in (n for n in archive.namelist() if n.startswith("sgvop_blender/") and n.endswith(".py")):
            text = archive.read(name).decode("utf-8")
            # probe.py is run by the Python that the user names, never by Blender
            assert "sys.path" not in text or name.endswith("runtime/probe.py"), f"{name} changes sys.path"
            for node in ast.walk(ast.parse(text)):
                found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    found = [node.module or ""] if not node.level else []
                    named = {*(node.module or "").split("."), *(a.name for a in node.names)}
                    gone = named & {Path(script).stem for script in SCRIPTS} if node.level else set()
                    assert not gone, f"{name}:{node.lineno} imports {gone}, which is not in the zip"
                bad = [n for n in found if n.split(".")[0] in PACKAGES]
                # these two alone: in the repository the core lies beside the package, not above it
                assert not bad or Path(name).stem in ("core_wire", "core_command_line"), (
                    f"{name}:{node.lineno} imports {bad}"
                )


def test_the_wire_needs_nothing_of_the_core_beyond_itself(tmp_path: Path) -> None:
    """In Blender it lies in ``bl_ext...sgvop.sgvop_core.wire``; only standard library and numpy may come with it."""
    import subprocess

    where = tmp_path / "bl_ext_copy" / "sgvop"
    where.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(archive_bytes(ROOT))) as archive:
        archive.extractall(where)
    code = (
        "import sys, bl_ext_copy.sgvop.sgvop_blender.core_wire as w; w.protocol.PROTOCOL\n"
        "tops = {n.split('.')[0] for n in sys.modules}\n"
        "assert not tops & {'sgvop_core', 'sgvop_blender', 'torch', 'bpy', 'scipy'}, tops\n"
        "assert 'bl_ext_copy.sgvop.sgvop_core.wire.protocol' in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
