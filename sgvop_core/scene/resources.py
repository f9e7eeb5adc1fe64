"""What a scene file refers to: local files below its folder, data URIs and pictures."""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from ..errors import SceneError
from .limits import LIMITS
from .model import Array

PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF", "GIF")
"""What is decoded; other formats of the picture library are more code exposed to files from outside."""


class BadPicture(Exception):
    """A picture that cannot be decoded; the reader turns it into a note."""


def read_file(path: Path) -> bytes:
    """Returns the bytes of a file. Raises SceneError when it is missing, a folder, empty, unreadable or too large."""
    try:
        if path.is_dir():
            raise SceneError(f"'{path}' is a folder, not a file")
        size = path.stat().st_size
        if size > LIMITS.file_bytes:
            raise SceneError(f"'{path.name}' has {size / 2**30:.1f} GB; at most {LIMITS.file_bytes >> 30} GB are read")
        data = path.read_bytes()
    except FileNotFoundError:
        raise SceneError(f"no file '{path}'; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SceneError(f"cannot read '{path}': {reason}") from None
    if not data:
        raise SceneError(f"'{path.name}' is empty (0 bytes); export or download it again")
    return data


def local_file(folder: Path, reference: str, owner: str) -> Path:
    """Returns the file below ``folder`` that a relative reference names; the file need not exist.

    Raises SceneError for network addresses, absolute paths and paths that leave the folder (``../``, links).
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", reference) or reference.startswith(("/", "\\")):
        raise SceneError(
            f"{owner} refers to '{reference[:80]}'; only files in the scene's own folder are read: copy it there"
        )
    if "\0" in reference:
        raise SceneError(f"{owner} refers to a file name with a zero byte; the file is damaged")
    base = folder.resolve()
    try:
        target = (base / reference.replace("\\", "/")).resolve()
    except (OSError, RuntimeError):
        raise SceneError(
            f"{owner} refers to '{reference[:80]}', which cannot be resolved; copy it beside the scene"
        ) from None
    if base != target and base not in target.parents:
        raise SceneError(
            f"{owner} refers to '{reference[:80]}', outside the scene's folder, which is refused; copy it beside the scene"
        )
    return target


def data_uri(uri: str, owner: str) -> bytes:
    """Returns the bytes inside a ``data:`` URI. Raises SceneError when they are not valid base64."""
    head, _, body = uri.partition(",")
    if not head.endswith(";base64"):
        return unquote(body).encode("latin-1", "replace")
    try:
        return base64.b64decode(body, validate=False)
    except (binascii.Error, ValueError):
        raise SceneError(f"{owner} holds a damaged data URI; export the scene again") from None


def decode_picture(data: bytes, side: int | None = None) -> Array:
    """Returns the pixels of an encoded picture, [H, W, 4] uint8, first row on top.

    Pictures with a side above ``side``, by default ``LIMITS.texture_side``, are reduced. Raises BadPicture with the reason.
    """
    from PIL import Image

    limit = LIMITS.texture_side if side is None else side
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture: Image.Image = Image.open(io.BytesIO(data), formats=PICTURE_FORMATS)
            largest = max(picture.size)
            if largest > limit:
                picture.draft("RGB", (limit, limit))
            if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
                values = np.asarray(picture).astype(np.float64)
                top = 255.0 if picture.mode == "F" and values.max(initial=0) > 1 else 1.0
                scale = 65535.0 if picture.mode != "F" else top
                grey = np.clip(np.nan_to_num(values) / scale * 255.0 + 0.5, 0, 255).astype(np.uint8)
                picture = Image.fromarray(grey)
            picture = picture.convert("RGBA")
            largest = max(picture.size)
            if largest > limit:
                picture = picture.reduce(-(-largest // limit))
            pixels = np.array(picture, np.uint8)
    except Image.DecompressionBombError:
        raise BadPicture("it has too many pixels") from None
    except Exception as error:  # the picture library raises almost anything for damaged data
        raise BadPicture(str(error).replace("\n", " ")[:120] or type(error).__name__) from None
    if pixels.ndim != 3 or not pixels.size:
        raise BadPicture("has no pixels")
    return pixels


def encode_png(pixels: Array) -> bytes:
    """Returns a PNG of ``pixels`` [H, W, 3 or 4] uint8; a fully opaque alpha channel is left out."""
    from PIL import Image

    if pixels.shape[-1] == 4 and (pixels[..., 3] == 255).all():
        pixels = pixels[..., :3]
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG", compress_level=4)
    return out.getvalue()


def srgb_to_linear(values: Array) -> Array:
    """Returns linear light for sRGB-encoded values in [0, 1] (IEC 61966-2-1)."""
    values = np.asarray(values, np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((np.maximum(values, 0.04045) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(values: Array) -> Array:
    """Returns sRGB-encoded values for linear light in [0, 1] (IEC 61966-2-1)."""
    values = np.asarray(values, np.float64)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * np.maximum(values, 0.0031308) ** (1 / 2.4) - 0.055)


class UniqueNames:
    """Gives every object a name of its own, as Blender does: a second ``cup`` becomes ``cup.001``."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """Returns ``wanted``, or with a number added if it is taken, and remembers it."""
        name = wanted
        number = self._next.get(wanted, 1)
        while name in self._taken:
            name = f"{wanted}.{number:03d}"
            number += 1
        self._next[wanted] = number
        self._taken.add(name)
        return name
