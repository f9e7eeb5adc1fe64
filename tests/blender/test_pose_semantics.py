"""matrix_world ends within 1e-5 of start delta for whatever stands between an object and the world, or it is told why not."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender
EXACT = 1e-5
CASES = ("rotation_modes", "parents", "constraints", "kinds_of_data", "instances", "collections", "animated", "linked")


@pytest.fixture(scope="module")
def found(bpy_run, tmp_path_factory):
    printed = bpy_run(Path(__file__).with_name("pose_semantics.py"), str(tmp_path_factory.mktemp("poses")))
    return json.loads(printed.split("OUT")[1].splitlines()[0])


@pytest.mark.parametrize("case", CASES)
def test_objects_end_where_they_were_placed_and_stay_there_in_the_saved_file(found, case):
    objects, others = found[case]
    assert others == 0.0, "nothing else moves"
    exact = {name: told for name, told in objects.items() if not told[1]}
    wrong = {name: told for name, told in exact.items() if max(told[0], told[3]) > EXACT}
    assert not wrong
    odd = {n for n in set(objects) - set(exact) if not n.startswith(("told: ", "refused: ", "linked prop"))}
    assert not odd, {n: objects[n] for n in odd}
    assert len(exact) >= 2


def test_what_a_constraint_does_not_let_happen_is_told_with_its_name(found):
    told = {name: notes for name, (_, notes, *_) in found["constraints"][0].items() if name.startswith("told: ")}
    assert len(told) > 10
    for name, notes in told.items():
        assert len(notes) == 1 and "its constraint '" in notes[0] and "holds it" in notes[0], (name, notes)


def test_keyframes_drivers_and_strips_that_move_it_again_are_told(found):
    objects = found["animated"][0]
    assert len(objects) == 6
    for name, (_, notes, *_) in objects.items():
        assert ["is animated" in note for note in notes] == ([True] if name.startswith("told: ") else []), name


def test_what_cannot_be_placed_is_refused_before_and_while_writing(found):
    refused = {n: t for case in ("collections", "linked", "kinds_of_data") for n, t in found[case][0].items() if t[2]}
    assert set(refused) == {"refused: in no viewport", "refused: own hide_viewport", "refused: flat", "linked prop"}
    for name, (_, notes, why) in refused.items():
        assert notes[0].startswith("refused: ") and any(w in why for w in ("disabled", "linked", "nothing")), name
    assert any(name.startswith("override ") for name in found["linked"][0])


def test_locked_channels_do_not_change_and_where_they_forbid_the_pose_that_is_told(found):
    """An Euler angle, a location and a scale; a quaternion or an axis has no single axes."""
    exact = 0
    for name, (changed, error, notes) in found["locks"].items():
        mode, parent, held = name.split("/")
        locks = set(held.split())
        if mode in ("QUATERNION", "AXIS_ANGLE") and "rotation.z" not in locks:
            locks -= {"rotation.x", "rotation.y"}
        if "rotation.z" in locks:
            assert not [c for c in changed if c.startswith("rotation")], name
        assert not locks & set(changed), name
        assert (error <= EXACT) == (not notes), (name, error, notes)
        exact += error <= EXACT
        if mode == "XYZ" and parent in ("none", "grown"):
            assert error <= EXACT, "world axes are the channels' axes"
        if held == "scale.x scale.y scale.z":
            assert error <= EXACT, "no axis of the world is locked"
    assert exact > 70
