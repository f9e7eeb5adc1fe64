"""The truth that gradients are held against: finite differences of a heavily supersampled render.

It shares no code with the renderer: vertices go to the world and to the screen in float64, a compiled z-buffer fills
``supersampling`` squared samples a pixel, each sample is shaded by itself (corner normals and colours, Lambert light of
suns and sky, two-sided, no textures) and samples are averaged. Pictures are compared in linear light: the share of a
pixel that is covered acts linearly there, while sRGB would bend it inside every boundary pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np


@dataclass
class OracleMesh:
    """vertices [N, 3], faces [F, 3], corner normals and linear colours [F, 3, 3]."""

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    colours: np.ndarray


@dataclass
class OracleLight:
    """One sun: direction towards it [3], colour [3]; sky [3] from all sides and tilt [3] times the normal's z."""

    direction: np.ndarray
    colour: np.ndarray
    sky: np.ndarray
    tilt: np.ndarray


@numba.njit(nogil=True, cache=True)
def _zbuffer(px, py, pw, faces, left, top, depth, ids):
    height, width = ids.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        area = (px[b] - px[a]) * (py[c] - py[a]) - (px[c] - px[a]) * (py[b] - py[a])
        if area == 0.0 or pw[a] <= 0 or pw[b] <= 0 or pw[c] <= 0:
            continue
        y0 = max(math.ceil(min(py[a], py[b], py[c]) - 0.5), top)
        y1 = min(math.floor(max(py[a], py[b], py[c]) - 0.5), top + height - 1)
        x0 = max(math.ceil(min(px[a], px[b], px[c]) - 0.5), left)
        x1 = min(math.floor(max(px[a], px[b], px[c]) - 0.5), left + width - 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                xx, yy = x + 0.5, y + 0.5
                l1 = ((xx - px[a]) * (py[c] - py[a]) - (px[c] - px[a]) * (yy - py[a])) / area
                l2 = ((px[b] - px[a]) * (yy - py[a]) - (xx - px[a]) * (py[b] - py[a])) / area
                l0 = 1.0 - l1 - l2
                if l0 < 0 or l1 < 0 or l2 < 0:
                    continue
                w = l0 * pw[a] + l1 * pw[b] + l2 * pw[c]
                if w > depth[y - top, x - left]:
                    depth[y - top, x - left] = w
                    ids[y - top, x - left] = t


@numba.njit(nogil=True, cache=True)
def _shade(px, py, pw, faces, world, normals, colours, turn, eye, sun, sun_colour, sky, tilt, left, top, ids, out):
    """Writes the linear colour of every sample that hit a triangle into ``out`` [h, w, 3]."""
    height, width = ids.shape
    n = np.zeros(3)
    for y in range(height):
        for x in range(width):
            t = ids[y, x]
            if t < 0:
                continue
            a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
            xx, yy = x + left + 0.5, y + top + 0.5
            area = (px[b] - px[a]) * (py[c] - py[a]) - (px[c] - px[a]) * (py[b] - py[a])
            l1 = ((xx - px[a]) * (py[c] - py[a]) - (px[c] - px[a]) * (yy - py[a])) / area
            l2 = ((px[b] - px[a]) * (yy - py[a]) - (xx - px[a]) * (py[b] - py[a])) / area
            k0, k1, k2 = (1 - l1 - l2) * pw[a], l1 * pw[b], l2 * pw[c]
            total = k0 + k1 + k2
            k0, k1, k2 = k0 / total, k1 / total, k2 / total
            for i in range(3):
                n[i] = 0.0
            for j in range(3):
                m = k0 * normals[t, 0, j] + k1 * normals[t, 1, j] + k2 * normals[t, 2, j]
                for i in range(3):
                    n[i] += turn[i, j] * m
            length = math.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2)
            # the face's own normal says which side is looked at
            e1x, e1y, e1z = world[b, 0] - world[a, 0], world[b, 1] - world[a, 1], world[b, 2] - world[a, 2]
            e2x, e2y, e2z = world[c, 0] - world[a, 0], world[c, 1] - world[a, 1], world[c, 2] - world[a, 2]
            gx, gy, gz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
            facing = gx * (eye[0] - world[a, 0]) + gy * (eye[1] - world[a, 1]) + gz * (eye[2] - world[a, 2])
            sign = 1.0 if facing > 0 else -1.0
            for i in range(3):
                n[i] = n[i] * sign / length
            lambert = max(0.0, n[0] * sun[0] + n[1] * sun[1] + n[2] * sun[2])
            for i in range(3):
                albedo = k0 * colours[t, 0, i] + k1 * colours[t, 1, i] + k2 * colours[t, 2, i]
                out[y, x, i] = albedo * (sky[i] + tilt[i] * n[2] + lambert * sun_colour[i])


