"""The extension's zip: which files of the repository go into it, how it is written, and what it must not hold."""

from __future__ import annotations

import ast
import io
import os
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from .manifest_rules import manifest_problems

MANIFEST = "blender_manifest.toml"
FILES = (MANIFEST, "__init__.py", "LICENSE")
PACKAGES = ("sgvop_blender", "sgvop_core")
"""What of the repository's top goes in; the manifest's [build] says the same to Blender's own build command."""
SCRIPTS = ("sgvop_blender/headless.py", "sgvop_blender/picture_renderer.py")
"""Programs of their own that the core's command line and training run; inside Blender nothing uses them."""
LEFT_OUT = (".pyc", ".pyo", "~")
STORED = (".gz", ".png", ".zip", ".npz", ".safetensors")
"""Files that hardly shrink."""
BINARY = (".so", ".pyd", ".dll", ".dylib", ".exe", ".whl", ".pyc")
"""One zip serves all platforms and Pythons, so nothing compiled goes in."""
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every entry, so that the same source gives the same bytes."""


@dataclass(frozen=True)
class Most:
    """The largest zip that people are made to download with an add-on."""

    bytes: int = 100_000_000


def read_manifest(source: Path) -> dict[str, Any]:
    """Returns the manifest at the top of a repository. Raises SettingsError when there is none that can be read."""
    path = source / MANIFEST
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"--source '{source}' has no {MANIFEST}; give the top folder of the repository") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"'{path}' cannot be read: {error}; correct it") from None


def extension_files(source: Path) -> list[str]:
    """Returns the paths that go into the zip, with forward slashes, sorted. Raises SettingsError for what is missing."""
    for name in (*FILES, *(f"{package}/__init__.py" for package in PACKAGES)):
        if not (source / name).is_file():
            raise SettingsError(f"--source '{source}' has no '{name}'; give the top folder of the repository")
    found = list(FILES)
    for package in PACKAGES:
        for folder, below, names in os.walk(source / package):
            below[:] = [name for name in below if name != "__pycache__" and not name.startswith(".")]
            for name in [*below, *names]:
                if (Path(folder) / name).is_symlink():
                    raise SettingsError(f"'{Path(folder) / name}' is a link; put the file itself there")
            kept = [name for name in names if not name.startswith(".") and not name.endswith(LEFT_OUT)]
            found += [(Path(folder) / name).relative_to(source).as_posix() for name in kept]
    return sorted(set(found) - set(SCRIPTS))


def archive_bytes(source: Path) -> bytes:
    """Returns the zip of a repository's extension; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in extension_files(source):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(STORED) else zipfile.ZIP_DEFLATED
            archive.writestr(entry, (source / name).read_bytes(), compresslevel=9)
    return buffer.getvalue()


def archive_problems(data: bytes, project: Mapping[str, Any] | None = None) -> list[str]:
    """Returns one line for each rule that a zip breaks. ``project``: pyproject's table, which must agree with it."""
    found = []
    if len(data) > Most().bytes:
        found.append(f"the zip has {len(data) / 1e6:.0f} MB, {Most().bytes / 1e6:.0f} MB are the most")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        found += [f"'{name}' is missing" for name in FILES if name not in names]
        if MANIFEST in names:
            manifest = tomllib.loads(archive.read(MANIFEST).decode("utf-8"))
            found += manifest_problems(manifest) + _disagreements(manifest, project)
        for name in names:
            found += _name_problems(name)
            if name.endswith(".py"):
                found += _source_problems(name, archive.read(name))
    folded = [name.casefold() for name in names]
    found += [f"'{name}' is there twice but for case" for name in names if folded.count(name.casefold()) > 1]
    return found


def _disagreements(manifest: Mapping[str, Any], project: Mapping[str, Any] | None) -> list[str]:
    if project is None:
        return []
    found = []
    if project.get("version") != manifest.get("version"):
        found.append(f"version {manifest.get('version')} differs from pyproject.toml's {project.get('version')}")
    if f"SPDX:{project.get('license')}" not in manifest.get("license", []):
        found.append(f"license differs from pyproject.toml's {project.get('license')}")
    return found


def _name_problems(name: str) -> list[str]:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        return [f"'{name}' would be unpacked outside the extension's folder"]
    if name not in FILES and parts[0] not in PACKAGES:
        return [f"'{name}' is no part of the extension"]
    if name.endswith(BINARY) or "__pycache__" in parts:
        return [f"'{name}' is compiled for one platform or one Python"]
    return []


def _source_problems(name: str, data: bytes) -> list[str]:
    """Whether Blender's oldest Python, 3.11, can read a module."""
    try:
        ast.parse(data, name, feature_version=(3, 11))
    except SyntaxError as error:
        return [f"'{name}' line {error.lineno}: {error.msg}"]
    return []
