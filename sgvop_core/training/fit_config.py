"""All settings of a training run, as one JSON file says them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from ..errors import SettingsError, did_you_mean
from .augmentation import AugmentConfig
from .batches import BatchConfig
from .loss import LossConfig
from .model import ModelConfig
from .patches import PatchConfig

SHIPPED = Path(__file__).parent / "shipped.json"
"""The settings of the weights that ship."""


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW, or Muon and AdamW, with warm-up and a cosine down to zero."""

    rate: float = 1e-3
    """Largest learning rate."""
    warmup: float = 0.03
    """Share of the run during which the rate rises."""
    settle: float = 0.0
    """Share of the run before all that, in which only the heads and the temperatures learn: those of a run from an exported model,
    which has none, begin at random, and would spoil the weights first."""
    floor: float = 0.01
    """Share of the largest rate that is left at the end."""
    decay: float = 0.05
    """Weight decay, of matrices and kernels only."""
    betas: tuple[float, ...] = (0.9, 0.98)
    clip: float = 1.0
    """Largest norm of the gradient."""
    muon: float = 0.0
    """Largest learning rate of the transformers' matrices by Muon (Jordan et al. 2024), scaled so that its steps are as long
    as AdamW's (Liu et al. 2025); 0: by AdamW as all the rest."""
    momentum: float = 0.95
    """Of Muon."""
    average: float = 0.998
    """How much of the averaged weights a step keeps; those are what is judged and exported."""

    def __post_init__(self) -> None:
        shares = (self.warmup, self.settle, self.floor, self.average, self.momentum, *self.betas)
        if len(self.betas) != 2 or min(shares) < 0 or max(shares) >= 1:
            raise SettingsError(
                "optimiser: warmup, settle, floor, average, momentum and both betas are shares of 0 or more and below 1"
            )
        if self.rate <= 0 or self.clip <= 0 or min(self.decay, self.muon) < 0:
            raise SettingsError("optimiser: rate and clip must be positive, decay and muon not negative")


@dataclass(frozen=True)
class WatchConfig:
    """How often a run is looked at."""

    log: int = 20
    """Steps between two lines of the log."""
    validate: int = 1000
    """Steps between two validations."""
    groups: int = 200
    """Groups of a validation: as many of those learnt from as held out, so that what was only learnt by heart shows."""
    checkpoint: float = 4.0
    """Minutes between two checkpoints."""

    def __post_init__(self) -> None:
        if min(self.log, self.validate, self.groups) < 1 or self.checkpoint <= 0:
            raise SettingsError("watch: log, validate and groups must be 1 or more, checkpoint positive")


@dataclass(frozen=True)
class FitConfig:
    """Everything that, with the data and the seed, decides what comes out."""

    seed: int = 0
    model: ModelConfig = field(default_factory=ModelConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    patches: PatchConfig = field(default_factory=PatchConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    watch: WatchConfig = field(default_factory=WatchConfig)

    def plain(self) -> dict[str, Any]:
        """Returns the JSON form."""
        return json.loads(json.dumps(asdict(self)))


def read_config(path: Path) -> FitConfig:
    """Returns the settings of a JSON file; what it leaves out keeps its default. Raises SettingsError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"config '{path}' cannot be read: {error.strerror}; check the path") from None
    except ValueError as error:
        raise SettingsError(f"config '{path}' is not JSON: {error}") from None
    return config_from(data, str(path))


def config_from(data: Any, name: str) -> FitConfig:
    """Returns the settings of their JSON form. Raises SettingsError that names the key."""
    made: FitConfig = _read(FitConfig, data, f"config '{name}'", "")
    return made


def _read(kind: Any, data: Any, name: str, at: str) -> Any:
    if not isinstance(data, dict):
        raise SettingsError(f"{name}: {at or 'it'} must be an object of names and values")
    defaults = kind()
    known = {f.name for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        where = f"{at}.{key}" if at else key
        if key not in known:
            raise SettingsError(f"{name} has no setting '{where}'" + did_you_mean(key, known))
        default = getattr(defaults, key)
        values[key] = _read(type(default), value, name, where) if is_dataclass(default) else _value(default, value)
        if values[key] is None:
            raise SettingsError(f"{name}: {where} is {json.dumps(value)}; give it like {json.dumps(default)}")
    try:
        return kind(**values)
    except SettingsError as error:
        raise SettingsError(f"{name}: {error}") from None


def _value(default: Any, value: Any) -> Any:
    """The value as the default's type, None when it is of another."""
    if isinstance(default, tuple):
        parts = [_value(default[0], v) for v in value] if isinstance(value, list) else [None]
        return None if any(p is None for p in parts) else tuple(parts)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(default, int) and value != int(value))
    ):
        return None
    return type(default)(value)
