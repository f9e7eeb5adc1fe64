"""Whatever a glTF file holds: a scene or one clear line, never a traceback, never a file from elsewhere."""

import json
import struct

import numpy as np
import pytest
from gltf_builder import GltfFile
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.errors import SceneError
from sgvop_core.scene.load import load_scene


def sound_file() -> GltfFile:
    f = GltfFile()
    texture = f.picture()
    where = {"index": texture, "extensions": {"KHR_texture_transform": {"offset": [0.1, 0.2]}}}
    material = f.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": where}})
    mesh = f.mesh(material=material, TEXCOORD_0=np.zeros((4, 2), np.float32))
    child = f.node(root=False, name="cup", mesh=mesh, translation=[0, 1, 0])
    f.node(name="table", mesh=f.mesh(), children=[child], rotation=[0, 0.6, 0, 0.8])
    f.add("cameras", {"type": "perspective", "perspective": {"yfov": 0.5, "znear": 0.1}})
    f.node(name="Cam", camera=0)
    f.json["extensions"] = {"KHR_lights_punctual": {"lights": [{"type": "point"}]}}
    f.node(name="lamp", extensions={"KHR_lights_punctual": {"light": 0}})
    return f


def one_line(error) -> str:
    text = str(error.value)
    assert "\n" not in text and len(text) < 400
    return text


def refused(f: GltfFile, tmp_path, *words: str) -> None:
    with pytest.raises(SceneError) as error:
        load_scene(f.glb(tmp_path / "bad.glb"))
    text = one_line(error)
    for word in ("bad.glb", *words):
        assert word in text, text


