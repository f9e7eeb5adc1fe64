"""Patches of things are kept first, the rest by chance, and what is kept counts for what is not."""

from __future__ import annotations

import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.training.patches import PatchConfig, among, covered, cut, keep_patches, lively_patches, picked

STILL = torch.eye(2, 3)


def test_things_are_kept_and_floor_and_walls_by_chance() -> None:
    shown = torch.zeros(2, 64, dtype=torch.bool)
    shown[0, 10:20] = True
    shown[1, :50] = True
    kept = keep_patches(shown, 40, 3)
    assert kept.places.shape == (2, 40) and (kept.places.diff(dim=1) > 0).all()
    assert set(range(10, 20)) <= set(kept.places[0].tolist()) and kept.places[1].max() < 50
    assert torch.equal(kept.places, keep_patches(shown, 40, 3).places)
    assert not torch.equal(kept.places[0], keep_patches(shown, 40, 4).places[0])


def test_the_mean_of_what_is_kept_is_on_average_that_of_all() -> None:
    values = torch.randn(1, 64, 3, generator=torch.Generator().manual_seed(1))
    shown = torch.zeros(1, 64, dtype=torch.bool)
    shown[0, :16] = True
    found = []
    for seed in range(400):
        kept = keep_patches(shown, 28, seed)
        assert kept.weight.sum() == pytest.approx(1) and kept.weight[0, :16].tolist() == pytest.approx([1 / 64] * 16)
        found.append((picked(values, kept) * kept.weight[:, :, None]).sum(1))
    assert torch.allclose(torch.stack(found).mean(0), values.mean(1), atol=0.02)


def test_picked_values_are_those_of_the_places() -> None:
    kept = keep_patches(torch.zeros(1, 9, dtype=torch.bool), 4, 0)
    values = torch.arange(9.0)[None]
    assert torch.equal(picked(values, kept)[0], kept.places[0].float())
    assert torch.equal(picked(values[:, :, None], kept)[0, :, 0], kept.places[0].float())
    assert picked(values, None) is values


def test_a_mask_covers_patches_where_the_frame_puts_it() -> None:
    mask = torch.zeros(1, 24, 24, dtype=torch.bool)
    mask[0, :6, :3] = True
    still = covered(mask, STILL[None], 8).view(8, 8)
    assert still[:2, 0].tolist() == pytest.approx([1, 1]) and still.sum() == pytest.approx(2)
    quarter = torch.tensor([[[1.0, 0, -0.5], [0, 1, 0]]])
    assert torch.allclose(covered(mask, quarter, 8).view(8, 8)[:, 2:], still[:, :6], atol=1e-5)


def test_patches_that_cut_cells_have_their_shares_of_them() -> None:
    cells = torch.arange(24 * 24).view(1, 24, 24)
    whole = cut(cells, 12)
    assert whole.shape == (1, 144, 4) and whole[0, 1].tolist() == [2, 3, 26, 27]
    parts = cut(cells, 18)  # a patch is 4/3 cells wide: all of the first and a third of the second
    assert parts.shape == (1, 324, 16)
    first = parts[0, 0].tolist()
    assert [first.count(n) for n in (0, 1, 24, 25)] == [9, 3, 3, 1]
    mask = torch.zeros(1, 24, 24)
    mask[0, 4:9, 7:20] = 1
    for side in (6, 12, 18, 24):
        assert covered(mask, STILL[None], side).sum() == pytest.approx(5 * 13 * (side / 24) ** 2, rel=1e-5)


def test_of_the_lively_patches_some_may_be_kept() -> None:
    pictures = torch.full((1, 3, 24, 24), 0.5)
    pictures[..., 6:12] = torch.rand(6)  # stripes over the second column of patches
    pictures[..., 18:] = torch.rand(6)
    lively = lively_patches(pictures, 6, 8)
    assert lively.places.tolist() == [[1, 3, 5, 7, 9, 11, 13, 15]] and lively.weight.tolist() == [[0.125] * 8]
    shown = torch.zeros(1, 8, dtype=torch.bool)
    shown[0, [2, 5]] = True
    fewer = among(lively, keep_patches(shown, 3, 0))
    assert {5, 11} < set(fewer.places[0].tolist()) < set(lively.places[0].tolist())
    assert fewer.weight[0, [fewer.places[0].tolist().index(5)]].item() == pytest.approx(1 / 8)


@pytest.mark.parametrize("wrong", [{"keep": 0.0}, {"keep": 1.5}, {"until": -0.1}])
def test_shares_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="keep is a share"):
        PatchConfig(**wrong)
