"""Any Scene written as .glb comes back the same."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.gltf.corners import merge_corners
from sgvop_core.scene.gltf.write import write_glb
from sgvop_core.scene.load import load_scene
from sgvop_core.scene.model import Camera, Light, Material, Mesh, Scene, SceneObject, Texture

DEFAULT = (Material(),)


def square(name="square", materials=DEFAULT, **more) -> Mesh:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.25]], float)
    return Mesh(name, vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32), materials=materials, **more)


def rich_scene() -> Scene:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (4, 8, 4)).astype(np.uint8)
    textured = Material("paint", (0.5, 0.6, 0.7, 1), Texture("t", pixels, ("clamp", "mirror"), True), (0, 2, 0), "MASK", 0.25,
                        False, 0.3, 0.7)  # fmt: skip
    plain = Material("plain", (0.1, 0.2, 0.3, 0.4), alpha_mode="BLEND", unlit=True)
    normals = rng.normal(size=(2, 3, 3))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    mesh = square(
        materials=(textured, plain),
        corner_normals=normals,
        corner_uvs=rng.random((2, 3, 2)),
        corner_colours=rng.random((2, 3, 4)),
        face_materials=np.array([0, 1], np.int32),
    )
    parent = np.eye(4)
    parent[:3, :3] = [[1, 0.5, 0], [0, 2, 0], [0, 0, 3]]
    parent[:3, 3] = 1, 2, 3
    child = look_at((1.0, 2, 3), (0, 0, 0))
    return Scene(
        (
            SceneObject("table", parent, mesh),
            SceneObject("cup", child, mesh, parent="table"),
            SceneObject("ghost", np.eye(4), square("s"), hidden=True),
            SceneObject("seen", np.eye(4), square("s"), parent="ghost"),
            SceneObject("dot", np.eye(4) * [[0], [0], [0], [1]], None),
            SceneObject("on dot", np.eye(4), square("s"), parent="dot"),
        ),
        (
            Camera("A", look_at((3, 3, 3), (0, 0, 0)), 0.8, 1.7, 0.1, 50, (0.1, -0.2)),
            Camera("B", look_at((0, 0, 5), (0, 0, 0)), aspect=2.0, ortho_height=3.0),
        ),
        tuple(
            Light(k, k, look_at((1, 2, 3), (0, 0, 0)), (1, 0.5, 0.25), 2.5, (0.1, 0.3) if k == "spot" else (0, 0.785))
            for k in ("sun", "point", "spot", "area")
        ),
        (0.1, 0.2, 0.3),
        (0.4, 0.5, 0.6),
    )


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_everything_comes_back(tmp_path, suffix):
    scene = rich_scene()
    write_glb(scene, tmp_path / f"a.{suffix}")
    back = load_scene(tmp_path / f"a.{suffix}")
    assert {o.name for o in back.objects} == {o.name for o in scene.objects}
    for o in scene.objects:
        found = back.object(o.name)
        np.testing.assert_allclose(found.matrix_world, o.matrix_world, atol=1e-9)
        assert found.hidden == o.hidden
        if o.mesh is not None:
            np.testing.assert_allclose(found.mesh.triangles(), o.mesh.triangles(), atol=1e-6)
    assert back.object("cup").parent == "table" and back.object("cup").mesh is back.object("table").mesh
    mesh, found = scene.object("table").mesh, back.object("table").mesh
    for attribute in ("corner_normals", "corner_uvs", "corner_colours"):
        np.testing.assert_allclose(getattr(found, attribute), getattr(mesh, attribute), atol=1e-6)
    for a, b in zip(mesh.materials, found.materials, strict=True):
        assert (a.name, a.alpha_mode, a.double_sided, a.unlit) == (b.name, b.alpha_mode, b.double_sided, b.unlit)
        np.testing.assert_allclose((*a.base_colour, *a.emissive), (*b.base_colour, *b.emissive))
        assert (a.metallic, a.roughness) == (b.metallic, b.roughness)
    a, b = mesh.materials[0].texture, found.materials[0].texture
    np.testing.assert_array_equal(a.pixels, b.pixels)
    assert (a.name, a.wrap, a.nearest) == (b.name, b.wrap, b.nearest)
    for a, b in zip(scene.cameras, back.cameras, strict=True):
        assert (a.name, a.yfov if a.ortho_height is None else 0, a.near, a.far) == (
            b.name, b.yfov if b.ortho_height is None else 0, b.near, b.far)  # fmt: skip
        assert (a.shift, a.ortho_height, a.aspect) == (b.shift, b.ortho_height, b.aspect)
        np.testing.assert_allclose(a.matrix_world, b.matrix_world, atol=1e-9)
    for a, b in zip(scene.lights, back.lights, strict=True):
        assert (a.name, a.kind, a.colour) == (b.name, b.kind, b.colour) and math.isclose(a.strength, b.strength)
        np.testing.assert_allclose(a.matrix_world, b.matrix_world, atol=1e-9)
    assert (back.ambient, back.background) == (scene.ambient, scene.background)


def test_the_panels_settings_in_blender_are_not_replaced_by_an_import(tmp_path):
    """Blender makes custom properties of a scene's extras, and those of the panel are in the scene's "sgvop"."""
    write_glb(rich_scene(), tmp_path / "a.gltf")
    (shown,) = json.loads((tmp_path / "a.gltf").read_text("utf-8"))["scenes"]
    assert "sgvop" not in shown["extras"]


def test_writing_twice_gives_the_same_bytes(tmp_path):
    for name in ("a.glb", "b.glb"):
        write_glb(rich_scene(), tmp_path / name)
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_an_empty_scene_and_a_mesh_without_faces_are_sound_files(tmp_path):
    write_glb(Scene(), tmp_path / "a.glb")
    assert load_scene(tmp_path / "a.glb").objects == ()
    empty = Mesh("m", np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    write_glb(Scene((SceneObject("o", np.eye(4), empty),)), tmp_path / "b.glb")
    assert load_scene(tmp_path / "b.glb").objects[0].mesh is None


def test_shared_vertices_are_written_once(tmp_path):
    write_glb(Scene((SceneObject("o", np.eye(4), square()),)), tmp_path / "a.glb")
    assert len(load_scene(tmp_path / "a.glb").objects[0].mesh.vertices) == 4


def test_an_independent_reader_agrees(tmp_path):
    import trimesh

    scene = rich_scene()
    write_glb(scene, tmp_path / "a.glb")
    other = trimesh.load(tmp_path / "a.glb", process=False)
    points = other.to_mesh().vertices
    ours = scene.world_mesh(o for o in scene.objects if o.name in ("table", "cup"))
    y_up = np.stack([ours.vertices[:, 0], ours.vertices[:, 2], -ours.vertices[:, 1]], 1)
    for p in y_up:
        assert np.abs(points - p).max(1).min() < 1e-5


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 5))
def test_joined_corners_are_the_same_corners(seed, count, kinds):
    rows = np.random.default_rng(seed).integers(0, kinds, (count, 3)).astype(np.float32)
    distinct, index = merge_corners(rows)
    np.testing.assert_array_equal(distinct[index], rows)
    assert len(distinct) == len(np.unique(rows, axis=0))
