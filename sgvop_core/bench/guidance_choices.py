"""Measures of choosing: pictures, sentences, and which sentence is true of which picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SgvopError
from ..scene.model import Array
from ..training.choices import Choice, Wanted, name_choices, relation_choices
from ..training.plain_texts import CLEAR, phrase, sentence, with_article
from .guidance_judges import Judge
from .guidance_stages import MakeStage, Shots, shoot

PAIRS = (("left", "right"), ("front", "behind"), ("on", "below"), ("on", "above"))


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


def relation_questions(shots: Shots, rng: np.random.Generator, wanted: Wanted) -> Iterator[Question]:
    """Returns for each relation of the stage one picture in which it holds, to be told from all that do not."""
    return (_asked(shots, choice) for choice in relation_choices(shots, rng, wanted))


def pair_questions(shots: Shots, rng: np.random.Generator, wanted: Wanted) -> Iterator[Question]:
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
    shots: Shots, rng: np.random.Generator, wanted: Wanted, kin: Callable[[str], frozenset[str]], known: Sequence[str]
) -> Iterator[Question]:
    """Returns a picture whose target's noun, and one whose target's colour, is to be told from nine others."""
    return (_asked(shots, choice) for choice in name_choices(shots, rng, wanted, kin, known))


def _asked(shots: Shots, choice: Choice) -> Question:
    return Question(choice.measure, choice.key, shots.pictures[[choice.picture]], choice.texts, (0,), choice.clear)


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
