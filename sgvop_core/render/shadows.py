"""Shadows by depth maps seen from the strongest light: those of the fixed scene, and the body's on the plates.

The maps carry no gradient. A sun is a camera far away that holds the whole of what casts; another light is a camera in
its place that looks at it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .boxes import Boxes, layout
from .lights import LightRig
from .options import RenderOptions
from .rays import find_hits
from .tables import TriangleTable
from .visibility import Projected, Visibility, project

SUN_DISTANCE = 60.0
"""Distance of a sun's camera in sizes of what casts: parallel to within a degree, and float32 still tells depths."""
WIDEST = math.radians(150)
"""Field of view of the map of a light that stands close to or among what casts."""


@dataclass(frozen=True, eq=False)
class LightView:
    """A light as a square camera: rotation [3, 3] (rows right, down, forward), centre [3], focal length in texels."""

    rotation: Tensor
    centre: Tensor
    focal: float
    near: float
    texels: int


def light_view(rig: LightRig, centre: Tensor, radius: float, texels: int) -> LightView | None:
    """Returns the strongest light's view of a ball (centre [3], radius in metres), or None when it shines away from it."""
    if rig.strongest is None:
        return None
    kind, k = rig.strongest
    if kind == "sun":
        back = rig.sun_direction[k]
        distance = SUN_DISTANCE * radius
        eye = centre + back * distance
    else:
        eye = rig.position[k]
        back = eye - centre
        distance = float(back.norm())
        back = back / max(distance, 1e-9)
    helper = torch.zeros_like(back)
    helper[int(back.abs().argmin())] = 1.0
    right = torch.linalg.cross(helper, back)
    right = right / right.norm()
    rotation = torch.stack([right, -torch.linalg.cross(back, right), -back])
    half = math.asin(min(radius / distance, 0.999)) if distance > 1.02 * radius else WIDEST / 2
    focal = 0.5 * texels / math.tan(min(half * 1.02, WIDEST / 2))
    near = max(distance - 1.05 * radius, 0.01 * radius) if kind == "sun" else 0.01 * radius
    return LightView(rotation, eye, focal, near, texels)


@dataclass(frozen=True, eq=False)
class DepthMap:
    """1 / depth seen from a light, ``w`` [texels * texels], 0 where it sees nothing."""

    view: LightView
    w: Tensor

    def shaded(self, point: Tensor, normal: Tensor) -> Tensor:
        """Returns the share [m] of the light that is blocked at points [3, m] with unit normals [3, m].

        Points are moved off their surface by a texel and a half, and four neighbouring texels are blended.
        """
        view = self.view
        away = (point - view.centre[:, None]).norm(dim=0)
        point = point + normal * (away * (1.5 / view.focal))
        local = view.rotation @ (point - view.centre[:, None])
        ahead = local[2] > view.near
        w = torch.where(ahead, 1 / local[2].clamp_min(1e-9), torch.zeros_like(local[2]))
        half = 0.5 * view.texels
        x, y = local[0] * w * view.focal + half - 0.5, local[1] * w * view.focal + half - 0.5
        left, top = x.floor(), y.floor()
        fx, fy = x - left, y - top
        inside = ahead & (left >= 0) & (top >= 0) & (left < view.texels - 1) & (top < view.texels - 1)
        at = torch.where(inside, top * view.texels + left, torch.zeros_like(left)).long()
        bar = w * (1 + 2e-4)
        blocked = [
            (self.w.index_select(0, at + step) > bar).to(w.dtype) for step in (0, 1, view.texels, view.texels + 1)
        ]
        upper, lower = torch.lerp(blocked[0], blocked[1], fx), torch.lerp(blocked[2], blocked[3], fx)
        return torch.lerp(upper, lower, fy) * inside


def depth_map(table: TriangleTable, view: LightView, visibility: Visibility, options: RenderOptions) -> DepthMap:
    """Returns the depth map of a table of triangles in the world, seen from a light."""
    rotation, centre = view.rotation[None], view.centre[None]
    like = centre

    def number(value: float) -> Tensor:
        return like.new_tensor([value])

    half = 0.5 * view.texels
    matrix = rotation.transpose(1, 2)
    focal, principal = number(view.focal), like.new_tensor([[half, half]])
    projected = project(table.vertices, matrix, centre, focal, principal, number(view.near))
    limits = like.new_tensor([[0.0, float(view.texels), 0.0, float(view.texels)]])
    boxes = layout(limits, (view.texels, view.texels), 1)
    return DepthMap(
        view, _depths(table, visibility(table, projected, boxes, options), boxes, projected, matrix, centre)
    )


