"""OBJ, PLY and STL files come in with names, materials and shapes as they stand."""

import numpy as np
import pytest
from gltf_builder import TETRA, TETRA_FACES, png
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.errors import SceneError
from sgvop_core.scene.load import load_scene
from sgvop_core.scene.polygons import triangulate

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def load_obj(tmp_path, text, mtl=None):
    (tmp_path / "thing.obj").write_text(text)
    if mtl is not None:
        (tmp_path / "thing.mtl").write_text(mtl)
    return load_scene(tmp_path / "thing.obj")


def test_objects_are_separate_and_y_up_becomes_z_up(tmp_path):
    scene = load_obj(tmp_path, SQUARE + "o cup\nf 1 2 3\no table top\ng part\nf 1 3 4\n")
    assert [o.name for o in scene.objects] == ["cup", "table top"]
    assert scene.object("cup").mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 1]]
    assert np.array_equal(scene.object("cup").matrix_world, np.eye(4))


def test_groups_name_objects_where_there_is_no_o_and_the_file_where_there_is_neither(tmp_path):
    assert [o.name for o in load_obj(tmp_path, SQUARE + "g a\nf 1 2 3\ng b\nf 1 3 4\ng a\nf 2 3 4").objects] == [
        "a",
        "b",
    ]
    assert [o.name for o in load_obj(tmp_path, SQUARE + "f 1 2 3 4\n").objects] == ["thing"]
    assert [o.name for o in load_obj(tmp_path, SQUARE + "g default\nf 1 2 3 4\n").objects] == ["thing"]


@pytest.mark.parametrize("face", ["1 2 3", "1/1 2/2 3/3", "1//1 2//1 3//1", "1/1/1 2/2/1 3/3/1", "-4 -3 -2",
                                  "-4/-3/-1 -3/-2/-1 -2/-1/-1", "1/1 2 3//1", "1 2 3 # a comment"])  # fmt: skip
def test_every_way_to_write_a_face(tmp_path, face):
    scene = load_obj(tmp_path, f"{SQUARE}vt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 1\nf {face}\r\nv 9 9 9\n")
    mesh = scene.objects[0].mesh
    assert mesh.triangles()[0].tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 1]]
    if face.startswith(("1/1 2/2", "1/1/1", "-4/")):
        assert mesh.corner_uvs[0].tolist() == [[0, 0], [1, 0], [1, 1]]
    if "1/1/1" in face or "//1 2" in face:
        assert mesh.corner_normals[0, 0].tolist() == [0, -1, 0]


def test_welding_is_untouched(tmp_path):
    scene = load_obj(tmp_path, SQUARE + "v 0 0 0\nvt 0 0\nvt 1 1\nf 1/1 2/1 3/1\nf 1/2 3/2 4/2\nf 5 2 3\n")
    assert len(scene.objects[0].mesh.vertices) == 5


def test_materials_and_textures(tmp_path):
    (tmp_path / "wood grain.png").write_bytes(png((10, 20, 30)))
    mtl = "newmtl a\nKd 0.1 0.2 0.3\nd 0.5\nKe 1 0 0\nnewmtl b\nKd 0 0 0\nmap_Kd -s 1 1 1 -clamp on wood grain.png\n"
    text = "mtllib thing.mtl\n" + SQUARE + "usemtl a\nf 1 2 3\nusemtl b\nf 1 3 4\nusemtl a\nf 2 3 4\n"
    mesh = load_obj(tmp_path, text, mtl).objects[0].mesh
    assert mesh.material_ids().tolist() == [0, 1, 0]
    a, b = mesh.materials
    assert a.base_colour == (0.1, 0.2, 0.3, 0.5) and a.alpha_mode == "BLEND" and a.emissive == (1, 0, 0)
    assert b.base_colour == (1, 1, 1, 1) and b.texture.pixels[0, 0].tolist() == [10, 20, 30, 255]
    assert b.texture.wrap == ("clamp", "clamp")


def test_missing_material_files_and_textures_are_notes(tmp_path):
    assert "no.mtl" in load_obj(tmp_path, "mtllib no.mtl\n" + SQUARE + "usemtl x\nf 1 2 3\n").notes[0]
    scene = load_obj(tmp_path, "mtllib thing.mtl\n" + SQUARE + "usemtl x\nf 1 2 3\n", "newmtl x\nmap_Kd no.png\n")
    assert "no.png" in scene.notes[0] and scene.objects[0].mesh.materials[0].texture is None


def test_a_texture_elsewhere_is_not_read_but_one_of_its_name_beside_the_scene_is(tmp_path):
    (tmp_path / "secret.png").write_bytes(png((1, 1, 1)))
    (tmp_path / "in").mkdir()
    text, mtl = "mtllib thing.mtl\n" + SQUARE + "usemtl x\nf 1 2 3\n", "newmtl x\nmap_Kd ../secret.png\n"
    scene = load_obj(tmp_path / "in", text, mtl)
    assert scene.objects[0].mesh.materials[0].texture is None and "secret.png" in scene.notes[0]
    (tmp_path / "in" / "secret.png").write_bytes(png((2, 2, 2)))
    scene = load_scene(tmp_path / "in" / "thing.obj")
    assert scene.objects[0].mesh.materials[0].texture.pixels[0, 0, 0] == 2 and "elsewhere" in scene.notes[0]


