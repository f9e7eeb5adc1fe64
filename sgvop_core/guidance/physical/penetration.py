"""How deep the body is inside the scene, and the scene inside the body."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...pose import Pose
from ...render.contract import Views
from ...scene.geometry import SceneGeometry
from .probe import BodyProbe, compress


class PenetrationTerm:
    """Depth of penetration over ``deep`` times the body's size, both ways round:

    * points of the body in the scene's solids, by exact signed distance;
    * scene surfaces within the body, where they cross its chords, by the distance to the body's own surface. This
      counts single-sided walls and planes too: the depth is that to the nearer side of the body.
    """

    name = "penetration"
    needs_views = False

    def __init__(self, geometry: SceneGeometry, probe: BodyProbe) -> None:
        self.geometry = geometry
        self.probe = probe

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the loss [K]."""
        depth = self.depth(poses)
        return compress(depth / (self.probe.settings.deep * self.probe.world_size(poses)))

    def depth(self, poses: Pose) -> Tensor:
        """Returns the depth [K] in metres: the larger of the two ways, each a mean weighted towards its deepest."""
        if not self.geometry.static:
            return poses.scale.sum(1) * 0
        return torch.maximum(self._in_solids(poses), self._in_body(poses))

    def _in_solids(self, poses: Pose) -> Tensor:
        points = poses.apply(self.probe.tensor(self.probe.points, poses.scale))
        flat = points.detach().cpu().double().numpy()
        low, high = flat.min((0, 1)), flat.max((0, 1))
        total = points.new_zeros(len(poses))
        for index in self.geometry.near(low, high):
            field = self.geometry.object_field(index)
            if not field.solid:
                continue
            inside = field.inside(flat.reshape(-1, 3)).reshape(flat.shape[:2])
            if not inside.any():
                continue
            mask = torch.as_tensor(inside, device=points.device)
            depth = torch.relu(-field.signed(points[mask]))
            candidate = torch.nonzero(mask)[:, 0]
            total = total + _towards_deepest(depth, candidate, len(poses))
        return total

    def _in_body(self, poses: Pose) -> Tensor:
        chords = self.probe.chords
        total = poses.scale.new_zeros(len(poses))
        if not len(chords):
            return total
        with torch.no_grad():
            carried = poses.apply(self.probe.tensor(chords.reshape(-1, 3), poses.scale))
            ends = carried.cpu().double().numpy().reshape(len(poses) * len(chords), 2, 3)
        length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        live = np.flatnonzero(length > 0)
        spots, owners = [], []
        for a, b in ((0, 1), (1, 0)):
            hits = self.geometry.rays.first_hit(ends[live, a], ends[live, b] - ends[live, a], length[live])
            spots.append(hits.point[hits.hit])
            owners.append(live[hits.hit])
        spot, owner = np.concatenate(spots), np.concatenate(owners)
        if not len(spot):
            return total
        candidate = torch.as_tensor(owner // len(chords), device=poses.scale.device)
        world = self.probe.tensor(spot, poses.scale)
        rotation, scale = poses.rotation[candidate], poses.scale[candidate]
        local = torch.einsum("hji,hj->hi", rotation, world - poses.position[candidate]) / scale
        local = local + poses.pivot.to(local)
        if self.probe.field.solid:
            closest = self.probe.field.exact(local.detach().cpu().double().numpy())[1]
            depth = torch.linalg.vector_norm((local - self.probe.tensor(closest, local)) * scale + 1e-12, dim=1)
        else:
            pair = self.probe.tensor(chords[owner % len(chords)], local)
            reach = torch.linalg.vector_norm((local[:, None] - pair) * scale[:, None] + 1e-12, dim=2)
            depth = reach.min(1).values
        return total + _towards_deepest(depth, candidate, len(poses))


def _towards_deepest(depth: Tensor, candidate: Tensor, count: int) -> Tensor:
    """Returns ``sum d^3 / sum d^2`` of depths [H] by candidate [H], [count]: near the deepest, yet moved by all."""
    square = depth.new_zeros(count).index_add(0, candidate, depth**2)
    cube = depth.new_zeros(count).index_add(0, candidate, depth**3)
    return cube / square.clamp_min(1e-20)
