"""The motion of colours near the rim, where the surface turns away from the camera.

There the hit slides along the surface without bound, as one over the cosine between ray and surface, so a single
sample's derivative is mostly noise. The colours on the screen do not move that fast: each goes with its surface point. So
near the rim the derivative is that of a picture carried along, ``-v . grad I`` with the screen velocity ``v`` of the
surface point and differences of neighbouring samples. Summed towards the silhouette these differences end in the
colour whose jump the silhouette itself moves: nothing is left out and nothing counts twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .boxes import Boxes
from .options import RenderOptions
from .rays import Hits, per_image, spread


@dataclass(eq=False)
class Rim:
    """``share`` [m] of the shown hits' own derivatives that is kept, and the pairs of neighbours on one surface by axis,
    (a, b) indices among the shown hits; ``inverse`` [n, 3, 3] of M, ``focal`` [n] in samples."""

    share: Tensor
    pairs: list[tuple[Tensor, Tensor]]
    inverse: Tensor
    focal: Tensor


@dataclass(eq=False)
class Drift:
    """What replaces the motion of the shown hits: their own times ``share`` [m] plus ``pull`` [3, m]; ``inverse``
    [n, 3, 3] of M takes that motion to the camera."""

    share: Tensor
    pull: Tensor
    inverse: Tensor


def find_rim(boxes: Boxes, shown: Hits, matrix: Tensor, focal: Tensor, options: RenderOptions) -> Rim:
    """Returns how much each sample's own derivative counts, and the neighbours that its colour moves between.

    ``matrix`` [n, 3, 3] takes rays of picture n to the object, ``focal`` [n] is in samples.
    """
    count, size = boxes.rows * boxes.width, len(shown)
    cosine = shown.along.abs() * (shown.object_ray * shown.object_ray).sum(0).rsqrt()
    share = (cosine * (1 / options.graze)).clamp_max(1)
    lens = spread(focal[None], shown.image, shown.counts)[0]
    # the change of 1 / depth per sample, as in silhouette.screen_slope
    slopes = per_image(matrix[:, :, :2].transpose(1, 2), shown.geometry[0], shown.counts)
    slopes = slopes / (lens * shown.depth * shown.along)
    slot = torch.full((count + boxes.width,), -1, dtype=torch.int64, device=share.device)
    slot[shown.sample] = torch.arange(size, device=share.device)
    pairs = []
    for axis, step in ((0, 1), (1, boxes.width)):
        other = slot.index_select(0, shown.sample + step)
        a = (other >= 0).nonzero()[:, 0]
        b = other.index_select(0, a)
        w, slope = shown.w, slopes[axis]
        w_a, w_b, slope_a, slope_b = (t.index_select(0, i) for t, i in ((w, a), (w, b), (slope, a), (slope, b)))
        at_a, at_b = w_a - (w_b - slope_b), (w_a + slope_a) - w_b
        apart = torch.minimum(at_a.abs(), at_b.abs()) * spread(focal[None], shown.image[a], shown.counts)[0]
        same = (apart <= options.gap * torch.maximum(w_a, w_b)) | (at_a * at_b <= 0)
        if axis == 0:  # the last column of a full row has no right neighbour
            same &= shown.ray[1].index_select(0, a) == shown.ray[1].index_select(0, b)
        same &= shown.image.index_select(0, a) == shown.image.index_select(0, b)
        kept = same.nonzero()[:, 0]
        pairs.append((a.index_select(0, kept), b.index_select(0, kept)))
    return Rim(share, pairs, torch.linalg.inv_ex(matrix)[0], focal)  # no check: it would wait for the device


def rim_motion(rim: Rim, shown: Hits, colour: Tensor, grad: Tensor) -> Drift:
    """Returns the motion for the shown hits' colours [3, m] and the derivatives to them, grad [3, m]."""
    slopes = []
    for a, b in rim.pairs:
        step = 0.5 * (colour.index_select(1, b) - colour.index_select(1, a))
        total = grad.new_zeros(grad.shape[1])
        for i in (a, b):
            total.index_add_(0, i, (grad.index_select(1, i) * step).sum(0))
        slopes.append(total)
    along_x, along_y = slopes
    inward = torch.stack([along_x, along_y, -torch.addcmul(along_x * shown.ray[0], along_y, shown.ray[1])])
    lens = spread(rim.focal[None], shown.image, shown.counts)[0]
    inward *= lens * shown.w * (1 - rim.share)
    return Drift(rim.share, per_image(rim.inverse.transpose(1, 2), inward, shown.counts), rim.inverse)
