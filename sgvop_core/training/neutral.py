"""Words that no training picture goes with: they become the neutral "thing", which relations have been learnt of.

A noun whose kind training never shows is only ever said where it is false, or not at all. What a network makes of such a word is
worse than nothing: said of what it never saw, relations came out the wrong way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from torch import Tensor

from ..guidance.prompt.vocabulary import load_vocabulary
from .nouns import noun_of
from .split import kinds_of

EMBEDDING = "token_embedding.weight"
THING = "thing"


@cache
def pictured_nouns() -> tuple[str, ...]:
    """Returns the nouns of the kinds that training pictures show, each once."""
    return tuple(dict.fromkeys(noun for kind in kinds_of("train") if (noun := noun_of(kind)) is not None))


@cache
def neutral_words() -> frozenset[str]:
    """Returns the single words that name only what no training picture shows."""
    data = dict(load_vocabulary().data)
    nouns = data.pop("nouns")
    shown = pictured_nouns()
    named = {name for noun, names in nouns.items() if noun not in shown for name in (noun, *names)}
    strange = {word for name in named for word in name.split()}
    known = {w for noun, names in nouns.items() if noun in shown for name in (noun, *names) for w in name.split()}
    # Elsewhere a noun as such is a reference to it, such as in the list of what is an animal.
    known |= {w for text in _texts(data) if text not in named for w in text.lower().split()}
    return frozenset(strange - known)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def made_neutral(weights: dict[str, Tensor], tokenizer: Any) -> dict[str, Tensor]:
    """Returns a model's weights, each of any shape such as [N, D], in which the words that are one token and name nothing
    pictured mean the same as "thing"; as they are where that is no token."""
    thing = list(tokenizer.encode(THING))
    if len(thing) != 1:
        return weights
    tokens = [found[0] for word in sorted(neutral_words()) if len(found := list(tokenizer.encode(word))) == 1]
    embedding = weights[EMBEDDING].clone()
    embedding[tokens] = embedding[thing[0]].clone()
    return weights | {EMBEDDING: embedding}
