"""Temporary folders: one for this Blender, one in it for each job, gone at the end. No bpy."""

from __future__ import annotations

import atexit
import base64
import binascii
import contextlib
import re
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "sgvop-session-"
KEPT = (".png", ".json")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
ABANDONED = 7 * 24 * 3600.0
"""Seconds after which a folder that a crash left behind is removed."""


class JobFolders:
    """The folders of jobs by number. The common folder is made with the first and removed by ``clear`` or at exit."""

    def __init__(self) -> None:
        self._home: Path | None = None

    def make(self, job: int) -> Path:
        """Returns a new folder for a job. Raises OSError when there is no room or no right to it."""
        if self._home is None or not self._home.is_dir():
            self._home = Path(tempfile.mkdtemp(prefix=PREFIX))
            atexit.register(self.clear)
            _sweep(self._home)
        folder = self._home / str(job)
        folder.mkdir(exist_ok=True)
        return folder

    def find(self, job: int) -> Path | None:
        """Returns the folder of a job, None when it has none."""
        folder = self._home / str(job) if self._home is not None else None
        return folder if folder is not None and folder.is_dir() else None

    def drop(self, job: int) -> None:
        """Removes the folder of a job."""
        if self._home is not None:
            shutil.rmtree(self._home / str(job), ignore_errors=True)

    def keep_results(self, job: int) -> None:
        """Removes all files of a job but its pictures and the result file."""
        folder = self.find(job)
        for path in folder.iterdir() if folder is not None else ():
            if path.suffix.lower() not in KEPT:
                with contextlib.suppress(OSError):
                    path.unlink()

    def add_piece(self, job: int, name: str, data: str) -> None:
        """Adds a piece (base64) to a file of a job. Raises ValueError for a wrong name or data, OSError as it comes."""
        folder = self.find(job)
        if folder is None or not NAME.fullmatch(name):
            raise ValueError(f"'{name[:40]}' is not a plain file name")
        try:
            decoded = base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise ValueError(f"a piece of '{name}' is not base64") from error
        with open(folder / name, "ab") as file:
            file.write(decoded)

    def file(self, job: int, name: str | None) -> str | None:
        """Returns the path of a file that the worker names, None unless it lies in the job's folder."""
        folder = self.find(job)
        if folder is None or not name:
            return None
        path = folder / Path(name).name
        return str(path) if path.is_file() else None

    def clear(self) -> None:
        """Removes everything."""
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None
            atexit.unregister(self.clear)


def _sweep(home: Path) -> None:
    for other in home.parent.glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            if other != home and other.is_dir() and time.time() - other.stat().st_mtime > ABANDONED:
                shutil.rmtree(other, ignore_errors=True)
