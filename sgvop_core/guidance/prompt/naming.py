"""How well words name a thing: nouns against the names that objects have in files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from .reading import Noun
from .vocabulary import Vocabulary
from .words import is_number, name_words, singular

SAME, SYNONYM, PART, KIND, MISSPELT = 1.0, 0.85, 0.8, 0.6, 0.7
"""Scores of a word for a word: the same, of one group of synonyms, the end of a compound ("shelf" for "bookshelf"),
the kind of thing ("furniture" for "table"), and nearly the same letters."""
ENOUGH = 0.5
"""A name with less than this is not what the words mean."""
OTHER_NOUN = 0.5
"""What is taken off a name that ends in another noun."""
OTHER_WORD = 0.1
"""What is taken off a name that ends in a word of which nothing is known."""
ADJECTIVE = 0.3
"""What a second word that fits adds."""


def word_likeness(word: str, other: str, vocabulary: Vocabulary) -> float:
    """Returns how well ``word`` (of a prompt) stands for ``other`` (of a name), 0 to 1."""
    if is_number(word) and is_number(other):
        return SAME if float(word) == float(other) else 0.0
    word, other = singular(word), singular(other)
    if word == other:
        return SAME
    nouns = vocabulary.nouns
    group = nouns.get(other)
    if group is not None and nouns.get(word) == group:
        return SYNONYM
    if group is not None and group in vocabulary.data["kinds"].get(word, ()):
        return KIND
    for table in (vocabulary.colours, vocabulary.materials):
        if word in table and table[word] == table.get(other):
            return SYNONYM
    if len(word) >= 3 and len(other) > len(word) and other.endswith(word):
        return PART
    if len(word) >= 4 and other.startswith(word):
        return MISSPELT
    if len(word) >= 5 and len(other) >= 4 and difflib.SequenceMatcher(None, word, other).ratio() >= 0.84:
        return MISSPELT
    return 0.0


_MATERIAL_TAIL = re.compile(r"(?<=[^_\s])[_ .-]+(mat|mtl|material)[_ .-]*\d*([_ .-]+\d+)?$", re.IGNORECASE)


def without_material(name: str, materials: Sequence[str] = ()) -> str:
    """Returns the name of an object without the name of its material at the end, as exporters put it there
    ("Bowl_ceramic_0" of the material "ceramic", "Bowl_mat_0"); the name itself where nothing would be left."""
    for material in materials:
        tail = (
            re.search(rf"(?<=[^_\s])[_ .-]+{re.escape(material)}([_ .-]+\d+)?$", name, re.IGNORECASE)
            if material
            else None
        )
        if tail is not None:
            name = name[: tail.start()]
            break
    return _MATERIAL_TAIL.sub("", name)


def name_likeness(noun: Noun, name: str, vocabulary: Vocabulary) -> float:
    """Returns how well the words of ``noun`` name the thing called ``name``: 0 not at all, above 1 when more fits.

    Its noun must be in the name; further words add, words of the name that were not said take a little away, and a name
    that ends in another noun ("TableLamp" for "table") takes more.
    """
    own = [w for w in name_words(name) if w not in vocabulary.noise] or name_words(name)
    if not noun.words or not own:
        return 0.0
    said = list(noun.words)
    if "".join(map(singular, said)) == "".join(map(singular, own)):
        return SAME + ADJECTIVE * len(said)
    head = noun.head % len(said)
    scores = [_of_pair(said, head, own, i, vocabulary) for i in range(len(own))]
    best = max(scores)
    if best <= 0:
        return 0.0
    at = scores.index(best)
    used = {at}
    for index, word in enumerate(said):
        if index == head:
            continue
        rest = [(word_likeness(word, w, vocabulary), i) for i, w in enumerate(own) if i not in used]
        score, place = max(rest, default=(0.0, -1))
        if score > 0:
            used.add(place)
            best += ADJECTIVE * score
        elif is_number(word):
            best -= ADJECTIVE
    spare = [w for i, w in enumerate(own) if i not in used]
    best -= min(0.05 * sum(not is_number(w) for w in spare) + 0.01 * sum(is_number(w) for w in spare), 0.25)
    last = next((w for w in reversed(own) if not is_number(w)), "")
    if last in spare and _another_noun(last, own[at], vocabulary):
        best -= OTHER_NOUN
    elif last in spare and last not in vocabulary.materials:
        # "Cabinet_door" is a door more than a cabinet, though "door" may be no noun that the vocabulary knows.
        best -= OTHER_WORD
    return best


def _another_noun(last: str, matched: str, vocabulary: Vocabulary) -> bool:
    """Returns whether a name's last word makes it another thing than the word that was matched ("TableLamp")."""
    group = vocabulary.nouns.get(singular(last))
    weak = last in vocabulary.materials or singular(last) in vocabulary.forms
    return group is not None and not weak and group != vocabulary.nouns.get(singular(matched))


def _of_pair(said: Sequence[str], head: int, own: Sequence[str], at: int, vocabulary: Vocabulary) -> float:
    """Returns the likeness of the noun to one word of the name; compounds count as one ("coffee table")."""
    score = word_likeness(said[head], own[at], vocabulary)
    if head > 0:
        pair = singular(said[head - 1]) + singular(said[head])
        if pair == singular(own[at]):
            return SAME
        both = f"{said[head - 1]} {singular(said[head])}"
        group = vocabulary.nouns.get(both)
        if group is not None and group == vocabulary.nouns.get(singular(own[at])):
            score = max(score, SYNONYM)
    if at + 1 < len(own) and singular(own[at]) + singular(own[at + 1]) == singular(said[head]):
        return SAME
    if at > 0:
        group = vocabulary.nouns.get(f"{own[at - 1]} {singular(own[at])}")
        if group is not None and group == vocabulary.nouns.get(singular(said[head])):
            score = max(score, SYNONYM)
    return score
