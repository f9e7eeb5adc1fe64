"""Pictures for training, drawn in a few milliseconds: forward only, with the renderer's cameras, lights and shadows.

The differentiable renderer prepares tables, plates and edges that pay off over the hundreds of steps of a search. A
training scene is looked at a few times, so here its triangles are drawn by the same compiled z-buffer and shaded by one
compiled loop over the samples. Lights, exposure and shadows follow ``render``; a test compares the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..guidance.clip.detail import cut_out, detail_windows, fine_side
from ..guidance.clip.ruler import ruled
from ..guidance.clip.sheet import ACROSS, CAMERAS, OBLIQUE, TOP, sheet_of
from ..guidance.clip.studio import metres_across
from ..render.frames import camera_frame
from ..render.lights import LightRig, make_rig
from ..render.options import RenderOptions
from ..render.shadows import LightView, light_view
from ..render.visibility.numba_zbuffer import draw_triangles
from ..scene.body import Body
from ..scene.model import Array, Camera, Scene
from .data import CELLS, NOTHING, TARGET, UNKNOWN_CELL
from .panels import Painted, Panel, Part, Plate, View
from .shading import LOCAL, darken, shade
from .shells import Shell, shell_of

TEXELS = 224
"""Side of the shadow map: a training picture has 96 pixels."""
SAMPLES = 2
"""Samples along each side of a pixel; three across pictures that are much wider (or higher) than the square."""
WIDE = 1.4
_STRENGTH = RenderOptions().shadow_strength


class Snapshots:
    """Draws a body over the rest of a scene, in one look: the scene's materials, lights and background as they are.

    ``owners``: a number for each object, by which ``cells`` name it; ``subject``: the body without its pin; ``close``: as the detail
    of a sheet shows it.
    """

    def __init__(
        self,
        scene: Scene,
        body: Body,
        size: int = 96,
        owners: Mapping[str, int] | None = None,
        subject: Body | None = None,
        close: Body | None = None,
    ) -> None:
        self.size, self.body, self.subject = size, body, subject or body
        static = scene.static_objects(body.names)
        bounds = scene.bounds(static) if static else body.bounds + body.origin
        self.anchor = bounds.mean(0)
        self.extent = float(np.linalg.norm(np.ptp(bounds, axis=0))) + body.size
        centre = body.origin + body.rotation @ body.bounds.mean(0)
        numbers = [(owners or {}).get(o.name, UNKNOWN_CELL) for o in static]
        owner = np.repeat(np.array(numbers, np.uint8), [0 if o.mesh is None else len(o.mesh.faces) for o in static])
        self.fixed: Shell = shell_of(scene.world_mesh(static), self.anchor, owner)
        self.moving = _moving(body)
        self.close = self.moving if close is None else _moving(close)
        self.background = np.asarray(scene.background, np.float32)
        self.rig = make_rig(scene, torch.float32, torch.device("cpu"), self.anchor, centre)
        self._lights = _light_arrays(self.rig)
        self._shadow = _Shadow(self.fixed, self.rig)

    def draw(self, matrices: Array, camera: Camera) -> tuple[Array, Array, Array]:
        """Returns pictures [K, S, S, 3] uint8 sRGB, squashed to the square, of poses [K, 4, 4], the share [K] of each that
        the body covers, and what is in the middle of each of its cells [K, CELLS, CELLS] uint8 (``data``)."""
        panel = self._panel(camera, self.size, CELLS, len(matrices))
        for k, moved in enumerate(self._moved(self.moving, matrices)):
            panel.take(k, self._painted(panel, moved, panel.whole))
        return panel.pictures, panel.area, panel.cells

    def draw_sheet(self, matrices: Array, cameras: Sequence[Camera]) -> tuple[Array, Array, Array]:
        """Returns the same of sheets (``guidance.clip.sheet``) from their four ``cameras``, but the shares [K, 4] of what each sees."""
        side, count, at = self.size // ACROSS, CELLS // ACROSS, CAMERAS.index(OBLIQUE)
        sides = [fine_side(side) if v == at else side for v in range(len(cameras))]
        panels = [self._panel(c, s, count, len(matrices)) for c, s in zip(cameras, sides, strict=True)]
        middle, diagonal = torch.as_tensor(self.subject.bounds.mean(0)), float(self.subject.size)
        windows = detail_windows(cameras[at], torch.as_tensor(np.asarray(matrices, np.float64)), middle, diagonal)
        shown = windows.numpy()
        for k, moved in enumerate(
            zip(self._moved(self.moving, matrices), self._moved(self.close, matrices), strict=True)
        ):
            for v, panel in enumerate(panels):
                part = panel.part(*shown[k]) if v == at else panel.whole
                window = tuple(shown[k]) if v == at else (0.0, 0.0, 1.0)
                panel.take(k, self._painted(panel, moved[v == at], part), part, window, through=True)
        fine = torch.from_numpy(panels[at].pictures).float()
        detail = (cut_out(fine, windows.float(), side) + 0.5).to(torch.uint8).numpy()
        pictures = np.stack([detail if v == at else p.pictures for v, p in enumerate(panels)], 1)
        top = CAMERAS.index(TOP)
        pictures[:, top] = ruled_bytes(pictures[:, top], metres_across(cameras[top]))
        cells = np.stack([p.cells for p in panels], 1)
        whole, where = (sheet_of(torch.from_numpy(x)).numpy() for x in (pictures, cells[..., None]))
        return whole, np.stack([p.area for p in panels], 1), where[..., 0]

    def hidden(self, matrices: Array, camera: Camera, size: int, close: bool = False) -> Array:
        """Returns what share of each pixel [K, size, size] shows something that hides the body at poses [K, 4, 4]; ``close``: the body
        is as the detail shows it."""
        panel = self._panel(camera, size, CELLS, 0)
        moved = self._moved(self.close if close else self.moving, matrices)
        return np.stack([panel.hidden_share(self._painted(panel, m, panel.whole)) for m in moved])

    def _moved(self, shell: Shell, matrices: Array) -> Iterator[tuple[Any, ...]]:
        """A shell of the body at each pose: its arrays, its own depths as the light sees them, and the lights with their shadows."""
        for matrix in np.asarray(matrices, np.float64):
            moved = shell.arrays(matrix[:3, :3], matrix[:3, 3] - self.anchor)
            own = self._shadow.depths(shell, moved[0])
            yield shell, moved, own, (self._lights, self._shadow.arrays(np.maximum(self._shadow.fixed, own)), _STRENGTH)

    def _painted(self, panel: Panel, placed: tuple[Any, ...], part: Part) -> Painted:
        """Returns what a part of a panel shows with the body in it."""
        shell, moved, own, light = placed
        top, bottom, left, right = part
        at, plate = (slice(top, bottom), slice(left, right)), panel.plate
        view = replace(
            panel.view, middle=(panel.view.middle[0] - left, panel.view.middle[1] - top), width=right - left, height=bottom - top
        )  # fmt: skip
        every, depth = np.full((view.height, view.width), -1, np.int64), np.zeros((view.height, view.width), np.float32)
        _rasterise(shell, moved[0], view, every, depth)
        before = depth > plate.depth[at]
        colour = plate.colour[at].copy()
        spots, direct = np.ascontiguousarray(plate.spots[at]), np.ascontiguousarray(plate.direct[at])
        darken(own, spots, direct, _STRENGTH, colour)
        beside = np.empty_like(spots), np.empty_like(direct)
        shade(np.where(before, every, -1), moved, *view.eye, *light, *beside, colour)
        body = every >= 0
        hidden = body & ~before
        if not hidden.any():
            return Painted(colour, body)
        alone = np.where((body & before)[..., None], colour, self.background)
        shade(np.where(hidden, every, -1), moved, *view.eye, *light, *beside, alone)
        return Painted(colour, body & before, alone, hidden)

    def _panel(self, camera: Camera, size: int, count: int, poses: int) -> Panel:
        view = self._view(camera, size)
        return Panel(view, self._plate(view), size, count, poses)

    def _view(self, camera: Camera, size: int) -> View:
        high, wide = (1.0, camera.aspect) if camera.aspect >= 1 else (1 / camera.aspect, 1.0)
        down = size * (SAMPLES if high <= WIDE else SAMPLES + 1)
        across = size * (SAMPLES if wide <= WIDE else SAMPLES + 1)
        # A frame of whole pixels is not needed: the squash is part of the projection.
        frame = camera_frame(camera, (round(down), round(down * camera.aspect)), self.extent)
        stretch = across / round(down * camera.aspect)
        middle = (frame.principal[0] * stretch, frame.principal[1])
        return View(
            frame.rotation.astype(np.float32), (frame.centre - self.anchor).astype(np.float32), stretch, frame.focal,
            middle, frame.near, across, down,
        )  # fmt: skip

    def _plate(self, view: View) -> Plate:
        shape = (view.height, view.width)
        ids, depth = np.full(shape, -1, np.int64), np.zeros(shape, np.float32)
        _rasterise(self.fixed, self.fixed.vertices, view, ids, depth)
        colour = np.broadcast_to(self.background, (*shape, 3)).copy()
        spots, direct = np.full((*shape, 3), -1, np.float32), np.zeros((*shape, 3), np.float32)
        light = (self._lights, self._shadow.arrays(self._shadow.fixed), _STRENGTH)
        shade(ids, self.fixed.arrays(), *view.eye, *light, spots, direct, colour)
        owner = np.append(self.fixed.owner, np.uint8(NOTHING))[ids]  # -1 is the last
        return Plate(depth, colour, spots, direct, owner)


def _moving(body: Body) -> Shell:
    return shell_of(body.mesh, np.zeros(3), np.full(len(body.mesh.faces), TARGET, np.uint8))


def ruled_bytes(pictures: Array, across: float) -> Array:
    """Returns square pictures [..., S, S, 3] uint8 that are ``across`` metres wide with the ruler over them (``guidance.clip.ruler``)."""
    marked = ruled(torch.from_numpy(pictures).float() / 255, across)
    return np.asarray((marked * 255 + 0.5).to(torch.uint8).numpy())


class _Shadow:
    """The strongest light's view of all that does not move, and its depth map ``fixed`` [T, T] of it."""

    def __init__(self, fixed: Shell, rig: LightRig) -> None:
        self.view: LightView | None = None
        if len(fixed.faces):
            low, high = fixed.vertices.min(0), fixed.vertices.max(0)
            radius = max(0.5 * float(np.linalg.norm(high - low)), 1e-6)
            self.view = light_view(rig, torch.from_numpy(0.5 * (low + high)), radius, TEXELS)
        self.fixed = self.depths(fixed, fixed.vertices)

    def depths(self, shell: Shell, vertices: Array) -> Array:
        """Returns 1 / depth [T, T] of a shell as the light sees it, 0 where it sees nothing."""
        view = self.view
        if view is None:
            return np.zeros((2, 2), np.float32)
        middle = (0.5 * view.texels, 0.5 * view.texels)
        rows, centre = view.rotation.numpy(), view.centre.numpy()
        camera = View(rows, centre, 1.0, view.focal, middle, view.near, view.texels, view.texels)
        depth = np.zeros((view.texels, view.texels), np.float32)
        _rasterise(shell, vertices, camera, np.full(depth.shape, -1, np.int64), depth)
        return depth

    def arrays(self, depth: Array) -> tuple[Array, Array, Array, float]:
        """Returns what the compiled shading takes."""
        if self.view is None:
            return depth, np.eye(3, dtype=np.float32), np.zeros(3, np.float32), 1.0
        return depth, self.view.rotation.numpy(), self.view.centre.numpy(), float(self.view.focal)


