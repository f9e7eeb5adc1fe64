"""Direct questions, asked while training only: of a picture what is there, of its parts and of texts what each is about.

Captions say the same, but a network that knows nothing yet learns slowly from sentences whose words it has to learn too. The
same linear heads ask the vectors of texts and those of pictures' parts, so that both towers put one thing in one place. What
they teach is in the model that ships; they are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, log_softmax

from .cells import CellAnswers, CellHeads, cell_answers, on_device
from .data import GroupPictures
from .regions import TextAnswers, first_anchor
from .words import UNKNOWN, words

SHARP = 16.0
"""Factor on the unit vectors, whose numbers are small."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Of N pictures: present [N, nouns] 0 or 1; noun and colour of the target and of its first anchor [N] (``UNKNOWN`` where no
    word says it); facts [N, F] soft truth or NaN, relations to that anchor; cells: what their cells show."""

    present: Tensor
    target: Tensor
    colour: Tensor
    anchor: Tensor
    anchor_colour: Tensor
    facts: Tensor
    cells: CellAnswers

    def to(self, device: torch.device) -> Answers:
        """Returns the same on a device."""
        return on_device(self, device)


def answers(groups: Sequence[GroupPictures]) -> Answers:
    """Returns what is right for the pictures of groups, one after the other."""
    known = words()
    present, named, facts = [], [], []
    for made in groups:
        group, count = made.group, len(made.pictures)
        row = np.zeros(len(known.nouns), np.float32)
        for thing in (group.target, *group.things):
            if thing.noun in known.nouns and thing.role == "thing":
                row[known.nouns[thing.noun]] = 1.0
        first = first_anchor(group)
        truth = np.full((count, len(known.facts)), np.nan, np.float32)
        for column, fact in enumerate(group.facts):
            if (fact.what, fact.name) in known.facts and (fact.what == "attitude" or fact.anchors == (first,)):
                ratio = np.clip(made.margin[:, column] / max(fact.unit, 1e-9), -5, 5)
                truth[:, known.facts[fact.what, fact.name]] = 1 / (1 + np.exp(-4 * ratio))
        both = [group.target] if first is None else [group.target, group.things[first]]
        classes = [(known.nouns.get(t.noun, UNKNOWN), known.colours.get(t.colour, UNKNOWN)) for t in both]
        present.append(np.tile(row, (count, 1)))
        facts.append(truth)
        named += [(*classes[0], *(classes[1] if len(classes) > 1 else (UNKNOWN, UNKNOWN)))] * count
    target, colour, anchor, anchor_colour = torch.tensor(named, dtype=torch.long).reshape(-1, 4).unbind(1)
    return Answers(
        torch.from_numpy(np.concatenate(present)), target, colour, anchor, anchor_colour,
        torch.from_numpy(np.concatenate(facts)), cell_answers(groups, known.nouns, known.colours),
    )  # fmt: skip


class Heads(nn.Module):
    """Linear readers of unit vectors [N, D], and of the cells of two inner layers with that many channels."""

    def __init__(self, width: int, inner: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        known = words()
        nouns, colours = len(known.nouns), len(known.colours)
        self.present, self.facts = nn.Linear(width, nouns), nn.Linear(width, len(known.facts))
        self.noun, self.colour = nn.Linear(width, nouns), nn.Linear(width, colours)
        self.anchor_noun, self.anchor_colour = nn.Linear(width, nouns), nn.Linear(width, colours)
        self.cells = CellHeads(inner, nouns, colours)

    def whole(self, seen: Tensor, right: Answers) -> Tensor:
        """Returns the cost, ``scalar``, of what whole pictures [N, D] show."""
        share = right.present / right.present.sum(1, keepdim=True).clamp_min(1)
        return -(share * log_softmax(self.present(seen * SHARP), 1)).sum(1).mean()

    def facts_of(self, part: Tensor, right: Answers, of: Tensor) -> Tensor:
        """Returns the cost, ``scalar``, of what the targets' parts [P, D] say of the pictures ``of`` [N] bool: which facts hold."""
        truth = right.facts[of]
        told, truth = ~truth.isnan(), truth.nan_to_num()
        each = binary_cross_entropy_with_logits(self.facts(part * SHARP), truth, reduction="none")
        # What holds is rarer than what does not; both count alike.
        yes, no = truth * told, (1 - truth) * told
        return (yes * each).sum() / yes.sum().clamp_min(1) + (no * each).sum() / no.sum().clamp_min(1)

    def target(self, part: Tensor, right: Answers, of: Tensor) -> Tensor:
        """Returns the cost, ``scalar``, of what the targets' parts [P, D] say of the pictures ``of`` [N] bool: what the target is
        and what its anchor is."""
        x = part * SHARP
        cost = _named(self.noun(x), right.target[of]) + _named(self.colour(x), right.colour[of])
        anchors = _named(self.anchor_noun(x), right.anchor[of]) + _named(self.anchor_colour(x), right.anchor_colour[of])
        return cost + 0.5 * anchors

    def anchor(self, part: Tensor, right: Answers, of: Tensor) -> Tensor:
        """Returns the cost, ``scalar``, of what the anchors' parts [P, D] of the pictures ``of`` [N] bool say they are."""
        x = part * SHARP
        return _named(self.noun(x), right.anchor[of]) + _named(self.colour(x), right.anchor_colour[of])

    def texts(self, read: Tensor, right: TextAnswers) -> Tensor:
        """Returns the cost, ``scalar``, of what texts [T, D] say."""
        x = read * SHARP
        cost = _named(self.noun(x), right.noun) + _named(self.colour(x), right.colour)
        cost = cost + _named(self.facts(x), right.fact)
        return (
            cost + _named(self.anchor_noun(x), right.anchor_noun) + _named(self.anchor_colour(x), right.anchor_colour)
        )


def _named(logits: Tensor, right: Tensor) -> Tensor:
    """The mean cross-entropy over what is known, ``scalar``."""
    return cross_entropy(logits, right, ignore_index=UNKNOWN, reduction="sum") / (right != UNKNOWN).sum().clamp_min(1)
