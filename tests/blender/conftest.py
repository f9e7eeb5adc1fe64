"""A .blend made once for all tests here, by a bpy in a process of its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def run_bpy(script: Path | str, *arguments: str) -> str:
    """Runs a file, or code, in a Python with bpy; returns what it printed."""
    command = [sys.executable, str(script)] if isinstance(script, Path) else [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, env=environment, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="session")
def bpy_run():
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("bpy is not installed; pip install '.[blender]' to run the Blender tests")
    return run_bpy


@pytest.fixture(scope="session")
def blend(bpy_run, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("blend") / "scene.blend"
    bpy_run(HERE / "blend_file.py", str(path))
    return path


@pytest.fixture(scope="session")
def scene(blend):
    from sgvop_core.scene.load import load_scene

    return load_scene(blend)
