"""What a placement shows to CLIP, and where it looks when CLIP alone leads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sgvop_core.bench.placement_cases import bench_cases
from sgvop_core.guidance.clip.sheet import DETAIL, FRONT, TOP, VIEWS
from sgvop_core.placement.problem import Problem, make_problem
from sgvop_core.placement.progress import Tracker
from sgvop_core.placement.settings import PlaceSettings
from sgvop_core.placement.shown import shown_to_clip
from sgvop_core.pose import Pose
from sgvop_core.scene.body import make_body
from sgvop_core.scene.geometry import SceneGeometry


def problem(framing: str, relation: float) -> Problem:
    weights = {"clip": 1.0, "relation": relation, "physical": 0.0}
    settings = PlaceSettings(clip=("builtin",), guidance=weights, framing=framing, views=1)
    return make_problem(bench_cases()[0].scene, ["Mug"], "a mug on the table", settings, Tracker())


def test_clip_sees_a_close_up_and_alone_it_searches_where_that_shows() -> None:
    near, whole, led = problem("place", 0.0), problem("camera", 0.0), problem("place", 1.0)
    assert near.objective.cameras[0].yfov < whole.objective.cameras[0].yfov
    assert led.objective.cameras[0].yfov == near.objective.cameras[0].yfov and whole.objective.cameras == [whole.camera]
    room = {
        name: np.ptp(p.space.position_bounds.numpy(), axis=0)
        for name, p in (("near", near), ("whole", whole), ("led", led))
    }
    assert room["near"][:2].prod() < 0.5 * room["whole"][:2].prod()
    assert room["led"][:2].prod() > 2 * room["near"][:2].prod(), "relations lead it from everywhere"


def test_the_builtin_model_is_shown_the_studio_and_others_are_not() -> None:
    chosen, asked = problem("auto", 1.0), problem("place", 1.0)
    low, high = (cameras_of(p) for p in (asked, chosen))
    assert low != high and cameras_of(problem("studio", 1.0)) == high
    drawn = chosen.objective.renderer.render(chosen.rest(), chosen.objective.cameras).rgb  # type: ignore[union-attr]
    red, green, blue = drawn.unbind(-1)
    plain = ((red - green).abs() < 0.03) & ((green - blue).abs() < 0.03) | (blue > red + 0.08)
    assert plain.float().mean() > 0.9, "anchors are blue and the rest is grey"


@pytest.mark.parametrize(
    ("framing", "views", "told"), [("studio", 3, True), ("studio", None, False), ("place", 3, False)]
)
def test_views_that_do_nothing_are_told_of(framing: str, views: int | None, told: bool) -> None:
    settings = PlaceSettings(clip=("builtin",), framing=framing, views=views)
    made = make_problem(bench_cases()[0].scene, ["Mug"], "a mug on the table", settings, Tracker())
    assert any("--views does nothing" in line for line in made.messages) == told
    assert len(made.objective.cameras) == (4 if framing == "studio" else 3)


def test_clip_is_shown_the_pin_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def covered() -> tuple[list[float], int]:
        made = problem("studio", 1.0)
        table = made.geometry.bounds("Table")
        matrix = torch.as_tensor(made.body.rest_matrix(), dtype=torch.float32)[None]
        matrix[0, :3, 3] = torch.tensor([*table.mean(0)[:2], table[1, 2]])
        matrix[0, :3, :3] = (
            torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]) @ matrix[0, :3, :3]
        )  # its front to a side
        pose = Pose.from_matrices(matrix, made.space.pivot.to(matrix))
        views = made.objective.renderer.render(pose, made.objective.cameras)  # type: ignore[union-attr]
        return views.alpha[0].sum((1, 2)).tolist(), len(made.body.mesh.faces)

    with_pin, faces = covered()
    monkeypatch.setattr("sgvop_core.placement.shown.pinned", lambda body, *_: body)
    without, same = covered()
    assert faces == same
    more = {name: a / b for name, a, b in zip(VIEWS, with_pin, without, strict=True)}
    assert min(more[name] for name in (TOP, FRONT)) > 1.1 and 1.001 < more[DETAIL] < 1.1, "in the detail it is slim"


def test_clip_is_shown_an_object_that_its_anchor_hides() -> None:
    """Below the table it is not seen from above, and still known where it is."""
    made = problem("studio", 1.0)
    low, high = made.geometry.bounds("Table")
    shown = []
    for share in (0.35, 0.65):
        matrix = torch.as_tensor(made.body.rest_matrix(), dtype=torch.float32)[None]
        matrix[0, :3, 3] = torch.tensor(0.5 * (low + high))
        matrix[0, 0, 3] = float(low[0] + share * (high[0] - low[0]))
        pose = Pose.from_matrices(matrix, made.space.pivot.to(matrix))
        views = made.objective.renderer.render(pose, made.objective.cameras)  # type: ignore[union-attr]
        assert float(views.alpha[0, VIEWS.index(TOP)].sum()) == 0
        shown.append(views.rgb[0, VIEWS.index(TOP)])
    assert ((shown[0] - shown[1]).abs().amax(-1) > 0.1).sum() > 20


def cameras_of(made: Problem) -> list[str]:
    return [camera.name for camera in made.objective.cameras]


@pytest.mark.parametrize(("prompt", "blue"), [("a mug in the corner of the room", False), ("a mug on the table", True)])
def test_the_studio_shows_the_room_where_it_alone_is_named_and_the_object_s_front(prompt: str, blue: bool) -> None:
    scene = bench_cases()[0].scene
    body, geometry = make_body(scene, ["Mug"]), SceneGeometry(scene, ["Mug"])
    anchors = ["Table"] if blue else []
    shown = shown_to_clip(scene, body, geometry, anchors, scene.cameras[0], scene.bounds(), views=2, framing="studio")
    assert shown.place is not None and shown.sheet and len(shown.cameras) == 4
    drawn = [o.mesh for o in shown.scene.objects if o.mesh is not None and not o.hidden and o.name != "Mug"]
    coats = {m.name for mesh in drawn for m in mesh.materials}
    assert coats == ({"anchor", "rest"} if blue else {"rest"})
    room = np.ptp(geometry.limits, axis=0)[:2]
    assert (np.ptp(shown.place, axis=0)[:2] < room).all() if blue else (np.ptp(shown.place, axis=0)[:2] == room).all()
    tips = [
        shown_to_clip(
            scene, body, geometry, anchors, scene.cameras[0], scene.bounds(), views=1, framing="studio", front=front
        ).body.mesh.vertices[-2]
        for front in (None, np.array([1.0, 0, 0]))
    ]  # fmt: skip
    middle = body.bounds.mean(0)
    assert tips[0][1] < body.bounds[0, 1] and tips[0][[0, 2]] == pytest.approx(middle[[0, 2]])
    assert tips[1][0] > body.bounds[1, 0] and tips[1][1:] == pytest.approx(middle[1:])
    kept = shown_to_clip(scene, body, geometry, anchors, scene.cameras[0], scene.bounds(), views=1, framing="place")
    assert kept.body is body


@pytest.mark.parametrize(("anchors", "drawn"), [(["Table"], False), (["Table", "Back wall"], True)])
def test_a_wall_in_the_way_is_drawn_where_the_prompt_names_it(anchors: list[str], drawn: bool) -> None:
    """The camera looks aslant into the room, so the view from the right is from behind the back wall."""
    scene = bench_cases()[0].scene
    body, geometry = make_body(scene, ["Mug"]), SceneGeometry(scene, ["Mug"])
    shown = shown_to_clip(scene, body, geometry, anchors, scene.cameras[0], scene.bounds(), views=1, framing="studio")
    assert shown.sheet and shown.scene.object("Back wall").hidden != drawn


def test_a_room_in_which_the_object_is_nothing_is_shown_as_the_camera_sees_it() -> None:
    scene = bench_cases()[0].scene
    body = make_body(scene, ["Mug"])
    floor = next(o for o in scene.objects if o.name == "Floor")
    plain = replace(floor, name="Plain", matrix_world=np.diag([1000.0, 1000.0, 1.0, 1.0]) @ floor.matrix_world)
    wide = replace(scene, objects=(*scene.objects, plain))
    shown = shown_to_clip(
        wide, body, SceneGeometry(wide, ["Mug"]), [], scene.cameras[0], scene.bounds(), views=1, framing="studio"
    )
    assert shown.place is None and shown.cameras == [scene.cameras[0]] and shown.body is body and not shown.sheet
