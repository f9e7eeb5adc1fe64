"""The panel's properties: what an artist wants saved is on the scene, what belongs to this Blender on the window manager.

Nothing here tells about a running job; that lives in ``session.py`` and is never stored.
"""

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    BoolVectorProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import gallery_pictures, prompt_reading, suggestions
from .settings_map import SMALLEST_PICTURE, PanelValues

DEFAULTS = PanelValues()
SEED_LIMIT = 2**31 - 1
"""Blender's integers end here; the worker takes twice as many."""


def _is_camera(_group: Any, thing: Any) -> bool:
    return thing.type == "CAMERA"


def _is_anchor(_group: Any, thing: Any) -> bool:
    return thing.type not in {"CAMERA", "LIGHT", "LIGHT_PROBE", "SPEAKER"}


class SGVOP_PG_anchor(bpy.types.PropertyGroup):
    """An object to place against."""

    object: PointerProperty(  # type: ignore[valid-type]
        type=bpy.types.Object,
        name="Against",
        description="Object to place against, in the order in which the prompt speaks of them",
        poll=_is_anchor,
        update=prompt_reading.changed,
    )


class SGVOP_PG_scene(bpy.types.PropertyGroup):
    """What is wanted of a placement; stored in the .blend."""

    prompt: StringProperty(  # type: ignore[valid-type]
        name="Prompt",
        description="Where the object belongs, such as: a cup on the table, left of the lamp",
        maxlen=1000,
        options={"TEXTEDIT_UPDATE"},
        update=prompt_reading.changed,
    )
    several: EnumProperty(  # type: ignore[valid-type]
        name="Several",
        description="How several selected objects are placed",
        items=(
            ("TURN", "In Turn", "One after the other, each seeing those before it"),
            ("TOGETHER", "Together", "As one group that keeps its arrangement"),
        ),
        default=DEFAULTS.several,
    )
    against: EnumProperty(  # type: ignore[valid-type]
        name="Against",
        description="What the object is placed against",
        items=(
            ("AUTO", "Automatic", "The objects that the prompt names"),
            ("PICKED", "Picked", "The objects that you pick, in the order in which the prompt speaks of them"),
        ),
        default=DEFAULTS.against,
        update=prompt_reading.changed,
    )
    anchors: CollectionProperty(type=SGVOP_PG_anchor)  # type: ignore[valid-type]
    see_from: EnumProperty(  # type: ignore[valid-type]
        name="See From",
        description="The camera whose picture is judged",
        items=(
            ("SCENE", "Scene Camera", "The scene's active camera"),
            ("CAMERA", "Chosen Camera", "Another camera of the scene"),
            ("VIEWPORT", "Viewport", "What the 3D viewport shows now"),
            ("RING", "Automatic Ring", "Cameras around the place, chosen from the scene"),
        ),
        default=DEFAULTS.see_from,
    )
    camera: PointerProperty(  # type: ignore[valid-type]
        type=bpy.types.Object,
        name="Camera",
        description="Camera whose picture is judged",
        poll=_is_camera,
    )
    ring_views: IntProperty(  # type: ignore[valid-type]
        name="Views",
        description="How many cameras look at a pose; more take longer",
        default=DEFAULTS.ring_views,
        min=1,
        max=64,
        soft_max=12,
    )
    lock_location: BoolVectorProperty(  # type: ignore[valid-type]
        name="Location", description="Keep the world position along this axis", subtype="XYZ"
    )
    lock_rotation: BoolVectorProperty(  # type: ignore[valid-type]
        name="Rotation", description="Keep the rotation about this axis", subtype="XYZ"
    )
    lock_scale: BoolVectorProperty(  # type: ignore[valid-type]
        name="Scale", description="Keep the scale along this axis", subtype="XYZ"
    )
    turning: EnumProperty(  # type: ignore[valid-type]
        name="Turning",
        description="Which rotations are tried",
        items=(
            ("UPRIGHT", "Upright", "Turn about the vertical only, unless the prompt says more"),
            ("FREE", "Free", "Turn in any direction"),
        ),
        default=DEFAULTS.turning,
    )
    scaling: EnumProperty(  # type: ignore[valid-type]
        name="Scaling",
        description="Which sizes are tried",
        items=(
            ("UNIFORM", "Uniform", "One factor for all axes"),
            ("FREE", "Each Axis", "A factor for each axis"),
            ("FIXED", "Keep Size", "The object keeps its size"),
        ),
        default=DEFAULTS.scaling,
    )
    use_scale_range: BoolProperty(  # type: ignore[valid-type]
        name="Size Range", description="Keep the size within a range, instead of what the prompt says"
    )
    scale_low: FloatProperty(  # type: ignore[valid-type]
        name="Smallest",
        description="Smallest size as a share of the present size",
        default=DEFAULTS.scale_low,
        min=0.001,
        max=1000.0,
        soft_min=0.1,
        soft_max=4.0,
    )
    scale_high: FloatProperty(  # type: ignore[valid-type]
        name="Largest",
        description="Largest size as a share of the present size",
        default=DEFAULTS.scale_high,
        min=0.001,
        max=1000.0,
        soft_min=0.1,
        soft_max=4.0,
    )
    use_bounds: BoolProperty(  # type: ignore[valid-type]
        name="Bounds", description="Keep the object's base within a box in the world"
    )
    bounds_low: FloatVectorProperty(  # type: ignore[valid-type]
        name="Low Corner",
        description="Corner of the box with the smallest coordinates",
        subtype="TRANSLATION",
        default=DEFAULTS.bounds_low,
    )
    bounds_high: FloatVectorProperty(  # type: ignore[valid-type]
        name="High Corner",
        description="Corner of the box with the largest coordinates",
        subtype="TRANSLATION",
        default=DEFAULTS.bounds_high,
    )
    pivot: EnumProperty(  # type: ignore[valid-type]
        name="Pivot",
        description="What turning and scaling keep in place",
        items=(
            ("BASE", "Base", "The middle of the underside"),
            ("ORIGIN", "Origin", "The object's origin"),
            ("MASS", "Center of Mass", "The center of mass of the mesh"),
        ),
        default=DEFAULTS.pivot,
    )
    front: EnumProperty(  # type: ignore[valid-type]
        name="Front",
        description="The object's own axis that faces forward, for prompts such as: facing the door",
        items=(
            ("AUTO", "Automatic", "The object's -Y axis, as in Blender's front view"),
            ("X", "X", ""),
            ("NEG_X", "-X", ""),
            ("Y", "Y", ""),
            ("NEG_Y", "-Y", ""),
            ("Z", "Z", ""),
            ("NEG_Z", "-Z", ""),
        ),
        default=DEFAULTS.front,
    )
    rest: BoolProperty(  # type: ignore[valid-type]
        name="Rest on Surfaces", description="The object has to stand on something", default=DEFAULTS.rest
    )
    avoid: BoolProperty(  # type: ignore[valid-type]
        name="Avoid Collisions", description="The object must not cut into others", default=DEFAULTS.avoid
    )
    in_view: BoolProperty(  # type: ignore[valid-type]
        name="Stay in View", description="The camera has to see the object", default=DEFAULTS.in_view
    )
    quality: EnumProperty(  # type: ignore[valid-type]
        name="Quality",
        description="How long is searched",
        items=(
            ("DRAFT", "Draft", "A quick look, some seconds"),
            ("STANDARD", "Standard", "Good for most scenes"),
            ("HIGH", "High", "Searches several times as long"),
        ),
        default=DEFAULTS.quality,
    )
    candidates: IntProperty(  # type: ignore[valid-type]
        name="Candidates",
        description="How many different poses to offer at most",
        default=DEFAULTS.candidates,
        min=1,
        max=50,
        soft_max=12,
    )
    seed: IntProperty(  # type: ignore[valid-type]
        name="Seed",
        description="The same seed gives the same result",
        default=DEFAULTS.seed,
        min=0,
        max=SEED_LIMIT,
    )
    new_seed: BoolProperty(  # type: ignore[valid-type]
        name="New Each Time", description="Draw another seed for every run, so that results vary"
    )
    time_limit: FloatProperty(  # type: ignore[valid-type]
        name="Time Limit",
        description="Seconds after which the best so far is taken; 0 means no limit",
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
        default=DEFAULTS.time_limit,
        min=0.0,
        soft_max=600.0,
    )
    best_effort: BoolProperty(  # type: ignore[valid-type]
        name="Allow Nearest Miss", description="Offer the nearest pose when none fulfils everything"
    )
    guidance_clip: FloatProperty(  # type: ignore[valid-type]
        name="Picture",
        description="Weight of how well the rendered picture fits the prompt; 0 leaves pictures out",
        default=DEFAULTS.guidance_clip,
        min=0.0,
        soft_max=5.0,
    )
    guidance_relation: FloatProperty(  # type: ignore[valid-type]
        name="Relation",
        description="Weight of the relations that the prompt names, such as on or left of; 0 leaves them out",
        default=DEFAULTS.guidance_relation,
        min=0.0,
        soft_max=5.0,
    )
    guidance_physical: FloatProperty(  # type: ignore[valid-type]
        name="Physical",
        description="Weight of contact, collision and visibility; 0 leaves them out",
        default=DEFAULTS.guidance_physical,
        min=0.0,
        soft_max=5.0,
    )
    clip: StringProperty(  # type: ignore[valid-type]
        name="Picture Model",
        description="CLIP model that judges the pictures; auto takes one that is on this computer, none does without",
        default=DEFAULTS.clip,
        search=suggestions.models,
        search_options={"SUGGESTION"},
    )
    picture_size: IntProperty(  # type: ignore[valid-type]
        name="Picture Size",
        description="Shorter side of the pictures that are judged; smaller ones need less memory",
        subtype="PIXEL",
        default=DEFAULTS.picture_size,
        min=SMALLEST_PICTURE,
        max=2048,
        soft_max=448,
    )
    device: StringProperty(  # type: ignore[valid-type]
        name="Device",
        description="What computes: auto, cpu, cuda or mps",
        default=DEFAULTS.device,
        search=suggestions.devices,
        search_options={"SUGGESTION"},
    )


