"""PLY and STL: one mesh a file, taken as Z up and in metres as it stands."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SceneError
from .limits import LIMITS
from .model import Array, Mesh, Scene, SceneObject
from .resources import read_file, srgb_to_linear


def read_plain_mesh(path: Path) -> Scene:
    """Returns a scene of one object named as the .ply or .stl file; PLY vertex colours are kept.

    STL files have no shared vertices; equal positions are joined. Raises SceneError when the file is damaged.
    """
    import trimesh

    kind, data = path.suffix.lower().lstrip("."), read_file(path)
    try:
        # A file object and no resolver: nothing but these bytes is read.
        loaded: Any = trimesh.load(io.BytesIO(data), file_type=kind, process=False, maintain_order=True)
    except Exception as error:  # the reader raises whatever its parsing runs into
        raise SceneError(f"{path.name}: not a sound {kind.upper()} file ({_reason(error)}); export it again") from error
    vertices = np.asarray(getattr(loaded, "vertices", np.zeros((0, 3))), np.float64)
    faces = np.asarray(getattr(loaded, "faces", np.zeros((0, 3))), np.int64)
    if vertices.ndim != 2 or vertices.shape[1:] != (3,) or not len(vertices):
        raise SceneError(f"{path.name}: no vertices in it; export it again")
    if len(faces) > LIMITS.faces or len(vertices) > LIMITS.vertices:
        raise SceneError(f"{path.name}: more than {LIMITS.faces // 1_000_000} million faces; reduce it")
    notes: list[str] = []
    if not len(faces):
        notes.append(f"{path.name} has points but no faces; there is nothing to show")
        faces = np.zeros((0, 3), np.int64)
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise SceneError(f"{path.name}: faces of vertices that do not exist; export it again")
    finite = np.isfinite(vertices).all(1)
    if not finite.all():
        good = finite[faces].all(1)
        notes.append(f"{path.name}: {int((~good).sum())} faces with positions of NaN or infinite size are left out")
        faces, vertices = faces[good], np.where(finite[:, None], vertices, 0.0)
    colours = _colours(loaded, faces, len(vertices))
    if kind == "stl":
        vertices, joined = np.unique(vertices, axis=0, return_inverse=True)
        faces = joined.reshape(-1)[faces]
    used = np.zeros(len(vertices), bool)
    used[faces] = True
    renumbered = np.cumsum(used) - 1
    mesh = Mesh(path.stem, vertices[used], renumbered[faces].astype(np.int32), corner_colours=colours)
    return Scene((SceneObject(path.stem, np.eye(4), mesh),), source=path, notes=tuple(notes))


def _colours(loaded: Any, faces: Array, count: int) -> Array | None:
    """Linear corner colours [F, 3, 4] of a file that has vertex colours."""
    visual: Any = getattr(loaded, "visual", None)
    if getattr(visual, "kind", None) != "vertex":
        return None
    values = np.asarray(visual.vertex_colors)
    if values.shape != (count, 4):
        return None
    linear = np.concatenate([srgb_to_linear(values[:, :3] / 255.0), values[:, 3:] / 255.0], 1).astype(np.float32)
    return linear[faces]


def _reason(error: Exception) -> str:
    return (str(error).split("\n")[0] or type(error).__name__)[:100]
