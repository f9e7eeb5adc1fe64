"""What a model wants its pictures to look like, as matrices: antialiased resize, padding, mean, standard deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)


def resize_matrix(source: int, target: int, interpolation: str = "bicubic") -> Tensor:
    """Returns the weights [target, source] (float64) of an antialiased resize along one axis; rows sum to 1.

    The filter is stretched by the ratio when shrinking, as in PIL and in torch's ``antialias=True``: a triangle for
    ``bilinear``, Keys' cubic with a = -1/2 for ``bicubic``. The identity when the sizes agree.
    """
    if source == target:
        return torch.eye(source, dtype=torch.float64)
    ratio = source / target
    stretch = max(ratio, 1.0)
    centre = (torch.arange(target, dtype=torch.float64)[:, None] + 0.5) * ratio
    pixel = torch.arange(source, dtype=torch.float64)[None] + 0.5
    distance = ((pixel - centre) / stretch).abs()
    if interpolation == "bilinear":
        weight = (1 - distance).clamp_min(0)
    else:
        near = (1.5 * distance - 2.5) * distance**2 + 1
        far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        weight = torch.where(distance < 1, near, torch.where(distance < 2, far, torch.zeros_like(distance)))
    return weight / weight.sum(1, keepdim=True)


@dataclass
class Preprocess:
    """Pictures [N, H, W, 3] in [0, 1] to a model's input [N, 3, h, w], differentiable.

    A square picture is treated exactly as open_clip does. Another aspect is squashed when the model was trained so
    (``resize_mode="squash"``); else the *whole* picture is shrunk to fit and the rest is filled: with black for
    ``longest``, as open_clip does, and with the model's mean colour for ``shortest``, where open_clip would cut the
    sides off and a candidate could leave the picture unseen.
    """

    size: tuple[int, int] = (224, 224)
    mean: tuple[float, ...] = OPENAI_MEAN
    std: tuple[float, ...] = OPENAI_STD
    interpolation: str = "bicubic"
    resize_mode: str = "shortest"
    fill_colour: float = 0.0
    _cache: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(config: Mapping[str, Any]) -> Preprocess:
        """Returns the preprocessing of open_clip's ``preprocess_cfg``."""
        size = config.get("size", 224)
        height, width = (size, size) if isinstance(size, int) else (size[0], size[-1])
        mean, std = config.get("mean") or OPENAI_MEAN, config.get("std") or OPENAI_STD
        return Preprocess(
            (int(height), int(width)),
            tuple(float(m) for m in (mean if isinstance(mean, (list, tuple)) else (mean,) * 3)),
            tuple(float(s) for s in (std if isinstance(std, (list, tuple)) else (std,) * 3)),
            "bilinear" if config.get("interpolation") == "bilinear" else "bicubic",
            config.get("resize_mode") or "shortest",
            float(config.get("fill_color", 0)) / 255.0,
        )

    def __call__(self, pictures: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Returns the model's input [N, 3, h, w] of pictures [N, H, W, 3]."""
        pictures = pictures.to(dtype or pictures.dtype)
        x = pictures.permute(0, 3, 1, 2)
        down, across, scale, offset, resized = self._compiled(
            pictures.shape[1], pictures.shape[2], pictures.dtype, pictures.device
        )
        if resized:
            x = (down @ x @ across).clamp(0, 1)  # the cubic filter rings; pictures of bytes, which models saw, cannot
        return x * scale + offset

    def fitted(self, height: int, width: int) -> tuple[int, int]:
        """Returns (h, w), how large a picture of that size appears within the model's input."""
        if self.resize_mode == "squash":
            return self.size
        ratio = max(height / self.size[0], width / self.size[1])
        return min(self.size[0], max(1, round(height / ratio))), min(self.size[1], max(1, round(width / ratio)))

    def _compiled(self, height: int, width: int, dtype: torch.dtype, device: torch.device) -> Any:
        """Returns (down [h, H], across [W, w], scale, offset, resized): ``down @ x @ across * scale + offset``."""
        key = (height, width, dtype, device)
        if key not in self._cache:
            with torch.inference_mode(False):  # they serve all later calls, those with a gradient among them
                self._cache[key] = self._made(*key)
        return self._cache[key]

    def _made(self, height: int, width: int, dtype: torch.dtype, device: torch.device) -> Any:
        mean, std = (torch.tensor(v, dtype=torch.float64)[:, None, None] for v in (self.mean, self.std))
        inside = self.fitted(height, width)
        down, first, last = self._padded(height, inside[0], self.size[0])
        across, left, right = self._padded(width, inside[1], self.size[1])
        scale, offset = 1 / std, -mean / std
        if inside != self.size:
            outside = torch.ones(self.size, dtype=torch.float64)
            outside[first:last, left:right] = 0
            fill = mean if self.resize_mode == "shortest" else torch.full_like(mean, self.fill_colour)
            offset = offset + outside * fill / std
        # The number type first: MPS has no float64.
        made = [t.to(dtype).to(device) for t in (down, across.T.contiguous(), scale, offset)]
        return *made, (height, width) != self.size

    def _padded(self, source: int, inside: int, target: int) -> tuple[Tensor, int, int]:
        matrix = torch.zeros(target, source, dtype=torch.float64)
        first = (target - inside) // 2
        matrix[first : first + inside] = resize_matrix(source, inside, self.interpolation)
        return matrix, first, first + inside
