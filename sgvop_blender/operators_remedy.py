"""The buttons beside a problem, and the worker's own: download, smaller, restart, log, report."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import bpy
from bpy.props import StringProperty

from . import about, current, ticker
from .properties import panel_values, set_panel_values
from .session import CannotPlace
from .settings_map import PanelValues, smaller
from .texts import draw_wrapped
from .verdicts import bytes_text

DOWNLOADED = "ViT-B-32:laion2b_s34b_b79k"
"""The model that is downloaded where the worker has not told which ones there are."""
LOG_WIDTH = 700
LOG_LINES = 30


class SGVOP_OT_open_preferences(bpy.types.Operator):
    """Open the preferences of SGVOP, where the runtime is installed, repaired or chosen"""

    bl_idname = "sgvop.open_preferences"
    bl_label = "Open Preferences"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Shows the extension's preferences."""
        bpy.ops.preferences.addon_show(module=about.add_on())
        return {"FINISHED"}


class SGVOP_OT_remedy_download(bpy.types.Operator):
    """Download the weights of a model that judges pictures, once, into this computer's cache"""

    bl_idname = "sgvop.remedy_download"
    bl_label = "Download Model"
    bl_options = {"INTERNAL"}

    model: StringProperty(name="Model", description="Which model; empty: the one in the panel, or a quick one")  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether it may be downloaded, else says why the button is grey."""
        reason = current.shown(context).busy
        if not reason and not bpy.app.online_access:
            locked = getattr(bpy.app, "online_access_override", False)
            reason = "Blender was started without network access (--offline-mode)" if locked else ""
            reason = reason or "Allow Online Access is off in Preferences > System"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Shows what will be downloaded, and how much, before anything is."""
        self.model = self.model or wanted_model(context)
        return set(context.window_manager.invoke_props_dialog(self, width=380))

    def draw(self, context: Any) -> None:
        """Draws the model and its size."""
        size = bytes_text(model_bytes(self.model)) or "unknown"
        self.layout.prop(self, "model")
        draw_wrapped(self.layout, context, f"Download size: {size}")

    def execute(self, context: Any) -> set[str]:
        """Begins the download; the panel shows how far it is."""
        model = self.model or wanted_model(context)
        try:
            current.session().download(model)
        except CannotPlace as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.scene.sgvop.clip = model
        current.dismiss()
        ticker.start()
        return {"FINISHED"}


def wanted_model(context: Any) -> str:
    """Returns the model in the panel when it names one, else the first that the worker offers for download."""
    named = context.scene.sgvop.clip.split(",")[0].split("*")[0].strip()
    if named not in ("", "auto", "none", "builtin"):
        return str(named)
    return next((m.spec for m in _models() if m.state == "known"), DOWNLOADED)


def model_bytes(spec: str) -> int | None:
    """Returns the size of a model's weights, None when it is not known."""
    return next((m.bytes for m in _models() if m.spec == spec), None)


def _models() -> tuple[Any, ...]:
    made = current.running_session()
    told = made.answers.get("ModelList") if made is not None else None
    return told.models if told is not None else ()


