"""A vision transformer that computes only those patches of a picture where there is most to see.

Three in five patches of a sheet are floor or wall in one tone, or the inside of a large face: what they show their neighbours show
too. A patch is the livelier the more its pixels differ, and a tower computes a fixed number of the liveliest; so it affords patches half as
large for what matters. The weights are a plain vision transformer's, which learnt from such patches and pools by their mean.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ...errors import ModelError
from .frozen_layers import PatchEmbedding


@torch.no_grad()
def liveliest(pictures: Tensor, patch: int, count: int) -> Tensor:
    """Returns the places [N, count], row by row and in this order, of the patches of so many pixels a side of pictures
    [N, C, H, W] whose pixels differ most: by their variance, all channels together."""
    rows, columns = pictures.shape[2] // patch, pictures.shape[3] // patch
    whole = pictures.detach()[:, :, : rows * patch, : columns * patch].float()
    cut = whole.unflatten(3, (columns, patch)).unflatten(2, (rows, patch))
    variance = cut.var((3, 5), correction=0).sum(1).flatten(1)
    return variance.topk(count, 1).indices.sort(1).values


def leave_out(visual: Any, count: int) -> None:
    """Has an open_clip vision transformer that pools by the mean compute the ``count`` liveliest patches, in place.

    Raises ModelError where the tower is of another kind or has fewer patches.
    """
    embedding = getattr(visual, "conv1", None)
    if not isinstance(embedding, PatchEmbedding) or getattr(visual, "pool_type", None) != "avg":
        raise ModelError(
            "only a vision transformer that pools by the mean can leave out patches; remove 'lively' from its config"
        )
    every = len(visual.positional_embedding) - 1
    if not isinstance(count, int) or not 0 < count <= every:
        raise ModelError(f"the model has {every} patches and 'lively' is {count}; give 1 to {every}")
    visual.conv1 = LivelyEmbedding(embedding, count)
    visual.patch_dropout = _LeavingOut(visual.conv1)


class LivelyEmbedding(PatchEmbedding):
    """An embedding that remembers which of the pictures' patches it saw last are the ``count`` liveliest."""

    def __init__(self, embedding: PatchEmbedding, count: int) -> None:
        nn.Module.__init__(self)
        self.weight, self.bias, self.count = embedding.weight, embedding.bias, count
        self.places: Tensor | None = None

    def forward(self, pictures: Tensor) -> Tensor:
        """Returns the embedded patches, all of them [N, D, H/k, W/k]."""
        self.places = liveliest(pictures, self.weight.shape[-1], self.count)
        return super().forward(pictures)

    def plain(self, pictures: Tensor) -> Tensor:
        """Returns the same [N, D, H/k, W/k] without looking for the lively ones."""
        return super().forward(pictures)


class _LeavingOut(nn.Module):
    """Stands where open_clip's tower leaves out patches by chance while it learns: behind the place vectors."""

    def __init__(self, embedding: LivelyEmbedding) -> None:
        super().__init__()
        self._embedding = (embedding,)  # hidden, or its weights would have a second name

    def forward(self, sequence: Tensor) -> Tensor:
        """Returns of a sequence [N, 1 + P, D] the extra token and the lively patches, [N, 1 + count, D]."""
        places = self._embedding[0].places
        assert places is not None
        patches = sequence[:, 1:].gather(1, places[:, :, None].expand(-1, -1, sequence.shape[2]))
        return torch.cat([sequence[:, :1], patches], 1)
