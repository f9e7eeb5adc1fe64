"""The guidance model's own tokenizer: byte pair merges in which every word of the captions is one token.

The file is of the form that open_clip's ``SimpleTokenizer`` reads (``bpe_path`` in the model's config). It belongs to the
weights: a token's number is its place in the list, so new words of the vocabulary need a new file and a new training;
until then they are read in pieces, as unknown words are.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import ModelError

CONTEXT_LENGTH = 32
"""Tokens of a text; the longest captions have about 25."""
_END = "</w>"
_BYTES, _SPECIAL = 256, 2
_MOST_MERGES = 49152 - _BYTES - _SPECIAL
"""open_clip reads no more merges than this."""


def merges_of(words: Iterable[str]) -> list[tuple[str, str]]:
    """Returns the merges, in order, that make one token of every word: the most frequent pair of neighbours first.

    Byte pair encoding (Sennrich et al. 2016) to its end, ties by the alphabet; the frequent pairs of English letters come
    first by themselves, so that unknown words fall into few pieces.
    """
    spelled = [[*word[:-1], word[-1] + _END] for word in sorted(set(words)) if word.isascii()]
    counts: Counter[tuple[str, str]] = Counter()
    where: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for index, pieces in enumerate(spelled):
        for pair in pairwise(pieces):
            counts[pair] += 1
            where[pair].add(index)
    merges: list[tuple[str, str]] = []
    while counts:
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        for index in sorted(where[best]):
            pieces = spelled[index]
            for pair in pairwise(pieces):
                counts[pair] -= 1
                if not counts[pair]:
                    del counts[pair]
            spelled[index] = pieces = _merged(pieces, best)
            for pair in pairwise(pieces):
                counts[pair] += 1
                where[pair].add(index)
        del where[best]
    return merges


def _merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    found, at = [], 0
    while at < len(pieces):
        both = tuple(pieces[at : at + 2]) == pair
        found.append(pieces[at] + pieces[at + 1] if both else pieces[at])
        at += 2 if both else 1
    return found


def build_bpe(path: Path, words: Iterable[str]) -> int:
    """Returns the vocabulary size that the model's config needs, the file of merges (gzip) being written.

    The same words give the same bytes. Raises ModelError when there are more words than the form holds.
    """
    merges = merges_of(words)
    if len(merges) > _MOST_MERGES:
        raise ModelError(
            f"{len(merges)} merges are more than a tokenizer file holds ({_MOST_MERGES}); give fewer words"
        )
    text = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges)])
    part = path.with_name(path.name + ".part")
    part.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
    os.replace(part, path)
    return 2 * _BYTES + len(merges) + _SPECIAL


def load_tokenizer(path: Path) -> Any:
    """Returns open_clip's tokenizer with the merges of a file: texts to token numbers [N, 32].

    Raises ModelError when the file cannot be read.
    """
    from ..guidance.clip.open_clip_import import import_open_clip

    try:
        return import_open_clip().SimpleTokenizer(bpe_path=str(path), context_length=CONTEXT_LENGTH)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ModelError(f"tokenizer file '{path}' cannot be read ({error}); build it again") from None
