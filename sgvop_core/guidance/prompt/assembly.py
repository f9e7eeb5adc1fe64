"""Putting a reading together: which noun is the object, which are anchors, and what "it" means."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .naming import ENOUGH, name_likeness
from .reading import Noun, PromptReading, RelationReading, SizeReading
from .vocabulary import Vocabulary
from .words import is_number, name_words, singular

LATERAL = ("left", "right", "front", "behind")
HOLDING = ("on", "inside", "corner", "middle", "edge")
"""Said right after one another ("in the bowl on the table"), the second says which bowl."""


@dataclass
class Mention:
    """A noun where it stands in the prompt; ``relation`` is the index of the relation it anchors, if any."""

    noun: Noun
    relation: int | None


@dataclass
class OpenRelation:
    """A relation while it is read; ``spoken`` counts the mentions before it, for 'it' and 'its'."""

    key: str
    phrase: str
    anchor: str
    frame: str | None
    spoken: int
    part: str | None = None
    mentions: list[int] = field(default_factory=list)
    about_anchor: bool = False
    negated: bool = False


@dataclass
class Assembly:
    """All that was read from a prompt, in its order; ``reading`` makes sense of it."""

    text: str
    moving: str
    vocabulary: Vocabulary
    mentions: list[Mention] = field(default_factory=list)
    relations: list[OpenRelation] = field(default_factory=list)
    size: SizeReading | None = None
    attitude: str | None = None
    floats: bool = False
    unknown: list[str] = field(default_factory=list)

    def reading(self) -> PromptReading:
        """Returns the prompt as it was understood."""
        free = [i for i, m in enumerate(self.mentions) if m.relation is None]
        fitting = [i for i in free if self._is_moving(self.mentions[i].noun)]
        subject = fitting[0] if fitting else (free[0] if free else None)
        used = {subject}
        relations: list[RelationReading] = []
        for relation in self.relations:
            if relation.negated:
                # Where it is not says no place; taken for its opposite it would be worse than not understood.
                nouns = " and ".join(self.mentions[i].noun.text for i in relation.mentions)
                self.unknown.append(f"not {relation.phrase} {nouns}".strip())
                continue
            read = self._relation(relation, subject, bool(fitting), used)
            if read is None:
                self.unknown.append(relation.phrase)
            else:
                relations += read
        inverted = any(r.phrase.startswith("(inverse) ") for r in relations)
        object_words: tuple[str, ...] = ()
        if subject is not None and not inverted:
            object_words = self._describe(self.mentions[subject].noun)
        self.unknown += [self.mentions[i].noun.text for i in free if i not in used]
        floats = self.floats and not any(r.relation in ("on", "inside") for r in relations)
        return PromptReading(
            self.text.strip(), object_words, tuple(relations), self.size, self.attitude, floats, tuple(self.unknown)
        )

    def _is_moving(self, noun: Noun) -> bool:
        return bool(self.moving) and name_likeness(noun, self.moving, self.vocabulary) >= ENOUGH

    def _describe(self, noun: Noun) -> tuple[str, ...]:
        """Returns the words for the object; those that say nothing to us are also listed as not understood."""
        own = {singular(w) for w in name_words(self.moving)}
        head = noun.head % len(noun.words)
        if not noun.words[head].isascii() and not self._is_moving(noun):
            self.unknown.append(noun.text)
            return ()
        for index, word in enumerate(noun.words):
            if index != head and not self.vocabulary.describes(word) and singular(word) not in own:
                self.unknown.append(word)
        return noun.words

    def _relation(
        self, relation: OpenRelation, subject: int | None, subject_moves: bool, used: set[int | None]
    ) -> list[RelationReading] | None:
        """Returns the relation with its anchors, one reading for each anchor of a list; None when it has none."""
        needs = self.vocabulary.relations[relation.key]["anchors"]
        frame, part = relation.frame, relation.part
        chosen = list(relation.mentions)
        if not chosen:
            spoken = self._spoken_before(relation, subject)
            if spoken is not None:
                chosen = [spoken]
                used.add(spoken)
            elif relation.anchor == "bare" and self.vocabulary.relations[relation.key]["family"] == "region":
                return [RelationReading(relation.key, (Noun(("room",)),), frame, part, relation.phrase)]
            elif relation.anchor == "bare" and relation.key == "facing_away":
                return [RelationReading(relation.key, (Noun(("camera",)),), frame, part, relation.phrase)]
            else:
                return None
        nouns = [self.mentions[i].noun for i in chosen]
        if part is None and relation.key == "on" and "top" not in relation.phrase:
            part = self._many_boards(nouns[0])
        head = None if subject is None else self.mentions[subject].noun
        if needs == 1 and not subject_moves and head is not None and self._is_moving(nouns[0]) and len(nouns) == 1:
            inverse = self.vocabulary.relations[relation.key]["inverse"]
            if inverse is None:
                return None
            return [RelationReading(inverse, (head,), frame, None, f"(inverse) {relation.phrase}")]
        if needs == 2:
            if len(nouns) == 1:
                nouns = [replace(nouns[0], count=max(nouns[0].count, 2))]
            return [RelationReading(relation.key, tuple(nouns), frame, part, relation.phrase)]
        about = relation.about_anchor
        return [RelationReading(relation.key, (noun,), frame, part, relation.phrase, about) for noun in nouns]

    def _spoken_before(self, relation: OpenRelation, subject: int | None) -> int | None:
        """Returns the mention that 'it' means; a direction beside the thing that holds the object means nothing."""
        before = [i for i in range(relation.spoken) if i != subject]
        if not before:
            return None
        chosen = before[-1]
        owner = self.mentions[chosen].relation
        if relation.key in LATERAL and owner is not None and self.relations[owner].key in HOLDING:
            return None
        return chosen

    def _many_boards(self, noun: Noun) -> str | None:
        head = singular(noun.words[noun.head])
        return "any" if head in self.vocabulary.data["shelves"]["many"] else None


def make_noun(words: list[str], count: int) -> Noun:
    """Returns the noun of words that may hold an 'of' ("bottle of wine"): its head stands before it."""
    head = words.index("of") - 1 if "of" in words[1:] else len(words) - 1
    while head > 0 and is_number(words[head]):
        head -= 1
    kept = [w for w in words if w != "of"]
    head = max(min(head, len(kept) - 1), 0)
    last = kept[head]
    if count == 1 and singular(last) != last:
        count = 0
    return Noun(tuple(kept), head - len(kept), count)
