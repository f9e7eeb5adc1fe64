"""What can be done with candidates: apply, step through, compare, keep, key, accept. Each change is one undo step.

The functions of ``apply.py`` push the undo step themselves, so none of these has UNDO among its options.
"""

from collections.abc import Callable, Sequence
from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty

from . import apply, current


class OnCandidates:
    """An operator that needs candidates and no running job."""

    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether there are candidates, else says why the button is grey."""
        if current.record() is None:
            cls.poll_message_set("There are no candidates yet; place an object first")  # type: ignore[attr-defined]
            return False
        busy = current.shown(context).busy if current.shown(context).placing else ""
        if busy:
            cls.poll_message_set(busy)  # type: ignore[attr-defined]
        return not busy

    report: Callable[..., None]

    def attempt(self, act: Callable[[], Any]) -> set[str]:
        """Returns the operator's result after ``act``; what it returns or raises for the user is reported."""
        try:
            notes = act()
        except (apply.Gone, KeyError, ValueError) as error:
            self.report({"ERROR"}, str(error.args[0] if error.args else error))
            return {"CANCELLED"}
        for note in notes or ():
            self.report({"INFO"}, note)
        current.redraw()
        return {"FINISHED"}


class OnShown(OnCandidates):
    """An operator that needs one of the candidates to be the one that is shown."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether a candidate is shown, else says why the button is grey."""
        if not super().poll(context):
            return False
        if current.shown_option() is None:
            cls.poll_message_set("Choose a candidate first")  # type: ignore[attr-defined]
            return False
        return True


class SGVOP_OT_candidate_apply(OnCandidates, bpy.types.Operator):
    """Put the object where this candidate is"""

    bl_idname = "sgvop.candidate_apply"
    bl_label = "Apply Candidate"

    index: IntProperty(name="Candidate", description="Number of the candidate, from 0", min=0)  # type: ignore[valid-type]
    object: StringProperty(name="Object", description="Whose candidate; empty: the last placed")  # type: ignore[valid-type]

    def execute(self, context: Any) -> set[str]:
        """Applies the candidate."""
        return self.attempt(lambda: current.apply_candidate(self.index, self.object or None))


class SGVOP_OT_candidate_step(OnCandidates, bpy.types.Operator):
    """Go to the next or the previous candidate"""

    bl_idname = "sgvop.candidate_step"
    bl_label = "Next Candidate"

    step: IntProperty(name="Step", description="1 for the next, -1 for the previous", default=1)  # type: ignore[valid-type]

    @classmethod
    def description(cls, context: Any, properties: Any) -> str:
        """Returns the tooltip by direction."""
        return "Go to the previous candidate" if properties.step < 0 else "Go to the next candidate"

    def execute(self, context: Any) -> set[str]:
        """Applies the candidate that is ``step`` further, around the end."""
        record = current.record()
        if record is None:
            return {"CANCELLED"}
        name, options = current.group(record)
        index = next_index([o.index for o in options], record.chosen.get(name), self.step)
        return self.attempt(lambda: current.apply_candidate(index, name))


class SGVOP_OT_candidate_object(OnCandidates, bpy.types.Operator):
    """Show the candidates of this object"""

    bl_idname = "sgvop.candidate_object"
    bl_label = "Show Object's Candidates"
    bl_options = {"INTERNAL"}

    object: StringProperty(name="Object", description="Whose candidates to show")  # type: ignore[valid-type]

    def execute(self, context: Any) -> set[str]:
        """Turns the gallery to the object."""
        current.show_group(self.object)
        return {"FINISHED"}


class SGVOP_OT_candidate_compare(OnShown, bpy.types.Operator):
    """Switch between the candidate and where the object stood at the start"""

    bl_idname = "sgvop.candidate_compare"
    bl_label = "Compare with Start"

    def execute(self, context: Any) -> set[str]:
        """Shows the start, or the candidate again."""
        return self.attempt(current.toggle_start)


class SGVOP_OT_candidate_duplicate(OnShown, bpy.types.Operator):
    """Keep this candidate as a duplicate of the object, to try others beside it"""

    bl_idname = "sgvop.candidate_duplicate"
    bl_label = "Keep as Duplicate"

    def execute(self, context: Any) -> set[str]:
        """Makes the duplicate."""
        made: list[str] = []

        def act() -> None:
            record, option = current.record(), current.shown_option()
            if record is not None and option is not None:
                made.extend(apply.keep_as_duplicate(record, option.index, option.object))

        result = self.attempt(act)
        if made:
            self.report({"INFO"}, f"Kept as {', '.join(made)}")
        return result


class SGVOP_OT_candidate_keyframe(OnShown, bpy.types.Operator):
    """Insert keyframes of this candidate's pose at the current frame"""

    bl_idname = "sgvop.candidate_keyframe"
    bl_label = "Insert Keyframe"

    def execute(self, context: Any) -> set[str]:
        """Keys the pose."""
        record, option = current.record(), current.shown_option()
        if record is None or option is None:
            return {"CANCELLED"}
        return self.attempt(lambda: apply.keyframe(record, option.index, option.object))


class SGVOP_OT_candidate_accept(OnCandidates, bpy.types.Operator):
    """Keep the object as it stands now and close the gallery; the run stays in the history"""

    bl_idname = "sgvop.candidate_accept"
    bl_label = "Accept"

    def execute(self, context: Any) -> set[str]:
        """Closes the gallery."""
        current.close_gallery()
        current.redraw()
        return {"FINISHED"}


def next_index(known: Sequence[int], chosen: int | None, step: int) -> int:
    """Returns the index ``step`` further than the chosen one, around the end; the first or last without one."""
    order = list(known)
    if chosen not in order:
        return order[0] if step > 0 else order[-1]
    return order[(order.index(chosen) + step) % len(order)]


CLASSES = (
    SGVOP_OT_candidate_apply,
    SGVOP_OT_candidate_step,
    SGVOP_OT_candidate_object,
    SGVOP_OT_candidate_compare,
    SGVOP_OT_candidate_duplicate,
    SGVOP_OT_candidate_keyframe,
    SGVOP_OT_candidate_accept,
)
