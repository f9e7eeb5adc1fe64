"""What the benchmark's referee can see of a scene: its own rays, collision tests and samples.

Nothing here is shared with the engine's relations, physics and checks, so that the benchmark does not grade itself:
collisions come from FCL (mesh against mesh), rays from trimesh, containment from solid angles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..scene.model import Array, Camera, Mesh, Scene


@dataclass(frozen=True)
class Rules:
    """Tolerances of the referee. Lengths in metres."""

    gap: float = 0.01
    """Largest gap of a contact (PlaceIt3D, SceneEval: 1 cm)."""
    gap_share: float = 0.02
    """The same as a share of the object's size, for large objects."""
    collision: float = 0.005
    """A collision counts when a shift by this much in no direction ends it (SceneEval: 5 mm)."""
    collision_share: float = 0.02
    """The same as a share of a small object's size."""
    overlap: float = 0.5
    """Least share of the smaller footprint that overlaps (PlaceIt3D's intersection over minimum)."""
    beside: float = 0.5
    """Largest surface distance of "next to" (SceneEval)."""
    near: float = 1.5
    """Largest surface distance of "near" (SceneEval)."""
    touch: float = 0.03
    """Largest surface distance of "against" and "leaning" (PlaceIt3D's adjacent)."""
    facing: float = 30.0
    """Degrees (PlaceIt3D, SceneEval)."""
    upright: float = 20.0
    """Degrees that an attitude may be off."""
    lean: tuple[float, float] = (3.0, 60.0)
    """Degrees of tilt that count as leaning."""
    corner: float = 0.2
    """Largest distance to both sides of a corner, as a share of the anchor's width there."""
    in_frame: float = 0.5
    """Least share of the object inside the picture for "in view"."""
    seen: float = 0.05
    """Least share of its surface that nothing hides; half of a closed surface faces away."""


class Solid:
    """A world mesh with rays, an FCL body and even samples [S, 3] of its surface."""

    def __init__(self, mesh: Mesh, samples: int = 600) -> None:
        self.vertices = np.asarray(mesh.vertices, np.float64)
        faces = np.asarray(mesh.faces)
        corners = self.vertices[faces]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        self.faces = faces[area > 1e-14]
        self.area = area[area > 1e-14]
        self.low, self.high = self.vertices[self.faces].min((0, 1)), self.vertices[self.faces].max((0, 1))
        self.count = samples

    @property
    def centre(self) -> Array:
        """The middle of the box, [3]."""
        return np.asarray((self.low + self.high) / 2)

    @property
    def extent(self) -> Array:
        """Width, depth and height of the box, [3]."""
        return np.asarray(self.high - self.low)

    @cached_property
    def samples(self) -> Array:
        """Points [S, 3] spread over the surface by area, always the same ones."""
        rng = np.random.default_rng(5)
        face = np.searchsorted(np.cumsum(self.area) / self.area.sum(), (np.arange(self.count) + 0.5) / self.count)
        face = np.minimum(face, len(self.faces) - 1)
        a, b = np.sqrt(rng.random(self.count)), rng.random(self.count)
        weights = np.stack([1 - a, a * (1 - b), a * b], 1)
        return np.asarray(np.einsum("si,sij->sj", weights, self.vertices[self.faces[face]]))

    @cached_property
    def trimesh(self) -> Any:
        """The mesh as trimesh's, for rays."""
        import trimesh

        return trimesh.Trimesh(self.vertices, self.faces, process=False)

    def hits(self, origins: Array, direction: Array) -> tuple[Array, Array, Array]:
        """Returns ray index [H], distance [H] and geometric normal [H, 3] of all hits of parallel rays."""
        directions = np.broadcast_to(direction, origins.shape)
        points, rays, faces = self.trimesh.ray.intersects_location(origins, directions, multiple_hits=True)
        if not len(rays):
            return np.zeros(0, int), np.zeros(0), np.zeros((0, 3))
        return rays, ((points - origins[rays]) * directions[rays]).sum(1), self.trimesh.face_normals[faces]

    def nearest_hit(self, origins: Array, directions: Array) -> Array:
        """Returns the distance [N] to the first hit of each ray, infinite where there is none."""
        points, rays, _ = self.trimesh.ray.intersects_location(origins, directions, multiple_hits=False)
        distance = np.full(len(origins), np.inf)
        if len(rays):
            np.minimum.at(distance, rays, ((points - origins[rays]) * directions[rays]).sum(1))
        return distance

    @cached_property
    def body(self) -> Any:
        """The mesh as an FCL bounding volume hierarchy at the identity."""
        import fcl

        model = fcl.BVHModel()
        model.beginModel(len(self.vertices), len(self.faces))
        model.addSubModel(self.vertices, self.faces)
        model.endModel()
        return model

    def touches(self, other: Solid, shift: Array | None = None) -> bool:
        """Returns whether the surfaces cut each other once ``self`` is shifted by metres [3]."""
        import fcl

        offset = np.zeros(3) if shift is None else np.asarray(shift, np.float64)
        if ((self.low + offset > other.high) | (self.high + offset < other.low)).any():
            return False
        mine = fcl.CollisionObject(self.body, fcl.Transform(offset))
        theirs = fcl.CollisionObject(other.body, fcl.Transform())
        return bool(fcl.collide(mine, theirs, fcl.CollisionRequest(), fcl.CollisionResult()) > 0)

    def distance(self, other: Solid) -> float:
        """Returns the distance of the two surfaces in metres, 0 where they cut each other."""
        import fcl

        if self.touches(other):
            return 0.0
        mine, theirs = fcl.CollisionObject(self.body, fcl.Transform()), fcl.CollisionObject(other.body, fcl.Transform())
        result = fcl.DistanceResult()
        return max(0.0, float(fcl.distance(mine, theirs, fcl.DistanceRequest(), result)))

    def winding(self, points: Array) -> Array:
        """Returns the winding number [N] of the surface about points (van Oosterom and Strackee 1983)."""
        total = np.zeros(len(points))
        corners = self.vertices[self.faces]
        for i, point in enumerate(points):
            a, b, c = (corners[:, k] - point for k in range(3))
            la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
            top = np.einsum("fi,fi->f", a, np.cross(b, c))
            low = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
            total[i] = np.arctan2(top, low).sum() / (2 * np.pi)
        return total

    def holds_points(self, points: Array) -> Array:
        """Returns which points [N] lie inside the closed parts of the surface."""
        inside = ((points > self.low) & (points < self.high)).all(1)
        if inside.any():
            inside[inside] = self.winding(points[inside]) > 0.5
        return np.asarray(inside)


