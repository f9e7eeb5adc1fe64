"""How attitudes and sizes are said."""

from __future__ import annotations

import math
import random
from functools import cache

from ..guidance.prompt.sizes import strengthened
from ..guidance.prompt.vocabulary import load_vocabulary
from .data import SIZES

_MIDDLE = {"tiny": 0.4, "small": 0.72, "medium": 1.0, "large": 1.42, "huge": 2.3}
"""Factor that each size stands for; a word belongs to the nearest."""
_PLAIN = {
    "tiny": ("tiny", "miniature"),
    "small": ("small", "little"),
    "medium": ("medium sized",),
    "large": ("large", "big"),
    "huge": ("huge", "giant"),
}
INTENSIFIED = 0.1
"""Share of the sizes said with "very" and its like."""
_ADJECTIVES = frozenset(
    {
        "upright",
        "vertical",
        "upside down",
        "inverted",
        "flipped",
        "toppled",
        "fallen",
        "tilted",
        "slanted",
        "inclined",
        "prone",
        "sideways",
    }
)


@cache
def size_words(size: str) -> tuple[str, ...]:
    """Returns the words of a size, each of which is nearest to it by its factor."""
    return tuple(w for w, factor in load_vocabulary().data["sizes"]["words"].items() if _nearest(factor) == size)


@cache
def _intensified(size: str) -> tuple[str, ...]:
    sizes = load_vocabulary().data["sizes"]
    words = [w for s in SIZES for w in _PLAIN[s] if s != "medium"]
    return tuple(
        f"{strong} {word}"
        for strong, power in sizes["intensifiers"].items()
        for word in words
        if _nearest(strengthened(sizes["words"][word], power)) == size
    )


def _nearest(factor: float) -> str:
    return min(_MIDDLE, key=lambda s: abs(math.log(factor / _MIDDLE[s])))


def size_word(size: str, r: random.Random) -> str:
    """Returns a word for a size, the plain ones more often."""
    strong = _intensified(size)
    if strong and r.random() < INTENSIFIED:
        return r.choice(strong)
    return r.choice(_PLAIN[size] if r.random() < 0.55 else size_words(size))


def attitude_phrase(attitude: str, r: random.Random) -> str:
    """Returns a phrase of an attitude, the plain ones more often."""
    phrases: list[str] = load_vocabulary().attitudes[attitude]["phrases"]
    return r.choice(phrases[:2] if r.random() < 0.5 else phrases)


def with_attitude(x: str, phrase: str, relation: str, r: random.Random) -> tuple[str, str]:
    """Returns the thing's words and what is said of it, an attitude put before the one or into the other."""
    if not relation:
        return (f"{phrase} {x}", "") if phrase in _ADJECTIVES and r.random() < 0.4 else (x, phrase)
    chance = r.random()
    if phrase in _ADJECTIVES and chance < 0.35:
        return f"{phrase} {x}", relation
    if chance < 0.65:
        return x, f"{phrase} {relation}"
    if chance < 0.8:
        return x, f"{relation}, {phrase}"
    return x, f"{phrase}, {relation}" if chance < 0.9 else f"{relation} and {phrase}"
