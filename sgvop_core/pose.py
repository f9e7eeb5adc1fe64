"""Poses of the moving object and the space of poses that a search may visit.

A pose acts as ``x_world = t + c + R S (x_object - c)`` about the pivot ``c``; ``x_object`` lives in the object frame
(the axes of the object's rest rotation, metres at its start size), so scale 1 is the size it came with.
``t + c`` is where the pivot lands in the world and is called the *position*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from .errors import NoValidPose, SettingsError

RotationMode = Literal["fixed", "yaw", "free", "euler"]
ScaleMode = Literal["fixed", "uniform", "free"]
Squash = Literal["fold", "thesis"]
CHANNELS = tuple(f"{group}.{axis}" for group in ("location", "rotation", "scale") for axis in "xyz")


# ------------------------------------------------------------------ rotations


def rotation_from_vector(vector: Tensor) -> Tensor:
    """Returns rotation matrices [..., 3, 3] of rotation vectors [..., 3] (axis times angle; Rodrigues' formula).

    Smooth through zero: near it the coefficients are their Taylor series.
    """
    squared = (vector * vector).sum(-1)
    small = squared < 1e-6
    safe = torch.where(small, torch.ones_like(squared), squared)
    angle = safe.sqrt()
    a = torch.where(small, 1 - squared / 6 + squared**2 / 120, angle.sin() / angle)
    b = torch.where(small, 0.5 - squared / 24 + squared**2 / 720, (1 - angle.cos()) / safe)
    x, y, z = vector.unbind(-1)
    o = torch.zeros_like(x)
    k = torch.stack([o, -z, y, z, o, -x, -y, x, o], -1).reshape(*vector.shape[:-1], 3, 3)
    eye = torch.eye(3, dtype=vector.dtype, device=vector.device)
    return eye + a[..., None, None] * k + b[..., None, None] * (k @ k)


def vector_from_rotation(rotation: Tensor) -> Tensor:
    """Returns rotation vectors [..., 3] with angle in [0, pi] of rotation matrices [..., 3, 3]. No gradient."""
    from scipy.spatial.transform import Rotation

    flat = rotation.detach().cpu().double().reshape(-1, 3, 3).numpy()
    vector = Rotation.from_matrix(flat).as_rotvec()
    return torch.as_tensor(vector, dtype=rotation.dtype, device=rotation.device).reshape(*rotation.shape[:-2], 3)


def rotation_from_euler(angles: Tensor) -> Tensor:
    """Returns [..., 3, 3] of Blender's XYZ Euler angles [..., 3] in radians: ``R = Rz Ry Rx``."""
    (cx, cy, cz), (sx, sy, sz) = angles.cos().unbind(-1), angles.sin().unbind(-1)
    rows = [
        cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz,
        cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz,
        -sy, sx * cy, cx * cy,
    ]  # fmt: skip
    return torch.stack(rows, -1).reshape(*angles.shape[:-1], 3, 3)


def euler_from_rotation(rotation: np.ndarray) -> np.ndarray:
    """Returns Blender's XYZ Euler angles [3] in radians of a rotation matrix [3, 3]."""
    r = np.asarray(rotation, np.float64)
    cy = math.hypot(r[0, 0], r[1, 0])
    if cy > 1e-6:
        return np.array([math.atan2(r[2, 1], r[2, 2]), math.atan2(-r[2, 0], cy), math.atan2(r[1, 0], r[0, 0])])
    return np.array([math.atan2(-r[1, 2], r[1, 1]), math.atan2(-r[2, 0], cy), 0.0])


def decompose(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns location [3], Euler XYZ angles [3] and scale [3] of a 4x4, as Blender's ``matrix_world.decompose`` does.

    Columns give the scale; a mirror turns all three scales negative. Shear is not represented.
    """
    linear = np.asarray(matrix, np.float64)[:3, :3]
    scale = np.linalg.norm(linear, axis=0)
    if np.linalg.det(linear) < 0:
        scale = -scale
    x, y, _ = (linear / np.where(np.abs(scale) < 1e-30, 1.0, scale)).T
    x = x / max(np.linalg.norm(x), 1e-30)
    y = y - x * (x @ y)
    y = y / max(np.linalg.norm(y), 1e-30)
    rotation = np.stack([x, y, np.cross(x, y)], axis=1)
    return np.asarray(matrix, np.float64)[:3, 3].copy(), euler_from_rotation(rotation), scale


def yaw_rotation(angle: Tensor) -> Tensor:
    """Returns rotations [..., 3, 3] about the world's up axis by angles [...] in radians."""
    c, s, o, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    return torch.stack([c, -s, o, s, c, o, o, o, one], -1).reshape(*angle.shape, 3, 3)


# ------------------------------------------------------------------ poses


@dataclass(frozen=True)
class Pose:
    """K poses: scale [K, 3], rotation [K, 3, 3], translation [K, 3] about one pivot [3] of the object frame."""

    scale: Tensor
    rotation: Tensor
    translation: Tensor
    pivot: Tensor

    def __len__(self) -> int:
        return self.scale.shape[0]

    def __getitem__(self, index: Tensor | slice | Sequence[int]) -> Pose:
        """Returns the chosen poses, still batched: index with a slice, a list or a tensor."""
        return Pose(self.scale[index], self.rotation[index], self.translation[index], self.pivot)

    @property
    def linear(self) -> Tensor:
        """``R S``, [K, 3, 3]."""
        return self.rotation * self.scale[:, None, :]

    @property
    def position(self) -> Tensor:
        """Where the pivot lands in the world, ``t + c``, [K, 3]."""
        return self.translation + self.pivot

    def matrices(self) -> Tensor:
        """Returns object-to-world matrices [K, 4, 4]."""
        linear = self.linear
        offset = self.position - (linear @ self.pivot)
        top = torch.cat([linear, offset[:, :, None]], 2)
        bottom = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=top.dtype, device=top.device).expand(len(self), 1, 4)
        return torch.cat([top, bottom], 1)

    def apply(self, points: Tensor) -> Tensor:
        """Returns object-frame points [N, 3] (or [K, N, 3]) in the world, [K, N, 3], metres."""
        return (points - self.pivot) @ self.linear.transpose(1, 2) + self.position[:, None]

    def detach(self) -> Pose:
        """Returns the same poses cut from the graph."""
        return Pose(self.scale.detach(), self.rotation.detach(), self.translation.detach(), self.pivot.detach())

    def to(self, *args: object, **kwargs: object) -> Pose:
        """Returns the poses on another device or dtype (the arguments of ``Tensor.to``)."""
        parts = (self.scale, self.rotation, self.translation, self.pivot)
        return Pose(*(p.to(*args, **kwargs) for p in parts))  # type: ignore[call-overload]

    @staticmethod
    def cat(poses: Sequence[Pose]) -> Pose:
        """Returns all the poses in one batch; they must share the pivot."""
        fields = ("scale", "rotation", "translation")
        scale, rotation, translation = (torch.cat([getattr(p, f) for p in poses]) for f in fields)
        return Pose(scale, rotation, translation, poses[0].pivot)

    @staticmethod
    def from_matrices(matrices: Tensor, pivot: Tensor) -> Pose:
        """Returns the poses of object-to-world matrices [K, 4, 4] without shear. No gradient through the rotation."""
        linear = matrices[:, :3, :3]
        scale = linear.norm(dim=1)
        rotation = linear / scale.clamp_min(1e-30)[:, None, :]
        return Pose(scale, rotation, matrices[:, :3, 3] + linear @ pivot - pivot, pivot)


# ------------------------------------------------------------------ the space


@dataclass(frozen=True)
class PoseSpace:
    """The poses a search may visit, and their unconstrained parameters x [K, D].

    Columns of x, in this order, each only when free: scale (1 or 3), rotation (1 or 3 or the free Euler channels),
    position (the free axes). With ``squash="fold"`` (default) a unit of x is the whole range of a bounded channel and
    values beyond [0, 1] are mirrored back, so the slope never vanishes; yaw counts full turns. With ``"thesis"``
    bounded channels are squashed by a sigmoid (scale) and tanh (Euler angles times pi, position), as in the thesis,
    section 3.2.

    position_bounds [2, 3]: where the pivot may be, world, metres. rotation_base [A, 3, 3]: the attitudes; yaw and free
    rotations are applied on their left. rest_position [3]: the position that locked location axes keep.
    scale_range: shares of the start size.
    """

    pivot: Tensor
    position_bounds: Tensor
    rotation_base: Tensor
    rest_position: Tensor
    scale_range: tuple[float, float] = (0.7, 1.4)
    scale_mode: ScaleMode = "uniform"
    rotation_mode: RotationMode = "yaw"
    locks: frozenset[str] = field(default_factory=frozenset)
    squash: Squash = "fold"

    def __post_init__(self) -> None:
        unknown = self.locks - set(CHANNELS)
        if unknown:
            raise SettingsError(
                f"unknown channel to lock: {', '.join(sorted(unknown))}; there are {', '.join(CHANNELS)}"
            )
        low, high = self.scale_range
        if not (0 < low <= high and math.isfinite(high)):
            raise SettingsError(
                f"scale range {low}:{high} is empty or not positive; give LOW:HIGH with 0 < LOW <= HIGH"
            )
        width = self.position_bounds[1] - self.position_bounds[0]
        for axis, name in enumerate("xyz"):
            if f"location.{name}" not in self.locks and not width[axis] >= 0:
                raise NoValidPose(f"the bounds of location.{name} are empty; widen them or lock the channel")

    # -------------------------------------------------------------- layout

    @property
    def scale_axes(self) -> tuple[int, ...]:
        """Scale columns: () when fixed, (0,) for one uniform factor, else the free axes."""
        if self.scale_mode == "fixed" or self.scale_range[0] == self.scale_range[1]:
            return ()
        free = tuple(i for i in range(3) if f"scale.{'xyz'[i]}" not in self.locks)
        if self.scale_mode == "uniform":
            return (0,) if len(free) == 3 else ()
        return free

    @property
    def rotation_kind(self) -> RotationMode:
        """The rotation parameters in use once the locks are counted in."""
        locked = [f"rotation.{a}" in self.locks for a in "xyz"]
        if self.rotation_mode == "fixed" or all(locked):
            return "fixed"
        if self.rotation_mode == "yaw":
            return "fixed" if locked[2] else "yaw"
        return "euler" if any(locked) or self.rotation_mode == "euler" or self.squash == "thesis" else "free"

    @property
    def rotation_axes(self) -> tuple[int, ...]:
        """Rotation columns by axis."""
        kind = self.rotation_kind
        if kind == "fixed":
            return ()
        if kind == "yaw":
            return (2,)
        return tuple(i for i in range(3) if kind == "free" or f"rotation.{'xyz'[i]}" not in self.locks)

    @property
    def position_axes(self) -> tuple[int, ...]:
        """Position columns by axis."""
        return tuple(i for i in range(3) if f"location.{'xyz'[i]}" not in self.locks)

    @property
    def dimension(self) -> int:
        """D, the number of free parameters."""
        return len(self.scale_axes) + len(self.rotation_axes) + len(self.position_axes)

    # -------------------------------------------------------------- maps

    def pose(self, x: Tensor, attitude: Tensor | None = None) -> Pose:
        """Returns the K poses of parameters x [K, D], differentiable; ``attitude`` [K] chooses among rotation_base."""
        count, s, r = x.shape[0], len(self.scale_axes), len(self.rotation_axes)
        base = self.rotation_base.to(x)
        base = base[:1].expand(count, 3, 3) if attitude is None else base[attitude]
        return Pose(
            self._scale(x[:, :s]),
            self._rotation(x[:, s : s + r], base),
            self._position(x[:, s + r :]) - self.pivot.to(x),
            self.pivot.to(x),
        )

    def parameters(self, pose: Pose, attitude: Tensor | None = None) -> Tensor:
        """Returns x [K, D] of poses inside the space (others are moved to its border). No gradient."""
        with torch.no_grad():
            base = self.rotation_base.to(pose.scale)
            base = base[:1].expand(len(pose), 3, 3) if attitude is None else base[attitude]
            columns = [self._unscale(pose.scale), self._unrotate(pose.rotation, base), self._unplace(pose.position)]
            return torch.cat(columns, 1)

    def _bounded(self, x: Tensor, kind: str) -> Tensor:
        """Maps the real line onto [0, 1]."""
        if self.squash == "thesis":
            return torch.sigmoid(x) if kind == "scale" else 0.5 + 0.5 * torch.tanh(x)
        return 1 - (torch.remainder(x, 2.0) - 1).abs()

    def _unbounded(self, share: Tensor, kind: str) -> Tensor:
        if self.squash == "thesis":
            share = share.clamp(1e-4, 1 - 1e-4)
            return torch.logit(share) if kind == "scale" else torch.atanh(2 * share - 1)
        return share.clamp(0.0, 1.0)

    def _scale(self, x: Tensor) -> Tensor:
        low, high = self.scale_range
        fixed = min(max(1.0, low), high)
        if not self.scale_axes:
            return x.new_full((x.shape[0], 3), fixed)
        share = self._bounded(x, "scale")
        if self.squash == "thesis":
            value = low + (high - low) * share
        else:
            value = torch.exp(math.log(low) + (math.log(high) - math.log(low)) * share)
        if self.scale_mode == "uniform":
            return value.expand(-1, 3)
        columns = [x.new_full((x.shape[0],), 1.0) for _ in range(3)]
        for column, axis in enumerate(self.scale_axes):
            columns[axis] = value[:, column]
        return torch.stack(columns, 1)

    def _unscale(self, scale: Tensor) -> Tensor:
        low, high = self.scale_range
        value = scale[:, list(self.scale_axes)] if self.scale_axes else scale[:, :0]
        if self.scale_mode == "uniform" and self.scale_axes:
            value = scale.prod(1, keepdim=True) ** (1 / 3)
        if self.squash == "thesis":
            return self._unbounded((value - low) / (high - low), "scale")
        return self._unbounded((value.log() - math.log(low)) / (math.log(high) - math.log(low)), "scale")

    def _rotation(self, x: Tensor, base: Tensor) -> Tensor:
        kind = self.rotation_kind
        if kind == "fixed":
            return base
        if kind == "yaw":
            turn = math.pi * torch.tanh(x[:, 0]) if self.squash == "thesis" else 2 * math.pi * x[:, 0]
            return yaw_rotation(turn) @ base
        if kind == "free":
            return rotation_from_vector(math.pi * x) @ base
        angles = self._base_euler(base)
        turn = math.pi * (torch.tanh(x) if self.squash == "thesis" else x)
        columns = list(angles.unbind(1))
        for column, axis in enumerate(self.rotation_axes):
            columns[axis] = columns[axis] + turn[:, column]
        return rotation_from_euler(torch.stack(columns, 1))

    def _unrotate(self, rotation: Tensor, base: Tensor) -> Tensor:
        kind = self.rotation_kind
        if kind == "fixed":
            return rotation.new_zeros(len(rotation), 0)
        relative = rotation @ base.transpose(1, 2)
        if kind == "yaw":
            angle = torch.atan2(relative[:, 1, 0] - relative[:, 0, 1], relative[:, 0, 0] + relative[:, 1, 1])[:, None]
            if self.squash == "thesis":
                return torch.atanh((angle / math.pi).clamp(-0.9999, 0.9999))
            return torch.remainder(angle / (2 * math.pi), 1.0)
        if kind == "free":
            return vector_from_rotation(relative) / math.pi
        difference = (self._base_euler(rotation) - self._base_euler(base))[:, list(self.rotation_axes)]
        turn = (torch.remainder(difference + math.pi, 2 * math.pi) - math.pi) / math.pi
        return torch.atanh(turn.clamp(-0.9999, 0.9999)) if self.squash == "thesis" else turn

    @staticmethod
    def _base_euler(rotation: Tensor) -> Tensor:
        angles = np.stack([euler_from_rotation(r) for r in rotation.detach().cpu().double().numpy()])
        return torch.as_tensor(angles, dtype=rotation.dtype, device=rotation.device)

    def _position(self, x: Tensor) -> Tensor:
        bounds, rest = self.position_bounds.to(x), self.rest_position.to(x)
        columns = list(rest.expand(x.shape[0], 3).unbind(1))
        for column, axis in enumerate(self.position_axes):
            share = self._bounded(x[:, column], "position")
            columns[axis] = bounds[0, axis] + (bounds[1, axis] - bounds[0, axis]) * share
        return torch.stack(columns, 1)

    def _unplace(self, position: Tensor) -> Tensor:
        axes = list(self.position_axes)
        bounds = self.position_bounds.to(position)[:, axes]
        width = (bounds[1] - bounds[0]).clamp_min(1e-12)
        return self._unbounded((position[:, axes] - bounds[0]) / width, "position")

    # -------------------------------------------------------------- variants

    def around(self, position_bounds: Tensor) -> PoseSpace:
        """Returns the same space with other bounds of the position."""
        return replace(self, position_bounds=position_bounds)

    def contains(self, pose: Pose, tolerance: float = 1e-4) -> Tensor:
        """Returns a bool [K]: scale and position within the ranges, locked position axes at rest (metres)."""
        bounds, rest = self.position_bounds.to(pose.scale), self.rest_position.to(pose.scale)
        free = torch.zeros(3, dtype=torch.bool, device=pose.scale.device)
        free[list(self.position_axes)] = True
        inside = (pose.position >= bounds[0] - tolerance) & (pose.position <= bounds[1] + tolerance)
        held = (pose.position - rest).abs() <= tolerance
        low, high = self.scale_range
        sized = ((pose.scale >= low - tolerance) & (pose.scale <= high + tolerance)).all(1) | (
            self.scale_mode == "fixed"
        )
        return torch.where(free, inside, held).all(1) & sized
