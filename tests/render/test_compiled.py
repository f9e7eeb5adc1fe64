"""Compiled functions are kept in the user's cache folder, never in the package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sgvop_core.render.visibility.compiled as c

@c.compiled()
def twice(a):
    return a + a

print(twice(21), twice.stats.cache_path)
"""


def run(folder: Path, cache: Path, **more: str) -> list[str]:
    source = folder / "twice.py"
    source.write_text(CODE)
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(sys.path), **more}
    done = subprocess.run([sys.executable, str(source)], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their cache folders are not set by XDG_CACHE_HOME")
def test_compiled_code_goes_to_the_users_cache(tmp_path: Path) -> None:
    # Left in an installed package, it would outlive an uninstall and hide the next installation.
    result, where = run(tmp_path, tmp_path / "cache")
    assert result == "42" and where.startswith(str(tmp_path / "cache" / "sgvop" / "numba"))
    assert list((tmp_path / "cache").rglob("*.nbi")) and not list(tmp_path.glob("__pycache__/*.nb*"))


def test_the_users_own_choice_is_kept_to(tmp_path: Path) -> None:
    result, where = run(tmp_path, tmp_path / "cache", NUMBA_CACHE_DIR=str(tmp_path / "own"))
    assert result == "42" and where.startswith(str(tmp_path / "own"))


def test_a_folder_that_cannot_be_written_does_not_hinder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert run(tmp_path, tmp_path / "file")[0] == "42"
