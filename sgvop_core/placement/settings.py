"""What a user may ask of a placement, and the numbers behind each quality."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..errors import SettingsError
from ..pose import CHANNELS, ScaleMode, Squash

QUALITIES = ("draft", "standard", "high")
STAGES = ("propose", "evolve", "polish", "resolve")
SEARCHES = ("cma", "dual_annealing", "basinhopping", "differential_evolution")
PIVOTS = ("origin", "base", "mass")
GUIDANCE = ("clip", "relation", "physical")
DEMANDS = ("support", "collision", "view")
RENDERERS = ("mesh", "pytorch3d", "thesis")
TEMPLATES = ("none", "short", "openai")
FRAMINGS = ("auto", "studio", "place", "camera")
AXES = ("x", "-x", "y", "-y", "z", "-z")
SEEDS = 2**32
"""Seeds lie below this: every generator that is seeded here takes them."""


@dataclass(frozen=True)
class Most:
    """The largest values that make sense; beyond them memory and hours go for nothing."""

    views: int = 64
    """Cameras; the thesis uses 8."""
    size: int = 2048
    """Pixels; CLIP's own pictures have 224 to 448."""
    samples: int = 8
    """Samples a pixel and side."""


MOST = Most()


@dataclass(frozen=True)
class Effort:
    """How much work a quality means. Every number is a count unless its comment says otherwise."""

    proposals: int
    """Poses drawn and judged by geometry alone; cheap, about 0.1 ms each."""
    shortlist: int
    """Proposals that are rendered and shown to CLIP."""
    starts: int
    """Distinct poses that evolve and polish set out from."""
    generations: int
    population: int
    """Poses a generation and start."""
    polish_steps: int
    views: int
    """Cameras a pose is seen from: the chosen one and others around the object. The studio has four of its own."""
    checks: int
    """Poses that get the exact checks before ranking."""


EFFORT: dict[str, Effort] = {
    "draft": Effort(proposals=256, shortlist=24, starts=3, generations=4, population=6, polish_steps=12, views=1, checks=16),
    "standard": Effort(
        proposals=512, shortlist=40, starts=4, generations=7, population=8, polish_steps=24, views=2, checks=32
    ),
    "high": Effort(proposals=2048, shortlist=160, starts=8, generations=20, population=10, polish_steps=80, views=4, checks=80),
}  # fmt: skip


