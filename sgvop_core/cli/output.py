"""Files that the command line writes: checked before the work starts, written beside and renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SettingsError
from ..scene.save import save_file

if TYPE_CHECKING:
    import numpy as np


def check_file(path: str, option: str, suffixes: Sequence[str]) -> Path:
    """Returns the path of a file that can be written. Raises SettingsError before any work is wasted on it."""
    target = Path(path)
    if target.suffix.lower() not in suffixes:
        raise SettingsError(f"{option} '{path}' must end in {' or '.join(suffixes)}")
    if target.is_dir():
        raise SettingsError(f"{option} '{path}' is a folder; name a file in it")
    folder = target.parent
    if not folder.is_dir():
        raise SettingsError(f"{option} '{path}': the folder '{folder}' does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"{option} '{path}': the folder '{folder}' cannot be written to; choose another")
    return target


def check_folder(path: str, option: str) -> Path:
    """Returns the path of a folder that exists now. Raises SettingsError when it cannot be made or written to."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{option} '{path}' cannot be made: {error.strerror}; choose another folder") from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"{option} '{path}' cannot be written to; choose another folder")
    return folder


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file, indented, whole or not at all. Raises ValueError for NaN and infinity, which JSON lacks."""
    save_file(path, (json_text(value) + "\n").encode())


def json_text(value: Any) -> str:
    """Returns indented JSON. Raises ValueError for NaN and infinity, which JSON lacks."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Writes a picture [H, W, 3] uint8 (sRGB, first row on top) as PNG, whole or not at all."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    save_file(path, buffer.getvalue())
