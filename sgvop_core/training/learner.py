"""What a step of training changes: the network, its averaged copy, the optimiser; and what a step makes small."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import SettingsError
from .augmentation import Changes, augmented
from .batches import Batch
from .fit_config import FitConfig
from .growth import grown
from .heads import Heads
from .loss import Frequencies, Temperatures, sigmoid_loss, total_loss
from .model import (
    Seen,
    all_alike,
    build_model,
    decayed,
    encode_texts,
    looked_at,
    projected,
    spread_out,
    unit_vectors,
)
from .optimisers import Optimisers
from .patches import Kept, among, covered, keep_patches, lively_patches, picked
from .regions import Regions, shares, voice_loss
from .words import words


def half_precision(device: torch.device) -> bool:
    """Returns whether bfloat16 is faster there: CUDA from Ampere on, CPUs with instructions for it."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    known = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return device.type == "cpu" and any(getattr(torch.cpu, name, bool)() for name in known)


@dataclass(frozen=True, eq=False)
class Parts:
    """Which pictures [N] bool show the target, its anchor, and both, and the unit vectors of those parts."""

    target: tuple[Tensor, Tensor]
    anchor: tuple[Tensor, Tensor]
    both: tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Places:
    """Which patches are computed (None: all), and how much of each of them, [N, T], is wanted in the picture's vector, shows
    the target, and its anchor."""

    kept: Kept | None
    voice: Tensor
    target: Tensor
    anchor: Tensor


