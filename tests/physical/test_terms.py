"""The physical terms against closed forms and differences: they decide where the search goes."""

from __future__ import annotations

import math

import geometry_shapes as shapes
import numpy as np
import pytest
import torch
import trimesh
from physical_scenes import floor, poses, setting, slope_of

from sgvop_core.guidance.physical import SupportPolicy, make_physical_terms, probe_of
from sgvop_core.guidance.physical.penetration import PenetrationTerm
from sgvop_core.guidance.physical.support import SupportTerm
from sgvop_core.guidance.physical.visibility import VisibilityTerm, frame_coordinates
from sgvop_core.guidance.physical.within import RoomTerm, ScaleTerm
from sgvop_core.pose import PoseSpace
from sgvop_core.scene.cameras import project


def depth_of(geometry, body, *matrices) -> np.ndarray:
    return PenetrationTerm(geometry, probe_of(body)).depth(poses(*matrices)).numpy()


# ------------------------------------------------------------------ penetration


def test_a_ball_sunk_in_a_slab_is_as_deep_as_it_is_sunk():
    geometry, body = setting(shapes.ball(0.1), floor())
    depth = depth_of(geometry, body, *(shapes.moved(0.3, 0.1, z) for z in (0.2, 0.1005, 0.08, 0.06)))
    assert depth[0] == 0 and depth[1] < 1e-4
    # The mean is weighted towards the deepest point, so a little less than the deepest.
    assert 0.6 * 0.02 < depth[2] <= 0.0205 and 0.6 * 0.04 < depth[3] <= 0.0405


def test_loss_is_one_at_five_percent_of_the_size():
    geometry, body = setting(shapes.box((1, 1, 1)), floor(20, 4))
    loss = PenetrationTerm(geometry, probe_of(body))(None, poses(shapes.moved(0, 0, 0.5 - 0.05 * 3**0.5)))
    assert 0.5 < float(loss) < 1.2


def test_a_body_through_a_single_sided_plane_counts_from_either_side_but_resting_does_not():
    wall = shapes.place(shapes.sheet(4, 4), "plane")
    geometry, body = setting(shapes.ball(0.1), wall)
    depth = depth_of(geometry, body, *(shapes.moved(0, 0, z) for z in (0.07, -0.07, 0.0, 0.1005, -0.1005)))
    assert depth[:2] == pytest.approx([0.03, 0.03], rel=0.4)
    assert depth[2] > 0.06
    assert depth[3:].max() < 1e-3


def test_standing_in_a_closed_room_is_not_penetration_but_in_its_wall_is():
    shell = shapes.place(shapes.box((4, 4, 3), (0, 0, 1.5)), "room")
    geometry, body = setting(shapes.ball(0.1), shell, shapes.place(shapes.table(), "table"))
    depth = depth_of(geometry, body, shapes.moved(1, 1, 1), shapes.moved(1.99, 0, 1))
    assert depth[0] == 0 and depth[1] > 0.05


def test_wholly_inside_a_solid_is_deep_though_no_surfaces_meet():
    geometry, body = setting(shapes.ball(0.1), shapes.place(shapes.box((1, 1, 1)), "block"))
    assert depth_of(geometry, body, shapes.moved(0, 0, 0.2))[0] > 0.25


def test_a_thing_swallowed_by_the_body_is_found():
    spike = shapes.place(shapes.box((0.02, 0.02, 0.6), (0, 0, 0.3)), "spike")
    geometry, body = setting(shapes.box((0.4, 0.4, 0.4)), floor(), spike)
    assert depth_of(geometry, body, shapes.moved(0, 0, 0.201))[0] > 0.05


def test_a_sheet_through_a_wall_is_found():
    card = shapes.sheet(0.4, 0.2)
    geometry, body = setting(card, shapes.place(shapes.box((0.002, 2, 2)), "wall"))
    through, beside = depth_of(geometry, body, shapes.moved(0.1, 0, 0), shapes.moved(0.25, 0, 0))
    assert through > 0.03 and beside == 0


def test_penetration_gradient_matches_differences_and_pushes_out():
    geometry, body = setting(shapes.ball(0.1), floor())
    term = PenetrationTerm(geometry, probe_of(body))
    exact, numeric = slope_of(term, poses(shapes.moved(0.2, 0.1, 0.07)))
    assert exact == pytest.approx(numeric, rel=0.02, abs=0.05)
    assert exact[2] < -5


