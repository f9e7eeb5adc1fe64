"""The heads ask what the labels say; what is unknown costs nothing and teaches nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from sgvop_core.training.data import Fact, Group, GroupPictures, Thing
from sgvop_core.training.heads import Heads, answers
from sgvop_core.training.regions import TextAnswers
from sgvop_core.training.words import UNKNOWN, words


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


def test_the_anchor_is_the_first_thing_that_was_measured() -> None:
    right, known = answers([group()]), words()
    assert right.anchor.tolist() == [known.nouns["table"]] * 2 and right.anchor_colour.tolist() == [UNKNOWN] * 2
    assert right.target.tolist() == [known.nouns["cup"]] * 2 and right.colour.tolist() == [known.colours["red"]] * 2


def texts() -> TextAnswers:
    """ "a red cup on a table" and a text of which nothing is known."""
    known = words()
    found = (
        known.nouns["cup"],
        known.colours["red"],
        known.facts["relation", "on"],
        known.nouns["table"],
        UNKNOWN,
        UNKNOWN,
    )
    return TextAnswers(*(torch.tensor([value, UNKNOWN]) for value in found))


def test_heads_learn_what_can_be_told_apart_and_nothing_from_the_unknown() -> None:
    torch.manual_seed(0)
    heads, right = Heads(8), answers([group(), group("ball", "blue")])
    seen, part = (torch.nn.functional.normalize(torch.randn(4, 8), dim=1) for _ in range(2))
    read, every = torch.nn.functional.normalize(torch.randn(2, 8), dim=1), torch.ones(4, dtype=torch.bool)

    def cost() -> torch.Tensor:
        parts = heads.facts_of(part, right, every) + heads.target(part, right, every) + heads.anchor(part, right, every)
        return parts + heads.whole(seen, right) + heads.texts(read, texts())

    optimiser = torch.optim.Adam(heads.parameters(), 0.05)
    first = cost().item()
    for _ in range(60):
        optimiser.zero_grad()
        cost().backward()
        optimiser.step()
    assert cost().item() < 0.5 * first
    heads.zero_grad()
    unknown = torch.full((4,), UNKNOWN)
    nothing = replace(
        right, target=unknown, colour=unknown, anchor=unknown, anchor_colour=unknown,
        facts=torch.full_like(right.facts, float("nan")),
    )  # fmt: skip
    silent = (
        heads.facts_of(part, nothing, every) + heads.target(part, nothing, every) + heads.anchor(part, nothing, every)
    )
    silent.backward()
    assert silent.item() == 0 and all(p.grad is None or not p.grad.any() for p in heads.parameters())


def test_parts_of_some_pictures_are_asked_about_those() -> None:
    torch.manual_seed(0)
    heads, right = Heads(8), answers([group(), group("ball", "blue")])
    part = torch.randn(4, 8)
    some = torch.tensor([False, True, False, True])
    alone = answers([group(), group("ball", "blue")])
    picked = {n: getattr(alone, n)[some] for n in ("present", "target", "colour", "anchor", "anchor_colour", "facts")}
    every = torch.ones(2, dtype=torch.bool)
    for ask in (heads.facts_of, heads.target, heads.anchor):
        assert torch.equal(ask(part[some], right, some), ask(part[some], replace(alone, **picked), every))
