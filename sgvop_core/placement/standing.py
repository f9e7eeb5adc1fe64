"""Where a body stands: the gap from its lower side to what is below, and dropping it there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..guidance.physical import BodyProbe, probe_of
from ..scene.body import Body
from ..scene.geometry import SceneGeometry
from ..scene.model import Array

UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Standing:
    """The lower side's world points [U, 3], the gap [U] in metres to the surface below each (inf where none, negative
    when sunk in), and the place [U] of its owner in ``geometry.static`` (-1 where none)."""

    points: Array
    gap: Array
    owner: Array

    @property
    def least(self) -> float:
        """The smallest gap in metres; inf when nothing is below at all."""
        return float(self.gap.min()) if len(self.gap) else float("inf")


def world_size(probe: BodyProbe, matrix: Array) -> float:
    """Returns the body's size in the world in metres: the diagonal of its own box, scaled by ``matrix`` [4, 4]."""
    low, high = probe.bounds
    return max(float(np.linalg.norm(np.linalg.norm(matrix[:3, :3], axis=0) * (high - low))), 1e-9)


def carry(matrix: Array, points: Array) -> Array:
    """Returns points [N, 3] under a 4x4 matrix, [N, 3]."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])


def lift_of(probe: BodyProbe, matrix: Array) -> float:
    """Returns how far above the lower side rays start, metres, at ``matrix`` [4, 4]: half the height, a tenth of the size at least.

    A surface that cuts the body's lower half is then still seen as the one to stand on.
    """
    z = carry(matrix, probe.hull)[:, 2]
    return max(0.5 * float(z.max() - z.min()), 0.1 * world_size(probe, matrix))


def stand(
    geometry: SceneGeometry,
    probe: BodyProbe,
    matrix: Array,
    grid: int = 56,
    count: int = 500,
    lift: float | None = None,
) -> Standing:
    """Returns how the body stands under the pose ``matrix`` [4, 4], by rays down from ``count`` lower points and up
    from the scene's vertices below it to the body.

    ``lift`` in metres: how far above the lower side the rays start (``lift_of`` by default).
    """
    down = probe.downs(matrix[None, :3, :3])[0]
    points = carry(matrix, probe.lower_side(down, count, grid))
    lift = lift_of(probe, matrix) if lift is None else lift
    hits = geometry.below(points + UP * lift)
    owner = hits.face
    if len(geometry.static):
        owner = np.where(hits.hit, geometry.face_object[np.maximum(hits.face, 0)], -1)
    gap = np.where(hits.hit, hits.distance - lift, np.inf)
    up_points, up_gap, up_owner = _from_below(geometry, probe, matrix, lift, float(gap.min(initial=np.inf)))
    return Standing(
        np.concatenate([points, up_points]), np.concatenate([gap, up_gap]), np.concatenate([owner, up_owner])
    )


def _from_below(
    geometry: SceneGeometry, probe: BodyProbe, matrix: Array, lift: float, reach: float
) -> tuple[Array, Array, Array]:
    """Returns body points [M, 3], gaps [M] and owners [M] of scene vertices that the body would meet from above: thin
    things that rays from the body pass by. Only those nearer than ``reach`` below can matter."""
    none = np.zeros((0, 3)), np.zeros(0), np.zeros(0, np.int64)
    if not np.isfinite(reach):
        return none
    hull = carry(matrix, probe.hull)
    low, high = hull.min(0), hull.max(0)
    bottom, top = low[2] - max(reach, 0.0) - 1e-6, low[2] + lift
    spots, owners = [], []
    for index in geometry.near(np.array([low[0], low[1], bottom]), np.array([high[0], high[1], top])):
        vertices = geometry.object_mesh(index).vertices
        column = (vertices[:, :2] >= low[:2]).all(1) & (vertices[:, :2] <= high[:2]).all(1)
        column &= (vertices[:, 2] >= bottom) & (vertices[:, 2] <= top)
        chosen = np.flatnonzero(column)
        chosen = chosen[:: max(1, len(chosen) // 20_000)]
        spots.append(vertices[chosen])
        owners.append(np.full(len(chosen), index))
    if not spots or not sum(map(len, spots)):
        return none
    spot, owner = np.concatenate(spots), np.concatenate(owners)
    inverse = np.linalg.inv(matrix)
    start = carry(inverse, spot - UP * 2 * lift)
    hits = probe.rays.first_hit(start, np.broadcast_to(inverse[:3, :3] @ UP, start.shape))
    met = carry(matrix, np.nan_to_num(hits.point))
    return met[hits.hit], (met[:, 2] - spot[:, 2])[hits.hit], owner[hits.hit]


def drop_batch(geometry: SceneGeometry, body: Body, matrices: Array) -> tuple[Array, list[str | None]]:
    """Returns (matrices [N, 4, 4], names [N]): the poses moved straight down, or up out of what they are sunk in by
    less than half their height, onto the surface below, and the object that each then stands on.

    A rest gap stays below. Poses with nothing below keep their place and have None. One ray cast for all.
    """
    probe = probe_of(body)
    moved = np.array(matrices, np.float64)
    if not len(moved) or not len(geometry.static):
        return moved, [None] * len(moved)
    local = probe.undersides(moved[:, :3, :3])
    points = np.einsum("nij,nuj->nui", moved[:, :3, :3], local) + moved[:, None, :3, 3]
    lifts = np.array([lift_of(probe, m) for m in moved])
    start = points + UP * lifts[:, None, None]
    hits = geometry.below(start.reshape(-1, 3))
    gap = hits.distance.reshape(points.shape[:2]) - lifts[:, None]
    first = gap.argmin(1)
    rows = np.arange(len(moved))
    least, face = gap[rows, first], hits.face.reshape(points.shape[:2])[rows, first]
    settings = probe.settings
    rest = np.array([settings.rest_gap(world_size(probe, m)) for m in moved])
    moved[:, 2, 3] -= np.where(np.isfinite(least), least - rest, 0.0)
    return moved, geometry.object_name(face)
