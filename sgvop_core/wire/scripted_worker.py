"""A stand-in for the worker that plays a script, for tests and documentation pictures. Standard library only.

``python -m sgvop_core.wire.scripted_worker [SCRIPT.json]``. The script's entries replace those of ``DEFAULT``:

* ``welcome``: ``protocol``, ``versions``, ``delay`` (seconds), ``silent`` (never answers);
* ``devices``, ``models``: lists of their messages' fields; ``understood``, ``messages``: the answer to Read;
* ``place``: ``seconds`` (of the whole job), ``rate`` (reports a second), ``stages``, ``score`` (from, to), ``path``: where the
  object is on the way, each ``{"at": [x, y, z]}`` in the world or ``{"by": [dx, dy, dz]}`` from its start, with ``turn`` in
  degrees about Z and ``scale``; ``candidates``: poses likewise with ``score``, ``terms``, ``checks``, ``picture`` (a PNG
  beside the script; without it one is drawn); ``fail``: a Failed to send instead of finishing; ``ignore_cancel``;
* ``faults``: each with ``what`` (exit, signal, stall, garbage, half, flood), ``job`` (the how manieth Place, default 1) and
  ``at`` (share of that job, default 0.5), or ``"at": "hello"``; ``code``, ``signal`` (a name), ``text``, ``count`` as needed.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from .frames import Decoder, ProtocolError
from .protocol import (
    EXIT_PROTOCOL,
    EXIT_VERSION,
    TO_WORKER,
    Best,
    Bye,
    Cancel,
    Cancelled,
    Candidate,
    Device,
    DeviceList,
    Devices,
    Download,
    Failed,
    Finished,
    Free,
    Heartbeat,
    Hello,
    Log,
    Message,
    Model,
    ModelList,
    Models,
    Piece,
    Place,
    Progress,
    Read,
    Stage,
    Understood,
    VersionMismatch,
    Welcome,
    frame,
    from_json,
)
from .scripted_default import DEFAULT, HOLDS
from .scripted_files import bundle_matrices, draw_png
from .scripted_poses import along, apply, delta

BEAT = 0.5


class ScriptedWorker:
    """Plays a script to whoever writes to ``incoming`` and reads ``outgoing`` (descriptors).

    Pictures are looked for in ``home``.
    """

    def __init__(self, script: dict[str, Any], home: Path, incoming: int, outgoing: int) -> None:
        self.script = {key: _merged(value, script.get(key)) for key, value in DEFAULT.items()}
        unknown = set(script) - set(DEFAULT)
        if unknown:
            raise ValueError(f"the script has unknown entries: {', '.join(sorted(unknown))}")
        self.home, self.incoming, self.outgoing = home, incoming, outgoing
        self.folder: Path | None = None
        self.inbox: queue.Queue[Message | ProtocolError | None] = queue.Queue()
        self.cancelled: set[int] = set()
        self.waiting: list[Message] = []
        self.placed = 0
        self.busy: int | None = None
        self.beaten = float("-inf")
        self.stalled = False

    # -------------------------------------------------------------- the stream

    def run(self) -> int:
        """Plays until the client leaves; returns the exit code."""
        threading.Thread(target=self._listen, daemon=True).start()
        first = self.inbox.get()
        if isinstance(first, VersionMismatch):
            self.send(Failed(None, "version", str(first), "install the runtime of this version"))
            return EXIT_VERSION
        if not isinstance(first, Hello):
            return 0 if first is None or isinstance(first, Bye) else EXIT_PROTOCOL
        welcome = self.script["welcome"]
        time.sleep(welcome["delay"])
        self.fault("hello", 0)
        while welcome["silent"]:
            time.sleep(BEAT)
        self.send(Welcome(welcome["protocol"], welcome["versions"], os.getpid(), ("place", "read", "download")))
        while True:
            if not self.waiting:
                self.pass_time(0.05)
                continue
            message = self.waiting.pop(0)
            if isinstance(message, Place):
                self.play(message)
            else:
                self.answer(message)

    def send(self, *messages: Message) -> None:
        """Sends messages, unless the script has let the stream stall."""
        self.write(b"".join(frame(message) for message in messages))

    def write(self, data: bytes) -> None:
        """Writes bytes; ends when nobody reads them."""
        view = memoryview(b"" if self.stalled else data)
        try:
            while view:
                view = view[os.write(self.outgoing, view) :]
        except OSError:
            self.leave(0)

    def _listen(self) -> None:
        decoder = Decoder()
        try:
            while data := os.read(self.incoming, 1 << 16):
                for plain in decoder.feed(data):
                    message = from_json(plain, TO_WORKER)
                    if isinstance(message, Bye):
                        self.leave(0)
                    if isinstance(message, Cancel):
                        self.cancelled.add(message.job)
                    else:
                        self.inbox.put(message)
        except ProtocolError as error:
            self.inbox.put(error)
            return
        self.leave(0)

    def parcels(self, job: int) -> Path:
        """Returns a folder for a job's files that travel in pieces."""
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="sgvop-scripted-"))
        folder = self.folder / str(job)
        folder.mkdir(exist_ok=True)
        return folder

    def leave(self, code: int) -> NoReturn:
        """Ends the process now."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        os._exit(code)

    def pass_time(self, seconds: float) -> None:
        """Waits, beating the heart and taking in what comes."""
        until = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            if now - self.beaten >= BEAT:
                self.beaten = now
                self.send(Heartbeat(180 << 20, self.busy))
            try:
                message = self.inbox.get(timeout=max(min(until - now, BEAT), 0.001))
            except queue.Empty:
                message = None
            if isinstance(message, ProtocolError):
                self.send(Failed(None, "protocol", str(message), "restart the worker"))
                self.leave(EXIT_PROTOCOL)
            if message is not None:
                self.waiting.append(message)
            if time.monotonic() >= until:
                return

    # -------------------------------------------------------------- the answers

    def answer(self, message: Message) -> None:
        """Answers anything but Place."""
        script = self.script
        if isinstance(message, Read):
            self.send(Understood(message.job, {**script["understood"], "prompt": message.prompt}, _lines(script)))
        elif isinstance(message, Devices):
            self.send(DeviceList(tuple(Device(**d) for d in script["devices"])))
        elif isinstance(message, Models):
            self.send(ModelList(tuple(Model(**m) for m in script["models"]), str(self.home), 50 << 30))
        elif isinstance(message, Download):
            for step in range(11):
                if message.job in self.cancelled:
                    return self.send(Cancelled(message.job))
                self.send(Progress(message.job, message.model, step * 60_500_000, 605_000_000, str(self.home)))
                self.pass_time(0.1)
            self.send(Finished(message.job, "model.safetensors", 1.0))
        elif isinstance(message, Free):
            self.send(Log("info", "let go of 1 model"))
        elif isinstance(message, Piece):
            with open(self.parcels(message.job) / Path(message.name).name, "ab") as file:
                file.write(base64.b64decode(message.data))

    def play(self, order: Place) -> None:
        """Plays a placement: stages and poses over the script's seconds, then candidates."""
        self.placed += 1
        self.busy = order.job
        started = time.monotonic()
        try:
            self._play(order, self.script["place"])
        except (OSError, ValueError, KeyError) as error:
            self.send(Failed(order.job, "scene", f"the scripted worker cannot use this: {error}", "check the script"))
        self.busy = None
        self.beaten = min(self.beaten, started)

    def _play(self, order: Place, script: dict[str, Any]) -> None:
        bundle = Path(order.bundle) if order.folder else self.parcels(order.job) / order.bundle
        starts = bundle_matrices(bundle)
        starts = {name: starts[name] for name in order.objects}
        steps = max(int(script["seconds"] * script["rate"]), 1)
        stages, (low, high) = script["stages"], script["score"]
        self.send(Understood(order.job, {**self.script["understood"], "prompt": order.prompt}, _lines(self.script)))
        for step in range(steps + 1):
            share = step / steps
            self.fault(share, self.placed)
            if order.job in self.cancelled and not script["ignore_cancel"]:
                return self.send(Cancelled(order.job))
            stage = stages[min(int(share * len(stages)), len(stages) - 1)]
            left = (1 - share) * script["seconds"]
            score = low + (high - low) * (1 - (1 - share) ** 2)
            poses = {n: apply(along(script["path"], share, start), start) for n, start in starts.items()}
            self.send(
                Stage(order.job, stage, share, left, "", order.objects[0]),
                Best(order.job, poses, score, order.objects[0]),
            )
            self.pass_time(script["seconds"] / steps)
        if script["fail"]:
            return self.send(Failed(order.job, **script["fail"]))
        self._finish(order, script, starts)

    def _finish(self, order: Place, script: dict[str, Any], starts: dict[str, Any]) -> None:
        folder = Path(order.folder) if order.folder else self.parcels(order.job)
        listed = []
        for index, pose in enumerate(script["candidates"]):
            picture = folder / f"candidate-1-{index + 1}.png"
            if pose.get("picture"):
                shutil.copyfile(self.home / pose["picture"], picture)
            else:
                picture.write_bytes(draw_png(128, 96, 0.02 + 0.21 * index))
            checks = {**HOLDS, **pose.get("checks", {})}
            deltas = {name: delta(pose, start) for name, start in starts.items()}
            found = Candidate(
                order.job, index, deltas, float(pose.get("score", 0)), pose.get("terms", {}), checks,
                self._give(order, picture), order.objects[0],
            )  # fmt: skip
            self.send(found)
            matrices = {name: apply(deltas[name], start) for name, start in starts.items()}
            listed.append(
                {"matrix_world": matrices[order.objects[0]], "score": found.score, "guidance": found.terms,
                 "checks": checks, "objects": matrices}
            )  # fmt: skip
        result = folder / "result.json"
        plain = {
            "format": 1, "object": order.objects[0], "objects": list(order.objects), "prompt": order.prompt,
            "understood": self.script["understood"], "messages": self.script["messages"], "candidates": listed,
            "settings": order.settings, "device": "scripted", "seconds": script["seconds"], "stopped": None,
        }  # fmt: skip
        result.write_text(json.dumps(plain, indent=2), encoding="utf-8")
        self.send(Finished(order.job, self._give(order, result), float(script["seconds"])))

    def _give(self, order: Place, path: Path) -> str:
        if order.folder:
            return str(path)
        self.send(Piece(order.job, path.name, base64.b64encode(path.read_bytes()).decode("ascii"), True))
        return path.name

    # -------------------------------------------------------------- the faults

    def fault(self, when: float | str, job: int) -> None:
        """Does what the script's faults say for this moment, each once."""
        for fault in list(self.script["faults"]):
            at = fault.get("at", 0.5)
            due = at == when if isinstance(at, str) or isinstance(when, str) else when >= at
            if not due or (job and fault.get("job", 1) != job):
                continue
            self.script["faults"].remove(fault)
            what = fault["what"]
            if what == "exit":
                print(fault.get("text", ""), file=sys.stderr, flush=True)
                os._exit(fault.get("code", 1))
            elif what == "signal":
                os.kill(os.getpid(), getattr(signal, fault.get("signal", "SIGKILL")))
            elif what == "stall":
                self.stalled = True
            elif what == "garbage":
                self.write(fault.get("text", "Segmentation fault (core dumped)\n").encode())
            elif what == "half":
                self.write(frame(Log("info", "half a frame"))[:-9])
                os._exit(fault.get("code", 0))
            elif what == "flood":
                line = frame(Log("debug", fault.get("text", "x" * 100)))
                for _ in range(fault.get("count", 10_000) // 100):
                    self.write(line * 100)
            else:
                raise ValueError(f"unknown fault '{what}'")


def _merged(base: Any, changes: Any) -> Any:
    if changes is None:
        return base
    return {**base, **changes} if isinstance(base, dict) else changes


def _lines(script: dict[str, Any]) -> tuple[str, ...]:
    return tuple(script["messages"])


def main() -> int:
    """Plays the script that the command line names, or the default one; returns the exit code."""
    path = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    script = {} if path is None else json.loads(path.read_text(encoding="utf-8"))
    incoming, outgoing = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(incoming, os.O_BINARY)
        msvcrt.setmode(outgoing, os.O_BINARY)
    return ScriptedWorker(script, path.parent if path else Path(), incoming, outgoing).run()


if __name__ == "__main__":
    raise SystemExit(main())
