"""How things and facts are said: noun phrases, relation phrases, and the forms in which people write them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..guidance.prompt.vocabulary import load_vocabulary
from .data import Thing
from .nouns import hypernyms_of, names_of, names_of_kind


@dataclass(frozen=True)
class Shares:
    """How often captions are said in which way (shares of the cases, 0 to 1)."""

    neutral: float = 0.15
    """Things said without their noun: what users name and the vocabulary does not know must not hide the relation."""
    invented: float = 0.6
    """Of those, with a word that does not exist; else "thing" or "object"."""
    hypernym: float = 0.1
    synonym: float = 0.25
    looks: float = 0.6
    """Things said with their colour or their material or both."""
    template: float = 0.15
    """Texts in one of the templates that prompts are scored with."""
    capital: float = 0.1
    plain_phrase: float = 0.7
    """Relations said with one of their first phrases, the ones most written."""


SHARES = Shares()
NEUTRAL = ("thing", "object", "item")
ADJECTIVES = {"wood": "wooden"}
"""Materials whose adjective is the plainer word."""
_PLURAL_ONLY = frozenset({"stairs", "headphones", "scissors", "dice", "shears"})
_CONSONANT_SOUND = ("ukulele", "uni", "one", "euro")
_SYLLABLE = (
    "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl l m n p pl pr qu r s sc sh sk sl sn sp st str t th tr v w wh y z".split(),
    "a e i o u ai ea ee ie oa oo ou".split(),
    "b ck d dge ft g l ll lt m mp n nd ng nk nt p r rd rk rm rn rt s sk ss st t tch th x z".split(),
    ["", "", "er", "le", "o", "y", "et", "in", "on", "ish"],
)
_ALONE = ("a {x}", "a {x}", "the {x}", "{x}")
_LEADS = (
    ("{s}", 10), ("a {x} {s}", 30), ("the {x} is {s}", 10), ("put the {x} {s}", 6), ("place the {x} {s}", 3), ("move the {x} {s}", 2),
    ("{x} {s}", 8), ("there is a {x} {s}", 3), ("a {x} which is {s}", 2), ("the {x} should be {s}", 2),
    ("a {x} {carried} {s}", 12), ("the {x} {s}", 8), ("i want the {x} {s}", 1), ("put a {x} {s} please", 1),
)  # fmt: skip
_TURNED = ("a {y} with a {x} {s} it", "the {y} has a {x} {s} it", "{y} with {x} {s} it")
_BARE = ("a {y} and a {x} {s}", "a {y} with a {x} {s}", "the {y}, and the {x} {s}")
_OWN = ("a {y} with a {x} {s}", "the {y} has a {x} {s}", "{y} with {x} {s}")
_FLOATING = frozenset({"above"})


@dataclass(frozen=True)
class Said:
    """Words for a thing, without an article. ``noun``: what they say it is (canonical or a kind), None for nothing.

    ``colour`` and ``material`` are canonical words, None where not said. ``name``: the noun's word alone.
    """

    text: str
    name: str
    noun: str | None
    colour: str | None = None
    material: str | None = None


def describe(thing: Thing, r: random.Random, neutral: bool | None = None, looks: bool | None = None) -> Said:
    """Returns words for a thing. ``neutral`` and ``looks`` (colour or material) are by chance where not given."""
    if thing.role != "thing":
        return _described(thing.role if thing.role == "wall" else r.choice(("floor", "floor", "floor", "ground")),
                          "wall" if thing.role == "wall" else None, thing, r, bool(looks))  # fmt: skip
    if neutral is None:
        neutral = r.random() < SHARES.neutral
    if looks is None:
        looks = r.random() < SHARES.looks
    if neutral or thing.noun is None:
        name = invented_word(r) if r.random() < SHARES.invented else r.choice(NEUTRAL)
        return _described(name, None, thing, r, looks)
    return named(thing.kind, thing.noun, r, thing, looks)


def named(kind: str | None, noun: str, r: random.Random, thing: Thing, looks: bool) -> Said:
    """Returns words with a noun (in one of its ways to say), with the looks of ``thing`` where they are asked for."""
    above = hypernyms_of(noun)
    if above and r.random() < SHARES.hypernym:
        word = r.choice(above)
        return _described(word, word, thing, r, looks)
    ways = names_of(noun) if kind is None else names_of_kind(kind, noun)
    word = r.choice(ways) if len(ways) > 2 and r.random() < SHARES.synonym else r.choice(ways[:2]) if kind else noun
    return _described(word, noun, thing, r, looks)


def _described(name: str, noun: str | None, thing: Thing, r: random.Random, looks: bool) -> Said:
    vocabulary = load_vocabulary()
    colour = vocabulary.colours.get(thing.colour or "") if looks else None
    material = vocabulary.materials.get(thing.material or "") if looks else None
    if colour and material:
        chance = r.random()
        colour, material = (None if chance > 0.75 else colour), (None if chance < 0.55 else material)
    return said_with(name, noun, colour, material, r)


def said_with(name: str, noun: str | None, colour: str | None, material: str | None, r: random.Random) -> Said:
    """Returns words of a name with a colour and a material, each in one of its words."""
    data = load_vocabulary().data
    words = []
    if colour:
        others = data["colour_synonyms"].get(colour, ())
        words.append(r.choice(others) if others and r.random() < 0.2 else colour)
    if material:
        others = data["materials"].get(material, ())
        words.append(r.choice(others) if others and r.random() < 0.3 else ADJECTIVES.get(material, material))
    return Said(" ".join([*words, name]), name, noun, colour, material)


def invented_word(r: random.Random) -> str:
    """Returns a word that looks like English and is none of the captions'."""
    known = _known_words()
    while True:
        first, vowel, last, end = _SYLLABLE
        word = r.choice(first) + r.choice(vowel) + r.choice(last) + r.choice(end)
        if r.random() < 0.4:
            word = r.choice(first) + r.choice(vowel) + r.choice(last)[:1] + word
        if 3 <= len(word) <= 11 and word not in known:
            return word


