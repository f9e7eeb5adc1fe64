"""The candidates' panel: pictures to choose from, what holds of each, and what to do with the one that is shown."""

from collections.abc import Sequence
from typing import Any

import bpy

from . import current, icons, pictures
from .gallery_pictures import draw_picture
from .panel import Sidebar, draw_lines
from .records import Option, Record
from .verdicts import Line, check_lines, verdict

COLUMNS = 3


class SGVOP_PT_candidates(Sidebar, bpy.types.Panel):
    """The gallery of the last run, or of one taken from the history."""

    bl_idname = "SGVOP_PT_candidates"
    bl_label = "Candidates"
    bl_order = 1

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether there are candidates to choose from."""
        return current.record() is not None

    def draw(self, context: Any) -> None:
        """Draws the gallery."""
        record = current.record()
        if record is None:
            return
        layout = self.layout.column()
        layout.enabled = not current.shown(context).placing
        name, options = current.group(record)
        if len(record.options) > 1:
            draw_groups(layout, record, name)
        draw_chosen(layout, context, record, name, options)
        draw_all(layout, record, name, options)
        draw_actions(layout)
        # What stands under the prompt is not said twice.
        messages = () if current.shown(context).understood else record.messages
        draw_lines(layout, context, [Line("", note) for note in (*messages, *record.notes)])


def draw_groups(layout: Any, record: Record, name: str) -> None:
    """Draws a button for each object that was placed in turn."""
    row = layout.row(align=True)
    for other in record.options:
        row.operator("sgvop.candidate_object", text=other, depress=other == name, translate=False).object = other


def draw_chosen(layout: Any, context: Any, record: Record, name: str, options: Sequence[Option]) -> None:
    """Draws the candidate that the scene shows, large, to choose another from its picture, with what holds of it."""
    index = record.chosen.get(name)
    option = next((o for o in options if o.index == index), None)
    if option is None:
        layout.label(text="The Start Is Shown", icon=icons.TOLD)
        return
    draw_picture(layout, context.window_manager.sgvop, record, option)
    row = layout.row(align=True)
    step = row.operator("sgvop.candidate_step", text="", icon=icons.PREVIOUS)
    step.step = -1
    middle = row.row()
    middle.alignment = "CENTER"
    text = f"{options.index(option) + 1} / {len(options)}   {option.score:.3f}"
    middle.label(text=text, icon=icons.sign(verdict(option.checks)), translate=False)
    row.operator("sgvop.candidate_step", text="", icon=icons.NEXT).step = 1
    draw_lines(layout.box(), context, check_lines(option.checks))


def draw_all(layout: Any, record: Record, name: str, options: Sequence[Option]) -> None:
    """Draws all candidates, each with its picture and a button that applies it."""
    if len(options) < 2:
        return
    grid = layout.grid_flow(row_major=True, columns=min(COLUMNS, len(options)), even_columns=True, align=True)
    for option in options:
        cell = grid.column(align=True)
        picture = pictures.icon(record, option)
        if picture:
            cell.template_icon(icon_value=picture, scale=3.5)
        shown = record.chosen.get(name) == option.index
        sign = icons.sign(verdict(option.checks))
        choose = cell.operator("sgvop.candidate_apply", text=str(option.index + 1), icon=sign, depress=shown)
        choose.index, choose.object = option.index, name


def draw_actions(layout: Any) -> None:
    """Draws what can be done with the candidate that is shown."""
    column = layout.column(align=True)
    row = column.row(align=True)
    row.operator("sgvop.candidate_compare", text="Compare", icon=icons.COMPARE, depress=current.comparing())
    row.operator("sgvop.candidate_duplicate", text="Duplicate", icon=icons.DUPLICATE)
    row = column.row(align=True)
    row.operator("sgvop.candidate_keyframe", text="Keyframe", icon=icons.KEY)
    row.operator("sgvop.candidate_accept", icon=icons.ACCEPT)


CLASSES = (SGVOP_PT_candidates,)
