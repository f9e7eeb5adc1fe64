"""Tuning: the text tower and the picture tower's last projection learn on, from pictures that the rest of it looked at once (after
locked-image tuning, Zhai et al. 2022).

A step of a whole run reads some 400 texts and looks at 300 pictures, and nearly all of its time is the pictures'. So texts have learnt
less of what the pictures say than is there. With the layers of the picture tower locked a step costs a twentieth, and of each scene all
that can be said of a thing is asked: of every picture, which relations hold rather than those that do not, and of each sentence,
which pictures it is true of; one fact with ten nouns, and with ten colours; and whatever else can be said.
"""

from __future__ import annotations

import copy
import json
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..guidance.clip.templates import SHORT, wordings
from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .augmentation import normalised
from .batches import Tokenizer
from .captions import statements
from .checkpoint import tokenizer_path
from .choices import CHOICES, View, view_of
from .data import Dataset, Group
from .export import write_model
from .learner import half_precision
from .loss import first_loss, rank_loss
from .mixing import module_of
from .model import MODEL_CONFIG, ModelConfig, encode_texts, looked_at, projected, trim, unit_vectors
from .neutral import made_neutral, pictured_nouns
from .nouns import kin
from .plain_texts import (
    NEUTRAL,
    anchor_words,
    noun_of,
    other_colours,
    other_nouns,
    phrase,
    target_words,
    with_article,
)  # fmt: skip
from .validation import held_out, spread


@dataclass(frozen=True)
class TuningConfig:
    """How a model is tuned."""

    steps: int = 350
    rate: float = 1e-3
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


@dataclass(frozen=True, eq=False)
class Asked:
    """Texts about one scene and how true they are of its pictures, [K, T]: 1, 0 or NaN; what each is about."""

    texts: list[str]
    truth: Array
    about: list[str]


def wording(template: str, text: str) -> str:
    """Returns a text in a template's words."""
    return wordings(text, [template])[0]


def relation_texts(group: Group, view: View, r: np.random.Generator, config: TuningConfig) -> Asked | None:
    """Returns all that can be said of how the target is to one thing, or two, of a scene."""
    facts = view.facts
    if not facts:
        return None
    chosen = group.facts[facts[int(r.integers(len(facts)))]]
    anchors = set(chosen.anchors)
    target = NEUTRAL if r.random() < config.neutral else str(target_words(group))
    template = SHORT[int(r.integers(len(SHORT)))]
    said, columns, about = list[str](), list[Array](), list[str]()
    by_name: dict[str, list[int]] = {}
    for i, fact in enumerate(group.facts):
        if fact.what == "relation" and set(fact.anchors) <= anchors and np.isfinite(view.margins[:, i]).any():
            by_name.setdefault(fact.name, []).append(i)
    where = " and ".join(str(anchor_words(group, a)) for a in chosen.anchors)
    for name, indices in by_name.items():
        several = int(load_vocabulary().relations[name]["anchors"]) > 1
        if len(indices) < (1 if several else len(anchors)):
            continue
        margins = view.margins[:, indices]
        # Of two anchors a relation of one is true where it holds of both and false where of neither.
        truth = np.where((margins >= 0).all(1), 1.0, np.where((margins < 0).all(1), 0.0, np.nan))
        forms = load_vocabulary().relations[name]["phrases"]
        words_of = phrase(name) if r.random() >= config.synonyms else str(forms[int(r.integers(len(forms)))])
        said.append(wording(template, f"{with_article(target)} {words_of} {where}"))
        columns.append(truth)
        about.append(name)
    if len(said) < 4:
        return None
    truth = np.stack(columns, 1)
    truth[~view.seen] = np.nan
    return Asked(said, truth, about)


