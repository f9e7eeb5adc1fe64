"""The renderer of the thesis: hard visibility, gradient through shading and texture only, none at silhouettes.

Kept to compare with: it is what ``blur_radius=0, faces_per_pixel=1`` of a soft rasteriser amounts to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..scene.body import Body
from ..scene.model import Scene
from .mesh_renderer import MeshRenderer
from .options import RenderOptions


class ThesisRenderer(MeshRenderer):
    """Draws as ``MeshRenderer`` does, without antialiasing, boundary gradients or damping."""

    def __init__(
        self, scene: Scene, body: Body, size: tuple[int, int] = (224, 224), *, options: RenderOptions | None = None,
        **others: Any,
    ) -> None:  # fmt: skip
        hard = replace(options or RenderOptions(), graze=0.0)
        super().__init__(scene, body, size, options=hard, silhouettes=False, **others)
