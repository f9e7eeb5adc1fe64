"""Triangles against triangles, with the cut to those that can meet: losing a pair would hide a collision."""

from __future__ import annotations

import geometry_shapes as shapes
import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.scene.collision import MovingCollider, clearance, collides, near_each_other


def triangles(shape):
    return shapes.mesh(shape).triangles()


def test_boxes_meet_exactly_when_their_surfaces_do():
    a = triangles(shapes.box((1, 1, 1)))
    assert collides(a, triangles(shapes.box((1, 1, 1), (0.9, 0.1, 0.2))))
    assert not collides(a, triangles(shapes.box((1, 1, 1), (1.001, 0, 0))))
    assert not collides(a, triangles(shapes.box((0.2, 0.2, 0.2))))  # wholly inside: no surfaces meet
    assert clearance(a, triangles(shapes.box((1, 1, 1), (1.25, 0, 0)))) == pytest.approx(0.25)


@given(st.integers(0, 10_000))
def test_cut_loses_no_pair_that_meets(seed):
    rng = np.random.default_rng(seed)
    a = triangles(shapes.ball(0.5, 2)) + rng.uniform(-0.3, 0.3, 3)
    shape = shapes.box(rng.uniform(0.05, 1.5, 3))
    shape.apply_transform(trimesh.transformations.random_rotation_matrix(rng.random(3)))
    b = triangles(shape) + rng.uniform(-0.8, 0.8, 3)
    whole = trimesh.collision.CollisionManager()
    whole.add_object("a", trimesh.Trimesh(a.reshape(-1, 3), np.arange(3 * len(a)).reshape(-1, 3), process=False))
    whole.add_object("b", trimesh.Trimesh(b.reshape(-1, 3), np.arange(3 * len(b)).reshape(-1, 3), process=False))
    assert collides(a, b) == whole.in_collision_internal()


def test_cut_keeps_few_of_many_triangles():
    a = triangles(shapes.ball(1.0, 5))
    b = triangles(shapes.ball(1.0, 5)) + np.array([1.95, 0, 0])
    kept, other = near_each_other(a, b)
    assert 0 < len(kept) < 0.1 * len(a) and 0 < len(other) < 0.1 * len(b)


def test_moving_collider_follows_the_offset():
    collider = MovingCollider(triangles(shapes.box((1, 1, 1))), triangles(shapes.box((1, 1, 1), (3, 0, 0))))
    assert not collider.hits(np.zeros(3)) and collider.hits(np.array([2.5, 0, 0]))
    assert collider.distance(np.array([1.0, 0, 0])) == pytest.approx(1.0)


@given(st.integers(0, 10_000))
def test_clearance_is_the_same_when_far_triangles_are_left_out(seed):
    rng = np.random.default_rng(seed)
    a = triangles(shapes.ball(0.5, 2)) + rng.uniform(-1.0, 1.0, 3)
    shape = shapes.box(rng.uniform(0.05, 1.5, 3))
    shape.apply_transform(trimesh.transformations.random_rotation_matrix(rng.random(3)))
    b = triangles(shape) + rng.uniform(-2.0, 2.0, 3)
    whole = clearance(a, b)
    assert clearance(a, b, whole) == pytest.approx(whole, abs=1e-12)
    assert clearance(a, b, whole + rng.random()) == pytest.approx(whole, abs=1e-12)
