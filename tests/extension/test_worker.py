"""The real worker as a process: what the extension sees of it."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sgvop_core.errors import ModelError, NoValidPose, PromptError, SceneError, SettingsError
from sgvop_core.wire.frames import encode
from sgvop_core.wire.protocol import (
    EXIT_PROTOCOL,
    EXIT_VERSION,
    KINDS,
    Best,
    Bye,
    Cancel,
    Cancelled,
    Candidate,
    DeviceList,
    Devices,
    Download,
    Failed,
    Finished,
    Free,
    Heartbeat,
    Log,
    ModelList,
    Models,
    Piece,
    Place,
    Read,
    Stage,
    Understood,
)
from sgvop_core.worker.failures import failure, spoken

from ..worker_python import worker_python
from .worker_pipe import WorkerPipe, small_scene, write_scene

QUICK = {
    "clip": ["none"], "quality": "draft", "candidates": 2, "stages": ["propose", "resolve"], "views": 1, "best_effort": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("scene") / "scene.npz")


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerPipe]:
    """One worker that several tests use, as a session in Blender does."""
    log = tmp_path_factory.mktemp("log") / "deep" / "worker.log"
    worker = WorkerPipe("--log", str(log), "--threads", "1")
    worker.log = log  # type: ignore[attr-defined]
    worker.greet()
    yield worker
    assert worker.close() == 0


def order(job: int, scene: Path, folder: Path, prompt: str = "a cup on the table", **more: Any) -> Place:
    objects = more.pop("objects", ("Cup",))
    together = more.pop("together", False)
    return Place(job, str(scene), objects, prompt, {**QUICK, **more}, together, str(folder))


def test_a_placement_reports_and_offers_candidates(warm: WorkerPipe, scene: Path, tmp_path: Path) -> None:
    warm.seen.clear()
    warm.send(order(1, scene, tmp_path))
    finished = warm.until((Finished, Failed))
    assert isinstance(finished, Finished), finished
    stages = [m for m in warm.of(Stage) if m.job == 1]
    assert {"prepare", "propose", "check", "done"} <= {s.stage for s in stages}
    assert [s.done for s in stages] == sorted(s.done for s in stages) and stages[-1].done == 1
    best = [m for m in warm.of(Best) if m.job == 1]
    assert set(best[-1].matrices) == {"Cup"}

    result = json.loads(Path(finished.result).read_text(encoding="utf-8"))
    assert result["format"] == 1 and result["prompt"] == "a cup on the table"
    found = [m for m in warm.of(Candidate) if m.job == 1]
    assert [c.index for c in found] == list(range(len(result["candidates"]))) and found
    start = small_scene().object("Cup").matrix_world
    for message, plain in zip(found, result["candidates"], strict=True):
        assert list(message.deltas) == ["Cup"] and message.object == "Cup"
        assert np.allclose(np.array(message.deltas["Cup"]) @ start, plain["matrix_world"], atol=1e-6)
        assert message.checks == plain["checks"] and message.terms == plain["guidance"]
        assert message.picture is not None
        with Image.open(message.picture) as picture:
            assert max(picture.size) == 256
    assert np.allclose(best[-1].matrices["Cup"], result["candidates"][0]["matrix_world"], atol=1e-6)
    assert found[0].checks["supported_by"] == ["Table"]


def test_the_same_process_takes_the_next_job_and_reads_prompts(warm: WorkerPipe, scene: Path, tmp_path: Path) -> None:
    warm.seen.clear()
    warm.send(order(2, scene, tmp_path, "a vase left of the table", objects=("Vase",)))
    warm.send(Read(3, str(scene), "Cup", "a shiny cup on the table"))
    assert isinstance(warm.until((Finished, Failed)), Finished)
    read = warm.until((Understood, Failed))
    assert isinstance(read, Understood) and read.job == 3
    assert read.reading["relations"][0]["anchors"] == ["Table"] and read.reading["not_understood"] == ["shiny"]
    assert warm.process.poll() is None
    assert any(m.rss > 1 << 20 for m in warm.of(Heartbeat)) or not warm.of(Heartbeat)


def test_several_objects_in_turn_and_as_one(warm: WorkerPipe, scene: Path, tmp_path: Path) -> None:
    warm.seen.clear()
    warm.send(order(4, scene, tmp_path, "a thing on the table", objects=("Cup", "Vase"), candidates=1))
    assert isinstance(warm.until((Finished, Failed)), Finished)
    first, second = warm.of(Candidate)
    assert list(first.deltas) == ["Cup"] and list(second.deltas) == ["Cup", "Vase"]
    assert second.deltas["Cup"] == first.deltas["Cup"] and (first.object, second.object) == ("Cup", "Vase")
    last = warm.of(Best)[-1].matrices
    for name in ("Cup", "Vase"):
        assert np.allclose(
            last[name], np.array(second.deltas[name]) @ small_scene().object(name).matrix_world, atol=1e-6
        )
    halves = [m for m in warm.of(Stage) if m.object == "Vase"]
    assert min(m.done for m in halves) == 0.5 and halves[-1].done == 1

    warm.seen.clear()
    warm.send(order(5, scene, tmp_path, "on the table", objects=("Cup", "Spoon"), together=True, candidates=1))
    assert isinstance(warm.until((Finished, Failed)), Finished)
    (only,) = warm.of(Candidate)
    assert list(only.deltas) == ["Cup"]
    last = warm.of(Best)[-1].matrices
    spoon = np.array(only.deltas["Cup"]) @ small_scene().object("Spoon").matrix_world
    assert np.allclose(last["Spoon"], spoon, atol=1e-6)


def test_pieces_serve_where_no_disk_is_shared(warm: WorkerPipe, scene: Path) -> None:
    warm.seen.clear()
    data = scene.read_bytes()
    parts = [data[: len(data) // 2], data[len(data) // 2 :]]
    for index, part in enumerate(parts):
        warm.send(Piece(6, "scene.npz", base64.b64encode(part).decode(), index == len(parts) - 1))
    warm.send(Place(6, "scene.npz", ("Cup",), "a cup on the table", {**QUICK, "candidates": 1}))
    finished = warm.until((Finished, Failed))
    assert isinstance(finished, Finished) and finished.result == "result.json", finished
    files: dict[str, bytes] = {}
    for piece in warm.of(Piece):
        files[piece.name] = files.get(piece.name, b"") + base64.b64decode(piece.data)
    (found,) = warm.of(Candidate)
    assert found.picture in files and files[found.picture].startswith(b"\x89PNG")
    assert json.loads(files["result.json"])["candidates"]


def test_cancel_ends_a_job_and_the_next_one_runs(warm: WorkerPipe, scene: Path, tmp_path: Path) -> None:
    warm.seen.clear()
    long = {"quality": "high", "stages": ["propose", "evolve", "polish", "resolve"]}
    warm.send(order(7, scene, tmp_path, **long), order(8, scene, tmp_path), order(9, scene, tmp_path, candidates=1))
    warm.until(lambda m: isinstance(m, Stage) and m.stage == "evolve")
    warm.send(Cancel(8), Cancel(7), Cancel(1234))
    assert warm.until((Cancelled, Finished, Failed)) == Cancelled(7)
    assert warm.until((Cancelled, Finished, Failed)) == Cancelled(8)
    finished = warm.until((Finished, Failed))
    assert isinstance(finished, Finished) and finished.job == 9
    assert not [m for m in warm.of(Candidate) if m.job in (7, 8)]


@pytest.mark.parametrize(
    ("change", "kind", "told"),
    [
        ({"prompt": "  "}, "prompt", "empty"),
        ({"anchors": ["Tabel"]}, "prompt", "Tabel"),
        ({"objects": ("Cub",)}, "scene", "Cub"),
        ({"seed": "one"}, "settings", "settings.seed"),
        ({"sead": 1}, "settings", "sead"),
        ({"quality": "best"}, "settings", "best"),
        ({"device": "cuda"}, "device", "cuda"),
        ({"clip": ["ViT-B-32:openai"]}, "model", "not on this machine"),
        (
            {
                "bounds": [[0, 0, -9], [0, 0, -9]],
                "best_effort": False,
                "stages": ["propose"],
                "locks": ["scale.x", "scale.y", "scale.z"],
            },
            "no_valid_pose",
            "no valid pose",
        ),
    ],
)
def test_failures_are_of_a_kind_and_have_a_way_out(
    warm: WorkerPipe, scene: Path, tmp_path: Path, change: dict[str, Any], kind: str, told: str
) -> None:
    if kind == "device" and _has_cuda():
        pytest.skip("this machine has what the test asks for in vain")
    warm.send(order(20, scene, tmp_path, **change))
    failed = warm.until((Failed, Finished))
    assert isinstance(failed, Failed) and (failed.job, failed.kind) == (20, kind), failed
    assert told in failed.message and failed.remedy and "--" not in failed.message + failed.remedy


def _has_cuda() -> bool:
    code = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    return subprocess.run([worker_python(), "-c", code], check=False).returncode == 0


def test_a_damaged_or_missing_scene_is_told(warm: WorkerPipe, tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 nothing")
    for name in ("bad.npz", "gone.npz"):
        warm.send(Read(21, str(tmp_path / name), "Cup", "on the table"))
        failed = warm.until((Failed, Understood))
        assert isinstance(failed, Failed) and failed.kind == "scene", failed


def test_devices_and_models_are_listed(warm: WorkerPipe) -> None:
    warm.send(Devices(), Models(), Free())
    devices = warm.until(DeviceList).devices
    assert devices[0].id == "cpu" and devices[0].problem is None
    assert sum(d.automatic for d in devices) >= 1
    models = warm.until(ModelList).models
    assert {m.state for m in models} <= {"builtin", "cached", "known"} and all(m.bytes for m in models)
    assert "let go" in warm.until(lambda m: isinstance(m, Log) and "let go" in m.text).text


def test_a_download_that_cannot_be_is_told(warm: WorkerPipe) -> None:
    warm.send(Download(30, "ViT-B-32:no-such-tag"))
    failed = warm.until((Failed, Finished))
    assert isinstance(failed, Failed) and (failed.job, failed.kind) == (30, "model")


def test_the_log_is_a_file_and_names_the_jobs(warm: WorkerPipe, scene: Path, tmp_path: Path) -> None:
    warm.send(order(40, scene, tmp_path, "on  the moon of   jupiter\nin a bottle", objects=("nothing",)))
    warm.until((Failed, Finished))
    log: Path = warm.log  # type: ignore[attr-defined]
    text = log.read_text(encoding="utf-8")
    assert "job 40: place nothing" in text and "failed (scene)" in text


def test_input_closed_in_the_middle_of_a_job_ends_the_process(scene: Path, tmp_path: Path) -> None:
    worker = WorkerPipe()
    worker.greet()
    worker.send(order(1, scene, tmp_path, quality="high", stages=["propose", "evolve", "polish", "resolve"]))
    worker.until(lambda m: isinstance(m, Stage) and m.stage == "propose")
    assert worker.close() == 0


def test_bye_ends_it_even_before_it_is_ready() -> None:
    worker = WorkerPipe()
    welcome = worker.greet()
    assert welcome.pid == worker.process.pid and {"python", "torch", "core"} <= set(welcome.versions)
    worker.send(Bye())
    assert worker.ended() == 0
    assert b"Traceback" not in worker.stderr


def test_another_version_is_refused() -> None:
    worker = WorkerPipe()
    worker.write(encode({"type": "Hello", "protocol": 99, "dialect": "new"}))
    failed = worker.until(Failed)
    assert (failed.job, failed.kind) == (None, "version") and "99" in failed.message and failed.remedy
    assert worker.ended() == EXIT_VERSION


@pytest.mark.parametrize("start", ["greeted", "at once"])
def test_garbage_is_answered_once_and_ends_it(start: str) -> None:
    worker = WorkerPipe()
    if start == "greeted":
        worker.greet()
    worker.write(b"GET / HTTP/1.1\r\n\r\n")
    failed = worker.until(Failed)
    assert (failed.job, failed.kind) == (None, "protocol") and "GET /" in failed.message
    assert worker.ended() == EXIT_PROTOCOL
    assert len(worker.of(Failed)) == 1


def test_a_message_that_is_out_of_place_is_refused(scene: Path, tmp_path: Path) -> None:
    worker = WorkerPipe()
    worker.send(order(1, scene, tmp_path))
    assert "must be Hello" in worker.until(Failed).message
    assert worker.ended() == EXIT_PROTOCOL


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PromptError("x"), "prompt"),
        (SceneError("cannot write 'a': the disk is full; free some space"), "disk"),
        (SettingsError("device 'mps' is not to be had: no Apple GPU here; use --device cpu"), "device"),
        (ModelError("x; y"), "model"),
        (
            NoValidPose("no valid pose; widen --scale-range, or take the nearest miss with --best-effort"),
            "no_valid_pose",
        ),
        (MemoryError(), "memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried"),
            "memory",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "memory"),
        (RuntimeError("CUDA error: no kernel image is available for execution on the device"), "device"),
        (OSError(28, "No space left on device", "/x/y"), "disk"),
        (ImportError("libtorch.so: cannot open"), "runtime"),
        (ZeroDivisionError("division by zero"), "internal"),
    ],
)
def test_every_error_has_a_kind_and_a_remedy(error: Exception, kind: str) -> None:
    told = failure(1, error)
    assert told.kind == kind and kind in KINDS
    assert told.message and told.remedy and "\n" not in told.message + told.remedy


def test_command_line_options_become_words() -> None:
    assert spoken("widen --scale-range, or --best-effort") == "widen 'scale range', or 'best effort'"
