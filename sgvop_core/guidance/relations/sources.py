"""Where the body could be put for one relation: base centres on real surfaces, in the right directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...scene.geometry import SceneGeometry
from ...scene.model import Array
from .containment import Between, Inside
from .contract import Relation
from .decks import Anchor, Deck
from .lateral import Lateral
from .plan import Plan, on_device
from .proximity import Against, Distanced, Far, Leaning, Near
from .region import Region
from .vertical import Above, Below, Hanging, On


def positions_for(relation: Relation, share: Array, box: Array, geometry: SceneGeometry) -> Array | None:
    """Returns base centres [N, 3] for low-discrepancy numbers ``share`` [N, 4] in [0, 1); None where the relation says
    nothing about places. ``box`` [3]: the sides of the body's world box. The heights of things that rest are those of
    the surfaces below; NaN where they are to be looked up."""
    if isinstance(relation, On):
        return _on_decks(relation.decks, share, box)
    if isinstance(relation, Region):
        return _in_region(relation, share, box, geometry)
    if isinstance(relation, Above):
        clearance = (0.06 + 0.5 * share[:, 2] ** 2) * float(np.linalg.norm(box))
        xy = _within(relation.anchor.filled, share, box)
        return np.column_stack([xy, relation.anchor.high[2] + clearance + 0.01])
    if isinstance(relation, Hanging):
        xy = _within(relation.roof, share, box)
        return np.column_stack([xy, _heights(relation.roof, xy) - box[2] - 0.3 * 0.01])
    if isinstance(relation, Below):
        return _below(relation, share, box, geometry)
    if isinstance(relation, Inside):
        return _inside(relation, share, box, geometry)
    if isinstance(relation, Between):
        return _between(relation, share, box)
    if isinstance(relation, Lateral):
        return _beside_axis(relation, share, box)
    if isinstance(relation, Far):
        return None
    if isinstance(relation, Distanced):
        return _around(relation, share, box)
    return None


def over_surfaces(geometry: SceneGeometry, share: Array, box: Array) -> Array:
    """Returns base centres [N, 3] anywhere on the upward surfaces of the scene, by columns of rays."""
    low, high = geometry.limits if geometry.names else geometry.room
    xy = low[:2] + share[:, :2] * (high - low)[:2]
    start = np.column_stack([xy, np.full(len(xy), high[2] + 0.01)])
    hits = geometry.rays.all_hits(start, np.broadcast_to([0.0, 0.0, -1.0], start.shape))
    slope = np.abs(geometry.rays.normals[hits.face][:, 2]) if len(hits.face) else np.zeros(0)
    z = hits.point[:, 2]
    same = np.r_[False, hits.ray[1:] == hits.ray[:-1]] if len(z) else np.zeros(0, bool)
    room = np.where(same, np.r_[np.inf, z[:-1]][: len(z)] - z, np.inf)
    usable = (slope > 0.7) & (room > box[2])
    out = np.column_stack([xy, np.full(len(xy), np.nan)])
    for index in range(len(xy)):
        mine = np.flatnonzero((hits.ray == index) & usable)
        if len(mine):
            out[index, 2] = z[mine[int(share[index, 2] * len(mine))]]
    return out


# ------------------------------------------------------------------ cells


def _on_decks(decks: Sequence[Deck], share: Array, box: Array) -> Array | None:
    """Spreads over the decks' free cells, away from rims and from what stands there."""
    if not decks:
        return None
    weights = [_cell_weights(d, box) for d in decks]
    total = np.array([w.sum() for w in weights])
    if total.sum() <= 0:
        weights = [d.plan.mask.astype(float) for d in decks]
        total = np.array([w.sum() for w in weights])
    bounds = np.cumsum(total) / total.sum()
    which = np.minimum(np.searchsorted(bounds, share[:, 0], side="right"), len(decks) - 1)
    start = np.r_[0.0, bounds[:-1]]
    out = np.zeros((len(share), 3))
    for index, deck in enumerate(decks):
        mine = which == index
        if mine.any():
            inner = (share[mine, 0] - start[index]) / max(bounds[index] - start[index], 1e-12)
            xy = _pick(deck.plan, weights[index], np.column_stack([inner, share[mine, 1:]]))
            out[mine, :2], out[mine, 2] = xy, _heights(deck.plan, xy, 0.25 * min(box[0], box[1]))
    return out


