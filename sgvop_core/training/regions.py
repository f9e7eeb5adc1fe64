"""What the parts of a picture say: vectors of the target's and of an anchor's patches, and how true texts are of each.

A picture's vector is made of the mean over its patches. So what a text says of the target must be said by the target's
patches, and by the target's and the anchor's together whatever the anchor's own say. Asked of these parts, a text has one
object to do with instead of a whole room, and a network that knows nothing learns in minutes what takes hours otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..guidance.clip.sheet import ACROSS
from ..scene.model import Array
from .cells import on_device
from .data import CELLS, TARGET, Group, GroupPictures
from .facts import may_mean
from .patches import Kept
from .words import UNKNOWN, words

LEAST = 0.02
"""Patches that a part must cover to be asked."""
OTHERS = 0.4
"""Voice of each other thing, where the target's is 1: which of two things is the target can often be told, by its size and
because it stands where things seldom do."""


@dataclass(frozen=True, eq=False)
class Regions:
    """Of N pictures and T texts: where the target (``evened``) and its first anchor are seen, [N, CELLS, CELLS], and how true the
    texts are of the target's part and of the anchor's, [N, T] in 0..1 or NaN. ``voice`` [N, CELLS, CELLS]: how much of the
    picture's vector should come from each cell: most from the target, from other things alike, however large they are, and nothing
    from floor and walls."""

    target: Tensor
    anchor: Tensor
    voice: Tensor
    target_truth: Tensor
    anchor_truth: Tensor

    def to(self, device: torch.device) -> Regions:
        """Returns the same on a device."""
        return on_device(self, device)


def first_anchor(group: Group) -> int | None:
    """Returns the place of the thing that the group's relations were measured to first, None when there is none."""
    measured = {f.anchors[0] for f in group.facts if f.what == "relation" and f.anchors}
    return min((a for a in measured if a >= 0 and group.things[a].role == "thing"), default=None)


def regions(
    groups: Sequence[GroupPictures], said: Sequence[Sequence[Any]], columns: Mapping[str, int], truth: Array
) -> Regions:
    """Returns the regions of the groups' pictures, one after the other. ``said``: the statements about each group,
    ``columns``: the column of each text in ``truth`` [N, T], which holds of whole pictures."""
    of_target, of_anchor = truth.copy(), truth.copy()
    anchors = [first_anchor(g.group) for g in groups]
    start = 0
    for made, statements, anchor in zip(groups, said, anchors, strict=True):
        rows = slice(start, start + len(made.pictures))
        start = rows.stop
        for statement in statements:
            column = columns[statement.text]
            known = truth[rows, column]
            of_target[rows, column], of_anchor[rows, column] = _parts(statement, made.group, anchor, known)
    masks = [
        torch.from_numpy(np.concatenate(cells))
        for cells in (
            [evened(_cells(g, TARGET)) for g in groups],
            [_cells(g, anchor) for g, anchor in zip(groups, anchors, strict=True)],
        )
    ]
    voice = torch.from_numpy(np.concatenate([_voice(g) for g in groups]))
    return Regions(masks[0], masks[1], voice, torch.from_numpy(of_target), torch.from_numpy(of_anchor))


def _parts(statement: Any, group: Group, anchor: int | None, truth: Array) -> tuple[Array, Array]:
    """How true a statement is of the target's part and of the anchor's, each [K], given how true it is of the pictures."""
    nothing = np.full_like(truth, np.nan)
    claim = getattr(statement, "claim", None)
    if claim is None:
        return nothing, nothing
    if claim.subject >= 0:
        # True, it is said by the thing that it is about; false, it is false of every part.
        return np.where(truth < 0.5, truth, np.nan), truth if claim.subject == anchor else nothing
    other = anchor is not None and statement.named and not may_mean(claim.x, group.things[anchor])
    return truth, np.zeros_like(truth) if other else nothing


def _cells(made: GroupPictures, place: int | None) -> Array:
    if made.cells is None or place is None:
        return np.zeros((len(made.pictures), CELLS, CELLS), bool)
    return np.asarray(made.cells == place)


