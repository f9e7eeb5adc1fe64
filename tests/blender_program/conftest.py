"""The real Blender, where SGVOP_BLENDER names its command; tests that need it are skipped elsewhere.

Its user folder is a temporary one, so that no preferences of this machine are touched.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSIDE = Path(__file__).parent / "inside"
TIMEOUT = 500


@dataclass
class Blender:
    """A Blender command with a user folder of its own."""

    command: list[str]
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Returns what a run printed; fails the test when it ends with another code (None: any)."""
        done = subprocess.run(
            [*self.command, *words], env={**self.environment, "BLENDER_USER_RESOURCES": str(self.home)}, text=True,
            errors="replace", capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False,
        )  # fmt: skip
        told = f"{shlex.join(words)} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert code is None or done.returncode == code, told
        return done

    def extension(self, *words: str) -> str:
        """Returns what ``blender --command extension`` printed."""
        done = self.run("--command", "extension", *words)
        return done.stdout + done.stderr

    def script(self, name: str, *words: str, scene: Path | None = None) -> dict[str, Any]:
        """Runs a script of ``inside/`` in Blender; returns the JSON that it writes to the path it is given first."""
        answer = self.home.parent / f"{Path(name).stem}.json"
        answer.unlink(missing_ok=True)
        opened = [str(scene)] if scene is not None else []
        done = self.run(
            "--background", *opened, "--python-exit-code", "9", "--python", str(INSIDE / name), "--", str(answer), *words
        )  # fmt: skip
        assert answer.is_file(), done.stdout[-3000:] + done.stderr[-3000:]
        return dict(json.loads(answer.read_text("utf-8")))


@pytest.fixture(scope="session")
def blender(tmp_path_factory: pytest.TempPathFactory) -> Blender:
    command = os.environ.get("SGVOP_BLENDER", "")
    if not command.strip():
        pytest.skip("SGVOP_BLENDER names no Blender; set it to a command that starts Blender 4.2 or later")
    home = tmp_path_factory.mktemp("blender") / "user"
    home.mkdir()
    # Not ours to be found by Blender's Python: in an extension everything is imported from the extension.
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "BLENDER_USER_EXTENSIONS")}
    return Blender(shlex.split(command), home, own)


@pytest.fixture(scope="session")
def python() -> str:
    """A Python with torch that Blender can start, for tests with the real worker."""
    named = os.environ.get("SGVOP_PYTHON", "")
    if not named.strip():
        pytest.skip("SGVOP_PYTHON names no Python with torch; set it to one that this Blender can start")
    return named


@pytest.fixture(scope="session")
def scripted() -> str:
    """The command of a worker that plays a script: no torch, no search."""
    program = os.environ.get("SGVOP_PYTHON", "").strip() or sys.executable
    if Path(program).is_dir():
        program = str(Path(program) / "bin" / "python")
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); "
        "runpy.run_module('sgvop_core.wire.scripted_worker', run_name='__main__', alter_sys=True)"
    )
    return shlex.join([program, "-B", "-c", code])


@pytest.fixture(scope="session")
def scene(blender: Blender) -> Path:
    """A floor, a table and a cup beside it, saved by this very Blender."""
    path = blender.home.parent / "scene.blend"
    blender.script("make_scene.py", str(path))
    return path
