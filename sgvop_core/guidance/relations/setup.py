"""Making the relations of a resolved prompt for one scene and one body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ...errors import PromptError
from ...scene.geometry import SceneGeometry
from ...scene.model import Array, Camera
from ..physical import SupportPolicy
from ..prompt.reading import CAMERA, ROOM, ResolvedPrompt, ResolvedRelation
from ..prompt.vocabulary import load_vocabulary
from .containment import Between, Inside, box_planes, hull_planes
from .contract import Relation
from .decks import Anchor
from .lateral import Lateral, direction_of
from .limits import EFFORT
from .orientation import Attitude, Facing
from .proximity import Against, Far, Leaning, Near, NextTo
from .region import Rectangle, Region
from .shape import BodyShape
from .vertical import Above, Below, Hanging, On

HELD = ("on", "inside", "above", "below", "hanging", "corner", "middle", "edge", "against", "attached", "leaning")
"""Relations that say themselves how high the body is; beside them left and right ask for no height."""


@dataclass
class Setting:
    """What relations are made of: the scene's geometry, the body's samples, the camera, and the anchors made so far.

    ``box`` [3]: the sides of the body's world box as it starts out, metres. ``cells``: how fine the plans of anchors are.
    """

    geometry: SceneGeometry
    shape: BodyShape
    camera: Camera
    box: Array
    device: str | torch.device = "cpu"
    cells: int = EFFORT.cells

    def __post_init__(self) -> None:
        self._anchors: dict[str, Anchor] = {}

    def anchor(self, name: str) -> Anchor:
        """Returns the anchor of that name. Raises PromptError when it shows nothing."""
        if name not in self._anchors:
            if not self.geometry.indices(name):
                raise PromptError(f"'{name}' has no visible faces, so nothing can be placed by it; name another anchor")
            self._anchors[name] = Anchor(self.geometry, name, self.device, self.cells)
        return self._anchors[name]


def make_relation(setting: Setting, resolved: ResolvedRelation, same_height: bool) -> Relation:
    """Returns one relation of the prompt. Raises PromptError for an anchor that it cannot have."""
    name, anchors, role = resolved.relation, resolved.anchors, resolved.roles[0]
    shape, height = setting.shape, float(setting.box[2])
    if name in ("facing", "facing_away"):
        return _facing(setting, name, anchors[0])
    if CAMERA in anchors:
        raise PromptError(
            f"the camera cannot be the anchor of '{name.replace('_', ' ')}'; it is no object of the scene"
        )
    if ROOM in anchors:
        return _in_room(setting, name, anchors)
    first = setting.anchor(anchors[0])
    if name == "between":
        return Between(first, setting.anchor(anchors[1]), shape, same_height)
    if name == "attached" or (name == "on" and role == "wall"):
        return Against(first, shape, hung=True)
    if (name == "on" and role == "ceiling") or name == "hanging":
        return Hanging(first, shape, height)
    if name == "on":
        return On(first, shape, height, resolved.part, role)
    if name in ("corner", "middle", "edge"):
        on = On(first, shape, height, resolved.part, role)
        plan = on.decks[0].plan if on.decks else first.filled
        return Region(name, first.name, Rectangle(plan.centres()), shape, on)
    if name == "inside":
        return Inside(first.name, hull_planes(first.points), shape, first, float(first.box[2]))
    if name in ("left", "right", "front", "behind"):
        direction = direction_of(name, resolved.frame, setting.camera, first)
        return Lateral(name, first, shape, resolved.frame, direction, same_height)
    if name == "far":
        room = setting.geometry.limits
        return Far(first, shape, float(np.linalg.norm(room[1] - room[0])))
    if name == "below":
        return Below(first, shape, height, float(setting.box[:2].min()))
    simple: dict[str, Callable[[Anchor, BodyShape], Relation]] = {
        "above": Above, "next_to": NextTo, "near": Near, "against": Against, "leaning": Leaning,
    }  # fmt: skip
    return simple[name](first, shape)


def _facing(setting: Setting, name: str, anchor: str) -> Relation:
    if anchor == CAMERA:
        return Facing(name, anchor, setting.shape, None, setting.camera.position)
    if anchor == ROOM:
        room = setting.geometry.room
        return Facing(name, anchor, setting.shape, None, room.mean(0))
    made = setting.anchor(anchor)
    return Facing(name, anchor, setting.shape, made, made.centre)


def _in_room(setting: Setting, name: str, anchors: tuple[str, ...]) -> Relation:
    room = setting.geometry.limits if setting.geometry.names else setting.geometry.room
    if name in ("corner", "middle", "edge"):
        corners = np.array([[x, y] for x in room[:, 0] for y in room[:, 1]])
        return Region(name, ROOM, Rectangle(corners), setting.shape, None)
    if name == "inside":
        whole = setting.geometry.room
        return Inside(ROOM, box_planes(whole), setting.shape, None, float(whole[1, 2] - whole[0, 2]))
    words = name.replace("_", " ")
    raise PromptError(
        f"'{words}' of the whole room says no place; name an object with --anchor, or say 'in the corner'"
    )


def support_of(resolved: ResolvedPrompt, relations: tuple[Relation, ...]) -> SupportPolicy:
    """Returns what has to hold the body: the anchors of "on", nothing when it floats or hangs, else what is below."""
    if resolved.floats:
        return SupportPolicy("none")
    holding = [r for r in relations if isinstance(r, On) or (isinstance(r, Region) and r.on is not None)]
    if holding:
        return SupportPolicy("rest_on", tuple(dict.fromkeys(a for r in holding for a in r.anchors)))
    leaning = [r for r in relations if isinstance(r, Leaning)]
    if leaning:
        return SupportPolicy("lean", tuple(dict.fromkeys(a for r in leaning for a in r.anchors)))
    vocabulary = load_vocabulary().relations
    if any(vocabulary[r.name]["support"] == "none" for r in relations):
        return SupportPolicy("none")
    return SupportPolicy("rest")


def attitude_relation(resolved: ResolvedPrompt, shape: BodyShape) -> tuple[Relation, ...]:
    """Returns the attitude that the prompt asks for as a relation, if it does."""
    return () if resolved.attitude is None else (Attitude(resolved.attitude, shape),)
