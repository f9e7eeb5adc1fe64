"""Proposals: base centres that satisfy all relations, drawn from where each relation can hold and sifted by energy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ...scene.model import Array, Camera
from .containment import Between, Inside
from .contract import Relation
from .lateral import Lateral
from .orientation import Attitude, Facing
from .plan import on_device
from .proximity import Distanced, Leaning
from .region import Region
from .setup import Setting
from .sources import over_surfaces, positions_for
from .vertical import Above, Below, Hanging, On

LEAD = (Inside, On, Region, Hanging, Below, Above, Between, Lateral, Distanced)
"""Which relation says best where to look, first to last."""
TRIES = 12
"""Places looked at for each one returned."""
COLUMNS = 5
"""Rays up through the body's box along each side, to see what stands in its way."""


class Proposer:
    """Draws base centres for one set of relations."""

    def __init__(self, setting: Setting, relations: Sequence[Relation], rotation: Array, scale: float) -> None:
        self.setting, self.rotation, self.scale = setting, rotation, scale
        self.box = setting.shape.box(rotation, scale)
        self.judges = [r for r in relations if not isinstance(r, (Facing, Attitude, Leaning))]
        self.leans = [r for r in relations if isinstance(r, Leaning)]
        rank = {kind: i for i, kind in enumerate(LEAD)}
        leads = [r for r in relations if any(isinstance(r, k) for k in LEAD)]
        self.leads = sorted(leads, key=lambda r: min(rank[k] for k in LEAD if isinstance(r, k)))
        self._own: Array | None = None

    def draw(self, count: int, generator: torch.Generator) -> Array:
        """Returns base centres [count, 3], the ones that satisfy the relations first."""
        seed = int(torch.randint(0, 2**31 - 1, (), generator=generator))
        total = max(TRIES * count, 256)
        share = torch.quasirandom.SobolEngine(4, scramble=True, seed=seed).draw(total).double().numpy()
        bases = self._candidates(share)
        bases = bases[np.isfinite(bases).all(1)]
        if not len(bases):
            low, high = self.setting.geometry.room
            bases = low + share[:count, :3] * (high - low)
        cost = self.cost(bases)
        good = np.flatnonzero(cost <= 1e-3)
        rest = np.argsort(cost + 1e-3 * (cost <= 1e-3), kind="stable")
        rest = rest[~np.isin(rest, good)]
        order = np.concatenate([_spread(good, count), rest])
        chosen = order[:count]
        if len(chosen) < count:
            chosen = np.resize(chosen, count)
        return np.asarray(bases[chosen])

    def _candidates(self, share: Array) -> Array:
        """Returns base centres of the leading relation, and a third of the others', brought to the right heights."""
        geometry = self.setting.geometry
        found: list[Array] = []
        for index, relation in enumerate(self.leads):
            part = share if len(self.leads) == 1 else share[index :: len(self.leads)]
            positions = positions_for(relation, part, self.box, geometry)
            if positions is None:
                continue
            if index > 0 and not np.isnan(positions[:, 2]).all() and self._lead_rests():
                positions[:, 2] = np.nan
            found.append(self._touching(self._at_height(positions)))
        if not found:
            return over_surfaces(geometry, share, self.box)
        return np.concatenate(found)

    def _lead_rests(self) -> bool:
        return isinstance(self.leads[0], (On, Region, Inside, Below))

    def _at_height(self, positions: Array) -> Array:
        """Returns the positions with unknown heights looked up: those of the leading relation's surface, else of what is
        below, on the level that the anchors stand on."""
        unknown = np.isnan(positions[:, 2])
        if not unknown.any():
            return positions
        lead = self.leads[0]
        if isinstance(lead, Region) and lead.on is not None:
            lead = lead.on
        xy = positions[unknown, :2]
        if isinstance(lead, On) and lead.decks:
            plans = [d.plan for d in lead.decks]
            best = np.stack([p.rim_at(xy) for p in plans]).argmin(0)
            positions[unknown, 2] = np.stack([p.height_at(xy) for p in plans])[best, np.arange(len(xy))]
        elif isinstance(lead, (Above, Hanging)):
            reference = positions_for(lead, np.full((1, 4), 0.5), self.box, self.setting.geometry)
            assert reference is not None
            positions[unknown, 2] = reference[0, 2]
        else:
            positions[unknown, 2] = self._ground(xy)
        return positions

    def _touching(self, positions: Array) -> Array:
        """Returns positions on the leading relation's deck shifted up or down until the body touches it: on curved seats
        the base's centre does not tell."""
        lead = self.leads[0]
        if isinstance(lead, Region) and lead.on is not None:
            lead = lead.on
        if not isinstance(lead, On) or not lead.decks:
            return positions
        plans = [d.plan for d in lead.decks]
        off = np.stack([p.rim_at(positions[:, :2]).clip(0.0) for p in plans])
        off += np.stack([np.abs(p.height_at(positions[:, :2]) - positions[:, 2]) for p in plans])
        which = off.argmin(0)
        for index, plan in enumerate(plans):
            mine = np.flatnonzero(which == index)
            for start in range(0, len(mine), 512):
                part = mine[start : start + 512]
                bases = on_device(positions[part], self.setting.device)
                points = self.setting.shape.at(self.setting.shape.from_bases(bases, self.rotation, self.scale)).points
                gap = (points[..., 2] - plan.height(points[..., :2])).amin(1).cpu().numpy()
                # Where the body would hang over the edge onto something else, the centre's height stays.
                positions[part, 2] -= np.where(np.abs(gap) < 0.5 * self.box[2], gap, 0.0)
        return positions

    def _ground(self, xy: Array) -> Array:
        """Returns the heights [N] of the surfaces with room for the body that are nearest to the anchors' feet."""
        geometry = self.setting.geometry
        anchors = [getattr(r, n) for r in self.judges for n in ("anchor", "first") if getattr(r, n, None) is not None]
        feet = float(np.mean([a.low[2] for a in anchors])) if anchors else float(geometry.limits[0, 2])
        start = np.column_stack([xy, np.full(len(xy), geometry.limits[1, 2] + 0.01)])
        hits = geometry.rays.all_hits(start, np.broadcast_to([0.0, 0.0, -1.0], start.shape))
        z = hits.point[:, 2]
        if not len(z):
            return np.full(len(xy), feet)
        same = np.r_[False, hits.ray[1:] == hits.ray[:-1]]
        room = np.where(same, np.r_[np.inf, z[:-1]] - z, np.inf)
        cost = np.abs(z - feet) + np.where(room > 0.98 * self.box[2], 0.0, 1e3)
        order = np.lexsort((cost, hits.ray))
        ray, first = np.unique(hits.ray[order], return_index=True)
        ground = np.full(len(xy), np.nan)
        ground[ray] = z[order][first]
        return np.where(np.isnan(ground), feet, ground)

    # -------------------------------------------------------------- judging

    def cost(self, bases: Array) -> Array:
        """Returns what speaks against each base centre [N]: the relations' energies, things in the way, out of sight."""
        total = np.zeros(len(bases))
        for start in range(0, len(bases), 512):
            part = bases[start : start + 512]
            pose = self.setting.shape.from_bases(on_device(part, self.setting.device), self.rotation, self.scale)
            with torch.no_grad():
                for relation in self.judges:
                    total[start : start + len(part)] += relation.energy(pose).cpu().numpy()
                for lean in self.leans:
                    total[start : start + len(part)] += lean.touch_energy(pose).cpu().numpy()
        return total + 0.5 * self._blocked(bases) + self._unseen(bases)

    def _blocked(self, bases: Array) -> Array:
        """Returns the share [N] of columns through the body that meet something of the scene."""
        if not self.setting.geometry.names:
            return np.zeros(len(bases))
        columns = self._columns()
        start = bases[:, None] + columns[None, :, :3]
        direction = np.broadcast_to([0.0, 0.0, 1.0], (start.shape[0] * start.shape[1], 3))
        length = np.broadcast_to(columns[:, 3], start.shape[:2]).reshape(-1)
        hits = self.setting.geometry.rays.first_hit(start.reshape(-1, 3), direction, length)
        return np.asarray(hits.hit.reshape(start.shape[:2]).mean(1))

    def _columns(self) -> Array:
        """Returns the body's own columns [C, 4] relative to its base centre: their lower ends and lengths."""
        from ...scene.rays import RayCaster

        if self._own is not None:
            return self._own
        body = self.setting.shape.body
        triangles = body.mesh.triangles() @ np.asarray(self.rotation).T * self.scale
        corners = triangles.reshape(-1, 3)
        low, high = corners.min(0), corners.max(0)
        base = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
        rays = RayCaster(triangles - base)
        ticks = (np.arange(COLUMNS) + 0.5) / COLUMNS - 0.5
        x, y = np.meshgrid(ticks * self.box[0], ticks * self.box[1], indexing="ij")
        xy = np.column_stack([x.ravel(), y.ravel()])
        up = rays.first_hit(np.column_stack([xy, np.full(len(xy), -1.0)]), np.tile([0.0, 0.0, 1.0], (len(xy), 1)))
        down = rays.first_hit(
            np.column_stack([xy, np.full(len(xy), self.box[2] + 1.0)]), np.tile([0.0, 0.0, -1.0], (len(xy), 1))
        )
        hit = up.hit & down.hit
        skin = 0.03 * self.box[2]
        low_end, high_end = up.point[hit, 2] + skin, down.point[hit, 2] - skin
        own = np.column_stack([xy[hit], low_end, np.maximum(high_end - low_end, 0.0)])
        own = own if len(own) else np.array([[0.0, 0.0, skin, self.box[2] - 2 * skin]])
        self._own = own
        return own

    def _unseen(self, bases: Array) -> Array:
        """Returns 0 to 1 [N]: 0.6 out of the camera's picture, 0.3 hidden behind something."""
        camera: Camera = self.setting.camera
        from ...scene.cameras import project

        middle = bases + np.array([0.0, 0.0, 0.5 * self.box[2]])
        pixels, depth = project(camera, middle, (1.0, camera.aspect))
        border = 0.03
        with np.errstate(invalid="ignore"):
            seen = (
                (depth > 0)
                & (pixels[:, 0] > border * camera.aspect) & (pixels[:, 0] < (1 - border) * camera.aspect)
                & (pixels[:, 1] > border) & (pixels[:, 1] < 1 - border)
            )  # fmt: skip
        hidden = np.zeros(len(bases), bool)
        if self.setting.geometry.names and camera.ortho_height is None:
            eye = np.broadcast_to(camera.position, middle.shape)
            top = bases + np.array([0.0, 0.0, 0.9 * self.box[2]])
            rays = self.setting.geometry.rays
            hidden = rays.blocked(eye, middle) & rays.blocked(eye, top)
        return np.where(seen, 0.0, 0.6) + np.where(hidden, 0.3, 0.0)


def _spread(indices: Array, count: int) -> Array:
    """Returns the indices, every n-th first, so that the first ``count`` come from all of the sources."""
    if len(indices) <= count:
        return indices
    chosen = indices[np.linspace(0, len(indices) - 1, count).round().astype(int)]
    return np.concatenate([chosen, np.setdiff1d(indices, chosen)])
