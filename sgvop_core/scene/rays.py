"""Rays against triangles: where a ray first meets a surface, and where it crosses all of them.

Embree (through ``embreex``) where it is installed, trimesh's own tree otherwise. Embree works in float32, so the
triangles are moved to their own box's centre and scaled first, and the distance is computed again in float64 from the
plane of the triangle that was hit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .model import Array


@dataclass(frozen=True)
class Hits:
    """First hits of N rays: distance [N] in metres (inf where none), face [N] (-1), normal [N, 3] unit, by the winding
    (zeros where none), point [N, 3] (NaN where none)."""

    distance: Array
    face: Array
    normal: Array
    point: Array

    @property
    def hit(self) -> Array:
        """Whether each ray met anything, bool [N]."""
        return self.face >= 0


@dataclass(frozen=True)
class Crossings:
    """All crossings, M in total: ray [M] the index of the ray, distance [M] in metres, face [M], point [M, 3].

    Sorted by ray, then by distance.
    """

    ray: Array
    distance: Array
    face: Array
    point: Array


class RayCaster:
    """Ray queries against triangles [F, 3, 3], world units. Both sides of a triangle are hit."""

    MAX_LAYERS = 64
    """Crossings counted along one ray; deeper stacks are cut there, which bounds the time of hostile meshes."""

    def __init__(self, triangles: Array) -> None:
        self.triangles = np.ascontiguousarray(triangles, np.float64).reshape(-1, 3, 3)
        corners = self.triangles.reshape(-1, 3)
        self._low = corners.min(0) if len(corners) else np.zeros(3)
        high = corners.max(0) if len(corners) else np.zeros(3)
        self._centre = (self._low + high) / 2
        self.size = float(np.linalg.norm(high - self._low))
        self._scale = 100.0 / self.size if self.size > 0 else 1.0
        self._normals: Array | None = None
        self._engine: Any = None

    @property
    def normals(self) -> Array:
        """Unit normals by the winding, [F, 3]; zeros for degenerate triangles."""
        if self._normals is None:
            a, b, c = self.triangles[:, 0], self.triangles[:, 1], self.triangles[:, 2]
            normal = np.cross(b - a, c - a)
            length = np.linalg.norm(normal, axis=1, keepdims=True)
            self._normals = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
        return self._normals

    def first_hit(self, origins: Array, directions: Array, max_distance: float | Array = np.inf) -> Hits:
        """Returns the first hit of each ray from origins [N, 3] along directions [N, 3] (any length), metres."""
        origins = np.asarray(origins, np.float64).reshape(-1, 3)
        directions = _unit(np.asarray(directions, np.float64).reshape(-1, 3))
        count = len(origins)
        face = self._first_face(origins, directions)
        distance = np.full(count, np.inf)
        hit = face >= 0
        distance[hit] = self._plane_distance(origins[hit], directions[hit], face[hit])
        beyond = distance > max_distance
        face, distance = np.where(beyond, -1, face), np.where(beyond, np.inf, distance)
        hit = face >= 0
        normal = np.zeros((count, 3))
        normal[hit] = self.normals[face[hit]]
        point = np.full((count, 3), np.nan)
        point[hit] = origins[hit] + directions[hit] * distance[hit, None]
        return Hits(distance, face, normal, point)

    def all_hits(self, origins: Array, directions: Array, max_distance: float | Array = np.inf) -> Crossings:
        """Returns every crossing of the rays from origins [N, 3] along directions [N, 3] up to max_distance [N]."""
        origins = np.asarray(origins, np.float64).reshape(-1, 3)
        directions = _unit(np.asarray(directions, np.float64).reshape(-1, 3))
        limit = np.broadcast_to(np.asarray(max_distance, np.float64), (len(origins),))
        step = max(1e-6 * self.size, 1e-9)
        live, start = np.arange(len(origins)), np.zeros(len(origins))
        last = np.full(len(origins), -1)
        rays: list[Array] = []
        distances: list[Array] = []
        faces: list[Array] = []
        for _ in range(self.MAX_LAYERS):
            if not len(live):
                break
            face = self._first_face(origins[live] + directions[live] * start[live, None], directions[live])
            found = face >= 0
            live, face = live[found], face[found]
            distance = self._plane_distance(origins[live], directions[live], face)
            # A ray that starts a step behind a surface may report it again; it goes on without counting it twice.
            again = (face == last[live]) | (distance < start[live] - 2 * step)
            within = distance <= limit[live]
            keep = within & ~again
            rays.append(live[keep])
            distances.append(distance[keep])
            faces.append(face[keep])
            last[live] = face
            start[live] = np.maximum(distance, start[live]) + step
            live = live[within]
        if not rays:
            return Crossings(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64), np.zeros((0, 3)))
        ray, along, face = np.concatenate(rays), np.concatenate(distances), np.concatenate(faces)
        order = np.lexsort((along, ray))
        ray, along, face = ray[order], along[order], face[order]
        return Crossings(ray, along, face, origins[ray] + directions[ray] * along[:, None])

    def blocked(self, starts: Array, ends: Array, slack: float = 1e-4) -> Array:
        """Returns a bool [N]: a surface lies between starts [N, 3] and ends [N, 3], ends shortened by slack metres."""
        ray = np.asarray(ends, np.float64) - np.asarray(starts, np.float64)
        length = np.linalg.norm(ray, axis=1)
        return self.first_hit(starts, ray, np.maximum(length - slack, 0.0)).hit

    # -------------------------------------------------------------- engines

    def _first_face(self, origins: Array, directions: Array) -> Array:
        if not len(self.triangles) or not len(origins):
            return np.full(len(origins), -1)
        usable = np.isfinite(origins).all(1) & np.isfinite(directions).all(1) & (directions != 0).any(1)
        if not usable.all():
            face = np.full(len(origins), -1)
            face[usable] = self._first_face(origins[usable], directions[usable])
            return face
        if self._engine is None:
            self._engine = self._make_engine()
        kind, engine = self._engine
        if kind == "embree":
            # A far origin would lose float32 digits: the ray starts where it enters the triangles' ball instead.
            local = (origins - self._centre) * self._scale
            along = -(local * directions).sum(1)
            skip = np.maximum(along - 51.0 - 1e-3, 0.0)
            local = local + directions * skip[:, None]
            return engine.run(local.astype(np.float32), directions.astype(np.float32)).astype(np.int64)
        face_index, ray_index, points = engine.intersects_id(
            origins, directions, multiple_hits=True, return_locations=True
        )
        face = np.full(len(origins), -1)
        if len(ray_index):
            distance = np.linalg.norm(points - origins[ray_index], axis=1)
            order = np.lexsort((distance, ray_index))
            first = np.unique(ray_index[order], return_index=True)
            face[first[0]] = face_index[order][first[1]]
        return face

    def _make_engine(self) -> tuple[str, Any]:
        try:
            from embreex import rtcore_scene
            from embreex.mesh_construction import TriangleMesh
        except ImportError:
            import trimesh
            from trimesh.ray.ray_triangle import RayMeshIntersector

            corners = self.triangles.reshape(-1, 3)
            mesh = trimesh.Trimesh(corners, np.arange(len(corners)).reshape(-1, 3), process=False)
            return "trimesh", RayMeshIntersector(mesh)
        scene = rtcore_scene.EmbreeScene()
        local = ((self.triangles - self._centre) * self._scale).astype(np.float32)
        faces = np.arange(3 * len(local), dtype=np.int32).reshape(-1, 3)
        TriangleMesh(scene, np.ascontiguousarray(local.reshape(-1, 3)), faces)
        return "embree", scene

    def _plane_distance(self, origins: Array, directions: Array, face: Array) -> Array:
        """Returns the distances [N] to the triangles' planes; rays in the plane get the nearest corner's distance."""
        corners = self.triangles[face]
        normal = self.normals[face]
        slope = (directions * normal).sum(1)
        steep = np.abs(slope) > 1e-7
        gap = ((corners[:, 0] - origins) * normal).sum(1)
        along = ((corners - origins[:, None]) * directions[:, None]).sum(2)
        distance = np.divide(gap, slope, out=along.min(1), where=steep)
        # The plane of a grazing triangle may be met far from it: the hit lies between its corners.
        return np.clip(np.clip(distance, along.min(1), along.max(1)), 0.0, None)


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
