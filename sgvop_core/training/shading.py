"""Compiled loops over the samples of a training picture: lights, textures and shadows, as ``render`` has them."""

from __future__ import annotations

import math

import numpy as np

from ..render.visibility.compiled import compiled
from ..scene.model import Array

LOCAL = 1000
"""Where the numbers of local lights begin, behind those of suns."""


def encoded(colour: Array, down: int, across: int) -> Array:
    """Returns sRGB bytes [h / down, w / across, 3] of linear samples [h, w, 3], so many a pixel."""
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
def darken(depth, spots, direct, strength, colour):  # type: ignore[no-untyped-def]
    """Takes the body's shadow, by its own depth map, from colours [h, w, 3]."""
    for y in range(colour.shape[0]):
        for x in range(colour.shape[1]):
            taken = strength * _blocked(depth, spots[y, x])
            if taken > 0:
                for c in range(3):
                    colour[y, x, c] -= direct[y, x, c] * taken


@compiled()
def shade(  # type: ignore[no-untyped-def]
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