class Learner:
    """The model, its averaged copy, the loss's temperatures and the optimisers."""

    def __init__(self, config: FitConfig, vocabulary: int, device: torch.device, compiled: bool = False) -> None:
        self.config, self.device = config, device
        self.module = build_model(config.model, vocabulary, config.seed).to(device)
        self.average = copy.deepcopy(self.module).eval().requires_grad_(False)
        self.look = torch.compile(looked_at) if compiled else looked_at
        self.temperatures = Temperatures().to(device)
        self.frequencies = Frequencies(len(words().kinds)).to(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            width = config.model.vision_width
            self.heads = Heads(config.model.embed_dim, (width, width)).to(device)
        self.named = dict(self.module.named_parameters()) | {
            f"temperatures.{n}": p for n, p in self.temperatures.named_parameters()
        }
        self.named |= {f"heads.{n}": p for n, p in self.heads.named_parameters()}
        self.optimisers = Optimisers(config.optimiser, self.named, decayed(self.module)[0], device)
        self.half = half_precision(device)

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """The context in which the network computes."""
        with torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext():
            yield

    def step(self, batch: Batch, number: int, share: float) -> dict[str, Tensor]:
        """Returns the loss's terms and the gradient's norm, each ``scalar``, after step ``number``.

        ``share``: how much of the run is done, which decides the learning rate.
        """
        if number == 0:
            self.prepare(batch)
        terms = self.gradient(batch, share)
        return terms | {"gradient": self.apply(number, share)}

    def prepare(self, batch: Batch) -> None:
        """Spreads the vectors of random weights, before the first step."""
        pictures, tokens = self._inputs(batch)
        with self.autocast():
            if len(tokens) and all_alike(self.module, tokens):
                spread_out(self.module, pictures, tokens)

    def _inputs(self, batch: Batch) -> tuple[Tensor, Tensor]:
        model, raw = self.config.model, batch.pictures.to(self.device, non_blocking=True)
        tokens = batch.tokens.to(self.device, non_blocking=True)
        return augmented(raw, batch.changes, model.mean, model.std), tokens

    def gradient(self, batch: Batch, share: float) -> dict[str, Tensor]:
        """Returns the loss and its terms, each ``scalar``; the parameters' gradients are there then."""
        pictures, tokens = self._inputs(batch)
        with self.autocast():
            places = self._places(pictures, batch.regions.to(self.device), batch.changes, share)
            seen: Seen = self.look(self.module.visual, pictures, places.kept)
            read = encode_texts(self.module, tokens) if len(tokens) else None
            parts = self._parts(places, seen)
        total, terms = self._cost(batch, places, seen, parts, read)
        # Parameters that nothing asked get a gradient of zero, so that the optimiser's state is the same for all settings.
        total = total + 0 * sum(p.sum() for p in self.named.values())
        for parameter in self.named.values():
            parameter.grad = None
        total.backward()
        return terms | {"loss": total.detach()}

    def apply(self, number: int, share: float) -> Tensor:
        """Returns the gradient's norm, ``scalar``, after the optimiser went along it."""
        norm = nn.utils.clip_grad_norm_(self.named.values(), self.config.optimiser.clip)
        self.optimisers.step(share)
        self._follow(number)
        return norm.detach()

    def _places(self, pictures: Tensor, regions: Regions, changes: Changes, share: float) -> Places:
        config, side = self.config.patches, self.config.model.side
        masks = (regions.voice, regions.target, regions.anchor)
        voice, target, anchor = (covered(mask, changes.frame, side) for mask in masks)
        computed, kept = self.config.model.lively or side * side, None
        if self.config.model.lively:
            kept = lively_patches(pictures, self.config.model.patch_size, computed)
            voice, target, anchor = (picked(x, kept) for x in (voice, target, anchor))
        count = max(round(config.keep * computed), 1)
        if share < config.until and count < computed:
            fewer = keep_patches(voice + target > 0, count, changes.seed)
            voice, target, anchor = (picked(x, fewer) for x in (voice, target, anchor))
            kept = fewer if kept is None else among(kept, fewer)
        return Places(kept, voice, target, anchor)

    def _parts(self, places: Places, seen: Seen) -> Parts:
        target, with_target = shares(places.target)
        anchor, with_anchor = shares(places.anchor)
        both = with_target & with_anchor

        def vectors(weight: Tensor, of: Tensor) -> Tensor:
            means = (seen.patches[of].float() * weight[of, :, None]).sum(1)
            return unit_vectors(projected(self.module.visual, means))

        return Parts(
            (with_target, vectors(target, with_target)), (with_anchor, vectors(anchor, with_anchor)),
            (both, vectors((target + anchor) / 2, both)),
        )  # fmt: skip

    def _cost(
        self, batch: Batch, places: Places, seen: Seen, parts: Parts, read: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of everything that is asked, and its terms."""
        loss, heads, right = self.config.loss, self.heads, batch.answers.to(self.device)
        target_truth, anchor_truth = (
            t.to(self.device) for t in (batch.regions.target_truth, batch.regions.anchor_truth)
        )
        whole = unit_vectors(seen.output)
        total, terms, asked = whole.new_zeros(()), dict[str, Tensor](), dict[str, tuple[float, Tensor]]()
        if read is not None:
            truth, group, own = (t.to(self.device, non_blocking=True) for t in (batch.truth, batch.group, batch.own))
            scale = self.named["logit_scale"]
            kind, prior = batch.said.kind.to(self.device), None
            if loss.balance:
                self.frequencies.follow(torch.where(own, truth, torch.nan), kind)
                prior = loss.balance * self.frequencies(kind)
            total, terms = total_loss(loss, whole @ read.T, truth, group, own, self.temperatures, scale, prior)
            for name, (of, part), known in (
                ("target", parts.target, target_truth), ("both", parts.both, truth),
            ) if loss.parts else ():  # fmt: skip
                if not len(part):
                    continue
                cost, found = total_loss(
                    loss, part @ read.T, known[of], group[of], own[of], self.temperatures, scale, prior
                )
                total = total + loss.parts * cost
                terms |= {f"{name}.{n}": value for n, value in found.items()}
            of, part = parts.anchor
            logits = self.temperatures(part @ read.T)
            asked["anchor"] = (
                loss.other_part, sigmoid_loss(logits, anchor_truth[of], own[of], loss.elsewhere),
            )  # fmt: skip
            asked["words"] = (loss.words, heads.texts(read, batch.said.to(self.device)))
        asked["present"] = (loss.present, heads.whole(whole, right))
        (of, part), (also, other) = parts.target, parts.anchor
        asked["facts"] = (loss.facts, heads.facts_of(part, right, of))
        asked["names"] = (loss.names, heads.target(part, right, of) + heads.anchor(other, right, also))
        shown = right.cells.framed(batch.changes.frame)
        with self.autocast():
            asked["cells"] = (loss.cells, heads.cells(seen.inner, shown, self.config.model.side, seen.kept))
        asked["voice"] = (loss.voice, voice_loss(seen.patches, places.voice, seen.kept))
        for name, (weight, cost) in asked.items():
            total, terms[name] = total + weight * cost, cost.detach()
        return total, terms

    @torch.no_grad()
    def _follow(self, number: int) -> None:
        """The average follows; early on it forgets faster, or random weights would stay in it."""
        keep = min(self.config.optimiser.average, (1 + number) / (10 + number))
        mine, theirs = self.average.state_dict(), self.module.state_dict()
        names = [n for n, t in mine.items() if t.is_floating_point()]
        torch._foreach_lerp_([mine[n] for n in names], [theirs[n] for n in names], 1 - keep)

    def tensors(self) -> dict[str, Tensor]:
        """Returns everything that changes, each of any shape such as [N, D], by name."""
        found = {f"model.{n}": t for n, t in self.module.state_dict().items()}
        found |= {f"average.{n}": t for n, t in self.average.state_dict().items()}
        found |= {f"temperatures.{n}": t for n, t in self.temperatures.state_dict().items()}
        found |= {f"heads.{n}": t for n, t in self.heads.state_dict().items()}
        found |= {f"frequencies.{n}": t for n, t in self.frequencies.state_dict().items()}
        return found | {f"optimiser.{n}": t for n, t in self.optimisers.tensors().items()}

    def take_over(self, tensors: dict[str, Tensor]) -> None:
        """Begins with the averaged weights that another run's ``tensors`` returned, each of any shape such as [N, D].

        That run may have had pictures and patches of another size, fewer layers and narrower perceptrons, and may be an exported
        model. Raises SettingsError when the models differ otherwise.
        """
        found = {n.removeprefix("average."): t for n, t in tensors.items() if n.startswith("average.")}
        found = grown(found, self.module.state_dict(), self.config.model.patch_size)
        try:
            self.module.load_state_dict(found)
            self.average.load_state_dict(found)
            for part in ("temperatures", "heads"):
                known = {n.removeprefix(f"{part}."): t for n, t in tensors.items() if n.startswith(f"{part}.")}
                if known:  # a model folder has none
                    getattr(self, part).load_state_dict(known)
        except (KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"the run to start from has another model ({reason}); give its settings") from None

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Takes up what ``tensors`` returned, each of any shape such as [N, D]. Raises SettingsError when it does not fit."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}

        try:
            self.module.load_state_dict(part("model."))
            self.average.load_state_dict(part("average."))
            self.temperatures.load_state_dict(part("temperatures."))
            self.heads.load_state_dict(part("heads."))
            if known := part("frequencies."):  # older runs counted none
                self.frequencies.load_state_dict(known)
            self.optimisers.load(part("optimiser."))
        except (KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"the checkpoint does not fit the run's settings ({reason}); start it anew") from None
