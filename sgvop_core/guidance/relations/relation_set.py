"""All relations of one prompt in one scene, and what follows from them for support, scale, attitude and proposals."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...pose import RotationMode
from ...scene.body import Body
from ...scene.geometry import SceneGeometry
from ...scene.model import Array, Camera
from ..contract import Term
from ..physical import SupportPolicy
from ..prompt.reading import ResolvedPrompt
from .contract import Relation, RelationTerm
from .orientation import Attitude, Facing, attitude_rotations, standing
from .proposals import Proposer
from .proximity import Leaning
from .resting import resting_rotations
from .setup import HELD, Setting, attitude_relation, make_relation, support_of
from .shape import BodyShape


class RelationSet:
    """What a prompt asks of poses.

    ``relations``: with energy and check each. ``support``: what has to hold the body. ``scale_range``: (low, high) as
    shares of the start size, or None. ``attitudes``: rotations [A, 3, 3] of the object frame in the world, or None;
    ``rotation_mode``: a mode of PoseSpace that the prompt needs, or None.
    """

    def __init__(self, resolved: ResolvedPrompt, setting: Setting, relations: tuple[Relation, ...]) -> None:
        self.resolved, self.setting = resolved, setting
        attitude = attitude_relation(resolved, setting.shape)
        self.support: SupportPolicy = support_of(resolved, relations)
        self.relations: tuple[Relation, ...] = relations + attitude
        self.scale_range: tuple[float, float] | None = resolved.scale_range
        body = setting.shape.body
        self.attitudes: Array | None = None
        if resolved.attitude is not None:
            self.attitudes = attitude_rotations(resolved.attitude, body, setting.shape.facing)
            if self.support.kind != "none" and resolved.attitude in (
                "upside_down",
                "on_its_side",
                "on_its_back",
                "on_its_face",
            ):
                self.attitudes = resting_rotations(self.attitudes, body)
        elif any(isinstance(r, Leaning) for r in relations):
            self.attitudes = attitude_rotations("leaning", body, setting.shape.facing)
        self.rotation_mode: RotationMode | None = "yaw" if self.attitudes is not None else None
        self._proposer: Proposer | None = None

    @property
    def places(self) -> bool:
        """Whether the prompt says anything about where the body goes, and not only how it is turned or sized."""
        return self.resolved.floats or any(not isinstance(r, Facing | Attitude) for r in self.relations)

    @property
    def turns(self) -> bool:
        """Whether it matters which way the body faces."""
        fronts = ("on_its_back", "on_its_face")
        return any(isinstance(r, Facing) or r.name in fronts for r in self.relations)

    @property
    def start_rotation(self) -> Array:
        """The rotation [3, 3] that proposals are judged at: the first attitude, else as it stands."""
        if self.attitudes is not None:
            return np.asarray(self.attitudes[0])
        return np.asarray(self.setting.shape.body.rotation, np.float64)

    @property
    def start_scale(self) -> float:
        """The scale that proposals are judged at: 1, or the middle of the range that the prompt asks for."""
        if self.scale_range is None:
            return 1.0
        low, high = self.scale_range
        return 1.0 if low <= 1.0 <= high else float(np.sqrt(low * high))

    def terms(self) -> list[Term]:
        """Returns a guidance term for each relation, named for it (numbered where two have one name)."""
        terms: list[Term] = []
        for index, relation in enumerate(self.relations):
            same = [r for r in self.relations[:index] if r.name == relation.name]
            terms.append(RelationTerm(relation, relation.name + (f"_{len(same) + 1}" if same else "")))
        return terms

    def propose(self, count: int, generator: torch.Generator) -> Tensor:
        """Returns base centres [count, 3] in the world: low discrepancy, on real surfaces, those that satisfy all
        relations at the start rotation first. Without relations: over all upward surfaces in view."""
        if self._proposer is None:
            self._proposer = Proposer(self.setting, self.relations, self.start_rotation, self.start_scale)
        return torch.as_tensor(self._proposer.draw(count, generator))

    def turn_towards(self, bases: Tensor, rotations: Tensor) -> Tensor | None:
        """Returns the yaw [N] in radians that, put before ``rotations`` [N, 3, 3] of bodies at base centres [N, 3], makes
        them face (or lean towards) what the prompt says; None when it says nothing of the kind."""
        for relation in self.relations:
            if isinstance(relation, (Facing, Leaning)):
                local = self.setting.shape.front if isinstance(relation, Facing) else self.setting.shape.up
                has = (rotations @ torch.as_tensor(local).to(rotations))[:, :2]
                wants = relation.heading(bases.to(rotations))
                return torch.atan2(wants[:, 1], wants[:, 0]) - torch.atan2(has[:, 1], has[:, 0])
        return None

    def region(self) -> Array:
        """Returns a world box [2, 3] that can hold the base centre: around the best proposals, widened by the size."""
        bases = self.propose(64, torch.Generator().manual_seed(0)).numpy()
        margin = 0.5 * self.setting.shape.size * self.start_scale
        return np.stack([bases.min(0) - margin, bases.max(0) + margin])


def make_relations(
    resolved: ResolvedPrompt,
    geometry: SceneGeometry,
    body: Body,
    camera: Camera,
    device: str | torch.device = "cpu",
    front: Array | None = None,
) -> RelationSet:
    """Returns the relations of a resolved prompt, ready to be evaluated. ``front``: the body's own axis [3] that faces
    forward, None for -Y.

    Raises PromptError when an anchor cannot have the relation that the prompt gives it.
    """
    shape = BodyShape(body, device, front)
    scale = 1.0
    if resolved.scale_range is not None:
        low, high = resolved.scale_range
        scale = 1.0 if low <= 1.0 <= high else float(np.sqrt(low * high))
    rotation = attitude_rotations(resolved.attitude, body, shape.facing)[0] if resolved.attitude else standing(body)
    setting = Setting(geometry, shape, camera, shape.box(rotation, scale), device)
    held = any(r.relation in HELD for r in resolved.relations)
    relations = tuple(make_relation(setting, r, not held) for r in resolved.relations)
    return RelationSet(resolved, setting, relations)
