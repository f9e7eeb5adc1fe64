"""Run by the Python to be judged, as a script: prints one line of JSON about what it has and what does not work.

    python probe.py [CORE]

It is plain enough for Python 3.6 on, so that an older one can be named as such. It imports what the worker does, and
with CORE (the folder that holds sgvop_core) the worker's own modules too. What it imports leaves bytecode behind, so
that the first worker starts quickly; nothing is written into CORE.
"""

import importlib
import json
import platform
import sys
from typing import Any

MODULES = {
    "numpy": "numpy", "torch": "torch", "torchvision": "torchvision",
    "open-clip-torch": "",
    "scipy": "scipy.spatial.transform", "trimesh": "trimesh", "pillow": "PIL.Image", "cma": "cma", "libigl": "igl",
    "python-fcl": "fcl", "rtree": "rtree", "numba": "numba", "embreex": "embreex.rtcore_scene",
}  # fmt: skip
OPTIONAL = ("embreex", "torchvision")
"""The worker gets by without them."""
CORE = ("sgvop_core.guidance.clip.open_clip_import", "sgvop_core.placement.pipeline", "sgvop_core.worker.service")
"""The first of them imports open_clip in the way that the worker does."""


def main(core: str) -> "dict[str, Any]":
    """Returns what was found, as plain values."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "packages": {},
        "failed": {},
        "missing": [],
    }
    if tuple(sys.version_info[:2]) < (3, 11):
        return found
    from importlib import metadata

    for name, module in MODULES.items():
        try:
            found["packages"][name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            if name not in OPTIONAL:
                found["missing"].append(name)
            continue
        fault = attempt(module) if module else ""
        if fault and name not in OPTIONAL:
            found["failed"][name] = fault
    torch = sys.modules.get("torch")
    if torch is not None and "torch" not in found["failed"]:
        found["devices"] = devices(torch)
    if core and not found["missing"] and not found["failed"]:
        sys.path.insert(0, core)
        fault = attempt_core()
        if fault:
            found["failed"]["sgvop_core"] = fault
    return found


def attempt(module: str) -> str:
    """Returns why a module cannot be imported in one line, empty when it can."""
    try:
        importlib.import_module(module)
    except BaseException as error:
        text = " ".join(str(error).split())
        return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
    return ""


def attempt_core() -> str:
    """Returns why the worker's modules cannot be imported in one line, empty when they can."""
    for module in CORE:
        sys.dont_write_bytecode = True
        fault = attempt(module)
        if fault:
            return fault
        if module == CORE[0]:
            sys.dont_write_bytecode = False
            try:
                sys.modules[module].import_open_clip()
            except Exception as error:
                return "open_clip: " + " ".join(str(error).split())[:200]
    return ""


def devices(torch: Any) -> "dict[str, str]":
    """Returns what torch can compute on, with names."""
    found = {"cpu": platform.processor() or platform.machine()}
    try:
        for number in range(torch.cuda.device_count()):
            found[f"cuda:{number}"] = torch.cuda.get_device_name(number)
        if torch.backends.mps.is_available():
            found["mps"] = "Apple GPU"
    except Exception as error:
        found["problem"] = " ".join(str(error).split())[:200]
    return found


if __name__ == "__main__":
    report = main(sys.argv[1] if len(sys.argv) > 1 else "")
    print("\nsgvop-probe " + json.dumps(report), flush=True)
