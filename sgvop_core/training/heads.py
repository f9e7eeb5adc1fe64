"""Direct questions about a picture, asked while training only: what is there, what moves, how it stands to the first anchor.

Captions say the same, but a network that knows nothing yet learns slowly from sentences whose words it has to learn too. The
heads read the very vector that is compared with texts, so what they teach it is in the model that ships; they are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, log_softmax

from ..guidance.prompt.vocabulary import load_vocabulary
from .cells import CellAnswers, CellHeads, cell_answers
from .data import GroupPictures

UNKNOWN = -100
SHARP = 16.0
"""Factor on the unit vectors, whose numbers are small."""


@cache
def _places() -> tuple[dict[str, int], dict[str, int], dict[tuple[str, str], int]]:
    """The places of nouns, of colours, and of facts (relations to the first anchor, attitudes)."""
    data = load_vocabulary().data
    facts = [("relation", r) for r in data["relations"] if r != "between"] + [
        ("attitude", a) for a in data["attitudes"]
    ]
    nouns, colours = sorted(data["nouns"]), sorted(data["colours"])
    return (
        {n: i for i, n in enumerate(nouns)},
        {c: i for i, c in enumerate(colours)},
        {f: i for i, f in enumerate(facts)},
    )


@dataclass(frozen=True, eq=False)
class Answers:
    """Of N pictures: present [N, nouns] 0 or 1, target and colour [N] (``UNKNOWN`` where no word says it), facts [N, F] soft
    truth or NaN; cells: what their cells show."""

    present: Tensor
    target: Tensor
    colour: Tensor
    facts: Tensor
    cells: CellAnswers

    def to(self, device: torch.device) -> Answers:
        """Returns the same on a device."""
        present, target, colour, facts = (
            t.to(device, non_blocking=True) for t in (self.present, self.target, self.colour, self.facts)
        )
        return Answers(present, target, colour, facts, self.cells.to(device))


def answers(groups: Sequence[GroupPictures]) -> Answers:
    """Returns what is right for the pictures of groups, one after the other."""
    nouns, colours, places = _places()
    present, target, colour, facts = [], [], [], []
    for made in groups:
        group, count = made.group, len(made.pictures)
        row = np.zeros(len(nouns), np.float32)
        for thing in (group.target, *group.things):
            if thing.noun in nouns and thing.role == "thing":
                row[nouns[thing.noun]] = 1.0
        first = min(
            (f.anchors[0] for f in group.facts if f.what == "relation" and f.anchors and f.anchors[0] >= 0),
            default=None,
        )
        truth = np.full((count, len(places)), np.nan, np.float32)
        for column, fact in enumerate(group.facts):
            if (fact.what, fact.name) in places and (fact.what == "attitude" or fact.anchors == (first,)):
                ratio = np.clip(made.margin[:, column] / max(fact.unit, 1e-9), -5, 5)
                truth[:, places[fact.what, fact.name]] = 1 / (1 + np.exp(-4 * ratio))
        present.append(np.tile(row, (count, 1)))
        facts.append(truth)
        target += [nouns.get(group.target.noun or "", UNKNOWN)] * count
        colour += [colours.get(group.target.colour or "", UNKNOWN)] * count
    return Answers(
        torch.from_numpy(np.concatenate(present)), torch.tensor(target), torch.tensor(colour),
        torch.from_numpy(np.concatenate(facts)), cell_answers(groups, nouns, colours),
    )  # fmt: skip


class Heads(nn.Module):
    """Linear readers of the pictures' unit vectors [N, D], and of the cells of two inner layers with that many channels."""

    def __init__(self, width: int, inner: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        nouns, colours, places = _places()
        self.present, self.target = nn.Linear(width, len(nouns)), nn.Linear(width, len(nouns))
        self.colour, self.facts = nn.Linear(width, len(colours)), nn.Linear(width, len(places))
        self.cells = CellHeads(inner, len(nouns), len(colours))

    def forward(self, seen: Tensor, right: Answers) -> Tensor:
        """Returns the mean cost, ``scalar``, of the four questions."""
        x = seen.float() * SHARP
        share = right.present / right.present.sum(1, keepdim=True).clamp_min(1)
        cost = -(share * log_softmax(self.present(x), 1)).sum(1).mean()
        for head, words in ((self.target, right.target), (self.colour, right.colour)):
            known = words != UNKNOWN
            each = cross_entropy(head(x), words, ignore_index=UNKNOWN, reduction="none")  # 0 where unknown
            cost = cost + each.sum() / known.sum().clamp_min(1)
        told, truth = ~right.facts.isnan(), right.facts.nan_to_num()
        each = binary_cross_entropy_with_logits(self.facts(x), truth, reduction="none")
        # What holds is rarer than what does not; both count alike.
        yes, no = truth * told, (1 - truth) * told
        cost = cost + (yes * each).sum() / yes.sum().clamp_min(1) + (no * each).sum() / no.sum().clamp_min(1)
        return cost / 4
