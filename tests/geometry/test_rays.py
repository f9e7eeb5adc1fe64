"""Rays: a wrong distance would leave objects hovering or sunk in."""

from __future__ import annotations

import builtins

import geometry_shapes as shapes
import numpy as np
import pytest

from sgvop_core.scene.rays import RayCaster


@pytest.fixture(params=["embree", "trimesh"])
def caster(request, monkeypatch):
    """Both engines must answer alike."""
    if request.param == "trimesh":
        real = builtins.__import__

        def without_embree(name, *args, **kwargs):
            if name.startswith("embreex"):
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without_embree)
    return RayCaster


def test_first_hit_on_a_box_is_exact(caster):
    rays = caster(shapes.mesh(shapes.box((2, 2, 2), (100.0, -50.0, 3.0))).triangles())
    hits = rays.first_hit([[100.3, -50.2, 10.0], [100.3, -50.2, 1000.0], [0, 0, 0]], [[0, 0, -2.0]] * 3)
    assert hits.distance[:2] == pytest.approx([6.0, 996.0], abs=1e-9)
    assert np.isinf(hits.distance[2]) and hits.face[2] == -1 and np.isnan(hits.point[2]).all()
    assert hits.normal[0] == pytest.approx([0, 0, 1]) and hits.point[0] == pytest.approx([100.3, -50.2, 4.0])


def test_hits_beyond_the_limit_are_misses(caster):
    rays = caster(shapes.mesh(shapes.box((1, 1, 1))).triangles())
    start, way = np.array([[0.1, 0.05, 3.0]] * 2), np.array([[0, 0, -1.0]] * 2)
    assert rays.first_hit(start, way, np.array([2.4, 2.6])).hit.tolist() == [False, True]


def test_all_hits_counts_every_layer_once_and_in_order(caster):
    stack = [shapes.box((1, 1, 0.1), (0, 0, z)) for z in (0.0, 0.5, 1.0)]
    rays = caster(np.concatenate([shapes.mesh(s).triangles() for s in stack]))
    hits = rays.all_hits([[0.13, 0.07, 2.0], [5.0, 5.0, 2.0], [0.2, 0.1, 0.7]], [[0, 0, -1.0]] * 3)
    assert hits.point[hits.ray == 0, 2] == pytest.approx([1.05, 0.95, 0.55, 0.45, 0.05, -0.05])
    assert not (hits.ray == 1).any()
    assert hits.point[hits.ray == 2, 2] == pytest.approx([0.55, 0.45, 0.05, -0.05])


def test_blocked_sees_between_but_not_behind(caster):
    rays = caster(shapes.mesh(shapes.box((1, 1, 0.1))).triangles())
    start = np.array([[0.1, 0.2, 1.0]] * 2)
    assert rays.blocked(start, np.array([[0.1, 0.2, -1.0], [0.1, 0.2, 0.05]])).tolist() == [True, False]


def test_no_triangles_and_broken_rays_are_misses(caster):
    assert not caster(np.zeros((0, 3, 3))).first_hit([[0, 0, 0]], [[0, 0, 1.0]]).hit.any()
    rays = caster(shapes.mesh(shapes.box((1, 1, 1))).triangles())
    assert not rays.first_hit([[np.nan, 0, 0], [0, 0, 5]], [[0, 0, 1.0], [0, 0, 0]]).hit.any()
