"""The referee tells right from wrong on boxes whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sgvop_core.assets.palette import plain
from sgvop_core.assets.parts import build_mesh, shift, turn
from sgvop_core.assets.primitives import box
from sgvop_core.assets.rooms import camera_at
from sgvop_core.bench.referee import Expectation, ExpectedRelation, Referee
from sgvop_core.bench.sampling import solve
from sgvop_core.scene.model import Array, Scene, SceneObject

GREY = plain("grey", (0.5, 0.5, 0.5))


def block(name: str, size: tuple[float, float, float], x: float, y: float, z: float) -> SceneObject:
    return SceneObject(name, shift(x, y, z), build_mesh(name, [box(size, GREY, 0.002)]))


def tray(name: str, x: float, y: float) -> SceneObject:
    sides = [box((0.3, 0.3, 0.01), GREY, 0.0)]
    for s in (-1, 1):
        sides += [box((0.01, 0.3, 0.2), GREY, 0.0).at(x=0.145 * s), box((0.3, 0.01, 0.2), GREY, 0.0).at(y=0.145 * s)]
    return SceneObject(name, shift(x, y, 0), build_mesh(name, sides))


@pytest.fixture(scope="module")
def referee() -> Referee:
    """A floor, a 0.8 x 0.6 m block 0.7 m high at the origin, a pillar at x = 1.2, a wall at y = 1.5, a tray at x = -1.2;
    the mover is 0.1 m wide and 0.2 m high at (0.6, -1). The camera looks along +y."""
    floor = block("Floor", (4, 4, 0.1), 0, 0, -0.1)
    table, pillar = block("Table", (0.8, 0.6, 0.7), 0, 0, 0), block("Pillar", (0.2, 0.2, 1.0), 1.2, 0, 0)
    wall, mover = block("Wall", (4, 0.1, 2.0), 0, 1.55, 0), block("Mover", (0.1, 0.1, 0.2), 0.6, -1, 0)
    objects = (floor, table, pillar, wall, tray("Tray", -1.2, 0), mover)
    return Referee(Scene(objects, (camera_at("Camera", (0, -4, 1.5), (0, 0, 0.4), 50),)), "Mover", "Camera")


def moved(x: float, y: float, z: float, turned: Array | None = None) -> Array:
    """The delta that brings the mover's base centre to a point, turned about it first."""
    return shift(x, y, z) @ (np.eye(4) if turned is None else turned) @ shift(-0.6, 1, 0)


TIP = shift(0, 0, 0.05) @ turn("y", 90)
FLIP = shift(0, 0, 0.2) @ turn("x", 180)

ANSWERS: list[tuple[str, tuple[str, ...], tuple[float, float, float], bool]] = [
    ("on", ("Table",), (0.1, 0.1, 0.7005), True), ("on", ("Table",), (0.1, 0.1, 0.75), False),
    ("on", ("Table",), (0.6, -1, 0.0), False), ("on", ("Table",), (0.44, 0, 0.7005), False),
    ("above", ("Table",), (0.1, 0.1, 0.9), True), ("above", ("Table",), (0.1, 0.1, 0.7005), False),
    ("above", ("Table",), (0.9, 0.1, 0.9), False), ("below", ("Table",), (0.6, -1, 0.0), False),
    ("left", ("Table",), (-0.7, 0, 0), True), ("left", ("Table",), (0.7, 0, 0), False), ("right", ("Table",), (0.7, 0, 0), True),
    ("right", ("Table",), (0.2, -0.8, 0), False), ("front", ("Table",), (0, -0.8, 0), True), ("front", ("Table",), (0, 0.8, 0), False),
    ("behind", ("Table",), (0, 0.8, 0), True), ("behind", ("Table",), (0, -0.8, 0), False),
    ("next_to", ("Pillar",), (1.0, 0, 0), True), ("next_to", ("Pillar",), (1.2, 0, 1.001), False),
    ("next_to", ("Pillar",), (0, -1.8, 0), False), ("near", ("Pillar",), (0.6, -1, 0), True), ("far", ("Tray",), (1.5, -1, 0), True),
    ("between", ("Table", "Pillar"), (0.75, 0.05, 0), True), ("between", ("Table", "Pillar"), (0.6, -1, 0), False),
    ("inside", ("Tray",), (-1.2, 0, 0.0105), True), ("inside", ("Tray",), (-1.2, -0.4, 0), False),
    ("against", ("Wall",), (0.5, 1.449, 0), True), ("against", ("Wall",), (0.5, 1.2, 0), False),
    ("corner", ("Floor",), (1.8, -1.8, 0), True), ("corner", ("Floor",), (0, -1.8, 0), False),
    ("middle", ("Table",), (0.02, 0, 0.7), True), ("edge", ("Table",), (0.33, 0, 0.7), True),
    ("facing", ("Table",), (0, 1.1, 0), True), ("facing", ("Table",), (0, -1.1, 0), False),
    ("facing_away", ("Table",), (0, -1.1, 0), True),
]  # fmt: skip


