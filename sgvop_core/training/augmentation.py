"""Small random changes of training pictures that leave every statement about them true.

Colours shift a little, sharpness varies, noise comes, and the frame moves by a few pixels, the same for all pictures of a
group. Nothing is mirrored: left would become right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from ..errors import SettingsError
from ..scene.model import Array
from .pixels import change


@dataclass(frozen=True)
class AugmentConfig:
    """How far each change goes; 0 switches it off. Half of each colour change is shared by a group."""

    brightness: float = 0.15
    """Added to a picture in 0..1, at most."""
    contrast: float = 0.25
    """Relative, about middle grey."""
    gamma: float = 0.25
    """Of the logarithm of the exponent."""
    tint: float = 0.06
    """Relative, each colour channel by itself; more would change what colour a thing is said to have."""
    blur: float = 0.8
    """Share of a 3x3 mean that is mixed in; below zero (to minus half of it) sharpens."""
    noise: float = 0.04
    """Standard deviation, of a picture in 0..1."""
    zoom: float = 0.08
    """Share of the frame that is cut off or added."""
    shift: float = 0.04
    """Share of the frame."""

    def __post_init__(self) -> None:
        values = (self.brightness, self.contrast, self.gamma, self.tint, self.blur, self.noise, self.zoom, self.shift)
        if min(values) < 0 or max(values) >= 1:
            raise SettingsError("augment: every number is a share of 0 or more and below 1")


@dataclass(frozen=True, eq=False)
class Changes:
    """The drawn changes of a batch of N pictures: table [N, 3, 256], mix [N] and sigma [N], frame [N, 2, 3], seed."""

    table: Tensor
    mix: Tensor
    sigma: Tensor
    frame: Tensor
    seed: int


def draw_changes(config: AugmentConfig, group: Array, rng: np.random.Generator) -> Changes:
    """Returns random changes for pictures whose group is ``group`` [N] (0, 1, ...)."""
    groups = int(group.max()) + 1 if len(group) else 0

    def uniform(reach: float, channels: int = 1) -> Array:
        """[N, channels, 1] in -reach..reach."""
        shared = rng.uniform(-1, 1, (groups, channels, 1))[group]
        return reach * 0.5 * (shared + rng.uniform(-1, 1, (len(group), channels, 1)))

    level = np.linspace(0, 1, 256)[None, None]
    value = level ** np.exp(uniform(config.gamma))
    value = (value - 0.5) * (1 + uniform(config.contrast)) + 0.5 + uniform(config.brightness)
    value = np.clip(value * (1 + uniform(config.tint, 3)), 0, 1)
    size = 1 + rng.uniform(-config.zoom, config.zoom, groups)
    frame = np.zeros((groups, 2, 3))
    frame[:, 0, 0] = frame[:, 1, 1] = size
    frame[:, :, 2] = 2 * config.shift * rng.uniform(-1, 1, (groups, 2))
    mix = config.blur * rng.uniform(-0.5, 1, len(group))
    sigma = config.noise * rng.uniform(0, 1, len(group)) ** 2

    def tensor(values: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))

    return Changes(tensor(value), tensor(mix), tensor(sigma), tensor(frame[group]), int(rng.integers(2**31)))


def normalised(pictures: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Returns the model's input [N, 3, S, S], channels last, of bytes [N, S, S, 3]."""
    shift, scale = (torch.tensor(v, device=pictures.device)[:, None, None] for v in (mean, std))
    return ((pictures.permute(0, 3, 1, 2) / 255.0 - shift) / scale).contiguous(memory_format=torch.channels_last)


def augmented(pictures: Tensor, changes: Changes, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Returns the model's input [N, 3, S, S], channels last, of bytes [N, S, S, 3] after the changes."""
    device, shape = pictures.device, pictures.shape
    shift, scale = (torch.tensor(v)[:, None] for v in (mean, std))
    # One table a picture and channel does all colour changes and the normalisation at once.
    table = ((changes.table - shift) / scale).to(device)
    sigma = (changes.sigma[:, None] / scale[:, 0]).to(device)
    noise = torch.empty((0, *shape[1:]), device=device)
    if changes.sigma.any():
        noise = torch.randn(shape, generator=torch.Generator(device).manual_seed(changes.seed), device=device)
    still = torch.equal(changes.frame[:, :, :2], torch.eye(2).expand(len(pictures), 2, 2))
    frame = None if still and not changes.frame[:, :, 2].any() else changes.frame.to(device)
    parts = (pictures, table, changes.mix.to(device), sigma, noise)
    return _changed(*parts, frame) if frame is not None or device.type != "cpu" else _changed_here(*parts)


def _changed_here(pictures: Tensor, table: Tensor, mix: Tensor, sigma: Tensor, noise: Tensor) -> Tensor:
    """What ``_changed`` returns where the frame stays, on a CPU, in a tenth of the time."""
    made = torch.empty(pictures.shape)
    change(*(t.contiguous().numpy() for t in (pictures, table, mix, sigma, noise)), made.numpy())
    return made.permute(0, 3, 1, 2)


def _changed(
    pictures: Tensor, table: Tensor, mix: Tensor, sigma: Tensor, noise: Tensor, frame: Tensor | None
) -> Tensor:
    """The pictures [N, 3, S, S], channels last, of bytes [N, S, S, 3] by tables [N, 3, 256], in a frame [N, 2, 3], with a share mix
    [N] of blur and noise [N, S, S, 3] (or none) times sigma [N, 3]."""
    count, size = len(pictures), pictures.shape[1]
    offset = (torch.arange(count * 3, device=table.device, dtype=torch.int32) * 256).view(count, 1, 1, 3)
    index = (pictures.to(torch.int32) + offset).flatten()
    x = table.flatten().index_select(0, index).view(pictures.shape).permute(0, 3, 1, 2)
    if frame is not None:
        grid = affine_grid(frame, [count, 3, size, size], align_corners=False)
        x = grid_sample(x, grid, padding_mode="border", align_corners=False)
    if mix.any():
        x = torch.lerp(x, _blurred(x), mix[:, None, None, None])
    if len(noise):
        x = x + noise.permute(0, 3, 1, 2) * sigma[:, :, None, None]
    return x.contiguous(memory_format=torch.channels_last)


def _blurred(x: Tensor) -> Tensor:
    """The means [N, 3, S, S] of each pixel and its eight neighbours, the border's pixels repeated."""
    for axis in (2, 3):
        first, last = x.narrow(axis, 0, 1), x.narrow(axis, -1, 1)
        wide = torch.cat([first, x, last], axis)
        length = x.shape[axis]
        x = (wide.narrow(axis, 0, length) + x + wide.narrow(axis, 2, length)) / 3
    return x
