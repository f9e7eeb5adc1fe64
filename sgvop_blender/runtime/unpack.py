"""Wheels become packages in a folder, and whether those are still as they were."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import posixpath
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .folder import long
from .locked import Wheel
from .plan import dist_info
from .problems import RuntimeProblem, of_disk

OnBytes = Callable[[int], None]
"""Called with bytes more that were written or read."""


@dataclass(frozen=True)
class Broken:
    """A package that is not as it was installed, and the first thing that is wrong with it."""

    name: str
    reason: str


def unpack(archive: Path, wheel: Wheel, site: Path, on_bytes: OnBytes) -> None:
    """Writes the files of a wheel into ``site``; its RECORD comes last and so says that all is there.

    Scripts and headers are left out: nothing is started from there, nothing is compiled. Raises RuntimeProblem when a
    path would lead out of the folder, or the disk does not take it.
    """
    record = site / dist_info(wheel.name, wheel.version)
    try:
        with zipfile.ZipFile(archive) as source:
            own = next(n for n in source.namelist() if n.endswith(".dist-info/RECORD") and n.count("/") == 1)
            for info in source.infolist():
                inside = placed(info.filename)
                if info.is_dir() or inside is None or info.filename == own:
                    on_bytes(info.file_size)
                    continue
                target = long(site / inside)
                target.parent.mkdir(parents=True, exist_ok=True)
                with source.open(info) as read, _open(target) as out:
                    shutil.copyfileobj(read, out, 1 << 20)
                if info.external_attr >> 16 & stat.S_IXUSR and os.name == "posix":
                    target.chmod(0o755)
                on_bytes(info.file_size)
            record.mkdir(parents=True, exist_ok=True)
            beside = record / "RECORD.new"
            beside.write_bytes(source.read(own))
            os.replace(beside, record / "RECORD")
    except OSError as error:
        raise of_disk(error, site) from error
    except (zipfile.BadZipFile, StopIteration, EOFError) as error:
        raise RuntimeProblem("damaged", f"{archive.name} is no wheel", "update the extension") from error


def _open(path: Path) -> io.BufferedWriter:
    return open(path, "wb")


def placed(name: str) -> str | None:
    """Returns where a file of a wheel belongs below the packages' folder, None when it is not installed.

    Raises RuntimeProblem for a path that leads out of it.
    """
    if "\\" in name or ":" in name or posixpath.isabs(name) or ".." in name.split("/"):
        raise RuntimeProblem("damaged", f"a wheel holds the path {name[:80]!r}", "update the extension")
    first, _, rest = name.partition("/")
    if not first.endswith(".data"):
        return name
    scheme, _, rest = rest.partition("/")
    return rest if scheme in ("purelib", "platlib") and rest else None


def entries(site: Path, wheel: Wheel) -> list[tuple[str, str, int]]:
    """Returns (path below the folder, sha256 in base64 or "", bytes) of a package. Raises OSError without a RECORD."""
    text = (site / dist_info(wheel.name, wheel.version) / "RECORD").read_text("utf-8")
    found = []
    for row in csv.reader(io.StringIO(text)):
        inside = placed(row[0]) if row else None
        if inside is not None and len(row) == 3 and row[1].startswith("sha256="):
            found.append((inside, row[1].removeprefix("sha256="), int(row[2] or 0)))
    return found


def check(site: Path, wheels: tuple[Wheel, ...], on_bytes: OnBytes) -> Iterator[Broken]:
    """Yields the packages that lack a file or hold one that was changed."""
    for wheel in wheels:
        try:
            listed = entries(site, wheel)
        except (OSError, ValueError, RuntimeProblem):
            yield Broken(wheel.name, "it is not all there")
            on_bytes(wheel.unpacked)
            continue
        wrong = ""
        for inside, expected, _ in listed:
            path = long(site / inside)
            try:
                with open(path, "rb") as file:
                    real = hashlib.file_digest(file, "sha256").digest()
                on_bytes(path.stat().st_size)
            except OSError:
                wrong = wrong or f"{inside} is missing"
                continue
            if base64.urlsafe_b64encode(real).rstrip(b"=").decode() != expected:
                wrong = wrong or f"{inside} was changed"
        if wrong:
            yield Broken(wheel.name, wrong)


def forget(site: Path, wheel: Wheel) -> None:
    """Deletes a package's RECORD, so that the package counts as not installed."""
    (site / dist_info(wheel.name, wheel.version) / "RECORD").unlink(missing_ok=True)
