"""Reading a prompt: words go one by one into nouns, relations, sizes and attitudes, longest phrase first."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import PromptError
from .assembly import HOLDING, LATERAL, Assembly, Mention, OpenRelation, make_noun
from .possessives import take_possessives
from .reading import PromptReading, SizeReading
from .sizes import pattern_factor, strengthened
from .vocabulary import Match, Vocabulary, load_vocabulary
from .words import is_mark, is_number, name_words, singular, tokens

MAX_WORDS = 400
"""Longer prompts are cut: CLIP reads 77 tokens, and nobody means the rest."""


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
        self.words, self.owned = take_possessives(tokens(text)[:MAX_WORDS])
        self.kept = self._names_in_text((*names, moving))
        self.found = Assembly(text, moving, vocabulary)
        self.buffer: list[str] = []
        self.count = 1
        self.target: int | None = None

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
        return self.found.reading()

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
        elif word in v.courtesies:
            pass
        elif v.number(word) is not None and at + 1 < len(words) and singular(words[at + 1]) in v.units:
            # A measure ("20 cm left of") belongs to no noun; how far is not understood.
            self.found.unknown.append(f"{word} {words[at + 1]}")
            return 2
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
            self.found.unknown.append(" ".join(words[at : at + 3]))
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
        several = self.target is not None and v.relations[self.found.relations[self.target].key]["anchors"] > 1
        pending = self.target is not None and not self.buffer and not self.found.relations[self.target].mentions
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
            self.found.attitude = phrase.key
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
            for relation in reversed(self.found.relations):
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
            self.found.unknown.append(said)
            return match.length
        self._resize(factor, said, True)
        return match.length + extra

    def _resize(self, factor: float, said: str, exact: bool) -> None:
        self.found.size = SizeReading(said, factor, exact)

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
            self.found.floats = True
        if kind == "hang" and (follow is None or follow.phrase.kind != "relation"):
            self.found.floats = True
        if kind == "hang" and follow is not None and follow.phrase.key in ("above", "inside"):
            self.found.floats = True
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
        negated = self.buffer[-1:] == ["not"] or self.buffer[-1:] == ["never"]
        if negated:
            self.buffer.pop()
        direct = bool(self.buffer) and self.target is not None
        self._close()
        about = False
        if direct and self.target is not None and anchor == "after" and key in HOLDING:
            before = self.found.relations[self.target]
            noun = self.found.mentions[-1].noun
            about = before.key in HOLDING and singular(noun.words[noun.head]) not in self.vocabulary.places
        default = self.vocabulary.relations[key]["frame"]
        if anchor == "own" and default is not None:
            frame = "anchor"
        self.found.relations.append(
            OpenRelation(
                key, said, anchor, frame or default, len(self.found.mentions), about_anchor=about, negated=negated
            )
        )
        self.target = len(self.found.relations) - 1 if anchor == "after" else None

    def _close(self) -> None:
        """Ends the noun that is being read and gives it to the relation that waits for it."""
        words, count = self.buffer, self.count
        self.buffer, self.count = [], 1
        while words and words[-1] == "of":
            words.pop()
        if not words:
            return
        part = None
        if self.target is not None and self.found.relations[self.target].key in (
            "on",
            "inside",
            "corner",
            "middle",
            "edge",
        ):
            words, part = self._shelf(words)
            if part is not None:
                relation = self.found.relations[self.target]
                relation.part = part
                relation.key = "on" if relation.key == "inside" else relation.key
        noun = make_noun(words, count)
        if self.target is not None:
            self.found.relations[self.target].mentions.append(len(self.found.mentions))
        self.found.mentions.append(Mention(noun, self.target))

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
