"""A share of another's weights, taken into those of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import SettingsError
from .batches import tokenizer_of, vocabulary_of
from .checkpoint import settings_of, tokenizer_path, weights_of
from .fit_config import FitConfig
from .growth import grown
from .model import build_model


@dataclass(frozen=True)
class Mix:
    """Another run or model, ``folder``, whose weights make up a ``share`` of those that are exported: best the one that the run
    began with. Between the two ends of a fine-tuning there are weights that know more of what neither saw than
    both (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models")."""

    folder: Path
    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise SettingsError(f"the other model's share is {self.share:g}; give 0 or more and less than 1")


def mixed(weights: dict[str, Tensor], mix: Mix, fresh: dict[str, Tensor], patch: int) -> dict[str, Tensor]:
    """Returns the weights, each of any shape such as [N, D], with the share of the other's, grown as a run that begins with it has it
    grow from ``fresh``. Raises SettingsError when it cannot."""
    found = {n.removeprefix("average."): t for n, t in weights_of(mix.folder).items() if n.startswith("average.")}
    other = grown(found, fresh, patch)
    if {n: t.shape for n, t in other.items()} != {n: t.shape for n, t in weights.items()}:
        raise SettingsError(
            f"the model in '{mix.folder}' is of another kind than the run; mix it with one that it began with"
        )
    return {n: torch.lerp(t, other[n], mix.share) if t.is_floating_point() else t for n, t in weights.items()}


def module_of(folder: Path, mix: Mix | None = None) -> tuple[FitConfig, Any, nn.Module]:
    """Returns the settings, the tokenizer and the network of a run's averaged weights, or of an exported model, with a share of
    another's where ``mix`` is given. Raises SettingsError."""
    config = settings_of(folder)
    tokenizer: Any = tokenizer_of(tokenizer_path(folder), config.model.context)
    module = build_model(config.model, vocabulary_of(tokenizer), config.seed)
    weights = {n.removeprefix("average."): t for n, t in weights_of(folder).items() if n.startswith("average.")}
    if mix is not None:
        weights = mixed(weights, mix, module.state_dict(), config.model.patch_size)
    try:
        module.load_state_dict(weights)
    except RuntimeError:
        raise SettingsError(f"the weights in '{folder}' do not fit its settings; name another run or model") from None
    return config, tokenizer, module
