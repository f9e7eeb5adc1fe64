"""Blender's images as sRGB bytes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

LARGEST_SIDE = 2048
"""Larger pictures are scaled down: the guidance looks at a few hundred pixels, and 8k textures fill the memory."""

LARGE = 1 << 20
"""Numbers; a picture with fewer is read in one piece."""


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
    source.pixels.foreach_get(values)
    channels, is_float = source.channels, bool(source.is_float)
    if values.size > LARGE:
        yield
    values = values.reshape(height, width, channels)[::-1]
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = values[..., :3] if channels >= 3 else values[..., :1]
    if channels == 4:
        pixels[..., 3] = values[..., 3]
    if is_float or image.colorspace_settings.name in ("Non-Color", "Linear Rec.709", "Linear", "Raw"):
        pixels[..., :3] = linear_to_srgb(pixels[..., :3])
    return (np.clip(np.nan_to_num(pixels), 0, 1) * 255 + 0.5).astype(np.uint8)


def linear_to_srgb(values: np.ndarray) -> np.ndarray:
    """Returns sRGB-encoded values [...] of linear ones [...] (IEC 61966-2-1)."""
    values = np.maximum(np.nan_to_num(values), 0.0)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * np.maximum(values, 1e-8) ** (1 / 2.4) - 0.055)
