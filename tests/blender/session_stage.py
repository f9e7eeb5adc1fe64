"""What the stories of sessions share: their list, a small scene, a session with the scripted worker."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

from sgvop_blender.client.process import Launch
from sgvop_blender.session import Session

FOLDER = Path(sys.argv[1])
ROOT = str(Path(__file__).resolve().parents[2])
STORIES = {}


def story(function):
    STORIES[function.__name__] = function
    return function


def session(script=None, worker="sgvop_core.wire.scripted_worker", remote=False) -> Session:
    real = worker == "sgvop_core.worker"
    command = [(os.environ.get("SGVOP_PYTHON") if real else None) or sys.executable, "-m", worker]
    if script is not None:
        path = FOLDER / f"script-{time.monotonic_ns()}.json"
        path.write_text(json.dumps(script))
        command.append(str(path))
    return Session(lambda: Launch(tuple(command), {"PYTHONPATH": ROOT}, remote), "0.1.0")


def cube(name, parent=None, at=(0, 0, 0)):
    mesh = bpy.data.meshes.get("cube") or bpy.data.meshes.new("cube")
    if not len(mesh.vertices):
        corners = [(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
        mesh.from_pydata(
            corners, [], [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        )
    made = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(made)
    made.parent, made.location = parent, at
    return made


def fresh():
    """A floor and a cup, and an undo step to come back to."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    floor = cube("Floor", at=(0, 0, -0.5))
    floor.scale = 20, 20, 1
    cup = cube("Cup", at=(0.1, 0.2, 0.5))
    cup.rotation_euler = 0.1, 4.0, 0.3
    bpy.context.view_layer.update()
    bpy.ops.ed.undo_push(message="fresh")
    return cup


def world(obj):
    bpy.context.view_layer.update()
    return np.array(obj.matrix_world, np.float64)


def wait_for(s, condition, seconds=30.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, (s.state, s.log, s.lines)
        s.tick()
        time.sleep(0.005)


QUICK = {"place": {"seconds": 0.4}}
LONG = {"place": {"seconds": 60.0}}
