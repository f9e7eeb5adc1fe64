"""The Python that runs the real worker in tests: torch is needed there, and nowhere else in the tests with Blender."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

VARIABLE = "SGVOP_PYTHON"


@cache
def worker_python() -> str:
    """Returns the Python that $SGVOP_PYTHON names, itself or by its virtual environment, else this one.

    Skips the test when it has no torch.
    """
    python = os.environ.get(VARIABLE) or sys.executable
    if Path(python).is_dir():
        python = str(Path(python) / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    code = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"
    if subprocess.run([python, "-c", code], check=False).returncode:
        pytest.skip(f"no torch in {python}, which would run the worker; let ${VARIABLE} name a Python that has it")
    return python
