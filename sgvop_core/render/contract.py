"""What every renderer offers: pictures of K poses of one body seen by V cameras, over what does not move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from ..pose import Pose
from ..scene.model import Camera


@dataclass(frozen=True)
class Views:
    """Pictures. ``rgb`` [K, V, H, W, 3] in [0, 1], sRGB; ``alpha`` [K, V, H, W] the share of the pixel that shows the
    body; ``depth`` [K, V, H, W] distance along the view axis in metres of what is seen (inf for the background).

    ``rgb`` and ``alpha`` carry the gradient to the poses; ``depth`` does not. The first row is the top.
    """

    rgb: Tensor
    alpha: Tensor
    depth: Tensor


@runtime_checkable
class Renderer(Protocol):
    """A renderer is made for one scene, one moving body and one picture size; plates are cached per camera."""

    size: tuple[int, int]
    """(height, width) in pixels."""

    def render(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        """Returns the pictures of every pose from every camera, differentiable in the poses."""
        ...
