"""Runs with bpy: poses written to objects of every kind; prints what their channels did, as JSON.

Each matrix is a world matrix [4, 4].
"""

from __future__ import annotations

import itertools
import json

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from sgvop_blender.channels import put_back, read_channels
from sgvop_blender.pose_writer import show_pose, world_matrix, write_pose

MODES = ("XYZ", "ZYX", "YXZ", "QUATERNION", "AXIS_ANGLE")
SCALES = ((1, 1, 1), (2, 0.5, 3), (-1, 1, 1), (-2, -1, 0.5), (-1, -1, -1))
ANGLES = ((0, 0, 0), (0.3, 2.8, -1), (3.5, 0.2, 9.0), (0.1, 1.5707963, 0.4))


def make(mode, scale, angles, parent=None, delta=False):
    obj = bpy.data.objects.new("o", None)
    bpy.context.scene.collection.objects.link(obj)
    obj.parent = parent
    obj.location = 1.5, -2, 0.25
    obj.rotation_mode = mode
    if mode == "QUATERNION":
        obj.rotation_quaternion = [-v for v in Quaternion((1, 2, 3), angles[0] + angles[1])]
    elif mode == "AXIS_ANGLE":
        obj.rotation_axis_angle = (angles[2], -1, 0.5, 0.25)
    else:
        obj.rotation_euler = angles
    obj.scale = scale
    if delta:
        obj.delta_location, obj.delta_rotation_euler, obj.delta_scale = (1, 2, 3), (0.1, 0.2, 0.3), (2, 0.5, 1)
        obj.delta_rotation_quaternion = Quaternion((0, 1, 0), 0.4)
    return obj


def motion(seed):
    rng = np.random.default_rng(seed)
    turn = np.array(Quaternion(rng.normal(size=3).tolist(), float(rng.uniform(0, 3))).to_matrix().to_4x4())
    matrix = turn * np.append(np.full(3, rng.uniform(0.5, 2)), 1.0)
    matrix[:3, 3] = rng.normal(size=3)
    return matrix


def main():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    layer = bpy.context.view_layer
    skew = make("XYZ", (3, 1, 0.5), (0.4, 0.2, 0.9))
    plain = make("XYZ", (2, 2, 2), (0, 0, 1))
    told = {"still": [], "shifted": [], "off": [], "shown": [], "restored": [], "jump": []}
    for n, (mode, scale, angles, parent, delta) in enumerate(
        itertools.product(MODES, SCALES, ANGLES, (None, plain, skew), (False, True))
    ):
        name = f"{mode} {scale} {angles} {parent and parent.name} {delta}"
        obj = make(mode, scale, angles, parent, delta)
        layer.update()
        before, start = read_channels(obj), world_matrix(obj)
        size = max(1.0, np.abs(start).max())
        write_pose(obj, start, layer, Matrix)
        if read_channels(obj) != before:
            told["still"].append(name)
        shift = np.eye(4)
        shift[2, 3] = 0.7
        write_pose(obj, shift @ start, layer, Matrix)
        after = read_channels(obj)
        if (after.rotation, after.scale, after.parent_inverse) != (
            before.rotation,
            before.scale,
            before.parent_inverse,
        ):
            told["shifted"].append(name)
        # In small steps, as a search shows them, no Euler angle may jump.
        turned, last = start, after
        for _ in range(6):
            turn = np.array(Matrix.Rotation(0.1, 4, "Z"))
            turned = turn @ turned
            if parent is not skew:
                show_pose(obj, turned, layer, Matrix)
                layer.update()
                now = read_channels(obj)
                smooth = mode != "AXIS_ANGLE" and "1.57" not in name  # an axis turns at once where the angle is 0
                if smooth and np.abs(np.subtract(now.rotation, last.rotation)).max() > 1.0:
                    told["jump"].append(name)
                if np.abs(world_matrix(obj) - turned).max() > 1e-5 * size:
                    told["shown"].append(name)
                last = now
        wanted = motion(n) @ start
        write_pose(obj, wanted, layer, Matrix)
        error = np.abs(world_matrix(obj) - wanted).max() / max(1.0, np.abs(wanted).max())
        if error > 1e-5:
            told["off"].append([name, float(error)])
        put_back(obj, before)
        layer.update()
        if read_channels(obj) != before or np.abs(world_matrix(obj) - start).max() > 1e-6 * size:
            told["restored"].append(name)
        bpy.data.objects.remove(obj)
    print("OUT" + json.dumps([n + 1, told, locked(layer)]))


def locked(layer):
    """For some locks: which channels changed, and the notes."""
    found = {}
    for mode, locks in (
        ("XYZ", ("location.z", "rotation.x")),
        ("QUATERNION", ("rotation.x",)),
        ("AXIS_ANGLE", ("rotation.x", "rotation.y", "rotation.z")),
        ("XYZ", ("scale.x", "scale.y", "scale.z")),
    ):
        obj = make(mode, (2, 0.5, 3), (0.3, 0.2, -1))
        layer.update()
        before = read_channels(obj)
        notes = write_pose(obj, motion(3) @ world_matrix(obj), layer, Matrix, locks)
        after = read_channels(obj)
        changed = [
            f"{group}.{k}"
            for group in ("location", "rotation", "scale")
            for k, (a, b) in enumerate(zip(getattr(before, group), getattr(after, group), strict=True))
            if a != b
        ]
        found[f"{mode} {' '.join(locks)}"] = [changed, notes]
    return found


main()
