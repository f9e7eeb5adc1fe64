"""Reading a prompt: words go one by one into nouns, relations, sizes and attitudes, longest phrase first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ...errors import PromptError
from .naming import ENOUGH, name_likeness
from .reading import Noun, PromptReading, RelationReading, SizeReading
from .sizes import pattern_factor, strengthened
from .vocabulary import Match, Vocabulary, load_vocabulary
from .words import is_mark, is_number, name_words, singular, tokens

MAX_WORDS = 400
"""Longer prompts are cut: CLIP reads 77 tokens, and nobody means the rest."""
LATERAL = ("left", "right", "front", "behind")
HOLDING = ("on", "inside", "corner", "middle", "edge")
"""Said right after one another ("in the bowl on the table"), the second says which bowl."""
_SIDES = {
    "left": "left", "right": "right", "front": "front", "back": "behind", "rear": "behind", "top": "on",
    "corner": "corner", "edge": "edge", "rim": "edge", "middle": "middle", "centre": "middle", "center": "middle",
    "surface": "on", "inside": "inside", "interior": "inside", "underside": "below",
}  # fmt: skip


@dataclass
class _Mention:
    """A noun where it stands in the prompt; ``relation`` is the index of the relation it anchors, if any."""

    noun: Noun
    relation: int | None


@dataclass
class _Open:
    """A relation while it is read; ``spoken`` counts the mentions before it, for 'it' and 'its'."""

    key: str
    phrase: str
    anchor: str
    frame: str | None
    spoken: int
    part: str | None = None
    mentions: list[int] = field(default_factory=list)
    about_anchor: bool = False


def read_prompt(text: str, scene_object_names: Iterable[str] = (), moving_name: str = "") -> PromptReading:
    """Returns the prompt as it was understood. Names of the scene's objects are kept whole where they occur in it.

    Never fails on odd text: what is not understood is listed. Raises PromptError when there is no text at all.
    """
    if not text or not text.strip():
        raise PromptError("the prompt is empty; say where the object should go, as in --prompt 'a cup on the table'")
    return _Reader(text, tuple(scene_object_names), moving_name, load_vocabulary()).read()


class _Reader:
    def __init__(self, text: str, names: tuple[str, ...], moving: str, vocabulary: Vocabulary) -> None:
        self.text, self.moving, self.vocabulary = text, moving, vocabulary
        self.words, self.owned = _possessives(tokens(text)[:MAX_WORDS])
        self.kept = self._names_in_text((*names, moving))
        self.mentions: list[_Mention] = []
        self.relations: list[_Open] = []
        self.buffer: list[str] = []
        self.count = 1
        self.target: int | None = None
        self.size: SizeReading | None = None
        self.attitude: str | None = None
        self.floats = False
        self.unknown: list[str] = []

    # -------------------------------------------------------------- names kept whole

    def _names_in_text(self, names: tuple[str, ...]) -> dict[int, int]:
        """Returns {place: length} of object names in the prompt that the grammar would take apart."""
        kept: dict[int, int] = {}
        folded = [singular(w) for w in self.words]
        for name in names:
            own = [singular(w) for w in name_words(name)]
            while len(own) > 1 and is_number(own[-1]):
                own.pop()
            if not own or any(w in self.vocabulary.prepositions for w in own):
                continue
            if len(own) == 1 and not self._read_as_grammar(own[0]):
                continue
            for at in range(len(self.words) - len(own) + 1):
                alone = len(own) == 1 and at == 0
                if folded[at : at + len(own)] == own and kept.get(at, 0) < len(own) and not alone:
                    kept[at] = len(own)
        return kept

    def _read_as_grammar(self, word: str) -> bool:
        match = self.vocabulary.match([word], 0)
        return match is not None and match.phrase.kind != "relation"

    # -------------------------------------------------------------- reading

    def read(self) -> PromptReading:
        at = 0
        while at < len(self.words):
            at += max(self._step(at), 1)
        self._close()
        return self._finish()

    def _step(self, at: int) -> int:
        """Reads what stands at a place and returns how many words it took."""
        words, v = self.words, self.vocabulary
        word = words[at]
        if at in self.kept:
            self.buffer += words[at : at + self.kept[at]]
            return self.kept[at]
        if at in self.owned:
            key, frame = self.owned[at]
            self._open(key, " ".join(words[at : at + 1]), "after", frame)
            return 1
        match = v.match(words, at)
        if match is not None:
            taken = self._phrase(match, at)
            if taken:
                return taken
        if word in v.joins:
            self._join(word, at)
        elif word in v.breaks:
            self._close()
            self.target = None
            return self._comparison(at)
        elif word in v.articles:
            self._article(word)
        elif word in v.pronouns:
            # "it" leaves the relation without a noun of its own: it gets the one spoken of before.
            pass
        elif word in v.fillers and (not self.buffer or word in ("is", "are", "was", "be", "to", "of")):
            if word == "of" and self.buffer:
                self.buffer.append(word)
        elif not is_mark(word):
            number = v.number(word)
            if number is not None and not self.buffer and number == int(number) and at + 1 < len(words):
                self.count = int(number)
            else:
                self.buffer.append(word)
        return 1

    def _comparison(self, at: int) -> int:
        """Takes "as big as" in, which compares with another thing and means no factor of the object's own."""
        words, sizes = self.words, self.vocabulary.data["sizes"]["words"]
        if words[at : at + 3 : 2] == ["as", "as"] and words[at + 1] in sizes:
            self.unknown.append(" ".join(words[at : at + 3]))
            return 3
        return 1

    def _article(self, word: str) -> None:
        if self.buffer and self.buffer[-1] != "of":
            self._close()
            self.target = None
        if word in ("these", "those"):
            self.count = 0

    def _join(self, word: str, at: int) -> None:
        v = self.vocabulary
        if word == "and" and self.buffer and (self.buffer[-1] in v.colours or self.buffer[-1] in v.materials):
            return
        several = self.target is not None and v.relations[self.relations[self.target].key]["anchors"] > 1
        pending = self.target is not None and not self.buffer and not self.relations[self.target].mentions
        self._close()
        if pending or (several and word in ("and", ",")):
            return
        if word != "and":
            self.target = None

    # -------------------------------------------------------------- phrases

    def _phrase(self, match: Match, at: int) -> int:
        """Takes a phrase of the vocabulary in and returns its length; 0 when its words mean something else here."""
        phrase, length = match.phrase, match.length
        after = at + length
        said = " ".join(self.words[at:after])
        adjective = length == 1 and self.target is not None and self._noun_follows(after)
        if phrase.kind == "relation":
            self._open(phrase.key, said, phrase.anchor, None)
            return length
        if phrase.kind == "attitude":
            if adjective:
                return 0
            self._close()
            self.attitude = phrase.key
            self.target = None
            return length
        if phrase.kind == "intensifier":
            follow = self.vocabulary.match(self.words, after)
            if follow is None or follow.phrase.kind != "size":
                return 0
            if self.target is not None and self._noun_follows(after + follow.length):
                return length
            factor = strengthened(follow.phrase.value or 1.0, phrase.value or 1.0)
            self._resize(factor, f"{said} {follow.phrase.key}", False)
            return length + follow.length
        if phrase.kind == "size":
            if adjective or self._in_moving_name(said):
                return 0
            self._resize(phrase.value or 1.0, said, False)
            return length
        if phrase.kind == "pattern":
            return self._pattern(match, said, after)
        if phrase.kind == "carrier":
            return self._carrier(match, at)
        if phrase.kind == "frame":
            self._close()
            for relation in reversed(self.relations):
                if relation.key in LATERAL:
                    relation.frame = phrase.key
                    break
            return length
        return 0

    def _pattern(self, match: Match, said: str, after: int) -> int:
        factor = pattern_factor(match)
        if factor is None:
            return 0
        tail = self.vocabulary.match(self.words, after)
        extra = tail.length if tail is not None and tail.phrase.kind == "tail" else 0
        if not extra and after < len(self.words) and self.words[after] in ("as", "than"):
            # "twice as big as the table" compares with another thing, which no factor can say.
            self._close()
            self.target = None
            self.unknown.append(said)
            return match.length
        self._resize(factor, said, True)
        return match.length + extra

    def _resize(self, factor: float, said: str, exact: bool) -> None:
        self.size = SizeReading(said, factor, exact)

    def _carrier(self, match: Match, at: int) -> int:
        after = at + match.length
        follow = self.vocabulary.match(self.words, after)
        leads = follow is not None and follow.phrase.kind in ("relation", "attitude", "carrier")
        kind = match.phrase.key
        if kind == "rest" and not leads and at > 0:
            if self.target is not None or (self.buffer and match.length == 1):
                return 0
            return match.length
        if self.buffer or self.target is None:
            self._close()
        self.target = None
        if kind == "float":
            self.floats = True
        if kind == "hang" and (follow is None or follow.phrase.kind != "relation"):
            self.floats = True
        if kind == "hang" and follow is not None and follow.phrase.key in ("above", "inside"):
            self.floats = True
        return match.length

    def _noun_follows(self, at: int) -> bool:
        """Returns whether a word of the same noun stands at a place: no mark, no relation, no join."""
        if at >= len(self.words) or at in self.owned:
            return False
        if at in self.kept:
            return True
        word, v = self.words[at], self.vocabulary
        if is_mark(word) or word in v.joins or word in v.breaks or word in v.articles or word in v.pronouns:
            return False
        match = v.match(self.words, at)
        return match is None or match.phrase.kind in ("size", "attitude")

    def _in_moving_name(self, word: str) -> bool:
        return word in name_words(self.moving)

    # -------------------------------------------------------------- opening and closing

    def _open(self, key: str, said: str, anchor: str, frame: str | None) -> None:
        direct = bool(self.buffer) and self.target is not None
        self._close()
        about = False
        if direct and self.target is not None and anchor == "after" and key in HOLDING:
            before = self.relations[self.target]
            noun = self.mentions[-1].noun
            about = before.key in HOLDING and singular(noun.words[noun.head]) not in self.vocabulary.places
        default = self.vocabulary.relations[key]["frame"]
        if anchor == "own" and default is not None:
            frame = "anchor"
        self.relations.append(_Open(key, said, anchor, frame or default, len(self.mentions), about_anchor=about))
        self.target = len(self.relations) - 1 if anchor == "after" else None

    def _close(self) -> None:
        """Ends the noun that is being read and gives it to the relation that waits for it."""
        words, count = self.buffer, self.count
        self.buffer, self.count = [], 1
        while words and words[-1] == "of":
            words.pop()
        if not words:
            return
        part = None
        if self.target is not None and self.relations[self.target].key in ("on", "inside", "corner", "middle", "edge"):
            words, part = self._shelf(words)
            if part is not None:
                relation = self.relations[self.target]
                relation.part = part
                relation.key = "on" if relation.key == "inside" else relation.key
        noun = _noun(words, count)
        if self.target is not None:
            self.relations[self.target].mentions.append(len(self.mentions))
        self.mentions.append(_Mention(noun, self.target))

    def _shelf(self, words: list[str]) -> tuple[list[str], str | None]:
        """Returns the words without the board of a shelf that they begin with, and which board that is."""
        shelves = self.vocabulary.data["shelves"]
        which = shelves["which"].get(words[0])
        rest = words[1:] if which is not None else words
        if rest and singular(rest[0]) in shelves["nouns"]:
            if len(rest) > 2 and rest[1] == "of":
                return rest[2:], which or "any"
            if which is not None and len(rest) == 1:
                return rest, which
        return words, None

    # -------------------------------------------------------------- putting together

    def _finish(self) -> PromptReading:
        free = [i for i, m in enumerate(self.mentions) if m.relation is None]
        fitting = [i for i in free if self._is_moving(self.mentions[i].noun)]
        subject = fitting[0] if fitting else (free[0] if free else None)
        used = {subject}
        relations: list[RelationReading] = []
        for relation in self.relations:
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
        self, relation: _Open, subject: int | None, subject_moves: bool, used: set[int | None]
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

    def _spoken_before(self, relation: _Open, subject: int | None) -> int | None:
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


def _noun(words: list[str], count: int) -> Noun:
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


def _possessives(words: list[str]) -> tuple[list[str], dict[int, tuple[str, str | None]]]:
    """Returns the words with "to the table's left" turned into a relation before its noun, {place: (key, frame)}."""
    owned: dict[int, tuple[str, str | None]] = {}
    out = list(words)
    at = 0
    while at < len(out) - 1:
        key = _SIDES.get(out[at + 1]) if out[at] == "'s" else None
        places = range(at - 1, max(at - 7, -1), -1)
        start = next((i for i in places if out[i] in ("to", "on", "at", "in", "by", "near")), None)
        if key is None or start is None:
            at += 1
            continue
        end = at + 2
        while end < len(out) and out[end] in ("side", "hand"):
            end += 1
        noun = out[start + 1 : at]
        label = f"{out[start]} … 's {out[at + 1]}"
        out[start:end] = [label, *noun]
        owned = {place: value for place, value in owned.items() if place < start}
        owned[start] = (key, "anchor" if key in LATERAL else None)
        at = start + 1 + len(noun)
    return out, owned
