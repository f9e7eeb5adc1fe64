"""The pictures of all candidates as a choice: a click on the picture that is shown opens them, a click on one applies it.

Blender draws large pictures that can be clicked for an enumeration only. This one is made up from the run in the gallery each
time that it is asked for, and stored nowhere.
"""

from __future__ import annotations

from typing import Any

import bpy

from . import apply, current, pictures
from .records import Option, Record
from .texts import say
from .verdicts import check_lines, verdict

LARGE, POPUP = 9.0, 6.0
"""Heights, in buttons, of the picture in the panel and of those to choose from."""

Item = tuple[str, str, str, int, int]
_items: list[Item] = []
"""Blender keeps no reference of its own to the texts that it was given last."""


def choices(_window: Any, _context: Any) -> list[Item]:
    """Returns the candidates in the gallery as items of an enumeration: name, tooltip, picture."""
    record = current.record()
    options = current.group(record)[1] if record is not None else ()
    _items[:] = [_item(record, option, k) for k, option in enumerate(options) if record is not None]
    return _items


def _item(record: Record, option: Option, row: int) -> Item:
    failing = [line for line in check_lines(option.checks) if line.holds is False]
    told = [say(line.label) + (f": {line.detail}" if line.detail else "") for line in failing]
    holds = verdict(option.checks)
    sign = "" if holds is None else "✓" if holds else f"✗ {say(failing[0].label)}" if failing else "✗"
    name = f"{row + 1}  {sign}".strip()
    return str(option.index), name, "; ".join(told), pictures.icon(record, option), row


def chosen(_window: Any) -> int:
    """Returns the place among the choices of the candidate that the scene shows, the first when it shows the start."""
    record, option = current.record(), current.shown_option()
    return 0 if record is None or option is None else list(current.group(record)[1]).index(option)


def choose(_window: Any, row: int) -> None:
    """Applies a candidate, as one undo step: Blender makes none for what belongs to its window."""
    record = current.record()
    if record is None or current.shown(bpy.context).placing:
        return
    name, options = current.group(record)
    if not 0 <= row < len(options) or (record.chosen.get(name) == options[row].index and not current.comparing()):
        return
    try:
        current.apply_candidate(options[row].index, name)
    except (apply.Gone, KeyError, ValueError) as error:
        # A property has nowhere to report to; the gallery shows a run's notes.
        record.notes = (str(error.args[0] if error.args else error),)
    current.redraw()


def draw_picture(layout: Any, window: Any, record: Record, option: Option) -> None:
    """Draws the candidate's picture, to click on. ``window``: the window manager's properties."""
    if pictures.icon(record, option):
        layout.template_icon_view(window, "candidate", show_labels=True, scale=LARGE, scale_popup=POPUP)
