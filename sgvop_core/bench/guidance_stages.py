"""The scenes of ``sgvop bench guidance`` and what is drawn of them: poses, their pictures and what holds in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..scene.cameras import project
from ..scene.model import Array
from ..training.choices import SEEN, View
from ..training.data import Group, Thing
from ..training.plain_texts import relation_facts

if TYPE_CHECKING:
    from ..render.contract import Renderer
    from ..scene.body import Body
    from ..scene.geometry import SceneGeometry
    from ..scene.model import Camera


class Stage(Protocol):
    """What the bench needs of ``training.pictures.Stage``."""

    body: Body
    target: Thing
    things: tuple[Thing, ...]
    geometry: SceneGeometry
    named: tuple[int, ...] | None
    """The things that its pictures are about, none for those of the room and the camera alone; None: all."""

    views: tuple[Camera, ...]
    """The cameras that the pictures are from, of a sheet those of all its views."""

    def closer(self, anchors: Sequence[int], framing: str = "studio") -> Stage:
        """Returns the stage as a placement shows it to CLIP for a prompt that names those things."""
        ...

    @property
    def camera(self) -> Camera:
        """The first camera."""
        ...

    @property
    def renderer(self) -> Renderer:
        """Draws the target over the rest, differentiable in its pose."""
        ...

    def sample_poses(self, rng: np.random.Generator, count: int, kind: str = "mixed") -> Array:
        """Returns matrices [K, 4, 4] (object frame to world), K <= count; ``kind``: ``mixed`` or ``random``."""
        ...

    def margins(self, matrices: Array) -> Array:
        """Returns the margin [K, F] of every fact at matrices [K, 4, 4]; NaN where undefined."""
        ...

    def render(self, matrices: Array) -> tuple[Array, Array, Array]:
        """Returns pictures [K, V, S, S, 3] uint8 from the V cameras of ``views``, visible [K] and area [K] of matrices [K, 4, 4];
        five are those of a sheet (``guidance.clip.sheet.VIEWS``)."""
        ...

    def group(self) -> Group:
        """Returns what the pictures have in common."""
        ...


class MakeStage(Protocol):
    """``training.pictures.make_stage``."""

    def __call__(
        self,
        rng: np.random.Generator,
        split: str,
        size: int = 96,
        *,
        target: str | None = None,
        anchors: Sequence[str] | None = None,
        unseen: bool = False,
    ) -> Stage:
        """Returns a scene with its moving target; kinds of the target and the anchors may be forced, and ``unseen`` takes
        a target of a kind that training never shows."""
        ...


ABOUT = (0.15, 0.7, 0.15)
"""Shares of the scenes that are asked about the room and the camera, about one thing, and about two ("between")."""


@dataclass(frozen=True, eq=False)
class Shots(View):
    """Pictures of one stage: matrices [K, 4, 4], pictures [K, V, S, S, 3] uint8 from V cameras, and what is known of them."""

    matrices: Array
    pictures: Array


def shoot(stage: Stage, matrices: Array) -> Shots:
    """Returns the pictures of matrices [K, 4, 4] with what holds in them."""
    pictures, visible, area = stage.render(matrices)
    group = stage.group()
    facts = relation_facts(group, shown_things(stage))
    if stage.named is not None:
        facts = [i for i in facts if {a for a in group.facts[i].anchors if _a_thing(group, a)} == set(stage.named)]
    return Shots(group, facts, stage.margins(matrices), visible, area, matrices, pictures)


def _a_thing(group: Group, anchor: int) -> bool:
    return anchor >= 0 and group.things[anchor].role == "thing"


def framed(stage: Stage, framing: str, rng: np.random.Generator) -> Stage:
    """Returns the stage as CLIP sees it: all that the camera sees (``camera``), or as a placement shows it for a prompt that
    names some of its anchors (``studio``, ``place``), which is drawn among those that something is measured to."""
    if framing == "camera":
        return stage
    group = stage.group()
    every = {tuple(sorted(a for a in f.anchors if _a_thing(group, a))) for f in group.facts if f.what == "relation"}
    kinds = [[a for a in sorted(every) if len(a) == count] for count in range(3)]
    share = np.array([share if kind else 0.0 for share, kind in zip(ABOUT, kinds, strict=True)])
    chosen = kinds[int(rng.choice(3, p=share / share.sum()))]
    return stage.closer(chosen[int(rng.integers(len(chosen)))], framing)


def in_frame(stage: Stage, points: Array) -> Array:
    """Returns where world points [N, 3] are in the picture, [N, 2] as shares of its width and height; NaN behind the camera."""
    frame = np.array([stage.camera.aspect, 1.0])
    return np.asarray(project(stage.camera, points, (1.0, stage.camera.aspect))[0] / frame)


def box_in_frame(stage: Stage, index: int) -> Array:
    """Returns where the corners of a thing's box, and last its middle, are in the picture, [9, 2] as shares of it."""
    low, high = stage.geometry.bounds(stage.things[index].name)
    corners = [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    return in_frame(stage, np.array([*corners, (low + high) / 2]))


def shown_things(stage: Stage) -> set[int]:
    """Returns the places of the things that are in the picture, large enough to be seen; floor and walls always are."""
    found = set()
    for index, thing in enumerate(stage.things):
        at = box_in_frame(stage, index) if thing.role == "thing" else None
        if at is not None:
            inside = np.isfinite(at).all() and ((at[-1] > 0.02) & (at[-1] < 0.98)).all()
            if not inside or np.ptp(at[:-1], axis=0).max() < SEEN.anchor:
                continue
        found.add(index)
    return found


def moved(matrices: Array, shift: Array) -> Array:
    """Returns matrices [K, 4, 4] shifted in the world by [K, 3] metres."""
    out = np.array(matrices, np.float64)
    out[:, :3, 3] += shift
    return out


def pivot_of(body: Body) -> Array:
    """Returns the middle [3] of the body's box in the object frame."""
    return np.asarray(body.bounds.mean(0), np.float64)


def turned(matrix: Array, pivot: Array, angles: Array) -> Array:
    """Returns matrix [4, 4] turned about the world's up axis through the pivot [3] (object frame) by angles [K]: [K, 4, 4]."""
    at = matrix[:3, :3] @ pivot + matrix[:3, 3]
    out = np.repeat(np.asarray(matrix, np.float64)[None], len(angles), 0)
    c, s = np.cos(angles), np.sin(angles)
    turn = np.zeros((len(angles), 3, 3))
    turn[:, 0, 0], turn[:, 0, 1], turn[:, 1, 0], turn[:, 1, 1], turn[:, 2, 2] = c, -s, s, c, 1.0
    out[:, :3, :3] = turn @ matrix[:3, :3]
    out[:, :3, 3] = at - out[:, :3, :3] @ pivot
    return out


def body_size(stage: Stage, matrices: Array) -> Array:
    """Returns the size [K] in metres (diagonal of the box) of the body at matrices [K, 4, 4]."""
    scale = np.cbrt(np.abs(np.linalg.det(np.asarray(matrices)[:, :3, :3])))
    return np.asarray(stage.body.size * scale)


def shipped_make_stage() -> Any:
    """Returns the maker of stages that the training has."""
    from ..training.pictures import make_stage

    return make_stage
