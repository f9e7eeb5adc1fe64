"""The buttons of the preferences: each begins one of the desk's tasks; without a window it waits until that is done."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterable
from typing import Any, ClassVar

import bpy
from bpy.props import StringProperty

from .runtime.desk import Desk
from .runtime.plan import offline, size
from .runtime.problems import RuntimeProblem

INTERVAL = 0.15
"""Seconds between two looks at a task."""
MODEL_TASKS = ("models", "download", "delete")
WIDTH, LETTERS = 520, 78
"""Of the dialogs: pixels at 1x, and the letters that go into a line."""

desk = Desk()


def _let_worker_end() -> None:
    """Ends the worker, whose files are about to change."""
    from . import current

    made = current.running_session()
    if made is not None and made.state.running:
        made.stop()
        made.settle()


desk.before_change = _let_worker_end


def stop() -> None:
    """Ends the task under way and the looking at it."""
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    desk.close()


def _look() -> float | None:
    if desk.tick():
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                if area.type in ("PREFERENCES", "VIEW_3D"):
                    area.tag_redraw()
    return INTERVAL if desk.task is not None else None


def _draw_lines(layout: Any, lines: Iterable[str]) -> None:
    """Draws lines in a dialog, which has its width before it has a region."""
    column = layout.column(align=True)
    for line in lines:
        for part in textwrap.wrap(line, LETTERS):
            column.label(text=part, translate=False)


class Task(bpy.types.Operator):
    """An operator that begins a task of the desk."""

    bl_options: ClassVar = {"INTERNAL"}
    action = ""
    needs_network = False

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether a task can begin, else says why the button is grey."""
        if desk.task is not None:
            cls.poll_message_set("Wait until the task under way is done, or cancel it")
            return False
        if cls.needs_network and not bpy.app.online_access:
            locked = getattr(bpy.app, "online_access_override", False)
            reason = "Blender was started without network access (--offline-mode)" if locked else offline().remedy
            cls.poll_message_set(reason)
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Begins the task; in the background waits for its end."""
        from . import preferences

        try:
            desk.start(self.action, preferences.wishes(), getattr(self, "model", ""))
        except RuntimeProblem as problem:
            self.report({"ERROR"}, str(problem))
            return {"CANCELLED"}
        if desk.task is None:
            return self._told()
        if bpy.app.background:
            while desk.task is not None:
                time.sleep(INTERVAL)
                desk.tick()
            return self._told()
        if not bpy.app.timers.is_registered(_look):
            bpy.app.timers.register(_look, first_interval=INTERVAL, persistent=True)
        return {"FINISHED"}

    def _told(self) -> set[str]:
        outcome = desk.outcome
        if outcome is None or outcome.ok:
            if outcome is not None and outcome.text:
                self.report({"INFO"}, outcome.text)
            return {"FINISHED"}
        self.report({"ERROR"}, f"{outcome.text}; {outcome.remedy}" if outcome.remedy else outcome.text)
        return {"CANCELLED"}


class SGVOP_OT_runtime_install(Task):
    """Show how much is downloaded and where to, then install or update the runtime"""

    bl_idname = "sgvop.runtime_install"
    bl_label = "Install Runtime"
    action = "install"

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Shows the plan before the first byte, or what keeps it from starting."""
        from . import preferences

        try:
            self._plan = desk.plan(preferences.wishes())
        except RuntimeProblem as problem:
            self.report({"ERROR"}, str(problem))
            return {"CANCELLED"}
        if self._plan.problem is not None:
            self.report({"ERROR"}, str(self._plan.problem))
            return {"CANCELLED"}
        return set(context.window_manager.invoke_props_dialog(self, width=WIDTH, confirm_text="Download and Install"))

    def draw(self, context: Any) -> None:
        """Draws size, servers, space and folder."""
        _draw_lines(self.layout, self._plan.lines)


class SGVOP_OT_runtime_cancel(bpy.types.Operator):
    """Stop what is under way; an installation goes on where it stopped when you press Resume"""

    bl_idname = "sgvop.runtime_cancel"
    bl_label = "Cancel"
    bl_options: ClassVar = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether there is something to cancel."""
        if desk.task is None or desk.task.stopping:
            cls.poll_message_set("Nothing is under way")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Cancels the task."""
        desk.cancel()
        return {"FINISHED"}


