"""Runs with bpy: a plane for each picture of a folder, read with the pictures' files and again with Blender's pixels.

picture_files.py FOLDER. Writes FOLDER/files.npz and FOLDER/pixels.npz, and prints which pictures went as files and which
Blender had decoded after the first.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy

from sgvop_blender import material_reader
from sgvop_blender.scene_reader import read_scene
from sgvop_core.wire.bundle import write_bundle

FOLDER = Path(sys.argv[1])


def show(path: Path) -> None:
    mesh = bpy.data.meshes.new(path.name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0)], [], [(0, 1, 2)])
    mesh.uv_layers.new(name="u")
    paint = bpy.data.materials.new(path.name)
    paint.use_nodes = True
    node = paint.node_tree.nodes.new("ShaderNodeTexImage")
    shader = next(n for n in paint.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    paint.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    node.image = bpy.data.images.load(str(path))
    if "linear" in path.name:
        node.image.colorspace_settings.name = "Non-Color"
    if "premultiplied" in path.name:
        node.image.alpha_mode = "PREMUL"
    if "packed" in path.name:
        node.image.pack()
        path.unlink()
    if "painted" in path.name:
        node.image.pixels[0] = 0.5
    mesh.materials.append(paint)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new(path.name, mesh))


bpy.ops.wm.read_factory_settings(use_empty=True)
for picture in sorted(FOLDER.glob("*.*")):
    show(picture)
blend = str(FOLDER / "scene.blend")
bpy.ops.wm.save_as_mainfile(filepath=blend)
bpy.ops.wm.open_mainfile(filepath=blend)
for image in bpy.data.images:
    if "painted" in image.name:
        image.pixels[0] = 0.5
context = bpy.context
asked: list[str] = []
inner = material_reader.picture_file


def noted(image):
    found = inner(image)
    if found is not None:
        asked.append(image.name)
    return found


material_reader.picture_file = noted
bundle = read_scene(bpy.data, context.scene, context.view_layer, context.evaluated_depsgraph_get())
decoded = [image.name for image in bpy.data.images if image.has_data]
write_bundle(FOLDER / "files.npz", bundle)
material_reader.picture_file = lambda image: None
write_bundle(
    FOLDER / "pixels.npz", read_scene(bpy.data, context.scene, context.view_layer, context.evaluated_depsgraph_get())
)
print("OUT" + json.dumps([sorted(asked), sorted(decoded)]))
