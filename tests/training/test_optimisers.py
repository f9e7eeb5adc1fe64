"""AdamW and Muon: who changes what, how fast, and what is remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from sgvop_core.errors import SettingsError
from sgvop_core.training.fit_config import OptimiserConfig
from sgvop_core.training.model import build_model, decayed
from sgvop_core.training.optimisers import SETTLING, Optimisers, learning_rate

from .toy import SMALL

CPU = torch.device("cpu")
STEADY = OptimiserConfig(rate=1e-3, warmup=0.0, floor=0.99, decay=0.0, muon=2e-3)


def made(config: OptimiserConfig) -> tuple[dict[str, nn.Parameter], Optimisers]:
    module = build_model(SMALL.model, 40)
    named = dict(module.named_parameters())
    named |= {"heads.weight": nn.Parameter(torch.zeros(3, 8)), "heads.bias": nn.Parameter(torch.zeros(3))}
    named["temperatures.scale"] = nn.Parameter(torch.ones(()))
    return named, Optimisers(config, named, decayed(module)[0], CPU)


def stepped(config: OptimiserConfig, steps: int = 1, share: float = 0.5) -> dict[str, torch.Tensor]:
    """How far each parameter went in random directions."""
    named, optimisers = made(config)
    before = {n: p.detach().clone() for n, p in named.items()}
    generator = torch.Generator().manual_seed(3)
    for _ in range(steps):
        for parameter in named.values():
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimisers.step(share)
    return {n: p.detach() - before[n] for n, p in named.items()}


def test_muon_moves_the_transformers_matrices_along_orthogonal_matrices_and_adam_all_the_rest() -> None:
    both, adam = stepped(STEADY), stepped(replace(STEADY, muon=0.0))
    inner = {n for n in both if not torch.equal(both[n], adam[n])}
    assert inner == {n for n, moved in both.items() if "resblocks" in n and moved.ndim == 2} and len(inner) == 12
    for name in inner:
        values = torch.linalg.svdvals(both[name])
        assert values.max() < 2.5 * values.min(), "all directions alike"
        size = both[name].square().mean().sqrt()
        assert 0.1 * STEADY.muon < size < 0.4 * STEADY.muon, "as long as steps of AdamW (0.2 of the rate and more)"


@pytest.mark.parametrize("muon", [0.0, 2e-3])
def test_what_is_remembered_makes_the_next_step_the_same(muon: float) -> None:
    config = replace(STEADY, muon=muon)
    named, first = made(config)
    other, second = made(config)
    for seed in (1, 2):
        torch.manual_seed(seed)
        for parameter in named.values():
            parameter.grad = torch.randn_like(parameter)
        for name, parameter in other.items():
            parameter.grad = named[name].grad
        if seed == 2:
            with torch.no_grad():
                for name, parameter in other.items():
                    parameter.copy_(named[name])
            second.load(first.tensors())
            second.step(0.5)
        first.step(0.5)
    assert all(torch.equal(named[n], other[n]) for n in named)
    kept = first.tensors()
    assert any(k.startswith("momentum_buffer.") for k in kept) is (muon > 0)
    kept.popitem()
    with pytest.raises(KeyError):
        second.load(kept)


def test_the_rate_rises_and_falls() -> None:
    config = OptimiserConfig(rate=1.0, warmup=0.1, floor=0.01)
    rates = [learning_rate(config, s) for s in (0.0, 0.05, 0.1, 0.55, 1.0)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.505, 0.01], abs=1e-3)


@pytest.mark.parametrize("muon", [0.0, 2e-3])
def test_while_readers_settle_nothing_else_moves(muon: float) -> None:
    config = replace(STEADY, muon=muon, decay=0.1, settle=0.25)
    during, after = stepped(config, share=0.2), stepped(config, share=0.25)
    assert {n for n, moved in during.items() if moved.any()} == {"heads.weight", "heads.bias", "temperatures.scale"}
    assert during["heads.weight"].abs().numpy() == pytest.approx(SETTLING * config.rate, rel=1e-3)
    assert all(moved.any() for moved in after.values())


def test_the_rate_begins_to_rise_when_readers_have_settled() -> None:
    config = OptimiserConfig(rate=1.0, warmup=0.1, floor=0.01, settle=0.5)
    rates = [learning_rate(config, s) for s in (0.0, 0.49, 0.5, 0.525, 0.55, 0.775, 1.0)]
    assert rates == pytest.approx([0.0, 0.0, 0.01, 0.5, 1.0, 0.505, 0.01], abs=1e-3)


@pytest.mark.parametrize("wrong", [{"muon": -1.0}, {"momentum": 1.0}, {"rate": 0.0}, {"settle": 1.0}])
def test_rates_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="optimiser"):
        OptimiserConfig(**wrong)  # type: ignore[arg-type]
