"""Pictures for training, drawn in a few milliseconds: forward only, with the renderer's cameras, lights and shadows.

The differentiable renderer prepares tables, plates and edges that pay off over the hundreds of steps of a search. A
training scene is looked at a few times, so here its triangles are drawn by the same compiled z-buffer and shaded by one
compiled loop over the samples. Lights, exposure and shadows follow ``render``; a test compares the pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..guidance.clip.sheet import ACROSS, sheet_of
from ..render.frames import camera_frame
from ..render.lights import LightRig, make_rig
from ..render.options import RenderOptions
from ..render.shadows import LightView, light_view
from ..render.visibility.compiled import compiled
from ..render.visibility.numba_zbuffer import draw_triangles
from ..scene.body import Body
from ..scene.model import Array, Camera, Scene
from .data import CELLS, NOTHING, TARGET, UNKNOWN_CELL
from .shells import Shell, shell_of

TEXELS = 224
"""Side of the shadow map: a training picture has 96 pixels."""
SAMPLES = 2
"""Samples along each side of a pixel; three across pictures that are much wider (or higher) than the square."""
WIDE = 1.4
LOCAL = 1000
"""Where the numbers of local lights begin, behind those of suns."""
_STRENGTH = RenderOptions().shadow_strength


@dataclass(frozen=True, eq=False)
class _View:
    """A pinhole camera in samples: world to camera rows [3, 3], x stretched so that one focal length serves both axes."""

    rows: Array
    centre: Array
    stretch: float
    focal: float
    middle: tuple[float, float]
    near: float
    width: int
    height: int


class Snapshots:
    """Draws a body over the rest of a scene, in one look: the scene's materials, lights and background as they are.

    ``owners``: a number for each object, by which ``cells`` name it.
    """

    def __init__(self, scene: Scene, body: Body, size: int = 96, owners: Mapping[str, int] | None = None) -> None:
        self.size, self.body = size, body
        static = scene.static_objects(body.names)
        bounds = scene.bounds(static) if static else body.bounds + body.origin
        self.anchor = bounds.mean(0)
        self.extent = float(np.linalg.norm(np.ptp(bounds, axis=0))) + body.size
        centre = body.origin + body.rotation @ body.bounds.mean(0)
        numbers = [(owners or {}).get(o.name, UNKNOWN_CELL) for o in static]
        owner = np.repeat(np.array(numbers, np.uint8), [0 if o.mesh is None else len(o.mesh.faces) for o in static])
        self.fixed: Shell = shell_of(scene.world_mesh(static), self.anchor, owner)
        self.moving: Shell = shell_of(body.mesh, np.zeros(3), np.full(len(body.mesh.faces), TARGET, np.uint8))
        self.background = np.asarray(scene.background, np.float32)
        self.rig = make_rig(scene, torch.float32, torch.device("cpu"), self.anchor, centre)
        self._lights = _light_arrays(self.rig)
        self._shadow = _Shadow(self.fixed, self.rig)

    def draw(self, matrices: Array, camera: Camera) -> tuple[Array, Array, Array]:
        """Returns pictures [K, S, S, 3] uint8 sRGB, squashed to the square, of poses [K, 4, 4], the share [K] of each that
        the body covers, and what is in the middle of each of its cells [K, CELLS, CELLS] uint8 (``data``)."""
        pictures, area, cells = self._drawn(matrices, [camera], self.size, CELLS)
        return pictures[:, 0], area[:, 0], cells[:, 0]

    def draw_sheet(self, matrices: Array, cameras: Sequence[Camera]) -> tuple[Array, Array, Array]:
        """Returns the same of sheets of the views from four ``cameras`` (``guidance.clip.sheet``), but the shares [K, 4] by view."""
        pictures, area, cells = self._drawn(matrices, cameras, self.size // ACROSS, CELLS // ACROSS)
        whole, where = (sheet_of(torch.from_numpy(x)).numpy() for x in (pictures, cells[..., None]))
        return whole, area, where[..., 0]

    def _drawn(self, matrices: Array, cameras: Sequence[Camera], size: int, count: int) -> tuple[Array, Array, Array]:
        """The pictures [K, V, size, size, 3], shares [K, V] and cells [K, V, count, count] from V cameras."""
        shape = (len(matrices), len(cameras))
        pictures = np.empty((*shape, size, size, 3), np.uint8)
        area = np.empty(shape, np.float32)
        cells = np.empty((*shape, count, count), np.uint8)
        views = [self._view(camera, size) for camera in cameras]
        eyes = [(v.rows, v.centre, v.stretch, v.focal, *v.middle) for v in views]
        plates = [self._plate(view, eye) for view, eye in zip(views, eyes, strict=True)]
        for k, matrix in enumerate(np.asarray(matrices, np.float64)):
            moved = self.moving.arrays(matrix[:3, :3], matrix[:3, 3] - self.anchor)
            own = self._shadow.depths(self.moving, moved[0])
            light = (self._lights, self._shadow.arrays(np.maximum(self._shadow.fixed, own)), _STRENGTH)
            for v, (view, eye, plate) in enumerate(zip(views, eyes, plates, strict=True)):
                ids, colour = np.full(plate.depth.shape, -1, np.int64), plate.colour.copy()
                _rasterise(self.moving, moved[0], view, ids, plate.depth.copy())
                _darken(own, plate.spots, plate.direct, _STRENGTH, colour)
                _shade(ids, moved, *eye, *light, np.empty_like(plate.spots), np.empty_like(plate.direct), colour)
                pictures[k, v] = _encoded(colour, size)
                area[k, v] = float((ids >= 0).mean())
                middle = np.ix_(*(((np.arange(count) + 0.5) * n / count).astype(int) for n in plate.depth.shape))
                cells[k, v] = np.where(ids[middle] >= 0, np.uint8(TARGET), plate.owner[middle])
        return pictures, area, cells

    def _view(self, camera: Camera, size: int) -> _View:
        high, wide = (1.0, camera.aspect) if camera.aspect >= 1 else (1 / camera.aspect, 1.0)
        down = size * (SAMPLES if high <= WIDE else SAMPLES + 1)
        across = size * (SAMPLES if wide <= WIDE else SAMPLES + 1)
        # A frame of whole pixels is not needed: the squash is part of the projection.
        frame = camera_frame(camera, (round(down), round(down * camera.aspect)), self.extent)
        stretch = across / round(down * camera.aspect)
        middle = (frame.principal[0] * stretch, frame.principal[1])
        return _View(
            frame.rotation.astype(np.float32), (frame.centre - self.anchor).astype(np.float32), stretch, frame.focal,
            middle, frame.near, across, down,
        )  # fmt: skip

    def _plate(self, view: _View, eye: tuple[Any, ...]) -> _Plate:
        shape = (view.height, view.width)
        ids, depth = np.full(shape, -1, np.int64), np.zeros(shape, np.float32)
        _rasterise(self.fixed, self.fixed.vertices, view, ids, depth)
        colour = np.broadcast_to(self.background, (*shape, 3)).copy()
        spots, direct = np.full((*shape, 3), -1, np.float32), np.zeros((*shape, 3), np.float32)
        light = (self._lights, self._shadow.arrays(self._shadow.fixed), _STRENGTH)
        _shade(ids, self.fixed.arrays(), *eye, *light, spots, direct, colour)
        owner = np.append(self.fixed.owner, np.uint8(NOTHING))[ids]  # -1 is the last
        return _Plate(depth, colour, spots, direct, owner)


@dataclass(frozen=True, eq=False)
class _Plate:
    """All that does not move: ``depth`` [h, w] (1 / depth), colour [h, w, 3] (linear), and what ``_shade`` puts beside it."""

    depth: Array
    colour: Array
    spots: Array
    direct: Array
    owner: Array


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
        camera = _View(rows, centre, 1.0, view.focal, middle, view.near, view.texels, view.texels)
        depth = np.zeros((view.texels, view.texels), np.float32)
        _rasterise(shell, vertices, camera, np.full(depth.shape, -1, np.int64), depth)
        return depth

    def arrays(self, depth: Array) -> tuple[Array, Array, Array, float]:
        """Returns what the compiled shading takes."""
        if self.view is None:
            return depth, np.eye(3, dtype=np.float32), np.zeros(3, np.float32), 1.0
        return depth, self.view.rotation.numpy(), self.view.centre.numpy(), float(self.view.focal)


def _rasterise(shell: Shell, vertices: Array, view: _View, ids: Array, depth: Array) -> None:
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


def _encoded(colour: Array, size: int) -> Array:
    """Returns sRGB bytes [S, S, 3] of linear samples [h, w, 3], whole numbers of samples a pixel."""
    down, across = colour.shape[0] // size, colour.shape[1] // size
    rows = sum(colour[i::down] for i in range(1, down)) + colour[::down]
    total = sum(rows[:, j::across] for j in range(1, across)) + rows[:, ::across]
    return _SRGB[np.clip(total * (4095 / (down * across)) + 0.5, 0, 4095).astype(np.int32)]


def _srgb_table() -> Array:
    v = np.arange(4096) / 4095
    return (255 * np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055) + 0.5).astype(np.uint8)


_SRGB = _srgb_table()


@compiled(inline="always")
def _texel(texels, levels, depth, texture, u, v, footprint, out):  # type: ignore[no-untyped-def]
    """Puts the bilinear colour of a repeated texture at its nearest mip level into ``out`` [3]."""
    level = 0
    if footprint > 1.0:
        level = int(math.floor(math.log2(footprint) + 0.5))
        level = min(level, depth - 1)
    entry = texture * depth + level
    start, width, height = levels[entry, 0], levels[entry, 1], levels[entry, 2]
    x = (u - math.floor(u)) * width - 0.5
    y = (1.0 - (v - math.floor(v))) * height - 0.5
    left, top = int(math.floor(x)), int(math.floor(y))
    fx, fy = x - left, y - top
    x0, x1 = left % width, (left + 1) % width
    y0, y1 = top % height, (top + 1) % height
    for c in range(3):
        upper = texels[start + y0 * width + x0, c] * (1 - fx) + texels[start + y0 * width + x1, c] * fx
        lower = texels[start + y1 * width + x0, c] * (1 - fx) + texels[start + y1 * width + x1, c] * fx
        out[c] = upper * (1 - fy) + lower * fy


@compiled(inline="always")
def _place(side, rows, centre, focal, p, n, spot):  # type: ignore[no-untyped-def]
    """Puts where the light sees a point into ``spot`` [3]: column and row in its depth map, and the 1 / depth beyond which
    something stands before it (as ``render.shadows.DepthMap.shaded``); a column of -1 where it sees nothing."""
    away = math.sqrt((p[0] - centre[0]) ** 2 + (p[1] - centre[1]) ** 2 + (p[2] - centre[2]) ** 2)
    lift = away * 1.5 / focal
    qx, qy, qz = p[0] + n[0] * lift - centre[0], p[1] + n[1] * lift - centre[1], p[2] + n[2] * lift - centre[2]
    ahead = rows[2, 0] * qx + rows[2, 1] * qy + rows[2, 2] * qz
    w = 1.0 / max(ahead, 1e-6)
    spot[0] = (rows[0, 0] * qx + rows[0, 1] * qy + rows[0, 2] * qz) * w * focal + 0.5 * side - 0.5
    spot[1] = (rows[1, 0] * qx + rows[1, 1] * qy + rows[1, 2] * qz) * w * focal + 0.5 * side - 0.5
    spot[2] = w * (1 + 2e-4)
    if ahead <= 1e-6 or spot[0] < 0 or spot[1] < 0 or spot[0] >= side - 1 or spot[1] >= side - 1:
        spot[0] = -1.0


@compiled(inline="always")
def _blocked(depth, spot):  # type: ignore[no-untyped-def]
    """Returns the share of the light that is blocked there."""
    if spot[0] < 0:
        return 0.0
    left, top = int(spot[0]), int(spot[1])
    fx, fy = spot[0] - left, spot[1] - top
    a = 1.0 if depth[top, left] > spot[2] else 0.0
    b = 1.0 if depth[top, left + 1] > spot[2] else 0.0
    c = 1.0 if depth[top + 1, left] > spot[2] else 0.0
    d = 1.0 if depth[top + 1, left + 1] > spot[2] else 0.0
    return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy


@compiled()
def _darken(depth, spots, direct, strength, colour):  # type: ignore[no-untyped-def]
    """Takes the body's shadow, by its own depth map, from colours [h, w, 3]."""
    for y in range(colour.shape[0]):
        for x in range(colour.shape[1]):
            taken = strength * _blocked(depth, spots[y, x])
            if taken > 0:
                for c in range(3):
                    colour[y, x, c] -= direct[y, x, c] * taken


