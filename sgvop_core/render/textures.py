"""Base-colour textures of a mesh as one buffer of linear texels with mip levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..scene.model import Array, Material, Texture

WRAPS = ("repeat", "clamp", "mirror")
MAX_SIDE = 2048
"""Larger textures lose their finest levels at load time: pictures for guidance are a few hundred pixels wide."""


def linear_from_srgb(values: Array) -> Array:
    """Returns linear values [...] of sRGB values [...] in [0, 1] (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


_DECODE = linear_from_srgb(np.arange(256) / 255.0).astype(np.float32)


def srgb_from_linear(values: Tensor) -> Tensor:
    """Returns sRGB values [...] of linear values [...], clamped to [0, 1] (IEC 61966-2-1)."""
    v = values.clamp(0.0, 1.0)
    return torch.where(v <= 0.0031308, v * 12.92, 1.055 * v.clamp_min(1e-8).pow(1 / 2.4) - 0.055)


def srgb_slope(values: Tensor) -> Tensor:
    """Returns the derivative [...] of ``srgb_from_linear`` at linear values [...]; 0 where it clips."""
    slope = torch.where(values <= 0.0031308, 12.92, (1.055 / 2.4) * values.clamp_min(1e-8).pow(1 / 2.4 - 1))
    return torch.where((values < 0) | (values > 1), torch.zeros_like(slope), slope)


@dataclass(frozen=True, eq=False)
class TextureAtlas:
    """Texels of several textures: ``texels`` [3, T] linear RGB; ``levels`` [textures * depth, 3] int64 rows of
    (offset of the first inner texel, width, height); ``depth`` levels each.

    Every level has a border of one texel that repeats, clamps or mirrors, so bilinear lookup never wraps.
    ``wrap`` [textures, 2] indexes WRAPS; ``nearest`` [textures] bool.
    """

    texels: Tensor
    levels: Tensor
    depth: int
    wrap: Tensor
    nearest: Tensor
    all_repeat: bool
    any_nearest: bool


def halved(image: Array) -> Array:
    """Returns the next mip level [h, w, 3]: the mean of 2x2 texels (odd sides drop to the floor, at least 1)."""
    height, width = image.shape[:2]
    if height > 1:
        image = 0.5 * (image[0 : height // 2 * 2 : 2] + image[1 : height // 2 * 2 : 2])
    if width > 1:
        image = 0.5 * (image[:, 0 : width // 2 * 2 : 2] + image[:, 1 : width // 2 * 2 : 2])
    return image


def _bordered(image: Array, wrap: tuple[str, str]) -> Array:
    """Returns the level [h + 2, w + 2, 3] with its border: opposite side when repeated, else the nearest texel."""
    for axis, mode in ((1, wrap[0]), (0, wrap[1])):
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis] = (1, 1)
        image = np.pad(image, pad, mode="wrap" if mode == "repeat" else "edge")
    return image


def decoded(texture: Texture) -> Array:
    """Returns the texture's linear RGB [h, w, 3] float32, at most MAX_SIDE wide or high."""
    image = _DECODE[np.asarray(texture.pixels)[..., :3]]
    while max(image.shape[:2]) > MAX_SIDE:
        image = halved(image)
    return image


def build_atlas(materials: Sequence[Material], dtype: torch.dtype, device: torch.device) -> tuple[TextureAtlas, Array]:
    """Returns the atlas and the texture index of each material [M]; index 0 is white, for those without a texture."""
    white = Texture("white", np.full((1, 1, 4), 255, np.uint8))
    textures: list[Texture] = [white]
    index = np.zeros(len(materials), np.int64)
    for k, material in enumerate(materials):
        texture = material.texture
        if texture is None or 0 in texture.pixels.shape[:2]:
            continue
        found = next((i for i, known in enumerate(textures) if known is texture), None)
        if found is None:
            found = len(textures)
            textures.append(texture)
        index[k] = found
    chains: list[list[Array]] = []
    for texture in textures:
        chain = [decoded(texture)]
        while max(chain[-1].shape[:2]) > 1 and not texture.nearest:
            chain.append(halved(chain[-1]))
        chains.append(chain)
    depth = max(len(chain) for chain in chains)
    blocks, rows, offset = [], [], 0
    for texture, chain in zip(textures, chains, strict=True):
        for level in range(depth):
            if level < len(chain):
                image = chain[level]
                height, width = image.shape[:2]
                blocks.append(_bordered(image, texture.wrap).reshape(-1, 3).T)
                entry = (offset, width, height)
                offset += (height + 2) * (width + 2)
            rows.append(entry)
    texels = torch.from_numpy(np.ascontiguousarray(np.concatenate(blocks, 1))).to(device, dtype)
    modes = np.array([[WRAPS.index(w) if w in WRAPS else 0 for w in t.wrap] for t in textures], np.int64)
    nearest = np.array([t.nearest for t in textures])
    return (
        TextureAtlas(
            texels,
            torch.tensor(rows, dtype=torch.int64, device=device),
            depth,
            torch.from_numpy(modes).to(device),
            torch.from_numpy(nearest).to(device),
            bool((modes == 0).all()),
            bool(nearest.any()),
        ),
        index,
    )


def _wrapped(coordinate: Tensor, mode: Tensor) -> Tensor:
    """Returns texture coordinates [...] brought into [0, 1] by wrap modes [...] of the same shape, and their slope."""
    repeat = coordinate - coordinate.floor()
    half = coordinate * 0.5
    mirror = 1 - ((half - half.floor()) * 2 - 1).abs()
    return torch.where(mode == 0, repeat, torch.where(mode == 1, coordinate.clamp(0, 1), mirror))


def _wrap_slope(coordinate: Tensor, mode: Tensor) -> Tensor:
    half = coordinate * 0.5
    falling = (half - half.floor()) > 0.5
    one = torch.ones_like(coordinate)
    outside = (coordinate < 0) | (coordinate > 1)
    clamped = torch.where(outside, torch.zeros_like(one), one)
    return torch.where(mode == 0, one, torch.where(mode == 1, clamped, torch.where(falling, -one, one)))


def lookup(
    atlas: TextureAtlas, texture: Tensor, uv: Tensor, footprint: Tensor, slopes: bool
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Returns bilinear texture colours [3, m] and, when asked, their slopes along u and v [3, m].

    texture [m] int64, uv [2, m], ``footprint`` [m]: texels of the finest level that a sample covers along a side; the
    nearest mip level is taken, without gradient.
    """
    level = footprint.clamp(1e-6, 2.0**20).log2().round().clamp(0, atlas.depth - 1).long()
    entry = texture * atlas.depth + level
    offset, width, height = (atlas.levels[:, i].index_select(0, entry) for i in range(3))
    if atlas.all_repeat:
        share = uv - uv.floor()
        u, v = share[0], 1 - share[1]
    else:
        modes = atlas.wrap.index_select(0, texture).t()
        share = _wrapped(uv, modes)
        u, v = share[0], 1 - share[1]
    wide, high = width.to(uv.dtype), height.to(uv.dtype)
    x, y = u * wide + 0.5, v * high + 0.5
    left, top = x.floor(), y.floor()
    fx, fy = x - left, y - top
    if atlas.any_nearest:
        near = atlas.nearest.index_select(0, texture)
        fx = torch.where(near, (fx >= 0.5).to(fx.dtype), fx)
        fy = torch.where(near, (fy >= 0.5).to(fy.dtype), fy)
    # inside the buffer whatever the coordinates hold: NaN and rounding must not read another texture's memory
    column = torch.minimum(left.nan_to_num().clamp_min(0).long(), width)
    row = torch.minimum(top.nan_to_num().clamp_min(0).long(), height)
    stride = width + 2
    corner = offset + row * stride + column
    t00, t01 = atlas.texels.index_select(1, corner), atlas.texels.index_select(1, corner + 1)
    below = corner + stride
    t10, t11 = atlas.texels.index_select(1, below), atlas.texels.index_select(1, below + 1)
    upper, lower = torch.lerp(t00, t01, fx), torch.lerp(t10, t11, fx)
    colour = torch.lerp(upper, lower, fy)
    if not slopes:
        return colour, None, None
    along_u, along_v = torch.lerp(t01 - t00, t11 - t10, fy) * wide, (upper - lower) * high
    if not atlas.all_repeat:
        bend = _wrap_slope(uv, modes)
        along_u, along_v = along_u * bend[0], along_v * bend[1]
    if atlas.any_nearest:
        smooth = (~near).to(uv.dtype)
        along_u, along_v = along_u * smooth, along_v * smooth
    return colour, along_u, along_v
