"""Cameras: what they see on which pixel, and cameras of our own where the scene has none.

Pictures keep the camera's whole frame: when a picture has another aspect than the camera, the frame is fitted inside
and the rest shows what is beside it. The shift is counted in shares of the frame's larger side, as in Blender with
the sensor fit "auto". Pixel centres lie at +0.5, the first row is the top one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import SceneError
from .model import Array, Camera, Scene


@dataclass(frozen=True)
class ViewTaste:
    """How cameras of our own are set up."""

    yfov: float = math.radians(40.0)
    """Vertical field of view in the open: a 50 mm lens on a 36 mm sensor, as Blender's default camera."""
    indoor_yfov: float = math.radians(60.0)
    """Field of view inside a closed room, where there is no place to step back."""
    elevation: float = math.radians(25.0)
    """How far the camera looks down: tops of tables show, yet heights can still be told."""
    azimuth: float = math.radians(35.0)
    """Three-quarter view: turned this far from the front (-Y) to the right."""
    margin: float = 1.2
    """The focus fills 1/margin of the picture."""
    widest: float = math.radians(100.0)
    """Widest lens where there is no room to step back; wider ones distort what the guidance judges."""
    wall_gap: float = 0.08
    """Share of the way to a wall that stays free behind the camera."""
    context: float = 0.35
    """A focus smaller than this share of the whole scene is shown with that much of its surroundings."""


TASTE = ViewTaste()


