"""Blender's images as sRGB bytes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

LARGEST_SIDE = 2048
"""Larger pictures are scaled down: the guidance looks at a few hundred pixels, and 8k textures fill the memory."""

PIECE = 1 << 17
"""Numbers that are turned into bytes at a time: about three milliseconds."""


def image_pixels(image: Any, copies: list[Any]) -> Generator[None, None, np.ndarray | None]:
    """Returns a generator of pieces that gives the image's pixels [H, W, 4] uint8, sRGB, first row on top, at its end.

    None when it has none (a missing file). One that is too large is scaled in a copy that is added to ``copies``.
    """
    width, height = image.size
    if not width or not height or image.channels == 0:
        return None
    largest = max(width, height)
    source = image
    if largest > LARGEST_SIDE:
        yield
        source = image.copy()
        copies.append(source)
        source.use_fake_user = False
        source.scale(max(1, width * LARGEST_SIDE // largest), max(1, height * LARGEST_SIDE // largest))
        yield
    width, height = source.size
    values = np.empty(width * height * source.channels, np.float32)
    large = values.size > PIECE
    if large:
        yield
    source.pixels.foreach_get(values)
    linear = bool(source.is_float) or is_linear(image)
    # From here on Blender's data is not looked at any more.
    rows = values.reshape(height, width, source.channels)[::-1]
    pixels = np.full((height, width, 4), 255, np.uint8)
    step = max(1, PIECE // (width * rows.shape[2]))
    for top in range(0, height, step):
        if large:
            yield
        block = rows[top : top + step]
        colours = block[..., :3] if block.shape[2] >= 3 else block[..., :1]
        pixels[top : top + step, :, :3] = _bytes(linear_to_srgb(colours) if linear else colours)
        if block.shape[2] == 4:
            pixels[top : top + step, :, 3] = _bytes(block[..., 3])
    return pixels


def is_linear(image: Any) -> bool:
    """Returns whether an image's colour space says that its values are linear, or no colours at all."""
    return image.colorspace_settings.name in ("Non-Color", "Linear Rec.709", "Linear", "Raw")


def _bytes(values: np.ndarray) -> np.ndarray:
    return (np.clip(np.nan_to_num(values), 0, 1) * 255 + 0.5).astype(np.uint8)


def linear_to_srgb(values: np.ndarray) -> np.ndarray:
    """Returns sRGB-encoded values [...] of linear ones [...] (IEC 61966-2-1)."""
    values = np.maximum(np.nan_to_num(values), 0.0)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * np.maximum(values, 1e-8) ** (1 / 2.4) - 0.055)
