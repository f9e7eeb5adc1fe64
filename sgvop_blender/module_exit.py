"""A clean end of Python where Blender is a module of it.

Until 5.0 the module frees Blender when Python frees ``bpy``. Callbacks that Blender keeps (of properties even after they were
removed, 4.2) hold our modules' globals and so ``bpy``; it is then freed after Python's end: a crash in 4.2, a hang in 4.5.
"""

from __future__ import annotations

import atexit
import contextlib
import sys

import bpy


def arrange() -> None:
    """Returns nothing; from now on Python's end takes the extension back first. Does nothing in Blender itself."""
    # 4.2 does not say; where it is a module it knows of no program of its own.
    if getattr(bpy.app, "module", not bpy.app.binary_path):
        atexit.unregister(_leave)
        atexit.register(_leave)


def _leave() -> None:
    package = sys.modules.get(__package__)
    with contextlib.suppress(Exception):
        package.unregister()  # type: ignore[union-attr]
    for name, module in list(sys.modules.items()):
        if name == __package__ or name.startswith(f"{__package__}."):
            vars(module).pop("bpy", None)
