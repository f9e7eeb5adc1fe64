"""Whether something real holds the body: the gap below it and its balance over the contact."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ...pose import Pose
from ...render.contract import Views
from ...scene.geometry import SceneGeometry
from .policy import SupportPolicy
from .probe import BodyProbe, compress


class SupportTerm:
    """The gap between the lower side and the surface below over ``floating``, plus how far the centre of mass lies
    outside the contact over ``tipping``; for ``rest_on`` and ``lean`` also whether the right thing is touched."""

    name = "support"
    needs_views = False

    def __init__(self, geometry: SceneGeometry, probe: BodyProbe, policy: SupportPolicy) -> None:
        self.geometry = geometry
        self.probe = probe
        self.policy = policy
        owners = sorted({i for name in policy.anchors for i in geometry.indices(name)})
        self._anchor = np.zeros(len(geometry.static) + 1, bool)
        self._anchor[owners] = True
        angles = torch.arange(16) * (2 * math.pi / 16)
        self._ways = torch.stack([angles.cos(), angles.sin()], 1)

    def __call__(self, views: Views | None, poses: Pose) -> Tensor:
        """Returns the loss [K]."""
        zero = poses.position.sum(1) * 0
        if self.policy.kind == "none" or not self.geometry.static:
            return zero
        size = self.probe.world_size(poses)
        points, gap, owner = self.gaps(poses)
        settings = self.probe.settings
        held = torch.isfinite(gap.detach())
        least = torch.where(held, gap, torch.full_like(gap, 1e3)).min(1).values
        none = ~held.any(1)
        # The gap that the resolving move leaves under a resting body is where the loss is least, and nothing.
        rest = torch.clamp(settings.rest_gap_share * size, max=settings.rest_gap_metres)
        loss = compress((least - rest).abs() / (settings.floating * size))
        loss = torch.where(none, zero + 4.0, loss)
        tip = self._outside_contact(poses, points, gap, least, held)
        loss = loss + torch.where(none, zero, compress(tip / (settings.tipping * size)))
        if self.policy.kind == "rest_on" and self.policy.anchors:
            touching = held & (gap.detach() < (least.detach() + 0.02 * size)[:, None])
            right = touching & torch.as_tensor(self._anchor[owner], device=gap.device)
            loss = loss + 1 - right.sum(1) / touching.sum(1).clamp_min(1)
        if self.policy.kind == "lean" and self.policy.anchors:
            loss = loss + self._off_anchor(poses, size)
        return loss

    def gaps(self, poses: Pose) -> tuple[Tensor, Tensor, np.ndarray]:
        """Returns the lower side's points [K, U, 3], the gap [K, U] to the surface below each in metres (inf where
        there is none, negative when sunk in) and the place of its owner in ``geometry.static`` [K, U] (-1)."""
        linear = poses.linear.detach().cpu().double().numpy()
        local = self.probe.tensor(self.probe.undersides(linear), poses.scale)
        points = poses.apply(local)
        start = points.detach().cpu().double().numpy()
        tall = start[..., 2].max(1) - start[..., 2].min(1)
        # Starts are lifted, so that a body sunk into its support sees that surface and not what is under it.
        lift = np.maximum(0.5 * tall, 0.1 * self.probe.world_size(poses).cpu().double().numpy())
        raised = start + np.array([0.0, 0.0, 1.0]) * lift[:, None, None]
        hits = self.geometry.below(raised.reshape(-1, 3))
        owner = np.where(hits.hit, self.geometry.face_object[np.maximum(hits.face, 0)], -1).reshape(start.shape[:2])
        normal = hits.normal * np.where(hits.normal[:, 2:] < 0, -1.0, 1.0)
        slope = -normal[:, :2] / np.maximum(normal[:, 2:], 0.3)
        spot = self.probe.tensor(np.nan_to_num(hits.point).reshape(start.shape), points)
        tilt = self.probe.tensor(slope.reshape(*start.shape[:2], 2), points)
        ground = spot[..., 2] + ((points - spot)[..., :2] * tilt).sum(-1)
        missing = torch.as_tensor(~hits.hit.reshape(start.shape[:2]), device=points.device)
        return points, torch.where(missing, torch.full_like(ground, math.inf), points[..., 2] - ground), owner

    def _outside_contact(self, poses: Pose, points: Tensor, gap: Tensor, least: Tensor, held: Tensor) -> Tensor:
        """Returns how far [K] the centre of mass lies outside the contact, metres: in the worst of 16 directions, the
        reach of the contact beyond it, where a point's reach shrinks with its gap above the first contact."""
        centre = poses.apply(self.probe.tensor(self.probe.centre[None], poses.scale))[:, 0, :2]
        reach = (points[..., :2] - centre[:, None]) @ self._ways.to(points).T
        above = torch.where(held, gap - least[:, None], torch.zeros_like(gap))
        reach = reach - self.probe.settings.contact_slope * above[..., None]
        reach = torch.where(held[..., None], reach, torch.full_like(reach, -1e3))
        return torch.relu(-reach.max(1).values.min(1).values)

    def _off_anchor(self, poses: Pose, size: Tensor) -> Tensor:
        """Returns the least distance [K] from the body's points to the anchors over ``floating`` times the size."""
        points = poses.apply(self.probe.tensor(self.probe.points, poses.scale))
        nearest = (
            torch.stack([self.geometry.field(a).signed(points).abs().min(1).values for a in self.policy.anchors])
            .min(0)
            .values
        )
        return compress(nearest / (self.probe.settings.floating * size))
