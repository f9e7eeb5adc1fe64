"""A bundle as a Blender scene: meshes, materials with packed pictures, cameras, lights, hierarchy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .core_wire import Bundle, BundleError
from .material_builder import build_material

SENSOR = 24.0
"""Sensor height in millimetres; any will do, this one is that of a full-frame camera."""


def build_scene(bpy: Any, bundle: Bundle, pack: bool = True) -> list[str]:
    """Fills the open, empty scene with what the bundle holds; returns notes. Raises BundleError for misfit parts.

    ``pack`` puts the pictures into the .blend, which takes time that a scene that is never saved need not spend.
    """
    from mathutils import Matrix

    header, arrays, scene = bundle.header, bundle.arrays, bpy.context.scene
    notes: list[str] = []
    pictures = enumerate(header.get("textures", []))
    images = [_image(bpy, entry, arrays[f"texture/{k}/pixels"], pack) for k, entry in pictures]
    coloured = {i for k, e in enumerate(header["meshes"]) if f"mesh/{k}/colours" in arrays for i in e["materials"]}
    materials = [
        build_material(bpy, e, images, header.get("textures", []), i in coloured)
        for i, e in enumerate(header.get("materials", []))
    ]
    meshes = [_mesh(bpy, e, k, arrays, materials) for k, e in enumerate(header["meshes"])]
    objects: dict[str, Any] = {}
    worlds: dict[str, np.ndarray] = {}
    for entry, matrix in zip(header["objects"], arrays["object/matrices"], strict=True):
        o = bpy.data.objects.new(entry["name"], None if entry["mesh"] is None else meshes[entry["mesh"]])
        o.hide_render = o.hide_viewport = bool(entry["hidden"])
        scene.collection.objects.link(o)
        if o.name != entry["name"]:
            notes.append(f"'{entry['name']}' is called '{o.name}' in the .blend")
        objects[entry["name"]], worlds[entry["name"]] = o, np.asarray(matrix, np.float64)
    for entry in header["objects"]:
        notes += _hang(objects, worlds, entry["name"], entry["parent"], Matrix)
    for entry in header.get("cameras", []):
        _camera(bpy, entry, Matrix)
    for entry in header.get("lights", []):
        _light(bpy, entry, Matrix)
    _world(bpy, header)
    bpy.context.view_layer.update()
    return notes


def _hang(
    objects: dict[str, Any], worlds: dict[str, np.ndarray], name: str, parent: str | None, matrix: Any
) -> list[str]:
    """Sets an object's channels, and its parent's inverse so that its world matrix is exact, shear included."""
    o, world = objects[name], worlds[name]
    o.matrix_basis = matrix(world.tolist())
    basis = np.array(o.matrix_basis, np.float64)
    sheared = np.abs(basis - world).max() > 1e-5 * max(1.0, np.abs(world).max())
    if parent is None or parent not in objects or abs(np.linalg.det(worlds[parent][:3, :3])) < 1e-12:
        return [f"'{name}' has shear, which Blender cannot hold; its nearest pose is written"] if sheared else []
    o.parent = objects[parent]
    inner = world @ np.linalg.inv(basis) if sheared and abs(np.linalg.det(basis[:3, :3])) > 1e-12 else np.eye(4)
    o.matrix_parent_inverse = matrix((np.linalg.inv(worlds[parent]) @ inner).tolist())
    return []


def _image(bpy: Any, entry: dict[str, Any], pixels: np.ndarray, pack: bool) -> Any:
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(str(entry["name"]), width, height, alpha=True)
    image.pixels.foreach_set((pixels[::-1].astype(np.float32) / 255.0).reshape(-1))
    image.update()
    if pack:
        image.pack()
    return image


def _mesh(bpy: Any, entry: dict[str, Any], k: int, arrays: dict[str, np.ndarray], materials: list[Any]) -> Any:
    mesh = bpy.data.meshes.new(str(entry["name"]))
    vertices, faces = arrays[f"mesh/{k}/vertices"], arrays[f"mesh/{k}/faces"]
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise BundleError(f"mesh {k} has faces of vertices that do not exist")
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    faces, count = faces[whole], int(whole.sum())
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.asarray(vertices, np.float32).reshape(-1))
    mesh.loops.add(3 * count)
    mesh.loops.foreach_set("vertex_index", np.asarray(faces, np.int32).reshape(-1))
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    for i in entry["materials"]:
        mesh.materials.append(materials[i])
    if f"mesh/{k}/materials" in arrays:
        mesh.polygons.foreach_set("material_index", np.asarray(arrays[f"mesh/{k}/materials"][whole], np.int32))
    mesh.update(calc_edges=True)
    if f"mesh/{k}/uvs" in arrays:
        layer = mesh.uv_layers.new(name="UVMap")
        layer.uv.foreach_set("vector", np.asarray(arrays[f"mesh/{k}/uvs"][whole], np.float32).reshape(-1))
    if f"mesh/{k}/colours" in arrays:
        attribute = mesh.color_attributes.new("Color", "FLOAT_COLOR", "CORNER")
        attribute.data.foreach_set("color", np.asarray(arrays[f"mesh/{k}/colours"][whole], np.float32).reshape(-1))
    if f"mesh/{k}/normals" in arrays and count:
        mesh.polygons.foreach_set("use_smooth", np.ones(count, bool))
        mesh.normals_split_custom_set(np.asarray(arrays[f"mesh/{k}/normals"][whole], np.float32).reshape(-1, 3))
    elif count:
        mesh.polygons.foreach_set("use_smooth", np.zeros(count, bool))
    return mesh


def _camera(bpy: Any, entry: dict[str, Any], matrix: Any) -> None:
    scene, camera = bpy.context.scene, bpy.data.cameras.new(entry["name"])
    aspect = entry["aspect"]
    camera.sensor_fit, camera.sensor_height, camera.sensor_width = "VERTICAL", SENSOR, SENSOR * aspect
    camera.shift_x, camera.shift_y = (s * max(1.0, aspect) for s in entry["shift"])
    camera.clip_start, camera.clip_end = max(entry["near"], 1e-6), min(entry["far"], 1e9)
    if entry["ortho_height"] is not None:
        camera.type, camera.ortho_scale = "ORTHO", entry["ortho_height"]
    else:
        camera.lens = SENSOR / (2 * math.tan(entry["yfov"] / 2))
    o = bpy.data.objects.new(entry["name"], camera)
    scene.collection.objects.link(o)
    o.matrix_basis = matrix(np.array(entry["matrix"]).reshape(4, 4).tolist())
    if scene.camera is None:
        scene.camera = o
        scene.render.resolution_x = round(1080 * max(1.0, aspect))
        scene.render.resolution_y = round(1080 * max(1.0, 1 / aspect))


def _light(bpy: Any, entry: dict[str, Any], matrix: Any) -> None:
    kind = entry["kind"]
    light = bpy.data.lights.new(entry["name"], kind.upper())
    light.energy = entry["strength"] * {"sun": 1.0, "area": math.pi}.get(kind, 4 * math.pi)
    light.color = entry["colour"]
    if kind == "spot":
        inner, outer = entry["cone"]
        light.spot_size = min(2 * outer, math.pi)
        edge = math.cos(outer)
        light.spot_blend = min(max((math.cos(inner) - edge) / max(1 - edge, 1e-6), 0.0), 1.0)
    o = bpy.data.objects.new(entry["name"], light)
    bpy.context.scene.collection.objects.link(o)
    o.matrix_basis = matrix(np.array(entry["matrix"]).reshape(4, 4).tolist())


def _world(bpy: Any, header: dict[str, Any]) -> None:
    """A world that lights with the ambient colour and shows the camera the background's."""
    world = bpy.data.worlds.new("World")
    bpy.context.scene.world = world
    if not world.use_nodes:
        world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    output, mix = tree.nodes.new("ShaderNodeOutputWorld"), tree.nodes.new("ShaderNodeMixShader")
    path = tree.nodes.new("ShaderNodeLightPath")
    tree.links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
    for k, colour in ((1, header.get("ambient", (0.05, 0.05, 0.05))), (2, header.get("background", (0.6, 0.65, 0.7)))):
        background = tree.nodes.new("ShaderNodeBackground")
        background.inputs["Color"].default_value = (*colour, 1.0)
        tree.links.new(background.outputs["Background"], mix.inputs[k])
    tree.links.new(mix.outputs[0], output.inputs["Surface"])
