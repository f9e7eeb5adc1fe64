"""Statements about a group made by hand: what they say is as true as they tell."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from sgvop_core.guidance.prompt import read_prompt
from sgvop_core.guidance.prompt.vocabulary import load_vocabulary
from sgvop_core.training import wording
from sgvop_core.training.captions import Statement, corpus_words, nouns_possible, statements, true_elsewhere
from sgvop_core.training.claims import Claim, Clause, truth_of
from sgvop_core.training.data import CAMERA, ROOM, SIZES, Fact, Group, Thing
from sgvop_core.training.facts import FactTable
from sgvop_core.training.looks import colours_near
from sgvop_core.training.negatives import named_otherwise
from sgvop_core.training.states import attitude_phrase, size_word, size_words
from sgvop_core.training.wording import describe, said_with

VOCABULARY = load_vocabulary()
MUG = Thing("mug", "mug", "cup", "red", "ceramic")
TABLE = Thing("table", "table", "table", "brown", "oak")
LAMP = Thing("lamp", "floor lamp", "lamp", "white", "metal")
SHAPE = Thing("shape", "lathe shape", None, "blue", None)
FLOOR = Thing("floor", "floor", None, "grey", None, "floor")
THINGS = (TABLE, LAMP, SHAPE, FLOOR)
UNIT = 0.05
ONE_ANCHOR = [k for k, e in VOCABULARY.relations.items() if e["anchors"] == 1 and k not in ("facing_away",)]
FACTS = (
    *(Fact("relation", name, (0,), UNIT) for name in ONE_ANCHOR),
    Fact("relation", "on", (3,), UNIT), Fact("relation", "left", (1,), UNIT), Fact("relation", "on", (2,), UNIT),
    Fact("relation", "between", (0, 1), UNIT), Fact("relation", "corner", (ROOM,), UNIT), Fact("relation", "facing_away", (CAMERA,), UNIT),
    *(Fact("attitude", name, (), UNIT) for name in VOCABULARY.attitudes), *(Fact("size", name, (), UNIT) for name in SIZES),
)  # fmt: skip
AT = {(f.name, f.anchors): i for i, f in enumerate(FACTS)}
GROUP = Group(MUG, THINGS, FACTS)


def margins(*held: dict[tuple[str, tuple[int, ...]], float]) -> np.ndarray:
    """Margins in units: -1 where nothing is said."""
    made = np.full((len(held), len(FACTS)), -UNIT)
    for row, facts in zip(made, held, strict=True):
        for key, units in facts.items():
            row[AT[key]] = units * UNIT
    return made


def plain(name: str) -> tuple[str, tuple[int, ...]]:
    return (name, () if name in SIZES or name in VOCABULARY.attitudes else (0,))


EVERY = margins(
    *({plain(n): 1.5} for n in (*ONE_ANCHOR, *VOCABULARY.attitudes, *SIZES)),
    {("between", (0, 1)): 1.0}, {("corner", (ROOM,)): 1.0}, {("facing_away", (CAMERA,)): 1.0},
)  # fmt: skip


def said(margin: np.ndarray, rounds: int, seed: int = 0, group: Group = GROUP, count: int = 12) -> list[Statement]:
    rng = np.random.default_rng(seed)
    return [s for _ in range(rounds) for s in statements(group, margin, np.ones(len(margin)), rng, count)]


def test_the_truth_is_soft_at_the_border_hard_where_it_holds_and_tells_how_far_it_is_where_it_does_not() -> None:
    margin = margins(
        {plain("on"): 0.0}, {plain("on"): 0.5}, {plain("on"): -0.5}, {plain("on"): 2.0}, {plain("on"): -2.0}, {}
    )
    margin[5, AT[plain("on")]] = np.nan
    truth = FactTable(GROUP, margin, np.ones(6)).of("relation", "on", (0,))
    assert truth[:5] == pytest.approx(
        [0.5, 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2)), 1, 1 / (1 + np.exp(8))], rel=1e-6
    )
    assert np.isnan(truth[5])
    far = FactTable(GROUP, margins({plain("on"): -1e9}), np.ones(1)).of("relation", "on", (0,))
    assert 0 < far.astype(np.float32)[0] < 1e-30


def read(text: str) -> tuple[set[tuple[str, str]], str | None]:
    """The relations with their anchors' last words, and the attitude, as the prompt reader understands the text."""
    text = re.sub(r"^(a photo of|a picture of|a rendering of|a computer graphics image of|a scene with) ", "", text)
    reading = read_prompt(text, (), "mug")
    return {(r.relation, r.anchors[0].words[r.anchors[0].head]) for r in reading.relations}, reading.attitude


