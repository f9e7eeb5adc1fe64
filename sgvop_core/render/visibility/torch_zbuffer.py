"""A z-buffer of plain tensor operations: works on every device that torch knows, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..boxes import Boxes
from ..options import RenderOptions
from ..tables import Cutouts, TriangleTable
from .projection import Projected

PAIRS = 1_000_000
"""Triangles times pictures that are set up at once (about 200 bytes each)."""


@dataclass(eq=False)
class _Corners:
    """Corners of triangles that are wholly in front: x, y, w [m, 3], their ``image`` and ``triangle`` [m]; ``weights``
    [m, 3, 3] the barycentrics of the corners in the whole triangle, None when nothing was cut."""

    x: Tensor
    y: Tensor
    w: Tensor
    image: Tensor
    triangle: Tensor
    weights: Tensor | None = None


def rasterise(table: TriangleTable, projected: Projected, boxes: Boxes, options: RenderOptions) -> Tensor:
    """Returns the nearest triangle of every sample of the sheet, [rows * width] int64, -1 where there is none."""
    n, device = projected.x.shape[0], projected.x.device
    depth = torch.zeros(boxes.rows * boxes.width, dtype=projected.x.dtype, device=device)
    ids = torch.full((boxes.rows * boxes.width,), -1, dtype=torch.int64, device=device)
    if not boxes.rows:
        return ids
    step = max(1, PAIRS // n)
    for first in range(0, table.count, step):
        faces = table.faces[first : first + step]
        w = projected.w[:, faces]
        ahead = (w > 0).sum(2)
        pieces = [_whole(projected, faces, w, ahead == 3, first)]
        crossing = (ahead > 0) & (ahead < 3)
        if bool(crossing.any()):
            pieces.append(_clipped(projected, faces, crossing, first))
        for piece in pieces:
            _fill(table.cutouts, piece, boxes, options.fragments, depth, ids)
    return ids


def _whole(projected: Projected, faces: Tensor, w: Tensor, ahead: Tensor, first: int) -> _Corners:
    image, local = ahead.nonzero(as_tuple=True)
    corner = faces[local]
    at = (image[:, None] * projected.x.shape[1] + corner).reshape(-1)
    x, y = (a.reshape(-1).index_select(0, at).reshape(-1, 3) for a in (projected.x, projected.y))
    return _Corners(x, y, w[image, local], image, local + first)


def _clipped(projected: Projected, faces: Tensor, crossing: Tensor, first: int) -> _Corners:
    """Returns the one or two triangles that the near plane leaves of each triangle that crosses it."""
    image, local = crossing.nonzero(as_tuple=True)
    points = projected.camera[image[:, None], :, faces[local]]  # [m, 3 corners, 3 axes]
    z = points[:, :, 2] - projected.near[image, None]
    front = z > 0
    single = front.sum(1) == 1
    # turn the corners so that the odd one out (the only one in front, or the only one behind) comes first
    odd = torch.where(single[:, None], front, ~front).to(torch.int64).argmax(1)
    turn = (odd[:, None] + torch.arange(3, device=odd.device)) % 3
    z = z.gather(1, turn)
    points = points.gather(1, turn[:, :, None].expand(-1, -1, 3))
    unit = torch.eye(3, dtype=points.dtype, device=points.device)[turn]
    share = z[:, :1] / (z[:, :1] - z[:, 1:])  # where the two sides from the odd corner cross the plane
    cut = points[:, :1] + share[:, :, None] * (points[:, 1:] - points[:, :1])
    cut_unit = unit[:, :1] + share[:, :, None] * (unit[:, 1:] - unit[:, :1])
    one = torch.cat([points[:, :1], cut], 1), torch.cat([unit[:, :1], cut_unit], 1)
    two = torch.cat([cut, points[:, 2:]], 1), torch.cat([cut_unit, unit[:, 2:]], 1)
    three = torch.cat([cut[:, :1], points[:, 1:]], 1), torch.cat([cut_unit[:, :1], unit[:, 1:]], 1)
    many = ~single
    kept = torch.cat([one[0][single], two[0][many], three[0][many]])
    weights = torch.cat([one[1][single], two[1][many], three[1][many]])
    order = torch.cat([single.nonzero()[:, 0], many.nonzero()[:, 0], many.nonzero()[:, 0]])
    image, local = image[order], local[order]
    w = 1 / kept[:, :, 2]
    scale = w * projected.focal[image, None]
    x = kept[:, :, 0] * scale + projected.principal[image, 0:1]
    y = kept[:, :, 1] * scale + projected.principal[image, 1:2]
    return _Corners(x, y, w, image, local + first, weights)


def _fill(cutouts: Cutouts | None, piece: _Corners, boxes: Boxes, budget: int, depth: Tensor, ids: Tensor) -> None:
    """Draws the triangles into depth and ids, both [rows * width], a bounded number of fragments at a time."""
    left, top = boxes.left[piece.image], boxes.top[piece.image]
    x, y = piece.x - left[:, None], piece.y - top[:, None]
    x0, y0 = (a.amin(1).sub(0.5).ceil().clamp_min(0) for a in (x, y))
    x1 = torch.minimum(x.amax(1).sub(0.5).floor(), boxes.box_width[piece.image] - 1.0)
    y1 = torch.minimum(y.amax(1).sub(0.5).floor(), boxes.height[piece.image] - 1.0)
    columns, rows = (x1 - x0 + 1).clamp_min(0).long(), (y1 - y0 + 1).clamp_min(0).long()
    e1x, e1y, e2x, e2y = x[:, 1] - x[:, 0], y[:, 1] - y[:, 0], x[:, 2] - x[:, 0], y[:, 2] - y[:, 0]
    area = e1x * e2y - e2x * e1y
    count = columns * rows * (area != 0)
    keep = count.nonzero()[:, 0]
    if not len(keep):
        return
    inverse = 1 / area[keep]
    b1x, b1y, b2x, b2y = e2y[keep] * inverse, -e2x[keep] * inverse, -e1y[keep] * inverse, e1x[keep] * inverse
    ox, oy = x0[keep] + 0.5 - x[keep, 0], y0[keep] + 0.5 - y[keep, 0]
    w = piece.w[keep]
    w1, w2 = w[:, 1] - w[:, 0], w[:, 2] - w[:, 0]
    s0, r0 = ox * b1x + oy * b1y, ox * b2x + oy * b2y
    planes = torch.stack(
        [s0, b1x, b1y, r0, b2x, b2y, w[:, 0] + s0 * w1 + r0 * w2, b1x * w1 + b2x * w2, b1y * w1 + b2y * w2]
    )
    count, columns = count[keep], columns[keep]
    base = (boxes.start[piece.image[keep]] + y0[keep].long()) * boxes.width + x0[keep].long()
    triangle = piece.triangle[keep]
    ends = count.cumsum(0)
    total, begin, done = int(ends[-1]), 0, 0
    while begin < len(keep):
        if total - done <= budget:
            end, stop = len(keep), total
        else:
            end = max(begin + 1, int(torch.searchsorted(ends, done + budget, right=True)))
            stop = int(ends[end - 1])
        part = slice(begin, end)
        t = torch.repeat_interleave(torch.arange(begin, end, device=ids.device), count[part], output_size=stop - done)
        local = torch.arange(done, stop, device=ids.device) - (ends - count).index_select(0, t)
        row = torch.div(local, columns.index_select(0, t), rounding_mode="floor")
        column = local - row * columns.index_select(0, t)
        fx, fy = column.to(w.dtype), row.to(w.dtype)
        p = planes.index_select(1, t)
        s, r = p[0] + p[1] * fx + p[2] * fy, p[3] + p[4] * fx + p[5] * fy
        inside = ((s >= 0) & (r >= 0) & (s + r <= 1)).nonzero()[:, 0]
        t, sample = t[inside], (base[t] + row * boxes.width + column)[inside]
        value = (p[6] + p[7] * fx + p[8] * fy)[inside]
        if cutouts is not None:
            solid = _solid(cutouts, piece, keep[t], triangle[t], s[inside], r[inside], value)
            t, sample, value = t[solid], sample[solid], value[solid]
        before = depth[sample]
        depth.scatter_reduce_(0, sample, value, "amax")
        won = ((value == depth[sample]) & (value > before)).nonzero()[:, 0]
        ids[sample[won]] = -1
        ids.scatter_reduce_(0, sample[won], triangle[t[won]], "amax")
        begin, done = end, stop


def _solid(
    cutouts: Cutouts, piece: _Corners, corner: Tensor, triangle: Tensor, s: Tensor, r: Tensor, w: Tensor
) -> Tensor:
    """Returns the fragments [k] (indices) whose material is there."""
    device = w.device
    material = torch.from_numpy(cutouts.material).to(device)[triangle].long()
    b = torch.stack([1 - s - r, s, r], 1) * piece.w[corner] / w[:, None]
    if piece.weights is not None:
        b = (b[:, :, None] * piece.weights[corner]).sum(1)
    uvs = torch.from_numpy(cutouts.uvs).to(device, w.dtype)[triangle].reshape(-1, 3, 2)
    uv = (b[:, :, None] * uvs).sum(1)
    m = material.clamp_min(0)
    size = torch.stack([torch.from_numpy(a).to(device)[m] for a in (cutouts.width, cutouts.height)], 1)
    mode = torch.from_numpy(cutouts.wrap).to(device)[m]
    half = uv * 0.5
    mirrored = 1 - ((half - half.floor()) * 2 - 1).abs()
    share = torch.where(mode == 0, uv - uv.floor(), torch.where(mode == 1, uv.clamp(0, 1), mirrored))
    texel = torch.minimum((share * size).long(), size - 1).clamp_min(0)
    at = torch.from_numpy(cutouts.start).to(device)[m] + (size[:, 1] - 1 - texel[:, 1]) * size[:, 0] + texel[:, 0]
    alpha = torch.from_numpy(cutouts.alpha).to(device)[at].to(w.dtype)
    keep = (material < 0) | (alpha >= torch.from_numpy(cutouts.cutoff).to(device)[m])
    return keep.nonzero()[:, 0]
