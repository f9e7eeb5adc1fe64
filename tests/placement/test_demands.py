"""What a pose need not fulfil, when the user says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

import sgvop_core
from sgvop_core.errors import NoValidPose, SettingsError
from sgvop_core.placement.settings import DEMANDS, PlaceSettings
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.model import Camera, Mesh, Scene, SceneObject

START = (0.3, 0.2, 1.0)


def box(name: str, size: tuple[float, float, float], at: tuple[float, float, float]) -> SceneObject:
    shape = trimesh.creation.box(extents=size)
    matrix = np.eye(4)
    matrix[:3, 3] = at
    return SceneObject(name, matrix, Mesh(name, np.array(shape.vertices), np.array(shape.faces, np.int32)))


@pytest.fixture
def scene() -> Scene:
    """A cube that hangs within a post, seen by a camera that looks the other way."""
    eye = np.array([4.0, -4.0, 2.0])
    camera = Camera("Cam", look_at(eye, eye * 2, np.array([0, 0, 1.0])), yfov=0.7)
    objects = (
        box("Floor", (4, 4, 0.1), (0, 0, -0.05)),
        box("Post", (0.2, 0.6, 2.0), (0.44, 0.2, 1.0)),
        box("Cube", (0.2, 0.2, 0.2), START),
    )
    return Scene(objects, (camera,))


def held(scene: Scene, **changes: object) -> sgvop_core.placement.Placement:
    """Only the start pose, checked as it is, or dropped where that is open."""
    settings = {"stages": ("resolve",), "clip": ("none",), "scale_mode": "fixed", "best_effort": True, **changes}
    return sgvop_core.place(scene, "Cube", "a cube", **settings)


def test_nothing_is_demanded_of_a_cube_that_hangs_in_a_post(scene: Scene) -> None:
    locked = frozenset({"location.x", "location.y", "location.z"})
    with pytest.raises(NoValidPose):
        held(scene, locks=locked, best_effort=False)
    placement = held(scene, locks=locked, best_effort=False, ignore=frozenset(DEMANDS))
    assert np.allclose(placement.best.matrix_world[:3, 3], START)
    # The checks still tell how it is.
    assert placement.best.checks.penetration > 0.01 and not placement.best.checks.visible


def test_it_stays_in_the_air_without_support_and_in_the_post_without_collision(scene: Scene) -> None:
    clear = replace(scene, objects=tuple(o for o in scene.objects if o.name != "Post"))
    dropped = held(clear).best.matrix_world
    floating = held(clear, ignore=frozenset({"support"})).best.matrix_world
    assert dropped[2, 3] == pytest.approx(0.1, abs=0.01) and floating[2, 3] == pytest.approx(START[2])
    pushed = held(scene).best.matrix_world
    inside = held(scene, ignore=frozenset({"collision", "support"})).best.matrix_world
    assert np.abs(pushed[:2, 3] - START[:2]).max() > 0.04
    assert np.allclose(inside[:3, 3], START)


@pytest.mark.parametrize(
    ("demand", "term"), [("support", "support"), ("collision", "penetration"), ("view", "visibility")]
)
def test_the_term_of_a_demand_that_is_not_made_does_not_count(scene: Scene, demand: str, term: str) -> None:
    assert term in held(scene).best.terms
    assert term not in held(scene, ignore=frozenset({demand})).best.terms


def test_an_unknown_demand_is_refused() -> None:
    with pytest.raises(SettingsError, match="demand 'gravity' is unknown"):
        PlaceSettings(ignore=frozenset({"gravity"}))
    assert PlaceSettings().as_json()["ignore"] == []
