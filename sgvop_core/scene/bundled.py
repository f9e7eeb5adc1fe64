"""Scenes as bundles and back: what crosses between this side and Blender's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..wire.bundle import Bundle, BundleError, entries, number_list
from .model import Array, Camera, Light, Material, Mesh, Scene, SceneObject, Texture
from .resources import BadPicture, decode_picture, linear_to_srgb

LARGEST_SIDE = 2048
"""Pixels to which a picture that comes as a file is reduced, as Blender's side reduces those that come as pixels."""
_SRGB_BYTES = np.round(255 * linear_to_srgb(np.arange(256) / 255)).astype(np.uint8)
PARTS = (("corner_normals", "normals"), ("corner_uvs", "uvs"), ("corner_colours", "colours"))


def scene_to_bundle(scene: Scene) -> Bundle:
    """Returns the bundle of a scene; shared meshes, materials and textures stand in it once."""
    arrays: dict[str, Array] = {}
    meshes, materials, textures = _Shared(), _Shared(), _Shared()
    objects = [
        {
            "name": o.name,
            "parent": o.parent,
            "hidden": o.hidden,
            "mesh": None if o.mesh is None else meshes.number(o.mesh),
            "source": dict(o.source),
        }
        for o in scene.objects
    ]
    arrays["object/matrices"] = np.array([o.matrix_world for o in scene.objects], np.float64).reshape(-1, 4, 4)
    mesh_entries = []
    for k, mesh in enumerate(meshes.items):
        arrays[f"mesh/{k}/vertices"] = mesh.vertices
        arrays[f"mesh/{k}/faces"] = np.asarray(mesh.faces, np.int32)
        for attribute, name in PARTS:
            if getattr(mesh, attribute) is not None:
                arrays[f"mesh/{k}/{name}"] = np.asarray(getattr(mesh, attribute), np.float32)
        if mesh.face_materials is not None:
            arrays[f"mesh/{k}/materials"] = np.asarray(mesh.face_materials, np.int32)
        mesh_entries.append({"name": mesh.name, "materials": [materials.number(m) for m in mesh.materials]})
    material_entries = [_material_entry(m, textures) for m in materials.items]
    for k, texture in enumerate(textures.items):
        arrays[f"texture/{k}/pixels"] = texture.pixels
    header: dict[str, Any] = {
        "objects": objects,
        "meshes": mesh_entries,
        "materials": material_entries,
        "textures": [{"name": t.name, "wrap": list(t.wrap), "nearest": t.nearest} for t in textures.items],
        "cameras": [_camera_entry(c) for c in scene.cameras if not c.synthetic],
        "lights": [_light_entry(light) for light in scene.lights],
        "ambient": list(scene.ambient),
        "background": list(scene.background),
        "notes": list(scene.notes),
    }
    return Bundle(header, arrays)


def scene_from_bundle(bundle: Bundle) -> Scene:
    """Returns the scene of a bundle. Raises BundleError when its parts do not fit together."""
    try:
        return _scene(bundle)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(
            f"a part is missing or of a wrong kind ({type(error).__name__}: {str(error)[:80]})"
        ) from error


def _scene(bundle: Bundle) -> Scene:
    header, arrays = bundle.header, bundle.arrays
    notes = [str(note) for note in header.get("notes", ())]
    textures = [_texture(entry, k, arrays, notes) for k, entry in enumerate(entries(header, "textures"))]
    materials = [_material(entry, textures) for entry in entries(header, "materials")]
    meshes = [_mesh(entry, k, arrays, materials) for k, entry in enumerate(entries(header, "meshes"))]
    listed = entries(header, "objects")
    matrices = arrays.get("object/matrices", np.zeros((0, 4, 4)))
    if len(matrices) != len(listed):
        raise BundleError(f"{len(listed)} objects but {len(matrices)} matrices")
    names = {entry.get("name") for entry in listed}
    if len(names) != len(listed) or not all(isinstance(n, str) for n in names):
        raise BundleError("objects without a name of their own")
    objects = tuple(
        SceneObject(
            entry["name"],
            np.array(matrix, np.float64),
            None if entry.get("mesh") is None else meshes[_index(entry["mesh"], meshes, "mesh")],
            entry.get("parent") if entry.get("parent") in names else None,
            bool(entry.get("hidden", False)),
            dict(entry.get("source") or {}),
        )
        for entry, matrix in zip(listed, matrices, strict=True)
    )
    return Scene(
        objects,
        tuple(_camera(entry) for entry in entries(header, "cameras")),
        tuple(_light(entry) for entry in entries(header, "lights")),
        ambient=_triple(header.get("ambient", (0.05, 0.05, 0.05)), "ambient"),
        background=_triple(header.get("background", (0.6, 0.65, 0.7)), "background"),
        notes=tuple(notes),
    )


