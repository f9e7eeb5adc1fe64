"""What the panel shows reaches the worker's settings, every option of it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from sgvop_blender.settings_map import (
    VIEWPORT_CAMERA,
    PanelValues,
    complaint,
    place_settings,
    smaller,
)
from sgvop_core.placement.settings import PlaceSettings
from sgvop_core.wire.strict import read_object

BASE = PanelValues()
OTHER: dict[str, Any] = {
    "several": "TOGETHER", "against": "PICKED", "anchors": ("Table",), "see_from": "VIEWPORT", "camera": "Side",
    "ring_views": 7, "lock_location": (False, False, True), "lock_rotation": (True, False, False),
    "lock_scale": (False, True, False), "turning": "FREE", "scaling": "FIXED", "use_scale_range": True, "scale_low": 0.9,
    "scale_high": 1.1, "use_bounds": True, "bounds_low": (-2.0, -2.0, 0.0), "bounds_high": (2.0, 2.0, 3.0), "pivot": "MASS",
    "front": "NEG_X", "rest": False, "avoid": False, "in_view": False, "quality": "DRAFT", "candidates": 3, "seed": 9,
    "time_limit": 20.0, "best_effort": True, "guidance_clip": 0.5, "guidance_relation": 2.0, "guidance_physical": 0.0,
    "clip": "ViT-B-32:openai", "picture_size": 160, "device": "cpu",
}  # fmt: skip
"""For every option of the panel another value than its default."""
NEEDS: dict[str, dict[str, Any]] = {
    "anchors": {"against": "PICKED"}, "against": {"anchors": ("Chair",)}, "camera": {"see_from": "CAMERA"},
    "ring_views": {"see_from": "RING"}, "scale_low": {"use_scale_range": True}, "scale_high": {"use_scale_range": True},
    "bounds_low": {"use_bounds": True}, "bounds_high": {"use_bounds": True},
}  # fmt: skip
"""The switch that an option is under."""


def read(plain: dict[str, Any]) -> PlaceSettings:
    """The settings as the worker reads them off the wire."""
    return read_object(PlaceSettings, json.loads(json.dumps(plain)), "settings")


def test_the_panel_as_it_comes_asks_for_the_defaults() -> None:
    assert read(place_settings(BASE)) == PlaceSettings()


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(PanelValues)])
def test_every_option_of_the_panel_reaches_a_setting(name: str) -> None:
    before = dataclasses.replace(BASE, **NEEDS.get(name, {}))
    after = dataclasses.replace(before, **{name: OTHER[name]})
    assert read(place_settings(before, "Main")) != read(place_settings(after, "Main"))


def test_each_value_arrives_as_it_was_meant() -> None:
    settings = read(place_settings(PanelValues(**OTHER), "Main"))
    assert settings.anchors == ("Table",) and settings.camera == VIEWPORT_CAMERA and settings.together
    assert settings.locks == {"location.z", "rotation.x", "scale.y"}
    assert settings.scale_range == (0.9, 1.1) and settings.scale_mode == "fixed" and settings.free
    assert settings.bounds == ((-2, -2, 0), (2, 2, 3)) and settings.pivot == "mass" and settings.front == "-x"
    assert settings.ignore == {"support", "collision", "view"} and settings.guidance["relation"] == 2.0
    assert settings.clip == ("ViT-B-32:openai",) and settings.size == 160 and settings.device == "cpu"
    assert settings.time_limit == 20.0 and settings.best_effort and settings.candidates == 3 and settings.seed == 9


@pytest.mark.parametrize(
    ("see_from", "camera", "views"),
    [("SCENE", "Main", None), ("CAMERA", "Side", None), ("VIEWPORT", VIEWPORT_CAMERA, None), ("RING", None, 4)],
)
def test_the_picture_is_taken_from_where_the_user_says(see_from: str, camera: str | None, views: int | None) -> None:
    settings = read(place_settings(PanelValues(see_from=see_from, camera="Side"), "Main"))
    assert (settings.camera, settings.views) == (camera, views)


def test_turning_freely_does_not_widen_the_size_unseen() -> None:
    assert read(place_settings(PanelValues(turning="FREE"))).scale_range == (0.7, 1.4)
    wide = PanelValues(turning="FREE", use_scale_range=True, scale_low=0.5, scale_high=2.0)
    assert read(place_settings(wide)).scale_range == (0.5, 2.0)


def test_channels_that_the_object_itself_has_locked_stay_locked() -> None:
    assert read(place_settings(BASE, None, ["location.x"])).locks == {"location.x"}


def test_two_models_make_an_ensemble_and_an_empty_field_means_automatic() -> None:
    assert place_settings(PanelValues(clip="builtin, ViT-B-32:openai*2"))["clip"] == ["builtin", "ViT-B-32:openai*2"]
    assert place_settings(PanelValues(clip="  ", device=" "))["clip"] == ["auto"]
    assert place_settings(PanelValues(clip="  ", device=" "))["device"] == "auto"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (PanelValues(against="PICKED"), "Against"),
        (PanelValues(see_from="CAMERA"), "See From"),
        (PanelValues(use_scale_range=True, scale_low=2.0, scale_high=1.0), "Size"),
        (PanelValues(use_bounds=True, bounds_low=(0, 0, 5), bounds_high=(1, 1, 2)), "Bounds"),
        (PanelValues(lock_location=(True,) * 3, lock_rotation=(True,) * 3, lock_scale=(True,) * 3), "locked"),
        (PanelValues(guidance_clip=0, guidance_relation=0, guidance_physical=0), "zero"),
    ],
)
def test_what_cannot_be_searched_is_said_before_it_begins(values: PanelValues, words: str) -> None:
    assert words in complaint(values)
    assert not complaint(values).endswith(".")
    assert complaint(BASE) == ""


def test_values_survive_the_history() -> None:
    values = PanelValues(**OTHER)
    assert PanelValues.from_json(json.loads(json.dumps(values.as_json()))) == values
    assert PanelValues.from_json({"quality": "HIGH", "of_another_version": 1}) == PanelValues(quality="HIGH")


def test_smaller_needs_less_each_time_and_then_stops() -> None:
    first = smaller(PanelValues(quality="HIGH", see_from="RING"))
    assert (first.quality, first.ring_views, first.picture_size) == ("DRAFT", 1, 224)
    second = smaller(first)
    assert second.picture_size == 112
    assert smaller(second) == second
    assert read(place_settings(second)).effort.views == 1
