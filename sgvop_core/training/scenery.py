"""Random scenes: a floor, sometimes walls, a few anchors, clutter on and around them, and the object that will move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..assets import placed
from ..assets.parts import build_mesh
from ..assets.registry import KINDS
from ..assets.rooms import slab
from ..scene.geometry import SceneGeometry
from ..scene.model import Array, Light, Scene, SceneObject
from .data import Thing
from .given import GivenMeshes
from .lighting import random_light
from .nouns import noun_of
from .split import Split, asset_seed, kinds_of
from .wardrobe import dressed, floor, piece, wall


@dataclass(frozen=True)
class SceneryOptions:
    """Shares and sizes of random scenes; lengths in metres."""

    walls: float = 0.6
    """Share of scenes with a back wall; half of those have a left wall too."""
    more: tuple[float, float] = (0.75, 0.4)
    """Shares of scenes with a second and a third large thing."""
    clutter: int = 3
    """Most small things, on the floor or on the large ones."""
    natural: float = 0.5
    """Share of scenes whose things have their natural sizes; in the others any size goes with any."""
    coloured: float = 0.6
    material: float = 0.3
    """Shares of things that are painted in a named colour, or made of a named material."""
    anchor: tuple[float, float] = (0.3, 1.5)
    """Longest side of an anchor in scenes of unnatural sizes."""
    floating: float = 0.15
    """Share of large things that hang in the air, so that others can be below them and hang from them."""
    ratio: tuple[float, float] = (0.25, 1.1)
    """Longest side of the target over that of its anchor."""
    close: float = 0.75
    """Share of scenes where the camera looks at the first anchor, not at all large things."""
    furniture: float = 0.55
    """Share of first anchors that are furniture, things that others are usually on, in and under."""
    roomy: float = 0.0
    """Share of first anchors with room beneath or within them, which few kinds have."""
    pair: float = 0.25
    """Share of prompts that name two things of a scene."""
    given: GivenMeshes | None = None
    """Meshes of which some things are."""


FURNITURE = (
    "table", "side table", "coffee table", "desk", "shelf", "cabinet", "chair", "stool", "crate", "sofa", "armchair", "bed",
    "bench", "box", "basket", "bowl", "wardrobe", "stairs", "barrel", "suitcase", "cube", "cylinder", "bucket", "bathtub", "sink",
    "tray", "office chair", "filing cabinet", "fridge", "washing machine", "fireplace", "truck",
)  # fmt: skip
ROOMY = (
    "table", "side table", "coffee table", "desk", "shelf", "chair", "stool", "bench", "bed", "office chair", "stairs", "crate",
    "basket", "bowl", "box", "barrel", "bucket", "bathtub", "sink", "tray", "fireplace",
)  # fmt: skip
"""Kinds with room beneath or within."""


CROWD = (1, 7)
"""Fewest things of a crowd, and one more than most."""
SIGNS = ("letter ", "number ")
RARE, UNNAMED = 0.12, 2.0
"""How often letters and digits come up, which are many kinds of one sort, and shapes that no noun names."""


@dataclass
class Scenery:
    """A scene without its camera: ``objects`` with the target's last; ``things`` that stay, by the names of their objects.

    ``natural``: whether sizes are those of real things. ``size_ratio``: the target's size over what is usual.
    """

    objects: list[SceneObject]
    target: Thing
    things: list[Thing]
    lights: list[Light]
    ambient: tuple[float, float, float]
    background: tuple[float, float, float]
    natural: bool
    size_ratio: float
    focus: Array
    boxes: dict[str, Array] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    """The asset seeds of the things, by their names."""
    named: tuple[str, ...] | None = None
    """The things that pictures are about, where not all are (``named_things``)."""

    @property
    def walled(self) -> bool:
        """Whether a back wall closes the scene towards +y."""
        return any(t.role == "wall" for t in self.things)


def make_scenery(
    rng: np.random.Generator, split: Split, options: SceneryOptions | None = None, *, target: str | None = None,
    anchors: Sequence[str] | None = None, bare: bool = False, unseen: bool = False, alone: bool = False, crowd: bool = False,
) -> Scenery:  # fmt: skip
    """Returns a random scene of that side. ``target`` and ``anchors``: kinds to take; ``bare``: no clutter and no other
    large things; ``alone``: nothing but the target; ``crowd``: many things of about
    one size; ``unseen``: the target is of a kind that training never shows."""
    furnisher = _Furnisher(rng, split, options or SceneryOptions())
    if crowd:
        return furnisher.crowd()
    return furnisher.portray(target, unseen) if alone else furnisher.furnish(target, anchors, bare, unseen)


class _Furnisher:
    def __init__(self, rng: np.random.Generator, split: Split, options: SceneryOptions) -> None:
        self.rng, self.split, self.options = rng, split, options
        self.objects: list[SceneObject] = []
        self.things: list[Thing] = []
        self.boxes: dict[str, Array] = {}
        self.nouns: set[str] = set()
        self.seeds: dict[str, int] = {}

    def furnish(self, target: str | None, anchors: Sequence[str] | None, bare: bool, unseen: bool) -> Scenery:
        rng, o = self.rng, self.options
        natural = bool(rng.random() < o.natural)
        goal = target or self._kind(kinds_of(self.split, unseen=unseen))
        self._take(goal)
        chosen = list(anchors or ())
        for kind in chosen:
            self._take(kind)
        count = 1 if bare else 1 + sum(rng.random() < share for share in o.more)
        while len(chosen) < count:
            chosen.append(self._anchor_kind(goal, natural, first=not chosen))
            self._take(chosen[-1])
        first = chosen[0]
        if natural:
            reference = self._usual(first)
        else:
            reference = float(np.exp(rng.uniform(*np.log(o.anchor))))
        for index, kind in enumerate(chosen):
            size = self._usual(kind) * rng.uniform(0.85, 1.15) if natural else reference
            if index and not natural:
                size *= float(np.exp(rng.normal() * 0.35))
            self._stand(kind, size, first=index == 0)
        walls = rng.random() < o.walls
        lead = next(iter(self.boxes.values()))
        focus = np.stack(
            [np.min([b[0] for b in self.boxes.values()], 0), np.max([b[1] for b in self.boxes.values()], 0)]
        )
        self._surround(focus, walls)
        if not bare:
            for _ in range(int(rng.integers(0, o.clutter + 1))):
                self._scatter(reference, natural)
        usual = self._usual(goal)
        size = usual
        if natural:
            size *= float(np.exp(rng.normal() * 0.45)) if rng.random() < 0.4 else rng.uniform(0.85, 1.15)
        if not natural or not 0.1 < size / reference < 1.6:
            size = reference * float(np.exp(rng.uniform(*np.log(o.ratio))))
        thing, objects = self._dressed(goal, size)
        if rng.random() < o.close:
            focus = lead + 0.5 * min(0.5 * float(np.ptp(lead, axis=0).max()), size) * np.array([[-1, -1, 0], [1, 1, 0]])
            window = rng.uniform(1.6, 3.5) * size
            centre = np.clip(
                rng.uniform(lead[0], lead[1]), lead[0] + window, np.maximum(lead[1] - window, lead[0] + window)
            )
            if (np.ptp(lead, axis=0) > 2 * window).any():
                focus = np.stack([np.maximum(focus[0], centre - window), np.minimum(focus[1], centre + window)])
        lights, ambient, background = random_light(rng, focus)
        return Scenery(
            self.objects + objects,
            thing,
            self.things,
            lights,
            ambient,
            background,
            natural,
            size / usual,
            focus,
            self.boxes,
            self.seeds,
        )

    def crowd(self) -> Scenery:
        """Returns a scene of several things of about one size, side by side, looked at around the last, the target."""
        rng = self.rng
        size = float(rng.uniform(0.3, 0.8))
        for number in range(int(rng.integers(*CROWD))):
            kind = self._kind(kinds_of(self.split))
            self._take(kind)
            self._stand(kind, size * float(np.exp(rng.normal() * 0.35)), first=not number, turned=True)
        lead = self.things.pop()
        low, high = (f([b[k] for b in self.boxes.values()], 0) for k, f in enumerate((np.min, np.max)))
        self._surround(np.stack([low, high]), bool(rng.random() < self.options.walls))
        # All of a crowd at once would be too small to be told apart: about the target there is room for one or two more.
        focus = self.boxes[lead.name] + rng.uniform(0.0, 0.7) * size * np.array([[-1, -1, 0], [1, 1, 1]])
        lights, ambient, background = random_light(rng, focus)
        mine = [o for o in self.objects if lead.name in (o.name, o.parent)]
        rest = [o for o in self.objects if lead.name not in (o.name, o.parent)]
        return Scenery(
            rest + mine, lead, self.things, lights, ambient, background, False, 1.0, focus, self.boxes, self.seeds
        )

    def portray(self, target: str | None, unseen: bool) -> Scenery:
        """Returns a scene with the target alone, on a floor and perhaps before a wall."""
        goal = target or self._kind(kinds_of(self.split, unseen=unseen))
        size = float(self.rng.uniform(0.3, 0.8))
        focus = 0.5 * size * np.array([[-1.0, -1, 0], [1, 1, 1.6]])
        self._surround(focus, bool(self.rng.random() < self.options.walls))
        thing, objects = self._dressed(goal, size)
        lights, ambient, background = random_light(self.rng, focus)
        ratio = size / self._usual(goal)
        return Scenery(
            self.objects + objects, thing, self.things, lights, ambient, background, False, ratio, focus, {}, self.seeds
        )

    # -------------------------------------------------------------- choosing

    def _usual(self, kind: str) -> float:
        """Metres of a kind's usual longest side."""
        return KINDS[kind].usual if kind in KINDS or not self.options.given else self.options.given.usual(kind)

    def _kind(self, kinds: Sequence[str]) -> str:
        given = self.options.given
        if given and self.rng.random() < given.share:
            unlike = [k for k in given.kinds() if (noun_of(k) or k) not in self.nouns]
            if unlike:
                return str(self.rng.choice(unlike))
        fresh = [k for k in kinds_of(self.split) if (noun_of(k) or k) not in self.nouns]
        free = [k for k in kinds if (noun_of(k) or k) not in self.nouns] or fresh
        weight = np.array([RARE if k.startswith(SIGNS) else UNNAMED if noun_of(k) is None else 1.0 for k in free])
        return str(self.rng.choice(free, p=weight / weight.sum()))

    def _take(self, kind: str) -> None:
        self.nouns.add(noun_of(kind) or kind)

    def _anchor_kind(self, goal: str, natural: bool, first: bool) -> str:
        every = kinds_of(self.split)
        roomy = first and self.options.roomy > 0 and self.rng.random() < self.options.roomy
        if roomy:
            every = tuple(k for k in every if k in ROOMY)
        elif self.rng.random() < self.options.furniture:
            every = tuple(k for k in every if k in FURNITURE)
        if natural and first:
            # A real table for a real mug: the anchor is not much smaller than what goes there.
            fitting = tuple(k for k in every if 0.7 * self._usual(goal) < self._usual(k) < 6 * self._usual(goal))
            every = fitting or every
        elif natural:
            near = self._usual(goal)
            every = tuple(k for k in every if 0.3 * near < self._usual(k) < 9 * near) or every
        return self._kind(every)

    def _dressed(self, kind: str, size: float) -> tuple[Thing, list[SceneObject]]:
        """Returns a thing and its objects about the origin, ``size`` metres long at its longest side."""
        rng, o = self.rng, self.options
        seed = asset_seed(self.split, rng)
        found = piece(kind, seed, o.given)
        lead = f"{kind} {len(self.objects)}"
        self.seeds[lead] = seed
        objects, colour, material = dressed(found, rng, self.split, o.coloured, o.material)
        name = {x.name: lead + x.name[len(objects[0].name) :] for x in objects}
        objects = [replace(x, name=name[x.name], parent=name.get(x.parent or "")) for x in objects]
        objects = placed(objects, scale=size / found.extent)
        return Thing(lead, kind, noun_of(kind), colour, material), objects

    # -------------------------------------------------------------- standing

    def _stand(self, kind: str, size: float, first: bool, turned: bool = False) -> None:
        """Adds a large thing beside those that already stand; ``turned``: any way round."""
        rng = self.rng
        thing, objects = self._dressed(kind, size)
        lift = float(rng.uniform(0.35, 1.4)) * size if rng.random() < self.options.floating else 0.0
        turn = float(rng.choice([0, 90, 180, 270], p=[0.55, 0.15, 0.15, 0.15]) + rng.normal() * 12)
        turn = float(rng.uniform(0, 360)) if turned and rng.random() < 0.5 else turn
        for _ in range(12):
            x = y = 0.0
            if not first:
                other = list(self.boxes.values())[int(rng.integers(len(self.boxes)))]
                reach = 0.5 * float(np.ptp(other, axis=0)[:2].max()) + 0.5 * size
                angle, gap = rng.uniform(0, 2 * math.pi), rng.uniform(0.02, 0.9) * max(size, 0.3)
                x = float(other[:, 0].mean() + (reach + gap) * math.cos(angle))
                y = float(other[:, 1].mean() + (reach + gap) * math.sin(angle))
            moved = placed(objects, x, y, lift, turn)
            box = Scene(tuple(moved)).bounds()
            if not any(_meet(box, b) for b in self.boxes.values()):
                self._add(thing, moved, box)
                return

    def _scatter(self, reference: float, natural: bool) -> None:
        """Adds a small thing on the floor or on another."""
        rng = self.rng
        kind = self._kind(kinds_of(self.split))
        size = self._usual(kind) if natural else reference * float(np.exp(rng.uniform(math.log(0.12), math.log(0.5))))
        if size > 0.7 * reference:
            return
        thing, objects = self._dressed(kind, size)
        geometry = SceneGeometry(Scene(tuple(self.objects)), ())
        for _ in range(8):
            if rng.random() < 0.6:
                box = list(self.boxes.values())[int(rng.integers(len(self.boxes)))]
                x, y = rng.uniform(box[0, :2], box[1, :2])
            else:
                middle = np.mean([b.mean(0) for b in self.boxes.values()], 0)
                x, y = middle[:2] + rng.normal(size=2) * reference * 0.9
            around = np.array([[x, y]]) + 0.4 * size * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
            heights = geometry.heights(around)
            if not np.isfinite(heights).all() or np.ptp(heights) > 0.01:
                continue
            moved = placed(objects, float(x), float(y), float(heights.max()) + 5e-4, float(rng.uniform(0, 360)))
            box = Scene(tuple(moved)).bounds()
            if not any(_meet(box, b, 0.9) for b in self.boxes.values()):
                self._take(kind)
                self._add(thing, moved, box)
                return

    def _add(self, thing: Thing, objects: list[SceneObject], box: Array) -> None:
        self.objects += objects
        self.things.append(thing)
        self.boxes[thing.name] = box

    # -------------------------------------------------------------- around

    def _surround(self, focus: Array, walls: bool) -> None:
        rng = self.rng
        spread = float(np.ptp(focus, axis=0)[:2].max())
        room = spread * (rng.uniform(0.7, 1.6) if rng.random() < 0.5 else rng.uniform(2.0, 7.0)) + 0.4
        low, high = focus[0, :2] - room, focus[1, :2] + room
        thick = 0.08 * spread
        tile = max(0.25 * spread, 0.15)
        material, repeat = floor(rng, self.split)
        if walls:
            close = 0.004 * spread if rng.random() < 0.35 else rng.uniform(0.1, 0.9) * max(spread, 0.5)
            high[1] = focus[1, 1] + close
            left = rng.random() < 0.5
            if left:
                low[0] = focus[0, 0] - (
                    0.004 * spread if rng.random() < 0.35 else rng.uniform(0.2, 0.9) * max(spread, 0.5)
                )
            height = float(np.ptp(focus, axis=0)[2] * rng.uniform(1.4, 2.6) + 0.3 * spread)
            paint = wall(rng, self.split)
            part = slab(
                (float(low[0]) - thick, float(high[0])),
                (float(high[1]), float(high[1]) + thick),
                (0.0, height),
                paint,
                tile,
            )
            self._side("Back wall", part)
            if left:
                paint = paint if rng.random() < 0.6 else wall(rng, self.split)
                part = slab(
                    (float(low[0]) - thick, float(low[0])), (float(low[1]), float(high[1])), (0.0, height), paint, tile
                )
                self._side("Left wall", part)
        part = slab(
            (float(low[0]), float(high[0])), (float(low[1]), float(high[1])), (-thick, 0.0), material,
            repeat * (1.0 if spread > 0.8 else spread),
        )  # fmt: skip
        self.objects.append(SceneObject("Floor", np.eye(4), build_mesh("Floor", [part])))
        self.things.append(Thing("Floor", "floor", "floor", role="floor"))

    def _side(self, name: str, part: object) -> None:
        self.objects.append(SceneObject(name, np.eye(4), build_mesh(name, [part])))  # type: ignore[list-item]
        self.things.append(Thing(name, "wall", "wall", role="wall"))


def _meet(a: Array, b: Array, share: float = 1.0) -> bool:
    """Returns whether two boxes [2, 3] overlap, each shrunk about its middle to ``share`` of its size."""
    half = share * (np.ptp(a, axis=0) + np.ptp(b, axis=0)) / 2
    return bool((np.abs(a.mean(0) - b.mean(0)) < half - 1e-6).all())
