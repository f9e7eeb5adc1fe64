"""Runs with bpy: poses written to objects that stand in every kind of relation; prints the errors of matrix_world as JSON.

pose_semantics.py FOLDER. Each matrix is a world matrix [4, 4]. To each object three poses are written, one after another;
at the end the file is saved and opened again, and everything is compared once more.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from sgvop_blender.channels import read_channels
from sgvop_blender.objects import why_not
from sgvop_blender.pose_writer import write_pose

FOLDER = Path(sys.argv[1])
MODES = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX", "QUATERNION", "AXIS_ANGLE")
CASES = {}
CORNERS = [(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def cube(name="cube"):
    mesh = bpy.data.meshes.get(name) or bpy.data.meshes.new(name)
    if not len(mesh.vertices):
        mesh.from_pydata(CORNERS, [], SIDES)
    return mesh


def add(name, data=None, parent=None, at=(0.5, -1.0, 2.0), collection=None):
    made = bpy.data.objects.new(name, data)
    (collection or bpy.context.scene.collection).objects.link(made)
    made.parent, made.location = parent, at
    return made


def turned(name, data=None, parent=None, mode="XYZ", scale=(1, 1, 1), **more):
    made = add(name, data, parent, **more)
    made.rotation_mode = mode
    if mode == "QUATERNION":
        made.rotation_quaternion = Quaternion((1, 2, 3), 0.8)
    elif mode == "AXIS_ANGLE":
        made.rotation_axis_angle = 0.8, 1, -2, 0.5
    else:
        made.rotation_euler = 0.4, 0.2, 0.9
    made.scale = scale
    return made


def skew(name):
    """A parent that gives its children shear: turned, and scaled by different factors."""
    return turned(name, scale=(3, 1, 0.5))


def case(function):
    CASES[function.__name__] = function
    return function


@case
def rotation_modes():
    for mode in MODES:
        yield turned(f"{mode}", cube(), mode=mode, scale=(1, 2, 0.5))
        yield turned(f"{mode} sheared", cube(), skew(f"{mode} skew"), mode=mode)
        delta = turned(f"{mode} delta", cube(), mode=mode)
        delta.delta_location, delta.delta_rotation_euler, delta.delta_scale = (1, 2, 3), (0.1, 0.2, 0.3), (2, 2, 2)
        delta.delta_rotation_quaternion = Quaternion((0, 1, 0), 0.4)
        yield delta
        held = turned(f"{mode} child of", cube(), mode=mode)
        held.constraints.new("CHILD_OF").target = turned(f"{mode} holder")
        yield held
        both = turned(f"{mode} all", cube(), skew(f"{mode} skew too"), mode=mode)
        both.delta_location, both.delta_rotation_euler = (1, 2, 3), (0.1, 0.2, 0.3)
        both.constraints.new("CHILD_OF").target = turned(f"{mode} holder too")
        yield both


@case
def parents():
    rig = bpy.data.armatures.new("rig")
    armature = turned("armature", rig, scale=(1, 1, 1.5))
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name, head, tail in (("low", (0, 0, 0), (0, 0.3, 1)), ("high", (0, 0.3, 1), (0.5, 0.3, 2))):
        bone = rig.edit_bones.new(name)
        bone.head, bone.tail = head, tail
    rig.edit_bones["high"].parent = rig.edit_bones["low"]
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.pose.bones["low"].rotation_mode = "XYZ"
    armature.pose.bones["low"].rotation_euler = 0.5, 0.2, 0.1
    armature.pose.bones["high"].scale = 1, 2, 1
    on_bone = turned("on a bone", cube(), armature)
    on_bone.parent_type, on_bone.parent_bone = "BONE", "high"
    yield on_bone
    deformed = turned("deformed by an armature", cube("soft"), armature)
    deformed.vertex_groups.new(name="low").add(range(8), 1.0, "REPLACE")
    deformed.modifiers.new("Armature", "ARMATURE").object = armature
    yield deformed
    bound = turned("bound to an armature", cube("softer"), armature)
    bound.parent_type = "ARMATURE"
    yield bound
    ground = turned("ground", cube("ground"), scale=(2, 1, 1))
    for kind, vertices in (("VERTEX", (3, 0, 0)), ("VERTEX_3", (1, 3, 5))):
        child = turned(f"on {kind}", cube(), ground)
        child.parent_type, child.parent_vertices = kind, vertices
        yield child
    lattice = add("lattice", bpy.data.lattices.new("lattice"))
    yield turned("in a lattice", cube(), lattice)
    mirrored = turned("mirrored", scale=(-1, 1, 1))
    yield turned("below a mirror", cube(), mirrored)
    deep = skew("deep 0")
    for k in range(1, 6):
        deep = turned(f"deep {k}", cube(), deep, mode=MODES[k], scale=(1, 1.2, 1))
        deep.matrix_parent_inverse = Matrix.Rotation(0.3 * k, 4, "X") @ Matrix.Diagonal((1, 1.5, 1, 1))
    yield deep
    moving = turned("moving")
    moving.keyframe_insert("location", frame=1)
    moving.location.x = 9
    moving.keyframe_insert("location", frame=10)
    bpy.context.scene.frame_set(5)
    yield turned("below an animated parent", cube(), moving)
    hidden = skew("hidden parent")
    hidden.hide_viewport = hidden.hide_render = True
    yield turned("below a hidden parent", cube(), hidden)


@case
def constraints():
    target = turned("target", cube(), at=(4, 4, 1), scale=(1, 1, 2))
    path = bpy.data.curves.new("path", "CURVE")
    path.dimensions, path.use_path = "3D", True
    spline = path.splines.new("POLY")
    spline.points.add(1)
    spline.points[1].co = (3, 1, 2, 1)
    rail = turned("rail", path)

    def held(kind, name=None, **properties):
        made = turned(name or kind, cube(), at=(1, 2, 3))
        constraint = made.constraints.new(kind)
        for key, value in properties.items():
            setattr(constraint, key, value)
        return made

    yield held("CHILD_OF", "child of skewed", target=skew("skewed target"))
    # What is left of the target's stretching is shear, for which an object has no channel.
    yield held("CHILD_OF", "told: child of in part", target=target, use_location_z=False, use_scale_x=False)
    yield held("COPY_LOCATION", "copy location added", target=target, use_offset=True)
    yield held("COPY_LOCATION", "copy location half", target=target, influence=0.5)
    yield held("COPY_ROTATION", "copy rotation half", target=target, influence=0.5)
    yield held("COPY_ROTATION", "copy rotation added", target=target, mix_mode="BEFORE")
    yield held("COPY_SCALE", "copy scale added", target=target, use_offset=True)
    yield held("COPY_TRANSFORMS", "copy transforms before", target=target, mix_mode="BEFORE")
    yield held("COPY_TRANSFORMS", "copy transforms muted", target=target, mute=True)
    yield held("COPY_TRANSFORMS", "copy transforms of no weight", target=target, influence=0.0)
    yield held("COPY_TRANSFORMS", "copy transforms without target")
    yield held("FOLLOW_PATH", target=rail, use_fixed_location=True, offset_factor=0.5)
    yield held("FLOOR", target=target, offset=-99.0)
    yield held("LIMIT_DISTANCE", target=target, distance=99.0)
    yield held("LIMIT_LOCATION", "wide limit", use_max_z=True, max_z=99.0)
    yield held("TRANSFORM", target=target, to_max_x=1.0, from_max_x=2.0)
    yield held("ARMATURE")
    yield held("PIVOT", "pivot", target=target)
    two = held("COPY_LOCATION", "two", target=target, use_offset=True)
    two.constraints.new("CHILD_OF").target = target
    yield two
    # What cannot be had is told, with the name of what holds it.
    yield held("COPY_LOCATION", "told: copy location", target=target)
    yield held("COPY_TRANSFORMS", "told: copy transforms", target=target)
    yield held("TRACK_TO", "told: track to", target=target)
    yield held("DAMPED_TRACK", "told: damped track", target=target)
    yield held("LOCKED_TRACK", "told: locked track", target=target)
    yield held("LIMIT_LOCATION", "told: limit location", use_max_x=True, max_x=-50.0)
    yield held("LIMIT_ROTATION", "told: limit rotation", use_limit_z=True)
    yield held("LIMIT_SCALE", "told: limit scale", use_max_x=True, max_x=0.25)
    yield held("SHRINKWRAP", "told: shrinkwrap", target=target)
    yield held("STRETCH_TO", "told: stretch to", target=target)
    yield held("CLAMP_TO", "told: clamp to", target=rail)
    # Solved for. A half turned copy reaches only turns within 90 degrees of its target's.
    plain = turned("plain target", cube(), at=(4, 4, 1))
    yield held("CHILD_OF", "child of in part", target=plain, use_location_z=False, use_rotation_x=False)
    yield held("PIVOT", "pivot and a half", target=target, influence=0.5)
    for mode in ("QUATERNION", "AXIS_ANGLE", "ZXY"):
        about = turned(f"pivot {mode}", cube(), mode=mode)
        about.constraints.new("PIVOT").target = target
        yield about


@case
def kinds_of_data():
    yield turned("multi-user", cube())
    yield turned("empty")
    font = bpy.data.curves.new("font", "FONT")
    font.body = "Cup"
    yield turned("text", font)
    yield turned("meta", bpy.data.metaballs.new("meta"))
    stacked = turned("modifiers", cube("own"), scale=(1, 1, 2))
    stacked.modifiers.new("Array", "ARRAY").count = 3
    stacked.modifiers.new("Mirror", "MIRROR").mirror_object = bpy.data.objects["empty"]
    stacked.modifiers.new("Subdivision", "SUBSURF")
    yield stacked
    physical = turned("shape keys", cube("keyed shape"))
    physical.shape_key_add(name="Basis")
    physical.shape_key_add(name="Big").value = 1.0
    yield physical
    yield turned("far away", cube(), at=(20000, -30000, 500))
    yield turned("refused: flat", cube(), scale=(1, 1, 0))
    yield turned("tiny", cube(), scale=(1e-4, 1e-4, 1e-4))


@case
def instances():
    assets = bpy.data.collections.new("assets")
    assets.instance_offset = 0.5, 0, 0
    turned("asset", cube("asset"), at=(0.5, 0, 0), collection=assets)
    for name, parent in (("maker", None), ("sheared maker", skew("maker skew"))):
        maker = turned(name, None, parent, scale=(1, 2, 1))
        maker.instance_type, maker.instance_collection = "COLLECTION", assets
        yield maker
    field = turned("field", cube("field"))
    turned("grain", cube(), field, scale=(0.1, 0.1, 0.1))
    field.instance_type = "VERTS"
    yield field


@case
def collections():
    outer, inner = bpy.data.collections.new("outer"), bpy.data.collections.new("inner")
    bpy.context.scene.collection.children.link(outer)
    outer.children.link(inner)
    yield turned("nested", cube(), skew("nested skew"), collection=inner)
    for name in ("no viewport", "no render", "no select"):
        hidden = bpy.data.collections.new(name)
        bpy.context.scene.collection.children.link(hidden)
        setattr(
            hidden, {"no viewport": "hide_viewport", "no render": "hide_render", "no select": "hide_select"}[name], True
        )
        refused = "refused: " if name == "no viewport" else ""
        yield turned(f"{refused}in {name}", cube(), skew(f"{name} skew"), collection=hidden)
    closed = bpy.data.collections.new("closed eye")
    bpy.context.scene.collection.children.link(closed)
    bpy.context.view_layer.layer_collection.children["closed eye"].hide_viewport = True
    yield turned("behind a closed eye", cube(), skew("closed skew"), collection=closed)
    for name in ("hide_viewport", "hide_render", "hide_select"):
        marked = turned(f"{'refused: ' if name == 'hide_viewport' else ''}own {name}", cube(), skew(f"{name} skew"))
        setattr(marked, name, True)
        yield marked
    put_away = turned("put away", cube(), skew("put away skew"))
    put_away.constraints.new("CHILD_OF").target = turned("put away holder")
    put_away.hide_set(True)
    yield put_away


@case
def animated():
    """Each is told of: what moves it again is not ours to change."""
    keyed = turned("told: keyed", cube())
    keyed.keyframe_insert("location", frame=1)
    yield keyed
    driven = turned("told: driven", cube())
    driven.driver_add("rotation_euler", 2).driver.expression = "0.3"
    yield driven
    shifted = turned("told: delta keyed", cube())
    shifted.keyframe_insert("delta_location", frame=1)
    yield shifted
    stacked = turned("told: strips", cube())
    stacked.keyframe_insert("location", frame=1)
    data = stacked.animation_data
    data.nla_tracks.new().strips.new("strip", 1, data.action)
    data.action = None
    yield stacked
    silent = turned("strips that are muted", cube())
    silent.keyframe_insert("location", frame=1)
    data = silent.animation_data
    track = data.nla_tracks.new()
    track.strips.new("strip", 1, data.action)
    track.mute, data.action = True, None
    yield silent
    faded = turned("other things keyed", cube())
    faded.keyframe_insert("color", frame=1)
    yield faded


def library(path):
    """A file with an object in a collection, to link from."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    props = bpy.data.collections.new("props")
    bpy.context.scene.collection.children.link(props)
    holder = turned("prop holder", None, None, scale=(2, 1, 1), collection=props)
    turned("prop", cube("prop"), holder, collection=props)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))


