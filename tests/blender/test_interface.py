"""The sidebar in a true bpy: registered and taken back, drawn in every state, buttons that say why they are grey."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sgvop_blender.about import has_builtin_model

HERE = Path(__file__).resolve().parent
SMALL = {"a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to", "up", "with"}


@pytest.fixture(scope="module")
def found(bpy_run, tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("interface")
    quick = folder / "quick.json"
    quick.write_text(json.dumps({"place": {"seconds": 0.2}}))
    printed = bpy_run(HERE / "interface_checks.py", str(folder / "fails.json"), str(quick))
    line = next(line for line in printed.splitlines() if line.startswith("findings "))
    return json.loads(line.partition(" ")[2])


def in_title_case(text: str) -> bool:
    """Each word begins with a capital (or no letter), but for small words inside."""
    words = re.findall(r"[A-Za-z][\w'-]*", text)
    return all(w[0].isupper() or (k and w in SMALL) for k, w in enumerate(words))


def test_registering_twice_and_taking_it_back_leaves_nothing(found) -> None:
    assert found["after"] == found["before"] == found["end"]
    assert found["end"]["types"] == []


def test_every_operator_has_a_label_and_a_tooltip_in_the_right_form(found) -> None:
    assert len(found["operators"]) > 25
    for name, (label, description, options) in found["operators"].items():
        assert name.startswith("sgvop."), name
        assert label and in_title_case(label) and not label.endswith("."), f"{name}: label '{label}'"
        assert description and not description.endswith("."), f"{name}: tooltip '{description}'"
        assert description[0].isupper(), f"{name}: tooltip '{description}'"
        # What changes the scene through the session pushes its own undo step.
        pushes = "candidate" in name or "history" in name or name == "sgvop.place"
        assert not (pushes and "UNDO" in options), f"{name} would make two undo steps"


def test_every_property_has_a_name_and_a_tooltip_in_the_right_form(found) -> None:
    for name, (label, description) in found["properties"].items():
        if name == "SGVOP_PG_scene.anchors":
            continue  # a list, never shown as such
        assert label and in_title_case(label), f"{name}: '{label}'"
        assert description and not description.endswith("."), f"{name}: '{description}'"


def test_nothing_about_a_running_job_is_stored_in_the_file(found) -> None:
    import dataclasses

    from sgvop_blender.settings_map import PanelValues

    stored = {n.partition(".")[2] for n in found["properties"] if n.startswith("SGVOP_PG_scene.")}
    assert stored == {f.name for f in dataclasses.fields(PanelValues)} | {"prompt", "new_seed"}


def test_properties_and_plain_values_agree(found) -> None:
    assert found["defaults"] and found["round"]


def test_panels_are_drawn_in_every_state_with_nothing_that_blender_does_not_know(found) -> None:
    for state, panels in found["drawn"].items():
        assert "wrong" not in panels, f"{state}: {panels['wrong']}"
        assert set(panels) >= {"SGVOP_PT_place", "SGVOP_PT_locks", "SGVOP_PT_worker", "SGVOP_PT_history"}, state
    for label in found["panels"].values():
        assert in_title_case(label)


def test_the_button_is_place_or_cancel(found) -> None:
    for state, panels in found["drawn"].items():
        runs = state in ("running", "downloading")
        assert ("sgvop.cancel" in panels["SGVOP_PT_place"]) == runs, state
        assert ("sgvop.place" in panels["SGVOP_PT_place"]) != runs, state
    running = found["drawn"]["running"]["SGVOP_PT_place"]
    assert "Searching: Cube  40 %" in running and "score -0.250, 12 s left" in running


def test_every_problem_has_its_remedy_beside_it(found) -> None:
    beside = {
        "no_runtime": "sgvop.runtime_install", "model": "sgvop.remedy_download", "memory": "sgvop.remedy_smaller",
        "died": "sgvop.worker_restart", "segfault": "sgvop.show_log", "internal": "sgvop.copy_report",
        "no_valid_pose": "sgvop.remedy_nearest", "driver": "sgvop.remedy_cpu", "import": "sgvop.runtime_repair",
        "never heard of": "sgvop.copy_report",
    }  # fmt: skip
    for cause, operator in beside.items():
        drawn = found["drawn"][f"failed {cause}"]["SGVOP_PT_place"]
        assert operator in drawn, cause
        assert f"What happened: {cause}" in " ".join(drawn) and "What to do" in drawn
    offered = "sgvop.remedy_builtin" if has_builtin_model() else "sgvop.remedy_without"
    assert offered in found["drawn"]["failed model"]["SGVOP_PT_place"]
    assert "sgvop.runtime_install" in found["drawn"]["no runtime"]["SGVOP_PT_place"]
    assert set(found["remedies"]) <= set(found["operators"])


def test_what_was_understood_stands_under_the_prompt(found) -> None:
    drawn = found["drawn"]["read"]["SGVOP_PT_place"]
    assert drawn.index("prop prompt") < drawn.index("On: Table") < drawn.index("Not Understood: blurry")
    assert drawn.index("Not Understood: blurry") < drawn.index("sgvop.place")


def test_every_candidate_shows_what_holds_and_what_does_not(found) -> None:
    drawn = found["drawn"]["candidates"]["SGVOP_PT_candidates"]
    assert {"On: Table", "Contact: Table", "Collision: 2.0 cm into Lamp", "Visible: 90 %", "A note"} & set(drawn) >= {
        "On: Table", "Contact: Table", "Collision: 2.0 cm into Lamp", "Visible: 90 %",
    }  # fmt: skip
    assert drawn.count("sgvop.candidate_apply") == 2 and drawn.count("sgvop.candidate_object") == 2
    for name in ("step", "compare", "duplicate", "keyframe", "accept"):
        assert f"sgvop.candidate_{name}" in drawn


def test_every_setting_can_be_reached_in_the_panel(found) -> None:
    shown = {text for panel in found["drawn"]["everything open"].values() for text in panel}
    stored = {n.partition(".")[2] for n in found["properties"] if n.startswith("SGVOP_PG_scene.")} - {
        "anchors",
        "ring_views",
    }
    assert {f"prop {name}" for name in stored} <= shown


@pytest.mark.parametrize(
    ("situation", "words"),
    [
        ("no candidates", "There are no candidates yet"), ("nothing runs", "Nothing is running"),
        ("no history", "Nothing was placed yet"), ("no worker", "The worker is not running"),
        ("a camera", "'Camera' is a camera; select the object to place"), ("nothing", "Select the object to place"),
        ("hidden", "'Cube' is hidden"), ("no prompt to read", "Write where it belongs"),
        ("no camera", "Choose a camera under See From"),
        ("no runtime", "Install the runtime first"), ("offline", "nline"),
    ],
)  # fmt: skip
def test_a_grey_button_says_why(found, situation: str, words: str) -> None:
    assert words in found["polls"][situation]


def test_a_placement_from_the_panel_and_everything_after_it(found) -> None:
    run = found["run"]
    first, second, again = run["at"]
    assert run["place"] == ["FINISHED"] and first != second and first == again
    assert run["understood"] == ["On"]
    assert run["compared"] and run["back"] and run["accepted"] and run["reapplied"] and run["keyed"]
    assert run["objects"] == ["Cube", "Cube.001"]
    assert run["again"] == ["STANDARD", "a cube on the table", 2]
    assert sum("Cube: a cube on the table" in text for text in run["history"]) == 2
    assert run["remedies"] == ["builtin", "DRAFT", "cpu"]
    assert run["cleared"] == [0, True]
    assert "prompt: a cube on the table" in run["report"] and "Blender" in run["report"]


def test_a_placement_that_fails_puts_everything_back_and_says_what_to_do(found) -> None:
    failure = found["failure"]
    assert "nothing fits; widen it" in failure["error"] and failure["still"]
    assert "sgvop.remedy_nearest" in failure["shown"] and "Nothing fits" in failure["shown"]
    assert "sgvop.remedy_nearest" not in failure["later"]


def test_both_translations_cover_the_same_words_and_only_words_in_use() -> None:
    from sgvop_blender.texts_da import DANISH
    from sgvop_blender.texts_de import GERMAN

    assert set(GERMAN) == set(DANISH)
    folder = HERE.parents[1] / "sgvop_blender"
    code = " ".join(p.read_text("utf-8") for p in folder.glob("*.py") if not p.name.startswith("texts_"))
    assert [word for word in GERMAN if f'"{word}"' not in code] == []
