"""Signed distances: their sign decides what counts as penetration, their gradient how a pose is pushed out."""

from __future__ import annotations

import geometry_shapes as shapes
import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.scene.distance import DistanceField
from sgvop_core.scene.model import Mesh


def box_distance(points: np.ndarray, size) -> np.ndarray:
    """Closed form of a centred box."""
    q = np.abs(points) - np.asarray(size) / 2
    return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0)


def test_box_matches_the_closed_form():
    size = (1.0, 2.0, 0.5)
    field = DistanceField(shapes.mesh(shapes.box(size)))
    points = np.random.default_rng(0).uniform(-2, 2, (2000, 3))
    distance, closest, face = field.exact(points)
    assert distance == pytest.approx(box_distance(points, size), abs=1e-9)
    assert np.linalg.norm(points - closest, axis=1) == pytest.approx(np.abs(distance), abs=1e-9)
    assert field.closed and field.solid and (face >= 0).all()


def test_inward_normals_do_not_turn_the_sign():
    cube = shapes.box((1, 1, 1))
    field = DistanceField(Mesh("m", np.asarray(cube.vertices), np.asarray(cube.faces)[:, ::-1].astype(np.int32)))
    assert field.exact([[0, 0, 0], [0.9, 0, 0]])[0] == pytest.approx([-0.5, 0.4])


def test_a_cavity_is_outside():
    inner = shapes.box((1, 1, 1))
    inner.invert()
    field = DistanceField(shapes.mesh(trimesh.util.concatenate([shapes.box((2, 2, 2)), inner])))
    assert field.exact([[0, 0, 0], [0.7, 0, 0]])[0] == pytest.approx([0.5, -0.2])


def test_overlapping_parts_are_inside_once():
    both = trimesh.util.concatenate([shapes.box((1, 1, 1)), shapes.box((1, 1, 1), (0.5, 0, 0))])
    inside = DistanceField(shapes.mesh(both)).inside([[0.25, 0, 0], [-0.4, 0, 0], [2, 0, 0]])
    assert inside.tolist() == [True, True, False]


def test_an_open_sheet_is_positive_on_both_sides():
    field = DistanceField(shapes.mesh(shapes.sheet(2, 2)))
    assert field.exact([[0, 0, 0.3], [0, 0, -0.3]])[0] == pytest.approx([0.3, 0.3])
    assert not field.closed and not field.solid


def test_gradient_is_the_direction_away_from_the_closest_point():
    field = DistanceField(shapes.mesh(shapes.box((1, 2, 0.5))))
    points = torch.as_tensor(np.random.default_rng(1).uniform(-1.5, 1.5, (200, 3))).requires_grad_(True)
    field.signed(points).sum().backward()
    step = 1e-6
    for axis in range(3):
        shift = np.zeros(3)
        shift[axis] = step
        flat = points.detach().numpy()
        slope = (box_distance(flat + shift, (1, 2, 0.5)) - box_distance(flat - shift, (1, 2, 0.5))) / (2 * step)
        assert points.grad[:, axis].numpy() == pytest.approx(slope, abs=1e-4)


def test_gradient_on_the_surface_is_the_normal():
    field = DistanceField(shapes.mesh(shapes.box((1, 1, 1))))
    point = torch.tensor([[0.1, 0.2, 0.5]], dtype=torch.float64, requires_grad=True)
    field.signed(point).sum().backward()
    assert point.grad[0].tolist() == pytest.approx([0, 0, 1])


def test_grid_keeps_the_sign_of_a_top_thinner_than_its_cell():
    field = DistanceField(shapes.mesh(shapes.table()))
    grid = field.grid()
    assert grid.cell > 0.01
    points = torch.tensor([[0.2, 0.1, 0.74], [0.2, 0.1, 0.5], [0.2, 0.1, 0.76], [3.0, 0.0, 9.0]])
    value = grid(points)
    assert value[:3].tolist() == pytest.approx([-0.01, field.exact(points[1:2].numpy())[0][0], 0.01], abs=2e-3)
    assert torch.isfinite(value).all() and float(value[3]) > 5


def test_grid_error_is_within_its_bound():
    field = DistanceField(shapes.mesh(shapes.ball()))
    points = torch.as_tensor(np.random.default_rng(2).uniform(-1.05, 1.05, (4000, 3)), dtype=torch.float32)
    exact = field.exact(points.numpy())[0]
    grid = field.grid(refine=False)
    assert np.abs(grid(points).numpy() - exact).max() < grid.error
    refined = field.grid()(points).numpy()
    near = np.abs(exact) < 0.5 * grid.error
    assert np.abs(refined - exact)[near].max() < 1e-5


def test_far_points_have_a_gradient_towards_the_mesh():
    grid = DistanceField(shapes.mesh(shapes.ball())).grid()
    point = torch.tensor([[40.0, 0.0, 0.0]], requires_grad=True)
    grid(point).sum().backward()
    assert float(point.grad[0, 0]) == pytest.approx(1.0, abs=0.05)


def test_an_empty_mesh_is_far_away():
    field = DistanceField(Mesh("none", np.zeros((0, 3)), np.zeros((0, 3), np.int32)))
    assert np.isinf(field.exact([[0, 0, 0]])[0]).all()
    assert torch.isfinite(field.grid()(torch.zeros(2, 3))).all()


@given(st.floats(0.05, 3.0), st.tuples(*[st.floats(-5, 5)] * 3))
def test_scaling_and_moving_a_ball_scales_and_moves_its_distance(radius, at):
    shape = shapes.ball(radius, 2)
    shape.apply_translation(at)
    field = DistanceField(shapes.mesh(shape))
    centre, outside = field.exact([at, np.asarray(at) + [2 * radius, 0, 0]])[0]
    assert -1.001 * radius <= centre <= -0.93 * radius
    assert 0.999 * radius <= outside <= 1.1 * radius
