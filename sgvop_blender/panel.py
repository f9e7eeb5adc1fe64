"""The panel in the sidebar: object, prompt, what was understood, Place or Cancel, and problems with their remedies."""

from typing import Any

import bpy

from . import current, icons, operators_runtime, runs
from .about import has_builtin_model
from .remedies import remedies, trouble
from .shown import Shown
from .targets import chosen_objects
from .texts import draw_wrapped, say

CATEGORY = "SGVOP"


class Sidebar:
    """Where all of the panels stand."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


class SGVOP_MT_recent(bpy.types.Menu):
    """The last prompts."""

    bl_idname = "SGVOP_MT_recent"
    bl_label = "Last Prompts"
    bl_description = "Take one of the last prompts"

    def draw(self, context: Any) -> None:
        """Draws a line for each of the last prompts."""
        if not runs.prompts:
            self.layout.label(text="No Prompts Yet")
        for text in runs.prompts:
            self.layout.operator("sgvop.prompt_use", text=text, icon=icons.PROMPT, translate=False).text = text


class SGVOP_PT_place(Sidebar, bpy.types.Panel):
    """The first panel: what, where, and the button."""

    bl_idname = "SGVOP_PT_place"
    bl_label = "Place Object"
    bl_order = 0

    def draw(self, context: Any) -> None:
        """Draws the panel as the state of things is now."""
        shown, wanted = current.shown(context), context.scene.sgvop
        layout = self.layout
        column = layout.column()
        column.enabled = not shown.placing
        draw_objects(column, context, wanted)
        draw_prompt(column, wanted)
        draw_lines(layout, context, shown.understood)
        column = layout.column()
        column.enabled = not shown.placing
        column.use_property_split = True
        column.use_property_decorate = False
        draw_against(column, wanted)
        draw_view(column, context, wanted)
        draw_button(layout, shown)
        if shown.failure is not None and not shown.job:
            draw_trouble(layout, context, shown)
        elif not shown.runtime:
            draw_no_runtime(layout, context)


def draw_objects(layout: Any, context: Any, wanted: Any) -> None:
    """Draws what will be placed, and how when it is several."""
    objects = chosen_objects(context.view_layer)
    row = layout.row(align=True)
    if not objects:
        row.label(text="No Object Selected", icon=icons.OBJECT)
        return
    if len(objects) == 1:
        row.label(text=objects[0].name, icon=icons.OBJECT, translate=False)
        return
    names = ", ".join(o.name for o in objects[:3]) + (", ..." if len(objects) > 3 else "")
    row.label(text=f"{len(objects)}: {names}", icon=icons.GROUP, translate=False)
    row = layout.row(align=True)
    row.prop(wanted, "several", expand=True)


def draw_prompt(layout: Any, wanted: Any) -> None:
    """Draws the prompt with the menu of the last ones."""
    row = layout.row(align=True)
    row.prop(wanted, "prompt", text="", icon=icons.PROMPT, placeholder=say("Where does it belong?"))
    row.menu(SGVOP_MT_recent.bl_idname, text="", icon=icons.RECENT)


def draw_lines(layout: Any, context: Any, lines: Any) -> None:
    """Draws lines with their signs: what is understood or holds, what is not, and what is only told."""
    if not lines:
        return
    column = layout.column(align=True)
    for line in lines:
        if not line.label:
            draw_wrapped(column, context, sentence(line.detail), icons.TOLD)
            continue
        row = column.row()
        row.scale_y = 0.85
        row.alert = line.holds is False
        text = say(line.label) + (f": {line.detail}" if line.detail else "")
        row.label(text=text, icon=icons.sign(line.holds), translate=False)


def draw_against(layout: Any, wanted: Any) -> None:
    """Draws what to place against: automatic, or the picked objects."""
    layout.prop(wanted, "against")
    if wanted.against != "PICKED":
        return
    for index, anchor in enumerate(wanted.anchors):
        row = layout.row(align=True)
        row.prop(anchor, "object", text=" " if index else "Objects")
        row.operator("sgvop.anchor_remove", text="", icon="REMOVE").index = index
    row = layout.row(align=True)
    row.alignment = "RIGHT"
    row.operator("sgvop.anchor_add", icon="ADD")


def draw_view(layout: Any, context: Any, wanted: Any) -> None:
    """Draws whose picture counts."""
    layout.prop(wanted, "see_from")
    if wanted.see_from == "CAMERA":
        layout.prop(wanted, "camera")
    elif wanted.see_from == "RING":
        layout.prop(wanted, "ring_views")
    elif wanted.see_from == "SCENE" and context.scene.camera is None:
        layout.label(text="No Scene Camera: One Is Made", icon=icons.TOLD)


def draw_button(layout: Any, shown: Shown) -> None:
    """Draws Place, or Cancel with the progress."""
    if not (shown.placing or shown.downloading):
        row = layout.row()
        row.scale_y = 1.5
        row.operator("sgvop.place", icon=icons.PLACE)
        if shown.phase.ending:
            layout.label(text=shown.title, icon=icons.TOLD)
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator("sgvop.cancel", icon=icons.CANCEL)
    text = say(shown.title) + (f": {shown.object}" if shown.object else "")
    layout.progress(factor=shown.done, text=f"{text}  {100 * shown.done:.0f} %")
    column = layout.column(align=True)
    column.scale_y = 0.85
    for text in (shown.facts, shown.message):
        if text:
            column.label(text=text, translate=False)


def draw_trouble(layout: Any, context: Any, shown: Shown) -> None:
    """Draws what went wrong, what to do, and a button for each remedy."""
    failure = shown.failure
    if failure is None:
        return
    kind = trouble(failure.cause)
    box = layout.box()
    row = box.row()
    title = row.row()
    title.alert = True
    title.label(text=kind.title, icon=icons.TROUBLE)
    row.operator("sgvop.dismiss", text="", icon="X", emboss=False)
    draw_wrapped(box, context, sentence(failure.message))
    if failure.remedy:
        draw_wrapped(box, context, sentence(failure.remedy), icons.TOLD)
    column = box.column(align=True)
    for remedy in remedies(failure.cause, current.managed(), has_builtin_model()):
        column.operator(remedy)


def draw_no_runtime(layout: Any, context: Any) -> None:
    """Draws that the runtime has to be installed first."""
    box = layout.box()
    task = operators_runtime.desk.task
    if task is not None:
        box.label(text="Runtime", icon=icons.TOLD)
        row = box.row()
        row.progress(factor=task.done or 0.0, text=task.line)
        row.operator("sgvop.runtime_cancel", text="", icon=icons.CANCEL)
        return
    box.label(text=trouble("no_runtime").title, icon=icons.TROUBLE)
    draw_wrapped(box, context, say("Placing needs PyTorch, which runs beside Blender and is installed once"))
    column = box.column(align=True)
    for remedy in remedies("no_runtime", current.managed(), has_builtin_model()):
        column.operator(remedy)


def sentence(text: str) -> str:
    """Returns a line that begins with a capital, as the interface's do."""
    return text[:1].upper() + text[1:]


CLASSES = (SGVOP_MT_recent, SGVOP_PT_place)
