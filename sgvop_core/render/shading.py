"""Colours of hits, and the hand-written derivative of the colours to the twelve numbers of each picture.

The derivative moves a hit inside its triangle's plane. With ``q = do + depth * dM r`` (the ray's motion at a fixed
parameter) the parameter changes by ``d depth = -(n . q) / (n . M r)`` and the barycentrics by
``d b_i = g_i . q + (g_i . M r) d depth``; texture coordinates, corner normals and corner colours are linear in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .lights import LightRig
from .rays import Hits, per_image, per_image_sum, spread
from .rim import Drift
from .tables import TriangleTable
from .textures import lookup


@dataclass(eq=False)
class Shaded:
    """Colours [3, m] (linear, exposed) of hits and what the derivative needs; the rest is None without a gradient."""

    colour: Tensor
    slopes: Tensor | None = None
    """g_i . M r, [2, m]."""
    albedo: Tensor | None = None
    light: Tensor | None = None
    tint: Tensor | None = None
    """Albedo without the texture, [3, m] or [3, 1]."""
    texel: Tensor | None = None
    along_u: Tensor | None = None
    along_v: Tensor | None = None
    uvs: Tensor | None = None
    corner_colours: Tensor | None = None
    normals: Tensor | None = None
    object_normal: Tensor | None = None
    normal: Tensor | None = None
    signed_inverse: Tensor | None = None
    cosines: Tensor | None = None
    point: Tensor | None = None
    view: Tensor | None = None
    turn: Tensor | None = None
    lit: Tensor | None = None
    """[m], 0 where the material is unlit: its colour is the base colour whatever the light is."""


def shade(
    table: TriangleTable,
    rig: LightRig,
    hits: Hits,
    matrix: Tensor,
    cam_rotation: Tensor,
    cam_centre: Tensor,
    focal: Tensor,
    keep: bool,
) -> Shaded:
    """Returns the colours of the hits: ``albedo * light + emission``, two-sided, smooth normals, mip-mapped texture.

    matrix, cam_rotation [n, 3, 3], cam_centre [n, 3] (of the world that the lights are in), focal [n] in samples;
    ``keep`` asks for what ``shade_backward`` needs.
    """
    g, d, counts = hits.geometry, hits.object_ray, hits.counts
    slopes = (g[1:3] * d).sum(1)
    b = torch.addcmul(-(g[1:3] * hits.offset).sum(1), slopes, hits.depth)
    out = Shaded(colour=hits.depth)

    # normals go to the world with A = R S^-1 = (M C)^T; only their direction matters
    turn = (matrix @ cam_rotation).transpose(1, 2)
    if table.normals is None:
        object_normal, normals = g[0], None
    else:
        normals = table.normals.index_select(1, hits.triangle).view(3, 3, -1)
        object_normal = torch.addcmul(torch.addcmul(normals[0], normals[1], b[0]), normals[2], b[1])
    world = per_image(turn, object_normal, counts)
    inverse = (world * world).sum(0).clamp_min(1e-20).rsqrt()
    signed_inverse = torch.where(hits.along > 0, -inverse, inverse)
    normal = world * signed_inverse
    light, cosines = rig.irradiance(normal)
    view = point = None
    if len(rig.position):
        view = per_image(cam_rotation.transpose(1, 2), hits.ray, counts)
        point = torch.addcmul(spread(cam_centre.t(), hits.image, counts), view, hits.depth)
        light = light + rig.local(normal, point)
    lit = None
    if table.lit is not None:
        lit = table.lit.index_select(0, hits.triangle)
        light = torch.lerp(torch.ones_like(light), light, lit)

    tint = table.base if table.base.shape[1] == 1 else table.base.index_select(1, hits.triangle)
    corner_colours = None
    if table.colours is not None:
        corner_colours = table.colours.index_select(1, hits.triangle).view(3, 3, -1)
        blend = torch.addcmul(torch.addcmul(corner_colours[0], corner_colours[1], b[0]), corner_colours[2], b[1])
        constant = tint
        tint = constant * blend
        corner_colours = corner_colours[1:] * constant
    albedo, texel, along_u, along_v, uvs = tint, None, None, None, None
    if table.atlas is not None and table.uvs is not None and table.texture is not None and table.density is not None:
        uvs = table.uvs.index_select(1, hits.triangle).view(3, 2, -1)
        uv = torch.addcmul(torch.addcmul(uvs[0], uvs[1], b[0]), uvs[2], b[1])
        # a sample spans depth / f across the ray; on the surface that is stretched by 1 / cos along one direction:
        # the geometric mean of both sides is taken
        reach = (d * d).sum(0)
        cosine = hits.along.abs() * reach.rsqrt()
        inverse_focal = spread((1 / focal)[None], hits.image, counts)[0]
        footprint = table.density.index_select(0, hits.triangle) * hits.depth.abs() * inverse_focal
        footprint = footprint * (reach / cosine.clamp_min(0.05)).sqrt()
        texture = table.texture.index_select(0, hits.triangle)
        texel, along_u, along_v = lookup(table.atlas, texture, uv, footprint, keep)
        albedo = texel * tint
    colour = albedo * light
    if table.emissive is not None:
        colour = colour + table.emissive.index_select(1, hits.triangle)
    out.colour = colour
    if keep:
        out = Shaded(
            colour, slopes, albedo, light, tint, texel, along_u, along_v, uvs, corner_colours, normals, object_normal,
            normal, signed_inverse, cosines, point, view, turn, lit,
        )  # fmt: skip
    return out


def _local_gradient(rig: LightRig, normal: Tensor, point: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the derivatives [3, m] of ``sum(grad * local light)`` to normal and point."""
    with torch.enable_grad():
        normal, point = normal.detach().requires_grad_(), point.detach().requires_grad_()
        total = (rig.local(normal, point) * grad).sum()
        left, right = torch.autograd.grad(total, [normal, point])
    return left, right


