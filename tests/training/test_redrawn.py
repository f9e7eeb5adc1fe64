"""Sheets that another renderer draws are put together as ours are, so that only the look is another."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sgvop_core.guidance.clip.detail import cut_out, detail_windows
from sgvop_core.guidance.clip.seethrough import SEE_THROUGH, by_itself
from sgvop_core.guidance.clip.sheet import CAMERAS, FRONT, OBLIQUE, TOP
from sgvop_core.pose import Pose
from sgvop_core.render.mesh_renderer import MeshRenderer
from sgvop_core.render.picture import render_picture
from sgvop_core.scene.model import Camera, Scene
from sgvop_core.training.blender_pictures import BlenderPictures
from sgvop_core.training.generate import OPTIONS, SceneShares, generate
from sgvop_core.training.pictures import Stage, drawn_by, make_stage
from sgvop_core.training.redrawn import redrawn, shining_through, window_parts


class Painter(BlenderPictures):
    """Draws what Blender would, with our renderer; what is not asked for it paints green."""

    def render(self, scene, names, deltas, camera, size, seed, look=None, alone=False, parts=None):  # type: ignore[no-untyped-def]
        self.asked = [*getattr(self, "asked", []), (size, len(deltas), alone, parts is not None)]
        shown = by_itself(scene, names) if alone else scene
        made = [self._picture(shown, names, delta, camera, size) for delta in deltas]
        for k, part in enumerate([] if parts is None else parts):
            left, top, right, bottom = np.round(part * size).astype(int)
            whole, made[k] = made[k], np.full_like(made[k], (0, 255, 0))
            made[k][top:bottom, left:right] = whole[top:bottom, left:right]
        return np.stack(made)

    @staticmethod
    def _picture(scene: Scene, names: list[str], delta: np.ndarray, camera: Camera, size: int) -> np.ndarray:
        for name in [n for n in names if scene.object(n).parent not in names]:
            scene = scene.moved(name, delta)
        return render_picture(scene, camera, (size, size), 2)


def pink(pictures: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(pictures.astype(int), -1, 0)
    return np.asarray((red > 90) & (red > 1.8 * green) & (blue > 1.3 * green))


def stages() -> list[Stage]:
    return [make_stage(np.random.default_rng([4, k]), "train", 96, framing="studio") for k in range(4)]


def test_sheets_by_another_renderer_are_put_together_as_ours_are() -> None:
    """Views, pin, detail, ruler, and what shines through: with our renderer in Blender's place they are ours again."""
    painter, through = Painter(), 0
    for stage in stages():
        ours = stage.groups(np.random.default_rng(2), 6)[0]
        theirs = redrawn(stage, ours, painter, 0)
        assert theirs.group.source == "cycles" and theirs.group.facts == ours.group.facts
        assert theirs.pictures.shape == ours.pictures.shape and theirs.pictures.dtype == np.uint8
        assert np.array_equal(theirs.margin, ours.margin, equal_nan=True) and theirs.cells is ours.cells
        error = (theirs.pictures.astype(float) - ours.pictures) ** 2
        assert (10 * np.log10(255**2 / error.mean((1, 2, 3))) > 24).all()
        assert error[:, :2, :48].mean() < 100, "the ruler"
        for rows in (slice(0, 48), slice(48, 96)):
            for columns in (slice(0, 48), slice(48, 96)):
                pins = [pink(x.pictures[:, rows, columns]) for x in (ours, theirs)]
                assert (pins[0] & pins[1]).sum() > 0.5 * (pins[0] | pins[1]).sum() - 12, "the pin"
        green = (theirs.pictures[..., 1] > 200) & (theirs.pictures[..., [0, 2]].max(-1) < 60)
        assert not green.any(), "what was not drawn is not shown"
        through += sum(count for _, count, alone, _ in painter.asked if alone)
    assert through > 4, "in some views something was hidden"
    assert {(size, parts) for size, _, _, parts in painter.asked} == {(48, False), (192, True)}


def test_of_each_pixel_it_is_known_what_hides_the_body() -> None:
    """As the differentiable renderer has it: what the body covers by itself and does not among the others. ``close``: with its pin."""
    checked, errors = 0, {True: 0.0, False: 0.0}
    for stage in stages():
        group = stage.groups(np.random.default_rng(2), 6)[0]
        poses = Pose.from_matrices(torch.from_numpy(group.pose), torch.zeros(3))
        for body, close, view in ((stage.drawn, False, FRONT), (stage.close, True, OBLIQUE), (stage.close, True, TOP)):
            camera = stage.views[CAMERAS.index(view)]
            scenes = by_itself(stage.scene, body.names), stage.scene
            with torch.no_grad():
                alone, among = (
                    MeshRenderer(s, body, (64, 64)).render(poses, [camera]).alpha[:, 0].numpy() for s in scenes
                )
            found, other = (
                drawn_by(stage).hidden(group.pose.astype(np.float64), camera, 64, c) for c in (close, not close)
            )
            errors[True] += float(np.abs(found - (alone - among)).sum())
            errors[False] += float(np.abs(other - (alone - among)).sum())
            assert found.shape == alone.shape and np.abs(found - (alone - among)).mean() < 0.002
            clear = alone - among > 0.9
            checked += int(clear.sum())
            assert found[clear].mean() > 0.9 if clear.any() else True
    assert checked > 200 and errors[True] < 0.8 * errors[False]


