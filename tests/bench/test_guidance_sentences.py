"""The sentences of the guidance bench: what things are called, what is false of a picture, and how one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from sgvop_core.bench.guidance_choices import Question, answered
from sgvop_core.scene.model import Array
from sgvop_core.training.data import Fact, Group, Thing
from sgvop_core.training.plain_texts import false_relations, other_colours, sentence, words_for


def group(*things: Thing, target: Thing | None = None, facts: tuple[Fact, ...] = ()) -> Group:
    return Group(target or Thing("T", "cup", "cup", "red"), things, facts)


def test_colour_words_stand_only_where_the_noun_is_not_enough() -> None:
    cup, other, box = Thing("A", "cup", "cup", "red"), Thing("B", "cup", "cup", "blue"), Thing("C", "box", "box", "red")
    assert words_for(cup, [box]) == "cup"
    assert words_for(cup, [other, box]) == "red cup"
    assert words_for(cup, [Thing("D", "cup", "cup", "red")]) is None
    assert words_for(Thing("E", "blob"), [box]) == "thing"
    walls = [Thing("W", "wall", "wall", role="wall"), Thing("V", "wall", "wall", role="wall")]
    on, against = Fact("relation", "on", (0,)), Fact("relation", "against", (1,))
    made = group(other, *walls, facts=(on, against))
    assert sentence(made, on) == "a red cup on the blue cup"
    assert sentence(made, against, target="orange cup") == "an orange cup against the wall"
    assert sentence(group(box), Fact("relation", "corner", (-1,))) == "a cup in the corner of the room"


def test_false_relations_are_those_that_hold_of_no_anchor() -> None:
    facts = tuple(
        Fact("relation", name, anchors)
        for name, anchors in (
            ("on", (0,)), ("left", (0,)), ("far", (0,)), ("left", (1,)), ("far", (1,)), ("between", (0, 1)), ("above", (0,)),
        )
    )  # fmt: skip
    made = group(Thing("A", "box", "box"), Thing("B", "bed", "bed"), facts=facts)
    margins = np.array([0.1, -0.1, -2.0, 0.2, -3.0, 0.1, np.nan])
    assert false_relations(made, 0, margins) == ["left", "far"]
    assert false_relations(made, 0, margins, clear=True) == ["far"]
    assert false_relations(made, 5, margins) == ["far"], "left holds of the second anchor, on is not said of it"


def test_other_colours_are_not_close_and_not_in_the_scene() -> None:
    things = (Thing("A", "box", "box", "green"),)
    found = other_colours(group(*things), 9, np.random.default_rng(0))
    assert len(found) == 9 and not {"red", "green", "maroon", "magenta"} & set(found)
    assert other_colours(group(*things, target=Thing("T", "cup", "cup")), 9, np.random.default_rng(0)) == []


def test_which_sentence_fits_a_picture_is_asked_of_cosines() -> None:
    """What a score takes off for rivals would take the names away, which all rivals share."""

    class Both:
        name = "both"

        def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
            raise AssertionError("scores compare pictures")

        def cosines(self, pictures: Array, texts: Sequence[str]) -> Array:
            return np.array([[0.1, 0.3]])

        def matches(self, pictures: Tensor, texts: Sequence[str]) -> Tensor:
            raise AssertionError("scores compare pictures")

    pictures = np.zeros((1, 1, 4, 4, 3), np.uint8)
    assert answered(Both(), Question("noun", "mug", pictures, ("a cup", "a mug"), (1,)))
    assert not answered(Both(), Question("noun", "cup", pictures, ("a cup", "a mug"), (0,)))
