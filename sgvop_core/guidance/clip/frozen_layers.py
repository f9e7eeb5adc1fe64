"""The same layers, arranged so that a CPU computes them and their gradient to the picture faster.

Two things in a vision transformer are slow only by their layout. The patch embedding is a convolution whose gradient to
the picture takes oneDNN nine times its forward pass, although its patches do not overlap and one matrix product does it.
And PyTorch's attention transposes its input first, so that its projection runs as one tiny product a token instead of one
large product. Weights, names and results stay; only rounding differs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

SHORT = 256
"""Longest sequence whose attention a CPU computes in plain products: PyTorch's fused function takes several times as long
backwards, and its plain one copies everything to float32 first."""


def rearrange(visual: nn.Module) -> int:
    """Returns how many layers of a vision tower were replaced, in place; towers of other kinds stay as they are."""
    replaced = 0
    for parent in list(visual.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Conv2d and _cuts_patches(child):
                setattr(parent, name, PatchEmbedding(child))
            elif type(child) is nn.MultiheadAttention and _attends_to_itself(parent, child):
                setattr(parent, name, SelfAttention(child))
            else:
                continue
            replaced += 1
    return replaced


class PatchEmbedding(nn.Module):
    """A convolution whose stride is its kernel size, as one matrix product: [N, C, H, W] to [N, D, H/k, W/k]."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias = convolution.weight, convolution.bias

    def forward(self, pictures: Tensor) -> Tensor:
        """Returns the embedded patches [N, D, H/k, W/k]; rows and columns beyond the last whole patch are left out."""
        height, width = self.weight.shape[2:]
        flat = patches_of(pictures, height, width).flatten(3)
        return linear(flat, self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)

    def at(self, pictures: Tensor, places: Tensor) -> Tensor:
        """Returns only those of the embedded patches that stand at ``places`` [N, T], counted row by row: [N, T, D]."""
        height, width = self.weight.shape[2:]
        cut = _cut(pictures, height, width)
        row, column = places // cut.shape[2], places % cut.shape[2]
        some = cut[torch.arange(len(places), device=places.device)[:, None], row, column]
        return linear(some.flatten(2), self.weight.flatten(1), self.bias)


def patches_of(pictures: Tensor, height: int, width: int) -> Tensor:
    """Returns the whole patches of so many pixels, [N, H/height, W/width, C, height * width], of pictures [N, C, H, W]."""
    return _cut(pictures, height, width).flatten(4)


def _cut(pictures: Tensor, height: int, width: int) -> Tensor:
    """The same as a view [N, H/height, W/width, C, height, width]."""
    rows, columns = pictures.shape[2] // height, pictures.shape[3] // width
    whole = pictures[:, :, : rows * height, : columns * width]
    cut = whole.unflatten(3, (columns, width)).unflatten(2, (rows, height))
    return cut.permute(0, 2, 4, 1, 3, 5)


class SelfAttention(nn.Module):
    """Multi-head attention of a sequence [N, L, D] to itself with PyTorch's packed weights."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.in_proj_weight, self.in_proj_bias = attention.in_proj_weight, attention.in_proj_bias
        self.out_proj, self.num_heads = attention.out_proj, attention.num_heads

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, *, attn_mask: Tensor | None = None, **_: Any
    ) -> tuple[Tensor, None]:
        """Returns ([N, L, D], None), as PyTorch's layer does without weights. ``key`` and ``value`` are ``query``.

        ``attn_mask`` [L, L]: added to the scores, or True where there is no attention.
        """
        packed = linear(query, self.in_proj_weight, self.in_proj_bias).unflatten(-1, (3, self.num_heads, -1))
        q, k, v = packed.permute(2, 0, 3, 1, 4)
        mask = ~attn_mask if attn_mask is not None and attn_mask.dtype == torch.bool else attn_mask
        if query.device.type == "cpu" and query.shape[1] <= SHORT:
            attended = _attended(q, k, v, mask)
        else:
            attended = scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out_proj(attended.transpose(1, 2).flatten(2)), None


def _attended(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Attention [N, H, L, D] in plain products; ``mask`` as PyTorch's function takes it."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else scores + mask
    return scores.softmax(-1).to(v.dtype) @ v


def _cuts_patches(layer: nn.Conv2d) -> bool:
    plain = layer.padding in ((0, 0), "valid") and layer.dilation == (1, 1) and layer.groups == 1
    return plain and layer.kernel_size == layer.stride and layer.kernel_size != (1, 1)


def _attends_to_itself(parent: nn.Module, layer: nn.MultiheadAttention) -> bool:
    """Whether open_clip's plain residual block calls this layer with one sequence, batch first."""
    plain = layer.in_proj_weight is not None and layer.bias_k is None and not layer.add_zero_attn
    block = type(parent).__name__ == "ResidualAttentionBlock" and not hasattr(parent, "ln_1_kv")
    return block and plain and layer.batch_first
