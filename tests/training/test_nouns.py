"""Nouns of the vocabulary, seen from the kinds of assets."""

from __future__ import annotations

import pytest

from sgvop_core.assets import asset_kinds
from sgvop_core.guidance.prompt.vocabulary import load_vocabulary
from sgvop_core.training.nouns import UNNAMED, hypernyms_of, kin, names_of, names_of_kind, noun_of

NOUNS = tuple(load_vocabulary().data["nouns"])
SHAPES = ("lathe shape", "csg shape", "stack shape", "frame shape")


@pytest.mark.parametrize("kind", asset_kinds())
def test_every_asset_has_a_noun_or_is_a_shape_without_one(kind: str) -> None:
    noun = noun_of(kind)
    assert noun in NOUNS if kind not in SHAPES else noun is None
    assert noun is None or {noun, kind.lower()} & set(names_of_kind(kind, noun)[:2])


def test_words_that_mean_something_else_in_a_prompt_are_no_nouns() -> None:
    assert (noun_of("camera"), noun_of("orange"), noun_of("top")) == ("photo camera", "tangerine", "spinning top")
    table = load_vocabulary().nouns
    assert not {"camera", "orange", "top", "plane", "front", "side"} & set(table)
    assert not set(table) & set(load_vocabulary().colours)


def test_there_are_enough_nouns_and_none_has_two_owners() -> None:
    plain = [n for n in NOUNS if not n.startswith(("letter ", "digit "))]
    assert len(plain) >= 150
    words = [w for n in NOUNS for w in (n, *load_vocabulary().data["nouns"][n])]
    assert len(words) == len(set(words))


def test_members_of_kinds_are_nouns() -> None:
    for kind, members in load_vocabulary().data["kinds"].items():
        assert set(members) <= set(NOUNS), f"'{kind}' has members that are no nouns"
    assert set(UNNAMED) <= {*NOUNS, *load_vocabulary().data["kinds"]}
    assert "animal" in hypernyms_of("dog") and not hypernyms_of("stairs")


def test_kin_goes_both_ways_and_holds_the_noun() -> None:
    for noun in NOUNS:
        assert noun in kin(noun) and all(noun in kin(other) for other in kin(noun) if other in NOUNS)
        assert kin(noun) <= {*NOUNS, *load_vocabulary().data["kinds"]}
    assert "glass" in kin("cup") and "dog" in kin("animal") and "table" not in kin("cup")


def test_the_canonical_noun_comes_first() -> None:
    assert names_of("sofa")[:2] == ("sofa", "couch") and "vehicle" not in names_of("car")
    assert "desk lamp" not in names_of_kind("floor lamp", "lamp")
