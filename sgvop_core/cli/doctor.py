"""``sgvop doctor``: versions, device, and what each optional part would add and how to get it."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import platform
import sys
from dataclasses import dataclass
from typing import Any

from .versions import installed_version, project_version

REQUIRED = (
    "numpy", "torch", "torchvision", "open_clip_torch", "scipy", "trimesh", "pillow", "cma", "libigl", "python-fcl",
    "rtree", "rich", "numba",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """An optional part: the module that shows that it is there, what it adds, and how to get it."""

    name: str
    module: str
    distribution: str
    adds: str
    get: str


PARTS = (
    Part("bpy", "bpy", "bpy", "reads and writes .blend files",
         "python -m pip install '.[blender]' (needs Python 3.11; this is Python {python})"),
    Part("embreex", "embreex", "embreex", "faster rays: proposals and checks on large meshes",
         "python -m pip install embreex (not made for ARM Linux)"),
    Part("pytorch3d", "pytorch3d", "pytorch3d", "a second renderer, --renderer pytorch3d, for comparison",
         "build it as its own documentation says; nothing else needs it"),
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Prints the state of the installation; returns 0 when everything required is there, else 2."""
    state = examine()
    if arguments.json:
        from .output import json_text

        print(json_text(state))
    else:
        print("\n".join(_lines(state)))
    return 2 if state["missing"] else 0


def examine() -> dict[str, Any]:
    """Returns versions, device, threads, optional parts and cached CLIP weights as plain JSON values."""
    versions = {name: installed_version(name) for name in REQUIRED}
    python = platform.python_version()
    return {
        "sgvop": project_version(),
        "python": python,
        "platform": platform.platform(),
        "required": versions,
        "missing": [name for name, version in versions.items() if version is None],
        "device": _device(),
        "optional": [_part(part, python) for part in PARTS],
        "clip": _clip(),
    }


def _device() -> dict[str, Any]:
    try:
        import torch
    except Exception as error:
        return {"error": f"torch cannot be imported: {_first_line(error)}", "cpus": os.cpu_count()}
    cuda = torch.cuda.is_available()
    mps = bool(getattr(torch.backends, "mps", None)) and torch.backends.mps.is_available()
    return {
        "auto": "cuda" if cuda else "mps" if mps else "cpu",
        "cuda": torch.cuda.get_device_name(0) if cuda else None,
        "mps": mps,
        "threads": torch.get_num_threads(),
        "cpus": os.cpu_count(),
    }


def _part(part: Part, python: str) -> dict[str, Any]:
    """Whether a part really works: found is not enough, a shared library may be missing."""
    problem = None
    there = importlib.util.find_spec(part.module) is not None
    if there and part.module != "bpy":
        try:
            importlib.import_module(part.module)
        except Exception as error:
            problem = f"installed but cannot be imported: {_first_line(error)}"
    return {
        "name": part.name,
        "installed": installed_version(part.distribution) if there else None,
        "problem": problem,
        "adds": part.adds,
        "get": part.get.format(python=python),
    }


def _clip() -> dict[str, Any]:
    try:
        from ..guidance.clip import doctor_clip

        return doctor_clip()
    except Exception as error:
        return {"weights": [], "builtin": None, "cache_folder": None, "problem": _first_line(error)}


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _lines(state: dict[str, Any]) -> list[str]:
    device = state["device"]
    lines = [f"sgvop {state['sgvop']}, Python {state['python']} ({sys.executable}), {state['platform']}", ""]
    lines += [f"  {name:16} {version or 'MISSING'}" for name, version in state["required"].items()]
    lines.append("")
    if "error" in device:
        lines.append(f"device   {device['error']}")
    else:
        lines.append(
            f"device   {device['auto']} is what --device auto takes; {device['threads']} threads on {device['cpus']} CPUs"
        )
        lines.append(f"         CUDA: {device['cuda'] or 'none'}; MPS: {'yes' if device['mps'] else 'none'}")
    lines += ["", "optional parts"]
    for part in state["optional"]:
        have = f"{part['installed']}" if part["installed"] else "not installed"
        lines.append(f"  {part['name']:10} {part['problem'] or have}: {part['adds']}")
        if not part["installed"] or part["problem"]:
            lines.append(f"  {'':10} to get it: {part['get']}")
    lines += ["", *_clip_lines(state["clip"])]
    if state["missing"]:
        lines += ["", "missing: " + ", ".join(state["missing"]) + "; python -m pip install -c constraints.txt ."]
    return lines


def _clip_lines(clip: dict[str, Any]) -> list[str]:
    """The lines about CLIP: what keeps it from working, or which weights are on this machine."""
    if clip["problem"]:
        return [f"CLIP     {clip['problem']}"]
    cached = ", ".join(f"{w['spec']} ({w['bytes'] / 1e6:.0f} MB)" for w in clip["weights"])
    lines = [f"CLIP     weights in {clip['cache_folder']}: {cached or 'none'}"]
    if clip["builtin"]:
        lines.append("         --clip builtin needs no download")
    if not cached:
        lines.append("         --clip ViT-B-32:openai downloads its weights once; --clip none does without")
    return lines