@numba.njit(nogil=True, cache=True)
def _compose(front, front_w, ids, back, back_w, ss, out):
    """Averages the nearer of two pictures over squares of samples into ``out`` [h, w, 3]."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for i in range(3):
                total = 0.0
                for sy in range(y * ss, y * ss + ss):
                    for sx in range(x * ss, x * ss + ss):
                        if ids[sy, sx] >= 0 and front_w[sy, sx] > back_w[sy, sx]:
                            total += front[sy, sx, i]
                        else:
                            total += back[sy, sx, i]
                out[y, x, i] = total / (ss * ss)


class Oracle:
    """Renders a body in front of static meshes for a camera matrix [4, 4] (Blender's axes) and vertical field of view."""

    def __init__(self, body, static, camera, yfov, size, light, background):
        self.body, self.static, self.light, self.size = body, static, light, size
        self.eye = camera[:3, 3]
        self.axes = camera[:3, :3]
        self.focal = 0.5 * size / math.tan(yfov / 2)
        self.background = background
        self._plates = {}

    def screen(self, world, ss=1):
        """Returns x, y in samples and 1 / depth of world points [N, 3]."""
        local = (world - self.eye) @ self.axes
        w = np.where(local[:, 2] < -1e-3, -1 / np.minimum(local[:, 2], -1e-3), -1.0)
        x = (self.size / 2 + self.focal * local[:, 0] * w) * ss
        y = (self.size / 2 - self.focal * local[:, 1] * w) * ss
        return x, y, w

    def _draw(self, mesh, world, turn, box, ss, out):
        left, top, right, bottom = box
        depth = np.zeros((bottom - top, right - left), np.float32)
        ids = np.full(depth.shape, -1, np.int32)
        x, y, w = self.screen(world, ss)
        s = self.light
        _zbuffer(x, y, w, mesh.faces, left, top, depth, ids)
        _shade(x, y, w, mesh.faces, world, mesh.normals, mesh.colours, np.ascontiguousarray(turn), self.eye,
               s.direction, s.colour, s.sky, s.tilt, left, top, ids, out)  # fmt: skip
        return depth, ids

    def plate(self, ss):
        if ss not in self._plates:
            n = self.size * ss
            colour = np.empty((n, n, 3), np.float32)
            colour[:] = self.background
            depth, _ = self._draw(self.static, self.static.vertices, np.eye(3), (0, 0, n, n), ss, colour)
            low = colour.reshape(self.size, ss, self.size, ss, 3).mean((1, 3), dtype=np.float64)
            self._plates[ss] = colour, depth, low
        return self._plates[ss]

    def render(self, scale, rotation, position, ss):
        """Returns linear colours [size, size, 3] of the body at ``position + rotation @ (scale * x)``; scale [3]."""
        colour, depth, low = self.plate(ss)
        image = low.copy()
        world = self.body.vertices * scale @ rotation.T + position
        x, y, _ = self.screen(world)
        x0, x1 = max(0, math.floor(x.min()) - 1), min(self.size, math.ceil(x.max()) + 1)
        y0, y1 = max(0, math.floor(y.min()) - 1), min(self.size, math.ceil(y.max()) + 1)
        if x1 > x0 and y1 > y0:
            box = (x0 * ss, y0 * ss, x1 * ss, y1 * ss)
            window = (slice(box[1], box[3]), slice(box[0], box[2]))
            front = np.empty((box[3] - box[1], box[2] - box[0], 3), np.float32)
            front_w, ids = self._draw(self.body, world, rotation / scale, box, ss, front)
            out = np.empty((y1 - y0, x1 - x0, 3))
            _compose(front, front_w, ids, colour[window], depth[window], ss, out)
            image[y0:y1, x0:x1] = out
        return np.clip(image, 0, 1)


def turn_of(vector):
    """Returns the rotation [3, 3] of a rotation vector [3]."""
    angle = np.linalg.norm(vector)
    k = np.array([[0, -vector[2], vector[1]], [vector[2], 0, -vector[0]], [-vector[1], vector[0], 0]])
    if angle < 1e-12:
        return np.eye(3) + k
    return np.eye(3) + math.sin(angle) / angle * k + (1 - math.cos(angle)) / angle**2 * k @ k
