"""A placed glTF file differs from its input in the moved node's transform and in nothing else."""

import copy
import json

import numpy as np
import pytest
from gltf_builder import GltfFile, glb_parts, png
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.errors import SceneError
from sgvop_core.scene.gltf.axes import compose, decompose, quaternion_of
from sgvop_core.scene.load import load_scene
from sgvop_core.scene.write import write_placed

TRANSFORM = {"translation", "rotation", "scale", "matrix"}


def motion(seed: int, scale=1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return compose(rng.normal(size=3), rng.normal(size=4), np.full(3, scale))


def busy_file() -> GltfFile:
    """A file with all that must survive: extras, animation, unknown extensions, materials, a camera, a matrix parent."""
    f = GltfFile()
    f.json["asset"] |= {"generator": "someone's", "extras": {"kept": [1, 2.50, "ä"]}}
    f.json["extensionsUsed"] = ["VENDOR_thing"]
    f.json["extensions"] = {"VENDOR_thing": {"deep": {"er": 1e-7}}}
    mesh = f.mesh(
        material=f.add("materials", {"name": "m", "pbrMetallicRoughness": {"baseColorTexture": {"index": f.picture()}}})
    )
    handle = f.node(root=False, name="handle", mesh=mesh, translation=[0.1, 0, 0])
    cup = f.node(
        root=False, name="cup", mesh=mesh, rotation=[0, 0.6, 0, 0.8], scale=[2, 2, 2], children=[handle],
        extras={"id": 7}, extensions={"VENDOR_thing": {"a": None}},
    )  # fmt: skip
    f.node(name="table", matrix=[0, 0, -2, 0, 0, 2, 0, 0, 2, 0, 0, 0, 1, 2, 3, 1], children=[cup])
    f.add("cameras", {"type": "perspective", "perspective": {"yfov": 0.5, "znear": 0.1}})
    f.node(name="Cam", camera=0, translation=[0, 0, 9])
    times = f.accessor(np.array([0, 1], np.float32))
    values = f.accessor(np.zeros((2, 3), np.float32))
    channel = {"sampler": 0, "target": {"node": handle, "path": "translation"}}
    f.add("animations", {"channels": [channel], "samplers": [{"input": times, "output": values}]})
    return f


def without_transform(content: dict, *nodes: str) -> dict:
    content = copy.deepcopy(content)
    for node in content["nodes"]:
        if node.get("name") in nodes:
            for key in TRANSFORM:
                node.pop(key, None)
    return content


@pytest.mark.parametrize("seed", range(5))
def test_only_the_transform_changes_and_the_world_matrix_is_exact(tmp_path, seed):
    source = busy_file().glb(tmp_path / "in.glb", further=[(0x12345678, b"odd chunk.. ")])
    scene, delta = load_scene(source), motion(seed, 0.8)
    notes = write_placed(scene, {"cup": delta}, tmp_path / "out" / "out.glb")
    before, after = glb_parts(source), glb_parts(tmp_path / "out" / "out.glb")
    assert before[1] == after[1], "binary chunks differ"
    assert before[0] != after[0]
    assert without_transform(before[0], "cup") == without_transform(after[0], "cup")
    assert json.dumps(without_transform(before[0], "cup")) == json.dumps(without_transform(after[0], "cup")), (
        "order differs"
    )
    placed = load_scene(tmp_path / "out" / "out.glb")
    for o in scene.objects:
        moved = o.name in ("cup", "handle")
        expected = delta @ o.matrix_world if moved else o.matrix_world
        np.testing.assert_allclose(placed.object(o.name).matrix_world, expected, atol=1e-9)
    assert notes == ()


def test_trs_stays_trs_and_untouched_parts_stay_as_written(tmp_path):
    f = GltfFile()
    f.node(name="cup", mesh=f.mesh(), rotation=[0, -0.6, 0, -0.8], scale=[-2, 1, 1])
    f.node(name="jar", mesh=0, matrix=np.eye(4).reshape(-1).tolist())
    scene = load_scene(f.glb(tmp_path / "in.glb"))
    delta = np.eye(4)
    delta[:3, 3] = 1, 2, 3
    write_placed(scene, {"cup": delta, "jar": delta}, tmp_path / "out.glb")
    cup, jar = glb_parts(tmp_path / "out.glb")[0]["nodes"]
    assert cup == {
        "name": "cup",
        "mesh": 0,
        "rotation": [0, -0.6, 0, -0.8],
        "scale": [-2, 1, 1],
        "translation": [1, 3, -2],
    }
    assert set(jar) == {"name", "mesh", "matrix"} and jar["matrix"][12:15] == [1, 3, -2]


def uneven_file() -> GltfFile:
    f = GltfFile()
    cup = f.node(root=False, name="cup", mesh=f.mesh(), translation=[0, 1, 0])
    f.node(root=True, name="table", scale=[3, 1, 0.5], rotation=[0.6, 0, 0, 0.8], children=[cup], mesh=0)
    f.node(name="other", translation=[1, 2, 3])
    return f


def all_trs(path) -> bool:
    return not any("matrix" in node for node in glb_parts(path)[0]["nodes"])


def test_below_a_parent_of_uneven_scale_a_frame_keeps_the_pose_exact(tmp_path):
    """glTF's nodes hold no shear and viewers drop it, so a matrix with shear would show elsewhere than here."""
    source = uneven_file().glb(tmp_path / "in.glb")
    scene, delta = load_scene(source), motion(3)
    notes = write_placed(scene, {"cup": delta}, tmp_path / "out.glb")
    assert "uneven scale" in notes[0] and all_trs(tmp_path / "out.glb")
    placed = load_scene(tmp_path / "out.glb")
    assert [(o.name, o.parent) for o in placed.objects] == [(o.name, o.parent) for o in scene.objects]
    for o in scene.objects:
        wanted = delta @ o.matrix_world if o.name == "cup" else o.matrix_world
        np.testing.assert_allclose(placed.object(o.name).matrix_world, wanted, atol=1e-9)
    before, after = glb_parts(source)[0]["nodes"], glb_parts(tmp_path / "out.glb")[0]["nodes"]
    assert [n["name"] for n in after] == ["cup", "table", "other", "cup frame"]
    assert after[1] == {**before[1], "children": [3]} and after[2] == before[2]


def test_a_frame_is_used_again_and_left_neutral_when_it_is_not_needed(tmp_path):
    scene, delta = load_scene(uneven_file().glb(tmp_path / "in.glb")), motion(3)
    write_placed(scene, {"cup": delta}, tmp_path / "once.glb")
    once = load_scene(tmp_path / "once.glb")
    assert write_placed(once, {"cup": motion(4)}, tmp_path / "twice.glb") == ()
    assert len(glb_parts(tmp_path / "twice.glb")[0]["nodes"]) == 4
    np.testing.assert_allclose(
        load_scene(tmp_path / "twice.glb").object("cup").matrix_world,
        motion(4) @ delta @ scene.object("cup").matrix_world,
        atol=1e-9,
    )
    write_placed(once, {"cup": np.linalg.inv(delta)}, tmp_path / "back.glb")
    nodes = glb_parts(tmp_path / "back.glb")[0]["nodes"]
    assert set(nodes[3]) == {"name", "children", "extras"}
    np.testing.assert_allclose(nodes[0]["translation"], [0, 1, 0], atol=1e-9)


def test_a_matrix_that_had_shear_before_stays_one_matrix(tmp_path):
    f = GltfFile()
    f.node(name="cup", mesh=f.mesh(), matrix=[1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0, 3, 0, 1, 2, 3, 1])
    scene = load_scene(f.glb(tmp_path / "in.glb"))
    assert write_placed(scene, {"cup": motion(2)}, tmp_path / "out.glb") == ()
    assert len(glb_parts(tmp_path / "out.glb")[0]["nodes"]) == 1
    found = load_scene(tmp_path / "out.glb").object("cup").matrix_world
    np.testing.assert_allclose(found, motion(2) @ scene.object("cup").matrix_world, atol=1e-9)


def test_an_animated_node_is_reported(tmp_path):
    scene = load_scene(busy_file().glb(tmp_path / "in.glb"))
    notes = write_placed(scene, {"handle": motion(0)}, tmp_path / "out.glb")
    assert len(notes) == 1 and "handle" in notes[0] and "animat" in notes[0]


def test_moves_apply_in_order_also_to_a_child_and_then_its_parent(tmp_path):
    scene = load_scene(busy_file().glb(tmp_path / "in.glb"))
    a, b = motion(1), motion(2)
    for deltas in ({"handle": a, "table": b}, {"table": b, "handle": a}):
        write_placed(scene, deltas, tmp_path / "out.glb")
        expected = scene
        for name, delta in deltas.items():
            expected = expected.moved(name, delta)
        for o in load_scene(tmp_path / "out.glb").objects:
            np.testing.assert_allclose(o.matrix_world, expected.object(o.name).matrix_world, atol=1e-9)


def test_a_gltf_takes_its_files_along_and_overwrites_none(tmp_path):
    (tmp_path / "in" / "pictures").mkdir(parents=True)
    f = busy_file()
    (tmp_path / "in" / "pictures" / "a b.png").write_bytes(png((1, 2, 3)))
    f.json["images"][0] = {"uri": "pictures/a%20b.png"}
    scene = load_scene(f.gltf(tmp_path / "in" / "s.gltf"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "s.bin").write_bytes(b"someone else's")
    write_placed(scene, {"cup": motion(0)}, tmp_path / "out" / "t.gltf")
    assert (tmp_path / "out" / "s.bin").read_bytes() == b"someone else's"
    assert (tmp_path / "out" / "t_s.bin").read_bytes() == (tmp_path / "in" / "s.bin").read_bytes()
    assert (tmp_path / "out" / "pictures" / "a b.png").read_bytes() == png((1, 2, 3))
    placed = load_scene(tmp_path / "out" / "t.gltf")
    assert placed.object("cup").mesh.materials[0].texture.pixels[0, 0].tolist() == [1, 2, 3, 255]
    write_placed(scene, {"cup": motion(0)}, tmp_path / "in" / "beside.gltf")
    assert json.loads((tmp_path / "in" / "beside.gltf").read_text())["buffers"][0]["uri"] == "s.bin"


def test_a_gltf_packs_into_a_glb_and_a_glb_unpacks_into_a_gltf(tmp_path):
    f = busy_file()
    (tmp_path / "p.png").write_bytes(png((1, 2, 3)))
    f.json["images"][0] = {"uri": "p.png"}
    scene, delta = load_scene(f.gltf(tmp_path / "s.gltf")), motion(4)
    write_placed(scene, {"cup": delta}, tmp_path / "alone" / "t.glb")
    placed = load_scene(tmp_path / "alone" / "t.glb")
    assert placed.object("cup").mesh.materials[0].texture.pixels[0, 0].tolist() == [1, 2, 3, 255]
    write_placed(placed, {}, tmp_path / "again" / "u.gltf")
    assert sorted(p.name for p in (tmp_path / "again").iterdir()) == ["u.bin", "u.gltf"]
    for result in (placed, load_scene(tmp_path / "again" / "u.gltf")):
        np.testing.assert_allclose(
            result.object("cup").matrix_world, delta @ scene.object("cup").matrix_world, atol=1e-9
        )
        np.testing.assert_array_equal(result.object("cup").mesh.triangles(), scene.object("cup").mesh.triangles())


def test_a_skinned_object_moves_by_its_joints(tmp_path):
    f = GltfFile()
    base = f.node(name="base", translation=[0, 1, 0])
    weights = np.tile(np.float32([1, 0, 0, 0]), (4, 1))
    mesh = f.mesh(JOINTS_0=np.zeros((4, 4), np.uint8), WEIGHTS_0=weights)
    f.node(name="body", mesh=mesh, skin=f.add("skins", {"joints": [base]}))
    scene, delta = load_scene(f.glb(tmp_path / "in.glb")), motion(5)
    notes = write_placed(scene, {"body": delta}, tmp_path / "out.glb")
    assert "skeleton" in notes[0]
    placed = load_scene(tmp_path / "out.glb").world_mesh(load_scene(tmp_path / "out.glb").objects)
    np.testing.assert_allclose(placed.vertices, scene.world_mesh(scene.objects).transformed(delta).vertices, atol=1e-6)


def test_an_instance_cannot_be_placed_alone_and_the_error_says_what_can(tmp_path):
    f = GltfFile()
    at = f.accessor(np.zeros((2, 3), np.float32))
    f.node(name="tree", mesh=f.mesh(), extensions={"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": at}}})
    scene = load_scene(f.glb(tmp_path / "in.glb"))
    with pytest.raises(SceneError, match=r"'tree/1'.*'tree'"):
        write_placed(scene, {"tree/1": np.eye(4)}, tmp_path / "out.glb")
    write_placed(scene, {"tree": motion(1)}, tmp_path / "out.glb")
    np.testing.assert_allclose(
        load_scene(tmp_path / "out.glb").object("tree/1").matrix_world,
        motion(1) @ scene.object("tree/1").matrix_world,
        atol=1e-9,
    )


