"""What holds in a pose: the project's relation predicates, measured on the placed geometry for many poses at once.

Margins are made comparable: divided by the margin at which the relation holds clearly, or, below zero, fails clearly
(``SCALES``), so that 1 and -1 mean the same for a gap of millimetres and for a metre of distance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ..guidance.prompt import reading
from ..guidance.prompt.reading import ResolvedRelation
from ..guidance.prompt.vocabulary import load_vocabulary
from ..guidance.relations.contract import Relation
from ..guidance.relations.decks import Anchor
from ..guidance.relations.orientation import Attitude
from ..guidance.relations.setup import Setting, make_relation
from ..guidance.relations.shape import BodyShape, BodyState
from ..pose import Pose
from ..scene.body import Body
from ..scene.distance import DistanceField
from ..scene.geometry import SceneGeometry
from ..scene.model import Array, Camera
from .data import CAMERA, ROOM, SIZES, Fact, Thing
from .truth import FARTHEST

CELLS = 24
"""Cells of an anchor's plan: a third as fine as in a placement, enough for labels and nine times as fast."""
SCALES = {
    "on": (0.004, 0.08), "corner": (0.006, 0.10), "middle": (0.006, 0.10), "edge": (0.006, 0.10), "hanging": (0.004, 0.08),
    "against": (0.006, 0.08), "attached": (0.006, 0.08), "leaning": (0.006, 0.10),
    "left": (0.08, 0.14), "right": (0.08, 0.14), "front": (0.08, 0.14), "behind": (0.08, 0.14),
    "above": (0.06, 0.08), "below": (0.05, 0.10), "inside": (0.10, 0.15), "between": (0.10, 0.2),
    "next_to": (0.08, 0.25), "near": (0.10, 0.30), "far": (0.20, 0.40),
}  # fmt: skip
"""Shares of the body's size: the margin that counts as clearly holding, and as clearly not."""
RADIANS = {"facing": (0.2, 0.5), "facing_away": (0.2, 0.5), "attitude": (0.12, 0.4)}
SIZE_LIMITS = (0.55, 0.82, 1.22, 1.8)
"""Ratios to the usual size between tiny, small, medium, large and huge."""
THING_RELATIONS = tuple(r for r in load_vocabulary().relations if r != "between")
WALL_RELATIONS = ("against", "attached", "leaning", "next_to", "near", "far", "facing", "facing_away")
WALL_NEAREST = ("far",)
ROOM_RELATIONS = ("corner", "middle")
LATERAL = ("left", "right", "front", "behind")


class _Measured:
    """A distance field whose "grid" is exact, and asked once for each state's points: five relations share it."""

    def __init__(self, field: DistanceField) -> None:
        self._field = field
        self._points: Tensor | None = None
        self._values: Tensor | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._field, name)

    def grid(self, device: object = "cpu", refine: bool = True) -> _Measured:
        return self

    def __call__(self, points: Tensor) -> Tensor:
        if self._points is not points or self._values is None:
            flat = self._field.exact(points.reshape(-1, 3).numpy())[0]
            self._points, self._values = points, torch.as_tensor(flat).to(points).reshape(points.shape[:-1])
        return self._values

    coarse = __call__


class _Setting(Setting):
    def anchor(self, name: str) -> Anchor:
        fresh = name not in self._anchors
        anchor = super().anchor(name)
        if fresh:
            anchor.field = _Measured(anchor.field)  # type: ignore[assignment]
        return anchor


