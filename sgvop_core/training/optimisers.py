"""What changes the parameters: AdamW, and on demand Muon for the transformers' matrices; and what they remember."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

import torch
from torch import Tensor, nn

from .fit_config import OptimiserConfig

BLOCKS = "resblocks."
"""Part of the names of the transformers' parameters in open_clip's form; Muon is for such matrices, not for embeddings and outputs."""
READERS = ("heads.", "temperatures.")
"""What the names of parameters begin with that do not ship."""
SETTLING = 10.0
"""How many times the largest rate those have while they settle: nothing else moves, and what they are to read is there already."""
ADAM_STATE, MUON_STATE = ("step", "exp_avg", "exp_avg_sq"), ("momentum_buffer",)
"""What torch's optimisers remember of a parameter."""


def learning_rate(config: OptimiserConfig, share: float) -> float:
    """Returns the rate when that share of the run is done: a linear rise, then half a cosine, after nothing at all while readers settle."""
    if share < config.settle:
        return 0.0
    share = (share - config.settle) / (1 - config.settle)
    if share < config.warmup:
        return config.rate * max(share / config.warmup, 0.01)
    fall = 0.5 * (1 + math.cos(math.pi * (share - config.warmup) / (1 - config.warmup)))
    return config.rate * (config.floor + (1 - config.floor) * fall)


class Optimisers:
    """The optimisers of named parameters. ``decayed``: names of those that weight decay acts on."""

    def __init__(
        self, config: OptimiserConfig, named: Mapping[str, nn.Parameter], decayed: Collection[str], device: torch.device
    ) -> None:
        self.config, self.named, self.device = config, named, device
        inner = {n for n, p in named.items() if config.muon and BLOCKS in n and p.ndim == 2}
        outer = {n: p for n, p in named.items() if n not in inner}
        groups = [
            {"params": [p for n, p in outer.items() if n in decayed], "weight_decay": config.decay},
            {"params": [p for n, p in outer.items() if n not in decayed and not n.startswith(READERS)], "weight_decay": 0.0},
            {"params": [p for n, p in outer.items() if n.startswith(READERS)], "weight_decay": 0.0, "reads": True},
        ]  # fmt: skip
        first, second = config.betas
        fused = device.type in ("cpu", "cuda")
        adam = torch.optim.AdamW(groups, config.rate, (first, second), fused=fused)
        self._all: list[tuple[torch.optim.Optimizer, float, tuple[str, ...]]] = [(adam, 1.0, ADAM_STATE)]
        if inner:
            muon = torch.optim.Muon(
                [named[n] for n in named if n in inner], config.muon, config.decay, config.momentum,
                adjust_lr_fn="match_rms_adamw",
            )  # fmt: skip
            self._all.append((muon, config.muon / config.rate, MUON_STATE))

    def step(self, share: float) -> None:
        """Goes along the parameters' gradients when that share of the run is done."""
        rate = learning_rate(self.config, share)
        for optimiser, times, _ in self._all:
            for part in optimiser.param_groups:
                settles = share < self.config.settle and part.get("reads")
                part["lr"] = SETTLING * self.config.rate if settles else rate * times
            optimiser.step()

    def tensors(self) -> dict[str, Tensor]:
        """Returns what they remember, each of any shape such as [N, D], by name."""
        found: dict[str, Tensor] = {}
        for name, parameter, optimiser, _ in self._members():
            found |= {f"{key}.{name}": t for key, t in optimiser.state[parameter].items()}
        return found

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes up what ``tensors`` returned, each of any shape such as [N, D]. Raises KeyError or RuntimeError when it does not fit."""
        for name, parameter, optimiser, keys in self._members():
            for key in keys:
                value = tensors[f"{key}.{name}"]
                like = parameter if key != "step" else value
                optimiser.state[parameter][key] = torch.empty_like(like).copy_(value).to(self.device)

    def _members(self) -> Iterator[tuple[str, Tensor, torch.optim.Optimizer, tuple[str, ...]]]:
        names = {parameter: name for name, parameter in self.named.items()}
        for optimiser, _, keys in self._all:
            for part in optimiser.param_groups:
                for parameter in part["params"]:
                    yield names[parameter], parameter, optimiser, keys
