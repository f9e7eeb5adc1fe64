"""The owner of the worker's process, against workers of a few lines that do what workers do wrong."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from sgvop_blender.client.process import LINES, CannotStart, Launch, WorkerProcess
from sgvop_blender.client.states import Exited, Garbled, Received
from sgvop_core.wire import protocol as wire

ROOT = str(Path(__file__).resolve().parents[2])
FIRST = """
import os, sys, time, signal
from sgvop_core.wire import protocol as wire, frames
out = sys.stdout.buffer
def say(*messages):
    for m in messages:
        out.write(wire.frame(m))
    out.flush()
decoder = frames.Decoder()
def hear():
    while True:
        data = os.read(0, 65536)
        if not data:
            return
        for value in decoder.feed(data):
            yield wire.from_json(value, wire.TO_WORKER)
"""
ECHO = """
for m in hear():
    if isinstance(m, wire.Hello):
        say(wire.Welcome(wire.PROTOCOL, {}, os.getpid()), wire.Heartbeat(12345))
    elif isinstance(m, wire.Piece):
        say(m)
    elif isinstance(m, wire.Bye):
        break
"""


@pytest.fixture
def worker():
    made = []

    def make(code: str, **more) -> WorkerProcess:
        made.append(WorkerProcess(Launch((sys.executable, "-c", FIRST + code), {"PYTHONPATH": ROOT}, **more)))
        return made[-1]

    yield make
    for process in made:
        process.end()


def collect(process: WorkerProcess, until, patience: float = 20.0) -> list:
    """Events up to and with the first that ``until`` accepts."""
    events, end = [], time.monotonic() + patience
    while time.monotonic() < end:
        for event in process.poll(0.0):
            events.append(event)
            if until(event):
                return events
        process.wait(0.2)
    raise AssertionError(f"not seen in {patience} s; got {events}, {process.lines}")


def exited(event) -> bool:
    return isinstance(event, Exited)


def messages(events) -> list:
    return [e.message for e in events if isinstance(e, Received)]


def gone(pid: int, patience: float = 5.0) -> bool:
    """Whether the process ends (a zombie counts: its parent, not we, has to bury it)."""
    for _ in range(int(patience / 0.02)):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            pass
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_messages_go_both_ways_and_bye_ends_it(worker) -> None:
    process = worker(ECHO)
    process.send(wire.Hello(wire.PROTOCOL, "1"))
    heard = messages(collect(process, lambda e: isinstance(e, Received) and isinstance(e.message, wire.Heartbeat)))
    assert [type(m).__name__ for m in heard] == ["Welcome", "Heartbeat"] and process.memory == 12345
    process.send(wire.Bye())
    assert collect(process, exited)[-1].code == 0
    assert process.poll(0) == [], "told once"


def test_files_go_in_pieces_before_the_message(worker, tmp_path) -> None:
    import base64

    process = worker(ECHO)
    data = os.urandom(wire.PIECE * 2 + 7)
    (tmp_path / "scene.npz").write_bytes(data)
    (tmp_path / "empty").write_bytes(b"")
    files = [("scene.npz", str(tmp_path / "scene.npz")), ("empty", str(tmp_path / "empty"))]
    process.send(wire.Place(3, "scene.npz", ("Cup",), "on the table"), files)
    process.send(wire.Bye())
    pieces = [m for m in messages(collect(process, exited)) if isinstance(m, wire.Piece)]
    assert [(p.name, p.last) for p in pieces] == [("scene.npz", False)] * 2 + [("scene.npz", True), ("empty", True)]
    assert b"".join(base64.b64decode(p.data) for p in pieces) == data


def test_the_end_of_input_ends_the_worker(worker) -> None:
    process = worker(ECHO)
    process.close_input()
    assert collect(process, exited)[-1].code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_kill_from_outside_is_seen_after_all_that_was_written(worker) -> None:
    process = worker("say(wire.Heartbeat(5))\ntime.sleep(60)")
    collect(process, lambda e: isinstance(e, Received))
    os.kill(process.pid, signal.SIGKILL)
    exit_event = collect(process, exited)[-1]
    assert (exit_event.code, exit_event.cause) == (-9, "signal") and exit_event.remedy


def test_garbage_is_told_and_does_not_block_the_worker(worker) -> None:
    process = worker("say(wire.Heartbeat(1))\nprint('hello there ' * 20000, flush=True)\ntime.sleep(0.1)\nsys.exit(4)")
    events = collect(process, exited)
    assert [type(e) for e in events] == [Received, Garbled, Exited]
    assert events[1].cause == "garbage" and "hello" in events[1].reason and events[2].code == 4


def test_another_version_is_told_as_such(worker) -> None:
    process = worker("out.write(frames.encode({'type': 'Welcome', 'protocol': 99, 'new': 1})); out.flush()")
    garbled = next(e for e in collect(process, exited) if isinstance(e, Garbled))
    assert garbled.cause == "version" and "99" in garbled.reason


def test_half_a_frame_at_the_end_is_left_to_the_exit(worker) -> None:
    process = worker("out.write(b'000000ff\\n{\"type'); out.flush(); os._exit(3)")
    assert [type(e) for e in collect(process, exited)] == [Exited]


def test_the_last_lines_of_stderr_tell_the_cause(worker) -> None:
    process = worker("for k in range(500): print('line', k, file=sys.stderr)\nimport no_such_package_here")
    cause = collect(process, exited)[-1]
    assert cause.cause == "import" and "no_such_package_here" in cause.message
    assert len(process.lines) == LINES and "line 499" in process.lines


def test_a_worker_that_reads_nothing_does_not_block_us(worker) -> None:
    process = worker("time.sleep(60)")
    begin = threading.active_count()
    for _ in range(50):
        process.send(wire.Place(1, "x" * 200_000, ("Cup",), "on the table"))
    assert threading.active_count() == begin and process.poll(0) == []
    process.kill()
    assert collect(process, exited)[-1].cause == "terminated"


def test_poll_keeps_to_its_budget(worker) -> None:
    process = worker("say(*[wire.Heartbeat(k) for k in range(1, 1001)])\ntime.sleep(60)")
    while process._received.qsize() < 1000:
        time.sleep(0.01)
    assert len(process.poll(0, most=10, seconds=9)) == 10
    assert len(process.poll(0, most=1000, seconds=0)) == 1, "time over: one at least, so that it gets on"
    assert len(process.poll(0, most=5000, seconds=9)) == 989


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_children_go_with_the_worker(worker) -> None:
    code = (
        "import subprocess\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "say(wire.Heartbeat(child.pid))\n"
    )
    for ending in ("time.sleep(60)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)", "os._exit(1)"):
        process = worker(code + ending)
        child = messages(collect(process, lambda e: isinstance(e, Received)))[0].rss
        if "_exit" not in ending:
            process.terminate() if "SIG_IGN" not in ending else process.kill()
        collect(process, exited)
        assert gone(child), ending


def test_what_cannot_be_started_says_why() -> None:
    with pytest.raises(CannotStart) as caught:
        WorkerProcess(Launch(("/no/such/python", "-m", "x")))
    assert "/no/such/python" in caught.value.failure.message and caught.value.failure.cause == "cannot_start"
    with pytest.raises(CannotStart):
        WorkerProcess(Launch(()))


def test_a_stubborn_worker_is_ended_all_the_same(worker) -> None:
    process = worker("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay(wire.Heartbeat(1))\ntime.sleep(60)")
    collect(process, lambda e: isinstance(e, Received))
    process.end(0.1)
    assert gone(process.pid)


def test_twenty_workers_leave_no_thread_no_pipe_and_no_process(worker) -> None:
    threads = threading.active_count()
    pipes = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for _ in range(20):
        process = WorkerProcess(Launch((sys.executable, "-S", "-c", "")))
        collect(process, exited)
        assert gone(process.pid)
    assert threading.active_count() == threads
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) <= pipes


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_a_program_that_ends_with_a_worker_up_leaves_no_orphan() -> None:
    import subprocess

    code = (
        "import sys\nfrom sgvop_blender.client.process import *\n"
        "w = WorkerProcess(Launch((sys.executable, '-c', 'import time; time.sleep(60)')))\nprint(w.pid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": ROOT}, capture_output=True, text=True, check=True
    )
    assert gone(int(done.stdout))
