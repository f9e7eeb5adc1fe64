"""Versions of what a result depends on."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = (
    "sgvop",
    "torch",
    "numpy",
    "scipy",
    "open_clip_torch",
    "trimesh",
    "libigl",
    "python-fcl",
    "cma",
    "numba",
    "embreex",
)


def versions() -> dict[str, str]:
    """Returns the installed versions by package name, and Python's."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
