"""Soft truths: near the border a sigmoid, far from it still in order, and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sgvop_core.training.truth import FARTHEST, LINEAR, margin_of, soft_truth


def test_about_the_border_it_is_a_sigmoid() -> None:
    margin = np.linspace(-LINEAR, 3, 40)
    assert soft_truth(margin) == pytest.approx(1 / (1 + np.exp(-4 * margin)), rel=1e-9)


def test_what_is_farther_is_less_true_up_to_the_end_and_single_precision_can_tell() -> None:
    margin = -np.geomspace(0.1, FARTHEST, 60)
    truth = torch.from_numpy(soft_truth(margin).astype(np.float32))
    assert (truth[:-1] > truth[1:]).all() and truth[-1] > 0
    assert margin_of(truth).numpy() == pytest.approx(margin, rel=1e-3)
    beyond = torch.from_numpy(soft_truth(np.array([-FARTHEST, -1e6, -np.inf])))
    assert torch.all(beyond == beyond[0])


def test_unknown_stays_unknown_and_what_cannot_be_is_farther_than_all_that_can() -> None:
    assert np.isnan(soft_truth(np.array([np.nan]))).all()
    found = margin_of(torch.tensor([float("nan"), 0.0, 1.0]))
    assert found[0].isnan() and found[1] < -FARTHEST and found[2] > 1