@dataclass(frozen=True)
class PlaceSettings:
    """Everything that changes what ``place`` does. The defaults are what the command line uses."""

    anchors: tuple[str, ...] = ()
    """Names of the objects to place against, in the order of the prompt's relations; empty: read from the prompt."""
    camera: str | None = None
    """The camera whose picture counts; None: the scene's first, or one made for the scene."""
    views: int | None = None
    """Cameras CLIP sees a pose from, the first being ``camera``; None: by quality."""
    candidates: int = 5
    """How many different poses to return at most."""
    seed: int = 0
    quality: str = "standard"
    budget: int | None = None
    """Evaluations (poses judged by the whole objective) at most; None: by quality."""
    time_limit: float | None = None
    """Seconds after which the best so far is checked and returned."""
    locks: frozenset[str] = field(default_factory=frozenset)
    """Channels that keep their value: ``location.z``, ``rotation.x``, ``scale.y`` ..."""
    scale_range: tuple[float, float] | None = None
    """Shares of the start size; None: what the prompt says, else 0.7 to 1.4."""
    scale_mode: ScaleMode = "uniform"
    free: bool = False
    """Opens all seven parameters, as in the thesis: any rotation, scale 0.25 to 2 unless given."""
    pivot: str = "base"
    """What rotation and scale keep in place: origin, base (bottom centre) or mass (centre of mass)."""
    front: str | None = None
    """The object's own axis that faces forward, such as ``y`` or ``-x``, for "facing" and "on its back"; None: -y."""
    bounds: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    """World box (low, high) in metres for the pivot; None: the scene's free space."""
    framing: str = "auto"
    """What CLIP sees: ``studio`` (the anchors with room for the object, without the things that the prompt does not name, anchors
    blue and the rest grey, in one light, four views on a sheet), ``place`` (close-ups of the same in the scene's own look and from its
    own cameras) or ``camera`` (all of the cameras' pictures). ``auto`` is the studio where a model was made for it, such as the
    builtin one, else place. Without anchors the studio shows the whole room, and place what the cameras see."""
    clip: tuple[str, ...] = ("auto",)
    """Models as ``MODEL[:PRETRAINED|PATH][*WEIGHT]``; ``auto`` takes one that is cached, ``none`` does without."""
    templates: str = "short"
    """The sentences a prompt is put into before CLIP reads it: none, short or openai."""
    augment: str = ""
    """Image augmentations for CLIP, such as ``blur=0/3/7,crop``; empty: none."""
    guidance: Mapping[str, float] = field(default_factory=lambda: {"clip": 1.0, "relation": 1.0, "physical": 1.0})
    """Weights of the families of terms; 0 switches a family off, its proposals, moves and checks included."""
    ignore: frozenset[str] = field(default_factory=frozenset)
    """Demands of the physical family that are not made: ``support`` (stand on something), ``collision`` (cut into nothing),
    ``view`` (be seen by the camera). The checks still tell how it is."""
    stages: tuple[str, ...] = STAGES
    """Which stages run. Without ``propose`` the search starts from the pose the object has."""
    search: str = "cma"
    """What evolve runs: cma (several in parallel) or one of scipy's global optimisers."""
    polish_steps: int | None = None
    learning_rate: float = 0.01
    """Adam's step at the start of polish, as a share of each channel's natural unit (see polish.py)."""
    squash: Squash = "fold"
    renderer: str = "mesh"
    gradient: str = "auto"
    """``auto``: the renderer's own; ``differences``: finite differences of its pictures."""
    size: int = 224
    """Most pixels along the shorter side of the pictures CLIP sees: they have no more than the largest of its models takes,
    unless augmentations cut pieces out of them."""
    samples: int = 2
    """Samples a pixel and side."""
    shadows: bool = True
    device: str = "auto"
    together: bool = False
    """With several objects: move them as one instead of one after the other."""
    best_effort: bool = False
    """Return the nearest miss instead of raising NoValidPose when no pose holds."""

    def __post_init__(self) -> None:
        def one_of(name: str, value: str, known: tuple[str, ...]) -> None:
            if value not in known:
                raise SettingsError(f"{name} '{value}' is unknown; choose one of {', '.join(known)}")

        one_of("quality", self.quality, QUALITIES)
        one_of("search", self.search, SEARCHES)
        one_of("pivot", self.pivot, PIVOTS)
        one_of("renderer", self.renderer, RENDERERS)
        one_of("framing", self.framing, FRAMINGS)
        one_of("gradient", self.gradient, ("auto", "differences"))
        one_of("squash", self.squash, ("fold", "thesis"))
        one_of("scale mode", self.scale_mode, ("uniform", "free", "fixed"))
        if self.front is not None:
            one_of("front", self.front, AXES)
        one_of("templates", self.templates, TEMPLATES)
        if self.augment:
            from ..guidance.clip import parse_augmentations

            # Read here although it is CLIP that needs it: a misspelt word must not pass unseen without CLIP.
            parse_augmentations(self.augment)
        for name in ("anchors", "clip", "stages"):
            if isinstance(getattr(self, name), str):
                raise SettingsError(f"{name} is one text; give a list of them: {name}=('{getattr(self, name)}',)")
        for stage in self.stages:
            one_of("stage", stage, STAGES)
        for name, weight in self.guidance.items():
            one_of("guidance", name, GUIDANCE)
            if not (math.isfinite(weight) and weight >= 0):
                raise SettingsError(f"guidance {name}={weight} is not a weight; give a number of 0 or more")
        for channel in self.locks:
            one_of("channel", channel, CHANNELS)
        for demand in self.ignore:
            one_of("demand", demand, DEMANDS)
        for name, low, high in (
            ("candidates", 1, None),
            ("size", 16, MOST.size),
            ("samples", 1, MOST.samples),
            ("views", 1, MOST.views),
            ("budget", 1, None),
            ("polish_steps", 0, None),
        ):
            value = getattr(self, name)
            if value is not None and value < low:
                raise SettingsError(f"{name} is {value}; give a number of {low} or more")
            if value is not None and high is not None and value > high:
                raise SettingsError(f"{name} is {value}; give a number from {low} to {high}")
        if not 0 <= self.seed < SEEDS:
            raise SettingsError(f"seed {self.seed} is out of range; give a whole number from 0 to {SEEDS - 1}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise SettingsError(f"learning rate {self.learning_rate} is not positive; give a number such as 0.01")
        if self.time_limit is not None and not self.time_limit > 0:
            raise SettingsError(f"time limit {self.time_limit} s leaves no time; give a positive number of seconds")
        if self.scale_range is not None:
            small, large = self.scale_range
            if not (0 < small <= large < math.inf):
                raise SettingsError(
                    f"scale range {small}:{large} is empty or not positive; give LOW:HIGH with 0 < LOW <= HIGH"
                )
        if self.bounds is not None and any(a > b for a, b in zip(*self.bounds, strict=True)):
            raise SettingsError("bounds are empty: a low corner lies above its high corner; swap them")

    @property
    def effort(self) -> Effort:
        """The quality's numbers with the explicit settings put in."""
        effort = EFFORT[self.quality]
        if self.views is not None:
            effort = replace(effort, views=self.views)
        if self.polish_steps is not None:
            effort = replace(effort, polish_steps=self.polish_steps)
        return effort

    def weight(self, family: str) -> float:
        """Returns the weight of a family of terms, 1 where it was not named."""
        return float(self.guidance.get(family, 1.0))

    def asks(self, demand: str) -> bool:
        """Returns whether a pose has to fulfil one of ``DEMANDS``."""
        return self.weight("physical") > 0 and demand not in self.ignore

    def as_json(self) -> dict[str, Any]:
        """Returns the settings as plain JSON values, for the result file."""
        plain: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, frozenset):
                value = sorted(value)
            elif isinstance(value, tuple):
                value = [list(v) if isinstance(v, tuple) else v for v in value]
            elif isinstance(value, Mapping):
                value = dict(value)
            plain[f.name] = value
        return plain


def thesis_settings(**changes: Any) -> PlaceSettings:
    """Returns the thesis' own run (section 4.3): all seven parameters, eight views, CLIP alone, 300 steps of Adam with a
    cosine schedule from the pose the object has, over a rasteriser without silhouette gradients.
    """
    base: dict[str, Any] = {
        "free": True,
        "squash": "thesis",
        "renderer": "thesis",
        "views": 8,
        "stages": ("polish",),
        "polish_steps": 300,
        "learning_rate": 0.01,
        "templates": "none",
        "guidance": {"clip": 1.0, "relation": 0.0, "physical": 0.0},
        "pivot": "origin",
        "scale_range": (0.001, 2.0),
        "samples": 1,
        "framing": "camera",
        "best_effort": True,
    }
    return PlaceSettings(**{**base, **changes})
