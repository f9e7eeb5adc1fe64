"""Which of Blender's icons stands for what; one place for all panels; each is in 4.2 to 5.x. No bpy."""

from __future__ import annotations

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


def sign(holds: bool | None) -> str:
    """Returns the icon for what holds, does not, or is only told."""
    return TOLD if holds is None else (HOLDS if holds else FAILS)
