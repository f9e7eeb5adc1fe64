"""Tuning: the text tower and the picture tower's last layers learn on, from pictures that all before them looked at once (after
locked-image tuning, Zhai et al. 2022).

A step of a whole run reads some 400 texts and looks at 300 pictures, and nearly all of its time is the pictures'. So texts have learnt
less of what the pictures say than is there. With the other layers locked a step costs less, and of each scene all that can
be said of a thing is asked: of every picture, which relations hold rather than those that do not, and of each sentence, which
pictures it is true of; one fact with ten nouns, and with ten colours; and whatever else can be said.
"""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .asked import Asked, caption_texts, name_texts, relation_texts
from .batches import Tokenizer
from .choices import view_of
from .data import Dataset
from .locked import LockedStates, quick
from .loss import first_loss, rank_loss
from .model import after_layers, encode_texts, trim, unit_vectors

WARMING = 40
"""Steps in which the rates rise to their full size."""


@dataclass(frozen=True)
class TuningConfig:
    """How a model is tuned."""

    steps: int = 500
    rate: float = 1e-3
    """Of the text tower."""
    seeing_rate: float = 1.2e-4
    """Of what is tuned of the picture tower."""
    layers: int = 1
    """The last layers of the picture tower that are tuned, with the norm and the projection behind them."""
    groups: int = 24
    """Scenes of a step."""
    sharpness: float = 40.0
    """Of the softmaxes: cosines that differ by its inverse are told apart clearly."""
    relations: float = 1.0
    """Which relation holds, of each picture."""
    pictures: float = 1.0
    """Of which picture it holds, of each sentence."""
    first: float = 1.0
    """That the picture which fits a sentence best is one of which it holds."""
    names: float = 0.5
    """Which noun, and which colour."""
    captions: float = 0.5
    """Which of all else that can be said holds, of each picture, and of which picture it does."""
    said: int = 12
    """Such sentences of a scene."""
    keep: float = 6.0
    """What any other sentence says stays as it was: one less the cosine."""
    synonyms: float = 0.5
    """Share of scenes in whose sentences a relation is said in any of its phrases; else in its first."""
    neutral: float = 0.1
    """Share of scenes whose target is called a thing."""
    seed: int = 0


class Tuner:
    """A module that is tuned on what goes into the first of its picture tower's layers that are tuned."""

    def __init__(
        self, module: Any, data: Dataset, states: LockedStates, tokenizer: Tokenizer, config: TuningConfig
    ) -> None:
        self.module, self.data, self.states, self.tokenizer, self.config = module, data, states, tokenizer, config
        self.before = copy.deepcopy(module).eval().requires_grad_(False)
        module.requires_grad_(False)
        seeing, reading = tuned_names(module, config.layers)
        every = dict(module.named_parameters())
        self.named = {n: every[n].requires_grad_() for n in (*reading, *seeing)}
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [self.named[n] for n in names], "full": rate}
                for names, rate in ((reading, config.rate), (seeing, config.seeing_rate))
            ],
            lr=config.rate,
            betas=(0.9, 0.98),
            weight_decay=0.0,
        )
        self.device = next(module.parameters()).device
        self.asked: dict[str, float] = {}
        self.true: dict[str, float] = {}

    def scenes(self, step: int) -> list[int]:
        """Returns the scenes of a step: all in turn, in another order each time."""
        members, c = self.states.members(), self.config
        found: list[int] = []
        for place in range(step * c.groups, (step + 1) * c.groups):
            turn, at = divmod(place, len(members))
            found.append(members[np.random.default_rng((c.seed, turn)).permutation(len(members))[at]])
        return found

    def gradient(self, members: Sequence[int], rng: np.random.Generator) -> dict[str, float]:
        """Returns the loss's terms on those scenes; the parameters' gradients are there then."""
        c = self.config
        asked: list[tuple[int, Asked]] = []
        captions: list[tuple[int, Asked]] = []
        for i in members:
            made = self.data.group(i)
            view = view_of(made)
            found = [relation_texts(made.group, view, rng, c.synonyms, c.neutral)]
            found += [name_texts(made.group, view, rng, colours) for colours in (False, True)]
            asked += [(i, a) for a in found if a is not None]
            captions.append((i, caption_texts(made, rng, c.said)))
        texts = [t for _, a in asked for t in a.texts]
        asked += captions
        tokens = trim(self.tokenizer([t for _, a in asked for t in a.texts])).to(self.device)
        with quick(self.device):
            read = encode_texts(self.module, tokens)
            with torch.no_grad():
                was = encode_texts(self.before, tokens[len(texts) :])
            shown = [self.states[i] for i in members]
            states = torch.from_numpy(np.concatenate(shown)).float().to(self.device)
            seen = after_layers(self.module.visual, states, c.layers)
        pictures = dict(zip(members, unit_vectors(seen).split([len(x) for x in shown]), strict=True))
        kept = 1 - (read[len(texts) :] * was).sum(-1).mean()
        costs: defaultdict[str, list[Tensor]] = defaultdict(list)
        for (i, a), vectors in zip(asked, read.split([len(a.texts) for _, a in asked]), strict=True):
            truth = torch.from_numpy(a.truth).float().to(self.device)
            logits = c.sharpness * pictures[i] @ vectors.T
            if a.about[0] in ("noun", "colour"):
                costs[a.about[0]].append(rank_loss(logits, truth))
            elif a.about[0] == "captions":
                costs["captions"].append(0.5 * (rank_loss(logits, truth) + rank_loss(logits.T, truth.T)))
            else:
                costs["relations"].append(rank_loss(logits, truth, self._prior(a).to(self.device)))
                costs["pictures"].append(rank_loss(logits.T, truth.T))
                costs["first"].append(first_loss(logits.T, truth.T))
        terms = {n: torch.stack(v).mean() for n, v in costs.items()} | {"keep": kept}
        weights = asdict(c) | dict.fromkeys(("noun", "colour"), c.names)
        total = torch.stack([weights[n] * value for n, value in terms.items()]).sum()
        self.optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        return {n: float(v.detach()) for n, v in terms.items()}

    def apply(self, step: int) -> None:
        """Goes along the gradient, as far as is usual at that step."""
        share = min(1.0, (step + 1) / WARMING) * 0.5 * (1 + math.cos(math.pi * step / self.config.steps))
        for part in self.optimiser.param_groups:
            part["lr"] = share * part["full"]
        nn.utils.clip_grad_norm_(self.named.values(), 1.0)
        self.optimiser.step()

    def _prior(self, asked: Asked) -> Tensor:
        """Logarithms [T] of how often a text of its kind is true, as seen so far: what is seldom true counts more."""
        for name, truth in zip(asked.about, asked.truth.T, strict=True):
            known = truth[~np.isnan(truth)]
            self.asked[name] = self.asked.get(name, 10.0) + len(known)
            self.true[name] = self.true.get(name, 1.0) + float(known.sum())
        return torch.tensor([math.log(max(self.true[n] / self.asked[n], 0.01)) for n in asked.about])


def tuned_names(module: Any, layers: int) -> tuple[list[str], list[str]]:
    """Returns the names of the parameters that are tuned: of the picture tower its last so many ``layers`` and what follows them, and
    the text tower's."""
    depth = len(module.visual.transformer.resblocks)
    tuned = [f"visual.transformer.resblocks.{k}." for k in range(depth - layers, depth)]
    names = [n for n, _ in module.named_parameters() if n != "logit_scale"]
    return [n for n in names if n.startswith((*tuned, "visual.ln_post.", "visual.proj"))], [
        n for n in names if not n.startswith("visual.")
    ]
