"""Saving: whole files or none, with errors that a user can act on."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import SceneError
from ..wire.atomic import atomic_file


def save_error(out: Path, error: OSError) -> SceneError:
    """Returns the line for a file that could not be written; the former file at that place is untouched."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return SceneError(
            f"cannot write '{out}': the disk is full; free some space or give another place (nothing was changed)"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SceneError(f"cannot write '{out}': not allowed here; give another place")
    return SceneError(f"cannot write '{out}': {error.strerror or error}; give another place")


@contextlib.contextmanager
def saving(out: Path) -> Iterator[BinaryIO]:
    """Yields a file that becomes ``out`` only when all went well. Raises SceneError instead of OSError."""
    try:
        with atomic_file(out) as file:
            yield file
    except OSError as error:
        raise save_error(out, error) from error


def save_file(out: Path, data: bytes | memoryview) -> None:
    """Writes ``data`` to ``out`` whole or not at all. Raises SceneError (full disk, no permission)."""
    save_parts(out, [data])


def save_parts(out: Path, parts: Sequence[bytes | memoryview]) -> None:
    """Writes the parts one after the other, whole or not at all. Raises SceneError (full disk, no permission)."""
    with saving(out) as file:
        for part in parts:
            file.write(part)
