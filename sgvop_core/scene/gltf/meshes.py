"""Meshes of a glTF file: primitives, morph targets and skins become triangles with attributes per corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..limits import LIMITS
from ..model import Array, Mesh
from .accessors import read_floats, read_integers
from .axes import points_up
from .document import COMPRESSED, Document, compressed_text, whole
from .materials import MaterialReader, ShownMaterial

POINTS_AND_LINES = {0, 1, 2, 3}


@dataclass(frozen=True)
class Skin:
    """How bound vertices move: ``matrices`` [joints, 4, 4] take bind positions to the mesh node's frame, Y up."""

    index: int
    matrices: Array


@dataclass
class _Part:
    """One primitive, Y up: vertices [N, 3] float64, faces [F, 3], attributes per corner."""

    vertices: Array
    faces: Array
    normals: Array | None
    uvs: Array | None
    colours: Array | None
    shown: ShownMaterial


class MeshReader:
    """Reads each mesh once for every set of morph weights and skin that it is shown with."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._materials = MaterialReader(document)
        self._meshes: dict[Any, Mesh] = {}
        self._faces = self._vertices = 0

    def mesh(self, index: Any, weights: Any = None, skin: Skin | None = None) -> Mesh:
        """Returns the mesh of that index in object coordinates, Z up, under the node's own morph weights and skin."""
        entry = self._document.item("meshes", index)
        chosen = weights if weights is not None else entry.get("weights", [])
        key = (index, tuple(chosen), None if skin is None else (skin.index, skin.matrices.tobytes()))
        if key not in self._meshes:
            self._meshes[key] = self._read(entry, index, chosen, skin)
        return self._meshes[key]

    def _read(self, entry: dict[str, Any], index: int, weights: Any, skin: Skin | None) -> Mesh:
        name = str(entry.get("name") or f"mesh {index}")
        what = f"mesh '{name}'"
        parts = [self._primitive(p, weights, skin, what) for p in entry.get("primitives", [])]
        return _assemble(name, [part for part in parts if part is not None])

    def _primitive(self, entry: dict[str, Any], weights: Any, skin: Skin | None, what: str) -> _Part | None:
        document, attributes = self._document, entry.get("attributes", {})
        mode = entry.get("mode", 4)
        if mode in POINTS_AND_LINES:
            document.note(f"{what} has points or lines, which are not shown")
            return None
        if mode not in (4, 5, 6):
            raise document.error(f"{what} has a primitive of unknown mode {str(mode)[:20]}; export the scene again")
        self._refuse_compressed(entry)
        if "POSITION" not in attributes:
            document.note(f"{what} has a primitive without positions, which is not shown")
            return None
        vertices = read_floats(document, attributes["POSITION"], ("VEC3",), f"{what}, positions").astype(np.float64)
        count = len(vertices)

        def attribute(key: str, types: tuple[str, ...]) -> Array | None:
            if key not in attributes:
                return None
            values = read_floats(document, attributes[key], types, f"{what}, {key}")
            if len(values) != count:
                raise document.error(f"{what} has {count} positions but {len(values)} of {key}; export the scene again")
            return values

        shown = self._materials.material(entry.get("material"))
        normals, colours = attribute("NORMAL", ("VEC3",)), attribute("COLOR_0", ("VEC3", "VEC4"))
        uvs = attribute(f"TEXCOORD_{shown.uv_set}", ("VEC2",))
        vertices, normals = self._morphed(entry, weights, vertices, normals, what)
        if skin is not None and "JOINTS_0" in attributes:
            vertices, normals = self._skinned(attributes, skin, vertices, normals, what)
        faces = _triangles(self._indices(entry, count, what), mode)
        self._count(len(faces), count, what)
        finite = np.isfinite(vertices).all(1)
        if not finite.all():
            good = finite[faces].all(1)
            document.note(
                f"{what} has positions of NaN or infinite size; {int((~good).sum())} faces with them are left out"
            )
            faces, vertices = faces[good], np.where(finite[:, None], vertices, 0.0)
        return _Part(
            vertices,
            faces,
            None if normals is None else _clean(normals)[faces],
            None if uvs is None else _laid_on(_clean(uvs), shown)[faces],
            None if colours is None else _with_alpha(_clean(colours))[faces],
            shown,
        )

    def _indices(self, entry: dict[str, Any], count: int, what: str) -> Array:
        if entry.get("indices") is None:
            return np.arange(count)
        indices = read_integers(self._document, entry["indices"], ("SCALAR",), f"{what}, indices")[:, 0]
        if len(indices) and (indices.max() >= count or indices.min() < 0):
            raise self._document.error(f"{what} has faces of vertices that do not exist; export the scene again")
        return indices

    def _morphed(
        self, entry: dict[str, Any], weights: Any, vertices: Array, normals: Array | None, what: str
    ) -> tuple[Array, Array | None]:
        for weight, target in zip(weights, entry.get("targets", []), strict=False):
            if not weight:
                continue
            for key in ("POSITION", "NORMAL"):
                if key not in target or (key == "NORMAL" and normals is None):
                    continue
                shift = float(weight) * read_floats(self._document, target[key], ("VEC3",), f"{what}, morph target")
                base = vertices if key == "POSITION" else normals
                if base is None or shift.shape != base.shape:
                    raise self._document.error(f"{what} has a morph target of another length; export the scene again")
                if key == "POSITION":
                    vertices = vertices + shift
                else:
                    normals = base + shift
        return vertices, normals

    def _skinned(
        self, attributes: dict[str, Any], skin: Skin, vertices: Array, normals: Array | None, what: str
    ) -> tuple[Array, Array | None]:
        blend = np.zeros((len(vertices), 4, 4))
        total = np.zeros((len(vertices), 1))
        for k in range(8):
            if f"JOINTS_{k}" not in attributes or f"WEIGHTS_{k}" not in attributes:
                break
            joints = read_integers(self._document, attributes[f"JOINTS_{k}"], ("VEC4",), f"{what}, joints")
            shares = read_floats(self._document, attributes[f"WEIGHTS_{k}"], ("VEC4",), f"{what}, weights")
            if (
                len(joints) != len(vertices)
                or len(shares) != len(vertices)
                or joints.max(initial=0) >= len(skin.matrices)
            ):
                raise self._document.error(f"{what} is bound to joints that do not exist; export the scene again")
            for j in range(4):
                blend += shares[:, j, None, None] * skin.matrices[joints[:, j]]
            total += shares.sum(1, keepdims=True)
        good = total[:, 0] > 1e-6
        blend[good] /= total[good, :, None]
        blend[~good] = np.eye(4)
        vertices = np.einsum("nij,nj->ni", blend[:, :3, :3], vertices) + blend[:, :3, 3]
        if normals is not None:
            normals = np.einsum("nij,nj->ni", blend[:, :3, :3], normals)
            normals = (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)).astype(np.float32)
        return vertices, normals

    def _refuse_compressed(self, entry: dict[str, Any]) -> None:
        if "KHR_draco_mesh_compression" not in entry.get("extensions", {}):
            return
        position = entry.get("attributes", {}).get("POSITION")
        accessor = self._document.item("accessors", position) if position is not None else {}
        if "bufferView" not in accessor:
            raise self._document.error(compressed_text(COMPRESSED["KHR_draco_mesh_compression"]))

    def _count(self, faces: int, vertices: int, what: str) -> None:
        self._faces += faces
        self._vertices += vertices
        if self._faces > LIMITS.faces or self._vertices > LIMITS.vertices:
            raise self._document.error(
                f"more than {LIMITS.faces // 1_000_000} million triangles up to {what}; reduce it"
            )


