"""Rooms are furnished without things in one another, and the demo's start breaks its prompt."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sgvop_core.assets import ROOMS, build_room, demo_room
from sgvop_core.bench.referee import Expectation, ExpectedRelation, Referee
from sgvop_core.bench.witness import Witness
from sgvop_core.scene.model import Scene


def entangled(scene: Scene) -> list[tuple[str, str]]:
    """Pairs of objects, not of one family, that are in one another by more than a touch."""
    pairs = []
    loose = [
        o
        for o in scene.objects
        if o.parent is None and o.name not in ("Floor", "Skirting", "Window", "Back wall", "Left wall")
    ]
    for a, b in itertools.combinations(loose, 2):
        first, second = (scene.bounds(scene.subtree(o.name)) for o in (a, b))
        if (first[0] > second[1]).any() or (second[0] > first[1]).any():
            continue
        witness = Witness(
            Scene((*scene.subtree(a.name), *scene.subtree(b.name)), scene.cameras), a.name, scene.cameras[0]
        )
        if witness.collisions(witness.start):
            pairs.append((a.name, b.name))
    return pairs


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind in ROOMS for seed in (0, 1)])
def test_room_is_whole(kind: str, seed: int) -> None:
    scene = build_room(kind, seed).scene()
    names = [o.name for o in scene.objects]
    assert len(names) == len(set(names)) and {c.name for c in scene.cameras} == {"Camera", "Low", "High"}
    assert entangled(scene) == []


def test_rooms_differ_by_seed_but_not_in_names() -> None:
    first, second = build_room("office", 0).scene(), build_room("office", 1).scene()
    shared = {o.name for o in first.objects} & {o.name for o in second.objects}
    assert {"Desk", "Monitor", "Bookcase", "Chair", "Plant"} <= shared
    assert not np.allclose(first.bounds(first.subtree("Desk")), second.bounds(second.subtree("Desk")))


def test_demo_room_starts_with_the_mug_on_the_floor_in_view() -> None:
    scene = demo_room()
    assert entangled(scene) == []
    assert {"Mug", "Table", "Shelf", "Lamp", "Chair", "Plant", "Sofa", "Rug"} <= {o.name for o in scene.objects}
    verdict = Referee(scene, "Mug", None).judge(np.eye(4), Expectation((ExpectedRelation("on", ("Table",)),)))
    assert not verdict.satisfied and verdict.collision_free and verdict.supported and verdict.in_view


def test_demo_room_is_the_same_for_a_seed_and_different_for_another() -> None:
    def prints(seed: int) -> list[float]:
        return [float(o.mesh.vertices.sum()) for o in demo_room(seed).objects if o.mesh is not None]

    assert prints(4) == prints(4) != prints(5)