def test_statements_say_what_the_prompt_reader_understands_and_are_true_where_it_holds() -> None:
    """Of statements of known nouns with one relation to the table, the reader's own meaning tells where they are true."""
    names = ("on", "above", "below", "left", "right", "front", "behind", "next_to", "inside", "leaning")
    margin = margins(*({plain(n): 1.5} for n in names))
    checked = 0
    for statement in said(margin, 60):
        if {"cup", "table"} != statement.nouns or np.isnan(statement.truth).any():
            continue
        if re.search(r"\b(has|with|and|it)\b|table.*(cup|mug|teacup|beaker|tumbler)", statement.text):
            continue
        found, _ = read(statement.text)
        if (
            not re.search(r"\b(red|crimson|scarlet|reddish|brown|brownish|chestnut)\b", statement.text)
            or len(found) != 1
        ):
            continue
        ((relation, _),) = found
        if relation in names and (statement.truth > 0.5).any():
            assert np.flatnonzero(statement.truth > 0.5).tolist() == [names.index(relation)], statement.text
            checked += 1
    assert checked > 20


def test_every_picture_gets_a_true_statement() -> None:
    names = ("on", "above", "below", "left", "right", "front", "behind", "inside")
    margin = margins(*({plain(n): 1.5} for n in names))
    for seed in range(20):
        made = said(margin, 1, seed)
        assert len(made) == 12 and len({s.text for s in made}) == 12
        assert all(s.truth.shape == (8,) and np.nanmin(s.truth, initial=0) >= 0 for s in made)
        relations = [s.truth for s in made if not np.all(s.truth == 1)]
        assert (np.fmax.reduce(relations) >= 0.5).all()


def test_negatives_are_false_where_the_fact_holds_and_change_one_thing() -> None:
    margin = margins({plain("on"): 1.5, ("upside_down", ()): 1.5, ("tiny", ()): 1.5}, {plain("left"): 1.5})
    made = said(margin, 80)
    texts = " | ".join(s.text for s in made if s.truth[0] < 0.02)
    assert re.search(r"(mug|cup|thing)( \w+)? (under|below|above)", texts) and re.search(
        "upright|on its side|tilted", texts
    )
    assert re.search(r"\b(huge|giant|large|big)\b", texts) and re.search(
        r"\b(blue|green|black)\b[\w ]* (mug|cup)", texts
    )
    for statement in made:
        colours = {
            VOCABULARY.colours[w] for w in re.findall(r"[a-z]+", statement.text.lower()) if w in VOCABULARY.colours
        }
        known = colours_near("red") | colours_near("brown") | colours_near("white") | colours_near("blue") | {"grey"}
        if colours - known:
            assert not np.nanmax(statement.truth, initial=0) > 0, f"nothing there has that colour: {statement.text}"
        absent = statement.nouns - nouns_possible(GROUP)
        assert not absent or not np.nanmax(statement.truth, initial=0) > 0, statement.text


def test_swapped_statements_are_told_only_where_they_are_known() -> None:
    table = FactTable(GROUP, margins({plain("on"): 1.5}, {plain("left"): 1.5}, {plain("next_to"): 1.5}), np.ones(3))
    assert table.swapped("on", 0)[0] == 0 and np.isnan(table.swapped("on", 0)[1:]).all(), "the table is not on the mug"
    assert table.swapped("below", 0)[0] == 1, "the table is under the mug that is on it"
    assert table.swapped("right", 0)[1] == 1 and table.swapped("left", 0)[1] == 0
    assert np.isnan(table.swapped("next_to", 0)).all() and np.isnan(table.swapped("facing", 0)).all()
    margin = margins({plain("on"): 1.5}, {plain("left"): 1.5})
    turned = [
        s
        for s in said(margin, 150)
        if re.search(r"\btable (is |sitting |standing |placed )?on (the |a )?(\w+ )*(mug|cup)$", s.text)
        and " side of " not in s.text
    ]
    assert turned and all(s.truth[0] == 0 and np.isnan(s.truth[1]) for s in turned)


def test_much_is_said_in_the_same_words_but_for_the_relation() -> None:
    margin = margins({plain("on"): 1.5}, {plain("left"): 1.5}, {plain("behind"): 1.5})
    families = 0
    for seed in range(40):
        claims = [s.claim for s in said(margin, 1, seed) if s.claim and len(s.claim.clauses) == 1 and not s.claim.false]
        alike: dict[object, dict[str, bool]] = {}
        for claim in claims:
            clause = claim.clauses[0]
            true = bool((truth_of(FactTable(GROUP, margin, np.ones(3)), claim) >= 0.5).any())
            alike.setdefault((claim.x, clause.anchors, clause.saids), {})[clause.name] = true
        most = max(alike.values(), key=len)
        if len(most) >= 6:
            families += 1
            assert any(most.values()) and not all(most.values())
    assert 12 < families < 36