def _cell_weights(deck: Deck, box: Array) -> Array:
    """Returns a weight for each cell [X, Y]: 0 where no body fits, 1 where its whole base is on free surface."""
    from scipy.ndimage import distance_transform_edt

    free = deck.plan.mask & (deck.free >= 0.98 * box[2])
    room = distance_transform_edt(np.pad(free, 1))[1:-1, 1:-1] * deck.plan.cell
    needed = min(0.5 * float(np.hypot(box[0], box[1])), 0.9 * max(float(room.max()), 1e-9))
    return np.where(free, np.clip(room / needed, 0.0, 1.0) ** 4, 0.0)


def _pick(plan: Plan, weights: Array, share: Array) -> Array:
    """Returns places xy [N, 2] in cells drawn by their weights; neighbours in ``share`` stay neighbours."""
    cells = np.argwhere(weights > 0)
    if not len(cells):
        cells, weights = np.argwhere(plan.mask), plan.mask.astype(float)
    # Rows in turn left and right, so that the order along the cells has no jumps.
    order = np.lexsort((np.where(cells[:, 0] % 2 == 0, cells[:, 1], -cells[:, 1]), cells[:, 0]))
    cells = cells[order]
    cumulative = np.cumsum(weights[tuple(cells.T)])
    place = np.minimum(np.searchsorted(cumulative / cumulative[-1], share[:, 0], side="right"), len(cells) - 1)
    return np.asarray(plan.low + (cells[place] + share[:, 1:3]) * plan.cell)


def _heights(plan: Plan, xy: Array, radius: float = 0.0) -> Array:
    """Returns the plan's height [N] at places [N, 2]; the highest within ``radius`` of them."""
    steps = radius * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
    points = xy[:, None] + (steps if radius > 0 else steps[:1])
    heights = plan.height_at(points)
    return np.asarray(heights.max(1))


def _within(plan: Plan, share: Array, box: Array) -> Array:
    """Returns places [N, 2] within a plan, rather in its inner part when the body is smaller than it."""
    centres = plan.centres()
    room = -plan.rim_at(centres)
    needed = min(0.5 * float(min(box[0], box[1])), 0.8 * max(plan.inner, 1e-9))
    weights = np.zeros(plan.mask.shape)
    weights[plan.mask] = np.clip(room / max(needed, 1e-9), 0.02, 1.0) ** 3
    return _pick(plan, weights, share)


# ------------------------------------------------------------------ relations


def _in_region(relation: Region, share: Array, box: Array, geometry: SceneGeometry) -> Array:
    rectangle = relation.rectangle
    body = 0.5 * np.abs(rectangle.axes) @ box[:2]
    inner = np.maximum(rectangle.half - body, 0.0)
    sign = np.where(share[:, 2:4] < 0.5, -1.0, 1.0)
    if relation.name == "middle":
        radius = 0.24 * np.sqrt(share[:, :1])
        angle = 2 * np.pi * share[:, 1]
        local = radius * np.column_stack([np.cos(angle), np.sin(angle)]) * rectangle.half
    elif relation.name == "corner":
        local = sign * (inner - share[:, :2] * 0.3 * rectangle.half).clip(0.0)
    else:
        local = (2 * share[:, :2] - 1) * inner
        axis = (share[:, 3] * 4).astype(int) % 2
        rows = np.arange(len(share))
        deep = 0.22 * np.mod(share[:, 2] * 2, 1.0)
        local[rows, axis] = sign[:, 0] * (inner[axis] - deep * rectangle.half[axis]).clip(0.0)
    xy = rectangle.centre + local @ rectangle.axes
    if relation.on is None or not relation.on.decks:
        return np.column_stack([xy, np.full(len(xy), np.nan)])
    return np.column_stack([xy, _heights(relation.on.decks[0].plan, xy, 0.25 * min(box[0], box[1]))])


