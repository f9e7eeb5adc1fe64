"""Runs with bpy: reads large scenes piece by piece and places an object in them; prints figures as JSON lines.

large_scenes.py FOLDER SCENE... [objects, triangles, meshes, instances]. Seconds are of the clock on this machine; "worked" are
seconds of processor time, which other programs on it do not lengthen.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import bpy
import numpy as np

from sgvop_blender.client.process import Launch
from sgvop_blender.scene_reading import SceneReading
from sgvop_blender.session import Session

FOLDER = Path(sys.argv[1])
ROOT = str(Path(__file__).resolve().parents[2])
SCENES = {}


def scene(function):
    SCENES[function.__name__] = function
    return function


def grid(name, n):
    """A wavy square of n times n quads with uvs and two materials."""
    x, y = np.meshgrid(np.arange(n + 1) / n, np.arange(n + 1) / n)
    vertices = np.stack([x, y, 0.01 * np.sin(x * 20)], -1).reshape(-1, 3).astype(np.float32)
    first = (np.arange(n)[:, None] * (n + 1) + np.arange(n)[None]).reshape(-1)
    quads = np.stack([first, first + 1, first + n + 2, first + n + 1], -1).astype(np.int32)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.reshape(-1))
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.reshape(-1))
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(len(quads), dtype=np.int32) * 4)
    mesh.update(calc_edges=True)
    mesh.uv_layers.new(name="u")
    for k in "ab":
        mesh.materials.append(bpy.data.materials.get(k) or bpy.data.materials.new(k))
    mesh.polygons.foreach_set("material_index", np.arange(len(quads), dtype=np.int32) % 2)
    return mesh


def add(name, data, at, collection=None, parent=None):
    made = bpy.data.objects.new(name, data)
    (collection or bpy.context.scene.collection).objects.link(made)
    made.location, made.parent = at, parent
    return made


@scene
def objects():
    """Ten thousand objects: 50 meshes that they share, 200 of their own, parents, hidden, disabled and excluded ones, instances."""
    meshes = [grid(f"shared {k}", 4) for k in range(50)]
    top = bpy.context.scene.collection
    groups = [bpy.data.collections.new(f"group {k}") for k in range(100)]
    for group in groups:
        top.children.link(group)
    parent = None
    for k in range(9800):
        mesh = meshes[k % 50] if k % 49 else grid(f"own {k}", 3)
        made = add(f"o{k:05d}", mesh, (k % 100, k // 100, 0), groups[k % 100], parent if k % 10 else None)
        parent = made if k % 10 == 0 else parent
        made.hide_viewport, made.hide_render = k % 97 == 0, k % 89 == 0
    bpy.context.view_layer.layer_collection.children["group 7"].exclude = True
    bpy.context.view_layer.layer_collection.children["group 8"].hide_viewport = True
    for k in range(200):
        maker = add(f"maker {k}", None, (k, -5, 0))
        maker.instance_type, maker.instance_collection = "COLLECTION", groups[9]


@scene
def triangles():
    """Two million in one mesh."""
    add("big", grid("big", 1000), (0, 0, -1))


@scene
def meshes():
    """Two million in 200 meshes, each below what is read in pieces of its own, and a modifier on some."""
    for k in range(200):
        made = add(f"m{k}", grid(f"m{k}", 70), (k, 0, 0))
        if k % 20 == 0:
            made.modifiers.new("Triangulate", "TRIANGULATE")


@scene
def instances():
    """Fifty thousand instances of one mesh."""
    ground = add("ground", grid("ground", 223), (0, 0, 0))
    add("grain", grid("grain", 2), (0, 0, 0), parent=ground)
    ground.instance_type = "VERTS"


def fresh(make):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    cup = add("Cup", grid("cup", 2), (0.3, 0.2, 1))
    cup.rotation_euler = 0.1, 0.2, 0.3
    make()
    bpy.context.view_layer.update()
    return cup


def memory():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def reader_of(pieces):
    """What reads, as the innermost generator that knows it has it; None before and after."""
    while pieces is not None and pieces.gi_frame is not None:
        if "reader" in pieces.gi_frame.f_locals:
            return pieces.gi_frame.f_locals["reader"]
        pieces = pieces.gi_yieldfrom
    return None


def read(name):
    """Reads a scene; what each piece took and how much it handled."""
    fresh(SCENES[name])
    view = bpy.context.view_layer
    reading = SceneReading(FOLDER / f"{name}.npz", bpy.context.scene.name, view.name)
    before, begun = memory(), time.perf_counter()
    seconds, handled, highest = [], [], before
    known = 0
    while not reading.read:
        piece = time.perf_counter()
        reading.step(0.0)
        seconds.append(time.perf_counter() - piece)
        reader = reader_of(reading._pieces)
        if reader is not None:
            count = len(reader.objects)
            handled.append(count - known)
            known = count
        highest = max(highest, memory())
    total = time.perf_counter() - begun
    while not reading.step(0.0):
        time.sleep(0.01)
    return {
        "objects": len(reading.matrices), "pieces": len(seconds), "longest": max(seconds), "total": total,
        "p99": float(np.quantile(seconds, 0.99)), "most_objects": max(handled[:-1], default=0), "memory_MiB": highest - before,
        "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "file_MiB": reading.path.stat().st_size / 2**20, "slowest": [round(s, 4) for s in sorted(seconds)[-5:]],
    }  # fmt: skip


def place(name):
    """Places the cup with the scripted worker; how far off it ends and how long a tick took."""
    cup = fresh(SCENES[name])
    start = np.array(cup.matrix_world, np.float64)
    script = FOLDER / "script.json"
    script.write_text(json.dumps({"place": {"seconds": 1.0}}))
    command = (sys.executable, "-m", "sgvop_core.wire.scripted_worker", str(script))
    session = Session(lambda: Launch(command, {"PYTHONPATH": ROOT}), "0.1.0")
    record = session.place([cup], "a cup on the ground")
    ticks, worked = [], []
    while session.state.job is not None:
        before, own = time.perf_counter(), time.thread_time()
        session.tick()
        ticks.append(time.perf_counter() - before)
        worked.append(time.thread_time() - own)
        time.sleep(0.005)
    bpy.context.view_layer.update()
    wanted = np.array(record.options["Cup"][0].deltas["Cup"]) @ start
    off = float(np.abs(np.array(cup.matrix_world) - wanted).max())
    session.close()
    return {"outcome": record.outcome, "off": off, "longest_tick": max(ticks), "p99_tick": float(np.quantile(ticks, 0.99)),
            "ticks": len(ticks), "p99_worked": float(np.quantile(worked, 0.99)),
            "slowest_worked": [round(t, 4) for t in sorted(worked)[-5:]],
            "slowest": [round(t, 4) for t in sorted(ticks)[-5:]]}  # fmt: skip


if __name__ == "__main__":
    for chosen in sys.argv[2:] or list(SCENES):
        print("OUT" + json.dumps([chosen, {"read": read(chosen), "place": place(chosen)}]), flush=True)
