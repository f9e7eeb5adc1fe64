"""From what the panel shows to the settings that the worker understands. No bpy here.

The fields of ``PanelValues`` have the names and defaults of the properties in ``properties.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

Switches = tuple[bool, bool, bool]
Vector = tuple[float, float, float]

VIEWPORT_CAMERA = "SGVOP Viewport"
"""Name in the bundle of the camera that is made from the viewport."""
SMALLEST_PICTURE = 112
"""Pixels: half of what CLIP was made for; below that it judges noise."""
AXES = {"AUTO": None, "X": "x", "NEG_X": "-x", "Y": "y", "NEG_Y": "-y", "Z": "z", "NEG_Z": "-z"}


@dataclass(frozen=True)
class PanelValues:
    """Everything of the panel that changes what is searched, apart from the objects and the prompt.

    Enums are in capitals as Blender's identifiers are. Objects and cameras are names in the scene's bundle.
    """

    several: str = "TURN"
    against: str = "AUTO"
    anchors: tuple[str, ...] = ()
    see_from: str = "SCENE"
    camera: str = ""
    ring_views: int = 4
    lock_location: Switches = (False, False, False)
    lock_rotation: Switches = (False, False, False)
    lock_scale: Switches = (False, False, False)
    turning: str = "UPRIGHT"
    scaling: str = "UNIFORM"
    use_scale_range: bool = False
    scale_low: float = 0.7
    scale_high: float = 1.4
    use_bounds: bool = False
    bounds_low: Vector = (-1.0, -1.0, 0.0)
    bounds_high: Vector = (1.0, 1.0, 2.0)
    pivot: str = "BASE"
    front: str = "AUTO"
    rest: bool = True
    avoid: bool = True
    in_view: bool = True
    quality: str = "STANDARD"
    candidates: int = 5
    seed: int = 0
    time_limit: float = 0.0
    best_effort: bool = False
    guidance_clip: float = 1.0
    guidance_relation: float = 1.0
    guidance_physical: float = 1.0
    clip: str = "auto"
    picture_size: int = 224
    device: str = "auto"

    def as_json(self) -> dict[str, Any]:
        """Returns the values as plain JSON; ``from_json`` undoes it."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> PanelValues:
        """Returns the values of ``as_json``'s form; what is missing has its default, what is unknown is left out."""
        known = {f.name for f in fields(PanelValues)}
        own: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items() if k in known}
        return PanelValues(**own)


def place_settings(values: PanelValues, scene_camera: str | None = None, held: Iterable[str] = ()) -> dict[str, Any]:
    """Returns the fields of PlaceSettings as plain JSON values.

    ``scene_camera``: the scene's active camera, None when it has none; the worker then makes one. ``held``: channels
    that the object itself has locked, such as ``location.z``; they stay where they are too.
    """
    settings: dict[str, Any] = {
        "anchors": list(values.anchors) if values.against == "PICKED" else [],
        "camera": camera_name(values, scene_camera),
        "views": values.ring_views if values.see_from == "RING" else None,
        "candidates": values.candidates,
        "seed": values.seed,
        "quality": values.quality.lower(),
        "time_limit": values.time_limit or None,
        "locks": sorted({*locked_channels(values), *held}),
        "scale_range": [values.scale_low, values.scale_high] if values.use_scale_range else None,
        "scale_mode": values.scaling.lower(),
        "free": values.turning == "FREE",
        "pivot": values.pivot.lower(),
        "front": AXES[values.front],
        "bounds": [list(values.bounds_low), list(values.bounds_high)] if values.use_bounds else None,
        "ignore": [name for name, wanted in demands(values) if not wanted],
        "guidance": {
            "clip": values.guidance_clip,
            "relation": values.guidance_relation,
            "physical": values.guidance_physical,
        },
        "clip": [part for part in (p.strip() for p in values.clip.split(",")) if part] or ["auto"],
        "size": values.picture_size,
        "device": values.device.strip() or "auto",
        "together": values.several == "TOGETHER",
        "best_effort": values.best_effort,
    }
    if values.turning == "FREE" and not values.use_scale_range and values.scaling != "FIXED":
        # The worker widens the size along with free turning; here turning has its own switch.
        settings["scale_range"] = [0.7, 1.4]
    return settings


def camera_name(values: PanelValues, scene_camera: str | None) -> str | None:
    """Returns the camera whose picture counts, None to leave the choice to the worker."""
    return {
        "SCENE": scene_camera,
        "CAMERA": values.camera or None,
        "VIEWPORT": VIEWPORT_CAMERA,
        "RING": None,
    }[values.see_from]


def locked_channels(values: PanelValues) -> list[str]:
    """Returns the locked channels by the names of PlaceSettings."""
    groups = (
        ("location", values.lock_location),
        ("rotation", values.lock_rotation),
        ("scale", values.lock_scale),
    )
    return [f"{group}.{axis}" for group, locks in groups for axis, locked in zip("xyz", locks, strict=True) if locked]


def demands(values: PanelValues) -> tuple[tuple[str, bool], ...]:
    """Returns what a pose must fulfil to be possible, and whether it is asked for."""
    return (("support", values.rest), ("collision", values.avoid), ("view", values.in_view))


def complaint(values: PanelValues) -> str:
    """Returns why a search with these values cannot begin, in one line; empty when it can."""
    if values.against == "PICKED" and not values.anchors:
        return "Pick an object under Against, or set it to Automatic"
    if values.see_from == "CAMERA" and not values.camera:
        return "Choose a camera under See From"
    if values.use_scale_range and values.scale_low > values.scale_high:
        return "The smallest size is above the largest under Size"
    if values.use_bounds and any(a > b for a, b in zip(values.bounds_low, values.bounds_high, strict=True)):
        return "The low corner of Bounds lies above its high corner"
    if all((*values.lock_location, *values.lock_rotation, *values.lock_scale)):
        return "All channels are locked, so nothing can move"
    if not (values.guidance_clip or values.guidance_relation or values.guidance_physical):
        return "All guidance weights are zero, so nothing tells poses apart"
    return ""


def smaller(values: PanelValues) -> PanelValues:
    """Returns values that need less memory: draft quality, smaller pictures, one view. Equal when they are the least."""
    size = max(SMALLEST_PICTURE, values.picture_size // 2) if values.quality == "DRAFT" else values.picture_size
    return replace(values, quality="DRAFT", picture_size=min(values.picture_size, size), ring_views=1)