@pytest.mark.parametrize(("relation", "anchors", "at", "holds"), ANSWERS)
def test_relation(
    referee: Referee, relation: str, anchors: tuple[str, ...], at: tuple[float, float, float], holds: bool
) -> None:
    verdict = referee.judge(moved(*at), Expectation((ExpectedRelation(relation, anchors),)))
    assert verdict.satisfied == holds, verdict.reasons


def test_leaning_needs_tilt_touch_and_the_right_way(referee: Referee) -> None:
    leaning = Expectation((ExpectedRelation("leaning", ("Wall",)),))
    tilted = referee.judge(moved(0.5, 1.43, 0.004, turn("x", -12)), leaning)
    assert tilted.satisfied and tilted.supported, tilted.reasons
    assert not referee.judge(moved(0.5, 1.43, 0.004, turn("x", 12)), leaning).satisfied
    assert not referee.judge(moved(0.5, 1.449, 0), leaning).satisfied
    assert not referee.judge(moved(0.5, 1.0, 0.004, turn("x", -12)), leaning).satisfied


def test_the_anchors_own_left_is_not_the_cameras(referee: Referee) -> None:
    # The table's front (-y) faces the camera, so its own left is the picture's right.
    own = Expectation((ExpectedRelation("left", ("Table",), "anchor"),))
    assert referee.judge(moved(0.7, 0, 0), own).satisfied and not referee.judge(moved(-0.7, 0, 0), own).satisfied


def test_attitude_and_size(referee: Referee) -> None:
    assert referee.judge(moved(0.6, -1, 0, FLIP), Expectation(attitude="upside_down")).satisfied
    assert not referee.judge(moved(0.6, -1, 0), Expectation(attitude="upside_down")).satisfied
    assert referee.judge(moved(0.6, -1, 0, TIP), Expectation(attitude="on_its_side")).satisfied
    half = np.diag([0.5, 0.5, 0.5, 1.0])
    assert referee.judge(moved(0.6, -1, 0, half), Expectation(scale=(0.4, 0.6))).satisfied
    assert not referee.judge(moved(0.6, -1, 0), Expectation(scale=(0.4, 0.6))).satisfied


def test_collisions_are_cuts_not_contacts(referee: Referee) -> None:
    free = Expectation()
    assert referee.judge(moved(0.1, 0.1, 0.7), free).collision_free, "standing exactly on it"
    assert referee.judge(moved(0.1, 0.1, 0.698), free).collision_free, "2 mm deep is within the re-test"
    assert not referee.judge(moved(0.1, 0.1, 0.68), free).collision_free
    assert not referee.judge(moved(0.1, 0.1, 0.2), free).collision_free, "wholly inside, no surfaces cut"


def test_support_needs_contact_under_the_centre_of_mass(referee: Referee) -> None:
    free = Expectation()
    assert referee.judge(moved(0.1, 0.1, 0.7005), free).supported
    assert not referee.judge(moved(0.1, 0.1, 0.73), free).supported
    assert not referee.judge(moved(0.44, 0.1, 0.7005), free).supported, "its centre hangs over the rim"


def test_view_needs_frame_and_sight(referee: Referee) -> None:
    free = Expectation()
    assert referee.judge(moved(0.6, -1, 0), free).in_view
    assert not referee.judge(moved(0.0, 0.45, 0), free).in_view, "hidden behind the table"
    assert not referee.judge(moved(8.0, 0, 0), free).in_view, "outside the picture"


def test_a_matrix_that_is_not_a_pose_fails(referee: Referee) -> None:
    for bad in (np.full((4, 4), math.nan), np.zeros((4, 4))):
        assert not referee.judge(bad, Expectation()).complete


def test_what_cannot_be_is_not_found(referee: Referee) -> None:
    nowhere = Expectation((ExpectedRelation("on", ("Table",)), ExpectedRelation("inside", ("Tray",))))
    assert solve(referee, nowhere, np.random.default_rng(0), tries=150) is None