class _Shared:
    """Numbers things by identity."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._numbers: dict[int, int] = {}

    def number(self, item: Any) -> int:
        if id(item) not in self._numbers:
            self._numbers[id(item)] = len(self.items)
            self.items.append(item)
        return self._numbers[id(item)]


def _material_entry(m: Material, textures: _Shared) -> dict[str, Any]:
    return {
        "name": m.name,
        "base_colour": [float(c) for c in m.base_colour],
        "texture": None if m.texture is None else textures.number(m.texture),
        "emissive": [float(c) for c in m.emissive],
        "alpha_mode": m.alpha_mode,
        "alpha_cutoff": float(m.alpha_cutoff),
        "double_sided": m.double_sided,
        "metallic": float(m.metallic),
        "roughness": float(m.roughness),
        "unlit": m.unlit,
    }


def _camera_entry(c: Camera) -> dict[str, Any]:
    return {
        "name": c.name,
        "matrix": np.asarray(c.matrix_world, np.float64).reshape(-1).tolist(),
        "yfov": float(c.yfov),
        "aspect": float(c.aspect),
        "near": float(c.near),
        "far": float(min(c.far, 1e30)),
        "shift": [float(s) for s in c.shift],
        "ortho_height": c.ortho_height,
    }


def _light_entry(light: Light) -> dict[str, Any]:
    return {
        "name": light.name,
        "kind": light.kind,
        "matrix": np.asarray(light.matrix_world, np.float64).reshape(-1).tolist(),
        "colour": [float(c) for c in light.colour],
        "strength": float(light.strength),
        "cone": [float(c) for c in light.cone],
    }


def _texture(entry: Mapping[str, Any], k: int, arrays: Mapping[str, Array], notes: list[str]) -> Texture | None:
    """A picture; None, with a note, for a file that cannot be decoded."""
    wrap = entry.get("wrap", ("repeat", "repeat"))
    if len(wrap) != 2 or not all(w in ("repeat", "clamp", "mirror") for w in wrap):
        raise BundleError(f"texture {k} has an unknown wrap mode")
    name, pixels, file = str(entry.get("name", k)), arrays.get(f"texture/{k}/pixels"), arrays.get(f"texture/{k}/file")
    if pixels is None and file is not None:
        try:
            pixels = decode_picture(file.tobytes(), LARGEST_SIDE)
        except BadPicture as error:
            notes.append(f"texture '{name}' cannot be read ({error}); the plain base colour is shown")
            return None
        if entry.get("linear"):
            pixels[..., :3] = _SRGB_BYTES[pixels[..., :3]]
    if pixels is None or not pixels.size:
        raise BundleError(f"texture {k} has no pixels")
    return Texture(name, pixels, (wrap[0], wrap[1]), bool(entry.get("nearest", False)))


def _material(entry: Mapping[str, Any], textures: list[Texture | None]) -> Material:
    r, g, b, a = number_list(entry.get("base_colour", (0.8, 0.8, 0.8, 1)), 4, "a material's colour")
    mode = entry.get("alpha_mode", "OPAQUE")
    if mode not in ("OPAQUE", "MASK", "BLEND"):
        raise BundleError(f"unknown alpha mode {str(mode)[:20]}")
    shares = number_list(
        [entry.get(k, 0.5) for k in ("alpha_cutoff", "metallic", "roughness")], 3, "a material's numbers"
    )
    return Material(
        name=str(entry.get("name", "default")),
        base_colour=(r, g, b, a),
        texture=None if entry.get("texture") is None else textures[_index(entry["texture"], textures, "texture")],
        emissive=_triple(entry.get("emissive", (0, 0, 0)), "emissive"),
        alpha_mode=mode,
        alpha_cutoff=shares[0],
        double_sided=bool(entry.get("double_sided", True)),
        metallic=shares[1],
        roughness=shares[2],
        unlit=bool(entry.get("unlit", False)),
    )


def _mesh(entry: Mapping[str, Any], k: int, arrays: Mapping[str, Array], materials: list[Material]) -> Mesh:
    vertices, faces = arrays.get(f"mesh/{k}/vertices"), arrays.get(f"mesh/{k}/faces")
    if vertices is None or faces is None:
        raise BundleError(f"mesh {k} has no vertices or faces")
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise BundleError(f"mesh {k} has faces of vertices that do not exist")
    if not np.isfinite(vertices).all():
        vertices = np.where(np.isfinite(vertices), vertices, 0.0)
    used = tuple(materials[_index(i, materials, "material")] for i in entry.get("materials", ())) or (Material(),)
    parts = {attribute: arrays.get(f"mesh/{k}/{name}") for attribute, name in PARTS}
    ids = arrays.get(f"mesh/{k}/materials")
    if any(p is not None and len(p) != len(faces) for p in (*parts.values(), ids)):
        raise BundleError(f"mesh {k} has attributes of another length than its faces")
    if ids is not None and len(ids) and (ids.min() < 0 or ids.max() >= len(used)):
        raise BundleError(f"mesh {k} uses materials that do not exist")
    return Mesh(
        str(entry.get("name", k)),
        np.asarray(vertices, np.float64),
        np.asarray(faces, np.int32),
        face_materials=ids,
        materials=used,
        **parts,
    )


def _camera(entry: Mapping[str, Any]) -> Camera:
    yfov, aspect, near, far = number_list(
        [entry.get(k) for k in ("yfov", "aspect", "near", "far")], 4, "a camera's numbers"
    )
    right, up = number_list(entry.get("shift", (0, 0)), 2, "a camera's shift")
    ortho = entry.get("ortho_height")
    height = None if ortho is None else number_list([ortho], 1, "a camera's height")[0]
    if aspect <= 0 or (height is not None and height <= 0) or not 0 < yfov < np.pi:
        raise BundleError(f"camera '{str(entry.get('name'))[:60]}' has an impossible lens")
    return Camera(str(entry["name"]), _matrix(entry), yfov, aspect, near, far, (right, up), height)


def _light(entry: Mapping[str, Any]) -> Light:
    kind = entry.get("kind")
    if kind not in ("sun", "point", "spot", "area"):
        raise BundleError(f"unknown kind of light {str(kind)[:20]}")
    inner, outer = number_list(entry.get("cone", (0, 0.785)), 2, "a light's cone")
    strength = number_list([entry.get("strength", 1.0)], 1, "a light's strength")[0]
    return Light(
        str(entry["name"]),
        kind,
        _matrix(entry),
        _triple(entry.get("colour", (1, 1, 1)), "colour"),
        strength,
        (inner, outer),
    )


def _matrix(entry: Mapping[str, Any]) -> Array:
    return np.array(number_list(entry.get("matrix"), 16, "a matrix")).reshape(4, 4)


def _triple(values: Any, what: str) -> tuple[float, float, float]:
    red, green, blue = number_list(values, 3, what)
    return red, green, blue


def _index(value: Any, items: Sequence[Any], what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(items):
        raise BundleError(f"refers to {what} {str(value)[:20]}, but there are {len(items)}")
    return value
