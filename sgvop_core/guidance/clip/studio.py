"""The studio: a place as the guidance model of this project sees it best, always in the same light and from the same heights.

A small model that has to know every floor, lamp and camera before it can say where a thing is knows little of where things
are. We draw the pictures ourselves, so they need not be hard. The object keeps its own look; what the prompt names as its
anchor is blue clay and the rest is grey, so that nobody has to guess which thing is meant; a pin shows its front (``pin``);
one sun, always from the same side, gives shadows that tell how high something is; and the camera looks the way the scene's
does (left stays left, front stays front) from heights that show what is on what and what is behind what.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...scene.cameras import camera_axes, look_at
from ...scene.model import Array, Camera, Light, Material, Mesh, Scene, SceneObject
from .framing import ROOM, close_up


@dataclass(frozen=True)
class Studio:
    """How the studio looks; colours are linear."""

    elevations: tuple[float, ...] = (14.0, 46.0)
    """Degrees above the horizon of its cameras, the first first."""
    distance: float = 2.6
    """Of the cameras from the middle of the place, in its diagonals."""
    front: float = 0.62
    """What is nearer to a camera than the middle of the place by more than this many diagonals is not shown: a wall between."""
    margin: float = 0.85
    """The place's box fills 1/margin of the picture: its corners, where hardly anything ever is, are cut off."""
    anchor: tuple[float, float, float] = (0.04, 0.17, 0.75)
    rest: tuple[float, float, float] = (0.5, 0.5, 0.5)
    background: tuple[float, float, float] = (0.62, 0.62, 0.62)
    sun: tuple[float, float] = (60.0, 35.0)
    """Degrees above the horizon, and to the left of where the cameras are."""
    ceiling: float = 0.1
    """What begins that near below the top of a room, in its heights, is its ceiling."""
    least: float = 0.008
    """Size of an object over a room's from which on pictures of all of the room say anything of it."""
    thin: float = 0.08
    """Least side of a floor or a wall over its longest, at most: those stay grey though they are named."""
    strength: float = 2.4
    ambient: float = 0.4


STUDIO = Studio()


def elevations(count: int) -> tuple[float, ...]:
    """Returns the degrees above the horizon of that many cameras: the usual ones first, then such as are between and beyond."""
    low, high = min(STUDIO.elevations), max(STUDIO.elevations)
    more = np.linspace(low, high, max(count - len(STUDIO.elevations), 0) + 2)[1:-1]
    return (*STUDIO.elevations, *more.tolist())[:count]


def studio_cameras(camera: Camera, box: Array, elevations: Sequence[float] = STUDIO.elevations) -> tuple[Camera, ...]:
    """Returns cameras with square frames around a box [2, 3] (world, metres), from those degrees above the horizon, which
    look the way ``camera`` looks as seen from above."""
    _, away = camera_axes(camera)
    middle, diagonal = box.mean(0), max(float(np.linalg.norm(box[1] - box[0])), 1e-6)
    made = []
    for elevation in elevations:
        up = math.radians(elevation)
        eye = middle + STUDIO.distance * diagonal * (math.sin(up) * np.array([0.0, 0.0, 1.0]) - math.cos(up) * away)
        near = (STUDIO.distance - STUDIO.front) * diagonal
        wide = Camera(f"{camera.name}, studio", look_at(eye, middle), 1.2, 1.0, near, 10 * STUDIO.distance * diagonal)
        made.append(replace(close_up(wide, box, STUDIO.margin), name=wide.name))
    return tuple(made)


def in_studio(scene: Scene, moving: Collection[str], anchors: Collection[str], camera: Camera, box: Array) -> Scene:
    """Returns the scene in the studio's colours and light. ``moving`` are the names of the objects that keep their look,
    ``anchors`` of those that are named; ``camera`` looks the way the studio's cameras do; what is all above the place,
    ``box`` [2, 3] (world, metres), is hidden, or no sun would come in."""
    coats = (Material("anchor", (*STUDIO.anchor, 1.0)), Material("rest", (*STUDIO.rest, 1.0)))

    def worn(o: SceneObject) -> SceneObject:
        if o.name in moving or o.mesh is None or o.hidden or not len(o.mesh.vertices):
            return o
        if o.name not in anchors and float(scene.bounds([o])[0, 2]) >= float(box[1, 2]):
            return replace(o, hidden=True)
        return replace(o, mesh=_painted(o.mesh, coats[0 if o.name in anchors else 1]))

    ambient = (STUDIO.ambient,) * 3
    return replace(
        scene, objects=tuple(worn(o) for o in scene.objects), lights=(_sun(camera, box),), ambient=ambient,
        background=STUDIO.background,
    )  # fmt: skip


def room_place(limits: Array, extent: Array) -> Array:
    """Returns the box [2, 3] that pictures show for a prompt that names nothing but the room, from that of all that stands
    there, ``limits`` [2, 3] (world, metres): all of it below the ceiling, with height for an object of that extent [3]."""
    low, high = np.asarray(limits, np.float64)
    top = max(high[2] - STUDIO.ceiling * (high[2] - low[2]), low[2] + ROOM.above * float(extent[2]))
    return np.array([low, [*high[:2], top]])


def of_the_room(box: Array, whole: Array) -> bool:
    """Returns whether something with the box [2, 3] is a part of the room that the box ``whole`` [2, 3] encloses: a floor, a wall,
    or all of them in one. Those are named like things ("against the wall") and seen without a colour of their own."""
    sides, room = box[1] - box[0], (whole[1] - whole[0]).max()
    around = bool((sides >= ROOM.large * (whole[1] - whole[0])).all())
    return bool(sides.max() >= ROOM.large * room and (around or sides.min() <= STUDIO.thin * sides.max()))


def _painted(mesh: Mesh, coat: Material) -> Mesh:
    return replace(mesh, materials=(coat,), face_materials=None, corner_colours=None, corner_uvs=None)


def _sun(camera: Camera, box: Array) -> Light:
    right, away = camera_axes(camera)
    up, left = (math.radians(a) for a in STUDIO.sun)
    flat = -math.cos(left) * away - math.sin(left) * right
    toward = math.cos(up) * flat + math.sin(up) * np.array([0.0, 0.0, 1.0])
    middle, diagonal = box.mean(0), max(float(np.linalg.norm(box[1] - box[0])), 1e-6)
    return Light("Sun", "sun", look_at(middle + 4 * diagonal * toward, middle), (1.0, 1.0, 1.0), STUDIO.strength)
