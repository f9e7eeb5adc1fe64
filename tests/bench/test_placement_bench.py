"""The benchmark counts honestly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sgvop_core.bench import placement as bench
from sgvop_core.bench.case import Case
from sgvop_core.bench.placement_metrics import QUESTIONS, bootstrap_mean, summarise, wilson
from sgvop_core.errors import NoValidPose, SettingsError
from sgvop_core.scene.model import Scene


def test_wilson_intervals_match_published_values() -> None:
    # Newcombe 1998, table I: 81 of 263 and 15 of 148, 95 %.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=2e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=2e-4)
    assert wilson(0, 20)[0] == 0.0 and wilson(20, 20)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_bootstrap_covers_the_mean_and_widens_when_cases_are_alike_inside() -> None:
    values = [1.0, 1.0, 1.0, 5.0, 5.0, 5.0] * 4
    apart = bootstrap_mean(values, [str(i) for i in range(24)])
    together = bootstrap_mean(values, [str(i // 3) for i in range(24)])
    assert apart[0] < 3.0 < apart[1] and together[1] - together[0] > 1.3 * (apart[1] - apart[0])
    assert bootstrap_mean([2.0, 2.0], ["a", "b"]) == (2.0, 2.0)


def run(good: bool) -> dict[str, Any]:
    return {**dict.fromkeys(QUESTIONS, good), "seconds": 1.0 + good, "error": "" if good else "no pose"}


def test_the_summary_counts_every_run_and_the_table_shows_it() -> None:
    summary = summarise([run(True), run(True), run(False)])
    assert summary["runs"] == 3 and summary["errors"] == 1
    assert summary["complete"]["share"] == pytest.approx(2 / 3)
    figures = {"cases": 1, "seeds": 3, "quality": "draft", "models": [], "methods": {"all": summary}}
    assert "| all | 0.67 (" in bench.placement_table(figures)[-1]


def empty(name: str = "c", options: dict[str, Any] | None = None) -> Case:
    opened: Callable[[], Scene] = Scene
    return Case(name, "cup", "on the table", opened, "Camera", (), options or {})


def test_an_error_counts_as_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise NoValidPose("no valid pose for 'cup'")

    monkeypatch.setattr(bench, "place", nothing)
    (mug,) = bench.choose_cases(None, ["mug_upside_down"])
    outcome = bench.run_case(mug, "all", 0, bench.Effort())
    assert outcome["error"].startswith("no valid pose") and not outcome["complete"]
    assert "no object 'cup'" in bench.run_case(empty(), "all", 0, bench.Effort())["error"]


def test_a_random_pose_is_valid_repeatable_and_ignores_the_prompt() -> None:
    (mug,) = bench.choose_cases(None, ["mug_upside_down"])
    first, again, other = (bench.run_case(mug, "random", seed, bench.Effort()) for seed in (0, 0, 1))
    assert first["collision_free"] and first["supported"] and first["in_view"] and not first["satisfied"]
    assert first["delta"] == again["delta"] != other["delta"]
    assert first["expects"] == ["on", "upside_down"]


def test_a_case_without_expectation_is_judged_by_what_its_prompt_says() -> None:
    (listed,) = bench.choose_cases(None, ["tiny_cow_on_table"])
    bare = Case(listed.name, listed.object, listed.prompt, listed.open_scene, listed.camera)
    expected = bench.expected_of(bare, bare.scene)
    assert [(r.relation, r.anchors) for r in expected.relations] == [("on", ("Table",))]
    assert expected.scale is not None and expected.scale[1] < 0.7


def test_a_case_may_change_settings_but_not_the_method() -> None:
    case = empty(options={"scale_range": [0.5, 2], "locks": ["rotation.z"], "guidance": {"clip": 9}})
    settings = bench.settings_for(case, "geometry", 2, bench.Effort(clip="ViT-B-32"))
    assert settings.scale_range == (0.5, 2) and settings.locks == {"rotation.z"} and settings.seed == 2
    assert settings.guidance == {"clip": 0.0, "relation": 1.0, "physical": 1.0} and settings.clip == ("none",)
    with pytest.raises(SettingsError, match="case 'c'"):
        bench.settings_for(empty(options={"nonsense": 1}), "all", 0, bench.Effort())


def test_methods_and_cases_are_chosen_by_name(tmp_path: Path) -> None:
    assert bench.choose_methods(None, "none") == ("random", "geometry", "all")
    with pytest.raises(SettingsError, match="geometry"):
        bench.choose_methods(["geometri"], "auto")
    with pytest.raises(SettingsError, match="--clip"):
        bench.choose_methods(["clip"], "none")
    assert {c.name for c in bench.choose_cases(None, ["mug_on_table"])} == {"mug_on_table"}
    with pytest.raises(SettingsError, match="--only"):
        bench.choose_cases(None, ["no such case"])
    with pytest.raises(SettingsError, match="no case in"):
        bench.choose_cases(str(tmp_path), [])