def look_at(eye: Array, target: Array, up: Array = (0.0, 0.0, 1.0)) -> Array:  # type: ignore[assignment]
    """Returns the camera's matrix_world [4, 4] at ``eye``, its -Z to ``target``, its +Y as near to ``up`` as can be.

    Looking straight along ``up`` takes the world's +Y as the picture's up. Raises SceneError when eye and target
    are the same point.
    """
    eye, target = np.asarray(eye, np.float64), np.asarray(target, np.float64)
    back = eye - target
    length = np.linalg.norm(back)
    if not length > 1e-12:
        raise SceneError("a camera cannot look at the point where it stands; move it away from its target")
    back = back / length
    right = np.cross(np.asarray(up, np.float64), back)
    if np.linalg.norm(right) < 1e-6:
        right = np.cross([0.0, 1.0, 0.0], back)
        if np.linalg.norm(right) < 1e-6:
            right = np.cross([1.0, 0.0, 0.0], back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, np.cross(back, right), back, eye
    return matrix


def camera_axes(camera: Camera) -> tuple[Array, Array]:
    """Returns the horizontal unit vectors [3] to the right of the picture and away from the camera.

    A camera that looks straight down (or up) has its picture's up (down) as away.
    """
    matrix = np.asarray(camera.matrix_world, np.float64)
    right, up, forward = matrix[:3, 0], matrix[:3, 1], -matrix[:3, 2]
    away = np.array([forward[0], forward[1], 0.0])
    if np.linalg.norm(away) < 0.05 * np.linalg.norm(forward):
        away = np.array([up[0], up[1], 0.0]) * (1.0 if forward[2] < 0 else -1.0)
    away /= max(float(np.linalg.norm(away)), 1e-12)
    side = np.array([away[1], -away[0], 0.0])
    # A camera rolled upside down shows the world's right on its left.
    if side @ right < 0 and abs(side @ right) > 0.3:
        side = -side
    return side, away


def projection(camera: Camera, height: float, width: float) -> tuple[float, Array]:
    """Returns (focal length in pixels, principal point [2] in pixels: x to the right, y down).

    For an orthographic camera the first number is pixels per metre. Formula: a pinhole whose frame, ``aspect`` wide
    and ``yfov`` high, is fitted into the picture; the principal point is the picture's centre minus the shift.
    """
    half = math.tan(camera.yfov / 2) if camera.ortho_height is None else camera.ortho_height / 2
    focal = min(height / (2 * half), width / (2 * half * camera.aspect))
    larger = 2 * focal * half * max(1.0, camera.aspect)
    centre = np.array([width / 2 - camera.shift[0] * larger, height / 2 + camera.shift[1] * larger])
    return focal, centre


def project(camera: Camera, points: Array, size: tuple[float, float]) -> tuple[Array, Array]:
    """Returns (pixels [N, 2] as x, y; depth [N] along the view axis in metres) of world points [N, 3].

    ``size`` is (height, width). Points behind a perspective camera have depth <= 0 and pixels of NaN.
    """
    focal, centre = projection(camera, *size)
    points = np.asarray(points, np.float64).reshape(-1, 3)
    frame = camera.matrix_world
    local = (points - frame[:3, 3]) @ np.linalg.inv(frame[:3, :3]).T
    depth = -local[:, 2]
    flat = local[:, :2] * [1.0, -1.0]
    if camera.ortho_height is None:
        with np.errstate(all="ignore"):
            flat = np.where(depth[:, None] > 0, flat / depth[:, None], np.nan)
    return flat * focal + centre, depth


def xfov(camera: Camera) -> float:
    """Returns the horizontal field of view of the camera's frame in radians."""
    return 2 * math.atan(math.tan(camera.yfov / 2) * camera.aspect)


def default_camera(scene: Scene, focus_box: Array | None = None, *, aspect: float = 1.0) -> Camera:
    """Returns a synthetic three-quarter view of the focus box [2, 3], or of the whole scene.

    Inside a closed room the camera stays within the walls: of several directions, the first with enough free space
    is taken, else the one with the most.
    """
    low, high = _box(scene, focus_box)
    centre = (low + high) / 2
    space = _FreeSpace(scene, focus_box)
    enclosed = space.encloses(centre)
    if enclosed and focus_box is None:
        return _room_view(space, low, high, aspect)
    yfov = TASTE.indoor_yfov if enclosed else TASTE.yfov
    turns = [s * t for t in (0.0, 0.35, 0.7, 1.05, 1.5, 2.0, 2.5, 3.0) for s in ((1, -1) if t else (1,))]
    lifts = (TASTE.elevation, math.radians(40), math.radians(12))
    directions = [_direction(TASTE.azimuth + turn, lift) for lift in lifts for turn in turns]
    return _view("default view", space, low, high, directions, yfov, aspect, scene)


def ring_cameras(scene: Scene, focus_box: Array | None, count: int, base: Camera | None = None) -> list[Camera]:
    """Returns ``count`` synthetic cameras around the focus box [2, 3], evenly spread about the up axis.

    The first looks from where ``base`` is (its own direction and height). Where something stands between, a camera
    gives way a little to the side or upwards, or comes nearer. They keep the base's aspect and, where there is room,
    its field of view.
    """
    low, high = _box(scene, focus_box)
    centre = (low + high) / 2
    azimuth, lift, aspect, yfov = TASTE.azimuth, TASTE.elevation, 1.0, TASTE.yfov
    if base is not None:
        aspect, yfov = base.aspect, base.yfov if base.ortho_height is None else yfov
        away = base.position - centre
        flat = float(np.hypot(away[0], away[1]))
        if flat > 1e-6:
            azimuth = math.atan2(away[0], -away[1])
            lift = min(max(math.atan2(away[2], flat), math.radians(8)), math.radians(60))
    space, step = _FreeSpace(scene, focus_box), 2 * math.pi / max(count, 1)
    lifts = (lift, max(lift, math.radians(45)), max(lift, math.radians(65)))
    cameras = []
    for k in range(count):
        sides = [azimuth + step * (k + t) for t in (0.0, 0.15, -0.15, 0.3, -0.3)]
        directions = [_direction(side, up) for up in lifts for side in sides]
        cameras.append(_view(f"ring view {k + 1}", space, low, high, directions, yfov, aspect, scene))
    return cameras


def _view(
    name: str,
    space: _FreeSpace,
    low: Array,
    high: Array,
    directions: list[Array],
    yfov: float,
    aspect: float,
    scene: Scene,
) -> Camera:
    """A camera in the first direction with room to step back, else in the one with most room, with a wider lens."""
    centre = (low + high) / 2
    wanted = np.array([_distance(high - low, d, yfov, aspect) for d in directions])
    room = space.free(centre, np.array(directions)) * (1 - TASTE.wall_gap)
    enough = np.flatnonzero(room >= wanted)
    if len(enough):
        k = int(enough[0])
        return _camera(name, centre + wanted[k] * directions[k], centre, yfov, aspect, scene)
    k = int(np.argmax(room / wanted))
    reach = max(float(room[k]), 1e-3 * float(wanted[k]))
    wider = [yfov * (1 - t) + max(TASTE.widest, yfov) * t for t in np.linspace(0, 1, 33)]
    fits = [angle for angle in wider if _distance(high - low, directions[k], angle, aspect) <= reach]
    yfov = fits[0] if fits else wider[-1]
    return _camera(name, centre + reach * directions[k], centre, yfov, aspect, scene)


class _FreeSpace:
    """How far one can step back from a point before something is in the way."""

    def __init__(self, scene: Scene, focus_box: Array | None) -> None:
        from .rays import RayCaster

        self._triangles = scene.world_mesh(scene.objects).triangles()
        self._rays = RayCaster(self._triangles) if len(self._triangles) else None
        self._others = None
        if focus_box is not None and self._rays is not None:
            low, high = np.asarray(focus_box, np.float64)
            slack = 1e-6 * (1.0 + np.abs(high - low).max())
            inside = ((self._triangles >= low - slack) & (self._triangles <= high + slack)).all((1, 2))
            self._others = RayCaster(self._triangles[~inside]) if not inside.all() else None

    def free(self, centre: Array, directions: Array) -> Array:
        """Returns the distance from ``centre`` to the first surface that is not the focus itself, [N]; inf for none."""
        if self._others is None:
            return np.full(len(directions), np.inf)
        return np.asarray(self._others.first_hit(np.tile(centre, (len(directions), 1)), directions).distance)

    def first(self, point: Array, directions: Array) -> Array:
        """Returns the distance from a point to the first surface of all, [N]; inf where there is none."""
        if self._rays is None:
            return np.full(len(directions), np.inf)
        return np.asarray(self._rays.first_hit(np.tile(point, (len(directions), 1)), directions).distance)

    def encloses(self, point: Array) -> bool:
        """Returns whether walls stand around the point: 9 of 12 level rays meet a surface that faces the point.

        From the middle of a solid, surfaces face away from it, so a lone object is no room.
        """
        if self._rays is None:
            return False
        around = np.array([_direction(a, 0.02) for a in np.linspace(0.1, 2 * math.pi + 0.1, 12, endpoint=False)])
        found = self._rays.all_hits(np.tile(point, (12, 1)), around)
        corners = self._triangles[found.face]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        facing = (normals * around[found.ray]).sum(1) < 0
        return len(np.unique(found.ray[facing])) >= 9


def _room_view(space: _FreeSpace, low: Array, high: Array, aspect: float) -> Camera:
    """A view from an upper corner of a closed room across its middle."""
    middle = (low + high) / 2
    heart = np.array([middle[0], middle[1], low[2] + 0.55 * (high[2] - low[2])])
    directions = np.array([_direction(TASTE.azimuth + k * math.pi / 8, 0.12) for k in range(16)])
    free = space.first(heart, directions)
    reach = np.where(np.isfinite(free), free, 0.0)
    best = int(np.argmax(reach * (1 - 0.02 * np.minimum(np.arange(16), 16 - np.arange(16)))))
    eye = heart + directions[best] * max(float(reach[best]) * (1 - TASTE.wall_gap), 1e-3)
    target = np.array([middle[0], middle[1], low[2] + 0.35 * (high[2] - low[2])])
    size = float(np.linalg.norm(high - low))
    return Camera(
        "default view", look_at(eye, target), TASTE.indoor_yfov, aspect, 1e-3 * size, 10 * size, synthetic=True
    )


def _box(scene: Scene, focus_box: Array | None) -> tuple[Array, Array]:
    whole = scene.bounds()
    if focus_box is None:
        return whole[0], whole[1]
    low, high = np.asarray(focus_box, np.float64)
    size, around = float(np.linalg.norm(high - low)), float(np.linalg.norm(whole[1] - whole[0]))
    grow = max(0.0, min(TASTE.context * around, 3 * size) - size) / 2
    centre = (low + high) / 2
    half = (high - low) / 2 * (1 + 2 * grow / max(size, 1e-9))
    return centre - half, centre + half


def _distance(size: Array, direction: Array, yfov: float, aspect: float) -> float:
    """How far a camera looking against ``direction`` stands from a box of that size [3] to show all its corners."""
    frame = look_at(direction, np.zeros(3))[:3, :3]
    signs = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    corners = np.abs(signs * np.maximum(size, 1e-3) @ frame[:, :2]), signs * np.maximum(size, 1e-3) @ direction
    tangent = math.tan(yfov / 2) / TASTE.margin * np.array([aspect, 1.0])
    return float(((corners[0] / tangent).max(1) + corners[1]).max())


def _direction(azimuth: float, elevation: float) -> Array:
    """The unit vector from the focus to the camera; azimuth 0 is the front (-Y), growing to the right (+X)."""
    flat = math.cos(elevation)
    return np.array([flat * math.sin(azimuth), -flat * math.cos(azimuth), math.sin(elevation)])


def _camera(name: str, eye: Array, target: Array, yfov: float, aspect: float, scene: Scene) -> Camera:
    bounds = scene.bounds()
    reach = float(np.linalg.norm(eye - target))
    size = max(float(np.linalg.norm(bounds[1] - bounds[0])), reach)
    return Camera(name, look_at(eye, target), yfov, aspect, 0.02 * reach, reach + 10 * size, synthetic=True)
