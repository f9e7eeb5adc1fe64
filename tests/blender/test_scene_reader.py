"""A .blend comes in as Blender shows it."""

import json
import math

import numpy as np
import pytest

from sgvop_core.scene.cameras import project

pytestmark = pytest.mark.blender


def test_objects_stand_where_blender_has_them(scene, blend, bpy_run):
    code = (
        "import bpy, json, sys\nbpy.ops.wm.open_mainfile(filepath=sys.argv[1], use_scripts=False)\n"
        "print('OUT' + json.dumps({o.name: [list(r) for r in o.matrix_world] for o in bpy.context.view_layer.objects "
        "if not o.hide_viewport}))"
    )
    matrices = json.loads(bpy_run(code, str(blend)).split("OUT")[1].splitlines()[0])
    ours = {o.name: o for o in scene.objects}
    for name, matrix in matrices.items():
        if name in ours:
            np.testing.assert_allclose(ours[name].matrix_world, matrix, atol=1e-6, err_msg=name)
    assert {"plain", "sheared", "carried", "maker"} <= set(ours) & set(matrices)
    assert ours["sheared"].parent == "skew" and ours["plain"].mesh is ours["twin"].mesh


def test_modifiers_curves_and_instances_are_evaluated(scene):
    np.testing.assert_allclose(
        scene.bounds([scene.object("arrayed")]), [[-0.5, -0.5, -5.5], [4.5, 0.5, -4.5]], atol=1e-6
    )
    assert len(scene.object("arrayed").mesh.faces) == 36
    assert len(scene.object("curve").mesh.faces) > 0
    instance = scene.object("maker/asset")
    assert instance.parent == "maker"
    np.testing.assert_allclose(scene.bounds([instance]), [[0, -0.5, 8.5], [1, 0.5, 9.5]], atol=1e-6)


def test_hidden_and_excluded_objects_are_marked(scene):
    assert {o.name for o in scene.objects if o.hidden} == {"no render", "no viewport", "excluded"}


def test_what_is_disabled_or_left_out_stands_where_it_will_once_it_is_shown(scene, blend, bpy_run):
    code = (
        "import bpy, json, sys\nbpy.ops.wm.open_mainfile(filepath=sys.argv[1], use_scripts=False)\n"
        "layer, d = bpy.context.view_layer, bpy.data.objects\nd['no viewport'].hide_viewport = False\n"
        "layer.layer_collection.children['away'].exclude = False\nlayer.update()\n"
        "print('OUT' + json.dumps({n: [list(r) for r in d[n].matrix_world] for n in ('no viewport', 'excluded')}))"
    )
    matrices = json.loads(bpy_run(code, str(blend)).split("OUT")[1].splitlines()[0])
    for name, matrix in matrices.items():
        np.testing.assert_allclose(scene.object(name).matrix_world, matrix, atol=1e-5, err_msg=name)


def test_materials_pictures_and_wrap(scene):
    mesh = scene.object("arrayed").mesh
    wood, green = mesh.materials
    assert wood.roughness == pytest.approx(0.25) and green.base_colour == pytest.approx((0, 0.5, 0, 1))
    assert green.metallic == 1.0
    assert wood.texture.wrap == ("clamp", "clamp") and wood.texture.nearest
    assert wood.texture.pixels.tolist() == [[[0, 0, 255, 128]] * 2, [[255, 0, 0, 255]] * 2], "first row is the top"
    assert (mesh.material_ids() == 1).sum() == 6
    assert any("gone" in note for note in scene.notes)
    assert scene.object("plain").mesh.materials[0].texture is None


def test_cameras_see_what_blender_s_cameras_see(scene, blend, bpy_run):
    """Against Blender's own world_to_camera_view, which gives shares of the frame from below."""
    points = [[0, 0, 0], [1, 2, 3], [-2, 4, 1]]
    code = (
        "import bpy, json, sys\nfrom bpy_extras.object_utils import world_to_camera_view as see\n"
        "from mathutils import Vector\nbpy.ops.wm.open_mainfile(filepath=sys.argv[1], use_scripts=False)\n"
        f"s = bpy.context.scene\nprint('OUT' + json.dumps({{o.name: [list(see(s, o, Vector(p))) for p in {points}] "
        "for o in s.objects if o.type == 'CAMERA'}))"
    )
    seen = json.loads(bpy_run(code, str(blend)).split("OUT")[1].splitlines()[0])
    assert scene.cameras[0].name == "Tall", "the scene's camera comes first"
    assert {c.name for c in scene.cameras} == set(seen) == {"Auto", "Tall", "Wide", "Flat"}
    for camera in scene.cameras:
        pixels, depth = project(camera, points, (900, 1600))
        expected = np.array(seen[camera.name])
        np.testing.assert_allclose(pixels / [1600, 900], np.stack([expected[:, 0], 1 - expected[:, 1]], 1), atol=1e-4)
        np.testing.assert_allclose(depth, expected[:, 2], atol=1e-4)
        assert camera.aspect == pytest.approx(16 / 9)
    assert scene.camera("Wide").far == pytest.approx(77)


def test_lights_and_world_are_in_the_scene_s_units(scene):
    strengths = {light.name: light.strength for light in scene.lights}
    watts = {"sun": 100, "point": 100 / (4 * math.pi), "spot": 100 / (4 * math.pi), "area": 100 / math.pi}
    assert strengths == pytest.approx(watts, rel=1e-5)
    assert scene.ambient == pytest.approx((0.2, 0.4, 0.8), rel=1e-5)


def test_scripts_in_the_file_do_not_run(scene, blend):
    assert not blend.with_name(blend.name + ".ran").exists()
