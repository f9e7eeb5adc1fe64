"""What can be said of a group's pictures, with how true it is of each: right statements and hard negatives.

The soft truth of a fact is sigmoid(4 margin / unit): 0.5 at the border, 0.98 at the margin at which it holds clearly. A
statement of several facts is as true as the least of them; what nobody measured is NaN.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .data import CAMERA, ROOM, SIZES, Group
from .facts import FactTable, place_words
from .nouns import UNNAMED, kin
from .presence import looking_wrong, named_falsely, presence
from .states import attitude_phrase, size_word, with_attitude
from .wording import NEUTRAL, Said, anchored, bare, corpus_words, finished, sentence, turned

__all__ = ["Statement", "corpus_words", "nouns_possible", "statements", "true_elsewhere"]


@dataclass(frozen=True, eq=False)
class Statement:
    """A text, its truth [K] in each picture of its group (0 to 1, NaN unknown) and the nouns that it mentions.

    ``nouns`` are canonical nouns of the vocabulary or words of whole kinds ("animal"); "wall" for a wall.
    """

    text: str
    truth: Array
    nouns: frozenset[str]


@dataclass(frozen=True)
class Mix:
    """What a batch of statements is made of (shares of the statements, 0 to 1)."""

    presence: float = 0.2
    negatives: float = 0.4
    two_facts: float = 0.25
    """Of the right statements; the rest says one fact."""
    turned: float = 0.08
    """Of the statements of one relation: said from the anchor ("a table with a mug on it")."""


MIX = Mix()


@dataclass(frozen=True)
class _Clause:
    """A relation in words: its anchors and what they are called."""

    name: str
    anchors: tuple[int, ...]
    saids: tuple[Said | str, ...]


@dataclass(frozen=True)
class _Claim:
    """What a statement says of the target ``x``. ``false``: something in it is nowhere in the scene."""

    x: Said
    clauses: tuple[_Clause, ...] = ()
    attitude: str | None = None
    size: str | None = None
    false: bool = False


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
    claims: list[_Claim] = []
    uncovered = np.ones(len(table.seen), bool)
    for _ in range(3 * count):
        claim = _claim(table, uncovered, r) if len(made) < count else None
        if claim is None and len(made) < right:
            claim = _claim(table, np.ones(len(uncovered), bool), r)
        if claim is None:
            break
        said = _stated(table, claim, r)
        claims.append(claim)
        made[said.text] = said
        uncovered &= ~(said.truth >= 0.5)
        if len(made) >= right and not uncovered.any():
            break
    for _ in range(4 * count):
        if len(made) >= count - there or not claims:
            break
        changed = _changed(table, r.choice(claims), r)
        if changed is not None:
            made.setdefault(changed.text, changed)
    for _ in range(4 * count):
        if len(made) >= count:
            break
        text, truth, nouns = presence(table, r)
        text = finished(text, r)
        made.setdefault(text, Statement(text, truth, nouns))
    found = list(made.values())
    r.shuffle(found)
    return found


# ------------------------------------------------------------------ right statements


def _claim(table: FactTable, wanted: Array, r: random.Random) -> _Claim | None:
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
    claim = _Claim(table.say(table.target, r, False if any(f.what == "size" for f in facts) else None))
    for fact in facts:
        if fact.what == "relation":
            saids = tuple(table.say(table.things[a], r) if a >= 0 else place_words(a, r) for a in fact.anchors)
            claim = replace(claim, clauses=(*claim.clauses, _Clause(fact.name, fact.anchors, saids)))
        elif fact.what == "attitude":
            claim = replace(claim, attitude=fact.name)
        else:
            claim = replace(claim, size=fact.name)
    return claim


def _truth(table: FactTable, claim: _Claim) -> Array:
    """Returns the truth [K] of a claim: the least of its parts, unknown where one is, unless another is plainly false."""
    if claim.false:
        return np.zeros(len(table.seen))
    parts = [table.relation(c.name, c.anchors, c.saids, claim.x) for c in claim.clauses]
    parts += [table.of("attitude", claim.attitude)] if claim.attitude else []
    parts += [table.of("size", claim.size)] if claim.size else []
    least = np.minimum.reduce(parts)
    return np.where(np.isnan(least) & (np.fmin.reduce(parts) <= 0), 0.0, least)


def _stated(table: FactTable, claim: _Claim, r: random.Random, truth: Array | None = None) -> Statement:
    x, clauses = claim.x, claim.clauses
    saids = [x, *(s for c in clauses for s in c.saids if isinstance(s, Said))]
    truth = _truth(table, claim) if truth is None else truth
    words, said = x.text, _relations(clauses, r)
    if claim.size and not said and not claim.attitude and r.random() < 0.3:
        text = f"the {x.text} is {size_word(claim.size, r)}"
        return Statement(finished(text, r), truth, _mentioned(saids))
    if claim.size:
        words = f"{size_word(claim.size, r)} {words}"
    anchor = clauses[0].saids[0] if len(clauses) == 1 and len(clauses[0].anchors) == 1 else ""
    if isinstance(anchor, Said) and not claim.attitude and r.random() < MIX.turned:
        text = turned(words, anchor, clauses[0].name, r)
        return Statement(finished(text, r), truth, _mentioned(saids))
    if claim.attitude:
        words, said = with_attitude(words, attitude_phrase(claim.attitude, r), said, r)
    needed = words != x.text or bool(claim.size) or claim.false
    text, whole = sentence(words, said, clauses[0].name if clauses and not claim.attitude else None, r, needed)
    return Statement(finished(text, r), truth, _mentioned(saids if whole else saids[1:]))


def _relations(clauses: tuple[_Clause, ...], r: random.Random) -> str:
    said = ""
    for clause in clauses:
        room = clause.anchors == (ROOM,) or (clause.name == "facing_away" and clause.anchors == (CAMERA,))
        alone = bare(clause.name, r) if room and r.random() < 0.5 else None
        one = alone or anchored(clause.name, clause.saids, r)
        said += r.choice((", ", " and ")) + one if said else one
    return said


def _mentioned(saids: list[Said]) -> frozenset[str]:
    return frozenset(s.noun for s in saids if s.noun)


# ------------------------------------------------------------------ hard negatives


def _changed(table: FactTable, claim: _Claim, r: random.Random) -> Statement | None:
    """Returns a statement that differs from the claim in one thing and is false where it is true; None if none is known."""
    ways: list[tuple[_Change, int]] = [(_other_target, 2)]
    if claim.clauses:
        ways += [(_other_relation, 7), (_other_anchor, 3), (_changed_over, 5)]
    if (
        claim.x.colour
        or claim.x.material
        or any(isinstance(s, Said) and s.colour for c in claim.clauses for s in c.saids)
    ):
        ways.append((_other_looks, 4))
    if claim.size:
        ways.append((_other_size, 5))
    if claim.attitude:
        ways.append((_other_attitude, 5))
    way = r.choices([w for w, _ in ways], [n for _, n in ways])[0]
    made = way(table, claim, r)
    if made is None or isinstance(made, Statement):
        return made
    stated = _stated(table, made, r)
    return stated if (stated.truth < 0.5).any() else None


_Change = Callable[[FactTable, _Claim, random.Random], "_Claim | Statement | None"]


def _other_relation(table: FactTable, claim: _Claim, r: random.Random) -> _Claim | None:
    """Returns the claim with another relation to the same anchors, its opposite more often."""
    at = r.randrange(len(claim.clauses))
    clause = claim.clauses[at]
    opposite = table.opposite_names(clause.name)
    where = table.of("relation", clause.name, clause.anchors) >= 0.5
    names, weights = [], []
    for name, entry in load_vocabulary().relations.items():
        if name == clause.name or entry["anchors"] != len(clause.anchors):
            continue
        truth = table.of("relation", name, clause.anchors)
        if (truth[where] < 0.5).any():
            names.append(name)
            weights.append(4.0 if name in opposite else 0.4 if name in ("near", "far") else 1.0)
    if not names:
        return None
    new = replace(clause, name=r.choices(names, weights)[0])
    return replace(claim, clauses=(*claim.clauses[:at], new, *claim.clauses[at + 1 :]))


def _other_anchor(table: FactTable, claim: _Claim, r: random.Random) -> _Claim | None:
    """Returns the claim with another thing of the scene as the anchor, or with something that is not there."""
    at = r.randrange(len(claim.clauses))
    clause = claim.clauses[at]
    which = r.randrange(len(clause.anchors))
    said = clause.saids[which]
    others = [
        a[0] for w, n, a in table.index if w == "relation" and n == clause.name and len(a) == 1 and a != clause.anchors
    ]
    anchors, false = clause.anchors, claim.false
    if len(clause.anchors) == 1 and others and r.random() < 0.6:
        anchors = (r.choice(others),)
        new: Said | str | None = (
            table.say(table.things[anchors[0]], r) if anchors[0] >= 0 else place_words(anchors[0], r)
        )
    else:
        new, false = (named_falsely(table, said, r) if isinstance(said, Said) else None), True
    if new is None:
        return None
    saids = (*clause.saids[:which], new, *clause.saids[which + 1 :])
    clauses = (*claim.clauses[:at], replace(clause, anchors=anchors, saids=saids), *claim.clauses[at + 1 :])
    return replace(claim, clauses=clauses, false=false)


def _changed_over(table: FactTable, claim: _Claim, r: random.Random) -> Statement | None:
    """Returns the statement with target and anchor changed over, where they are not called the same."""
    if len(claim.clauses) != 1 or claim.attitude or claim.size or len(claim.clauses[0].anchors) != 1:
        return None
    clause = claim.clauses[0]
    anchor, x = clause.saids[0], claim.x
    if not isinstance(anchor, Said) or table.things[clause.anchors[0]].role != "thing" or x.name in NEUTRAL:
        return None
    if (x.noun is None and anchor.noun is None) or anchor.name in NEUTRAL or (x.noun and anchor.noun in kin(x.noun)):
        return None
    truth = table.swapped(clause.name, clause.anchors[0])
    alone = len(table.matches(anchor)) <= 1 and len(table.matches(x)) <= 1
    if not alone and (x.noun and anchor.noun):
        truth = np.where(truth < 0.5, np.nan, truth)
    if np.isnan(truth).all():
        return None
    return _stated(table, _Claim(anchor, (replace(clause, saids=(x,)),), false=True), r, truth)


def _other_target(table: FactTable, claim: _Claim, r: random.Random) -> _Claim | None:
    new = named_falsely(table, claim.x, r)
    return None if new is None else replace(claim, x=new, false=True)


def _other_looks(table: FactTable, claim: _Claim, r: random.Random) -> _Claim | Statement | None:
    """Returns the claim with a colour or material that is nowhere: of the target or of an anchor."""
    new = looking_wrong(table, claim.x, r) if claim.x.colour or claim.x.material else None
    if new is not None and r.random() < 0.6:
        truth = np.where(table.seen | (_truth(table, claim) <= 0), 0.0, np.nan)
        return _stated(table, replace(claim, x=new, false=True), r, truth)
    for at, clause in enumerate(claim.clauses):
        said = clause.saids[0]
        wrong = looking_wrong(table, said, r) if isinstance(said, Said) and (said.colour or said.material) else None
        if wrong is not None:
            clauses = (*claim.clauses[:at], replace(clause, saids=(wrong, *clause.saids[1:])), *claim.clauses[at + 1 :])
            return replace(claim, clauses=clauses, false=True)
    return None


def _other_size(table: FactTable, claim: _Claim, r: random.Random) -> _Claim:
    return replace(claim, size=r.choice([s for s in SIZES if s != claim.size]))


def _other_attitude(table: FactTable, claim: _Claim, r: random.Random) -> _Claim:
    return replace(claim, attitude=r.choice([a for a in load_vocabulary().attitudes if a != claim.attitude]))


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
