"""Which objects are to be placed: the selected ones, the active one first."""

from __future__ import annotations

from typing import Any

PLACEABLE = frozenset(
    ("MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "EMPTY", "ARMATURE", "LATTICE", "POINTCLOUD", "VOLUME")
)
"""Types that show something or can have children that do."""


def chosen_objects(view_layer: Any) -> list[Any]:
    """Returns the selected objects that can be placed, the active one first; the active one when none is selected."""
    active = view_layer.objects.active
    selected = [o for o in view_layer.objects.selected if o.type in PLACEABLE]
    if not selected:
        return [active] if active is not None and active.type in PLACEABLE else []
    return sorted(selected, key=lambda o: (o != active, o.name))


def object_complaint(view_layer: Any) -> str:
    """Returns why the chosen objects cannot be placed, in one line; empty when they can."""
    objects = chosen_objects(view_layer)
    if not objects:
        active = view_layer.objects.active
        if active is not None:
            return f"'{active.name}' is a {active.type.replace('_', ' ').lower()}; select the object to place"
        return "Select the object to place"
    for thing in objects:
        if thing.library is not None and thing.override_library is None:
            return f"'{thing.name}' is linked from another file; make it local or a library override"
        if thing.mode != "OBJECT":
            return f"'{thing.name}' is being edited; go to Object Mode"
        if not thing.visible_get(view_layer=view_layer):
            return f"'{thing.name}' is hidden; show it to place it"
    return ""


def held_channels(objects: list[Any]) -> list[str]:
    """Returns the channels that any of the objects has locked in Blender, such as ``location.z``."""
    groups = (("location", "lock_location"), ("rotation", "lock_rotation"), ("scale", "lock_scale"))
    return [
        f"{group}.{axis}"
        for group, attribute in groups
        for index, axis in enumerate("xyz")
        if any(getattr(o, attribute)[index] for o in objects)
    ]
