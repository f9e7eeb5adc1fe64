"""The guidance model's tokenizer, read by open_clip's own class."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from sgvop_core.errors import ModelError
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.tokenizer import CONTEXT_LENGTH, build_bpe, load_tokenizer, merges_of
from sgvop_core.training.wording import invented_word


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    path = tmp_path_factory.mktemp("tokenizer") / "merges.txt.gz"
    return path, build_bpe(path, corpus_words())


def test_every_word_is_one_token_of_its_own(built: tuple[Path, int]) -> None:
    tokenizer = load_tokenizer(built[0])
    numbers = {word: tokenizer.encode(word) for word in corpus_words()}
    assert not [w for w, n in numbers.items() if len(n) != 1]
    assert len({n[0] for n in numbers.values()}) == len(numbers)


def test_the_size_is_what_the_model_needs(built: tuple[Path, int]) -> None:
    tokenizer = load_tokenizer(built[0])
    assert built[1] == tokenizer.vocab_size == len(tokenizer.encoder)
    tokens = tokenizer(["a mug on the table", "The MUG, upside down."])
    assert tokens.shape == (2, CONTEXT_LENGTH) and int(tokens.max()) == built[1] - 1, (
        "the end of a text is the last token"
    )


def test_texts_come_back(built: tuple[Path, int]) -> None:
    tokenizer = load_tokenizer(built[0])
    for text in ("a gizmo on the shelf , upside down", "zxqv 7 between the letter b and the table"):
        assert tokenizer.decode(tokenizer.encode(text)).strip() == text


def test_unknown_words_fall_into_few_known_pieces(built: tuple[Path, int]) -> None:
    tokenizer, r = load_tokenizer(built[0]), random.Random(1)
    words = [invented_word(r) for _ in range(200)]
    assert not set(words) & set(corpus_words())
    pieces = [len(tokenizer.encode(w)) for w in words]
    assert sum(pieces) / sum(map(len, words)) < 0.65, "letter pairs of English are merged"


def test_the_same_words_give_the_same_bytes(tmp_path: Path) -> None:
    words = ["cup", "cups", "mug", "shelf", "a", "on"]
    sizes = [build_bpe(tmp_path / name, order) for name, order in (("a.gz", words), ("b.gz", words[::-1] + words))]
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes() and sizes[0] == sizes[1]
    assert len(gzip.decompress((tmp_path / "a.gz").read_bytes()).split(b"\n")) == len(merges_of(words)) + 1
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.gz", "b.gz"], "nothing half written is left"


def test_a_damaged_file_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "broken.gz").write_bytes(b"no gzip")
    with pytest.raises(ModelError, match="build it again"):
        load_tokenizer(tmp_path / "broken.gz")
