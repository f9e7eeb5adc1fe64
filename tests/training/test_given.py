"""Meshes that someone gives: what they are called, how they stand, and that training shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sgvop_core.assets import build_asset
from sgvop_core.assets.registry import KINDS
from sgvop_core.cli.main import main
from sgvop_core.errors import SceneError, SettingsError
from sgvop_core.scene.model import Scene, SceneObject
from sgvop_core.scene.write import write_glb
from sgvop_core.training import given as module
from sgvop_core.training.data import Dataset
from sgvop_core.training.generate import SceneShares, stage_groups
from sgvop_core.training.given import GivenMeshes, given_meshes, kind_of
from sgvop_core.training.restyle import restyled
from sgvop_core.training.scenery import SceneryOptions, make_scenery
from sgvop_core.training.wardrobe import piece


def write(path: Path, kind: str, seed: int = 3, offset: float = 5.0) -> Path:
    """A file of one thing that stands somewhere else than at the origin."""
    moved = np.eye(4)
    moved[:3, 3] = [offset, -2.0, 7.0]
    objects = build_asset(kind, seed)
    write_glb(Scene(tuple(SceneObject(o.name, moved @ o.matrix_world, o.mesh, o.parent) for o in objects)), path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("meshes")
    write(found / "Wooden_stool-02.glb", "stool")
    write(found / "wooden stool 3.glb", "stool", seed=9)
    write(found / "myGizmo.glb", "cube")
    write(found / "utah_teapot.glb", "teapot")
    (found / "notes.txt").write_text("not a mesh")
    return found


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Wooden_stool-02.glb", "given wooden stool"), ("utahTeapot.obj", "given utah teapot"), ("7.ply", "given 7")],
)
def test_a_file_s_name_says_what_it_is(name: str, kind: str) -> None:
    assert kind_of(Path("folder") / name) == kind


def test_a_folder_is_read_and_what_only_the_test_shows_left_out(folder: Path) -> None:
    told: list[str] = []
    found = given_meshes(folder, 0.5, "train", told.append)
    assert dict((k, len(f)) for k, f in found.files) == {"given wooden stool": 2, "given my gizmo": 1}
    assert len(told) == 1 and "utah_teapot.glb is left out: a teapot is kept for the test" in told[0]
    assert "given utah teapot" in given_meshes(folder, 0.5, "test").kinds()


def test_a_given_thing_stands_on_the_floor_over_the_origin(folder: Path) -> None:
    found = given_meshes(folder, 0.5, "train")
    low, high = Scene(found.objects("given wooden stool", 0) or ()).bounds()
    assert np.allclose([*(low + high)[:2], low[2]], 0, atol=1e-6)
    assert found.objects("stool", 0) is None
    one, other = (piece("given wooden stool", seed, found).extent for seed in (0, 1))
    assert one != other and piece("given wooden stool", 2, found).extent == one


def test_it_is_as_large_as_its_like_and_else_as_its_file(folder: Path) -> None:
    found = given_meshes(folder, 0.5, "train")
    assert found.usual("given wooden stool") == KINDS["stool"].usual
    own = float(np.ptp(Scene(tuple(build_asset("cube", 3))).bounds(), axis=0).max())
    assert found.usual("given my gizmo") == pytest.approx(own)


def test_scenes_show_them_by_their_nouns_and_in_other_looks(folder: Path) -> None:
    options = SceneryOptions(given=given_meshes(folder, 1.0, "train"), coloured=1.0)
    made = make_scenery(np.random.default_rng(1), "train", options)
    things = {t.kind: t for t in (*made.things, made.target) if t.kind.startswith("given")}
    assert set(things) == {"given wooden stool", "given my gizmo"}, "each once, then others"
    assert things["given wooden stool"].noun == "stool" and things["given my gizmo"].noun is None
    again = restyled(made, np.random.default_rng(2), "train", options)
    assert [o.name for o in again.objects] == [o.name for o in made.objects]
    for one, other in zip(made.objects, again.objects, strict=True):
        if one.mesh is not None and other.mesh is not None:
            assert np.array_equal(one.mesh.vertices, other.mesh.vertices)


def test_none_are_shown_where_none_are_asked_for(folder: Path) -> None:
    never = SceneryOptions(given=given_meshes(folder, 0.0, "train"))
    for options in (never, SceneryOptions()):
        made = make_scenery(np.random.default_rng(1), "train", options)
        assert not any(t.kind.startswith("given") for t in (*made.things, made.target))


def test_training_pictures_are_made_of_them(folder: Path) -> None:
    given = given_meshes(folder, 1.0, "train")
    for shares in (SceneShares(0.0, 0.0, studio=1.0), SceneShares(0.0, 1.0), SceneShares(crowd=1.0)):
        groups = stage_groups([1, 4], 48, "train", shares=shares, given=given)
        kinds = {t.kind for g in groups for t in (g.group.target, *g.group.things)}
        assert groups and any(k.startswith("given") for k in kinds)


def test_the_command_draws_a_data_set_with_them(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["train-guidance", "data", str(tmp_path), "--pictures", "1", "--size", "48", "--workers", "1", "--quiet"]
    from sgvop_core.training import generate

    monkeypatch.setattr(generate, "OPTIONS", generate.DataOptions(stages=2))
    monkeypatch.setattr(generate, "ProcessPoolExecutor", Here)
    assert main([*line, "--plain", "1", "--alone", "0", "--meshes", str(folder), "--given", "1"]) == 0
    data = Dataset(tmp_path)
    assert any(t.kind.startswith("given") for g in data.groups for t in (g.target, *g.things))


class Here:
    """A pool that works in this process."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work, *values):  # type: ignore[no-untyped-def]
        from concurrent.futures import Future

        made: Future[int] = Future()
        made.set_result(work(*values))
        return made


def test_what_cannot_be_used_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="share of things of 0 to 1"):
        given_meshes(folder, 1.5, "train")
    with pytest.raises(SettingsError, match="is no folder"):
        given_meshes(folder / "notes.txt", 0.5, "train")
    with pytest.raises(SettingsError, match="nothing in"):
        given_meshes(tmp_path, 0.5, "train")
    (tmp_path / "chair.glb").write_bytes(b"\x00" * 40)
    with pytest.raises(SceneError, match=r"chair\.glb"):
        given_meshes(tmp_path, 0.5, "train")
    (tmp_path / "chair.glb").write_bytes((folder / "myGizmo.glb").read_bytes())
    monkeypatch.setattr(module, "MOST_FACES", 10)
    with pytest.raises(SettingsError, match="10 are allowed"):
        given_meshes(tmp_path, 0.5, "train")
    assert GivenMeshes((), 0.5).kinds() == ()


def test_the_command_tells_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["train-guidance", "data", str(tmp_path / "data"), "--meshes", str(tmp_path / "none")]
    assert main(line) == 2
    assert "is no folder" in capsys.readouterr().err
    assert main([*line[:3], "--given", "0.5"]) == 2
    assert "name their folder with --meshes" in capsys.readouterr().err
