"""The folder of a run: its settings, tokenizer, log and one checkpoint with everything that is needed to go on.

config.json            the settings
tokens.txt.gz          the tokenizer's merges
log.jsonl              one JSON object a line: losses, rates, validations
checkpoint.safetensors tensors by name; its metadata holds the state as JSON
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import SettingsError
from ..wire.atomic import atomic_write
from .fit_config import FitConfig, config_from
from .model import MODEL_CONFIG, TOKENIZER_FILE, WEIGHTS

CONFIG, LOG, CHECKPOINT = "config.json", "log.jsonl", "checkpoint.safetensors"


@dataclass(frozen=True)
class RunState:
    """Where a run stands. All its randomness follows from the seed and the step."""

    step: int = 0
    """Steps done."""
    seconds: float = 0.0
    """Wall-clock time of all pieces of the run together."""
    pictures: int = 0
    """Pictures learnt from, counted each time."""
    steps: int = 0
    """Steps that were asked for, 0 when it was a time."""
    minutes: float = 0.0
    """Minutes that were asked for, 0 when it was a number of steps."""
    finished: bool = False


def write_run(folder: Path, config: FitConfig) -> None:
    """Writes the settings of a new run."""
    atomic_write(folder / CONFIG, (json.dumps(config.plain(), indent=2) + "\n").encode())


def read_run(folder: Path) -> FitConfig:
    """Returns the settings of a run. Raises SettingsError when the folder is not one."""
    try:
        data = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SettingsError(f"'{folder}' is not the folder of a training run; start one with: fit --out") from None
    return config_from(data, str(folder / CONFIG))


def settings_of(folder: Path) -> FitConfig:
    """Returns the settings of a run, or those that an exported model was made with. Raises SettingsError."""
    if (folder / CONFIG).is_file() or not (folder / MODEL_CONFIG).is_file():
        return read_run(folder)
    try:
        data = json.loads((folder / MODEL_CONFIG).read_text(encoding="utf-8"))["training"]["config"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError(f"the model in '{folder}' does not say how it was made; name a run or its export") from None
    return config_from(data, str(folder / MODEL_CONFIG))


def save_checkpoint(folder: Path, state: RunState, tensors: dict[str, Tensor]) -> None:
    """Writes tensors of any shape, such as [N, D], and the state as one file, whole or not at all."""
    from safetensors.torch import save

    plain = {name: t.detach().contiguous().cpu() for name, t in tensors.items()}
    atomic_write(folder / CHECKPOINT, save(plain, {"state": json.dumps(asdict(state))}))


def load_checkpoint(folder: Path) -> tuple[RunState, dict[str, Tensor]]:
    """Returns the state and the tensors, each of any shape such as [N, D]. Raises SettingsError."""
    from safetensors import SafetensorError, safe_open

    path = folder / CHECKPOINT
    if not path.is_file():
        raise SettingsError(f"run '{folder}' has no checkpoint yet; start it again without --resume")
    try:
        with safe_open(str(path), framework="pt") as file:
            state = RunState(**json.loads(file.metadata()["state"]))
            return state, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"checkpoint '{path}' is damaged ({error}); start the run anew") from None


def weights_of(folder: Path) -> dict[str, Tensor]:
    """Returns the tensors of a run, each of any shape such as [N, D], or of an exported model under the same names.

    Raises SettingsError when the folder is neither.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if (folder / CHECKPOINT).is_file():
        return load_checkpoint(folder)[1]
    if not (folder / WEIGHTS).is_file():
        raise SettingsError(f"'{folder}' is neither a run with a checkpoint nor a model; name the folder of one")
    try:
        return {f"average.{name}": t.float() for name, t in load_file(folder / WEIGHTS).items()}
    except (OSError, SafetensorError) as error:
        raise SettingsError(f"the weights in '{folder}' are damaged ({error}); name another run or model") from None


def append_log(folder: Path, line: dict[str, Any]) -> None:
    """Adds one line to the log; numbers that are not finite become null."""
    with open(folder / LOG, "a", encoding="utf-8") as file:
        file.write(json.dumps(_finite(line)) + "\n")


def cut_log(folder: Path, step: int) -> None:
    """Takes away the lines after ``step``: those of work that was lost between the checkpoint and the end."""
    path = folder / LOG
    if not path.is_file():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line).get("step", 0) <= step:
                kept.append(line)
        except ValueError:
            continue
    atomic_write(path, "".join(line + "\n" for line in kept).encode())


def tokenizer_path(folder: Path) -> Path:
    """Returns where a run or a model folder keeps its tokenizer."""
    return folder / TOKENIZER_FILE


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, float):
        return round(value, 6) if abs(value) < float("inf") else None
    return value
