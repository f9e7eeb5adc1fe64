"""Peak memory of this process."""

from __future__ import annotations

import sys


def peak_memory_mb() -> float:
    """Returns the largest resident memory of this process so far in megabytes; NaN where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
