"""The core: find where an object belongs from a text prompt. Blender is not needed to import it.

scene = sgvop_core.load_scene("kitchen.glb")
placement = sgvop_core.place(scene, "cup", "a cup on the table")
sgvop_core.write_placed(scene, placement.final.deltas, "placed.glb")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import SgvopError
    from .placement.pipeline import place
    from .placement.progress import Progress
    from .placement.result import Candidate, Placement
    from .placement.settings import PlaceSettings, thesis_settings
    from .scene.load import load_scene
    from .scene.model import Scene
    from .scene.write import write_glb, write_placed

_HOME = {
    "SgvopError": "errors",
    "place": "placement.pipeline",
    "Progress": "placement.progress",
    "Candidate": "placement.result",
    "Placement": "placement.result",
    "PlaceSettings": "placement.settings",
    "thesis_settings": "placement.settings",
    "load_scene": "scene.load",
    "Scene": "scene.model",
    "write_glb": "scene.write",
    "write_placed": "scene.write",
}
__all__ = [
    "Candidate", "PlaceSettings", "Placement", "Progress", "Scene", "SgvopError", "load_scene", "place",
    "thesis_settings", "write_glb", "write_placed",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # Lazy, so that the command line answers --help without importing torch.
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
