"""Stories of scenes that are read while other things happen, and of large ones; ``session_scene`` plays them."""

from __future__ import annotations

import time

import bpy
import numpy as np
from mathutils import Matrix
from session_stage import FOLDER, QUICK, cube, fresh, session, story, world

from sgvop_blender import watch
from sgvop_core.wire.bundle import read_bundle


@story
def edits_while_reading():
    cup = fresh()
    for k in range(400):
        cube(f"c{k}", at=(k, 5, 0))
    bpy.context.view_layer.update()
    s = session(QUICK)
    record = s.place([cup], "a cup on the floor")
    s.tick(budget=0.0)
    bpy.data.objects.remove(bpy.data.objects["c399"])
    cup.location.y = 7
    bpy.context.view_layer.update()
    start = world(cup)
    s.run_to_end(record)
    delta = np.array(record.options["Cup"][0].deltas["Cup"])
    error = np.abs(world(cup) - delta @ start).max()
    s.close()
    return {"outcome": record.outcome, "error": error}


def among_instances(pieces):
    """Whether a reading is in the middle of going through instances."""
    while pieces is not None and pieces.gi_frame is not None:
        if pieces.gi_code.co_name == "_through_instances":
            return "index" in pieces.gi_frame.f_locals and pieces.gi_frame.f_locals["index"] > 0
        pieces = pieces.gi_yieldfrom
    return False


@story
def evaluated_while_reading():
    """Blender evaluates the scene again and again while instances are gone through, with nothing moved."""
    import gc

    import sgvop_blender.scene_reading as reading

    fresh()
    grain = bpy.data.collections.new("grain")
    for k in range(20):
        made = bpy.data.objects.new(f"g{k}", bpy.data.meshes["cube"])
        grain.objects.link(made)
    for k in range(100):
        maker = bpy.data.objects.new(f"maker {k}", None)
        bpy.context.scene.collection.objects.link(maker)
        maker.location, maker.instance_type, maker.instance_collection = (k, 0, 0), "COLLECTION", grain
    paint = bpy.data.materials.new("paint")
    bpy.data.meshes["cube"].materials.append(paint)
    bpy.context.view_layer.update()
    found = []
    for often in (0, 5):
        s = session(QUICK)
        r = reading.SceneReading(FOLDER / f"instances-{often}.npz", bpy.context.scene.name, bpy.context.view_layer.name)
        before, waits = watch.evaluations, False
        while not r.step(0.0):
            if watch.evaluations - before < often and among_instances(r._pieces):
                paint.diffuse_color[0] = 0.9 - paint.diffuse_color[0]
                paint.metallic = 0.9 - paint.metallic
                bpy.context.view_layer.update()
            waits = waits or not gc.isenabled()
            time.sleep(0.001 if r.read else 0)
        header = read_bundle(r.path).header
        names = [o["name"] for o in header["objects"]]
        instances = len([o for o in header["objects"] if "instance" in o["source"]])
        found.append({"instances": instances, "names": len(set(names)), "objects": len(names), "anew": r._begun,
                      "evaluated": watch.evaluations - before, "collector": [waits, gc.isenabled()]})  # fmt: skip
        s.close()
    return found


@story
def large_scenes():
    """Seconds of Blender's thread that the longest piece took; the machine may be busy with other things."""
    import sgvop_blender.scene_reading as reading

    found = {}
    for name, make in (("triangles", two_million), ("objects", ten_thousand)):
        cup = fresh()
        make()
        bpy.context.view_layer.update()
        r = reading.SceneReading(FOLDER / f"{name}.npz", bpy.context.scene.name, bpy.context.view_layer.name)
        pieces = []
        while True:
            before = time.thread_time()
            done = r.step(0.0)
            pieces.append(time.thread_time() - before)
            if done:
                break
            if r.read:
                time.sleep(0.01)
        found[name] = {"longest": max(pieces), "pieces": len(pieces), "cup": cup.name in {n for n, _ in r.names},
                       "p99": float(np.quantile([p for p in pieces if p > 0], 0.99))}  # fmt: skip
    return found


def two_million(n=1000):
    x, y = np.meshgrid(np.arange(n + 1), np.arange(n + 1))
    vertices = np.stack([x, y, np.sin(x * 0.1)], -1).reshape(-1, 3).astype(np.float32)
    first = (np.arange(n)[:, None] * (n + 1) + np.arange(n)[None]).reshape(-1)
    quads = np.stack([first, first + 1, first + n + 2, first + n + 1], -1).astype(np.int32)
    mesh = bpy.data.meshes.new("big")
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.reshape(-1))
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.reshape(-1))
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(len(quads), dtype=np.int32) * 4)
    mesh.update(calc_edges=True)
    mesh.uv_layers.new(name="u")
    for name in "ab":
        mesh.materials.append(bpy.data.materials.new(name))
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("big", mesh))


def ten_thousand():
    mesh = bpy.data.objects["Cup"].data
    link = bpy.context.scene.collection.objects.link
    for k in range(10_000):
        made = bpy.data.objects.new(f"o{k:05d}", mesh)
        made.matrix_basis = Matrix.Translation((k, 0, 0))
        link(made)
