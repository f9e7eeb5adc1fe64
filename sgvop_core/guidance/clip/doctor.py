"""Facts about CLIP guidance on this machine, for ``sgvop doctor``."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ...errors import ModelError
from . import hub
from .load import BUILTIN_FOLDER, builtin_present
from .open_clip_import import import_open_clip, torchvision_state
from .weights import available_weights


def doctor_clip() -> dict[str, Any]:
    """Returns plain facts (JSON-able): versions, torchvision's state, caches, cached weights with bytes, the builtin.

    Uses no network and never raises: ``problem`` holds the one line that keeps CLIP from working, else None.
    """
    facts: dict[str, Any] = {
        "open_clip": _version("open_clip_torch"),
        "torchvision": _version("torchvision"),
        "torchvision_state": torchvision_state(),
        "transformers": _version("transformers"),
        "builtin": str(BUILTIN_FOLDER) if builtin_present() else None,
        "cache_folder": None,
        "cache_free_bytes": None,
        "offline": None,
        "weights": [],
        "problem": None,
    }
    try:
        import_open_clip()
        facts["cache_folder"] = str(hub.cache_folder())
        facts["cache_free_bytes"] = hub.free_bytes(hub.cache_folder())
        facts["offline"] = hub.forced_offline()
        facts["weights"] = [{"spec": w.spec, "path": str(w.path), "bytes": w.bytes} for w in available_weights()]
    except (ModelError, ImportError, OSError) as error:
        facts["problem"] = str(error)
    return facts


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