@case
def linked():
    with bpy.data.libraries.load(str(FOLDER / "library.blend"), link=True) as (_, wanted):
        wanted.collections = ["props"]
    props = bpy.data.collections["props"]
    shown = turned("linked instance")
    shown.instance_type, shown.instance_collection = "COLLECTION", props
    yield shown
    yield turned("linked mesh", bpy.data.meshes["prop"])
    yield turned("below a linked object", cube(), props.objects["prop holder"])
    bpy.context.scene.collection.objects.link(props.objects["prop"])
    yield props.objects["prop"]
    override = props.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    yield from (o for o in override.objects if o.data is not None)


def motions(seed):
    """A shift; a turn about the vertical; a turn about any axis with another size."""
    rng = np.random.default_rng(seed)
    shift, yaw = np.eye(4), np.array(Matrix.Rotation(float(rng.uniform(0.5, 3)), 4, "Z"))
    shift[:3, 3], yaw[:3, 3] = rng.normal(size=3), rng.normal(size=3)
    free = np.array(Quaternion(rng.normal(size=3).tolist(), float(rng.uniform(0.5, 3))).to_matrix().to_4x4())
    free[:3, :3] *= rng.uniform(0.5, 2)
    free[:3, 3] = rng.normal(size=3)
    return shift, yaw, free


