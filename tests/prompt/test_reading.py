"""Prompts as people write them, and what is read from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.errors import PromptError
from sgvop_core.guidance.prompt import PromptReading, load_vocabulary, read_prompt

NAMES = ["Table", "Lamp", "Chair", "Chair.001", "Salt and Pepper", "Door", "Shelf", "Plate"]


def relations(text: str, names: list[str] = NAMES, moving: str = "cow") -> list[tuple]:
    """Returns (relation, anchor words, frame, part) of each relation of a prompt."""
    read = read_prompt(text, names, moving)
    return [(r.relation, *[a.text for a in r.anchors], r.frame, r.part) for r in read.relations if not r.about_anchor]


TABLE = [
    ("a cow on the table", [("on", "table", None, None)]),
    ("a cow sitting on top of the table", [("on", "table", None, None)]),
    ("atop a plate", [("on", "plate", None, None)]),
    ("a cow floating directly above a table", [("above", "table", None, None)]),
    ("the cow hovers over the table", [("above", "table", None, None)]),
    ("a cow beneath the table", [("below", "table", None, None)]),
    ("underneath the old table", [("below", "old table", None, None)]),
    ("to the left of the lamp", [("left", "lamp", "camera", None)]),
    ("on the right hand side of the lamp", [("right", "lamp", "camera", None)]),
    ("in front of the door", [("front", "door", "camera", None)]),
    ("behind chair 2", [("behind", "chair 2", "camera", None)]),
    ("to the table's left", [("left", "table", "anchor", None)]),
    ("beside the table, on its left", [("next_to", "table", None, None), ("left", "table", "anchor", None)]),
    ("to the left of the table from its point of view", [("left", "table", "anchor", None)]),
    ("on the table next to the lamp", [("on", "table", None, None), ("next_to", "lamp", None, None)]),
    (
        "on the table, to the left of the plate and facing the door",
        [("on", "table", None, None), ("left", "plate", "camera", None), ("facing", "door", None, None)],
    ),
    ("between the chair and the lamp", [("between", "chair", "lamp", None, None)]),
    ("a cow between two chairs", [("between", "chairs", None, None)]),
    ("inside the bowl", [("inside", "bowl", None, None)]),
    ("in the bowl on the table", [("inside", "bowl", None, None)]),
    ("on the floor in the corner of the room", [("on", "floor", None, None), ("corner", "room", None, None)]),
    ("in the corner", [("corner", "room", None, None)]),
    ("in the middle of the table", [("middle", "table", None, None)]),
    ("at the edge of the table", [("edge", "table", None, None)]),
    (
        "leaning against the wall, facing the camera",
        [("leaning", "wall", None, None), ("facing", "camera", None, None)],
    ),
    ("up against the wall", [("against", "wall", None, None)]),
    ("a picture hanging on the wall", [("attached", "wall", None, None)]),
    ("hanging from the ceiling", [("hanging", "ceiling", None, None)]),
    ("with its back to the door", [("facing_away", "door", None, None)]),
    ("on a shelf of the bookcase", [("on", "bookcase", None, "any")]),
    ("put the cup onto the stool please", [("on", "stool", None, None)]),
    ("the cup should stand, please, on the kitchen table", [("on", "kitchen table", None, None)]),
    ("cup 20 cm left of the stool", [("left", "stool", "camera", None)]),
    ("on the top shelf of the bookcase", [("on", "bookcase", None, "top")]),
    ("on the lowest shelf", [("on", "shelf", None, "bottom")]),
    ("on the second shelf of the rack", [("on", "rack", None, "2")]),
    ("on the table and the chair", [("on", "table", None, None), ("on", "chair", None, None)]),
    ("next to the salt and pepper", [("next_to", "salt and pepper", None, None)]),
    ("a table with a cow on it", [("on", "table", None, None)]),
    ("the table under the cow", [("above", "table", None, None)]),
    ("near Chair.001", [("near", "chair 001", None, None)]),
    ("on the red and white table", [("on", "red white table", None, None)]),
]


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[t for t, _ in TABLE])
def test_relations_are_read_as_people_mean_them(text: str, expected: list[tuple]) -> None:
    assert relations(text) == expected


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("a tiny cow", 0.4), ("a huge cow on the table", 2.2), ("twice as big", 2.0), ("a cow three times bigger", 3.0),
        ("2x bigger", 2.0), ("half the size of the original", 0.5), ("50% larger", 1.5), ("30 percent smaller", 0.7),
        ("scaled to 50%", 0.5), ("a very small cow", 0.7**1.5), ("four times smaller", 0.25),
    ],
)  # fmt: skip
def test_size_words_give_their_factor(text: str, factor: float) -> None:
    size = read_prompt(text, NAMES, "cow").size
    assert size is not None and size.factor == pytest.approx(factor)


def test_a_size_word_of_an_anchor_or_of_the_objects_name_is_no_size() -> None:
    assert read_prompt("a cow on the big table", NAMES, "cow").size is None
    assert read_prompt("the small cup on the table", NAMES, "small_cup").size is None
    assert read_prompt("a cow as big as the table", NAMES, "cow").size is None


@pytest.mark.parametrize(
    ("text", "attitude"),
    [
        ("upside down on the table", "upside_down"), ("a mug lying on its side on the table", "on_its_side"),
        ("an upside-down cow", "upside_down"), ("lying on its back", "on_its_back"), ("face down", "on_its_face"),
        ("upright on the table", "upright"), ("a tilted mug", "tilted"), ("a mug on the table", None),
    ],
)  # fmt: skip
def test_attitudes_are_read(text: str, attitude: str | None) -> None:
    assert read_prompt(text, NAMES, "mug").attitude == attitude


def test_floating_is_heard_without_a_relation() -> None:
    assert read_prompt("a balloon floating in the air", NAMES, "balloon").floats
    assert not read_prompt("a duck floating on the table", NAMES, "duck").floats


def test_what_is_not_understood_is_listed() -> None:
    read = read_prompt("a rusty cow with a hat on the table", NAMES, "cow")
    assert {"rusty", "hat"} <= set(read.not_understood)
    assert [r.relation for r in read.relations] == ["on"]


@pytest.mark.parametrize("text", ["桌子上的牛", "البقرة على الطاولة", "корова на столе", "🐄"])
def test_another_script_is_reported_not_refused(text: str) -> None:
    read = read_prompt(text, NAMES, "cow")
    assert not read.understood
    assert read.not_understood or text == "🐄"


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_prompt_is_an_error_that_shows_one(text: str) -> None:
    with pytest.raises(PromptError, match="empty"):
        read_prompt(text, NAMES, "cow")


def test_every_phrase_of_the_vocabulary_is_read_as_its_own_relation() -> None:
    for key, relation in load_vocabulary().relations.items():
        for phrase in relation["phrases"]:
            anchors = "the lamp and the door" if relation["anchors"] == 2 else "the lamp"
            read = read_prompt(f"a cow {phrase} {anchors}", NAMES, "cow")
            assert key in [r.relation for r in read.relations], f"'{phrase}' was read as {read.relations}"


def test_every_attitude_phrase_is_read() -> None:
    for key, attitude in load_vocabulary().attitudes.items():
        for phrase in attitude["phrases"]:
            assert read_prompt(f"a cow {phrase}", NAMES, "cow").attitude == key, phrase


_WORDS = st.sampled_from(
    [
        *(
            "a",
            "the",
            "cow",
            "table",
            "lamp",
            "on",
            "under",
            "left",
            "of",
            "to",
            "its",
            "in",
            "between",
            "and",
            ",",
            ".",
        ),
        *(
            "with",
            "2",
            "twice",
            "as",
            "big",
            "half",
            "%",
            "'s",
            "it",
            "shelf",
            "top",
            "upside",
            "down",
            "floating",
            "next",
        ),
        *("front", "facing", "very", "small", "room", "corner", "not", "50", "is"),
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=14).map(" ".join)))
def test_no_text_breaks_the_reader(text: str) -> None:
    if not text.strip():
        return
    read = read_prompt(text, NAMES, "cow")
    assert read == read_prompt(text, NAMES, "cow")
    assert PromptReading.from_json(json.loads(json.dumps(read.as_json()))) == read
    for relation in read.relations:
        assert relation.anchors and all(noun.words for noun in relation.anchors)


def test_a_very_long_prompt_is_read_quickly_and_cut() -> None:
    read = read_prompt("a cow on the table " * 5000, NAMES, "cow")
    assert read.relations[0].relation == "on"


def test_the_documentation_tells_the_whole_vocabulary() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "prompts.md").read_text(encoding="utf-8")
    vocabulary = load_vocabulary()
    for key, entry in {**vocabulary.relations, **vocabulary.attitudes}.items():
        assert f"`{key}`" in text and entry["definition"] in text, f"docs/prompts.md does not define '{key}'"
        for phrase in (p for form in ("phrases", "own", "bare") for p in entry.get(form, ())):
            assert phrase in text, f"docs/prompts.md does not name '{phrase}' of '{key}'"
        assert entry.get("margin", "") in text
    for word in (*vocabulary.data["sizes"]["words"], *vocabulary.data["colours"], *vocabulary.data["materials"]):
        assert word in text, f"docs/prompts.md does not name the word '{word}'"
    documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert documented == {*vocabulary.relations, *vocabulary.attitudes}, "the document defines what is not there"


def test_what_is_denied_is_not_read_as_asked_for() -> None:
    reading = read_prompt("a mug not on the table but on the shelf", ["Table", "Shelf", "Mug"], "Mug")
    assert [(r.relation, r.anchors[0].text) for r in reading.relations] == [("on", "shelf")]
    assert "not on table" in reading.not_understood
