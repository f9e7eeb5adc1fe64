"""glTF files come in with every shape, colour and place that they describe."""

import math

import numpy as np
import pytest
from gltf_builder import TETRA, TETRA_FACES, GltfFile, png

from sgvop_core.errors import SceneError
from sgvop_core.scene.load import load_scene

UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


def world_points(scene, name):
    o = scene.object(name)
    return o.mesh.vertices @ o.matrix_world[:3, :3].T + o.matrix_world[:3, 3]


def test_y_up_becomes_z_up_and_parents_carry_children(tmp_path):
    f = GltfFile()
    mesh = f.mesh()
    child = f.node(root=False, name="cup", mesh=mesh, translation=[0, 1, 0])
    f.node(name="table", translation=[2, 0, 3], rotation=[0, math.sin(0.3), 0, math.cos(0.3)], children=[child])
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert [o.name for o in scene.objects] == ["table", "cup"]
    assert scene.object("cup").parent == "table"
    c, s = math.cos(0.6), math.sin(0.6)
    y_up = (TETRA + [0, 1, 0]) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T + [2, 0, 3]
    expected = np.stack([y_up[:, 0], -y_up[:, 2], y_up[:, 1]], 1)
    np.testing.assert_allclose(world_points(scene, "cup"), expected, atol=1e-6)


def test_a_matrix_node_equals_the_same_trs(tmp_path):
    f = GltfFile()
    mesh = f.mesh()
    f.node(name="m", mesh=mesh, matrix=[0, 0, -2, 0, 0, 2, 0, 0, 2, 0, 0, 0, 5, 6, 7, 1])
    half = math.sqrt(0.5)
    f.node(name="t", mesh=mesh, translation=[5, 6, 7], rotation=[0, half, 0, half], scale=[2, 2, 2])
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    np.testing.assert_allclose(scene.object("m").matrix_world, scene.object("t").matrix_world, atol=1e-12)


