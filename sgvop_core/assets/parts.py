"""The material from which assets are put together: closed or open pieces of surface with one material each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..scene.model import Array, Material, Mesh


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of surface: vertices [N, 3] metres, faces [F, 3], corner uvs [F, 3, 2], one material.

    ``crease`` is the angle in degrees above which an edge between two faces is shaded as an edge.
    """

    vertices: Array
    faces: Array
    uvs: Array
    material: Material
    crease: float = 40.0

    def moved(self, matrix: Array) -> Part:
        """Returns the part under an affine 4x4; a mirror turns the winding back."""
        linear = np.asarray(matrix, np.float64)[:3, :3]
        vertices = self.vertices @ linear.T + np.asarray(matrix)[:3, 3]
        if np.linalg.det(linear) < 0:
            return replace(self, vertices=vertices, faces=self.faces[:, [0, 2, 1]], uvs=self.uvs[:, [0, 2, 1]])
        return replace(self, vertices=vertices)

    def at(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Part:
        """Returns the part shifted by metres."""
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def turned(self, axis: str, degrees: float) -> Part:
        """Returns the part rotated about a world axis (``x``, ``y`` or ``z``) through the origin."""
        return self.moved(turn(axis, degrees))

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Part:
        """Returns the part scaled about the origin, by one factor or one an axis."""
        return self.moved(np.diag([x, x if y is None else y, x if z is None else z, 1.0]))

    def warped(self, function: Callable[[Array], Array]) -> Part:
        """Returns the part with its vertices [N, 3] sent through ``function``."""
        return replace(self, vertices=np.asarray(function(self.vertices.copy()), np.float64))

    def of(self, material: Material) -> Part:
        """Returns the part in another material."""
        return replace(self, material=material)


def turn(axis: str, degrees: float) -> Array:
    """Returns the 4x4 rotation about ``x``, ``y`` or ``z``."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    i = "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    matrix = np.eye(4)
    matrix[j, j], matrix[j, k], matrix[k, j], matrix[k, k] = c, -s, s, c
    return matrix


def shift(x: float, y: float, z: float) -> Array:
    """Returns the 4x4 translation by metres."""
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    return matrix


def box_uvs(vertices: Array, faces: Array, tile: float, grain: int | None = None, offset: float = 0.0) -> Array:
    """Returns corner uvs [F, 3, 2] projected along each face's dominant axis; one unit is ``tile`` metres.

    ``grain`` is the axis along which u runs wherever it lies in the face; by default the longest of the box.
    ``offset`` shifts the picture so that equal pieces do not look alike.
    """
    corners = vertices[faces]
    normal = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    extent = np.ptp(vertices, axis=0)
    order = list(np.argsort(-extent, kind="stable"))
    if grain is not None:
        order = [grain] + [a for a in order if a != grain]
    uvs = np.empty((len(faces), 3, 2))
    axis = normal.argmax(1)
    for a in range(3):
        u, v = [b for b in order if b != a]
        mine = axis == a
        uvs[mine, :, 0], uvs[mine, :, 1] = corners[mine][:, :, u], corners[mine][:, :, v]
    return uvs / tile + np.array([offset, offset * 0.618])


def smooth_normals(vertices: Array, faces: Array, crease: float) -> Array:
    """Returns unit corner normals [F, 3, 3]: the area-weighted mean over the vertex's faces within ``crease`` degrees.

    Vertices count as one where they coincide to a micrometre.
    """
    corners = vertices[faces]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = area / np.maximum(np.linalg.norm(area, axis=1, keepdims=True), 1e-30)
    _, welded = np.unique(np.round(vertices, 6), axis=0, return_inverse=True)
    key = welded.reshape(-1)[faces].reshape(-1)
    order = np.argsort(key, kind="stable")
    face = order // 3
    _, start, count = np.unique(key[order], return_index=True, return_counts=True)
    total = np.zeros((len(order), 3))
    limit = math.cos(math.radians(crease))
    for valence in np.unique(count):
        rows = start[count == valence][:, None] + np.arange(valence)
        ring = face[rows]
        near = np.einsum("gik,gjk->gij", unit[ring], unit[ring]) >= limit
        total[rows] = np.einsum("gij,gjk->gik", near.astype(float), area[ring])
    normals = np.empty_like(total)
    normals[order] = total
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    flat = np.repeat(unit, 3, axis=0)
    return np.where(length > 1e-20, normals / np.maximum(length, 1e-30), flat).reshape(-1, 3, 3)


def build_mesh(name: str, parts: Sequence[Part]) -> Mesh:
    """Returns one mesh of the parts, with corner normals and one entry a material."""
    materials: list[Material] = []
    ids, normals, faces, start = [], [], [], 0
    for part in parts:
        if not any(part.material is m for m in materials):
            materials.append(part.material)
        index = next(i for i, m in enumerate(materials) if m is part.material)
        ids.append(np.full(len(part.faces), index, np.int32))
        normals.append(smooth_normals(part.vertices, part.faces, part.crease))
        faces.append(part.faces + start)
        start += len(part.vertices)
    return Mesh(
        name=name,
        vertices=np.concatenate([p.vertices for p in parts]).astype(np.float64),
        faces=np.concatenate(faces).astype(np.int32),
        corner_normals=np.concatenate(normals),
        corner_uvs=np.concatenate([p.uvs for p in parts]).astype(np.float64),
        face_materials=np.concatenate(ids),
        materials=tuple(materials),
    )
