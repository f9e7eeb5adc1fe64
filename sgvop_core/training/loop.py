"""The training run: its pieces, validation, log, and checkpoints from which it goes on exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import SettingsError
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
from .fit_config import FitConfig
from .learner import Learner
from .optimisers import learning_rate
from .together import Helpers, check_device, share_of
from .validation import PlainFacts, choose, held_out, spread, validate


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
    processes: int = 1,
    workers: int = 0,
) -> RunState:
    """Returns where the run of a folder stands after it ended, paused or was stopped; a checkpoint says the same.

    The folder was made by ``start_run``. ``start``: another run whose averaged weights this one begins with, instead of
    random ones. ``stop`` is asked after each step. ``compiled``: torch compiles the picture tower first (needs a C++
    compiler; minutes that pay off in a long run). ``processes``: how many share the groups of a step, on the CPU only
    (``together``). ``workers``: processes that make batches; 0, a thread. Raises SettingsError when data, settings and
    checkpoint do not fit together.
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
    check_device(processes, device)
    if device.type == "cuda":
        # cuDNN plans an attention anew for each shape, and how many texts there are differs from step to step.
        torch.backends.cuda.enable_cudnn_sdp(False)
    config = part_of(config, processes)
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
    helpers = None
    if processes > 1:
        lesson = FitLesson(config, data.folders, data.size, tokenizer_path(folder), speaker or Captions(), state.step)
        helpers = Helpers(processes, lesson, learner.named)
    run = _Run(folder, config, span, learner, state, notify, helpers)
    batches = stream(maker, state.step * processes, processes, workers)
    try:
        while span.share(run.state) < 1 and not stop() and run.minutes() < span.pause:
            run.step(next(batches))
            if run.state.step % config.watch.validate == 0 or span.share(run.state) >= 1:
                run.validate(data, looked_at, judge, tokenizer, "validation")
                run.validate(data, members, judge, tokenizer, "training")
            run.save_now_and_then()
    finally:
        batches.close()  # type: ignore[attr-defined]
        if helpers is not None:
            helpers.close()
    run.state = replace(run.state, finished=span.share(run.state) >= 1)
    run.save()
    return run.state


def part_of(config: FitConfig, count: int) -> FitConfig:
    """Returns the settings of one of ``count`` processes, which takes its part of a step's groups. Raises SettingsError when
    there are too few."""
    return replace(config, batch=replace(config.batch, groups=share_of(config.batch.groups, count)))


@dataclass(frozen=True, eq=False)
class FitLesson:
    """What a run's helpers learn from and as what. ``config`` is that of one process; ``step``: where the run goes on."""

    config: FitConfig
    folders: list[Path]
    size: int | None
    tokenizer: Path
    speaker: Speaker
    step: int

    def part(self, rank: int, count: int) -> FitPart:
        """Returns what process ``rank`` of ``count`` does."""
        return FitPart(self, rank, count)


class FitPart:
    """A learner with batches of its own."""

    def __init__(self, lesson: FitLesson, rank: int, count: int) -> None:
        config = lesson.config
        tokenizer = tokenizer_of(lesson.tokenizer, config.model.context)
        self.learner = Learner(config, vocabulary_of(tokenizer), torch.device("cpu"))
        self.named: Mapping[str, Tensor] = self.learner.named
        data = Dataset(lesson.folders, lesson.size)
        maker = BatchMaker(
            data, held_out(data)[0], config.batch, config.augment, tokenizer, config.seed, lesson.speaker
        )
        self.batches = stream(maker, lesson.step * count + rank, count)

    def gradient(self, share: float) -> int:
        """Returns how many pictures it learnt from, as ``together.Part`` says."""
        batch = next(self.batches)
        self.learner.gradient(batch, share)
        return len(batch.pictures)

    def close(self) -> None:
        """Ends the thread that makes batches."""
        self.batches.close()  # type: ignore[attr-defined]


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
        helpers: Helpers | None,
    ) -> None:
        self.folder, self.config, self.span, self.learner, self.notify = folder, config, span, learner, notify
        self.helpers = helpers
        self.state, self.before = state, state
        self.began = self.saved = self.told = time.monotonic()
        self.sums: dict[str, Tensor] = {}
        self.steps = self.pictures = 0

    def minutes(self) -> float:
        return (time.monotonic() - self.began) / 60

    def step(self, batch: Batch) -> None:
        share = self.span.share(self.state)
        seen, step = len(batch.pictures), self.state.step
        if self.helpers is None:
            terms = self.learner.step(batch, step, share)
        else:
            if step == 0:
                self.learner.prepare(batch)
            self.helpers.begin(share)
            terms = self.learner.gradient(batch, share)
            seen += self.helpers.gather()
            terms["gradient"] = self.learner.apply(step, share)
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, torch.zeros_like(value)) + value
        self.steps, self.pictures = self.steps + 1, self.pictures + seen
        self.state = replace(
            self.state,
            step=self.state.step + 1,
            seconds=self.before.seconds + time.monotonic() - self.began,
            pictures=self.state.pictures + seen,
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

    def validate(self, data: Dataset, members: Sequence[int], speaker: Speaker, tokenizer: Any, name: str) -> None:
        started = time.monotonic()
        looked_at = spread(members, self.config.watch.groups)
        with self.learner.autocast():
            learner = self.learner
            found = validate(
                learner.average,
                self.config.model,
                data,
                looked_at,
                speaker,
                tokenizer,
                learner.device,
                heads=learner.heads,
            )
            chosen = choose(learner.average, self.config.model, data, looked_at, tokenizer, learner.device)
        append_log(self.folder, {"step": self.state.step, name: found | {"choices": chosen}})
        means = [f"{name} {shares['mean']:.3f}" for name, shares in found.items() if "mean" in shares]
        means += [f"{name} of cells {share:.3f}" for name, share in found["cells"].items()]
        means += [f"choice of {name} {shares['mean']:.3f}" for name, shares in chosen.items()]
        which = "held-out groups" if name == "validation" else "groups learnt from"
        self.notify(f"step {self.state.step}: right on {which}: {', '.join(means)}")
        self.told += time.monotonic() - started

    def save_now_and_then(self) -> None:
        if time.monotonic() - self.saved > 60 * self.config.watch.checkpoint:
            self.save()

    def save(self) -> None:
        save_checkpoint(self.folder, self.state, self.learner.tensors())
        self.saved = time.monotonic()
