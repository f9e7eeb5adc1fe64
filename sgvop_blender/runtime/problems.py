"""What goes wrong with a runtime, in one line with the way out."""

from __future__ import annotations

import errno
import sys
from pathlib import Path


class RuntimeProblem(Exception):
    """Something that the user can act on. ``kind``: a word for programs; ``remedy``: what the user can do."""

    def __init__(self, kind: str, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.kind, self.message, self.remedy = kind, message, remedy


def of_disk(error: OSError, path: Path) -> RuntimeProblem:
    """Returns the problem of a file that could not be written or read."""
    windows = getattr(error, "winerror", None)
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or windows in (112, 39):
        return RuntimeProblem(
            "disk", f"the disk of {path} is full", "free some space and press Resume; what came is kept"
        )
    if error.errno == errno.EROFS or isinstance(error, PermissionError):
        if windows == 32 or (sys.platform == "win32" and path.exists()):
            return RuntimeProblem(
                "busy", f"{path} is in use", "stop the worker, or close other Blenders, and try again"
            )
        return RuntimeProblem("folder", f"{path} cannot be written", "choose another folder for the runtime")
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return RuntimeProblem("folder", f"{path}: {reason}", "choose another folder for the runtime, or try again")
