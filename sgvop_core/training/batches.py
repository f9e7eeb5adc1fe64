"""Batches: pictures of several groups, the texts said about them, and which text is how true of which picture.

A batch depends on nothing but the data, the settings, the seed and its number, so that a run that is resumed sees what it
would have seen. It is made in the background while the network learns from the one before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingsError
from ..scene.model import Array
from .augmentation import AugmentConfig, Changes, draw_changes
from .data import Dataset, Group, GroupPictures
from .heads import Answers, answers
from .model import trim
from .regions import Regions, TextAnswers, regions, text_answers

Tokenizer = Callable[[Sequence[str]], Tensor]


class Said(Protocol):
    """A text and how true it is of each picture of its group, ``truth`` [K] in 0..1 or NaN."""

    @property
    def text(self) -> str:
        """The sentence."""

    @property
    def truth(self) -> Array:
        """How true it is of each picture [K]."""


class Speaker(Protocol):
    """What is said about a group, and whether it is false of another."""

    def statements(self, group: GroupPictures, rng: np.random.Generator, count: int) -> Sequence[Said]:
        """Returns up to ``count`` texts with truths [K]."""

    def true_elsewhere(self, said: Any, group: Group) -> float:
        """Returns 0 where the text is surely false of every picture of that group, else NaN."""


class Captions:
    """The speaker that the shipped model learnt from: the package's own captions."""

    def statements(self, group: GroupPictures, rng: np.random.Generator, count: int) -> Sequence[Said]:
        """Returns up to ``count`` statements about the group's pictures, truth [K]."""
        from .captions import statements

        made: Sequence[Said] = statements(group.group, group.margin, group.visible, rng, count)
        return made

    def true_elsewhere(self, said: Any, group: Group) -> float:
        """Returns 0 where the statement is surely false of every picture of that group, else NaN."""
        from .captions import true_elsewhere

        return float(true_elsewhere(said, group))


@dataclass(frozen=True)
class BatchConfig:
    """How much a step sees."""

    groups: int = 16
    pictures: int = 8
    """Of each group, at most; drawn anew each time."""
    statements: int = 12
    """Texts about each group, at most; with none only the heads ask."""
    least_visible: float = 0.25
    """Share of the target that must be seen; pictures below it are left out, because nothing in them is to be learnt."""
    least_area: float = 0.0015
    """Share of the picture that the target must cover, likewise: 14 pixels of 96 x 96."""

    def __post_init__(self) -> None:
        if self.groups < 1 or self.pictures < 2 or self.statements < 0 or self.statements == 1:
            raise SettingsError("batch: needs a group, two pictures and two statements (or none) at least")
        if not 0 <= self.least_visible < 1 or not 0 <= self.least_area < 1:
            raise SettingsError("batch: least_visible and least_area are shares of 0 or more and below 1")


@dataclass(frozen=True, eq=False)
class Batch:
    """pictures [N, S, S, 3] uint8, changes, tokens [T, L], truth [N, T] (NaN unknown), group [N], own [N, T]; what the
    training heads should answer; the parts of the pictures; what the texts say."""

    pictures: Tensor
    changes: Changes
    tokens: Tensor
    truth: Tensor
    group: Tensor
    own: Tensor
    texts: tuple[str, ...]
    answers: Answers
    regions: Regions
    said: TextAnswers


