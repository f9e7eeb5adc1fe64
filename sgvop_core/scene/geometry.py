"""The static part of a scene as the geometry that relations, physics and checks ask: rays, distances, bounds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from .distance import DistanceField
from .model import Array, Mesh, Scene, SceneObject, merge_meshes
from .rays import Hits, RayCaster
from .surfaces import Parts, find_parts


class SceneGeometry:
    """Geometry of all that does not move, world coordinates, metres. Everything is made on first use and kept.

    ``static``: the visible objects with faces outside the moving subtree; ``names``: their names, in that order.
    """

    SHELL_SHARE = 0.5
    """A closed part that holds at least this share of the other things is the shell of a room, not a solid."""

    def __init__(self, scene: Scene, moving: Iterable[str] | str) -> None:
        self.scene = scene
        self.moving = (moving,) if isinstance(moving, str) else tuple(moving)
        self.static: tuple[SceneObject, ...] = scene.static_objects(self.moving)
        self.names: tuple[str, ...] = tuple(o.name for o in self.static)
        self._away = {o.name for o in scene.subtree(self.moving)}
        self._meshes: dict[int, Mesh] = {}
        self._parts: dict[int, Parts] = {}
        self._hollow: dict[int, tuple[int, ...]] = {}
        self._fields: dict[tuple[int, ...], DistanceField] = {}

    # -------------------------------------------------------------- objects

    def indices(self, name: str) -> tuple[int, ...]:
        """Returns the places in ``static`` of the named object's subtree. Raises SceneError if unknown."""
        inside = {o.name for o in self.scene.subtree(name)}
        return tuple(i for i, n in enumerate(self.names) if n in inside)

    def object_mesh(self, index: int) -> Mesh:
        """Returns the world mesh of one static object alone (``static[index]``)."""
        if index not in self._meshes:
            o = self.static[index]
            assert o.mesh is not None
            self._meshes[index] = o.mesh.transformed(o.matrix_world)
        return self._meshes[index]

    def mesh(self, name: str) -> Mesh:
        """Returns the world mesh of the named object with all that hangs below it; empty when it shows nothing."""
        chosen = self.indices(name)
        if len(chosen) == 1:
            return self.object_mesh(chosen[0])
        return merge_meshes([self.object_mesh(i) for i in chosen], name)

    @cached_property
    def boxes(self) -> Array:
        """World boxes of the static objects, [S, 2, 3]."""
        boxes = np.zeros((len(self.static), 2, 3))
        for index, o in enumerate(self.static):
            assert o.mesh is not None
            points = o.mesh.vertices[np.unique(o.mesh.faces)] @ o.matrix_world[:3, :3].T + o.matrix_world[:3, 3]
            boxes[index] = points.min(0), points.max(0)
        return boxes

    def bounds(self, name: str) -> Array:
        """Returns the world box [2, 3] of the named object's subtree; zeros when it shows nothing."""
        chosen = list(self.indices(name))
        if not chosen:
            return np.zeros((2, 3))
        return np.stack([self.boxes[chosen, 0].min(0), self.boxes[chosen, 1].max(0)])

    def near(self, low: Array, high: Array, margin: float = 0.0) -> list[int]:
        """Returns the places in ``static`` of the objects whose boxes meet the box from low [3] to high [3]."""
        if not len(self.static):
            return []
        meets = (self.boxes[:, 0] <= np.asarray(high) + margin) & (self.boxes[:, 1] >= np.asarray(low) - margin)
        return np.flatnonzero(meets.all(1)).tolist()

    # -------------------------------------------------------------- distances

    def parts(self, index: int) -> Parts:
        """Returns the connected parts of one static object."""
        if index not in self._parts:
            self._parts[index] = find_parts(self.object_mesh(index))
        return self._parts[index]

    def hollow(self, index: int) -> tuple[int, ...]:
        """Returns the parts of a static object that are shells of rooms: closed, but with the other things inside.

        Being inside such a part is being in the room. A part is one when it holds a camera, or at least half of the
        other objects (of the object's own other parts, when it is the only one).
        """
        if index not in self._hollow:
            self._hollow[index] = self._find_hollow(index)
        return self._hollow[index]

    def _find_hollow(self, index: int) -> tuple[int, ...]:
        box = self.boxes[index]
        others = np.delete(self.boxes, index, axis=0)
        cameras = np.array([c.position for c in self.scene.cameras]).reshape(-1, 3)
        alone = len(others) == 0
        if not alone and _held(box, others).mean() < self.SHELL_SHARE and not _in_box(box, cameras).any():
            return ()
        parts = self.parts(index)
        found = []
        for part in np.flatnonzero(parts.closed):
            items = np.delete(parts.box, part, axis=0) if alone else others
            held = _held(parts.box[part], items)
            watching = _in_box(parts.box[part], cameras)
            if not (len(items) and held.mean() >= self.SHELL_SHARE) and not watching.any():
                continue
            rest = tuple(i for i in range(len(parts.closed)) if i != part)
            lone = DistanceField(self.object_mesh(index), rest, parts)
            inside = lone.inside(items[held].mean(1)).sum() if held.any() else 0
            if (len(items) and inside >= self.SHELL_SHARE * len(items)) or lone.inside(cameras[watching]).any():
                found.append(int(part))
        return tuple(found)

    def object_field(self, index: int) -> DistanceField:
        """Returns the distance field of one static object alone, world coordinates; shells of rooms are surfaces."""
        key = (index,)
        if key not in self._fields:
            self._fields[key] = DistanceField(self.object_mesh(index), self.hollow(index), self.parts(index))
        return self._fields[key]

    def field(self, name: str) -> DistanceField:
        """Returns the distance field of the named object's subtree, world coordinates."""
        key = self.indices(name)
        if len(key) == 1:
            return self.object_field(key[0])
        if key not in self._fields:
            self._fields[key] = DistanceField(self.mesh(name))
        return self._fields[key]

    # -------------------------------------------------------------- rays

    @cached_property
    def rays(self) -> RayCaster:
        """Ray queries against all static triangles; ``object_name`` tells whose a face is."""
        soup = [self.object_mesh(i).triangles() for i in range(len(self.static))]
        return RayCaster(np.concatenate(soup) if soup else np.zeros((0, 3, 3)))

    @cached_property
    def face_object(self) -> Array:
        """The place in ``static`` of every face of ``rays``, [F] int32."""
        counts = [len(o.mesh.faces) for o in self.static if o.mesh is not None]
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    def object_name(self, face: Array | int) -> list[str | None]:
        """Returns the names of the objects that own faces [N] of ``rays``; None for -1."""
        return [None if f < 0 else self.names[self.face_object[f]] for f in np.atleast_1d(face)]

    def below(self, points: Array) -> Hits:
        """Returns the first surfaces straight below points [N, 3]."""
        points = np.asarray(points, np.float64).reshape(-1, 3)
        return self.rays.first_hit(points, np.broadcast_to([0.0, 0.0, -1.0], points.shape))

    def heights(self, xy: Array, start: float | Array | None = None) -> Array:
        """Returns the height [N] of the first surface below ``start`` (above everything by default) at places
        xy [N, 2]; -inf where there is none."""
        xy = np.asarray(xy, np.float64).reshape(-1, 2)
        top = self.limits[1, 2] + 1.0 if start is None else start
        origin = np.column_stack([xy, np.broadcast_to(np.asarray(top, np.float64), (len(xy),))])
        return origin[:, 2] - self.below(origin).distance

    # -------------------------------------------------------------- room

    @cached_property
    def limits(self) -> Array:
        """The world box [2, 3] of the static objects as they are; zeros without any."""
        if not len(self.static):
            return np.zeros((2, 3))
        return np.stack([self.boxes[:, 0].min(0), self.boxes[:, 1].max(0)])

    @cached_property
    def has_floor(self) -> bool:
        """Whether most rays straight down within the static box end near its bottom."""
        low, high = self.limits
        if not len(self.static) or (high - low)[:2].min() <= 0:
            return False
        across = (np.arange(12) + 0.5) / 12
        x, y = np.meshgrid(low[0] + across * (high - low)[0], low[1] + across * (high - low)[1])
        points = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, high[2] + 1.0)])
        hits = self.rays.all_hits(points, np.broadcast_to([0.0, 0.0, -1.0], points.shape))
        reached = np.unique(hits.ray[hits.point[:, 2] < low[2] + 0.05 * max(high[2] - low[2], 0.2) + 0.02])
        wide = (high - low)[:2].max()
        return len(reached) > 0.6 * len(points) and wide > 0.8 * (high - low)[2]

    @cached_property
    def has_ceiling(self) -> bool:
        """Whether a surface closes the static box at its top: seen from below its middle in most places."""
        low, high = self.limits
        if not len(self.static) or (high - low)[:2].min() <= 0:
            return False
        across = (np.arange(8) + 0.5) / 8
        x, y = np.meshgrid(low[0] + across * (high - low)[0], low[1] + across * (high - low)[1])
        points = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, low[2] + 0.7 * (high - low)[2])])
        hits = self.rays.first_hit(points, np.broadcast_to([0.0, 0.0, 1.0], points.shape))
        # The top of a floor slab is no ceiling to what is within the slab.
        covered = hits.hit & ~self.in_solid(points)
        covered &= np.nan_to_num(hits.point[:, 2], nan=-np.inf) > low[2] + 0.8 * (high - low)[2]
        return bool(covered.mean() > 0.6)

    def in_solid(self, points: Array) -> Array:
        """Returns whether points [N, 3] lie in a solid of the scene, bool [N]."""
        points = np.asarray(points, np.float64).reshape(-1, 3)
        inside = np.zeros(len(points), bool)
        if len(points):
            for index in self.near(points.min(0), points.max(0)):
                close = _in_box(self.boxes[index], points) & ~inside
                if close.any():
                    inside[close] = self.object_field(index).inside(points[close])
        return inside

    @cached_property
    def room(self) -> Array:
        """The box [2, 3] that a placed object has to stay in, metres.

        With a floor: the static box, and above it free height of its own width unless a ceiling closes it. Without one
        (a lone table, say) the box is widened on all sides but the bottom by its largest extent.
        """
        low, high = self.limits
        if not len(self.static):
            return np.array([[-5.0, -5.0, 0.0], [5.0, 5.0, 5.0]])
        size = float((high - low).max())
        room = np.stack([low, high])
        if self.has_floor:
            if not self.has_ceiling:
                room[1, 2] += size
            return room
        room[0, :2] -= size
        room[1] += size
        return room


def _held(box: Array, items: Array) -> Array:
    """Returns for item boxes [N, 2, 3] whether at least 90 % of each lies within ``box`` [2, 3] (by volume)."""
    if not len(items):
        return np.zeros(0, bool)
    extent = np.maximum(items[:, 1] - items[:, 0], 1e-9)
    overlap = np.minimum(items[:, 1], box[1] + 1e-6) - np.maximum(items[:, 0], box[0] - 1e-6)
    return (np.clip(overlap / extent, 0.0, 1.0).prod(1)) >= 0.9


def _in_box(box: Array, points: Array) -> Array:
    """Returns whether points [N, 3] lie in ``box`` [2, 3], bool [N]."""
    return ((points > box[0]) & (points < box[1])).all(1)
