"""Runs in Blender: saves a floor, a table and a cup on the floor. Arguments: ANSWER.json OUT.blend."""

import json
import sys

import bpy

answer, out = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.wm.read_homefile(use_empty=True)


def box(name: str, size: tuple[float, float, float], at: tuple[float, float, float]) -> None:
    bpy.ops.mesh.primitive_cube_add(size=1, location=at)
    bpy.context.object.name = name
    bpy.context.object.scale = size


box("Floor", (6, 6, 0.1), (0, 0, -0.05))
box("Table", (1.4, 0.9, 0.75), (0, 0.5, 0.375))
bpy.ops.mesh.primitive_cylinder_add(radius=0.05, depth=0.12, location=(1.5, -1, 0.06))
bpy.context.object.name = "Cup"
bpy.ops.object.camera_add(location=(0, -5, 2.2), rotation=(1.25, 0, 0))
bpy.context.scene.camera = bpy.context.object
bpy.ops.object.light_add(type="SUN", location=(0, 0, 5))
bpy.ops.wm.save_as_mainfile(filepath=out)
with open(answer, "w", encoding="utf-8") as file:
    json.dump({"objects": sorted(o.name for o in bpy.data.objects)}, file)
