"""A model is tuned: what its locked layers see of the scenes, the steps, checkpoints to go on from, and the folder that comes of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingsError
from ..guidance.clip.lively_patches import leave_out
from .checkpoint import CHECKPOINT, RunState, load_checkpoint, save_checkpoint, tokenizer_path
from .data import Dataset
from .export import write_model
from .fit_config import FitConfig
from .locked import LockedStates, look
from .mixing import Mix, mixed, module_of
from .model import MODEL_CONFIG
from .neutral import made_neutral
from .together import Helpers, check_device, share_of
from .tuning import Tuner, TuningConfig
from .validation import held_out, spread

MINUTES = 10.0
"""Between two checkpoints."""
MOMENTS = ("exp_avg", "exp_avg_sq")
"""What Adam remembers of a parameter."""


@dataclass(frozen=True, eq=False)
class TuningLesson:
    """What is tuned, on what. ``config`` is that of one process; ``step``: where it goes on; states lie in ``out`` meanwhile."""

    model: Path
    folders: list[Path]
    out: Path
    device: str
    config: TuningConfig
    scenes: int
    lively: int | None
    step: int

    def part(self, rank: int, count: int, notify: Callable[[str], None] = lambda line: None) -> TuningPart:
        """Returns what process ``rank`` of ``count`` does. Raises SettingsError when model and data cannot be read or do not fit
        together."""
        return TuningPart(self, rank, count, notify)


class TuningPart:
    """A tuner with scenes of its own."""

    def __init__(self, lesson: TuningLesson, rank: int, count: int, notify: Callable[[str], None]) -> None:
        self.settings, tokenizer, module = tuned_module(lesson.model, lesson.config.layers, lesson.lively)
        device = torch.device(lesson.device)
        module.to(device).eval()
        data = Dataset(lesson.folders, self.settings.model.image_size)
        self.members = spread(held_out(data)[0], lesson.scenes)
        if len(self.members) < count:
            raise SettingsError(f"{count} processes share {len(self.members)} scenes; take fewer --processes")
        own = self.members[rank::count]
        notify(f"looking at {len(self.members)} scenes, on {device.type}")
        states = LockedStates(lesson.out)
        look(module, self.settings.model, data, own, states, lesson.config.layers, notify)
        self.tuner = Tuner(module, data, states, tokenizer, lesson.config)
        self.tokenizer, self.named, self.rank, self.step = tokenizer, self.tuner.named, rank, lesson.step
        self.terms: dict[str, float] = {}

    def gradient(self, share: float) -> int:
        """Returns how many pictures it learnt from, as ``together.Part`` says."""
        now = self.tuner.scenes(self.step)
        rng = np.random.default_rng((self.tuner.config.seed, self.step, self.rank))
        self.terms = self.tuner.gradient(now, rng)
        self.step += 1
        return sum(self.tuner.states.count(i) for i in now)

    def close(self) -> None:
        """Nothing is left to end: the states go with it."""


def tuned_module(model: Path, layers: int, lively: int | None) -> tuple[FitConfig, Any, Any]:
    """Returns the settings, the tokenizer and the network that is to be tuned. Raises SettingsError."""
    settings, tokenizer, module = module_of(model)
    if layers > settings.model.vision_layers:
        raise SettingsError(
            f"{layers} layers are to be tuned and the picture tower has {settings.model.vision_layers}; give 1 to that"
        )
    if lively is not None:
        settings = replace(settings, model=replace(settings.model, lively=lively))
        leave_out(module.visual, lively)
    return settings, tokenizer, module


def tune_model(
    model: Path,
    folders: Sequence[Path],
    out: Path,
    device: torch.device,
    config: TuningConfig,
    scenes: int = 3000,
    lively: int | None = None,
    notify: Callable[[str], None] = lambda line: None,
    processes: int = 1,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    mix: Mix | None = None,
) -> tuple[int, float] | None:
    """Returns the bytes of the model folder ``out`` and its agreement (``export.write_model``): the averaged weights of a run, or an
    exported model, tuned on as many ``scenes`` of the data that a run on it learns from; from then on it computes ``lively`` patches
    (None: as many as before). None when it was stopped: a checkpoint is in ``out`` then, as it is every ten minutes, and with
    ``resume`` it goes on from there.

    ``processes``: how many share the scenes of a step, on the CPU only (``together``). ``stop`` is asked after each step. ``mix``:
    another model, best of another tuning of the same weights, of which a share goes into what is written.
    Raises SettingsError when model and data cannot be read or do not fit together.
    """
    check_device(processes, device)
    if mix is not None:
        module_of(model, mix)  # what cannot be mixed is told before the hour that it takes
    if not resume and (out / CHECKPOINT).exists():
        raise SettingsError(f"'{out}' holds a run that is not finished; go on with --resume or choose another --out")
    begun, tensors = _begun(out, config) if resume else (RunState(steps=config.steps), {})
    own = replace(config, groups=share_of(config.groups, processes))
    out.mkdir(parents=True, exist_ok=True)
    lesson = TuningLesson(model, list(folders), out, str(device), own, scenes, lively, begun.step)
    part = lesson.part(0, processes, notify)
    if tensors:
        _load(part.tuner, tensors, begun.step)
    helpers = Helpers(processes, lesson, part.named) if processes > 1 else None
    try:
        ended = _steps(part, config, begun, helpers, out, notify, stop)
    finally:
        if helpers is not None:
            helpers.close()
    if not ended:
        return None
    module = part.tuner.module.cpu()
    weights = module.state_dict()
    if mix is not None:
        weights = mixed(weights, mix, weights, part.settings.model.patch_size)
    module.load_state_dict(made_neutral(weights, part.tokenizer))
    before: dict[str, Any] = {}
    if (model / MODEL_CONFIG).is_file():
        before = json.loads((model / MODEL_CONFIG).read_text(encoding="utf-8"))["training"]
    tuned = asdict(config) | {"scenes": len(part.members), "lively": part.settings.model.lively}
    tuned |= {"mixed": mix.share} if mix else {}
    tuned |= {"after": before["tuned"]} if "tuned" in before else {}
    told = before | {"tuned": tuned, "config": part.settings.plain()}
    written = write_model(out, module, part.settings, tokenizer_path(model), told, notify)
    (out / CHECKPOINT).unlink(missing_ok=True)
    return written


def _steps(
    part: TuningPart,
    config: TuningConfig,
    begun: RunState,
    helpers: Helpers | None,
    out: Path,
    notify: Callable[[str], None],
    stop: Callable[[], bool],
) -> bool:
    """Whether all steps are done; if not, there is a checkpoint."""
    state, clock = begun, time.monotonic()
    saved, started = clock, clock
    while state.step < config.steps:
        share = state.step / config.steps
        if helpers is not None:
            helpers.begin(share)
        seen = part.gradient(share)
        if helpers is not None:
            seen += helpers.gather()
        part.tuner.apply(state.step)
        if state.step % 50 == 0 or state.step + 1 == config.steps:
            notify(f"step {state.step}: " + ", ".join(f"{n} {v:.4f}" for n, v in part.terms.items()))
        now = time.monotonic()
        seconds = begun.seconds + now - started
        state = replace(state, step=state.step + 1, pictures=state.pictures + seen, seconds=seconds)
        stopped = stop() and state.step < config.steps
        if stopped or now - saved > 60 * MINUTES:
            save_checkpoint(out, state, _tensors(part.tuner))
            saved = now
        if stopped:
            return False
    return True


def _begun(out: Path, config: TuningConfig) -> tuple[RunState, dict[str, Tensor]]:
    """Where a tuning stands. Raises SettingsError when there is none, or it was of another number of steps."""
    state, tensors = load_checkpoint(out)
    if state.steps != config.steps:
        raise SettingsError(f"'{out}' was begun with --steps {state.steps}, not {config.steps}; go on with that")
    return state, tensors


def _tensors(tuner: Tuner) -> dict[str, Tensor]:
    """What is needed to go on, by name; the helpers count anew how often each relation is true."""
    moments = {f"{m}.{n}": tuner.optimiser.state[p][m] for n, p in tuner.named.items() for m in MOMENTS}
    counts = {f"{of}.{n}": torch.tensor(v).double() for of, d in _counts(tuner).items() for n, v in d.items()}
    return {f"model.{n}": p for n, p in tuner.named.items()} | moments | counts


def _counts(tuner: Tuner) -> dict[str, dict[str, float]]:
    return {"asked": tuner.asked, "true": tuner.true}


@torch.no_grad()
def _load(tuner: Tuner, tensors: dict[str, Tensor], step: int) -> None:
    """Raises SettingsError when they are not of that tuner."""
    for of, counts in _counts(tuner).items():
        found = [n for n in tensors if n.startswith(f"{of}.")]
        counts.update({n.removeprefix(f"{of}."): float(tensors.pop(n)) for n in found})
    wanted = {f"{of}.{n}": p.shape for n, p in tuner.named.items() for of in ("model", *MOMENTS)}
    if {n: t.shape for n, t in tensors.items()} != wanted:
        raise SettingsError(
            "the checkpoint is of another model or of other --layers; go on with those it was begun with"
        )
    for name, parameter in tuner.named.items():
        parameter.copy_(tensors[f"model.{name}"])
        kept = {m: tensors[f"{m}.{name}"].to(parameter.device) for m in MOMENTS}
        tuner.optimiser.state[parameter] = {"step": torch.tensor(float(step)), **kept}