def test_gradient_steps_free_a_box_from_between_two_walls():
    left = shapes.place(shapes.box((0.1, 2, 2), (-0.5, 0, 1)), "left")
    geometry, body = setting(shapes.box((0.3, 0.3, 0.3)), floor(), left)
    term = PenetrationTerm(geometry, probe_of(body))
    pose = poses(shapes.moved(-0.35, 0, 0.12))
    shift = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([shift], lr=0.01)
    for _ in range(40):
        optimiser.zero_grad()
        loss = term(None, type(pose)(pose.scale, pose.rotation, pose.translation + shift, pose.pivot)).sum()
        if not loss.requires_grad or float(loss.detach()) == 0:
            break
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.2 and float(shift.detach()[0, 0]) > 0.01 and float(shift.detach()[0, 2]) > 0.01


# ------------------------------------------------------------------ support


def support(geometry, body, kind="rest", anchors=()) -> SupportTerm:
    return SupportTerm(geometry, probe_of(body), SupportPolicy(kind, anchors))


def test_gap_is_the_height_above_the_surface_and_the_loss_is_about_one_at_five_percent():
    geometry, body = setting(shapes.box((0.2, 0.2, 0.2)), floor())
    term = support(geometry, body)
    gap = term.gaps(poses(shapes.moved(0, 0, 0.1), shapes.moved(1, 1, 0.35), shapes.moved(0, 0, 0.08)))[1]
    assert gap.min(1).values.numpy() == pytest.approx([0, 0.25, -0.02], abs=1e-6)
    size = 0.2 * 3**0.5
    loss = term(None, poses(shapes.moved(0, 0, 0.1), shapes.moved(0, 0, 0.1 + 0.05 * size)))
    assert loss.numpy() == pytest.approx([0, 1], abs=0.15)


def test_support_gradient_matches_differences_on_a_slope():
    ramp = shapes.box((4, 4, 0.2))
    ramp.apply_transform(trimesh.transformations.rotation_matrix(0.3, (0, 1, 0)))
    geometry, body = setting(shapes.ball(0.1), shapes.place(ramp, "ramp"))
    exact, numeric = slope_of(support(geometry, body), poses(shapes.moved(0.3, 0.1, 0.3)), 1e-6)
    assert exact == pytest.approx(numeric, rel=0.02, abs=0.02)
    assert exact[2] > 0


def test_half_over_the_edge_tips_and_the_loss_falls_towards_the_table():
    block = shapes.place(shapes.box((1, 1, 1), (0, 0, 0.5)), "block")
    geometry, body = setting(shapes.box((0.2, 0.2, 0.2)), floor(), block)
    loss = support(geometry, body)(None, poses(*(shapes.moved(x, 0, 1.1) for x in (0.3, 0.45, 0.52, 0.56))))
    assert loss[0] < 0.05 and loss[1] < 0.05
    assert 0.2 < loss[2] < loss[3]


def test_rest_on_counts_only_the_anchor_and_none_counts_nothing():
    geometry, body = setting(shapes.box((0.2, 0.2, 0.2)), floor(), shapes.place(shapes.table(), "table"))
    on_table, on_floor = shapes.moved(0, 0, 0.85), shapes.moved(2, 2, 0.1)
    loss = support(geometry, body, "rest_on", ("table",))(None, poses(on_table, on_floor))
    assert loss.numpy() == pytest.approx([0, 1], abs=0.05)
    assert float(support(geometry, body, "none")(None, poses(shapes.moved(0, 0, 2)))) == 0


def test_lean_wants_the_anchor_at_its_side():
    wall = shapes.place(shapes.box((0.1, 2, 2), (-1, 0, 1)), "wall")
    geometry, body = setting(shapes.box((0.2, 0.2, 0.2)), floor(), wall)
    term = support(geometry, body, "lean", ("wall",))
    loss = term(None, poses(shapes.moved(-0.849, 0, 0.1), shapes.moved(0, 0, 0.1)))
    assert loss[0] < 0.1 and loss[1] > 2


def test_nothing_below_is_worse_than_floating():
    geometry, body = setting(shapes.box((0.2, 0.2, 0.2)), shapes.place(shapes.table(), "table"))
    loss = support(geometry, body)(None, poses(shapes.moved(3, 0, 0.85), shapes.moved(0, 0, 0.88)))
    assert loss[0] > loss[1] > 1


# ------------------------------------------------------------------ visibility, room, scale


@pytest.mark.parametrize("options", [{}, {"aspect": 1.7, "shift": (0.2, -0.1)}, {"ortho_height": 2.0, "aspect": 0.6}])
def test_frame_coordinates_agree_with_the_projection_of_the_pictures(options):
    camera = shapes.front_camera(3.0, 0.5, **options)
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    height = 200
    width = height * camera.aspect
    pixels, depth = project(camera, points, (height, width))
    place, ours = frame_coordinates(camera, torch.as_tensor(points))
    assert ours.numpy() == pytest.approx(depth)
    assert (place[:, 0].numpy() + 1) * width / 2 == pytest.approx(pixels[:, 0])
    assert (1 - place[:, 1].numpy()) * height / 2 == pytest.approx(pixels[:, 1])


