"""Where silhouette edges cross the lines between neighbouring samples, and how those crossings move.

Two neighbouring samples that see different surfaces have a silhouette edge between them. All projected silhouette
edges are crossed with the rows and columns through sample centres; of the crossings inside one pair the outermost
counts (the one farthest from the sample on the near surface). A crossing at share ``alpha`` of the way from A to B
blends ``weight (alpha - 0.5) (I_A - I_B)`` into the sample that it lies in, so the picture is continuous in the pose
and its derivative is that of the covered area. The weight is the squared part of the edge's unit normal along the axis:
rows and columns add up to one, and each curve is measured by both, which halves the noise of choosing one of them.

With camera centre o (object frame) and edge (u, v) the plane ``m = (u - o) x (v - o)`` meets the screen in the line
``l . r = 0`` with ``l = M^T m``; from it ``d alpha = -f (do . (M r x (v - u)) + m . dM r) / l_axis``, and with
``weight = l_axis^2 / (l_x^2 + l_y^2)`` and ``y . dl = do . (M y x (v - u)) + m . dM y`` the weight's derivative.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .boxes import Boxes
from .rays import Hits
from .tables import TriangleTable
from .visibility import Projected


@dataclass(eq=False)
class Sheet:
    """What the samples of the sheet hold: ``slot`` [S] index into the hits or -1, ``shown`` [hits] whether the hit is in
    front of the plate, ``plate`` [S] index of the plate's sample; plate_w and plate_edges (0: with the right
    neighbour, 1: with the one below) by plate sample."""

    slot: Tensor
    shown: Tensor
    plate: Tensor
    plate_w: Tensor
    plate_edges: tuple[Tensor, Tensor]
    plate_width: int


@dataclass(eq=False)
class Crossings:
    """k moving boundaries between neighbours: samples ``a``, ``b`` of the sheet, ``alpha`` and ``weight`` [k], and for the
    derivative the picture, the axis (0: a row, 1: a column), the camera ray [3, k] through the crossing and the edge's ends."""

    a: Tensor
    b: Tensor
    alpha: Tensor
    weight: Tensor
    image: Tensor
    axis: Tensor
    ray: Tensor
    u: Tensor
    v: Tensor


def screen_slope(hits: Hits, index: Tensor, axis: Tensor, matrix: Tensor, focal: Tensor) -> Tensor:
    """Returns the change of 1 / depth of hits ``index`` [k] per sample step along ``axis`` [k] (0: x, 1: y).

    ``1 / depth = (M^T n) . r / (n . (a - o))`` is affine on the screen.
    """
    image = hits.image[index]
    normal = hits.geometry[0][:, index]
    column = matrix.transpose(1, 2)[image, axis].t()
    # n . (a - o) = depth * along
    return (normal * column).sum(0) / (focal[image] * hits.depth[index] * hits.along[index])


def discontinuous(w_a: Tensor, w_b: Tensor, slope_a: Tensor, slope_b: Tensor, focal: Tensor, gap: float) -> Tensor:
    """Says [k] where two neighbours see surfaces that do not meet: their tangent planes (affine in 1 / depth) do not
    cross between the samples and stay ``gap`` pixel angles apart."""
    at_a, at_b = w_a - (w_b - slope_b), (w_a + slope_a) - w_b
    apart = torch.minimum(at_a.abs(), at_b.abs()) * focal > gap * torch.maximum(w_a, w_b)
    return apart & (at_a * at_b > 0)


def silhouette_edges(table: TriangleTable, origin: Tensor) -> tuple[Tensor, Tensor]:
    """Returns (picture, edge) indices [s] of the edges whose two faces turn differently to the camera ``origin`` [n, 3]."""
    e = table.edges
    assert e is not None
    height = (table.geometry[0:3] * table.geometry[9:12]).sum(0)
    side = (origin @ table.geometry[0:3]) > height
    turned = side.index_select(1, e.left) ^ side.index_select(1, e.right) ^ e.flip
    picture, edge = (turned | e.open).nonzero(as_tuple=True)
    return picture, edge


