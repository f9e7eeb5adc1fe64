"""Getting one file whole: from a folder or a server, resumed where it stopped, its checksum checked."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO

from .folder import long
from .locked import Wheel
from .problems import RuntimeProblem, of_disk

BLOCK = 1 << 18
TIMEOUT = 30.0
"""Seconds without a byte until the connection counts as lost."""
TRIES = 5
"""How often in a row nothing may come before we give up."""
OnBytes = Callable[[int], None]
"""Called with the bytes that a file has so far."""


def obtain(
    wheel: Wheel, folder: Path, on_bytes: OnBytes, wheel_folder: Path | None = None, online: bool = True
) -> Path:
    """Returns the path of a wheel in ``folder`` whose checksum is right.

    Taken from ``wheel_folder`` when it is there, else downloaded, going on where an earlier try stopped. Raises
    RuntimeProblem; what has come by then stays for the next time unless it is wrong.
    """
    target = long(folder / wheel.file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.is_file():
            if digest(target) == wheel.sha256:
                on_bytes(wheel.size)
                return target
            target.unlink()
        near = wheel_folder / wheel.file if wheel_folder is not None else None
        if near is not None and near.is_file():
            return _copy(near, target, wheel, on_bytes)
        if not online:
            raise _not_here(wheel, wheel_folder)
        for again in (True, False):
            _download(wheel, _part(target), on_bytes)
            if digest(_part(target)) == wheel.sha256:
                os.replace(_part(target), target)
                return target
            _part(target).unlink()
            if not again:
                raise _damaged(wheel, f"from {wheel.host}")
    except OSError as error:
        raise of_disk(error, folder) from error
    raise AssertionError


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _copy(near: Path, target: Path, wheel: Wheel, on_bytes: OnBytes) -> Path:
    shutil.copyfile(near, _part(target))
    if digest(_part(target)) != wheel.sha256:
        _part(target).unlink()
        raise _damaged(wheel, f"in {near.parent}")
    os.replace(_part(target), target)
    on_bytes(wheel.size)
    return target


def _download(wheel: Wheel, part: Path, on_bytes: OnBytes) -> None:
    """Downloads until the file is whole. Raises RuntimeProblem when the server or the network does not give it."""
    failures = 0
    while True:
        start = part.stat().st_size if part.exists() else 0
        try:
            if _stream(wheel.url, part, start, on_bytes):
                return
            reason = "the connection was closed early"
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416 and start:
                # What is here reaches to the end or beyond it; the checksum tells which.
                return
            if error.code < 500 and error.code not in (408, 429):
                raise RuntimeProblem(
                    "gone", f"{wheel.host} does not give {wheel.file} ({error.code} {error.reason})",
                    "try again later, update the extension, or name a folder with the wheels",
                ) from error  # fmt: skip
            reason = f"{error.code} {error.reason}"
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
            reason = str(getattr(error, "reason", "") or error or type(error).__name__)
        grown = part.exists() and part.stat().st_size > start
        failures = 0 if grown else failures + 1
        if failures >= TRIES:
            raise RuntimeProblem(
                "network", f"{wheel.host} cannot be reached: {' '.join(reason.split())[:120]}",
                "check the connection or the proxy and press Resume; what came is kept",
            )  # fmt: skip
        time.sleep(min(0.5 * 2**failures, 8.0) if failures else 0.2)


def _stream(url: str, part: Path, start: int, on_bytes: OnBytes) -> bool:
    """Appends what the server gives from ``start`` on, or writes anew when it gives all; returns whether it is whole."""
    request = urllib.request.Request(url, headers={"User-Agent": "sgvop", "Accept-Encoding": "identity"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    with urllib.request.urlopen(
        request, timeout=TIMEOUT, context=_trust() if url.startswith("https:") else None
    ) as answer:
        begin, total = _extent(answer.status, answer.headers.get("Content-Range"), answer.headers.get("Content-Length"))
        if begin not in (0, start):
            part.unlink(missing_ok=True)
            return False
        have = begin
        with _open(part, "ab" if begin else "wb") as out:
            while block := answer.read(BLOCK):
                out.write(block)
                have += len(block)
                on_bytes(have)
    return total is None or have >= total


def _open(path: Path, mode: str) -> IO[bytes]:
    return open(path, mode)


def _extent(status: int, content_range: str | None, length: str | None) -> tuple[int, int | None]:
    """Returns where an answer begins and how long the whole file is, None when the server does not say."""
    if status == 206 and (found := re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", (content_range or "").strip())):
        return int(found[1]), None if found[2] == "*" else int(found[2])
    return 0, int(length) if length and length.isdigit() else None


@cache
def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Blender's Python on Linux may look for certificates where the system has none; it brings certifi's.
    if not context.get_ca_certs() and not os.environ.get("SSL_CERT_FILE"):
        with contextlib.suppress(ImportError, OSError):
            from importlib import import_module

            context.load_verify_locations(import_module("certifi").where())
    return context


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(wheel: Wheel, whence: str) -> RuntimeProblem:
    return RuntimeProblem("damaged", f"{wheel.file} {whence} is not the file that was tested (its checksum is wrong)",
                          "try again later, or over another network")  # fmt: skip


def _not_here(wheel: Wheel, wheel_folder: Path | None) -> RuntimeProblem:
    if wheel_folder is None:
        from .plan import offline

        return offline()
    return RuntimeProblem("missing", f"{wheel.file} is not in {wheel_folder}",
                          "put it there, or switch on Allow Online Access in Preferences > System")  # fmt: skip
