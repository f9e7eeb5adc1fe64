"""What of a scene CLIP sees: the place that the prompt names, with room for the object on and around it, and nothing else.

A model sees few pixels: of a mug on a table in a room of which all is shown it sees three. And where ten things stand, it
has to find the two that the prompt means, which we know. So a close-up keeps the camera where it is and looks the way it
looks (left stays left) with a smaller frame, a square, as models take it; and what is neither named, nor holds what is
named, nor is as large as a floor or a wall, is left out of the picture. Whether the object is hidden by something or runs
into it is not for CLIP to say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...scene.geometry import SceneGeometry
from ...scene.model import Array, Camera, Scene


@dataclass(frozen=True)
class Room:
    """How much around the anchors a close-up shows, in sizes of the object."""

    around: float = 1.3
    """Of its longer horizontal side, on every side: it fits beside an anchor with a gap."""
    above: float = 1.3
    """Of its height."""
    margin: float = 1.1
    """The place fills 1/margin of the picture."""
    large: float = 0.5
    """Longest side, as a share of that of everything, from which something is taken for a part of the room and shown."""
    foot: float = 0.02
    """How far below an anchor's foot, in sizes of the anchor, something still holds it."""


ROOM = Room()


def place_box(anchors: Sequence[Array], extent: Array) -> Array:
    """Returns the box [2, 3] of the place: the anchors' boxes, each [2, 3], with room for an object of that extent [3], all in
    the world, metres."""
    boxes = np.stack(list(anchors))
    side = ROOM.around * float(max(extent[0], extent[1]))
    low, high = boxes[:, 0].min(0), boxes[:, 1].max(0)
    return np.stack([low - [side, side, 0.0], high + [side, side, ROOM.above * float(extent[2])]])


def cleared(scene: Scene, geometry: SceneGeometry, anchors: Sequence[str]) -> Scene:
    """Returns the scene with everything hidden that the pictures can do without. ``geometry`` is that of all but the object;
    ``anchors`` are names of objects in it."""
    boxes = geometry.boxes
    if not len(boxes):
        return scene
    longest = (boxes[:, 1] - boxes[:, 0]).max(1)
    keep = longest >= ROOM.large * (boxes[:, 1].max(0) - boxes[:, 0].min(0)).max()
    for anchor in anchors:
        keep[list(geometry.indices(anchor))] = True
        low, high = geometry.bounds(anchor)
        foot, reach = np.array([*((low + high) / 2)[:2], low[2]]), ROOM.foot * float((high - low).max())
        keep |= ((boxes[:, 0] <= foot + reach) & (boxes[:, 1] >= foot - reach)).all(1)
    out = {o.name for o, kept in zip(geometry.static, keep, strict=True) if not kept}
    return replace(scene, objects=tuple(replace(o, hidden=True) if o.name in out else o for o in scene.objects))


def close_up(camera: Camera, box: Array, margin: float = ROOM.margin) -> Camera:
    """Returns the camera with a square frame around a box [2, 3] (world, metres), ``margin`` times as large as the box appears,
    no larger than its own frame's larger side and, as far as the size allows, inside that frame.

    A camera that has part of the box behind it keeps the middle of its own frame.
    """
    perspective = camera.ortho_height is None
    half = math.tan(camera.yfov / 2) if camera.ortho_height is None else camera.ortho_height / 2
    own = half * np.array([camera.aspect, 1.0])
    middle = 2 * own.max() * np.asarray(camera.shift)
    corners = np.array([[x, y, z] for x in box[:, 0] for y in box[:, 1] for z in box[:, 2]])
    local = (corners - camera.position) @ np.linalg.inv(camera.matrix_world[:3, :3]).T
    depth = -local[:, 2:]
    flat = local[:, :2] / np.maximum(depth, 1e-9) if perspective else local[:, :2]
    if perspective and not (depth > camera.near).all():
        low = high = middle
        reach = float(own.max())
    else:
        low, high = flat.min(0), flat.max(0)
        reach = float(min(max(0.5 * margin * (high - low).max(), 1e-6), own.max()))
    slack = np.maximum(own - reach, 0.0)
    centre = np.clip((low + high) / 2, middle - slack, middle + slack)
    shift = (float(centre[0] / (2 * reach)), float(centre[1] / (2 * reach)))
    made = replace(camera, name=f"{camera.name}, close", aspect=1.0, shift=shift, synthetic=True)
    return replace(made, yfov=2 * math.atan(reach)) if perspective else replace(made, ortho_height=2 * reach)
