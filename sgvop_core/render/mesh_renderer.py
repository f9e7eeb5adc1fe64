"""The project's own renderer behind the contract: plates, steps, and their caches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ..errors import SettingsError
from ..pose import Pose
from ..scene.body import Body
from ..scene.model import Camera, Scene
from .contract import Views
from .lights import make_rig, object_tops
from .options import RenderOptions
from .plates import PlateCache
from .rays import pose_rays
from .stage import Stage
from .step import Job, RenderStep
from .tables import build_table
from .visibility import choose_visibility


class MeshRenderer:
    """Draws a body over plates of the scene's other objects, differentiable in the pose (see ``step``).

    ``silhouettes=False`` leaves out the antialiasing and with it every boundary gradient.
    """

    def __init__(
        self,
        scene: Scene,
        body: Body,
        size: tuple[int, int] = (224, 224),
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        options: RenderOptions | None = None,
        shadows: bool = True,
        silhouettes: bool = True,
        visibility: str = "auto",
    ) -> None:
        if min(size) < 1 or max(size) > 8192:
            raise SettingsError(f"picture size {size[0]}x{size[1]} cannot be drawn; choose sides from 1 to 8192")
        self.size = (int(size[0]), int(size[1]))
        self.device, self.dtype = torch.device(device), dtype
        self.options = options or RenderOptions()
        self.silhouettes = silhouettes
        static = scene.static_objects(body.names)
        bounds = scene.bounds(static) if static else body.bounds + body.origin
        self.anchor = bounds.mean(0)
        rest_centre = body.origin + body.rotation @ body.bounds.mean(0)
        reach = np.concatenate([bounds, rest_centre[None]])
        self.extent = float(np.linalg.norm(np.ptp(reach, axis=0))) + body.size
        self.table = build_table(body.mesh, dtype=dtype, device=self.device, edges=True)
        fixed = None
        if static:
            mesh = scene.world_mesh(static)
            fine = silhouettes and len(mesh.faces) <= self.options.antialiased_faces
            fixed = build_table(mesh, dtype=dtype, device=self.device, edges=fine, anchor=self.anchor)
        self.rig = make_rig(scene, dtype, self.device, self.anchor, rest_centre)
        background = torch.tensor(scene.background, dtype=dtype, device=self.device)
        self.visibility = choose_visibility(visibility, self.device)
        tops = torch.tensor(object_tops(scene, static) - self.anchor, dtype=dtype, device=self.device)
        stage = Stage(fixed, self.rig, background, self.visibility, self.options, shadows=shadows, tops=tops)
        self.shadows = shadows and fixed is not None
        self.plates = PlateCache(stage, self.size, self.anchor, self.extent)
        self._anchor = torch.tensor(self.anchor, dtype=dtype, device=self.device)
        self._body_anchor = torch.tensor(self.table.anchor, dtype=dtype, device=self.device)

    def render(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        """Returns the pictures of every pose [K] from every camera [V], differentiable in the poses."""
        if not cameras:
            raise SettingsError("no camera to render from; give at least one")
        poses = poses.to(self.device, self.dtype)
        plates = self.plates.of(cameras)
        matrix, origin = pose_rays(
            poses.scale, poses.rotation, poses.position - self._anchor, poses.pivot - self._body_anchor,
            plates.rotation, plates.centre,
        )  # fmt: skip
        placed = None
        if self.shadows:
            linear = poses.linear.detach()
            offset = poses.position.detach() - self._anchor + linear @ (self._body_anchor - poses.pivot.detach())
            placed = (linear, offset)
        job = Job(self.table, plates, self.size, self.rig, self.options, self.visibility, self.silhouettes, placed)
        rgb, alpha, depth = RenderStep.apply(matrix, origin, job)
        shape = (len(poses), len(cameras), *self.size)
        return Views(rgb.view(shape[0], shape[1], 3, *self.size).movedim(2, -1), alpha.view(shape), depth.view(shape))
