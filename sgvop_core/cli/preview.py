"""Pictures of a placement: the start, the best pose after each stage, and the candidates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..placement.result import Placement
from ..scene.model import Scene
from .output import write_picture
from .scenes import camera_of

WIDTH = 640
"""Pixels of a preview; its height follows the camera."""


def write_previews(scene: Scene, placement: Placement, stages: Mapping[str, np.ndarray], folder: Path) -> None:
    """Writes start.png, stage-*.png and candidate-*.png; further objects follow in numbered folders.

    ``stages`` holds the world matrix [4, 4] of the best pose at the end of each stage of the first object.
    """
    from ..render import render_picture

    camera = camera_of(placement, scene)
    size = (max(round(WIDTH / camera.aspect), 1), WIDTH)

    def draw(shown: Scene, name: Path) -> None:
        write_picture(name, render_picture(shown, camera, size, samples=2))

    draw(scene, folder / "start.png")
    for index, (stage, delta) in enumerate(stages.items(), 1):
        draw(scene.moved(placement.objects, delta), folder / f"stage-{index}-{stage}.png")
    before = scene
    for number, part in enumerate((placement, *placement.then), 1):
        home = folder if number == 1 else folder / f"object-{number}"
        home.mkdir(exist_ok=True)
        for index, candidate in enumerate(part.candidates, 1):
            draw(before.moved(part.objects, candidate.delta), home / f"candidate-{index}.png")
        before = part.scene
