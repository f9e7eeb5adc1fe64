"""What CLIP sees of a scene during a placement: which objects, in which look, from which cameras."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ..guidance.clip.framing import cleared, close_up, place_box
from ..guidance.clip.pin import pinned
from ..guidance.clip.studio import STUDIO, in_studio, of_the_room, room_place, studio_cameras
from ..scene.body import Body
from ..scene.cameras import ring_cameras
from ..scene.geometry import SceneGeometry
from ..scene.model import Camera, Scene


@dataclass(frozen=True, eq=False)
class Shown:
    """The scene and the body as they are drawn, the cameras, and the box [2, 3] (world, metres) of the place that they show, None
    for all."""

    scene: Scene
    body: Body
    cameras: list[Camera]
    place: np.ndarray | None
    sheet: bool = False
    """Whether the cameras' views make one sheet (``guidance.clip.sheet``)."""
    close: Body | None = None
    """The body as that sheet's detail shows it, where there is one."""


def shown_to_clip(
    scene: Scene, body: Body, geometry: SceneGeometry, anchors: Sequence[str], camera: Camera, focus: np.ndarray,
    *, views: int, framing: str, front: np.ndarray | None = None,
) -> Shown:  # fmt: skip
    """Returns what CLIP sees. ``anchors``: names of objects that the prompt names; ``focus``: the box [2, 3] that cameras beside
    ``camera`` look at; ``framing``: studio, a sheet of four views, or place or camera, from ``views`` cameras. Without anchors the
    studio shows the whole room, unless the object is nothing in it, and place what the cameras see; ``front`` [3]: where the
    object faces, in its own frame."""
    own = scene.subtree(body.names)
    extent, moving = np.ptp(scene.bounds(own), axis=0), {o.name for o in own}
    place = place_box([geometry.bounds(a) for a in anchors], extent) if anchors else None
    if framing == "studio" and len(geometry.static):
        things = [a for a in anchors if not of_the_room(geometry.bounds(a), geometry.limits)]
        room = room_place(geometry.limits, extent)
        if things and place is not None:
            named, walls = (
                {geometry.static[i].name for a in group for i in geometry.indices(a)}
                for group in (things, [a for a in anchors if a not in things])
            )
            return _studio(cleared(scene, geometry, anchors), body, moving, named, camera, front, place, walls)
        if body.size >= STUDIO.least * float(np.linalg.norm(room[1] - room[0])):
            return _studio(scene, body, moving, set(), camera, front, room)
    cameras = [camera, *(ring_cameras(scene, focus, views - 1, camera) if views > 1 else [])]
    if place is None or framing == "camera":
        return Shown(scene, body, cameras, None)
    return Shown(cleared(scene, geometry, anchors), body, [close_up(c, place) for c in cameras], place)


def _studio(
    scene: Scene, body: Body, moving: set[str], named: set[str], camera: Camera, front: np.ndarray | None,
    place: np.ndarray, walls: Collection[str] = (),
) -> Shown:  # fmt: skip
    painted = in_studio(scene, moving, named, camera, place, walls)
    whole, close = pinned(body, place, front), pinned(body, None, front)
    return Shown(painted, whole, list(studio_cameras(camera, place)), place, sheet=True, close=close)
