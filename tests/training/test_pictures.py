"""Training pictures show what their labels say, never what the test is made of, and the same seed gives the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from copy import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from sgvop_core.assets import asset_kinds
from sgvop_core.errors import SettingsError
from sgvop_core.guidance.clip.seethrough import by_itself
from sgvop_core.guidance.clip.sheet import VIEWS, sheet_of
from sgvop_core.guidance.prompt.reading import ResolvedRelation
from sgvop_core.guidance.relations.setup import Setting, make_relation
from sgvop_core.pose import Pose
from sgvop_core.scene.cameras import camera_axes
from sgvop_core.training.cameras import CameraOptions
from sgvop_core.training.data import TARGET, Dataset, GroupPictures, write_shard
from sgvop_core.training.generate import OPTIONS, SceneShares, generate, stage_groups
from sgvop_core.training.pictures import Stage, make_stage
from sgvop_core.training.scenery import SceneryOptions
from sgvop_core.training.split import HELD_OUT, SEEDS, kinds_of


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_stage(np.random.default_rng(5), "train", 64, target="mug", anchors=["table", "chair"], bare=True)


def column(stage: Stage, relation: str, kind: str) -> int:
    index = next(i for i, t in enumerate(stage.things) if t.kind == kind)
    return next(i for i, f in enumerate(stage.facts) if f.name == relation and f.anchors == (index,))


def test_splits_share_neither_kinds_nor_seeds() -> None:
    assert set(asset_kinds()) >= HELD_OUT
    assert not set(kinds_of("train")) & HELD_OUT
    assert set(kinds_of("test", unseen=True)) == HELD_OUT
    assert SEEDS["train"][1] <= SEEDS["test"][0]


def test_labels_are_those_of_the_checks(stage: Stage) -> None:
    """The sign of a margin is what the exact check of the project says, but for poses at the very border."""
    matrices = stage.sample_poses(np.random.default_rng(0), 24)
    margin = stage.margins(matrices)
    setting = Setting(stage.geometry, stage.labeller.shape, stage.camera, np.ptp(stage.body.bounds, axis=0))
    table = next(t.name for t in stage.things if t.kind == "table")
    checked = agreed = 0
    for name in ("on", "left", "right", "front", "behind", "above", "near", "next_to", "below"):
        relation = make_relation(setting, ResolvedRelation(name, (table,), (None,), frame="camera"), True)
        for k, matrix in enumerate(matrices):
            said = margin[k, column(stage, name, "table")]
            if abs(said) > 0.2:
                checked += 1
                agreed += relation.check(matrix).holds == (said > 0)
    assert checked > 100 and agreed >= 0.98 * checked


def test_every_kind_of_place_comes_up() -> None:
    found: set[str] = set()
    for seed in range(5):
        made = make_stage(np.random.default_rng(seed), "train", 32, target="mug", anchors=["table", "box"])
        matrices = made.sample_poses(np.random.default_rng(seed), 40)
        holds = made.margins(matrices) >= 0
        found |= {f.name for f, any_ in zip(made.facts, holds.any(0), strict=True) if any_}
    assert {
        "on",
        "above",
        "left",
        "right",
        "front",
        "behind",
        "inside",
        "below",
        "against",
        "between",
        "next_to",
    } <= found


def test_moving_the_target_changes_the_picture_where_it_is_and_nowhere_else(stage: Stage) -> None:
    matrices = stage.sample_poses(np.random.default_rng(1), 6, "random")
    pictures, visible, area = stage.render(matrices)
    assert pictures.shape == (len(matrices), 1, 64, 64, 3) and pictures.dtype == np.uint8
    assert ((visible >= 0) & (visible <= 1)).all() and (area < 0.5).all()
    changed = (pictures[0, 0].astype(int) != pictures[1, 0]).any(-1).mean()
    assert 0 < changed < 0.5


def test_the_same_seed_gives_the_same_group_and_its_file_the_same_again(tmp_path: Path) -> None:
    first, again = (stage_groups([3, 0, 1], 48, "train") for _ in range(2))
    assert first and all(np.array_equal(a.pictures, b.pictures) for a, b in zip(first, again, strict=True))
    write_shard(tmp_path, 0, first)
    data = Dataset(tmp_path)
    read: GroupPictures = data.group(0)
    assert len(data) == len(first) and read.group == first[0].group
    assert np.array_equal(read.pictures, first[0].pictures)
    assert np.allclose(read.margin, first[0].margin[:, : read.margin.shape[1]], equal_nan=True)


def test_a_damaged_shard_and_an_empty_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no training data"):
        Dataset(tmp_path)
    write_shard(tmp_path, 0, stage_groups([3, 0, 1], 48, "train"))
    (tmp_path / "shard-00000.pictures.npy").write_bytes(b"not an array")
    with pytest.raises(SettingsError, match=r"shard-00000.*generate it again"):
        Dataset(tmp_path)


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc to find the workers")


def drawing(folder: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """The command that draws pictures, and its workers, which run."""
    options = ["--pictures", "90000", "--workers", "1"]
    line = [sys.executable, "-m", "sgvop_core.cli", "train-guidance", "data", str(folder), *options]
    command = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    workers: list[int] = []
    while not workers and command.poll() is None:
        time.sleep(0.2)
        workers = [p for p in _children(command.pid) if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]
    assert workers, "no worker started"
    return command, workers


@needs_proc
def test_no_worker_outlives_the_command(tmp_path: Path) -> None:
    """Killed outright, the command leaves no process behind that goes on drawing."""
    command, workers = drawing(tmp_path / "data")
    command.kill()
    command.communicate()
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{p}").exists() for p in workers) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(Path(f"/proc/{p}").exists() for p in workers)


@needs_proc
def test_the_command_says_that_a_worker_was_ended(tmp_path: Path) -> None:
    """As the system does when memory runs out."""
    command, workers = drawing(tmp_path / "data")
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    _, told = command.communicate(timeout=60)
    assert command.returncode != 0 and "the same command goes on" in told.splitlines()[-1]


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(p) for p in found]


def test_a_closer_stage_shows_what_is_named_larger_and_measures_the_same() -> None:
    far = CameraOptions(apparent=(0.04, 0.06), fill=(1.3, 1.4))
    rng = np.random.default_rng(5)
    stage = make_stage(rng, "train", 64, target="mug", anchors=["table", "chair"], bare=True, cameras=far)
    table = next(i for i, t in enumerate(stage.things) if t.kind == "table")
    near = stage.closer([table], "place")
    assert near.named == (table,) and stage.named is None and near.camera.aspect == 1
    matrices = near.sample_poses(np.random.default_rng(2), 24)
    whole, close = stage.render(matrices), near.render(matrices)
    seen = (whole[2] > 0.001) & (close[1] > 0.9) & (whole[1] > 0.9)
    assert close[0].shape == whole[0].shape and seen.sum() > 3
    assert (close[2][seen] > whole[2][seen]).all(), "its area in the picture"
    assert np.array_equal(near.margins(matrices), stage.margins(matrices), equal_nan=True)
    chair = next(t.name for t in stage.things if t.kind == "chair")
    hidden = {o.name for o in near.scene.objects if o.hidden}
    assert hidden >= {o.name for o in stage.scene.subtree(chair) if o.mesh is not None} and not hidden & {
        o.name for o in stage.scene.subtree(stage.things[table].name)
    }


def test_placed_scenes_are_close_ups_of_one_or_two_anchors() -> None:
    groups = [g for k in range(3) for g in stage_groups([9, 0, k], 48, "train", None, SceneShares(0, 0, 1.0))]
    assert groups and all(g.group.camera["aspect"] == 1 for g in groups)
    assert {sum(t.role == "thing" for t in g.group.things) for g in groups} <= {1, 2}


def test_studio_scenes_are_blue_and_grey_but_for_the_target() -> None:
    groups = [g for k in range(3) for g in stage_groups([9, 0, k], 48, "train", None, SceneShares(0, 0, 0, 1.0))]
    assert groups and all(g.group.camera["aspect"] == 1 for g in groups)
    assert len(groups) <= 3 * OPTIONS.studio_views
    counts = [len(g.pictures) for g in groups]
    assert OPTIONS.poses < max(counts) <= OPTIONS.studio_poses and np.mean(counts) > 0.6 * OPTIONS.studio_poses
    for made in groups:
        red, green, blue = np.moveaxis(made.pictures[..., :3].astype(int), -1, 0)
        assert all(t.colour is None and t.material is None for t in made.group.things)
        grey = (abs(red - green) < 8) & (abs(green - blue) < 8)
        faced = [f.name for f in made.group.facts if f.name == "facing"]
        assert faced, "the pin shows a front of all things"
        assert (grey | (blue > red + 20)).mean() + made.area.mean() > 0.9


def test_studio_scenes_show_the_named_things_and_what_holds_them() -> None:
    options = SceneryOptions(more=(0.9, 0.5), clutter=4, natural=1.0, close=0.0)
    counts, holders = set(), 0
    for seed in range(12):
        stage = make_stage(np.random.default_rng([3, seed]), "train", 48, scenery=options, framing="studio")
        assert stage.named is not None
        counts.add(len(stage.named))
        if not stage.named:
            assert all(t.name in stage.scenery.boxes for t in stage.things if t.role == "thing"), "all of it stays"
            assert not any(a >= 0 and stage.things[a].role == "thing" for f in stage.facts for a in f.anchors)
            continue
        asked = {a for f in stage.facts for a in f.anchors if a >= 0 and stage.things[a].role == "thing"}
        assert asked <= set(stage.named)
        names = [t.name for i, t in enumerate(stage.things) if t.role == "thing" and i not in stage.named]
        for name in names:
            low, high = stage.geometry.bounds(name)
            whole = stage.geometry.boxes
            touched = any(
                ((low - 0.1 <= foot) & (foot <= high + 0.1)).all()
                for i in stage.named
                for box in [stage.geometry.bounds(stage.things[i].name)]
                for foot in [np.array([*box.mean(0)[:2], box[0, 2]])]
            )
            large = np.ptp(np.stack([low, high]), axis=0).max() >= 0.4 * np.ptp(whole.reshape(-1, 3), axis=0).max()
            assert touched or large, f"{name} is neither named nor holds what is"
            holders += touched
    assert counts == {0, 1, 2} and holders


def test_the_studio_keeps_sides_and_shows_a_sheet() -> None:
    stage = make_stage(np.random.default_rng(5), "train", 64, target="mug", anchors=["table"], bare=True)
    table = next(i for i, t in enumerate(stage.things) if t.kind == "table")
    near = stage.closer([table])
    assert near.sheet and len(near.views) == 4 and not stage.sheet
    assert np.allclose(camera_axes(near.camera), camera_axes(stage.camera), atol=1e-9), "the front is its first"
    matrices = near.sample_poses(np.random.default_rng(2), 6)
    pictures, visible, area = near.render(matrices)
    assert pictures.shape == (len(matrices), len(VIEWS), 32, 32, 3) and visible.shape == area.shape == (len(matrices),)
    assert np.array_equal(near.margins(matrices), stage.margins(matrices), equal_nan=True)


def test_training_and_placement_draw_the_same_sheet() -> None:
    """What the quick pictures of ``data`` show, and where their cells say the target is, is what a placement shows."""
    checked = through = 0
    apart = []
    for seed in range(6):
        rng = np.random.default_rng([4, seed])
        stage = make_stage(rng, "train", 96, framing="studio")
        fresh = copy(stage)  # how full an outline can be is remembered from all that a stage has drawn
        groups = stage.groups(rng, 6)
        if not groups:
            continue
        made = groups[0]
        drawn, visible, area = fresh.render(made.pose.astype(np.float64))
        assert made.pictures.shape[1:] == (96, 96, 3) and np.allclose(area, made.area, atol=0.002)
        assert np.allclose(visible, made.visible, atol=0.1)
        error = (sheet_of(torch.from_numpy(drawn)).numpy().astype(float) - made.pictures) ** 2
        assert (10 * np.log10(255**2 / error.mean((1, 2, 3))) > 24).all()
        assert error[:, :2, :48].mean() < 100, "the ruler"
        detail = made.pictures[:, :48, 48:].astype(float), sheet_of(torch.from_numpy(drawn)).numpy()[:, :48, 48:]
        pink = [
            ((x[..., 0] > 90) & (x[..., 0] > 1.8 * x[..., 1]) & (x[..., 2] > 1.3 * x[..., 1])).mean() for x in detail
        ]
        assert pink[0] == pytest.approx(pink[1], abs=0.01), "the pin of the detail"
        poses = Pose.from_matrices(torch.from_numpy(made.pose), torch.zeros(3))
        bare = copy(fresh)
        del bare.renderer
        bare.scene = by_itself(fresh.scene, fresh.body.names)
        with torch.no_grad():
            covers = [sheet_of(s.renderer.render(poses, fresh.views).alpha[..., None]) for s in (bare, fresh)]
        shares, seen = (cover.mean((1, 2, 3)).numpy() for cover in covers)
        assert made.cells is not None and np.allclose((made.cells == TARGET).mean((1, 2)), shares, atol=0.02)
        through += int((shares > 1.2 * seen).sum())
        behind = ((covers[0] - covers[1])[..., 0] > 0.9).numpy()
        apart.append(np.abs(sheet_of(torch.from_numpy(drawn)).numpy().astype(float) - made.pictures)[behind])
        assert (shares > made.area).mean() > 0.9, "the detail shows it larger"
        checked += 1
    assert checked > 3 and through > 2
    assert len(np.concatenate(apart)) > 100 and np.concatenate(apart).mean() < 12, "what shines through"


@pytest.mark.parametrize(
    "shares", [(0.5, 0.3, 0.3, 0.0, 0), (0.5, 0.3, 0, 0.3, 0), (-0.1, 0, 0, 0, 0), (0, 0, 0, 0, 1.1)]
)
def test_shares_of_scenes_that_make_no_sense_are_refused(shares: tuple[float, float, float, float, float]) -> None:
    with pytest.raises(SettingsError, match="shares of scenes"):
        SceneShares(*shares)


def test_an_odd_number_of_pixels_is_refused_as_sheets_have_halves(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="an even number"):
        generate(tmp_path, 10, size=65)