class SGVOP_PG_window(bpy.types.PropertyGroup):
    """What the panel shows in this Blender; not stored."""

    show_log: BoolProperty(name="Show Log", description="Show the last lines of the log")  # type: ignore[valid-type]
    candidate: EnumProperty(  # type: ignore[valid-type]
        name="Candidate",
        description="Put the object where this candidate is",
        items=gallery_pictures.choices,
        get=gallery_pictures.chosen,
        set=gallery_pictures.choose,
    )


# ------------------------------------------------------------------ to plain values and back

PLAIN = tuple(name for name in PanelValues.__dataclass_fields__ if name not in ("anchors", "camera"))


def panel_values(group: Any) -> PanelValues:
    """Returns the scene's properties as plain values."""
    plain = {name: getattr(group, name) for name in PLAIN}
    plain = {k: _plain(v) for k, v in plain.items()}
    anchors = tuple(a.object.name for a in group.anchors if a.object is not None)
    return PanelValues(**plain, anchors=anchors, camera=group.camera.name if group.camera is not None else "")


def _plain(value: Any) -> Any:
    """A property's value without Blender's types; floats as they were typed, for Blender keeps 0.7 as 0.69999999."""
    if isinstance(value, str | bool | int):
        return value
    return float(f"{value:.7g}") if isinstance(value, float) else tuple(_plain(v) for v in value)


def set_panel_values(group: Any, values: PanelValues) -> None:
    """Puts plain values into the scene's properties; objects that are gone are left out."""
    for name in PLAIN:
        setattr(group, name, getattr(values, name))
    group.anchors.clear()
    for name in values.anchors:
        thing = bpy.data.objects.get(name)
        if thing is not None:
            group.anchors.add().object = thing
    group.camera = bpy.data.objects.get(values.camera) if values.camera else None


CLASSES = (SGVOP_PG_anchor, SGVOP_PG_scene, SGVOP_PG_window)


def register() -> None:
    """Adds the properties to scenes and the window manager."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.sgvop = PointerProperty(type=SGVOP_PG_scene)
    bpy.types.WindowManager.sgvop = PointerProperty(type=SGVOP_PG_window, options={"SKIP_SAVE"})


def unregister() -> None:
    """Takes the properties away; what .blend files store of them stays in those files."""
    del bpy.types.WindowManager.sgvop
    del bpy.types.Scene.sgvop
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
