"""A glTF file as a Scene."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import SceneError
from ..limits import LIMITS
from ..model import Array, Camera, Light, Scene, SceneObject
from ..resources import UniqueNames
from .accessors import read_floats
from .axes import DOWN, UP
from .document import Document, read_document
from .meshes import MeshReader, Skin, instance_matrices
from .nodes import Node, owner, read_nodes

LUMENS_PER_WATT = 683.0
"""The luminous efficacy that turns candela into W/sr and lux into W/m2, as Blender's glTF import and export use it."""

WORLD_EXTRAS = "sgvop_world"
"""Key in a scene's extras. Blender makes a custom property of it, and the scene's "sgvop" is where the panel's settings are."""

DAMAGE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError, struct.error)


def read_gltf(path: Path) -> Scene:
    """Returns the scene in a .glb or .gltf file, Z up. Raises SceneError for anything that is not sound glTF 2.0."""
    try:
        with np.errstate(all="ignore"):
            return scene_of(read_document(path))
    except SceneError:
        raise
    except DAMAGE as error:
        raise SceneError(
            f"{path.name}: not sound glTF ({type(error).__name__}: {str(error)[:80]}); export or download it again"
        ) from error
    except MemoryError:
        raise SceneError(f"{path.name}: too large for this machine's memory; reduce its meshes or textures") from None


def scene_of(document: Document) -> Scene:
    """Returns the scene that a document describes."""
    nodes, meshes = read_nodes(document), MeshReader(document)
    objects: list[SceneObject] = []
    cameras: list[Camera] = []
    lights: list[Light] = []
    names = UniqueNames()
    for node in nodes.values():
        names.take(node.name)
    for node in nodes.values():
        if node.is_frame:
            continue
        camera, light = _camera(document, node), _light(document, node)
        cameras += [camera] if camera is not None else []
        lights += [light] if light is not None else []
        if "mesh" in node.entry or node.children or (camera is None and light is None):
            objects += _objects(document, meshes, nodes, node, names)
        if len(objects) > LIMITS.objects:
            raise document.error(f"more than {LIMITS.objects} objects and instances; join or drop some")
    shown_parents = {o.name for o in objects}
    objects = [o if o.parent in shown_parents or o.parent is None else _orphan(o) for o in objects]
    shown = document.item("scenes", document.json.get("scene", 0)) if document.items("scenes") else {}
    ours = _ours(shown, WORLD_EXTRAS) or _ours(shown)
    world = {k: _triple(ours[k]) for k in ("ambient", "background") if k in ours}
    return Scene(
        tuple(objects), tuple(cameras), tuple(lights), source=document.path, notes=tuple(document.notes), **world
    )


def skeleton_roots(document: Document, nodes: dict[int, Node], skin: Any) -> list[int]:
    """Returns the joints of a skin that hang below none of its other joints."""
    joints = [j for j in document.item("skins", skin)["joints"] if j in nodes]
    inside = set(joints)

    def below(j: int) -> bool:
        up = nodes[j].parent
        while up is not None:
            if up in inside:
                return True
            up = nodes[up].parent
        return False

    return [j for j in joints if not below(j)]


def _objects(
    document: Document, meshes: MeshReader, nodes: dict[int, Node], node: Node, names: UniqueNames
) -> list[SceneObject]:
    above = owner(nodes, node)
    parent = None if above is None else nodes[above].name
    world, source = UP @ node.world @ DOWN, {"node": node.index}
    if "mesh" not in node.entry:
        return [SceneObject(node.name, world, None, parent, node.hidden, source)]
    skin = None
    if "skin" in node.entry:
        skin, base = _skin(document, nodes, node)
        world = UP @ base @ DOWN
        source = {"node": node.index, "skin": node.entry["skin"]}
        parent = _above_skeleton(document, nodes, node, parent)
    mesh = meshes.mesh(node.entry["mesh"], node.entry.get("weights"), skin)
    instancing = node.entry.get("extensions", {}).get("EXT_mesh_gpu_instancing")
    if instancing is None:
        return [SceneObject(node.name, world, mesh, parent, node.hidden, source)]
    group = SceneObject(node.name, world, None, parent, node.hidden, source)
    matrices = instance_matrices(document, instancing, node.name)
    return [group] + [
        SceneObject(
            names.take(f"{node.name}/{k}"),
            UP @ (node.world @ matrix) @ DOWN,
            mesh,
            node.name,
            node.hidden,
            {"node": node.index, "instance": k},
        )
        for k, matrix in enumerate(matrices)
    ]


