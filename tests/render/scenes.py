"""The scene of the gradient tests: an organic body at a table, for the renderer and for the oracle."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import numpy as np

from sgvop_core.scene.model import Camera, Light, Material, Mesh, Scene, SceneObject

DATA = Path(__file__).resolve().parents[2] / "../shared/data/meshes"
YFOV = math.radians(42.0)
STEP = np.array([1 / 40] * 4 + [1 / 90] * 3)
"""Changes of (log scale, rotation vector, position) that move the body by about one pixel at 224x224."""
BACKGROUND = (0.55, 0.62, 0.7)


def icosphere(rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns unit vertices [N, 3] and faces [20 * 4^rounds, 3]."""
    g = (1 + 5**0.5) / 2
    v = np.array([[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0], [0, -1, g], [0, 1, g], [0, -1, -g], [0, 1, -g],
                  [g, 0, -1], [g, 0, 1], [-g, 0, -1], [-g, 0, 1]], float)  # fmt: skip
    f = np.array([[0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2],
                  [10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5], [2, 4, 11],
                  [6, 2, 10], [8, 6, 7], [9, 8, 1]])  # fmt: skip
    for _ in range(rounds):
        edges = np.sort(np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]), 1)
        unique, inverse = np.unique(edges, axis=0, return_inverse=True)
        ab, bc, ca = inverse.reshape(3, -1) + len(v)
        v = np.concatenate([v, v[unique].mean(1)])
        a, b, c = f.T
        f = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return v / np.linalg.norm(v, axis=1, keepdims=True), f


