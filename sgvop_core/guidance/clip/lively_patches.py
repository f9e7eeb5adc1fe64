"""A vision transformer that computes only those patches of a picture where there is most to see.

Three in five patches of a sheet are floor or wall in one tone, or the inside of a large face: what they show their neighbours show
too. A patch is the livelier the more its pixels differ, and a tower computes a fixed number of the liveliest; so it affords patches half as
large for what matters. The weights are a plain vision transformer's, which learnt from such patches and pools by their mean.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from ...errors import ModelError
from .frozen_layers import PatchEmbedding, patches_of


def liveliest(pictures: Tensor, patch: int, count: int) -> Tensor:
    """Returns the places [N, count], row by row and in this order, of the patches of so many pixels a side of pictures
    [N, C, H, W] whose pixels differ most: by their variance, all channels together."""
    return _liveliest(patches_of(pictures.detach(), patch, patch).flatten(1, 2), count)


@torch.no_grad()
def _liveliest(patches: Tensor, count: int) -> Tensor:
    """Places [N, count] among patches [N, P, C, K]. From each channel's first pixel, so that one tone is a variance of exactly 0."""
    away = patches.float() - patches[..., :1].float()
    variance = torch.linalg.vector_norm(away, dim=-1).square() / away.shape[-1] - away.mean(-1).square()
    return variance.sum(2).topk(count, 1).indices.sort(1).values


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
        """Returns the embedded patches [N, D, H/k, W/k], zeros where they are none of the lively ones."""
        side = self.weight.shape[-1]
        patches = patches_of(pictures, side, side).flatten(1, 2)
        self.places = _liveliest(patches, self.count)
        at = _in_a_row(self.places, patches.shape[1])
        lively = linear(patches.flatten(2).flatten(0, 1).index_select(0, at), self.weight.flatten(1), self.bias)
        embedded = lively.new_zeros(len(pictures) * patches.shape[1], lively.shape[1]).index_copy(0, at, lively)
        return embedded.unflatten(0, (len(pictures), pictures.shape[2] // side, -1)).permute(0, 3, 1, 2)


class _LeavingOut(nn.Module):
    """Stands where open_clip's tower leaves out patches by chance while it learns: behind the place vectors."""

    def __init__(self, embedding: LivelyEmbedding) -> None:
        super().__init__()
        self._embedding = (embedding,)  # hidden, or its weights would have a second name

    def forward(self, sequence: Tensor) -> Tensor:
        """Returns of a sequence [N, 1 + P, D] the extra token and the lively patches, [N, 1 + count, D]."""
        places = self._embedding[0].places
        assert places is not None
        kept = torch.cat([places.new_zeros(len(places), 1), places + 1], 1)  # the extra token is the first
        return sequence.flatten(0, 1).index_select(0, _in_a_row(kept, sequence.shape[1])).unflatten(0, kept.shape)


def _in_a_row(places: Tensor, each: int) -> Tensor:
    """Of places [N, T] in sequences of length ``each``, those [N * T] in all of them one after the other: whole rows are picked
    faster than single numbers are gathered."""
    return (places + each * torch.arange(len(places), device=places.device)[:, None]).flatten()