def _skin(document: Document, nodes: dict[int, Node], node: Node) -> tuple[Skin, Array]:
    """The skin's matrices into the frame ``base`` [4, 4], which is the node's world where that can be inverted."""
    entry = document.item("skins", node.entry["skin"])
    joints = entry["joints"]
    missing = [j for j in joints if j not in nodes]
    if missing:
        document.note(f"'{node.name}' is bound to joints that the scene does not show; they stay as they were bound")
    inverse_bind = np.tile(np.eye(4), (len(joints), 1, 1))
    if "inverseBindMatrices" in entry:
        values = read_floats(document, entry["inverseBindMatrices"], ("MAT4",), f"the skin of '{node.name}'")
        if len(values) < len(joints):
            raise document.error(f"the skin of '{node.name}' has too few bind matrices; export the scene again")
        inverse_bind = values[: len(joints)].astype(np.float64).reshape(-1, 4, 4).transpose(0, 2, 1)
    solid = abs(np.linalg.det(node.world[:3, :3])) > 1e-12
    base = node.world if solid else np.eye(4)
    worlds = np.stack([nodes[j].world @ inverse_bind[k] if j in nodes else base for k, j in enumerate(joints)])
    return Skin(node.entry["skin"], np.linalg.inv(base) @ worlds), base


def _above_skeleton(document: Document, nodes: dict[int, Node], node: Node, parent: str | None) -> str | None:
    """The object that carries a skinned mesh along: its own parent does not, the one above its joints does."""
    roots = skeleton_roots(document, nodes, node.entry["skin"])
    if not roots:
        return parent
    up: int | None = nodes[roots[0]].parent
    if len(roots) == 1 and node.index != roots[0]:
        up = roots[0]
    walk = up
    while walk is not None:
        if walk == node.index:
            return parent
        walk = nodes[walk].parent
    return None if up is None else nodes[up].name


def _ours(entry: dict[str, Any], key: str = "sgvop") -> dict[str, Any]:
    """What ``write_glb`` left in an entry's extras because glTF has no words for it."""
    extras = entry.get("extras")
    ours = extras.get(key) if isinstance(extras, dict) else None
    return ours if isinstance(ours, dict) else {}


def _triple(values: Any) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in values)
    return red, green, blue


def _orphan(o: SceneObject) -> SceneObject:
    return SceneObject(o.name, o.matrix_world, o.mesh, None, o.hidden, o.source)


def _rigid(matrix: Array) -> Array:
    """The frame of a camera or light without its scale: axes of length one, Z up."""
    turned = UP @ matrix
    lengths = np.linalg.norm(turned[:3, :3], axis=0)
    turned[:3, :3] /= np.where(lengths > 1e-12, lengths, 1.0)
    return turned


def _camera(document: Document, node: Node) -> Camera | None:
    if "camera" not in node.entry:
        return None
    entry = document.item("cameras", node.entry["camera"])
    kind = entry.get("type")
    right, up = (float(v) for v in _ours(entry).get("shift", (0.0, 0.0)))
    shift = (right, up)
    if kind == "perspective":
        lens = entry["perspective"]
        yfov, far = float(lens["yfov"]), float(lens.get("zfar", 1000.0))
        if not 0.001 < yfov < math.pi:
            raise document.error(f"camera '{node.name}' has a field of view of {yfov:g} radians; set one below pi")
        aspect = float(lens.get("aspectRatio", 1.0))
        if not (math.isfinite(aspect) and aspect > 1e-3):
            raise document.error(f"camera '{node.name}' has an aspect ratio of {aspect:g}; set one above 0")
        return Camera(node.name, _rigid(node.world), yfov, aspect, float(lens["znear"]), far, shift)
    if kind == "orthographic":
        lens = entry["orthographic"]
        width, height = abs(float(lens["xmag"])), abs(float(lens["ymag"]))
        if not (width > 0 and height > 0 and math.isfinite(width + height)):
            raise document.error(f"camera '{node.name}' has a picture of size zero; set its magnification")
        return Camera(
            node.name,
            _rigid(node.world),
            aspect=width / height,
            near=float(lens["znear"]),
            far=float(lens["zfar"]),
            shift=shift,
            ortho_height=2 * height,
        )
    raise document.error(f"camera '{node.name}' is neither perspective nor orthographic; export the scene again")


def _light(document: Document, node: Node) -> Light | None:
    index = node.entry.get("extensions", {}).get("KHR_lights_punctual", {}).get("light")
    if index is None:
        return None
    entries = document.json.get("extensions", {}).get("KHR_lights_punctual", {}).get("lights", [])
    if not isinstance(index, int) or not 0 <= index < len(entries):
        raise document.error(f"node '{node.name}' shows a light that does not exist; export the scene again")
    entry = entries[index]
    spot = entry.get("spot", {})
    kind = {"directional": "sun", "point": "point", "spot": "spot"}.get(entry.get("type"))
    if kind is None:
        document.note(f"light '{node.name}' is of an unknown kind and left out")
        return None
    if _ours(entry).get("kind") == "area":
        kind = "area"
    return Light(
        node.name,
        kind,  # type: ignore[arg-type]
        _rigid(node.world),
        _triple(entry.get("color", (1, 1, 1))),
        float(entry.get("intensity", 1.0)) / LUMENS_PER_WATT,
        (float(spot.get("innerConeAngle", 0.0)), float(spot.get("outerConeAngle", math.pi / 4))),
    )
