"""Files that are either whole or not there: written beside their place and renamed into it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """Yields a binary file that takes the place of ``path`` when the block ends without an error.

    Missing folders are made. When the block raises (a full disk, Ctrl-C), nothing is left behind and what was at
    ``path`` is untouched. Raises OSError as the file system gives it.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder")
    handle, beside = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, _usual_mode(target))
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def atomic_write(path: str | Path, data: bytes | memoryview) -> None:
    """Puts ``data`` at ``path`` whole or not at all. Raises OSError as the file system gives it."""
    with atomic_file(path) as file:
        file.write(data)


def _usual_mode(target: Path) -> int:
    """The mode of the file that is replaced, or what the umask leaves of 0666 (mkstemp makes private files)."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