def relation_phrase(name: str, r: random.Random, form: str = "phrases") -> str:
    """Returns a phrase of a relation, the plain ones more often."""
    phrases: list[str] = load_vocabulary().relations[name].get(form) or load_vocabulary().relations[name]["phrases"]
    return r.choice(phrases[:2] if r.random() < SHARES.plain_phrase else phrases)


def anchored(name: str, anchors: Sequence[Said | str], r: random.Random) -> str:
    """Returns a relation with its anchors: "on the red table". Anchors that are plain texts need no article."""
    phrase = relation_phrase(name, r)
    if len(anchors) == 2:
        first, second = anchors
        if isinstance(first, Said) and isinstance(second, Said) and first.text == second.text:
            return f"{phrase} {r.choice(('two', 'the two'))} {plural(first.text)}"
        return f"{phrase} {_article(first, r)} and {_article(second, r)}"
    return f"{phrase} {_article(anchors[0], r)}"


def bare(name: str, r: random.Random) -> str | None:
    """Returns a phrase that needs no anchor ("in the corner"), None where the relation has none."""
    phrases = load_vocabulary().relations[name].get("bare")
    return r.choice(phrases) if phrases else None


def sentence(x: str, said: str, name: str | None, r: random.Random, needed: bool) -> tuple[str, bool]:
    """Returns a text of a thing ``x`` and what is said of it ("on the table, upside down"), and whether it names x.

    ``name``: the relation that is said first, if one is. ``needed``: x must be named, as it carries an adjective.
    """
    forms, weights = _forms()
    form = r.choice(_ALONE) if not said else r.choices(forms[needed:], weights[needed:])[0]
    carried = _carrier(name, r) if "{carried}" in form else ""
    return fill(form, r, x=x, s=said, carried=carried), "{x}" in form


def turned(x: str, y: Said, name: str, r: random.Random) -> str:
    """Returns a text that begins with the anchor: "a table with a mug on it"."""
    entry, chance = load_vocabulary().relations[name], r.random()
    lateral = entry["family"] == "lateral"
    if chance < 0.5 and lateral:
        return fill(r.choice(_BARE), r, x=x, y=y.text, s=r.choice(entry["bare"]))
    if chance < 0.5 and "own" in entry:
        return fill(r.choice(_OWN), r, x=x, y=y.text, s=r.choice(entry["own"]))
    # "to its left" is the anchor's own left, which is not what is measured; "to the left of it" is the camera's.
    return fill(r.choice(_TURNED), r, x=x, y=y.text, s=relation_phrase(name, r))


