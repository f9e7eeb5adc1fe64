"""Writes the lock files of the extension's managed runtime: exact wheels with hashes and sizes, per platform and kind.

    python tools/lock_runtime.py                       all platforms
    python tools/lock_runtime.py linux-x64-cpu         only this one

Versions are those of constraints.txt; where a pinned version has no wheel for a platform and Python, the newest final
one that everything else allows is taken and named in the lock's notes. Wheels are found through the simple API that pip
uses by default; of each, only the metadata and the list of files are read. torch's wheels on download.pytorch.org are
given in tools/torch_wheels.json. Needs `packaging` (pytest brings it).
"""

from __future__ import annotations

import argparse
import html
import io
import json
import re
import sys
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "sgvop_blender/runtime/locks"
SIMPLE = "https://pypi.org/simple/"
FILES = "https://files.pythonhosted.org/"
PYTHONS = ("3.11", "3.13")
"""Of Blender 4.2 to 5.0, and of 5.1 and later."""
NOT_FOR_THE_WORKER = {"rich"}
"""Of the project's dependencies: the command line's progress bar."""
OF_CUDA = ("nvidia-", "cuda-", "triton")
"""Beginnings of the names that only a build with CUDA needs."""
IMPORTABLE = (".py", ".so", ".pyd", ".dll", ".dylib")
MANYLINUX = [f"manylinux_2_{n}_x86_64" for n in range(28, 4, -1)] + [
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
]


@dataclass(frozen=True)
class Platform:
    """A platform as Blender names it, with the tags of its wheels and what environment markers see there."""

    name: str
    tags: tuple[str, ...]
    markers: dict[str, str]


