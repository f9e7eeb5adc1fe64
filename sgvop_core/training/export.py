"""From a run to a model folder that ``--clip`` takes: averaged weights in half precision, config and tokenizer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import ModelError, SettingsError
from ..guidance.clip.load import load_clip
from ..wire.atomic import atomic_write
from .augmentation import normalised
from .batches import tokenizer_of, vocabulary_of
from .checkpoint import RunState, load_checkpoint, read_run, tokenizer_path
from .fit_config import FitConfig
from .mixing import Mix, mixed
from .model import MODEL_CONFIG, WEIGHTS, build_model, encode_pictures, encode_texts
from .neutral import made_neutral

LARGEST = 25e6
"""Bytes of a model that ships with the package."""
NEAR = 0.999
"""Least cosine between what the run's weights and the written half-precision ones say."""


@dataclass(frozen=True)
class Exported:
    """What was written: the folder, its bytes, the step of the run, and the smallest cosine after loading it back."""

    folder: Path
    bytes: int
    step: int
    agreement: float


def export_model(
    run: Path, folder: Path, notify: Callable[[str], None] = lambda line: None, mix: Mix | None = None
) -> Exported:
    """Returns what was written to ``folder`` from the averaged weights of a run, with a share of another's where ``mix`` is given,
    after it was loaded back and compared.

    Raises SettingsError when the run cannot be read, or the other model cannot grow to its shape, and ModelError when the written
    model does not do the same.
    """
    config = read_run(run)
    state, tensors = load_checkpoint(run)
    averaged = {n.removeprefix("average."): t for n, t in tensors.items() if n.startswith("average.")}
    tokenizer = tokenizer_of(tokenizer_path(run), config.model.context)
    module = build_model(config.model, vocabulary_of(tokenizer), config.seed)
    if mix is not None:
        averaged = mixed(averaged, mix, module.state_dict(), config.model.patch_size)
    averaged = made_neutral(averaged, tokenizer)
    try:
        module.load_state_dict(averaged)
    except RuntimeError:
        raise SettingsError(f"the checkpoint of '{run}' does not fit its settings; start the run anew") from None
    told = _origin(state) | ({"mixed": mix.share} if mix else {}) | {"config": config.plain()}
    size, agreement = write_model(folder, module, config, tokenizer_path(run), told, notify)
    return Exported(folder, size, state.step, agreement)


def write_model(
    folder: Path,
    module: torch.nn.Module,
    config: FitConfig,
    tokens: Path,
    told: dict[str, Any],
    notify: Callable[[str], None],
) -> tuple[int, float]:
    """Returns the bytes of the model folder that was written, and the smallest cosine between what it and the module say.

    ``tokens``: the tokenizer's file; ``told``: what the config says of how it was made. Raises ModelError when half precision cannot
    hold the weights, or the folder does not do what the module does.
    """
    from safetensors.torch import save

    half = {n: (t.half() if t.is_floating_point() else t).contiguous() for n, t in module.state_dict().items()}
    if any(t.is_floating_point() and not t.isfinite().all() for t in half.values()):
        raise ModelError("the run has weights that half precision cannot hold; lower its rate or raise its decay")
    data = save(half, {"format": "pt"})
    shape = {
        "model_cfg": config.model.open_clip(vocabulary_of(tokenizer_of(tokens, config.model.context))),
        "preprocess_cfg": config.model.preprocess(),
        "framing": "studio",
        "lively": config.model.lively,
        "training": told,
    }
    atomic_write(tokenizer_path(folder), tokens.read_bytes())
    atomic_write(folder / WEIGHTS, data)
    atomic_write(folder / MODEL_CONFIG, (json.dumps(shape, indent=2) + "\n").encode())
    size = len(data) + tokenizer_path(folder).stat().st_size
    if size > LARGEST:
        notify(f"the model has {size / 1e6:.1f} MB; more than {LARGEST / 1e6:.0f} MB do not ship")
    agreement = _agreement(module.eval(), folder, config.model.image_size)
    if not agreement >= NEAR:
        raise ModelError(f"the model in '{folder}' does not do what the run does (cosine {agreement:.4f}); report it")
    return size, agreement


def _origin(state: RunState) -> dict[str, float | int]:
    return {"steps": state.step, "pictures": state.pictures, "minutes": round(state.seconds / 60, 1)}


@torch.no_grad()
def _agreement(module: torch.nn.Module, folder: Path, size: int) -> float:
    """The smallest cosine between the vectors of the module and of the folder, for pictures and texts."""
    loaded = load_clip(str(folder), offline=True)
    assert loaded is not None
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand((8, 3, 6, 6), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic").clamp(0, 1)
    pictures = (smooth * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    texts = ["a mug on the table", "a red ball to the left of a box", "a small thing behind the sofa"]
    mean, std = loaded.preprocess.mean, loaded.preprocess.std
    seen = encode_pictures(module, normalised(pictures, mean, std))
    read = encode_texts(module, loaded.tokenizer(texts))
    pairs = ((seen, loaded.encode_images(pictures / 255.0)), (read, loaded.encode_text(texts)))
    return min(float((a * b).sum(-1).min()) for a, b in pairs)
