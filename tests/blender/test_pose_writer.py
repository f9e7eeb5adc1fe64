"""Objects of a .blend end exactly where they were placed, and nothing else moves."""

import json

import numpy as np
import pytest

from sgvop_core.errors import SceneError
from sgvop_core.scene.gltf.axes import compose
from sgvop_core.scene.load import load_scene
from sgvop_core.scene.write import write_placed

pytestmark = pytest.mark.blender

MOVED = ("plain", "sheared", "kept", "quaternion", "axis", "order", "delta", "carried", "arrayed", "maker")


def motion(seed):
    rng = np.random.default_rng(seed)
    return compose(rng.normal(size=3), rng.normal(size=4), np.full(3, rng.uniform(0.5, 2)))


@pytest.fixture(scope="module")
def placed(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("placed") / "deeper" / "out.blend"
    deltas = {name: motion(k) for k, name in enumerate((*MOVED, "limited", "keyed"))}
    notes = write_placed(scene, deltas, out)
    return deltas, load_scene(out), notes, out


def test_every_object_is_where_it_was_placed(scene, placed):
    deltas, after, _, _ = placed
    for name in MOVED:
        wanted = deltas[name] @ scene.object(name).matrix_world
        scale = max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(after.object(name).matrix_world / scale, wanted / scale, atol=1e-5, err_msg=name)
    instance = deltas["maker"] @ scene.object("maker/asset").matrix_world
    np.testing.assert_allclose(after.object("maker/asset").matrix_world, instance, atol=1e-4)


def test_nothing_else_moved(scene, placed):
    deltas, after, _, _ = placed
    assert [o.name for o in after.objects] == [o.name for o in scene.objects]
    for o in scene.objects:
        if o.name not in deltas and o.name != "maker/asset":
            np.testing.assert_allclose(after.object(o.name).matrix_world, o.matrix_world, atol=1e-6, err_msg=o.name)
    assert {c.name for c in after.cameras} == {c.name for c in scene.cameras}


def test_what_holds_an_object_is_told(placed):
    _, _, notes, _ = placed
    told = {name: note for note in notes for name in ("limited", "keyed") if f"'{name}'" in note}
    assert "Limit Location" in told["limited"] and "animated" in told["keyed"]
    assert len(notes) == 2, notes


def test_rotation_modes_deltas_and_the_file_s_own_data_stay(placed, bpy_run):
    code = (
        "import bpy, json, sys\nbpy.ops.wm.open_mainfile(filepath=sys.argv[1], use_scripts=False)\nd = bpy.data.objects\n"
        "print('OUT' + json.dumps([{n: d[n].rotation_mode for n in ('quaternion', 'axis', 'order')}, "
        "[list(d['delta'].delta_location), list(d['delta'].delta_scale)], bpy.context.scene['kept'], "
        "len(d['arrayed'].modifiers), d['plain'].data == d['twin'].data, bpy.data.images['gone'].filepath]))"
    )
    modes, deltas, kept, modifiers, shared, path = json.loads(
        bpy_run(code, str(placed[3])).split("OUT")[1].splitlines()[0]
    )
    assert modes == {"quaternion": "QUATERNION", "axis": "AXIS_ANGLE", "order": "ZYX"}
    assert deltas == [[1, 0, 0], [2, 2, 2]] and kept == "as it was" and modifiers == 1 and shared
    assert path.startswith("//..") and path.endswith("gone.png"), "relative paths follow the file"


def test_no_half_written_file_is_left(placed):
    assert [p.name for p in placed[3].parent.iterdir()] == ["out.blend"]


def test_instances_and_the_input_itself_are_refused(scene, blend, tmp_path):
    with pytest.raises(SceneError, match="'maker/asset' is an instance"):
        write_placed(scene, {"maker/asset": np.eye(4)}, tmp_path / "a.blend")
    with pytest.raises(SceneError, match="the input itself"):
        write_placed(scene, {}, blend)
    assert not list(tmp_path.iterdir())


def test_a_blend_goes_to_a_glb_too(scene, tmp_path):
    delta = motion(7)
    write_placed(scene, {"plain": delta}, tmp_path / "a.glb")
    after = load_scene(tmp_path / "a.glb")
    for o in scene.objects:
        wanted = delta @ o.matrix_world if o.name == "plain" else o.matrix_world
        np.testing.assert_allclose(after.object(o.name).matrix_world, wanted, atol=1e-6, err_msg=o.name)
        assert after.object(o.name).hidden == o.hidden