def _rasterise(shell: Shell, vertices: Array, view: View, ids: Array, depth: Array) -> None:
    """Draws a shell into ``ids`` and ``depth`` (1 / distance along the axis) [height, width]."""
    camera = np.ascontiguousarray(((vertices - view.centre) @ view.rows.T).T)
    camera[0] *= view.stretch
    ahead = camera[2] > view.near
    w = np.where(ahead, 1 / np.where(ahead, camera[2], 1.0), 0.0).astype(np.float32)
    x = camera[0] * w * np.float32(view.focal) + np.float32(view.middle[0])
    y = camera[1] * w * np.float32(view.focal) + np.float32(view.middle[1])
    draw_triangles(x, y, w, camera, shell.faces, view.focal, view.middle, view.near, ids, depth)


def _light_arrays(rig: LightRig) -> tuple[Any, ...]:
    """The rig as arrays of float32, with the number of the light that casts shadows (-1: none)."""
    kind, k = rig.strongest or ("", -1)
    number = -1 if k < 0 else k if kind == "sun" else LOCAL + k
    tensors = (
        rig.sun_direction, rig.sun_colour, rig.sky, rig.tilt, rig.position, rig.axis, rig.colour, rig.cone, rig.area,
    )  # fmt: skip
    return (*(np.ascontiguousarray(t.numpy(), np.float32) for t in tensors), number)
