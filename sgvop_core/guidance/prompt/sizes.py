"""Size words: the factor that they stand for and the range of scales that they open."""

from __future__ import annotations

from .vocabulary import Match, Vocabulary

SMALLEST, LARGEST = 0.05, 20.0
"""Factors beyond these are slips of the keyboard; they are cut."""


def pattern_factor(match: Match) -> float | None:
    """Returns the factor of a size phrase ("three times bigger", "50 % larger"), or None when it means nothing."""
    operation, number = match.phrase.key, match.number
    if operation == "fixed":
        return match.phrase.value
    if number is None or number <= 0:
        return None
    if operation == "times":
        return _cut(number)
    if operation == "divide":
        return _cut(1 / number)
    if operation == "more":
        return _cut(1 + number / 100)
    if operation == "less":
        return _cut(1 - number / 100) if number < 100 else None
    return _cut(number / 100)


def scale_range(factor: float, exact: bool, vocabulary: Vocabulary) -> tuple[float, float]:
    """Returns the scales (low, high), as shares of the start size, that a factor allows.

    A number ("twice as big") is kept within 5 %; a word ("huge") within the vocabulary's tolerance. A word for larger
    never allows less than 1.1, one for smaller never more than 0.9.
    """
    tolerance = 1.05 if exact else float(vocabulary.data["sizes"]["tolerance"])
    low, high = factor / tolerance, factor * tolerance
    if factor >= 1.2:
        low = max(low, 1.1)
    elif factor <= 0.85:
        high = min(high, 0.9)
    return low, high


def strengthened(factor: float, power: float) -> float:
    """Returns the factor of "very small" or "slightly larger": the word's factor to that power."""
    return _cut(factor**power)


def _cut(factor: float) -> float:
    return min(max(factor, SMALLEST), LARGEST)
