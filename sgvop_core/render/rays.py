"""Object-space rays: everything about a hit that follows from the twelve numbers of a picture.

A picture's camera ray through a sample is ``r = ((x - cx) / f, (y - cy) / f, 1)`` (right, down, forward), so its
parameter is the depth along the view axis. In the object frame it is ``P = o + depth * M r`` with
``M = S^-1 R^T C^T`` and ``o = S^-1 R^T (c_cam - c - t) + c``: no renormalising, the same parameter. With a triangle's
plane ``n . P = n . a`` the hit is at ``depth = n . (a - o) / n . M r``, and ``1 / depth`` is affine on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .boxes import Boxes
from .tables import TriangleTable


def pose_rays(
    scale: Tensor, rotation: Tensor, position: Tensor, pivot: Tensor, cam_rotation: Tensor, cam_centre: Tensor
) -> tuple[Tensor, Tensor]:
    """Returns M [K * V, 3, 3] and o [K * V, 3] for K poses and V cameras, differentiable in the poses.

    scale, position [K, 3], rotation [K, 3, 3], pivot [3]; cam_rotation [V, 3, 3] (rows right, down, forward),
    cam_centre [V, 3]. All relative to the same origin; the mesh's own anchor is taken off by the caller.
    """
    back = rotation.transpose(1, 2) / scale[:, :, None]
    matrix = back[:, None] @ cam_rotation.transpose(1, 2)[None]
    offset = cam_centre[None] - position[:, None]
    origin = (back[:, None] @ offset[..., None])[..., 0] + pivot
    return matrix.reshape(-1, 3, 3), origin.reshape(-1, 3)


def per_image(matrices: Tensor, columns: Tensor, counts: Sequence[int]) -> Tensor:
    """Returns ``matrices[i] @`` the columns of picture i, [p, m]: matrices [n, p, q], columns [q, m] in picture order."""
    if len(counts) == 1:
        return matrices[0] @ columns
    parts = [matrix @ part for matrix, part in zip(matrices.unbind(0), columns.split(counts, 1), strict=True)]
    return torch.cat(parts, 1)


def spread(values: Tensor, image: Tensor, counts: Sequence[int]) -> Tensor:
    """Returns each picture's column of values [q, n] at its samples: [q, 1] for a single picture, else [q, m]."""
    return values if len(counts) == 1 else values.index_select(1, image)


def per_image_sum(left: Tensor, right: Tensor, counts: Sequence[int]) -> Tensor:
    """Returns for each picture the sum of outer products, [n, p, q], of left [p, m] and right [q, m]."""
    if len(counts) == 1:
        return (left @ right.t())[None]
    pairs = zip(left.split(counts, 1), right.split(counts, 1), strict=True)
    return torch.stack([a @ b.t() for a, b in pairs])


@dataclass(eq=False)
class Hits:
    """The m samples of the sheet that see the body's surface, picture by picture.

    sample [m] in the sheet, ``image`` [m], ``counts`` samples of each picture, ``triangle`` [m], ``ray`` [3, m] camera
    rays, ``object_ray`` [3, m] (M r), ``geometry`` [4, 3, m] (n, g1, g2, a), ``offset`` [3, m] (a - o); ``along`` [m]
    (n . M r), ``depth`` [m] and ``w`` = 1 / depth.
    """

    sample: Tensor
    image: Tensor
    counts: list[int]
    triangle: Tensor
    ray: Tensor
    object_ray: Tensor
    geometry: Tensor
    offset: Tensor
    along: Tensor
    depth: Tensor
    w: Tensor

    def __len__(self) -> int:
        return self.sample.shape[0]

    def chosen(self, index: Tensor, images: int) -> Hits:
        """Returns the hits of those indices (ascending)."""
        image = self.image.index_select(0, index)
        return Hits(
            sample=self.sample.index_select(0, index),
            image=image,
            counts=torch.bincount(image, minlength=images).tolist() if images > 1 else [len(index)],
            triangle=self.triangle.index_select(0, index),
            ray=self.ray.index_select(1, index),
            object_ray=self.object_ray.index_select(1, index),
            geometry=self.geometry.index_select(2, index),
            offset=self.offset.index_select(1, index),
            along=self.along.index_select(0, index),
            depth=self.depth.index_select(0, index),
            w=self.w.index_select(0, index),
        )


def find_hits(
    table: TriangleTable, ids: Tensor, boxes: Boxes, matrix: Tensor, origin: Tensor, focal: Tensor, principal: Tensor
) -> Hits:
    """Returns the hits of the samples whose triangle ``ids`` [rows * width] is not -1.

    matrix [n, 3, 3], origin [n, 3], focal [n] and principal [n, 2] in samples.
    """
    sample = (ids >= 0).nonzero()[:, 0]
    triangle = ids.index_select(0, sample)
    row = torch.div(sample, max(boxes.width, 1), rounding_mode="floor")
    column = sample - row * boxes.width
    n = len(boxes.spans)
    dtype = matrix.dtype
    if n == 1:
        image, counts = torch.zeros_like(sample), [len(sample)]
        x = (column + boxes.spans[0][0]).to(dtype)
    else:
        image = boxes.row_image.index_select(0, row)
        counts = torch.bincount(image, minlength=n).tolist()
        x = (column + boxes.left.index_select(0, image)).to(dtype)
    y = boxes.row_y.index_select(0, row).to(dtype)
    lens = torch.stack([1 / focal, (0.5 - principal[:, 0]) / focal, (0.5 - principal[:, 1]) / focal])
    lens = spread(lens, image, counts)
    ray = torch.stack([torch.addcmul(lens[1], x, lens[0]), torch.addcmul(lens[2], y, lens[0]), torch.ones_like(x)])
    object_ray = per_image(matrix, ray, counts)
    geometry = table.geometry.index_select(1, triangle).view(4, 3, -1)
    offset = geometry[3] - spread(origin.t(), image, counts)
    along = (geometry[0] * object_ray).sum(0)
    height = (geometry[0] * offset).sum(0)
    tiny = torch.finfo(dtype).tiny ** 0.5
    along = torch.where(along.abs() < tiny, torch.full_like(along, tiny), along)
    depth = height / along
    return Hits(sample, image, counts, triangle, ray, object_ray, geometry, offset, along, depth, 1 / depth)
