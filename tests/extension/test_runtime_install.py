"""Installing the runtime: whole, cancelled and resumed, damaged, on full and read-only disks, upgraded, repaired, removed."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from sgvop_blender.runtime import fetch, folder, install, kinds, talk, unpack
from sgvop_blender.runtime.kinds import Finding
from sgvop_blender.runtime.locked import Lock, Wheel
from sgvop_blender.runtime.problems import RuntimeProblem

from .wheel_server import BIG, WheelServer, lock_of, wheels, write_locks

TORCH = "torch-1.0-py3-none-any.whl"
FINE = Finding(python="3", packages={"torch": "1.0"}, devices={"cpu": ""})
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(fetch.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(fetch, "BLOCK", 1 << 14)


@pytest.fixture
def server():
    with WheelServer(wheels()) as running:
        yield running


@pytest.fixture
def lock(server) -> Lock:
    return lock_of(server.files, server.index)


def quiet() -> talk.Tell:
    return talk.Tell(io.StringIO())


def put(
    root: Path, lock: Lock, probe=lambda site: FINE, online: bool = True, wheel_folder: Path | None = None, tell=None
):
    return install.install(root, lock, tell or quiet(), online, wheel_folder, probe)


def refused(kind: str, *arguments, **words) -> RuntimeProblem:
    with pytest.raises(RuntimeProblem) as caught:
        put(*arguments, **words)
    assert caught.value.kind == kind, str(caught.value)
    assert "\n" not in str(caught.value) and caught.value.remedy
    return caught.value


def left(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and p.name != folder.BUSY)


def test_the_packages_are_there_and_nothing_else_is(tmp_path, lock):
    put(tmp_path / "r", lock)
    current = folder.examine(tmp_path / "r").current
    assert current is not None and current.lock == lock
    # What a wheel keeps in its .data folder lands with the package; scripts are left out, downloads deleted.
    assert left(tmp_path / "r") == [
        "e1/.version", "e1/site/numpy-1.0.dist-info/METADATA", "e1/site/numpy-1.0.dist-info/RECORD",
        "e1/site/numpy/__init__.py", "e1/site/numpy/more.py", "e1/site/torch-1.0.dist-info/METADATA",
        "e1/site/torch-1.0.dist-info/RECORD", "e1/site/torch/__init__.py", "e1/site/torch/lib.so",
    ]  # fmt: skip
    assert install.verify(tmp_path / "r", quiet()) == {"broken": []}


def test_progress_grows_to_the_end(tmp_path, lock, monkeypatch):
    monkeypatch.setattr(talk, "EVERY", 0.0)
    told = io.StringIO()
    put(tmp_path, lock, tell=talk.Tell(told))
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    shares = [line["done"] for line in lines if line.get("done") is not None]
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 20
    assert {"download", "unpack", "probe"} == {line["stage"] for line in lines}


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges honoured", "ranges ignored"])
def test_a_download_that_was_cut_goes_on(tmp_path, server, lock, ranges):
    server.cut = BIG // 2
    part = tmp_path / "downloads" / (TORCH + ".part")

    with pytest.raises(RuntimeProblem):
        server.status = 500
        put(tmp_path, lock)
    server.status = 200

    class Stop(Exception):
        pass

    def meter(have: int) -> None:
        if have > BIG // 3:
            raise Stop

    torch = next(w for w in lock.wheels if w.name == "torch")
    with pytest.raises(Stop):
        fetch.obtain(torch, tmp_path / "downloads", meter)
    here = part.stat().st_size
    assert BIG // 3 < here < torch.size
    server.cut, server.ranges, server.asked = None, ranges, []
    put(tmp_path, lock)
    assert (TORCH, here) in server.asked
    assert install.verify(tmp_path, quiet()) == {"broken": []}


def test_a_line_that_breaks_again_and_again_gets_there(tmp_path, server, lock):
    server.cut = 100_000
    put(tmp_path, lock)
    starts = [start for name, start in server.asked if name == TORCH]
    assert len(starts) > 5 and starts == sorted(starts) and starts[1] == 100_000


def test_a_wheel_that_came_is_not_asked_for_again(tmp_path, server, lock, monkeypatch):
    real = unpack._open

    def full(path: Path):
        if path.name == "lib.so":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path)

    monkeypatch.setattr(unpack, "_open", full)
    problem = refused("disk", tmp_path, lock)
    assert "full" in problem.message and "Resume" in problem.remedy
    assert folder.examine(tmp_path).current is None and folder.examine(tmp_path).unfinished is not None
    monkeypatch.setattr(unpack, "_open", real)
    server.asked = []
    put(tmp_path, lock)
    assert server.asked == []


def test_a_full_disk_while_downloading(tmp_path, server, lock, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetch, "_open", lambda path, mode: Full())
    refused("disk", tmp_path, lock)
    monkeypatch.undo()
    put(tmp_path, lock)


def test_too_little_space_is_told_before_the_first_byte(tmp_path, server, lock, monkeypatch):
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    problem = refused("disk", tmp_path, lock)
    assert "needed" in problem.message and server.asked == []


def test_a_wrong_checksum_is_tried_once_more_and_never_installed(tmp_path, server, lock):
    server.files = {**server.files, TORCH: server.files[TORCH][:-1] + b"!"}
    problem = refused("damaged", tmp_path, lock)
    assert TORCH in problem.message
    assert sum(name == TORCH for name, _ in server.asked) == 2
    assert not list(tmp_path.glob("downloads/torch*")) and not list(tmp_path.glob("e1/site/torch*"))


def test_a_checksum_that_was_wrong_once(tmp_path, server, lock):
    good = server.files[TORCH]
    server.files[TORCH] = good[:-1] + b"!"

    def heal(name: str) -> None:
        if sum(n == TORCH for n, _ in server.asked) == 2:
            server.files[TORCH] = good

    server.hook = heal
    put(tmp_path, lock)


def test_more_than_the_file_left_from_another_version(tmp_path, server, lock):
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / (TORCH + ".part")).write_bytes(b"x" * (len(server.files[TORCH]) + 10))
    put(tmp_path, lock)


def test_a_server_that_does_not_have_it_or_is_not_there(tmp_path, server, lock):
    server.files.pop(TORCH)
    assert "404" in refused("gone", tmp_path, lock).message
    lost = Lock(
        lock.platform,
        lock.kind,
        lock.python,
        tuple(Wheel(**{**vars(w), "index": "http://127.0.0.1:9/"}) for w in lock.wheels),
    )
    assert "Resume" in refused("network", tmp_path, lost).remedy


def test_nothing_is_asked_for_without_leave(tmp_path, server, lock):
    assert "Allow Online Access" in refused("offline", tmp_path, lock, online=False).remedy
    assert server.asked == []


def test_a_folder_of_wheels_needs_no_network(tmp_path, server, lock):
    (tmp_path / "w").mkdir()
    for name, data in server.files.items():
        (tmp_path / "w" / name).write_bytes(data)
    put(tmp_path / "r", lock, online=False, wheel_folder=tmp_path / "w")
    assert server.asked == []
    (tmp_path / "w" / TORCH).unlink()
    assert TORCH in refused("missing", tmp_path / "s", lock, online=False, wheel_folder=tmp_path / "w").message


def test_a_folder_that_cannot_be_written(tmp_path, server, lock):
    (tmp_path / "file").write_text("")
    assert "choose another folder" in refused("folder", tmp_path / "file" / "r", lock).remedy
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        (tmp_path / "ro").mkdir(mode=0o500)
        refused("folder", tmp_path / "ro" / "r", lock)
    assert server.asked == []


def test_a_read_only_disk(tmp_path, lock, monkeypatch):
    def read_only(path: Path, text: str) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(folder, "write_beside", read_only)
    assert "cannot be written" in refused("folder", tmp_path, lock).message


def test_two_at_once(tmp_path, lock):
    with folder.held(tmp_path):
        assert "another Blender" in refused("busy", tmp_path, lock).message


def upgraded(server: WheelServer) -> Lock:
    server.files.update(wheels("2.0"))
    return lock_of(wheels("2.0"), server.index)


def test_an_upgrade_takes_the_old_ones_place(tmp_path, server, lock):
    put(tmp_path, lock)
    seen = []
    put(tmp_path, upgraded(server), probe=lambda site: seen.append(sorted(p.name for p in tmp_path.glob("e*"))) or FINE)
    assert seen == [["e1", "e2"]] and [p.name for p in tmp_path.glob("e*")] == ["e2"]


def test_an_upgrade_that_does_not_work_leaves_the_old_one(tmp_path, server, lock):
    put(tmp_path, lock)
    before = left(tmp_path)
    problem = refused("probe", tmp_path, upgraded(server), probe=lambda site: Finding("torch cannot be imported", "x"))
    assert "still there" in problem.message and "torch cannot be imported" in problem.message
    assert folder.examine(tmp_path).current.lock == lock
    assert [n for n in left(tmp_path) if not n.startswith("downloads")] == before


def test_a_first_one_that_does_not_work_is_tried_again_without_a_download(tmp_path, server, lock):
    refused("probe", tmp_path, lock, probe=lambda site: Finding("no libgomp", "x"))
    server.asked = []
    assert folder.examine(tmp_path).current is None
    put(tmp_path, lock)
    assert server.asked == [] and folder.examine(tmp_path).current is not None


def test_an_unfinished_upgrade_is_rolled_back(tmp_path, server, lock):
    put(tmp_path, lock)
    before = left(tmp_path)
    second = upgraded(server)
    server.files.pop("torch-2.0-py3-none-any.whl")
    refused("gone", tmp_path, second)
    contents = folder.examine(tmp_path)
    assert contents.unfinished is not None and contents.current.lock == lock
    assert install.discard(tmp_path, quiet())["freed"] > 0
    assert left(tmp_path) == before


def test_a_deleted_and_a_changed_file_are_found_and_repaired(tmp_path, server, lock):
    put(tmp_path, lock)
    site = folder.examine(tmp_path).current.site
    (site / "torch/__init__.py").unlink()
    (site / "numpy/more.py").write_text("more = 2\n")
    broken = dict(install.verify(tmp_path, quiet())["broken"])
    assert "torch/__init__.py is missing" in broken["torch"] and "changed" in broken["numpy"]
    server.asked = []
    done = install.repair(tmp_path, quiet(), True, None, lambda s: FINE)
    assert done["repaired"] == ["numpy", "torch"] and len(server.asked) == 2
    assert install.verify(tmp_path, quiet()) == {"broken": []}


def test_a_repair_that_is_interrupted_is_still_known_as_broken(tmp_path, server, lock):
    put(tmp_path, lock)
    (folder.examine(tmp_path).current.site / "torch/lib.so").unlink()
    server.files.pop(TORCH)
    with pytest.raises(RuntimeProblem):
        install.repair(tmp_path, quiet(), True, None, lambda s: FINE)
    assert [name for name, _ in install.verify(tmp_path, quiet())["broken"]] == ["torch"]


def test_removing_leaves_nothing_but_what_is_not_ours(tmp_path, lock):
    put(tmp_path / "r", lock)
    assert install.remove(tmp_path / "r", quiet())["freed"] > BIG
    assert not (tmp_path / "r").exists()
    put(tmp_path / "r", lock)
    (tmp_path / "r" / "thesis.txt").write_text("mine")
    install.remove(tmp_path / "r", quiet())
    assert [p.name for p in (tmp_path / "r").iterdir()] == ["thesis.txt"]


def test_a_half_written_sentinel_counts_as_unfinished(tmp_path, lock):
    put(tmp_path, lock)
    sentinel = tmp_path / "e1" / folder.SENTINEL
    sentinel.write_text(sentinel.read_text()[:50])
    assert folder.examine(tmp_path).current is None
    put(tmp_path, lock)
    assert folder.examine(tmp_path).current.lock == lock and not (tmp_path / "e1").exists()


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "a/../../evil.py", "C:evil.py", "a\\..\\evil.py"])
def test_a_wheel_cannot_write_elsewhere(name):
    with pytest.raises(RuntimeProblem):
        unpack.placed(name)


def run(action: str, root: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "sgvop_blender.runtime.install", action, str(root), *more]


def test_the_process_killed_half_way_leaves_what_the_next_one_finishes(tmp_path, server, lock):
    locks = write_locks(tmp_path / "locks", lock)
    server.cut = BIG // 2
    slow = threading.Event()
    server.hook = lambda name: slow.wait(20) if name == TORCH and len(server.asked) > 2 else None
    command = run("install", tmp_path / "r", "--online", "--platform", "test-x64", "--locks", str(locks))
    environment = {**os.environ, **kinds.clean([str(ROOT)])}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    until = time.monotonic() + 20
    while sum(n == TORCH for n, _ in server.asked) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    slow.set()
    contents = folder.examine(tmp_path / "r")
    assert contents.unfinished is not None and contents.download_bytes >= BIG // 3
    server.cut, server.asked, server.hook = None, [], lambda name: None
    put(tmp_path / "r", lock)
    assert server.asked and server.asked[0][0] == TORCH and server.asked[0][1] > 0


def test_the_process_ends_when_nobody_is_there_any_more(tmp_path, server, lock):
    locks = write_locks(tmp_path / "locks", lock)
    hold = threading.Event()
    server.hook = lambda name: hold.wait(20)
    command = run("install", tmp_path / "r", "--online", "--platform", "test-x64", "--locks", str(locks))
    process = subprocess.Popen(
        command, env={**os.environ, **kinds.clean([str(ROOT)])}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    until = time.monotonic() + 20
    while not server.asked and time.monotonic() < until:
        time.sleep(0.01)
    process.stdin.close()
    assert process.wait(10) == talk.STOPPED
    process.stdout.close()
    hold.set()
