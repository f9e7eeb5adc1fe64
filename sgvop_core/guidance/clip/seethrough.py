"""What hides the object in a sheet lets it shine through, as a draughtsman dashes the lines that are behind.

A table hides what is below it, a cupboard what is in it, and a wall all that is in the room. A picture that does not show the object cannot
say where it is, and has no slope that leads out of there. In a sheet what is hidden is mixed in by half, so that it is
known where it is, and still that something stands before it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from torch import Tensor

from ...render.contract import Views
from ...scene.model import Scene


@dataclass(frozen=True)
class SeeThrough:
    """How what is hidden looks."""

    share: float = 0.5
    """Of its colour, in that of what hides it."""


SEE_THROUGH = SeeThrough()


def by_itself(scene: Scene, moving: Collection[str]) -> Scene:
    """Returns the scene with all hidden but the objects of the names ``moving`` and what belongs to them; its lights stay."""
    own = {o.name for o in scene.subtree(moving)}
    return replace(scene, objects=tuple(o if o.name in own else replace(o, hidden=True) for o in scene.objects))


def shone_through(seen: Views, alone: Views) -> Tensor:
    """Returns the colours [K, V, H, W, 3] of pictures in which the object shines through what hides it: of those that show it as it is
    ``seen``, and of those that show it ``alone``. Differentiable in both."""
    hidden = (alone.alpha - seen.alpha).clamp_min(0)[..., None]
    return seen.rgb + SEE_THROUGH.share * hidden * (alone.rgb - seen.rgb)
