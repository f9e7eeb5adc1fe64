"""What a prompt says, as it was read and as it was resolved against a scene; both go into the result file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Noun:
    """A thing that the prompt names: its words without articles, the place of its noun among them, and how many.

    ``count``: 1, 2, 3 … as said; 0 for a plural without number.
    """

    words: tuple[str, ...]
    head: int = -1
    count: int = 1

    @property
    def text(self) -> str:
        """The words as one string."""
        return " ".join(self.words)


@dataclass(frozen=True)
class RelationReading:
    """A relation as the prompt says it, its anchors' words, and whose left and right it means.

    ``frame``: ``camera``, ``anchor`` or None (no direction in it). ``part``: which board of a shelf (``top``,
    ``middle``, ``bottom``, ``any``, or a number from the bottom), else None. ``phrase``: the words read as it.
    """

    relation: str
    anchors: tuple[Noun, ...]
    frame: str | None = None
    part: str | None = None
    phrase: str = ""
    about_anchor: bool = False
    """True when it says which anchor is meant ("the bowl *on the table*"), not where the object goes."""

    def as_json(self) -> dict[str, Any]:
        """Returns the relation as JSON types."""
        return {
            "relation": self.relation,
            "anchors": [n.text for n in self.anchors],
            "counts": [n.count for n in self.anchors],
            "heads": [n.head for n in self.anchors],
            "frame": self.frame,
            "part": self.part,
            "phrase": self.phrase,
            "about_anchor": self.about_anchor,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> RelationReading:
        """Returns the relation of ``as_json``'s form."""
        nouns = zip(data["anchors"], data["heads"], data["counts"], strict=True)
        anchors = tuple(Noun(tuple(text.split()), head, count) for text, head, count in nouns)
        return RelationReading(
            data["relation"], anchors, data["frame"], data["part"], data["phrase"], data["about_anchor"]
        )


@dataclass(frozen=True)
class SizeReading:
    """A size word or phrase and the factor it stands for (1 = as it is); ``exact`` when the prompt gives a number."""

    phrase: str
    factor: float
    exact: bool = False

    def as_json(self) -> dict[str, Any]:
        """Returns the size as JSON types."""
        return {"phrase": self.phrase, "factor": self.factor, "exact": self.exact}


@dataclass(frozen=True)
class PromptReading:
    """A prompt as it was understood; nothing in it depends on where things are.

    ``object_words``: what the prompt calls the thing to place. ``floats``: nothing holds it. ``not_understood``: words
    that only a CLIP model can use.
    """

    text: str
    object_words: tuple[str, ...] = ()
    relations: tuple[RelationReading, ...] = ()
    size: SizeReading | None = None
    attitude: str | None = None
    floats: bool = False
    not_understood: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether anything was read that geometry can use."""
        return bool(self.relations or self.size or self.attitude or self.floats)

    def as_json(self) -> dict[str, Any]:
        """Returns the reading as JSON types; ``from_json`` undoes it."""
        return {
            "text": self.text,
            "object": list(self.object_words),
            "relations": [r.as_json() for r in self.relations],
            "size": None if self.size is None else self.size.as_json(),
            "attitude": self.attitude,
            "floats": self.floats,
            "not_understood": list(self.not_understood),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> PromptReading:
        """Returns the reading of ``as_json``'s form."""
        size = data["size"]
        return PromptReading(
            data["text"],
            tuple(data["object"]),
            tuple(RelationReading.from_json(r) for r in data["relations"]),
            None if size is None else SizeReading(size["phrase"], size["factor"], size["exact"]),
            data["attitude"],
            data["floats"],
            tuple(data["not_understood"]),
        )


ROOM, CAMERA = "<room>", "<camera>"
"""Anchors that are no objects."""


@dataclass(frozen=True)
class ResolvedRelation:
    """A relation with the objects it is about.

    ``anchors``: object names, or ``ROOM``, ``CAMERA``. ``roles``: for each, which side of it is meant when the prompt
    says ``floor``, ``wall`` or ``ceiling``, else None. ``frame`` and ``part`` as in RelationReading.
    """

    relation: str
    anchors: tuple[str, ...]
    roles: tuple[str | None, ...]
    frame: str | None = None
    part: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns the relation as JSON types."""
        return {"relation": self.relation, "anchors": list(self.anchors), "frame": self.frame, "part": self.part}


@dataclass(frozen=True)
class ResolvedPrompt:
    """A prompt with its anchors found: what the relations, the pose space and the support are made from."""

    reading: PromptReading
    moving: str
    relations: tuple[ResolvedRelation, ...] = ()
    scale_range: tuple[float, float] | None = None
    attitude: str | None = None
    floats: bool = False
    messages: tuple[str, ...] = field(default=())

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """The objects that relations are about, each once, in the prompt's order."""
        return tuple(dict.fromkeys(a for r in self.relations for a in r.anchors if a not in (ROOM, CAMERA)))

    def as_json(self) -> dict[str, Any]:
        """Returns the prompt as it was understood, for the result file."""
        size = self.reading.size
        return {
            "prompt": self.reading.text,
            "object": self.moving,
            "object_words": list(self.reading.object_words),
            "relations": [r.as_json() for r in self.relations],
            "size": None if size is None else {**size.as_json(), "range": list(self.scale_range or ())},
            "attitude": self.attitude,
            "floats": self.floats,
            "not_understood": list(self.reading.not_understood),
        }


def one_of(names: Sequence[str], limit: int = 4) -> str:
    """Returns names quoted and joined for a message, cut after ``limit``."""
    shown = ", ".join(f"'{n}'" for n in names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