def test_the_input_is_never_overwritten_unless_asked(tmp_path):
    scene = load_scene(busy_file().glb(tmp_path / "in.glb"))
    before = (tmp_path / "in.glb").read_bytes()
    (tmp_path / "link.glb").symlink_to(tmp_path / "in.glb")
    for out in ("in.glb", "link.glb"):
        with pytest.raises(SceneError, match="the input itself"):
            write_placed(scene, {"cup": motion(0)}, tmp_path / out)
    assert (tmp_path / "in.glb").read_bytes() == before
    write_placed(scene, {"cup": motion(0)}, tmp_path / "in.glb", overwrite_input=True)
    assert (tmp_path / "in.glb").read_bytes() != before


@pytest.mark.parametrize("out", ["x.obj", "x", "x.fbx"])
def test_an_ending_that_is_not_written_is_refused(tmp_path, out):
    scene = load_scene(busy_file().glb(tmp_path / "in.glb"))
    with pytest.raises(SceneError, match=r"\.glb"):
        write_placed(scene, {}, tmp_path / out)


def test_a_move_of_nan_or_of_an_unknown_object_is_refused(tmp_path):
    scene = load_scene(busy_file().glb(tmp_path / "in.glb"))
    with pytest.raises(SceneError, match="finite"):
        write_placed(scene, {"cup": np.full((4, 4), np.nan)}, tmp_path / "out.glb")
    with pytest.raises(SceneError, match="did you mean 'cup'"):
        write_placed(scene, {"cupp": np.eye(4)}, tmp_path / "out.glb")
    assert not (tmp_path / "out.glb").exists()


