"""Real meshes that no one here made; only where the data folder lies beside the repository."""

from pathlib import Path

import numpy as np
import pytest

from sgvop_core.scene.load import load_scene
from sgvop_core.scene.write import write_glb, write_placed

MESHES = Path(__file__).resolve().parents[3] / "shared" / "data" / "meshes"
pytestmark = pytest.mark.skipif(not MESHES.is_dir(), reason="the development data are not here")


def test_the_cow_stands_up_with_its_texture(tmp_path):
    scene = load_scene(MESHES / "cow.obj")
    cow = scene.object("cow")
    assert len(cow.mesh.faces) == 5856 and cow.mesh.materials[0].texture.pixels.shape == (1024, 1024, 4)
    low, high = scene.bounds()
    assert high[2] - low[2] > high[0] - low[0], "higher than wide"
    write_glb(scene, tmp_path / "cow.glb")
    back = load_scene(tmp_path / "cow.glb").object("cow")
    np.testing.assert_allclose(back.mesh.corner_uvs, cow.mesh.corner_uvs, atol=1e-6)
    np.testing.assert_array_equal(back.mesh.materials[0].texture.pixels, cow.mesh.materials[0].texture.pixels)


@pytest.mark.parametrize("name", ["painted_wooden_stool", "painted_wooden_cabinet_02"])
def test_furniture_is_in_metres_and_its_file_survives_a_move(tmp_path, name):
    scene = load_scene(MESHES / f"{name}.gltf")
    low, high = scene.bounds()
    assert low[2] == pytest.approx(0, abs=0.01) and 0.3 < high[2] < 3 and not scene.notes
    delta = np.eye(4)
    delta[:3, 3] = 1, 2, 0
    write_placed(scene, {name: delta}, tmp_path / "out.gltf")
    write_placed(scene, {name: delta}, tmp_path / "out.glb")
    for out in ("out.gltf", "out.glb"):
        placed = load_scene(tmp_path / out)
        np.testing.assert_allclose(placed.object(name).matrix_world[:3, 3], [1, 2, 0], atol=1e-9)
        assert placed.object(name).mesh.materials[0].texture is not None


def test_the_teapot_and_the_furniture_are_one_scene():
    scene = load_scene([MESHES / "utah_teapot.obj", MESHES / "painted_wooden_stool.gltf"])
    assert {o.name for o in scene.objects} == {"utah_teapot", "painted_wooden_stool"}
    assert len(scene.object("utah_teapot").mesh.faces) == 6320
