"""The words that prompts are read with: loaded from ``vocabulary.json``, which the training of the model reads too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

from .words import is_number, singular, tokens


@dataclass(frozen=True)
class Phrase:
    """What a phrase means: ``kind`` (relation, attitude, size, pattern, tail, carrier, frame) and ``key`` in it.

    ``anchor``: where a relation's anchor is: ``after`` the phrase, the one spoken of before (``own``: in that one's
    frame; ``bare``: in the relation's usual frame).
    """

    kind: str
    key: str
    anchor: str = "after"
    value: float | None = None


@dataclass
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    phrase: Phrase | None = None


@dataclass(frozen=True)
class Match:
    """A phrase found at a place: how many tokens it takes and the number in it, if it holds one."""

    phrase: Phrase
    length: int
    number: float | None = None


class Vocabulary:
    """The vocabulary's tables and a matcher of its phrases, longest first."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.relations: dict[str, dict[str, Any]] = data["relations"]
        self.attitudes: dict[str, dict[str, Any]] = data["attitudes"]
        self.places = {w: key for key, words in data["places"].items() for w in words}
        self.numbers: dict[str, float] = data["numbers"]
        self._root = _Node()
        for phrase, text in self._phrases():
            node = self._root
            for word in tokens(text) if "{" not in text else text.split():
                node = node.next.setdefault(word, _Node())
            if node.phrase is None or phrase.kind != "carrier":
                node.phrase = phrase

    def _phrases(self) -> Iterator[tuple[Phrase, str]]:
        for kind in ("rest", "float", "hang"):
            for text in self.data["carriers"][kind]:
                yield Phrase("carrier", kind), text
        for key, relation in self.relations.items():
            for form, anchor in (("phrases", "after"), ("own", "own"), ("bare", "bare")):
                for text in relation.get(form, ()):
                    yield Phrase("relation", key, anchor), text
        for key, attitude in self.attitudes.items():
            for text in attitude["phrases"]:
                yield Phrase("attitude", key), text
        sizes = self.data["sizes"]
        for word, factor in sizes["words"].items():
            yield Phrase("size", word, value=factor), word
        for word, power in sizes["intensifiers"].items():
            yield Phrase("intensifier", word, value=power), word
        for operation in ("times", "divide", "more", "less", "percent"):
            for text in sizes["patterns"][operation]:
                yield Phrase("pattern", operation), text
        for text, factor in sizes["patterns"]["fixed"].items():
            yield Phrase("pattern", "fixed", value=factor), text
        for text in sizes["tails"]:
            yield Phrase("tail", text), text
        for frame, texts in self.data["frames"].items():
            for text in texts:
                yield Phrase("frame", frame), text

    def match(self, words: list[str], start: int) -> Match | None:
        """Returns the longest phrase that begins at ``start``, or None."""
        best: Match | None = None
        stack: list[tuple[_Node, int, float | None]] = [(self._root, start, None)]
        while stack:
            node, at, number = stack.pop()
            if node.phrase is not None and (best is None or at - start > best.length):
                best = Match(node.phrase, at - start, number)
            if at >= len(words):
                continue
            if words[at] in node.next:
                stack.append((node.next[words[at]], at + 1, number))
            value = self.number(words[at])
            if "{n}" in node.next and value is not None and number is None:
                stack.append((node.next["{n}"], at + 1, value))
        return best

    def number(self, word: str) -> float | None:
        """Returns the value of a number in digits or words, or None."""
        if is_number(word):
            return float(word)
        return self.numbers.get(word)

    # -------------------------------------------------------------- word classes

    @cached_property
    def articles(self) -> frozenset[str]:
        return frozenset(self.data["articles"])

    @cached_property
    def pronouns(self) -> frozenset[str]:
        return frozenset(self.data["pronouns"])

    @cached_property
    def joins(self) -> frozenset[str]:
        return frozenset(self.data["joins"])

    @cached_property
    def breaks(self) -> frozenset[str]:
        return frozenset(self.data["breaks"])

    @cached_property
    def fillers(self) -> frozenset[str]:
        return frozenset(self.data["fillers"])

    @cached_property
    def courtesies(self) -> frozenset[str]:
        """Words that say nothing wherever they stand ("the stool, please")."""
        return frozenset(self.data["courtesies"])

    @cached_property
    def units(self) -> frozenset[str]:
        """Units of measure in the singular: a number before one is a measure, not how many there are."""
        return frozenset(self.data["units"])

    @cached_property
    def noise(self) -> frozenset[str]:
        """Words of object names that say nothing about what the object is."""
        return frozenset(self.data["name_noise"])

    @cached_property
    def forms(self) -> frozenset[str]:
        """Nouns that name the form of a mesh: at the end of an object's name ("Table_Cylinder") they say little."""
        return frozenset(self.data["forms"])

    @cached_property
    def prepositions(self) -> frozenset[str]:
        """First words of the one-word relations: a name that holds one of them inside is not taken as one word."""
        single = {t for r in self.relations.values() for t in r["phrases"] if " " not in t}
        return frozenset(single | {"on", "in", "of", "to", "at"})

    @cached_property
    def nouns(self) -> dict[str, str]:
        """Maps a noun (several words joined by a blank) to the first noun of its group of synonyms."""
        table: dict[str, str] = {}
        for key, words in self.data["nouns"].items():
            for word in (key, *words):
                table.setdefault(" ".join(singular(w) for w in word.split()), key)
        for key in self.data["nouns"]:
            table[key] = key
        return table

    @cached_property
    def colours(self) -> dict[str, str]:
        """Maps a colour word to the colour it stands for."""
        table = {word: key for key, words in self.data["colour_synonyms"].items() for word in words}
        return table | {key: key for key in self.data["colours"]}

    @cached_property
    def materials(self) -> dict[str, str]:
        """Maps a material word to the material it stands for."""
        table = {word: key for key, words in self.data["materials"].items() for word in words}
        return table | {key: key for key in self.data["materials"]}

    def describes(self, word: str) -> bool:
        """Returns whether a word is an adjective that the vocabulary knows (colour, material or size)."""
        return word in self.colours or word in self.materials or word in self.data["sizes"]["words"]


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Returns the vocabulary that ships with the package (read once)."""
    text = resources.files(__package__).joinpath("vocabulary.json").read_text(encoding="utf-8")
    return Vocabulary(json.loads(text))
