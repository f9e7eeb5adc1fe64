"""Runs in Blender: where the objects of the open file are. Argument: ANSWER.json."""

import json
import sys

import bpy

with open(sys.argv[sys.argv.index("--") + 1], "w", encoding="utf-8") as file:
    json.dump({o.name: list(o.matrix_world.translation) for o in bpy.context.scene.objects}, file)
