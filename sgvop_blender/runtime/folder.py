"""The runtime's folder: which environments are in it, which one works, what is left over, and who is at work in it.

e1/.version     what was installed, and whether that is complete; written last, and beside first
e1/site/        the packages
downloads/      wheels on their way
busy            held by the process that changes the folder
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .locked import Lock, lock_from_json
from .problems import RuntimeProblem, of_disk

SENTINEL = ".version"
DOWNLOADS = "downloads"
BUSY = "busy"
FORMAT = 1
OWN = re.compile(r"e\d+|gone-\d+(-\d+)?")
"""Folders that are ours to delete."""


@dataclass(frozen=True)
class Environment:
    """One environment. ``lock``: what it was made of; None when that cannot be read."""

    path: Path
    lock: Lock | None
    complete: bool

    @property
    def number(self) -> int:
        """Its number; a later one is newer."""
        return int(self.path.name[1:])

    @property
    def site(self) -> Path:
        """Where its packages lie."""
        return self.path / "site"


@dataclass(frozen=True)
class Contents:
    """What a runtime folder holds. ``current``: the newest complete environment; the others are unfinished or old."""

    root: Path
    current: Environment | None = None
    others: tuple[Environment, ...] = ()
    download_bytes: int = 0

    @property
    def unfinished(self) -> Environment | None:
        """The environment that an installation left half-made, None when there is none."""
        return next((e for e in self.others if not e.complete), None)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to remove."""
        return self.current is None and not self.others and not self.download_bytes


def examine(root: Path) -> Contents:
    """Returns what a folder holds; reads a few small files only."""
    found = sorted((_environment(p) for p in _children(root) if re.fullmatch(r"e\d+", p.name)), key=lambda e: -e.number)
    current = next((e for e in found if e.complete), None)
    sizes = [_size(p) for p in _children(root / DOWNLOADS)]
    return Contents(root, current, tuple(e for e in found if e is not current), sum(sizes))


def _environment(path: Path) -> Environment:
    try:
        value = json.loads((path / SENTINEL).read_text("utf-8"))
        lock = lock_from_json(value["lock"]) if value["format"] == FORMAT else None
        return Environment(path, lock, lock is not None and value["state"] == "complete")
    except (OSError, ValueError, KeyError, TypeError):
        return Environment(path, None, False)


def mark(environment: Path, lock: Lock, complete: bool) -> None:
    """Writes the sentinel of an environment, beside it and renamed."""
    value = {"format": FORMAT, "state": "complete" if complete else "incomplete", "lock": lock.to_json()}
    write_beside(environment / SENTINEL, json.dumps(value))


def write_beside(path: Path, text: str) -> None:
    """Writes a small file so that it is there whole or not at all."""
    beside = path.with_name(path.name + ".new")
    with open(beside, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)


def prepare(root: Path) -> None:
    """Makes the folder and tries to write in it. Raises RuntimeProblem when that fails."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        write_beside(root / "try", "")
        (root / "try").unlink()
    except OSError as error:
        raise of_disk(error, root) from error


def disk_bytes(root: Path) -> int:
    """Returns the bytes of all files of ours in the folder."""
    total = 0
    for base in (p for p in _children(root) if OWN.fullmatch(p.name) or p.name == DOWNLOADS):
        for folder, _, names in os.walk(long(base)):
            total += sum(_size(Path(folder) / n) for n in names)
    return total


def discard(path: Path) -> None:
    """Deletes an environment: renamed first, so that no half of it is ever taken for a whole one."""
    if not path.exists():
        return
    number, gone = 0, path.with_name(f"gone-{path.name.strip('e')}")
    while path.name.startswith("e") and gone.exists():
        number += 1
        gone = path.with_name(f"gone-{path.name.strip('e')}-{number}")
    try:
        if path.name.startswith("e"):
            os.replace(path, gone)
        else:
            gone = path
        shutil.rmtree(long(gone))
    except OSError as error:
        problem = of_disk(error, path)
        if problem.kind == "folder" and os.access(path.parent, os.W_OK):
            problem = RuntimeProblem(
                "busy", f"{path} cannot be deleted", "stop the worker, or close other Blenders, and try again"
            )
        raise problem from error


def sweep(root: Path) -> None:
    """Deletes what earlier removals left behind; what is still in use stays for the next time."""
    for path in _children(root):
        if path.name.startswith("gone-") and OWN.fullmatch(path.name):
            shutil.rmtree(long(path), ignore_errors=True)


@contextlib.contextmanager
def held(root: Path) -> Iterator[None]:
    """Keeps all others from changing the folder; the system lets go of it when this process ends, however it ends.

    Raises RuntimeProblem when another one is at it.
    """
    prepare(root)
    try:
        file = open(root / BUSY, "a+b")  # noqa: SIM115
    except OSError as error:
        raise of_disk(error, root) from error
    try:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise RuntimeProblem(
                "busy", f"another Blender is installing into {root}", "wait until it is done, or cancel it there"
            ) from error
        yield
    finally:
        file.close()


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def long(path: Path) -> Path:
    """Returns the path in the form in which Windows takes more than 259 characters; elsewhere as it is."""
    if sys.platform != "win32":
        return path
    text = os.path.abspath(path)
    return Path(text if text.startswith("\\\\") else "\\\\?\\" + text)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.lstat().st_size
    return 0


def next_environment(contents: Contents) -> Path:
    """Returns the path of an environment that is not there yet."""
    taken = [e.number for e in (contents.current, *contents.others) if e is not None]
    return contents.root / f"e{max(taken, default=0) + 1}"
