"""A mesh as tensors: what the renderer looks up for each triangle, and the edges that can be silhouettes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..scene.model import Array, Mesh
from .textures import TextureAtlas, build_atlas

CHUNK = 65_536
"""Triangles that are prepared at once: their float64 work then stays in the processor's cache."""
WELD = 1e-6
"""Vertices closer than this share of the mesh's size are one when edges are built, so seams are not silhouettes."""


@dataclass(frozen=True, eq=False)
class Cutouts:
    """Alpha-tested triangles: ``material`` [F] int32 into the maps (-1 for solid ones), ``uvs`` [F, 6] float32.

    Map i is ``alpha[start[i] : start[i] + width[i] * height[i]]`` (uint8, first row on top) and keeps what is at or
    above ``cutoff[i]`` (in 0 to 255); ``wrap`` [maps, 2] as in TextureAtlas.
    """

    material: Array
    uvs: Array
    alpha: Array
    start: Array
    width: Array
    height: Array
    cutoff: Array
    wrap: Array


@dataclass(frozen=True, eq=False)
class Edges:
    """Unique edges of a welded mesh: end points ``u``, ``v`` [E] (vertex indices), their faces ``left``, ``right`` [E],
    ``flip`` [E] where the two faces wind against each other, ``open`` [E] where there is only one face (or above two)."""

    u: Tensor
    v: Tensor
    left: Tensor
    right: Tensor
    flip: Tensor
    open: Tensor


@dataclass(frozen=True, eq=False)
class TriangleTable:
    """N vertices and F triangles on one device. Positions are relative to ``anchor`` [3] (numpy, metres).

    vertices [3, N]; faces [F, 3] int64; geometry [12, F]: unit normal, two vectors g1, g2 with
    ``b_i = (P - a) . g_i`` (the barycentrics of the second and third corner), and the first corner a. normals [9, F]:
    first corner normal and the two differences to it (None: flat). uvs [6, F] likewise, density [F]: finest texels per
    metre, texture [F]. base [3, F]: linear base colour, or [3, 1] when all are equal. colours [9, F]: corner colours,
    first and differences. emissive [3, F] or None. lit [F]: 0 for unlit materials, else 1 (None: all are lit).
    """

    anchor: Array
    vertices: Tensor
    faces: Tensor
    faces32: Array
    geometry: Tensor
    normals: Tensor | None
    uvs: Tensor | None
    density: Tensor | None
    texture: Tensor | None
    atlas: TextureAtlas | None
    base: Tensor
    colours: Tensor | None
    emissive: Tensor | None
    lit: Tensor | None
    cutouts: Cutouts | None
    edges: Edges | None

    @property
    def count(self) -> int:
        """F, the number of triangles."""
        return self.faces.shape[0]


def build_table(
    mesh: Mesh, *, dtype: torch.dtype, device: torch.device, edges: bool, anchor: Array | None = None
) -> TriangleTable:
    """Returns the table of a mesh, without triangles that have no area; ``edges`` asks for the silhouette candidates.

    Positions are kept relative to ``anchor`` [3], metres; None takes the middle of the mesh's box.
    """
    vertices = np.asarray(mesh.vertices, np.float64)
    sound = np.isfinite(vertices).all(1)
    if anchor is None:
        known = vertices[sound]
        anchor = 0.5 * (known.min(0) + known.max(0)) if len(known) else np.zeros(3)
    vertices = vertices - anchor
    faces = np.asarray(mesh.faces, np.int64).reshape(-1, 3)
    ids = np.clip(np.asarray(mesh.material_ids()), 0, len(mesh.materials) - 1)
    textured = mesh.corner_uvs is not None and any(m.texture is not None for m in mesh.materials)
    atlas, index = build_atlas(mesh.materials, dtype, device) if textured else (None, np.zeros(0, np.int64))
    chunks = [
        _chunk(mesh, vertices, faces, ids, atlas, index, slice(first, first + CHUNK), dtype)
        for first in range(0, max(len(faces), 1), CHUNK)
    ]
    keep = np.concatenate([c.keep for c in chunks])
    faces, ids = faces[keep], ids[keep]
    vertices = np.where(sound[:, None], vertices, 0.0)  # their triangles are gone; NaN would spoil the screen box

    def joined(name: str) -> Tensor | None:
        parts = [getattr(c, name) for c in chunks]
        return None if any(p is None for p in parts) else torch.cat(parts, 1).to(device)

    def rows(array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array.T)).to(device, dtype)

    smooth = any(c.smooth for c in chunks)
    density = joined("density")
    base = np.array([m.base_colour[:3] for m in mesh.materials], np.float64)
    glow = np.array([m.emissive for m in mesh.materials], np.float64)
    lit = np.array([not m.unlit for m in mesh.materials], np.float64)
    geometry = joined("geometry")
    assert geometry is not None
    return TriangleTable(
        anchor=anchor,
        vertices=rows(vertices),
        faces=torch.from_numpy(faces).to(device),
        faces32=faces.astype(np.int32),
        geometry=geometry,
        normals=joined("normals") if smooth else None,
        uvs=joined("uvs"),
        density=None if density is None else density[0],
        texture=torch.from_numpy(index[ids]).to(device) if textured else None,
        atlas=atlas,
        base=rows(base[ids]) if (base != base[0]).any() else rows(base[:1]),
        colours=joined("colours"),
        emissive=rows(glow[ids]) if glow.any() else None,
        lit=rows(lit[ids]) if not lit.all() else None,
        cutouts=_cutouts(mesh, keep, ids),
        edges=_edges(vertices, faces, device) if edges else None,
    )


