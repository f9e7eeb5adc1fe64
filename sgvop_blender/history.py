"""The history's panel and operators: runs since Blender started, to apply again, run again or remove."""

from typing import Any

import bpy
from bpy.props import IntProperty

from . import apply, current, icons, runs
from .panel import Sidebar


class SGVOP_PT_history(Sidebar, bpy.types.Panel):
    """The finished runs, newest first."""

    bl_idname = "SGVOP_PT_history"
    bl_label = "History"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draws a line for each run."""
        made = current.running_session()
        known = runs.finished(made.records) if made is not None else []
        if not known:
            self.layout.label(text="Nothing Was Placed Yet", icon=icons.HISTORY)
            return
        shown = current.record()
        column = self.layout.column(align=True)
        for record in known:
            row = column.row(align=True)
            again = row.operator(
                "sgvop.history_reapply",
                text=runs.title(record),
                icon=icons.sign(runs.holds(record)),
                depress=record is shown,
                translate=False,
            )
            again.number = record.number
            row.operator("sgvop.run_again", text="", icon=icons.RERUN).number = record.number
            row.operator("sgvop.history_remove", text="", icon=icons.REMOVE).number = record.number
        self.layout.operator("sgvop.history_clear", icon="TRASH")


class OnHistory:
    """An operator that needs a past run and no running job."""

    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether there is a history and nothing runs, else says why the button is grey."""
        made = current.running_session()
        reason = "" if made is not None and runs.finished(made.records) else "Nothing was placed yet"
        if not reason and current.shown(context).placing:
            reason = current.shown(context).busy
        if reason:
            cls.poll_message_set(reason)  # type: ignore[attr-defined]
        return not reason


class SGVOP_OT_history_reapply(OnHistory, bpy.types.Operator):
    """Put the objects where this run placed them, and show its candidates"""

    bl_idname = "sgvop.history_reapply"
    bl_label = "Reapply"

    number: IntProperty(name="Run", description="Number of the run")  # type: ignore[valid-type]

    def execute(self, context: Any) -> set[str]:
        """Shows the run in the gallery and applies what was chosen of it."""
        record = current.find_record(self.number)
        if record is None:
            self.report({"ERROR"}, "This run is not in the history any more")
            return {"CANCELLED"}
        current.show_record(record)
        name, options = current.group(record)
        try:
            notes = current.apply_candidate(record.chosen.get(name, options[0].index), name)
        except (apply.Gone, KeyError, ValueError) as error:
            self.report({"ERROR"}, str(error.args[0] if error.args else error))
            return {"CANCELLED"}
        for note in notes:
            self.report({"INFO"}, note)
        current.redraw()
        return {"FINISHED"}


class SGVOP_OT_history_remove(OnHistory, bpy.types.Operator):
    """Remove this run and its pictures; the objects stay where they are"""

    bl_idname = "sgvop.history_remove"
    bl_label = "Remove from History"

    number: IntProperty(name="Run", description="Number of the run")  # type: ignore[valid-type]

    def execute(self, context: Any) -> set[str]:
        """Forgets the run."""
        record = current.find_record(self.number)
        if record is not None:
            current.forget(record)
        current.redraw()
        return {"FINISHED"}


class SGVOP_OT_history_clear(OnHistory, bpy.types.Operator):
    """Remove all runs and their pictures; the objects stay where they are"""

    bl_idname = "sgvop.history_clear"
    bl_label = "Clear History"

    def execute(self, context: Any) -> set[str]:
        """Forgets every run."""
        for record in runs.finished(current.session().records):
            current.forget(record)
        current.redraw()
        return {"FINISHED"}


CLASSES = (SGVOP_PT_history, SGVOP_OT_history_reapply, SGVOP_OT_history_remove, SGVOP_OT_history_clear)