def evened(where: Array) -> Array:
    """Returns the weights [K, CELLS, CELLS] of cells where something is seen, bool: as much in each quarter of a picture that shows it,
    as large as it may be in one of a sheet's views, and as much together as there are such cells."""
    quarters = where.reshape(len(where), ACROSS, CELLS // ACROSS, ACROSS, CELLS // ACROSS)
    count = quarters.sum((2, 4), keepdims=True)
    seen = np.maximum((count > 0).sum((1, 3), keepdims=True), 1)
    even = count.sum((1, 3), keepdims=True) / seen / np.maximum(count, 1)
    return np.asarray((quarters * even).reshape(where.shape), np.float32)


def _voice(made: GroupPictures) -> Array:
    """The weights [K, CELLS, CELLS] of the cells of things, the target's with sum 1 and each other's with sum ``OTHERS``."""
    found = np.zeros((len(made.pictures), CELLS, CELLS), np.float32)
    if made.cells is None:
        return found
    for place in (TARGET, *(i for i, t in enumerate(made.group.things) if t.role == "thing")):
        where = evened(made.cells == place) if place == TARGET else made.cells == place
        # What shows in less than two cells is too little to say anything.
        found += (1.0 if place == TARGET else OTHERS) * where / np.maximum(where.sum((1, 2), keepdims=True), 2)
    return found


def voice_loss(patches: Tensor, wanted: Tensor, kept: Kept | None = None) -> Tensor:
    """Returns the mean cross-entropy, ``scalar``, of the shares that patches [N, T, C] have in their sum, by their lengths,
    against what is ``wanted`` of them [N, T]. Pictures of nothing are left out."""
    weight, told = shares(wanted, 1e-6)
    length = patches.float().norm(dim=-1).clamp_min(1e-6)
    length = length if kept is None else length * kept.weight
    return -(weight * (length / length.sum(1, keepdim=True)).log()).sum(1)[told].sum() / told.sum().clamp_min(1)


def shares(part: Tensor, least: float = LEAST) -> tuple[Tensor, Tensor]:
    """Returns the weight of each patch in a part's mean [N, T] and which parts [N] cover enough to be asked.

    ``part`` [N, T]: how much of each patch the part covers (``patches.covered``).
    """
    total = part.sum(1)
    return part / total[:, None].clamp_min(1e-6), total > least


@dataclass(frozen=True, eq=False)
class TextAnswers:
    """What T texts say: noun and colour of what they are about, the fact, noun and colour of its anchor, and the kind of
    statement; each a class [T] or ``UNKNOWN``."""

    noun: Tensor
    colour: Tensor
    fact: Tensor
    anchor_noun: Tensor
    anchor_colour: Tensor
    kind: Tensor

    def to(self, device: torch.device) -> TextAnswers:
        """Returns the same on a device."""
        return on_device(self, device)


def text_answers(said: Sequence[Any]) -> TextAnswers:
    """Returns what each statement says, as far as it says one thing."""
    found = np.full((6, len(said)), UNKNOWN, np.int64)
    for column, statement in enumerate(said):
        claim = getattr(statement, "claim", None)
        if claim is not None:
            found[:, column] = _classes(claim, statement.named)
    return TextAnswers(*torch.from_numpy(found))


def _classes(claim: Any, named: bool) -> tuple[int, ...]:
    known = words()
    noun = known.nouns.get(claim.x.noun, UNKNOWN) if named else UNKNOWN
    colour = known.colours.get(claim.x.colour, UNKNOWN) if named else UNKNOWN
    if len(claim.clauses) + bool(claim.attitude) + bool(claim.size) != 1 or claim.size:
        return noun, colour, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN
    what = ("relation", claim.clauses[0].name) if claim.clauses else ("attitude", str(claim.attitude))
    fact, kind = known.facts.get(what, UNKNOWN), known.kinds.get(what, UNKNOWN)
    anchors: tuple[Any, ...] = claim.clauses[0].saids if claim.clauses else ()
    if len(anchors) != 1 or isinstance(anchors[0], str):
        return noun, colour, fact, UNKNOWN, UNKNOWN, kind
    anchor = anchors[0]
    return noun, colour, fact, known.nouns.get(anchor.noun, UNKNOWN), known.colours.get(anchor.colour, UNKNOWN), kind