@dataclass(eq=False)
class _Chunk:
    """The columns of some triangles, as in TriangleTable, for those that ``keep`` [faces of the chunk] says.
    ``smooth``: some corner normal is not the face's."""

    keep: Array
    geometry: Tensor
    normals: Tensor | None
    smooth: bool
    uvs: Tensor | None
    density: Tensor | None
    colours: Tensor | None


def _cross(a: Array, b: Array) -> Array:
    """Returns cross products [m, 3]; numpy's own takes several times as long on many short vectors."""
    x, y, z = a.T
    u, v, w = b.T
    return np.stack([y * w - z * v, z * u - x * w, x * v - y * u], 1)


def _chunk(
    mesh: Mesh, vertices: Array, faces: Array, ids: Array, atlas: TextureAtlas | None, index: Array, part: slice,
    dtype: torch.dtype,
) -> _Chunk:  # fmt: skip
    """Returns the columns of the triangles ``part``."""
    corners = vertices[faces[part]]
    e1, e2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    cross = _cross(e1, e2)
    area2 = (cross * cross).sum(1)
    longest = np.maximum((e1 * e1).sum(1), (e2 * e2).sum(1))
    keep = np.isfinite(area2) & (area2 > 1e-14 * longest * longest)
    corners, e1, e2, cross, area2 = corners[keep], e1[keep], e2[keep], cross[keep], area2[keep]
    square = area2[:, None]
    g1, g2, unit = _cross(e2, cross) / square, _cross(cross, e1) / square, cross / np.sqrt(square)

    def put(*columns: Array) -> Tensor:
        """One contiguous row per component: lookups by triangle are then long runs of one number."""
        return torch.from_numpy(np.concatenate([c.T for c in columns])).to(dtype)

    def spread(v: Array) -> Tensor:
        """First corner's value and the differences of the others to it."""
        return put(v[:, 0], v[:, 1] - v[:, 0], v[:, 2] - v[:, 0])

    normals, smooth = None, False
    if mesh.corner_normals is not None:
        given = np.asarray(mesh.corner_normals[part], np.float64)[keep]
        length = np.sqrt((given * given).sum(2, keepdims=True))
        usable = (length > 1e-6) & np.isfinite(length)
        given = np.where(usable, given / np.where(usable, length, 1.0), unit[:, None])
        smooth = bool(np.abs(given - unit[:, None]).max(initial=0.0) > 1e-4)
        normals = spread(given)
    uvs = density = None
    if atlas is not None and mesh.corner_uvs is not None:
        texture = index[ids[part][keep]]
        given = np.nan_to_num(np.asarray(mesh.corner_uvs[part], np.float64)[keep], posinf=0.0, neginf=0.0)
        repeats = (atlas.wrap.cpu().numpy() == 0).all(1)[texture]
        uv = given - np.where(repeats[:, None, None], np.floor(given.min(1, keepdims=True)), 0.0)  # exact in float32
        uvs = spread(uv)
        finest = atlas.levels.cpu().numpy()[texture * atlas.depth, 1:].astype(np.float64)
        d1, d2 = (uv[:, 1] - uv[:, 0]) * finest, (uv[:, 2] - uv[:, 0]) * finest
        texels = np.abs(d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0])
        density = put(np.sqrt(np.maximum(texels, 1e-12) / np.sqrt(area2))[:, None])
    colours = None
    if mesh.corner_colours is not None:
        colours = spread(np.asarray(mesh.corner_colours[part], np.float64)[keep][:, :, :3])
    return _Chunk(keep, put(unit, g1, g2, corners[:, 0]), normals, smooth, uvs, density, colours)


