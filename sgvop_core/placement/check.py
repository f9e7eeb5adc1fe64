"""The hard checks of one pose, on the exact meshes, apart from the terms that guided the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any

import numpy as np

from ..guidance.physical import BodyProbe, SupportPolicy, probe_of
from ..scene.body import Body
from ..scene.geometry import SceneGeometry
from ..scene.model import Array, Camera
from ..scene.surfaces import sample_surface
from .overlap import deepest
from .standing import Standing, carry, stand, world_size


@dataclass(frozen=True)
class Checks:
    """What was measured of a pose. Lengths in metres.

    ``penetration``: the deepest, into ``penetrates``; at most ``tolerance`` only touches. ``supported``: a surface lies
    within the support distance below; ``supported_by``: whose; ``stable``: the centre of mass is over the contact.
    ``footing``: share of the base that has the supporting surface under it (less when it juts out over an edge).
    ``supported_well``: what the prompt's support policy asks for holds. ``in_view``: share of the object's picture that
    is in the frame and unhidden; ``framed``: share in the frame, hidden or not. ``inside``: within the room.
    """

    penetration: float
    penetrates: str | None
    tolerance: float
    supported: bool
    supported_by: list[str]
    gap: float | None
    stable: bool
    footing: float
    supported_well: bool
    in_view: float
    framed: float
    visible: bool
    inside: bool
    relations: list[Any] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every check holds."""
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """Returns the checks as plain JSON values; lengths rounded to a micrometre."""
        plain: dict[str, Any] = {
            "penetration": round(self.penetration, 6),
            "penetrates": self.penetrates,
            "tolerance": round(self.tolerance, 6),
            "supported": self.supported,
            "supported_by": list(self.supported_by),
            "gap": None if self.gap is None else round(self.gap, 6),
            "stable": self.stable,
            "footing": round(self.footing, 4),
            "supported_well": self.supported_well,
            "in_view": round(self.in_view, 4),
            "framed": round(self.framed, 4),
            "visible": self.visible,
            "inside": self.inside,
            "relations": [_plain(r) for r in self.relations],
            "complete": self.complete,
            "failures": list(self.failures),
        }
        return plain


def check_pose(
    geometry: SceneGeometry,
    body: Body,
    matrix: Array,
    camera: Camera | None,
    relations: Sequence[Any] = (),
    policy: SupportPolicy | None = None,
) -> Checks:
    """Returns the checks of the pose ``matrix`` [4, 4] (object frame to world).

    ``relations`` have ``check(matrix)`` that returns something with ``holds`` and ``name``. Without a camera the object
    counts as seen. The support distance is 1 cm or 1 % of the size (at most 5 cm), whichever is larger.
    """
    policy = policy or SupportPolicy()
    matrix = np.asarray(matrix, np.float64)
    probe = probe_of(body)
    size = world_size(probe, matrix)
    tolerance = probe.settings.tolerance(size)
    depth, name = deepest(geometry, probe, matrix, tolerance)
    standing = stand(geometry, probe, matrix)
    reach = probe.settings.support_reach(size)
    supported = bool(abs(standing.least) <= reach)
    by = supporters(geometry, probe, standing, size) if supported else []
    stable = supported and balanced(probe, matrix, standing, size)
    wanted = {geometry.names[i] for a in policy.anchors for i in geometry.indices(a)}
    well = _holds(policy, supported, stable, by, wanted, geometry, probe, matrix, reach)
    in_view, framed = (1.0, 1.0) if camera is None else share_in_view(geometry, probe, matrix, camera)
    visible = in_view >= probe.settings.least_view and framed >= probe.settings.least_framed
    inside = within_room(geometry, probe, matrix, size)
    results = [r.check(matrix) for r in relations]
    failures = []
    if depth > tolerance:
        failures.append(f"penetrates {name} by {1000 * depth:.1f} mm")
    if not well:
        failures.append(_unsupported(policy, wanted, supported, stable, by, standing.least))
    if not visible:
        failures.append(f"only {100 * in_view:.0f} % in view ({100 * framed:.0f} % in the frame)")
    if not inside:
        failures.append("outside the room")
    failures += [f"not {_relation_name(r)}" for r in results if not r.holds]
    gap = float(standing.least) if np.isfinite(standing.least) else None
    return Checks(
        float(depth), name if depth > 0 else None, float(tolerance), supported, by, gap, bool(stable),
        footing(probe, standing, size) if supported else 0.0, bool(well),
        float(in_view), float(framed), bool(visible), bool(inside), results, failures,
    )  # fmt: skip


def supporters(geometry: SceneGeometry, probe: BodyProbe, standing: Standing, size: float) -> list[str]:
    """Returns the names of the objects under the contact, the one with most contact first."""
    contact = standing.gap <= standing.least + _band(probe, size)
    owners, counts = np.unique(standing.owner[contact & (standing.owner >= 0)], return_counts=True)
    return [geometry.names[i] for i in owners[np.argsort(-counts, kind="stable")]]


def footing(probe: BodyProbe, standing: Standing, size: float) -> float:
    """Returns the share of the body's base points (its lowest ones) that have a surface within the contact band."""
    base = standing.points[:, 2] <= standing.points[:, 2].min() + _band(probe, size)
    held = standing.gap[base] <= standing.least + _band(probe, size)
    return float(held.mean())


