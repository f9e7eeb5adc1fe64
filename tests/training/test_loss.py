"""The losses against plain loops over a few numbers."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.training.loss import (
    REACH,
    Frequencies,
    LossConfig,
    Temperatures,
    closeness,
    first_loss,
    order_loss,
    rank_loss,
    sigmoid_loss,
    smooth_loss,
    softmax_loss,
    total_loss,
)
from sgvop_core.training.truth import soft_truth

NAN = math.nan
TRUTH = torch.tensor(
    [[0.9, 0.1, NAN, 0.0], [0.2, 0.7, 0.0, NAN], [0.0, NAN, 0.6, 0.3], [NAN, 0.0, 1.0, 0.5], [NAN, NAN, NAN, 0.2]]
)
OWN = torch.tensor([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=torch.bool)
GROUP = torch.tensor([0, 0, 1, 1, 1])
SIMILARITY = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (5, 4)).astype(np.float32))


def known() -> list[tuple[int, int]]:
    return [(i, j) for i in range(5) for j in range(4) if not math.isnan(TRUTH[i, j])]


def test_sigmoid_loss_is_the_mean_over_truths_own_falsehoods_and_those_of_others() -> None:
    logits = 3 * SIMILARITY - 1
    sums = np.zeros((3, 2))
    for i, j in known():
        z, t = float(logits[i, j]), float(TRUTH[i, j])
        sums[0] += (t * math.log1p(math.exp(-z)), t)
        sums[1 if OWN[i, j] else 2] += ((1 - t) * math.log1p(math.exp(z)), 1 - t)
    expected = float((np.array([0.5, 0.35, 0.15]) * sums[:, 0] / sums[:, 1]).sum())
    assert float(sigmoid_loss(logits, TRUTH, OWN, 0.3)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("across", [False, True])
def test_softmax_loss_is_the_cross_entropy_over_what_is_known(across: bool) -> None:
    logits, truth = (4 * SIMILARITY, TRUTH) if not across else (4 * SIMILARITY.T, TRUTH.T)
    cost = weight = 0.0
    for row, soft in zip(logits.tolist(), truth.tolist(), strict=True):
        entries = [(z, t) for z, t in zip(row, soft, strict=True) if not math.isnan(t)]
        top = max((t for _, t in entries), default=0.0)
        if len(entries) < 2 or top < 0.05:
            continue
        norm = math.log(sum(math.exp(z) for z, _ in entries))
        whole = sum(t for _, t in entries)
        cost += top * sum(t / whole * (norm - z) for z, t in entries)
        weight += top
    assert float(softmax_loss(logits, truth)) == pytest.approx(cost / weight, rel=1e-5)


def test_smooth_loss_compares_all_pairs_of_pictures_of_a_group() -> None:
    logits = 3 * SIMILARITY
    columns = []
    for g in (0, 1):
        for j in range(4):
            rows = [i for i, k in known() if k == j and GROUP[i] == g and OWN[i, j]]
            if len(rows) < 2:
                continue
            error = [float(logits[i, j].sigmoid() - TRUTH[i, j]) for i in rows]
            columns.append(np.mean([(a - b) ** 2 for a in error for b in error]))
    assert float(smooth_loss(logits, TRUTH, GROUP, OWN)) == pytest.approx(float(np.mean(columns)), rel=1e-4)


def true_of(margins: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(soft_truth(margins.double().numpy())).float()


def test_of_two_wrong_pictures_the_less_wrong_comes_first() -> None:
    units = torch.tensor([[2.0, 1.0], [-0.5, -1.0], [-1.0, -4.0], [-9.0, NAN], [-30.0, -20.0], [-80.0, -1.0]])
    truth, group = true_of(units), torch.tensor([0, 0, 0, 0, 1, 1])
    own = torch.tensor([[True, True]] * 4 + [[True, False]] * 2)
    s = torch.randn(6, 2, generator=torch.Generator().manual_seed(2)).requires_grad_()
    costs = {0: [(1, 3), (2, 3)], 1: [(1, 2)], 2: [(4, 5)]}  # by group and text; half a unit apart is not clear
    column = {0: 0, 1: 1, 2: 0}
    wanted = [
        np.mean(
            [
                math.log(1 + math.exp(float(s.detach()[j, column[k]]) - float(s.detach()[i, column[k]])))
                for i, j in pairs
            ]
        )
        for k, pairs in costs.items()
    ]
    found = order_loss(s, truth, group, own)
    assert float(found.detach()) == pytest.approx(float(np.mean(wanted)), rel=1e-5)
    (gradient,) = torch.autograd.grad(found, s)
    assert not gradient[0].any() and not gradient[4:, 1].any() and gradient[3, 0] > 0 > gradient[1, 0]
    assert gradient[3, 1] == 0, "unknown"


def test_what_is_unknown_has_no_effect_and_no_gradient() -> None:
    config = LossConfig(1.0, 0.7, 0.7, 0.4, 0.6, picture_ranks=0.8, picture_order=0.7, smooth=0.5)
    values = []
    for filler in (0.0, 0.9):
        s = torch.where(TRUTH.isnan(), torch.tensor(filler), SIMILARITY).requires_grad_()
        total, terms = total_loss(config, s, TRUTH, GROUP, OWN, Temperatures(), torch.tensor(2.0))
        (gradient,) = torch.autograd.grad(total, s)
        assert gradient.isfinite().all() and (gradient[TRUTH.isnan()] == 0).all()
        assert (gradient[~TRUTH.isnan()] != 0).sum() > 8
        assert set(terms) == {
            "sigmoid",
            "texts",
            "pictures",
            "own_texts",
            "ranks",
            "own_pictures",
            "picture_ranks",
            "picture_order",
            "smooth",
        }
        values.append(float(total.detach()))
    assert values[0] == pytest.approx(values[1], rel=1e-6)


def test_right_similarities_cost_less_and_nothing_known_costs_nothing() -> None:
    right = TRUTH.nan_to_num() * 2 - 1
    config, arguments = LossConfig(smooth=1.0), (TRUTH, GROUP, OWN, Temperatures(), torch.tensor(2.0))
    assert total_loss(config, right, *arguments)[0] < total_loss(config, -right, *arguments)[0] - 1
    s = SIMILARITY.clone().requires_grad_()
    nothing, _ = total_loss(config, s, torch.full_like(TRUTH, NAN), *arguments[1:])
    nothing.backward()
    assert nothing.item() == 0 and s.grad is not None and not s.grad.any()


def test_own_terms_compare_within_a_scene_only() -> None:
    arguments = (TRUTH, GROUP, OWN, Temperatures(), torch.tensor(2.0))
    own = LossConfig(sigmoid=0, texts=0, pictures=0)
    s = SIMILARITY.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(total_loss(own, s, *arguments)[0], s)
    assert not gradient[~OWN].any() and gradient[OWN & ~TRUTH.isnan()].any()


def test_pictures_are_ranked_by_each_text_of_their_own_scene() -> None:
    config = LossConfig(0, 0, 0, 0, 0, own_pictures=0, picture_ranks=2.0)
    s = SIMILARITY.clone().requires_grad_()
    total, terms = total_loss(config, s, TRUTH, GROUP, OWN, Temperatures(), torch.tensor(0.0))
    costs, weights = [], []
    for column in range(4):
        rows = [i for i in range(5) if OWN[i, column] and not math.isnan(TRUTH[i, column])]
        for i in rows if len(rows) > 1 else ():
            against = sum(math.exp(float(SIMILARITY[j, column])) * (1 - float(TRUTH[j, column])) for j in rows)
            costs.append(math.log(1 + against / math.exp(float(SIMILARITY[i, column]))))
            weights.append(float(TRUTH[i, column]))
    assert float(terms["picture_ranks"]) == pytest.approx(np.average(costs, weights=weights), rel=1e-4)
    assert float(total.detach()) == pytest.approx(2 * float(terms["picture_ranks"]), rel=1e-6)
    (gradient,) = torch.autograd.grad(total, s)
    assert not gradient[~OWN].any() and gradient[0, 0] < 0 < gradient[1, 0], (
        "the first is true of its text, the second hardly"
    )


def test_weights_that_make_no_loss_are_refused() -> None:
    with pytest.raises(SettingsError, match="loss"):
        LossConfig(**{f.name: 0 for f in fields(LossConfig)})
    with pytest.raises(SettingsError, match="loss"):
        LossConfig(voice=-1)


def test_rank_loss_sets_each_true_text_against_the_false_ones_alone() -> None:
    logits = torch.tensor([[1.0, 0.2, -0.5, 3.0], [0.3, 0.1, 0.0, 0.0]])
    truth = torch.tensor([[1.0, 1.0, 0.0, NAN], [0.0, 1.0, 0.0, NAN]])

    def cost(true: float, *false: float) -> float:
        return math.log(1 + sum(math.exp(f - true) for f in false))

    rows = [cost(1.0, -0.5), cost(0.2, -0.5), cost(0.1, 0.3, 0.0)]
    assert float(rank_loss(logits, truth)) == pytest.approx(sum(rows) / 3, rel=1e-5)
    # A text that is true in a tenth of the cases counts ten times as much as one that always is.
    prior = torch.tensor([0.0, math.log(0.1), 0.0, 0.0])
    weighted = (rows[0] + 10 * (rows[1] + rows[2])) / 21
    assert float(rank_loss(logits, truth, prior)) == pytest.approx(weighted, rel=1e-5)
    assert float(rank_loss(logits, torch.full_like(truth, NAN))) == 0.0
    # Half true is true and false at once: no logit makes it free.
    assert float(rank_loss(torch.tensor([[50.0, 0.0]]), torch.tensor([[0.5, 0.0]]))) == pytest.approx(
        math.log(1.5), rel=1e-4
    )


def test_frequencies_are_what_is_true_of_what_was_said_and_own_texts_need_not_say_them() -> None:
    counted = Frequencies(3)
    kind = torch.tensor([0, 0, 1, -100])
    for _ in range(1500):
        which = torch.rand(8)
        truth = torch.zeros(8, 4)
        truth[which < 0.6, 0] = 1.0
        truth[(which >= 0.6) & (which < 0.7), 2] = 1.0
        truth[which >= 0.7, 3] = 1.0
        truth[:, 1] = NAN
        counted.follow(truth, kind)
    assert counted(kind).exp() == pytest.approx(torch.tensor([0.6, 0.6, 0.1, 0.3]), abs=0.08)
    assert counted(torch.tensor([2])).exp().item() == pytest.approx(0.1), "never said: as it was"
    prior = torch.tensor([0.6, 0.1, 0.3]).log()
    truth = torch.eye(3)[torch.tensor([0] * 6 + [1] + [2] * 3)]
    logits = torch.zeros(3, requires_grad=True)
    (gradient,) = torch.autograd.grad(softmax_loss(logits.expand(10, 3), truth, prior=prior), logits)
    assert gradient.abs().max() < 1e-6, "who sees nothing prefers nothing"
    (other,) = torch.autograd.grad(softmax_loss(logits.expand(10, 3), truth), logits)
    assert other[0] < -0.2 and other[1] > 0.2


def test_closeness_falls_over_its_reach_and_ranks_what_is_false() -> None:
    margins = torch.tensor([2.0, 0.0, -REACH, -2 * REACH, -20.0])
    truth = torch.cat([true_of(margins), torch.tensor([0.0, NAN])])
    found = closeness(truth)
    assert found[:5] == pytest.approx(torch.exp(margins.clamp(max=0) / REACH), rel=1e-3)
    assert found[5] == 0 and found[6].isnan()
    truth = true_of(torch.tensor([[-2.0], [-6.0], [-20.0]]))
    group, own = torch.zeros(3, dtype=torch.long), torch.ones(3, 1, dtype=torch.bool)
    near = torch.tensor([[0.9], [0.5], [0.1]])
    for tail, matters in ((0.0, False), (0.4, True)):
        only = {f.name: 0.0 for f in fields(LossConfig)} | {"own_pictures": 1.0, "tail": tail}
        costs = [
            float(total_loss(LossConfig(**only), s, truth, group, own, Temperatures(), torch.tensor(1.0))[0])
            for s in (near, near.flip(0))
        ]
        assert (costs[0] < costs[1] - 0.1) is matters


def test_first_loss_is_about_the_best_of_both() -> None:
    logits = torch.tensor([[1.0, 2.0, 0.5, 9.0], [3.0, 1.0, 2.0, 0.0], [5.0, 4.0, 3.0, 2.0]])
    truth = torch.tensor([[1.0, 0.0, 1.0, NAN], [1.0, 1.0, 1.0, NAN], [0.0, 0.0, 1.0, 1.0]])
    wanted = [
        math.log(1 + math.exp(2) / (math.exp(1) + math.exp(0.5))),
        math.log(1 + (math.exp(5) + math.exp(4)) / (math.exp(3) + math.exp(2))),
    ]
    assert float(first_loss(logits, truth)) == pytest.approx(sum(wanted) / 2, rel=1e-5)
    assert float(first_loss(logits[1:2], truth[1:2])) == 0
    slope = logits.clone().requires_grad_()
    first_loss(slope, truth).backward()
    assert slope.grad is not None and (slope.grad[truth.isnan()] == 0).all() and (slope.grad[1] == 0).all()
    assert slope.grad[0, 0] < 0 < slope.grad[0, 1]
