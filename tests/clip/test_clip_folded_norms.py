"""A residual tower with its norms folded gives the same vectors and the same gradient; other towers are left alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn

from sgvop_core.guidance.clip.folded_norms import fold_norms
from sgvop_core.guidance.clip.open_clip_import import import_open_clip


@pytest.fixture
def tower() -> nn.Module:
    """A small one whose norms have something to do."""
    torch.manual_seed(0)
    import_open_clip()
    from open_clip.modified_resnet import ModifiedResNet

    visual: Any = ModifiedResNet([1, 2, 1, 1], 16, heads=8, image_size=64, width=8)
    for norm in visual.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.running_mean, -0.3, 0.3)
            nn.init.uniform_(norm.running_var, 0.5, 2.0)
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.bias, -0.2, 0.2)
    made: nn.Module = visual.double().eval().requires_grad_(False)
    return made


def test_vectors_and_gradients_stay(tower: nn.Module) -> None:
    other = copy.deepcopy(tower)
    norms = sum(isinstance(m, nn.BatchNorm2d) for m in tower.modules())
    assert fold_norms(other) == norms > 10
    assert not any(isinstance(m, nn.BatchNorm2d) for m in other.modules())
    found = []
    for visual in (tower, other):
        pictures = torch.rand(
            2, 3, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
        ).requires_grad_()
        vectors = visual(pictures)
        vectors.square().sum().backward()
        assert pictures.grad is not None and pictures.grad.abs().max() > 0
        found.append((vectors.detach(), pictures.grad))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b)


def test_a_tower_in_training_mode_is_taken_as_frozen(tower: nn.Module) -> None:
    pictures = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    wanted = tower(pictures)
    other = copy.deepcopy(tower).train()
    fold_norms(other)
    torch.testing.assert_close(other(pictures), wanted)


def test_other_towers_are_left_alone() -> None:
    tower = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    assert fold_norms(tower) == 0 and isinstance(tower[1], nn.BatchNorm2d)
