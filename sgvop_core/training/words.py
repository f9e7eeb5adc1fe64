"""The classes that training asks for: the nouns, the colours and the facts of the vocabulary, in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..guidance.prompt.vocabulary import load_vocabulary

UNKNOWN = -100
"""The class of what no word says, or nobody knows."""


@dataclass(frozen=True)
class Words:
    """The place of each word. Facts are relations to an anchor and attitudes; kinds of statements are those, and the relations to
    two anchors."""

    nouns: Mapping[str | None, int]
    colours: Mapping[str | None, int]
    facts: Mapping[tuple[str, str], int]
    kinds: Mapping[tuple[str, str], int]


@cache
def words() -> Words:
    """Returns the places of the vocabulary's words."""
    data = load_vocabulary().data
    facts = [("relation", r) for r in data["relations"] if r != "between"] + [
        ("attitude", a) for a in data["attitudes"]
    ]
    nouns, colours = sorted(data["nouns"]), sorted(data["colours"])
    every: list[list[Any]] = [nouns, colours, facts, [*facts, ("relation", "between")]]
    return Words(*({word: i for i, word in enumerate(part)} for part in every))
