"""Peak memory of this process."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_memory_mb() -> float:
    """Returns the largest resident memory of this process so far in megabytes; NaN where the system does not tell."""
    # Linux hands a parent's peak on to its children in getrusage; its own account of this program starts afresh.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1.024e-3
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
