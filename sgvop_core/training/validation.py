"""A short look at held-out groups while a run goes on: does the score rank pictures, and statements, as the truth does."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .augmentation import normalised
from .batches import Speaker, Tokenizer
from .choices import name_choices, relation_choices, view_of
from .data import CELLS, TARGET, Dataset, Fact, Group, GroupPictures
from .heads import Heads, answers
from .model import ModelConfig, Seen, encode_pictures, encode_texts, looked_at, projected, trim, unit_vectors
from .neutral import pictured_nouns
from .nouns import kin
from .patches import covered, picked
from .regions import evened, shares

TRUE, FALSE = 0.8, 0.2
"""Truths from which a statement counts as true, and up to which as false; what lies between is not judged."""


def held_out(data: Dataset, share: float = 0.05) -> tuple[list[int], list[int]]:
    """Returns the groups to learn from and those to look at: the split ``test``, or every so many-th where there is none."""
    test = [i for i, g in enumerate(data.groups) if g.split == "test"]
    if not test:
        test = list(range(0, len(data), round(1 / share)))
    out = set(test)
    return [i for i in range(len(data)) if i not in out], test


def spread(members: Sequence[int], count: int) -> list[int]:
    """Returns as many of the members as asked for, evenly from the whole list."""
    return [members[i * len(members) // count] for i in range(count)] if count < len(members) else list(members)


@dataclass(frozen=True, eq=False)
class Plain:
    """A sentence about one fact, ``about`` its name, with its truth [K]."""

    text: str
    truth: Array
    about: str


class PlainFacts:
    """The speaker of validations: each fact that holds in some pictures and not in others, in its plainest words."""

    def statements(self, group: GroupPictures, rng: np.random.Generator, count: int) -> Sequence[Plain]:
        """Returns a sentence for each such fact, truth [K]; of more than ``count`` some at random."""
        made: dict[str, Plain] = {}
        for fact, margin in zip(group.group.facts, group.margin.T, strict=True):
            truth = 1 / (1 + np.exp(-4 * np.clip(margin / fact.unit, -4, 4)))
            text = self._text(group.group, fact)
            if text is not None and (truth >= TRUE).any() and (truth <= FALSE).any():
                made[text] = Plain(text, truth, fact.name)
        found = list(made.values())
        return [found[i] for i in sorted(rng.permutation(len(found))[:count])]

    def true_elsewhere(self, said: Plain, group: Group) -> float:
        """Returns NaN: nothing is known about other groups."""
        return math.nan

    def _text(self, group: Group, fact: Fact) -> str | None:
        target, vocabulary = group.target.noun or "thing", load_vocabulary()
        if fact.what == "size":
            return f"a {fact.name} {target}"
        phrase = (vocabulary.relations if fact.what == "relation" else vocabulary.attitudes)[fact.name]["phrases"][0]
        if fact.what == "attitude":
            return f"a {target} {phrase}"
        if not fact.anchors or min(fact.anchors) < 0:
            return None
        anchors = [group.things[a] for a in fact.anchors]
        named = [a.noun or ("thing" if a.role == "thing" else a.role) for a in anchors]
        return f"a {target} {phrase} the {' and the '.join(named)}"


@torch.no_grad()
def validate(
    module: nn.Module,
    config: ModelConfig,
    data: Dataset,
    members: Sequence[int],
    speaker: Speaker,
    tokenizer: Tokenizer,
    device: torch.device,
    statements: int = 12,
    seed: int = 0,
    heads: Heads | None = None,
) -> dict[str, Any]:
    """Returns shares that are ranked right, by what the statement is about and for all of them; with ``heads`` also the
    shares of ``cells`` whose noun and colour the inner layers know.

    ``pictures``: of one statement, a picture of which it is true before one of which it is false, within the group (the
    area under its ROC curve, averaged over pairs). ``statements``: of one picture, a true one before a false one, counted
    for what the true one is about. ``targets``: as ``pictures``, by the vector of the target's part alone. The module
    is in evaluation mode.
    """
    by_picture: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    by_statement: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    by_target: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    cells = np.zeros(4)
    for index in members:
        group = data.group(index)
        said = speaker.statements(group, np.random.default_rng((seed, 3, index)), statements)
        pictures = normalised(torch.tensor(group.pictures, device=device), config.mean, config.std)
        looked = looked_at(module.visual, pictures)
        if heads is not None:
            inner = [layer.float() for layer in looked.inner]
            cells += heads.cells.named(inner, answers([group]).cells.to(device), config.side, looked.kept)
        if not said:
            continue
        tokens = trim(tokenizer([s.text for s in said])).to(device)
        seen, read = unit_vectors(looked.output), encode_texts(module, tokens)
        score = seen.cpu().numpy() @ read.cpu().numpy().T  # not on the device, where the product may be rounded
        truth = np.stack([s.truth for s in said], axis=1)
        part, shown = _targets(module.visual, group, looked, config.side)
        part_score = part.cpu().numpy() @ read.cpu().numpy().T
        about = [getattr(s, "about", "all") or "all" for s in said]
        for column, name in enumerate(about):
            _count(by_picture[name], score[:, column], truth[:, column])
            _count(by_target[name], part_score[shown, column], truth[shown, column])
        for row in range(len(score)):
            for column, name in enumerate(about):
                if truth[row, column] >= TRUE:
                    _count(by_statement[name], score[row], truth[row], column)
    found = {"pictures": _shares(by_picture), "statements": _shares(by_statement), "targets": _shares(by_target)}
    if heads is not None:
        found["cells"] = {"noun": cells[0] / max(cells[1], 1), "colour": cells[2] / max(cells[3], 1)}
    return found


@torch.no_grad()
def choose(
    module: nn.Module,
    config: ModelConfig,
    data: Dataset,
    members: Sequence[int],
    tokenizer: Tokenizer,
    device: torch.device,
    each: int = 20,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Returns by measure the shares of choices that are right: of each relation, and ``mean`` over relations; of nouns and of
    colours the ``mean`` over all that were asked.

    At most ``each`` choices of a relation, a noun or a colour. A measure of which nothing could be asked is left out. The module is in
    evaluation mode.
    """
    asked: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for index in members:
        made = data.group(index)
        view = view_of(made)
        first, second = np.random.default_rng((seed, 4, index)).spawn(2)

        def wanted(measure: str, key: str) -> bool:
            return asked[measure, key] < each

        choices = [*relation_choices(view, first, wanted), *name_choices(view, second, wanted, kin, pictured_nouns())]
        if not choices:
            continue
        shown = torch.tensor(made.pictures[[choice.picture for choice in choices]], device=device)
        seen = encode_pictures(module, normalised(shown, config.mean, config.std)).cpu()
        read = encode_texts(module, trim(tokenizer([t for c in choices for t in c.texts])).to(device)).cpu()
        for choice, vector, texts in zip(choices, seen, read.split([len(c.texts) for c in choices]), strict=True):
            scores = texts @ vector
            asked[choice.measure, choice.key] += 1
            right[choice.measure, choice.key] += int(scores[0] > scores[1:].max())
    found: dict[str, dict[str, float]] = {}
    for measure in ("relation", "noun", "colour"):
        keys = sorted(key for of, key in asked if of == measure)
        shares = {key: right[measure, key] / asked[measure, key] for key in keys}
        if measure == "relation" and keys:
            found[measure] = shares | {"mean": sum(shares.values()) / len(shares)}
        elif keys:
            found[measure] = {"mean": sum(right[measure, k] for k in keys) / sum(asked[measure, k] for k in keys)}
    return found


