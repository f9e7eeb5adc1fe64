"""Versions of what is installed, without importing it."""

from __future__ import annotations

from importlib import metadata


def project_version() -> str:
    """Returns the installed version of the project, ``unknown`` when it runs from a folder that was never installed."""
    return installed_version("sgvop") or "unknown"


def installed_version(distribution: str) -> str | None:
    """Returns the version of an installed distribution, None when there is none."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
