"""Bundles carry a scene across whole, and refuse everything that is not one."""

import contextlib
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.scene.bundled import scene_from_bundle, scene_to_bundle
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.model import Camera, Light, Material, Mesh, Scene, SceneObject, Texture
from sgvop_core.wire.bundle import VERSION, Bundle, BundleError, read_bundle, write_bundle


def scene() -> Scene:
    rng = np.random.default_rng(0)
    texture = Texture("wood", rng.integers(0, 256, (2, 3, 4)).astype(np.uint8), ("clamp", "mirror"), True)
    paint = Material("paint", (0.1, 0.2, 0.3, 0.4), texture, (1, 2, 3), "MASK", 0.25, False, 0.5, 0.75, True)
    mesh = Mesh(
        "m", rng.random((4, 3)), np.array([[0, 1, 2], [0, 2, 3]], np.int32), rng.random((2, 3, 3)), rng.random((2, 3, 2)),
        rng.random((2, 3, 4)), np.array([1, 0], np.int32), (Material(), paint),
    )  # fmt: skip
    return Scene(
        (
            SceneObject("a ü", rng.random((4, 4)), mesh, None, False, {"object": "a"}),
            SceneObject("b", np.eye(4), mesh, "a ü", True),
            SceneObject("c", np.eye(4)),
        ),
        (
            Camera("C", look_at((1, 2, 3), (0, 0, 0)), 0.5, 1.5, 0.1, 9, (0.1, 0.2)),
            Camera("O", np.eye(4), ortho_height=2.0),
        ),
        (Light("L", "spot", np.eye(4), (1, 0.5, 0), 3.0, (0.1, 0.2)),),
        (0.1, 0.2, 0.3),
        (0.4, 0.5, 0.6),
        notes=("n",),
    )


def test_a_scene_comes_back_the_same(tmp_path):
    before = scene()
    write_bundle(tmp_path / "a.npz", scene_to_bundle(before))
    after = scene_from_bundle(read_bundle(tmp_path / "a.npz"))
    for a, b in zip(before.objects, after.objects, strict=True):
        assert (a.name, a.parent, a.hidden, dict(a.source)) == (b.name, b.parent, b.hidden, dict(b.source))
        np.testing.assert_array_equal(a.matrix_world, b.matrix_world)
    a, b = before.objects[0].mesh, after.objects[0].mesh
    assert after.objects[1].mesh is b
    for name in ("vertices", "faces", "corner_normals", "corner_uvs", "corner_colours", "face_materials"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-7)
    for x, y in zip(a.materials, b.materials, strict=True):
        named = (
            "name",
            "base_colour",
            "emissive",
            "alpha_mode",
            "alpha_cutoff",
            "double_sided",
            "metallic",
            "roughness",
            "unlit",
        )
        assert [getattr(x, n) for n in named] == [getattr(y, n) for n in named]
    x, y = a.materials[1].texture, b.materials[1].texture
    assert (x.name, x.wrap, x.nearest) == (y.name, y.wrap, y.nearest) and np.array_equal(x.pixels, y.pixels)
    for x, y in zip(before.cameras + before.lights, after.cameras + after.lights, strict=True):
        np.testing.assert_array_equal(x.matrix_world, y.matrix_world)
        assert {**vars(x), "matrix_world": 0} == {**vars(y), "matrix_world": 0}
    assert (after.ambient, after.background, after.notes) == (before.ambient, before.background, before.notes)


def test_pictures_cross_as_their_files_and_a_damaged_one_is_told_of(tmp_path):
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 256, (3, 5, 4)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    (tmp_path / "wood.png").write_bytes(out.getvalue())
    names, encoded = ("file", "bytes", "linear", "bad"), np.frombuffer(out.getvalue(), np.uint8)
    header = {
        "textures": [{"name": name, "linear": name == "linear"} for name in names],
        "materials": [{"name": name, "texture": k} for k, name in enumerate(names)],
        "meshes": [{"name": "m", "materials": [0, 1, 2, 3]}],
        "objects": [{"name": "o", "mesh": 0}],
    }
    arrays = {
        "mesh/0/vertices": np.zeros((3, 3)), "mesh/0/faces": np.array([[0, 1, 2]], np.int32), "object/matrices": np.eye(4)[None],
        "texture/1/file": encoded, "texture/2/file": encoded, "texture/3/file": encoded[:40],
    }  # fmt: skip
    bundle = Bundle(header, arrays, {"texture/0/file": str(tmp_path / "wood.png")})
    write_bundle(tmp_path / "a.npz", bundle)
    scene = scene_from_bundle(read_bundle(tmp_path / "a.npz"))
    file, given, linear, bad = (m.texture for m in scene.objects[0].mesh.materials)
    np.testing.assert_array_equal(file.pixels, pixels)
    np.testing.assert_array_equal(given.pixels, pixels)
    np.testing.assert_array_equal(linear.pixels[..., 3], pixels[..., 3])
    half = linear.pixels[..., :3][np.abs(pixels[..., :3].astype(int) - 128) < 3]
    assert not half.size or (np.abs(half.astype(int) - 188) < 3).all(), "linear 0.5 is 188 of 255 in sRGB"
    assert bad is None and len(scene.notes) == 1 and "texture 'bad' cannot be read" in scene.notes[0]
    (tmp_path / "wood.png").unlink()
    with pytest.raises(BundleError, match="cannot be read any more"):
        write_bundle(tmp_path / "b.npz", bundle)
    assert not (tmp_path / "b.npz").exists()


