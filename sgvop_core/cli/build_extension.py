"""``sgvop build-extension``: makes the zip that Blender installs, and the static repository that users subscribe to."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..wire.atomic import atomic_write
from .extension_archive import archive_bytes, archive_problems, extension_files, read_manifest
from .output import check_folder

ANSWER = 300
"""Seconds that a Blender command may take; it starts in a few and then only reads the zip."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument("--out", default="dist", metavar="DIR", help="folder for the zip (default: dist)")
    parser.add_argument(
        "--source", metavar="DIR", help="top folder of the repository (default: the one this command runs from)"
    )
    parser.add_argument(
        "--blender", metavar="COMMAND", help="a Blender, 4.2 or later, that validates the zip and makes the repository"
    )
    parser.add_argument(
        "--repository", metavar="DIR", help="also put the zip into a static repository there (needs --blender)"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def run(arguments: argparse.Namespace) -> int:
    """Writes the zip, and what else was asked for; returns 0."""
    source = Path(arguments.source) if arguments.source else Path(__file__).resolve().parents[2]
    if arguments.repository and not arguments.blender:
        raise SettingsError("--repository needs Blender to make its index; give --blender COMMAND too")
    manifest = read_manifest(source)
    count = len(extension_files(source))
    data = archive_bytes(source)
    problems = archive_problems(data, _project(source))
    if problems:
        raise SettingsError(f"the extension breaks {len(problems)} rule(s): " + "; ".join(problems[:5]))
    name = f"{manifest['id']}-{manifest['version']}.zip"
    lines = [_write(data, check_folder(arguments.out, "--out") / name) + f", {count} files, {len(data) / 1e6:.1f} MB"]
    if arguments.blender:
        blender(arguments.blender, "validate", str(Path(arguments.out).resolve() / name))
        lines.append("Blender finds it valid")
    if arguments.repository:
        folder = check_folder(arguments.repository, "--repository").resolve()
        _write(data, folder / name)
        blender(arguments.blender, "server-generate", f"--repo-dir={folder}", "--html")
        lines.append(f"wrote {folder / 'index.json'}: serve the folder, and add its address in Blender's preferences")
    if not arguments.quiet:
        print("\n".join(lines))
    return 0


def blender(command: str, *words: str) -> str:
    """Returns what ``blender --command extension`` printed. Raises SettingsError when it does not work out."""
    program = [command] if Path(command).is_file() else shlex.split(command)
    try:
        done = subprocess.run(
            [*program, "--background", "--factory-startup", "--command", "extension", *words],
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=ANSWER, check=False,
        )  # fmt: skip
    except OSError as error:
        raise SettingsError(f"--blender '{command}' cannot be run: {error.strerror or error}; check the path") from None
    except subprocess.TimeoutExpired:
        raise SettingsError(f"--blender '{command}' did not answer within {ANSWER} s; try it by hand") from None
    printed = f"{done.stdout}\n{done.stderr}"
    if done.returncode != 0:
        told = [line.strip() for line in printed.splitlines() if line.strip()]
        reason = next((line for line in told if "rror" in line), told[-1] if told else f"exit code {done.returncode}")
        raise SettingsError(f"blender --command extension {words[0]} fails: {reason}")
    return printed


def _write(data: bytes, path: Path) -> str:
    atomic_write(path, data)
    return f"wrote {path}"


def _project(source: Path) -> dict[str, Any] | None:
    """The project table of the repository's pyproject.toml, None where there is none."""
    path = source / "pyproject.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")).get("project") if path.is_file() else None
