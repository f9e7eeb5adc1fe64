"""Any Scene as a .glb: hierarchy, meshes split by material, textures as PNG, cameras and lights."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import SceneError
from ..model import Array, Camera, Light, Material, Mesh, Scene, SceneObject, Texture
from ..resources import encode_png
from .axes import DOWN, UP, decompose, split_shear
from .container import save_glb, save_gltf
from .corners import corner_columns, merge_corners
from .nodes import FRAME_EXTRAS
from .read import LUMENS_PER_WATT, WORLD_EXTRAS

WRAP_CODES = {"repeat": 10497, "clamp": 33071, "mirror": 33648}
FLOAT, UINT32 = 5126, 5125


def write_glb(scene: Scene, out: str | Path) -> None:
    """Writes the scene as a .glb (or, when ``out`` ends so, a .gltf with a .bin beside it).

    Hidden objects carry KHR_node_visibility; what glTF has no words for (ambient light, camera shift, area lights)
    stands in extras and is read back from there. Raises SceneError when the file cannot be written.
    """
    target = Path(out)
    builder = _Builder(scene)
    content = builder.content()
    if target.suffix.lower() == ".gltf":
        save_gltf(target, content, b"".join(builder.binary) if builder.binary else None, 1)
    elif target.suffix.lower() == ".glb":
        save_glb(target, content, builder.binary or None)
    else:
        raise SceneError(f"'{target.name}': scenes are written as .glb, .gltf or .blend; end the name so")


class _Builder:
    """Collects nodes and binary parts; ``content`` is the finished description."""

    def __init__(self, scene: Scene) -> None:
        self.binary: list[bytes] = []
        self._size = 0
        self._lists: dict[str, list[Any]] = {
            key: []
            for key in (
                [
                    "nodes",
                    "meshes",
                    "materials",
                    "textures",
                    "images",
                    "samplers",
                    "cameras",
                    "accessors",
                    "bufferViews",
                ]
            )
        }
        self._lights: list[Any] = []
        self._used: set[str] = set()
        self._known: dict[tuple[str, Any], int | None] = {}
        self._keep: list[Any] = []
        self._scene = scene

    def content(self) -> dict[str, Any]:
        """Returns the glTF description of the scene."""
        scene = self._scene
        roots = self._objects(scene)
        for camera in (c for c in scene.cameras if not c.synthetic):
            self._place(roots, camera.name, camera.matrix_world, "camera", self._camera(camera))
        for light in scene.lights:
            reference = {"extensions": {"KHR_lights_punctual": {"light": self._light(light)}}}
            self._place(roots, light.name, light.matrix_world, None, reference)
        shown: dict[str, Any] = {"name": "Scene"}
        if roots:
            shown["nodes"] = roots
        shown["extras"] = {WORLD_EXTRAS: {"ambient": list(scene.ambient), "background": list(scene.background)}}
        content: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "sgvop"},
            "scene": 0,
            "scenes": [shown],
            **{key: value for key, value in self._lists.items() if value},
        }
        if self._lights:
            self._used.add("KHR_lights_punctual")
            content["extensions"] = {"KHR_lights_punctual": {"lights": self._lights}}
        if self._used:
            content["extensionsUsed"] = sorted(self._used)
        if self._size:
            content["buffers"] = [{"byteLength": self._size}]
        return content

    def _objects(self, scene: Scene) -> list[int]:
        """Writes the object nodes and returns the roots."""
        by_name = {o.name: o for o in scene.objects}
        numbers = {o.name: i for i, o in enumerate(scene.objects)}
        roots: list[int] = []
        for o in scene.objects:
            if not np.isfinite(o.matrix_world).all():
                raise SceneError(f"object '{o.name}' has a transform with NaN or infinite numbers; reset its transform")
            node = {"name": o.name}
            if o.mesh is not None and (index := self._mesh(o.mesh)) is not None:
                node["mesh"] = index  # type: ignore[assignment]
            if o.hidden:
                self._used.add("KHR_node_visibility")
                node["extensions"] = {"KHR_node_visibility": {"visible": False}}  # type: ignore[assignment]
            self._lists["nodes"].append(node)
        for o in scene.objects:
            parent = _carrier(o, by_name)
            world = DOWN @ o.matrix_world @ UP
            if parent is None:
                roots.append(self._framed(numbers[o.name], world))
            else:
                local = np.linalg.solve(DOWN @ parent.matrix_world @ UP, world)
                below = self._lists["nodes"][numbers[parent.name]].setdefault("children", [])
                below.append(self._framed(numbers[o.name], local))
        return roots

    def _framed(self, number: int, local: Array) -> int:
        """Gives a node its transform; returns it, or the frame put above it when there is shear."""
        node, parts = self._lists["nodes"][number], decompose(local)
        flat = np.linalg.matrix_rank(local[:3, :3], tol=1e-12) < 3
        if parts is not None:
            node.update(_trs(*parts))
            return number
        if flat:
            node["matrix"] = local.T.reshape(-1).tolist()
            return number
        translation, turn, scale, inner = split_shear(local)
        node.update(_trs(np.zeros(3), inner, np.ones(3)))
        frame = {"name": f"{node['name']} frame", "children": [number], "extras": FRAME_EXTRAS}
        return self._add("nodes", {**frame, **_trs(translation, turn, scale)})

    def _place(self, roots: list[int], name: str, matrix: Array, key: str | None, value: Any) -> None:
        """Hangs a camera or light on the object node of that name and frame, or on a new root node."""
        extra = {key: value} if key is not None else value
        for o, node in zip(self._scene.objects, self._lists["nodes"], strict=False):
            if o.name == name and np.allclose(_axes(o.matrix_world @ UP), _axes(matrix), atol=1e-6):
                node.setdefault("extensions", {}).update(extra.get("extensions", {}))
                node.update({k: v for k, v in extra.items() if k != "extensions"})
                return
        roots.append(len(self._lists["nodes"]))
        self._lists["nodes"].append({"name": name, **_frame_of(DOWN @ matrix), **extra})

    def _camera(self, camera: Camera) -> int:
        if camera.ortho_height is not None:
            half = camera.ortho_height / 2
            lens = {"xmag": half * camera.aspect, "ymag": half, "znear": camera.near, "zfar": camera.far}
            entry: dict[str, Any] = {"name": camera.name, "type": "orthographic", "orthographic": lens}
        else:
            lens = {"yfov": camera.yfov, "aspectRatio": camera.aspect, "znear": camera.near}
            if math.isfinite(camera.far):
                lens["zfar"] = camera.far
            entry = {"name": camera.name, "type": "perspective", "perspective": lens}
        if any(camera.shift):
            entry["extras"] = {"sgvop": {"shift": list(camera.shift)}}
        return self._add("cameras", entry)

    def _light(self, light: Light) -> int:
        kind = {"sun": "directional", "point": "point"}.get(light.kind, "spot")
        entry: dict[str, Any] = {
            "name": light.name,
            "type": kind,
            "color": [min(max(float(c), 0.0), 1.0) for c in light.colour],
            "intensity": light.strength * LUMENS_PER_WATT,
        }
        if kind == "spot":
            inner, outer = light.cone if light.kind == "spot" else (0.0, math.pi / 2)
            outer = min(max(outer, 1e-3), math.pi / 2)
            entry["spot"] = {"innerConeAngle": min(max(inner, 0.0), outer - 1e-4), "outerConeAngle": outer}
        if light.kind == "area":
            entry["extras"] = {"sgvop": {"kind": "area"}}
        self._lights.append(entry)
        return len(self._lights) - 1

    def _mesh(self, mesh: Mesh) -> int | None:
        key = ("mesh", id(mesh))
        if key not in self._known:
            self._keep.append(mesh)
            primitives = []
            ids = mesh.material_ids()
            for material in np.unique(ids):
                chosen = ids == material
                primitives.append(self._primitive(mesh, chosen, mesh.materials[int(material)]))
            self._known[key] = (
                self._add("meshes", {"name": mesh.name, "primitives": primitives}) if primitives else None
            )
        return self._known[key]

    def _primitive(self, mesh: Mesh, chosen: Array, material: Material) -> dict[str, Any]:
        columns, layout = corner_columns(mesh, chosen)
        rows, indices = merge_corners(columns)
        attributes, start = {}, 0
        for name, width, kind in layout:
            values = np.ascontiguousarray(rows[:, start : start + width])
            bounds = {"min": values.min(0).tolist(), "max": values.max(0).tolist()} if name == "POSITION" else {}
            attributes[name] = self._accessor(values, kind, FLOAT, 34962, bounds)
            start += width
        faces = self._accessor(indices.astype("<u4"), "SCALAR", UINT32, 34963, {})
        return {"attributes": attributes, "indices": faces, "material": self._material(material)}

    def _material(self, material: Material) -> int:
        key = ("material", id(material))
        if key not in self._known:
            self._keep.append(material)
            pbr: dict[str, Any] = {
                "baseColorFactor": [float(c) for c in material.base_colour],
                "metallicFactor": float(material.metallic),
                "roughnessFactor": float(material.roughness),
            }
            if material.texture is not None:
                pbr["baseColorTexture"] = {"index": self._texture(material.texture)}
            entry: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": pbr}
            peak = max(material.emissive)
            if peak > 0:
                entry["emissiveFactor"] = [float(c) / max(peak, 1.0) for c in material.emissive]
            if peak > 1:
                self._used.add("KHR_materials_emissive_strength")
                entry["extensions"] = {"KHR_materials_emissive_strength": {"emissiveStrength": float(peak)}}
            if material.unlit:
                self._used.add("KHR_materials_unlit")
                entry.setdefault("extensions", {})["KHR_materials_unlit"] = {}
            if material.alpha_mode != "OPAQUE":
                entry["alphaMode"] = material.alpha_mode
            if material.alpha_mode == "MASK":
                entry["alphaCutoff"] = float(material.alpha_cutoff)
            if material.double_sided:
                entry["doubleSided"] = True
            self._known[key] = self._add("materials", entry)
        return self._number(key)

    def _texture(self, texture: Texture) -> int:
        key = ("texture", id(texture))
        if key not in self._known:
            self._keep.append(texture)
            picture = ("image", id(texture.pixels))
            if picture not in self._known:
                view = self._view(encode_png(texture.pixels))
                entry = {"name": texture.name, "mimeType": "image/png", "bufferView": view}
                self._known[picture] = self._add("images", entry)
            filters = (9728, 9728) if texture.nearest else (9729, 9987)
            sampler = (*(WRAP_CODES[w] for w in texture.wrap), *filters)
            if ("sampler", sampler) not in self._known:
                names = ("wrapS", "wrapT", "magFilter", "minFilter")
                self._known["sampler", sampler] = self._add("samplers", dict(zip(names, sampler, strict=True)))
            number = self._number(("sampler", sampler))
            self._known[key] = self._add("textures", {"sampler": number, "source": self._number(picture)})
        return self._number(key)

    def _number(self, key: tuple[str, Any]) -> int:
        number = self._known[key]
        assert number is not None
        return number

    def _accessor(self, values: Array, kind: str, component: int, target: int, bounds: dict[str, Any]) -> int:
        view = self._view(values.tobytes(), target)
        entry = {"bufferView": view, "componentType": component, "count": len(values), "type": kind, **bounds}
        return self._add("accessors", entry)

    def _view(self, data: bytes, target: int | None = None) -> int:
        entry = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        padding = -len(data) % 4
        self.binary += [data, b"\0" * padding]
        self._size += len(data) + padding
        return self._add("bufferViews", entry if target is None else {**entry, "target": target})

    def _add(self, key: str, entry: Any) -> int:
        self._lists[key].append(entry)
        return len(self._lists[key]) - 1


def _carrier(o: SceneObject, by_name: dict[str, SceneObject]) -> SceneObject | None:
    """The nearest ancestor that the node can hang below: one with an invertible frame that would not hide it."""
    seen, parent = {o.name}, o.parent
    while parent is not None and parent in by_name and parent not in seen:
        seen.add(parent)
        above = by_name[parent]
        shape = np.linalg.svd(above.matrix_world[:3, :3], compute_uv=False)
        if shape[-1] > 1e-9 * max(shape[0], 1e-300) and (o.hidden or not above.hidden):
            return above
        parent = above.parent
    return None


def _axes(matrix: Array) -> Array:
    """The frame [3, 4] with axes of length one."""
    frame = np.array(matrix[:3], np.float64)
    frame[:, :3] /= np.maximum(np.linalg.norm(frame[:, :3], axis=0), 1e-12)
    return frame


def _frame_of(matrix: Array) -> dict[str, Any]:
    """The transform of a camera or light, whose axes are perpendicular."""
    parts = decompose(matrix)
    return {"matrix": matrix.T.reshape(-1).tolist()} if parts is None else _trs(*parts)


def _trs(translation: Array, rotation: Array, scale: Array) -> dict[str, Any]:
    """A node's transform: the parts of TRS that are not neutral."""
    found = {"translation": translation, "rotation": rotation, "scale": scale}
    neutral = {"translation": (0, 0, 0), "rotation": (0, 0, 0, 1), "scale": (1, 1, 1)}
    return {k: v.tolist() for k, v in found.items() if not np.array_equal(v, neutral[k])}
