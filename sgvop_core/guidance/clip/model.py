"""A loaded CLIP model: frozen, with its preprocessing and tokenizer, giving unit vectors for pictures and texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.functional import normalize

from .preprocess import Preprocess


@dataclass(eq=False)
class ClipModel:
    """Any open_clip dual encoder. ``name`` is what the user called it, ``weights`` the file or ``random``."""

    name: str
    module: Module
    tokenizer: Callable[[Sequence[str]], Tensor]
    preprocess: Preprocess
    weights: str | Path
    studio: bool = False
    """Whether it learnt from pictures of the studio (``studio``) and is shown such."""

    def __post_init__(self) -> None:
        self.module.eval().requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.module.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """The number type of the weights."""
        return next(self.module.parameters()).dtype

    def to(self, device: str | torch.device) -> ClipModel:
        """Returns this model after moving its weights."""
        self.module.to(device)
        return self

    def encode_images(self, pictures: Tensor) -> Tensor:
        """Returns unit vectors [N, D] of sRGB pictures [N, H, W, 3] in [0, 1], differentiable in the pictures."""
        made = self.preprocess(pictures.to(self.device), self.dtype)
        return normalize(self._call("encode_image", made), dim=-1)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Returns unit vectors [T, D] of texts."""
        return normalize(self._call("encode_text", self.tokenizer(list(texts)).to(self.device)), dim=-1)

    @torch.no_grad()
    def direction(self, texts: Sequence[str]) -> Tensor:
        """Returns the unit vector [D] along the mean of the texts' unit vectors (CLIP's prompt ensembling)."""
        return self.directions([texts])[0]

    @torch.no_grad()
    def directions(self, wordings: Sequence[Sequence[str]]) -> Tensor:
        """Returns the unit vectors [T, D] of T sentences in several wordings each, read at once."""
        read = self.encode_text([text for texts in wordings for text in texts])
        return normalize(torch.stack([part.mean(0) for part in read.split([len(texts) for texts in wordings])]), dim=-1)

    def reads_whole(self, text: str) -> bool:
        """Returns whether the text fits into the model's context, so that nothing of it is cut off."""
        short, long = self.tokenizer([text])[0], self.tokenizer([text + " end"])[0]
        return not torch.equal(short, long)

    def _call(self, method: str, argument: Tensor) -> Tensor:
        features: Any = getattr(self.module, method)(argument, normalize=False)
        return features
