"""Sentences in canonical words, which the bench and validations ask with: what a picture's facts are called, and what is false of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

import numpy as np

from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .data import CAMERA, ROOM, Fact, Group, Thing
from .looks import colours_near
from .nouns import UNNAMED

NEUTRAL = "thing"
"""What something is called that no noun names."""
CLEAR = 0.5
"""Share of a fact's unit by which it holds, or fails, clearly."""


def phrase(relation: str) -> str:
    """Returns the canonical words of a relation, its first phrase in the vocabulary."""
    return str(load_vocabulary().relations[relation]["phrases"][0])


def noun_of(thing: Thing) -> str:
    """Returns the noun that says what a thing is: of floors and walls their role, else the neutral one."""
    return thing.noun or (NEUTRAL if thing.role == "thing" else thing.role)


def words_for(thing: Thing, others: Sequence[Thing]) -> str | None:
    """Returns the words that tell a thing from the others: its noun, with its colour where needed; None if neither does."""
    noun = noun_of(thing)
    # All walls count as one: what is said of "the wall" holds of any.
    rivals = [o for o in others if noun_of(o) == noun and (thing.role == "thing" or o.role != thing.role)]
    if not rivals:
        return noun
    colours = {o.colour for o in rivals}
    return None if thing.colour is None or colours & {None, thing.colour} else f"{thing.colour} {noun}"


def target_words(group: Group) -> str | None:
    """Returns the words for the target, or None when something else of the scene is called the same."""
    return words_for(group.target, group.things)


def anchor_words(group: Group, anchor: int) -> str | None:
    """Returns the words for an anchor with its article, or None when something else is called the same."""
    if anchor in (ROOM, CAMERA):
        return "the room" if anchor == ROOM else "the camera"
    others = [group.target, *(t for i, t in enumerate(group.things) if i != anchor)]
    words = words_for(group.things[anchor], others)
    return None if words is None else f"the {words}"


def with_article(words: str) -> str:
    """Returns the words behind "a" or "an"."""
    return ("an " if words[:1] in "aeiou" and not words.startswith(("uk", "un", "us")) else "a ") + words


def sentence(group: Group, fact: Fact, relation: str | None = None, target: str | None = None) -> str | None:
    """Returns "a {target} {phrase} the {anchor}" of a relation fact, with another relation or other target words where
    given; None when the target or an anchor cannot be told from something else."""
    words = target or target_words(group)
    anchors = [anchor_words(group, a) for a in fact.anchors]
    if words is None or None in anchors:
        return None
    return f"{with_article(words)} {phrase(relation or fact.name)} {' and '.join(a for a in anchors if a)}"


def relation_facts(group: Group, shown: Container[int]) -> list[int]:
    """Returns the indices of the relations among a group's facts that can be put into words, their anchors ``shown``."""
    return [
        i for i, f in enumerate(group.facts)
        if f.what == "relation" and all(a < 0 or a in shown for a in f.anchors) and sentence(group, f) is not None
    ]  # fmt: skip


def false_relations(group: Group, chosen: int, margins: Array, clear: bool = False) -> list[str]:
    """Returns the relations that do not hold between the target and the chosen fact's anchors in a picture.

    margins [F] of that picture. Of two anchors a relation of one is false when it holds of neither. ``clear``: only those
    that fail clearly.
    """
    anchors = set(group.facts[chosen].anchors)
    found: dict[str, list[bool]] = {}
    for fact, margin in zip(group.facts, margins, strict=True):
        if fact.what == "relation" and set(fact.anchors) <= anchors and np.isfinite(margin):
            false = margin <= -CLEAR * fact.unit if clear else margin < 0
            found.setdefault(fact.name, []).append(bool(false))
    return [
        name for name, false in found.items()
        if name != group.facts[chosen].name and all(false) and len(false) >= (1 if _arity(name) > 1 else len(anchors))
    ]  # fmt: skip


def other_nouns(
    group: Group, nouns: Sequence[str], count: int, rng: np.random.Generator, kin: Callable[[str], frozenset[str]]
) -> list[str]:
    """Returns ``count`` of the nouns that nothing of the scene may be called, fewer when there are not as many."""
    present = {noun_of(t) for t in (group.target, *group.things)}
    taken = frozenset[str]().union(*(kin(noun) for noun in present))
    if NEUTRAL in present:
        taken |= UNNAMED
    free = [n for n in nouns if n not in taken]
    return [free[i] for i in rng.permutation(len(free))[:count]]


def other_colours(group: Group, count: int, rng: np.random.Generator) -> list[str]:
    """Returns ``count`` colours that nothing of the scene has and that are not close to the target's."""
    table, own = list(load_vocabulary().data["colours"]), group.target.colour
    if own not in table:
        return []
    present = {t.colour for t in group.things} | colours_near(own)
    free = [c for c in table if c not in present]
    return [free[i] for i in rng.permutation(len(free))[:count]]


def _arity(relation: str) -> int:
    return int(load_vocabulary().relations[relation]["anchors"])
