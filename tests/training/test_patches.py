"""Patches of things are kept first, the rest by chance, and what is kept counts for what is not."""

from __future__ import annotations

import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.training.patches import PatchConfig, covered, keep_patches, picked

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


@pytest.mark.parametrize("wrong", [{"keep": 0.0}, {"keep": 1.5}, {"until": -0.1}])
def test_shares_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="keep is a share"):
        PatchConfig(**wrong)
