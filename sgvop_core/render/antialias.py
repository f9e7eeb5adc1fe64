"""The antialiasing of a step: shares of neighbouring samples' colours that go over a boundary between them.

Boundaries are the body's silhouettes, the curves where it cuts into the fixed scene, and edges of the fixed scene that
it is seen behind. Only the first two move with the body.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .boxes import Boxes
from .penetration import Cuts
from .plates import Plates
from .silhouette import Crossings, Sheet


@dataclass(eq=False)
class Blend:
    """The antialiasing of a step: neighbours ``a``, ``b`` [k] in the sheet, their visible hits or -1, their RGBA
    difference [4, k], the share ``beta`` = alpha - 0.5 of it that goes to ``target`` [k]."""

    a: Tensor
    b: Tensor
    shown_a: Tensor
    shown_b: Tensor
    difference: Tensor
    beta: Tensor
    target: Tensor


def _occluded(boxes: Boxes, sheet: Sheet, plates: Plates, rank: Tensor) -> tuple[Tensor, ...] | None:
    """Returns samples a, b, share alpha and whether to keep it, [k], of the plate's silhouettes beside the body.

    Where the body is seen behind such an edge it takes the far side's place in the antialiasing; where it is in front,
    the edge is gone. The edge itself does not move with the body.
    """
    seen = torch.zeros(boxes.rows * boxes.width, dtype=torch.bool, device=rank.device)
    hit = (sheet.slot >= 0).nonzero()[:, 0]
    seen[hit] = rank.index_select(0, sheet.slot.index_select(0, hit)) >= 0
    shares = plates.shares.index_select(1, sheet.plate)
    near = torch.zeros_like(seen)
    parts = []
    for axis, step in ((0, 1), (1, boxes.width)):
        near = (shares[axis, :-step] >= 0) & (seen[:-step] | seen[step:])
        a = near.nonzero()[:, 0]
        parts.append((a, a + step, shares[axis].index_select(0, a)))
    a, b, alpha = (torch.cat([p[i] for p in parts]) for i in range(3))
    if not len(a):
        return None
    b_near = plates.w[sheet.plate[b]] > plates.w[sheet.plate[a]]
    keep = torch.where(b_near, seen[a] & ~seen[b], seen[b] & ~seen[a])
    return a, b, alpha, keep


def find_blend(
    boxes: Boxes, sheet: Sheet, plates: Plates, crossings: Crossings | None, cuts: Cuts | None, rank: Tensor,
    colour: Tensor, plate_colour: Callable[[Tensor], Tensor],
) -> Blend | None:  # fmt: skip
    """Returns the antialiasing of all boundaries; ``rank`` [hits] is the index among the visible hits or -1, colour
    [3, m] theirs, ``plate_colour`` gives the plate's colours at samples of the sheet."""
    groups = [g for g in (crossings, cuts) if g is not None]
    fixed = _occluded(boxes, sheet, plates, rank)
    parts = [(g.a, g.b, g.alpha) for g in groups] + ([fixed[:3]] if fixed is not None else [])
    if not parts or not colour.shape[1]:
        return None
    a, b, alpha = (torch.cat([p[i] for p in parts]) for i in range(3))
    beta = alpha - 0.5
    if crossings is not None:
        beta[: len(crossings.a)] *= crossings.weight

    def side(sample: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        slot = sheet.slot.index_select(0, sample)
        shown = torch.where(slot >= 0, rank[slot.clamp_min(0)], -1)
        own = colour.index_select(1, shown.clamp_min(0))
        plate = plate_colour(sample)
        value = torch.where(shown >= 0, own, plate)
        return shown, torch.cat([value, (shown >= 0).to(value.dtype)[None]]), plate

    (shown_a, value_a, plate_a), (shown_b, value_b, plate_b) = side(a), side(b)
    difference = value_a - value_b
    if fixed is not None:
        keep, first = fixed[3], len(a) - len(fixed[0])
        gone = ~keep
        difference[:, first:] *= keep
        difference[:3, first:] -= (plate_a - plate_b)[:, first:]
        shown_a[first:][gone] = -1
        shown_b[first:][gone] = -1
    return Blend(a, b, shown_a, shown_b, difference, beta, torch.where(beta > 0, b, a))
