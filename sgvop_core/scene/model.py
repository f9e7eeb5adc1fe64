"""What is in the world: objects with meshes and materials, cameras, lights.

World: Blender's. Right-handed, Z up, metres, 4x4 matrices on column vectors. Cameras look down their -Z with +Y up.
Colours are linear; textures hold sRGB bytes as they come from the file. Everything here is numpy and treated as
immutable: a changed scene is a new ``Scene`` that shares the meshes it did not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..errors import SceneError, did_you_mean

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Texture:
    """A base-colour image. ``pixels`` [H, W, 4] uint8: sRGB colour and linear alpha, first row on top.

    ``wrap`` holds the modes along u and v: ``repeat``, ``clamp`` or ``mirror``. ``nearest`` asks for no filtering.
    """

    name: str
    pixels: Array
    wrap: tuple[str, str] = ("repeat", "repeat")
    nearest: bool = False


@dataclass(frozen=True, eq=False)
class Material:
    """Base colour (linear RGBA), optional texture that multiplies it, and how alpha is used."""

    name: str = "default"
    base_colour: tuple[float, float, float, float] = (0.8, 0.8, 0.8, 1.0)
    texture: Texture | None = None
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alpha_mode: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = True
    metallic: float = 0.0
    roughness: float = 0.5
    unlit: bool = False
    """Shown at its base colour whatever the light is (photographs on cards, scanned scenes)."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles in their own frame, metres. Attributes are per face corner, so seams need no split vertices.

    vertices [N, 3] float64, faces [F, 3] int32, corner_normals [F, 3, 3], corner_uvs [F, 3, 2] (v = 0 is the
    bottom row of the picture, as in Blender), corner_colours [F, 3, 4] (linear), face_materials [F] int32 into
    ``materials``. Optional attributes are None when absent.
    """

    name: str
    vertices: Array
    faces: Array
    corner_normals: Array | None = None
    corner_uvs: Array | None = None
    corner_colours: Array | None = None
    face_materials: Array | None = None
    materials: tuple[Material, ...] = (Material(),)

    def material_ids(self) -> Array:
        """Returns the material index of each face, [F] int32."""
        if self.face_materials is None:
            return np.zeros(len(self.faces), np.int32)
        return self.face_materials

    def triangles(self) -> Array:
        """Returns the corner positions, [F, 3, 3]."""
        return self.vertices[self.faces]

    def transformed(self, matrix: Array) -> Mesh:
        """Returns this mesh under an affine 4x4; normals go with the inverse transpose, mirrors flip the winding."""
        linear = np.asarray(matrix, np.float64)[:3, :3]
        vertices = self.vertices @ linear.T + np.asarray(matrix, np.float64)[:3, 3]
        normals, faces, flip = self.corner_normals, self.faces, np.linalg.det(linear) < 0
        if normals is not None:
            try:
                normals = normals @ np.linalg.inv(linear)
            except np.linalg.LinAlgError:
                normals = None
        if normals is not None:
            normals = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-20)
        uvs, colours = self.corner_uvs, self.corner_colours
        if flip:
            order = [0, 2, 1]
            faces = faces[:, order]
            normals = None if normals is None else normals[:, order]
            uvs = None if uvs is None else uvs[:, order]
            colours = None if colours is None else colours[:, order]
        return replace(
            self, vertices=vertices, faces=faces, corner_normals=normals, corner_uvs=uvs, corner_colours=colours
        )


def merge_meshes(meshes: Sequence[Mesh], name: str = "merged") -> Mesh:
    """Returns one mesh of all the given ones, materials concatenated, missing attributes filled neutrally.

    Corner normals that a mesh lacks become its flat face normals, uvs zero, colours white.
    """
    if not meshes:
        return Mesh(name, np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    vertex_start = np.cumsum([0] + [len(m.vertices) for m in meshes])
    material_start = np.cumsum([0] + [len(m.materials) for m in meshes])

    def fill(attribute: str, make: Any) -> Array | None:
        if all(getattr(m, attribute) is None for m in meshes):
            return None
        return np.concatenate([make(m) if getattr(m, attribute) is None else getattr(m, attribute) for m in meshes])

    return Mesh(
        name=name,
        vertices=np.concatenate([m.vertices for m in meshes]),
        faces=np.concatenate([m.faces + s for m, s in zip(meshes, vertex_start, strict=False)]).astype(np.int32),
        corner_normals=fill("corner_normals", flat_normals),
        corner_uvs=fill("corner_uvs", lambda m: np.zeros((len(m.faces), 3, 2))),
        corner_colours=fill("corner_colours", lambda m: np.ones((len(m.faces), 3, 4))),
        face_materials=np.concatenate(
            [m.material_ids() + s for m, s in zip(meshes, material_start, strict=False)]
        ).astype(np.int32),
        materials=tuple(material for m in meshes for material in m.materials),
    )


def flat_normals(mesh: Mesh) -> Array:
    """Returns each face's unit normal at its three corners, [F, 3, 3]; zero for degenerate faces."""
    corners = mesh.triangles()
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    return np.repeat(normal[:, None], 3, axis=1)


