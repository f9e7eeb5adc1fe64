"""Makes a .blend with all that stands between an object and the world. Run with bpy: blend_file.py OUT.blend"""

import math
import sys

import bpy
from mathutils import Euler, Matrix, Quaternion, Vector

bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene


def add(name, data=None, parent=None, at=(0, 0, 0), collection=None):
    o = bpy.data.objects.new(name, data)
    (collection or scene.collection).objects.link(o)
    o.parent = parent
    o.location = at
    return o


def cube(name):
    mesh = bpy.data.meshes.new(name)
    v = [(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
    f = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh.from_pydata(v, [], f)
    mesh.uv_layers.new(name="UVMap")
    return mesh


shared = cube("shared")
plain = add("plain", shared, at=(1, 2, 3))
plain.scale = 1, 2, 3
twin = add("twin", shared, at=(9, 0, 0))

# Parents: scaled and turned, so that children have shear; with a parent inverse of their own.
skew = add("skew", shared, at=(0, 4, 0))
skew.scale, skew.rotation_euler = (3, 1, 0.5), (0.4, 0.2, 0.9)
sheared = add("sheared", shared, skew, at=(0.5, 0, 1))
sheared.rotation_euler = 0.7, 0.1, 0.3
kept = add("kept", shared, skew)
kept.matrix_parent_inverse = (
    Matrix.LocRotScale(Vector((1, 2, 3)), Euler((0.1, 0.2, 0.3)), Vector((1, 1, 1)))
).inverted()

# Rotation modes and delta transforms.
quaternion = add("quaternion", shared, at=(0, -4, 0))
quaternion.rotation_mode, quaternion.rotation_quaternion = "QUATERNION", Quaternion((0.8, 0.6, 0, 0))
axis = add("axis", shared, at=(2, -4, 0))
axis.rotation_mode, axis.rotation_axis_angle = "AXIS_ANGLE", (0.5, 0, 1, 1)
order = add("order", shared, at=(4, -4, 0))
order.rotation_mode, order.rotation_euler = "ZYX", (0.5, 0.4, 0.3)
delta = add("delta", shared, at=(6, -4, 0))
delta.delta_location, delta.delta_rotation_euler, delta.delta_scale = (1, 0, 0), (0, 0.5, 0), (2, 2, 2)

# Constraints: one that can be worked around, one that cannot.
carrier = add("carrier", None, at=(0, 0, 5))
carrier.rotation_euler = 0.3, 0, 0.6
carried = add("carried", shared, at=(1, 0, 0))
carried.constraints.new("CHILD_OF").target = carrier
limited = add("limited", shared, at=(0, 7, 0))
limit = limited.constraints.new("LIMIT_LOCATION")
limit.use_max_x, limit.max_x, limit.use_min_x, limit.min_x = True, 0.0, True, 0.0
keyed = add("keyed", shared, at=(0, 9, 0))
keyed.keyframe_insert("location", frame=1)

# What only evaluation shows: modifiers, curves, collection instances.
arrayed = add("arrayed", cube("arrayed"), at=(0, 0, -5))
array = arrayed.modifiers.new("a", "ARRAY")
array.count, array.relative_offset_displace = 3, (2, 0, 0)
curve = bpy.data.curves.new("curve", "CURVE")
curve.dimensions, curve.bevel_depth = "3D", 0.1
spline = curve.splines.new("POLY")
spline.points.add(1)
spline.points[1].co = (1, 0, 0, 1)
add("curve", curve, at=(0, 0, -7))
assets = bpy.data.collections.new("assets")
add("asset", cube("asset"), at=(0.5, 0, 0), collection=assets)
maker = add("maker", None, at=(0, 0, 9))
maker.instance_type, maker.instance_collection = "COLLECTION", assets

# Hidden in each way.
for name in ("no render", "no viewport"):
    o = add(name, shared, skew, (1, 2, 3))
    o.hide_render, o.hide_viewport = name == "no render", name == "no viewport"
away = bpy.data.collections.new("away")
scene.collection.children.link(away)
add("excluded", shared, bpy.data.objects["no viewport"], (0, 1, 0), away).rotation_euler = 0.1, 0.2, 0.3
bpy.context.view_layer.layer_collection.children["away"].exclude = True

# A packed picture below a factor, one whose file is gone, colours of the mesh.
image = bpy.data.images.new("wood", 2, 2, alpha=True)
image.pixels = [1, 0, 0, 1] * 2 + [0, 0, 1, 0.5] * 2
image.pack()


def material(name, picture=None):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = next(n for n in made.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    if picture is not None:
        node = made.node_tree.nodes.new("ShaderNodeTexImage")
        node.image, node.extension, node.interpolation = picture, "EXTEND", "Closest"
        made.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    return made, shader


wood, shader = material("wood", image)
shader.inputs["Roughness"].default_value = 0.25
arrayed.data.materials.append(wood)
green, shader = material("green")
shader.inputs["Base Color"].default_value = (0, 0.5, 0, 1)
shader.inputs["Metallic"].default_value = 1.0
arrayed.data.materials.append(green)
arrayed.data.polygons[0].material_index = 1
gone = bpy.data.images.load(sys.argv[-1] + ".png", check_existing=False) if False else bpy.data.images.new("gone", 1, 1)
gone.source, gone.filepath = "FILE", "//gone.png"
shared.materials.append(material("lost", gone)[0])

# Cameras of each fit; lights of each kind.
scene.render.resolution_x, scene.render.resolution_y = 1600, 900
for name, fit in (("Auto", "AUTO"), ("Tall", "VERTICAL"), ("Wide", "HORIZONTAL")):
    camera = bpy.data.cameras.new(name)
    camera.lens, camera.sensor_fit, camera.sensor_width, camera.sensor_height = 40, fit, 36, 20
    camera.shift_x, camera.shift_y, camera.clip_end = 0.1, -0.2, 77
    o = add(name, camera, at=(3, -8, 4))
    o.rotation_euler = 1.1, 0.1, 0.3
    o.scale = 2, 2, 2
flat = bpy.data.cameras.new("Flat")
flat.type, flat.ortho_scale = "ORTHO", 8
add("Flat", flat, at=(0, -9, 0)).rotation_euler = (math.pi / 2, 0, 0)
scene.camera = bpy.data.objects["Tall"]
for kind in ("SUN", "POINT", "SPOT", "AREA"):
    light = bpy.data.lights.new(kind.lower(), kind)
    light.energy, light.color = 100, (1, 0.5, 0.25)
    add(kind.lower(), light, at=(0, 0, 6))
world = bpy.data.worlds.new("World")
scene.world = world
world.use_nodes = True
background = next(n for n in world.node_tree.nodes if n.type == "BACKGROUND")
background.inputs["Color"].default_value, background.inputs["Strength"].default_value = (0.1, 0.2, 0.4, 1), 2.0

text = bpy.data.texts.new("evil.py")
text.write("open(%r, 'w').write('ran')" % (sys.argv[-1] + ".ran"))
text.use_module = True
scene["kept"] = "as it was"
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1], compress=False)
