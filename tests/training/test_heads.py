"""The heads ask what the labels say; what is unknown costs nothing and teaches nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from sgvop_core.training.data import Fact, Group, GroupPictures, Thing
from sgvop_core.training.heads import UNKNOWN, Heads, answers


def group(noun: str | None = "cup", colour: str | None = "red") -> GroupPictures:
    things = (Thing("Floor", "floor", "floor", role="floor"), Thing("t", "table", "table"), Thing("l", "lamp", "lamp"))
    facts = (Fact("relation", "on", (1,)), Fact("relation", "left", (2,)), Fact("attitude", "upright"))
    margin = np.array([[1.0, -1.0, np.nan], [-1.0, 1.0, 2.0]])
    made = Group(Thing("c", "mug", noun, colour), things, facts)
    empty = np.ones(2)
    return GroupPictures(made, np.zeros((2, 8, 8, 3), np.uint8), margin, empty, empty, np.tile(np.eye(4), (2, 1, 1)))


def test_answers_are_the_labels_of_target_things_and_first_anchor() -> None:
    right = answers([group(), group(None, None)])
    assert right.present.sum(1).tolist() == [3.0, 3.0, 2.0, 2.0], "cup, table, lamp; the floor is everywhere"
    assert (right.target[:2] >= 0).all() and (right.target[2:] == UNKNOWN).all()
    assert (right.colour[:2] >= 0).all() and (right.colour[2:] == UNKNOWN).all()
    told = ~right.facts[:2].isnan()
    assert told.sum(1).tolist() == [1, 2], "on the table and upright; the lamp is not the first anchor"
    assert right.facts[0][told[0]].item() > 0.95 and right.facts[1][told[1]].min().item() < 0.05


def test_heads_learn_what_can_be_told_apart_and_nothing_from_the_unknown() -> None:
    torch.manual_seed(0)
    heads, right = Heads(8), answers([group(), group("ball", "blue")])
    seen = torch.nn.functional.normalize(torch.randn(4, 8), dim=1)
    optimiser = torch.optim.Adam(heads.parameters(), 0.05)
    first = heads(seen, right).item()
    for _ in range(60):
        optimiser.zero_grad()
        heads(seen, right).backward()
        optimiser.step()
    assert heads(seen, right).item() < 0.4 * first
    heads.zero_grad()
    nothing = replace(right, target=torch.full((4,), UNKNOWN), facts=torch.full_like(right.facts, float("nan")))
    cost = heads(seen, nothing)
    cost.backward()
    assert torch.isfinite(cost) and heads.target.weight.grad is not None and heads.facts.weight.grad is not None
    assert not heads.target.weight.grad.any() and not heads.facts.weight.grad.any()