def test_obj_vertex_colours_are_linear(tmp_path):
    mesh = load_obj(tmp_path, "v 0 0 0 1 0 0.5\nv 1 0 0 1 0 0.5\nv 0 1 0 1 0 0.5\nf 1 2 3\n").objects[0].mesh
    np.testing.assert_allclose(mesh.corner_colours[0, 0], [1, 0, 0.214, 1], atol=1e-3)


@pytest.mark.parametrize("text", ["hello", SQUARE + "f 1 2 9", SQUARE + "f a b c", "v 1 2\nv 1 2\nf 1 2 1", "v 0 0 x\nf 1 1 1",
                                  SQUARE + "f 0 1 2", SQUARE + "f -9 1 2", "\0\0\0v 1"])  # fmt: skip
def test_damaged_objs_are_one_line(tmp_path, text):
    with pytest.raises(SceneError, match=r"^thing\.obj") as error:
        load_obj(tmp_path, text)
    assert "\n" not in str(error.value)


def test_nan_vertices_lose_their_faces(tmp_path):
    scene = load_obj(tmp_path, SQUARE + "v nan 0 0\nf 1 2 3\nf 1 2 5\n")
    assert len(scene.objects[0].mesh.faces) == 1 and "NaN" in scene.notes[0]


def test_vertices_without_faces_are_a_note(tmp_path):
    assert "no faces" in load_obj(tmp_path, SQUARE).notes[0]


@given(st.text(alphabet="vftn 0123456789/-.#\n\\og", max_size=120))
def test_any_obj_text_is_a_scene_or_a_scene_error(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "fuzz.obj"
    path.write_text("v 0 0 0\n" + text)
    try:
        load_scene(path)
    except SceneError as error:
        assert "\n" not in str(error)


def area(points, triangles):
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


@pytest.mark.parametrize("points", [
    [[0, 0], [4, 0], [4, 4], [2, 1]],
    [[0, 0], [4, 0], [1, 1], [0, 4]],
    [[0, 0], [5, 0], [5, 5], [4, 5], [4, 1], [1, 1], [1, 5], [0, 5]],
    [[0, 0], [2, 0], [3, 1], [2, 2], [0, 2]],
])  # fmt: skip
def test_polygons_also_concave_ones_are_filled_exactly(points):
    flat = np.array(points, float)
    for lift in (np.eye(3), np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]]), np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])):
        vertices = np.concatenate([flat, np.zeros((len(flat), 1))], 1) @ lift.T
        triangles, owner = triangulate(vertices, np.arange(len(flat)), np.array([len(flat)]))
        assert len(triangles) == len(flat) - 2 and set(owner) == {0}
        parts = area(vertices, triangles)
        whole = np.cross(vertices, np.roll(vertices, -1, 0)).sum(0)
        np.testing.assert_allclose(parts.sum(0), whole, atol=1e-9)
        assert (parts @ whole >= -1e-9).all(), "a triangle is turned over"


def ply(tmp_path, colour=False):
    import trimesh

    mesh = trimesh.Trimesh(TETRA, TETRA_FACES.reshape(-1, 3), process=False)
    if colour:
        mesh.visual.vertex_colors = np.tile([255, 128, 0, 255], (4, 1)).astype(np.uint8)
    mesh.export(tmp_path / "vase.ply")
    mesh.export(tmp_path / "vase.stl")


def test_ply_is_z_up_and_keeps_its_colours(tmp_path):
    ply(tmp_path, colour=True)
    scene = load_scene(tmp_path / "vase.ply")
    assert scene.objects[0].name == "vase"
    np.testing.assert_array_equal(scene.objects[0].mesh.vertices, TETRA)
    np.testing.assert_allclose(scene.objects[0].mesh.corner_colours[0, 0], [1, 0.2159, 0, 1], atol=1e-3)


def test_stl_corners_at_one_place_are_one_vertex(tmp_path):
    ply(tmp_path)
    mesh = load_scene(tmp_path / "vase.stl").objects[0].mesh
    assert len(mesh.vertices) == 4 and len(mesh.faces) == 4


@given(
    cut=st.floats(0, 1),
    kind=st.sampled_from(["ply", "stl"]),
    noise=st.lists(st.tuples(st.floats(0, 0.99), st.integers(0, 255))),
)
def test_damaged_ply_and_stl_are_scene_errors(tmp_path_factory, cut, kind, noise):
    folder = tmp_path_factory.getbasetemp()
    if not (folder / "vase.ply").exists():
        ply(folder)
    data = bytearray((folder / f"vase.{kind}").read_bytes())
    for where, value in noise:
        data[int(where * len(data))] = value
    (folder / f"cut.{kind}").write_bytes(bytes(data[: int(cut * len(data))]))
    try:
        load_scene(folder / f"cut.{kind}")
    except SceneError as error:
        assert "\n" not in str(error)
