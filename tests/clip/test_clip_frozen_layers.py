"""The faster arrangement of a vision tower's layers gives the same vectors and the same gradient."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from sgvop_core.guidance.clip import import_open_clip, load_clip
from sgvop_core.guidance.clip.frozen_layers import PatchEmbedding, SelfAttention, rearrange


def results(tower: nn.Module, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    pictures = pictures.clone().requires_grad_(True)
    made = tower(pictures)
    made.square().sum().backward()
    assert pictures.grad is not None
    return made.detach(), pictures.grad


def test_a_whole_tower_and_its_weights_names_stay_the_same(tiny_name: str) -> None:
    torch.manual_seed(0)
    tower = (
        import_open_clip().create_model(tiny_name, pretrained_text=False).visual.double().eval().requires_grad_(False)
    )
    other = copy.deepcopy(tower)
    assert rearrange(other) == 3  # the patches and two blocks
    assert list(tower.state_dict()) == list(other.state_dict())
    pictures = torch.rand(2, 3, 32, 32, dtype=torch.float64)
    for a, b in zip(results(tower, pictures), results(other, pictures), strict=True):
        torch.testing.assert_close(a, b)


def test_models_that_are_loaded_use_it(tiny_name: str) -> None:
    model = load_clip(f"{tiny_name}:random")
    assert model is not None
    kinds = [type(m) for m in model.module.visual.modules()]
    assert kinds.count(PatchEmbedding) == 1 and kinds.count(SelfAttention) == 2


@pytest.mark.parametrize("masked", [None, "bool", "float"])
def test_attention_is_pytorchs(masked: str | None) -> None:
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(12, 3, batch_first=True).double().eval()
    sequence = torch.randn(2, 5, 12, dtype=torch.float64)
    mask = torch.ones(5, 5).triu(1).bool() if masked else None
    if masked == "float":
        mask = torch.zeros(5, 5, dtype=torch.float64).masked_fill(mask, -3.0)
    wanted = layer(sequence, sequence, sequence, need_weights=False, attn_mask=mask)[0]
    found, weights = SelfAttention(layer)(sequence, sequence, sequence, need_weights=False, attn_mask=mask)
    torch.testing.assert_close(found, wanted)
    assert weights is None


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("size", [(12, 8), (13, 11)])
def test_patches_are_the_convolutions(bias: bool, size: tuple[int, int]) -> None:
    layer = nn.Conv2d(3, 5, (4, 2), stride=(4, 2), bias=bias).double()
    pictures = torch.rand(2, 3, *size, dtype=torch.float64)
    torch.testing.assert_close(PatchEmbedding(layer)(pictures), layer(pictures))
    last = pictures.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(PatchEmbedding(layer)(last), layer(pictures))


def test_patches_embedded_by_themselves_are_those_of_the_whole_picture() -> None:
    torch.manual_seed(1)
    layer = nn.Conv2d(3, 5, 4, 4)
    pictures = torch.rand(2, 3, 9, 13)  # 2 rows of 3, and a rest
    places = torch.tensor([[0, 4, 5], [5, 1, 2]])
    whole = layer(pictures).flatten(2).transpose(1, 2)
    torch.testing.assert_close(
        PatchEmbedding(layer).at(pictures, places), torch.stack([whole[0, places[0]], whole[1, places[1]]])
    )


def test_other_layers_are_left_alone() -> None:
    tower = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2), nn.Conv2d(4, 4, 2, stride=2, padding=1), nn.Conv2d(4, 4, 2, stride=2, groups=2),
        nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 2, stride=2, dilation=2), nn.MultiheadAttention(4, 1, batch_first=True),
    )  # fmt: skip
    assert rearrange(tower) == 0
