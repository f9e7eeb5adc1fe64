"""A pose is written with the least change of an object's channels, whatever their modes and signs."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture(scope="module")
def told(bpy_run):
    printed = bpy_run(Path(__file__).with_name("channel_cases.py"))
    return json.loads(printed.split("OUT")[1].splitlines()[0])


def test_where_an_object_stands_already_nothing_changes(told):
    assert told[0] == 600 and told[1]["still"] == []


def test_a_shift_leaves_rotation_and_scale_as_they_were_to_the_last_bit(told):
    assert told[1]["shifted"] == []


def test_every_object_ends_where_it_was_placed(told):
    assert told[1]["off"] == []


def test_small_steps_on_the_way_are_shown_exactly_and_no_angle_jumps(told):
    assert told[1]["shown"] == [] and told[1]["jump"] == []


def test_everything_comes_back_exactly(told):
    assert told[1]["restored"] == []


def test_locked_channels_do_not_change_and_what_that_costs_is_told(told):
    locked = told[2]
    changed, notes = locked["XYZ location.z rotation.x"]
    assert not {"location.2", "rotation.0"} & set(changed) and {"location.0", "rotation.2"} <= set(changed)
    assert "location.z, rotation.x are locked" in notes[0]
    changed, notes = locked["QUATERNION rotation.x"]
    assert "rotation.1" in changed and notes == [], "a quaternion has no single axes"
    assert not any(c.startswith("rotation") for c in locked["AXIS_ANGLE rotation.x rotation.y rotation.z"][0])
    assert not any(c.startswith("scale") for c in locked["XYZ scale.x scale.y scale.z"][0])
