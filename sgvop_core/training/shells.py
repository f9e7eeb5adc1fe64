"""The triangles of a mesh as plain arrays of float32, with their textures in small: what ``snapshots`` draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..render.textures import halved, linear_from_srgb
from ..scene.model import Array, Material, Mesh, Texture, flat_normals

FINEST = 128
"""Largest side of a texture that is kept: the whole picture has 96 pixels."""
_LINEAR = linear_from_srgb(np.arange(256) / 255.0).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Shell:
    """F triangles: vertices [N, 3] metres, faces [F, 3], normals [F, 3, 3], uvs [F, 3, 2], ``grain`` [F] (texture
    coordinates per metre), ``material`` [F]; of M materials base and glow [M, 3] (linear) and texture [M] (-1: none).

    ``texels`` [T, 3] linear; ``levels`` [textures * depth, 3]: first texel, width and height of each mip level.
    """

    vertices: Array
    faces: Array
    normals: Array
    uvs: Array
    grain: Array
    material: Array
    base: Array
    texture: Array
    glow: Array
    texels: Array
    levels: Array
    depth: int
    owner: Array
    """Whose each triangle is, [F] uint8, as it was given."""

    def arrays(self, linear: Array | None = None, offset: Array | None = None) -> tuple[Any, ...]:
        """Returns what the compiled shading takes, in its order, of the shell moved by ``linear`` [3, 3] and ``offset`` [3]."""
        vertices, normals, grain = self.vertices, self.normals, self.grain
        if linear is not None and offset is not None:
            vertices = (vertices @ linear.T + offset).astype(np.float32)
            normals = (normals.reshape(-1, 3) @ np.linalg.inv(linear)).astype(np.float32).reshape(normals.shape)
            grain = (grain / np.cbrt(abs(np.linalg.det(linear)))).astype(np.float32)
        looks = (self.material, self.base, self.texture, self.glow, self.texels, self.levels, self.depth)
        return (vertices, self.faces, normals, self.uvs, grain, *looks)


def shell_of(mesh: Mesh, anchor: Array, owner: Array) -> Shell:
    """Returns the shell of a mesh, positions relative to ``anchor`` [3], ``owner`` [faces] uint8.

    Triangles without area are left out."""
    vertices = np.asarray(mesh.vertices, np.float64) - anchor
    corners = vertices[mesh.faces]
    e1, e2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.sqrt(np.maximum((e1 * e1).sum(1) * (e2 * e2).sum(1) - (e1 * e2).sum(1) ** 2, 0))
    keep = area > 1e-14
    normals = mesh.corner_normals if mesh.corner_normals is not None else flat_normals(mesh)
    uvs = mesh.corner_uvs if mesh.corner_uvs is not None else np.zeros((len(mesh.faces), 3, 2))
    uvs = uvs[keep] - np.floor(uvs[keep].min(1, keepdims=True))  # exact in float32; all textures repeat
    d1, d2 = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    covered = np.abs(d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0])
    texture, texels, levels, depth = _mipmaps(mesh.materials)

    def single(values: Array) -> Array:
        return np.ascontiguousarray(values, np.float32)

    return Shell(
        single(vertices), np.ascontiguousarray(np.asarray(mesh.faces)[keep], np.int32), single(normals[keep]), single(uvs),
        single(np.sqrt(covered / area[keep])), np.ascontiguousarray(mesh.material_ids()[keep], np.int32),
        single(np.array([m.base_colour[:3] for m in mesh.materials])), texture,
        single(np.array([m.emissive for m in mesh.materials])), texels, levels, depth, owner[keep],
    )  # fmt: skip


def _mipmaps(materials: Sequence[Material]) -> tuple[Array, Array, Array, int]:
    """Returns the texture of each material [M] (-1: none), texels [T, 3], levels [textures * depth, 3] and depth."""
    places: dict[Texture, int] = {}
    number = np.full(len(materials), -1, np.int32)
    for k, material in enumerate(materials):
        if material.texture is not None and 0 not in material.texture.pixels.shape[:2]:
            number[k] = places.setdefault(material.texture, len(places))
    chains = [_chain(texture) for texture in places] or [((1, 1, np.ones((1, 3), np.float32)),)]
    depth = max(len(chain) for chain in chains)
    rows, start = [], 0
    for chain in chains:
        for level in range(depth):
            if level < len(chain):
                entry = (start, chain[level][0], chain[level][1])
                start += len(chain[level][2])
            rows.append(entry)
    texels = np.concatenate([texels for chain in chains for _, _, texels in chain])
    return number, texels, np.array(rows, np.int64), depth


@lru_cache(maxsize=4096)
def _chain(texture: Texture) -> tuple[tuple[int, int, Array], ...]:
    """Returns width, height and linear texels [w * h, 3] of a texture's mip levels, the finest at most FINEST wide."""
    image = _LINEAR[np.asarray(texture.pixels)[..., :3]]
    levels = []
    while True:
        if max(image.shape[:2]) <= FINEST:
            levels.append((image.shape[1], image.shape[0], np.ascontiguousarray(image.reshape(-1, 3))))
        if max(image.shape[:2]) == 1:
            return tuple(levels)
        image = halved(image)
