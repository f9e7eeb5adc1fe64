"""Runs in Blender: imports a .glb into an empty file and saves that. Arguments: ANSWER.json ROOM.glb OUT.blend."""

import json
import sys

import bpy

answer, room, out = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.wm.read_homefile(use_empty=True)
bpy.ops.import_scene.gltf(filepath=room)
bpy.context.scene.camera = bpy.data.objects["Camera"]
bpy.ops.wm.save_as_mainfile(filepath=out)
with open(answer, "w", encoding="utf-8") as file:
    json.dump({"objects": sorted(bpy.data.objects.keys())}, file)