class Labeller:
    """Measures the facts of one body among chosen things of a scene, seen by one camera.

    ``chosen``: places in ``things`` of the anchors that facts are about; the floor is always there, and with ``room`` what is
    said of walls and of the room.
    ``size_ratio``: the body's size at scale one over what is usual for its kind, None to say nothing of sizes.
    """

    def __init__(
        self, geometry: SceneGeometry, body: Body, cameras: Sequence[Camera], things: Sequence[Thing], chosen: Sequence[int], *,
        fronted: bool, size_ratio: float | None, room: bool = True,
    ) -> None:  # fmt: skip
        self.shape = BodyShape(body)
        self.things = things
        self.size_ratio = size_ratio
        self._settings = [
            _Setting(geometry, self.shape, camera, np.ptp(body.bounds, axis=0), cells=CELLS) for camera in cameras
        ]
        for other in self._settings[1:]:
            other._anchors = self._settings[0]._anchors
        self._bodies = [Attitude(name, self.shape) for name in load_vocabulary().attitudes]
        if not fronted:
            self._bodies = [a for a in self._bodies if a.name not in ("on_its_back", "on_its_face")]
        walls = [i for i, t in enumerate(things) if t.role == "wall" and room]
        floor = [i for i, t in enumerate(things) if t.role == "floor"]
        plan: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []  # relation, anchors said, anchors measured
        for index in chosen:
            plan += [(r, (index,), (index,)) for r in THING_RELATIONS]
        for a in range(len(chosen)):
            for b in range(a + 1, len(chosen)):
                plan.append(("between", (chosen[a], chosen[b]), (chosen[a], chosen[b])))
        if floor:
            plan.append(("on", (floor[0],), (floor[0],)))
        if walls:
            plan += [(r, (walls[0],), tuple(walls)) for r in WALL_RELATIONS]
        plan += [(r, (ROOM,), (ROOM,)) for r in ROOM_RELATIONS if walls]
        plan += [(r, (CAMERA,), (CAMERA,)) for r in ("facing", "facing_away")]
        if not fronted:
            plan = [p for p in plan if p[0] not in ("facing", "facing_away")]
        self._plan = plan
        self._made: list[list[list[Relation]]] = [
            [self._relations(s, p, c) for p in plan] for c, s in enumerate(self._settings)
        ]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts, in the order of the margins' columns."""
        facts = [Fact("relation", name, said) for name, said, _ in self._plan]
        facts += [Fact("attitude", a.name) for a in self._bodies]
        if self.size_ratio is not None:
            facts += [Fact("size", name) for name in SIZES]
        return tuple(facts)

    def margins(self, matrices: Array, camera: int = 0) -> Array:
        """Returns the margins [K, F] of poses [K, 4, 4], about 1 where a fact holds clearly and -1 where it clearly does not."""
        return self._measured(matrices, [camera])[0]

    def margins_by_camera(self, matrices: Sequence[Array]) -> list[Array]:
        """Returns the margins [K, F] of each camera's own poses [K, 4, 4], all measured at once."""
        ends = np.cumsum([0, *(len(m) for m in matrices)])
        every = self._measured(np.concatenate(list(matrices)), range(len(matrices)))
        return [every[c][ends[c] : ends[c + 1]] for c in range(len(matrices))]

    def _measured(self, matrices: Array, cameras: Sequence[int]) -> list[Array]:
        """The margins [K, F] of poses [K, 4, 4], seen by each of the cameras; what no camera changes is measured once."""
        poses = Pose.from_matrices(torch.as_tensor(matrices, dtype=torch.float64), torch.zeros(3, dtype=torch.float64))
        with torch.no_grad():
            state = self.shape.at(poses)
            shared: list[Tensor | None] = [
                None if self._seen_from(plan) else self._margin(plan[0], made, state)
                for plan, made in zip(self._plan, self._made[0], strict=True)
            ]
            bodies = [_scaled(_least(a.slacks(state)), *RADIANS["attitude"]) for a in self._bodies]
            rows = []
            for c in cameras:
                known = zip(shared, self._plan, self._made[c], strict=True)
                own = [self._margin(p[0], made, state) if v is None else v for v, p, made in known]
                rows.append([column.numpy() for column in (*own, *bodies)])
        if self.size_ratio is not None:
            scale = np.cbrt(np.abs(np.linalg.det(matrices[:, :3, :3])))
            sizes = _size_margins(np.log(scale * self.size_ratio))
            rows = [[*row, *sizes] for row in rows]
        return [np.stack(row, 1).astype(np.float32) for row in rows]

    @staticmethod
    def _seen_from(planned: tuple[str, tuple[int, ...], tuple[int, ...]]) -> bool:
        """Whether a relation depends on the camera."""
        return planned[0] in LATERAL or planned[1] == (CAMERA,)

    def _relations(
        self, setting: _Setting, planned: tuple[str, tuple[int, ...], tuple[int, ...]], camera: int
    ) -> list[Relation]:
        name, said, measured = planned
        if camera and not self._seen_from(planned):
            return self._made_first(planned)
        names = {ROOM: reading.ROOM, CAMERA: reading.CAMERA}
        anchors = [names.get(i) or self.things[i].name for i in measured]
        groups = [tuple(anchors)] if name == "between" else [(a,) for a in anchors]
        made = [
            make_relation(setting, ResolvedRelation(name, g, tuple(None for _ in g), frame="camera"), True)
            for g in groups
        ]
        if not camera:
            self.__dict__.setdefault("_first", {})[(name, said)] = made
        return made

    def _made_first(self, planned: tuple[str, tuple[int, ...], tuple[int, ...]]) -> list[Relation]:
        first: list[Relation] = self.__dict__["_first"][planned[:2]]
        return first

    def _margin(self, name: str, made: list[Relation], state: BodyState) -> Tensor:
        """Returns the scaled margin [K]; with several walls that of the one that holds best (or worst, for far)."""
        values = torch.stack([_least(r.slacks(state)) for r in made])
        value = values.amin(0) if name in WALL_NEAREST else values.amax(0)
        if name in RADIANS:
            return _scaled(value, *RADIANS[name])
        yes, no = SCALES[name]
        return _scaled(value, yes * state.size, no * state.size)


def _least(slacks: dict[str, Tensor]) -> Tensor:
    values = list(slacks.values())
    shape = max((v.shape for v in values), key=len)
    return torch.stack([v.expand(shape) for v in values]).amin(0)


def _scaled(value: Tensor, yes: Tensor | float, no: Tensor | float) -> Tensor:
    return torch.where(value >= 0, value / yes, value / no).clamp(-FARTHEST, 20)


def _size_margins(ratio: Array) -> list[Array]:
    """Returns the margins [K] of the five size words, of log ratios [K] to the usual size."""
    limits = [-math.inf, *np.log(SIZE_LIMITS), math.inf]
    out = []
    for low, high in pairwise(limits):
        margin = np.minimum(ratio - low, high - ratio)
        out.append(np.where(margin >= 0, margin / 0.15, margin / 0.3).clip(-20, 20))
    return out
