"""The choice of a renderer."""

from __future__ import annotations

from typing import Literal

import torch

from ..errors import SettingsError
from ..scene.body import Body
from ..scene.model import Scene
from .contract import Renderer
from .mesh_renderer import MeshRenderer
from .options import RenderOptions

Backend = Literal["mesh", "pytorch3d", "thesis"]


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
    """Returns a renderer of the body in the scene; pictures are ``size`` = (height, width) pixels."""
    from dataclasses import replace

    chosen = replace(options or RenderOptions(), samples=samples)
    if backend != "mesh":
        raise SettingsError(f"unknown renderer '{backend}'")
    return MeshRenderer(scene, body, size, device=device, dtype=dtype, options=chosen, shadows=shadows)
