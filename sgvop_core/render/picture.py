"""Pictures of a whole scene, without gradient: for contact sheets and ``sgvop render``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ..errors import SettingsError
from ..scene.model import Array, Camera, Scene
from .lights import make_rig, object_tops
from .options import RenderOptions
from .plates import pooled
from .stage import Stage
from .tables import build_table
from .textures import srgb_from_linear
from .visibility import choose_visibility


def render_picture(
    scene: Scene,
    camera: Camera,
    size: tuple[int, int] = (512, 512),
    samples: int = 3,
    *,
    shadows: bool = True,
    device: str | torch.device = "cpu",
) -> Array:
    """Returns the scene seen by the camera, [H, W, 3] uint8 sRGB, ``samples`` x ``samples`` samples a pixel.

    ``size`` is (height, width). Hidden objects are left out; an empty scene shows its background.
    Raises SettingsError for a size or a number of samples that cannot be drawn.
    """
    if min(size) < 1 or max(size) > 16384 or not 1 <= samples <= 16:
        raise SettingsError(
            f"a picture of {size[1]}x{size[0]} with {samples} samples cannot be drawn; choose smaller ones"
        )
    target, dtype = torch.device(device), torch.float32
    shown = [o for o in scene.objects if o.mesh is not None and not o.hidden and len(o.mesh.faces)]
    bounds = scene.bounds(shown)
    anchor = bounds.mean(0)
    extent = float(np.linalg.norm(bounds[1] - bounds[0])) + 1e-6
    with torch.no_grad():
        mesh = scene.world_mesh(shown)
        table = build_table(mesh, dtype=dtype, device=target, edges=False, anchor=anchor) if shown else None
        rig = make_rig(scene, dtype, target, anchor)
        background = torch.tensor(scene.background, dtype=dtype, device=target)
        options = replace(RenderOptions(), samples=samples)
        tops = torch.tensor(object_tops(scene, tuple(shown)) - anchor, dtype=dtype, device=target)
        visibility = choose_visibility("auto", target)
        stage = Stage(table, rig, background, visibility, options, shadows=shadows, tops=tops)
        frame = stage.frame(camera, size, anchor, extent)
        colour = stage.draw(frame, size).colour
        low = pooled(colour.view(3, size[0] * samples, size[1] * samples), samples)
        srgb = srgb_from_linear(low).movedim(0, -1)
        return (srgb * 255 + 0.5).to(torch.uint8).cpu().numpy()
