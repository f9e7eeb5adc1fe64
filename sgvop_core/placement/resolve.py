"""The small last move: drop the body onto what is below, lift or push it out of what it cuts into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..guidance.physical import BodyProbe, SupportPolicy, probe_of
from ..pose import PoseSpace
from ..scene.body import Body
from ..scene.collision import MovingCollider, near_each_other, overlapping
from ..scene.geometry import SceneGeometry
from ..scene.model import Array
from .standing import UP, carry, drop_batch, stand, world_size

__all__ = ["ResolveSettings", "drop_batch", "resolve_pose"]


@dataclass(frozen=True)
class ResolveSettings:
    """How far and how often a pose may be moved; lengths are shares of the body's size."""

    rounds: int = 4
    """Pushing sideways may uncover another surface below, and so on."""
    pushes: tuple[float, ...] = (0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5)
    """Distances tried sideways, smallest first: half the size frees a thing from a pole; farther is another place."""
    directions: int = 12
    whole: int = 60_000
    """Bodies of more triangles are tested in the band about the contact only: a tree of millions takes seconds."""
    lifts: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
    """Extra heights in rest gaps tried where edges meet edges, which no ray from a vertex sees."""


SETTINGS = ResolveSettings()


def resolve_pose(
    geometry: SceneGeometry,
    body: Body,
    matrix: Array,
    policy: SupportPolicy,
    space: PoseSpace | None = None,
    clear: bool = True,
) -> Array:
    """Returns the pose [4, 4] nearby that touches nothing and, unless the policy is "none", stands on what is below it.

    Straight down (or up out of what it is sunk in), then sideways by at most half the size where that is not enough.
    Locked location channels and the bounds of ``space`` are kept. The pose comes back as it was when nothing near it is
    free; the checks then say so. Without ``clear`` it may cut into others, and is only dropped.
    """
    if not len(geometry.static):
        return np.asarray(matrix, np.float64)
    return _Resolver(geometry, probe_of(body), np.array(matrix, np.float64), policy, space, clear).run()