class Flat(BlenderPictures):
    """Black pictures, and white ones of a body alone: their mixture is what hides it."""

    def render(self, scene, names, deltas, camera, size, seed, look=None, alone=False, parts=None):  # type: ignore[no-untyped-def]
        return np.full((len(deltas), size, size, 3), 255 if alone else 0, np.uint8)


def test_through_the_detail_s_things_shines_the_body_with_the_detail_s_pin() -> None:
    told = 0.0
    for stage in stages():
        group, at = stage.groups(np.random.default_rng(2), 6)[0], CAMERAS.index(OBLIQUE)
        poses, camera = group.pose.astype(np.float64), stage.views[CAMERAS.index(OBLIQUE)]
        middle = torch.as_tensor(stage.body.bounds.mean(0))
        windows = detail_windows(camera, torch.as_tensor(poses), middle, float(stage.body.size)).float()
        right, wrong = (
            cut_out(torch.from_numpy(drawn_by(stage).hidden(poses, camera, 192, close)[..., None]), windows, 48)[
                ..., 0
            ].numpy()
            for close in (True, False)
        )
        made = redrawn(stage, group, Flat(), 0).pictures[:, :48, 48:, 0] / (255 * SEE_THROUGH.share)
        assert at == 1 and np.abs(made - right).max() < 0.02
        told += float(np.abs(right - wrong).sum())
    assert told > 20, "the pins differ where something hides them"


def test_what_is_hidden_is_drawn_alone_only_where_there_is_any() -> None:
    hidden = np.zeros((3, 2, 2), np.float32)
    hidden[1, 0] = (1.0, 0.5)
    asked = []

    def drawn(which: np.ndarray, alone: bool) -> np.ndarray:
        asked.append((which.tolist(), alone))
        return np.full((which.sum(), 2, 2, 3), 200 if alone else 100, np.uint8)

    made = shining_through(drawn, hidden)
    assert asked == [([True] * 3, False), ([False, True, False], True)]
    share = SEE_THROUGH.share
    assert made[1, 0, :, 0].tolist() == [round(100 + 100 * share), round(100 + 50 * share)]
    assert (made[[0, 2]] == 100).all() and (made[1, 1] == 100).all()
    asked.clear()
    shining_through(drawn, np.zeros((3, 2, 2), np.float32))
    assert asked == [([True] * 3, False)]


@pytest.mark.parametrize("size", [72, 216])
def test_a_part_has_all_that_its_window_shows(size: int) -> None:
    rng = np.random.default_rng(5)
    windows = np.concatenate([rng.uniform(-1, 1, (40, 2)), rng.uniform(1e-3, 1, (40, 1))], 1).astype(np.float32)
    windows[0], windows[1] = (-1, -1, 1e-3), (1, 1, 1e-3)
    parts = window_parts(windows, size)
    assert parts.shape == (40, 4) and (parts >= 0).all() and (parts <= 1).all() and (parts[:, 2:] > parts[:, :2]).all()
    assert np.median((parts[:, 2] - parts[:, 0]) * (parts[:, 3] - parts[:, 1])) < 0.6, "and hardly more"
    pictures = torch.from_numpy(rng.random((40, size, size, 3)).astype(np.float32))
    black = torch.zeros_like(pictures)
    for k, (left, top, right, bottom) in enumerate(np.round(parts * size).astype(int)):
        black[k, top:bottom, left:right] = pictures[k, top:bottom, left:right]
    shown = (cut_out(x, torch.from_numpy(windows), 36) for x in (pictures, black))
    torch.testing.assert_close(*shown, atol=0, rtol=0)


@pytest.mark.parametrize(
    "studio, scenes", [(0.0, 60 / (0.72 * OPTIONS.poses)), (1.0, 60 / (0.72 * OPTIONS.blender_poses))]
)
def test_as_many_shards_are_asked_of_blender_as_give_the_pictures(tmp_path, studio: float, scenes: float) -> None:
    """Of what Blender draws a scene has fewer pictures than of ours; shards that are there are not made again."""
    pictures = 60 * OPTIONS.stages
    wanted = round(scenes)
    for index in range(wanted):
        (tmp_path / f"shard-{index:05d}.groups.json").write_text("{}")
    said: list[str] = []
    generate(tmp_path, pictures, blender=1.0, shares=SceneShares(0, 0, 0, studio), notify=said.append)
    assert said == [f"{wanted} of {wanted} shards are there already"]
