"""What CLIP sees of a scene during a placement: which objects, in which look, from which cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..guidance.clip.framing import cleared, close_up, place_box
from ..guidance.clip.studio import elevations, in_studio, of_the_room, studio_cameras
from ..scene.body import Body
from ..scene.cameras import ring_cameras
from ..scene.geometry import SceneGeometry
from ..scene.model import Camera, Scene


@dataclass(frozen=True, eq=False)
class Shown:
    """The scene as it is drawn, the cameras, and the box [2, 3] (world, metres) of the place that they show, None for all."""

    scene: Scene
    cameras: list[Camera]
    place: np.ndarray | None


def shown_to_clip(
    scene: Scene, body: Body, geometry: SceneGeometry, anchors: Sequence[str], camera: Camera, focus: np.ndarray,
    *, views: int, framing: str,
) -> Shown:  # fmt: skip
    """Returns what CLIP sees. ``anchors``: names of objects that the prompt names; ``focus``: the box [2, 3] that cameras beside
    ``camera`` look at; ``framing``: studio, place or camera, without anchors always the last."""
    start = scene.bounds(scene.subtree(body.names))
    place = place_box([geometry.bounds(a) for a in anchors], start[1] - start[0]) if anchors else None
    if place is not None and framing == "studio":
        whole = np.stack([geometry.boxes[:, 0].min(0), geometry.boxes[:, 1].max(0)])
        things = [a for a in anchors if not of_the_room(geometry.bounds(a), whole)]
        named = {geometry.static[i].name for a in things for i in geometry.indices(a)}
        moving = {o.name for o in scene.subtree(body.names)}
        painted = in_studio(cleared(scene, geometry, anchors), moving, named, camera, place)
        return Shown(painted, list(studio_cameras(camera, place, elevations(views))), place)
    cameras = [camera, *(ring_cameras(scene, focus, views - 1, camera) if views > 1 else [])]
    if place is None or framing == "camera":
        return Shown(scene, cameras, None)
    return Shown(cleared(scene, geometry, anchors), [close_up(c, place) for c in cameras], place)