def shade_backward(
    rig: LightRig, hits: Hits, shaded: Shaded, cam_rotation: Tensor, grad: Tensor, drift: Drift | None
) -> tuple[Tensor, Tensor]:
    """Returns the derivatives to matrix [n, 3, 3] and origin [n, 3], given those to the colours, ``grad`` [3, m].

    ``drift`` replaces the motion of hits near the rim (see ``rim``).
    """
    s, g, counts = shaded, hits.geometry, hits.counts
    assert s.slopes is not None and s.light is not None and s.albedo is not None and s.tint is not None
    assert s.normal is not None and s.signed_inverse is not None and s.cosines is not None and s.turn is not None
    assert s.object_normal is not None
    grad_albedo, grad_light = grad * s.light, grad * s.albedo
    if s.lit is not None:
        grad_light = grad_light * s.lit
    grad_b = torch.zeros_like(s.slopes)
    if s.texel is not None and s.along_u is not None and s.along_v is not None and s.uvs is not None:
        by_texel = grad_albedo * s.tint
        grad_uv = torch.stack([(by_texel * s.along_u).sum(0), (by_texel * s.along_v).sum(0)])
        grad_b = (s.uvs[1:] * grad_uv).sum(1)
        grad_albedo = grad_albedo * s.texel
    if s.corner_colours is not None:
        grad_b = grad_b + (s.corner_colours * grad_albedo).sum(1)

    # light: suns by hand, local lights through autograd of their formula
    by_sun = (rig.sun_colour @ grad_light) * (s.cosines > 0)
    grad_normal = rig.sun_direction.t() @ by_sun
    grad_normal[2] += rig.tilt @ grad_light
    grad_depth = by_point = None
    if s.point is not None and s.view is not None:
        by_normal, by_point = _local_gradient(rig, s.normal, s.point, grad_light)
        grad_normal = grad_normal + by_normal
        grad_depth = (by_point * s.view).sum(0)
    radial = (grad_normal * s.normal).sum(0)
    grad_world = torch.addcmul(grad_normal, s.normal, radial, value=-1) * s.signed_inverse
    grad_turn = per_image_sum(grad_world, s.object_normal, counts)
    grad_matrix = (cam_rotation @ grad_turn).transpose(1, 2)
    if s.normals is not None:
        grad_object = per_image(s.turn.transpose(1, 2), grad_world, counts)
        grad_b = grad_b + (s.normals[1:] * grad_object).sum(1)

    total = (grad_b * s.slopes).sum(0)
    if grad_depth is not None:
        total = total + grad_depth
    pull = torch.addcmul(g[1] * grad_b[0], g[2], grad_b[1])
    pull = torch.addcmul(pull, g[0], total / hits.along, value=-1)
    if drift is not None:
        pull = torch.addcmul(drift.pull, pull, drift.share)
        if by_point is not None:  # a colour that is carried along changes with its surface point's way to the lamps
            back = -drift.inverse.transpose(1, 2) @ cam_rotation
            pull += per_image(back, by_point * (1 - drift.share), counts)
    return _gather_motion(hits, pull, counts, grad_matrix)


def _gather_motion(hits: Hits, pull: Tensor, counts: list[int], grad_matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Adds up ``pull . q`` with q = do + depth dM r: returns the derivatives to matrix and origin."""
    lever = torch.cat([hits.ray * hits.depth, torch.ones_like(hits.depth)[None]])
    moved = per_image_sum(pull, lever, counts)
    return grad_matrix + moved[:, :, :3], moved[:, :, 3]


def depth_backward(hits: Hits, index: Tensor, grad_w: Tensor, images: int) -> tuple[Tensor, Tensor]:
    """Returns the derivatives to matrix [n, 3, 3] and origin [n, 3] through 1 / depth of hits ``index`` [k].

    ``grad_w`` [k]; ``d w = w^2 (n . q) / (n . M r)``.
    """
    depth, along = hits.depth[index], hits.along[index]
    pull = hits.geometry[0][:, index] * (grad_w / (depth * depth * along))
    lever = torch.cat([hits.ray[:, index] * depth, torch.ones_like(depth)[None]])
    products = (pull[:, None] * lever[None]).reshape(12, -1)
    total = products.new_zeros(12, images).index_add_(1, hits.image[index], products).t().reshape(-1, 3, 4)
    return total[:, :, :3], total[:, :, 3]