def name_texts(group: Group, view: View, r: np.random.Generator, colours: bool) -> Asked | None:
    """Returns one relation of the target in ten sentences that differ in its noun, or in its colour; the first is true wherever the
    relation holds."""
    target, usable = group.target, [i for i in view.facts if (view.holds(i) & view.seen).any()]
    if not usable or target.noun is None or target_words(group) != target.noun:
        return None
    fact = group.facts[at := usable[int(r.integers(len(usable)))]]
    if colours:
        if target.colour is None or target.colour in {t.colour for t in group.things}:
            return None
        named = [f"{c} {noun_of(target)}" for c in (target.colour, *other_colours(group, CHOICES - 1, r))]
    else:
        named = [target.noun, *other_nouns(group, pictured_nouns(), CHOICES - 1, r, kin)]
    if len(named) < CHOICES:
        return None
    template, where = (
        SHORT[int(r.integers(len(SHORT)))],
        " and ".join(str(anchor_words(group, a)) for a in fact.anchors),
    )
    texts = [wording(template, f"{with_article(n)} {phrase(fact.name)} {where}") for n in named]
    truth = np.zeros((len(view.margins), len(texts)))
    truth[:, 0] = 1.0
    truth[~(view.holds(at) & view.seen)] = np.nan
    return Asked(texts, truth, ["colour" if colours else "noun"] * len(texts))


TUNED = ("visual.ln_post.weight", "visual.ln_post.bias", "visual.proj")
"""What is tuned of the picture tower; of the others all but the temperature is the text tower's."""


class Tuner:
    """A module that is tuned on the ``means`` [K, C] of the patches of the pictures of scenes, by their place in the data."""

    def __init__(
        self, module: Any, data: Dataset, means: dict[int, Array], tokenizer: Tokenizer, config: TuningConfig
    ) -> None:
        self.module, self.data, self.means, self.tokenizer, self.config = module, data, means, tokenizer, config
        self.before = copy.deepcopy(module).eval().requires_grad_(False)
        module.requires_grad_(False)
        self.tuned = [p for n, p in module.named_parameters() if n in TUNED or not n.startswith(("visual.", "logit_"))]
        for p in self.tuned:
            p.requires_grad_(True)
        self.optimiser = torch.optim.AdamW(self.tuned, lr=config.rate, betas=(0.9, 0.98), weight_decay=0.0)
        self.device = next(module.parameters()).device
        self.asked: dict[str, float] = {}
        self.true: dict[str, float] = {}

    def tune(self, notify: Callable[[str], None] = lambda line: None) -> None:
        """Changes the module in place."""
        order: list[int] = []
        members = sorted(self.means)
        for step in range(self.config.steps):
            rng = np.random.default_rng((self.config.seed, step))
            while len(order) < self.config.groups:
                order += [members[i] for i in rng.permutation(len(members))]
            now, order = order[: self.config.groups], order[self.config.groups :]
            rate = (
                self.config.rate * min(1.0, (step + 1) / 40) * 0.5 * (1 + math.cos(math.pi * step / self.config.steps))
            )
            for part in self.optimiser.param_groups:
                part["lr"] = rate
            terms = self.step(now, rng)
            if step % 50 == 0 or step + 1 == self.config.steps:
                notify(f"step {step}: " + ", ".join(f"{n} {v:.4f}" for n, v in terms.items()))

    def step(self, members: Sequence[int], rng: np.random.Generator) -> dict[str, float]:
        """Returns the loss's terms of a step on those scenes."""
        asked: list[tuple[int, Asked]] = []
        captions: list[tuple[int, Asked]] = []
        for i in members:
            made = self.data.group(i)
            view = view_of(made)
            found = [relation_texts(made.group, view, rng, self.config)]
            found += [name_texts(made.group, view, rng, colours) for colours in (False, True)]
            asked += [(i, a) for a in found if a is not None]
            said = statements(made.group, made.margin, made.visible, rng, self.config.said)
            truths = np.stack([s.truth for s in said], 1)
            captions.append((i, Asked([s.text for s in said], truths, ["captions"] * len(said))))
        texts = [t for _, a in asked for t in a.texts]
        asked += captions
        tokens = trim(self.tokenizer([t for _, a in asked for t in a.texts])).to(self.device)
        with quick(self.device):
            read = encode_texts(self.module, tokens)
            with torch.no_grad():
                was = encode_texts(self.before, tokens[len(texts) :])
            means = torch.from_numpy(np.concatenate([self.means[i] for i in members])).float().to(self.device)
            seen = unit_vectors(projected(self.module.visual, means)).split([len(self.means[i]) for i in members])
        kept = 1 - (read[len(texts) :] * was).sum(-1).mean()
        pictures = dict(zip(members, seen, strict=True))
        costs: defaultdict[str, list[Tensor]] = defaultdict(list)
        for (i, a), vectors in zip(asked, read.split([len(a.texts) for _, a in asked]), strict=True):
            truth = torch.from_numpy(a.truth).float().to(self.device)
            logits = self.config.sharpness * pictures[i] @ vectors.T
            if a.about[0] in ("noun", "colour"):
                costs[a.about[0]].append(rank_loss(logits, truth))
            elif a.about[0] == "captions":
                costs["captions"].append(0.5 * (rank_loss(logits, truth) + rank_loss(logits.T, truth.T)))
            else:
                costs["relations"].append(rank_loss(logits, truth, self._prior(a).to(self.device)))
                costs["pictures"].append(rank_loss(logits.T, truth.T))
                costs["first"].append(first_loss(logits.T, truth.T))
        terms = {n: torch.stack(c).mean() for n, c in costs.items()} | {"keep": kept}
        weights = asdict(self.config) | dict.fromkeys(("noun", "colour"), self.config.names)
        total = torch.stack([weights[n] * value for n, value in terms.items()]).sum()
        self.optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.tuned, 1.0)
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


