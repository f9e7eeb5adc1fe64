"""Parts of the worker by themselves: its streams, its log, the models it keeps, downloads, throttled reports."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from sgvop_core.errors import Cancelled, ModelError
from sgvop_core.guidance.clip import Download as Arrived
from sgvop_core.placement.progress import Progress
from sgvop_core.wire.frames import Decoder, ProtocolError
from sgvop_core.wire.protocol import Best, Download, Piece, Stage
from sgvop_core.worker import machine, model_list, reporting, warm_models
from sgvop_core.worker.parcels import Parcels, pieces

from .worker_pipe import ROOT, small_scene


def python(code: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT, env={**os.environ, **environment}, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_what_libraries_print_stays_out_of_the_stream() -> None:
    made = python(
        "import os, subprocess, sys\n"
        "from sgvop_core.worker.streams import Outlet, take_standard_streams\n"
        "from sgvop_core.wire.protocol import Log\n"
        "incoming, outgoing = take_standard_streams()\n"
        "print('from python'); sys.stdout.flush(); os.write(1, b'from C\\n')\n"
        "subprocess.run([sys.executable, '-c', 'print(\"from a child\")'])\n"
        "Outlet(outgoing).send(Log('info', 'a'), Log('info', 'b'))\n"
    )
    assert [m["text"] for m in Decoder().feed(made.stdout)] == ["a", "b"]
    for line in (b"from python", b"from C", b"from a child"):
        assert line in made.stderr


def test_the_log_rotates_and_falls_back_to_standard_error(tmp_path: Path) -> None:
    log = tmp_path / "w.log"
    code = (
        "import logging, sys\nfrom sgvop_core.worker import main\nmain.LOG_BYTES = 2000\n"
        "main.start_log(sys.argv[1] if len(sys.argv) > 1 else {path!r})\n"
        "for i in range(200): logging.info('line %d', i)\n"
    )
    python(code.format(path=str(log)))
    assert {p.name for p in tmp_path.iterdir()} == {"w.log", "w.log.1", "w.log.2", "w.log.3"}
    assert "line 199" in log.read_text() and log.stat().st_size <= 2000
    (tmp_path / "file").write_text("")
    made = python(code.format(path=str(tmp_path / "file" / "w.log")))
    assert b"cannot be written" in made.stderr and b"line 199" in made.stderr


@pytest.mark.parametrize(
    ("environment", "arguments", "wanted"),
    [({}, "3", 3), ({"OMP_NUM_THREADS": "2"}, "3", 2), ({"OMP_NUM_THREADS": "2"}, "3, asked=True", 3)],
)
def test_threads_are_few_and_patient(environment: dict[str, str], arguments: str, wanted: int) -> None:
    clean = {name: "" for name in (*machine.POOLS, "OMP_WAIT_POLICY")}
    made = python(
        "import os\nfor n in list(os.environ):\n    if os.environ[n] == '': del os.environ[n]\n"
        "from sgvop_core.worker import machine\n"
        f"print(machine.few_threads({arguments}), os.environ['OMP_NUM_THREADS'], os.environ['OMP_WAIT_POLICY'])",
        **{**clean, **environment},
    )
    assert made.stdout.split() == [str(wanted).encode(), str(wanted).encode(), b"PASSIVE"]


def test_memory_in_use_is_known() -> None:
    assert machine.resident_bytes() > 10 << 20


class FakeModel:
    """A model that knows where it is."""

    def __init__(self, weights: str | Path) -> None:
        self.weights, self.device = weights, torch.device("cpu")

    def to(self, device: Any) -> FakeModel:
        self.device = torch.device(device)
        return self


def test_models_are_loaded_once_and_never_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loaded = []
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"1")

    def load(spec: str, device: Any, **options: Any) -> FakeModel:
        assert options["offline"] is True
        loaded.append(spec)
        return FakeModel(file)

    monkeypatch.setattr(warm_models, "load_clip", load)
    warm = warm_models.WarmModels()
    first = warm.load("builtin", "cpu", offline=False)
    assert warm.load("builtin", "cpu") is first and loaded == ["builtin"] and len(warm) == 1
    first.to("meta")  # type: ignore[union-attr]
    assert warm.load("builtin", "cpu").device.type == "cpu"  # type: ignore[union-attr]
    os.utime(file, (1, 1))
    assert warm.load("builtin", "cpu") is not first
    assert warm.free() == 1 and len(warm) == 0
    monkeypatch.setattr(warm_models, "is_here", lambda spec: False)
    with pytest.raises(ModelError, match="not on this machine"):
        warm.load("ViT-B-32:openai")


def test_a_download_reports_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    cancel = threading.Event()
    times = iter(np.arange(0, 100, 0.05))

    def load(spec: str, device: str, progress: Any) -> Any:
        for done in range(0, 101):
            if done == 50 and stop:
                cancel.set()
            try:
                progress(Arrived(spec, done, 100, Path("/cache")))
            except Exception as error:
                raise ModelError("wrapped, as the hub's client does") from error
        return SimpleNamespace(weights="/cache/w.safetensors")

    monkeypatch.setattr(model_list, "load_clip", load)
    stop = False
    order = Download(4, "ViT-B-32:openai")
    assert model_list.download(order, sent.append, cancel, lambda: float(next(times))) == Path("/cache/w.safetensors")
    assert (sent[0].done, sent[-1].done, sent[-1].total) == (0, 100, 100) and len(sent) < 40
    stop = True
    with pytest.raises(Cancelled):
        model_list.download(order, sent.append, cancel, lambda: float(next(times)))


def test_known_models_exist() -> None:
    for spec, size, note in model_list.KNOWN:
        model, _, tag = spec.partition(":")
        assert model_list.tag_config(model, tag) and size > 1e8 and note


def test_reports_are_throttled_and_the_last_one_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(reporting, "time", SimpleNamespace(monotonic=lambda: now[0]))
    sent: list[Any] = []
    cancel = threading.Event()
    report = reporting.Reporter(1, small_scene(), ("Cup", "Spoon"), [("Cup",)], lambda *m: sent.extend(m), cancel)
    for step in range(100):
        delta = np.eye(4)
        delta[0, 3] = step
        report(Progress("evolve", step / 100, step, -1.0 + step / 100, delta, object="Cup"))
        now[0] += 0.01
    assert len(sent) <= 10 and {type(m) for m in sent} == {Stage, Best}
    now[0] += 1
    report.flush()
    assert sent[-2].done == 0.99 and sent[-1].matrices["Spoon"][0][3] == pytest.approx(1.2 + 99)
    count = len(sent)
    report.flush()
    report(Progress("evolve", 1.0, 1, None, None, message="something new", object="Cup"))
    assert len(sent) == count + 1
    cancel.set()
    with pytest.raises(Cancelled):
        report(Progress("evolve", 1.0, 1, object="Cup"))


def test_parcels_stay_in_their_folder(tmp_path: Path) -> None:
    parcels = Parcels()
    data = bytes(range(256)) * 3000
    (tmp_path / "a.bin").write_bytes(data)
    for piece in pieces(3, tmp_path / "a.bin"):
        parcels.take(piece)
    come = parcels.find(3, "a.bin")
    assert come.read_bytes() == data and come.parent != tmp_path
    assert parcels.find(4, "a.bin") == Path("a.bin")
    for name in ("../x", "/etc/x", "", ".hidden", "a/b"):
        with pytest.raises(ProtocolError, match="plain file name"):
            parcels.take(Piece(3, name, "", True))
    with pytest.raises(ProtocolError, match="base64"):
        parcels.take(Piece(3, "x", "?", True))
    parcels.drop(3)
    assert not come.exists()
    parcels.clear()
    assert not come.parent.parent.exists()