def balanced(probe: BodyProbe, matrix: Array, standing: Standing, size: float) -> bool:
    """Returns whether, under ``matrix`` [4, 4], the centre of mass lies over the hull of the contact, or at
    most 2 % of the size beside it (a ball touches in one point)."""
    contact = standing.points[standing.gap <= standing.least + _band(probe, size)][:, :2]
    centre = carry(matrix, probe.centre[None])[0, :2]
    angles = np.arange(64) * (2 * np.pi / 64)
    ways = np.stack([np.cos(angles), np.sin(angles)])
    # The centre is outside a convex hull when in some direction no contact reaches as far as it.
    return bool(((contact - centre) @ ways).max(0).min() >= -0.02 * size)


def _band(probe: BodyProbe, size: float) -> float:
    settings = probe.settings
    return max(min(settings.support_reach(size), settings.balance_share * size), 0.001)


def share_in_view(geometry: SceneGeometry, probe: BodyProbe, matrix: Array, camera: Camera) -> tuple[float, float]:
    """Returns (in view, framed): shares of the picture of the body at ``matrix`` [4, 4], were the picture
    boundless and the scene empty, that lie in the frame and unhidden, and in the frame at all.

    Surface samples that the body itself does not hide, weighted by the picture area each stands for.
    """
    import torch

    from ..guidance.physical.visibility import frame_coordinates

    samples = sample_surface(probe.body.mesh, probe.settings.view_samples, np.random.default_rng(11))
    points = carry(matrix, samples.points)
    normals = samples.normals @ np.linalg.inv(matrix[:3, :3])
    # A scaled body's area elements grow by |det| |A^-T n|; the direction and the area come out of the same vector.
    area = normals * abs(np.linalg.det(matrix[:3, :3]))
    eye, depth_weight = camera.position, 1.0
    if camera.ortho_height is not None:
        back = camera.matrix_world[:3, 2]
        eye = points + back * np.maximum((eye - points) @ back, 0.0)[:, None]
    else:
        eye = np.broadcast_to(eye, points.shape)
        place = np.maximum((points - eye) @ -camera.matrix_world[:3, 2], 1e-3)
        depth_weight = 1.0 / place**3
    toward = eye - points
    distance = np.linalg.norm(toward, axis=1)
    weight = np.abs((area * toward).sum(1)) * depth_weight
    if camera.ortho_height is not None:
        weight = weight / np.maximum(distance, 1e-9)
    inverse = np.linalg.inv(matrix)
    slack = 1e-3 * probe.size
    start, end = carry(inverse, np.asarray(eye)), samples.points
    weight = weight * ~probe.rays.blocked(start, end, slack)
    place, depth = frame_coordinates(camera, torch.as_tensor(points))
    framed = ((place.abs() <= 1).all(-1) & (depth > camera.near)).numpy()
    clear = np.ones(len(points), bool)
    if len(geometry.static):
        clear = ~geometry.rays.blocked(eye, points, max(1e-3 * world_size(probe, matrix), 1e-4))
    total = float(weight.sum())
    if total <= 0:
        return 0.0, 0.0
    return float((weight * (framed & clear)).sum() / total), float((weight * framed).sum() / total)


def within_room(geometry: SceneGeometry, probe: BodyProbe, matrix: Array, size: float) -> bool:
    """Returns whether the whole body under ``matrix`` [4, 4] lies in the room's box, give or take 1 % of its size (at least 1 cm)."""
    if not len(geometry.static):
        return True
    hull = carry(matrix, probe.hull)
    slack = max(0.01 * size, 0.01)
    low, high = geometry.room
    return bool((hull.min(0) >= low - slack).all() and (hull.max(0) <= high + slack).all())


def _holds(
    policy: SupportPolicy, supported: bool, stable: bool, by: list[str], wanted: set[str],
    geometry: SceneGeometry, probe: BodyProbe, matrix: Array, reach: float,
) -> bool:  # fmt: skip
    if policy.kind == "none":
        return True
    if policy.kind == "lean":
        points = carry(matrix, probe.points)
        near = [float(np.abs(geometry.field(a).exact(points)[0]).min()) for a in policy.anchors]
        return supported and (not near or min(near) <= 2 * reach)
    if policy.kind == "rest_on" and wanted and not wanted & set(by):
        return False
    return supported and stable


def _unsupported(
    policy: SupportPolicy, wanted: set[str], supported: bool, stable: bool, by: list[str], gap: float
) -> str:
    if not supported:
        return "nothing below" if not np.isfinite(gap) else f"not supported (gap {1000 * gap:.0f} mm)"
    if policy.kind == "rest_on" and wanted and not wanted & set(by):
        return f"stands on {', '.join(by) or 'nothing'} instead of {' or '.join(policy.anchors)}"
    if policy.kind == "lean":
        return f"does not touch {' or '.join(policy.anchors)}"
    return "not in balance" if not stable else "not supported"


def _relation_name(result: Any) -> str:
    anchors = getattr(result, "anchors", None)
    return f"{result.name} {' and '.join(anchors)}" if anchors else str(result.name)


def _plain(result: Any) -> Any:
    if hasattr(result, "as_json"):
        return result.as_json()
    if is_dataclass(result) and not isinstance(result, type):
        return {k: (list(v) if isinstance(v, tuple) else v) for k, v in asdict(result).items()}
    return {"name": str(getattr(result, "name", result)), "holds": bool(getattr(result, "holds", False))}
