"""Sessions in Blender with the scripted worker and the real one: what an artist would see, and what is left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..worker_python import worker_python

pytestmark = pytest.mark.blender
HERE = Path(__file__).resolve().parent
STORIES = (
    "one_placement", "cancel_puts_back", "killed_on_the_way", "faults", "stalled", "blender_quits", "quit_and_recovered",
    "twenty_in_a_row", "undo_on_the_way",
    "renamed_removed_reloaded_saved", "edits_while_reading", "evaluated_while_reading", "history", "several", "asking", "through_the_pipe",
    "killed_ourselves",
)  # fmt: skip


def play(bpy_run, folder, *stories) -> dict:
    printed = bpy_run(HERE / "session_scene.py", str(folder), *stories)
    return dict(json.loads(line[3:]) for line in printed.splitlines() if line.startswith("OUT"))


@pytest.fixture(scope="module")
def told(bpy_run, tmp_path_factory) -> dict:
    """What the stories printed; one Blender plays them all, so that each begins where the last left off."""
    return play(bpy_run, tmp_path_factory.mktemp("session"), *STORIES)


def test_a_placement_moves_the_object_and_ends_in_one_undo_step(told) -> None:
    found = told["one_placement"]
    assert (found["outcome"], found["failure"]) == ("done", "None")
    assert found["error"] < 1e-5 and found["redone"] < 1e-5 and found["undone"]
    assert found["moves"] > 4, "it moves on the way"
    assert found["pictures"] == [True] * 3 and found["left"] == [".json", ".png"], "of the scene nothing is left"


def test_cancel_puts_everything_back_at_once(told) -> None:
    found = told["cancel_puts_back"]
    assert found["outcome"] == found["again"] == "cancelled" and found["back"] and found["phase"] == "ready"
    assert not found["alive"] and found["folder"]


def test_a_killed_worker_is_noticed_within_two_seconds_and_replaced(told) -> None:
    found = told["killed_on_the_way"]
    assert (found["outcome"], found["cause"], found["back"]) == ("failed", "signal", True)
    assert found["silence"] < 2.0, "by the machine's clock, from the last message to the exit"
    assert found["next"] in ("running", "cancelled")


def test_faults_are_told_and_leave_everything_as_it_was(told) -> None:
    causes = {name: found[1] for name, found in told["faults"].items()}
    assert causes == {"garbage": "garbage", "half": "exit", "exit": "memory", "version": "version", "prompt": "prompt",
                      "command": "cannot_start", "disk": "disk", "folder": "disk"}  # fmt: skip
    assert all(found[0] == "failed" and found[2] and found[3] for found in told["faults"].values())


def test_a_worker_that_stands_still_is_told_of_given_up_and_ended(told) -> None:
    found = told["stalled"]
    assert found["told"] and (found["outcome"], found["cause"], found["back"]) == ("failed", "stalled", True)


def test_before_blender_quits_everything_is_put_back(told) -> None:
    assert told["blender_quits"] == ["cancelled", True, True]


def test_a_recovered_file_with_objects_on_their_way_is_put_right_and_no_other(told) -> None:
    found = told["quit_and_recovered"]
    assert found == {"other": [], "shown": True, "home": ["Cup"], "back": True, "again": []}


def test_twenty_jobs_in_a_row_leave_nothing(told) -> None:
    # One job's pictures and poses are far below a MiB; what twenty leave is within what the allocator keeps.
    assert told["twenty_in_a_row"].pop("grown") < 8.0
    assert told["twenty_in_a_row"] == {
        "workers": 1, "threads": 0, "left": 0, "alive": [], "folder": False, "handlers": 0, "after": 1, "images": 0,
    }  # fmt: skip


def test_undo_on_the_way(told) -> None:
    found = told["undo_on_the_way"]
    assert found["goes on"] and found["back"], "an undo of something else does not disturb the search"
    assert found["ended"] == ["cancelled", True], "one of the object itself ends it, and stands"
    assert found["stray"], "a step pushed on the way does not bring back a pose of a search that is over"


def test_objects_renamed_and_removed_and_files_saved_and_reloaded_on_the_way(told) -> None:
    found = told["renamed_removed_reloaded_saved"]
    assert found["untouched"] and found["removed"] == ["cancelled", True], "a namesake is never taken for the object"
    assert found["shown"] and found["saved"], "the file holds the start, the window the best so far"
    assert found["reloaded"] == ["cancelled", True] and found["properties"] == []


def test_an_edit_while_the_scene_is_read_is_part_of_it(told) -> None:
    assert told["edits_while_reading"]["outcome"] == "done" and told["edits_while_reading"]["error"] < 1e-5


def test_an_evaluation_while_instances_are_read_loses_none_of_them(told) -> None:
    calm, busy = told["evaluated_while_reading"]
    for found in (calm, busy):
        assert found["instances"] == 100 * 20 and found["names"] == found["objects"] == 2 + 100 + 2000, found
        assert found["collector"] == [True, True], "Python's collector waits meanwhile, and goes on after it"
    assert busy["evaluated"] == 5 and (calm["anew"], busy["anew"]) == (1, 1)


def test_candidates_the_start_a_duplicate_and_a_keyframe_are_one_step_each(told) -> None:
    found = told["history"]
    assert max(found["best"], found["third"], found["copy"][1], found["keyed"][0]) < 1e-5
    assert found["chosen"] == {"Cup": 2} and found["one step"] and found["start"] == [True, {}]
    assert found["copy"][0] == ["Cup.001", "Handle.001"] and found["copy"][2:] == ["Cup.001", True]
    assert not found["copy undone"] and found["keyed"][1:] == [[], True] and found["key undone"]
    assert found["gone"].startswith("'Cup' is not in the file") and found["none"] == "Choose an object to place"


def test_several_objects_in_turn_and_together_with_a_locked_channel(told) -> None:
    for outcome, roots, off, kept, back, notes in told["several"].values():
        assert (outcome, roots, kept, back, notes) == ("done", ["Cup", "Plate"], True, True, []) and off < 1e-5


def test_questions_are_answered(told) -> None:
    assert told["asking"] == {"answers": ["DeviceList", "ModelList", "Understood"], "failure": "None"}


def test_a_worker_elsewhere_gets_and_gives_its_files_through_the_pipe(told) -> None:
    found = told["through_the_pipe"]
    assert found == {"outcome": "done", "pictures": [True] * 3, "inside": True, "result": True}


def test_a_killed_blender_leaves_no_worker(told) -> None:
    assert not told["killed_ourselves"]["alive"], told["killed_ourselves"]


@pytest.mark.slow
def test_large_scenes_are_read_in_short_pieces(bpy_run, tmp_path) -> None:
    """Two million triangles and ten thousand objects; processor seconds of Blender's thread, not of the clock."""
    found = play(bpy_run, tmp_path, "large_scenes")["large_scenes"]
    assert found["triangles"]["pieces"] > 8 and found["objects"]["pieces"] > 1000, found
    assert found["triangles"]["cup"] and found["objects"]["cup"]


@pytest.mark.slow
def test_the_real_worker_places_a_cube(bpy_run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SGVOP_PYTHON", worker_python())
    found = play(bpy_run, tmp_path, "real_worker")["real_worker"]
    assert found["outcome"] == "done", found
    assert found["error"] < 1e-5