def instance_matrices(document: Document, extension: dict[str, Any], name: str) -> Array:
    """Returns the local matrices of EXT_mesh_gpu_instancing, [N, 4, 4], Y up."""
    attributes, what = extension.get("attributes", {}), f"the instances of '{name}'"
    parts: dict[str, Array] = {}
    for key, kind in (("TRANSLATION", "VEC3"), ("ROTATION", "VEC4"), ("SCALE", "VEC3")):
        if key in attributes:
            count = whole(document.item("accessors", attributes[key]).get("count"))
            if count is None or count > LIMITS.objects:
                raise document.error(f"{what}: {count} of them; at most {LIMITS.objects} are read")
            parts[key] = read_floats(document, attributes[key], (kind,), what).astype(np.float64)
    count = len(next(iter(parts.values()))) if parts else 0
    if any(len(p) != count or not np.isfinite(p).all() for p in parts.values()):
        raise document.error(f"{what} have transforms that are damaged; export the scene again")
    x, y, z, w = parts.get("ROTATION", np.tile([0.0, 0, 0, 1], (count, 1))).T
    norm = np.maximum(x * x + y * y + z * z + w * w, 1e-20)
    s = 2.0 / norm
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, 0, :3] = np.stack([1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)], 1)
    matrices[:, 1, :3] = np.stack([s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)], 1)
    matrices[:, 2, :3] = np.stack([s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)], 1)
    matrices[:, :3, :3] *= parts.get("SCALE", np.ones((count, 3)))[:, None, :]
    matrices[:, :3, 3] = parts.get("TRANSLATION", np.zeros((count, 3)))
    return matrices


