"""Dropping and resolving: an object that hovers or is stuck in a surface is what users complain of first."""

from __future__ import annotations

import geometry_shapes as shapes
import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from physical_scenes import floor, setting

from sgvop_core.guidance.physical import SupportPolicy, probe_of
from sgvop_core.placement import resolve
from sgvop_core.placement.check import check_pose
from sgvop_core.placement.resolve import drop_batch, resolve_pose
from sgvop_core.pose import PoseSpace

CUBE = shapes.box((0.2, 0.2, 0.2))
REST = SupportPolicy("rest")


def referee(geometry, body, matrix) -> bool:
    """Whether FCL, through trimesh and on the whole meshes, finds surfaces that meet."""
    manager = trimesh.collision.CollisionManager()
    for index, name in enumerate(geometry.names):
        static = geometry.object_mesh(index)
        manager.add_object(name, trimesh.Trimesh(static.vertices, static.faces, process=False))
    posed = body.mesh.transformed(matrix)
    return bool(manager.in_collision_single(trimesh.Trimesh(posed.vertices, posed.faces, process=False)))


def lowest_gap(geometry, body, matrix) -> float:
    """Distance to the nearest static surface, by libigl."""
    points = body.mesh.transformed(matrix)
    samples = trimesh.Trimesh(points.vertices, points.faces, process=False).sample(3000, seed=0)
    samples = np.concatenate([samples, points.vertices])
    return min(abs(geometry.object_field(i).exact(samples)[0]).min() for i in range(len(geometry.static)))


def space(geometry, locks=()) -> PoseSpace:
    zero = torch.zeros(3)
    return PoseSpace(zero, torch.as_tensor(geometry.room), torch.eye(3)[None], zero, locks=frozenset(locks))


def test_drop_batch_lands_each_on_what_is_below_it_with_a_gap():
    geometry, body = setting(CUBE, floor(), shapes.place(shapes.table(), "table"))
    moved, names = drop_batch(
        geometry,
        body,
        np.stack([shapes.moved(*p) for p in ((0, 0, 2), (0, 0, 0.4), (2, 2, 1), (0.65, 0, 2), (9, 9, 1), (0, 0, 0.8))]),
    )
    assert names == ["table", "floor", "floor", "table", None, "table"]
    assert moved[:, 2, 3] == pytest.approx([0.8503, 0.1003, 0.1003, 0.8503, 1.0, 0.8503], abs=1e-6)
    assert np.array_equal(moved[:, :2, 3], [[0, 0], [0, 0], [2, 2], [0.65, 0], [9, 9], [0, 0]])


def test_drop_batch_under_tilt_and_scale_touches_with_its_lowest_corner():
    geometry, body = setting(CUBE, floor())
    tilted = trimesh.transformations.rotation_matrix(np.pi / 4, (1, 0, 0)) @ np.diag([1.5, 1.5, 1.5, 1])
    tilted[2, 3] = 3
    moved, _ = drop_batch(geometry, body, tilted[None])
    assert moved[0, 2, 3] == pytest.approx(0.15 * 2**0.5 + 0.0003, abs=1e-5)


def test_thin_spikes_between_the_rays_still_hold_it_up():
    spike = trimesh.creation.cone(radius=0.004, height=0.1, sections=5)
    geometry, body = setting(CUBE, floor(), shapes.place(spike, "nail", (0.0137, 0.0171, 0)))
    matrix = resolve_pose(geometry, body, shapes.moved(0, 0, 0.6), REST)
    assert matrix[2, 3] == pytest.approx(0.2003, abs=2e-4)
    assert not referee(geometry, body, matrix)


def test_crossed_edges_are_not_cut():
    ridge = trimesh.creation.cylinder(radius=0.05, height=0.5, sections=3)
    ridge.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (0, 1, 0)))
    ridge.apply_translation((0, 0, 0.1))
    thing = trimesh.creation.cylinder(radius=0.05, height=0.5, sections=3)
    thing.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (1, 0, 0)))
    geometry, body = setting(thing, floor(), shapes.place(ridge, "ridge"))
    matrix = resolve_pose(geometry, body, shapes.moved(0.013, 0.011, 0.5), REST)
    assert not referee(geometry, body, matrix)
    assert lowest_gap(geometry, body, matrix) < 0.01


def test_stuck_in_a_wall_it_is_pushed_out_sideways_by_little():
    wall = shapes.place(shapes.box((0.2, 2, 2), (-1, 0, 1)), "wall")
    geometry, body = setting(CUBE, floor(), wall)
    start = shapes.moved(-0.84, 0, 0.13)
    matrix = resolve_pose(geometry, body, start, REST, space(geometry))
    checks = check_pose(geometry, body, matrix, None, (), REST)
    assert checks.complete and not referee(geometry, body, matrix)
    assert matrix[0, 3] == pytest.approx(-0.8, abs=0.01) and abs(matrix[1, 3]) < 0.03