class SGVOP_OT_runtime_test(Task):
    """Look at the runtime's packages and devices, and start a worker"""

    bl_idname = "sgvop.runtime_test"
    bl_label = "Test Runtime"
    action = "test"


class SGVOP_OT_runtime_verify(Task):
    """Compare every file of the runtime with what was installed"""

    bl_idname = "sgvop.runtime_verify"
    bl_label = "Verify Runtime"
    action = "verify"


class SGVOP_OT_runtime_repair(Task):
    """Install anew the packages whose files are missing or changed"""

    bl_idname = "sgvop.runtime_repair"
    bl_label = "Repair Runtime"
    action = "repair"


class Confirmed(Task):
    """A task that deletes something and asks before."""

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Asks, saying what is deleted."""
        title, message, confirm = self.question()
        manager = context.window_manager
        return set(
            manager.invoke_confirm(self, event, title=title, message=message, confirm_text=confirm, icon="WARNING")
        )

    def question(self) -> tuple[str, str, str]:
        """Returns title, message and the button's label."""
        raise NotImplementedError


class SGVOP_OT_runtime_discard(Confirmed):
    """Delete what an unfinished installation left; the runtime from before stays"""

    bl_idname = "sgvop.runtime_discard"
    bl_label = "Roll Back Runtime"
    action = "discard"

    def question(self) -> tuple[str, str, str]:
        """Returns what is asked."""
        return "Roll Back?", "The unfinished installation and its downloads are deleted", "Roll Back"


class SGVOP_OT_runtime_remove(Confirmed):
    """Delete the runtime and free its space; the models stay"""

    bl_idname = "sgvop.runtime_remove"
    bl_label = "Remove Runtime"
    action = "remove"

    def question(self) -> tuple[str, str, str]:
        """Returns what is asked, with the size."""
        from . import preferences

        told = desk.contents(preferences.wishes().choice.root)
        locks = [e.lock for e in (told.current, *told.others) if e is not None and e.lock is not None]
        about_bytes = sum(lock.unpacked for lock in locks) + told.download_bytes
        return "Remove the Runtime?", f"About {size(about_bytes)} in {told.root} are deleted", "Remove"


class SGVOP_OT_models_list(Task):
    """Ask a worker which models there are"""

    bl_idname = "sgvop.models_list"
    bl_label = "List Models"
    action = "models"


class SGVOP_OT_model_download(Task):
    """Download a model's weights into this computer's cache"""

    bl_idname = "sgvop.model_download"
    bl_label = "Download Model"
    action = "download"
    needs_network = True

    model: StringProperty(name="Model")  # type: ignore[valid-type]

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Asks, saying how much is downloaded and where to."""
        return set(context.window_manager.invoke_props_dialog(self, width=WIDTH, confirm_text="Download"))

    def draw(self, context: Any) -> None:
        """Draws model, size and folder."""
        count = next((m.bytes for m in desk.models or () if m.spec == self.model), None)
        lines = [f"{self.model}: {size(count) if count else 'size not known'}"]
        _draw_lines(self.layout, [*lines, *([f"Folder: {desk.model_folder}"] if desk.model_folder else [])])


class SGVOP_OT_model_delete(Confirmed):
    """Delete a model's weights from this computer's cache; other programs that use them download them again"""

    bl_idname = "sgvop.model_delete"
    bl_label = "Delete Model"
    action = "delete"

    model: StringProperty(name="Model")  # type: ignore[valid-type]

    def question(self) -> tuple[str, str, str]:
        """Returns what is asked, with the size."""
        count = next((m.bytes for m in desk.models or () if m.spec == self.model), None)
        return (
            "Delete the Model?",
            f"{self.model}{f' ({size(count)})' if count else ''} is deleted from the cache",
            "Delete",
        )


CLASSES = (
    SGVOP_OT_runtime_install,
    SGVOP_OT_runtime_cancel,
    SGVOP_OT_runtime_test,
    SGVOP_OT_runtime_verify,
    SGVOP_OT_runtime_repair,
    SGVOP_OT_runtime_discard,
    SGVOP_OT_runtime_remove,
    SGVOP_OT_models_list,
    SGVOP_OT_model_download,
    SGVOP_OT_model_delete,
)
