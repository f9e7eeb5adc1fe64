"""Small operators that fill the panel's properties: last prompts, picked objects, bounds."""

from typing import Any

import bpy
import numpy as np
from bpy.props import IntProperty, StringProperty

from .targets import chosen_objects


class SGVOP_OT_prompt_use(bpy.types.Operator):
    """Take this prompt again"""

    bl_idname = "sgvop.prompt_use"
    bl_label = "Use Prompt"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    text: StringProperty(name="Prompt", description="The prompt")  # type: ignore[valid-type]

    def execute(self, context: Any) -> set[str]:
        """Puts the prompt into the panel."""
        context.scene.sgvop.prompt = self.text
        return {"FINISHED"}


class SGVOP_OT_anchor_add(bpy.types.Operator):
    """Add an object to place against"""

    bl_idname = "sgvop.anchor_add"
    bl_label = "Add Object"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Adds a field to pick an object in."""
        context.scene.sgvop.anchors.add()
        return {"FINISHED"}


class SGVOP_OT_anchor_remove(bpy.types.Operator):
    """Remove this object from those to place against"""

    bl_idname = "sgvop.anchor_remove"
    bl_label = "Remove Object"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    index: IntProperty(name="Index", description="Which of them, from 0", min=0)  # type: ignore[valid-type]

    def execute(self, context: Any) -> set[str]:
        """Removes the field."""
        context.scene.sgvop.anchors.remove(self.index)
        return {"FINISHED"}


class SGVOP_OT_bounds_from_selected(bpy.types.Operator):
    """Set the bounds to the box around the other selected objects, or around the active one when it is alone"""

    bl_idname = "sgvop.bounds_from_selected"
    bl_label = "Bounds from Selected"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Returns whether an object is selected, else says why the button is grey."""
        if not chosen_objects(context.view_layer):
            cls.poll_message_set("Select the objects to take the bounds from")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Measures the box."""
        objects = chosen_objects(context.view_layer)
        others = [o for o in objects if o != context.view_layer.objects.active] or objects
        points = np.concatenate(
            [
                np.array(o.bound_box) @ np.array(o.matrix_world)[:3, :3].T + np.array(o.matrix_world)[:3, 3]
                for o in others
            ]
        )
        wanted = context.scene.sgvop
        wanted.bounds_low, wanted.bounds_high = points.min(0).tolist(), points.max(0).tolist()
        wanted.use_bounds = True
        return {"FINISHED"}


CLASSES = (SGVOP_OT_prompt_use, SGVOP_OT_anchor_add, SGVOP_OT_anchor_remove, SGVOP_OT_bounds_from_selected)
