"""The project's cases: each starts broken, each can be solved, each relation comes twice; and their files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sgvop_core.bench.case import Case, check_case, expectation_json, read_cases, write_cases
from sgvop_core.bench.placement_cases import bench_cases
from sgvop_core.bench.referee import Referee
from sgvop_core.bench.sampling import solve
from sgvop_core.errors import SceneError, SettingsError

CASES = bench_cases()


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_case_starts_broken_and_can_be_solved(case: Case) -> None:
    assert case.expect is not None
    check_case(case)
    referee = Referee(case.scene, case.object, case.camera)
    start = referee.judge(np.eye(4), case.expect)
    assert not start.satisfied and start.collision_free and start.in_view, start.reasons
    delta = solve(referee, case.expect, np.random.default_rng(0))
    assert delta is not None, "no pose found by chance"
    assert referee.judge(delta, case.expect).complete


def test_there_are_enough_cases_of_every_kind() -> None:
    assert len(CASES) >= 24 and len({c.name for c in CASES}) == len(CASES)
    words = Counter(word for c in CASES if c.expect for word in c.expect.words())
    wanted = [
        "on",
        "above",
        "below",
        "left",
        "right",
        "front",
        "behind",
        "next_to",
        "between",
        "inside",
        "against",
        "leaning",
    ]
    for word in [*wanted, "facing", "corner", "upside_down", "on_its_side", "size"]:
        assert words[word] >= 2, word


def small_case() -> Case:
    return next(c for c in CASES if c.name == "vase_on_middle_shelf")


def test_cases_survive_a_folder(tmp_path: Path) -> None:
    case = small_case()
    write_cases(tmp_path, [case])
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{case.name}.glb", f"{case.name}.json"]
    (again,) = read_cases(tmp_path)
    assert (again.name, again.object, again.prompt, again.camera, again.expect) == (
        case.name, case.object, case.prompt, case.camera, case.expect,
    )  # fmt: skip
    check_case(again)
    assert case.expect is not None
    here, there = (Referee(c.scene, c.object, c.camera) for c in (case, again))
    delta = solve(here, case.expect, np.random.default_rng(1))
    assert delta is not None and there.judge(delta, case.expect).complete


GOOD: dict[str, Any] = {"scene": "a.glb", "object": "Mug", "prompt": "a mug on the table"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scene": "b.glb"}, "no scene 'b.glb'"),
        ({"object": ""}, "'object' is missing"),
        ({"prompt": 3}, "'prompt' is missing"),
        ({"promt": "x"}, "did you mean 'prompt'"),
        ({"camera": 1}, "camera is 1"),
        ({"anchors": "Table"}, "not a list of names"),
        ({"options": []}, "options is not an object"),
        ({"expect": {"relations": [{"relation": "onn", "anchors": ["Table"]}]}}, "did you mean 'on'"),
        ({"expect": {"relations": [{"relation": "between", "anchors": ["Table"]}]}}, "has 1 anchors; give 2"),
        ({"expect": {"relations": [{"relation": "left", "anchors": ["T"], "frame": "mine"}]}}, "frame 'mine'"),
        ({"expect": {"attitude": "sideways"}}, "no attitude 'sideways'"),
        ({"expect": {"scale": [2, 1]}}, "is not \\[LOW, HIGH\\]"),
        ({"expect": {"supported": "yes"}}, "supported is 'yes'"),
    ],
)
def test_a_bad_case_says_what_is_wrong_in_one_line(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    (tmp_path / "a.glb").write_bytes(b"")
    (tmp_path / "case.json").write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(SettingsError, match=says) as error:
        read_cases(tmp_path)
    assert "\n" not in str(error.value) and "case.json" in str(error.value)


def test_folders_and_files_that_are_no_cases_say_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no folder"):
        read_cases(tmp_path / "none")
    with pytest.raises(SettingsError, match="no case in"):
        read_cases(tmp_path)
    (tmp_path / "case.json").write_text("{")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_cases(tmp_path)


def test_a_case_whose_scene_lacks_its_object_is_named() -> None:
    case = small_case()
    wrong = Case("odd", "Teapot", case.prompt, case.open_scene, case.camera, (), {}, case.expect)
    with pytest.raises(SceneError, match="case 'odd': no object 'Teapot'"):
        check_case(wrong)


def test_the_json_form_leaves_out_what_is_unset() -> None:
    case = small_case()
    assert case.expect is not None
    assert expectation_json(case.expect) == {"relations": [{"relation": "on", "anchors": ["Shelf"], "part": "middle"}]}
