"""Cells are asked for what they show, move with the frame, and what nobody knows costs nothing."""

from __future__ import annotations

import numpy as np
import torch

from sgvop_core.training.cells import FLOOR, NO_THING, UNKNOWN, CellHeads, cell_answers
from sgvop_core.training.data import CELLS, NOTHING, TARGET, UNKNOWN_CELL, Group, GroupPictures, Thing
from sgvop_core.training.patches import keep_patches

NOUNS, COLOURS = {"cup": 0, "table": 1}, {"red": 0, "blue": 1}


def group(cells: np.ndarray | None) -> GroupPictures:
    things = (Thing("Floor", "floor", "floor", role="floor"), Thing("t", "table", "table", "blue"), Thing("x", "blob"))
    made, empty = Group(Thing("c", "mug", "cup", "red"), things, ()), np.ones(1)
    pictures = np.zeros((1, 8, 8, 3), np.uint8)
    return GroupPictures(made, pictures, np.zeros((1, 0)), empty, empty, np.eye(4)[None], cells)


def shown() -> np.ndarray:
    cells = np.full((1, CELLS, CELLS), NOTHING, np.uint8)
    cells[:, 12:] = 0
    cells[:, 8:16, :8] = 1
    cells[:, 8:16, 16:] = 2
    cells[:, 4:8, :4] = TARGET
    cells[:, 0, 0] = UNKNOWN_CELL
    return cells


def test_answers_are_the_words_of_what_the_cells_show() -> None:
    right = cell_answers([group(shown())], NOUNS, COLOURS)
    assert right.noun[0, 0, 12] == NO_THING and right.noun[0, 20, 12] == FLOOR
    assert right.noun[0, 5, 1] == FLOOR + 2 and right.colour[0, 5, 1] == COLOURS["red"]
    assert right.noun[0, 12, 2] == FLOOR + 3 and right.colour[0, 12, 2] == COLOURS["blue"]
    assert right.noun[0, 12, 20] == UNKNOWN, "no noun says what a blob is"
    assert right.noun[0, 0, 0] == UNKNOWN and right.colour[0, 20, 12] == UNKNOWN


def test_answers_move_with_the_frame_as_pictures_do() -> None:
    right = cell_answers([group(shown())], NOUNS, COLOURS)
    quarter = torch.tensor([[[1.0, 0, 0.5], [0, 1, 0]]])  # looks a quarter of the picture further right
    moved = right.framed(quarter)
    assert torch.equal(moved.noun[0, :, :18], right.noun[0, :, 6:])
    still = right.framed(torch.tensor([[[1.0, 0, 0], [0, 1, 0]]]))
    assert torch.equal(still.noun, right.noun) and torch.equal(still.colour, right.colour)


def test_heads_learn_what_is_shown_and_nothing_from_the_unknown() -> None:
    torch.manual_seed(0)
    right = cell_answers([group(shown())], NOUNS, COLOURS)
    inner = [torch.randn(1, 144, 6, requires_grad=True), torch.randn(1, 144, 5, requires_grad=True)]
    heads = CellHeads((6, 5), len(NOUNS), len(COLOURS))
    optimiser = torch.optim.Adam([*heads.parameters(), *inner], 0.1)
    first = heads(inner, right, 12).item()
    for _ in range(80):
        optimiser.zero_grad()
        heads(inner, right, 12).backward()
        optimiser.step()
    assert heads(inner, right, 12).item() < 0.5 * first
    nothing = cell_answers([group(None)], NOUNS, COLOURS)
    optimiser.zero_grad()
    cost = heads(inner, nothing, 12)
    cost.backward()
    assert cost.item() == 0 and not any(p.grad.any() for p in heads.parameters() if p.grad is not None)


def test_kept_patches_are_asked_what_they_show_themselves() -> None:
    torch.manual_seed(0)
    right = cell_answers([group(shown())], NOUNS, COLOURS)
    inner = [torch.randn(1, 144, 6), torch.randn(1, 144, 5)]
    heads = CellHeads((6, 5), len(NOUNS), len(COLOURS))
    every = keep_patches(torch.zeros(1, 144) > 0, 144, 0)
    assert torch.allclose(heads(inner, right, 12, every), heads(inner, right, 12))
    some = keep_patches(torch.arange(144)[None] < 24, 24, 0)
    above = [layer.clone() for layer in inner]
    for layer in above:
        layer[:, 24:] = 0
    assert torch.allclose(
        heads([x[:, :24] for x in inner], right, 12, some), heads([x[:, :24] for x in above], right, 12, some)
    )
