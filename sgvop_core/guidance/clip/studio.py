"""The studio: a place as the guidance model of this project sees it best, always in the same light and from the same heights.

A small model that has to know every floor, lamp and camera before it can say where a thing is knows little of where things
are. We draw the pictures ourselves, so they need not be hard. The object keeps its own look; what the prompt names as its
anchor is blue clay and the rest is grey, so that nobody has to guess which thing is meant; a pin shows its front (``pin``);
one sun, always from the same side, gives shadows that tell how high something is. And one picture is a sheet of four views
(``sheet``), as a draughtsman draws a thing: from the front, from above and from the right, with the object's detail
(``detail``). Left stays left and front stays front, for they look the way the scene's camera does; what no single view tells, two of
them do.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...scene.cameras import camera_axes, look_at
from ...scene.model import Array, Camera, Light, Material, Mesh, Scene, SceneObject
from .framing import ROOM, close_up
from .sheet import CAMERAS, FRONT, OBLIQUE, SIDE, TOP


@dataclass(frozen=True)
class Studio:
    """How the studio looks; colours are linear."""

    views: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {TOP: (0.0, 86.0), OBLIQUE: (-35.0, 32.0), FRONT: (0.0, 4.0), SIDE: (90.0, 4.0)}
    )
    """Degrees to the right of where the scene's camera is, and above the horizon, of each view's."""
    distance: float = 6.0
    """Of the cameras from the middle of the place, in its diagonals: so far that depth hardly changes a size."""
    beyond: float = 10.0
    """Where the cameras see no farther, in those distances."""
    front: float = 0.62
    """What is nearer to a camera than the middle of the place by more than this many diagonals is not shown: a wall between."""
    margin: float = 0.85
    """The place's box fills 1/margin of a view: its corners, where hardly anything ever is, are cut off."""
    oblique: float = 0.85
    """The same of the view aslant, whose scale is its own; the others share theirs."""
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


def studio_cameras(camera: Camera, box: Array) -> tuple[Camera, ...]:
    """Returns the cameras of a sheet (``sheet.CAMERAS``), with square frames around a box [2, 3] (world,
    metres); that of the front looks the way ``camera`` looks as seen from above."""
    wide = {view: _wide(camera, box, *STUDIO.views[view]) for view in CAMERAS}
    plain = {view: math.tan(close_up(c, box, 1.0).yfov / 2) for view, c in wide.items()}
    shared = max(reach for view, reach in plain.items() if view != OBLIQUE)
    margin = {view: STUDIO.margin * shared / reach for view, reach in plain.items()} | {OBLIQUE: STUDIO.oblique}
    return tuple(replace(close_up(wide[v], box, margin[v]), name=wide[v].name) for v in CAMERAS)


def metres_across(camera: Camera) -> float:
    """Returns how wide the picture of one of ``studio_cameras`` is in metres, at the middle of the place that it shows."""
    return 2 * math.tan(camera.yfov / 2) * camera.far / STUDIO.beyond


def _wide(camera: Camera, box: Array, turn: float, elevation: float) -> Camera:
    right, away = camera_axes(camera)
    middle, diagonal = box.mean(0), max(float(np.linalg.norm(box[1] - box[0])), 1e-6)
    side, up = math.radians(turn), math.radians(elevation)
    flat = math.sin(side) * right - math.cos(side) * away
    eye = middle + STUDIO.distance * diagonal * (math.sin(up) * np.array([0.0, 0.0, 1.0]) + math.cos(up) * flat)
    near, far = (STUDIO.distance - STUDIO.front) * diagonal, STUDIO.beyond * STUDIO.distance * diagonal
    return Camera(f"{camera.name}, studio", look_at(eye, middle), 1.2, 1.0, near, far)


def in_studio(
    scene: Scene, moving: Collection[str], anchors: Collection[str], camera: Camera, box: Array, kept: Collection[str] = (),
) -> Scene:  # fmt: skip
    """Returns the scene in the studio's colours and light. ``moving`` are the names of the objects that keep their look,
    ``anchors`` of those that are named; ``camera`` looks the way the studio's cameras do; what is all above the place,
    ``box`` [2, 3] (world, metres), is hidden, or no sun would come in, and so are walls between the place and the cameras that look
    from the front and, where something is named, from the others, but for those of the names ``kept``."""
    eyes = [
        _wide(camera, box, *STUDIO.views[view]).position for view in ((FRONT, SIDE, OBLIQUE) if anchors else (FRONT,))
    ]
    coats = (Material("anchor", (*STUDIO.anchor, 1.0)), Material("rest", (*STUDIO.rest, 1.0)))

    def worn(o: SceneObject) -> SceneObject:
        if o.name in moving or o.mesh is None or o.hidden or not len(o.mesh.vertices):
            return o
        if o.name not in anchors and o.name not in kept and _in_the_way(scene.bounds([o]), box, eyes):
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


def _in_the_way(part: Array, place: Array, eyes: Sequence[Array]) -> bool:
    """Returns whether a thing with the box [2, 3] is all above a place [2, 3], or a wall between it and one of the eyes [3]."""
    if part[0, 2] >= place[1, 2]:
        return True
    sides, middle = part[1] - part[0], part.mean(0)
    axis = int(sides.argmin())
    if axis == 2 or sides[axis] > STUDIO.thin * sides.max():
        return False
    return any((eye[axis] - middle[axis]) * (place.mean(0)[axis] - middle[axis]) < 0 for eye in eyes)


def _painted(mesh: Mesh, coat: Material) -> Mesh:
    return replace(mesh, materials=(coat,), face_materials=None, corner_colours=None, corner_uvs=None)


def _sun(camera: Camera, box: Array) -> Light:
    right, away = camera_axes(camera)
    up, left = (math.radians(a) for a in STUDIO.sun)
    flat = -math.cos(left) * away - math.sin(left) * right
    toward = math.cos(up) * flat + math.sin(up) * np.array([0.0, 0.0, 1.0])
    middle, diagonal = box.mean(0), max(float(np.linalg.norm(box[1] - box[0])), 1e-6)
    return Light("Sun", "sun", look_at(middle + 4 * diagonal * toward, middle), (1.0, 1.0, 1.0), STUDIO.strength)
