"""Everything that is seen in Blender's window: registered in order, and taken back exactly."""

from __future__ import annotations

import bpy

from . import (
    current,
    gallery,
    history,
    keymap,
    operators,
    operators_gallery,
    operators_remedy,
    operators_wanted,
    panel,
    panel_more,
    prompt_reading,
    properties,
    texts,
    ticker,
)

MODULES = (
    operators,
    operators_wanted,
    operators_gallery,
    operators_remedy,
    panel,
    panel_more,
    gallery,
    history,
)
"""Those that have CLASSES; a part of a panel comes after the panel."""
CLASSES = tuple(cls for module in MODULES for cls in module.CLASSES)
MENUS = ("VIEW3D_MT_object",)
"""Where Place stands too, so that Blender's search finds it by the menu's name."""


def _menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    layout = self.layout
    layout.separator()
    layout.operator_context = "INVOKE_DEFAULT"
    layout.operator(operators.SGVOP_OT_place.bl_idname, text="Place by Prompt")


def register() -> None:
    """Registers properties, classes, keymap, menu entries and translations."""
    properties.register()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for name in MENUS:
        getattr(bpy.types, name).append(_menu)
    keymap.register()
    texts.register()


def unregister() -> None:
    """Ends the worker and takes everything back, in the reverse order."""
    operators.release_timers()
    ticker.stop()
    prompt_reading.forget()
    current.close()
    texts.unregister()
    keymap.unregister()
    for name in reversed(MENUS):
        getattr(bpy.types, name).remove(_menu)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
    properties.unregister()
