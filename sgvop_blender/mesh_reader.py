"""Evaluated meshes as triangles with attributes per corner."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from .material_reader import Layout, MaterialReader

Read = tuple[list[int], dict[str, np.ndarray]]
LARGE = 20_000
"""Corners; a mesh with fewer is read in one piece."""


def read_mesh(mesh: Any, slots: list[Any], materials: MaterialReader) -> Generator[None, None, Read]:
    """Returns a generator of pieces that gives (numbers of the mesh's materials, its arrays by part name) at its end.

    ``vertices`` [N, 3], ``faces`` [F, 3], attributes of corners [F, 3, ...]. ``slots`` are the materials of the object that
    shows it. Corner normals are Blender's own (custom, sharp, smooth).
    """
    large = len(mesh.loops) > LARGE
    if large:
        yield
    if hasattr(mesh, "calc_loop_triangles"):
        mesh.calc_loop_triangles()
    triangles, count = mesh.loop_triangles, len(mesh.loop_triangles)
    vertices = _values(mesh, "position", "vector", mesh.vertices, "co", len(mesh.vertices) * 3, np.float32).reshape(
        -1, 3
    )
    if large:
        yield
    loops = _get(triangles, "loops", count * 3, np.int32).reshape(-1, 3)
    if large:
        yield
    corners = _values(mesh, ".corner_vert", "value", mesh.loops, "vertex_index", len(mesh.loops), np.int32)
    faces = corners[loops]
    arrays = {"vertices": vertices, "faces": faces}
    if large:
        yield
    ids = np.zeros(count, np.int32)
    if len(slots) > 1:
        # One by one from the triangles takes Blender longest of all: a block of the faces' own, if there is one, is quick.
        chosen = mesh.attributes.get("material_index")
        if chosen is not None and len(chosen.data) == len(mesh.polygons):
            own = _get(chosen.data, "value", len(mesh.polygons), np.int32)
            ids = np.clip(own, 0, len(slots) - 1)[_get(triangles, "polygon_index", count, np.int32)]
        if large:
            yield
    if count and len(mesh.corner_normals) == len(mesh.loops):
        normals = _get(mesh.corner_normals, "vector", len(mesh.loops) * 3, np.float32).reshape(-1, 3)
        if large:
            yield
        arrays["normals"] = normals[loops]
        if large:
            yield
    read = [materials.material(m) for m in slots] or [materials.material(None)]
    numbers, layouts = [n for n, _ in read], [layout for _, layout in read]
    uvs = _uvs(mesh, loops, ids, layouts)
    if uvs is not None:
        arrays["uvs"] = uvs
        if large:
            yield
    colours = _colours(mesh, loops, faces, ids, layouts)
    if colours is not None:
        arrays["colours"] = colours
    if len(numbers) > 1:
        arrays["materials"] = ids.astype(np.int32)
    return numbers, arrays


def _values(mesh: Any, attribute: str, part: str, collection: Any, name: str, size: int, kind: type) -> np.ndarray:
    """The values of a built-in attribute, which are copied as a block, or else one by one of the older collection."""
    found = mesh.attributes.get(attribute)
    if found is not None and len(found.data) * (3 if part == "vector" else 1) == size:
        return _get(found.data, part, size, kind)
    return _get(collection, name, size, kind)


def _get(collection: Any, name: str, size: int, kind: type) -> np.ndarray:
    values: np.ndarray = np.empty(size, kind)
    if size:
        collection.foreach_get(name, values)
    return values


def _uvs(mesh: Any, loops: np.ndarray, ids: np.ndarray, layouts: list[Layout]) -> np.ndarray | None:
    """Corner uvs [F, 3, 2], each material's own layer and mapping; None when the mesh has no uv layer."""
    layers = mesh.uv_layers
    if not len(layers):
        return None
    shown = next((layer.name for layer in layers if layer.active_render), layers[0].name)
    known: dict[str, np.ndarray] = {}

    def layer_values(name: str | None) -> np.ndarray:
        name = name if name is not None and name in layers else shown
        if name not in known:
            values = _get(layers[name].uv, "vector", len(mesh.loops) * 2, np.float32).reshape(-1, 2)
            # The sum tells of any NaN or infinity at a tenth of the time that replacing them takes.
            known[name] = values if np.isfinite(values.sum(dtype=np.float64)) else np.nan_to_num(values)
        return known[name]

    uvs = layer_values(None)[loops]
    for k, layout in enumerate(layouts):
        if layout.uv_layer is None and layout.uv_map is None:
            continue
        chosen = ids == k
        values = layer_values(layout.uv_layer)[loops[chosen]]
        if layout.uv_map is not None:
            values = (values @ layout.uv_map[:, :2].T + layout.uv_map[:, 2]).astype(np.float32)
        uvs[chosen] = values
    return uvs


def _colours(
    mesh: Any, loops: np.ndarray, faces: np.ndarray, ids: np.ndarray, layouts: list[Layout]
) -> np.ndarray | None:
    """Corner colours [F, 3, 4] where a material shows a colour attribute, white elsewhere; None when none does."""
    colours = None
    for k, layout in enumerate(layouts):
        if layout.attribute is None or not len(mesh.color_attributes):
            continue
        active = mesh.color_attributes[max(mesh.color_attributes.render_color_index, 0)].name
        attribute = mesh.color_attributes.get(layout.attribute or active)
        if attribute is None:
            continue
        values = _get(attribute.data, "color", len(attribute.data) * 4, np.float32).reshape(-1, 4)
        where = faces if attribute.domain == "POINT" else loops
        if colours is None:
            colours = np.ones((len(faces), 3, 4), np.float32)
        colours[ids == k] = values[where[ids == k]]
    return None if colours is None else np.nan_to_num(colours)