class BatchMaker:
    """Makes batch number ``step`` of a data set; the groups are gone through in a new random order each time."""

    def __init__(
        self,
        data: Dataset,
        members: Sequence[int],
        config: BatchConfig,
        augment: AugmentConfig,
        tokenizer: Tokenizer,
        seed: int,
        speaker: Speaker | None = None,
    ) -> None:
        if len(members) < config.groups:
            raise SettingsError(
                f"the data has {len(members)} groups to learn from and a batch takes {config.groups}; generate more"
            )
        self.data, self.members, self.config, self.augment = data, np.asarray(members), config, augment
        self.tokenizer, self.seed, self.speaker = tokenizer, seed, speaker or Captions()
        self._tokens: OrderedDict[str, Tensor] = OrderedDict()
        self._order: tuple[int, Array] = (-1, np.empty(0, int))

    def __call__(self, step: int) -> Batch:
        """Returns batch ``step``, the same whenever it is asked for."""
        rng = np.random.default_rng((self.seed, 1, step))
        per_epoch = len(self.members) // self.config.groups
        epoch, place = divmod(step, per_epoch)
        if self._order[0] != epoch:
            self._order = (epoch, np.random.default_rng((self.seed, 2, epoch)).permutation(self.members))
        chosen = self._order[1][place * self.config.groups : (place + 1) * self.config.groups]
        return self.made([self._drawn(int(i), rng) for i in chosen], rng)

    def made(self, groups: Sequence[GroupPictures], rng: np.random.Generator) -> Batch:
        """Returns the batch of these groups; equal texts of several groups become one column."""
        count = self.config.statements
        said = [self.speaker.statements(g, rng, count) if count else [] for g in groups]
        ends = np.cumsum([0, *(len(g.pictures) for g in groups)])
        columns: dict[str, int] = {}
        first: list[Said] = []
        for statements in said:
            for statement in statements:
                if columns.setdefault(statement.text, len(first)) == len(first):
                    first.append(statement)
        if count and not first:
            raise SettingsError("nothing can be said about the groups of a batch; generate the data again")
        truth = np.full((ends[-1], len(first)), np.nan, np.float32)
        own = np.zeros(truth.shape, bool)
        for i, (group, statements) in enumerate(zip(groups, said, strict=True)):
            rows = slice(ends[i], ends[i + 1])
            for column, statement in enumerate(first):
                truth[rows, column] = self.speaker.true_elsewhere(statement, group.group)
            for statement in statements:
                truth[rows, columns[statement.text]] = statement.truth
                own[rows, columns[statement.text]] = True
        member = np.repeat(np.arange(len(groups)), np.diff(ends))
        return Batch(
            torch.from_numpy(np.concatenate([g.pictures for g in groups])),
            draw_changes(self.augment, member, rng),
            trim(self._tokenised(list(columns))) if columns else torch.zeros((0, 1), dtype=torch.long),
            torch.from_numpy(truth),
            torch.from_numpy(member),
            torch.from_numpy(own),
            tuple(columns),
            answers(groups),
            regions(groups, said, columns, truth),
            text_answers(first),
        )

    def _drawn(self, index: int, rng: np.random.Generator) -> GroupPictures:
        """One group with at most as many pictures as a batch takes of it, at random."""
        whole = self.data.group(index)
        seen = np.flatnonzero((whole.visible >= self.config.least_visible) & (whole.area >= self.config.least_area))
        candidates = seen if len(seen) >= 2 else np.argsort(-whole.visible)[:2]
        keep = np.sort(rng.permutation(candidates)[: self.config.pictures])
        return subset(whole, keep)

    def _tokenised(self, texts: Sequence[str]) -> Tensor:
        new = [t for t in texts if t not in self._tokens]
        if new:
            self._tokens.update(zip(new, self.tokenizer(new), strict=True))
        tokens = torch.stack([self._tokens[t] for t in texts])
        for text in texts:
            self._tokens.move_to_end(text)
        while len(self._tokens) > 50_000:
            self._tokens.popitem(last=False)
        return tokens


def subset(whole: GroupPictures, keep: Array) -> GroupPictures:
    """Returns the group with the pictures ``keep`` [k] of it only."""
    cells = None if whole.cells is None else whole.cells[keep]
    rest = (whole.margin[keep], whole.visible[keep], whole.area[keep], whole.pose[keep], cells)
    return GroupPictures(whole.group, whole.pictures[keep], *rest)


