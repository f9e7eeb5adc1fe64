"""Where the body cuts into a static surface: no mesh edge is there, the crossing of the two depths moves.

Between a sample where the body is seen and a neighbour where it is just hidden the boundary lies at
``alpha = D_A / (D_A - D_B)`` with ``D = 1 / depth_body - 1 / depth_plate``. Each piece of the curve counts on one axis
only, the one along which D changes faster; on both it would count twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .boxes import Boxes
from .rays import Hits
from .silhouette import Sheet, discontinuous, screen_slope


@dataclass(eq=False)
class Cuts:
    """k places where the body's surface passes through the plate's: samples ``a``, ``b``, their hits, ``alpha`` [k], and
    ``by_a``, ``by_b`` [k], the derivatives of alpha to 1 / depth of the two hits."""

    a: Tensor
    b: Tensor
    slot_a: Tensor
    slot_b: Tensor
    alpha: Tensor
    by_a: Tensor
    by_b: Tensor


def _plate_slope(sheet: Sheet, sample: Tensor, step: Tensor) -> Tensor:
    """Returns the smaller one-sided change of the plate's 1 / depth at plate samples [k] along a step [k]."""
    last = len(sheet.plate_w) - 1
    here = sheet.plate_w[sample]
    ahead = sheet.plate_w[(sample + step).clamp_max(last)] - here
    back = here - sheet.plate_w[(sample - step).clamp_min(0)]
    return torch.where(ahead.abs() < back.abs(), ahead, back)


def _pairs(boxes: Boxes, sheet: Sheet) -> tuple[Tensor, Tensor]:
    """Returns samples a [k] and axes [k] of the neighbours that both hit the body, one of them hidden."""
    slot = sheet.slot.view(boxes.rows, boxes.width)
    hit = slot >= 0
    shown = torch.zeros_like(hit)
    shown.view(-1)[hit.view(-1)] = sheet.shown
    beside = hit[:, 1:] & hit[:, :-1] & (shown[:, 1:] ^ shown[:, :-1])
    below = hit[1:] & hit[:-1] & (shown[1:] ^ shown[:-1])
    below &= (boxes.row_image[1:] == boxes.row_image[:-1])[:, None]
    (ra, ca), (rb, cb) = beside.nonzero(as_tuple=True), below.nonzero(as_tuple=True)
    a = torch.cat([ra * boxes.width + ca, rb * boxes.width + cb])
    axis = torch.cat([torch.zeros_like(ra), torch.ones_like(rb)])
    return a, axis


def find_cuts(boxes: Boxes, hits: Hits, sheet: Sheet, matrix: Tensor, focal: Tensor, gap: float) -> Cuts | None:
    """Returns where the body penetrates the plate in all pictures, or None when it does nowhere.

    ``matrix`` [n, 3, 3] takes ray directions of picture n to the object, ``focal`` [n] is in samples.
    """
    if not len(hits) or bool(sheet.shown.all()):
        return None
    a, axis = _pairs(boxes, sheet)
    if not len(a):
        return None
    b = a + torch.where(axis == 0, 1, boxes.width)
    slot_a, slot_b = sheet.slot[a], sheet.slot[b]
    image = hits.image[slot_a]
    w_a, w_b = hits.w[slot_a], hits.w[slot_b]
    slope_a, slope_b = (screen_slope(hits, s, axis, matrix, focal) for s in (slot_a, slot_b))
    plate_a, plate_b = sheet.plate[a], sheet.plate[b]
    edge = torch.where(axis == 0, sheet.plate_edges[0][plate_a], sheet.plate_edges[1][plate_a])
    meet = ~edge & ~discontinuous(w_a, w_b, slope_a, slope_b, focal[image], gap)
    gap_a, gap_b = w_a - sheet.plate_w[plate_a], w_b - sheet.plate_w[plate_b]
    difference = gap_a - gap_b
    side_step = torch.where(axis == 0, sheet.plate_width, 1)
    sideways = 0.5 * sum(
        screen_slope(hits, slot, 1 - axis, matrix, focal) - _plate_slope(sheet, plate, side_step)
        for slot, plate in ((slot_a, plate_a), (slot_b, plate_b))
    )
    keep = (meet & (difference.abs() >= torch.as_tensor(sideways).abs()) & (difference != 0)).nonzero()[:, 0]
    if not len(keep):
        return None
    a, b, slot_a, slot_b = a[keep], b[keep], slot_a[keep], slot_b[keep]
    gap_a, gap_b, difference = gap_a[keep], gap_b[keep], difference[keep]
    square = difference * difference
    alpha = (gap_a / difference).clamp(0, 1)
    return Cuts(a, b, slot_a, slot_b, alpha, -gap_b / square, gap_a / square)
