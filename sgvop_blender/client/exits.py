"""Why a worker's process ended, from its exit code and the last lines it wrote."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

LARGE = 1 / 3
"""A process killed from outside while it used more than this share of the machine's memory was most likely killed for it."""
WINDOWS_CODES = {
    0xC0000005: "segfault",
    0xC00000FD: "segfault",
    0xC0000409: "segfault",
    0xC000001D: "illegal_instruction",
    0xC0000017: "memory",
    0xC000012D: "memory",
    0xC0000135: "library",
    0xC0000142: "library",
    0xC000013A: "terminated",
}
SMALLER = "choose a lower quality, fewer candidates or a smaller model, or close other programs"
REPAIR = "repair or reinstall the runtime in the preferences"
REMEDIES = {
    "memory": SMALLER,
    "device_memory": "choose a lower quality, a smaller model or the CPU, or close other programs that use the graphics card",
    "segfault": "restart it; if it happens again choose the CPU as device and copy the report",
    "illegal_instruction": "install the CPU runtime, or name a Python whose torch was made for this processor",
    "import": REPAIR,
    "library": REPAIR,
    "version": "update the extension and the runtime to the same version",
    "driver": "update the graphics driver and restart, or choose the CPU as device",
    "command": "check the command in the preferences",
    "disk": "free some space",
    "terminated": "restart it",
    "signal": "restart it",
    "exit": "restart it; if it happens again copy the report",
}


@dataclass(frozen=True)
class ExitCause:
    """Why a process ended: a word for programs, one line and what to do."""

    cause: str
    message: str
    remedy: str


PATTERNS: tuple[tuple[str, str, str], ...] = (
    ("device_memory", r"CUDA out of memory|OutOfMemoryError|MPS backend out of memory|CUBLAS_STATUS_ALLOC_FAILED",
     "the graphics card has too little memory"),
    ("memory", r"^MemoryError|DefaultCPUAllocator: (?:can't|not enough)|std::bad_alloc|Cannot allocate memory|Out of memory",
     "it ran out of memory"),
    ("driver", r"CUDA driver version is insufficient|NVIDIA driver on your system is too old|no kernel image is available"
     r"|Found no NVIDIA driver|CUDA error: |CUDA initialization|hipError", "the graphics driver failed"),
    ("import", r"(?:ModuleNotFoundError: )?No module named '?[\w.]+'?|^ImportError: .*", "a package is missing: {0}"),
    ("library", r"^OSError: .*(?:\.so|\.dll|\.dylib|DLL load failed).*|DLL load failed.*|error while loading shared libraries.*"
     r"|^dyld.*Library not loaded.*", "a library cannot be loaded: {0}"),
    ("illegal_instruction", r"Illegal instruction", "the processor does not know an instruction"),
    ("segfault", r"Segmentation fault|Fatal Python error: (?:Segmentation|Aborted|Bus)", "it crashed"),
    ("version", r"speaks protocol .*", "{0}"),
    ("disk", r"No space left on device", "the disk is full"),
)  # fmt: skip
"""(cause, what a line must hold, message), the most telling first."""


def classify(code: int, lines: Sequence[str], memory: int = 0, asked: bool = False) -> ExitCause:
    """Returns the cause of an end with this code, given the last lines of its log and the bytes it last used.

    ``code`` is as Popen gives it: negative for a signal on POSIX, 128 and more from a shell or ssh. ``asked``: we ended it.
    """
    number = _signal(code)
    if asked and (number in (signal.SIGTERM, _KILL) or code == 0):
        return ExitCause("terminated", "the worker was ended", REMEDIES["terminated"])
    if number == _KILL:
        used = f" while it used {memory / (1 << 30):.1f} GB" if memory else ""
        if memory > LARGE * machine_memory():
            return ExitCause("memory", f"the worker was killed{used}: the machine ran out of memory", SMALLER)
        return ExitCause(
            "signal",
            f"the worker was killed from outside (signal 9){used}",
            f"restart it; if memory was short, {SMALLER}",
        )
    by_number = {
        int(signal.SIGSEGV): "segfault",
        int(signal.SIGABRT): "segfault",
        int(signal.SIGILL): "illegal_instruction",
        **({int(signal.SIGBUS): "segfault"} if hasattr(signal, "SIGBUS") else {}),
    }
    found = _from_lines(lines)
    if found is not None and (code != 0 or found.cause != "driver"):
        return found
    cause = WINDOWS_CODES.get(code & 0xFFFFFFFF) if code > 0xFFFF or code < -0xFFFF else by_number.get(number or 0)
    if cause is not None:
        what = {
            "segfault": "the worker crashed", "illegal_instruction": "the worker used an instruction that this processor lacks",
            "memory": "the worker ran out of memory", "library": "the worker's libraries cannot be loaded",
            "terminated": "the worker was ended",
        }[cause]  # fmt: skip
        detail = f"signal {number}" if number else f"code 0x{code & 0xFFFFFFFF:X}"
        return ExitCause(cause, f"{what} ({detail})", REMEDIES[cause])
    if number is not None:
        return ExitCause("signal", f"the worker was ended by signal {number}{_name(number)}", REMEDIES["signal"])
    if code in (126, 127):
        return ExitCause("command", f"the worker's command was not found (code {code})", REMEDIES["command"])
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    told = f": {last[:160]}" if last and code != 0 else ""
    return ExitCause("exit", f"the worker ended with code {code}{told}", REMEDIES["exit"])


def _from_lines(lines: Sequence[str]) -> ExitCause | None:
    """What the last lines tell; the line nearest to the end counts."""
    for line in reversed(lines):
        text = line.strip()
        for cause, pattern, message in PATTERNS:
            match = re.search(pattern, text)
            if match:
                return ExitCause(cause, "the worker ended: " + message.format(match.group()[:160]), REMEDIES[cause])
    return None


def machine_memory() -> float:
    """Returns the bytes of memory of this machine, infinity when they are not known."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")


_KILL = 9


def _signal(code: int) -> int | None:
    """The signal's number that an exit code means, None when it means none."""
    if -64 <= code < 0:
        return -code
    return code - 128 if 128 < code <= 128 + 31 else None


def _name(number: int) -> str:
    try:
        return f" ({signal.Signals(number).name})"
    except ValueError:
        return ""
