"""Colours and materials: which may be taken for another, and which are plainly wrong of a thing."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache

import numpy as np

from ..guidance.prompt.appearance import colour_likeness
from ..guidance.prompt.vocabulary import load_vocabulary
from .data import Thing
from .wording import Said

NEAR = 0.2
"""Likeness of a colour word for another colour's own shade from which nobody may call it wrong: 40 in CIELAB."""
_ALIKE = (
    {"plastic", "ceramic", "painted", "rubber", "leather", "paper"}, {"stone", "ceramic"}, {"fabric", "leather", "paper"},
    {"wood", "wicker", "paper"}, {"glass", "plastic"}, {"metal", "plastic", "painted", "glass"}, {"rubber", "stone"},
)  # fmt: skip


@cache
def colours_near(colour: str) -> frozenset[str]:
    """Returns the colours that may be said of a thing of this colour, itself included."""
    vocabulary = load_vocabulary()
    shade = np.array([vocabulary.data["colours"][colour]], np.float64)
    return frozenset(c for c in vocabulary.data["colours"] if colour_likeness(c, shade, np.ones(1), vocabulary) > NEAR)


@cache
def materials_near(material: str) -> frozenset[str]:
    """Returns the materials that may be said of a thing of this material, itself included."""
    return frozenset({material}.union(*(group for group in _ALIKE if material in group)))


def colour_of(thing: Thing) -> str | None:
    """Returns the vocabulary's colour of a thing, None where it has none."""
    return load_vocabulary().colours.get(thing.colour or "")


def material_of(thing: Thing) -> str | None:
    """Returns the vocabulary's material of a thing, None where it has none."""
    return load_vocabulary().materials.get(thing.material or "")


def may_look(said: Said, thing: Thing) -> bool:
    """Returns whether a thing may look as the words say; what is not known of it may be anything."""
    colour, material = colour_of(thing), material_of(thing)
    fits = said.colour is None or colour is None or said.colour in colours_near(colour)
    return fits and (said.material is None or material is None or said.material in materials_near(material))


def wrong_colour(things: Iterable[Thing], r: random.Random) -> str | None:
    """Returns a colour that none of the things has or nearly has; None where one's colour is not known."""
    return _none_of([colour_of(t) for t in things], list(load_vocabulary().data["colours"]), colours_near, r)


def wrong_material(things: Iterable[Thing], r: random.Random) -> str | None:
    """Returns a material that none of the things has or nearly has; None where one's material is not known."""
    return _none_of([material_of(t) for t in things], list(load_vocabulary().data["materials"]), materials_near, r)


def _none_of(own: list[str | None], all_words: list[str], near, r: random.Random) -> str | None:  # type: ignore[no-untyped-def]
    taken: set[str] = set()
    for word in own:
        if word is None:
            return None
        taken |= near(word)
    left = [w for w in all_words if w not in taken]
    return r.choice(left) if left else None
