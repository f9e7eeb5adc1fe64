"""Distances to a mesh: exact ones by libigl, and a torch callable whose gradient is right.

The sign is negative inside. Which points are inside is decided by the generalised winding number (Jacobson et al.
2013; Barill et al. 2018) of the parts that enclose a volume, so small holes, seams and inverted normals do no harm.
Open parts (sheets, single-sided walls) have two outsides: their distance is positive on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Array, Mesh
from .surfaces import Parts, find_parts

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class FieldSettings:
    """What a distance grid costs."""

    nodes: int = 40_000
    """Nodes of the grid, in all; at about 7 microseconds each they take a third of a second. Flat things get finer
    cells than cubes for the same number."""
    most_cells: int = 96
    """Cells along an axis at most; long poles would otherwise get thousands."""


SETTINGS = FieldSettings()


class DistanceField:
    """Signed distances to one mesh, in the mesh's own frame, metres.

    ``closed``: every part encloses a volume. ``solid``: at least one does, so some points are inside.
    ``hollow``: part indices that are surfaces only, although closed (the shell of a room).
    """

    def __init__(self, mesh: Mesh, hollow: tuple[int, ...] = (), parts: Parts | None = None) -> None:
        self.mesh = mesh
        self.parts = find_parts(mesh) if parts is None else parts
        inner = self.parts.closed.copy()
        inner[list(hollow)] = False
        self.hollow = hollow
        self.closed = bool(len(inner)) and bool(inner.all())
        self.solid = bool(inner.any())
        self._inner = inner
        points = self.parts.vertices
        self.bounds = np.stack([points.min(0), points.max(0)]) if len(points) else np.zeros((2, 3))
        self._tree: Any = None
        self._winding: Any = None
        self._grids: dict[str, DistanceGrid] = {}
        solid_box = self.parts.box[inner]
        self._solid_box = (
            np.stack([solid_box[:, 0].min(0), solid_box[:, 1].max(0)]) if self.solid else np.full((2, 3), np.nan)
        )

    # -------------------------------------------------------------- exact

    def exact(self, points: Array) -> tuple[Array, Array, Array]:
        """Returns (signed distance [N], closest point [N, 3], its face [N]) of points [N, 3].

        A mesh without faces is infinitely far away: (inf, the points, -1).
        """
        points = np.ascontiguousarray(points, np.float64).reshape(-1, 3)
        if not len(self.parts.faces) or not len(points):
            return np.full(len(points), np.inf), points.copy(), np.full(len(points), -1)
        if self._tree is None:
            from igl import pyigl_core

            self._tree = pyigl_core.AABB()
            self._tree.init(self.parts.vertices, self.parts.faces)
        squared, face, closest = self._tree.squared_distance(self.parts.vertices, self.parts.faces, points)
        distance = np.sqrt(np.maximum(np.asarray(squared).reshape(-1), 0.0))
        sign = np.where(self.inside(points), -1.0, 1.0)
        return sign * distance, np.asarray(closest).reshape(-1, 3), np.asarray(face).reshape(-1)

    def inside(self, points: Array) -> Array:
        """Returns whether points [N, 3] lie in a volume that the mesh encloses, bool [N]."""
        points = np.ascontiguousarray(points, np.float64).reshape(-1, 3)
        inside = np.zeros(len(points), bool)
        if not self.solid or not len(points):
            return inside
        near = ((points > self._solid_box[0]) & (points < self._solid_box[1])).all(1)
        if near.any():
            if self._winding is None:
                self._winding = self._make_winding()
            inside[near] = np.asarray(self._winding.winding_number(points[near])).reshape(-1) > 0.5
        return inside

    def _make_winding(self) -> Any:
        """Returns libigl's winding number tree of the solid parts, each turned to face outwards.

        A part with inward normals is turned, unless it lies within another part: then it is the wall of a cavity.
        """
        import igl

        parts = self.parts
        turn = self._inner & (parts.volume < 0)
        for index in np.flatnonzero(turn):
            low, high = parts.box[index]
            around = self._inner & (parts.box[:, 0] <= low).all(1) & (parts.box[:, 1] >= high).all(1)
            around &= parts.volume > 0
            around[index] = False
            turn[index] = not around.any()
        faces = parts.faces.copy()
        faces[turn[parts.label]] = faces[turn[parts.label]][:, [0, 2, 1]]
        tree = igl.FastWindingNumberBVH()
        tree.init(parts.vertices, np.ascontiguousarray(faces[self._inner[parts.label]]))
        return tree

    # -------------------------------------------------------------- torch

    def signed(self, points: Tensor) -> Tensor:
        """Returns the exact signed distance [...] of torch points [..., 3]; its gradient is the unit direction away
        from the closest point (the face's normal on the surface). Computed on the CPU whatever the device."""
        return _exact_function().apply(points, self)

    def grid(self, device: str | torch.device = "cpu", refine: bool = True) -> DistanceGrid:
        """Returns a fast callable on torch points (cached per device); see ``DistanceGrid``."""
        key = f"{device}/{refine}"
        if key not in self._grids:
            self._grids[key] = DistanceGrid(self, device, refine)
        return self._grids[key]


class DistanceGrid:
    """Signed distance on torch points [..., 3] -> [...]: trilinear between the nodes of a grid around the mesh.

    Outside the grid the distance to its box is added, so it is finite and grows everywhere. With ``refine`` points
    within a cell's diagonal of the surface get the exact distance, so tops thinner than a cell keep their sign and
    depth: the error is then zero near the surface and at most one cell diagonal (``error``, metres) elsewhere.
    """

    def __init__(self, field: DistanceField, device: str | torch.device = "cpu", refine: bool = True) -> None:
        import torch

        self.field = field
        self.refine = refine
        low, high = field.bounds
        extent = np.maximum(high - low, 1e-6)
        longest = float(extent.max())
        thick = np.maximum(extent, 0.05 * longest)
        cell = max(float((thick.prod() / SETTINGS.nodes) ** (1 / 3)), longest / SETTINGS.most_cells)
        cells = np.ceil(extent / cell).astype(int) + 4
        start = (low + high) / 2 - cells * cell / 2
        self.shape = tuple(int(c) + 1 for c in cells)
        axes = [start[a] + cell * np.arange(self.shape[a]) for a in range(3)]
        nodes = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
        values = field.exact(nodes)[0].reshape(self.shape)
        if not np.isfinite(values).all():
            values = np.full(self.shape, 1e6)
        self.cell = cell
        self.error = cell * float(np.sqrt(3.0))
        self.low = torch.as_tensor(start, dtype=torch.float32, device=device)
        self.high = torch.as_tensor(start + cells * cell, dtype=torch.float32, device=device)
        self.values = torch.as_tensor(values, dtype=torch.float32, device=device)

    def __call__(self, points: Tensor) -> Tensor:
        """Returns the signed distance [...] of points [..., 3] on the grid's device, differentiable."""
        coarse = self.coarse(points)
        if not self.refine or not len(self.field.parts.faces):
            return coarse
        near = coarse.detach().abs() < self.error
        if not bool(near.any()):
            return coarse
        out = coarse.clone()
        out[near] = self.field.signed(points[near])
        return out

    def coarse(self, points: Tensor) -> Tensor:
        """Returns the trilinear value alone, [...]; off by at most ``error`` within the grid."""
        import torch

        low, high, values = self.low.to(points.dtype), self.high.to(points.dtype), self.values.to(points.dtype)
        held = torch.minimum(torch.maximum(points, low), high)
        outside = torch.linalg.vector_norm(points - held + 1e-20, dim=-1)
        place = (held - low) / self.cell
        most = torch.tensor([s - 2 for s in self.shape], device=points.device)
        corner = torch.minimum(place.detach().floor().long().clamp_min(0), most)
        t = place - corner
        sx, sy = self.shape[1] * self.shape[2], self.shape[2]
        base = corner[..., 0] * sx + corner[..., 1] * sy + corner[..., 2]
        flat = values.reshape(-1)
        tx, ty, tz = t.unbind(-1)
        z = []
        for dx in (0, sx):
            for dy in (0, sy):
                a, b = flat[base + (dx + dy)], flat[base + (dx + dy + 1)]
                z.append(a + (b - a) * tz)
        y0, y1 = z[0] + (z[1] - z[0]) * ty, z[2] + (z[3] - z[2]) * ty
        return y0 + (y1 - y0) * tx + outside


def _exact_function() -> Any:
    """Returns the autograd function of the exact distance; made on first use, because torch is loaded late."""
    global _EXACT
    if _EXACT is not None:
        return _EXACT
    import torch

    class ExactDistance(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, points: Tensor, field: DistanceField) -> Tensor:
            flat = points.detach().reshape(-1, 3).cpu().double().numpy()
            distance, closest, face = field.exact(flat)
            away = flat - closest
            length = np.abs(distance)
            tiny = length < 1e-9
            slope = np.sign(distance)[:, None] * away / np.maximum(length, 1e-30)[:, None]
            if tiny.any() and len(field.parts.faces):
                corners = field.parts.vertices[field.parts.faces[face[tiny]]]
                normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
                slope[tiny] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
            ctx.save_for_backward(torch.as_tensor(slope).to(points).reshape(points.shape))
            return torch.as_tensor(np.nan_to_num(distance, posinf=1e6)).to(points).reshape(points.shape[:-1])

        @staticmethod
        def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
            (slope,) = ctx.saved_tensors
            return gradient[..., None] * slope, None

    _EXACT = ExactDistance
    return _EXACT


_EXACT: Any = None
