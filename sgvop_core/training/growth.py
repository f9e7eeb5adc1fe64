"""A model's weights in a model of another shape: other pictures and patches, more layers, wider perceptrons.

What grows begins without a say, so that a larger model starts where the smaller one ended (the idea of Net2Net, Chen et al.
2016): the new channels of a perceptron are read with zeros, and a new layer adds nothing to what passes through it. All else
about the new parts is random, and so they learn from the first steps on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

POSITIONS, KERNELS = "visual.positional_embedding", "visual.conv1.weight"
INWARD, OUTWARD = (".mlp.c_fc.weight", ".mlp.c_fc.bias"), ".mlp.c_proj.weight"
"""Ends of the names of what a perceptron's channels are written and read with."""
ADDED = (".attn.out_proj.weight", ".attn.out_proj.bias", ".mlp.c_proj.weight", ".mlp.c_proj.bias")
"""Ends of the names of what a layer adds to what passes through it."""
LAYERS = "transformer.resblocks."


@torch.no_grad()
def grown(weights: Mapping[str, Tensor], fresh: Mapping[str, Tensor], patch: int) -> dict[str, Tensor]:
    """Returns the weights, each of any shape such as [N, C], of a model of ``fresh``'s shape with patches of ``patch`` pixels that
    does what one with ``weights`` does, as far as pictures of another size are the same.

    ``fresh``: its random weights. What cannot grow (widths, heads, words) keeps the shape that it had, and what is missing, but
    for new layers, stays missing; the model refuses both.
    """
    made = dict(weights)
    if POSITIONS in made:
        made[POSITIONS] = resized_positions(made[POSITIONS], len(fresh[POSITIONS]))
    if KERNELS in made:
        made[KERNELS] = resized_kernels(made[KERNELS], patch)
    kept = {_layer(name) for name in made}
    for name, new in fresh.items():
        old = made.get(name)
        if old is None:
            if _layer(name) not in kept:
                made[name] = torch.zeros_like(new) if name.endswith(ADDED) else new.clone()
        elif name.endswith(INWARD) and len(old) < len(new) and old.shape[1:] == new.shape[1:]:
            made[name] = torch.cat([old, new[len(old) :]])
        elif name.endswith(OUTWARD) and len(old) == len(new) and old.shape[1] < new.shape[1]:
            made[name] = torch.cat([old, torch.zeros_like(new[:, old.shape[1] :])], 1)
    return made


def _layer(name: str) -> str:
    """Returns which transformer layer a tensor is of, an empty text for all others."""
    tower, found, rest = name.partition(LAYERS)
    return f"{tower}{found}{rest.split('.')[0]}" if found else ""


def resized_positions(positions: Tensor, count: int) -> Tensor:
    """Returns position vectors [count, C] for another picture size, from [G * G + 1, C].

    The first is that of the extra token; the others, those of the cells of the picture, are interpolated.
    """
    if len(positions) == count:
        return positions
    old, new = math.isqrt(len(positions) - 1), math.isqrt(count - 1)
    grid = positions[1:].T.reshape(1, -1, old, old)
    cells = nn.functional.interpolate(grid, (new, new), mode="bicubic", align_corners=False)
    return torch.cat([positions[:1], cells.reshape(cells.shape[1], -1).T])


def resized_kernels(kernels: Tensor, side: int) -> Tensor:
    """Returns the kernels [C, 3, side, side] that make of larger or smaller patches about what kernels [C, 3, P, P] made of patches of P
    pixels that show the same: their sums stay."""
    old = kernels.shape[-1]
    if old == side:
        return kernels
    made = nn.functional.interpolate(kernels, (side, side), mode="bilinear", align_corners=False)
    return made * (old / side) ** 2
