"""What the panel says, without Blender: what was understood, what holds, where a job is, what the history keeps."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sgvop_blender import runs
from sgvop_blender.client.states import Failure, Job, JobProgress, Phase, State
from sgvop_blender.records import Option, Record
from sgvop_blender.remedies import (
    BUILTIN,
    DOWNLOAD,
    INSTALL,
    PREFERENCES,
    TROUBLES,
    UNKNOWN,
    WITHOUT,
    remedies,
    trouble,
)
from sgvop_blender.settings_map import VIEWPORT_CAMERA, PanelValues
from sgvop_blender.shown import shown_state
from sgvop_blender.targets import chosen_objects, held_channels, object_complaint
from sgvop_blender.verdicts import Line, check_lines, length, reading_lines, seconds_text
from sgvop_blender.viewport_camera import viewport_camera
from sgvop_core.wire.protocol import KINDS

READING = {
    "relations": [
        {"relation": "on", "anchors": ["Table"], "frame": None, "part": None},
        {"relation": "left", "anchors": ["Lamp", "Vase"], "frame": "camera", "part": None},
        {"relation": "corner", "anchors": ["<room>"], "frame": None, "part": None},
        {"relation": "on", "anchors": ["Shelf"], "frame": None, "part": "top"},
    ],
    "size": {"phrase": "twice as large", "factor": 2.0, "range": [1.8, 2.2]},
    "attitude": "on_its_side",
    "floats": True,
    "not_understood": ["cosy", "blue"],
}


def test_what_was_understood_is_said_line_by_line() -> None:
    lines = [(line.label, line.detail, line.holds) for line in reading_lines(READING, ["a remark"])]
    assert lines == [
        ("On", "Table", True),
        ("Left of", "Lamp & Vase (as seen)", True),
        ("In the Corner of", "the room", True),
        ("On", "Shelf (board top)", True),
        ("Size", "twice as large (1.8 to 2.2)", True),
        ("Lying", "On Its Side", True),
        ("Floating", "", True),
        ("Not Understood", "cosy, blue", False),
        ("", "a remark", None),
    ]


def test_a_prompt_without_a_place_is_said_to_have_none() -> None:
    assert reading_lines({"not_understood": ["nice"]})[0] == Line("No place was understood", "", False)


def test_what_does_not_hold_says_by_how_much() -> None:
    checks = {
        "relations": [{"name": "facing", "anchors": ["Door"], "holds": False, "margin": -0.5, "unit": "rad"}],
        "supported_well": False, "supported": False, "gap": 0.034, "penetration": 0.0, "tolerance": 0.001,
        "visible": False, "in_view": 0.123, "inside": False,
    }  # fmt: skip
    lines = [(line.label, line.detail, line.holds) for line in check_lines(checks)]
    assert lines == [
        ("Facing", "Door (29° off)", False),
        ("Contact", "gap 3.4 cm", False),
        ("No Collision", "", True),
        ("Visible", "12 %", False),
        ("Inside the Room", "", False),
    ]


def test_numbers_are_said_with_a_unit_that_fits() -> None:
    assert [length(v) for v in (0.0031, 0.25, 3.0)] == ["3.1 mm", "25.0 cm", "3.00 m"]
    assert [seconds_text(v) for v in (None, math.nan, 8.4, 125.0)] == ["", "", "8 s", "2:05 min"]


def test_the_panel_says_where_a_job_is() -> None:
    running = State(
        phase=Phase.RUNNING, running=True, job=Job(3, "place", sent=True),
        progress=JobProgress("polish", 0.7, 75.0, "", "Cup", -0.3),
    )  # fmt: skip
    shown = shown_state(running)
    assert (shown.placing, shown.title, shown.object, shown.done) == (True, "Polishing", "Cup", 0.7)
    assert shown.facts == "score -0.300, 75 s left" and shown.busy.startswith("A placement is running")
    assert "does not answer" in shown_state(replace(running, stalled=True)).message
    loading = replace(running, job=Job(4, "download"), progress=JobProgress("download", 3e8, total=600_000_000))
    shown = shown_state(loading)
    assert (shown.title, shown.done, shown.message) == ("Downloading", 0.5, "300 MB of 600 MB")
    reading = replace(running, job=Job(5, "read"))
    assert not shown_state(reading).placing and shown_state(reading).busy == ""
    assert shown_state(State(phase=Phase.CANCELLING)).busy.startswith("The worker is still stopping")
    failure = Failure("memory", "too little")
    assert shown_state(State(phase=Phase.FAILED, failure=failure)).failure is failure


def test_every_problem_that_a_worker_can_name_has_its_own_words() -> None:
    from sgvop_blender.client import exits

    causes = {*KINDS, *exits.REMEDIES, "no_runtime", "cannot_start", "version", "died", "stalled", "garbage"}
    assert causes <= set(TROUBLES)
    assert trouble("never heard of") is UNKNOWN and UNKNOWN.remedies
    assert INSTALL not in remedies("no_runtime", managed=False, builtin=True)
    assert PREFERENCES in remedies("no_runtime", managed=False, builtin=True)
    assert BUILTIN in remedies("model", managed=True, builtin=True)
    assert remedies("model", managed=True, builtin=False) == (DOWNLOAD, WITHOUT), "a button that leads nowhere"


def record(number: int, outcome: str = "done") -> Record:
    made = Record(number, ("Cup",), f"prompt {number}", {}, asked=runs.asked(PanelValues(seed=number)), outcome=outcome)
    if outcome == "done":
        made.add(Option(0, "Cup", {}, 0.0, {}, {"complete": True}))
    return made


def test_the_history_keeps_the_last_finished_runs() -> None:
    known = [record(n) for n in range(1, 24)] + [record(24, "cancelled"), record(25, "running")]
    assert [r.number for r in runs.finished(known)][:3] == [23, 22, 21]
    assert [r.number for r in runs.surplus(known)] == [1, 2, 3, 24]
    assert [r.number for r in runs.surplus(known, keep=known[0])] == [2, 3, 24]
    assert runs.asked_values(known[4]) == PanelValues(seed=5)
    assert runs.holds(known[0]) is True and runs.best(known[-1]) is None
    assert "Cup: prompt 1" in runs.title(known[0])


def test_the_last_prompts_are_kept_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "prompts", [])
    for text in ("on the table", "by the door", "  on   the table ", ""):
        runs.remember_prompt(text)
    assert runs.prompts == ["on the table", "by the door"]
    for number in range(40):
        runs.remember_prompt(str(number))
    assert len(runs.prompts) == runs.MOST_PROMPTS and runs.prompts[0] == "39"


class Thing(SimpleNamespace):
    def __init__(self, name: str, kind: str = "MESH", shown: bool = True, **more: object) -> None:
        base = {"library": None, "override_library": None, "mode": "OBJECT", "lock_location": (False,) * 3}
        rest = {"lock_rotation": (False,) * 3, "lock_scale": (False,) * 3}
        super().__init__(name=name, type=kind, visible_get=lambda view_layer: shown, **{**base, **rest, **more})


def layer(active: Thing | None, *selected: Thing) -> SimpleNamespace:
    return SimpleNamespace(objects=SimpleNamespace(active=active, selected=list(selected)))


def test_the_active_object_comes_first_and_cameras_are_left_out() -> None:
    cup, plate, camera = Thing("Cup"), Thing("A plate"), Thing("Camera", "CAMERA")
    assert chosen_objects(layer(cup, plate, camera, cup)) == [cup, plate]
    assert chosen_objects(layer(cup)) == [cup]
    assert chosen_objects(layer(camera, camera)) == [] == chosen_objects(layer(None))
    assert "is hidden" in object_complaint(layer(Thing("Cup", shown=False)))
    assert "linked" in object_complaint(layer(Thing("Cup", library="other.blend")))
    assert "Object Mode" in object_complaint(layer(Thing("Cup", mode="EDIT")))
    assert held_channels([cup, Thing("B", lock_scale=(False, True, False))]) == ["scale.y"]


def view(perspective: bool, window: list[list[float]]) -> tuple[SimpleNamespace, SimpleNamespace]:
    """A viewport three metres behind the origin along +Z, looking down."""
    there = np.eye(4)
    there[2, 3] = -3.0
    region = SimpleNamespace(window_matrix=window, view_matrix=there, is_perspective=perspective, view_distance=3.0)
    return region, SimpleNamespace(clip_start=0.1, clip_end=500.0)


def test_the_viewport_becomes_a_camera_that_sees_the_same() -> None:
    up = 1 / math.tan(math.radians(20))
    entry = viewport_camera(*view(True, np.diag([up / 2, up, 1, 1]).tolist()))
    assert entry["name"] == VIEWPORT_CAMERA and entry["ortho_height"] is None
    assert entry["yfov"] == pytest.approx(math.radians(40)) and entry["aspect"] == pytest.approx(2.0)
    assert np.array(entry["matrix"]).reshape(4, 4)[:3, 3] == pytest.approx([0, 0, 3])
    flat = viewport_camera(*view(False, np.diag([0.25, 0.5, 1, 1]).tolist()))
    assert flat["ortho_height"] == pytest.approx(4.0) and flat["aspect"] == pytest.approx(2.0)
    height = np.array(flat["matrix"]).reshape(4, 4)[2, 3]
    assert height > 100 and flat["far"] > height


def test_the_worker_takes_the_viewport_camera() -> None:
    from sgvop_core.scene.bundled import scene_from_bundle, scene_to_bundle
    from sgvop_core.scene.model import Scene
    from sgvop_core.wire.bundle import Bundle

    bundle = scene_to_bundle(Scene((), ()))
    for perspective in (True, False):
        camera = viewport_camera(*view(perspective, np.diag([1.0, 1.5, 1, 1]).tolist()))
        scene = scene_from_bundle(Bundle({**bundle.header, "cameras": [camera]}, bundle.arrays))
        assert scene.camera(VIEWPORT_CAMERA).aspect == pytest.approx(1.5)
