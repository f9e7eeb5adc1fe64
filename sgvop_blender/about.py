"""What the extension is called and which version it is, from its manifest."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

MANIFEST = Path(__file__).parents[1] / "blender_manifest.toml"
BUILTIN = Path(__file__).parents[1] / "sgvop_core" / "guidance" / "clip" / "builtin" / "open_clip_config.json"


@cache
def version() -> str:
    """Returns the version of the manifest beside this package, empty when there is none."""
    try:
        return str(tomllib.loads(MANIFEST.read_text("utf-8"))["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return ""


def has_builtin_model() -> bool:
    """Returns whether the core beside this package carries a model of its own."""
    return BUILTIN.is_file()


def add_on() -> str:
    """Returns the name under which Blender knows the extension: ``bl_ext.REPOSITORY.sgvop``, or this package's."""
    package = (__package__ or "").split(".")
    return ".".join(package[:-1]) if len(package) > 1 else package[0]
