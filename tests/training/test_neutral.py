"""Words that no training picture goes with mean the neutral thing, and are never said where they would be false."""

from __future__ import annotations

from pathlib import Path

import torch

from sgvop_core.guidance.clip.load import load_clip
from sgvop_core.training.batches import tokenizer_of
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.neutral import EMBEDDING, made_neutral, neutral_words, pictured_nouns
from sgvop_core.training.nouns import noun_of
from sgvop_core.training.presence import _nouns
from sgvop_core.training.split import HELD_OUT, kinds_of
from sgvop_core.training.tokenizer import build_bpe


def test_what_is_pictured_keeps_its_words() -> None:
    words = neutral_words()
    assert {"giraffe", "bike", "teapot", "rucksack"} <= words
    assert not words & {"thing", "table", "mug", "chair", "on", "left", "red", "wooden", "large", "animal", "light"}
    assert {noun_of(k) for k in HELD_OUT}.isdisjoint(pictured_nouns())
    assert {noun_of(k) for k in kinds_of("train")} - {None} == set(pictured_nouns())


def test_only_the_rows_of_such_words_change(tmp_path: Path) -> None:
    build_bpe(tmp_path / "t.gz", corpus_words())
    tokenizer = tokenizer_of(tmp_path / "t.gz", 16)
    rows = torch.randn(tokenizer.vocab_size, 4, generator=torch.Generator().manual_seed(0))  # type: ignore[attr-defined]
    made = made_neutral({EMBEDDING: rows, "other": rows}, tokenizer)
    assert made["other"] is rows
    of = {word: tokenizer.encode(word)[0] for word in ("giraffe", "thing", "table", "left")}  # type: ignore[attr-defined]
    assert torch.equal(made[EMBEDDING][of["giraffe"]], rows[of["thing"]])
    assert all(torch.equal(made[EMBEDDING][of[w]], rows[of[w]]) for w in ("thing", "table", "left"))
    assert (made[EMBEDDING] != rows).any(1).sum() <= len(neutral_words())


def test_no_negative_names_what_is_never_pictured() -> None:
    assert set(_nouns()) <= set(pictured_nouns()) and len(_nouns()) > 150


def test_the_shipped_model_reads_them_as_things() -> None:
    model = load_clip("builtin", offline=True)
    assert model is not None
    strange, neutral, known = model.encode_text(
        ["a giraffe on the table", "a thing on the table", "a mug on the table"]
    )
    assert float(strange @ neutral) > 0.999 > float(known @ neutral)
