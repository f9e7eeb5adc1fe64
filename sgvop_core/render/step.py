"""One step: the pictures of a batch of poses over their plates, as one differentiable function of twelve numbers each.

Only the boxes that the body covers are touched. The forward pass rasterises, shades, antialiases and adds the change of
each touched pixel to the plate's; the backward pass is written by hand, so that a step is a few hundred tensor
operations on the samples that the body covers and no graph is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .antialias import Blend, find_blend
from .boxes import Boxes, layout
from .lights import LightRig
from .options import RenderOptions
from .penetration import Cuts, find_cuts
from .plates import Plates, pooled
from .rays import Hits, find_hits
from .rim import Rim, find_rim, rim_motion
from .shading import Shaded, depth_backward, shade, shade_backward
from .shadows import Shadow, cast_shadow
from .silhouette import Crossings, Sheet, crossing_backward, find_crossings
from .tables import TriangleTable
from .textures import srgb_from_linear, srgb_slope
from .visibility import Visibility, project


@dataclass(frozen=True, eq=False)
class Job:
    """What a step needs besides the poses: K * V pictures of ``size`` pixels, candidate by candidate, over ``plates``."""

    table: TriangleTable
    plates: Plates
    size: tuple[int, int]
    rig: LightRig
    options: RenderOptions
    visibility: Visibility
    silhouettes: bool
    placed: tuple[Tensor, Tensor] | None
    """R S [K, 3, 3] and offset [K, 3] of the poses in the world, where the body casts a shadow; no gradient."""


@dataclass(eq=False)
class Step:
    """What the backward pass of a step takes from its forward pass."""

    boxes: Boxes
    hits: Hits
    shown: Hits
    shaded: Shaded
    crossings: Crossings | None
    cuts: Cuts | None
    blend: Blend | None
    rim: Rim | None
    cells: Tensor
    """Touched pixels [q] of the sheet of pixels."""
    pixels: Tensor
    """The same [q] as picture * H * W + pixel."""
    linear: Tensor
    """Their linear colours [3, q]."""
    matrix: Tensor
    origin: Tensor
    rotation: Tensor
    focal: Tensor


@dataclass(eq=False)
class _Cameras:
    """The cameras of the n = K * V pictures, each repeated for every candidate."""

    rotation: Tensor
    centre: Tensor
    focal: Tensor
    principal: Tensor
    near: Tensor


def _cameras(plates: Plates, candidates: int) -> _Cameras:
    def repeat(t: Tensor) -> Tensor:
        return t.repeat(candidates, *([1] * (t.dim() - 1)))

    p = plates
    return _Cameras(repeat(p.rotation), repeat(p.centre), repeat(p.focal), repeat(p.principal), repeat(p.near))


def _flat_plates(plates: Plates, candidates: int, size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    """Returns copies of the plates for every picture: srgb [n, 3, H * W], alpha (zero) and depth [n, H * W]."""
    views, pixels = plates.srgb.shape[0], size[0] * size[1]
    rgb = plates.srgb[None].expand(candidates, views, 3, pixels).reshape(-1, 3, pixels).clone()
    depth = plates.depth[None].expand(candidates, views, pixels).reshape(-1, pixels).clone()
    return rgb, torch.zeros_like(depth), depth


def _sheet(boxes: Boxes, hits: Hits, plates: Plates, views: int, size: tuple[int, int]) -> Sheet:
    """Returns what each sample of the sheet holds."""
    high, wide = size
    slot = torch.full((boxes.rows * boxes.width,), -1, dtype=torch.int64, device=hits.sample.device)
    slot[hits.sample] = torch.arange(len(hits), device=slot.device)
    first = (boxes.row_image % views) * (high * wide) + boxes.row_y * wide + boxes.left[boxes.row_image]
    plate = first[:, None] + torch.arange(boxes.width, device=slot.device)
    plate = plate.clamp_max(len(plates.w) - 1).view(-1)
    shown = hits.w > plates.w.index_select(0, plate.index_select(0, hits.sample))
    return Sheet(slot, shown, plate, plates.w, plates.edges, wide)


def _forward(job: Job, matrix: Tensor, origin: Tensor, keep: bool) -> tuple[Tensor, Tensor, Tensor, Step | None]:
    """Returns srgb [n, 3, H * W], alpha and depth [n, H * W], and what the backward pass needs when ``keep``."""
    plates, s, table = job.plates, job.options.samples, job.table
    views = plates.srgb.shape[0]
    n = matrix.shape[0]
    size = (job.size[0] * s, job.size[1] * s)
    rgb, alpha, depth = _flat_plates(plates, n // views, job.size)
    c = _cameras(plates, n // views)
    projected = project(table.vertices, matrix, origin, c.focal, c.principal, c.near)
    boxes = layout(projected.limits(), size, s)
    shadow = None
    if job.placed is not None and plates.receiver is not None:
        shadow = cast_shadow(job.rig, table, plates.receiver, *job.placed, job.visibility, job.options, views)
    if shadow is not None:
        _darken(rgb, shadow, plates, views)
    if not boxes.rows:
        return rgb, alpha, depth, None
    ids = job.visibility(table, projected, boxes, job.options)
    hits = find_hits(table, ids, boxes, matrix, origin, c.focal, c.principal)
    if not len(hits):
        return rgb, alpha, depth, None
    sheet = _sheet(boxes, hits, plates, views, size)
    shown_at = sheet.shown.nonzero()[:, 0]
    everything = len(shown_at) == len(hits)
    shown = hits if everything else hits.chosen(shown_at, n)
    shaded = shade(table, job.rig, shown, matrix, c.rotation, c.centre, c.focal, keep)

    crossings = cuts = None
    if job.silhouettes:
        crossings = find_crossings(table, projected, boxes, hits, sheet, matrix, origin, job.options.gap)
        cuts = find_cuts(boxes, hits, sheet, matrix, c.focal, job.options.gap)

    # pixels of the sheet, and the plate's colours under the body's shadow
    low_rows, low_width = boxes.rows // s, boxes.width // s
    row_image = boxes.row_image[::s]
    first = torch.div(boxes.row_y[::s], s, rounding_mode="floor") * job.size[1]
    first = first + torch.div(boxes.left[row_image], s, rounding_mode="floor")
    pixel = (first[:, None] + torch.arange(low_width, device=first.device)).clamp_max(job.size[0] * job.size[1] - 1)
    flat = (row_image[:, None] * (job.size[0] * job.size[1]) + pixel).view(-1)
    shade_low = None if shadow is None else shadow.over(flat)

    def plate_colour(sample: Tensor) -> Tensor:
        value = plates.colour.index_select(1, sheet.plate.index_select(0, sample))
        if shade_low is not None:
            value = value - shade_low.index_select(1, _cell(boxes, sample, s))
        return value

    change = rgb.new_zeros(4, boxes.rows * boxes.width)
    at = shown.sample.expand(4, -1)
    under = plate_colour(shown.sample)
    change.scatter_(1, at, torch.cat([shaded.colour - under, torch.ones_like(under[:1])]))
    rank = shown_at.new_full((len(hits),), -1)
    rank[shown_at] = torch.arange(len(shown_at), device=rank.device)
    blend = None
    if job.silhouettes:
        blend = find_blend(boxes, sheet, plates, crossings, cuts, rank, shaded.colour, plate_colour)
    if blend is not None:
        change.scatter_add_(1, blend.target.expand(4, -1), blend.beta * blend.difference)
    low = pooled(change.view(4, boxes.rows, boxes.width), s).reshape(4, low_rows * low_width)
    touched = torch.zeros(low_rows * low_width, dtype=torch.bool, device=rgb.device)
    touched[_cell(boxes, shown.sample, s)] = True
    if blend is not None:
        touched[_cell(boxes, blend.target, s)] = True
    cells = touched.nonzero()[:, 0]
    pixels = flat.index_select(0, cells)
    picture = torch.div(pixels, job.size[0] * job.size[1], rounding_mode="floor")
    inner = pixels - picture * (job.size[0] * job.size[1])
    linear = plates.low.index_select(1, (picture % views) * (job.size[0] * job.size[1]) + inner)
    if shade_low is not None:
        linear = linear - shade_low.index_select(1, cells)
    linear = linear + low[:3].index_select(1, cells)
    _put(rgb, picture, inner, srgb_from_linear(linear))
    alpha.view(-1).index_copy_(0, pixels, low[3].index_select(0, cells).clamp(0, 1))
    nearest = change.new_zeros(boxes.rows * boxes.width)
    nearest[shown.sample] = shown.w
    nearest = nearest.view(low_rows, s, low_width, s).amax((1, 3)).view(-1).index_select(0, cells)
    body_depth = 1 / nearest.clamp_min(1e-30) - plates.setback[picture % views]
    depth.view(-1).index_copy_(0, pixels, torch.minimum(depth.view(-1).index_select(0, pixels), body_depth))
    step = None
    if keep:
        rim = find_rim(boxes, shown, matrix, c.focal, job.options) if job.options.graze > 0 else None
        step = Step(
            boxes, hits, shown, shaded, crossings, cuts, blend, rim, cells, pixels, linear, matrix, origin, c.rotation,
            c.focal,
        )  # fmt: skip
    return rgb, alpha, depth, step


def _cell(boxes: Boxes, sample: Tensor, samples: int) -> Tensor:
    """Returns the pixel [k] of the sheet of pixels that a sample [k] of the sheet belongs to."""
    row = torch.div(sample, boxes.width, rounding_mode="floor")
    column = sample - row * boxes.width
    row = torch.div(row, samples, rounding_mode="floor")
    return row * (boxes.width // samples) + torch.div(column, samples, rounding_mode="floor")


def _put(rgb: Tensor, picture: Tensor, inner: Tensor, values: Tensor) -> None:
    """Writes values [3, q] into rgb [n, 3, H * W] at pixels ``inner`` [q] of pictures [q]."""
    size = rgb.shape[2]
    at = picture * (3 * size) + inner
    offsets = torch.arange(3, device=at.device)[:, None] * size
    rgb.view(-1).index_copy_(0, (at + offsets).view(-1), values.reshape(-1))


def _darken(rgb: Tensor, shadow: Shadow, plates: Plates, views: int) -> None:
    """Writes the plate's pixels under the body's shadow into rgb [n, 3, H * W]."""
    size = rgb.shape[2]
    picture = torch.div(shadow.pixels, size, rounding_mode="floor")
    inner = shadow.pixels - picture * size
    linear = plates.low.index_select(1, (picture % views) * size + inner) - shadow.loss
    _put(rgb, picture, inner, srgb_from_linear(linear))


def _backward(job: Job, step: Step, grad_rgb: Tensor | None, grad_alpha: Tensor | None) -> tuple[Tensor, Tensor]:
    """Returns the derivatives to matrix [n, 3, 3] and origin [n, 3], given those to rgb [n, 3, H * W] and alpha."""
    s, boxes, hits, shown = job.options.samples, step.boxes, step.hits, step.shown
    n, size = step.matrix.shape[0], job.size[0] * job.size[1]
    like = step.linear
    grad_cells = like.new_zeros(4, (boxes.rows // s) * (boxes.width // s))
    if grad_rgb is not None:
        picture = torch.div(step.pixels, size, rounding_mode="floor")
        at = step.pixels + picture * (2 * size)
        offsets = torch.arange(3, device=at.device)[:, None] * size
        grad = grad_rgb.reshape(-1).index_select(0, (at + offsets).view(-1)).view(3, -1)
        grad_cells[:3].scatter_(1, step.cells.expand(3, -1), grad * srgb_slope(step.linear))
    if grad_alpha is not None:
        grad_cells[3].scatter_(0, step.cells, grad_alpha.reshape(-1).index_select(0, step.pixels))
    grad_cells *= 1.0 / s**2
    grad_colour = grad_cells[:3].index_select(1, _cell(boxes, shown.sample, s))
    drift = None
    if step.rim is not None:
        drift = rim_motion(step.rim, shown, step.shaded.colour, grad_colour)
    grad_matrix = torch.zeros_like(step.matrix)
    grad_origin = torch.zeros_like(step.origin)
    blend = step.blend
    if blend is not None:
        grad_target = grad_cells.index_select(1, _cell(boxes, blend.target, s))
        grad_alpha_share = (grad_target * blend.difference).sum(0)
        moved = blend.beta * grad_target[:3]
        for index, sign in ((blend.shown_a, 1.0), (blend.shown_b, -1.0)):
            own = (index >= 0).nonzero()[:, 0]
            grad_colour.index_add_(1, index[own], moved.index_select(1, own), alpha=sign)
        count = 0 if step.crossings is None else len(step.crossings.a)
        if step.crossings is not None:
            by_matrix, by_origin = crossing_backward(
                step.crossings, job.table, step.matrix, step.origin, step.focal, grad_alpha_share[:count]
            )
            grad_matrix, grad_origin = grad_matrix + by_matrix, grad_origin + by_origin
        if step.cuts is not None:
            share = grad_alpha_share[count : count + len(step.cuts.a)]
            index = torch.cat([step.cuts.slot_a, step.cuts.slot_b])
            by_w = torch.cat([share * step.cuts.by_a, share * step.cuts.by_b])
            by_matrix, by_origin = depth_backward(hits, index, by_w, n)
            grad_matrix, grad_origin = grad_matrix + by_matrix, grad_origin + by_origin
    by_matrix, by_origin = shade_backward(job.rig, shown, step.shaded, step.rotation, grad_colour, drift)
    return grad_matrix + by_matrix, grad_origin + by_origin


class RenderStep(torch.autograd.Function):
    """``apply(matrix, origin, job)`` returns srgb [n, 3, H * W], alpha and depth [n, H * W] of n pictures."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor, origin: Tensor, job: Job) -> tuple[Tensor, Tensor, Tensor]:
        keep = bool(ctx.needs_input_grad[0] or ctx.needs_input_grad[1])
        rgb, alpha, depth, step = _forward(job, matrix.contiguous(), origin.contiguous(), keep)
        ctx.job, ctx.step, ctx.like = job, step, (matrix, origin)
        ctx.mark_non_differentiable(depth)
        ctx.set_materialize_grads(False)
        return rgb, alpha, depth

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_rgb: Tensor | None, grad_alpha: Tensor | None, grad_depth: Tensor | None) -> Any:
        matrix, origin = ctx.like
        if ctx.step is None or (grad_rgb is None and grad_alpha is None):
            return torch.zeros_like(matrix), torch.zeros_like(origin), None
        by_matrix, by_origin = _backward(ctx.job, ctx.step, grad_rgb, grad_alpha)
        return by_matrix, by_origin, None
