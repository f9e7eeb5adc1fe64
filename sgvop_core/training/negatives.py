"""Hard negatives: statements that differ from a right one in one thing and are known to be false where it is true."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .claims import PLAIN, Claim, Statement, stated, truth_of
from .data import SIZES
from .facts import FactTable, place_words
from .nouns import kin
from .presence import looking_wrong, named_falsely
from .wording import NEUTRAL, Said, said_with


def changed(table: FactTable, claim: Claim, r: random.Random) -> Statement | None:
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
    said = stated(table, made, r)
    return said if (said.truth < 0.5).any() else None


def named_otherwise(table: FactTable, claim: Claim, r: random.Random, count: int) -> list[Statement]:
    """Returns up to ``count`` statements that differ from the claim in the target's noun alone, or in its colour alone, and are
    false wherever it can be told; none where the claim says neither."""
    x = claim.x
    found: list[Statement] = []
    by_colour = x.colour is not None and (x.noun is None or r.random() < 0.5)
    if not by_colour and x.noun is None:
        return []
    truth = np.where(table.seen | (truth_of(table, claim) < PLAIN), 0.0, np.nan) if by_colour else None
    said = {x.colour if by_colour else x.noun}
    for _ in range(2 * count):
        if len(found) == count:
            break
        other = looking_wrong(table, replace(x, material=None), r) if by_colour else named_falsely(table, x, r)
        word = None if other is None else other.colour if by_colour else other.noun
        if other is None or word in said:
            continue
        said.add(word)
        other = said_with(other.name, other.noun, other.colour, x.material, r)
        found.append(stated(table, replace(claim, x=other, false=True), r, truth))
    return found


_Change = Callable[[FactTable, Claim, random.Random], "Claim | Statement | None"]


def _other_relation(table: FactTable, claim: Claim, r: random.Random) -> Claim | None:
    """Returns the claim with another relation to the same anchors, its opposite more often."""
    at = r.randrange(len(claim.clauses))
    clause = claim.clauses[at]
    opposite = table.opposite_names(clause.name)
    where = table.of("relation", clause.name, clause.anchors) >= 0.5
    names, weights = [], []
    for name in (*table.measured(clause.anchors), *opposite):
        truth = table.of("relation", name, clause.anchors)
        if name != clause.name and name not in names and (truth[where] < 0.5).any():
            names.append(name)
            weights.append((0.4 if name in ("near", "far") else 1.0) * (4 if name in opposite else 1) * _held(truth))
    if not names:
        return None
    new = replace(clause, name=r.choices(names, weights)[0])
    return replace(claim, clauses=(*claim.clauses[:at], new, *claim.clauses[at + 1 :]))


def _other_anchor(table: FactTable, claim: Claim, r: random.Random) -> Claim | None:
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


def _changed_over(table: FactTable, claim: Claim, r: random.Random) -> Statement | None:
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
    return stated(table, Claim(anchor, (replace(clause, saids=(x,)),), false=True, subject=clause.anchors[0]), r, truth)


def _other_target(table: FactTable, claim: Claim, r: random.Random) -> Claim | None:
    new = named_falsely(table, claim.x, r)
    return None if new is None else replace(claim, x=new, false=True)


def _other_looks(table: FactTable, claim: Claim, r: random.Random) -> Claim | Statement | None:
    """Returns the claim with a colour or material that is nowhere: of the target or of an anchor."""
    new = looking_wrong(table, claim.x, r) if claim.x.colour or claim.x.material else None
    if new is not None and r.random() < 0.6:
        truth = np.where(table.seen | (truth_of(table, claim) < PLAIN), 0.0, np.nan)
        return stated(table, replace(claim, x=new, false=True), r, truth)
    for at, clause in enumerate(claim.clauses):
        said = clause.saids[0]
        wrong = looking_wrong(table, said, r) if isinstance(said, Said) and (said.colour or said.material) else None
        if wrong is not None:
            clauses = (*claim.clauses[:at], replace(clause, saids=(wrong, *clause.saids[1:])), *claim.clauses[at + 1 :])
            return replace(claim, clauses=clauses, false=True)
    return None


def _other_size(table: FactTable, claim: Claim, r: random.Random) -> Claim:
    others = [s for s in SIZES if s != claim.size]
    return replace(claim, size=r.choices(others, [_held(table.of("size", s)) for s in others])[0])


def _other_attitude(table: FactTable, claim: Claim, r: random.Random) -> Claim:
    others = [a for a in load_vocabulary().attitudes if a != claim.attitude]
    return replace(claim, attitude=r.choices(others, [_held(table.of("attitude", a)) for a in others])[0])


def _held(truth: Array) -> int:
    """Returns how much readier a negative is taken: one that is true of another picture tells the two apart."""
    return 3 if (truth >= 0.5).any() else 1
