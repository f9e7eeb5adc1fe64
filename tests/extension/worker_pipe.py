"""A worker at the other end of two pipes, for tests."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sgvop_core.scene.bundled import scene_to_bundle
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.model import Camera, Mesh, Scene, SceneObject
from sgvop_core.wire.bundle import write_bundle
from sgvop_core.wire.frames import Decoder
from sgvop_core.wire.protocol import PROTOCOL, TO_CLIENT, Hello, Message, Welcome, frame, from_json

from ..worker_python import worker_python

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds that a test waits for what should come at once: busy machines are slow."""
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


class WorkerPipe:
    """Starts a worker; reads what it sends in a thread."""

    def __init__(self, *command: str, module: str = "sgvop_core.worker") -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        python = worker_python() if module == "sgvop_core.worker" else sys.executable
        self.process = subprocess.Popen(
            [python, "-m", module, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.inbox: queue.Queue[Any] = queue.Queue()
        self.seen: list[Any] = []
        self.stderr = b""
        self.threads = [threading.Thread(target=t, daemon=True) for t in (self._listen, self._listen_errors)]
        for thread in self.threads:
            thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        decoder = Decoder()
        try:
            while data := os.read(self.process.stdout.fileno(), 1 << 16):
                for plain in decoder.feed(data):
                    self.inbox.put(from_json(plain, TO_CLIENT))
            decoder.finish()
        except ValueError as error:
            self.inbox.put(error)
        self.inbox.put(None)

    def _listen_errors(self) -> None:
        assert self.process.stderr is not None
        self.stderr = self.process.stderr.read()

    def greet(self) -> Welcome:
        self.send_hello()
        found = self.until(Welcome)
        assert isinstance(found, Welcome)
        return found

    def send_hello(self) -> None:
        self.send(Hello(PROTOCOL, "test"))

    def send(self, *messages: Message) -> None:
        self.write(b"".join(frame(m) for m in messages))

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def until(self, wanted: type | tuple[type, ...] | Callable[[Any], bool]) -> Any:
        """The next message of that kind; what came before it is in ``seen``."""
        while True:
            message = self.inbox.get(timeout=PATIENCE)
            self.seen.append(message)
            if isinstance(wanted, type | tuple):
                if isinstance(message, wanted):
                    return message
            elif wanted(message):
                return message
            assert message is not None, f"the stream ended before {wanted} came; {self.stderr.decode()}"

    def of(self, kind: type) -> list[Any]:
        return [m for m in self.seen if isinstance(m, kind)]

    def close(self) -> int:
        """Closes the worker's input; returns its exit code."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        return self.ended()

    def ended(self) -> int:
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            for thread in self.threads:
                thread.join(PATIENCE)
            for stream in (self.process.stdout, self.process.stderr):
                assert stream is not None
                stream.close()


def box(
    name: str, size: tuple[float, float, float], at: tuple[float, float, float], parent: str | None = None
) -> SceneObject:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) * np.array(size) / 2
    faces = np.array([[t for q in QUADS for t in (q[0], q[1], q[2])], [t for q in QUADS for t in (q[0], q[2], q[3])]])
    matrix = np.eye(4)
    matrix[:3, 3] = at
    return SceneObject(name, matrix, Mesh(name, corners, faces.reshape(-1, 3).astype(np.int32)), parent)


def small_scene() -> Scene:
    camera = Camera("Cam", look_at(np.array([2.5, -2.5, 2.2]), np.array([0, 0, 0.4]), np.array([0.0, 0, 1])))
    things = (
        box("Floor", (4, 4, 0.1), (0, 0, -0.05)),
        box("Table", (1.2, 0.8, 0.7), (0, 0, 0.35)),
        box("Cup", (0.1, 0.1, 0.12), (1.2, 0.8, 0.06)),
        box("Spoon", (0.02, 0.15, 0.01), (1.2, 0.8, 0.125), "Cup"),
        box("Vase", (0.12, 0.12, 0.3), (-1.2, 0.8, 0.15)),
    )
    return Scene(things, (camera,))


def write_scene(path: Path) -> Path:
    write_bundle(path, scene_to_bundle(small_scene()))
    return path
