"""What the worker says of itself, found without importing any of it."""

from __future__ import annotations

import platform
import tomllib
from importlib import metadata
from pathlib import Path

PACKAGES = {"core": "sgvop", "torch": "torch", "open_clip": "open_clip_torch", "numpy": "numpy", "bpy": "bpy"}
CAPABILITIES = ("place", "read", "download", "pieces")


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that are installed."""
    found = {"python": platform.python_version()}
    for name, package in PACKAGES.items():
        try:
            found[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if "core" not in found:
        found["core"] = _unpacked()
    return found


def _unpacked() -> str:
    """The version of the extension that this source was unpacked with, where it was not installed as a package."""
    manifest = Path(__file__).resolve().parents[2] / "blender_manifest.toml"
    try:
        return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return "unknown"
