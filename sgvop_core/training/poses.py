"""Poses of the target for training pictures: most of them aimed at some relation, some anywhere, some close to others.

Nothing here says what holds: labels are measured on the placed geometry afterwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..placement.resolve import drop_batch
from ..scene.body import Body
from ..scene.cameras import project
from ..scene.geometry import SceneGeometry
from ..scene.model import Array, Camera
from ..scene.surfaces import sample_surface
from .moves import about, neighbours, perturbed, search_step

AIMS = {
    "on": 3.0, "left": 2.2, "right": 2.2, "front": 2.4, "behind": 2.2, "above": 2.6, "below": 4.0, "next_to": 1.0, "near": 0.4,
    "far": 0.8, "against": 1.2, "attached": 1.0, "leaning": 2.4, "inside": 3.0, "between": 1.3, "corner": 1.2, "middle": 1.4,
    "edge": 1.2, "hanging": 2.6, "facing": 1.0, "facing_away": 0.8, "floor": 1.2, "anywhere": 1.0, "wall": 1.2, "room corner": 0.5,
}  # fmt: skip
"""How often each is aimed at."""


@dataclass(frozen=True)
class PoseOptions:
    """Shares of special poses."""

    tipped: float = 0.3
    """Poses that do not stand upright."""
    neighbour: float = 0.25
    """Poses that are another one, moved a little, so that the score learns how it falls off."""
    colliding: float = 0.12
    """Poses that may pass through other things, as those of a search do."""
    seldom: float = 0.0
    """Poses that are aimed at what few scenes allow, where they do: below or hanging from a thing with room beneath it, between
    two things."""
    searched: float = 0.0
    """Poses as those that a search comes by: turned any way and of another size, and half as many of all moved afterwards where they
    are still seen then, so that they float or pass through things."""
    tries: int = 4


class PoseSampler:
    """Draws poses [K, 4, 4] (object frame to world) of a body among the anchors of one scene, seen by one camera.

    ``anchors``: boxes [2, 3] by object name, or the box to be in under the name "". ``walls``: names of walls.
    ``scaled``: whether poses differ in size.
    """

    def __init__(
        self, geometry: SceneGeometry, body: Body, camera: Camera, anchors: dict[str, Array], walls: list[str], *,
        scaled: bool, options: PoseOptions | None = None,
    ) -> None:  # fmt: skip
        self.geometry, self.body, self.camera, self.scaled = geometry, body, camera, scaled
        self.anchors, self.walls = list(anchors.items()), walls
        self.named = any(name for name, _ in self.anchors)
        self.options = options or PoseOptions()
        mesh = body.mesh
        self.points = sample_surface(mesh, 96, np.random.default_rng(0)).points
        self.middle = mesh.vertices.mean(0)
        right = np.asarray(camera.matrix_world)[:2, 0]
        self.right = np.array([*(right / max(float(np.linalg.norm(right)), 1e-9)), 0.0])
        self.away = np.array([-self.right[1], self.right[0], 0.0])
        self.region = np.stack([np.min([b[0] for _, b in self.anchors], 0), np.max([b[1] for _, b in self.anchors], 0)])
        self.seldom: list[tuple[str, Array]] = []
        if self.options.seldom:
            boxes = [box for _, box in self.anchors]
            self.seldom = [(aim, box) for box in boxes if self._roofed(box) for aim in ("below", "hanging")]
            self.seldom += [("between", box) for box in boxes if len(boxes) > 1]

    def draw(self, rng: np.random.Generator, count: int, kind: str = "mixed") -> Array:
        """Returns poses [count, 4, 4] in view; ``random`` ones aim at nothing, but stand on what is below."""
        found = np.zeros((0, 4, 4))
        for attempt in range(self.options.tries):
            lack = count - len(found)
            if lack <= 0:
                break
            made = [self._one(rng, kind) for _ in range(int(1.6 * lack) + 2)]
            matrices = np.stack([m for m, _ in made])
            falls = np.array([f for _, f in made])
            if falls.any():
                matrices[falls] = drop_batch(self.geometry, self.body, matrices[falls])[0]
            keep = self._seen(matrices)
            last = attempt == self.options.tries - 1
            free = self._free(matrices) | (rng.random(len(matrices)) < self.options.colliding)
            keep &= free | last
            found = np.concatenate([found, matrices[keep][:lack]])
            if kind == "mixed" and len(found) > 1:
                near = neighbours(rng, found, int(self.options.neighbour * lack), self.points)
                found = np.concatenate([found, near[self._seen(near)]])[:count]
        if self.options.searched and len(found):
            moved = perturbed(rng, found, 0.5 * self.options.searched, self.points, self.middle)
            found = np.where(self._seen(moved)[:, None, None], moved, found)
        return found[:count] if len(found) <= count else found[rng.permutation(len(found))[:count]]

    # -------------------------------------------------------------- one pose

    def _one(self, rng: np.random.Generator, kind: str) -> tuple[Array, bool]:
        aim = (
            "anywhere"
            if kind == "random"
            else str(rng.choice(list(AIMS), p=np.array(list(AIMS.values())) / sum(AIMS.values())))
        )
        _, box = self.anchors[int(rng.integers(len(self.anchors)))]
        if kind != "random" and self.seldom and rng.random() < self.options.seldom:
            aim, box = self.seldom[int(rng.integers(len(self.seldom)))]
        if aim == "between" and len(self.anchors) < 2:
            aim = "next_to"
        if aim == "wall" and not self.walls:
            aim = "against"
        linear = self._turned(rng, aim)
        extent = self._extent(linear)
        if aim in ("inside", "on", "middle", "corner", "edge", "below") and self.scaled and rng.random() < 0.8:
            # Sizes are free here, so that the thing may fit.
            fit = 0.85 * float((np.ptp(box, axis=0)[:2] / np.maximum(extent[:2], 1e-9)).min())
            if fit < 1:
                linear, extent = linear * fit, extent * fit
        base, falls = self._base(rng, aim, box, extent, linear)
        matrix = np.eye(4)
        matrix[:3, :3] = linear
        matrix[:3, 3] = base - self._foot(linear)
        if aim in ("against", "attached", "leaning", "wall"):
            self._push(rng, matrix, box if aim != "wall" else self.geometry.bounds(str(rng.choice(self.walls))), aim)
        if aim in ("facing", "facing_away"):
            self._face(rng, matrix, box, aim == "facing_away")
        return matrix, falls

    def _turned(self, rng: np.random.Generator, aim: str) -> Array:
        rotation = about([0, 0, 1], rng.uniform(0, 2 * math.pi)) if rng.random() < 0.7 else np.eye(3)
        tipped = rng.random()
        if aim == "leaning":
            rotation = rotation @ about([1, 0, 0], math.radians(rng.uniform(6, 35)) * rng.choice([-1, 1]))
        elif tipped < self.options.tipped:
            axis, angle = [([1, 0, 0], math.pi), ([1, 0, 0], math.pi / 2), ([1, 0, 0], -math.pi / 2), ([0, 1, 0], math.pi / 2),
                           ([0, 1, 0], -math.pi / 2), ([1, 0, 0], rng.uniform(0.3, 1.0))][int(rng.integers(6))]  # fmt: skip
            rotation = rotation @ about(axis, angle)
        elif tipped < self.options.tipped + 0.08:
            rotation = rotation @ about(rng.normal(size=3), rng.uniform(0, math.pi))
        scale = float(np.exp(rng.normal() * 0.4)) if self.scaled else 1.0
        if self.options.searched and rng.random() < self.options.searched:
            turn, growth = search_step(rng)
            rotation, scale = turn @ rotation, scale * growth
        return scale * rotation @ self.body.rotation

    def _extent(self, linear: Array) -> Array:
        return np.ptp(self.points @ linear.T, axis=0)

    def _foot(self, linear: Array) -> Array:
        """Returns the bottom centre [3] of the turned body about its origin."""
        world = self.body.mesh.vertices @ linear.T
        low, high = world.min(0), world.max(0)
        return np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])

    def _base(self, rng: np.random.Generator, aim: str, box: Array, extent: Array, linear: Array) -> tuple[Array, bool]:
        """Returns where the bottom centre [3] goes, and whether it falls from there."""
        low, high = box
        size, middle = high - low, (low + high) / 2
        small = 0.02 * float(extent.max())
        if aim in ("on", "middle"):
            spread = 0.35 if aim == "on" else 0.1
            xy = middle[:2] + rng.uniform(-1, 1, 2) * spread * size[:2]
            return np.array([*xy, high[2] + small]), True
        if aim in ("corner", "edge"):
            half = np.maximum(size[:2] / 2 - extent[:2] / 2, 0.0) * rng.uniform(0.85, 1.0, 2)
            side = rng.choice([-1, 1], 2) * half
            if aim == "edge":
                side[int(rng.integers(2))] *= rng.uniform(0, 0.7)
            return np.array([*(middle[:2] + side), high[2] + small]), True
        if aim == "above":
            return np.array(
                [
                    *(middle[:2] + rng.uniform(-1, 1, 2) * 0.3 * size[:2]),
                    high[2] + rng.uniform(0.1, 1.2) * max(extent[2], 0.3 * size.max()),
                ]
            ), False
        if aim == "below":
            start = low[2] + small if low[2] > 0.05 or rng.random() < 0.7 else middle[2]
            return np.array([*(middle[:2] + rng.uniform(-1, 1, 2) * 0.3 * size[:2]), start]), True
        if aim == "hanging":
            xy = middle[:2] + rng.uniform(-1, 1, 2) * 0.3 * size[:2]
            roof = float(self._above(box, xy[None])[0][0])
            return np.array([*xy, (roof if np.isfinite(roof) else high[2]) - extent[2] - 1e-3]), False
        if aim == "inside":
            xy = middle[:2] + rng.normal(size=2) * 0.1 * size[:2]
            start = high[2] + small if rng.random() < 0.5 else low[2] + rng.uniform(0.05, 0.9) * size[2]
            return np.array([*xy, start]), rng.random() < 0.9
        if aim == "between":
            others = [b for _, b in self.anchors if b is not box or not self.seldom]
            other = others[int(rng.integers(len(others)))].mean(0)
            share = rng.uniform(0.3, 0.7)
            point = (1 - share) * middle + share * other
            return np.array([*(point[:2] + rng.normal(size=2) * 0.05), min(low[2], 0.5 * point[2]) + 0.05]), True
        if aim in ("left", "right", "front", "behind"):
            sign = {"left": -self.right, "right": self.right, "front": -self.away, "behind": self.away}[aim]
            across = np.array([-sign[1], sign[0], 0.0])
            reach = 0.5 * float(np.abs(sign) @ (size + extent))
            gap = rng.uniform(-0.1, 1.0) ** 2 * max(size[:2].max(), extent.max()) + 0.01
            point = middle + sign * (reach + gap) + across * rng.normal() * 0.22 * (reach + gap)
            return np.array([point[0], point[1], low[2] + 0.1 * size[2] + small]), rng.random() < 0.92
        if aim == "anywhere":
            reach = 0.5 * np.ptp(self.region, axis=0) * [1, 1, 0] + 0.8 * float(extent.max()) + 0.2 * float(size.max())
            point = self.region.mean(0) + rng.uniform(-1, 1, 3) * reach
            point[2] = rng.uniform(0, self.region[1, 2] + 0.8 * extent[2])
            return point, rng.random() < 0.75
        if aim in ("floor", "room corner"):
            room = self.geometry.limits
            point = room[0] + rng.uniform(0, 1, 3) * np.ptp(room, axis=0)
            if aim == "room corner":
                point = np.array([room[0, 0] + 0.6 * extent[0] + 0.1, room[1, 1] - 0.6 * extent[1] - 0.1, 0.0])
            return np.array([point[0], point[1], small]), True
        # next to, near, far, against, attached, leaning, wall, facing: around the anchor
        angle = rng.uniform(0, 2 * math.pi)
        way = np.array([math.cos(angle), math.sin(angle), 0.0])
        reach = 0.5 * float(np.abs(way) @ (size + extent))
        gap = {"next_to": rng.uniform(0.01, 0.3), "near": rng.uniform(0.2, 0.9), "far": rng.uniform(1.0, 2.0)}.get(
            aim, 0.05
        )
        point = middle + way * (reach + gap * max(float(size[:2].max()), float(extent.max())))
        if aim == "attached":
            return np.array([point[0], point[1], rng.uniform(low[2], max(high[2] - extent[2], low[2] + 0.01))]), False
        return np.array([point[0], point[1], low[2] + small]), aim not in ("leaning", "wall")

    def _above(self, box: Array, xy: Array) -> tuple[Array, Array]:
        """Returns the heights [N] of what is first met above a box's bottom at places [N, 2], infinite where nothing is, and
        whether it is met from below [N]. With ``seldom`` a thing in the air is met from under it, else from within."""
        low = box[0, 2]
        start = low - 0.02 if self.options.seldom and low > 0.05 else low + 0.02
        starts = np.column_stack([xy, np.full(len(xy), start)])
        hits = self.geometry.rays.first_hit(starts, np.broadcast_to([0.0, 0.0, 1.0], starts.shape))
        return np.asarray(start + hits.distance), np.asarray(hits.normal[:, 2] < 0)

    def _roofed(self, box: Array) -> bool:
        """Returns whether there is room beneath a thing: it is in the air, or most of it has an underside well above the floor."""
        low, high = box
        across = np.linspace(-0.3, 0.3, 4)
        xy = (low + high)[:2] / 2 + np.stack(np.meshgrid(across, across), -1).reshape(-1, 2) * (high - low)[:2]
        height, under = self._above(box, xy)
        clear = under & np.isfinite(height) & (height > 0.05) & (height - low[2] > 0.3 * (high - low)[2])
        return bool(low[2] > 0.05 or clear.mean() > 0.5)

    def _push(self, rng: np.random.Generator, matrix: Array, box: Array, aim: str) -> None:
        """Moves the body level towards the box until it touches, its back (or its lean) towards it."""
        low, high = box
        if aim == "wall":
            xy = rng.uniform(low[:2], high[:2])
            room = self.geometry.limits.mean(0)[:2]
            matrix[:2, 3] += xy - matrix[:2, 3] + 0.35 * (room - xy)
            if rng.random() < 0.5:
                matrix[2, 3] += rng.uniform(0.1, 0.7) * (high[2] - low[2])
        centre = matrix[:3, :3] @ self.middle + matrix[:3, 3]
        toward = np.clip(centre, low, high) - centre
        toward[2] = 0.0
        length = float(np.linalg.norm(toward))
        if length < 1e-6:
            return
        toward /= length
        if aim != "against" or rng.random() < 0.5:
            # Its back to the wall: the front (-y of its own axes) away from it. A lean goes over towards it.
            yaw = math.atan2(toward[1], toward[0]) - math.pi / 2
            own = matrix[:3, :3] @ self.body.rotation.T
            tilt = about([0, 0, 1], -math.atan2(own[1, 0], own[0, 0])) @ own
            if aim == "leaning" and (tilt @ [0, 0, 1])[1] < 0:
                tilt = about([0, 0, 1], math.pi) @ tilt
            matrix[:3, :3] = about([0, 0, 1], yaw) @ tilt @ self.body.rotation
        points = self.points @ matrix[:3, :3].T + matrix[:3, 3]
        hits = self.geometry.rays.first_hit(points, np.broadcast_to(toward, points.shape))
        reach = float(np.min(hits.distance)) if np.isfinite(hits.distance).any() else length
        if np.isfinite(reach) and reach < 4 * length + 1:
            matrix[:3, 3] += toward * (reach - 2e-3)

    def _face(self, rng: np.random.Generator, matrix: Array, box: Array, away: bool) -> None:
        """Turns the body so that its front (-y) points at the box's middle, or away from it, within 25 degrees."""
        centre = matrix[:3, :3] @ self.middle + matrix[:3, 3]
        want = box.mean(0) - centre
        heading = math.atan2(want[1], want[0]) + (math.pi if away else 0.0) + rng.uniform(-0.4, 0.4)
        turn = about([0, 0, 1], heading + math.pi / 2 - self._heading(matrix))
        foot = self._foot(matrix[:3, :3]) + matrix[:3, 3]
        matrix[:3, :3] = turn @ matrix[:3, :3]
        matrix[:3, 3] = foot - self._foot(matrix[:3, :3])

    def _heading(self, matrix: Array) -> float:
        front = -(matrix[:3, :3] @ self.body.rotation.T)[:, 1]
        return math.atan2(front[1], front[0]) + math.pi / 2

    # -------------------------------------------------------------- judging

    def _seen(self, matrices: Array) -> Array:
        """Returns whether the middle of the body is in the picture, bool [N] (a little beyond the frame counts)."""
        if not len(matrices):
            return np.zeros(0, bool)
        centres = matrices[:, :3, :3] @ self.middle + matrices[:, :3, 3]
        pixel, depth = project(self.camera, centres, (1.0, self.camera.aspect))
        frame = np.array([self.camera.aspect, 1.0])
        return np.asarray((depth > self.camera.near) & (pixel > 0.02 * frame).all(1) & (pixel < 0.98 * frame).all(1))

    def _free(self, matrices: Array) -> Array:
        """Returns whether no line from the body's middle to its surface crosses another thing, bool [N]."""
        if not len(matrices):
            return np.zeros(0, bool)
        ends = np.einsum("nij,pj->npi", matrices[:, :3, :3], self.points) + matrices[:, None, :3, 3]
        starts = np.broadcast_to((matrices[:, :3, :3] @ self.middle + matrices[:, :3, 3])[:, None], ends.shape)
        lines = ends - starts
        length = np.linalg.norm(lines, axis=2)
        way = lines / np.maximum(length, 1e-9)[..., None]
        hits = self.geometry.rays.first_hit(starts.reshape(-1, 3), way.reshape(-1, 3))
        crossed = hits.distance.reshape(length.shape) < 0.95 * length
        return np.asarray(crossed.mean(1) < 0.02)
