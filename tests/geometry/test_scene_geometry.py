"""The static scene: names, rooms and which closed meshes are solids."""

from __future__ import annotations

import geometry_shapes as shapes
import numpy as np
import pytest
import trimesh

from sgvop_core.scene.geometry import SceneGeometry
from sgvop_core.scene.model import SceneObject


def furnished(shell: trimesh.Trimesh, **options) -> SceneGeometry:
    return SceneGeometry(
        shapes.scene(
            shapes.place(shell, "room"),
            shapes.place(shapes.table(), "table"),
            shapes.place(shapes.ball(0.1), "ball", (0.3, 0, 0.86)),
            shapes.place(shapes.box((0.1, 0.1, 0.1)), "cup", (0, 0, 2)),
            **options,
        ),
        "cup",
    )


def test_what_moves_is_not_part_of_it():
    geometry = furnished(shapes.box((5, 4, 3), (0, 0, 1.5)))
    assert geometry.names == ("room", "table", "ball")


@pytest.mark.parametrize("inward", [False, True])
def test_inside_of_a_closed_room_is_not_inside_a_solid(inward):
    shell = shapes.box((5, 4, 3), (0, 0, 1.5))
    if inward:
        shell.invert()
    geometry = furnished(shell)
    assert not geometry.object_field(0).solid
    assert geometry.field("room").exact([[0, 0, 2.0]])[0] == pytest.approx([1.0])
    assert geometry.field("table").exact([[0, 0, 0.74]])[0] == pytest.approx([-0.01])
    assert geometry.room == pytest.approx(np.array([[-2.5, -2, 0], [2.5, 2, 3]]))


def test_an_empty_closed_room_is_known_by_the_camera_in_it():
    shell = shapes.place(shapes.box((5, 4, 3), (0, 0, 1.5)), "room")
    cup = shapes.place(shapes.box((0.1, 0.1, 0.1)), "cup")
    with_camera = SceneGeometry(shapes.scene(shell, cup, cameras=[shapes.front_camera(1.5, 1.0)]), "cup")
    assert not with_camera.object_field(0).solid


def test_floor_slabs_and_plinths_stay_solid():
    geometry = SceneGeometry(
        shapes.scene(
            shapes.place(shapes.box((6, 6, 0.1), (0, 0, -0.05)), "floor"),
            shapes.place(shapes.box((1, 1, 1), (0, 0, 0.5)), "plinth"),
            shapes.place(shapes.ball(0.1), "cup"),
        ),
        "cup",
    )
    assert geometry.field("floor").solid and geometry.field("plinth").solid
    assert geometry.has_floor and not geometry.has_ceiling
    slab = SceneGeometry(shapes.scene(geometry.static[0], shapes.place(shapes.ball(0.1), "cup")), "cup")
    assert slab.has_floor and not slab.has_ceiling and slab.room[1, 2] > 1


def test_a_room_that_is_one_merged_object_is_taken_apart():
    merged = trimesh.util.concatenate([shapes.box((5, 4, 3), (0, 0, 1.5)), shapes.table()])
    geometry = SceneGeometry(shapes.scene(shapes.place(merged, "scan"), shapes.place(shapes.ball(0.1), "cup")), "cup")
    inside = geometry.field("scan").inside([[0, 0, 2.0], [0.2, 0.1, 0.74]])
    assert inside.tolist() == [False, True]


def test_rays_know_whose_surface_they_hit_and_heights_are_real():
    geometry = furnished(shapes.box((5, 4, 3), (0, 0, 1.5)))
    hits = geometry.below([[0.31, 0.02, 2.0], [-0.31, 0.02, 2.0], [2.0, 1.5, 2.0]])
    assert geometry.object_name(hits.face) == ["ball", "table", "room"]
    assert geometry.heights([[-0.31, 0.02], [2.0, 1.5]], 2.0) == pytest.approx([0.75, 0.0])


def test_a_lone_table_leaves_room_around_it():
    geometry = SceneGeometry(
        shapes.scene(shapes.place(shapes.table(), "table"), shapes.place(shapes.ball(0.1), "cup")), "cup"
    )
    assert not geometry.has_floor
    assert geometry.room[0] == pytest.approx([-1.8, -1.6, 0.0]) and geometry.room[1, 2] == pytest.approx(1.95)


def test_names_stand_for_their_subtree():
    lamp = shapes.place(shapes.box((0.1, 0.1, 0.5)), "lamp", (1, 0, 0.25))
    shade = shapes.place(shapes.ball(0.2), "shade", (1, 0, 0.6), parent="lamp")
    geometry = SceneGeometry(shapes.scene(lamp, shade, shapes.place(shapes.ball(0.1), "cup")), "cup")
    assert geometry.bounds("lamp") == pytest.approx(np.array([[0.8, -0.2, 0], [1.2, 0.2, 0.8]]), abs=1e-3)
    assert len(geometry.mesh("lamp").faces) == len(lamp.mesh.faces) + len(shade.mesh.faces)
    assert geometry.field("lamp").inside([[1, 0, 0.6], [1, 0, 0.1]]).all()


def test_five_hundred_objects_cost_only_those_nearby():
    rng = np.random.default_rng(0)
    crowd = [shapes.place(shapes.box((0.1, 0.1, 0.1)), f"box{i}", (*rng.uniform(-10, 10, 2), 0.05)) for i in range(500)]
    geometry = SceneGeometry(shapes.scene(*crowd, shapes.place(shapes.ball(0.1), "cup")), "cup")
    near = geometry.near(np.array([-0.5, -0.5, 0]), np.array([0.5, 0.5, 1]))
    assert len(near) < 10
    for index in near:
        geometry.object_field(index)
    assert len(geometry._fields) == len(near)


def test_an_empty_scene_has_a_room_and_no_hits():
    geometry = SceneGeometry(shapes.scene(shapes.place(shapes.ball(), "cup")), "cup")
    assert not geometry.below([[0, 0, 5]]).hit.any() and geometry.near(np.zeros(3), np.ones(3)) == []
    assert (geometry.room[1] > geometry.room[0]).all()
    assert isinstance(geometry.scene.object("cup"), SceneObject)