def _depths(
    table: TriangleTable, ids: Tensor, boxes: Boxes, projected: Projected, matrix: Tensor, origin: Tensor
) -> Tensor:
    """Returns 1 / depth [rows * width] at the samples of ``ids``."""
    hits = find_hits(table, ids, boxes, matrix, origin, projected.focal, projected.principal)
    w = torch.zeros(len(ids), dtype=projected.x.dtype, device=ids.device)
    return w.index_copy_(0, hits.sample, hits.w)


@dataclass(eq=False)
class Shadow:
    """Plate pixels [s] (picture * H * W + pixel) under the body's shadow and the linear light ``loss`` [3, s] there."""

    pixels: Tensor
    loss: Tensor
    total: int

    def over(self, flat: Tensor) -> Tensor:
        """Returns the loss [3, c] at pixels ``flat`` [c], zero where there is no shadow."""
        place = torch.full((self.total,), -1, dtype=torch.int64, device=flat.device)
        place.index_copy_(0, self.pixels, torch.arange(len(self.pixels), device=flat.device))
        at = place.index_select(0, flat)
        return self.loss.index_select(1, at.clamp_min(0)) * (at >= 0)


@dataclass(frozen=True, eq=False)
class Receiver:
    """What the plates of V cameras need to take the body's shadow: ``point`` and ``normal`` [3, V * H * W] of the fixed
    surface in the middle of each pixel, and ``direct`` [3, V * H * W], the part of its colour that the light makes."""

    point: Tensor
    normal: Tensor
    direct: Tensor
    lit: Tensor
    """[V * H * W] whether the light reaches it at all."""


def cast_shadow(
    rig: LightRig, table: TriangleTable, receiver: Receiver, linear: Tensor, offset: Tensor, visibility: Visibility,
    options: RenderOptions, views: int,
) -> Shadow | None:  # fmt: skip
    """Returns the shadows of the body at K poses on the plates of V cameras, or None where there are none.

    ``linear`` [K, 3, 3] (R S) and ``offset`` [K, 3] take the table's own vertices to the world of the rig.
    """
    size = receiver.point.shape[1] // views
    low, high = table.vertices.amin(1), table.vertices.amax(1)
    centre_own, half = 0.5 * (low + high), 0.5 * (high - low)
    found, losses = [], []
    for k in range(len(linear)):
        scale = linear[k].norm(dim=0)
        centre = linear[k] @ centre_own + offset[k]
        radius = max(float((scale * half).norm()), 1e-9)
        view = light_view(rig, centre, radius, options.shadow_map)
        if view is None:
            continue
        local = view.rotation @ (receiver.point - view.centre[:, None])
        reach = local[2] * (0.5 * options.shadow_map / view.focal)
        inside = (local[0].abs() < reach) & (local[1].abs() < reach) & receiver.lit
        inside &= local[2] > (centre - view.centre) @ view.rotation[2] - radius
        at = inside.nonzero()[:, 0]
        if not len(at):
            continue
        # the map is drawn in the body's frame: only the camera moves, as everywhere else
        inverse = (linear[k] / (scale * scale)).t()
        own = (inverse @ view.rotation.t())[None]
        eye = (inverse @ (view.centre - offset[k]))[None]
        number = eye.new_tensor
        mid = 0.5 * options.shadow_map
        projected = project(table.vertices, own, eye, number([view.focal]), number([[mid, mid]]), number([view.near]))
        boxes = layout(eye.new_tensor([[0.0, 2 * mid, 0.0, 2 * mid]]), (options.shadow_map, options.shadow_map), 1)
        w = _depths(table, visibility(table, projected, boxes, options), boxes, projected, own, eye)
        share = DepthMap(view, w).shaded(receiver.point.index_select(1, at), receiver.normal.index_select(1, at))
        dark = (share > 0).nonzero()[:, 0]
        if not len(dark):
            continue
        at, share = at[dark], share[dark]
        losses.append(receiver.direct.index_select(1, at) * (share * options.shadow_strength))
        found.append(at + k * views * size)
    if not found:
        return None
    pixels = torch.cat(found)
    return Shadow(pixels, torch.cat(losses, 1), len(linear) * views * size)
