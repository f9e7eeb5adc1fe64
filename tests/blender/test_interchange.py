"""What the core writes, Blender reads the same: .glb by its importer, .blend by itself."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sgvop_core.errors import SceneError
from sgvop_core.scene.blend import BLENDER_VARIABLE, blender_command
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.load import load_scene
from sgvop_core.scene.model import Camera, Light, Material, Mesh, Scene, SceneObject, Texture
from sgvop_core.scene.write import write_glb, write_placed


def sample() -> Scene:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (4, 4, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    wood = Material("wood", (0.5, 0.6, 0.7, 1.0), Texture("grain", pixels))
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    mesh = Mesh("m", rng.normal(size=(4, 3)), faces, corner_uvs=rng.random((4, 3, 2)), corner_colours=rng.random((4, 3, 4)),
                face_materials=np.array([0, 1, 0, 1], np.int32), materials=(wood, Material("glow", emissive=(0, 2, 0))))  # fmt: skip
    parent = look_at((1, 2, 3), (0, 0, 1)) @ np.diag([3.0, 1, 0.5, 1])
    child = look_at((4, 2, 1), (0, 0, 0)) @ np.diag([1.0, 2, 1, 1])
    return Scene(
        (
            SceneObject("table", parent, mesh),
            SceneObject("cup", child, mesh, "table"),
            SceneObject("ghost", np.eye(4), mesh, hidden=True),
        ),
        (Camera("Cam", look_at((3, 3, 3), (0, 0, 0)), 0.8, 1.5, 0.1, 50, (0.1, -0.2)),),
        tuple(
            Light(k, k, look_at((1, 2, 3), (0, 0, 0)), (1, 0.5, 0.25), 2.5, (0.1, 0.3))
            for k in ("sun", "point", "spot")
        ),
        (0.1, 0.2, 0.3),
        (0.4, 0.5, 0.6),
    )


@pytest.mark.blender
def test_blender_s_importer_agrees_with_our_glb(tmp_path, bpy_run):
    scene = sample()
    write_glb(scene, tmp_path / "a.glb")
    code = (
        "import bpy, json, sys\nbpy.ops.wm.read_factory_settings(use_empty=True)\n"
        "bpy.ops.import_scene.gltf(filepath=sys.argv[1])\nbpy.context.view_layer.update()\nout = {}\n"
        "for o in bpy.data.objects:\n    out[o.name] = [[list(r) for r in o.matrix_world], o.parent and o.parent.name, "
        "[list(v.co) for v in o.data.vertices] if o.type == 'MESH' else [], "
        "getattr(o.data, 'energy', 0) if o.type == 'LIGHT' else 0]\nprint('OUT' + json.dumps(out))"
    )
    found = json.loads(bpy_run(code, str(tmp_path / "a.glb")).split("OUT")[1].splitlines()[0])
    for o in scene.objects:
        matrix, parent, vertices, _ = found[o.name]
        while parent is not None and parent.endswith(" frame"):
            parent = found[parent][1]
        assert parent == o.parent
        theirs = np.array(vertices) @ np.array(matrix)[:3, :3].T + np.array(matrix)[:3, 3]
        ours = o.mesh.vertices @ o.matrix_world[:3, :3].T + o.matrix_world[:3, 3]
        for p in ours:
            assert np.abs(theirs - p).max(1).min() < 1e-5, o.name
        if o.parent is None:
            np.testing.assert_allclose(matrix, o.matrix_world, atol=1e-5)
    for c in (*scene.cameras, *scene.lights):
        np.testing.assert_allclose(found[c.name][0], c.matrix_world, atol=1e-5)
    assert found["sun"][3] == pytest.approx(2.5) and found["point"][3] == pytest.approx(2.5 * 4 * np.pi)


@pytest.mark.blender
def test_a_scene_built_as_blend_comes_back(tmp_path, bpy_run):
    scene = sample()
    write_placed(scene, {}, tmp_path / "a.blend")
    back = load_scene(tmp_path / "a.blend")
    for o in scene.objects:
        found = back.object(o.name)
        np.testing.assert_allclose(found.matrix_world, o.matrix_world, atol=1e-5, err_msg=o.name)
        assert (found.parent, found.hidden) == (o.parent, o.hidden)
        np.testing.assert_allclose(found.mesh.triangles(), o.mesh.triangles(), atol=1e-6)
        np.testing.assert_allclose(found.mesh.corner_uvs, o.mesh.corner_uvs, atol=1e-6)
        np.testing.assert_allclose(found.mesh.corner_colours, o.mesh.corner_colours, atol=1e-6)
        np.testing.assert_array_equal(found.mesh.material_ids(), o.mesh.material_ids())
    wood, glow = back.object("table").mesh.materials
    assert wood.base_colour == pytest.approx((0.5, 0.6, 0.7, 1)) and glow.emissive == pytest.approx((0, 2, 0))
    np.testing.assert_array_equal(wood.texture.pixels, scene.objects[0].mesh.materials[0].texture.pixels)
    a, b = scene.cameras[0], back.cameras[0]
    np.testing.assert_allclose((b.yfov, b.aspect, *b.shift), (a.yfov, a.aspect, *a.shift), atol=1e-6)
    for a, b in zip(scene.lights, back.lights, strict=True):
        assert (a.kind, a.strength) == (b.kind, pytest.approx(b.strength))
    assert back.ambient == pytest.approx(scene.ambient) and back.background == pytest.approx(scene.background)


@pytest.mark.blender
def test_a_damaged_blend_is_one_line(tmp_path, blend):
    for name, data in (
        ("text.blend", b"hello"),
        ("cut.blend", blend.read_bytes()[:2000]),
        ("zip.blend", b"\x28\xb5\x2f\xfd" + b"x" * 99),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SceneError, match=name) as error:
            load_scene(tmp_path / name)
        assert "\n" not in str(error.value)


def test_without_blender_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    (tmp_path / "a.blend").write_bytes(b"BLENDER-v405")
    monkeypatch.setenv(BLENDER_VARIABLE, str(tmp_path / "nowhere"))
    assert blender_command() is None
    for act in (
        lambda: load_scene(tmp_path / "a.blend"),
        lambda: write_placed(replace(sample()), {}, tmp_path / "b.blend"),
    ):
        with pytest.raises(SceneError, match=r"pip install '\.\[blender\]'"):
            act()
    assert not (tmp_path / "b.blend").exists()