def smooth_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Returns area weighted vertex normals at the corners [F, 3, 3]; vertices at one place count as one."""
    _, weld = np.unique(np.round(vertices, 6), axis=0, return_inverse=True)
    weld = weld.reshape(-1)
    cross = np.cross(vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]])
    normals = np.zeros((weld.max() + 1, 3))
    for k in range(3):
        np.add.at(normals, weld[faces[:, k]], cross)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return normals[weld[faces]]


def wave_colours(vertices: np.ndarray, frequency: float, seed: int) -> np.ndarray:
    """Returns smooth linear colours [N, 3]."""
    rng = np.random.default_rng(seed)
    phase = vertices @ (rng.normal(size=(3, 3)) * frequency).T + rng.uniform(0, 6.28, 3)
    return 0.45 + 0.35 * np.sin(phase)


def coloured(name: str, vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray, smooth: bool) -> Mesh:
    rgba = np.concatenate([colours, np.ones((len(colours), 1))], 1)[faces]
    normals = smooth_normals(vertices, faces) if smooth else None
    white = Material("white", (1.0, 1.0, 1.0, 1.0))
    return Mesh(name, vertices, faces.astype(np.int32), normals, None, rgba, None, (white,))


@lru_cache
def creature(rounds: int = 4) -> Mesh:
    """A body with a head, four legs and two horns, 5,120 faces, about one metre long."""
    v, f = icosphere(rounds)
    bumps = [((1, 0, 0.5), 0.75, 9), ((0.6, 0.45, -0.8), 0.8, 14), ((0.6, -0.45, -0.8), 0.8, 14),
             ((-0.6, 0.45, -0.8), 0.8, 14), ((-0.6, -0.45, -0.8), 0.8, 14), ((0.8, 0.5, 0.9), 0.45, 25),
             ((0.8, -0.5, 0.9), 0.45, 25), ((-1, 0, 0.4), 0.5, 30)]  # fmt: skip
    radius = np.ones(len(v))
    for direction, height, sharp in bumps:
        d = np.array(direction) / np.linalg.norm(direction)
        radius += height * np.exp(sharp * (v @ d - 1))
    shape = v * radius[:, None] * np.array([0.4, 0.28, 0.34])
    return coloured("creature", shape, f, wave_colours(shape, 2.5, 0), True)


@lru_cache
def cow() -> Mesh | None:
    """The cow of the development data with smooth colours instead of its texture, or None where it is not at hand."""
    path = DATA / "cow.obj"
    if not path.exists():
        return None
    v, f = [], []
    for line in path.read_text().splitlines():
        if line.startswith("v "):
            v.append([float(x) for x in line.split()[1:4]])
        elif line.startswith("f "):
            f.append([int(x.split("/")[0]) - 1 for x in line.split()[1:4]])
    vertices = np.array(v)[:, [0, 2, 1]] * [1, -1, 1]
    faces = np.array(f)
    return coloured("cow", vertices, faces, wave_colours(vertices, 2.5, 0), True)


def _box(low, high) -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * (np.array(high) - low) + low
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return corners, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])


@lru_cache
def table() -> Mesh:
    """A table, its top 0.8 m high, split finely enough to carry smooth colours."""
    parts = [_box((-0.8, -0.6, 0.72), (0.8, 0.6, 0.8))]
    parts += [_box((x - 0.05, y - 0.05, 0), (x + 0.05, y + 0.05, 0.72)) for x in (-0.7, 0.7) for y in (-0.5, 0.5)]
    v, f, at = [], [], 0
    for vertices, faces in parts:
        for _ in range(3):
            corners = vertices[faces]
            mid = 0.5 * (corners + np.roll(corners, -1, 1))
            tri = [(corners[:, 0], mid[:, 0], mid[:, 2]), (mid[:, 0], corners[:, 1], mid[:, 1]),
                   (mid[:, 2], mid[:, 1], corners[:, 2]), (mid[:, 0], mid[:, 1], mid[:, 2])]  # fmt: skip
            vertices = np.concatenate([np.stack(t, 1) for t in tri]).reshape(-1, 3)
            faces = np.arange(len(vertices)).reshape(-1, 3)
        v.append(vertices)
        f.append(faces + at)
        at += len(vertices)
    vertices, faces = np.concatenate(v), np.concatenate(f)
    return coloured("table", vertices, faces, wave_colours(vertices, 1.5, 5) * [0.9, 0.6, 0.4], False)


def look_from(eye, target, **options) -> Camera:
    eye, target = np.asarray(eye, float), np.asarray(target, float)
    back = (eye - target) / np.linalg.norm(eye - target)
    right = np.cross([0, 0, 1], back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, np.cross(back, right), back, eye
    return Camera("camera", matrix, **options)


def sun(direction=(0.4, -0.45, 0.8), strength=3.0) -> Light:
    z = np.asarray(direction, float) / np.linalg.norm(direction)
    x = np.cross([0.1, 0.9, 0.2], z)
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = x, np.cross(z, x), z
    return Light("sun", "sun", matrix, (1.0, 0.95, 0.9), strength)


def scene_at_table(mesh: Mesh, with_table: bool = True) -> Scene:
    """The body 'body' at rest above the table, one sun, one camera."""
    rest = np.eye(4)
    rest[:3, 3] = (-0.1, 0.0, 1.2)
    objects = [SceneObject("body", rest, mesh)]
    if with_table:
        objects.append(SceneObject("table", np.eye(4), table()))
    camera = look_from((1.3, -2.6, 1.9), (-0.1, 0.0, 0.85), yfov=YFOV)
    return Scene(tuple(objects), (camera,), (sun(),), ambient=(0.1, 0.1, 0.12), background=BACKGROUND)


def draw_poses(count: int = 24, seed: int = 1) -> list[tuple[str, np.ndarray]]:
    """Returns (kind, parameters [7]) in turn free above the table, hidden behind or under it, and cutting into it."""
    rng = np.random.default_rng(seed)
    poses = []
    for i in range(count):
        kind = ("free", "hidden", "penetrating")[i % 3]
        scale, vector = rng.uniform(0.3, 0.55), rng.normal(size=3)
        vector *= rng.uniform(0.2, 2.5) / np.linalg.norm(vector)
        if kind == "free":
            at = [rng.uniform(-0.6, 0.4), rng.uniform(-0.5, 0.3), rng.uniform(1.05, 1.35) + 0.5 * scale]
        elif kind == "hidden":
            at = [rng.uniform(-0.7, 0.3), rng.uniform(0.7, 1.0), rng.uniform(0.55, 0.9)]
        else:
            at = [rng.uniform(-0.6, 0.4), rng.uniform(-0.3, 0.2), 0.8 + rng.uniform(-0.15, 0.3)]
        poses.append((kind, np.array([math.log(scale), *vector, *at])))
    return poses
