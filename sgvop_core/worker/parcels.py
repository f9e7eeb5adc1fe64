"""Files that travel as pieces where client and worker share no disk."""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..wire.frames import ProtocolError
from ..wire.protocol import PIECE, Piece

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class Parcels:
    """The files of jobs that came in pieces, in a folder of the worker's own."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def take(self, piece: Piece) -> None:
        """Adds a piece to its file. Raises ProtocolError for a name that is no plain file name, OSError as it comes."""
        if not NAME.fullmatch(piece.name):
            raise ProtocolError(f"Piece.name {piece.name[:40]!r} is not a plain file name")
        try:
            data = base64.b64decode(piece.data, validate=True)
        except binascii.Error as error:
            raise ProtocolError(f"Piece.data of '{piece.name}' is not base64") from error
        with open(self.folder(piece.job) / piece.name, "ab") as file:
            file.write(data)

    def find(self, job: int, name: str) -> Path:
        """Returns the file of that name that came for the job, else the name as a path."""
        if self._folder is not None and NAME.fullmatch(name):
            come = self._folder / str(job) / name
            if come.is_file():
                return come
        return Path(name)

    def folder(self, job: int) -> Path:
        """Returns the job's own folder."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sgvop-worker-"))
        home = self._folder / str(job)
        home.mkdir(exist_ok=True)
        return home

    def drop(self, job: int) -> None:
        """Removes the job's files."""
        if self._folder is not None:
            shutil.rmtree(self._folder / str(job), ignore_errors=True)

    def clear(self) -> None:
        """Removes everything."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def pieces(job: int, path: Path) -> Iterator[Piece]:
    """Yields a file as pieces, under its own name."""
    with open(path, "rb") as file:
        data = file.read(PIECE)
        while True:
            following = file.read(PIECE)
            yield Piece(job, path.name, base64.b64encode(data).decode("ascii"), not following)
            if not following:
                return
            data = following
