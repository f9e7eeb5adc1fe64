"""``sgvop train-guidance validate``: what a run or a model tells right of a data set, outside of any run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from .data import Dataset
from .learner import half_precision
from .mixing import Mix, module_of
from .validation import PlainFacts, choose, held_out, spread, validate


def examine(
    model: Path,
    folders: Sequence[Path],
    device: torch.device,
    *,
    mix: Mix | None = None,
    learnt: bool = False,
    groups: int = 400,
    each: int = 100,
    notify: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Returns what a run's validations hold, ``pictures``, ``statements``, ``targets`` and ``choices``, of the averaged weights of a
    run or of an exported model.

    ``mix``: with a share of another's. Of as many ``groups`` of the data as asked for: those that a run on the same data holds out, or
    with ``learnt`` those that it learns from. ``each``: choices of a relation, a noun or a colour at most. Raises SettingsError when
    model and data cannot be read or do not fit together.
    """
    config, tokenizer, module = module_of(model, mix)
    module.to(device).eval()
    data = Dataset(folders, config.model.image_size)
    members, out = held_out(data)
    looked = spread(members if learnt else out, groups)
    kind = "learnt from" if learnt else "held out"
    notify(f"looking at {len(looked)} of {len(members if learnt else out)} groups that are {kind}, on {device.type}")
    half = torch.autocast(device.type, torch.bfloat16) if half_precision(device) else nullcontext()
    with half:
        found = validate(module, config.model, data, looked, PlainFacts(), tokenizer, device)
        chosen = choose(module, config.model, data, looked, tokenizer, device, each)
    return {"groups": len(looked), **found, "choices": chosen}


def table(found: dict[str, Any]) -> list[str]:
    """Returns the figures of ``examine`` as lines: the means, then a row for each relation and what else is ranked."""
    choices = found["choices"]
    means = [f"{name} {found[name]['mean']:.3f}" for name in ("pictures", "statements", "targets") if found[name]]
    means += [f"{name} chosen {shares['mean']:.3f}" for name, shares in choices.items()]
    lines = [f"{found['groups']} groups: " + ", ".join(means), "", "| about | pictures | statements | chosen |"]
    lines.append("| --- | ---: | ---: | ---: |")
    columns = (found["pictures"], found["statements"], choices.get("relation", {}))
    for name in sorted({n for column in columns for n in column} - {"mean"}):
        lines.append(f"| {name} | " + " | ".join(f"{c[name]:.3f}" if name in c else "" for c in columns) + " |")
    return lines
