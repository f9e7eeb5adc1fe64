"""Choosing among sentences: which is true of a picture, its relation, its target's noun or its colour being asked.

``sgvop bench guidance`` asks this of pictures that it draws, validations of the pictures of a data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..scene.model import Array
from .data import NOTHING, TARGET, Group, GroupPictures
from .plain_texts import (
    CLEAR,
    false_relations,
    noun_of,
    other_colours,
    other_nouns,
    relation_facts,
    sentence,
    target_words,
)

CHOICES = 10
"""Sentences among which the one with the right noun or colour is chosen."""


@dataclass(frozen=True)
class Seen:
    """When a picture shows enough of the target to be judged: below that nobody could say where it is."""

    visible: float = 0.4
    """Share of its pixels that neither the frame nor anything else hides."""
    area: float = 0.003
    """Share of the picture: 28 pixels of 96 x 96, about five across."""
    named_area: float = 0.01
    """Share of the picture from which its noun or colour is asked: ten pixels across."""
    anchor: float = 0.04
    """Least side, as a share of the picture's, of the box of an anchor; its middle is in the picture."""


SEEN = Seen()


@dataclass(frozen=True, eq=False)
class View:
    """What is known of K pictures of one group: margins [K, F], visible and area [K].

    ``facts``: the relations that can be put into words and whose anchors are in the picture.
    """

    group: Group
    facts: list[int]
    margins: Array
    visible: Array
    area: Array

    @property
    def seen(self) -> Array:
        """Which pictures [K] show enough of the target."""
        return np.asarray((self.visible >= SEEN.visible) & (self.area >= SEEN.area))

    def holds(self, fact: int) -> Array:
        """Returns in which pictures [K] a fact holds."""
        return np.asarray(self.margins[:, fact] >= 0)

    def pick(self, wanted: Array, rng: np.random.Generator) -> int | None:
        """Returns one of the wanted [K] pictures by chance, or None when there is none."""
        found = np.flatnonzero(wanted)
        return int(rng.choice(found)) if len(found) else None


@dataclass(frozen=True)
class Choice:
    """Sentences of which the first is true of a picture, its place among the view's, and the others are not.

    ``measure`` (``relation``, ``noun`` or ``colour``) and ``key`` say what is asked. ``clear``: what is true holds clearly, and what
    is false fails clearly.
    """

    measure: str
    key: str
    picture: int
    texts: tuple[str, ...]
    clear: bool


Wanted = Callable[[str, str], bool]
"""Whether more choices of a measure and a key are needed."""


def relation_choices(view: View, rng: np.random.Generator, wanted: Wanted, fewest: int = 4) -> Iterator[Choice]:
    """Returns for each relation one picture in which it holds, to be told from all that do not; ``fewest`` of these are needed."""
    group, facts = view.group, view.facts
    for name in dict.fromkeys(group.facts[i].name for i in facts):
        if not wanted("relation", name):
            continue
        for fact in rng.permutation([i for i in facts if group.facts[i].name == name]):
            shot = view.pick(view.holds(fact) & view.seen, rng)
            false = [] if shot is None else false_relations(group, int(fact), view.margins[shot])
            if shot is None or len(false) < fewest:
                continue
            held = group.facts[fact]
            texts = [sentence(group, held, relation) for relation in (name, *false)]
            sure = set(false) == set(false_relations(group, int(fact), view.margins[shot], clear=True))
            clear = sure and view.margins[shot, fact] >= CLEAR * held.unit
            yield Choice("relation", name, shot, tuple(t for t in texts if t), bool(clear))
            break


def name_choices(
    view: View, rng: np.random.Generator, wanted: Wanted, related: Callable[[str], frozenset[str]], known: Sequence[str]
) -> Iterator[Choice]:
    """Returns a picture whose target's noun, and one whose target's colour, is to be told from nine others.

    The sentence has a relation that holds, and only the target's words change. ``known``: nouns that training had pictures of;
    ``related``: by noun those that may be true of the same thing.
    """
    group, target = view.group, view.group.target
    seen = view.seen & (view.area >= SEEN.named_area)
    for measure, source in zip(("noun", "colour"), rng.spawn(2), strict=True):
        usable = [i for i in view.facts if (view.holds(i) & seen).any()]
        key = noun_of(target) if measure == "noun" else target.colour
        if not usable or key is None or not wanted(measure, key):
            continue
        fact = int(source.choice(usable))
        shot = view.pick(view.holds(fact) & seen, source)
        if measure == "noun":
            if target.noun is None or target.noun not in known or target_words(group) != target.noun:
                continue
            words = [target.noun, *other_nouns(group, known, CHOICES - 1, source, related)]
        else:
            if target.colour in {t.colour for t in group.things}:
                continue
            noun = noun_of(target)
            words = [f"{c} {noun}" for c in (str(target.colour), *other_colours(group, CHOICES - 1, source))]
        if shot is None or len(words) < CHOICES:
            continue
        texts = [sentence(group, group.facts[fact], target=w) for w in words]
        clear = view.margins[shot, fact] >= CLEAR * group.facts[fact].unit
        yield Choice(measure, key, shot, tuple(t for t in texts if t), bool(clear))


def view_of(made: GroupPictures) -> View:
    """Returns what is known of a group's pictures; of things that no cell of them shows nothing is asked."""
    group = made.group
    shown = {i for i, thing in enumerate(group.things) if thing.role != "thing"}
    shown |= set(range(len(group.things))) if made.cells is None else set(np.unique(made.cells).tolist())
    return View(group, relation_facts(group, shown - {TARGET, NOTHING}), made.margin, made.visible, made.area)