@pytest.mark.parametrize("name", ["no.glb", "no.obj", "no.ply", "no.blend", "no.xyz"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(SceneError, match=r"no file .*no"):
        load_scene(tmp_path / name)


@pytest.mark.parametrize("name", ["a.glb", "a.gltf", "a.obj", "a.ply", "a.stl", "a.blend"])
def test_an_empty_file_says_so(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(SceneError, match="empty"):
        load_scene(tmp_path / name)


def test_an_unknown_ending_lists_what_is_read(tmp_path):
    (tmp_path / "a.fbx").write_bytes(b"x")
    with pytest.raises(SceneError, match=r"\.fbx.*\.glb"):
        load_scene(tmp_path / "a.fbx")


@pytest.mark.parametrize("uri", ["../secret.bin", "/etc/passwd", "file:///etc/passwd", "http://x.org/a.bin",
                                 "C:\\a.bin", "sub/../../secret.bin", "..%2Fsecret.bin"])  # fmt: skip
@pytest.mark.parametrize("key", ["buffers", "images"])
def test_files_outside_the_folder_are_refused(tmp_path, uri, key):
    (tmp_path / "secret.bin").write_bytes(b"x" * 1000)
    folder = tmp_path / "in"
    folder.mkdir()
    f = sound_file()
    if key == "images":
        f.json["images"][0] = {"uri": uri}
        path = f.glb(folder / "bad.glb")
    else:
        path = f.gltf(folder / "bad.gltf")
        path.write_text(path.read_text().replace("bad.bin", uri.replace("\\", "\\\\")))
    with pytest.raises(SceneError) as error:
        load_scene(path)
    assert "folder" in one_line(error)


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "secret.bin").write_bytes(b"x" * 1000)
    (tmp_path / "in").mkdir()
    path = sound_file().gltf(tmp_path / "in" / "bad.gltf")
    (tmp_path / "in" / "bad.bin").unlink()
    (tmp_path / "in" / "bad.bin").symlink_to(tmp_path / "secret.bin")
    with pytest.raises(SceneError, match="outside"):
        load_scene(path)


def test_compressed_meshes_name_the_way_out(tmp_path):
    for name, word in (("KHR_draco_mesh_compression", "Draco"), ("EXT_meshopt_compression", "meshopt")):
        f = sound_file()
        f.json["extensionsRequired"] = [name]
        refused(f, tmp_path, word, "gltf-transform")


def test_an_unknown_required_extension_is_named(tmp_path):
    f = sound_file()
    f.json["extensionsRequired"] = ["KHR_materials_clearcoat", "VENDOR_odd"]
    refused(f, tmp_path, "VENDOR_odd")


def test_version_1_is_refused(tmp_path):
    f = sound_file()
    f.json["asset"]["version"] = "1.0"
    refused(f, tmp_path, "1.0", "2.0")


def test_a_loop_in_the_hierarchy_is_named(tmp_path):
    f = sound_file()
    f.json["nodes"][0]["children"] = [1]
    refused(f, tmp_path, "twice or below itself")


@pytest.mark.parametrize("change", [{"translation": [float("nan"), 0, 0]}, {"scale": [1e400, 1, 1]},
                                    {"rotation": [0, 0, 0, 0]}, {"matrix": [1] * 15}, {"scale": [None, 1, 1]}])  # fmt: skip
def test_transforms_that_are_no_numbers_are_named(tmp_path, change):
    f = sound_file()
    f.json["nodes"][1].update(change)
    refused(f, tmp_path)


def test_the_node_with_nan_is_named(tmp_path):
    f = sound_file()
    f.json["nodes"][1].update({"name": "Mug", "translation": [float("nan"), 0, 0]})
    refused(f, tmp_path, "translation of node 'Mug'")


def test_counts_beyond_the_data_allocate_nothing(tmp_path):
    for count in (10**12, 5, -1, 2.5, "4"):
        f = sound_file()
        f.json["accessors"][0]["count"] = count
        refused(f, tmp_path)
    f = sound_file()
    del f.json["accessors"][0]["bufferView"]
    f.json["accessors"][0]["count"] = 10**12
    refused(f, tmp_path)


def test_faces_of_missing_vertices_are_named(tmp_path):
    f = GltfFile()
    f.node(mesh=f.mesh(faces=np.array([0, 1, 9], np.uint16)))
    refused(f, tmp_path, "do not exist")


def test_deeply_nested_json_is_no_crash(tmp_path):
    (tmp_path / "a.gltf").write_text('{"asset": ' + "[" * 200000 + "]" * 200000 + "}")
    with pytest.raises(SceneError):
        load_scene(tmp_path / "a.gltf")


def test_a_picture_bomb_is_a_note(tmp_path):
    f = sound_file()
    f.json["images"][0] = {"uri": "big.png"}
    head = struct.pack(">II5B", 60000, 60000, 8, 2, 0, 0, 0)
    import zlib

    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    (tmp_path / "big.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IEND\xaeB`\x82")
    scene = load_scene(f.glb(tmp_path / "a.glb"))
    assert "too many" in scene.notes[0] and scene.object("cup").mesh.materials[0].texture is None


@pytest.fixture(scope="module")
def sound_bytes(tmp_path_factory):
    return sound_file().glb(tmp_path_factory.mktemp("glb") / "sound.glb").read_bytes()


def loads_or_says_why(folder, data: bytes) -> None:
    path = folder / "x.glb"
    path.write_bytes(data)
    try:
        load_scene(path)
    except SceneError as error:
        assert "\n" not in str(error)


@given(cut=st.floats(0, 1))
def test_any_truncation_gives_a_scene_error(sound_bytes, tmp_path_factory, cut):
    data = sound_bytes[: int(cut * (len(sound_bytes) - 1))]
    path = tmp_path_factory.getbasetemp() / "cut.glb"
    path.write_bytes(data)
    with pytest.raises(SceneError):
        load_scene(path)


@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8))
def test_corrupted_bytes_never_raise_anything_else(sound_bytes, tmp_path_factory, changes):
    data = bytearray(sound_bytes)
    for where, value in changes:
        data[int(where * len(data))] = value
    loads_or_says_why(tmp_path_factory.getbasetemp(), bytes(data))


ODD = st.one_of(st.none(), st.booleans(), st.integers(-3, 10**13), st.floats(-5, 1e30), st.text(max_size=5),
                st.lists(st.integers(-1, 3), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2))  # fmt: skip


@given(data=st.data())
def test_any_value_of_the_description_may_be_of_any_kind(tmp_path_factory, data):
    f = sound_file()
    spots = []

    def walk(value):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            spots.append((value, key))
            if isinstance(value[key], dict | list):
                walk(value[key])

    walk(f.json)
    holder, key = data.draw(st.sampled_from(spots))
    holder[key] = data.draw(ODD)
    try:
        json.dumps(f.json)
        path = f.glb(tmp_path_factory.getbasetemp() / "odd.glb")
    except (ValueError, TypeError, AttributeError):
        return
    loads_or_says_why(tmp_path_factory.getbasetemp(), path.read_bytes())
