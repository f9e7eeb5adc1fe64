"""From an error to what the client is told: its kind, one line, and the way out in the extension's words."""

from __future__ import annotations

import errno
import re

from ..errors import ModelError, NoValidPose, PromptError, SceneError, SettingsError
from ..wire.bundle import BundleError
from ..wire.frames import ProtocolError
from ..wire.protocol import Failed

KIND_OF = (
    (PromptError, "prompt"), (NoValidPose, "no_valid_pose"), (ModelError, "model"), (SettingsError, "settings"),
    (ProtocolError, "settings"), (SceneError, "scene"), (BundleError, "scene"),
)  # fmt: skip
REMEDY = {
    "prompt": "say it in other words, or pick the object to place against",
    "scene": "check that the object is a visible mesh of this scene",
    "settings": "change that setting, or reset the settings",
    "model": "download the model, or choose the built-in one or none",
    "memory": "use a lower quality, fewer views, smaller pictures or a smaller model, or close other programs",
    "device": "choose the CPU as the device, or update the graphics driver",
    "no_valid_pose": "allow more: unlock a channel, widen the ranges, choose another place, or accept the nearest miss",
    "disk": "free some space on that disk",
    "runtime": "verify or repair the runtime in the preferences",
    "internal": "try again; if it happens again, copy the report and send it",
}
NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")
NO_DEVICE = ("CUDA error", "CUDA driver", "cuDNN", "cuBLAS", "CUBLAS", "no kernel image", "HIP error", "MPS backend")


def failure(job: int | None, error: BaseException) -> Failed:
    """Returns the message for an error that ended a job (or, with ``job`` None, the worker)."""
    kind = kind_of(error)
    text = " ".join(str(error).split()) or type(error).__name__
    remedy = REMEDY[kind]
    if isinstance(error, tuple(known for known, _ in KIND_OF)):
        # Our own errors end in their way out, behind the last semicolon.
        text, _, own = text.rpartition("; ") if "; " in text else (text, "", "")
        remedy = own or remedy
    elif kind == "memory":
        text = "there is not enough memory" + (" on the graphics card" if "CUDA" in text else "")
    elif kind in ("internal", "runtime"):
        text = f"{type(error).__name__}: {text[:300]}"
    elif isinstance(error, OSError):
        text = f"the disk is full{': ' + str(error.filename) if error.filename else ''}"
    return Failed(job, kind, spoken(text[:1000]), spoken(remedy[:500]))


def kind_of(error: BaseException) -> str:
    """Returns the kind, one of ``KINDS``, that an error counts as."""
    text = str(error)
    for known, kind in KIND_OF:
        if isinstance(error, known):
            if isinstance(error, SettingsError) and text.startswith("device '"):
                return "device"
            return "disk" if isinstance(error, SceneError) and "the disk is full" in text else kind
    if isinstance(error, MemoryError) or any(words in text.lower() for words in NO_MEMORY):
        return "memory"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk"
    if isinstance(error, ImportError):
        return "runtime"
    return "device" if any(words in text for words in NO_DEVICE) else "internal"


def spoken(text: str) -> str:
    """Returns a line of the core with the names of command line options as words: ``--best-effort`` as 'best effort'."""
    return re.sub(r"--([a-z][a-z-]*[a-z])", lambda option: f"'{option[1].replace('-', ' ')}'", text)
