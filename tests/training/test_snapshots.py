"""Quickly drawn training pictures are those that the renderer makes, and another look changes nothing that was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sgvop_core.scene.body import make_body
from sgvop_core.scene.model import Array, Material, Scene
from sgvop_core.training.crowds import crowd_groups
from sgvop_core.training.data import CELLS, TARGET
from sgvop_core.training.pictures import Stage, make_stage
from sgvop_core.training.restyle import restyled
from sgvop_core.training.scenery import Scenery
from sgvop_core.training.snapshots import Snapshots


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_stage(np.random.default_rng(5), "train", 64, target="mug", anchors=["table", "chair"], views=2)


def scene_of(scenery: Scenery) -> Scene:
    return Scene(tuple(scenery.objects), (), tuple(scenery.lights), scenery.ambient, scenery.background)


def decibels(a: Array, b: Array) -> float:
    error = float(((a.astype(float) - b) ** 2).mean())
    return 10 * float(np.log10(255**2 / max(error, 1e-9)))


@pytest.mark.parametrize("seed", range(4))
def test_a_snapshot_is_the_renderers_picture(seed: int) -> None:
    """Of every aspect, with shadows and lamps; the two differ in antialiasing only."""
    rng = np.random.default_rng([7, seed])
    stage = make_stage(rng, "train", 96)
    matrices = stage.sample_poses(rng, 4)
    drawn, _, area = stage.render(matrices)
    quick, covered, _ = Snapshots(stage.scene, stage.body, 96).draw(matrices, stage.camera)
    assert np.allclose(area, covered, atol=0.002)
    for a, b in zip(drawn[:, 0], quick, strict=True):
        assert decibels(a, b) > 28
    # In other light it is another.
    dark = replace(stage.scene, lights=())
    other, *_ = Snapshots(dark, stage.body, 96).draw(matrices, stage.camera)
    assert decibels(drawn[0, 0], other[0]) < decibels(drawn[0, 0], quick[0]) - 1


def test_the_moved_thing_throws_its_shadow(stage: Stage) -> None:
    """A pixel of the floor that the mug does not cover gets darker when the mug hangs between it and the sun."""
    shots = Snapshots(stage.scene, stage.body, 64)
    matrices = stage.sample_poses(np.random.default_rng(2), 6)
    away = np.array(matrices[:1])
    away[:, :3, 3] += [0, 0, 1e3]
    empty, *_ = shots.draw(away, stage.camera)
    pictures, *_ = shots.draw(matrices, stage.camera)
    darker = [(p.astype(int) - empty[0]).sum(-1) < -30 for p in pictures]
    assert max(d.mean() for d in darker) > 0.002


def test_cells_say_whose_they_are(stage: Stage) -> None:
    """Alone in another colour, a thing changes the picture in the cells that are said to be its own, and hardly elsewhere."""
    index = next(i for i, t in enumerate(stage.things) if t.kind == "table")
    name = stage.things[index].name
    owners = {o.name: index for o in stage.scene.objects if name in (o.name, o.parent)}
    matrices = stage.sample_poses(np.random.default_rng(8), 3)
    before, _, cells = Snapshots(stage.scene, stage.body, 96, owners).draw(matrices, stage.camera)
    black = tuple(
        replace(o, mesh=replace(o.mesh, materials=tuple(Material("m", (0, 0, 0, 1)) for _ in o.mesh.materials)))
        if o.name in owners and o.mesh is not None
        else o
        for o in stage.scene.objects
    )
    after, *_ = Snapshots(replace(stage.scene, objects=black), stage.body, 96).draw(matrices, stage.camera)
    changed = (before != after).any(-1).reshape(-1, CELLS, 4, CELLS, 4).mean((2, 4))
    assert (cells == index).any() and changed[cells == index].mean() > 0.7
    assert changed[cells != index].mean() < 0.05
    for k, shown in enumerate(cells == TARGET):
        assert abs(shown.mean() - stage.render(matrices)[2][k]) < 0.02


def test_another_look_keeps_names_places_and_shapes(stage: Stage) -> None:
    look = restyled(stage.scenery, np.random.default_rng(3), "train")
    assert [o.name for o in look.objects] == [o.name for o in stage.scenery.objects]
    assert [t.name for t in look.things] == [t.name for t in stage.things]
    for old, new in zip(stage.scenery.objects, look.objects, strict=True):
        assert np.array_equal(old.matrix_world, new.matrix_world)
        if old.mesh is not None and new.mesh is not None:
            assert np.array_equal(old.mesh.vertices, new.mesh.vertices)
            assert np.array_equal(old.mesh.faces, new.mesh.faces)
    matrices = stage.sample_poses(np.random.default_rng(4), 3)
    before, *_ = Snapshots(scene_of(stage.scenery), stage.body, 64).draw(matrices, stage.camera)
    body = make_body(scene_of(look), [look.target.name])
    after, *_ = Snapshots(scene_of(look), body, 64).draw(matrices, stage.camera)
    assert decibels(before[0], after[0]) < 25


def test_the_margins_of_all_cameras_at_once_are_those_of_each(stage: Stage) -> None:
    matrices = [stage.sample_poses(np.random.default_rng(c), 5, camera=c) for c in range(2)]
    together = stage.labeller.margins_by_camera(matrices)
    for camera, (poses, margins) in enumerate(zip(matrices, together, strict=True)):
        assert np.allclose(margins, stage.margins(poses, camera), equal_nan=True)


def test_groups_have_looks_of_their_own_and_true_labels(stage: Stage) -> None:
    groups = stage.groups(np.random.default_rng(6), 6)
    assert len(groups) == 2
    for camera, made in enumerate(groups):
        assert made.pictures.shape[1:] == (64, 64, 3)
        assert len(made.pictures) == len(made.margin) == len(made.visible) == len(made.area) == len(made.pose)
        assert np.allclose(made.margin, stage.margins(made.pose.astype(float), camera), atol=0.05, equal_nan=True)


def test_a_crowd_is_seen_by_several_cameras_in_looks_of_their_own() -> None:
    groups = [g for seed in range(4) for g in crowd_groups(np.random.default_rng(seed), "train", 48, 3)]
    assert len(groups) > 6
    for made in groups:
        assert made.pictures.shape == (1, 48, 48, 3) and made.margin.shape == (1, 0) and not made.group.facts
        assert made.cells is not None and (made.cells == TARGET).any()
    looks = {(g.group.target.name, g.group.target.colour, g.group.target.material) for g in groups}
    assert len(looks) > len({g.group.target.name for g in groups}), "the same thing in several colours"
