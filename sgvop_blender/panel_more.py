"""What is under the fold: locks and ranges, what a pose must fulfil, the search, guidance, and the worker."""

from typing import Any

import bpy

from . import current, icons
from .panel import SGVOP_PT_place, Sidebar
from .shown import PHASES
from .texts import say
from .verdicts import bytes_text

LOG_LINES = 12


class Fold(Sidebar):
    """A closed part of the first panel."""

    bl_parent_id = SGVOP_PT_place.bl_idname
    bl_options = {"DEFAULT_CLOSED"}

    layout: Any

    def begin(self, context: Any) -> tuple[Any, Any]:
        """Returns the layout, split as properties are, and the scene's properties."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = not current.shown(context).placing
        return layout, context.scene.sgvop


class SGVOP_PT_locks(Fold, bpy.types.Panel):
    """Which channels keep their value, and how far the others may go."""

    bl_idname = "SGVOP_PT_locks"
    bl_label = "Locks and Ranges"

    def draw(self, context: Any) -> None:
        """Draws the switches and ranges."""
        layout, wanted = self.begin(context)
        for name, heading in (
            ("lock_location", "Lock Location"),
            ("lock_rotation", "Lock Rotation"),
            ("lock_scale", "Lock Scale"),
        ):
            row = layout.row(heading=heading, align=True)
            for axis, letter in enumerate("XYZ"):
                row.prop(wanted, name, index=axis, text=letter, toggle=True)
        layout.separator()
        layout.prop(wanted, "turning")
        layout.prop(wanted, "scaling")
        column = layout.column()
        column.active = wanted.scaling != "FIXED"
        column.prop(wanted, "use_scale_range")
        if wanted.use_scale_range:
            part = column.column(align=True)
            part.prop(wanted, "scale_low")
            part.prop(wanted, "scale_high")
        layout.prop(wanted, "use_bounds")
        if wanted.use_bounds:
            part = layout.column()
            part.prop(wanted, "bounds_low")
            part.prop(wanted, "bounds_high")
            part.operator("sgvop.bounds_from_selected", icon="CUBE")
        layout.prop(wanted, "pivot")
        layout.prop(wanted, "front")


class SGVOP_PT_rules(Fold, bpy.types.Panel):
    """What a pose has to fulfil."""

    bl_idname = "SGVOP_PT_rules"
    bl_label = "Rules"

    def draw(self, context: Any) -> None:
        """Draws the switches."""
        layout, wanted = self.begin(context)
        column = layout.column()
        column.active = wanted.guidance_physical > 0
        column.prop(wanted, "rest")
        column.prop(wanted, "avoid")
        column.prop(wanted, "in_view")
        layout.prop(wanted, "best_effort")


class SGVOP_PT_search(Fold, bpy.types.Panel):
    """How long is searched and what is offered."""

    bl_idname = "SGVOP_PT_search"
    bl_label = "Search"

    def draw(self, context: Any) -> None:
        """Draws the numbers."""
        layout, wanted = self.begin(context)
        layout.prop(wanted, "quality")
        layout.prop(wanted, "candidates")
        row = layout.row()
        row.active = not wanted.new_seed
        row.prop(wanted, "seed")
        layout.prop(wanted, "new_seed")
        layout.prop(wanted, "time_limit")


class SGVOP_PT_guidance(Fold, bpy.types.Panel):
    """What judges a pose, and how much it counts."""

    bl_idname = "SGVOP_PT_guidance"
    bl_label = "Guidance"

    def draw(self, context: Any) -> None:
        """Draws the weights and the model."""
        layout, wanted = self.begin(context)
        column = layout.column(align=True)
        column.prop(wanted, "guidance_relation")
        column.prop(wanted, "guidance_physical")
        column.prop(wanted, "guidance_clip")
        column = layout.column()
        column.active = wanted.guidance_clip > 0
        column.prop(wanted, "clip")
        column.prop(wanted, "picture_size")


class SGVOP_PT_worker(Fold, bpy.types.Panel):
    """The process that computes."""

    bl_idname = "SGVOP_PT_worker"
    bl_label = "Worker"

    def draw(self, context: Any) -> None:
        """Draws the device, the state, and the log."""
        layout, wanted = self.begin(context)
        layout.prop(wanted, "device")
        layout.enabled = True
        shown, window = current.shown(context), context.window_manager.sgvop
        state = say(PHASES[shown.phase])
        memory = bytes_text(shown.memory)
        layout.label(text=f"{state}, {memory}" if memory else state, icon=icons.TOLD, translate=False)
        if shown.versions:
            told = [f"{name} {shown.versions[name]}" for name in ("core", "torch") if name in shown.versions]
            layout.label(text=", ".join(told), icon="BLANK1", translate=False)
        column = layout.column(align=True)
        row = column.row(align=True)
        row.operator("sgvop.worker_restart")
        row.operator("sgvop.worker_stop")
        row = column.row(align=True)
        row.operator("sgvop.copy_report")
        row.operator("sgvop.open_preferences")
        layout.use_property_split = False
        layout.prop(window, "show_log", icon="TRIA_DOWN" if window.show_log else "TRIA_RIGHT", emboss=False)
        if window.show_log:
            box = layout.box().column(align=True)
            box.scale_y = 0.7
            for line in current.log_lines(LOG_LINES) or (say("The log is empty"),):
                box.label(text=line, translate=False)


CLASSES = (SGVOP_PT_locks, SGVOP_PT_rules, SGVOP_PT_search, SGVOP_PT_guidance, SGVOP_PT_worker)
