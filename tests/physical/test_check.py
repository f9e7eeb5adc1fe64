"""The hard checks: what the result file says of a pose must be so."""

from __future__ import annotations

import json
from dataclasses import dataclass

import geometry_shapes as shapes
import numpy as np
import pytest
import trimesh
from physical_scenes import floor, setting

from sgvop_core.guidance.physical import SupportPolicy, probe_of
from sgvop_core.placement.check import check_pose, share_in_view

CUBE = shapes.box((0.2, 0.2, 0.2))


def check(geometry, body, matrix, camera=None, relations=(), kind="rest", anchors=()):
    return check_pose(geometry, body, matrix, camera, relations, SupportPolicy(kind, anchors))


def kitchen(thing=CUBE):
    return setting(thing, floor(), shapes.place(shapes.table(), "table"))


def test_a_cube_on_a_table_is_complete_and_json_able():
    checks = check(*kitchen(), shapes.moved(0.1, 0.1, 0.8503), kind="rest_on", anchors=("table",))
    assert checks.complete and checks.supported_by == ["table"] and checks.stable and checks.penetration == 0
    assert checks.gap == pytest.approx(0.0003, abs=1e-6)
    assert json.loads(json.dumps(checks.as_json()))["complete"] is True


@pytest.mark.parametrize("sunk", [0.002, 0.02, 0.08])
def test_penetration_is_measured_in_metres_and_named(sunk):
    checks = check(*kitchen(), shapes.moved(0.1, 0.1, 0.85 - sunk))
    # Into a 3 cm top the nearest way out of the top is never more than half of that; the body counts as well.
    assert checks.penetration == pytest.approx(sunk, rel=0.15)
    assert checks.penetrates == "table" and not checks.complete and "penetrates table" in checks.failures[0]


def test_touching_within_the_tolerance_is_not_penetration():
    checks = check(*kitchen(), shapes.moved(0.1, 0.1, 0.8498))
    assert 0 < checks.penetration <= checks.tolerance and checks.complete


def test_containment_without_meeting_surfaces_is_penetration():
    block = shapes.place(shapes.box((1, 1, 1), (0, 0, 0.5)), "block")
    geometry, body = setting(CUBE, floor(), block)
    checks = check(geometry, body, shapes.moved(0, 0, 0.5))
    assert checks.penetrates == "block" and checks.penetration > 0.35
    geometry, body = setting(shapes.box((1, 1, 1)), floor(), shapes.place(CUBE, "toy", (0, 0, 0.5)))
    assert check(geometry, body, shapes.moved(0, 0, 0.501)).penetrates == "toy"


def test_a_single_sided_floor_supports_and_can_be_penetrated():
    geometry, body = setting(CUBE, shapes.place(shapes.sheet(4, 4), "ground"))
    assert check(geometry, body, shapes.moved(0, 0, 0.1003)).complete
    sunk = check(geometry, body, shapes.moved(0, 0, 0.07))
    assert sunk.penetration == pytest.approx(0.03, rel=0.1) and sunk.penetrates == "ground"


def test_a_closed_room_is_no_solid():
    shell = shapes.place(shapes.box((4, 4, 3), (0, 0, 1.5)), "room")
    geometry, body = setting(CUBE, shell, shapes.place(shapes.table(), "table"))
    checks = check(geometry, body, shapes.moved(1.5, 1.5, 0.1003))
    assert checks.complete and checks.supported_by == ["room"]
    assert check(geometry, body, shapes.moved(1.95, 1.5, 0.1003)).penetrates == "room"


def test_floating_over_the_edge_and_on_the_wrong_thing_fail_each_by_name():
    geometry, body = kitchen()
    floating = check(geometry, body, shapes.moved(0, 0, 0.9))
    assert not floating.supported and floating.failures == ["not supported (gap 50 mm)"]
    assert check(geometry, body, shapes.moved(0, 0, 0.9), kind="none").complete
    tipping = check(geometry, body, shapes.moved(0.63, 0, 0.8503))
    assert tipping.supported and not tipping.stable and tipping.failures == ["not in balance"]
    wrong = check(geometry, body, shapes.moved(2, 0, 0.1003), kind="rest_on", anchors=("table",))
    assert wrong.failures == ["stands on floor instead of table"]