def test_much_is_said_in_the_same_words_but_for_the_noun_or_the_colour() -> None:
    margin = margins({plain("on"): 1.5}, {plain("on"): 1.5}, {plain("left"): 3.0})
    margin[2, AT[plain("on")]] = -3 * UNIT
    table = FactTable(GROUP, margin, np.array([1.0, 0.0, 0.0]))
    on = Clause("on", (0,), (describe(TABLE, random.Random(0), False, False),))
    by_noun = Claim(describe(MUG, random.Random(0), False, False), (on,))
    others = named_otherwise(table, by_noun, random.Random(1), 6)
    assert len(others) == 6 == len({s.claim.x.noun for s in others if s.claim})
    for other in others:
        assert (
            other.claim
            and other.claim.clauses == by_noun.clauses
            and other.claim.x.noun not in ("cup", "table", "lamp")
        ), other.text
        assert (other.truth == 0).all(), "it is not there, seen or not"
    red = said_with("thing", None, "red", None, random.Random(0))
    others = named_otherwise(table, Claim(red, (on,)), random.Random(1), 6)
    assert len(others) == 6 == len({s.claim.x.colour for s in others if s.claim})
    for other in others:
        assert other.claim and other.claim.x.noun is None and other.claim.x.colour not in colours_near("red")
        assert other.truth == pytest.approx([0, np.nan, 0], nan_ok=True), (
            "hidden, it may be of any colour, but is not there"
        )
    assert not named_otherwise(table, Claim(describe(MUG, random.Random(0), True, False), (on,)), random.Random(1), 6)
    groups = 0
    for seed in range(40):
        alike: dict[object, set[object]] = {}
        for claim in (s.claim for s in said(margin, 1, seed, count=28) if s.claim and s.claim.false):
            alike.setdefault((claim.clauses, claim.attitude, claim.size), set()).add((claim.x.noun, claim.x.colour))
        groups += max(len(names) for names in alike.values()) >= 5
    assert 12 < groups < 32


def test_of_two_things_at_once_a_relation_is_true_when_it_is_of_both_and_false_when_of_neither() -> None:
    """As the sentences that stand against "between": "a cup left of the table and the lamp"."""
    held = ({plain("left"): 1.0, ("left", (1,)): 1.0}, {plain("left"): 1.0}, {("between", (0, 1)): 1.0})
    table = FactTable(GROUP, margins(*held), np.ones(3))
    truth = table.of("relation", "left", (0, 1))
    assert truth[0] > 0.9 and np.isnan(truth[1]) and truth[2] < 0.1
    assert set(table.measured((0, 1))) == {"between", "left"} and table.of("relation", "between", (0, 1))[2] > 0.9
    made = said(EVERY, 40)
    pairs = [
        s.claim.clauses[0].name for s in made if s.claim and s.claim.clauses and s.claim.clauses[0].anchors == (0, 1)
    ]
    assert {"between", "left"} <= set(pairs)


def test_what_may_mean_several_things_is_true_of_any_and_else_unknown() -> None:
    other = Thing("desk", "desk", "table", "black", "metal")
    group = Group(
        MUG,
        (TABLE, other),
        (
            Fact("relation", "on", (0,), UNIT),
            Fact("relation", "left", (0,), UNIT),
            Fact("relation", "left", (1,), UNIT),
        ),
    )
    table = FactTable(group, np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * UNIT, np.ones(3))
    x, r = wording.said_with("mug", "cup", None, None, random.Random(0)), random.Random(0)
    either = wording.said_with("table", "table", None, None, r)
    brown = wording.Said("brown table", "table", "table", "brown")
    assert table.relation("left", (0,), (either,), x).tolist() == pytest.approx([0, 1, 1], abs=0.02)
    assert table.relation("left", (0,), (brown,), x).tolist() == pytest.approx([0, 1, 0], abs=0.02)
    unknown = table.relation("on", (0,), (either,), x)
    assert unknown[0] > 0.9 and np.isnan(unknown[1:]).all(), "nobody measured what is on the desk"


