"""Files for the scripted worker with the standard library alone: matrices out of a bundle, pictures as PNG."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any


def bundle_matrices(path: Path) -> dict[str, list[list[float]]]:
    """Returns matrix_world [4, 4] of every object in a scene bundle. Raises OSError, ValueError, KeyError."""
    with zipfile.ZipFile(path) as archive:
        header: dict[str, Any] = json.loads(_payload(archive.read("header.npy")))
        numbers = _payload(archive.read("object/matrices.npy"))
    found = {}
    for index, entry in enumerate(header["objects"]):
        values = struct.unpack_from("<16d", numbers, index * 128)
        found[str(entry["name"])] = [list(values[row : row + 4]) for row in range(0, 16, 4)]
    return found


def _payload(member: bytes) -> bytes:
    """What follows the description in a .npy file."""
    wide = member[6] > 1
    length = struct.unpack_from("<I" if wide else "<H", member, 8)[0]
    return member[(12 if wide else 10) + length :]


def draw_png(width: int, height: int, hue: float) -> bytes:
    """Returns a small PNG: a ball of that hue (0 to 1) on a lit table before a wall."""
    rows = bytearray()
    ball = _colour(hue)
    for y in range(height):
        rows.append(0)
        for x in range(width):
            u, v = (x + 0.5) / width - 0.5, (y + 0.5) / height - 0.62
            inside = 1 - (u * u + v * v) / 0.035
            if inside > 0:
                light = 0.35 + 0.65 * max((-0.45 * u - 0.6 * v) / 0.187 * 0.6 + 0.64 * inside**0.5, 0)
                pixel = tuple(min(int(255 * c * light), 255) for c in ball)
            elif v > 0.02:
                shade = 0.62 if (u - 0.06) ** 2 / 0.05 + (v - 0.19) ** 2 / 0.002 < 1 else 1.0
                pixel = (int(150 * shade), int(118 * shade), int(88 * shade))
            else:
                glow = int(150 + 60 * (0.5 - abs(u)) - 40 * v)
                pixel = (glow, glow, min(glow + 6, 255))
            rows += bytes(pixel)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(bytes(rows))), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _colour(hue: float) -> tuple[float, float, float]:
    import colorsys

    return colorsys.hsv_to_rgb(hue % 1.0, 0.7, 0.95)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
