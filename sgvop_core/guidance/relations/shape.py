"""The body as relations see it: sample points, hull, centre of mass, front and up, under K poses at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ...errors import SettingsError
from ...pose import Pose
from ...scene.body import Body
from ...scene.model import Array, Mesh
from ...scene.surfaces import sample_surface
from .limits import EFFORT
from .plan import on_device

DIRECTIONS = 16
"""Half planes that a body's outline is made of."""


@dataclass(frozen=True)
class BodyState:
    """K placed bodies: points [K, N, 3] on the surface (the hull's corners among them), hull [K, H, 3], centre of mass
    [K, 3], volume [K, M, 3], front and up [K, 3] unit, size [K] (diagonal in metres), linear [K, 3, 3] and origin
    [K, 3] of the object frame."""

    points: Tensor
    hull: Tensor
    mass: Tensor
    volume: Tensor
    front: Tensor
    up: Tensor
    size: Tensor
    linear: Tensor
    origin: Tensor
    fine: bool

    @cached_property
    def low(self) -> Tensor:
        """Lowest corner of the world box, [K, 3]."""
        return self.hull.amin(1)

    @cached_property
    def high(self) -> Tensor:
        """Highest corner of the world box, [K, 3]."""
        return self.hull.amax(1)

    @property
    def centre(self) -> Tensor:
        """Centre of the world box, [K, 3]."""
        return (self.low + self.high) / 2

    @property
    def height(self) -> Tensor:
        """Height of the world box, [K]."""
        return self.high[:, 2] - self.low[:, 2]

    @property
    def width(self) -> Tensor:
        """Mean of the two horizontal sides of the world box, [K]."""
        return (self.high - self.low)[:, :2].mean(1)

    def extent(self, direction: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the least and greatest coordinate [K] of the body along a world direction [3]."""
        along = self.hull @ direction.to(self.hull)
        return along.amin(1), along.amax(1)

    @cached_property
    def outline(self) -> tuple[Tensor, Tensor]:
        """The outline seen from above as half planes: directions [D, 2] and supports [K, D]."""
        angle = torch.arange(DIRECTIONS, dtype=self.hull.dtype, device=self.hull.device) * (2 * math.pi / DIRECTIONS)
        directions = torch.stack([angle.cos(), angle.sin()], 1)
        return directions, (self.hull[..., :2] @ directions.T).amax(1)

    def outside(self, xy: Tensor) -> Tensor:
        """Returns how far points xy [Q, 2] are outside the outline [K, Q] in metres; negative inside."""
        directions, support = self.outline
        return ((xy.to(self.hull) @ directions.T)[None] - support[:, None]).amax(2)


class BodyShape:
    """Samples of a body in its object frame, made once; ``at`` places them.

    ``front``: the body's own axis [3] that faces forward, None for -Y; ``facing`` [3] is where that points in the world.
    """

    def __init__(self, body: Body, device: str | torch.device = "cpu", front: Array | None = None) -> None:
        self.body, self.device = body, device
        rng = np.random.default_rng(0)
        mesh = body.mesh
        self.size = max(body.size, 1e-9)
        hull = hull_points(mesh.vertices)
        coarse = spread_hull(hull, EFFORT.hull)
        surface = sample_surface(mesh, EFFORT.check_points, rng).points
        few = sample_surface(mesh, EFFORT.points, rng).points
        volume, mass = _volume(mesh, surface, EFFORT.volume)
        self.up = body.rotation.T @ up_axis(body)
        self.facing = front_axis(body.rotation, front)
        self.front = body.rotation.T @ self.facing
        self._hull = {False: self._tensor(coarse), True: self._tensor(hull)}
        self._points = {
            False: self._tensor(np.concatenate([few, coarse])),
            True: self._tensor(np.concatenate([surface, mesh.vertices[np.unique(mesh.faces)][:4000], hull])),
        }
        self._volume, self._mass = self._tensor(volume), self._tensor(mass)

    @property
    def hull(self) -> Array:
        """Corners [H, 3] that stand for the convex hull in energies, object frame."""
        return np.asarray(self._hull[False].cpu().numpy())

    def _tensor(self, array: Array) -> Tensor:
        return on_device(array, self.device)

    def at(self, poses: Pose, fine: bool = False) -> BodyState:
        """Returns the K placed bodies; ``fine`` takes the samples of the checks."""
        linear, position, pivot = poses.linear, poses.position, poses.pivot
        origin = position - linear @ pivot

        def place(points: Tensor) -> Tensor:
            return points.to(linear) @ linear.transpose(1, 2) + origin[:, None]

        rotation = poses.rotation
        scale = poses.scale.abs().prod(1) ** (1 / 3)
        return BodyState(
            points=place(self._points[fine]),
            hull=place(self._hull[fine]),
            mass=place(self._mass[None])[:, 0],
            volume=place(self._volume),
            front=rotation @ self._tensor(self.front).to(linear),
            up=rotation @ self._tensor(self.up).to(linear),
            size=self.size * scale,
            linear=linear,
            origin=origin,
            fine=fine,
        )

    def from_bases(self, bases: Tensor, rotation: Array, scale: float) -> Pose:
        """Returns the poses [K] whose world boxes have their bottom centres at ``bases`` [K, 3], all turned alike."""
        turn = self._tensor(rotation)
        world = self._hull[True] @ (turn * scale).T
        low, high = world.amin(0), world.amax(0)
        base = torch.stack([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
        count = len(bases)
        scales = torch.full((count, 3), float(scale), dtype=turn.dtype, device=turn.device)
        return Pose(scales, turn.expand(count, 3, 3), bases.to(turn) - base, turn.new_zeros(3))

    def box(self, rotation: Array, scale: float) -> Array:
        """Returns the sides [3] of the world box under that rotation and scale, metres."""
        world = self._hull[True].cpu().numpy() @ np.asarray(rotation, np.float64).T * scale
        return np.asarray(world.max(0) - world.min(0))


def hull_points(vertices: Array) -> Array:
    """Returns the corners [H, 3] of the convex hull; all points when they lie in a plane or on a line."""
    from scipy.spatial import ConvexHull, QhullError

    points = np.unique(np.asarray(vertices, np.float64), axis=0)
    if len(points) <= 8:
        return points
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:
        return points if len(points) <= 512 else spread_hull(points, 512)


def spread_hull(points: Array, count: int) -> Array:
    """Returns at most ``count`` [C, 3] of the points [N, 3]: the farthest ones along evenly spread directions."""
    if len(points) <= count:
        return points
    index = np.arange(4 * count) + 0.5
    polar, azimuth = np.arccos(1 - 2 * index / len(index)), np.pi * (1 + 5**0.5) * index
    directions = np.stack([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)], 1)
    directions = np.concatenate([np.eye(3), -np.eye(3), directions])
    chosen = list(dict.fromkeys((points @ directions.T).argmax(0).tolist()))
    return points[chosen[:count]]


def up_axis(body: Body) -> Array:
    """Returns the world direction [3] at rest of the axis that is up when the body stands as it was made.

    That is the world's up, unless the body came a little tilted (one of its own axes is off it by 1 to 35 degrees):
    then that axis.
    """
    axes = np.concatenate([body.rotation.T, -body.rotation.T])
    cosine = axes[:, 2]
    nearest = axes[int(np.argmax(cosine))]
    if math.cos(math.radians(35)) < cosine.max() < math.cos(math.radians(1)):
        return np.asarray(nearest)
    return np.array([0.0, 0.0, 1.0])


def front_axis(rotation: Array, own: Array | None = None) -> Array:
    """Returns the horizontal world direction [3] that a thing faces: its own -Y, as in Blender's front view, or the axis
    ``own`` [3] of its own.

    A thing whose own -Y is not level within 45 degrees (files made for another up axis) faces the world's -Y.
    Raises SettingsError when ``own`` is not level.
    """
    turn = np.asarray(rotation, np.float64)
    front = -turn[:, 1] if own is None else turn @ np.asarray(own, np.float64)
    level = np.array([front[0], front[1], 0.0])
    length = float(np.linalg.norm(level))
    if length < math.sqrt(0.5):
        if own is not None:
            raise SettingsError("the axis given as the object's front points up or down as it stands; choose another")
        return np.array([0.0, -1.0, 0.0])
    return level / length


def _volume(mesh: Mesh, surface: Array, count: int) -> tuple[Array, Array]:
    """Returns points inside the body [M, 3] (on its surface where it encloses nothing) and the centre of mass [3].

    The mass is that of a solid of even density; of a sheet of even thickness where nothing is enclosed.
    """
    from ...scene.distance import DistanceField

    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    sobol = torch.quasirandom.SobolEngine(3, scramble=False)
    share = sobol.draw(16 * count).double().numpy()
    points = low + share * (high - low)
    field = DistanceField(mesh)
    inside = points[field.inside(points)]
    if len(inside) >= count // 2:
        return inside[:count], inside.mean(0)
    return surface[:: max(1, len(surface) // count)][:count], surface.mean(0)
