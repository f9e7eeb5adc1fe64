"""The surfaces of an anchor that things can be on, under, or hang from: found by rays straight down through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from ...scene.distance import DistanceField
from ...scene.geometry import SceneGeometry
from ...scene.model import Array, Mesh
from ...scene.rays import RayCaster
from .limits import EFFORT
from .plan import Plan

SLOPE = 0.6
"""Cosine of the steepest upward surface that holds things: 53 degrees."""
LEAST_ROOM = 0.01
"""Metres of air above a surface, below which nothing can be on it."""
LEAST_AREA = 0.02
"""Share of the largest deck's area, below which a deck is a knob or a rim."""
OPEN_SHARE = 0.25
"""Share of a deck under open sky from which on it is what "on" means: a counter below a shallow hutch still is."""
MOST_DECKS = 12


@dataclass(frozen=True)
class Deck:
    """One connected upward surface: its plan with heights, the share of it under open sky (of the anchor alone), the
    air above it within the anchor (median, metres), and its free height in the whole scene per cell [X, Y]."""

    plan: Plan
    sky: float
    room: float
    free: Array

    @property
    def level(self) -> float:
        """Mean height, metres."""
        return self.plan.mean_height


class Anchor:
    """The geometry of one anchor: world mesh of its subtree, plans and decks, made when first asked for.

    ``cells``: how many its plans have along the longer side.
    """

    def __init__(
        self, geometry: SceneGeometry, name: str, device: str | torch.device = "cpu", cells: int = EFFORT.cells
    ) -> None:
        self.geometry, self.name, self.device, self.cells = geometry, name, device, cells
        self.mesh: Mesh = geometry.mesh(name)
        points = self.mesh.vertices[np.unique(self.mesh.faces)]
        self.low, self.high = points.min(0), points.max(0)
        self.points = points

    @property
    def box(self) -> Array:
        """Sides of the world box [3], metres."""
        return self.high - self.low

    @property
    def size(self) -> float:
        """Diagonal of the world box, metres."""
        return float(np.linalg.norm(self.box))

    @property
    def width(self) -> float:
        """The longer horizontal side of the world box, metres."""
        return float(self.box[:2].max())

    @property
    def centre(self) -> Array:
        """Centre of the world box [3]."""
        return (self.low + self.high) / 2

    @cached_property
    def rotation(self) -> Array:
        """The anchor's own axes [3, 3] in the world."""
        from ...scene.body import polar_rotation

        return polar_rotation(self.geometry.scene.object(self.name).matrix_world[:3, :3])

    @cached_property
    def hull(self) -> Array:
        """Corners of the convex hull [H, 3]."""
        from .shape import hull_points

        return hull_points(self.points)

    @cached_property
    def field(self) -> DistanceField:
        """Signed distances to the anchor, world coordinates."""
        return self.geometry.field(self.name)

    @cached_property
    def rays(self) -> RayCaster:
        """Rays against the anchor alone."""
        return RayCaster(self.mesh.triangles())

    # -------------------------------------------------------------- columns

    @cached_property
    def _grid(self) -> tuple[Array, float, tuple[int, int]]:
        side = max(float(self.box[:2].max()), 1e-6)
        cell = max(side / self.cells, min(EFFORT.finest, side / 12))
        count = np.maximum(np.ceil(self.box[:2] / cell - 1e-9).astype(int), 1)
        low = self.centre[:2] - count * cell / 2
        return low, cell, (int(count[0]), int(count[1]))

    @cached_property
    def _columns(self) -> dict[str, Array]:
        """Every crossing of the rays down through the cells' centres, from the top: its cell, height, slope, the next
        crossing's height above and below (inf, -inf), and whether air lies on either side."""
        low, cell, (nx, ny) = self._grid
        cells = np.stack(np.meshgrid(np.arange(nx), np.arange(ny), indexing="ij"), -1).reshape(-1, 2)
        # A hair off the centre, so that rays do not run along the edges of box-like meshes.
        xy = low + (cells + np.array([0.5017, 0.4979])) * cell
        start = self.high[2] + max(0.05 * self.size, 1e-3)
        origin = np.column_stack([xy, np.full(len(xy), start)])
        hits = self.rays.all_hits(origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape))
        z, ray = hits.point[:, 2], hits.ray
        first = np.r_[True, ray[1:] != ray[:-1]] if len(ray) else np.zeros(0, bool)
        last = np.r_[first[1:], True] if len(ray) else first
        above = np.where(first, np.inf, np.r_[np.inf, z[:-1]])[: len(z)]
        below = np.where(last, -np.inf, np.r_[z[1:], -np.inf])[: len(z)]
        air_above, air_below = np.ones(len(z), bool), np.ones(len(z), bool)
        for air, other, edge in ((air_above, above, first), (air_below, below, last)):
            middle = np.column_stack([xy[ray], np.where(edge, 0.0, (z + np.where(edge, 0.0, other)) / 2)])[~edge]
            air[~edge] = ~self.field.inside(middle) if len(middle) else True
        slope = np.abs(self.rays.normals[hits.face][:, 2]) if len(z) else np.zeros(0)
        return {
            "cell": cells[ray], "xy": xy[ray], "z": z, "slope": slope, "above": above, "below": below,
            "up": air_above, "down": air_below, "first": first,
        }  # fmt: skip

    @cached_property
    def silhouette(self) -> Plan:
        """The anchor seen from above, small gaps closed; its heights are those of its highest surface."""
        low, cell, shape = self._grid
        c = self._columns
        mask, heights = np.zeros(shape, bool), np.zeros(shape)
        first = c["first"]
        mask[tuple(c["cell"][first].T)] = True
        heights[tuple(c["cell"][first].T)] = c["z"][first]
        if not mask.any():
            # Nothing is seen of a thing without width: it still stands where it stands.
            mask[:] = True
            heights[:] = self.high[2]
        return Plan(low, cell, _closed(mask), _filled(mask, heights), self.device)

    @cached_property
    def filled(self) -> Plan:
        """The silhouette with all that it surrounds: the outline of a table that is only legs and rails."""
        from scipy.ndimage import binary_fill_holes

        s = self.silhouette
        return Plan(s.low, s.cell, binary_fill_holes(s.mask), _filled(s.mask, s.heights), self.device)

    @cached_property
    def decks(self) -> tuple[Deck, ...]:
        """The upward surfaces, largest first."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components
        from scipy.spatial import cKDTree

        low, cell, shape = self._grid
        c = self._columns
        room = c["above"] - c["z"]
        use = c["up"] & (c["slope"] >= SLOPE) & (room > max(LEAST_ROOM, 0.002 * self.size))
        if not use.any():
            return ()
        at, z, xy = c["cell"][use], c["z"][use], c["xy"][use]
        step = max(0.75 * cell, 0.004 * self.size, 1e-4)
        # Two cells apart still is one surface: slats and grooves are closed.
        pairs = cKDTree(np.column_stack([at, z / step])).query_pairs(2.1, p=np.inf, output_type="ndarray")
        graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(z),) * 2)
        label = connected_components(graph, directed=False)[1]
        counts = np.bincount(label)
        order = [i for i in np.argsort(-counts, kind="stable") if counts[i] >= max(3, LEAST_AREA * counts.max())]
        free = self._free_height(np.column_stack([xy, z]))
        decks = []
        for index in order[:MOST_DECKS]:
            mine = label == index
            mask, heights, air = np.zeros(shape, bool), np.zeros(shape), np.zeros(shape)
            rising = np.argsort(z[mine], kind="stable")
            cells = tuple(at[mine][rising].T)
            mask[cells], heights[cells], air[cells] = True, z[mine][rising], free[mine][rising]
            plan = Plan(low, cell, _closed(mask), _filled(mask, heights), self.device)
            inner_room = room[use][mine]
            decks.append(
                Deck(plan, float(np.isinf(inner_room).mean()), float(np.median(inner_room)), _filled(mask, air))
            )
        return tuple(decks)

    def _free_height(self, points: Array) -> Array:
        """Returns the free height [N] above points [N, 3] of the surface in the whole static scene."""
        lift = max(1e-3, 1e-3 * self.size)
        hits = self.geometry.rays.first_hit(
            points + np.array([0.0, 0.0, lift]), np.broadcast_to([0.0, 0.0, 1.0], points.shape)
        )
        free = hits.distance + lift
        # Something that stands on the surface begins at the surface: below the start of the ray.
        down = self.geometry.rays.first_hit(
            points + np.array([0.0, 0.0, lift]), np.broadcast_to([0.0, 0.0, -1.0], points.shape)
        )
        return np.where(down.distance < 0.5 * lift, 0.0, free)

    def underside(self, least: float) -> Plan | None:
        """Returns where there is at least ``least`` metres of air below a downward surface, above whatever is there.

        The heights are those of the lowest such surface; None where there is no such place.
        """
        low, cell, shape = self._grid
        c = self._columns
        use = np.flatnonzero(c["down"])
        if not len(use):
            return None
        origin = np.column_stack([c["xy"][use], c["z"][use] - max(1e-4, 1e-4 * self.size)])
        hits = self.geometry.rays.first_hit(origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape))
        use = use[hits.distance >= least]
        if not len(use):
            return None
        falling = use[np.argsort(-c["z"][use], kind="stable")]
        mask, heights = np.zeros(shape, bool), np.zeros(shape)
        cells = tuple(c["cell"][falling].T)
        mask[cells], heights[cells] = True, c["z"][falling]
        return Plan(low, cell, _closed(mask), _filled(mask, heights), self.device)


def choose_decks(decks: Sequence[Deck], part: str | None, height: float, role: str | None) -> tuple[Deck, ...]:
    """Returns the decks that the prompt means: those under open sky, or the board of a shelf that ``part`` names.

    ``height`` is the body's, metres: boards with too little air above are passed over where others are left. For the
    role ``floor`` it is the lowest large deck.
    """
    if not decks:
        return ()
    large = [d for d in decks if d.plan.area >= 0.3 * decks[0].plan.area]
    if role == "floor":
        levels = [d.level for d in decks]
        lowest = [d for d in large if d.level <= min(levels) + 0.25 * max(max(levels) - min(levels), 0.1)]
        return tuple(lowest or large)
    if part is None:
        open_ones = [d for d in decks if d.sky >= OPEN_SHARE]
        return tuple(open_ones or decks)
    rising = sorted(large, key=lambda d: d.level)
    fitting = [d for d in rising if d.room >= height] or rising
    if part == "top":
        # The roof of a bookcase is its top as well as the board below it, if the body goes in there.
        covered = [d for d in rising[:-1] if d.sky < OPEN_SHARE and d.room >= height]
        return (rising[-1], covered[-1]) if covered and covered[-1] is rising[-2] else (rising[-1],)
    if part == "bottom":
        return (fitting[0],)
    if part == "middle":
        inner = fitting[1:-1] or fitting
        return (inner[len(inner) // 2],)
    if part.isdigit():
        return (rising[min(int(part), len(rising)) - 1],)
    return tuple(fitting)


def _closed(mask: Array) -> Array:
    """Returns the mask with gaps of one or two cells closed, so that slats make one seat."""
    from scipy.ndimage import binary_closing

    padded = np.pad(mask, 3)
    return np.asarray(binary_closing(padded, iterations=1, structure=np.ones((3, 3))))[3:-3, 3:-3]


def _filled(mask: Array, values: Array) -> Array:
    """Returns values [X, Y] with those outside the mask taken from the nearest cell inside."""
    from scipy.ndimage import distance_transform_edt

    if not mask.any():
        return values
    nearest = distance_transform_edt(~mask, return_distances=False, return_indices=True)
    return np.asarray(values[nearest[0], nearest[1]])