def _targets(visual: Any, group: GroupPictures, looked: Seen, side: int) -> tuple[Tensor, Array]:
    """Unit vectors [K, D] of the target's part of each picture, and which show enough of it [K]."""
    cells = np.zeros((len(group.pictures), CELLS, CELLS)) if group.cells is None else evened(group.cells == TARGET)
    still = torch.eye(2, 3).expand(len(cells), 2, 3)
    device = looked.output.device
    weight, shown = shares(picked(covered(torch.tensor(cells, device=device), still, side), looked.kept))
    means = (looked.patches.float() * weight[..., None]).sum(1)
    return unit_vectors(projected(visual, means)), shown.cpu().numpy()


def _count(into: list[float], score: Array, truth: Array, only: int | None = None) -> None:
    """Adds the pairs that are ranked right (ties half) and all pairs; ``only``: the one true entry."""
    true = score[truth >= TRUE] if only is None else score[[only]]
    difference = true[:, None] - score[truth <= FALSE][None]
    into[0] += float((difference > 0).sum() + 0.5 * (difference == 0).sum())
    into[1] += difference.size


def _shares(counts: dict[str, list[float]]) -> dict[str, float]:
    used = {name: pair for name, pair in sorted(counts.items()) if pair[1]}
    shares = {name: right / pairs for name, (right, pairs) in used.items()}
    if used:
        shares["mean"] = sum(shares.values()) / len(shares)
    return shares
