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
from .frames import CameraFrame, frame_key
from .shadows import Receiver
from .stage import Stage
from .textures import srgb_from_linear


@dataclass(frozen=True, eq=False)
class Plate:
    """P samples and H * W pixels of one camera: ``colour`` [3, P] and ``low`` [3, H * W] linear, ``w`` [P] = 1 / depth
    (0 for the background), ``edges`` two [P] bool, ``shares`` [2, P] where on the way to the right
    and to the lower neighbour a silhouette passes (-1: nowhere), ``srgb`` [3, H * W], ``depth`` [H * W] metres (inf: background)."""

    frame: CameraFrame
    colour: Tensor
    w: Tensor
    edges: tuple[Tensor, Tensor]
    shares: Tensor
    low: Tensor
    srgb: Tensor
    depth: Tensor
    receiver: Receiver | None


@dataclass(frozen=True, eq=False)
class Plates:
    """The plates of V cameras end to end: colour [3, V * P], w [V * P], edges, shares [2, V * P], low [3, V * H * W], srgb [V, 3, H * W],
    depth [V, H * W]; rotation [V, 3, 3], centre [V, 3], focal [V], principal [V, 2] (in samples), near, setback [V]."""

    colour: Tensor
    w: Tensor
    edges: tuple[Tensor, Tensor]
    shares: Tensor
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


def make_plate(stage: Stage, frame: CameraFrame, size: tuple[int, int]) -> Plate:
    """Returns the plate of a camera."""
    s = stage.options.samples
    height, width = size[0] * s, size[1] * s
    drawn = stage.draw(frame, size)
    colour, w = drawn.colour, drawn.w
    smooth = colour
    shares = torch.full((2, height * width), -1.0, dtype=colour.dtype, device=colour.device)
    if drawn.crossings is not None:
        a, b, axis, alpha = drawn.crossings
        shares[axis, a] = alpha
        change = (alpha - 0.5) * (colour.index_select(1, a) - colour.index_select(1, b))
        smooth = colour.clone().scatter_add_(1, torch.where(alpha > 0.5, b, a).expand(3, -1), change)
    low = pooled(smooth.view(3, height, width), s).reshape(3, -1)
    nearest = w.view(size[0], s, size[1], s).amax((1, 3)).reshape(-1)
    depth = torch.where(nearest > 0, 1 / nearest.clamp_min(1e-30) - frame.setback, torch.inf)
    edges = edge_flags(w, height, width, frame.focal * s, stage.options.gap)
    receiver = None
    if drawn.direct is not None and drawn.point is not None and drawn.normal is not None:
        direct = pooled(drawn.direct.view(3, height, width), s).reshape(3, -1)
        point, normal = (
            a.view(3, height, width)[:, s // 2 :: s, s // 2 :: s].reshape(3, -1) for a in (drawn.point, drawn.normal)
        )
        receiver = Receiver(point, normal, direct, direct.sum(0) > 1e-4)
    return Plate(frame, colour, w, edges, shares, low, srgb_from_linear(low), depth, receiver)


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
                plate = make_plate(self.stage, frame, self.size)
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
            shares=cat([p.shares for p in plates], 1),
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
