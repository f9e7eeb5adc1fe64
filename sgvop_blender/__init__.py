"""The Blender side: reads scenes from bpy, asks the worker, writes poses back. Never imports torch.

Importing it needs no bpy, so that what is plain Python below it is tested without Blender.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

PARTS = ("preferences", "interface", "interrupted", "command")
"""Modules that register something, in this order."""

_registered: list[ModuleType] = []


def register() -> None:
    """Makes the extension known to Blender, whole or not at all."""
    if _registered:
        unregister()
    import_module(".module_exit", __package__).arrange()
    try:
        for name in PARTS:
            part = import_module(f".{name}", __package__)
            part.register()
            _registered.append(part)
    except BaseException:
        unregister()
        raise


def unregister() -> None:
    """Takes back what ``register`` did, in reverse, and ends the worker; one part's error does not keep the others."""
    first: Exception | None = None
    while _registered:
        try:
            _registered.pop().unregister()
        except Exception as error:
            first = first or error
    if first is not None:
        raise first
