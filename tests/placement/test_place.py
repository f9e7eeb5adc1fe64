"""``place`` end to end on small scenes: what a user gets back, and what happens when it cannot be done."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import trimesh

import sgvop_core
from sgvop_core.errors import Cancelled, NoValidPose, PromptError, SceneError, SettingsError
from sgvop_core.placement import PlaceSettings, Progress
from sgvop_core.placement.ground import with_ground
from sgvop_core.pose import decompose
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.geometry import SceneGeometry
from sgvop_core.scene.model import Camera, Material, Mesh, Scene, SceneObject


def box(name: str, size, at, colour=(0.6, 0.5, 0.4, 1.0), parent: str | None = None) -> SceneObject:
    """A box standing with its base centre at ``at``."""
    x, y, z = np.asarray(size, float) / 2
    corners = np.array([[i, j, k] for i in (-x, x) for j in (-y, y) for k in (0.0, 2 * z)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))], np.int32)
    matrix = np.eye(4)
    matrix[:3, 3] = at
    return SceneObject(name, matrix, Mesh(name, corners, faces, materials=(Material(name, colour),)), parent)


@pytest.fixture
def room() -> Scene:
    top, leg = 0.72, 0.05
    table = [box("Table", (1.2, 0.7, 0.04), (0, 0, top))]
    for i, (x, y) in enumerate([(-1, -1), (-1, 1), (1, -1), (1, 1)]):
        table.append(box(f"Leg {i}", (leg, leg, top), (0.55 * x, 0.3 * y, 0), parent="Table"))
    camera = Camera("Cam", look_at(np.array([1.8, -3.2, 2.0]), np.array([0, 0, 0.5]), np.array([0, 0, 1.0])), yfov=0.8)
    return Scene(
        (
            box("Floor", (6, 6, 0.1), (0, 0, -0.1)),
            *table,
            box("Crate", (0.5, 0.5, 0.5), (1.4, 0.6, 0)),
            box("Cup", (0.08, 0.08, 0.1), (-1.0, -0.9, 0.0), (0.8, 0.1, 0.1, 1)),
            box("Plate", (0.22, 0.22, 0.02), (-1.2, -0.4, 0.0)),
        ),
        (camera,),
    )


OPTIONS = {"quality": "draft", "clip": ("none",), "seed": 3}


def test_a_cup_on_the_table_is_on_the_table(room: Scene) -> None:
    placement = sgvop_core.place(room, "Cup", "a cup on the table", **OPTIONS)
    best = placement.best
    assert best.checks.complete, best.checks.failures
    x, y, z = best.matrix_world[:3, 3]
    assert abs(x) < 0.6 and abs(y) < 0.35
    assert 0.76 <= z <= 0.765
    assert best.checks.supported_by == ["Table"]
    # Upright and about its own size, as nothing else was asked for.
    _, euler, scale = decompose(best.matrix_world)
    assert np.allclose(euler[:2], 0, atol=1e-6) and 0.7 <= scale[0] <= 1.4 and np.allclose(scale, scale[0])
    # The given scene is unchanged, the placed one differs in this object alone.
    assert np.allclose(room.object("Cup").matrix_world[:3, 3], (-1.0, -0.9, 0.0))
    for before, after in zip(room.objects, placement.scene.objects, strict=True):
        assert before.mesh is after.mesh
        assert np.array_equal(before.matrix_world, after.matrix_world) == (before.name != "Cup")
    assert np.allclose(placement.scene.object("Cup").matrix_world, best.matrix_world)


def test_candidates_differ_and_come_best_first(room: Scene) -> None:
    placement = sgvop_core.place(room, "Cup", "a cup on the table", candidates=4, **OPTIONS)
    complete = [c.checks.complete for c in placement.candidates]
    assert len(complete) == 4 and complete == sorted(complete, reverse=True)
    scores = [c.score for c in placement.candidates if c.checks.complete]
    assert scores == sorted(scores, reverse=True)
    places = np.stack([c.matrix_world[:3, 3] for c in placement.candidates])
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2)[np.triu_indices(4, 1)]
    turns = [decompose(c.matrix_world)[1][2] for c in placement.candidates]
    assert gaps.min() > 0.01 or len(set(np.round(turns, 2))) > 1


def test_the_same_seed_gives_the_same_file(room: Scene) -> None:
    def run(seed: int) -> str:
        plain = sgvop_core.place(room, "Cup", "a cup next to the crate", **{**OPTIONS, "seed": seed}).as_json()
        plain.pop("seconds")
        return json.dumps(plain)

    first = run(5)
    assert first == run(5)
    assert first != run(6)


def test_the_result_is_plain_json_with_all_that_was_promised(room: Scene) -> None:
    plain = sgvop_core.place(room, "Cup", "a small cup on the wobbly table", **OPTIONS).as_json()
    again = json.loads(json.dumps(plain, allow_nan=False))
    for key in ("object", "prompt", "understood", "settings", "seed", "versions", "device", "seconds", "evaluations"):
        assert key in again
    candidate = again["candidates"][0]
    for key in ("matrix_world", "location", "rotation_euler", "scale", "score", "guidance", "checks"):
        assert key in candidate
    for key in ("penetration", "supported", "supported_by", "in_view", "relations", "complete"):
        assert key in candidate["checks"]
    assert all("margin" in r for r in candidate["checks"]["relations"])
    assert np.asarray(candidate["matrix_world"]).shape == (4, 4)
    assert "wobbly" in json.dumps(again["understood"])


def test_objects_placed_in_turn_see_each_other(room: Scene) -> None:
    placement = sgvop_core.place(room, ["Plate", "Cup"], "on the crate", **OPTIONS)
    assert len(placement.then) == 1 and placement.final.objects == ("Cup",)
    scene = placement.final.scene
    for name in ("Plate", "Cup"):
        assert np.allclose(
            placement.final.deltas[name] @ room.object(name).matrix_world, scene.object(name).matrix_world
        )
        assert scene.object(name).matrix_world[2, 3] > 0.45
    shapes = [scene.world_mesh([scene.object(n)]) for n in ("Plate", "Cup")]
    manager = trimesh.collision.CollisionManager()
    for index, shape in enumerate(shapes):
        manager.add_object(str(index), trimesh.Trimesh(shape.vertices, shape.faces, process=False))
    assert not manager.in_collision_internal(), "the cup stands in the plate"
    assert [p["object"] for p in placement.as_json()["placements"]] == ["Plate", "Cup"]


def test_objects_moved_together_keep_their_arrangement(room: Scene) -> None:
    placement = sgvop_core.place(room, ["Plate", "Cup"], "on the table", together=True, scale_mode="fixed", **OPTIONS)
    before = np.linalg.inv(room.object("Plate").matrix_world) @ room.object("Cup").matrix_world
    after = np.linalg.inv(placement.scene.object("Plate").matrix_world) @ placement.scene.object("Cup").matrix_world
    assert np.allclose(before, after, atol=1e-9)
    assert set(placement.as_json()["candidates"][0]["objects"]) == {"Plate", "Cup"}


def test_children_follow_their_parent(room: Scene) -> None:
    placement = sgvop_core.place(room, "Table", "a table next to the crate", **OPTIONS)
    delta = placement.best.delta
    assert np.allclose(placement.scene.object("Leg 2").matrix_world, delta @ room.object("Leg 2").matrix_world)


def test_a_part_named_with_its_whole_moves_once(room: Scene) -> None:
    placement = sgvop_core.place(room, ["Leg 2", "Table"], "next to the crate", together=True, **OPTIONS)
    assert placement.objects == ("Table",) and set(placement.deltas) == {"Table"}


def test_locked_channels_keep_their_value(room: Scene) -> None:
    locks = frozenset({"location.x", "rotation.z", "scale.x", "scale.y", "scale.z"})
    placement = sgvop_core.place(room, "Cup", "a cup in front of the crate", locks=locks, best_effort=True, **OPTIONS)
    for candidate in placement.candidates:
        assert candidate.matrix_world[0, 3] == pytest.approx(-1.0, abs=1e-5)
        assert np.allclose(candidate.matrix_world[:3, :3], np.eye(3), atol=1e-6)


def test_progress_is_told_and_rises(room: Scene) -> None:
    reports: list[Progress] = []
    sgvop_core.place(room, "Cup", "a cup on the table", on_progress=reports.append, **OPTIONS)
    shares = [r.share for r in reports]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert {"propose", "evolve", "polish", "check", "done"} <= {r.stage for r in reports}
    counts = [r.evaluations for r in reports]
    assert counts == sorted(counts) and counts[-1] > 100
    assert reports[-1].best_delta is not None and reports[-1].best_score is not None


class After:
    """A cancel flag that is set after so many questions."""

    def __init__(self, questions: int) -> None:
        self.left = questions

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_cancelling_gives_the_best_so_far(room: Scene) -> None:
    placement = sgvop_core.place(room, "Cup", "a cup on the table", cancel=After(6), **OPTIONS)
    assert placement.stopped == "cancelled" and placement.candidates
    # Stopped before anything was judged: geometry still knows better than to leave it where it was.
    early = sgvop_core.place(room, "Cup", "a cup on the table", cancel=After(1), **OPTIONS)
    assert early.stopped == "cancelled" and early.best.checks.complete
    with pytest.raises(Cancelled):
        sgvop_core.place(room, "Cup", "a cup on the table", cancel=After(0), **OPTIONS)


def test_a_budget_is_kept(room: Scene) -> None:
    for budget in (1, 2, 150):
        placement = sgvop_core.place(
            room, "Cup", "a cup on the table", **{**OPTIONS, "budget": budget, "best_effort": True}
        )
        assert placement.stopped == "budget" and placement.evaluations == budget
        assert placement.candidates


def test_a_body_that_fits_nowhere_says_which_constraint_is_to_blame(room: Scene) -> None:
    tall = replace(room, objects=(*room.objects, box("Statue", (0.5, 0.5, 1.6), (-2, -2, 0))))
    with pytest.raises(NoValidPose, match=r"Statue.*(Table|under).*--best-effort"):
        sgvop_core.place(tall, "Statue", "a statue under the table", **OPTIONS)
    nearest = sgvop_core.place(tall, "Statue", "a statue under the table", best_effort=True, **OPTIONS)
    assert not nearest.best.checks.complete and nearest.best.checks.failures


def test_the_locks_and_bounds_that_leave_no_pose_are_named(room: Scene) -> None:
    with pytest.raises(NoValidPose, match=r"not on Table.*location\.z.*--lock"):
        sgvop_core.place(room, "Cup", "a cup on the table", locks=frozenset({"location.z"}), **OPTIONS)
    with pytest.raises(NoValidPose, match=r"--bounds 8,8,8:9,9,9.*widen --bounds"):
        sgvop_core.place(room, "Cup", "a cup on the table", bounds=((8, 8, 8), (9, 9, 9)), **OPTIONS)


def test_an_object_named_twice_is_placed_once(room: Scene) -> None:
    placement = sgvop_core.place(room, ["Cup", "Cup"], "a cup on the table", **OPTIONS)
    assert not placement.then and placement.objects == ("Cup",)


def test_the_last_report_tells_the_score_of_the_best_candidate(room: Scene) -> None:
    reports: list[Progress] = []
    placement = sgvop_core.place(room, "Cup", "a cup on the table", on_progress=reports.append, **OPTIONS)
    assert reports[-1].best_score == placement.best.score


def test_bad_requests_are_one_clear_error(room: Scene) -> None:
    with pytest.raises(SceneError, match="Cup"):
        sgvop_core.place(room, "Cupp", "a cup on the table", **OPTIONS)
    with pytest.raises(PromptError):
        sgvop_core.place(room, "Cup", "   ", **OPTIONS)
    with pytest.raises(PromptError, match="zeppelin"):
        sgvop_core.place(room, "Cup", "a cup on the zeppelin", **OPTIONS)
    with pytest.raises(SettingsError, match="colour"):
        sgvop_core.place(room, "Cup", "a cup on the table", colour="red")
    with pytest.raises(SceneError, match="camera"):
        sgvop_core.place(room, "Cup", "a cup on the table", camera="Nope", **OPTIONS)


def test_a_scene_without_a_camera_gets_one_and_says_so(room: Scene) -> None:
    placement = sgvop_core.place(replace(room, cameras=()), "Cup", "a cup on the table", **OPTIONS)
    assert any("camera" in m for m in placement.messages)
    assert placement.best.checks.in_view > 0.5


def test_the_camera_that_sees_the_place_is_taken(room: Scene) -> None:
    away = Camera("Away", look_at(np.array([1.8, -3.2, 2.0]), np.array([9, -9, 2.0]), np.array([0, 0, 1.0])), yfov=0.8)
    placement = sgvop_core.place(replace(room, cameras=(away, *room.cameras)), "Cup", "a cup on the table", **OPTIONS)
    assert placement.camera == "Cam" and any("Away" in m for m in placement.messages)


def test_loose_things_stand_on_an_assumed_ground_that_is_not_written(room: Scene) -> None:
    loose = replace(room, objects=tuple(o for o in room.objects if o.name != "Floor"))
    placement = sgvop_core.place(loose, "Cup", "a cup to the left of the crate", **OPTIONS)
    assert placement.best.checks.complete, placement.best.checks.failures
    assert placement.best.matrix_world[2, 3] == pytest.approx(0.0, abs=0.001)
    assert any("ground" in m for m in placement.messages)
    assert [o.name for o in placement.scene.objects] == [o.name for o in loose.objects]


def test_a_floor_is_a_floor_and_a_lone_crate_is_none(room: Scene) -> None:
    assert with_ground(room, ["Cup"], SceneGeometry(room, ["Cup"]))[2] is None
    for name, size in (("Crate", (0.5, 0.5, 0.3)), ("Sofa", (2.0, 0.9, 0.8)), ("Cabinet", (1.0, 0.6, 2.5))):
        alone = Scene((box(name, size, (0, 0, 0.2)), box("Cup", (0.1, 0.1, 0.1), (2, 0, 0))))
        staged, geometry, note = with_ground(alone, ["Cup"], SceneGeometry(alone, ["Cup"]))
        assert note is not None and "ground" in geometry.names, name
        assert staged.object("ground").mesh.vertices[:, 2] == pytest.approx(0.2)


@pytest.mark.parametrize("search", ["dual_annealing", "differential_evolution", "basinhopping"])
def test_other_searches_place_it_too(room: Scene, search: str) -> None:
    placement = sgvop_core.place(room, "Cup", "a cup on the crate", search=search, **OPTIONS)
    assert placement.best.checks.complete, placement.best.checks.failures


def test_stages_can_be_switched_off(room: Scene) -> None:
    placement = sgvop_core.place(
        room, "Cup", "a cup on the table", stages=("polish",), polish_steps=3, best_effort=True, **OPTIONS
    )
    # Three steps of a hundredth of its size from where it stood: it has hardly moved.
    assert np.linalg.norm(placement.best.matrix_world[:3, 3] - (-1.0, -0.9, 0.0)) < 0.05


def test_settings_and_options_mix(room: Scene) -> None:
    settings = PlaceSettings(**OPTIONS)
    placement = sgvop_core.place(room, "Cup", "a cup on the table", settings, candidates=1)
    assert len(placement.candidates) == 1 and placement.settings.seed == 3


def test_a_prompt_that_says_no_place_leaves_the_object_where_it_is(room: Scene) -> None:
    for prompt in ("a cup facing the table", "the cup upside down", "桌子上的杯子"):
        placement = sgvop_core.place(room, "Cup", prompt, **OPTIONS)
        assert placement.best.checks.complete, placement.best.checks.failures
        assert np.linalg.norm(placement.best.matrix_world[:2, 3] - (-1.0, -0.9)) < 0.3, prompt


def test_the_front_can_be_named(room: Scene) -> None:
    placement = sgvop_core.place(room, "Cup", "a cup facing the table", front="x", **OPTIONS)
    turned = placement.best.matrix_world
    table = room.bounds(room.subtree(["Table"])).mean(0)
    towards = (table - turned[:3, 3])[:2]
    assert turned[:2, 0] @ towards > np.cos(np.radians(31)) * np.linalg.norm(towards) * np.linalg.norm(turned[:2, 0])
    assert not any("--front" in m for m in placement.messages)
    with pytest.raises(SettingsError, match="front"):
        sgvop_core.place(room, "Cup", "a cup facing the table", front="z", **OPTIONS)
