"""What holds and what does not, by figures that anyone can measure in the room."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from sgvop_core.guidance.relations.orientation import attitude_rotations
from sgvop_core.pose import yaw_rotation


def holds(stage: Any, prompt: str, *base: float, **pose: float) -> bool:
    return all(r.check(stage.matrix(*base, **pose)).holds for r in stage.ask(prompt).relations)


@pytest.mark.parametrize(
    ("prompt", "base", "expected"),
    [
        ("on the table", (0.0, -0.2, 0.751), True),
        ("on the table", (0.0, -0.2, 0.80), False),
        ("on the table", (0.0, -0.2, 0.70), False),
        ("on the table", (0.59, -0.2, 0.751), True),
        ("on the table", (0.63, -0.2, 0.751), False),
        ("on the table", (0.0, -0.2, 0.0), False),
        ("on the chair", (-1.5, 0.0, 0.461), True),
        ("on the bookshelf", (2.0, 2.75, 0.481), True),
        ("on the top shelf of the bookshelf", (2.0, 2.75, 0.481), False),
        ("on the top shelf of the bookshelf", (2.0, 2.75, 1.801), True),
        ("on the bottom shelf of the bookshelf", (2.0, 2.75, 0.081), True),
        ("above the table", (0.0, 0.0, 1.4), True),
        ("above the table", (0.0, 0.0, 0.751), False),
        ("above the table", (1.5, 0.0, 1.4), False),
        ("above the table", (0.0, 0.0, 9.0), False),
        ("under the table", (0.0, 0.0, 0.0), True),
        ("under the table", (0.0, 0.0, 0.65), False),
        ("under the table", (1.5, 0.0, 0.0), False),
        ("under the table", (0.0, 0.0, 0.76), False),
        ("left of the table", (-0.9, 0.0, 0.0), True),
        ("left of the table", (0.9, 0.0, 0.0), False),
        ("left of the table", (-0.7, -2.0, 0.0), False),
        ("right of the bowl", (0.55, 0.1, 0.75), True),
        ("right of the bowl", (0.75, 0.1, 0.0), False),
        ("in front of the table", (0.0, -0.8, 0.0), True),
        ("behind the table", (0.0, 0.8, 0.0), True),
        ("behind the table", (0.0, -0.8, 0.0), False),
        ("next to the lamp", (-0.35, -0.05, 0.75), True),
        ("next to the lamp", (0.45, -0.25, 0.75), False),
        ("next to the table", (0.0, 0.0, 0.751), False),
        ("near the lamp", (-0.35, -0.1, 0.75), True),
        ("far from the chair", (2.0, 0.0, 0.0), True),
        ("far from the chair", (-1.0, 0.0, 0.0), False),
        ("between the bowl and the lamp", (-0.05, 0.12, 0.75), True),
        ("between the bowl and the lamp", (-0.05, -0.35, 0.75), False),
        ("between the bowl and the lamp", (0.56, 0.12, 0.75), False),
        ("inside the bowl", (0.3, 0.1, 0.763), True),
        ("inside the bowl", (0.3, 0.1, 0.88), False),
        ("inside the bowl", (0.3, -0.15, 0.751), False),
        ("against the wall", (0.0, 2.95, 0.0), True),
        ("against the wall", (0.0, 2.85, 0.0), False),
        ("in the corner of the table", (0.5, 0.3, 0.751), True),
        ("in the corner of the table", (0.0, 0.3, 0.751), False),
        ("in the middle of the table", (0.02, 0.02, 0.751), True),
        ("in the middle of the table", (0.4, 0.0, 0.751), False),
        ("at the edge of the table", (0.0, -0.33, 0.751), True),
        ("at the edge of the table", (0.0, 0.0, 0.751), False),
        ("in the corner of the room", (-2.8, -2.8, 0.0), True),
        ("in the corner of the room", (0.0, -2.8, 0.0), False),
        ("hanging from the table", (0.0, 0.0, 0.609), True),
        ("hanging from the table", (0.0, 0.0, 0.4), False),
    ],
)
def test_places(stage: Any, prompt: str, base: tuple[float, ...], expected: bool) -> None:
    assert holds(stage, f"a mug {prompt}", *base) is expected, [
        r.check(stage.matrix(*base)) for r in stage.ask(f"a mug {prompt}").relations
    ]


def test_left_is_the_cameras_and_turns_with_it(stage: Any, eye: Callable[..., Any]) -> None:
    place = stage.matrix(-0.9, 0.0, 0.0)
    behind = eye(0.0, 4.5, 2.0)
    assert stage.ask("left of the table").relations[0].check(place).holds
    assert not stage.ask("left of the table", behind).relations[0].check(place).holds
    assert stage.ask("right of the table", behind).relations[0].check(place).holds
    top = stage.ask("behind the table", eye(0.0, -0.001, 6.0)).relations[0]
    assert top.check(stage.matrix(0.0, 0.8, 0.0)).holds, "seen from straight above, behind is up in the picture"


def test_its_left_is_the_anchors_own_whoever_looks(stage: Any, eye: Callable[..., Any]) -> None:
    # The chair faces -Y, so its left hand is at +X, on the right of a viewer in front of it.
    for camera in (None, eye(0.0, 4.5, 2.0)):
        own = stage.ask("to the chair's left", camera).relations[0]
        assert own.frame == "anchor"
        assert own.check(stage.matrix(-1.1, 0.0, 0.0)).holds
        assert not own.check(stage.matrix(-1.9, 0.0, 0.0)).holds


def test_facing_is_by_the_bodys_front(stage: Any) -> None:
    facing, away = (
        stage.ask("a mug facing the chair").relations[0],
        stage.ask("facing away from the chair").relations[0],
    )
    # The front is -Y; a turn by -90 degrees brings it to -X, where the chair is.
    seen = stage.matrix(1.0, 0.0, 0.0, yaw=-math.pi / 2)
    assert facing.check(seen).holds and not away.check(seen).holds
    assert facing.check(seen).unit == "rad"
    assert away.check(stage.matrix(1.0, 0.0, 0.0, yaw=math.pi / 2)).holds
    assert not facing.check(stage.matrix(1.0, 0.0, 0.0)).holds


@pytest.mark.parametrize("name", ["upright", "upside_down", "on_its_side", "on_its_back", "on_its_face", "tilted"])
def test_attitudes_turn_the_body_as_they_say(stage: Any, name: str) -> None:
    prompt = f"a mug {name.replace('_', ' ')}"
    asked = stage.ask(prompt)
    assert asked.attitudes is not None and asked.rotation_mode == "yaw"
    relation = asked.relations[0]
    for rotation in attitude_rotations(name, stage.body):
        assert np.allclose(rotation @ rotation.T, np.eye(3)) and np.linalg.det(rotation) > 0
        matrix = np.eye(4)
        matrix[:3, :3] = rotation
        assert relation.check(matrix).holds
    assert relation.check(stage.matrix(0, 0, 0)).holds is (name == "upright")


def test_leaning_needs_tilt_and_touch(stage: Any) -> None:
    relation = stage.ask("a mug leaning against the wall").relations[0]
    tilt = math.radians(15)
    matrix = np.eye(4)
    # Tilted over towards +Y, where the wall is.
    matrix[:3, :3] = [[1, 0, 0], [0, math.cos(tilt), math.sin(tilt)], [0, -math.sin(tilt), math.cos(tilt)]]
    vertices = stage.body.mesh.vertices @ matrix[:3, :3].T
    matrix[:3, 3] = [0.0, 2.998 - vertices[:, 1].max(), -vertices[:, 2].min()]
    assert relation.check(matrix).holds
    matrix[1, 3] -= 0.1
    assert not relation.check(matrix).holds
    assert not relation.check(stage.matrix(0.0, 2.953, 0.0)).holds


@pytest.mark.parametrize(
    ("prompt", "kind", "anchors"),
    [
        ("a mug on the table", "rest_on", ("Table",)), ("a mug floating above the table", "none", ()),
        ("a mug above the table", "none", ()), ("a mug left of the table", "rest", ()), ("a mug under the table", "rest", ()),
        ("a mug leaning against the wall", "lean", ("Wall",)), ("a mug on the wall", "none", ()), ("a mug", "rest", ()),
        ("a mug on the table above the chair", "rest_on", ("Table",)), ("a mug in the bowl", "rest", ()),
        ("a mug in the corner of the table", "rest_on", ("Table",)), ("a mug in the corner of the room", "rest", ()),
    ],
)  # fmt: skip
def test_what_has_to_hold_the_body(stage: Any, prompt: str, kind: str, anchors: tuple[str, ...]) -> None:
    support = stage.ask(prompt).support
    assert (support.kind, support.anchors) == (kind, anchors)


def test_size_words_reach_the_scale(stage: Any) -> None:
    asked = stage.ask("a huge mug on the table")
    low, high = asked.scale_range or (0, 0)
    assert low > 1.4 and asked.start_scale == pytest.approx(math.sqrt(low * high))
    assert stage.ask("a mug on the table").scale_range is None


def test_two_relations_of_one_name_are_two_terms(stage: Any) -> None:
    assert [t.name for t in stage.ask("next to the bowl and next to the lamp").terms()] == ["next_to", "next_to_2"]


def test_a_check_reports_every_slack(stage: Any) -> None:
    check = stage.ask("a mug on the table").relations[0].check(stage.matrix(0.0, -0.2, 0.80))
    assert check.anchors == ("Table",) and check.unit == "m" and not check.holds
    assert check.margin == min(check.detail.values()) == pytest.approx(0.0066 - 0.05, abs=2e-3)


@pytest.mark.parametrize(("prompt", "index"), [("a mug facing the chair", 0), ("a mug leaning against the wall", 0)])
def test_a_turn_makes_the_body_face_or_lean_towards_the_anchor(stage: Any, prompt: str, index: int) -> None:
    asked = stage.ask(prompt)
    bases = asked.propose(8, torch.Generator().manual_seed(4))
    start = torch.as_tensor(asked.start_rotation).expand(8, 3, 3)
    yaw = asked.turn_towards(bases, start)
    assert yaw is not None
    for base, angle in zip(bases, yaw, strict=True):
        pose = asked.setting.shape.from_bases(base[None], (yaw_rotation(angle) @ start[0]).numpy(), 1.0)
        detail = asked.relations[index].check(pose.matrices()[0].numpy()).detail
        assert min(detail.get("angle", 1.0), detail.get("towards", 1.0)) > 0
    assert stage.ask("a mug on the table").turn_towards(bases, start) is None
