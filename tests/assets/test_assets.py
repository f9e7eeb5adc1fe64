"""Assets are what they are said to be: whole, textured, of real size, standing on the floor, repeatable."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from sgvop_core.assets import asset_kinds, build_asset, placed
from sgvop_core.assets.registry import KINDS
from sgvop_core.errors import SettingsError
from sgvop_core.scene.model import Mesh, Scene


def closed(mesh: Mesh) -> bool:
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    return bool(solid.is_watertight and solid.is_winding_consistent and solid.volume > 0)


@pytest.mark.parametrize("kind", asset_kinds())
@pytest.mark.parametrize("seed", [0, 3])
def test_asset_is_sound(kind: str, seed: int) -> None:
    objects = build_asset(kind, seed)
    assert objects[0].name == kind.capitalize() and objects[0].parent is None
    assert all(o.parent == objects[0].name for o in objects[1:])
    box = Scene(tuple(objects)).bounds()
    low, high = KINDS[kind].size
    assert low <= float(np.ptp(box, axis=0).max()) <= high
    assert abs(box[0, 2]) < 1e-9 and (box[0, :2] < 0).all() and (box[1, :2] > 0).all()
    for o in objects:
        mesh = o.mesh
        assert mesh is not None and mesh.corner_uvs is not None and mesh.corner_normals is not None
        assert np.isfinite(mesh.vertices).all() and np.isfinite(mesh.corner_uvs).all()
        assert np.abs(mesh.corner_uvs).max() < 60
        assert np.allclose(np.linalg.norm(mesh.corner_normals, axis=-1), 1, atol=1e-6)
        assert mesh.faces.max() < len(mesh.vertices) and mesh.material_ids().max() < len(mesh.materials)
        corners = mesh.triangles()
        face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (np.einsum("fi,fki->fk", face, mesh.corner_normals) >= -1e-12).all(), "a normal points into its face"
        if KINDS[kind].solid:
            assert closed(mesh), f"{o.name} is not a closed solid"
    textured = any(m.texture is not None for o in objects if o.mesh for m in o.mesh.materials)
    assert textured or kind == "toy car"


@pytest.mark.parametrize("kind", asset_kinds())
def test_same_seed_same_asset_other_seed_another(kind: str) -> None:
    def print_of(seed: int) -> list[np.ndarray]:
        meshes = [o.mesh for o in build_asset(kind, seed) if o.mesh is not None]
        pictures = [m.texture.pixels for mesh in meshes for m in mesh.materials if m.texture is not None]
        return [mesh.vertices for mesh in meshes] + pictures

    first, again, other = print_of(1), print_of(1), print_of(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    same = len(first) == len(other) and all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert not same


VESSELS = (
    "mug",
    "bowl",
    "vase",
    "basket",
    "crate",
    "box",
    "cup",
    "glass",
    "jug",
    "pot",
    "jar",
    "tray",
    "bucket",
    "bathtub",
    "bag",
)


@pytest.mark.parametrize("kind", VESSELS)
def test_vessels_are_hollow(kind: str) -> None:
    # A thing dropped into the middle from above lands on the floor of the vessel, not on a lid.
    mesh = build_asset(kind, 0)[0].mesh
    assert mesh is not None
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    height = float(mesh.vertices[:, 2].max())
    hits, _, _ = solid.ray.intersects_location([[0.003, 0.002, 1.0]], [[0.0, 0.0, -1.0]])
    assert hits[:, 2].max() < 0.3 * height


def test_a_mug_is_thin_walled_and_colour_words_show() -> None:
    mug = build_asset("mug", 0, colour="blue")[0].mesh
    assert mug is not None
    solid = trimesh.Trimesh(mug.vertices, mug.faces, process=False)
    assert solid.volume < 0.4 * solid.convex_hull.volume
    pixels = mug.materials[0].texture.pixels if mug.materials[0].texture else np.zeros((1, 1, 4))
    red, _, blue = pixels[..., :3].reshape(-1, 3).mean(0)
    assert blue > 1.5 * red


def test_unknown_kinds_and_variants_say_so() -> None:
    with pytest.raises(SettingsError, match="did you mean 'mug'"):
        build_asset("mugg")
    with pytest.raises(SettingsError, match="asset 'mug' cannot be built"):
        build_asset("mug", 0, handles=3)
    with pytest.raises(SettingsError, match="asset 'mug' cannot be built"):
        build_asset("mug", 0, colour="plaid")


def test_placed_turns_then_shifts() -> None:
    car = placed(build_asset("toy car", 0), x=1.0, y=2.0, z=0.5, yaw=90)
    start = Scene(tuple(build_asset("toy car", 0))).bounds()
    moved = Scene(tuple(car)).bounds()
    assert moved[0, 2] == pytest.approx(0.5)
    assert np.ptp(moved, axis=0)[:2] == pytest.approx(np.ptp(start, axis=0)[[1, 0]], rel=0.05)
