"""PyTorch3D's soft rasteriser behind the contract, for comparison where it is installed.

Its best setting of the survey is used: silhouettes as products of sigmoids of the signed distance (sigma 1e-5 in its
normalised units, 30 faces a pixel), the colour of the nearest face, composited over our plates with a depth test.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingsError
from ..pose import Pose
from ..scene.body import Body
from ..scene.model import Camera, Scene
from .contract import Views
from .lights import make_rig
from .options import RenderOptions
from .plates import PlateCache, Plates
from .stage import Stage
from .tables import build_table
from .textures import lookup, srgb_from_linear
from .visibility import choose_visibility

SIGMA = 1e-5
"""Softness of silhouettes, squared normalised units (a picture is 2 wide)."""
FACES = 30
"""Faces kept per pixel: fewer make alpha jump where triangles are small."""


def available() -> bool:
    """Says whether PyTorch3D can be imported."""
    return find_spec("pytorch3d") is not None


def require_pytorch3d() -> None:
    """Raises SettingsError, which says how to get it, unless PyTorch3D can be imported."""
    if not available():
        raise SettingsError(
            "renderer 'pytorch3d' needs the package pytorch3d, which is not on PyPI as a wheel: build it from"
            " https://github.com/facebookresearch/pytorch3d with pip install --no-build-isolation ., or take"
            " --renderer mesh, which needs nothing more"
        )


class PyTorch3DRenderer:
    """Renders with ``pytorch3d.renderer.MeshRasterizer``; one sample a pixel, as its silhouettes are soft already."""

    def __init__(
        self, scene: Scene, body: Body, size: tuple[int, int] = (224, 224), *,
        device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32, options: RenderOptions | None = None,
        shadows: bool = False,
    ) -> None:  # fmt: skip
        require_pytorch3d()
        del shadows  # it has no shadows; the contract allows pictures without
        from dataclasses import replace

        self.size, self.device, self.dtype = size, torch.device(device), dtype
        self.options = replace(options or RenderOptions(), samples=1)
        static = scene.static_objects(body.names)
        bounds = scene.bounds(static) if static else body.bounds + body.origin
        self.anchor = bounds.mean(0)
        self.table = build_table(body.mesh, dtype=dtype, device=self.device, edges=False)
        fixed = None
        if static:
            fixed = build_table(
                scene.world_mesh(static), dtype=dtype, device=self.device, edges=False, anchor=self.anchor
            )
        centre = body.origin + body.rotation @ body.bounds.mean(0)
        self.rig = make_rig(scene, dtype, self.device, self.anchor, centre)
        background = torch.tensor(scene.background, dtype=dtype, device=self.device)
        stage = Stage(fixed, self.rig, background, choose_visibility("auto", self.device), self.options)
        extent = float(np.linalg.norm(bounds[1] - bounds[0])) + body.size
        self.plates = PlateCache(stage, size, self.anchor, extent)

    def render(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        """Returns the pictures of every pose from every camera, differentiable in the poses."""
        poses = poses.to(self.device, self.dtype)
        plates = self.plates.of(cameras)
        anchor = torch.tensor(self.anchor).to(poses.scale)
        own = torch.tensor(self.table.anchor).to(poses.scale)
        world = poses.apply(self.table.vertices.t() + own) - anchor
        rows = [
            [self._one(world[k], poses.rotation[k] / poses.scale[k], plates, v) for v in range(len(cameras))]
            for k in range(len(poses))
        ]
        parts = [torch.stack([torch.stack([cell[i] for cell in row]) for row in rows]) for i in range(3)]
        return Views(parts[0], parts[1], parts[2].detach())

    def _one(self, world: Tensor, turn: Tensor, plates: Plates, v: int) -> tuple[Tensor, Tensor, Tensor]:
        """Returns srgb [H, W, 3], alpha and depth [H, W] of one pose in one view."""
        height, width = self.size
        fragments = self._rasterise(world, plates, v)
        faces, z = fragments.pix_to_face[0], fragments.zbuf[0]
        plate_w = plates.w.view(-1, height, width)[v][..., None]
        seen = (faces >= 0) & (z > 0) & (1 / z.detach().clamp_min(1e-6) > plate_w)
        share = torch.sigmoid(-fragments.dists[0] / SIGMA) * seen
        alpha = 1 - (1 - share).prod(-1)
        nearest = torch.where(seen, z, torch.inf).argmin(-1, keepdim=True)
        face = faces.gather(-1, nearest)[..., 0].clamp_min(0)
        barycentric = fragments.bary_coords[0].gather(2, nearest[..., None].expand(-1, -1, 1, 3))[:, :, 0]
        colour = self._shade(face.reshape(-1), barycentric.reshape(-1, 3), world, turn, plates, v).t()
        low = plates.low.view(3, -1, height, width)[:, v].movedim(0, -1)
        linear = low + alpha[..., None] * (colour.view(height, width, 3) - low)
        body_depth = z.gather(-1, nearest)[..., 0].detach()
        plate_depth = plates.depth[v].view(height, width)
        depth = torch.where(alpha > 0.5, torch.minimum(body_depth, plate_depth), plate_depth)
        return srgb_from_linear(linear), alpha, depth

    def _rasterise(self, world: Tensor, plates: Plates, v: int) -> Any:
        """Returns PyTorch3D's fragments of the body in view v."""
        from pytorch3d.renderer import MeshRasterizer, RasterizationSettings
        from pytorch3d.structures import Meshes
        from pytorch3d.utils import cameras_from_opencv_projection

        rotation, focal = plates.rotation[v], plates.focal[v]
        matrix = torch.zeros(1, 3, 3).to(world)
        matrix[0, 0, 0], matrix[0, 1, 1], matrix[0, 2, 2] = focal, focal, 1.0
        matrix[0, :2, 2] = plates.principal[v]
        size = torch.tensor([self.size]).to(world)
        camera = cameras_from_opencv_projection(
            R=rotation[None], tvec=-(rotation @ plates.centre[v])[None], camera_matrix=matrix, image_size=size
        )
        settings = RasterizationSettings(
            image_size=self.size, blur_radius=float(np.log(1 / 1e-4 - 1) * SIGMA), faces_per_pixel=FACES,
            perspective_correct=False, bin_size=0, z_clip_value=float(plates.near[v]),
        )  # fmt: skip
        mesh = Meshes(verts=[world], faces=[self.table.faces])
        return MeshRasterizer(cameras=camera, raster_settings=settings)(mesh)

    def _shade(self, face: Tensor, b: Tensor, world: Tensor, turn: Tensor, plates: Plates, v: int) -> Tensor:
        """Returns linear colours [3, m] at barycentrics [m, 3] of faces [m]."""
        t = self.table

        def at(values: Tensor) -> Tensor:
            first, d1, d2 = values.index_select(1, face).view(3, -1, len(face)).unbind(0)
            return first + d1 * b[:, 1] + d2 * b[:, 2]

        flat = t.geometry[0:3].index_select(1, face)
        normal = turn @ (flat if t.normals is None else at(t.normals))
        corners = world[t.faces[face]]
        point = (corners * b[:, :, None]).sum(1).t()
        towards = plates.centre[v][:, None] - point
        sign = torch.where(((turn @ flat) * towards).sum(0) < 0, -1.0, 1.0)
        normal = normal * sign / normal.norm(dim=0).clamp_min(1e-9)
        light, _ = self.rig.irradiance(normal)
        if len(self.rig.position):
            light = light + self.rig.local(normal, point)
        colour = t.base if t.base.shape[1] == 1 else t.base.index_select(1, face)
        if t.colours is not None:
            colour = colour * at(t.colours)
        if t.atlas is not None and t.uvs is not None and t.texture is not None and t.density is not None:
            reach = towards.detach().norm(dim=0) / plates.focal[v] * turn.detach().norm(dim=0).mean()
            footprint = t.density.index_select(0, face) * reach
            colour = colour * lookup(t.atlas, t.texture.index_select(0, face), at(t.uvs), footprint, False)[0]
        shaded = colour * light
        if t.emissive is not None:
            shaded = shaded + t.emissive.index_select(1, face)
        return shaded
