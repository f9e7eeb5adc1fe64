"""Statements of what is there: things with their colours and materials, right ones and wrong ones."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .data import Thing
from .facts import FactTable
from .looks import wrong_colour, wrong_material
from .neutral import pictured_nouns
from .nouns import UNNAMED, kin
from .wording import Said, fill, named, said_with

WRONG, TWO = 0.4, 0.25
"""Shares of the statements that are wrong, and of those that name two things."""


@lru_cache(maxsize=1)
def _nouns() -> tuple[str, ...]:
    """Those of which there are pictures: a word that is only ever wrong would be learnt to mean the contrary of all it is said with."""
    shown = pictured_nouns()
    return tuple(noun for noun in load_vocabulary().data["nouns"] if noun in shown)


def absent_noun(table: FactTable, r: random.Random) -> str | None:
    """Returns a noun of which nothing in the scene could be called, None when none was found."""
    things = [table.target, *table.things]
    present = {t.noun for t in things if t.noun}
    unnamed = any(t.noun is None and t.role == "thing" for t in things)
    for _ in range(20):
        noun = r.choice(_nouns())
        if " " in noun and noun.split()[0] in ("letter", "digit") and r.random() < 0.8:
            continue
        if not kin(noun) & present and not (unnamed and noun in UNNAMED):
            return noun
    return None


def named_falsely(table: FactTable, like: Said, r: random.Random) -> Said | None:
    """Returns words for something that is not there, of the looks of ``like``; None when nothing was found."""
    noun = absent_noun(table, r)
    if noun is None:
        return None
    word = named(None, noun, r, table.target, False)
    # A word of a whole kind ("animal") may still be true of something that is there.
    name, of = (word.name, word.noun) if word.noun == noun else (noun, noun)
    return said_with(name, of, like.colour, like.material, r)


def looking_wrong(table: FactTable, said: Said, r: random.Random) -> Said | None:
    """Returns the words with a colour or material that nothing they may mean has, None where that is not known."""
    things = [
        table.target if i < 0 else table.things[i] for i in table.matches(replace(said, colour=None, material=None))
    ]
    if said.material and (not said.colour or r.random() < 0.5):
        material = wrong_material(things, r)
        return None if material is None else said_with(said.name, said.noun, said.colour, material, r)
    colour = wrong_colour(things, r)
    return None if colour is None else said_with(said.name, said.noun, colour, said.material, r)


def presence(table: FactTable, r: random.Random) -> tuple[str, Array, frozenset[str]]:
    """Returns a text of what is there, its truth [K] (NaN where too little is seen) and the nouns in it."""
    anchors = {a for f in table.group.facts for a in f.anchors if a >= 0 and table.things[a].role == "thing"}
    things: list[Thing] = [table.target, *(table.things[a] for a in sorted(anchors))]
    r.shuffle(things)
    said: list[tuple[Said, Array]] = [_one(table, thing, r) for thing in things[: 2 if r.random() < TWO else 1]]
    truth = np.minimum.reduce([t for _, t in said])
    for _, t in said:
        truth = np.where(t == 0, 0.0, truth)
    texts = [fill(r.choice(("a {x}", "a {x}", "the {x}", "{x}")), r, x=s.text) for s, _ in said]
    return " and ".join(texts), truth, frozenset(s.noun for s, _ in said if s.noun)


def _one(table: FactTable, thing: Thing, r: random.Random) -> tuple[Said, Array]:
    said = table.say(thing, r, False)
    seen = table.seen if thing is table.target else np.ones(len(table.seen), bool)
    if r.random() < WRONG:
        other = looking_wrong(table, said, r) if r.random() < 0.5 else named_falsely(table, said, r)
        if other is not None:
            return other, np.where(seen, 0.0, np.nan)
    return said, np.where(seen, 1.0, np.nan)