def test_standing_on_two_things_names_both():
    pads = [shapes.place(shapes.box((0.1, 0.3, 0.1), (x, 0, 0.05)), n) for x, n in ((-0.1, "left"), (0.1, "right"))]
    geometry, body = setting(CUBE, floor(), *pads)
    checks = check(geometry, body, shapes.moved(0, 0, 0.2003))
    assert sorted(checks.supported_by) == ["left", "right"] and checks.complete


def test_a_ball_and_a_stool_stand():
    geometry, body = setting(shapes.ball(0.1), floor())
    assert check(geometry, body, shapes.moved(0, 0, 0.1003)).complete
    geometry, body = setting(shapes.table(), floor(), shapes.place(CUBE, "toy", (2, 2, 0.1)))
    assert check(geometry, body, shapes.moved(0, 0, 0.0003)).complete


def test_lean_needs_contact_at_the_side():
    wall = shapes.place(shapes.box((0.1, 2, 2), (-1, 0, 1)), "wall")
    geometry, body = setting(CUBE, floor(), wall)
    assert check(geometry, body, shapes.moved(-0.8495, 0, 0.1003), kind="lean", anchors=("wall",)).complete
    away = check(geometry, body, shapes.moved(-0.5, 0, 0.1003), kind="lean", anchors=("wall",))
    assert away.failures == ["does not touch wall"]


def test_outside_the_room_is_said():
    checks = check(*kitchen(), shapes.moved(2.95, 0, 0.1003))
    assert not checks.inside and "outside the room" in checks.failures


@dataclass
class Verdict:
    name: str
    holds: bool
    anchors: tuple[str, ...] = ("table",)


@dataclass
class Fixed:
    verdict: Verdict

    def check(self, matrix):
        return self.verdict


def test_relations_are_asked_and_reported():
    relations = [Fixed(Verdict("on", True)), Fixed(Verdict("left_of", False))]
    checks = check(*kitchen(), shapes.moved(0.1, 0.1, 0.8503), relations=relations)
    assert not checks.complete and checks.failures == ["not left_of table"]
    assert checks.as_json()["relations"][1] == {"name": "left_of", "holds": False, "anchors": ["table"]}


# ------------------------------------------------------------------ in view


def brute_force_view(geometry, body, matrix, camera, height: int = 120) -> tuple[float, float]:
    """Counts pixels of a wide picture by rays: those of the body in the frame and unhidden over all of the body's."""
    wide = 4
    y = (np.arange(wide * height) + 0.5) / height * 2 - wide
    v, u = np.meshgrid(y, y * 1.0, indexing="ij")
    tan = np.tan(camera.yfov / 2)
    local = np.stack([u.ravel() * tan, -v.ravel() * tan, -np.ones(u.size)], 1)
    direction = local @ camera.matrix_world[:3, :3].T
    posed = body.mesh.transformed(matrix)
    from sgvop_core.scene.rays import RayCaster

    length = np.linalg.norm(direction, axis=1)
    start = np.broadcast_to(camera.position, direction.shape)
    mine = RayCaster(posed.triangles()).first_hit(start, direction).distance
    other = geometry.rays.first_hit(start, direction).distance
    body_pixels = np.isfinite(mine)
    framed = body_pixels & (np.abs(u.ravel()) <= camera.aspect) & (np.abs(v.ravel()) <= 1)
    assert length.min() > 0
    return (framed & (mine < other)).sum() / body_pixels.sum(), framed.sum() / body_pixels.sum()


@pytest.mark.parametrize("at", [(0, 0, 0.5), (1.2, 0.3, 0.9), (-0.62, 0.4, 0.4), (0.0, 1.0, 1.6)])
def test_share_in_view_matches_counted_pixels(at):
    screen = shapes.place(shapes.box((0.6, 0.02, 0.6), (-0.7, -0.5, 0.4)), "screen")
    thing = trimesh.util.concatenate([shapes.ball(0.25), shapes.box((0.7, 0.1, 0.1))])
    geometry, body = setting(thing, floor(), screen)
    camera = shapes.front_camera(3.0, 0.6, aspect=1.0)
    matrix = shapes.moved(*at)
    ours = share_in_view(geometry, probe_of(body), matrix, camera)
    assert ours == pytest.approx(brute_force_view(geometry, body, matrix, camera), abs=0.05)


def test_behind_the_camera_is_out_of_view():
    geometry, body = kitchen()
    checks = check(geometry, body, shapes.moved(0, -3, 1), camera=shapes.front_camera(1.0, 1.0), kind="none")
    assert checks.in_view == 0 and not checks.visible
