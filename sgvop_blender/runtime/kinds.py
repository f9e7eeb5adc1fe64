"""The three ways to a worker: the environment made here, a Python that the user names, a command that the user gives.

``worker_command(choice)`` gives what to start. In the first two the worker imports the very core that lies beside the
extension; a command brings its own, and the greeting tells whether the two fit.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .folder import examine
from .locked import LOCKS, this_python
from .problems import RuntimeProblem

MANAGED, PYTHON, COMMAND = "managed", "python", "command"
CORE = Path(__file__).parents[2]
"""The folder that holds sgvop_core: of the repository, or of the extension."""
PROBE = Path(__file__).with_name("probe.py")
PROBE_SECONDS = 300
"""A first import of torch from a cold disk, under a virus scanner, takes minutes."""
INSTALL = "press Install in the extension's preferences, or name an existing Python there"
NAME = "name the executable of a Python 3.11 or later that has torch"


@dataclass(frozen=True)
class Choice:
    """What the user chose. ``root``: the folder of managed environments; ``blender_python``: what runs them."""

    kind: str
    root: Path
    python: str = ""
    command: str = ""
    blender_python: str = sys.executable
    log: Path | None = None
    idle_minutes: float = 10.0


@dataclass(frozen=True)
class Finding:
    """What a Python has. ``problem`` and ``remedy`` are empty when a worker runs on it."""

    problem: str = ""
    remedy: str = ""
    python: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """One line for the preferences."""
        if self.problem:
            return self.problem
        devices = ", ".join(v for k, v in self.devices.items() if k != "cpu") or "CPU"
        return f"Python {self.python}, torch {self.packages.get('torch', '?')}, {devices}"


def worker_command(choice: Choice) -> tuple[list[str], dict[str, str]]:
    """Returns (argv, what to change in the environment) that starts a worker; an empty value means unset.

    Raises RuntimeProblem when there is nothing to start: kind ``no_runtime`` or ``cannot_start``.
    """
    if choice.kind == COMMAND:
        return split_command(choice.command), {}
    argv, environment = python_command(choice)
    options = ["--log", str(choice.log)] if choice.log is not None else []
    return [*argv, "-m", "sgvop_core.worker", "--idle-minutes", f"{choice.idle_minutes:g}", *options], environment


def python_command(choice: Choice) -> tuple[list[str], dict[str, str]]:
    """Returns (the interpreter with its options, changes of the environment) of the first two kinds.

    Raises RuntimeProblem when there is none.
    """
    path, own = [str(CORE)], {}
    if choice.kind == PYTHON:
        argv = [named_python(choice.python)]
    else:
        current = examine(choice.root).current
        if current is None or current.lock is None:
            raise RuntimeProblem("no_runtime", "no runtime is installed", INSTALL)
        if current.lock.python != this_python():
            raise RuntimeProblem(
                "no_runtime", f"the runtime was installed for Python {current.lock.python}, this Blender has {this_python()}",
                "press Update in the extension's preferences",
            )  # fmt: skip
        # -S: nothing but the standard library and the environment, whatever this Python has installed.
        argv = [choice.blender_python, "-S"]
        path.append(str(current.site))
        own = {"NUMBA_CACHE_DIR": str(current.path / "compiled")}  # goes when the environment goes
    return argv, clean(path) | own


def clean(path: list[str]) -> dict[str, str]:
    """Returns the environment in which a Python finds ``path``, and nothing of Blender's or of the working folder's."""
    return {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONHOME": "",
        "PYTHONSAFEPATH": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # the extension's folder stays as it is
        "PYTHONUTF8": "1",
    }


def named_python(text: str) -> str:
    """Returns the executable that a user named: a file, a name on the path, or the folder of a virtual environment.

    Raises RuntimeProblem when it is none.
    """
    text = text.strip().strip('"')
    if not text:
        raise RuntimeProblem("no_runtime", "no existing Python is named", NAME)
    path = Path(text).expanduser()
    if path.is_dir():
        inside = [
            path / "bin" / "python",
            path / "Scripts" / "python.exe",
            path / "python.exe",
            path / "bin" / "python3",
        ]
        path = next((p for p in inside if p.is_file()), path)
    if path.is_file() and os.access(path, os.X_OK):
        return str(path)
    found = shutil.which(text)
    if found is None or path.is_dir():
        raise RuntimeProblem("cannot_start", f"'{text}' is no executable", NAME)
    return found


def split_command(text: str) -> list[str]:
    """Returns the words of a command. Raises RuntimeProblem when it is empty, badly quoted, or not there."""
    example = "such as: ssh host sgvop worker"
    try:
        words = shlex.split(text, posix=os.name == "posix")
    except ValueError as error:
        raise RuntimeProblem(
            "cannot_start", f"the command cannot be read: {str(error).lower()}", f"write it {example}"
        ) from error
    words = [w.strip('"') for w in words] if os.name != "posix" else words
    if not words:
        raise RuntimeProblem("no_runtime", "no command is given", f"give the one that starts a worker, {example}")
    if shutil.which(words[0]) is None:
        raise RuntimeProblem("cannot_start", f"the command '{words[0]}' is not there", f"write it {example}")
    return words


def probe(choice: Choice) -> Finding:
    """Returns what the Python of a choice has. It takes seconds: not for Blender's own process."""
    try:
        argv, environment = python_command(choice)
    except RuntimeProblem as problem:
        return Finding(problem.message, problem.remedy)
    path = environment["PYTHONPATH"].split(os.pathsep)[1:]
    return judge(
        *run_probe(argv, {**environment, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": ""}),
        choice.kind,
    )


def run_probe(argv: list[str], environment: Mapping[str, str], core: Path = CORE) -> tuple[dict[str, Any] | None, str]:
    """Returns (the probe's report, None when it gave none; the last line it wrote)."""
    try:
        done = subprocess.run(
            [*argv, str(PROBE), str(core)], env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PROBE_SECONDS, text=True, encoding="utf-8",
            errors="replace", creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None, f"it gave no answer in {PROBE_SECONDS // 60} minutes"
    except OSError as error:
        return None, error.strerror or str(error)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    for line in reversed(lines):
        if line.startswith("sgvop-probe "):
            return json.loads(line.partition(" ")[2]), ""
    return None, (lines[-1] if lines else f"it ended with code {done.returncode}")[:200]


def judge(report: Mapping[str, Any] | None, last: str, kind: str = PYTHON) -> Finding:
    """Returns what a report means."""
    repair = (
        "press Repair"
        if kind == MANAGED
        else "install what is missing into it with pip, or press Install for a runtime of its own"
    )
    if report is None:
        return Finding(f"Python cannot be started: {last}", repair if kind == MANAGED else NAME)
    python = str(report["python"])
    if version_key(python) < (3, 11):
        return Finding(f"this is Python {python}, 3.11 or later is needed", NAME, python)
    found = Finding("", "", python, dict(report["packages"]), dict(report.get("devices", {})))
    if report["missing"]:
        return Finding(f"packages are missing: {', '.join(report['missing'])}", repair, python, found.packages)
    for name, needed in sorted(json.loads((LOCKS / "needed.json").read_text("utf-8")).items()):
        if not fits(found.packages.get(name, ""), needed) and name in found.packages:
            return Finding(
                f"{name} {found.packages[name]} is installed, {needed} is needed", repair, python, found.packages
            )
    for name, reason in report["failed"].items():
        return Finding(f"{name} cannot be imported: {reason}", repair, python, found.packages)
    return found


def fits(version: str, needed: str) -> bool:
    """Returns whether a version lies in a range such as ``<3,>=2.4``."""
    key = version_key(version)
    for part in needed.split(","):
        sign, limit = re.fullmatch(r"\s*(>=|<|==|<=|>)?\s*(.*)", part).groups()  # type: ignore[union-attr]
        other = version_key(limit)
        if (sign == ">=" and key < other) or (sign == "<" and key >= other) or (sign == ">" and key <= other):
            return False
        if (sign == "<=" and key > other) or (sign == "==" and key != other):
            return False
    return True


def version_key(version: str) -> tuple[int, ...]:
    """Returns the release numbers of a version: 2.13.0+cpu gives (2, 13)."""
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(n) for n in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
