"""What hides the object in a sheet lets it shine through, with a slope; what nothing hides looks as it did."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from sgvop_core.guidance.clip.seethrough import SEE_THROUGH, by_itself, shone_through
from sgvop_core.guidance.clip.sheet import CAMERAS, FRONT, OBLIQUE, SIDE, TOP, VIEWS
from sgvop_core.guidance.clip.sheet_renderer import SheetRenderer
from sgvop_core.guidance.clip.studio import studio_cameras
from sgvop_core.pose import Pose
from sgvop_core.render.contract import Views
from sgvop_core.render.mesh_renderer import MeshRenderer
from sgvop_core.scene.body import Body, make_body
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.model import Camera, Light, Material, Mesh, Scene, SceneObject

PLACE = np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 1.0]])
CAMERA = Camera("Camera", look_at([0, -6, 1], [0, 0, 0.5]), math.radians(50), 1.0)
VIEWPOINTS = studio_cameras(CAMERA, PLACE)
SIDE_OF = 36


def box(
    name: str, extent: tuple[float, float, float], at: tuple[float, float, float], colour: tuple[float, float, float]
) -> SceneObject:
    made = trimesh.creation.box(extent)
    coat = Material(name, (*colour, 1.0))
    mesh = Mesh(name, np.asarray(made.vertices) + at, np.asarray(made.faces, np.int32), materials=(coat,))
    return SceneObject(name, np.eye(4), mesh)


def scene(*more: SceneObject) -> Scene:
    """A red cup behind a blue screen, as seen from the front."""
    screen = box("Screen", (1.2, 0.05, 0.8), (0, -0.5, 0.4), (0.05, 0.1, 0.8))
    return Scene((screen, box("Cup", (0.3, 0.3, 0.3), (0, 0, 0.3), (0.9, 0.05, 0.05)), *more), ())


def renderer(made: Scene) -> SheetRenderer:
    body = make_body(made, ["Cup"])

    def make(size: tuple[int, int], drawn: Body, alone: bool) -> MeshRenderer:
        return MeshRenderer(by_itself(made, ["Cup"]) if alone else made, drawn, size, dtype=torch.float64)

    return SheetRenderer(make, SIDE_OF, body, body, body)


def pose(along: torch.Tensor | None = None) -> Pose:
    made = Pose.from_matrices(torch.eye(4, dtype=torch.float64)[None], torch.zeros(3, dtype=torch.float64))
    return made if along is None else replace(made, translation=made.translation + along)


def view(views: Views, name: str) -> torch.Tensor:
    return views.rgb[0, VIEWS.index(name)]


def test_what_is_hidden_is_mixed_in_by_half_and_its_cover_is_none() -> None:
    views = renderer(scene()).render(pose(), VIEWPOINTS)
    screen = renderer(Scene(scene().objects[:1] + (box("Cup", (0.3,) * 3, (0, 0, 30), (1, 0, 0)),), ()))
    empty = view(screen.render(pose(), VIEWPOINTS), FRONT)
    in_the_open = renderer(Scene(scene().objects[1:], ())).render(pose(), VIEWPOINTS)
    open_air, shown = view(in_the_open, FRONT), view(views, FRONT)
    middle = (in_the_open.alpha[0, VIEWS.index(FRONT)] > 0.999).nonzero()
    assert len(middle) > 20 and float(views.alpha[0, VIEWS.index(FRONT)].sum()) == 0
    for row, column in middle:
        mixed = (1 - SEE_THROUGH.share) * empty[row, column] + SEE_THROUGH.share * open_air[row, column]
        torch.testing.assert_close(shown[row, column], mixed, atol=0.02, rtol=0)
    assert 0.2 < SEE_THROUGH.share < 0.8, "or one of the two would not be seen"


def test_what_nothing_hides_looks_as_it_does() -> None:
    made = scene()
    views = renderer(made).render(pose(), VIEWPOINTS)
    plain = MeshRenderer(made, make_body(made, ["Cup"]), (SIDE_OF, SIDE_OF), dtype=torch.float64)
    cameras = [c for c, name in zip(VIEWPOINTS, CAMERAS, strict=True) if name == SIDE]
    torch.testing.assert_close(view(views, SIDE), plain.render(pose(), cameras).rgb[0, 0], atol=1e-3, rtol=0)


def test_the_view_of_other_models_stays_as_it_is_and_the_detail_shines_through() -> None:
    made = scene(box("Lid", (3, 3, 0.05), (0, 0, 1.2), (0.05, 0.1, 0.8)))
    views = renderer(made).render(pose(), VIEWPOINTS)

    def reddest(name: str) -> float:
        return float((view(views, name)[..., 0] - view(views, name)[..., 2]).max())

    hidden = renderer(Scene((*made.objects[:1], box("Cup", (0.3,) * 3, (0, 0, 30), (1, 0, 0)), *made.objects[2:]), ()))
    bluest = view(hidden.render(pose(), VIEWPOINTS), TOP)
    assert reddest(OBLIQUE) < 0.05 and reddest("detail") > 0
    middle = view(views, TOP)[SIDE_OF // 2, SIDE_OF // 2] - bluest[SIDE_OF // 2, SIDE_OF // 2]
    assert middle[0] > 0.1 and middle[2] < -0.1


def test_a_hidden_object_has_a_slope() -> None:
    ball = trimesh.creation.icosphere(3, 0.2)
    coat = Material("Cup", (0.9, 0.05, 0.05, 1.0))
    mesh = Mesh("Cup", np.asarray(ball.vertices) + [0.13, 0, 0.31], np.asarray(ball.faces, np.int32), materials=(coat,))
    made = renderer(Scene((scene().objects[0], SceneObject("Cup", np.eye(4), mesh)), ()))
    weight = torch.linspace(-1, 1, SIDE_OF, dtype=torch.float64)

    def value(step: torch.Tensor) -> torch.Tensor:
        """How far to the right the red is."""
        return (view(made.render(pose(step), VIEWPOINTS), FRONT)[..., 0] * weight).sum()

    step = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    value(step).backward()
    aside = torch.tensor([0.02, 0.0, 0.0], dtype=torch.float64)
    with torch.no_grad():
        slope = float(value(aside) - value(-aside)) / 0.04
    assert step.grad is not None and slope > 10
    assert float(step.grad[0]) == pytest.approx(slope, rel=0.05)


def test_alone_is_what_moves_with_all_that_belongs_to_it_in_the_same_light() -> None:
    handle = replace(box("Handle", (0.1,) * 3, (0.2, 0, 0.3), (1, 1, 1)), parent="Cup")
    sun = Light("Sun", "sun", np.eye(4), (1.0, 1.0, 1.0), 2.0)
    made = replace(scene(handle), lights=(sun,))
    alone = by_itself(made, ["Cup"])
    assert [o.name for o in alone.objects if not o.hidden] == ["Cup", "Handle"] and alone.lights == (sun,)
    assert not any(o.hidden for o in made.objects)


def test_a_cover_that_grows_by_antialiasing_takes_nothing_away() -> None:
    seen = Views(torch.full((1, 1, 1, 1, 3), 0.3), torch.full((1, 1, 1, 1), 0.6), torch.ones(1, 1, 1, 1))
    alone = Views(torch.full((1, 1, 1, 1, 3), 0.9), torch.full((1, 1, 1, 1), 0.5), torch.ones(1, 1, 1, 1))
    assert torch.equal(shone_through(seen, alone), seen.rgb)
