"""Runs in Blender: what the open file holds of the extension. Argument: ANSWER.json."""

import json
import sys

import bpy

found = {
    f"{collection.identifier}/{block.name}/{key}"
    for collection in bpy.data.bl_rna.properties
    if collection.type == "COLLECTION"
    for block in getattr(bpy.data, collection.identifier)
    if hasattr(block, "keys")
    for key in block.keys()  # noqa: SIM118  (a block of Blender is no dict)
}
own = [path for path in found if "sgvop" in path]
group = bpy.context.scene.sgvop
told = {
    "outside": sorted(path for path in own if path != f"scenes/{bpy.context.scene.name}/sgvop"),
    "scene": sorted(group.keys()),
    "panel": sorted(group.bl_rna.properties.keys()),
    "objects": sorted(bpy.data.objects.keys()),
    "texts": sorted(bpy.data.texts.keys()),
}
with open(sys.argv[sys.argv.index("--") + 1], "w", encoding="utf-8") as file:
    json.dump(told, file)
