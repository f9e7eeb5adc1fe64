"""What an installation will do, before its first byte: sizes, folder, servers, free space. Pure: measured values come in."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from .folder import Contents
from .locked import KINDS, Lock
from .problems import RuntimeProblem

MARGIN = 200_000_000
"""Bytes that shall stay free: the bytecode of what is imported, and a system that breathes."""
LONGEST_PATH = 259
"""Characters of a path that Windows imports from."""
SITE = len("/e99/site/")
OLDEST_MAC = (14, 0)
"""The macOS that torch's wheels are made for."""


@dataclass(frozen=True)
class Plan:
    """An installation. Bytes: to download, of them already there, to be free; ``problem``: what keeps it from starting."""

    lock: Lock
    root: Path
    download: int
    here: int
    free_needed: int
    free: int
    upgrade: bool
    servers: tuple[str, ...]
    problem: RuntimeProblem | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """What the user is shown before agreeing."""
        left = max(self.download - self.here, 0)
        about = "about " if any(w.about for w in self.lock.wheels) else ""
        got = f" ({size(self.here)} are here already)" if self.here else ""
        return (
            f"{KINDS[self.lock.kind]} runtime: {len(self.lock.wheels)} packages, torch {version_of(self.lock, 'torch')}",
            f"Download: {about}{size(left)}{got} from {', '.join(self.servers)}",
            f"On disk: {size(self.lock.unpacked)}; {size(self.free)} are free, {size(self.free_needed)} needed",
            f"Folder: {self.root}",
        )


def plan(
    lock: Lock, contents: Contents, free: int, online: bool, wheel_folder: Path | None = None, mac: tuple[int, ...] = ()
) -> Plan:
    """Returns the plan. ``free``: bytes free on the disk; ``mac``: the version of macOS, empty elsewhere."""
    here = min(contents.download_bytes, lock.download)
    unfinished = contents.unfinished
    unpacked = 0
    if unfinished is not None and unfinished.lock is not None and unfinished.lock.digest == lock.digest:
        done = [w for w in lock.wheels if unpacked_already(unfinished.site, w.name, w.version)]
        here = min(here + sum(w.size for w in done), lock.download)
        unpacked = sum(w.unpacked for w in done)
    # A wheel is deleted as soon as it is unpacked: never more than the largest one lies beside the packages.
    needed = max(lock.unpacked - unpacked, 0) + max((w.size for w in lock.wheels), default=0) + MARGIN
    left = max(lock.download - here, 0)
    servers = tuple(sorted({w.host for w in lock.wheels}))
    problem = None
    longest = len(str(contents.root)) + SITE + max((w.longest for w in lock.wheels), default=0)
    if free < needed:
        problem = RuntimeProblem(
            "disk",
            f"{size(needed)} are needed in {contents.root}, {size(free)} are free",
            "free some space, or choose another folder",
        )
    elif sys.platform == "win32" and longest > LONGEST_PATH:
        problem = RuntimeProblem(
            "path", f"paths in {contents.root} would be {longest} characters long, Windows takes {LONGEST_PATH}",
            "choose a folder with a shorter path",
        )  # fmt: skip
    elif mac and mac < OLDEST_MAC:
        problem = RuntimeProblem(
            "platform",
            f"torch needs macOS {OLDEST_MAC[0]}, this is {'.'.join(map(str, mac))}",
            "name an existing Python instead",
        )
    elif left and not online and wheel_folder is None:
        problem = offline()
    return Plan(lock, contents.root, lock.download, here, needed, free, contents.current is not None, servers, problem)


def offline() -> RuntimeProblem:
    """Returns the problem of a network that must not be used."""
    return RuntimeProblem(
        "offline", "Blender is not allowed to use the network",
        "switch on Allow Online Access in Preferences > System, or name a folder with the wheels",
    )  # fmt: skip


def unpacked_already(site: Path, name: str, version: str) -> bool:
    """Returns whether a package is whole in an environment: its RECORD is written last."""
    return (site / dist_info(name, version) / "RECORD").is_file()


def dist_info(name: str, version: str) -> str:
    """Returns the folder in which we keep what is known of an installed package."""
    return f"{name.replace('-', '_')}-{version}.dist-info"


def version_of(lock: Lock, name: str) -> str:
    """Returns the version of a package in a lock, empty when it is not in it."""
    return next((w.version for w in lock.wheels if w.name == name), "")


def size(count: int) -> str:
    """Returns a number of bytes as people read it."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{(count + 999) // 1000} kB"
