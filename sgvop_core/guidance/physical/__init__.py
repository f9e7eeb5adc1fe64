"""What could be real: nothing inside anything else, a support below, in sight, within the room, true to size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .policy import SETTINGS, PhysicalSettings, SupportPolicy
from .probe import BodyProbe, probe_of

if TYPE_CHECKING:
    import torch

    from ...pose import PoseSpace
    from ...scene.body import Body
    from ...scene.geometry import SceneGeometry
    from ...scene.model import Camera
    from ..contract import Term

__all__ = ["SETTINGS", "BodyProbe", "PhysicalSettings", "SupportPolicy", "make_physical_terms", "probe_of"]


def make_physical_terms(
    geometry: SceneGeometry,
    body: Body,
    space: PoseSpace,
    camera: Camera | None,
    *,
    support: SupportPolicy,
    device: str | torch.device = "cpu",
) -> list[Term]:
    """Returns the terms "penetration", "support", "visibility" (with a camera), "room" and "scale".

    Each gives [K], 0 where fine and about 1 where clearly violated, differentiable in the poses.
    """
    from .penetration import PenetrationTerm
    from .support import SupportTerm
    from .visibility import VisibilityTerm
    from .within import RoomTerm, ScaleTerm

    probe = probe_of(body)
    terms: list[Term] = [PenetrationTerm(geometry, probe), SupportTerm(geometry, probe, support)]
    if camera is not None:
        terms.append(VisibilityTerm(geometry, probe, camera))
    return [*terms, RoomTerm(geometry, probe), ScaleTerm(space)]
