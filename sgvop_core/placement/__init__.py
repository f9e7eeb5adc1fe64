"""The pipeline: propose, score, evolve, polish, check, rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pipeline import place
    from .progress import Progress
    from .result import Candidate, Placement
    from .settings import PlaceSettings, thesis_settings

_HOME = {
    "place": "pipeline",
    "Progress": "progress",
    "Candidate": "result",
    "Placement": "result",
    "PlaceSettings": "settings",
    "thesis_settings": "settings",
}
__all__ = ["Candidate", "PlaceSettings", "Placement", "Progress", "place", "thesis_settings"]


def __getattr__(name: str) -> Any:
    # Lazy, so that reading the settings does not import torch.
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