@dataclass(frozen=True, eq=False)
class SceneObject:
    """A named node of the hierarchy: its world matrix and, if it shows something, its mesh in local coordinates."""

    name: str
    matrix_world: Array
    mesh: Mesh | None = None
    parent: str | None = None
    hidden: bool = False
    source: Mapping[str, Any] = field(default_factory=dict)
    """What the reader needs to find the node again in its file (for glTF: ``{"node": index}``)."""


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera: ``matrix_world`` [4, 4], vertical field of view in radians, ``aspect`` = width / height.

    ``shift`` moves the picture by shares of its larger side (Blender's shift_x, shift_y). An orthographic camera
    has ``ortho_height``, the height of its picture in metres, and then no field of view.
    """

    name: str
    matrix_world: Array
    yfov: float = 0.69
    aspect: float = 1.0
    near: float = 0.01
    far: float = 1000.0
    shift: tuple[float, float] = (0.0, 0.0)
    ortho_height: float | None = None
    synthetic: bool = False
    """True when the project made it because the scene has none, or as a view of its own."""

    @property
    def position(self) -> Array:
        """The camera's centre in the world, [3]."""
        return self.matrix_world[:3, 3]


@dataclass(frozen=True, eq=False)
class Light:
    """A light shining down its -Z (sun, spot, area) or all around (point). ``colour`` is linear RGB.

    ``strength``: irradiance in W/m2 for a sun, radiant intensity in W/sr for the others. ``cone`` holds the half
    angles (inner, outer) of a spot in radians.
    """

    name: str
    kind: Literal["sun", "point", "spot", "area"]
    matrix_world: Array
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    strength: float = 1.0
    cone: tuple[float, float] = (0.0, 0.785)


@dataclass(frozen=True, eq=False)
class Scene:
    """Objects, cameras and lights by name, in file order; the world's ambient radiance and background colour."""

    objects: tuple[SceneObject, ...] = ()
    cameras: tuple[Camera, ...] = ()
    lights: tuple[Light, ...] = ()
    ambient: tuple[float, float, float] = (0.05, 0.05, 0.05)
    background: tuple[float, float, float] = (0.6, 0.65, 0.7)
    source: Path | None = None
    notes: tuple[str, ...] = ()
    """What the reader changed or left out, a line each, for the user to see."""

    def object(self, name: str) -> SceneObject:
        """Returns the object of that name. Raises SceneError that suggests close names."""
        for candidate in self.objects:
            if candidate.name == name:
                return candidate
        raise SceneError(f"no object '{name}' in the scene" + did_you_mean(name, (o.name for o in self.objects)))

    def camera(self, name: str) -> Camera:
        """Returns the camera of that name. Raises SceneError that suggests close names."""
        for candidate in self.cameras:
            if candidate.name == name:
                return candidate
        raise SceneError(f"no camera '{name}' in the scene" + did_you_mean(name, (c.name for c in self.cameras)))

    def subtree(self, names: str | Iterable[str]) -> tuple[SceneObject, ...]:
        """Returns the named objects and all that hangs below them, in scene order. Raises SceneError if unknown."""
        wanted = {names} if isinstance(names, str) else set(names)
        for name in wanted:
            self.object(name)
        children: dict[str, list[str]] = {}
        for o in self.objects:
            if o.parent is not None:
                children.setdefault(o.parent, []).append(o.name)
        stack = list(wanted)
        while stack:
            for child in children.get(stack.pop(), ()):
                if child not in wanted:
                    wanted.add(child)
                    stack.append(child)
        return tuple(o for o in self.objects if o.name in wanted)

    def world_mesh(self, objects: Iterable[SceneObject], name: str = "world") -> Mesh:
        """Returns the visible meshes of these objects as one mesh in world coordinates."""
        shown = [o for o in objects if o.mesh is not None and not o.hidden and len(o.mesh.faces)]
        return merge_meshes([o.mesh.transformed(o.matrix_world) for o in shown if o.mesh is not None], name)

    def static_objects(self, moving: Iterable[str]) -> tuple[SceneObject, ...]:
        """Returns the visible objects with faces that do not belong to the moving subtree."""
        away = {o.name for o in self.subtree(moving)}
        return tuple(
            o for o in self.objects if o.name not in away and o.mesh is not None and not o.hidden and len(o.mesh.faces)
        )

    def bounds(self, objects: Iterable[SceneObject] | None = None) -> Array:
        """Returns the world box [2, 3] (low, high) of the visible geometry; zeros when there is none."""
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for o in self.objects if objects is None else objects:
            if o.mesh is None or o.hidden or not len(o.mesh.vertices):
                continue
            points = o.mesh.vertices @ o.matrix_world[:3, :3].T + o.matrix_world[:3, 3]
            low, high = np.minimum(low, points.min(0)), np.maximum(high, points.max(0))
        return np.zeros((2, 3)) if not np.isfinite(low).all() else np.stack([low, high])

    def moved(self, names: str | Iterable[str], delta: Array) -> Scene:
        """Returns the scene with ``delta`` [4, 4] applied from the left to the world matrices of that subtree."""
        away = {o.name for o in self.subtree(names)}
        objects = tuple(
            replace(o, matrix_world=np.asarray(delta, np.float64) @ o.matrix_world) if o.name in away else o
            for o in self.objects
        )
        return replace(self, objects=objects)
