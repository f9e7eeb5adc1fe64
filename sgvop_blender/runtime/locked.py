"""The wheels of a runtime: which exact files each platform and kind takes, from the lock files beside this module."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .problems import RuntimeProblem

LOCKS = Path(__file__).parent / "locks"
FILES = "https://files.pythonhosted.org/packages/"
KINDS = {"cpu": "CPU", "cuda": "NVIDIA (CUDA)", "mps": "Apple GPU (MPS)"}
"""What torch computes on, by the name in the lock files."""
INSTEAD = "name an existing Python that has torch, or a command that starts a worker"


@dataclass(frozen=True)
class Wheel:
    """One file to install. ``unpacked`` in bytes; ``longest``: characters of its longest path that is imported.

    ``blake2b`` is where PyPI keeps it; ``index`` the address of the folder of one that PyPI does not have. ``about``:
    the size is not exact.
    """

    name: str
    version: str
    file: str
    sha256: str
    size: int
    unpacked: int
    longest: int = 0
    blake2b: str = ""
    index: str = ""
    about: bool = False

    @property
    def url(self) -> str:
        """Where it is downloaded from."""
        if self.index:
            return self.index + quote(self.file)
        return f"{FILES}{self.blake2b[:2]}/{self.blake2b[2:4]}/{self.blake2b[4:]}/{self.file}"

    @property
    def host(self) -> str:
        """The server's name, for the user's consent."""
        return self.url.split("/")[2]


@dataclass(frozen=True)
class Lock:
    """The wheels of one platform, kind and Python."""

    platform: str
    kind: str
    python: str
    wheels: tuple[Wheel, ...]

    @property
    def digest(self) -> str:
        """Names these wheels: another lock has another digest."""
        text = "\n".join(sorted(w.sha256 for w in self.wheels))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def download(self) -> int:
        """Bytes to download."""
        return sum(w.size for w in self.wheels)

    @property
    def unpacked(self) -> int:
        """Bytes on the disk."""
        return sum(w.unpacked for w in self.wheels)

    def to_json(self) -> dict[str, Any]:
        """Returns the lock as plain values."""
        return asdict(self)


def lock_from_json(value: Mapping[str, Any]) -> Lock:
    """Returns the lock of ``to_json``. Raises KeyError or TypeError when it is none."""
    wheels = tuple(Wheel(**w) for w in value["wheels"])
    return Lock(str(value["platform"]), str(value["kind"]), str(value["python"]), wheels)


def this_platform() -> str:
    """Returns Blender's name of the platform, such as linux-x64."""
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    return f"{system}-{ {'x86_64': 'x64', 'amd64': 'x64', 'aarch64': 'arm64'}.get(machine, machine) }"


def this_python() -> str:
    """Returns the version of Blender's Python, such as 3.11."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def kinds_of(platform_name: str, python: str, folder: Path = LOCKS) -> list[str]:
    """Returns the kinds that can be installed on a platform with a Python, the smallest first."""
    found = []
    for kind in KINDS:
        path = folder / f"{platform_name}-{kind}.json"
        if path.is_file() and python in json.loads(path.read_text("utf-8"))["pythons"]:
            found.append(kind)
    return found


def read_lock(platform_name: str, kind: str, python: str, folder: Path = LOCKS) -> Lock:
    """Returns a lock. Raises RuntimeProblem when there is none for this platform, kind or Python."""
    kinds = kinds_of(platform_name, python, folder)
    if kind not in kinds:
        what = f"{KINDS.get(kind, kind)} on {platform_name} with Python {python}"
        others = f"choose {' or '.join(KINDS[k] for k in kinds)}, or " if kinds else ""
        raise RuntimeProblem("no_lock", f"no runtime can be installed for {what}", others + INSTEAD)
    value = json.loads((folder / f"{platform_name}-{kind}.json").read_text("utf-8"))
    return Lock(platform_name, kind, python, tuple(Wheel(**w) for w in value["pythons"][python]))


def likely_kind(kinds: list[str]) -> str:
    """Returns the kind that suits this machine, as far as can be seen without asking a driver."""
    driver = [Path("/proc/driver/nvidia/version"), Path("/dev/nvidia0"), Path("C:/Windows/System32/nvcuda.dll")]
    if "cuda" in kinds and any(p.exists() for p in driver):
        return "cuda"
    return "mps" if "mps" in kinds else kinds[0] if kinds else ""
