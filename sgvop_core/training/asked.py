"""What tuning asks of a scene's pictures: sentences about one thing of it, and how true they are of each picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..guidance.clip.templates import SHORT, wordings
from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .captions import statements
from .choices import CHOICES, View
from .data import Group, GroupPictures
from .neutral import pictured_nouns
from .nouns import kin
from .plain_texts import (
    NEUTRAL,
    anchor_words,
    noun_of,
    other_colours,
    other_nouns,
    phrase,
    target_words,
    with_article,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Asked:
    """Texts about one scene and how true they are of its pictures, [K, T]: 1, 0 or NaN; what each is about."""

    texts: list[str]
    truth: Array
    about: list[str]


def wording(template: str, text: str) -> str:
    """Returns a text in a template's words."""
    return wordings(text, [template])[0]


def relation_texts(
    group: Group, view: View, r: np.random.Generator, synonyms: float = 0.0, neutral: float = 0.0
) -> Asked | None:
    """Returns all that can be said of how the target is to one thing, or two, of a scene: with the share ``synonyms`` in any of a
    relation's phrases, else in its first; with the share ``neutral`` of a thing."""
    facts = view.facts
    if not facts:
        return None
    chosen = group.facts[facts[int(r.integers(len(facts)))]]
    anchors = set(chosen.anchors)
    target = NEUTRAL if r.random() < neutral else str(target_words(group))
    template = SHORT[int(r.integers(len(SHORT)))]
    said, columns, about = list[str](), list[Array](), list[str]()
    by_name: dict[str, list[int]] = {}
    for i, fact in enumerate(group.facts):
        if fact.what == "relation" and set(fact.anchors) <= anchors and np.isfinite(view.margins[:, i]).any():
            by_name.setdefault(fact.name, []).append(i)
    where = " and ".join(str(anchor_words(group, a)) for a in chosen.anchors)
    for name, indices in by_name.items():
        several = int(load_vocabulary().relations[name]["anchors"]) > 1
        if len(indices) < (1 if several else len(anchors)):
            continue
        margins = view.margins[:, indices]
        # Of two anchors a relation of one is true where it holds of both and false where of neither.
        truth = np.where((margins >= 0).all(1), 1.0, np.where((margins < 0).all(1), 0.0, np.nan))
        forms = load_vocabulary().relations[name]["phrases"]
        words_of = phrase(name) if r.random() >= synonyms else str(forms[int(r.integers(len(forms)))])
        said.append(wording(template, f"{with_article(target)} {words_of} {where}"))
        columns.append(truth)
        about.append(name)
    if len(said) < 4:
        return None
    truth = np.stack(columns, 1)
    truth[~view.seen] = np.nan
    return Asked(said, truth, about)


def name_texts(group: Group, view: View, r: np.random.Generator, colours: bool) -> Asked | None:
    """Returns one relation of the target in ten sentences that differ in its noun, or in its colour; the first is true wherever the
    relation holds."""
    target, usable = group.target, [i for i in view.facts if (view.holds(i) & view.seen).any()]
    if not usable or target.noun is None or target_words(group) != target.noun:
        return None
    fact = group.facts[at := usable[int(r.integers(len(usable)))]]
    if colours:
        if target.colour is None or target.colour in {t.colour for t in group.things}:
            return None
        named = [f"{c} {noun_of(target)}" for c in (target.colour, *other_colours(group, CHOICES - 1, r))]
    else:
        named = [target.noun, *other_nouns(group, pictured_nouns(), CHOICES - 1, r, kin)]
    if len(named) < CHOICES:
        return None
    template, where = (
        SHORT[int(r.integers(len(SHORT)))],
        " and ".join(str(anchor_words(group, a)) for a in fact.anchors),
    )
    texts = [wording(template, f"{with_article(n)} {phrase(fact.name)} {where}") for n in named]
    truth = np.zeros((len(view.margins), len(texts)))
    truth[:, 0] = 1.0
    truth[~(view.holds(at) & view.seen)] = np.nan
    return Asked(texts, truth, ["colour" if colours else "noun"] * len(texts))


def caption_texts(made: GroupPictures, r: np.random.Generator, count: int) -> Asked:
    """Returns so many sentences of all kinds about a scene, as a run reads them."""
    said = statements(made.group, made.margin, made.visible, r, count)
    return Asked([s.text for s in said], np.stack([s.truth for s in said], 1), ["captions"] * len(said))
