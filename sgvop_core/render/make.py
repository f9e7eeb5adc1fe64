"""The choice of a renderer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from ..errors import SettingsError, did_you_mean
from ..scene.body import Body
from ..scene.model import Scene
from .contract import Renderer
from .options import RenderOptions

BACKENDS = ("mesh", "pytorch3d", "thesis")
GRADIENTS = ("auto", "differences")


def make_renderer(
    scene: Scene,
    body: Body,
    size: tuple[int, int] = (224, 224),
    *,
    backend: str = "mesh",
    gradient: str = "auto",
    device: str | torch.device = "cpu",
    samples: int = 2,
    shadows: bool = True,
    dtype: torch.dtype = torch.float32,
    options: RenderOptions | None = None,
) -> Renderer:
    """Returns a renderer of the body over the scene's other objects; pictures are ``size`` = (height, width) pixels.

    backend: ``mesh`` is the project's own, ``thesis`` is hard (no gradient at silhouettes), ``pytorch3d`` that library
    where it is installed. gradient: ``auto`` is the renderer's own, ``differences`` central differences of 18 more
    renders. ``samples`` along each side of a pixel; ``shadows``: the body's shadow on what does not move (no gradient).
    Raises SettingsError for unknown names, samples outside 1 to 16 and a library that is missing.
    """
    if backend not in BACKENDS:
        raise SettingsError(f"unknown renderer '{backend}'" + did_you_mean(backend, BACKENDS))
    if gradient not in GRADIENTS:
        raise SettingsError(f"unknown gradient '{gradient}'" + did_you_mean(gradient, GRADIENTS))
    if not 1 <= samples <= 16:
        raise SettingsError(f"{samples} samples a pixel side cannot be drawn; choose 1 to 16")
    chosen = replace(options or RenderOptions(), samples=samples)
    shared: dict[str, Any] = {"device": device, "dtype": dtype, "options": chosen, "shadows": shadows}
    renderer: Renderer
    if backend == "mesh":
        from .mesh_renderer import MeshRenderer

        renderer = MeshRenderer(scene, body, size, **shared)
    elif backend == "thesis":
        from .thesis import ThesisRenderer

        renderer = ThesisRenderer(scene, body, size, **shared)
    else:
        from .pytorch3d import PyTorch3DRenderer

        renderer = PyTorch3DRenderer(scene, body, size, **shared)
    if gradient == "differences":
        from .differences import DifferencesRenderer

        return DifferencesRenderer(renderer, body)
    return renderer