def fill(form: str, r: random.Random, **words: str) -> str:
    """Returns the form with its words, "a" made "an" where it must be."""
    text = form.format(**words)
    return _ARTICLE.sub(lambda m: m.group(0) if _consonant(m.group(2)) else f"{m.group(1)}n {m.group(2)}", text)


def finished(text: str, r: random.Random) -> str:
    """Returns the text as a prompt may be written: within a template, with a capital, with a full stop, or as it is."""
    chance = r.random()
    if chance < SHARES.template:
        return r.choice(_templates()[1:]).replace("{}", text)
    if chance < SHARES.template + SHARES.capital:
        text = text[0].upper() + text[1:]
        return text + "." if r.random() < 0.5 else text
    return text


_ARTICLE = re.compile(r"\b([Aa]) (\w+)")


def _consonant(word: str) -> bool:
    return word[0].lower() not in "aeiou" or word.startswith(_CONSONANT_SOUND)


def _article(anchor: Said | str, r: random.Random) -> str:
    if isinstance(anchor, str):
        return anchor
    chance = r.random()
    if chance < 0.12:
        return anchor.text
    if chance < 0.32 and anchor.name not in _PLURAL_ONLY:
        return fill("a {x}", r, x=anchor.text)
    return f"the {anchor.text}"


def _carrier(name: str | None, r: random.Random) -> str:
    carriers: dict[str, Any] = load_vocabulary().data["carriers"]
    if name in _FLOATING:
        return str(r.choice(("floating", "hovering", "levitating", "flying")))
    resting = [w for w in carriers["rest"] if w.endswith(("ing", "ed", "found", "kept"))]
    return str(r.choice(resting[:3] if r.random() < 0.6 else resting))


def plural(text: str) -> str:
    """Returns the plural of a noun's words, by rule."""
    if text.endswith("shelf") or text.endswith("knife"):
        return re.sub(r"fe?$", "ves", text)
    if text.endswith(("s", "x", "ch", "sh", "z")):
        return text if text in _PLURAL_ONLY else text + "es"
    if text.endswith("y") and text[-2] not in "aeiou":
        return text[:-1] + "ies"
    return text + "s"


@lru_cache(maxsize=1)
def _templates() -> tuple[str, ...]:
    from ..guidance.clip.templates import SHORT  # brings torch with it

    return SHORT


@lru_cache(maxsize=1)
def _forms() -> tuple[list[str], list[int]]:
    return [f for f, _ in _LEADS], [w for _, w in _LEADS]


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    return frozenset(corpus_words())


@lru_cache(maxsize=1)
def corpus_words() -> list[str]:
    """Returns every word that captions are made of, sorted: the whole vocabulary, what joins it, the templates."""
    from ..assets.registry import KINDS

    data = load_vocabulary().data
    texts = [*_templates(), *NEUTRAL, *ADJECTIVES.values(), *KINDS]
    texts += [f for f, _ in _LEADS] + [*_TURNED, *_BARE, *_OWN] + ["two", "of", "room", "'s", "its", "it"]
    for key in ("attitudes", "relations"):
        texts += [p for e in data[key].values() for form in ("phrases", "own", "bare") for p in e.get(form, ())]
    for key in (
        "sizes",
        "carriers",
        "frames",
        "shelves",
        "places",
        "numbers",
        "articles",
        "pronouns",
        "joins",
        "breaks",
    ):
        texts += _strings(data[key])
    for key in (
        "courtesies",
        "units",
        "fillers",
        "colours",
        "colour_synonyms",
        "materials",
        "nouns",
        "kinds",
        "shapes",
    ):
        texts += _strings(data[key] if key != "colours" else list(data[key]))
    names = [name for noun in data["nouns"] for name in names_of(noun)]
    texts += [plural(name) for name in (*names, *NEUTRAL, *data["kinds"])]
    words = {w for text in texts for w in re.findall(r"'s|[a-z]+|[0-9]", re.sub(r"\{.*?\}", " ", text.lower()))}
    return sorted(words)


def _strings(value: Any) -> list[str]:
    """Returns all texts in a part of the vocabulary, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for k, v in value.items() for s in (str(k), *_strings(v))]
    return [s for v in value for s in _strings(v)] if isinstance(value, list) else []
