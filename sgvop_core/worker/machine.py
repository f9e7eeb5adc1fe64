"""The worker among the other programs of the machine: its cores, its priority, its memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from typing import Any

NICE = 5
"""Steps of lower priority on Unix: Blender's own threads come first, but a render beside it leaves it a third of a core."""
BELOW_NORMAL = 0x4000
POOLS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def cores() -> int:
    """Returns the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def few_threads(count: int, *, asked: bool = False) -> int:
    """Returns how many threads libraries will compute with: ``count``, or what OMP_NUM_THREADS says unless ``asked``.

    Must be called before any of them is imported. Threads wait without spinning: those that spin make every small step
    several times slower once another program keeps a core busy.
    """
    named = os.environ.get("OMP_NUM_THREADS", "")
    if not asked and named.isdigit() and int(named) > 0:
        count = int(named)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Intel's runtime (Windows, some wheels) keeps spinning for 200 ms whatever the policy says.
    os.environ.setdefault("KMP_BLOCKTIME", "0")
    for pool in POOLS:
        if asked or pool not in os.environ:
            os.environ[pool] = str(count)
    return count


def give_way() -> None:
    """Lowers the priority of this process; silently leaves it where the system does not allow that."""
    with contextlib.suppress(OSError, AttributeError):
        if sys.platform == "win32":
            kernel: Any = ctypes.windll.kernel32
            kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), BELOW_NORMAL)
        else:
            os.nice(NICE)


def resident_bytes() -> int:
    """Returns the bytes of memory that this process has in use, 0 where the system does not say."""
    with contextlib.suppress(OSError, AttributeError, ValueError, IndexError):
        if sys.platform.startswith("linux"):
            with open("/proc/self/statm", "rb") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        if sys.platform == "darwin":
            return _resident_on_mac()
        if sys.platform == "win32":
            return _resident_on_windows()
    return 0


def _resident_on_mac() -> int:
    """From proc_pidinfo's PROC_PIDTASKINFO (4): 96 bytes, the second 64-bit word is the resident size."""
    held = ctypes.create_string_buffer(96)
    found = ctypes.CDLL(None).proc_pidinfo(os.getpid(), 4, ctypes.c_uint64(0), held, len(held))
    return int(struct.unpack_from("=Q", held, 8)[0]) if found == len(held) else 0


def _resident_on_windows() -> int:
    """From PROCESS_MEMORY_COUNTERS: two 32-bit words, then pointers' sizes, WorkingSetSize being the second."""

    class Counters(ctypes.Structure):
        _fields_ = [("cb", ctypes.c_uint32), ("faults", ctypes.c_uint32), ("sizes", ctypes.c_size_t * 8)]

    counters = Counters()
    counters.cb = ctypes.sizeof(Counters)
    kernel: Any = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    process = ctypes.c_void_p(kernel.GetCurrentProcess())
    return counters.sizes[1] if kernel.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb) else 0


def return_memory() -> None:
    """Gives freed memory back to the system where the C library would keep it."""
    import gc

    gc.collect()
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def available_memory() -> tuple[int | None, int | None]:
    """Returns the free and the total bytes of the machine's memory, None where the system does not say."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/meminfo", encoding="ascii") as file:
            found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
            return found.get("MemAvailable"), found.get("MemTotal")
    if hasattr(os, "sysconf"):
        with contextlib.suppress(OSError, ValueError):
            return None, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None, None