def _below(relation: Below, share: Array, box: Array, geometry: SceneGeometry) -> Array:
    plan = relation.roof or relation.anchor.filled
    xy = _within(plan, share, box)
    if relation.roof is None:
        return np.column_stack([xy, _ground_below(geometry, xy, float(relation.anchor.low[2]), box)])
    roof = _heights(plan, xy)
    start = np.column_stack([xy, roof - 0.02 * box[2] - 1e-3])
    below = geometry.below(start)
    return np.column_stack([xy, np.where(below.hit, start[:, 2] - below.distance, roof - 1.1 * box[2])])


def _ground_below(geometry: SceneGeometry, xy: Array, top: float, box: Array) -> Array:
    """Returns the heights [N] of the first surfaces below ``top`` with room for the body under whatever is over them;
    where there is none, right below ``top``."""
    start = np.column_stack([xy, np.full(len(xy), top + 1e-4)])
    hits = geometry.rays.all_hits(start, np.broadcast_to([0.0, 0.0, -1.0], start.shape))
    z, ray = hits.point[:, 2], hits.ray
    first = np.r_[True, ray[1:] != ray[:-1]] if len(z) else np.zeros(0, bool)
    ceiling = np.where(first, top, np.r_[top, z[:-1]][: len(z)])
    fits = np.flatnonzero(ceiling - z > 1.02 * box[2])
    ground = np.full(len(xy), top - 1.1 * box[2])
    found, at = np.unique(ray[fits], return_index=True)
    ground[found] = z[fits][at]
    return ground


def _inside(relation: Inside, share: Array, box: Array, geometry: SceneGeometry) -> Array:
    """Spreads over the free points of the hollow: air below which the anchor is, and around which it is mostly."""
    import torch

    if relation.anchor is None:
        return over_surfaces(geometry, share, box)
    anchor = relation.anchor
    sobol = torch.quasirandom.SobolEngine(3, scramble=False).draw(3000).double().numpy()
    points = anchor.low + sobol * anchor.box
    inside = relation.outside(on_device(points, relation.body.device)).cpu().numpy() < 0
    points = points[inside]
    distance = anchor.field.exact(points)[0] if len(points) else np.zeros(0)
    points, distance = points[distance > 0], distance[distance > 0]
    if not len(points):
        return np.column_stack([anchor.centre[:2] + 0 * share[:, :2], np.full(len(share), anchor.low[2])])
    around = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, -1.0]])
    closed = np.stack([anchor.rays.first_hit(points, np.broadcast_to(d, points.shape)).hit for d in around], 1)
    score = closed[:, :4].sum(1) + 2.0 * closed[:, 4]
    points, distance = points[score >= score.max() - 1], distance[score >= score.max() - 1]
    # Points with room for the body around them, sides first: it drops to the ground of the hollow anyway.
    room = np.minimum(distance, 0.5 * float(min(box[0], box[1])))
    good = room >= 0.8 * room.max()
    points = points[good]
    order = np.lexsort((points[:, 1], points[:, 0]))
    points = points[order]
    chosen = points[np.minimum((share[:, 0] * len(points)).astype(int), len(points) - 1)]
    ground = anchor.rays.first_hit(chosen, np.broadcast_to([0.0, 0.0, -1.0], chosen.shape))
    floor = np.where(ground.hit, chosen[:, 2] - ground.distance, anchor.low[2])
    # On a rounded ground the base's rim touches first.
    ring = 0.3 * np.array([[box[0], 0, 0], [-box[0], 0, 0], [0, box[1], 0], [0, -box[1], 0]])
    for step in ring:
        start = chosen + step
        hits = anchor.rays.first_hit(start, np.broadcast_to([0.0, 0.0, -1.0], start.shape))
        height = np.where(hits.hit, start[:, 2] - hits.distance, -np.inf)
        floor = np.maximum(floor, np.where(height < floor + 0.5 * box[2], height, -np.inf))
    return np.column_stack([chosen[:, :2], floor + 0.002 * box[2]])


def _between(relation: Between, share: Array, box: Array) -> Array:
    along = relation.start + (0.15 + 0.7 * share[:, 0]) * (relation.end - relation.start)
    centre = relation.middle + np.outer(along - relation.middle @ relation.axis, relation.axis)
    for index, side in enumerate(relation.sides):
        centre = centre + np.outer((2 * share[:, 1 + index] - 1) * 0.6 * relation.half_width, side)
    if relation.level:
        centre[:, 2] = np.nan
    else:
        centre[:, 2] -= box[2] / 2
    return np.asarray(centre)