class _Resolver:
    def __init__(
        self,
        geometry: SceneGeometry,
        probe: BodyProbe,
        matrix: Array,
        policy: SupportPolicy,
        space: PoseSpace | None,
        clear: bool,
    ) -> None:
        self.geometry, self.probe, self.policy, self.space, self.clear = geometry, probe, policy, space, clear
        self.start = matrix
        self.size = world_size(probe, matrix)
        self.gap = probe.settings.rest_gap(self.size)
        locks = space.locks if space is not None else frozenset()
        self.free = np.array([f"location.{a}" not in locks for a in "xyz"])
        self.body_triangles = carry(matrix, probe.body.mesh.vertices)[probe.body.mesh.faces]
        self.points = carry(matrix, np.concatenate([probe.points[::4], probe.hull[:: max(1, len(probe.hull) // 32)]]))
        self.hull = carry(matrix, probe.hull)
        low, high = geometry.room
        self.room = np.stack([np.minimum(low, self.hull.min(0)), np.maximum(high, self.hull.max(0))])
        self._collider: MovingCollider | None = None
        self._box = np.zeros((2, 3))

    def run(self) -> Array:
        best = np.zeros(3)
        offset = np.zeros(3)
        drops = self.policy.kind != "none" and bool(self.free[2])
        for _ in range(SETTINGS.rounds):
            if drops:
                offset = self._settle(offset)
            if self.is_free(offset):
                best = offset
                break
            pushed = self._push(offset, upwards=not drops)
            if pushed is None:
                break
            offset = best = pushed
            if not drops:
                break
        if self.policy.kind == "lean" and self.is_free(best):
            best = self._against(best)
        return self._moved(best)

    def is_free(self, offset: Array) -> bool:
        """Whether the body moved by ``offset`` [3] meets no triangle and lies in no solid, or need not care."""
        if not self.clear:
            return True
        low, high = self.hull.min(0) + offset, self.hull.max(0) + offset
        if self._collider is None or (low < self._box[0]).any() or (high > self._box[1]).any():
            # Few triangles: one pair of trees for all moves. Many: the band about the contact, made anew farther on.
            few = len(self.body_triangles) <= SETTINGS.whole
            margin = (0.4 if few else 0.02) * self.size
            self._box = np.stack([low - margin, high + margin])
            soup = [
                triangles[overlapping(triangles, self._box)]
                for triangles in (self.geometry.object_mesh(i).triangles() for i in self.geometry.near(*self._box))
            ]
            near = np.concatenate(soup) if soup else np.zeros((0, 3, 3))
            moving = self.body_triangles
            if not few:
                shifted = moving + offset
                a, b = near_each_other(shifted, near, margin, cells=96)
                moving, near = moving[a], near[b]
            self._collider = MovingCollider(moving, near)
        if self._collider.hits(offset):
            return False
        points = self.points + offset
        for index in self.geometry.near(low, high):
            field = self.geometry.object_field(index)
            if field.solid and field.inside(points).any():
                return False
        return True

    def _settle(self, offset: Array) -> Array:
        """Returns the offset with the body on what is below it; unchanged when there is nothing or it may not go.

        Where a surface cuts the body above its middle, the nearer of over it and under it that is free.
        """
        tall = float(self.hull[:, 2].max() - self.hull[:, 2].min())
        usual = self._landed(offset, None)
        if usual is not None and self.is_free(usual):
            return usual
        free = [o for o in (self._landed(offset, lift) for lift in (0.0, 1.05 * tall)) if o is not None]
        free = sorted((o for o in free if self.is_free(o)), key=lambda o: abs(float(o[2] - offset[2])))
        return next(iter(free), offset if usual is None else usual)

    def _landed(self, offset: Array, lift: float | None) -> Array | None:
        """Returns the offset dropped by rays that start ``lift`` metres above the lower side, raised a little more where
        edges still meet; None when nothing is below or it may not go there."""
        least = stand(self.geometry, self.probe, self._moved(offset), lift=lift).least
        if not np.isfinite(least):
            return None
        down = offset - UP * (least - self.gap)
        if not self._allowed(down):
            return None
        for extra in SETTINGS.lifts:
            lifted = down + UP * extra * self.gap
            if self.is_free(lifted):
                return lifted if self._allowed(lifted) else None
        return down

    def _push(self, offset: Array, upwards: bool) -> Array | None:
        """Returns the offset after the shortest free push, or None. Directions: around, and up and down where the body
        need not stand."""
        angles = np.arange(SETTINGS.directions) * (2 * np.pi / SETTINGS.directions)
        ways = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
        if upwards:
            ways = np.concatenate([[UP, -UP], ways])
        ways = ways * self.free
        length = np.linalg.norm(ways, axis=1)
        ways = ways[length > 1e-6] / length[length > 1e-6, None]
        # Lifted by a hair while pushed, so that the floor under it does not count as an obstacle to the side.
        hair = UP * self.gap if self.free[2] else np.zeros(3)
        previous = 0.0
        for share in SETTINGS.pushes:
            for way in ways:
                moved = offset + hair + way * share * self.size
                if self._allowed(moved) and self.is_free(moved):
                    return self._shortest(offset + hair, way, previous * self.size, share * self.size)
            previous = share
        return None

    def _shortest(self, offset: Array, way: Array, blocked: float, free: float) -> Array:
        """Returns the offset moved along ``way`` by the least free distance between the two (bisection) and a gap."""
        for _ in range(6):
            middle = (blocked + free) / 2
            if self.is_free(offset + way * middle):
                free = middle
            else:
                blocked = middle
        widened = offset + way * (free + self.gap)
        return widened if self.is_free(widened) and self._allowed(widened) else offset + way * free

    def _against(self, offset: Array) -> Array:
        """Returns the offset slid sideways until it nearly touches the nearest anchor, at most half the size away."""
        points = carry(self._moved(offset), self.probe.points)
        nearest: tuple[float, Array] = (np.inf, np.zeros(3))
        for name in self.policy.anchors:
            distance, closest, _ = self.geometry.field(name).exact(points)
            index = int(np.abs(distance).argmin())
            if abs(distance[index]) < nearest[0]:
                nearest = float(abs(distance[index])), closest[index] - points[index]
        way = nearest[1] * self.free * np.array([1.0, 1.0, 0.0])
        length = float(np.linalg.norm(way))
        if not self.gap < length < 0.5 * self.size:
            return offset
        free, blocked = 0.0, length
        for _ in range(12):
            middle = (free + blocked) / 2
            moved = offset + way / length * middle
            if self._allowed(moved) and self.is_free(moved):
                free = middle
            else:
                blocked = middle
        return offset + way / length * max(free - self.gap, 0.0)

    def _allowed(self, offset: Array) -> bool:
        """Whether the locks, the bounds of the pose space and the room admit the offset [3]."""
        if (np.abs(offset[~self.free]) > 1e-9).any():
            return False
        low, high = self.hull.min(0) + offset, self.hull.max(0) + offset
        if (low < self.room[0] - 0.001).any() or (high > self.room[1] + 0.001).any():
            return False
        if self.space is None:
            return True
        pivot = self.space.pivot.cpu().double().numpy()
        before = carry(self.start, pivot[None])[0]
        bounds = self.space.position_bounds.cpu().double().numpy()
        place = before + offset
        # A start that is outside already may stay as far outside, not farther.
        slack = 1e-6 + np.maximum(np.maximum(bounds[0] - before, before - bounds[1]), 0.0)
        fine = (place >= bounds[0] - slack) & (place <= bounds[1] + slack)
        return bool(fine[self.free].all())

    def _moved(self, offset: Array) -> Array:
        matrix = self.start.copy()
        matrix[:3, 3] += offset
        return matrix
