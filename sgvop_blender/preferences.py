"""The extension's preferences: what the worker runs on, the models, where things lie. They draw what ``runtime.desk`` says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty

from . import about, operators_runtime
from .runtime.desk import ModelRow, View, Wishes
from .runtime.kinds import COMMAND, MANAGED, PYTHON, Choice
from .runtime.locked import KINDS, kinds_of, likely_kind, this_platform, this_python
from .runtime.plan import size
from .texts import draw_wrapped

RUNTIME, LOG = "runtime", "worker.log"
SUBFOLDER = "sgvop-runtime"
"""Made in a folder that the user names, so that nothing of the user's lies among what Remove deletes."""
STATES = {"builtin": "comes with SGVOP", "cached": "downloaded", "known": "not downloaded"}

_items: dict[str, list[tuple[str, str, str]]] = {}


def _torch_kinds(_self: Any, _context: Any) -> list[tuple[str, str, str]]:
    found = kinds_of(this_platform(), this_python())
    suits = f"What suits this computer: {KINDS[likely_kind(found)]}" if found else "None can be installed here"
    # Blender needs the strings of dynamic items to be kept alive.
    _items["torch"] = [("AUTO", "Automatic", suits)] + [
        (kind, KINDS[kind], f"torch that computes on: {KINDS[kind]}") for kind in found
    ]
    return _items["torch"]


class SGVOP_AP_preferences(bpy.types.AddonPreferences):
    """What the user chose for the runtime."""

    bl_idname = about.add_on()

    kind: EnumProperty(  # type: ignore[valid-type]
        name="Runtime",
        description="What the worker runs on",
        items=[
            (MANAGED, "Managed", "An environment that is installed here, beside Blender's own Python"),
            (PYTHON, "Existing Python", "A Python of yours that has torch and the other packages"),
            (COMMAND, "Command", "A command that starts a worker, also on another machine"),
        ],
    )
    torch: EnumProperty(name="Computes On", description="Which torch is installed", items=_torch_kinds)  # type: ignore[valid-type]
    folder: StringProperty(  # type: ignore[valid-type]
        name="Folder", subtype="DIR_PATH",
        description="Where the runtime is installed; empty: the extension's own folder",
    )  # fmt: skip
    wheels: StringProperty(  # type: ignore[valid-type]
        name="Wheel Folder", subtype="DIR_PATH",
        description="A folder that holds the packages' wheels, used before any server; with all of them no network is needed",
    )  # fmt: skip
    python: StringProperty(  # type: ignore[valid-type]
        name="Python", subtype="FILE_PATH",
        description="The executable of a Python 3.11 or later, or the folder of a virtual environment",
    )  # fmt: skip
    command: StringProperty(  # type: ignore[valid-type]
        name="Command",
        description="Starts a worker that talks over its standard streams, such as: ssh host sgvop worker",
    )
    idle_minutes: FloatProperty(  # type: ignore[valid-type]
        name="Free Memory After", description="Minutes without a job until the worker lets go of its models",
        default=10.0, min=0.5, soft_max=60.0, precision=0, step=100,
    )  # fmt: skip

    def draw(self, context: Any) -> None:
        """Draws the runtime, the models and the worker."""
        told = wishes()
        view = operators_runtime.desk.view(told)
        draw_runtime(self.layout.box(), self, view, context)
        draw_models(self.layout.box(), operators_runtime.desk.models, told.choice.kind != COMMAND, context)
        draw_worker(self.layout.box(), self, told.choice, context)


def stored() -> Any:
    """Returns the preferences, or their defaults where this runs outside an enabled extension (the bpy module)."""
    add_on = bpy.context.preferences.addons.get(about.add_on())
    if add_on is not None and add_on.preferences is not None:
        return add_on.preferences
    return SimpleNamespace(kind=MANAGED, torch="AUTO", folder="", wheels="", python="", command="", idle_minutes=10.0)


def user_folder() -> Path:
    """Returns the folder that Blender gives the extension for its files; it need not exist yet."""
    package = about.add_on()
    if package.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(package))
    return Path(bpy.utils.user_resource("DATAFILES")) / "sgvop"


