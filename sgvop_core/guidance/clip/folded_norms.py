"""A frozen residual tower with its norms folded into its convolutions, in the layout in which a CPU computes those fastest.

A batch norm with fixed statistics is a scale and a shift of each channel, which the convolution before it can do itself. What
is saved is a pass over every picture's features, forward and backward. Results stay; only rounding differs.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

TOWER = "ModifiedResNet"
"""open_clip's residual network, in which every norm directly follows the convolution that is registered before it."""


def fold_norms(visual: nn.Module) -> int:
    """Returns how many norms were folded, in place; towers of other kinds stay as they are.

    The tower must be frozen: its statistics are taken as they are, whatever its mode.
    """
    if type(visual).__name__ != TOWER:
        return 0
    folded = 0
    for parent in visual.modules():
        before: tuple[str, nn.Module] | None = None
        for name, child in list(parent.named_children()):
            if before is not None and type(child) is nn.BatchNorm2d and type(before[1]) is nn.Conv2d:
                setattr(parent, before[0], _folded(before[1], child))
                setattr(parent, name, nn.Identity())
                folded += 1
            before = (name, child)
    if next(visual.parameters()).device.type == "cpu":
        visual.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return folded


def _folded(layer: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """Returns one convolution that does what both do."""
    assert norm.running_mean is not None and norm.running_var is not None
    made = copy.copy(layer)
    made._parameters = dict(layer._parameters)
    made.weight, made.bias = fuse_conv_bn_weights(
        layer.weight, layer.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    return made.requires_grad_(layer.weight.requires_grad)