def packed(members: dict[str, bytes], compression=zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def npy(array: np.ndarray, **header) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, allow_pickle=True)
    data = out.getvalue()
    for old, new in header.items():
        assert old.encode() in data
        data = data.replace(old.encode(), new.encode())
    return data


def description(**more) -> bytes:
    return npy(np.frombuffer(json.dumps({"format": "sgvop-scene", "version": VERSION, **more}).encode(), np.uint8))


def refused(tmp_path, data: bytes, match: str) -> None:
    (tmp_path / "bad.npz").write_bytes(data)
    with pytest.raises(BundleError, match=match):
        read_bundle(tmp_path / "bad.npz")


def test_what_is_no_bundle_is_refused(tmp_path):
    refused(tmp_path, b"", "sound")
    refused(tmp_path, b"PK nonsense", "sound")
    refused(tmp_path, packed({"x.npy": npy(np.zeros(3))}), "no description")
    refused(tmp_path, packed({"header.npy": description(format="other")}), "not a scene bundle")
    refused(tmp_path, packed({"header.npy": description(version=VERSION + 1)}), f"version {VERSION + 1}")
    refused(tmp_path, packed({"header.npy": description(), "evil.txt": b"x"}), "no array")


def test_pickles_bombs_and_false_promises_are_refused_before_anything_is_allocated(tmp_path):
    head = {"header.npy": description()}
    refused(tmp_path, packed({**head, "mesh/0/vertices.npy": npy(np.array([{}], object))}), "kind")
    zeros = npy(np.zeros((1000, 3)))
    refused(tmp_path, packed({**head, "mesh/0/vertices.npy": zeros}, zipfile.ZIP_DEFLATED), "compressed")
    lie = zeros.replace(b"(1000, 3), }" + b" " * 10, b"(9999999999999, 3), }"[:12] + b" " * 10)
    lie = zeros.replace(b"(1000, 3)", b"(9000, 3)")
    refused(tmp_path, packed({**head, "mesh/0/vertices.npy": lie}), "promises")
    refused(tmp_path, packed({**head, "mesh/0/vertices.npy": npy(np.zeros((5, 2)))}), "shape")
    refused(tmp_path, packed({**head, "mesh/0/faces.npy": npy(np.zeros((5, 3)))}), "kind")
    refused(tmp_path, packed({**head, "mesh/0/odd.npy": npy(np.zeros((5, 3)))}), "unknown meaning")


@given(cut=st.floats(0, 1), noise=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=6))
def test_damaged_bundles_raise_nothing_else(tmp_path_factory, cut, noise):
    folder = tmp_path_factory.getbasetemp()
    if not (folder / "sound.npz").exists():
        write_bundle(folder / "sound.npz", scene_to_bundle(scene()))
    data = bytearray((folder / "sound.npz").read_bytes())
    for where, value in noise:
        data[int(where * len(data))] = value
    (folder / "cut.npz").write_bytes(bytes(data[: int((0.5 + cut) * len(data))]))
    with contextlib.suppress(BundleError):
        scene_from_bundle(read_bundle(folder / "cut.npz"))


@pytest.mark.parametrize(("change", "match"), [
    (lambda b: b.header["objects"][0].update(mesh=7), "refers to mesh 7"),
    (lambda b: b.header["objects"][0].update(name="b"), "name of their own"),
    (lambda b: b.header["objects"].pop(), "matrices"),
    (lambda b: b.arrays.update({"mesh/0/faces": np.array([[0, 1, 9]], np.int32)}), "do not exist"),
    (lambda b: b.arrays.update({"mesh/0/uvs": np.zeros((1, 3, 2))}), "another length"),
    (lambda b: b.arrays.update({"mesh/0/materials": np.array([5, 5], np.int32)}), "materials that do not exist"),
    (lambda b: b.header["cameras"][0].update(yfov="wide"), "numbers"),
    (lambda b: b.header["lights"][0].update(kind="moon"), "moon"),
    (lambda b: b.header.update(meshes=3), "list"),
])  # fmt: skip
def test_parts_that_do_not_fit_are_named(change, match):
    bundle = scene_to_bundle(scene())
    change(bundle)
    with pytest.raises(BundleError, match=match):
        scene_from_bundle(bundle)


def test_a_wrong_array_is_not_written(tmp_path):
    with pytest.raises(BundleError, match="shape"):
        write_bundle(tmp_path / "a.npz", Bundle({}, {"mesh/0/vertices": np.zeros((3, 2))}))
    assert not list(tmp_path.iterdir())