def stream(maker: BatchMaker, first: int, every: int = 1, workers: int = 0) -> Iterator[Batch]:
    """Yields the batches from number ``first`` on, each ``every``th, for ever, some ahead of time: a thread makes them, or so many
    ``workers``, processes of their own, where one cannot keep pace with a fast device."""
    if workers:
        yield from _from_workers(maker, first, every, workers)
        return
    executor = ThreadPoolExecutor(1, "batches")
    try:
        waiting = [executor.submit(maker, first), executor.submit(maker, first + every)]
        for step in count(first + 2 * every, every):
            yield waiting.pop(0).result()
            waiting.append(executor.submit(maker, step))
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _from_workers(maker: BatchMaker, first: int, every: int, workers: int) -> Iterator[Batch]:
    from torch.utils.data import DataLoader

    numbered: Any = _Numbered(maker)
    numbers: Any = _Numbers(first, every)
    # Batches travel in shared memory; a file of that for each of their tensors would be more than a process may open.
    torch.multiprocessing.set_sharing_strategy("file_system")
    loader: DataLoader[Batch | SettingsError] = DataLoader(
        numbered, batch_size=None, sampler=numbers, num_workers=workers, prefetch_factor=3
    )
    for made in loader:
        if isinstance(made, SettingsError):
            raise made
        yield made


@dataclass(frozen=True)
class _Numbers:
    """The numbers of the batches of a run, without end."""

    first: int
    every: int

    def __iter__(self) -> Iterator[int]:
        return count(self.first, self.every)


@dataclass(frozen=True)
class _Numbered:
    """What torch's loader takes for a data set: batches by number."""

    maker: BatchMaker

    def __getitem__(self, number: int) -> Batch | SettingsError:
        try:
            return self.maker(number)
        except SettingsError as error:  # the loader would wrap it in a traceback
            return error


def tokenizer_of(path: Path, context: int) -> Tokenizer:
    """Returns open_clip's tokenizer with the merges of a file, giving tokens [T, context].

    Raises SettingsError when the file cannot be read.
    """
    from ..guidance.clip.open_clip_import import import_open_clip

    import_open_clip()
    from open_clip.tokenizer import SimpleTokenizer

    try:
        made: Any = SimpleTokenizer(str(path), context_length=context)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise SettingsError(f"the tokenizer '{path}' cannot be read ({error}); start the run anew") from None
    return WordTokens(made, context)


class WordTokens:
    """open_clip's tokenizer, which reads each word once and then knows it: captions are of few words, and a step has many.

    Words never run into each other in it, so a text's tokens are those of its words.
    """

    def __init__(self, tokenizer: Any, context: int) -> None:
        self.tokenizer, self.context, self.vocab_size = tokenizer, context, int(tokenizer.vocab_size)
        self._words: dict[str, list[int]] = {}

    def __call__(self, texts: str | Sequence[str]) -> Tensor:
        """Returns tokens [T, context] of texts."""
        texts = [texts] if isinstance(texts, str) else list(texts)
        if not all(text.isascii() and "&" not in text for text in texts):
            found: Tensor = self.tokenizer(texts)
            return found
        rows = torch.zeros(len(texts), self.context, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            tokens = [t for word in text.split() for t in self._of(word)][: self.context - 2]
            row[: len(tokens) + 2] = torch.tensor([self.tokenizer.sot_token_id, *tokens, self.tokenizer.eot_token_id])
        return rows

    def encode(self, text: str) -> list[int]:
        """Returns the tokens of a text without end marks."""
        return list(self.tokenizer.encode(text))

    def _of(self, word: str) -> list[int]:
        if word not in self._words:
            self._words[word] = list(self.tokenizer.encode(word))
        return self._words[word]


def vocabulary_of(tokenizer: Any) -> int:
    """Returns the number of tokens that a tokenizer knows."""
    return int(tokenizer.vocab_size)