def _cutouts(mesh: Mesh, keep: Array, ids: Array) -> Cutouts | None:
    """Returns the alpha maps of the masked materials, or None when everything is solid. Blended ones are cut at 0.5."""
    rows: list[tuple[Array, float, list[int]]] = []
    number = np.full(len(mesh.materials), -1, np.int32)
    for k, material in enumerate(mesh.materials):
        if material.alpha_mode == "OPAQUE":
            continue
        cutoff = material.alpha_cutoff if material.alpha_mode == "MASK" else 0.5
        texture, constant = material.texture, material.base_colour[3]
        if texture is None or mesh.corner_uvs is None:
            alpha, wrap = np.full((1, 1), 255, np.uint8), ("repeat", "repeat")
        else:
            alpha, wrap = np.ascontiguousarray(texture.pixels[..., 3]), texture.wrap
        threshold = 255.0 * cutoff / max(constant, 1e-6)
        if int(alpha.min()) >= threshold:
            continue
        number[k] = len(rows)
        modes = [{"clamp": 1, "mirror": 2}.get(w, 0) for w in wrap]
        rows.append((alpha, threshold, modes))
    if not rows or not (number[ids] >= 0).any():
        return None
    uvs = np.zeros((len(ids), 6)) if mesh.corner_uvs is None else np.asarray(mesh.corner_uvs)[keep].reshape(-1, 6)
    sizes = [row[0].size for row in rows]
    return Cutouts(
        material=number[ids],
        uvs=np.ascontiguousarray(uvs, np.float32),
        alpha=np.concatenate([row[0].reshape(-1) for row in rows]),
        start=np.cumsum([0, *sizes[:-1]]).astype(np.int64),
        width=np.array([row[0].shape[1] for row in rows], np.int64),
        height=np.array([row[0].shape[0] for row in rows], np.int64),
        cutoff=np.array([row[1] for row in rows], np.float32),
        wrap=np.array([row[2] for row in rows], np.int64),
    )


def _edges(vertices: Array, faces: Array, device: torch.device) -> Edges:
    """Returns the edges of the mesh with vertices welded by position."""
    size = float(np.ptp(vertices, axis=0).max()) if len(vertices) else 1.0
    grid = np.round((vertices - vertices.min(0, initial=0.0)) / max(WELD * size, 1e-30)).astype(np.int64)
    place = (grid[:, 0] * 2_000_003 + grid[:, 1]) * 2_000_003 + grid[:, 2]  # below 2^63: at most 1e6 cells a side
    _, first, welded = np.unique(place, return_index=True, return_inverse=True)
    f = welded.reshape(-1)[faces]
    half = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
    owner = np.tile(np.arange(len(f)), 3)
    low, high, forward = half.min(1), half.max(1), half[:, 0] < half[:, 1]
    solid = low != high
    low, high, forward, owner = low[solid], high[solid], forward[solid], owner[solid]
    key = low * (len(first) + 1) + high
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    starts = (
        np.flatnonzero(np.concatenate([[True], sorted_key[1:] != sorted_key[:-1]])) if len(key) else np.zeros(0, int)
    )
    count = np.diff(np.concatenate([starts, [len(key)]]))
    one = order[starts]
    two = order[np.minimum(starts + 1, max(len(key) - 1, 0))]
    pair = count == 2

    def put(array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    return Edges(
        u=put(first[low[one]]),
        v=put(first[high[one]]),
        left=put(owner[one]),
        right=put(np.where(pair, owner[two], owner[one])),
        flip=put(pair & (forward[one] == forward[two])),
        open=put(~pair),
    )
