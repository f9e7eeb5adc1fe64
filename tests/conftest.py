"""Settings that all tests share."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

# Before torch is imported: threads that wait by spinning make a busy machine several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from hypothesis import HealthCheck, settings

# Shared machines are slow at random: no deadlines, and the same examples on every run.
settings.register_profile(
    "project", deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")

NEED_TORCH = ("blender/test_pictures.py", "extension/test_settings_map.py", "extension/test_worker_parts.py")
"""Test files for the extension that import torch; the rest of them run in a Python that has Blender and no torch."""
if importlib.util.find_spec("torch") is None:
    collect_ignore = [str(Path(__file__).parent / name) for name in NEED_TORCH]


def pytest_report_header() -> list[str]:
    if importlib.util.find_spec("torch") is not None:
        return []
    return [f"no torch here: without it run tests/blender and tests/extension, but for {', '.join(NEED_TORCH)}"]
