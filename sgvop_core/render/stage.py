"""All that does not move, and how a camera sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..scene.model import Camera
from .boxes import Boxes
from .frames import CameraFrame, camera_frame
from .lights import LightRig
from .options import RenderOptions
from .rays import Hits, find_hits
from .shading import shade
from .shadows import DepthMap, depth_map, light_view
from .silhouette import Sheet, find_crossings
from .tables import TriangleTable
from .visibility import Projected, Visibility, project

BAND = 1_000_000
"""Samples that are drawn at once (about 250 bytes each while they are shaded)."""


def band_boxes(top: int, bottom: int, width: int, device: torch.device) -> Boxes:
    """Returns one box of the whole width and the sample rows from ``top`` to ``bottom``."""

    def number(value: int) -> Tensor:
        return torch.tensor([value], dtype=torch.int64, device=device)

    rows = bottom - top
    return Boxes(
        number(0), number(top), number(width), number(rows), number(0),
        torch.zeros(rows, dtype=torch.int64, device=device), torch.arange(top, bottom, device=device),
        rows, width, ((0, top, width, rows, 0),),
    )  # fmt: skip


@dataclass(eq=False)
class Drawn:
    """Samples of one picture: linear ``colour`` [3, P], ``w`` [P] = 1 / depth; with shadows also the surface's ``point``
    and ``normal`` [3, P] and ``direct`` [3, P], the part of the colour that the strongest light makes."""

    colour: Tensor
    w: Tensor
    point: Tensor | None = None
    normal: Tensor | None = None
    direct: Tensor | None = None
    crossings: tuple[Tensor, Tensor, Tensor, Tensor] | None = None
    """Samples a, b, axis and share alpha of the places where silhouettes of the fixed scene pass between samples."""


class Stage:
    """All that does not move, and how it is drawn: its triangles (None when there are none), lights and background [3].

    ``shadows`` lets the strongest light cast shadows; ``tops`` [P, 3] are the tops of objects: when it reaches
    none of them it stands outside a closed room, and then it shines through the fixed scene.
    """

    def __init__(
        self, table: TriangleTable | None, rig: LightRig, background: Tensor, visibility: Visibility,
        options: RenderOptions, *, shadows: bool = False, tops: Tensor | None = None,
    ) -> None:  # fmt: skip
        self.table = table if table is not None and table.count else None
        self.rig, self.background, self.visibility, self.options = rig, background, visibility, options
        self.shadows, self.tops = shadows, tops
        self._map: DepthMap | None = None
        self._mapped = False

    def frame(self, camera: Camera, size: tuple[int, int], anchor: np.ndarray, extent: float) -> CameraFrame:
        """Returns the camera's frame with its centre relative to ``anchor``."""
        frame = camera_frame(camera, size, extent)
        return CameraFrame(
            frame.rotation, frame.centre - anchor, frame.focal, frame.principal, frame.near, frame.setback
        )

    def fixed_shadows(self) -> DepthMap | None:
        """Returns the depth map of the fixed scene from the strongest light, or None when it casts no shadows here."""
        if not self._mapped and self.shadows and self.table is not None:
            low, high = self.table.vertices.amin(1), self.table.vertices.amax(1)
            radius = max(0.5 * float((high - low).norm()), 1e-6)
            view = light_view(self.rig, 0.5 * (low + high), radius, self.options.fixed_shadow_map)
            if view is not None:
                found = depth_map(self.table, view, self.visibility, self.options)
                up = torch.zeros_like(self.tops.t()) if self.tops is not None else None
                if up is not None and self.tops is not None:
                    up[2] = 1.0
                    blocked = found.shaded(self.tops.t(), up)
                    found = found if float(blocked.min()) < 0.5 else None  # type: ignore[assignment]
                self._map = found
        self._mapped = True
        return self._map

    def draw(self, frame: CameraFrame, size: tuple[int, int]) -> Drawn:
        """Returns the samples of a picture of ``size`` pixels."""
        s, dtype, device = self.options.samples, self.background.dtype, self.background.device
        height, width = size[0] * s, size[1] * s
        out = Drawn(
            self.background[:, None].expand(3, height * width).clone(), self.background.new_zeros(height * width)
        )
        table = self.table
        if self.shadows:
            out.point, out.normal, out.direct = (self.background.new_zeros(3, height * width) for _ in range(3))
        if table is None:
            return out

        def put(values: object) -> Tensor:
            return torch.tensor(np.asarray(values, np.float64), dtype=dtype, device=device)

        rotation, centre = put(frame.rotation)[None], put(frame.centre)[None]
        focal, principal, near = put([frame.focal * s]), put([frame.principal]) * s, put([frame.near])
        matrix = rotation.transpose(1, 2)
        projected = project(table.vertices, matrix, centre, focal, principal, near)
        fixed = self.fixed_shadows()
        step = max(s, BAND // width // s * s)
        for top in range(0, height, step):
            bottom = min(height, top + step)
            boxes = band_boxes(top, bottom, width, device)
            ids = self.visibility(table, projected, boxes, self.options)
            hits = find_hits(table, ids, boxes, matrix, centre, focal, principal)
            if not len(hits):
                continue
            shaded = shade(table, self.rig, hits, matrix, rotation, centre, focal, keep=self.shadows)
            at, colour = hits.sample + top * width, shaded.colour
            if step >= height and table.edges is not None:
                out.crossings = self._crossings(projected, boxes, hits, matrix, centre)
            if out.direct is not None and out.point is not None and out.normal is not None:
                assert shaded.normal is not None and shaded.albedo is not None
                point = centre[0][:, None] + (matrix[0] @ hits.ray) * hits.depth
                direct = shaded.albedo * self.rig.strongest_light(shaded.normal, point)
                if shaded.lit is not None:
                    direct = direct * shaded.lit
                if fixed is not None:
                    taken = fixed.shaded(point, shaded.normal)
                    colour = colour - direct * (taken * self.options.shadow_strength)
                    direct = direct * (1 - taken)
                out.point.index_copy_(1, at, point)
                out.normal.index_copy_(1, at, shaded.normal)
                out.direct.index_copy_(1, at, direct)
            out.colour.index_copy_(1, at, colour)
            out.w.index_copy_(0, at, hits.w)
        return out

    def _crossings(
        self, projected: Projected, boxes: Boxes, hits: Hits, matrix: Tensor, centre: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor] | None:
        """Returns where silhouettes of the fixed scene pass between neighbouring samples of a whole picture."""
        count, device = boxes.rows * boxes.width, hits.sample.device
        slot = torch.full((count,), -1, dtype=torch.int64, device=device)
        slot[hits.sample] = torch.arange(len(hits), device=device)
        nothing = torch.zeros(count, dtype=torch.bool, device=device)
        empty = projected.x.new_zeros(count)
        shown = torch.ones(len(hits), dtype=torch.bool, device=device)
        samples = torch.arange(count, device=device)
        sheet = Sheet(slot, shown, samples, empty, (nothing, nothing), boxes.width)
        assert self.table is not None
        found = find_crossings(self.table, projected, boxes, hits, sheet, matrix, centre, self.options.gap)
        return None if found is None else (found.a, found.b, found.axis, 0.5 + (found.alpha - 0.5) * found.weight)
