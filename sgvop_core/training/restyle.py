"""The same things in the same places, in other colours, of other materials, on another floor and in other light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..scene.model import SceneObject
from .data import Thing
from .lighting import random_light
from .scenery import Scenery, SceneryOptions
from .split import Split
from .wardrobe import dressed, floor, piece, wall


def restyled(
    scenery: Scenery, rng: np.random.Generator, split: Split, options: SceneryOptions | None = None
) -> Scenery:
    """Returns the scenery in another look; names, places and shapes stay, so what was measured stays true."""
    o = options or SceneryOptions()
    worn: dict[str, SceneObject] = {}
    told: dict[str, Thing] = {}
    for thing in (*scenery.things, scenery.target):
        mine = [x for x in scenery.objects if thing.name in (x.name, x.parent)]
        if thing.role == "thing":
            found = piece(thing.kind, scenery.seeds[thing.name], o.given)
            objects, colour, material = dressed(found, rng, split, o.coloured, o.material)
            told[thing.name] = replace(thing, colour=colour, material=material)
            worn |= {old.name: replace(old, mesh=new.mesh) for old, new in zip(mine, objects, strict=True)}
        else:
            made_of = floor(rng, split)[0] if thing.role == "floor" else wall(rng, split)
            told[thing.name] = thing
            worn |= {x.name: replace(x, mesh=replace(x.mesh, materials=(made_of,))) for x in mine if x.mesh is not None}
    lights, ambient, background = random_light(rng, scenery.focus)
    return replace(
        scenery, objects=[worn.get(x.name, x) for x in scenery.objects], target=told[scenery.target.name],
        things=[told[t.name] for t in scenery.things], lights=lights, ambient=ambient, background=background,
    )  # fmt: skip
