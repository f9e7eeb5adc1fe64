"""Settings that all tests share."""

from __future__ import annotations

import os

# Before torch is imported: threads that wait by spinning make a busy machine several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from hypothesis import HealthCheck, settings

# Shared machines are slow at random: no deadlines, and the same examples on every run.
settings.register_profile(
    "project", deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
