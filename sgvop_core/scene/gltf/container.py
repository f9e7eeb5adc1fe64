"""glTF files on disk: packed as .glb, or JSON with its binary part beside it."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...errors import SceneError
from ..save import save_file, save_parts
from .document import BINARY_CHUNK, JSON_CHUNK, MAGIC


def encode_json(content: dict[str, Any], indent: int | str | None = None) -> bytes:
    """Returns JSON text without NaN. Raises SceneError when a number is not finite."""
    try:
        separators = (",", ":") if indent is None else (",", ": ")
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    except ValueError:
        raise SceneError(
            "the scene holds a number that is not finite and cannot be written; reset that transform"
        ) from None
    return text.encode("utf-8", "surrogatepass")


def save_glb(
    out: Path,
    content: dict[str, Any],
    binary: Sequence[bytes | memoryview] | None,
    further: Sequence[tuple[int, bytes]] = (),
) -> None:
    """Writes a .glb: description, the binary parts one after the other (None: no such chunk), further chunks."""
    text = encode_json(content)
    text += b" " * (-len(text) % 4)
    parts: list[bytes | memoryview] = [struct.pack("<II", len(text), JSON_CHUNK), text]
    if binary is not None:
        size = sum(len(part) for part in binary)
        parts += [struct.pack("<II", size + (-size % 4), BINARY_CHUNK), *binary, b"\0" * (-size % 4)]
    for kind, data in further:
        parts += [struct.pack("<II", len(data), kind), data]
    total = 12 + sum(len(part) for part in parts)
    if total >= 1 << 32:
        raise SceneError(f"the scene needs {total / 2**30:.1f} GB, a .glb holds at most 4; write a .gltf instead")
    save_parts(out, [struct.pack("<III", MAGIC, 2, total), *parts])


def save_gltf(out: Path, content: dict[str, Any], binary: bytes | memoryview | None, indent: int | str | None) -> None:
    """Writes a .gltf; ``binary`` becomes the file of buffer 0 beside it, written first."""
    if binary is not None:
        name = out.stem + ".bin"
        content = dict(content)
        content["buffers"] = [{**content["buffers"][0], "uri": quote(name)}, *content["buffers"][1:]]
        save_file(out.with_name(name), binary)
    save_file(out, encode_json(content, indent) + (b"\n" if indent is not None else b""))
