"""The training run: steps, averaged weights, validation, log, and checkpoints from which it goes on exactly."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..errors import SettingsError
from .augmentation import augmented
from .batches import Batch, BatchMaker, Captions, Speaker, stream, tokenizer_of, vocabulary_of
from .checkpoint import (
    CONFIG,
    RunState,
    append_log,
    cut_log,
    load_checkpoint,
    read_run,
    save_checkpoint,
    tokenizer_path,
    weights_of,
    write_run,
)
from .data import Dataset
from .fit_config import FitConfig, OptimiserConfig
from .heads import Heads
from .loss import Temperatures, sigmoid_loss, total_loss
from .model import (
    POSITIONS,
    Seen,
    all_alike,
    build_model,
    decayed,
    encode_texts,
    looked_at,
    projected,
    resized_positions,
    spread_out,
    unit_vectors,
)
from .regions import shares, voice_loss
from .validation import PlainFacts, held_out, validate


@dataclass(frozen=True)
class Span:
    """How long a run is: steps or minutes of all its pieces together. ``pause``: minutes after which this piece ends."""

    steps: int = 0
    minutes: float = 0.0
    pause: float = math.inf

    def __post_init__(self) -> None:
        if (self.steps > 0) == (self.minutes > 0):
            raise SettingsError("a run is so many steps or so many minutes long; give one of --steps and --minutes")

    def share(self, state: RunState) -> float:
        """Returns how much of the run is done, 0 to 1."""
        return min(state.step / self.steps if self.steps else state.seconds / (60 * self.minutes), 1.0)


def learning_rate(config: OptimiserConfig, share: float) -> float:
    """Returns the rate when that share of the run is done: a linear rise, then half a cosine."""
    if share < config.warmup:
        return config.rate * max(share / config.warmup, 0.01)
    fall = 0.5 * (1 + math.cos(math.pi * (share - config.warmup) / (1 - config.warmup)))
    return config.rate * (config.floor + (1 - config.floor) * fall)


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


class Learner:
    """The model, its averaged copy, the loss's temperatures and the optimiser."""

    def __init__(self, config: FitConfig, vocabulary: int, device: torch.device, compiled: bool = False) -> None:
        self.config, self.device = config, device
        self.module = build_model(config.model, vocabulary, config.seed).to(device)
        self.average = copy.deepcopy(self.module).eval().requires_grad_(False)
        self.look = torch.compile(looked_at) if compiled else looked_at
        self.temperatures = Temperatures().to(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            width = config.model.vision_width
            self.heads = Heads(config.model.embed_dim, (width, width)).to(device)
        self.named = dict(self.module.named_parameters()) | {
            f"temperatures.{n}": p for n, p in self.temperatures.named_parameters()
        }
        self.named |= {f"heads.{n}": p for n, p in self.heads.named_parameters()}
        matrices = set(decayed(self.module)[0])
        parts = [[p for n, p in self.named.items() if (n in matrices) is decay] for decay in (True, False)]
        rates = [
            {"params": parts[0], "weight_decay": config.optimiser.decay},
            {"params": parts[1], "weight_decay": 0.0},
        ]
        first, second = config.optimiser.betas
        self.optimiser = torch.optim.AdamW(
            rates, config.optimiser.rate, (first, second), fused=device.type in ("cpu", "cuda")
        )
        self.half = half_precision(device)

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """The context in which the network computes."""
        # On a CPU the fused attention's backward pass takes several times as long as plain products: texts are short.
        plain = sdpa_kernel(SDPBackend.MATH) if self.device.type == "cpu" else nullcontext()
        with plain, torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext():
            yield

    def step(self, batch: Batch, number: int, share: float) -> dict[str, Tensor]:
        """Returns the loss's terms and the gradient's norm, each ``scalar``, after step ``number``.

        ``share``: how much of the run is done, which decides the learning rate.
        """
        model = self.config.model
        raw = batch.pictures.to(self.device, non_blocking=True)
        pictures = augmented(raw, batch.changes, model.mean, model.std)
        tokens = batch.tokens.to(self.device, non_blocking=True)
        with self.autocast():
            if number == 0 and len(tokens) and all_alike(self.module, tokens):
                spread_out(self.module, pictures, tokens)
            seen: Seen = self.look(self.module.visual, pictures)
            read = encode_texts(self.module, tokens) if len(tokens) else None
            parts = self._parts(batch, seen)
        total, terms = self._cost(batch, seen, parts, read)
        # Parameters that nothing asked get a gradient of zero, so that the optimiser's state is the same for all settings.
        total = total + 0 * sum(p.sum() for p in self.named.values())
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.named.values(), self.config.optimiser.clip)
        for part in self.optimiser.param_groups:
            part["lr"] = learning_rate(self.config.optimiser, share)
        self.optimiser.step()
        self._follow(number)
        return terms | {"loss": total.detach(), "gradient": norm.detach()}

    def _parts(self, batch: Batch, seen: Seen) -> Parts:
        regions, side = batch.regions.to(self.device), seen.inner[0].shape[-1]
        target, with_target = shares(regions.target, batch.changes.frame, side)
        anchor, with_anchor = shares(regions.anchor, batch.changes.frame, side)
        both = with_target & with_anchor

        def vectors(weight: Tensor, of: Tensor) -> Tensor:
            means = (seen.patches[of].float() * weight[of, :, None]).sum(1)
            return unit_vectors(projected(self.module.visual, means))

        return Parts(
            (with_target, vectors(target, with_target)), (with_anchor, vectors(anchor, with_anchor)),
            (both, vectors((target + anchor) / 2, both)),
        )  # fmt: skip

    def _cost(self, batch: Batch, seen: Seen, parts: Parts, read: Tensor | None) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of everything that is asked, and its terms."""
        loss, heads, right = self.config.loss, self.heads, batch.answers.to(self.device)
        whole = unit_vectors(seen.output)
        total, terms, asked = whole.new_zeros(()), dict[str, Tensor](), dict[str, tuple[float, Tensor]]()
        if read is not None:
            truth, group, own = (t.to(self.device, non_blocking=True) for t in (batch.truth, batch.group, batch.own))
            regions, scale = batch.regions.to(self.device), self.named["logit_scale"]
            total, terms = total_loss(loss, whole @ read.T, truth, group, own, self.temperatures, scale)
            for name, (of, part), known in (
                ("target", parts.target, regions.target_truth), ("both", parts.both, truth),
            ) if loss.parts else ():  # fmt: skip
                if not len(part):
                    continue
                cost, found = total_loss(loss, part @ read.T, known[of], group[of], own[of], self.temperatures, scale)
                total = total + loss.parts * cost
                terms |= {f"{name}.{n}": value for n, value in found.items()}
            of, part = parts.anchor
            logits = self.temperatures(part @ read.T)
            asked["anchor"] = (
                loss.other_part, sigmoid_loss(logits, regions.anchor_truth[of], own[of], loss.elsewhere),
            )  # fmt: skip
            asked["words"] = (loss.words, heads.texts(read, batch.said.to(self.device)))
        asked["present"] = (loss.words, heads.whole(whole, right))
        (of, part), (also, other) = parts.target, parts.anchor
        asked["heads"] = (loss.heads, heads.target(part, right, of) + heads.anchor(other, right, also))
        shown = right.cells.framed(batch.changes.frame)
        asked["cells"] = (loss.cells, heads.cells(seen.inner, shown))
        voice = voice_loss(
            seen.patches, batch.regions.voice.to(self.device), batch.changes.frame, seen.inner[0].shape[-1]
        )
        asked["voice"] = (loss.voice, voice)
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
        for name, parameter in self.named.items():
            found |= {f"optimiser.{k}.{name}": t for k, t in self.optimiser.state[parameter].items()}
        return found

    def take_over(self, tensors: dict[str, Tensor]) -> None:
        """Begins with the averaged weights that another run's ``tensors`` returned, each of any shape such as [N, D].

        That run may have had pictures of another size, and may be an exported model. Raises SettingsError when the models differ otherwise.
        """
        found = {n.removeprefix("average."): t for n, t in tensors.items() if n.startswith("average.")}
        wanted = len(self.module.state_dict()[POSITIONS])
        try:
            found[POSITIONS] = resized_positions(found[POSITIONS], wanted)
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
            for name, parameter in self.named.items():
                for key in ("step", "exp_avg", "exp_avg_sq"):
                    value = tensors[f"optimiser.{key}.{name}"]
                    like = parameter if key != "step" else value
                    self.optimiser.state[parameter][key] = torch.empty_like(like).copy_(value).to(self.device)
        except (KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"the checkpoint does not fit the run's settings ({reason}); start it anew") from None


def start_run(folder: Path, config: FitConfig, make_tokenizer: Callable[[Path], object]) -> None:
    """Makes the folder of a new run. Raises SettingsError when it already holds one."""
    if (folder / CONFIG).exists():
        raise SettingsError(f"'{folder}' already holds a run; go on with --resume or choose another --out")
    folder.mkdir(parents=True, exist_ok=True)
    make_tokenizer(tokenizer_path(folder))
    write_run(folder, config)


def fit(
    folder: Path,
    data: Dataset,
    span: Span,
    device: torch.device,
    resume: bool = False,
    speaker: Speaker | None = None,
    notify: Callable[[str], None] = lambda line: None,
    start: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    compiled: bool = False,
) -> RunState:
    """Returns where the run of a folder stands after it ended, paused or was stopped; a checkpoint says the same.

    The folder was made by ``start_run``. ``start``: another run whose averaged weights this one begins with, instead of
    random ones. ``stop`` is asked after each step. ``compiled``: torch compiles the picture tower first (needs a C++
    compiler; minutes that pay off in a long run). Raises SettingsError when data, settings
    and checkpoint do not fit together.
    """
    config = read_run(folder)
    judge: Speaker = speaker or PlainFacts()
    tokenizer: Any = tokenizer_of(tokenizer_path(folder), config.model.context)
    size = data.group(0).pictures.shape[1]
    if size != config.model.image_size:
        raise SettingsError(
            f"the pictures have {size} pixels and the model takes {config.model.image_size}; make them fit"
        )
    members, looked_at = held_out(data)
    maker = BatchMaker(data, members, config.batch, config.augment, tokenizer, config.seed, speaker or Captions())
    learner = Learner(config, vocabulary_of(tokenizer), device, compiled)
    state = RunState(steps=span.steps, minutes=span.minutes)
    if start is not None and not resume:
        learner.take_over(weights_of(start))
    if resume:
        before, tensors = load_checkpoint(folder)
        state = replace(before, steps=span.steps, minutes=span.minutes, finished=False)
        learner.load(tensors)
        cut_log(folder, state.step)
    run = _Run(folder, config, span, learner, state, notify)
    batches = stream(maker, state.step)
    try:
        while span.share(run.state) < 1 and not stop() and run.minutes() < span.pause:
            run.step(next(batches))
            if run.state.step % config.watch.validate == 0 or span.share(run.state) >= 1:
                run.validate(data, _spread(looked_at, config.watch.groups), judge, tokenizer)
            run.save_now_and_then()
    finally:
        batches.close()  # type: ignore[attr-defined]
    run.state = replace(run.state, finished=span.share(run.state) >= 1)
    run.save()
    return run.state


def _spread(members: Sequence[int], count: int) -> list[int]:
    """As many of them as asked for, evenly from the whole list."""
    return [members[i * len(members) // count] for i in range(count)] if count < len(members) else list(members)


class _Run:
    """One piece of a run: the clock, the log and the checkpoints around the learner."""

    def __init__(
        self,
        folder: Path,
        config: FitConfig,
        span: Span,
        learner: Learner,
        state: RunState,
        notify: Callable[[str], None],
    ) -> None:
        self.folder, self.config, self.span, self.learner, self.notify = folder, config, span, learner, notify
        self.state, self.before = state, state
        self.began = self.saved = self.told = time.monotonic()
        self.sums: dict[str, Tensor] = {}
        self.steps = self.pictures = 0

    def minutes(self) -> float:
        return (time.monotonic() - self.began) / 60

    def step(self, batch: Batch) -> None:
        share = self.span.share(self.state)
        for name, value in self.learner.step(batch, self.state.step, share).items():
            self.sums[name] = self.sums.get(name, torch.zeros_like(value)) + value
        self.steps, self.pictures = self.steps + 1, self.pictures + len(batch.pictures)
        self.state = replace(
            self.state,
            step=self.state.step + 1,
            seconds=self.before.seconds + time.monotonic() - self.began,
            pictures=self.state.pictures + len(batch.pictures),
        )
        if self.state.step % self.config.watch.log == 0 or self.span.share(self.state) >= 1:
            self._tell(learning_rate(self.config.optimiser, share))

    def _tell(self, rate: float) -> None:
        losses = {name: float(value) / self.steps for name, value in self.sums.items()}
        if not math.isfinite(losses["loss"]):
            raise SettingsError(
                f"the loss is no number at step {self.state.step}; resume from the checkpoint with a lower optimiser.rate"
            )
        now = time.monotonic()
        speed = self.pictures / max(now - self.told, 1e-6)
        line = {"step": self.state.step, "seconds": round(self.state.seconds, 1), "seen": self.state.pictures}
        append_log(self.folder, line | losses | {"rate": rate, "pictures_per_second": round(speed, 1)})
        self.notify(
            f"step {self.state.step} ({self.span.share(self.state):.1%}): loss {losses['loss']:.4f}, {speed:.0f} pictures/s"
        )
        self.sums, self.steps, self.pictures, self.told = {}, 0, 0, now

    def validate(self, data: Dataset, members: list[int], speaker: Speaker, tokenizer: Any) -> None:
        started = time.monotonic()
        with self.learner.autocast():
            learner = self.learner
            found = validate(
                learner.average,
                self.config.model,
                data,
                members,
                speaker,
                tokenizer,
                learner.device,
                heads=learner.heads,
            )
        append_log(self.folder, {"step": self.state.step, "validation": found})
        means = [f"{name} {shares['mean']:.3f}" for name, shares in found.items() if "mean" in shares]
        means += [f"{name} of cells {share:.3f}" for name, share in found["cells"].items()]
        self.notify(f"step {self.state.step}: right on held-out groups: {', '.join(means)}")
        self.told += time.monotonic() - started

    def save_now_and_then(self) -> None:
        if time.monotonic() - self.saved > 60 * self.config.watch.checkpoint:
            self.save()

    def save(self) -> None:
        save_checkpoint(self.folder, self.state, self.learner.tensors())
        self.saved = time.monotonic()
