"""Mesh against mesh: whether the body cuts or fills anything of the scene, and how deep."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..guidance.physical import BodyProbe
from ..scene.body import Body
from ..scene.collision import meeting, overlapping
from ..scene.geometry import SceneGeometry
from ..scene.model import Array
from ..scene.surfaces import sample_surface
from .standing import carry

SAMPLES = 1500
CHORDS = 800
VERTICES = 6000
"""Points of either mesh used to measure a depth; whether there is contact at all is decided on every triangle."""


def deepest(geometry: SceneGeometry, probe: BodyProbe, matrix: Array, tolerance: float) -> tuple[float, str | None]:
    """Returns (depth in metres, name of the object) of the deepest penetration under ``matrix`` [4, 4]; (0, None) without.

    The depth is the larger of: how far a point of the body lies in a solid, and how far a point of a scene surface lies
    in the body. Triangles that meet without a measurable depth count as touching: half the ``tolerance``.
    """
    triangles = carry(matrix, probe.body.mesh.vertices)[probe.body.mesh.faces]
    low, high = triangles.min((0, 1)), triangles.max((0, 1))
    worst: tuple[float, str | None] = (0.0, None)
    points = carry(matrix, _points(probe.body))
    for index in geometry.near(low, high):
        field = geometry.object_field(index)
        depth = 0.0
        if field.solid:
            inside = points[field.inside(points)]
            if len(inside):
                depth = float(np.abs(field.exact(inside)[0]).max())
        soup = geometry.object_mesh(index).triangles()
        local = soup[overlapping(soup, np.stack([low, high]))]
        if len(local):
            depth = max(depth, _scene_in_body(probe, matrix, geometry, index, local))
        if depth < tolerance / 2 and len(local) and len(meeting(triangles, local, 1)[0]):
            depth = tolerance / 2
        if depth > worst[0]:
            worst = depth, geometry.names[index]
    return worst


def _scene_in_body(probe: BodyProbe, matrix: Array, geometry: SceneGeometry, index: int, local: Array) -> float:
    """Returns how deep in metres points of one object's triangles [F, 3, 3] lie in the body: its vertices, and where
    its triangles cross the body's chords."""
    inverse = np.linalg.inv(matrix)
    depth = 0.0
    corners = local.reshape(-1, 3)[:: max(1, 3 * len(local) // VERTICES)]
    spots = [carry(inverse, corners)]
    chords = _chords(probe.body)
    ends = carry(matrix, chords.reshape(-1, 3)).reshape(-1, 2, 3)
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    hits = geometry.rays.all_hits(ends[:, 0], ends[:, 1] - ends[:, 0], length)
    own = geometry.face_object[hits.face] == index if len(hits.face) else np.zeros(0, bool)
    spot = hits.point[own]
    if probe.field.solid:
        spots.append(carry(inverse, spot))
        found = np.concatenate(spots)
        found = found[probe.field.inside(found)]
        if len(found):
            away = (found - probe.field.exact(found)[1]) @ matrix[:3, :3].T
            depth = float(np.linalg.norm(away, axis=1).max())
    elif len(spot):
        reach = np.linalg.norm(spot[:, None] - ends[hits.ray[own]], axis=2)
        depth = float(reach.min(1).max())
    return depth


@lru_cache(maxsize=8)
def _points(body: Body) -> Array:
    vertices = body.mesh.vertices[np.unique(body.mesh.faces)]
    vertices = vertices[:: max(1, len(vertices) // VERTICES)]
    return np.concatenate([vertices, sample_surface(body.mesh, SAMPLES, np.random.default_rng(7)).points])


@lru_cache(maxsize=8)
def _chords(body: Body) -> Array:
    from ..guidance.physical import probe_of

    return probe_of(body).make_chords(CHORDS, np.random.default_rng(8))
