"""Place, Cancel, and reading the prompt: the jobs that the panel's button begins and ends."""

import random
from typing import Any

import bpy
from bpy.props import StringProperty

from . import apply, current, interrupted, prompt_reading, runs, ticker
from .objects import why_not
from .properties import SEED_LIMIT, panel_values, set_panel_values
from .records import Record
from .session import CannotPlace
from .settings_map import complaint, place_settings
from .shown import shown_state
from .targets import chosen_objects, held_channels, object_complaint
from .texts import say
from .viewport_camera import find_viewport, viewport_camera

INTERVAL = 1 / 30
"""Seconds between two ticks while placing."""


_timers: list[Any] = []
"""Of the operator that places; at most one. Kept here as well, for when the extension is switched off under it."""


def release_timers() -> None:
    """Takes the timer away, and the text in the status bar."""
    while _timers:
        bpy.context.window_manager.event_timer_remove(_timers.pop())
        for workspace in bpy.data.workspaces:
            workspace.status_text_set(None)


def why_not_place(context: Any) -> str:
    """Returns why Place is grey, in one line; empty when it can begin."""
    wanted = context.scene.sgvop
    shown = current.shown(context)
    layer = context.view_layer
    reasons = (
        shown.busy,
        object_complaint(layer),
        *(why_not(o, layer) for o in chosen_objects(layer)),
        "" if wanted.prompt.strip() else "Write where it belongs, such as: a cup on the table",
        complaint(panel_values(wanted)),
        _no_viewport(context) if wanted.see_from == "VIEWPORT" else "",
        "" if shown.runtime else "Install the runtime first",
    )
    return next((reason for reason in reasons if reason), "")


def _no_viewport(context: Any) -> str:
    return "" if find_viewport(context) is not None else "There is no 3D viewport to see from; choose a camera"


def begin(context: Any) -> Record:
    """Returns the record of a placement that has begun, as the panel says. Raises CannotPlace."""
    wanted = context.scene.sgvop
    if wanted.new_seed:
        wanted.seed = random.randrange(SEED_LIMIT)
    values = panel_values(wanted)
    objects = chosen_objects(context.view_layer)
    camera = context.scene.camera
    settings = place_settings(values, camera.name if camera is not None else None, held_channels(objects))
    cameras = []
    if values.see_from == "VIEWPORT":
        found = find_viewport(context)
        if found is None:
            raise CannotPlace(_no_viewport(context))
        cameras.append(viewport_camera(*found))
    runs.remember_prompt(wanted.prompt)
    return current.session().place(
        objects, wanted.prompt, settings, together=settings["together"], cameras=cameras, asked=runs.asked(values)
    )


class SGVOP_OT_place(bpy.types.Operator):
    """Find where the selected objects belong, and move them there; Esc stops and puts everything back"""

    bl_idname = "sgvop.place"
    bl_label = "Place"
    bl_options = {"REGISTER"}

    prompt: StringProperty(  # type: ignore[valid-type]
        name="Prompt", description="Where it belongs; empty: what the scene's panel says", options={"SKIP_SAVE"}
    )

    _timer: Any = None
    _record: Record | None = None
    _text: str = ""
    _modal: bool = False

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether it can begin, else says why the button is grey."""
        reason = why_not_place(context)
        # A script gives the prompt along, which is not known here.
        if reason.startswith("Write where") and bpy.app.background:
            reason = ""
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Begins, and goes on with a timer while the window stays in use."""
        if bpy.app.background or context.window is None:
            return self.execute(context)
        self._take_prompt(context)
        state = current.session().state
        if state.job is not None:
            # Only the reading of a prompt may be under way here; it gives way.
            current.session().cancel()
        elif not self._begin(context):
            return {"CANCELLED"}
        manager = context.window_manager
        self._timer = manager.event_timer_add(INTERVAL, window=context.window)
        _timers.append(self._timer)
        manager.modal_handler_add(self)
        self._modal = True
        ticker.taken(True)
        current.redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Ticks with the timer, cancels with Esc, and lets everything else through."""
        if event.type == "ESC" and event.value == "PRESS":
            current.session().cancel()
            return self._end(context)
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        changed = ticker.tick()
        session = current.session()
        if self._record is None:
            if not session.state.phase.ending and not self._begin(context):
                return self._end(context)
        elif self._record.outcome != "running":
            return self._end(context)
        if changed:
            self._tell(context)
        return {"PASS_THROUGH"}

    def execute(self, context: Any) -> set[str]:
        """Runs to the end, without a window or from a script."""
        self._take_prompt(context)
        session = current.session()
        if session.state.job is not None:
            session.cancel()
        session.settle()
        if not self._begin(context) or self._record is None:
            return {"CANCELLED"}
        ticker.taken(True)
        try:
            session.run_to_end(self._record)
        except KeyboardInterrupt:
            session.cancel()
            session.settle()
        return self._end(context)

    def cancel(self, context: Any) -> None:
        """Called by Blender when a file is loaded or the window closes: ends the job and puts everything back."""
        session = current.running_session()
        if session is not None and self._record is not None and self._record.outcome == "running":
            interrupted.note(self._record)
            session.cancel()
        self._release(context)

    def _take_prompt(self, context: Any) -> None:
        if self.prompt.strip():
            context.scene.sgvop.prompt = self.prompt

    def _begin(self, context: Any) -> bool:
        try:
            self._record = begin(context)
        except CannotPlace as error:
            self.report({"ERROR"}, str(error))
            return False
        return True

    def _end(self, context: Any) -> set[str]:
        """Lets go of timer and status bar, tells how it ended, and returns the operator's result."""
        self._release(context)
        record = self._record
        current.redraw()
        if record is None:
            return {"CANCELLED"}
        current.finish(record)
        if record.outcome != "done" and record.disturbed:
            # What was changed meanwhile became a step of undo with the object on its way in it, and from that Blender
            # saves by itself; this one has it back in its place.
            apply.push_undo("Place: Cancelled")
        failure = record.failure
        if failure is not None:
            # In the window the panel tells it with its remedies; an error would open a popup over that.
            level = "WARNING" if self._modal else "ERROR"
            self.report({level}, failure.message + (f"; {failure.remedy}" if failure.remedy else ""))
        for note in record.notes:
            self.report({"INFO"}, note)
        return {"FINISHED"} if record.outcome == "done" else {"CANCELLED"}

    def _release(self, context: Any) -> None:
        if self._timer is not None:
            self._timer = None
            release_timers()
        ticker.taken(False)

    def _tell(self, context: Any) -> None:
        """Puts where the job is into the status bar, and has the panel drawn anew."""
        current.redraw()
        shown = shown_state(current.session().state)
        facts = f", {shown.facts}" if shown.facts else ""
        text = f"{say(shown.title)} {100 * shown.done:.0f} %{facts}   |   Esc: {say('Cancel')}"
        if text != self._text and context.workspace is not None:
            self._text = text
            context.workspace.status_text_set(text)


