"""Poses: the formulas of the design, and the space that maps free parameters to them and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.errors import NoValidPose, SettingsError
from sgvop_core.pose import (
    Pose,
    PoseSpace,
    decompose,
    euler_from_rotation,
    rotation_from_euler,
    rotation_from_vector,
    vector_from_rotation,
)

finite = st.floats(-3, 3, allow_nan=False, width=32)
triples = st.tuples(finite, finite, finite)


def space(**changes: object) -> PoseSpace:
    base: dict = {
        "pivot": torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64),
        "position_bounds": torch.tensor([[-2.0, -1.0, 0.0], [2.0, 3.0, 2.5]], dtype=torch.float64),
        "rotation_base": rotation_from_euler(torch.tensor([[0.2, -0.1, 0.4]], dtype=torch.float64)),
        "rest_position": torch.tensor([0.5, 0.5, 0.5], dtype=torch.float64),
    }
    return PoseSpace(**{**base, **changes})


@given(triples)
def test_rotation_vectors_give_rotations(vector: tuple[float, float, float]) -> None:
    r = rotation_from_vector(torch.tensor(vector, dtype=torch.float64))
    assert torch.allclose(r @ r.T, torch.eye(3, dtype=torch.float64), atol=1e-9)
    assert torch.det(r).item() == pytest.approx(1, abs=1e-9)
    again = rotation_from_vector(vector_from_rotation(r))
    assert torch.allclose(again, r, atol=1e-6)


@given(triples)
def test_euler_angles_come_back(angles: tuple[float, float, float]) -> None:
    r = rotation_from_euler(torch.tensor(angles, dtype=torch.float64)).numpy()
    back = rotation_from_euler(torch.as_tensor(euler_from_rotation(r))).numpy()
    assert np.allclose(back, r, atol=1e-7)


def test_euler_order_is_blenders() -> None:
    r = rotation_from_euler(torch.tensor([math.pi / 2, 0.0, math.pi / 2], dtype=torch.float64)).numpy()
    # First about X (y -> z), then about the world's Z: the object's y axis ends along world z, its x axis along y.
    assert np.allclose(r @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    assert np.allclose(r @ [1, 0, 0], [0, 1, 0], atol=1e-12)


@given(triples, st.tuples(*[st.floats(0.2, 3)] * 3), triples)
def test_decompose_inverts_compose(angles, scale, location) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_from_euler(torch.tensor(angles, dtype=torch.float64)).numpy() * np.array(scale)
    matrix[:3, 3] = location
    there, euler, size = decompose(matrix)
    assert np.allclose(there, location) and np.allclose(size, scale)
    again = rotation_from_euler(torch.as_tensor(euler)).numpy() * size
    assert np.allclose(again, matrix[:3, :3], atol=1e-6)


def test_pose_acts_as_the_design_says() -> None:
    s = space(rotation_mode="free", scale_mode="free")
    pose = s.pose(torch.rand(4, s.dimension, dtype=torch.float64))
    x, c = torch.rand(7, 3, dtype=torch.float64), s.pivot
    for k in range(4):
        expected = pose.translation[k] + c + (pose.rotation[k] @ torch.diag(pose.scale[k]) @ (x - c).T).T
        assert torch.allclose(pose.apply(x)[k], expected)
        assert torch.allclose(x @ pose.matrices()[k, :3, :3].T + pose.matrices()[k, :3, 3], expected)
    # The pivot lands on the position whatever rotation and scale are.
    assert torch.allclose(pose.apply(c[None])[:, 0], pose.position)


@pytest.mark.parametrize("squash", ["fold", "thesis"])
@pytest.mark.parametrize("rotation", ["fixed", "yaw", "free", "euler"])
@pytest.mark.parametrize("scale", ["fixed", "uniform", "free"])
def test_parameters_come_back(squash: str, rotation: str, scale: str) -> None:
    s = space(squash=squash, rotation_mode=rotation, scale_mode=scale)
    x = torch.rand(6, s.dimension, dtype=torch.float64) * 0.6 + 0.2
    pose = s.pose(x)
    again = s.pose(s.parameters(pose))
    assert torch.allclose(again.matrices(), pose.matrices(), atol=1e-6)
    assert bool(s.contains(pose).all())


@given(st.lists(st.floats(-50, 50, width=32), min_size=5, max_size=5))
def test_any_parameters_stay_inside_the_bounds(values: list[float]) -> None:
    s = space()
    pose = s.pose(torch.tensor([values], dtype=torch.float64))
    assert bool(s.contains(pose).all())


def test_the_default_squashing_never_flattens() -> None:
    """A start near a bound still moves: the slope at 1 % from the end equals the slope in the middle."""
    s = space()
    for share in (0.01, 0.5, 0.99):
        x = torch.full((1, s.dimension), share, dtype=torch.float64, requires_grad=True)
        slope = torch.autograd.grad(s.pose(x).position[0, 0], x)[0][0, -3]
        assert slope.item() == pytest.approx(4.0)
    thesis = space(squash="thesis")
    x = torch.full((1, thesis.dimension), 4.0, dtype=torch.float64, requires_grad=True)
    flat = torch.autograd.grad(thesis.pose(x).position[0, 0], x)[0][0, -3]
    assert flat.item() < 0.01


def test_locks_hold_their_channels() -> None:
    locks = frozenset({"location.z", "rotation.x", "scale.y"})
    s = space(locks=locks, rotation_mode="free", scale_mode="free")
    assert s.dimension == 2 + 2 + 2
    pose = s.pose(torch.rand(5, s.dimension, dtype=torch.float64))
    assert torch.allclose(pose.position[:, 2], torch.full((5,), 0.5, dtype=torch.float64))
    assert torch.allclose(pose.scale[:, 1], torch.ones(5, dtype=torch.float64))
    base = euler_from_rotation(s.rotation_base[0].numpy())[0]
    angles = [euler_from_rotation(r.numpy()) for r in pose.rotation]
    assert all(a[0] == pytest.approx(base, abs=1e-6) or abs(abs(a[0] - base) - math.pi) < 1e-6 for a in angles)


def test_upright_bodies_stay_upright() -> None:
    s = space()
    pose = s.pose(torch.rand(9, s.dimension, dtype=torch.float64))
    up = s.rotation_base[0].T @ torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    assert torch.allclose(pose.rotation @ up, torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64).expand(9, 3))


def test_gradient_of_every_parameter_matches_differences() -> None:
    for squash in ("fold", "thesis"):
        s = space(rotation_mode="free", scale_mode="free", squash=squash)
        x = torch.rand(2, s.dimension, dtype=torch.float64) * 0.5 + 0.2
        assert torch.autograd.gradcheck(lambda v, s=s: s.pose(v).matrices(), x.requires_grad_(True))


def test_bad_spaces_say_what_is_wrong() -> None:
    with pytest.raises(SettingsError, match=r"location\.w"):
        space(locks=frozenset({"location.w"}))
    with pytest.raises(SettingsError, match="scale range"):
        space(scale_range=(2.0, 1.0))
    with pytest.raises(NoValidPose, match=r"location\.x"):
        space(position_bounds=torch.tensor([[1.0, 0, 0], [0.0, 1, 1]]))


def test_attitudes_are_chosen_by_index() -> None:
    flipped = rotation_from_euler(torch.tensor([[0.0, 0, 0], [math.pi, 0, 0]], dtype=torch.float64))
    s = space(rotation_base=flipped)
    pose: Pose = s.pose(torch.rand(2, s.dimension, dtype=torch.float64), torch.tensor([0, 1]))
    assert pose.rotation[0, 2, 2].item() == pytest.approx(1)
    assert pose.rotation[1, 2, 2].item() == pytest.approx(-1)
