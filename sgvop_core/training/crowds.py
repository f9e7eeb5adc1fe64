"""Pictures of many things at once, of which nothing is said but what they are.

Relations take a search for poses and exact geometry; what things are called takes neither, and there are far more things to
know than relations. So most of what a network sees first are crowds, each from several cameras in several looks.
"""

from __future__ import annotations

import numpy as np

from .cameras import CameraOptions, random_camera
from .data import Group, GroupPictures
from .pictures import LEAST_AREA, camera_facts, snapshots_of
from .restyle import restyled
from .scenery import SceneryOptions, make_scenery
from .split import Split

CAMERAS = CameraOptions(apparent=(0.4, 1.0), fill=(0.3, 0.7))


def crowd_groups(
    rng: np.random.Generator, split: Split, size: int, views: int, options: SceneryOptions | None = None
) -> list[GroupPictures]:
    """Returns a group of one picture for each of ``views`` cameras on a crowd, without facts; those in which its last thing
    is not seen are left out."""
    scenery = make_scenery(rng, split, options, crowd=True)
    extent = float(np.ptp(scenery.boxes[scenery.target.name], axis=0).max())
    found = []
    for view in range(views):
        look = scenery if view == 0 else restyled(scenery, rng, split, options)
        camera = random_camera(rng, look, extent, CAMERAS)
        shots = snapshots_of(look, size)
        rest = shots.body.rest_matrix()[None]
        pictures, area, cells = shots.draw(rest, camera)
        if area[0] < LEAST_AREA:
            continue
        group = Group(look.target, tuple(look.things), (), "render", camera_facts(camera), split)
        seen, nothing = np.ones(1, np.float32), np.zeros((1, 0), np.float32)
        found.append(GroupPictures(group, pictures, nothing, seen, area, rest.astype(np.float32), cells))
    return found
