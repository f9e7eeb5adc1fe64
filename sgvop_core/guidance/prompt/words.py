"""Words: how a prompt and the names of objects are cut into them, and their singular."""

from __future__ import annotations

import re
import unicodedata

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PIECE = re.compile(r"\d+[.,]\d+(?!\w)|\d+|[^\W\d_]+|'s\b|[%,;:!?]|\.(?=\s|$)", re.UNICODE)
_IRREGULAR = {
    "shelves": "shelf", "knives": "knife", "leaves": "leaf", "people": "person", "men": "man", "women": "woman",
    "children": "child", "mice": "mouse", "geese": "goose", "feet": "foot", "loaves": "loaf", "wolves": "wolf",
}  # fmt: skip
_SAME = {"glass", "dress", "grass", "chess", "bus", "canvas", "stairs", "scissors", "this", "its", "us", "gas", "lens"}
_MARKS = {",", ";", ":", ".", "!", "?", "'s"}


def tokens(text: str) -> list[str]:
    """Returns the words of a prompt in order: folded to lower case, numbers and ``%`` apart, ``'s`` and the marks
    that part clauses kept. CamelCase, hyphens and underscores part words, so names may be written as they are."""
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2018", "'")
    found: list[str] = []
    for piece in _PIECE.findall(_CAMEL.sub(" ", text)):
        word = piece.casefold()
        if word == "%":
            found.append("percent")
        elif word in {"!", "?", ":"}:
            found.append(".")
        elif word[0].isdigit():
            found.append(word.replace(",", "."))
        else:
            found.append(word)
    return found


def name_words(name: str) -> list[str]:
    """Returns the words of an object's name: separators and CamelCase split, digits apart, marks dropped."""
    return [w for w in tokens(re.sub(r"[.\-_/|\\]+", " ", name)) if w not in _MARKS]


def singular(word: str) -> str:
    """Returns the singular of an English word, by rule; other words come back unchanged."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SAME or len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def is_mark(word: str) -> bool:
    """Returns whether a token is punctuation or the possessive mark, not a word."""
    return word in _MARKS


def is_number(word: str) -> bool:
    """Returns whether a token is written in digits."""
    return word[:1].isdigit() and word.replace(".", "", 1).isdigit() and word.isascii()
