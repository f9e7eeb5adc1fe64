"""How a user names CLIP models: ``MODEL``, ``MODEL:TAG``, ``MODEL:FILE``, a folder, ``hf-hub:NAME`` and three words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import ModelError

SpecKind = Literal["none", "auto", "builtin", "tag", "file", "folder", "hub", "random"]
WEIGHT_SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
HUB = "hf-hub:"


@dataclass(frozen=True)
class ClipSpec:
    """One model as the user named it. ``model`` is open_clip's architecture or the hub's repository."""

    text: str
    kind: SpecKind
    model: str = ""
    tag: str = ""
    path: Path | None = None


def parse_spec(text: str) -> ClipSpec:
    """Returns the reading of one ``--clip`` value without its weight; an empty tag lets the loader choose.

    The part behind the first colon is a file when it ends like one or contains a path separator. Raises ``ModelError``
    for an empty value.
    """
    text = text.strip()
    if not text:
        raise ModelError("the name of a CLIP model is empty; name one such as ViT-B-32, or use --clip none")
    if text.lower() in ("none", "auto", "builtin"):
        return ClipSpec(text, text.lower())  # type: ignore[arg-type]
    if text.startswith(HUB):
        return ClipSpec(text, "hub", model=text[len(HUB) :])
    folder = Path(text.removeprefix("local-dir:")).expanduser()
    if text.startswith("local-dir:") or folder.is_dir():
        return ClipSpec(text, "folder", path=folder)
    model, _, rest = text.partition(":")
    if rest == "random":
        return ClipSpec(text, "random", model=model)
    if rest.lower().endswith(WEIGHT_SUFFIXES) or any(s in rest for s in "/\\"):
        return ClipSpec(text, "file", model=model, path=Path(rest).expanduser())
    if not rest and model.lower().endswith(WEIGHT_SUFFIXES):
        raise ModelError(f"'{text}' is a weights file but its architecture is not named; write it as ViT-B-32:{text}")
    return ClipSpec(text, "tag", model=model.replace("/", "-"), tag=rest)


def parse_clip(values: str | Sequence[str]) -> list[tuple[str, float]]:
    """Returns (model, weight) of ``--clip`` values such as ``["ViT-B-32:openai*0.5", "RN50"]``.

    The weight is 1 unless given. Values of ``none`` are dropped, so ``["none"]`` gives an empty list. Raises
    ``ModelError`` for a weight that is not a positive number and for ``none`` beside others.
    """
    found = [_weighted(v) for v in ([values] if isinstance(values, str) else values)]
    kept = [(s, w) for s, w in found if s.lower() != "none"]
    if kept and len(kept) < len(found):
        raise ModelError("--clip none stands beside other models; leave 'none' out or give it alone")
    return kept


def _weighted(value: str) -> tuple[str, float]:
    spec, star, weight = value.rpartition("*")
    if not star:
        return value.strip(), 1.0
    try:
        number = float(weight)
    except ValueError:
        number = math.nan
    if not (number > 0 and math.isfinite(number)):
        raise ModelError(f"--clip '{value}': the weight '{weight}' is not a positive number; write MODEL*0.5")
    return spec.strip(), number