def choice() -> Choice:
    """Returns what the worker is to run on."""
    values = stored()
    named = bpy.path.abspath(values.folder) if values.folder else ""
    root = Path(named) / SUBFOLDER if named else user_folder() / RUNTIME
    return Choice(
        values.kind, root, python=bpy.path.abspath(values.python) if values.python.startswith("//") else values.python,
        command=values.command, log=user_folder() / LOG, idle_minutes=float(values.idle_minutes),
    )  # fmt: skip


def wishes() -> Wishes:
    """Returns all that the runtime's tasks need to know."""
    values = stored()
    wheels = Path(bpy.path.abspath(values.wheels)) if values.wheels else None
    torch = "" if values.torch == "AUTO" else values.torch
    return Wishes(choice(), torch, bool(bpy.app.online_access), wheels, about.version())


def draw_runtime(layout: Any, values: Any, view: View, context: Any) -> None:
    """Draws the choice of runtime, its state, and the buttons that do something now."""
    layout.label(text="Runtime", icon="MEMORY")
    layout.row().prop(values, "kind", expand=True)
    fields = {MANAGED: ("torch", "folder", "wheels"), PYTHON: ("python",), COMMAND: ("command",)}[values.kind]
    column = layout.column()
    column.use_property_split = True
    column.enabled = view.task is None
    for name in fields:
        column.prop(values, name)
    draw_wrapped(layout, context, view.status, view.icon)
    for line in view.lines:
        draw_wrapped(layout, context, line, "BLANK1")
    if view.problem:
        draw_wrapped(layout, context, view.problem, "ERROR")
    if view.remedy:
        draw_wrapped(layout, context, view.remedy, "INFO")
    if view.task is not None:
        row = layout.split(factor=0.75)
        row.progress(factor=view.task.done or 0.0, text=view.task.line)
        row.operator("sgvop.runtime_cancel", icon="CANCEL")
    row = layout.row()
    for button in view.buttons:
        row.operator(f"sgvop.runtime_{button.action}", text=button.label, icon=button.icon)


def draw_models(layout: Any, models: Sequence[ModelRow] | None, local: bool, context: Any) -> None:
    """Draws the models with their sizes; those on another machine cannot be deleted from here."""
    row = layout.row()
    row.label(text="Models", icon="IMAGE_DATA")
    row.operator("sgvop.models_list", text="List" if models is None else "Refresh", icon="FILE_REFRESH")
    desk = operators_runtime.desk
    for model in models or ():
        row = layout.row()
        told = [size(model.bytes)] if model.bytes else []
        row.label(
            text=f"{model.spec}  ({', '.join([*told, STATES[model.state], *([model.note] if model.note else [])])})"
        )
        if model.state == "known":
            row.operator("sgvop.model_download", text="Download", icon="IMPORT").model = model.spec
        elif model.state == "cached" and local:
            row.operator("sgvop.model_delete", text="Delete", icon="TRASH").model = model.spec
    if desk.model_folder:
        free = f", {size(desk.model_free)} free" if desk.model_free is not None else ""
        draw_wrapped(layout, context, f"Folder: {desk.model_folder}{free}", "FILE_FOLDER")
    outcome = desk.outcome
    if outcome is not None and outcome.action in operators_runtime.MODEL_TASKS and outcome.text:
        draw_wrapped(layout, context, outcome.text, "CHECKMARK" if outcome.ok else "ERROR")
        if outcome.remedy:
            draw_wrapped(layout, context, outcome.remedy, "INFO")


def draw_worker(layout: Any, values: Any, chosen: Choice, context: Any) -> None:
    """Draws what the worker does with its memory, what it found to compute on, and its log."""
    layout.label(text="Worker", icon="CONSOLE")
    column = layout.column()
    column.use_property_split = True
    if chosen.kind != COMMAND:
        column.prop(values, "idle_minutes")
    devices = operators_runtime.desk.devices
    if devices:
        draw_wrapped(
            layout, context, "Devices: " + ", ".join(f"{k} ({v})" if v else k for k, v in devices.items()), "SYSTEM"
        )
    if chosen.kind != COMMAND:
        draw_wrapped(layout, context, f"Log: {chosen.log}", "TEXT")


CLASSES = (*operators_runtime.CLASSES, SGVOP_AP_preferences)


def register() -> None:
    """Registers the preferences and their operators."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Ends the task under way and takes everything back."""
    operators_runtime.stop()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