def test_floating_things_are_pushed_out_but_not_dropped():
    geometry, body = setting(CUBE, floor(), shapes.place(shapes.table(), "table"))
    policy = SupportPolicy("none")
    free = shapes.moved(0, 0, 1.5)
    assert np.array_equal(resolve_pose(geometry, body, free, policy), free)
    out = resolve_pose(geometry, body, shapes.moved(0, 0, 0.84), policy)
    assert not referee(geometry, body, out) and out[2, 3] > 0.85


def test_locked_channels_stay():
    wall = shapes.place(shapes.box((0.2, 2, 2), (-1, 0, 1)), "wall")
    geometry, body = setting(CUBE, floor(), wall)
    start = shapes.moved(-0.84, 0.1, 0.5)
    held = resolve_pose(geometry, body, start, REST, space(geometry, ["location.z", "location.y"]))
    assert held[2, 3] == 0.5 and held[1, 3] == 0.1 and held[0, 3] > -0.8 and not referee(geometry, body, held)
    stuck = resolve_pose(geometry, body, start, REST, space(geometry, [f"location.{a}" for a in "xyz"]))
    assert np.array_equal(stuck, start)


def test_lean_slides_to_the_wall():
    wall = shapes.place(shapes.box((0.2, 2, 2), (-1, 0, 1)), "wall")
    geometry, body = setting(CUBE, floor(), wall)
    policy = SupportPolicy("lean", ("wall",))
    matrix = resolve_pose(geometry, body, shapes.moved(-0.7, 0, 0.3), policy, space(geometry))
    assert check_pose(geometry, body, matrix, None, (), policy).complete and not referee(geometry, body, matrix)


def test_with_nothing_around_the_pose_stays():
    geometry, body = setting(CUBE)
    assert np.array_equal(resolve_pose(geometry, body, shapes.moved(1, 2, 3), REST), shapes.moved(1, 2, 3))


@settings(max_examples=25)
@given(st.integers(0, 100_000))
def test_on_random_heaps_it_ends_supported_and_free(seed):
    rng = np.random.default_rng(seed)
    heap = []
    for index in range(6):
        block = shapes.box(rng.uniform(0.05, 0.5, 3))
        block.apply_transform(trimesh.transformations.random_rotation_matrix(rng.random(3)))
        heap.append(shapes.place(block, f"block{index}", (*rng.uniform(-0.4, 0.4, 2), rng.uniform(0, 0.3))))
    geometry, body = setting(shapes.ball(0.12, 2) if seed % 2 else CUBE, floor(), *heap)
    matrix = resolve_pose(geometry, body, shapes.moved(*rng.uniform(-0.5, 0.5, 2), rng.uniform(0.2, 1.2)), REST)
    checks = check_pose(geometry, body, matrix, None, (), REST)
    assert not referee(geometry, body, matrix)
    assert checks.penetration <= checks.tolerance
    assert checks.supported and lowest_gap(geometry, body, matrix) < 0.012


@settings(max_examples=15)
@given(st.integers(0, 100_000))
def test_on_uneven_ground_it_ends_supported_and_free(seed):
    rng = np.random.default_rng(seed)
    n = 24
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, n), np.linspace(-1.5, 1.5, n))
    z = 0.15 * np.sin(3 * x + rng.uniform(0, 6)) * np.cos(2.5 * y + rng.uniform(0, 6))
    index = np.arange(n * n).reshape(n, n)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel(), index[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    ground = trimesh.Trimesh(np.stack([x.ravel(), y.ravel(), z.ravel()], 1), faces, process=False)
    geometry, body = setting(CUBE, shapes.place(ground, "ground"))
    matrix = resolve_pose(geometry, body, shapes.moved(*rng.uniform(-1, 1, 2), rng.uniform(-0.1, 0.8)), REST)
    checks = check_pose(geometry, body, matrix, None, (), REST)
    assert not referee(geometry, body, matrix) and checks.supported and checks.penetration <= checks.tolerance
    assert probe_of(body) is probe_of(body)


def test_bodies_of_very_many_triangles_are_resolved_alike(monkeypatch):
    wall = shapes.place(shapes.box((0.2, 2, 2), (-1, 0, 1)), "wall")
    geometry, body = setting(shapes.ball(0.1, 5), floor(), wall, shapes.place(shapes.table(), "table"))
    starts = [shapes.moved(-0.82, 0.2, 0.3), shapes.moved(0.1, 0.1, 0.72), shapes.moved(0.55, 0.35, 0.4)]
    whole = [resolve_pose(geometry, body, s, REST) for s in starts]
    monkeypatch.setattr(resolve, "SETTINGS", resolve.ResolveSettings(whole=100))
    banded = [resolve_pose(geometry, body, s, REST) for s in starts]
    assert np.array_equal(whole, banded)
    assert not any(referee(geometry, body, m) for m in banded)


def test_a_hull_of_thousands_of_corners_is_cut_down_but_not_short():
    _, body = setting(shapes.ball(1.0, 6))
    hull = probe_of(body).hull
    assert len(hull) <= 1500
    ways = np.random.default_rng(0).standard_normal((500, 3))
    reach = (hull @ (ways / np.linalg.norm(ways, axis=1, keepdims=True)).T).max(0)
    assert reach.min() > 0.997