def _ends(table: TriangleTable, projected: Projected, picture: Tensor, edge: Tensor) -> tuple[Tensor, ...]:
    """Returns screen x, y and 1 / depth of both ends [2, s] and which edges are in front; ends nearer than the near
    plane are moved onto it."""
    e = table.edges
    assert e is not None
    n = projected.x.shape[1]
    ends = torch.stack([e.u.index_select(0, edge), e.v.index_select(0, edge)]) + picture * n
    x, y, w = (
        a.reshape(-1).index_select(0, ends.reshape(-1)).view(2, -1) for a in (projected.x, projected.y, projected.w)
    )
    front = (w > 0).any(0)
    cut = (front & ~(w > 0).all(0)).nonzero()[:, 0]
    if len(cut):
        i = picture[cut]
        points = torch.stack([projected.camera[i, :, ends[k, cut] - i * n] for k in (0, 1)])
        excess = points[:, :, 2] - projected.near[i]
        share = (excess[0] / (excess[0] - excess[1]))[:, None]
        on_plane = points[0] + share * (points[1] - points[0])
        points = torch.where((excess > 0)[:, :, None], points, on_plane)
        w[:, cut] = 1 / points[:, :, 2]
        x[:, cut] = points[:, :, 0] * w[:, cut] * projected.focal[i] + projected.principal[i, 0]
        y[:, cut] = points[:, :, 1] * w[:, cut] * projected.focal[i] + projected.principal[i, 1]
    return x, y, w, front


def find_crossings(
    table: TriangleTable, projected: Projected, boxes: Boxes, hits: Hits, sheet: Sheet,
    matrix: Tensor, origin: Tensor, gap: float,
) -> Crossings | None:  # fmt: skip
    """Returns the moving silhouette boundaries of all pictures, or None when there are none.

    ``matrix`` [n, 3, 3] and ``origin`` [n, 3] take rays of picture n to the object.
    """
    if not len(hits) or table.edges is None:
        return None
    picture, edge = silhouette_edges(table, origin)
    x, y, w, front = _ends(table, projected, picture, edge)
    left, top = boxes.left[picture].to(x.dtype), boxes.top[picture].to(x.dtype)
    # both axes in one go: first the crossings with rows (pairs side by side), then those with columns
    line = torch.cat([y - top, x - left], 1)
    place = torch.cat([x - left, y - top], 1)
    span = torch.cat([boxes.height[picture], boxes.box_width[picture]])
    across = torch.cat([boxes.box_width[picture], boxes.height[picture]])
    first = (torch.minimum(line[0], line[1]) - 0.5).ceil().clamp_min(0)
    last = torch.minimum((torch.maximum(line[0], line[1]) - 0.5).floor(), span - 1.0)
    count = (last - first + 1).clamp_min(0).long() * torch.cat([front, front])
    ends = count.cumsum(0)
    total = int(ends[-1]) if len(ends) else 0
    if not total:
        return None
    s = torch.repeat_interleave(torch.arange(len(count), device=count.device), count, output_size=total)
    index = torch.arange(total, device=s.device) - (ends - count).index_select(0, s) + first.long().index_select(0, s)
    run = line[1] - line[0]
    table_of_lines = torch.stack([line[0], 1 / run, place[0], place[1] - place[0]]).index_select(1, s)
    share = (index.to(x.dtype) + 0.5 - table_of_lines[0]) * table_of_lines[1]
    position = torch.addcmul(table_of_lines[2], share, table_of_lines[3]) - 0.5
    cell = position.floor()
    inside = (cell >= 0) & (cell < across.index_select(0, s) - 1)
    axis = (s >= len(picture)).long()
    edge_of = s - axis * len(picture)
    start = boxes.start[picture].index_select(0, edge_of)
    cell_index = torch.where(inside, cell, torch.zeros_like(cell)).long()
    row = torch.where(axis == 0, index, cell_index)
    a = (start + row) * boxes.width + torch.where(axis == 0, cell_index, index)
    b = a + torch.where(axis == 0, 1, boxes.width)
    b = b.clamp_max(len(sheet.slot) - 1)
    slot_a, slot_b = sheet.slot.index_select(0, a), sheet.slot.index_select(0, b)
    keep = (inside & ((slot_a >= 0) | (slot_b >= 0))).nonzero()[:, 0]
    if not len(keep):
        return None
    s, axis, edge_of, a, b = (t.index_select(0, keep) for t in (s, axis, edge_of, a, b))
    slot_a, slot_b, share = slot_a[keep], slot_b[keep], share[keep]
    alpha = (position - cell)[keep]
    image = picture[edge_of]
    edge_w = w[0, edge_of] + share * (w[1] - w[0])[edge_of]
    keep = _moving(hits, sheet, matrix, projected.focal, gap, a, b, slot_a, slot_b, axis, alpha, image, edge_w)
    if not len(keep):
        return None
    s, axis, edge_of, image = s[keep], axis[keep], edge_of[keep], image[keep]
    a, b, alpha = a[keep], b[keep], alpha[keep]
    y_at = boxes.row_y[torch.div(a, boxes.width, rounding_mode="floor")].to(x.dtype) + 0.5
    x_at = (a % boxes.width + boxes.left[image]).to(x.dtype) + 0.5
    x_at, y_at = torch.where(axis == 0, x_at + alpha, x_at), torch.where(axis == 0, y_at, y_at + alpha)
    focal, principal = projected.focal[image], projected.principal[image]
    ray = torch.stack([(x_at - principal[:, 0]) / focal, (y_at - principal[:, 1]) / focal, torch.ones_like(x_at)])
    e = table.edges
    u, v = e.u[edge[edge_of]], e.v[edge[edge_of]]
    drop, drift = run[s], (place[1] - place[0])[s]
    weight = drop * drop / (drop * drop + drift * drift)
    return Crossings(a, b, alpha, weight, image, axis, ray, u, v)


