"""The benchmark counts honestly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sgvop_core.bench import placement as bench
from sgvop_core.bench.case import Case
from sgvop_core.errors import NoValidPose, SettingsError
from sgvop_core.scene.model import Scene


def test_wilson_intervals_match_published_values() -> None:
    # Newcombe 1998, table I: 81 of 263 and 15 of 148, 95 %.
    assert bench.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=2e-4)
    assert bench.wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=2e-4)
    assert bench.wilson(0, 20)[0] == 0.0 and bench.wilson(20, 20)[1] == pytest.approx(1.0)
    assert bench.wilson(0, 0) == (0.0, 1.0)


def run(good: bool) -> dict[str, Any]:
    return {**dict.fromkeys(bench.QUESTIONS, good), "seconds": 1.0 + good, "error": "" if good else "no pose"}


def test_the_summary_counts_every_run_and_the_table_shows_it() -> None:
    summary = bench.summarise([run(True), run(True), run(False)])
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
    monkeypatch.setattr(bench, "with_camera", lambda scene: scene)
    outcome = bench.run_case(empty(), "all", 0, bench.Effort())
    assert outcome["error"].startswith("no valid pose") and not outcome["complete"]


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