def test_looks_of_a_hidden_target_are_unknown_and_its_relations_are_not() -> None:
    margin = margins({plain("on"): 1.5}, {plain("left"): 1.5})
    rng, hidden = np.random.default_rng(3), np.array([1.0, 0.1])
    made = [s for _ in range(60) for s in statements(GROUP, margin, hidden, rng, 10)]
    alone = re.compile(
        r"(a (photo|picture|rendering|computer graphics image) of |a scene with )?((a|the) )?(\w+ )?((?!of |the )\w+ )?"
        r"(mug|cup|teacup|beaker|tumbler)\.?",
        re.IGNORECASE,
    )
    looks = [s for s in made if s.nouns == {"cup"} and alone.fullmatch(s.text)]
    assert looks and all(np.isnan(s.truth[1]) for s in looks)
    assert any(s.truth[1] == 1 and "left of" in s.text for s in made)


def test_unknown_words_still_say_the_relation() -> None:
    margin = margins({plain("on"): 1.5}, {plain("below"): 1.5})
    known = set(corpus_words())
    strange = [s for s in said(margin, 60) if set(re.findall(r"[a-z]+", s.text.lower())) - known]
    assert any(s.truth[0] == 1 and s.truth[1] == 0 for s in strange)
    assert any(not s.nouns for s in strange), "an invented word is no noun"
    shape = Group(SHAPE, THINGS, FACTS)
    assert not any("cup" in s.nouns and s.truth.max() > 0 for s in said(margin, 30, group=shape))


def test_all_words_are_the_corpus_and_all_facts_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "invented_word", lambda r: "thing")
    made = said(EVERY, 120, count=16)
    known = set(corpus_words())
    found: set[str] = set()
    for statement in made:
        words = set(re.findall(r"'s|[a-z]+|[0-9]", statement.text.lower()))
        assert words <= known, (statement.text, words - known)
        assert len(statement.text.split()) <= 28, statement.text
        relations, attitude = read(statement.text)
        found |= {name for name, _ in relations} | {attitude or ""}
    assert {*VOCABULARY.relations, *VOCABULARY.attitudes} <= found


def test_every_phrase_of_the_vocabulary_can_come_up() -> None:
    r = random.Random(0)
    for name, entry in VOCABULARY.relations.items():
        assert {wording.relation_phrase(name, r) for _ in range(900)} == set(entry["phrases"])
        assert {wording.bare(name, r) for _ in range(60)} == set(entry.get("bare", [None]))
    for name, entry in VOCABULARY.attitudes.items():
        assert {attitude_phrase(name, r) for _ in range(600)} == set(entry["phrases"])
    assert sorted(w for s in SIZES for w in size_words(s)) == sorted(VOCABULARY.data["sizes"]["words"])
    assert {w for s in SIZES for _ in range(600) for w in [size_word(s, r)]} >= set(VOCABULARY.data["sizes"]["words"])
    table = wording.Said("table", "table", "table")
    texts = {wording.turned("mug", table, "next_to", r) for _ in range(400)}
    assert all(any(own in t for t in texts) for own in VOCABULARY.relations["next_to"]["own"])
    assert not any("its left" in wording.turned("mug", table, "left", r) for _ in range(200)), (
        "that is the anchor's left"
    )


def test_a_statement_is_false_of_groups_that_lack_what_it_names() -> None:
    bare = Group(MUG, (LAMP, FLOOR), ())
    one = Statement("a mug on the table", np.ones(1), frozenset({"cup", "table"}))
    assert true_elsewhere(one, bare) == 0 and np.isnan(true_elsewhere(one, GROUP))
    glass = Statement("a glass and a lamp", np.ones(1), frozenset({"glass", "lamp"}))
    assert np.isnan(true_elsewhere(glass, bare)), "a mug may be taken for a glass"
    animal = Statement("an animal", np.ones(1), frozenset({"animal"}))
    assert true_elsewhere(animal, bare) == 0 and np.isnan(
        true_elsewhere(animal, Group(Thing("d", "dog", "dog"), (), ()))
    )
    vase = Statement("a vase", np.ones(1), frozenset({"vase"}))
    assert np.isnan(true_elsewhere(vase, Group(SHAPE, (), ()))), "a turned shape may look like a vase"
    assert true_elsewhere(Statement("by the wall", np.ones(1), frozenset({"wall"})), bare) == 0


def test_the_same_seed_says_the_same() -> None:
    first, second = (said(EVERY, 3, seed=7) for _ in range(2))
    assert [s.text for s in first] == [s.text for s in second]
    assert all(np.array_equal(a.truth, b.truth, equal_nan=True) for a, b in zip(first, second, strict=True))


def test_a_group_without_facts_says_what_is_there() -> None:
    rng = np.random.default_rng(0)
    made = statements(Group(MUG, THINGS, ()), np.zeros((2, 0)), np.ones(2), rng, 6)
    assert made and all(s.truth.shape == (2,) for s in made)
