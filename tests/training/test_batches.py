"""Batches: reproducible, equal texts once, unknown where it must be, and changes of pictures that keep left left."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from sgvop_core.cli.main import main
from sgvop_core.errors import SettingsError
from sgvop_core.training import augmentation
from sgvop_core.training.augmentation import AugmentConfig, augmented, draw_changes, normalised
from sgvop_core.training.batches import BatchConfig, BatchMaker, stream, tokenizer_of
from sgvop_core.training.captions import corpus_words
from sgvop_core.training.data import Dataset
from sgvop_core.training.tokenizer import build_bpe

from .toy import SMALL, ToySpeaker, make_data, write_tokens

MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_data(tmp_path_factory.mktemp("data"), 24)


@pytest.fixture
def maker(data: Dataset, tmp_path: Path) -> BatchMaker:
    write_tokens(tmp_path / "t.gz")
    tokenizer = tokenizer_of(tmp_path / "t.gz", 16)
    return BatchMaker(data, range(24), SMALL.batch, SMALL.augment, tokenizer, 3, ToySpeaker())


def test_a_batch_is_the_same_whenever_it_is_asked_for(maker: BatchMaker) -> None:
    late = maker(7)
    first = maker(0)
    again = maker(7)
    assert late.texts == again.texts and torch.equal(late.pictures, again.pictures)
    assert torch.equal(late.truth.nan_to_num(-1), again.truth.nan_to_num(-1))
    assert torch.equal(late.changes.table, again.changes.table) and late.changes.seed == again.changes.seed
    assert not torch.equal(late.pictures, first.pictures)


def test_every_group_is_seen_once_an_epoch(maker: BatchMaker, data: Dataset) -> None:
    rooms = [p[0, 0].tobytes() for s in range(3) for p in maker(s).pictures.numpy()]
    assert len(rooms) == 3 * 8 * 6 and len(set(rooms)) == len(data) == 24


def test_labels_are_those_of_the_statements(maker: BatchMaker) -> None:
    batch = maker(0)
    assert len(set(batch.texts)) == len(batch.texts) == batch.tokens.shape[0] == batch.truth.shape[1]
    assert batch.pictures.shape == (48, 64, 64, 3) and batch.truth.shape[0] == 48
    assert not batch.truth[batch.own].isnan().any()
    others = batch.truth[~batch.own]
    assert (others.isnan() | (others == 0)).all() and others.isnan().any() and (others == 0).any()
    # several groups of one colour share a column
    column = next(j for j, t in enumerate(batch.texts) if len(set(batch.group[batch.own[:, j]].tolist())) > 1)
    assert len(batch.group[batch.own[:, column]].unique()) > 1
    left = next(j for j, t in enumerate(batch.texts) if "left" in t and (batch.truth[:, j] > 0.9).any())
    rows = batch.own[:, left] & (batch.truth[:, left] > 0.9)
    for picture in batch.pictures[rows].float():
        vivid = picture.max(-1).values - picture.min(-1).values > 120
        assert vivid[:, :32].sum() > vivid[:, 32:].sum()


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_from_the_background(maker: BatchMaker, workers: int) -> None:
    running = stream(maker, 5, 1, workers)
    got = [next(running) for _ in range(3)]
    running.close()  # type: ignore[attr-defined]
    assert [g.texts for g in got] == [maker(s).texts for s in (5, 6, 7)]


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_of_the_background_arrives(maker: BatchMaker, workers: int) -> None:
    maker.speaker.statements = lambda *_: []  # type: ignore[method-assign]
    with pytest.raises(SettingsError, match=r"^nothing can be said"):
        next(stream(maker, 0, 1, workers))


def test_fewer_workers_than_none_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["train-guidance", "fit", str(tmp_path), "--out", str(tmp_path / "run"), "--steps", "1", "--workers", "-1"]
    assert main(asked) != 0
    assert capsys.readouterr().err.strip() == "sgvop: --workers must be 0 or more"


def test_another_process_opens_the_same_shards_though_there_are_more_by_then(tmp_path: Path) -> None:
    make_data(tmp_path, 24)
    data = Dataset(tmp_path)
    state = data.__getstate__()
    for path in sorted(tmp_path.glob("shard-*")):
        path.with_name(path.name.replace("shard-00000", "shard-00009")).write_bytes(path.read_bytes())
    again = copy.copy(data)  # as another process gets it
    assert set(state) == {"size", "folders", "stems"} and len(Dataset(tmp_path)) > len(data) == len(again)
    assert np.array_equal(again.group(3).pictures, data.group(3).pictures) and again.groups == data.groups


def test_hidden_targets_are_left_out(data: Dataset, maker: BatchMaker) -> None:
    group = data.group(0)
    visible = data._labels[0]["visible"]
    before = visible.copy()
    visible[: len(group.pictures)] = [0, 0, 0, 1, 1, 1, 1, 1]
    drawn = maker._drawn(0, np.random.default_rng(0))
    visible[:] = before
    assert len(drawn.pictures) == 5 and (drawn.visible == 1).all()


def test_too_little_data_is_told(data: Dataset) -> None:
    with pytest.raises(SettingsError, match="3 groups to learn from and a batch takes 16"):
        BatchMaker(data, range(3), BatchConfig(), AugmentConfig(), lambda t: torch.zeros(1), 0, ToySpeaker())


def test_no_change_is_the_plain_picture() -> None:
    pictures = torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8)
    nothing = AugmentConfig(0, 0, 0, 0, 0, 0, 0, 0)
    changes = draw_changes(nothing, np.array([0, 0, 1, 1]), np.random.default_rng(0))
    assert torch.allclose(augmented(pictures, changes, MEAN, STD), normalised(pictures, MEAN, STD), atol=1e-5)


def test_changes_are_small_and_the_frame_moves_with_the_group() -> None:
    rng = np.random.default_rng(1)
    group = np.array([0, 0, 0, 1, 1, 1])
    changes = draw_changes(AugmentConfig(), group, rng)
    assert torch.equal(changes.frame[0], changes.frame[2]) and not torch.equal(changes.frame[0], changes.frame[3])
    assert (changes.frame[:, 0, 0] > 0.9).all(), "mirrored"
    assert not torch.equal(changes.table[0], changes.table[1])
    pictures = torch.full((6, 32, 32, 3), 30, dtype=torch.uint8)
    pictures[:, :, :16] = 220
    x = augmented(pictures, changes, MEAN, STD)
    assert x.shape == (6, 3, 32, 32) and x.isfinite().all()
    assert (x[..., :12].mean((1, 2, 3)) > x[..., 20:].mean((1, 2, 3)) + 1).all()


@pytest.mark.parametrize(("blur", "noise"), [(0.0, 0.0), (0.6, 0.0), (0.0, 0.1), (0.6, 0.1)])
def test_the_compiled_loop_makes_the_pictures_that_torch_makes(
    blur: float, noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = torch.randint(0, 256, (6, 24, 24, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
    config = AugmentConfig(blur=blur, noise=noise, zoom=0, shift=0)
    changes = draw_changes(config, np.array([0, 0, 1, 1, 2, 2]), np.random.default_rng(2))
    changes.mix[0] = 0  # one among blurred ones that is not
    here = augmented(pictures, changes, MEAN, STD)
    monkeypatch.setattr(augmentation, "_changed_here", lambda *parts: augmentation._changed(*parts, None))
    by_torch = augmented(pictures, changes, MEAN, STD)
    torch.testing.assert_close(here, by_torch)
    assert here.is_contiguous(memory_format=torch.channels_last) and here.std() > 0.5


def test_words_that_are_known_give_the_tokenizer_s_own_tokens(tmp_path: Path) -> None:
    build_bpe(tmp_path / "t.gz", corpus_words())
    fast = tokenizer_of(tmp_path / "t.gz", 12)
    texts = ["a mug on the table.", "a photo of a red ball's box, to the left", "one two " * 20, "été & café", ""]
    for _ in range(2):
        assert torch.equal(fast(texts), fast.tokenizer(texts))  # type: ignore[attr-defined]
        assert torch.equal(fast(texts[:3]), fast.tokenizer(texts[:3]))  # type: ignore[attr-defined]
