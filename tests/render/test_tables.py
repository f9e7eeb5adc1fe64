"""Meshes as tensors: seams are no silhouettes, triangles without area vanish, far-off meshes keep their precision."""

from __future__ import annotations

import numpy as np
import torch

from sgvop_core.render.silhouette import silhouette_edges
from sgvop_core.render.tables import build_table
from sgvop_core.scene.model import Mesh

from .scenes import _box, creature, icosphere


def table_of(mesh: Mesh):
    return build_table(mesh, dtype=torch.float64, device=torch.device("cpu"), edges=True)


def test_split_vertices_are_one_edge() -> None:
    """A cube whose every triangle has its own vertices, as exporters write it, has 18 edges and none is open."""
    corners, faces = _box((0, 0, 0), (1, 2, 3))
    split = Mesh("cube", corners[faces].reshape(-1, 3), np.arange(len(faces) * 3).reshape(-1, 3))
    edges = table_of(split).edges
    assert edges is not None
    assert len(edges.u) == 18 and not edges.open.any()


def test_winding_does_not_matter_for_silhouettes() -> None:
    v, f = icosphere(2)
    mixed = f.copy()
    mixed[::2] = mixed[::2, ::-1]
    origin = torch.tensor([[3.0, 1.0, 0.5]]).double()
    counts = []
    for faces in (f, mixed):
        table = table_of(Mesh("ball", v, faces))
        assert table.edges is not None
        _, edge = silhouette_edges(table, origin)
        pairs = np.stack([table.edges.u[edge].numpy(), table.edges.v[edge].numpy()], 1)
        counts.append({tuple(sorted(p)) for p in pairs.tolist()})
    assert counts[0] == counts[1] and 20 < len(counts[0]) < 80


def test_triangles_without_area_or_with_nan_are_left_out() -> None:
    v = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0], [np.nan, 0, 0.0]])
    table = table_of(Mesh("mixed", v, np.array([[0, 1, 2], [0, 1, 3], [0, 0, 1], [0, 1, 4]])))
    assert table.count == 1


def test_a_mesh_far_from_its_origin_keeps_its_shape() -> None:
    far = creature(2)
    moved = Mesh("far", far.vertices + 5000.0, far.faces)
    left = build_table(
        Mesh("near", far.vertices, far.faces), dtype=torch.float32, device=torch.device("cpu"), edges=False
    )
    right = build_table(moved, dtype=torch.float32, device=torch.device("cpu"), edges=False)
    assert float((left.vertices - right.vertices).abs().max()) < 1e-6
