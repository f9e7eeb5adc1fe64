"""Measures of choosing: pictures, sentences, and which sentence is true of which picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SgvopError
from ..scene.model import Array
from .guidance_judges import Judge
from .guidance_stages import SEEN, MakeStage, Shots, shoot
from .guidance_texts import (
    CLEAR,
    false_relations,
    noun_of,
    other_colours,
    other_nouns,
    phrase,
    sentence,
    target_words,
    with_article,
)

PAIRS = (("left", "right"), ("front", "behind"), ("on", "below"), ("on", "above"))
CHOICES = 10
"""Sentences among which the one with the right noun or colour is chosen."""


@dataclass(frozen=True, eq=False)
class Question:
    """Pictures [P, V, S, S, 3] from V cameras and sentences; sentence ``right[p]`` is true of picture p, the others are not.

    ``measure`` and ``key`` say which figure it counts for. ``clear``: what is true holds clearly, and what is false
    fails clearly.
    """

    measure: str
    key: str
    pictures: Array
    texts: tuple[str, ...]
    right: tuple[int, ...]
    clear: bool = False


def answered(judge: Judge, question: Question) -> bool:
    """Returns whether every picture scores higher with its own sentence than with each of the others (a tie is wrong)."""
    scores = judge.cosines(question.pictures, question.texts)
    rows = zip(scores, question.right, strict=True)
    return all(bool(row[right] > np.delete(row, right).max()) for row, right in rows)


def relation_questions(
    shots: Shots, rng: np.random.Generator, wanted: Callable[[str, str], bool], fewest: int = 4
) -> Iterator[Question]:
    """Returns for each relation of the stage one picture in which it holds, to be told from all that do not.

    ``wanted(measure, key)`` tells whether more questions of a kind are needed; ``fewest`` false relations are needed.
    """
    group, facts = shots.group, shots.facts
    for name in dict.fromkeys(group.facts[i].name for i in facts):
        if not wanted("relation", name):
            continue
        for fact in rng.permutation([i for i in facts if group.facts[i].name == name]):
            shot = shots.pick(shots.holds(fact) & shots.seen, rng)
            false = [] if shot is None else false_relations(group, int(fact), shots.margins[shot])
            if shot is None or len(false) < fewest:
                continue
            held = group.facts[fact]
            texts = [sentence(group, held, relation) for relation in (name, *false)]
            sure = set(false) == set(false_relations(group, int(fact), shots.margins[shot], clear=True))
            clear = sure and shots.margins[shot, fact] >= CLEAR * held.unit
            yield Question("relation", name, shots.pictures[[shot]], tuple(t for t in texts if t), (0,), bool(clear))
            break


def pair_questions(shots: Shots, rng: np.random.Generator, wanted: Callable[[str, str], bool]) -> Iterator[Question]:
    """Returns pairs of pictures of one scene and camera, the target once in either of two opposite places."""
    group = shots.group
    facts = {(group.facts[i].name, group.facts[i].anchors): i for i in shots.facts}
    for one, other in PAIRS:
        key = pair_name(one, other)
        both = [
            (i, facts[other, anchors])
            for (name, anchors), i in facts.items()
            if name == one and (other, anchors) in facts
        ]
        for a, b in (both[i] for i in rng.permutation(len(both))):
            if not wanted("pairs", key):
                break
            shown = [
                shots.pick(shots.holds(x) & (shots.margins[:, y] < 0) & shots.seen, rng) for x, y in ((a, b), (b, a))
            ]
            texts = [sentence(group, group.facts[i]) for i in (a, b)]
            first, second = shown
            if first is None or second is None or None in texts:
                continue
            units = (group.facts[a].unit, group.facts[b].unit)
            clear = shots.margins[first, a] >= CLEAR * units[0] and shots.margins[second, b] >= CLEAR * units[1]
            yield Question(
                "pairs", key, shots.pictures[[first, second]], tuple(t for t in texts if t), (0, 1), bool(clear)
            )
            break


def name_questions(
    shots: Shots,
    rng: np.random.Generator,
    wanted: Callable[[str, str], bool],
    kin: Callable[[str], frozenset[str]],
    known: Sequence[str],
) -> Iterator[Question]:
    """Returns a picture whose target's noun, and one whose target's colour, is to be told from nine others.

    The sentence has a relation that holds, and only the target's words change. ``known``: nouns that training had pictures of.
    """
    group, target = shots.group, shots.group.target
    seen = shots.seen & (shots.area >= SEEN.named_area)
    facts = shots.facts
    for measure, source in zip(("noun", "colour"), rng.spawn(2), strict=True):
        usable = [i for i in facts if (shots.holds(i) & seen).any()]
        key = noun_of(target) if measure == "noun" else target.colour
        if not usable or key is None or not wanted(measure, key):
            continue
        fact = int(source.choice(usable))
        shot = shots.pick(shots.holds(fact) & seen, source)
        if measure == "noun":
            if target.noun is None or target.noun not in known or target_words(group) != target.noun:
                continue
            words = [target.noun, *other_nouns(group, known, CHOICES - 1, source, kin)]
        else:
            if target.colour in {t.colour for t in group.things}:
                continue
            noun = noun_of(target)
            words = [f"{c} {noun}" for c in (str(target.colour), *other_colours(group, CHOICES - 1, source))]
        if shot is None or len(words) < CHOICES:
            continue
        texts = [sentence(group, group.facts[fact], target=w) for w in words]
        clear = shots.margins[shot, fact] >= CLEAR * group.facts[fact].unit
        yield Question(measure, key, shots.pictures[[shot]], tuple(t for t in texts if t), (0,), bool(clear))


def order_question(
    make: MakeStage, rng: np.random.Generator, kinds: tuple[str, str], size: int, poses: int, framing: str
) -> Question | None:
    """Returns two pictures, one thing on another and the other way round, with both sentences; None where a kind cannot
    carry the other or is not seen on it. ``framing``: what of the scene is shown, as in ``PlaceSettings``."""
    pictures, nouns = [], []
    for target, anchor in (kinds, kinds[::-1]):
        try:
            stage = make(rng, "test", size, target=target, anchors=[anchor])
        except SgvopError:
            return None
        group = stage.group()
        on = [
            i for i, f in enumerate(group.facts)
            if (f.what, f.name, len(f.anchors)) == ("relation", "on", 1)
            and f.anchors[0] >= 0 and group.things[f.anchors[0]].kind == anchor
        ]  # fmt: skip
        if not on:
            return None
        stage = stage if framing == "camera" else stage.closer(group.facts[on[0]].anchors, framing)
        shots = shoot(stage, stage.sample_poses(rng, poses, "mixed"))
        shot = shots.pick(shots.holds(on[0]) & shots.seen, rng)
        carrier = group.things[group.facts[on[0]].anchors[0]]
        if shot is None or group.target.noun is None or carrier.noun is None:
            return None
        pictures.append(shots.pictures[shot])
        nouns.append((group.target.noun, carrier.noun))
    if nouns[0] != nouns[1][::-1] or nouns[0][0] == nouns[0][1]:
        return None
    texts = [f"{with_article(a)} {phrase('on')} {with_article(b)}" for a, b in nouns]
    return Question("order", " / ".join(sorted(nouns[0])), np.stack(pictures), tuple(texts), (0, 1))


def pair_name(one: str, other: str) -> str:
    """Returns what a pair of relations is called in the table."""
    return f"{phrase(one)} / {phrase(other)}"
