"""Which of Blender's icons stands for what; one place, so that panels and messages agree in 4.2 to 5.x."""

from __future__ import annotations

import bpy

PLACE = "PIVOT_CURSOR"
CANCEL = "CANCEL"
HOLDS = "CHECKMARK"
FAILS = "X"
TOLD = "INFO"
TROUBLE = "ERROR"
PROMPT = "SYNTAX_OFF"
RECENT = "DOWNARROW_HLT"
CAMERA = "CAMERA_DATA"
AGAINST = "SNAP_ON"
COMPARE = "ARROW_LEFTRIGHT"
PREVIOUS = "TRIA_LEFT"
NEXT = "TRIA_RIGHT"
DUPLICATE = "DUPLICATE"
KEY = "KEY_HLT"
ACCEPT = "CHECKMARK"
HISTORY = "TIME"
REAPPLY = "LOOP_BACK"
RERUN = "FILE_REFRESH"
REMOVE = "X"
PICTURE = "IMAGE_DATA"
OBJECT = "OBJECT_DATA"
GROUP = "GROUP"


def known(name: str, instead: str = "NONE") -> str:
    """Returns the icon's name when this Blender has it, else ``instead``: a panel must not break over a picture."""
    items = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
    return name if name in items else instead


def sign(holds: bool | None) -> str:
    """Returns the icon for what holds, does not, or is only told."""
    return TOLD if holds is None else (HOLDS if holds else FAILS)
