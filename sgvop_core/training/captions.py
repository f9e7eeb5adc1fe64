"""What can be said of a group's pictures, with how true it is of each: right statements and hard negatives.

The soft truth of a fact is sigmoid(4 margin / unit): 0.5 at the border, 0.98 at the margin at which it holds clearly. A
statement of several facts is as true as the least of them; what nobody measured is NaN.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .claims import Claim, Clause, Statement, stated
from .data import Group
from .facts import FactTable, place_words
from .negatives import changed, named_otherwise
from .nouns import UNNAMED, kin
from .presence import presence
from .wording import corpus_words, finished

__all__ = ["Statement", "corpus_words", "nouns_possible", "statements", "true_elsewhere"]


@dataclass(frozen=True)
class Mix:
    """What a batch of statements is made of (shares of the statements, 0 to 1)."""

    presence: float = 0.15
    negatives: float = 0.4
    two_facts: float = 0.25
    """Of the right statements; the rest says one fact."""
    family: float = 0.8
    """Share of the groups about which most is said in the same words but for the relation: what tells relations apart is the
    relation, not who is named how."""
    members: float = 0.55
    """Share of a group's statements that are of its family: of 28 so many as there are relations to a thing, nearly."""
    names: float = 0.6
    """Share of the groups about which one thing is also said in the same words but for the target's noun, or its colour."""
    namesakes: float = 0.2
    """Share of a group's statements that say that."""


MIX = Mix()


def statements(
    group: Group, margin: Array, visible: Array, rng: np.random.Generator, count: int = 10
) -> list[Statement]:
    """Returns ``count`` statements about a group (fewer where there is little to say), no two alike.

    margin [K, F] as in the data set, visible [K] (share of the target that is seen). Each picture in which a fact holds
    gets a statement that is true of it, as far as ``count`` allows; the other statements change one thing of those, or
    say what is there.
    """
    r = random.Random(int(rng.integers(2**62)))
    table = FactTable(group, np.asarray(margin, np.float64), np.asarray(visible, np.float64))
    made: dict[str, Statement] = {}
    there = sum(r.random() < MIX.presence for _ in range(count))
    wrong = sum(r.random() < MIX.negatives for _ in range(count))
    right = max(count - there - wrong, 2)
    claims: list[Claim] = []
    uncovered = np.ones(len(table.seen), bool)
    for member in _family(table, r, round(MIX.members * count)) if r.random() < MIX.family else ():
        said = stated(table, member, r)
        if not np.isnan(said.truth).all():
            claims.append(member)
            made[said.text] = said
            uncovered &= ~(said.truth >= 0.5)
    if r.random() < MIX.names:
        claim = _claim(table, np.ones(len(uncovered), bool), r)
        alike = [] if claim is None else named_otherwise(table, claim, r, round(MIX.namesakes * count))
        if claim is not None and alike:
            claims.append(claim)
            made |= {said.text: said for said in (stated(table, claim, r), *alike)}
    right = max(right, min(len(made) + 1, count - there))
    for _ in range(3 * count):
        claim = _claim(table, uncovered, r) if len(made) < count else None
        if claim is None and len(made) < right:
            claim = _claim(table, np.ones(len(uncovered), bool), r)
        if claim is None:
            break
        said = stated(table, claim, r)
        claims.append(claim)
        made[said.text] = said
        uncovered &= ~(said.truth >= 0.5)
        if len(made) >= right and not uncovered.any():
            break
    for _ in range(4 * count):
        if len(made) >= count - there or not claims:
            break
        other = changed(table, r.choice(claims), r)
        if other is not None:
            made.setdefault(other.text, other)
    for _ in range(4 * count):
        if len(made) >= count:
            break
        text, truth, nouns = presence(table, r)
        text = finished(text, r)
        made.setdefault(text, Statement(text, truth, nouns))
    found = list(made.values())
    r.shuffle(found)
    return found


def _family(table: FactTable, r: random.Random, count: int) -> list[Claim]:
    """Returns up to ``count`` claims of one target and one thing, or two, in the same words but for their relation: one that
    holds in some picture, then others, those that hold elsewhere in the group first. Empty where no relation to a thing holds."""
    held = [
        i for i in np.flatnonzero(table.holds.any(0))
        if table.group.facts[i].what == "relation" and min(table.group.facts[i].anchors) >= 0
    ]  # fmt: skip
    weights = [table.weight[i] for i in held]
    if not held or sum(weights) <= 0:
        return []
    fact = table.group.facts[r.choices(held, weights)[0]]
    x, saids = table.say(table.target, r), tuple(table.say(table.things[a], r) for a in fact.anchors)
    others = [n for n in table.measured(fact.anchors) if n != fact.name]
    r.shuffle(others)
    others.sort(key=lambda n: not (table.of("relation", n, fact.anchors) >= 0.5).any())
    names = [fact.name, *others][:count]
    return [Claim(x, (Clause(name, fact.anchors, saids),)) for name in names]


def _claim(table: FactTable, wanted: Array, r: random.Random) -> Claim | None:
    """Returns one or two facts that hold in one of the wanted pictures [K], None where none holds."""
    first = table.pick(wanted, r)
    if first is None:
        return None
    facts = [table.group.facts[first]]
    if r.random() < MIX.two_facts:
        here = table.holds[:, first] & wanted
        one = np.zeros(len(here), bool)
        one[r.choice(np.flatnonzero(here).tolist())] = True
        second = table.pick(one, r)
        if second is not None:
            other = table.group.facts[second]
            if other.what != facts[0].what or (
                other.what == "relation" and not set(other.anchors) & set(facts[0].anchors)
            ):
                facts.append(other)
    claim = Claim(table.say(table.target, r, False if any(f.what == "size" for f in facts) else None))
    for fact in facts:
        if fact.what == "relation":
            saids = tuple(table.say(table.things[a], r) if a >= 0 else place_words(a, r) for a in fact.anchors)
            claim = replace(claim, clauses=(*claim.clauses, Clause(fact.name, fact.anchors, saids)))
        elif fact.what == "attitude":
            claim = replace(claim, attitude=fact.name)
        else:
            claim = replace(claim, size=fact.name)
    return claim


# ------------------------------------------------------------------ other groups


def nouns_possible(group: Group) -> frozenset[str]:
    """Returns the nouns that may be true of something in a group: those of its target and things, and their kin."""
    return _possible(frozenset(t.noun if t.role == "thing" else f"the {t.role}" for t in (group.target, *group.things)))


@lru_cache(maxsize=65536)
def _possible(present: frozenset[str | None]) -> frozenset[str]:
    found = set(UNNAMED) if None in present else set()
    found |= {"wall"} if "the wall" in present else set()
    nouns = [n for n in present if n is not None]
    return frozenset(found.union(*(_true_of(n) for n in nouns)))


@lru_cache(maxsize=4096)
def _true_of(noun: str) -> frozenset[str]:
    data = load_vocabulary().data
    return frozenset(word for word in (*data["nouns"], *data["kinds"]) if noun in kin(word))


def true_elsewhere(statement: Statement, group: Group) -> float:
    """Returns 0.0 when a statement cannot be true of another group, since something that it names is not there; else NaN.

    For many pairs, compare ``statement.nouns <= nouns_possible(group)`` with the latter made once a group.
    """
    return float("nan") if statement.nouns <= nouns_possible(group) else 0.0
