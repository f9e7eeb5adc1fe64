"""Surface samples and which parts of a mesh enclose a volume."""

from __future__ import annotations

import geometry_shapes as shapes
import numpy as np
import pytest
import trimesh

from sgvop_core.scene.model import Mesh
from sgvop_core.scene.surfaces import find_parts, sample_surface


def test_samples_lie_on_the_surface_evenly_by_area():
    cube = shapes.mesh(shapes.box((1, 2, 4)))
    samples = sample_surface(cube, 2800, np.random.default_rng(0))
    assert samples.area == pytest.approx(2 * (2 + 4 + 8))
    half = np.array([0.5, 1, 2])
    assert np.abs(np.abs(samples.points) / half).max(1) == pytest.approx(1.0)
    on_x = np.abs(np.abs(samples.points[:, 0]) - 0.5) < 1e-9
    assert on_x.sum() == pytest.approx(2800 * 16 / 28, abs=4)  # stratified: not off by a random sqrt(N)
    assert np.abs(samples.points.mean(0)).max() < 0.02


def test_spread_within_a_single_large_face_leaves_no_hole():
    samples = sample_surface(shapes.mesh(shapes.sheet(1, 1)), 400, np.random.default_rng(1))
    across = np.linspace(-0.5, 0.5, 30)
    x, y = np.meshgrid(across, across)
    gap = np.linalg.norm(samples.points[:, None, :2] - np.stack([x.ravel(), y.ravel()], 1)[None], axis=2).min(0)
    assert gap.max() < 0.1  # independent random points leave holes of about 0.14


def test_same_seed_same_samples():
    a, b = (sample_surface(shapes.mesh(shapes.ball()), 50, np.random.default_rng(3)).points for _ in range(2))
    assert np.array_equal(a, b)


def test_degenerate_and_empty_meshes_give_finite_samples():
    flat = Mesh("flat", np.zeros((3, 3)), np.array([[0, 1, 2]], np.int32))
    assert np.isfinite(sample_surface(flat, 5, np.random.default_rng(0)).points).all()
    none = Mesh("none", np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    assert len(sample_surface(none, 5, np.random.default_rng(0)).points) == 0


def split_seams(shape: trimesh.Trimesh) -> Mesh:
    """Every face with vertices of its own, as files with sharp normals have them."""
    corners = np.asarray(shape.triangles).reshape(-1, 3)
    return Mesh("split", corners, np.arange(len(corners), dtype=np.int32).reshape(-1, 3))


def test_parts_are_welded_counted_and_measured():
    two = trimesh.util.concatenate([shapes.box((1, 1, 1)), shapes.box((2, 1, 1), (5, 0, 0))])
    parts = find_parts(split_seams(two))
    assert parts.closed.tolist() == [True, True]
    assert sorted(parts.volume) == pytest.approx([1.0, 2.0])
    assert len(parts.vertices) == 16


def test_open_things_are_not_closed_but_small_holes_are():
    tube = trimesh.creation.cylinder(radius=0.3, height=1.0, sections=24)
    ends = np.abs(tube.face_normals[:, 2]) > 0.9
    pipe = trimesh.Trimesh(tube.vertices, tube.faces[~ends], process=False)
    rod = trimesh.creation.cylinder(radius=0.02, height=1.0, sections=24)
    capless = trimesh.Trimesh(rod.vertices, rod.faces[~(rod.face_normals[:, 2] < -0.9)], process=False)
    crate = shapes.box((1, 1, 1))
    crate = trimesh.Trimesh(crate.vertices, crate.faces[~(crate.face_normals[:, 2] > 0.9)], process=False)
    for shape, closed in ((pipe, False), (capless, True), (crate, False), (shapes.sheet(1, 1), False)):
        assert find_parts(shapes.mesh(shape)).closed.tolist() == [closed]


def test_a_doubled_sheet_encloses_nothing():
    sheet = shapes.sheet(1, 1)
    both = trimesh.Trimesh(sheet.vertices, np.concatenate([sheet.faces, sheet.faces[:, ::-1]]), process=False)
    assert find_parts(shapes.mesh(both)).closed.tolist() == [False]
