"""Importing open_clip, also where torchvision's compiled library does not fit the installed torch.

torchvision's usual Linux wheel is linked against CUDA. Beside a CPU-only torch its library cannot be loaded, the
operators it would have brought are missing, and ``import torchvision`` ends with ``operator torchvision::nms does not
exist``, although open_clip needs only its Python transforms. Declaring the two operators that torchvision describes at
import is enough; calling them still raises torchvision's own explanation.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Literal

import torch

from ...errors import ModelError

TorchvisionState = Literal["missing", "works", "library does not load, operators declared"]

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_lock = threading.Lock()
_declared: list[torch.library.Library] = []  # dropping a Library takes its operators away again


def import_open_clip() -> ModuleType:
    """Returns the module ``open_clip``; nothing is touched where torchvision imports as it is.

    Raises ``ModelError`` when open_clip or torchvision is not installed or cannot be imported.
    """
    with _lock:
        if "open_clip" in sys.modules:
            return sys.modules["open_clip"]
        declare_missing_operators()
        try:
            return importlib.import_module("open_clip")
        except ModuleNotFoundError as error:
            raise ModelError(
                f"CLIP guidance needs the package '{error.name}', which is not installed;"
                " pip install open_clip_torch, or go without it: --clip none"
            ) from error
        except (ImportError, RuntimeError, OSError) as error:
            raise ModelError(
                f"open_clip cannot be imported: {_first_line(error)}; install the torchvision that belongs to"
                f" torch {torch.__version__}, or go without it: --clip none"
            ) from error


def declare_missing_operators() -> bool:
    """Returns whether torchvision's operators had to be declared because its library does not load.

    The test is torchvision's own (loading its library), so a working torchvision is left alone; done at most once.
    """
    if "torchvision" in sys.modules or torchvision_state() != "library does not load, operators declared":
        return bool(_declared)
    if not _declared:
        library = torch.library.Library("torchvision", "FRAGMENT")
        _declared.append(library)
        for schema in _SCHEMAS:
            name = schema.partition("(")[0]
            if not hasattr(torch.ops.torchvision, name):
                library.define(schema)
    return True


def torchvision_state() -> TorchvisionState:
    """Returns how torchvision stands to this torch, without importing it."""
    if _declared:
        return "library does not load, operators declared"
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations:
        return "missing"
    library = _compiled_library(Path(next(iter(spec.submodule_search_locations))))
    if library is None:
        return "library does not load, operators declared"
    try:
        torch.ops.load_library(str(library))
    except (ImportError, OSError):
        return "library does not load, operators declared"
    return "works"


def _compiled_library(folder: Path) -> Path | None:
    """Returns the file of torchvision's operators, None when the package has none."""
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        if (folder / f"_C{suffix}").is_file():
            return folder / f"_C{suffix}"
    return None


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