@torch.no_grad()
def picture_means(
    module: Any,
    config: ModelConfig,
    data: Dataset,
    members: Sequence[int],
    notify: Callable[[str], None] = lambda line: None,
) -> dict[int, Array]:
    """Returns the means [K, C] float16 of the patches of all pictures of each of those scenes, by its place in the data."""
    device, found = next(module.parameters()).device, dict[int, Array]()
    for count, i in enumerate(members):
        pictures = torch.tensor(data.group(i).pictures, device=device)
        with quick(device):
            seen = looked_at(module.visual, normalised(pictures, config.mean, config.std))
        found[i] = seen.mean.float().cpu().numpy().astype(np.float16)
        if count % 200 == 199:
            notify(f"{count + 1} of {len(members)} scenes looked at")
    return found


def tune_model(
    model: Path,
    folders: Sequence[Path],
    out: Path,
    device: torch.device,
    config: TuningConfig,
    scenes: int = 3000,
    notify: Callable[[str], None] = lambda line: None,
) -> tuple[int, float]:
    """Returns the bytes of the model folder ``out`` and its agreement (``export.write_model``): the averaged weights of a run, or an
    exported model, tuned on as many ``scenes`` of the data that a run on it learns from.

    Raises SettingsError when model and data cannot be read or do not fit together.
    """
    settings, tokenizer, module = module_of(model)
    module.to(device).eval()
    data = Dataset(folders, settings.model.image_size)
    members = spread(held_out(data)[0], scenes)
    notify(f"looking at {len(members)} scenes, on {device.type}")
    means = picture_means(module, settings.model, data, members, notify)
    Tuner(module, data, means, tokenizer, config).tune(notify)
    module.cpu().load_state_dict(made_neutral(module.state_dict(), tokenizer))
    before: dict[str, Any] = {}
    if (model / MODEL_CONFIG).is_file():
        before = json.loads((model / MODEL_CONFIG).read_text(encoding="utf-8"))["training"]
    told = before | {"tuned": asdict(config) | {"scenes": len(members)}, "config": settings.plain()}
    return write_model(out, module, settings, tokenizer_path(model), told, notify)
