"""Parts of pictures: what texts are true of them, which patches they are, and who has a voice in the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from sgvop_core.training.claims import Claim, Clause, Statement
from sgvop_core.training.data import CELLS, NOTHING, TARGET, Fact, Group, GroupPictures, Thing
from sgvop_core.training.patches import covered
from sgvop_core.training.regions import OTHERS, evened, first_anchor, regions, shares, text_answers, voice_loss
from sgvop_core.training.wording import Said
from sgvop_core.training.words import UNKNOWN, words

STILL = torch.eye(2, 3)[None]
CUP, TABLE = Said("red cup", "cup", "cup", "red"), Said("table", "table", "table")
ON = Claim(CUP, (Clause("on", (1,), (TABLE,)),))
OVER = Claim(TABLE, (Clause("on", (1,), (CUP,)),), false=True, subject=1)


def shown() -> GroupPictures:
    """A cup of 4 x 4 cells left of a table of 8 x 12, in two pictures; in the second the cup is out of sight."""
    things = (Thing("Floor", "floor", "floor", role="floor"), Thing("t", "table", "table"))
    facts = (Fact("relation", "on", (0,)), Fact("relation", "on", (1,)))
    cells = np.full((2, CELLS, CELLS), NOTHING, np.uint8)
    cells[:, 18:] = 0
    cells[:, 6:14, 12:24] = 1
    cells[0, 6:10, 3:7] = TARGET
    made, one = Group(Thing("c", "mug", "cup", "red"), things, facts), np.ones(2)
    pictures = np.zeros((2, 8, 8, 3), np.uint8)
    return GroupPictures(made, pictures, np.ones((2, 2)), one, one, np.tile(np.eye(4), (2, 1, 1)), cells)


@dataclass(frozen=True)
class Bare:
    """A statement of another speaker, of which only the text is known."""

    text: str = "something"


def test_the_first_anchor_is_a_thing() -> None:
    assert first_anchor(shown().group) == 1
    assert first_anchor(Group(Thing("c", "mug", "cup"), (), (Fact("attitude", "upright"),))) is None


def test_what_is_said_of_the_target_is_said_by_its_part_and_false_of_the_anchors() -> None:
    truth = np.array([[0.9, 0.1, 1.0, 0.8, 0.0], [0.2, 0.9, 1.0, 0.7, 0.0]], np.float32)
    thing = Claim(Said("thing", "thing", None), ON.clauses)
    said = [
        Statement("on", truth[:, 0], frozenset(), ON), Statement("over", truth[:, 1], frozenset(), OVER),
        Statement("a cup", truth[:, 2], frozenset()), Statement("thing", truth[:, 3], frozenset(), thing), Bare(),
    ]  # fmt: skip
    found = regions([shown()], [said], {s.text: i for i, s in enumerate(said)}, truth)
    of_target, of_anchor = found.target_truth.numpy(), found.anchor_truth.numpy()
    assert of_target[:, 0] == pytest.approx(truth[:, 0]) and of_anchor[:, 0].tolist() == [0, 0]
    assert of_target[0, 1] == pytest.approx(0.1) and np.isnan(of_target[1, 1]), "true, the table says it"
    assert of_anchor[:, 1] == pytest.approx(truth[:, 1])
    assert np.isnan(of_target[:, [2, 4]]).all() and np.isnan(of_anchor[:, [2, 4]]).all(), "nobody's part says it"
    assert of_target[:, 3] == pytest.approx(truth[:, 3]) and np.isnan(of_anchor[:, 3]).all(), "a thing may be either"
    assert found.target.sum((1, 2)).tolist() == [16, 0] and found.anchor.sum((1, 2)).tolist() == [96, 96]


def test_shares_are_those_of_the_patches_and_follow_the_frame() -> None:
    target = regions([shown()], [[]], {}, np.empty((2, 0), np.float32)).target
    weight, seen = shares(covered(target, STILL.expand(2, 2, 3), 8))
    assert seen.tolist() == [True, False] and weight[0].sum() == pytest.approx(1) and weight[1].sum() == 0
    grid = weight[0].view(8, 8)
    assert grid[2, 1] == pytest.approx(9 / 16) and grid[3, 2] == pytest.approx(1 / 16) and grid[:, 3:].sum() == 0
    quarter = torch.tensor([[[1.0, 0, -0.5], [0, 1, 0]]])  # what was at the left is a quarter further right
    moved, _ = shares(covered(target[:1], quarter, 8))
    assert torch.allclose(moved.view(8, 8)[:, 2:], grid[:, :6], atol=1e-5)


def test_a_thing_counts_as_much_in_each_view_that_shows_it() -> None:
    where = np.zeros((3, CELLS, CELLS), bool)
    where[0, 1:4, 1:4] = where[0, 12:23, 13:23] = True  # nine cells above on the left, 110 below on the right
    where[1, 15, 2] = True
    even = evened(where)
    assert even[0, :12, :12].sum() == pytest.approx(even[0, 12:, 12:].sum()) and even[0].sum() == pytest.approx(119)
    assert even[0, 1, 1] > even[0, 13, 14] > 0 and (even[~where] == 0).all()
    assert even[1].sum() == even[1, 15, 2] == 1 and even[2].sum() == 0


def test_the_target_has_the_most_voice_other_things_less_and_the_floor_none() -> None:
    voice = regions([shown()], [[]], {}, np.empty((2, 0), np.float32)).voice
    assert voice[0, 6:10, 3:7].sum() == pytest.approx(1) and voice[0, 6:14, 12:].sum() == pytest.approx(OTHERS)
    assert voice[0].sum() == pytest.approx(1 + OTHERS) and voice[1].sum() == pytest.approx(OTHERS)
    wanted = covered(voice, STILL.expand(2, 2, 3), 8)
    weight, _ = shares(wanted, 1e-6)
    rng = torch.Generator().manual_seed(0)
    patches = torch.nn.functional.normalize(torch.randn(2, 64, 5, generator=rng), dim=-1)
    right = voice_loss(patches * (weight[..., None] + 1e-4), wanted)
    assert right < voice_loss(patches, wanted) - 0.5
    nothing = voice_loss(patches.requires_grad_(), torch.zeros_like(wanted))
    nothing.backward()
    assert nothing == 0 and patches.grad is not None and not patches.grad.any()


def test_a_picture_whose_cells_nobody_knows_has_no_parts() -> None:
    from dataclasses import replace

    found = regions([replace(shown(), cells=None)], [[]], {}, np.empty((2, 0), np.float32))
    assert not found.target.any() and not found.anchor.any() and not found.voice.any()


def test_texts_are_asked_for_what_they_say_alone() -> None:
    known, none = words(), np.zeros(1)
    upright = Claim(CUP, attitude="upright")
    two = Claim(CUP, (*ON.clauses, *ON.clauses))
    made = [
        Statement("a", none, frozenset(), ON), Statement("b", none, frozenset(), ON, False),
        Statement("c", none, frozenset(), upright), Statement("d", none, frozenset(), two), Bare(),
    ]  # fmt: skip
    found = text_answers(made)
    on, cup, red = known.facts["relation", "on"], known.nouns["cup"], known.colours["red"]
    assert found.noun.tolist() == [cup, UNKNOWN, cup, cup, UNKNOWN]
    assert found.colour.tolist() == [red, UNKNOWN, red, red, UNKNOWN]
    assert found.fact.tolist() == [on, on, known.facts["attitude", "upright"], UNKNOWN, UNKNOWN]
    assert found.anchor_noun.tolist() == [known.nouns["table"]] * 2 + [UNKNOWN] * 3
    assert found.anchor_colour.tolist() == [UNKNOWN] * 5
