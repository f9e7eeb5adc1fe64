"""open_clip must import beside any torchvision, and a working torchvision must be left alone."""

from __future__ import annotations

import _ctypes
import importlib.machinery
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = "sgvop_core.guidance.clip.open_clip_import"
DESCRIBES = "import torch, torch.library\n@torch.library.register_fake('torchvision::nms')\ndef _(a, b, c): return a\n"
DEFINES = (
    "import torch\nkept = torch.library.Library('torchvision', 'DEF')\n"
    "kept.define('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')\n"
)


def run(code: str, stub: Path | None = None) -> subprocess.CompletedProcess[str]:
    paths = [str(p) for p in (stub, ROOT) if p is not None]
    code = f"import sys; sys.path[:0] = {paths!r}\nfrom {MODULE} import *\nfrom {MODULE} import _declared\n{code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)


def torchvision_stub(folder: Path, source: str, library: Path | None) -> Path:
    (folder / "torchvision").mkdir()
    (folder / "torchvision" / "__init__.py").write_text(source)
    if library is not None:
        shutil.copy(library, folder / "torchvision" / f"_C{importlib.machinery.EXTENSION_SUFFIXES[0]}")
    return folder


def test_open_clip_imports_in_this_environment() -> None:
    done = run("print(import_open_clip().__version__, import_open_clip() is import_open_clip(), len(_declared) <= 1)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1:] == ["True", "True"]


def test_a_torchvision_without_its_library_imports_once_the_operators_are_declared(tmp_path: Path) -> None:
    stub = torchvision_stub(tmp_path, DESCRIBES, None)
    alone = run("import torchvision", stub)
    assert "torchvision::nms does not exist" in alone.stderr
    done = run(
        "print(declare_missing_operators(), declare_missing_operators(), len(_declared)); import torchvision", stub
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "True", "1"]


def test_a_library_that_cannot_be_loaded_counts_as_missing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"not a library")
    done = run("print(torchvision_state()); declare_missing_operators(); import torchvision",
               torchvision_stub(tmp_path, DESCRIBES, broken))  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("library does not load")


def test_a_working_torchvision_is_left_alone(tmp_path: Path) -> None:
    """Its own definition of the operator would fail if ours were there before it."""
    stub = torchvision_stub(tmp_path, DEFINES, Path(_ctypes.__file__))
    done = run("print(torchvision_state(), declare_missing_operators(), _declared); import torchvision", stub)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "works False []"


def test_no_open_clip_is_one_line_that_says_how_to_get_it() -> None:
    done = run(
        "sys.modules['open_clip'] = None; del sys.modules['open_clip']\n"
        "import importlib.abc\n"
        "class Hide(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'open_clip': raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Hide())\n"
        "try: import_open_clip()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    assert done.stdout.startswith("ModelError CLIP guidance needs the package 'open_clip'"), done.stderr
    assert "pip install open_clip_torch" in done.stdout