class Change:
    """An operator that changes the panel's values as a remedy; one undo step."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    report: Callable[..., None]

    def changed(self, values: PanelValues) -> PanelValues:
        """Returns the values after the remedy."""
        raise NotImplementedError

    def execute(self, context: Any) -> set[str]:
        """Puts the changed values into the panel."""
        wanted = context.scene.sgvop
        before = panel_values(wanted)
        after = self.changed(before)
        if after == before:
            self.report({"WARNING"}, "It is set so already")
            return {"CANCELLED"}
        set_panel_values(wanted, after)
        current.dismiss()
        return {"FINISHED"}


class SGVOP_OT_remedy_builtin(Change, bpy.types.Operator):
    """Let the model that comes with SGVOP judge the pictures; it needs no download"""

    bl_idname = "sgvop.remedy_builtin"
    bl_label = "Use Built-In Model"

    def changed(self, values: PanelValues) -> PanelValues:
        """Returns the values with the built-in model."""
        return replace(values, clip="builtin")


class SGVOP_OT_remedy_without(Change, bpy.types.Operator):
    """Let relations and physics place alone; no model judges the pictures"""

    bl_idname = "sgvop.remedy_without"
    bl_label = "Place Without"

    def changed(self, values: PanelValues) -> PanelValues:
        """Returns the values without a model."""
        return replace(values, clip="none")


class SGVOP_OT_remedy_smaller(Change, bpy.types.Operator):
    """Set draft quality, then smaller pictures, so that less memory is needed"""

    bl_idname = "sgvop.remedy_smaller"
    bl_label = "Make Smaller"

    def changed(self, values: PanelValues) -> PanelValues:
        """Returns the values with the next smaller effort."""
        return smaller(values)


class SGVOP_OT_remedy_cpu(Change, bpy.types.Operator):
    """Compute on the processor instead of the graphics card"""

    bl_idname = "sgvop.remedy_cpu"
    bl_label = "Use the CPU"

    def changed(self, values: PanelValues) -> PanelValues:
        """Returns the values with the processor as device."""
        return replace(values, device="cpu")


class SGVOP_OT_remedy_nearest(Change, bpy.types.Operator):
    """Offer the nearest pose when none fulfils everything"""

    bl_idname = "sgvop.remedy_nearest"
    bl_label = "Allow Nearest Miss"

    def changed(self, values: PanelValues) -> PanelValues:
        """Returns the values with the nearest miss allowed."""
        return replace(values, best_effort=True)


class SGVOP_OT_remedy_automatic(Change, bpy.types.Operator):
    """Reset all of the panel's settings to their defaults; the prompt stays"""

    bl_idname = "sgvop.remedy_automatic"
    bl_label = "Reset Settings"

    def changed(self, values: PanelValues) -> PanelValues:
        """Returns the defaults."""
        return PanelValues()


class SGVOP_OT_worker_restart(bpy.types.Operator):
    """End the worker and start a fresh one; a running placement is cancelled"""

    bl_idname = "sgvop.worker_restart"
    bl_label = "Restart Worker"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether there is a runtime, else says why the button is grey."""
        if not current.shown(context).runtime:
            cls.poll_message_set("Install the runtime first")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Restarts the worker."""
        current.session().restart()
        ticker.start()
        current.redraw()
        return {"FINISHED"}


class SGVOP_OT_worker_stop(bpy.types.Operator):
    """End the worker and free its memory; it starts again with the next placement"""

    bl_idname = "sgvop.worker_stop"
    bl_label = "Stop Worker"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether a worker runs, else says why the button is grey."""
        made = current.running_session()
        if made is None or not made.state.running:
            cls.poll_message_set("The worker is not running")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Stops the worker."""
        current.session().stop()
        ticker.start()
        current.redraw()
        return {"FINISHED"}


class SGVOP_OT_dismiss(bpy.types.Operator):
    """Take this message off the panel"""

    bl_idname = "sgvop.dismiss"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Forgets the problem."""
        current.dismiss()
        current.redraw()
        return {"FINISHED"}


class SGVOP_OT_show_log(bpy.types.Operator):
    """Show the last lines of the worker's log"""

    bl_idname = "sgvop.show_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Opens a window with the log."""
        return set(context.window_manager.invoke_popup(self, width=LOG_WIDTH))

    def draw(self, context: Any) -> None:
        """Draws the lines."""
        column = self.layout.column(align=True)
        column.label(text="Log", icon="TEXT")
        for line in current.log_lines(LOG_LINES) or ("",):
            column.label(text=line or "The log is empty", translate=not line)
        self.layout.operator("sgvop.copy_report", icon="COPYDOWN")

    def execute(self, context: Any) -> set[str]:
        """Prints the log where there is no window to show it in."""
        for line in current.log_lines(LOG_LINES):
            print(line)
        return {"FINISHED"}


class SGVOP_OT_copy_report(bpy.types.Operator):
    """Copy versions, the last problem, its settings and the log, to send them with a bug report"""

    bl_idname = "sgvop.copy_report"
    bl_label = "Copy Report"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Puts the report on the clipboard."""
        context.window_manager.clipboard = current.report()
        self.report({"INFO"}, "The report is on the clipboard")
        return {"FINISHED"}


CLASSES = (
    SGVOP_OT_open_preferences,
    SGVOP_OT_remedy_download,
    SGVOP_OT_remedy_builtin,
    SGVOP_OT_remedy_without,
    SGVOP_OT_remedy_smaller,
    SGVOP_OT_remedy_cpu,
    SGVOP_OT_remedy_nearest,
    SGVOP_OT_remedy_automatic,
    SGVOP_OT_worker_restart,
    SGVOP_OT_worker_stop,
    SGVOP_OT_dismiss,
    SGVOP_OT_show_log,
    SGVOP_OT_copy_report,
)
