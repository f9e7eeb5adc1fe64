"""Plates: pictures of all that does not move, one per camera, with depth and the flags of their depth edges."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..scene.model import Camera
from .boxes import Boxes
from .frames import CameraFrame, camera_frame, frame_key
from .lights import LightRig
from .options import RenderOptions
from .rays import find_hits
from .shading import shade
from .shadows import DepthMap, Receiver, depth_map, light_view
from .tables import TriangleTable
from .textures import srgb_from_linear
from .visibility import Visibility, project

BAND = 1_000_000
"""Samples that are drawn at once (about 250 bytes each while they are shaded)."""


@dataclass(frozen=True, eq=False)
class Plate:
    """P samples and H * W pixels of one camera: ``colour`` [3, P] and ``low`` [3, H * W] linear, ``w`` [P] = 1 / depth
    (0 for the background), ``edges`` two [P] bool, ``srgb`` [3, H * W], ``depth`` [H * W] metres (inf: background)."""

    frame: CameraFrame
    colour: Tensor
    w: Tensor
    edges: tuple[Tensor, Tensor]
    low: Tensor
    srgb: Tensor
    depth: Tensor
    receiver: Receiver | None


@dataclass(frozen=True, eq=False)
class Plates:
    """The plates of V cameras end to end: colour [3, V * P], w [V * P], edges, low [3, V * H * W], srgb [V, 3, H * W],
    depth [V, H * W]; rotation [V, 3, 3], centre [V, 3], focal [V], principal [V, 2] (in samples), near, setback [V]."""

    colour: Tensor
    w: Tensor
    edges: tuple[Tensor, Tensor]
    low: Tensor
    srgb: Tensor
    depth: Tensor
    rotation: Tensor
    centre: Tensor
    focal: Tensor
    principal: Tensor
    near: Tensor
    setback: Tensor
    receiver: Receiver | None


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


def edge_flags(w: Tensor, height: int, width: int, focal: float, gap: float) -> tuple[Tensor, Tensor]:
    """Returns the flags [height * width] of depth edges to the right neighbour and to the one below, from 1 / depth."""

    def along_rows(w: Tensor) -> Tensor:
        step = w[:, 1:] - w[:, :-1]
        slope_left, slope_right = F.pad(step[:, :-1], (1, 0)), F.pad(step[:, 1:], (0, 1))
        a, b = w[:, :-1], w[:, 1:]
        at_a, at_b = a - (b - slope_right), (a + slope_left) - b
        apart = torch.minimum(at_a.abs(), at_b.abs()) * focal > gap * torch.maximum(a, b)
        return F.pad(apart & (at_a * at_b > 0), (0, 1))

    w = w.view(height, width)
    return along_rows(w).reshape(-1), along_rows(w.t()).t().reshape(-1)


def pooled(values: Tensor, samples: int) -> Tensor:
    """Returns the means over squares of samples: [..., h * s, w * s] to [..., h, w]."""
    if samples == 1:
        return values
    rows = values[..., 0::samples, :].clone()
    for k in range(1, samples):
        rows += values[..., k::samples, :]
    total = rows[..., 0::samples].clone()
    for k in range(1, samples):
        total += rows[..., k::samples]
    return total * (1.0 / samples**2)


@dataclass(eq=False)
class Drawn:
    """Samples of one picture: linear ``colour`` [3, P], ``w`` [P] = 1 / depth; with shadows also the surface's ``point``
    and ``normal`` [3, P] and ``direct`` [3, P], the part of the colour that the strongest light makes."""

    colour: Tensor
    w: Tensor
    point: Tensor | None = None
    normal: Tensor | None = None
    direct: Tensor | None = None


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
        out = Drawn(self.background[:, None].expand(3, height * width).clone(), self.background.new_zeros(height * width))
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
            if out.direct is not None and out.point is not None and out.normal is not None:
                assert shaded.normal is not None and shaded.albedo is not None
                point = centre[0][:, None] + (matrix[0] @ hits.ray) * hits.depth
                direct = shaded.albedo * self.rig.strongest_light(shaded.normal, point)
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

    def plate(self, frame: CameraFrame, size: tuple[int, int]) -> Plate:
        """Returns the plate of a camera."""
        s = self.options.samples
        height, width = size[0] * s, size[1] * s
        drawn = self.draw(frame, size)
        colour, w = drawn.colour, drawn.w
        low = pooled(colour.view(3, height, width), s).reshape(3, -1)
        nearest = w.view(size[0], s, size[1], s).amax((1, 3)).reshape(-1)
        depth = torch.where(nearest > 0, 1 / nearest.clamp_min(1e-30) - frame.setback, torch.inf)
        edges = edge_flags(w, height, width, frame.focal * s, self.options.gap)
        receiver = None
        if drawn.direct is not None and drawn.point is not None and drawn.normal is not None:
            direct = pooled(drawn.direct.view(3, height, width), s).reshape(3, -1)
            point, normal = (
                a.view(3, height, width)[:, s // 2 :: s, s // 2 :: s].reshape(3, -1) for a in (drawn.point, drawn.normal)
            )
            receiver = Receiver(point, normal, direct, direct.sum(0) > 1e-4)
        return Plate(frame, colour, w, edges, low, srgb_from_linear(low), depth, receiver)


class PlateCache:
    """Plates by camera: the most recent ones are kept, and the last list of cameras end to end."""

    def __init__(self, stage: Stage, size: tuple[int, int], anchor: np.ndarray, extent: float) -> None:
        self.stage, self.size, self.anchor, self.extent = stage, size, anchor, extent
        self._plates: OrderedDict[object, Plate] = OrderedDict()
        self._last: tuple[object, Plates] | None = None

    def of(self, cameras: Sequence[Camera]) -> Plates:
        """Returns the plates of the cameras, drawn where they are not yet known."""
        keys = tuple(frame_key(c) for c in cameras)
        if self._last is not None and self._last[0] == keys:
            return self._last[1]
        plates = [self._one(key, camera) for key, camera in zip(keys, cameras, strict=True)]
        while len(self._plates) > self.stage.options.plates_kept:
            self._plates.popitem(last=False)
        joined = self._joined(plates)
        self._last = (keys, joined)
        return joined

    def _one(self, key: object, camera: Camera) -> Plate:
        plate = self._plates.get(key)
        if plate is None:
            with torch.no_grad():
                frame = self.stage.frame(camera, self.size, self.anchor, self.extent)
                plate = self.stage.plate(frame, self.size)
            self._plates[key] = plate
        self._plates.move_to_end(key)
        return plate

    def _joined(self, plates: Sequence[Plate]) -> Plates:
        s, like = self.stage.options.samples, plates[0].colour
        frames = [p.frame for p in plates]

        def put(values: object) -> Tensor:
            return torch.tensor(np.asarray(values, np.float64), dtype=like.dtype, device=like.device)

        def cat(parts: list[Tensor], axis: int) -> Tensor:
            return parts[0] if len(parts) == 1 else torch.cat(parts, axis)

        return Plates(
            colour=cat([p.colour for p in plates], 1),
            w=cat([p.w for p in plates], 0),
            edges=(cat([p.edges[0] for p in plates], 0), cat([p.edges[1] for p in plates], 0)),
            low=cat([p.low for p in plates], 1),
            srgb=torch.stack([p.srgb for p in plates]),
            depth=torch.stack([p.depth for p in plates]),
            rotation=put(np.stack([f.rotation for f in frames])),
            centre=put(np.stack([f.centre for f in frames])),
            focal=put([f.focal * s for f in frames]),
            principal=put([f.principal for f in frames]) * s,
            near=put([f.near for f in frames]),
            setback=put([f.setback for f in frames]),
            receiver=_joined_receivers([p.receiver for p in plates]),
        )


def _joined_receivers(parts: Sequence[Receiver | None]) -> Receiver | None:
    known = [p for p in parts if p is not None]
    if len(known) != len(parts):
        return None
    if len(known) == 1:
        return known[0]
    fields = (torch.cat([getattr(p, name) for p in known], -1) for name in ("point", "normal", "direct", "lit"))
    return Receiver(*fields)