def _triangles(indices: Array, mode: int) -> Array:
    """The corner indices [F, 3] of a triangle list (4), strip (5) or fan (6)."""
    if mode == 4:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    if len(indices) < 3:
        return np.zeros((0, 3), np.int64)
    i = np.arange(len(indices) - 2)
    if mode == 5:
        return np.stack([indices[i], indices[i + 1 + i % 2], indices[i + 2 - i % 2]], 1)
    return np.stack([indices[i + 1], indices[i + 2], np.full(len(i), indices[0])], 1)


def _laid_on(uvs: Array, shown: ShownMaterial) -> Array:
    """The uvs under the material's texture transform, v counted from the bottom row."""
    if shown.uv_map is not None:
        uvs = uvs.astype(np.float64) @ shown.uv_map[:, :2].T + shown.uv_map[:, 2]
    return np.stack([uvs[:, 0], 1.0 - uvs[:, 1]], 1).astype(np.float32)


def _with_alpha(colours: Array) -> Array:
    if colours.shape[1] == 4:
        return colours
    return np.concatenate([colours, np.ones((len(colours), 1), colours.dtype)], 1)


def _clean(values: Array) -> Array:
    return values if np.isfinite(values).all() else np.nan_to_num(values, posinf=0.0, neginf=0.0)


def _assemble(name: str, parts: list[_Part]) -> Mesh:
    """One mesh of all primitives, Z up, without unused vertices, materials listed once."""
    if not parts:
        return Mesh(name, np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    materials: list[Any] = []
    ids, vertices, faces, start = [], [], [], 0
    for part in parts:
        if part.shown.material not in materials:
            materials.append(part.shown.material)
        ids.append(np.full(len(part.faces), materials.index(part.shown.material), np.int32))
        used = np.zeros(len(part.vertices), bool)
        used[part.faces] = True
        renumbered = np.cumsum(used) - 1 + start
        vertices.append(part.vertices[used])
        faces.append(renumbered[part.faces])
        start += int(used.sum())

    def corners(values: list[Array | None], missing: Any) -> Array | None:
        if all(v is None for v in values):
            return None
        pairs = zip(values, parts, strict=True)
        return np.concatenate([missing(p) if v is None else v for v, p in pairs]).astype(np.float32)

    normals = corners([p.normals for p in parts], lambda p: _flat(p.vertices[p.faces]))
    return Mesh(
        name=name,
        vertices=points_up(np.concatenate(vertices)),
        faces=np.concatenate(faces).astype(np.int32),
        corner_normals=None if normals is None else points_up(normals),
        corner_uvs=corners([p.uvs for p in parts], lambda p: np.zeros((len(p.faces), 3, 2))),
        corner_colours=corners([p.colours for p in parts], lambda p: np.ones((len(p.faces), 3, 4))),
        face_materials=np.concatenate(ids) if len(materials) > 1 else None,
        materials=tuple(materials),
    )


def _flat(triangles: Array) -> Array:
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    return np.repeat(normal[:, None], 3, axis=1)