def test_several_primitives_are_one_mesh_with_their_materials(tmp_path):
    f = GltfFile()
    red = f.add("materials", {"name": "red", "pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}})
    f.mesh(material=red)
    f.mesh(vertices=TETRA + 2)
    f.json["meshes"][0]["primitives"] += f.json["meshes"].pop()["primitives"]
    f.node(mesh=0)
    mesh = load_scene(f.glb(tmp_path / "a.glb")).objects[0].mesh
    assert len(mesh.vertices) == 8 and len(mesh.faces) == 8
    assert mesh.materials[0].base_colour == (1, 0, 0, 1) and mesh.materials[0].name == "red"
    assert mesh.material_ids().tolist() == [0] * 4 + [1] * 4


def test_nodes_on_one_mesh_share_it_and_get_names_of_their_own(tmp_path):
    f = GltfFile()
    mesh = f.mesh(name="chair")
    for _ in range(3):
        f.node(mesh=mesh)
    f.node()
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert [o.name for o in scene.objects] == ["chair", "chair.001", "chair.002", "node 3"]
    assert scene.objects[0].mesh is scene.objects[2].mesh


@pytest.mark.parametrize(("mode", "indices", "expected"), [
    (5, [0, 1, 2, 3], [[0, 1, 2], [1, 3, 2]]),
    (6, [0, 1, 2, 3], [[1, 2, 0], [2, 3, 0]]),
    (4, None, [[0, 1, 2]]),
])  # fmt: skip
def test_strips_fans_and_unindexed_triangles(tmp_path, mode, indices, expected):
    f = GltfFile()
    f.node(mesh=f.mesh(faces=None if indices is None else np.array(indices, np.uint8), mode=mode))
    mesh = load_scene(f.glb(tmp_path / "a.glb")).objects[0].mesh
    points = np.stack([TETRA[:, 0], -TETRA[:, 2], TETRA[:, 1]], 1)
    np.testing.assert_array_equal(mesh.triangles(), points[np.array(expected)])


def test_points_and_lines_are_left_out_with_a_note(tmp_path):
    f = GltfFile()
    f.node(mesh=f.mesh(mode=1))
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert len(scene.objects[0].mesh.faces) == 0 and "points or lines" in scene.notes[0]
    assert scene.bounds().tolist() == [[0, 0, 0], [0, 0, 0]]


def test_interleaved_strided_data(tmp_path):
    f = GltfFile()
    rows = np.concatenate([TETRA, np.tile(np.float32([0, 0, 1, 9]), (4, 1))], 1)
    view = f.view(rows.tobytes(), byteStride=28)
    position = {"bufferView": view, "componentType": 5126, "count": 4, "type": "VEC3"}
    normal = {**position, "byteOffset": 12}
    f.mesh(NORMAL=f.add("accessors", normal))
    f.json["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = f.add("accessors", position)
    f.node(mesh=0)
    mesh = load_scene(f.glb(tmp_path / "a.glb")).objects[0].mesh
    np.testing.assert_array_equal(mesh.corner_normals[0, 0], [0, -1, 0])
    assert len(np.unique(mesh.vertices, axis=0)) == 4


def test_sparse_accessors_replace_positions_also_without_a_base(tmp_path):
    f = GltfFile()
    where = f.view(np.array([3], np.uint16).tobytes())
    values = f.view(np.array([[0, 0, 9]], np.float32).tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": values}}
    mesh = f.mesh()
    accessor = f.json["meshes"][mesh]["primitives"][0]["attributes"]["POSITION"]
    f.json["accessors"][accessor]["sparse"] = sparse
    f.node(mesh=mesh)
    mesh = load_scene(f.glb(tmp_path / "a.glb")).objects[0].mesh
    assert mesh.vertices.min(0).tolist() == [0, -9, 0]
    del f.json["accessors"][accessor]["bufferView"]
    mesh = load_scene(f.glb(tmp_path / "b.glb")).objects[0].mesh
    assert np.abs(mesh.vertices).sum() == 9


def test_quantized_positions_and_normalized_uvs(tmp_path):
    f = GltfFile()
    quantized = np.concatenate([(TETRA * 100).astype(np.int16), np.zeros((4, 1), np.int16)], 1)
    view = f.view(quantized.tobytes(), byteStride=8)
    uvs = f.accessor(np.array([[0, 0], [65535, 0], [0, 65535], [65535, 65535]], np.uint16), normalized=True)
    f.mesh(TEXCOORD_0=uvs)
    position = {"bufferView": view, "componentType": 5122, "count": 4, "type": "VEC3"}
    f.json["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = f.add("accessors", position)
    f.json["extensionsRequired"] = f.json["extensionsUsed"] = ["KHR_mesh_quantization"]
    f.node(mesh=0, scale=[0.01, 0.01, 0.01])
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    np.testing.assert_allclose(scene.bounds(), [[0, -1, 0], [1, 0, 1]], atol=1e-9)
    assert set(scene.objects[0].mesh.corner_uvs.reshape(-1).tolist()) == {0.0, 1.0}


def test_the_texture_transform_is_in_the_uvs(tmp_path):
    """Rotated by a quarter, scaled and shifted: worked out by hand from the extension's formula."""
    f = GltfFile()
    where = {"index": f.picture(), "texCoord": 0, "extensions": {"KHR_texture_transform": {
        "offset": [0.25, 0.5], "rotation": math.pi / 2, "scale": [2, 3], "texCoord": 1}}}  # fmt: skip
    material = f.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": where}})
    uvs = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32)
    f.node(mesh=f.mesh(material=material, TEXCOORD_0=np.zeros((4, 2), np.float32), TEXCOORD_1=uvs))
    mesh = load_scene(f.glb(tmp_path / "a.glb")).objects[0].mesh
    # u' = 0.25 + 3 v, v' = 0.5 - 2 u, then v counted from below
    expected = np.stack([0.25 + 3 * uvs[:, 1], 1 - (0.5 - 2 * uvs[:, 0])], 1)[TETRA_FACES.reshape(-1, 3)]
    np.testing.assert_allclose(mesh.corner_uvs, expected, atol=1e-6)


def test_vertex_colours_with_and_without_alpha(tmp_path):
    f = GltfFile()
    f.node(mesh=f.mesh(COLOR_0=f.accessor(np.full((4, 4), 51, np.uint8), normalized=True)))
    f.node(mesh=f.mesh(COLOR_0=np.full((4, 3), 0.5, np.float32)))
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    np.testing.assert_allclose(scene.objects[0].mesh.corner_colours[0, 0], [0.2] * 4, atol=1e-6)
    np.testing.assert_allclose(scene.objects[1].mesh.corner_colours[0, 0], [0.5, 0.5, 0.5, 1], atol=1e-6)


def test_materials_textures_and_samplers(tmp_path):
    f = GltfFile()
    texture = f.picture((0, 128, 255), wrapS=33071, wrapT=33648, magFilter=9728)
    f.add("materials", {
        "name": "leaf", "alphaMode": "MASK", "alphaCutoff": 0.3, "doubleSided": True, "emissiveFactor": [0, 0.5, 0],
        "extensions": {"KHR_materials_unlit": {}, "KHR_materials_emissive_strength": {"emissiveStrength": 4}},
        "pbrMetallicRoughness": {"baseColorTexture": {"index": texture}, "metallicFactor": 0.25, "roughnessFactor": 0.75},
    })  # fmt: skip
    f.node(mesh=f.mesh(material=0))
    material = load_scene(f.glb(tmp_path / "a.glb")).objects[0].mesh.materials[0]
    assert (material.alpha_mode, material.alpha_cutoff, material.double_sided) == ("MASK", 0.3, True)
    assert (material.metallic, material.roughness, material.unlit) == (0.25, 0.75, True)
    assert material.emissive == (0, 2.0, 0)
    assert material.texture.wrap == ("clamp", "mirror") and material.texture.nearest
    assert material.texture.pixels[0, 0].tolist() == [0, 128, 255, 255]


def test_external_embedded_and_data_uri_files_give_the_same_scene(tmp_path):
    f = GltfFile()
    f.node(name="x", mesh=f.mesh(), translation=[1, 2, 3])
    scenes = [
        load_scene(p)
        for p in (f.glb(tmp_path / "a.glb"), f.gltf(tmp_path / "b b.gltf"), f.gltf(tmp_path / "c.gltf", embedded=True))
    ]
    for scene in scenes[1:]:
        np.testing.assert_array_equal(world_points(scenes[0], "x"), world_points(scene, "x"))


def test_a_missing_texture_is_a_note_and_a_plain_colour(tmp_path):
    f = GltfFile()
    f.add("images", {"uri": "gone.png"})
    f.add("textures", {"source": 0})
    pbr = {"baseColorTexture": {"index": 0}, "baseColorFactor": [1, 0.5, 0, 1]}
    f.add("materials", {"pbrMetallicRoughness": pbr})
    f.node(mesh=f.mesh(material=0))
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert scene.objects[0].mesh.materials[0].texture is None
    assert scene.objects[0].mesh.materials[0].base_colour == (1, 0.5, 0, 1)
    assert "gone.png" in scene.notes[0]
    (tmp_path / "gone.png").write_bytes(b"this is no picture")
    assert "cannot be decoded" in load_scene(tmp_path / "a.glb").notes[0]
    (tmp_path / "gone.png").write_bytes(png((9, 9, 9)))
    assert load_scene(tmp_path / "a.glb").objects[0].mesh.materials[0].texture.pixels[0, 0, 0] == 9


def test_lights_are_in_watts(tmp_path):
    f = GltfFile()
    f.json["extensions"] = {"KHR_lights_punctual": {"lights": [
        {"type": "directional", "intensity": 683, "color": [1, 0.5, 0]},
        {"type": "spot", "intensity": 1366, "spot": {"innerConeAngle": 0.1, "outerConeAngle": 0.4}},
    ]}}  # fmt: skip
    for k, name in enumerate(("sun", "lamp")):
        f.node(name=name, translation=[0, 5, 0], extensions={"KHR_lights_punctual": {"light": k}})
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    sun, lamp = scene.lights
    assert (sun.kind, sun.strength, sun.colour) == ("sun", 1.0, (1, 0.5, 0))
    assert (lamp.kind, lamp.strength, lamp.cone) == ("spot", 2.0, (0.1, 0.4))
    np.testing.assert_allclose(lamp.matrix_world[:3, 3], [0, 0, 5])
    np.testing.assert_allclose(lamp.matrix_world[:3, 2], [0, -1, 0], atol=1e-12)
    assert not scene.objects


def test_cameras_look_where_the_file_says(tmp_path):
    f = GltfFile()
    f.add("cameras", {"type": "perspective", "perspective": {"yfov": 0.5, "aspectRatio": 1.5, "znear": 0.1}})
    f.add("cameras", {"type": "orthographic", "orthographic": {"xmag": 4, "ymag": 2, "znear": 0, "zfar": 9}})
    f.node(name="Cam", camera=0, translation=[0, 1, 4], scale=[3, 3, 3])
    f.node(name="Plan", camera=1)
    first, second = load_scene(f.glb(tmp_path / "a.glb")).cameras
    assert (first.name, first.yfov, first.aspect) == ("Cam", 0.5, 1.5)
    np.testing.assert_allclose(first.position, [0, -4, 1])
    np.testing.assert_allclose(-first.matrix_world[:3, 2], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(first.matrix_world[:3, :3]), 1)
    assert (second.ortho_height, second.aspect) == (4.0, 2.0)


def test_instances_of_a_node_become_objects_below_it(tmp_path):
    f = GltfFile()
    at = f.accessor(np.array([[0, 0, 0], [0, 2, 0]], np.float32))
    half = math.sqrt(0.5)
    turn = f.accessor(np.array([[0, 0, 0, 1], [0, half, 0, half]], np.float32))
    instancing = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": at, "ROTATION": turn}}}
    f.node(name="tree", mesh=f.mesh(), translation=[1, 0, 0], extensions=instancing)
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert [(o.name, o.parent) for o in scene.objects] == [("tree", None), ("tree/0", "tree"), ("tree/1", "tree")]
    assert scene.objects[0].mesh is None and scene.objects[1].mesh is scene.objects[2].mesh
    np.testing.assert_allclose(scene.objects[2].matrix_world[:3, 3], [1, 0, 2])


def test_morph_weights_are_applied(tmp_path):
    f = GltfFile()
    mesh = f.mesh()
    primitive = f.json["meshes"][mesh]["primitives"][0]
    primitive["targets"] = [{"POSITION": f.accessor(np.full((4, 3), 2, np.float32))}]
    f.json["meshes"][mesh]["weights"] = [0.5]
    f.node(name="default", mesh=mesh)
    f.node(name="own", mesh=mesh, weights=[0.0])
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    np.testing.assert_allclose(scene.bounds([scene.object("default")]), [[1, -2, 1], [2, -1, 2]])
    np.testing.assert_allclose(scene.bounds([scene.object("own")]), [[0, -1, 0], [1, 0, 1]])


def skinned(f):
    """A tetrahedron whose last vertex hangs on a second joint that stands 3 above the first."""
    tip = f.node(root=False, name="tip", translation=[0, 3, 0])
    base = f.node(root=False, name="base", children=[tip])
    weights = np.tile(np.float32([1, 0, 0, 0]), (4, 1))
    joints = np.zeros((4, 4), np.uint8)
    joints[2, 0] = 1
    mesh = f.mesh(JOINTS_0=joints, WEIGHTS_0=weights)
    skin = f.add("skins", {"joints": [base, tip]})
    body = f.node(root=False, name="body", mesh=mesh, skin=skin, translation=[7, 7, 7])
    f.node(name="rig", translation=[0, 0, 1], children=[base, body])
    return f


def test_skins_are_posed_by_their_joints_wherever_the_mesh_node_stands(tmp_path):
    scene = load_scene(skinned(GltfFile()).glb(tmp_path / "a.glb"))
    expected = TETRA + [0, 0, 1] + np.array([[0, 0, 0], [0, 0, 0], [0, 3, 0], [0, 0, 0]])
    expected = np.stack([expected[:, 0], -expected[:, 2], expected[:, 1]], 1)
    found = world_points(scene, "body")
    np.testing.assert_allclose(found[np.lexsort(found.T)], expected[np.lexsort(expected.T)], atol=1e-9)
    assert "body" in {o.name for o in scene.subtree("rig")}


def test_hidden_nodes_are_marked_with_all_below(tmp_path):
    f = GltfFile()
    child = f.node(root=False, name="b", mesh=f.mesh())
    f.node(name="a", children=[child], extensions={"KHR_node_visibility": {"visible": False}})
    assert [o.hidden for o in load_scene(f.glb(tmp_path / "a.glb")).objects] == [True, True]


def test_a_very_deep_hierarchy_needs_no_recursion(tmp_path):
    f = GltfFile()
    below = None
    for _ in range(5000):
        entry = {"translation": [0.001, 0, 0]}
        below = f.node(root=False, **entry, **({} if below is None else {"children": [below]}))
    f.json["scenes"][0]["nodes"] = [below]
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert scene.objects[-1].matrix_world[0, 3] == pytest.approx(5.0)


def test_a_mesh_scaled_to_zero_or_without_primitives_loads(tmp_path):
    f = GltfFile()
    f.node(name="flat", mesh=f.mesh(), scale=[0, 0, 0])
    f.node(name="empty", mesh=f.add("meshes", {"primitives": []}))
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert len(scene.object("flat").mesh.faces) == 4 and len(scene.object("empty").mesh.faces) == 0


def test_nan_positions_lose_their_faces_and_leave_a_note(tmp_path):
    f = GltfFile()
    broken = TETRA.copy()
    broken[3] = np.nan
    f.node(mesh=f.mesh(vertices=broken))
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert len(scene.objects[0].mesh.faces) == 1 and np.isfinite(scene.bounds()).all()
    assert "NaN" in scene.notes[0]


def test_folders_and_several_files_are_one_scene(tmp_path):
    f = GltfFile()
    f.node(name="cup", mesh=f.mesh())
    f.glb(tmp_path / "a.glb")
    f.glb(tmp_path / "b.glb")
    (tmp_path / "readme.txt").write_text("not a scene")
    for given in (tmp_path, [tmp_path / "a.glb", tmp_path / "b.glb"]):
        assert [o.name for o in load_scene(given).objects] == ["cup", "cup.001"]
    with pytest.raises(SceneError, match="no scene file in it"):
        (tmp_path / "empty").mkdir()
        load_scene(tmp_path / "empty")