class SGVOP_OT_cancel(bpy.types.Operator):
    """Stop, and put everything back to where it was"""

    bl_idname = "sgvop.cancel"
    bl_label = "Cancel"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether something runs, else says why the button is grey."""
        session = current.running_session()
        if session is None or session.state.job is None:
            cls.poll_message_set("Nothing is running")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Cancels the job; the operator that placed ends with its next tick."""
        current.session().cancel()
        ticker.start()
        current.redraw()
        return {"FINISHED"}


class SGVOP_OT_read(bpy.types.Operator):
    """Show what is understood of the prompt, without placing anything"""

    bl_idname = "sgvop.read"
    bl_label = "Read Prompt"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether it can be read, else says why the button is grey."""
        shown = current.shown(context)
        reason = shown.busy or ("A prompt is being read" if shown.job else "")
        reason = reason or object_complaint(context.view_layer)
        if not reason and not context.scene.sgvop.prompt.strip():
            reason = "Write where it belongs, such as: a cup on the table"
        reason = reason or ("" if shown.runtime else "Install the runtime first")
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: Any) -> set[str]:
        """Asks the worker; without a window it waits for the answer."""
        try:
            number = prompt_reading.read(context)
        except CannotPlace as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        session = current.session()
        while bpy.app.background and session.state.job is not None and session.state.job.number == number:
            session.tick(budget=0.05)
        prompt_reading.note(session)
        return {"FINISHED"}


class SGVOP_OT_run_again(bpy.types.Operator):
    """Place again with the settings, the prompt and the objects of this run"""

    bl_idname = "sgvop.run_again"
    bl_label = "Run Again"
    bl_options = {"REGISTER"}

    number: bpy.props.IntProperty(name="Run", description="Number of the run")  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether something can be begun, else says why the button is grey."""
        busy = current.shown(context).busy
        if busy:
            cls.poll_message_set(busy)
        return not busy

    def execute(self, context: Any) -> set[str]:
        """Puts the run's settings into the panel, selects its objects and presses Place."""
        from .objects import find

        record = current.find_record(self.number)
        if record is None:
            self.report({"ERROR"}, "This run is not in the history any more")
            return {"CANCELLED"}
        objects = [find(start.key) for start in record.starts]
        layer = context.view_layer
        gone = [s.key.name for s, o in zip(record.starts, objects, strict=True) if o is None or why_not(o, layer)]
        if gone:
            self.report({"ERROR"}, f"'{gone[0]}' cannot be placed any more; undo its removal, or choose another run")
            return {"CANCELLED"}
        values = runs.asked_values(record)
        if values is not None:
            set_panel_values(context.scene.sgvop, values)
        context.scene.sgvop.prompt = record.prompt
        for thing in list(layer.objects.selected):
            thing.select_set(False, view_layer=layer)
        for thing in objects:
            thing.select_set(True, view_layer=layer)
        layer.objects.active = objects[0]
        if bpy.app.background:
            return set(bpy.ops.sgvop.place())
        return {"FINISHED"} if "RUNNING_MODAL" in bpy.ops.sgvop.place("INVOKE_DEFAULT") else {"CANCELLED"}


CLASSES = (SGVOP_OT_place, SGVOP_OT_cancel, SGVOP_OT_read, SGVOP_OT_run_again)
