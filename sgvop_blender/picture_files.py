"""Pictures whose file can be given along as it is, so that Blender need not decode them: a large one takes it long, at once.

Only what reads the same outside Blender: PNG and JPEG of eight bits, unpainted, whose alpha Blender leaves alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

LARGEST_FILE = 256 << 20
HEAD = 1 << 16
"""Bytes that are looked at, to tell what kind of picture it is."""
PNG = b"\x89PNG\r\n\x1a\n"
FRAMES = {0xC0, 0xC1, 0xC2}
"""JPEG's markers before a picture's size: baseline, extended, progressive."""


def picture_file(image: Any) -> str | bytes | None:
    """Returns where an image's file lies, or its bytes when it is packed; None when Blender has to say what it shows.

    Asks Blender for nothing that makes it decode the picture.
    """
    plain = image.source == "FILE" and image.type == "IMAGE" and not image.is_dirty
    if not plain or image.use_multiview or image.alpha_mode not in ("STRAIGHT", "CHANNEL_PACKED"):
        return None
    if image.packed_file is not None:
        data = bytes(image.packed_file.data)
        return data if _is_plain(data[:HEAD]) else None
    path = bpy.path.abspath(image.filepath, library=image.library)
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except (OSError, ValueError):
        return None
    return str(Path(path)) if size <= LARGEST_FILE and _is_plain(head) else None


def _is_plain(head: bytes) -> bool:
    """Whether a file that begins so is a PNG or JPEG of eight bits, grey or in colours."""
    if head.startswith(PNG):
        return len(head) > 25 and head[12:16] == b"IHDR" and head[24] <= 8
    if head.startswith(b"\xff\xd8"):
        return any(bits == 8 and parts in (1, 3) for bits, parts in _frames(head))
    return False


def _frames(head: bytes) -> Iterator[tuple[int, int]]:
    """Bits and components of a JPEG, as far as its beginning tells them."""
    at = 2
    while at + 10 <= len(head) and head[at] == 0xFF:
        kind, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if kind in FRAMES:
            yield head[at + 4], head[at + 9]
            return
        at += 1 if kind == 0xFF else 2 + length
