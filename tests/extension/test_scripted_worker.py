"""The scripted stand-in plays what its script says, faults included, and needs no package at all."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sgvop_core.wire.frames import ProtocolError
from sgvop_core.wire.protocol import (
    EXIT_VERSION,
    Best,
    Cancel,
    Cancelled,
    Candidate,
    DeviceList,
    Devices,
    Failed,
    Finished,
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

from .worker_pipe import ROOT, WorkerPipe, small_scene, write_scene

MODULE = "sgvop_core.wire.scripted_worker"
SHORT: dict[str, Any] = {"seconds": 0.2, "rate": 20}


def play(folder: Path, place: dict[str, Any] | None = None, **script: Any) -> WorkerPipe:
    path = folder / "script.json"
    path.write_text(json.dumps({"place": {**SHORT, **(place or {})}, **script}), encoding="utf-8")
    return WorkerPipe(str(path), module=MODULE)


def order(folder: Path, job: int = 1, objects: tuple[str, ...] = ("Cup",)) -> Place:
    return Place(job, str(write_scene(folder / "scene.npz")), objects, "a cup on the table", folder=str(folder))


def test_the_default_script_is_a_whole_placement(tmp_path: Path) -> None:
    worker = play(tmp_path)
    worker.greet()
    worker.send(order(tmp_path), Read(2, "", "Cup", "on the table"), Devices(), Models())
    finished = worker.until(Finished)
    best = [m.matrices["Cup"] for m in worker.of(Best)]
    start = small_scene().object("Cup").matrix_world
    assert np.allclose(best[0], start) and not np.allclose(best[-1], start)
    scores = [m.score for m in worker.of(Best)]
    assert scores == sorted(scores)
    assert [m.done for m in worker.of(Stage)][-1] == 1
    found = worker.of(Candidate)
    assert len(found) == 3 and np.allclose(np.array(found[0].deltas["Cup"]) @ start, best[-1])
    for candidate in found:
        with Image.open(candidate.picture) as picture:
            assert picture.convert("RGB").getextrema() != ((0, 0), (0, 0), (0, 0))
    assert len(json.loads(Path(finished.result).read_text())["candidates"]) == 3
    assert worker.until(Understood).job == 2
    assert worker.until(DeviceList).devices and worker.until(ModelList).models
    assert worker.close() == 0


def test_way_points_pictures_and_failures_come_from_the_script(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2), (9, 8, 7)).save(tmp_path / "shot.png")
    pose = {"at": [0, 0, 0.76], "scale": 2, "turn": 90}
    worker = play(tmp_path, {"path": [pose], "candidates": [{**pose, "picture": "shot.png", "score": 3}]})
    worker.greet()
    (tmp_path / "job").mkdir()
    worker.send(order(tmp_path / "job"))
    worker.until(Finished)
    (found,) = worker.of(Candidate)
    assert found.score == 3 and Path(found.picture).read_bytes() == (tmp_path / "shot.png").read_bytes()
    assert np.allclose(
        worker.of(Best)[-1].matrices["Cup"], [[0, -2, 0, 0], [2, 0, 0, 0], [0, 0, 2, 0.76], [0, 0, 0, 1]]
    )
    assert worker.close() == 0

    worker = play(tmp_path, {"fail": {"kind": "memory", "message": "too little", "remedy": "less"}})
    worker.greet()
    worker.send(order(tmp_path))
    assert worker.until(Failed) == Failed(1, "memory", "too little", "less")
    assert worker.close() == 0


def test_pieces_travel_and_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    data = write_scene(tmp_path / "scene.npz").read_bytes()
    worker = play(tmp_path)
    worker.greet()
    half = len(data) // 2
    for part, last in ((data[:half], False), (data[half:], True)):
        worker.send(Piece(1, "scene.npz", base64.b64encode(part).decode(), last))
    worker.send(Place(1, "scene.npz", ("Cup",), "a cup on the table"))
    assert worker.until((Finished, Failed)).result == "result.json"
    assert {m.name for m in worker.of(Piece)} == {"result.json", *(m.picture for m in worker.of(Candidate))}
    assert worker.close() == 0
    assert not list((tmp_path / "temporary").iterdir())


def test_cancel_is_obeyed_or_ignored(tmp_path: Path) -> None:
    for ignore, wanted in ((False, Cancelled), (True, Finished)):
        worker = play(tmp_path, {"seconds": 0.6, "ignore_cancel": ignore})
        worker.greet()
        worker.send(order(tmp_path), Cancel(1))
        assert isinstance(worker.until((Cancelled, Finished)), wanted)
        assert worker.close() == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"what": "exit", "code": 7, "text": "ImportError: no torch"}, 7),
        ({"what": "signal", "signal": "SIGKILL"}, -9),
        ({"what": "signal", "signal": "SIGSEGV"}, -11),
        ({"what": "half"}, 0),
        ({"what": "exit", "code": 3, "at": "hello"}, 3),
    ],
    ids=lambda v: v.get("signal", v["what"]) if isinstance(v, dict) else "",
)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals are Unix's")
def test_it_dies_as_told(tmp_path: Path, fault: dict[str, Any], code: int) -> None:
    worker = play(tmp_path, faults=[fault])
    if fault.get("at") != "hello":
        worker.greet()
        worker.send(order(tmp_path))
    else:
        worker.send_hello()
    end = worker.until(lambda m: m is None or isinstance(m, ProtocolError))
    assert isinstance(end, ProtocolError) == (fault["what"] == "half")
    assert worker.ended() == code
    assert fault.get("text", "") in worker.stderr.decode()


def test_garbage_floods_and_stalls(tmp_path: Path) -> None:
    worker = play(tmp_path, faults=[{"what": "flood", "count": 5000, "at": 0.2}, {"what": "garbage", "at": 0.8}])
    worker.greet()
    worker.send(order(tmp_path))
    assert "Segmentation" in str(worker.until(lambda m: isinstance(m, ProtocolError)))
    assert len(worker.of(Log)) == 5000
    worker.process.kill()
    worker.ended()

    worker = play(tmp_path, faults=[{"what": "stall", "job": 2, "at": 0.5}])
    worker.greet()
    worker.send(order(tmp_path), order(tmp_path, 2))
    worker.until(Finished)
    worker.until(lambda m: isinstance(m, Stage) and m.job == 2)
    assert worker.close() == 0
    assert not [m for m in worker.of(Finished) if m.job == 2]


def test_hello_of_other_versions_and_silence(tmp_path: Path) -> None:
    worker = play(tmp_path, welcome={"protocol": 9})
    worker.send_hello()
    assert "protocol 9" in str(worker.until(lambda m: isinstance(m, ProtocolError)))
    worker.close()
    worker = play(tmp_path, welcome={"silent": True})
    worker.send_hello()
    assert worker.close() == 0 and not worker.of(Heartbeat)
    worker = play(tmp_path)
    worker.write(b'0000001f\n{"type": "Hello", "protocol":7}\n')
    assert worker.until(Failed).kind == "version"
    assert worker.ended() == EXIT_VERSION


def test_a_script_with_unknown_entries_is_refused(tmp_path: Path) -> None:
    worker = play(tmp_path, plaice={})
    assert worker.ended() == 1 and b"plaice" in worker.stderr


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import sgvop_core.wire.scripted_worker;"
        "print(*{m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert made.stdout.split() == ["sgvop_core"]