def evaluated(obj):
    """matrix_world by the dependency graph."""
    layer = bpy.context.view_layer
    layer.update()
    return np.array(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world, np.float64)


def show_all():
    for thing in (*bpy.data.objects, *bpy.data.collections):
        if thing.library is None and thing.hide_viewport:
            thing.hide_viewport = False

    def walk(layer):
        layer.hide_viewport = False
        for child in layer.children:
            walk(child)

    walk(bpy.context.view_layer.layer_collection)
    for obj in bpy.context.view_layer.objects:
        obj.hide_set(False)
    bpy.context.view_layer.update()


def key(obj):
    return ("linked " if obj.library else "override " if obj.override_library else "") + obj.name


def below(obj, top):
    while obj is not None:
        if obj == top:
            return True
        obj = obj.parent
    return False


def off(got, wanted):
    return float(np.abs(got - wanted).max() / max(1.0, np.abs(wanted).max()))


def play(name, seed):
    """Plays a case in a file of its own; returns {object: [largest error, notes, error of others, error when reopened]}."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    layer = bpy.context.view_layer
    objects = list(CASES[name]())
    layer.update()
    told, wanted = {}, {}
    others = [o for o in layer.objects if not any(below(o, p) or o.constraints for p in objects)]
    before = {o: evaluated(o) for o in others}
    for k, obj in enumerate(objects):
        start, worst, notes = evaluated(obj), 0.0, []
        try:
            for delta in motions(seed + k):
                matrix = delta @ start
                notes = write_pose(obj, matrix, layer, Matrix)
                worst = max(worst, off(evaluated(obj), matrix))
            wanted[key(obj)] = matrix
        except ValueError as error:
            notes = [f"refused: {error}"]
        told[key(obj)] = [worst, notes, why_not(obj, layer)]
    still = max((off(evaluated(o), m) for o, m in before.items()), default=0.0)
    path = str(FOLDER / f"{name}.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    show_all()
    for obj in bpy.context.view_layer.objects:
        if key(obj) in wanted:
            told[key(obj)].append(off(evaluated(obj), wanted[key(obj)]))
    return [told, still]


def locks():
    """Which channels changed, and the error, for sets of locks on objects of every rotation mode and parent."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    layer, found = bpy.context.view_layer, {}
    sets = (("location.z",), ("rotation.x", "rotation.y"), ("scale.x", "scale.y", "scale.z"),
            ("location.x", "location.y", "rotation.x", "rotation.y", "rotation.z"))  # fmt: skip
    kinds = {"none": None, "skew": skew("skew"), "grown": add("grown", at=(1, 2, 3))}
    kinds["grown"].scale = 2, 1, 1
    kinds["pivot"], target = None, add("target", at=(3, 1, 0))
    for mode in MODES:
        for kind, parent in kinds.items():
            for held in sets:
                obj = turned("o", cube(), parent, mode=mode)
                if kind == "pivot":
                    obj.constraints.new("PIVOT").target = target
                start, before = evaluated(obj), read_channels(obj)
                pivot, delta = np.eye(4), np.eye(4)
                pivot[:3, 3] = start[:3, 3]
                if "rotation.z" not in held:
                    delta = np.array(Matrix.Rotation(0.7, 4, "Z"))
                if "scale.x" not in held:
                    delta[:3, :3] = delta[:3, :3] * 1.3
                delta[:3, 3] = [0.0 if f"location.{a}" in held else 0.6 for a in "xyz"]
                matrix = pivot @ delta @ np.linalg.inv(pivot) @ start
                notes = write_pose(obj, matrix, layer, Matrix, held)
                after, changed = read_channels(obj), []
                for group in ("location", "rotation", "scale"):
                    old, new = getattr(before, group), getattr(after, group)
                    names = "xyz" if len(old) == 3 else "wxyz"
                    changed += [f"{group}.{n}" for n, a, b in zip(names, old, new, strict=True) if a != b]
                found[f"{mode}/{kind}/{' '.join(held)}"] = [changed, off(evaluated(obj), matrix), notes]
                bpy.data.objects.remove(obj)
    return found


library(FOLDER / "library.blend")
print("OUT" + json.dumps({"locks": locks(), **{name: play(name, 10 * n) for n, name in enumerate(CASES)}}))
