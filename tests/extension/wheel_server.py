"""Tiny wheels, locks that list them, and a server on this machine that gives them: whole, in ranges, damaged or cut."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sgvop_blender.runtime.locked import Lock, Wheel, this_python

BIG = 900_000
"""Bytes in the wheel of "torch", so that it can be cut in the middle."""


def make_wheel(name: str, version: str, files: Mapping[str, bytes]) -> bytes:
    """A wheel, with its RECORD; incompressible files stay as large as they are."""
    info = f"{name}-{version}.dist-info"
    every = {**files, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()}
    rows = [
        f"{n},sha256={base64.urlsafe_b64encode(hashlib.sha256(d).digest()).rstrip(b'=').decode()},{len(d)}"
        for n, d in every.items()
    ]
    every[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for inside, data in every.items():
            archive.writestr(zipfile.ZipInfo(inside), data)
    return out.getvalue()


def noise(count: int, seed: int) -> bytes:
    return b"".join(hashlib.sha256(b"%d %d" % (seed, n)).digest() for n in range(count // 32 + 1))[:count]


def wheels(version: str = "1.0") -> dict[str, bytes]:
    """File name -> content of what a small runtime is made of."""
    torch = {"torch/__init__.py": f"__version__ = '{version}'\n".encode(), "torch/lib.so": noise(BIG, len(version))}
    numpy = {
        "numpy/__init__.py": b"",
        "numpy-1.0.data/purelib/numpy/more.py": b"more = 1\n",
        "numpy-1.0.data/scripts/f2py": b"#!python\n",
    }
    return {
        "numpy-1.0-py3-none-any.whl": make_wheel("numpy", "1.0", numpy),
        f"torch-{version}-py3-none-any.whl": make_wheel("torch", version, torch),
    }


def lock_of(files: Mapping[str, bytes], index: str, kind: str = "cpu") -> Lock:
    found = []
    for file, data in files.items():
        name, version = file.split("-")[:2]
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(i.file_size for i in archive.infolist())
        found.append(Wheel(name, version, file, hashlib.sha256(data).hexdigest(), len(data), unpacked, 20, index=index))
    return Lock("test-x64", kind, this_python(), tuple(found))


def write_locks(folder: Path, *locks: Lock) -> Path:
    folder.mkdir(exist_ok=True)
    for lock in locks:
        value = {"pythons": {lock.python: lock.to_json()["wheels"]}}
        (folder / f"{lock.platform}-{lock.kind}.json").write_text(json.dumps(value))
    return folder


@dataclass
class WheelServer:
    """What it gives, how, and what it was asked for: (file, first byte asked for)."""

    files: dict[str, bytes]
    ranges: bool = True
    cut: int | None = None
    """Bytes after which each answer breaks off."""
    asked: list[tuple[str, int]] = field(default_factory=list)
    status: int = 200
    hook: Callable[[str], None] = lambda name: None

    def __enter__(self) -> WheelServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        self.index = f"http://127.0.0.1:{self.server.server_port}/"
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.lstrip("/")
        asked = handler.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.asked.append((name, start))
        self.hook(name)
        data = self.files.get(name)
        if data is None or self.status != 200:
            handler.send_error(404 if data is None else self.status)
            return
        if not self.ranges:
            start = 0
        if start >= len(data) > 0 and asked and self.ranges:
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        handler.send_header("Content-Length", str(len(data) - start))
        handler.end_headers()
        end = len(data) if self.cut is None else min(start + self.cut, len(data))
        handler.wfile.write(data[start:end])
        if end < len(data):
            handler.close_connection = True
