"""The keymap entry: Ctrl Shift Alt P places the selected objects in the 3D viewport's Object Mode."""

from __future__ import annotations

from typing import Any

import bpy

_added: list[tuple[Any, Any]] = []


def register() -> None:
    """Adds the entry to the add-on keymap; there is none in background mode."""
    configuration = bpy.context.window_manager.keyconfigs.addon
    if configuration is None:
        return
    keymap = configuration.keymaps.new(name="Object Mode", space_type="EMPTY")
    _added.append((keymap, keymap.keymap_items.new("sgvop.place", "P", "PRESS", ctrl=True, shift=True, alt=True)))


def unregister() -> None:
    """Takes the entry out again."""
    while _added:
        keymap, item = _added.pop()
        keymap.keymap_items.remove(item)
