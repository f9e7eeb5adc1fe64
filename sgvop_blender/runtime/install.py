"""Installs, checks, repairs and removes environments; a process of its own that tells how far it is in lines of JSON.

    python -m sgvop_blender.runtime.install ACTION ROOT [--platform P --kind K] [--online] [--wheels FOLDER]

Each step leaves the folder in a state from which the next call goes on: a wheel that came is kept, a package that is
whole is not unpacked again, and the environment that works stays until the other one has passed its probe.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import folder, unpack
from .fetch import obtain
from .kinds import MANAGED, Finding, clean, judge, run_probe
from .locked import LOCKS, Lock, Wheel, read_lock, this_platform, this_python
from .plan import plan, unpacked_already
from .problems import RuntimeProblem, of_disk
from .talk import Tell, serve

Probe = Callable[[Path], Finding]
"""Whether the packages in a folder carry a worker."""
ACTIONS = ("install", "verify", "repair", "discard", "remove")


def probe_site(site: Path) -> Finding:
    """Returns what this very Python has with the packages of a folder and nothing else."""
    environment = {**clean([str(site)]), "PYTHONDONTWRITEBYTECODE": ""}
    return judge(*run_probe([sys.executable, "-S"], environment), MANAGED)


def install(
    root: Path, lock: Lock, tell: Tell, online: bool, wheel_folder: Path | None = None, probe: Probe = probe_site
) -> dict[str, Any]:
    """Returns the finding after making the environment of a lock, or going on with one that was begun.

    The one that works now is deleted once the new one has passed its probe; else the new one is, and the old one stays.
    Raises RuntimeProblem.
    """
    with folder.held(root):
        folder.sweep(root)
        contents = folder.examine(root)
        intended = plan(lock, contents, shutil.disk_usage(root).free, online, wheel_folder, _mac())
        if intended.problem is not None:
            raise intended.problem
        environment = _begin(contents, lock)
        _fill(environment / "site", lock.wheels, root, tell, online, wheel_folder)
        tell.stage("probe", "trying it out: the first import takes a while")
        finding = probe(environment / "site")
        if finding.problem:
            raise _not_taken(finding, environment, contents.current is not None)
        _write(lambda: folder.mark(environment, lock, True), environment)
        shutil.rmtree(folder.long(root / folder.DOWNLOADS), ignore_errors=True)
        _drop_old(root, tell)
        return _report(finding)


def _not_taken(finding: Finding, environment: Path, upgrade: bool) -> RuntimeProblem:
    """Returns the problem of an environment that failed its probe.

    Beside one that works it is deleted; a first one stays unfinished, so that another try needs no download.
    """
    if upgrade:
        folder.discard(environment)
        return RuntimeProblem("probe", f"the new runtime does not work ({finding.problem}); the one from before is still there",
                              "update the extension, or name an existing Python")  # fmt: skip
    return RuntimeProblem("probe", f"the runtime was installed but does not work: {finding.problem}",
                          "press Resume to try it again, or name an existing Python")  # fmt: skip


def _begin(contents: folder.Contents, lock: Lock) -> Path:
    """Returns the environment to fill: the one that was begun with the same wheels, else an empty one."""
    begun = next(
        (e for e in contents.others if e.lock is not None and not e.complete and e.lock.digest == lock.digest), None
    )
    for other in contents.others:
        if other is not begun and not other.complete:
            folder.discard(other.path)
    if begun is not None and (contents.current is None or begun.number > contents.current.number):
        return begun.path
    environment = folder.next_environment(contents)

    def make() -> None:
        (environment / "site").mkdir(parents=True)
        folder.mark(environment, lock, False)

    _write(make, environment)
    return environment


def _fill(
    site: Path, wheels: tuple[Wheel, ...], root: Path, tell: Tell, online: bool, wheel_folder: Path | None
) -> None:
    """Downloads and unpacks what is not there yet."""
    total = sum(w.size + w.unpacked for w in wheels)
    before = 0
    for wheel in wheels:
        if not unpacked_already(site, wheel.name, wheel.version):
            meter = _Meter(tell, f"{wheel.name} {wheel.version}", before, total)
            path = obtain(wheel, root / folder.DOWNLOADS, meter.downloaded, wheel_folder, online)
            meter.begun += wheel.size
            unpack.unpack(path, wheel, site, meter.unpacked)
            path.unlink(missing_ok=True)
        before += wheel.size + wheel.unpacked


@dataclass
class _Meter:
    """Tells how far one wheel is, as a share of all. ``begun``: bytes done before what comes now."""

    tell: Tell
    text: str
    begun: int
    total: int

    def downloaded(self, have: int) -> None:
        self.tell.progress("download", self.begun + have, self.total, self.text)

    def unpacked(self, more: int) -> None:
        self.begun += more
        self.tell.progress("unpack", self.begun, self.total, self.text)


def _drop_old(root: Path, tell: Tell) -> None:
    """Deletes the environments that another one has taken the place of; one in use stays until the next time."""
    for other in folder.examine(root).others:
        try:
            folder.discard(other.path)
        except RuntimeProblem as problem:
            tell.note(f"the runtime from before stays for now: {problem.message}")


def verify(root: Path, tell: Tell) -> dict[str, Any]:
    """Returns ``broken``: (package, what is wrong) of the current environment. Raises RuntimeProblem without one."""
    with folder.held(root):
        current, lock = _current(root)
        return {"broken": [[b.name, b.reason] for b in _broken(current, lock.wheels, tell)]}


def repair(
    root: Path, tell: Tell, online: bool, wheel_folder: Path | None = None, probe: Probe = probe_site
) -> dict[str, Any]:
    """Returns the finding after installing anew the packages that are not as they were. Raises RuntimeProblem."""
    with folder.held(root):
        current, lock = _current(root)
        names = {b.name for b in _broken(current, lock.wheels, tell)}
        wheels = tuple(w for w in lock.wheels if w.name in names)
        for wheel in wheels:
            _write(partial(unpack.forget, current.site, wheel), current.path)
        _fill(current.site, wheels, root, tell, online, wheel_folder)
        shutil.rmtree(folder.long(root / folder.DOWNLOADS), ignore_errors=True)
        tell.stage("probe", "trying it out")
        finding = probe(current.site)
        if finding.problem:
            raise RuntimeProblem(
                "probe", f"the runtime does not work ({finding.problem})", "remove it and install it again"
            )
        return {**_report(finding), "repaired": sorted(names)}


def discard(root: Path, tell: Tell) -> dict[str, Any]:
    """Returns ``freed`` bytes after deleting what an unfinished installation left; a complete environment stays."""
    with folder.held(root):
        tell.stage("remove", "removing what was not finished")
        before = folder.disk_bytes(root)
        folder.sweep(root)
        for other in folder.examine(root).others:
            folder.discard(other.path)
        if (root / folder.DOWNLOADS).exists():
            folder.discard(root / folder.DOWNLOADS)
        return {"freed": before - folder.disk_bytes(root)}


def remove(root: Path, tell: Tell) -> dict[str, Any]:
    """Returns ``freed`` bytes after deleting all environments and downloads, and the folder when nothing else is in it."""
    if not root.exists():
        return {"freed": 0}
    with folder.held(root):
        tell.stage("remove", "removing the runtime")
        freed = folder.disk_bytes(root)
        contents = folder.examine(root)
        for environment in (*contents.others, contents.current):
            if environment is not None:
                folder.discard(environment.path)
        if (root / folder.DOWNLOADS).exists():
            folder.discard(root / folder.DOWNLOADS)
        folder.sweep(root)
    (root / folder.BUSY).unlink(missing_ok=True)
    if not any(root.iterdir()):
        root.rmdir()
    return {"freed": freed}


def _current(root: Path) -> tuple[folder.Environment, Lock]:
    current = folder.examine(root).current
    if current is None or current.lock is None:
        raise RuntimeProblem("no_runtime", f"no runtime is installed in {root}", "press Install")
    return current, current.lock


def _broken(environment: folder.Environment, wheels: tuple[Wheel, ...], tell: Tell) -> Iterator[unpack.Broken]:
    total, read = sum(w.unpacked for w in wheels), [0]

    def more(count: int) -> None:
        read[0] += count
        tell.progress("verify", read[0], total, "")

    return iter(list(unpack.check(environment.site, wheels, more)))


def _write(action: Callable[[], None], path: Path) -> None:
    try:
        action()
    except OSError as error:
        raise of_disk(error, path) from error


def _report(finding: Finding) -> dict[str, Any]:
    return {
        "python": finding.python,
        "packages": dict(finding.packages),
        "devices": dict(finding.devices),
        "line": finding.line,
    }


def _mac() -> tuple[int, ...]:
    import platform

    text = platform.mac_ver()[0] if sys.platform == "darwin" else ""
    return tuple(int(n) for n in text.split(".")[:2] if n.isdigit())


def main(arguments: list[str], probe: Probe = probe_site) -> int:
    """Returns the exit code: 0, or 3 after a line with the problem."""
    parser = argparse.ArgumentParser(prog="sgvop_blender.runtime.install", allow_abbrev=False)
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("root", type=Path)
    parser.add_argument("--platform", default=this_platform())
    parser.add_argument("--kind", default="cpu")
    parser.add_argument("--online", action="store_true", help="the user agreed to downloads and Blender allows them")
    parser.add_argument("--wheels", type=Path, help="folder with wheels, used before any server")
    parser.add_argument("--locks", type=Path, default=LOCKS)
    given = parser.parse_args(arguments)

    def act(tell: Tell) -> dict[str, Any]:
        root = given.root.absolute()
        if given.action == "install":
            lock = read_lock(given.platform, given.kind, this_python(), given.locks)
            return install(root, lock, tell, given.online, given.wheels, probe)
        if given.action == "repair":
            return repair(root, tell, given.online, given.wheels, probe)
        return {"verify": verify, "discard": discard, "remove": remove}[given.action](root, tell)

    return serve(act)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # a thread waits for the end of standard input
