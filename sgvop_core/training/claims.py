"""Claims about a group's target, and how one becomes a text with its truth."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from ..scene.model import Array
from .data import CAMERA, ROOM
from .facts import FactTable
from .states import attitude_phrase, size_word, with_attitude
from .wording import Said, anchored, bare, finished, sentence, turned

TURNED = 0.08
"""Share of the statements of one relation that are said from the anchor ("a table with a mug on it")."""


@dataclass(frozen=True, eq=False)
class Statement:
    """A text, its truth [K] in each picture of its group (0 to 1, NaN unknown) and the nouns that it mentions.

    ``nouns`` are canonical nouns of the vocabulary or words of whole kinds ("animal"); "wall" for a wall.
    """

    text: str
    truth: Array
    nouns: frozenset[str]
    claim: Claim | None = None
    """What it says, where that was made from facts."""
    named: bool = True
    """Whether the text names what it is about."""


@dataclass(frozen=True)
class Clause:
    """A relation in words: its anchors and what they are called."""

    name: str
    anchors: tuple[int, ...]
    saids: tuple[Said | str, ...]


@dataclass(frozen=True)
class Claim:
    """What a statement says of the target ``x``. ``false``: something in it is nowhere in the scene."""

    x: Said
    clauses: tuple[Clause, ...] = ()
    attitude: str | None = None
    size: str | None = None
    false: bool = False
    subject: int = -1
    """What it is about: the target (-1) or a thing of the group."""


PLAIN = 0.02
"""Below that something is plainly false."""


def truth_of(table: FactTable, claim: Claim) -> Array:
    """Returns the truth [K] of a claim: the least of its parts, unknown where one is, unless another is plainly false."""
    if claim.false:
        return np.zeros(len(table.seen))
    parts = [table.relation(c.name, c.anchors, c.saids, claim.x) for c in claim.clauses]
    parts += [table.of("attitude", claim.attitude)] if claim.attitude else []
    parts += [table.of("size", claim.size)] if claim.size else []
    least = np.minimum.reduce(parts)
    return np.where(np.isnan(least) & (np.fmin.reduce(parts) < PLAIN), 0.0, least)


def stated(table: FactTable, claim: Claim, r: random.Random, truth: Array | None = None) -> Statement:
    """Returns a claim in words. ``truth`` [K]: where it is known better than from the claim's parts."""
    x, clauses = claim.x, claim.clauses
    saids = [x, *(s for c in clauses for s in c.saids if isinstance(s, Said))]
    truth = truth_of(table, claim) if truth is None else truth
    words, said = x.text, _relations(clauses, r)
    if claim.size and not said and not claim.attitude and r.random() < 0.3:
        text = f"the {x.text} is {size_word(claim.size, r)}"
        return Statement(finished(text, r), truth, mentioned(saids), claim)
    if claim.size:
        words = f"{size_word(claim.size, r)} {words}"
    anchor = clauses[0].saids[0] if len(clauses) == 1 and len(clauses[0].anchors) == 1 else ""
    if isinstance(anchor, Said) and not claim.attitude and r.random() < TURNED:
        text = turned(words, anchor, clauses[0].name, r)
        return Statement(finished(text, r), truth, mentioned(saids), claim)
    if claim.attitude:
        words, said = with_attitude(words, attitude_phrase(claim.attitude, r), said, r)
    needed = words != x.text or bool(claim.size) or claim.false
    text, whole = sentence(words, said, clauses[0].name if clauses and not claim.attitude else None, r, needed)
    return Statement(finished(text, r), truth, mentioned(saids if whole else saids[1:]), claim, whole)


def _relations(clauses: tuple[Clause, ...], r: random.Random) -> str:
    said = ""
    for clause in clauses:
        room = clause.anchors == (ROOM,) or (clause.name == "facing_away" and clause.anchors == (CAMERA,))
        alone = bare(clause.name, r) if room and r.random() < 0.5 else None
        one = alone or anchored(clause.name, clause.saids, r)
        said += r.choice((", ", " and ")) + one if said else one
    return said


def mentioned(saids: list[Said]) -> frozenset[str]:
    """Returns the nouns that words for things say."""
    return frozenset(s.noun for s in saids if s.noun)
