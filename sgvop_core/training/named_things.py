"""Which things of a scene a prompt names, and what is left of the scene then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..guidance.clip.framing import cleared
from ..scene.geometry import SceneGeometry
from ..scene.model import Scene
from .scenery import ROOMY, Scenery

NONE = 0.12
"""Share of prompts that name nothing but the room, its floor and its walls."""
LIKELY = 3.0
"""How much rather a prompt names a thing with room beneath or within it."""


def only_named(made: Scenery, rng: np.random.Generator, pair: float) -> Scenery:
    """Returns the scenery of a prompt that names one of its things, or (share ``pair``) two: what a placement does not show to CLIP
    is gone (``guidance.clip.framing.cleared``), what holds the named things stays. Some prompts name none, and those of scenes
    without things: all of it stays."""
    things = [t.name for t in made.things if t.role == "thing"]
    if rng.random() < NONE or not things:
        return replace(made, named=())
    count = 2 if len(things) > 1 and rng.random() < pair else 1
    weight = np.array([LIKELY if t.kind in ROOMY else 1.0 for t in made.things if t.role == "thing"])
    named = tuple(str(n) for n in rng.choice(things, min(count, len(things)), replace=False, p=weight / weight.sum()))
    whole = Scene(tuple(made.objects))
    mine = {o.name for o in whole.subtree(made.target.name)}
    shown = cleared(whole, SceneGeometry(whole, [made.target.name]), named)
    hidden = {o.name for o in shown.objects if o.hidden and o.name not in mine}
    gone = {t.name for t in made.things if t.role == "thing" and any(o.name in hidden for o in whole.subtree(t.name))}
    gone -= set(named)
    away = {o.name for name in gone for o in whole.subtree(name)}
    boxes = {name: box for name, box in made.boxes.items() if name not in gone}
    return replace(
        made, objects=[o for o in made.objects if o.name not in away], boxes=boxes, named=named,
        things=[t for t in made.things if t.name not in gone],
    )  # fmt: skip
