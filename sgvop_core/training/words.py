"""The classes that training asks for: the nouns, the colours and the facts of the vocabulary, in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..guidance.prompt.vocabulary import load_vocabulary

UNKNOWN = -100
"""The class of what no word says, or nobody knows."""


@dataclass(frozen=True)
class Words:
    """The place of each word. Facts are relations to an anchor and attitudes."""

    nouns: Mapping[str | None, int]
    colours: Mapping[str | None, int]
    facts: Mapping[tuple[str, str], int]


@cache
def words() -> Words:
    """Returns the places of the vocabulary's words."""
    data = load_vocabulary().data
    facts = [("relation", r) for r in data["relations"] if r != "between"] + [
        ("attitude", a) for a in data["attitudes"]
    ]
    nouns, colours = sorted(data["nouns"]), sorted(data["colours"])
    return Words(
        {n: i for i, n in enumerate(nouns)}, {c: i for i, c in enumerate(colours)}, {f: i for i, f in enumerate(facts)}
    )