def _moving(
    hits: Hits, sheet: Sheet, matrix: Tensor, focal: Tensor, gap: float, a: Tensor, b: Tensor, slot_a: Tensor,
    slot_b: Tensor, axis: Tensor, alpha: Tensor, image: Tensor, edge_w: Tensor,
) -> Tensor:  # fmt: skip
    """Returns the indices of the crossings that bound the near surface of their pair: the outermost of each pair."""
    in_a, in_b = slot_a >= 0, slot_b >= 0
    at_a, at_b = slot_a.clamp_min(0), slot_b.clamp_min(0)
    seen_a, seen_b = in_a & sheet.shown[at_a], in_b & sheet.shown[at_b]
    w_a, w_b = hits.w[at_a], hits.w[at_b]
    slope_a, slope_b = (screen_slope(hits, at, axis, matrix, focal) for at in (at_a, at_b))
    both_hit, both_seen = in_a & in_b, seen_a & seen_b
    apart = discontinuous(w_a, w_b, slope_a, slope_b, focal[image], gap) | ~both_hit
    near_a = torch.where(both_seen, w_a > w_b, seen_a)
    near_w, far_w = torch.where(near_a, w_a, w_b), torch.where(near_a, w_b, w_a)
    # an occluder's edge between the two, in front of the near surface: that boundary does not move
    far_plate = sheet.plate[torch.where(near_a, b, a)]
    pair_plate = sheet.plate[a]
    plate_edge = torch.where(axis == 0, sheet.plate_edges[0][pair_plate], sheet.plate_edges[1][pair_plate])
    hidden = ~both_seen & plate_edge & (sheet.plate_w[far_plate] > near_w)
    # an edge of a surface further back does not bound the near one
    own = ~(both_hit & (far_w < near_w)) | (edge_w > 0.5 * (near_w + far_w))
    good = (apart & ~hidden & own & (seen_a | seen_b)).nonzero()[:, 0]
    if not len(good):
        return good
    reach = torch.where(near_a, alpha, 1 - alpha)[good]
    by_reach = torch.sort(reach, stable=True).indices
    key = (a[good] * 2 + axis[good])[by_reach]
    order = torch.sort(key, stable=True)
    last = torch.ones_like(order.values, dtype=torch.bool)
    last[:-1] = order.values[1:] != order.values[:-1]
    return good[by_reach[order.indices[last]]]


def crossing_backward(
    crossings: Crossings, table: TriangleTable, matrix: Tensor, origin: Tensor, focal: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor]:
    """Returns the derivatives to matrix [n, 3, 3] and origin [n, 3] given those to ``weight * (alpha - 0.5)``, [k]."""
    c = crossings
    u, v = table.vertices[:, c.u], table.vertices[:, c.v]
    centre = origin.t()[:, c.image]
    plane = torch.linalg.cross(u - centre, v - centre, dim=0)
    matrices = matrix[c.image]
    line = (matrices.transpose(1, 2) @ plane.t()[:, :, None])[:, :2, 0].t()
    columns = c.axis == 1
    along, across = torch.where(columns, line.flip(0), line)
    along = torch.where(along.abs() < 1e-30, torch.full_like(along, 1e-30), along)
    scale = -grad * c.weight * focal[c.image] / along
    turn = grad * (c.alpha - 0.5) * 2 * along * across / (along * along + across * across).square()
    lean = torch.where(
        columns, torch.stack([-turn * along, turn * across]), torch.stack([turn * across, -turn * along])
    )
    arm = scale * c.ray
    arm[:2] += lean
    object_arm = (matrices @ arm.t()[:, :, None])[:, :, 0].t()
    by_origin = torch.linalg.cross(object_arm, v - u, dim=0)
    by_matrix = (plane[:, None] * arm[None]).reshape(9, -1)
    total = by_matrix.new_zeros(12, matrix.shape[0])
    total.index_add_(1, c.image, torch.cat([by_matrix, by_origin]))
    return total[:9].t().reshape(-1, 3, 3), total[9:].t()
