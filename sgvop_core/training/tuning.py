"""Tuning: the text tower and the picture tower's last layer learn on, from pictures that the layers before it looked at once (after
locked-image tuning, Zhai et al. 2022).

A step of a whole run reads some 400 texts and looks at 300 pictures, and nearly all of its time is the pictures'. So texts have learnt
less of what the pictures say than is there. With the other layers locked a step costs much less, and of each scene all that can
be said of a thing is asked: of every picture, which relations hold rather than those that do not, and of each sentence, which
pictures it is true of; one fact with ten nouns, and with ten colours; and whatever else can be said.
"""

from __future__ import annotations

import copy
import json
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..guidance.clip.lively_patches import leave_out
from .asked import Asked, caption_texts, name_texts, relation_texts
from .augmentation import normalised
from .batches import Tokenizer
from .checkpoint import tokenizer_path
from .choices import view_of
from .data import Dataset
from .export import write_model
from .learner import half_precision
from .locked import LockedStates
from .loss import first_loss, rank_loss
from .mixing import module_of
from .model import MODEL_CONFIG, ModelConfig, after_last, before_last, encode_texts, trim, unit_vectors
from .neutral import made_neutral
from .validation import held_out, spread


@dataclass(frozen=True)
class TuningConfig:
    """How a model is tuned."""

    steps: int = 500
    rate: float = 1e-3
    """Of the text tower."""
    seeing_rate: float = 1.2e-4
    """Of the picture tower's last layer, norm and projection."""
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
    """A module that is tuned on what goes into its picture tower's last layer."""

    def __init__(
        self, module: Any, data: Dataset, states: LockedStates, tokenizer: Tokenizer, config: TuningConfig
    ) -> None:
        self.module, self.data, self.states, self.tokenizer, self.config = module, data, states, tokenizer, config
        self.before = copy.deepcopy(module).eval().requires_grad_(False)
        module.requires_grad_(False)
        seeing, reading = tuned_names(module)
        named = dict(module.named_parameters())
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [named[n].requires_grad_() for n in names], "full": rate}
                for names, rate in ((reading, config.rate), (seeing, config.seeing_rate))
            ],
            lr=config.rate,
            betas=(0.9, 0.98),
            weight_decay=0.0,
        )
        self.device = next(module.parameters()).device
        self.asked: dict[str, float] = {}
        self.true: dict[str, float] = {}

    def tune(self, notify: Callable[[str], None] = lambda line: None) -> None:
        """Changes the module in place."""
        order: list[int] = []
        members = self.states.members()
        for step in range(self.config.steps):
            rng = np.random.default_rng((self.config.seed, step))
            while len(order) < self.config.groups:
                order += [members[i] for i in rng.permutation(len(members))]
            now, order = order[: self.config.groups], order[self.config.groups :]
            share = min(1.0, (step + 1) / 40) * 0.5 * (1 + math.cos(math.pi * step / self.config.steps))
            for part in self.optimiser.param_groups:
                part["lr"] = share * part["full"]
            terms = self.step(now, rng)
            if step % 50 == 0 or step + 1 == self.config.steps:
                notify(f"step {step}: " + ", ".join(f"{n} {v:.4f}" for n, v in terms.items()))

    def step(self, members: Sequence[int], rng: np.random.Generator) -> dict[str, float]:
        """Returns the loss's terms of a step on those scenes."""
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
            seen = after_last(self.module.visual, states)
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
        nn.utils.clip_grad_norm_([p for part in self.optimiser.param_groups for p in part["params"]], 1.0)
        self.optimiser.step()
        return {n: float(v.detach()) for n, v in terms.items()}

    def _prior(self, asked: Asked) -> Tensor:
        """Logarithms [T] of how often a text of its kind is true, as seen so far: what is seldom true counts more."""
        for name, truth in zip(asked.about, asked.truth.T, strict=True):
            known = truth[~np.isnan(truth)]
            self.asked[name] = self.asked.get(name, 10.0) + len(known)
            self.true[name] = self.true.get(name, 1.0) + float(known.sum())
        return torch.tensor([math.log(max(self.true[n] / self.asked[n], 0.01)) for n in asked.about])


def quick(device: torch.device) -> AbstractContextManager[Any]:
    """Returns the context of half precision where that is faster."""
    return torch.autocast(device.type, torch.bfloat16) if half_precision(device) else nullcontext()


def tuned_names(module: Any) -> tuple[list[str], list[str]]:
    """Returns the names of the parameters that are tuned: of the picture tower its last layer and what follows it, and the text tower's."""
    last = f"visual.transformer.resblocks.{len(module.visual.transformer.resblocks) - 1}."
    names = [n for n, _ in module.named_parameters() if n != "logit_scale"]
    return [n for n in names if n.startswith((last, "visual.ln_post.", "visual.proj"))], [
        n for n in names if not n.startswith("visual.")
    ]


@torch.no_grad()
def look(
    module: Any,
    config: ModelConfig,
    data: Dataset,
    members: Sequence[int],
    states: LockedStates,
    notify: Callable[[str], None] = lambda line: None,
) -> None:
    """Adds to ``states`` what goes into the picture tower's last layer of all pictures of each of those scenes."""
    device = next(module.parameters()).device
    for count, i in enumerate(members):
        pictures = torch.tensor(data.group(i).pictures, device=device)
        with quick(device):
            found = before_last(module.visual, normalised(pictures, config.mean, config.std))
        states[i] = found.float().cpu().numpy()
        if count % 200 == 199:
            notify(f"{count + 1} of {len(members)} scenes looked at")


def tune_model(
    model: Path,
    folders: Sequence[Path],
    out: Path,
    device: torch.device,
    config: TuningConfig,
    scenes: int = 3000,
    lively: int | None = None,
    notify: Callable[[str], None] = lambda line: None,
) -> tuple[int, float]:
    """Returns the bytes of the model folder ``out`` and its agreement (``export.write_model``): the averaged weights of a run, or an
    exported model, tuned on as many ``scenes`` of the data that a run on it learns from; from then on it computes ``lively`` patches
    (None: as many as before).

    Raises SettingsError when model and data cannot be read or do not fit together.
    """
    settings, tokenizer, module = module_of(model)
    if lively is not None:
        settings = replace(settings, model=replace(settings.model, lively=lively))
        leave_out(module.visual, lively)
    module.to(device).eval()
    data = Dataset(folders, settings.model.image_size)
    members = spread(held_out(data)[0], scenes)
    notify(f"looking at {len(members)} scenes, on {device.type}")
    out.mkdir(parents=True, exist_ok=True)
    states = LockedStates(out)
    look(module, settings.model, data, members, states, notify)
    Tuner(module, data, states, tokenizer, config).tune(notify)
    module.cpu().load_state_dict(made_neutral(module.state_dict(), tokenizer))
    before: dict[str, Any] = {}
    if (model / MODEL_CONFIG).is_file():
        before = json.loads((model / MODEL_CONFIG).read_text(encoding="utf-8"))["training"]
    tuned = asdict(config) | {"scenes": len(members), "lively": settings.model.lively}
    told = before | {"tuned": tuned, "config": settings.plain()}
    return write_model(out, module, settings, tokenizer_path(model), told, notify)
