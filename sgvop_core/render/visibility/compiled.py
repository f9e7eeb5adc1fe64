"""Functions compiled by numba, kept on disk in the user's cache folder.

numba's own choice is beside the source. In an installed package those files outlive an uninstall, and what is left of the
folder then hides the package's next, editable installation.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


def cache_folder() -> Path:
    """Returns where compiled functions are kept: below the user's cache folder of this system."""
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "sgvop" / "numba"


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Returns a decorator that compiles a function without the GIL and keeps the result on disk.

    A folder that the user gave to numba (NUMBA_CACHE_DIR) is kept to; where none can be written, nothing is kept.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        before = numba.config.CACHE_DIR
        if not before:
            numba.config.CACHE_DIR = str(cache_folder())
        try:
            return numba.njit(nogil=True, cache=True, **options)(function)
        except RuntimeError:
            # numba: "cannot cache function: no locator available"
            return numba.njit(nogil=True, **options)(function)
        finally:
            numba.config.CACHE_DIR = before

    return decorate
