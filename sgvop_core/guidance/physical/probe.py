"""The body as points, chords and lower sides: sampled once in the object frame, then carried by every pose."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor

from ...pose import Pose
from ...scene.body import Body
from ...scene.distance import DistanceField
from ...scene.model import Array
from ...scene.rays import RayCaster
from ...scene.surfaces import sample_surface
from .policy import SETTINGS, PhysicalSettings


class BodyProbe:
    """Samples of one body in the object frame. Deterministic: the same body gives the same samples."""

    def __init__(self, body: Body, settings: PhysicalSettings = SETTINGS) -> None:
        self.body = body
        self.settings = settings
        self.bounds = body.bounds
        self.size = max(float(np.linalg.norm(self.bounds[1] - self.bounds[0])), 1e-9)
        samples = sample_surface(body.mesh, settings.points, np.random.default_rng(20240))
        self.points, self.normals = samples.points, samples.normals
        self._undersides: dict[tuple[float, ...], Array] = {}

    @cached_property
    def field(self) -> DistanceField:
        """Distances to the body's own surface, object frame."""
        return DistanceField(self.body.mesh)

    @cached_property
    def rays(self) -> RayCaster:
        """Ray queries against the body, object frame."""
        return RayCaster(self.body.mesh.triangles())

    @cached_property
    def hull(self) -> Array:
        """Vertices [H, 3] that span the body's convex hull (all vertices of flat bodies).

        Of hulls with more than 1500 vertices the extreme ones in 1500 directions: short of a ball by 0.1 % of its size.
        """
        from scipy.spatial import ConvexHull, QhullError

        points = self.body.mesh.vertices[np.unique(self.body.mesh.faces)]
        if len(points) > 50_000:
            points = _extreme(points, 1500)
        try:
            hull = points[ConvexHull(points).vertices] if len(points) > 8 else points
        except QhullError:
            hull = points
        return _extreme(hull, 1500) if len(hull) > 1500 else hull

    @cached_property
    def corners(self) -> Array:
        """Vertices [C, 3] among which the lowest are looked for: all, or 20,000 of them and the hull."""
        vertices = self.body.mesh.vertices[np.unique(self.body.mesh.faces)]
        step = -(-len(vertices) // 20_000)
        return vertices if step == 1 else np.concatenate([self.hull, vertices[::step]])

    @cached_property
    def centre(self) -> Array:
        """Centre of mass [3]: of the enclosed volume when the body is closed, of its surface otherwise."""
        parts = self.field.parts
        corners = parts.vertices[parts.faces]
        if self.field.closed:
            middle = parts.vertices.mean(0)
            local = corners - middle
            volume = (np.cross(local[:, 0], local[:, 1]) * local[:, 2]).sum(1)
            sign = np.sign(parts.volume)[parts.label]
            centre = (local.sum(1) / 4 * (volume * sign)[:, None]).sum(0) / max((volume * sign).sum(), 1e-300) + middle
            low, high = self.field.bounds
            if ((centre >= low) & (centre <= high)).all():
                return np.asarray(centre)
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        return np.asarray((corners.mean(1) * area[:, None]).sum(0) / max(area.sum(), 1e-300))

    @cached_property
    def chords(self) -> Array:
        """Segments [C, 2, 3] within the body: through its solids from side to side, or along its sheets.

        A scene surface that crosses one is inside the body there.
        """
        return self.make_chords(self.settings.chords, np.random.default_rng(20241))

    def make_chords(self, count: int, rng: np.random.Generator) -> Array:
        """Returns about ``count`` chords [C, 2, 3]; open bodies without a volume give segments along the surface."""
        samples = sample_surface(self.body.mesh, count, rng)
        if not len(samples.points):
            return np.zeros((0, 2, 3))
        chords = [np.zeros((0, 2, 3))]
        covered = np.zeros(len(samples.points), bool)
        skip = 1e-4 * self.size
        if self.field.solid:
            # Tilted a little from the normal, so that chords of a box do not all stand square to its faces.
            tilt = 0.35 * rng.standard_normal(samples.normals.shape)
            for side in (-1.0, 1.0):
                way = side * samples.normals + tilt - samples.normals * (tilt * samples.normals).sum(1, keepdims=True)
                way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-30)
                hits = self.rays.first_hit(samples.points + way * skip, way)
                ends = np.where(hits.hit[:, None], hits.point, samples.points)
                through = hits.hit & self.field.inside((samples.points + ends) / 2)
                chords.append(np.stack([samples.points[through], ends[through]], 1))
                covered |= through
        loose = ~covered
        if loose.sum() > 0.05 * len(loose) or not self.field.solid:
            chords.append(self._along(samples.points[loose], samples.normals[loose], rng))
        return np.concatenate(chords)

    def _along(self, points: Array, normals: Array, rng: np.random.Generator) -> Array:
        """Returns segments [C, 2, 3] between points of a sheet whose inner thirds lie on the surface too."""
        if len(points) < 2:
            return np.zeros((0, 2, 3))
        first = np.repeat(np.arange(len(points)), 6)
        second = rng.integers(0, len(points), len(first))
        a, b = points[first], points[second]
        middle = np.concatenate([a + (b - a) * t for t in (0.25, 0.5, 0.75)])
        distance = np.abs(self.field.exact(middle)[0]).reshape(3, -1).max(0)
        length = np.linalg.norm(b - a, axis=1)
        good = (distance < 0.002 * self.size) & (length > 0.02 * self.size)
        return np.stack([a[good], b[good]], 1)

    # -------------------------------------------------------------- lower sides

    def downs(self, linear: Array) -> Array:
        """Returns the world's down direction in the object frame, unit [N, 3], of linear parts [N, 3, 3]."""
        down = np.linalg.solve(linear, np.broadcast_to(np.array([[0.0], [0.0], [-1.0]]), (len(linear), 3, 1)))[..., 0]
        return down / np.maximum(np.linalg.norm(down, axis=1, keepdims=True), 1e-30)

    def undersides(self, linear: Array) -> Array:
        """Returns points of the lower side [N, U, 3], object frame, of bodies under linear parts [N, 3, 3].

        Half are the lowest found, half are spread over the rest of what is seen from below. Directions within about a
        degree share their points.
        """
        out = np.empty((len(linear), self.settings.underside, 3))
        for index, down in enumerate(self.downs(np.asarray(linear, np.float64))):
            key = tuple(np.round(down * 64).tolist())
            if key not in self._undersides:
                if len(self._undersides) > 4096:
                    self._undersides.clear()
                self._undersides[key] = self.lower_side(down, self.settings.underside)
            out[index] = self._undersides[key]
        return out

    def lower_side(self, down: Array, count: int, grid: int | None = None) -> Array:
        """Returns ``count`` points [count, 3] of the surface seen from below, when ``down`` [3] points down."""
        grid = grid or self.settings.underside_grid
        down = np.asarray(down, np.float64) / np.linalg.norm(down)
        helper = np.eye(3)[np.argmin(np.abs(down))]
        u = np.cross(down, helper)
        u /= np.linalg.norm(u)
        v = np.cross(down, u)
        hull = self.hull
        flat = np.column_stack([hull @ u, hull @ v])
        low, high = flat.min(0), flat.max(0)
        across = (np.arange(grid) + 0.5) / grid
        a, b = np.meshgrid(low[0] + across * (high - low)[0], low[1] + across * (high - low)[1])
        depth = (hull @ down).max() + 0.1 * self.size
        starts = a.reshape(-1, 1) * u + b.reshape(-1, 1) * v + depth * down
        hits = self.rays.first_hit(starts, np.broadcast_to(-down, starts.shape))
        fall = self.corners @ down
        most = min(count * 4, len(fall))
        lowest = np.argpartition(-fall, most - 1)[:most]
        found = np.concatenate([hits.point[hits.hit], self.corners[lowest], hull])
        height = -(found @ down)
        near_bottom = height <= height.min() + 0.02 * self.size
        bottom = _spread(found[near_bottom], count // 2)
        rest = found[: int(hits.hit.sum())] if hits.hit.any() else found
        spread = _spread(rest, count - len(bottom))
        points = np.concatenate([bottom, spread])
        return np.resize(points, (count, 3)) if len(points) < count else points

    # -------------------------------------------------------------- torch

    def tensor(self, array: Array, like: Tensor) -> Tensor:
        """Returns an array [...] of the probe as a tensor [...] of the dtype and device of ``like``."""
        return torch.as_tensor(array, dtype=like.dtype, device=like.device)

    def world_size(self, poses: Pose) -> Tensor:
        """Returns the body's size [K] under the poses' scales, metres, without gradient."""
        low, high = self.bounds
        extent = self.tensor(high - low, poses.scale)
        return torch.linalg.vector_norm(poses.scale.detach() * extent, dim=1).clamp_min(1e-9)


@lru_cache(maxsize=8)
def probe_of(body: Body) -> BodyProbe:
    """Returns the probe of a body, kept for the last few bodies."""
    return BodyProbe(body)


def _spread(points: Array, count: int) -> Array:
    """Returns up to ``count`` of points [N, 3], each the farthest from those before; the first is the extreme one."""
    if len(points) <= count:
        return points
    chosen = np.empty(count, np.int64)
    chosen[0] = int(np.argmax(((points - points.mean(0)) ** 2).sum(1)))
    distance = ((points - points[chosen[0]]) ** 2).sum(1)
    for place in range(1, count):
        chosen[place] = int(np.argmax(distance))
        distance = np.minimum(distance, ((points - points[chosen[place]]) ** 2).sum(1))
    return points[chosen]


def _extreme(points: Array, count: int) -> Array:
    """Returns the distinct points among [N, 3] that reach farthest in ``count`` directions (a Fibonacci sphere)."""
    index = np.arange(count) + 0.5
    z, turn = 1 - 2 * index / count, np.pi * (1 + 5**0.5) * index
    flat = np.sqrt(1 - z**2)
    ways = np.stack([flat * np.cos(turn), flat * np.sin(turn), z])
    best = [int((points @ way).argmax()) for way in ways.T] if len(points) > 5_000 else (points @ ways).argmax(0)
    return points[np.unique(best)]


def compress(ratio: Tensor) -> Tensor:
    """Returns ``r / (1 + r / 8)``, [...] like ``ratio``: about r while small, at most 8, so that one term cannot drown the others."""
    return ratio / (1 + ratio / 8)