def test_visibility_falls_as_the_body_leaves_the_frame_or_hides():
    screen = shapes.place(shapes.box((0.6, 0.02, 0.6), (-0.7, -0.5, 0)), "screen")
    geometry, body = setting(shapes.ball(0.2), screen)
    term = VisibilityTerm(geometry, probe_of(body), shapes.front_camera(3.0))
    places = [shapes.moved(x, y, 0) for x, y in ((0.5, 0), (1.25, 0), (3, 0), (-0.8, 0.2), (0, -4))]
    loss = term(None, poses(*places)).numpy()
    assert loss[0] == 0
    assert 0.1 < loss[1] < loss[2] and loss[2] > 1
    assert loss[3] == pytest.approx(1.0, abs=0.2)
    assert loss[4] > 1


def test_visibility_gradient_matches_differences_and_leads_back():
    geometry, body = setting(shapes.ball(0.2), floor())
    term = VisibilityTerm(geometry, probe_of(body), shapes.front_camera(3.0))
    exact, numeric = slope_of(term, poses(shapes.moved(1.3, 0.1, 0.5)))
    assert exact == pytest.approx(numeric, rel=1e-3, abs=1e-6) and exact[0] > 0


def test_room_is_zero_inside_and_grows_outside():
    geometry, body = setting(shapes.ball(0.1), floor(6))
    term = RoomTerm(geometry, probe_of(body))
    places = (0, 0, 1), (3.0, 0, 1), (4, 0, 1), (0, 0, -1)
    loss = term(None, poses(*(shapes.moved(*p) for p in places)))
    assert loss[0] == 0 and 1 < loss[1] < loss[2] and loss[3] > 1
    exact, numeric = slope_of(term, poses(shapes.moved(3.0, 0, 1)))
    assert exact == pytest.approx(numeric, rel=1e-3, abs=1e-6)


def space(low: float, high: float) -> PoseSpace:
    zero = torch.zeros(3)
    return PoseSpace(zero, torch.tensor([[-1.0] * 3, [1.0] * 3]), torch.eye(3)[None], zero, scale_range=(low, high))


def test_scale_likes_one_or_the_middle_of_a_range_without_it():
    sizes = poses(*(shapes.moved(0, 0, 0, s) for s in (1.0, 1.4, 1 / 1.4, 0.3)))
    loss = ScaleTerm(space(0.7, 1.4))(None, sizes)
    assert loss[:3].numpy() == pytest.approx([0, 0.25, 0.25])
    tiny = ScaleTerm(space(0.2, 0.45))(None, sizes)
    assert float(tiny[3]) == pytest.approx(0, abs=1e-9) and tiny[0] > 1


def test_all_terms_are_finite_batched_and_differentiable():
    camera = shapes.front_camera(3.0, 1.0)
    geometry, body = setting(shapes.ball(0.1), floor(), shapes.place(shapes.table(), "table"))
    bounds = torch.as_tensor(geometry.room)
    where = PoseSpace(torch.zeros(3), bounds, torch.eye(3)[None], torch.zeros(3), rotation_mode="free")
    terms = make_physical_terms(geometry, body, where, camera, support=SupportPolicy())
    assert [t.name for t in terms] == ["penetration", "support", "visibility", "room", "scale"]
    x = torch.rand(12, where.dimension, generator=torch.Generator().manual_seed(0), requires_grad=True)
    for term in terms:
        loss = term(None, where.pose(x))
        (slope,) = torch.autograd.grad(loss.sum(), x, allow_unused=True)
        assert loss.shape == (12,) and torch.isfinite(loss).all() and (loss >= 0).all()
        assert slope is None or torch.isfinite(slope).all()
    assert math.isclose(float(terms[4](None, where.pose(x.detach())).min()), 0, abs_tol=0.05)


def test_a_scene_without_anything_static_costs_nothing_but_scale_and_sight():
    geometry, body = setting(shapes.ball(0.1))
    probe = probe_of(body)
    for term in (PenetrationTerm(geometry, probe), support(geometry, body), RoomTerm(geometry, probe)):
        assert term(None, poses(shapes.moved(0, 0, 5))).tolist() == [0]


def test_centre_of_mass_is_of_the_volume_when_closed_and_of_the_surface_when_open():
    cone = trimesh.creation.cone(radius=1, height=2, sections=64)
    _, body = setting(cone)
    assert probe_of(body).centre == pytest.approx([0, 0, 0.5], abs=1e-6)
    open_cone = trimesh.Trimesh(cone.vertices, cone.faces[cone.face_normals[:, 2] > -0.9], process=False)
    _, body = setting(open_cone)
    assert probe_of(body).centre == pytest.approx([0, 0, 2 / 3], abs=1e-3)
