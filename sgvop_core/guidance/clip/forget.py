"""Deleting downloaded weights: ``python -m sgvop_core.guidance.clip.forget SPEC`` prints the bytes that it freed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ...errors import ModelError
from . import hub
from .weights import available_weights


def forget_weights(spec: str) -> int:
    """Returns the bytes freed by deleting the weights that a spec names from the caches of open_clip and the hub.

    Raises ModelError when they are not in a cache: the builtin model and files of the user's are never deleted.
    """
    weights = next((w for w in available_weights() if w.spec == spec), None)
    if weights is None:
        raise ModelError(f"'{spec}' is not among the downloaded models; list them with sgvop doctor")
    folder = _repository(weights.path)
    try:
        if folder is None:
            weights.path.unlink()
        else:
            shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(
            f"'{spec}' cannot be deleted: {error.strerror}; stop what uses it, or delete {weights.path}"
        ) from error
    return weights.bytes


def _repository(path: Path) -> Path | None:
    """The hub's folder of the repository that a file belongs to, None for a plain download."""
    cache = hub.cache_folder().absolute()
    inside = [p for p in path.absolute().parents if p.parent == cache]
    return inside[0] if inside and inside[0].name.startswith("models--") else None


if __name__ == "__main__":
    try:
        print(forget_weights(sys.argv[1]))
    except ModelError as problem:
        raise SystemExit(str(problem)) from None