LINUX = Platform(
    "linux-x64",
    tuple(MANYLINUX),
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"},
)
WINDOWS = Platform(
    "windows-x64",
    ("win_amd64",),
    {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"},
)
MAC = Platform(
    "macos-arm64",
    tuple(mac_platforms((14, 0), "arm64")),
    {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"},
)
TARGETS: dict[str, tuple[Platform, str]] = {
    "linux-x64-cpu": (LINUX, "cpu"),
    "linux-x64-cuda": (LINUX, "cuda"),
    "windows-x64-cpu": (WINDOWS, "cpu"),
    "windows-x64-cuda": (WINDOWS, "cuda"),
    "macos-arm64-mps": (MAC, "mps"),
}


def main() -> int:
    """Returns the exit code: 1 when a platform could not be locked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    failed = 0
    write_needed()
    for name in parser.parse_args().targets or TARGETS:
        try:
            lock = lock_of(name)
        except LookupError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = 1
            continue
        (LOCKS / f"{name}.json").write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        for python, wheels in lock["pythons"].items():
            sizes = sum(w["size"] for w in wheels), sum(w["unpacked"] for w in wheels)
            print(
                f"{name} Python {python}: {len(wheels)} wheels, {sizes[0] / 1e6:.0f} MB, {sizes[1] / 1e6:.0f} MB unpacked"
            )
    return failed


def project_needs() -> list[Requirement]:
    """Returns what the worker needs of the project's dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = [Requirement(text) for text in project["dependencies"]]
    return [r for r in found if canonicalize_name(r.name) not in NOT_FOR_THE_WORKER]


def write_needed() -> None:
    """Writes the ranges of versions that an existing Python must have, for the extension's check."""
    needed = {canonicalize_name(r.name): str(r.specifier) for r in project_needs() if r.marker is None}
    (LOCKS / "needed.json").write_text(json.dumps(needed, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def lock_of(name: str) -> dict[str, Any]:
    """Returns the lock of a target. Raises LookupError that names what has no wheel."""
    platform, kind = TARGETS[name]
    notes: list[str] = []
    pythons = {python: wheels_of(platform, kind, python, notes) for python in PYTHONS}
    return {"format": 1, "platform": platform.name, "kind": kind, "notes": sorted(set(notes)), "pythons": pythons}


def wheels_of(platform: Platform, kind: str, python: str, notes: list[str]) -> list[dict[str, Any]]:
    """Returns the wheels of a target and Python, each once, by name."""
    environment = {
        **default_environment(),
        **platform.markers,
        "python_version": python,
        "python_full_version": f"{python}.7",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    tags = tags_of(platform, python)
    limits: dict[str, SpecifierSet] = {}
    chosen: dict[str, tuple[Found, Metadata]] = {}
    extras: dict[str, set[str]] = {}
    waiting = project_needs()
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        wanted = [{"extra": e} for e in ["", *sorted(extras.get("", set()))]]
        if need.marker is not None and not any(need.marker.evaluate({**environment, **w}) for w in wanted):
            continue
        limits[name] = limits.get(name, SpecifierSet()) & need.specifier
        grown = need.extras - extras.get(name, set())
        if kind == "cpu" and name.startswith(OF_CUDA):
            continue
        if name in chosen and chosen[name][0].version in limits[name] and not grown:
            continue
        extras[name] = extras.get(name, set()) | need.extras
        found = choose(name, limits[name], tags, python, kind, platform, notes)
        metadata = found.metadata()
        chosen[name] = (found, metadata)
        for text in metadata.requires_dist or []:
            if text.marker is None or any(
                text.marker.evaluate({**environment, "extra": e}) for e in ["", *extras[name]]
            ):
                waiting.append(without_marker(text))
    for name, (found, _) in chosen.items():
        if found.version not in limits[name]:
            raise LookupError(f"{name} {found.version} does not fit {limits[name]}")
    return [chosen[name][0].entry() for name in sorted(chosen)]


def without_marker(requirement: Requirement) -> Requirement:
    """Returns the requirement alone: its marker was looked at."""
    requirement.marker = None
    return requirement


def tags_of(platform: Platform, python: str) -> dict[Tag, int]:
    """Returns the tags of wheels that fit, the best first."""
    version = tuple(int(n) for n in python.split("."))
    abi = f"cp{python.replace('.', '')}"
    all_tags = [*cpython_tags(version, [abi], platform.tags), *compatible_tags(version, abi, platform.tags)]
    return {tag: rank for rank, tag in enumerate(all_tags)}


@dataclass(frozen=True)
class Found:
    """A wheel that was chosen. ``index``: where it lies when not where PyPI keeps its files."""

    name: str
    version: Version
    file: str
    url: str
    sha256: str
    index: str = ""
    given: tuple[tuple[str, Any], ...] = ()

    def metadata(self) -> Metadata:
        """Returns its metadata, read from beside it or, for one that cannot be reached, from its sister on the index."""
        url = dict(self.given).get("like_url", self.url)
        try:
            text = fetch(url + ".metadata")
        except LookupError:
            with opened(url) as archive:
                text = archive.read(next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA")))
        return Metadata.from_email(text, validate=False)

    def entry(self) -> dict[str, Any]:
        """Returns its entry of the lock."""
        entry: dict[str, Any] = {
            "name": self.name,
            "version": str(self.version),
            "file": self.file,
            "sha256": self.sha256,
        }
        if self.index:
            given = dict(self.given)
            return {
                **entry,
                "index": self.index,
                **{k: given[k] for k in ("size", "unpacked", "longest", "about") if k in given},
            }
        size, files = listing(self.url)
        blake = urllib.parse.urlsplit(self.url).path.split("/packages/")[1].rpartition("/")[0].replace("/", "")
        longest = max((len(n) for n, _ in files if n.endswith(IMPORTABLE)), default=0)
        return {**entry, "blake2b": blake, "size": size, "unpacked": sum(s for _, s in files), "longest": longest}


def choose(
    name: str, limit: SpecifierSet, tags: dict[Tag, int], python: str, kind: str, platform: Platform, notes: list[str]
) -> Found:
    """Returns the wheel to take: the pinned version where it has one, else the newest that is allowed."""
    pin = pins().get(name)
    found = sorted(candidates(name, limit, tags, python), key=lambda c: (c[0] == pin, c[0], -c[1]), reverse=True)
    if not found:
        raise LookupError(f"no wheel of {name}{limit} for {platform.name}, Python {python}")
    version, _, file, url, sha256 = found[0]
    if pin is not None and version != pin:
        notes.append(f"{name} {version} for Python {python}: {pin} has no wheel there, or does not fit")
    given = torch_wheel(name, f"{platform.name}-{kind}", python)
    if given:
        if Version(given["version"]).public != str(version):
            raise LookupError(f"torch_wheels.json tells of {name} {given['version']}, constraints.txt of {version}")
        values = {**given, "like_url": url}
        return Found(
            name, Version(given["version"]), given["file"], "", given["sha256"], given["index"], tuple(values.items())
        )
    return Found(name, version, file, url, sha256)


@cache
def pins() -> dict[str, Version]:
    """Returns the versions of constraints.txt by name."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pairs = [line.partition("==")[::2] for line in lines if "==" in line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def torch_wheel(name: str, target: str, python: str) -> dict[str, Any] | None:
    """Returns what is known of a wheel that is not on the index."""
    wheels = json.loads((ROOT / "tools/torch_wheels.json").read_text("utf-8"))
    return next((w for w in wheels if w["target"] == target and w["python"] == python and w["name"] == name), None)


def candidates(
    name: str, limit: SpecifierSet, tags: dict[Tag, int], python: str
) -> Iterator[tuple[Version, int, str, str, str]]:
    """Yields (version, rank of its tag, file, address, sha256) of all fitting wheels of a package."""
    for file, url, sha256, requires in index_page(name):
        try:
            _, version, _, file_tags = parse_wheel_filename(file)
        except ValueError:
            continue
        ranks = [tags[t] for t in file_tags if t in tags]
        if (
            ranks
            and sha256
            and not version.is_prerelease
            and version in limit
            and f"{python}.7" in SpecifierSet(requires)
        ):
            yield version, min(ranks), file, url, sha256


@cache
def index_page(name: str) -> tuple[tuple[str, str, str, str], ...]:
    """Returns (file, address, sha256, requires-python) of all files of a package."""
    found = []
    for attributes in re.findall(r"<a ([^>]*)>", fetch(f"{SIMPLE}{name}/").decode("utf-8")):
        href = re.search(r'href="([^"]*)"', attributes)
        requires = re.search(r'data-requires-python="([^"]*)"', attributes)
        if not href or "data-yanked" in attributes:
            continue
        url, _, fragment = html.unescape(href[1]).partition("#")
        path = urllib.parse.urlsplit(url).path.lstrip("/")
        path = path[path.index("packages/") :] if "packages/" in path else path
        sha256 = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
        found.append(
            (
                urllib.parse.unquote(path.rpartition("/")[2]),
                FILES + path,
                sha256,
                html.unescape(requires[1]) if requires else "",
            )
        )
    return tuple(found)


@cache
def listing(url: str) -> tuple[int, list[tuple[str, int]]]:
    """Returns (size of a wheel, its files with their sizes)."""
    with opened(url) as archive:
        return archive.fp.size, [(i.filename, i.file_size) for i in archive.infolist()]  # type: ignore[union-attr]


def opened(url: str) -> zipfile.ZipFile:
    """Returns a wheel on the index, of which only what is looked at is read."""
    return zipfile.ZipFile(Remote(url))


class Remote(io.RawIOBase):
    """A file on a server that gives ranges."""

    BLOCK = 1 << 17

    def __init__(self, url: str) -> None:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=60) as answer:
            self.size = int(answer.headers["Content-Length"])
        self.url, self.at, self.blocks = url, 0, dict[int, bytes]()

    def seekable(self) -> bool:
        """Returns True."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Returns the new position."""
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def tell(self) -> int:
        """Returns the position."""
        return self.at

    def read(self, count: int = -1) -> bytes:
        """Returns bytes from the position on."""
        stop = self.size if count < 0 else min(self.at + count, self.size)
        first, last = self.at // self.BLOCK, max(stop - 1, self.at) // self.BLOCK
        missing = [n for n in range(first, last + 1) if n not in self.blocks]
        if missing:
            begin = missing[0] * self.BLOCK
            data = fetch(self.url, begin, min((missing[-1] + 1) * self.BLOCK, self.size))
            for n in range(missing[0], missing[-1] + 1):
                self.blocks[n] = data[n * self.BLOCK - begin : (n + 1) * self.BLOCK - begin]
        whole = b"".join(self.blocks[n] for n in range(first, last + 1))
        piece = whole[self.at - first * self.BLOCK : stop - first * self.BLOCK]
        self.at = stop
        return piece


def fetch(url: str, start: int | None = None, stop: int | None = None) -> bytes:
    """Returns what lies at an address, or the bytes from start to stop of it."""
    headers = {} if start is None or stop is None else {"Range": f"bytes={start}-{stop - 1}"}
    for attempt in range(3):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=120) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            raise LookupError(f"{url.rpartition('/')[2] or url}: {error}") from error
        except OSError:
            if attempt == 2:
                raise
    raise AssertionError


if __name__ == "__main__":
    raise SystemExit(main())