def test_a_full_disk_is_one_clear_line_and_leaves_the_old_file(tmp_path, monkeypatch):
    import errno
    import os

    scene = load_scene(busy_file().glb(tmp_path / "in.glb"))
    (tmp_path / "out.glb").write_bytes(b"the old one")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SceneError, match="disk is full") as error:
        write_placed(scene, {"cup": motion(0)}, tmp_path / "out.glb")
    assert "\n" not in str(error.value)
    assert (tmp_path / "out.glb").read_bytes() == b"the old one"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.glb", "out.glb"]


numbers = st.floats(-100, 100)
scales = st.floats(0.01, 50).flatmap(lambda s: st.sampled_from([s, -s]))


@given(st.tuples(numbers, numbers, numbers), st.integers(0, 10**6), st.tuples(scales, scales, scales))
def test_trs_and_matrix_are_the_same_transform(translation, seed, scale):
    quaternion = np.random.default_rng(seed).normal(size=4)
    matrix = compose(np.array(translation), quaternion, np.array(scale))
    parts = decompose(matrix, np.array(scale))
    assert parts is not None
    np.testing.assert_allclose(compose(*parts), matrix, rtol=1e-9, atol=1e-9 * np.abs(matrix).max())
    assert np.sign(np.prod(parts[2])) == np.sign(np.prod(scale))


@given(st.integers(0, 10**6))
def test_quaternions_turn_as_their_matrices(seed):
    q = np.random.default_rng(seed).normal(size=4)
    q[np.random.default_rng(seed).integers(0, 4)] *= 1e-4
    found = quaternion_of(compose(np.zeros(3), q, np.ones(3))[:3, :3])
    q /= np.linalg.norm(q)
    assert min(np.abs(found - q).max(), np.abs(found + q).max()) < 1e-9


def test_shear_is_no_trs():
    sheared = np.eye(4)
    sheared[0, 1] = 1e-3
    assert decompose(sheared) is None