class Witness:
    """A scene without its moving object: every static object as a ``Solid`` in the world, and the moving one."""

    def __init__(self, scene: Scene, moving: str, camera: Camera, rules: Rules | None = None) -> None:
        self.scene, self.moving, self.camera, self.rules = scene, moving, camera, rules or Rules()
        self.start_mesh = scene.world_mesh(scene.subtree(moving), moving)
        self.start = Solid(self.start_mesh)
        self.start_matrix = np.asarray(scene.object(moving).matrix_world, np.float64)
        static = scene.static_objects([moving])
        self.static = {o.name: Solid(o.mesh.transformed(o.matrix_world)) for o in static if o.mesh is not None}
        self._merged: dict[str, Solid] = {}

    @cached_property
    def surroundings(self) -> Solid:
        """Everything static as one."""
        away = self.scene.static_objects([self.moving])
        return Solid(self.scene.world_mesh(away, "static"))

    def anchor(self, name: str) -> Solid:
        """Returns the named object with what hangs below it; "room" is all of it, "camera" a mote where the camera is."""
        if name not in self._merged:
            known = {o.name for o in self.scene.objects}
            if name in ("", "room") and name not in known:
                self._merged[name] = self.surroundings
            elif name == "camera" and name not in known:
                mote = np.vstack([np.zeros(3), np.eye(3) * 0.01]) + self.camera.position
                self._merged[name] = Solid(
                    Mesh("camera", mote, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32))
                )
            else:
                self._merged[name] = Solid(self.scene.world_mesh(self.scene.subtree(name), name))
        return self._merged[name]

    def moved(self, delta: Array) -> Solid:
        """Returns the moving object under a world matrix [4, 4]."""
        return Solid(self.start_mesh.transformed(delta))

    def collisions(self, body: Solid) -> list[str]:
        """Returns the names of the static objects that the body enters deeper than the tolerance."""
        reach = min(self.rules.collision, self.rules.collision_share * float(np.linalg.norm(body.extent)))
        ways = np.array(
            [[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if x or y or z], np.float64
        )
        ways *= reach / np.linalg.norm(ways, axis=1, keepdims=True)
        names = []
        for name, other in self.static.items():
            if ((body.low > other.high) | (body.high < other.low)).any():
                continue
            if body.touches(other):
                if all(body.touches(other, way) for way in ways):
                    names.append(name)
            elif other.holds_points(body.samples[:6]).mean() > 0.5 or body.holds_points(other.samples[:6]).mean() > 0.5:
                names.append(name)
        return names

    def view(self, body: Solid) -> tuple[float, float]:
        """Returns the share of the body's surface inside the picture and the share that is there and not hidden."""
        camera, points = self.camera, body.samples
        inverse = np.linalg.inv(camera.matrix_world)
        local = points @ inverse[:3, :3].T + inverse[:3, 3]
        depth = -local[:, 2]
        shift = 2 * np.array(camera.shift) * max(camera.aspect, 1.0)
        if camera.ortho_height is None:
            unit = local[:, :2] / (np.maximum(depth, 1e-9) * np.tan(camera.yfov / 2))[:, None]
            origins = np.broadcast_to(camera.position, points.shape)
        else:
            unit = local[:, :2] / (camera.ortho_height / 2)
            origins = points + depth[:, None] * camera.matrix_world[:3, 2]
        unit = unit - shift
        inside = (depth > camera.near) & (np.abs(unit[:, 0]) <= camera.aspect) & (np.abs(unit[:, 1]) <= 1)
        if not inside.any():
            return 0.0, 0.0
        away = points[inside] - origins[inside]
        length = np.linalg.norm(away, axis=1)
        direction = away / np.maximum(length, 1e-12)[:, None]
        blocked = self.surroundings.nearest_hit(origins[inside], direction) < length - 2e-3
        own = body.nearest_hit(origins[inside], direction) < length - 0.01 * float(np.linalg.norm(body.extent))
        return float(inside.mean()), float((~blocked & ~own).sum() / len(points))