@compiled()
def _shade(  # type: ignore[no-untyped-def]
    ids, shell, rows, centre, stretch, focal, cx, cy, lights, shadow, strength, spots, direct, colour,
):  # fmt: skip
    """Puts the linear colours of a shell's samples into ``colour`` [h, w, 3], where ``ids`` [h, w] names a triangle; the
    part of them that the light with the shadows makes into ``direct``, and where that light sees them into ``spots``."""
    vertices, faces, normals, uvs, grain, material, base, texture, glow, texels, levels, depth = shell
    suns, sun_colours, sky, tilt, places, axes, colours, cones, areas, strongest = lights
    light_depth, light_rows, light_centre, light_focal = shadow
    p, n, texel, out, spot, shown = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for y in range(ids.shape[0]):
        ry = (y + 0.5 - cy) / focal
        for x in range(ids.shape[1]):
            t = ids[y, x]
            if t < 0:
                continue
            rx = (x + 0.5 - cx) / (focal * stretch)
            i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
            ax, ay, az = vertices[i, 0], vertices[i, 1], vertices[i, 2]
            e1x, e1y, e1z = vertices[j, 0] - ax, vertices[j, 1] - ay, vertices[j, 2] - az
            e2x, e2y, e2z = vertices[k, 0] - ax, vertices[k, 1] - ay, vertices[k, 2] - az
            dx = rows[0, 0] * rx + rows[1, 0] * ry + rows[2, 0]
            dy = rows[0, 1] * rx + rows[1, 1] * ry + rows[2, 1]
            dz = rows[0, 2] * rx + rows[1, 2] * ry + rows[2, 2]
            # Where the ray meets the triangle's plane, by Cramer's rule (Moeller and Trumbore 1997).
            hx, hy, hz = dy * e2z - dz * e2y, dz * e2x - dx * e2z, dx * e2y - dy * e2x
            det = e1x * hx + e1y * hy + e1z * hz
            if abs(det) < 1e-20:
                det = 1e-20
            sx, sy, sz = centre[0] - ax, centre[1] - ay, centre[2] - az
            b1 = (sx * hx + sy * hy + sz * hz) / det
            qx, qy, qz = sy * e1z - sz * e1y, sz * e1x - sx * e1z, sx * e1y - sy * e1x
            b2 = (dx * qx + dy * qy + dz * qz) / det
            far = (e2x * qx + e2y * qy + e2z * qz) / det
            b1, b2 = min(max(b1, 0.0), 1.0), min(max(b2, 0.0), 1.0)
            b0 = max(1.0 - b1 - b2, 0.0)
            p[0], p[1], p[2] = centre[0] + far * dx, centre[1] + far * dy, centre[2] + far * dz
            for c in range(3):
                n[c] = b0 * normals[t, 0, c] + b1 * normals[t, 1, c] + b2 * normals[t, 2, c]
            gx, gy, gz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
            along = gx * dx + gy * dy + gz * dz
            length = math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
            sign = (-1.0 if along > 0 else 1.0) / max(length, 1e-12)
            for c in range(3):
                n[c] *= sign

            m = material[t]
            texel[0], texel[1], texel[2] = 1.0, 1.0, 1.0
            if texture[m] >= 0:
                u = b0 * uvs[t, 0, 0] + b1 * uvs[t, 1, 0] + b2 * uvs[t, 2, 0]
                v = b0 * uvs[t, 0, 1] + b1 * uvs[t, 1, 1] + b2 * uvs[t, 2, 1]
                wide, high = levels[texture[m] * depth, 1], levels[texture[m] * depth, 2]
                # As the renderer's: a sample spans depth / f across the ray, stretched on the surface by 1 / cos one way.
                reach = math.sqrt(dx * dx + dy * dy + dz * dz)
                cosine = abs(along) / max(math.sqrt(gx * gx + gy * gy + gz * gz) * reach, 1e-20)
                footprint = grain[t] * math.sqrt(wide * high) * far / focal * reach / math.sqrt(max(cosine, 0.05))
                _texel(texels, levels, depth, texture[m], u, v, footprint, texel)

            taken = blocked = 0.0
            if strongest >= 0:
                _place(light_depth.shape[0], light_rows, light_centre, light_focal, p, n, spot)
                blocked = _blocked(light_depth, spot)
                taken = strength * blocked
                for c in range(3):
                    spots[y, x, c] = spot[c]
            for c in range(3):
                out[c] = sky[c] + tilt[c] * n[2]
            for s in range(suns.shape[0]):
                lit = max(suns[s, 0] * n[0] + suns[s, 1] * n[1] + suns[s, 2] * n[2], 0.0)
                if s == strongest:
                    for c in range(3):
                        shown[c] = sun_colours[s, c] * lit * (1.0 - blocked)
                    lit *= 1.0 - taken
                for c in range(3):
                    out[c] += sun_colours[s, c] * lit
            for s in range(places.shape[0]):
                lx, ly, lz = places[s, 0] - p[0], places[s, 1] - p[1], places[s, 2] - p[2]
                inverse = 1.0 / math.sqrt(max(lx * lx + ly * ly + lz * lz, 1e-6))
                ahead = -(axes[s, 0] * lx + axes[s, 1] * ly + axes[s, 2] * lz) * inverse
                share = min(max((ahead - cones[s, 0]) / (cones[s, 1] - cones[s, 0]), 0.0), 1.0)
                beam = max(ahead, 0.0) if areas[s] > 0 else share * share * (3 - 2 * share)
                lit = max(lx * n[0] + ly * n[1] + lz * n[2], 0.0) * inverse * beam * inverse * inverse
                if s + LOCAL == strongest:
                    for c in range(3):
                        shown[c] = colours[s, c] * lit * (1.0 - blocked)
                    lit *= 1.0 - taken
                for c in range(3):
                    out[c] += colours[s, c] * lit
            for c in range(3):
                colour[y, x, c] = out[c] * texel[c] * base[m, c] + glow[m, c]
                direct[y, x, c] = shown[c] * texel[c] * base[m, c]