def _beside_axis(relation: Lateral, share: Array, box: Array) -> Array:
    """Spreads over the cone, denser near the anchor."""
    direction = relation.direction
    across = np.array([-direction[1], direction[0], 0.0])
    half = 0.5 * float(np.abs(direction[:2]) @ box[:2])
    reach = 0.5 * max(2 * max(float(np.linalg.norm(box)), relation.anchor.size), 1.5)
    gap = 0.05 * float(np.linalg.norm(box)) + share[:, 0] ** 1.5 * reach
    along = relation.side + gap + half
    width = 0.8 * (along - relation.centre)
    aside = relation.middle + (2 * share[:, 1] - 1) * width
    xyz = np.outer(along, direction) + np.outer(aside, across)
    xyz[:, 2] = np.nan
    return np.asarray(xyz)


def _around(relation: Distanced, share: Array, box: Array) -> Array:
    """Spreads over a band around the anchor's outline, as wide as the relation allows."""
    anchor: Anchor = relation.anchor
    plan = anchor.silhouette
    width = max(float(box[:2].max()), anchor.width)
    if isinstance(relation, Near):
        band = float(np.clip(0.7 * width, 0.1, 0.7))
    elif isinstance(relation, (Against, Leaning)):
        band = 0.004
    else:
        band = float(np.clip(0.25 * width, 0.03, 0.35))
    rim = _rim(plan)
    at = rim[np.minimum((share[:, 0] * len(rim)).astype(int), len(rim) - 1)]
    start, normal = at[:, :2], at[:, 2:]
    half = 0.5 * np.abs(normal) @ box[:2]
    out = half + 0.002 + share[:, 1] * band
    xy = start + normal * out[:, None]
    if isinstance(relation, (Against, Leaning)):
        xy = _pulled_in(relation, xy, normal, box)
    if isinstance(relation, Against) and relation.hung:
        room = np.maximum(anchor.box[2] - 1.2 * box[2], 0.0)
        return np.column_stack([xy, anchor.low[2] + min(0.1 * box[2], room) + (0.3 + 0.5 * share[:, 3]) * room])
    return np.column_stack([xy, np.full(len(xy), np.nan)])


def _pulled_in(relation: Distanced, xy: Array, normal: Array, box: Array) -> Array:
    """Returns places [N, 2] moved along the outward normals [N, 2] until a box of the body's sides stands 3 mm off the
    anchor: the outline's cells are coarser than contact."""
    ticks = np.array([-0.5, 0.0, 0.5])
    corners = np.stack(np.meshgrid(ticks, ticks, [0.05, 0.5, 0.95], indexing="ij"), -1).reshape(-1, 3)
    corners = corners[(corners[:, :2] != 0).any(1)] * box
    bottom = float(relation.anchor.low[2])
    target = min(0.003, 0.02 * float(np.linalg.norm(box)))
    for _ in range(2):
        points = np.column_stack([xy, np.full(len(xy), bottom)])[:, None] + corners
        distance = relation.anchor.field.exact(points.reshape(-1, 3))[0].reshape(len(xy), -1).min(1)
        xy = xy - normal * (distance - target)[:, None]
    return xy


def _rim(plan: Plan) -> Array:
    """Returns points on the outer rim of a plan with their outward normals, [R, 4], in order around its centre."""
    from scipy.ndimage import binary_erosion, binary_fill_holes

    whole = binary_fill_holes(plan.mask)
    padded = np.pad(whole, 1)
    rim = (padded & ~binary_erosion(padded))[1:-1, 1:-1]
    places = plan.low + (np.argwhere(rim) + 0.5) * plan.cell
    outline = Plan(plan.low, plan.cell, whole, None, "cpu")
    step = 1.5 * plan.cell
    normals = []
    for axis in range(2):
        shift = step * np.eye(2)[axis]
        normals.append(outline.rim_at(places + shift) - outline.rim_at(places - shift))
    normal = np.stack(normals, 1)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    away = places - places.mean(0)
    normal = np.where(length > 1e-9, normal / np.maximum(length, 1e-9), away)
    points = places + normal * 0.5 * plan.cell
    order = np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable")
    return np.column_stack([points, normal])[order]
