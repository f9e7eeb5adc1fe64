"""Poses as those that a search comes by: turned any way, grown, in the air or in the way of something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sgvop_core.cli.main import main
from sgvop_core.errors import SettingsError
from sgvop_core.scene.cameras import project
from sgvop_core.scene.model import Array
from sgvop_core.training import generate
from sgvop_core.training.generate import SceneShares
from sgvop_core.training.moves import about, neighbours, perturbed, search_step
from sgvop_core.training.pictures import Stage, make_stage
from sgvop_core.training.poses import PoseOptions

from .asked_stages import stage_options

POINTS = np.array([[x, y, z] for x in (-0.1, 0.1) for y in (-0.2, 0.2) for z in (0.0, 1.0)])
MIDDLE = POINTS.mean(0)


def rest(count: int) -> Array:
    return np.tile(np.eye(4), (count, 1, 1))


def tilt(matrices: Array) -> Array:
    """Degrees [N] between the poses' upright axis and the vertical, whatever their size."""
    up = matrices[:, :3, 2] / np.linalg.norm(matrices[:, :3, 2], axis=1, keepdims=True)
    return np.degrees(np.arccos(np.clip(up[:, 2], -1, 1)))


def test_a_turn_is_about_its_axis_and_as_far_as_it_says() -> None:
    assert np.allclose(about([0, 0, 3], np.pi / 2) @ [1, 0, 0], [0, 1, 0])
    turn = about([1, 2, 3], 0.7)
    assert np.allclose(turn @ [1, 2, 3], [1, 2, 3]) and np.isclose(np.trace(turn), 1 + 2 * np.cos(0.7))


def test_a_search_turns_any_way_and_grows_both_ways() -> None:
    rng = np.random.default_rng(1)
    turns, growths = zip(*(search_step(rng) for _ in range(400)), strict=True)
    assert np.allclose(np.stack(turns) @ np.stack(turns).transpose(0, 2, 1), np.eye(3))
    axes = np.stack([[t[2, 1] - t[1, 2], t[0, 2] - t[2, 0], t[1, 0] - t[0, 1]] for t in turns])
    assert (np.abs(axes.mean(0)) < 0.25).all() and (axes.std(0) > 0.4).all(), "no axis is preferred"
    assert 0.25 < np.std(np.log(growths)) < 0.35 and abs(np.mean(np.log(growths))) < 0.05


def test_a_share_of_the_poses_is_moved_about_the_middle() -> None:
    moved = perturbed(np.random.default_rng(2), rest(600), 0.3, POINTS, MIDDLE)
    stayed = (moved == np.eye(4)).all((1, 2))
    assert 0.62 < stayed.mean() < 0.78
    gone = moved[~stayed]
    steps = np.linalg.norm(gone[:, :3, :3] @ MIDDLE + gone[:, :3, 3] - MIDDLE, axis=1)
    assert np.median(steps) == pytest.approx(0.34, abs=0.12), "of a body one metre long"
    assert (tilt(gone) > 5).mean() > 0.8
    assert 0.2 < np.log(np.cbrt(np.linalg.det(gone[:, :3, :3]))).std() < 0.4
    assert np.array_equal(perturbed(np.random.default_rng(2), rest(9), 0.0, POINTS, MIDDLE), rest(9))


def test_neighbours_are_moved_and_neither_turned_nor_grown() -> None:
    near = neighbours(np.random.default_rng(3), rest(4), 200, POINTS)
    assert np.array_equal(near[:, :3, :3], rest(200)[:, :3, :3])
    steps = np.linalg.norm(near[:, :3, 3], axis=1)
    assert 0.02 < np.median(steps) < 0.4 and (near[:, 2, 3] == 0).mean() == pytest.approx(0.5, abs=0.12)


@pytest.fixture(scope="module")
def drawn() -> dict[float, tuple[Stage, Array]]:
    """A stage and 80 poses of it by the share of searched ones."""
    found = {}
    for share in (0.0, 1.0):
        options = PoseOptions(searched=share, tipped=0.0)
        rng = np.random.default_rng(5)
        stage = make_stage(rng, "train", 32, target="mug", anchors=["table"], bare=True, poses=options)
        found[share] = stage, stage.sample_poses(np.random.default_rng(6), 80)
    return found


def test_what_a_search_comes_by_is_drawn_for_training(drawn: dict[float, tuple[Stage, Array]]) -> None:
    (stage, plain), (_, searched) = drawn[0.0], drawn[1.0]
    assert len(searched) == 80
    tilts = [np.median(tilt(m @ np.linalg.inv(stage.body.rest_matrix()))) for m in (plain, searched)]
    assert tilts[0] < 5 and tilts[1] > 20
    sizes = [np.log(np.cbrt(np.linalg.det(m[:, :3, :3]))) for m in (plain, searched)]
    assert sizes[1].std() > sizes[0].std() + 0.1
    names = [f.name for f in stage.facts]
    on = [float((stage.margins(m)[:, names.index("on")] >= 0).mean()) for m in (plain, searched)]
    assert 0.04 < on[1] < on[0], "some still lie on it, fewer than of those that were not moved"


def test_all_that_is_drawn_is_seen(drawn: dict[float, tuple[Stage, Array]]) -> None:
    for stage, matrices in drawn.values():
        middles = matrices[:, :3, :3] @ stage.body.mesh.vertices.mean(0) + matrices[:, :3, 3]
        pixels, depth = project(stage.camera, middles, (1.0, stage.camera.aspect))
        assert (depth > 0).all() and (pixels > 0).all() and (pixels < [stage.camera.aspect, 1.0]).all()


def test_the_studio_has_as_many_of_them_as_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for share in (0.0, 0.6):
        asked = stage_options(monkeypatch, SceneShares(0.0, 0.0, studio=1.0, searched=share))
        assert asked["poses"].searched == share


def test_the_command_asks_for_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[SceneShares] = []
    monkeypatch.setattr(generate, "generate", lambda *_, shares, **__: asked.append(shares))
    line = ["train-guidance", "data", str(tmp_path), "--plain", "0", "--alone", "0", "--studio", "1"]
    assert main([*line, "--searched", "0.7"]) == 0 and main(line) == 0
    assert asked == [SceneShares(0.0, 0.0, studio=1.0, searched=0.7), SceneShares(0.0, 0.0, studio=1.0)]


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_that_makes_no_sense_is_refused(share: float) -> None:
    with pytest.raises(SettingsError, match="searched poses"):
        SceneShares(searched=share)
