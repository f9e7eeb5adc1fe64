"""What few scenes allow comes up in training pictures: room beneath things, two things to be between, and things that no other
scene has."""

from __future__ import annotations

import numpy as np
import pytest

from sgvop_core.training.generate import STUDIO, SceneShares
from sgvop_core.training.named_things import only_named
from sgvop_core.training.pictures import Stage, make_stage
from sgvop_core.training.poses import PoseOptions, PoseSampler
from sgvop_core.training.scenery import ROOMY, SceneryOptions, make_scenery

from .asked_stages import stage_options

OFTEN = PoseOptions(seldom=0.5)


def staged(anchors: list[str], poses: PoseOptions | None, floating: float = 0.0, seed: int = 8) -> Stage:
    options = SceneryOptions(floating=floating, walls=0.0, natural=0.0, ratio=(0.15, 0.2))
    return make_stage(
        np.random.default_rng(seed), "train", 32, target="mug", anchors=anchors, bare=True, scenery=options, poses=poses
    )


def aims(stage: Stage, poses: PoseOptions) -> list[str]:
    boxes = {t.name: stage.geometry.bounds(t.name) for t in stage.things if t.role == "thing"}
    sampler = PoseSampler(stage.geometry, stage.body, stage.camera, boxes, [], scaled=False, options=poses)
    return sorted(aim for aim, _ in sampler.seldom)


def share(stage: Stage, *names: str) -> float:
    """Of 60 poses those in which one of the relations holds."""
    matrices = stage.sample_poses(np.random.default_rng(4), 60)
    columns = [i for i, f in enumerate(stage.facts) if f.name in names]
    return float((stage.margins(matrices)[:, columns] >= 0).any(1).mean())


def test_only_what_has_room_beneath_it_is_to_be_beneath() -> None:
    assert aims(staged(["table"], None), OFTEN) == ["below", "hanging"]
    assert aims(staged(["cube"], None), OFTEN) == []
    assert aims(staged(["cube"], None, floating=1.0), OFTEN) == ["below", "hanging"]
    assert aims(staged(["cube", "barrel"], None), OFTEN) == ["between", "between"]
    assert aims(staged(["table"], None), PoseOptions()) == []


@pytest.mark.parametrize(
    ("anchors", "floating", "names", "least"),
    [
        (["table"], 0.0, ("below", "hanging"), 0.12),
        (["cube"], 1.0, ("hanging",), 0.12),
        (["cube", "barrel"], 0.0, ("between",), 0.6),
    ],
)
def test_what_few_scenes_allow_is_aimed_at_where_one_does(
    anchors: list[str], floating: float, names: tuple[str, ...], least: float
) -> None:
    often = share(staged(anchors, OFTEN, floating), *names)
    assert often > least
    assert often > 1.7 * share(staged(anchors, None, floating), *names)


def test_random_poses_aim_at_nothing_all_the_same() -> None:
    found = [
        staged(["table"], poses).sample_poses(np.random.default_rng(4), 20, "random")
        for poses in (OFTEN, PoseOptions())
    ]
    assert np.array_equal(*found)


def test_a_scene_without_things_names_none() -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        assert only_named(make_scenery(rng, "train", alone=True), rng, pair=0.5).named == ()


def test_no_two_training_scenes_share_a_thing() -> None:
    found = [seed for n in range(12) for seed in make_scenery(np.random.default_rng([8, n]), "train").seeds.values()]
    assert len(found) > 30 and len(set(found)) == len(found)


def test_roomy_things_come_first_and_are_named_rather() -> None:
    named, roomy, pairs = 0, 0, 0
    for seed in range(25):
        rng = np.random.default_rng([9, seed])
        made = make_scenery(rng, "train", SceneryOptions(roomy=1.0, more=(1.0, 0.0), clutter=2, furniture=0.0))
        assert made.things and next(t for t in made.things if t.role == "thing").kind in ROOMY
        prompt = only_named(made, rng, pair=0.0)
        if prompt.named:
            named += 1
            roomy += next(t for t in made.things if t.name == prompt.named[0]).kind in ROOMY
        pairs += len(only_named(made, rng, pair=1.0).named or ()) == 2
    assert roomy > 0.5 * named, "of four things, of which hardly more than one is roomy"
    assert pairs > 18


def test_the_studio_is_drawn_with_these_poses_and_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stage_options(monkeypatch, SceneShares(0.0, 0.0, studio=1.0))
    assert asked["poses"].seldom > 0 and asked["scenery"] == STUDIO and STUDIO.roomy > 0
    assert stage_options(monkeypatch, SceneShares(0.0, 0.0))["poses"] is None


def test_the_studio_names_two_things_as_often_as_its_scenes_say() -> None:
    options = SceneryOptions(more=(1.0, 0.0), clutter=0, pair=1.0)
    made = [
        make_stage(np.random.default_rng([2, n]), "train", 48, scenery=options, framing="studio").named
        for n in range(6)
    ]
    assert sum(len(named or ()) == 2 for named in made) >= 4
