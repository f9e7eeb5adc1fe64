"""A z-buffer compiled by numba: the fastest visibility on a CPU. It releases the GIL, one picture per thread."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..boxes import Boxes
from ..options import RenderOptions
from ..tables import Cutouts, TriangleTable
from .compiled import compiled
from .projection import Projected

_NO_CUTS = (
    np.zeros(0, np.int32), np.zeros((0, 6), np.float32), np.zeros(0, np.uint8), np.zeros(0, np.int64),
    np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros((0, 2), np.int64),
)  # fmt: skip


@compiled(inline="always")
def _fold(share: float, mode: int, count: int) -> int:
    """Returns the texel of a coordinate under a wrap mode."""
    if mode == 0:
        share = share - math.floor(share)
    elif mode == 1:
        share = min(max(share, 0.0), 1.0)
    else:
        half = share * 0.5
        share = 1.0 - abs((half - math.floor(half)) * 2.0 - 1.0)
    return min(int(share * count), count - 1)


@compiled()
def _solid(t: int, b1: float, b2: float, cuts: Any) -> bool:
    """Says whether the material of triangle t is there at barycentrics b1, b2."""
    material, uvs, alpha, start, width, height, cutoff, wrap = cuts
    m = material[t]
    if m < 0:
        return True
    b0 = 1.0 - b1 - b2
    u = b0 * uvs[t, 0] + b1 * uvs[t, 2] + b2 * uvs[t, 4]
    v = b0 * uvs[t, 1] + b1 * uvs[t, 3] + b2 * uvs[t, 5]
    column = _fold(u, wrap[m, 0], width[m])
    row = height[m] - 1 - _fold(v, wrap[m, 1], height[m])
    return alpha[start[m] + row * width[m] + column] >= cutoff[m]


@compiled()
def _fill(
    t: int, ax: float, ay: float, aw: float, bx: float, by: float, bw: float, cx: float, cy: float, cw: float,
    low_x: int, low_y: int, high_x: int, high_y: int, ids: Any, depth: Any, cuts: Any, corner: Any,
) -> None:  # fmt: skip
    """Draws one triangle whose corners are all in front; ``corner`` [3, 3]: barycentrics of its corners in triangle t."""
    y0 = max(int(math.ceil(min(ay, by, cy) - 0.5)), low_y)
    y1 = min(int(math.floor(max(ay, by, cy) - 0.5)), high_y)
    x0 = max(int(math.ceil(min(ax, bx, cx) - 0.5)), low_x)
    x1 = min(int(math.floor(max(ax, bx, cx) - 0.5)), high_x)
    if y1 < y0 or x1 < x0:
        return
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    if area == 0.0:
        return
    inverse = 1.0 / area
    b1x, b1y = (cy - ay) * inverse, (ax - cx) * inverse
    b2x, b2y = (ay - by) * inverse, (bx - ax) * inverse
    wx, wy = b1x * (bw - aw) + b2x * (cw - aw), b1y * (bw - aw) + b2y * (cw - aw)
    cut = len(cuts[0]) > 0 and cuts[0][t] >= 0
    for y in range(y0, y1 + 1):
        dy = y + 0.5 - ay
        row = y - low_y
        for x in range(x0, x1 + 1):
            dx = x + 0.5 - ax
            s = dx * b1x + dy * b1y
            r = dx * b2x + dy * b2y
            if s < 0.0 or r < 0.0 or s + r > 1.0:
                continue
            w = aw + dx * wx + dy * wy
            if w <= depth[row, x - low_x]:
                continue
            if cut:
                p0, p1, p2 = (1.0 - s - r) * aw / w, s * bw / w, r * cw / w
                b1 = p0 * corner[0, 1] + p1 * corner[1, 1] + p2 * corner[2, 1]
                b2 = p0 * corner[0, 2] + p1 * corner[1, 2] + p2 * corner[2, 2]
                if not _solid(t, b1, b2, cuts):
                    continue
            depth[row, x - low_x] = w
            ids[row, x - low_x] = t


@compiled()
def _clipped(
    t: int, faces: Any, camera: Any, focal: float, cx: float, cy: float, near: float,
    low_x: int, low_y: int, high_x: int, high_y: int, ids: Any, depth: Any, cuts: Any,
) -> None:  # fmt: skip
    """Cuts a triangle at the near plane and draws what is left."""
    points, weights = np.zeros((4, 3)), np.zeros((4, 3))
    count = 0
    for k in range(3):
        i, j = faces[t, k], faces[t, (k + 1) % 3]
        zi, zj = camera[2, i] - near, camera[2, j] - near
        if zi > 0:
            for c in range(3):
                points[count, c] = camera[c, i]
            weights[count, k] = 1.0
            count += 1
        if (zi > 0) != (zj > 0):
            share = zi / (zi - zj)
            for c in range(3):
                points[count, c] = camera[c, i] + share * (camera[c, j] - camera[c, i])
            weights[count, k] = 1.0 - share
            weights[count, (k + 1) % 3] = share
            count += 1
    corner = np.zeros((3, 3))
    for k in range(1, count - 1):
        order = (0, k, k + 1)
        xs, ys, ws = np.zeros(3), np.zeros(3), np.zeros(3)
        for c in range(3):
            q = order[c]
            ws[c] = 1.0 / points[q, 2]
            xs[c] = points[q, 0] * ws[c] * focal + cx
            ys[c] = points[q, 1] * ws[c] * focal + cy
            corner[c] = weights[q]
        _fill(t, xs[0], ys[0], ws[0], xs[1], ys[1], ws[1], xs[2], ys[2], ws[2],
              low_x, low_y, high_x, high_y, ids, depth, cuts, corner)  # fmt: skip


@compiled()
def _draw(
    px: Any, py: Any, pw: Any, camera: Any, faces: Any, focal: float, cx: float, cy: float, near: float,
    left: int, top: int, ids: Any, depth: Any, cuts: Any,
) -> None:  # fmt: skip
    """Draws all triangles of one picture into its box."""
    high_x, high_y = left + ids.shape[1] - 1, top + ids.shape[0] - 1
    corner = np.eye(3)
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        wa, wb, wc = pw[a], pw[b], pw[c]
        if wa > 0 and wb > 0 and wc > 0:
            _fill(t, px[a], py[a], wa, px[b], py[b], wb, px[c], py[c], wc,
                  left, top, high_x, high_y, ids, depth, cuts, corner)  # fmt: skip
        elif wa > 0 or wb > 0 or wc > 0:
            _clipped(t, faces, camera, focal, cx, cy, near, left, top, high_x, high_y, ids, depth, cuts)


def draw_triangles(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, camera: np.ndarray, faces: np.ndarray, focal: float,
    middle: tuple[float, float], near: float, ids: np.ndarray, depth: np.ndarray,
) -> None:  # fmt: skip
    """Draws solid triangles ``faces`` [F, 3] int32 of one picture into ``ids`` and ``depth`` (1 / depth) [height, width].

    x, y, w [N] and ``camera`` [3, N] as in Projected, float32; what is there already stays where it is nearer.
    """
    _draw(x, y, w, camera, faces, focal, *middle, near, 0, 0, ids, depth, _NO_CUTS)


def _cut_arrays(cutouts: Cutouts | None) -> tuple[np.ndarray, ...]:
    if cutouts is None:
        return _NO_CUTS
    c = cutouts
    return (c.material, c.uvs, c.alpha, c.start, c.width, c.height, c.cutoff, c.wrap)


def rasterise(table: TriangleTable, projected: Projected, boxes: Boxes, options: RenderOptions) -> Tensor:
    """Returns the nearest triangle of every sample of the sheet, [rows * width] int64, -1 where there is none."""
    ids = np.full((boxes.rows, boxes.width), -1, np.int64)
    depth = np.zeros((boxes.rows, boxes.width), np.float64 if projected.x.dtype == torch.float64 else np.float32)
    cuts = _cut_arrays(table.cutouts)
    x, y, w, camera = (a.numpy() for a in (projected.x, projected.y, projected.w, projected.camera))
    focal, principal, near = projected.focal.tolist(), projected.principal.tolist(), projected.near.tolist()

    def one(i: int) -> None:
        left, top, width, height, start = boxes.spans[i]
        if height:
            rows = slice(start, start + height)
            _draw(x[i], y[i], w[i], camera[i], table.faces32, focal[i], *principal[i], near[i], left, top,
                  ids[rows, :width], depth[rows, :width], cuts)  # fmt: skip

    threads = min(torch.get_num_threads(), len(boxes.spans))
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(len(boxes.spans))))
    else:
        for i in range(len(boxes.spans)):
            one(i)
    return torch.from_numpy(ids.reshape(-1))
