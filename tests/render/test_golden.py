"""Pictures of known scenes, as they looked when someone looked at them. To renew: delete the file and run the test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sgvop_core.pose import Pose
from sgvop_core.render import make_renderer, render_picture
from sgvop_core.scene.body import make_body

from .scenes import creature, scene_at_table
from .test_shading import lamp, textured_creature

FOLDER = Path(__file__).parent / "golden"


def body_over_plate() -> np.ndarray:
    scene = scene_at_table(creature(4))
    pose = Pose(torch.full((1, 3), 0.6), torch.eye(3)[None], torch.tensor([[-0.1, 0.0, 1.02]]), torch.zeros(3))
    views = make_renderer(scene, make_body(scene, "body"), (96, 96)).render(pose, scene.cameras)
    return (views.rgb[0, 0].numpy() * 255 + 0.5).astype(np.uint8)


def textured_by_lamps() -> np.ndarray:
    lights = (lamp("point", (0.6, -0.8, 1.9), 12.0), lamp("spot", (0, -2, 2.5), 30.0, cone=(0.2, 0.5)))
    scene = replace(scene_at_table(textured_creature()), lights=lights)
    return render_picture(scene, scene.cameras[0], (96, 96))


@pytest.mark.parametrize("make", [body_over_plate, textured_by_lamps])
def test_pictures_look_as_before(make) -> None:
    picture = make()
    path = FOLDER / f"{make.__name__}.png"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path)
        pytest.fail(f"{path.name} was missing and has been written: look at it, then run again")
    known = np.asarray(Image.open(path)).astype(int)
    difference = np.abs(picture.astype(int) - known)
    assert difference.mean() < 0.5 and np.percentile(difference, 99) <= 6
