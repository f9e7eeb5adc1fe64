"""Which buttons stand beside a problem. No bpy: causes and the operators that help, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# What the operator of each remedy is; the labels are the operators' own.
INSTALL = "sgvop.runtime_install"
REPAIR = "sgvop.runtime_repair"
PREFERENCES = "sgvop.open_preferences"
DOWNLOAD = "sgvop.remedy_download"
BUILTIN = "sgvop.remedy_builtin"
WITHOUT = "sgvop.remedy_without"
SMALLER = "sgvop.remedy_smaller"
CPU = "sgvop.remedy_cpu"
RESTART = "sgvop.worker_restart"
NEAREST = "sgvop.remedy_nearest"
AUTOMATIC = "sgvop.remedy_automatic"
LOG = "sgvop.show_log"
REPORT = "sgvop.copy_report"


@dataclass(frozen=True)
class Trouble:
    """How a cause is shown: a title of few words and the operators that help, the best first."""

    title: str
    remedies: tuple[str, ...]


UNKNOWN = Trouble("Something Went Wrong", (RESTART, LOG, REPORT))
TROUBLES = {
    # of a job
    "prompt": Trouble("The Prompt Is Not Clear", ()),
    "scene": Trouble("The Scene Cannot Be Used", (LOG,)),
    "settings": Trouble("A Setting Does Not Fit", (AUTOMATIC,)),
    "model": Trouble("No Picture Model", (DOWNLOAD, BUILTIN)),
    "memory": Trouble("Not Enough Memory", (SMALLER, RESTART)),
    "device_memory": Trouble("Not Enough Graphics Memory", (SMALLER, CPU)),
    "device": Trouble("The Device Cannot Be Used", (CPU, LOG)),
    "no_valid_pose": Trouble("No Pose Holds", (NEAREST,)),
    "disk": Trouble("The Disk Is Full", (LOG,)),
    "internal": Trouble("The Worker Failed", (RESTART, LOG, REPORT)),
    "protocol": Trouble("The Worker Cannot Be Understood", (RESTART, LOG, REPORT)),
    # of the worker
    "no_runtime": Trouble("No Runtime Installed", (INSTALL, PREFERENCES)),
    "runtime": Trouble("The Runtime Is Not Complete", (REPAIR, PREFERENCES, LOG)),
    "import": Trouble("The Runtime Is Not Complete", (REPAIR, PREFERENCES, LOG)),
    "library": Trouble("The Runtime Is Not Complete", (REPAIR, PREFERENCES, LOG)),
    "command": Trouble("The Worker Cannot Be Started", (PREFERENCES, LOG)),
    "cannot_start": Trouble("The Worker Cannot Be Started", (RESTART, PREFERENCES, LOG)),
    "version": Trouble("Versions Do Not Match", (INSTALL, PREFERENCES, REPORT)),
    "died": Trouble("The Worker Ended", (RESTART, LOG, REPORT)),
    "exit": Trouble("The Worker Ended", (RESTART, LOG, REPORT)),
    "signal": Trouble("The Worker Was Ended", (RESTART, SMALLER, LOG, REPORT)),
    "terminated": Trouble("The Worker Was Ended", (RESTART,)),
    "segfault": Trouble("The Worker Crashed", (RESTART, CPU, LOG, REPORT)),
    "illegal_instruction": Trouble("The Processor Lacks an Instruction", (PREFERENCES, LOG, REPORT)),
    "driver": Trouble("The Graphics Driver Failed", (CPU, RESTART, LOG)),
    "stalled": Trouble("The Worker Does Not Answer", (RESTART, SMALLER, LOG)),
    "garbage": Trouble("The Worker Cannot Be Understood", (RESTART, LOG, REPORT)),
}


def trouble(cause: str) -> Trouble:
    """Returns how a cause is shown; an unknown one has the general remedies."""
    return TROUBLES.get(cause, UNKNOWN)


MANAGED_ONLY = (INSTALL, REPAIR)
"""Remedies that help only where the extension itself looks after the runtime."""


def remedies(cause: str, managed: bool, builtin: bool) -> tuple[str, ...]:
    """Returns the operators that help against a cause; without ``managed`` the runtime is the user's own.

    ``builtin``: whether a picture model comes with the extension; where none does, relations and physics place alone.
    """
    found = tuple(r for r in trouble(cause).remedies if managed or r not in MANAGED_ONLY)
    return found if builtin else tuple(WITHOUT if r == BUILTIN else r for r in found)


def operators() -> frozenset[str]:
    """Returns every operator that some remedy names."""
    named: Iterable[Trouble] = (*TROUBLES.values(), UNKNOWN)
    return frozenset(remedy for t in named for remedy in t.remedies) | {WITHOUT}
