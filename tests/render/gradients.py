"""What the gradient tests compare: losses, oracle gradients and the renderer's own, on one list of poses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from sgvop_core.pose import Pose, rotation_from_vector
from sgvop_core.render import make_renderer
from sgvop_core.scene.body import make_body
from sgvop_core.scene.model import Mesh

from .oracle import Oracle, OracleLight, OracleMesh, turn_of
from .scenes import BACKGROUND, STEP, YFOV, draw_poses, scene_at_table, table

SIZE = 224


def pose_of(parameters: torch.Tensor) -> Pose:
    """Returns one pose of (log scale, rotation vector, position) [7]; differentiable."""
    return poses_of(parameters[None])


def poses_of(parameters: torch.Tensor) -> Pose:
    """Returns the poses of (log scale, rotation vector, position) [K, 7]; differentiable."""
    scale = parameters[:, :1].exp().expand(-1, 3)
    return Pose(scale, rotation_from_vector(parameters[:, 1:4]), parameters[:, 4:7], torch.zeros(3).to(parameters))


def linear(srgb: torch.Tensor) -> torch.Tensor:
    """Returns linear colours of sRGB ones, differentiable (the slope at black is the curve's, not infinite)."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp_min(0.04) + 0.055) / 1.055) ** 2.4)


def oracle_mesh(mesh: Mesh) -> OracleMesh:
    normals = mesh.corner_normals
    if normals is None:
        c = mesh.triangles()
        flat = np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0])
        normals = np.repeat((flat / np.linalg.norm(flat, axis=1, keepdims=True))[:, None], 3, 1)
    colours = np.ascontiguousarray(mesh.corner_colours[..., :3])
    return OracleMesh(np.asarray(mesh.vertices, float), mesh.faces, np.ascontiguousarray(normals), colours)


def make_oracle(mesh: Mesh, with_table: bool = True) -> Oracle:
    """Returns the oracle of ``scene_at_table``; the light's numbers follow the documented exposure rule."""
    scene = scene_at_table(mesh, with_table)
    lamp = scene.lights[0]
    weights = np.array([0.2126, 0.7152, 0.0722])
    colour = np.array(lamp.colour) * lamp.strength
    key = (np.array(scene.ambient) + colour / (2 * np.pi)) @ weights
    exposure = 0.62 / key
    fill = 0.22 * 0.62
    light = OracleLight(
        np.ascontiguousarray(lamp.matrix_world[:3, 2]), colour * exposure / np.pi,
        np.array(scene.ambient) * exposure + 0.75 * fill, np.full(3, 0.25 * fill),
    )  # fmt: skip
    camera = scene.cameras[0].matrix_world
    static = oracle_mesh(table())
    if not with_table:
        static = OracleMesh(static.vertices, static.faces[:0], static.normals[:0], static.colours[:0])
    return Oracle(oracle_mesh(mesh), static, camera, YFOV, SIZE, light, np.array(BACKGROUND))


def oracle_picture(oracle: Oracle, theta: np.ndarray, ss: int) -> np.ndarray:
    return oracle.render(np.full(3, np.exp(theta[0])), turn_of(theta[1:4]), theta[4:7], ss)


@dataclass
class Case:
    """One pose with its targets and the oracle's gradients [2 losses, 7] in units of STEP."""

    kind: str
    theta: np.ndarray
    target: np.ndarray
    weights: np.ndarray
    gradient: np.ndarray = field(default_factory=lambda: np.zeros((2, 7)))


def _weights(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    w = np.stack([gaussian_filter(rng.normal(size=(SIZE, SIZE)), 3.0) for _ in range(3)], -1)
    return w * (100 / np.abs(w).sum())


def losses(picture, target, weights):
    """Returns the two losses of a picture: mean squared error to a target, and a smooth linear functional."""
    return ((picture - target) ** 2).mean(), (weights * picture).sum()


def visible_poses(oracle: Oracle, count: int, seed: int, least: int = 150) -> list[tuple[str, np.ndarray]]:
    """Returns drawn poses of which at least that many pixels are seen, a third of each kind."""
    empty = oracle.plate(1)[2]
    chosen: list[tuple[str, np.ndarray]] = []
    for kind, theta in draw_poses(4 * count, seed):
        if sum(k == kind for k, _ in chosen) < count // 3:
            changed = np.abs(oracle_picture(oracle, theta, 1) - empty).max(-1) > 1e-6
            if changed.sum() >= least:
                chosen.append((kind, theta))
    return chosen


def make_cases(
    oracle: Oracle, count: int = 24, supersampling: int = 16, seed: int = 1, step: float = 0.25
) -> list[Case]:
    """Returns the cases with central differences of ``step`` pixels of the supersampled oracle."""
    cases = []
    for k, (kind, theta) in enumerate(visible_poses(oracle, count, seed)):
        rng = np.random.default_rng(100 + k)
        target = oracle_picture(oracle, theta + rng.normal(size=7) * STEP * 6, 8)
        cases.append(Case(kind, theta, target, _weights(k)))
    oracle.plate(supersampling)

    def one(job):
        case, i = job
        values = []
        for sign in (1, -1):
            theta = case.theta.copy()
            theta[i] += sign * step * STEP[i]
            values.append(losses(oracle_picture(oracle, theta, supersampling), case.target, case.weights))
        case.gradient[:, i] = [(values[0][k] - values[1][k]) / (2 * step) for k in (0, 1)]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, [(c, i) for c in cases for i in range(7)]))
    return cases


def renderer_for(mesh: Mesh, dtype=torch.float32, with_table: bool = True, **options):
    scene = scene_at_table(mesh, with_table)
    renderer = make_renderer(scene, make_body(scene, "body"), (SIZE, SIZE), dtype=dtype, shadows=False, **options)
    return renderer, scene.cameras


def renderer_gradients(renderer, cameras, cases: list[Case], dtype=torch.float32) -> np.ndarray:
    """Returns the renderer's gradients [cases, 2, 7] in units of STEP."""
    out = []
    for case in cases:
        target, weights = (torch.tensor(a, dtype=dtype) for a in (case.target, case.weights))
        rows = []
        for which in (0, 1):
            theta = torch.tensor(case.theta, dtype=dtype, requires_grad=True)
            picture = linear(renderer.render(pose_of(theta), cameras).rgb[0, 0])
            losses(picture, target, weights)[which].backward()
            rows.append(theta.grad.double().numpy() * STEP)
        out.append(rows)
    return np.array(out)


def compare(found: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns cosines and relative errors over the last axis."""
    size_f, size_t = np.linalg.norm(found, axis=-1), np.linalg.norm(truth, axis=-1)
    cosine = (found * truth).sum(-1) / (size_f * size_t + 1e-30)
    return cosine, np.linalg.norm(found - truth, axis=-1) / (size_t + 1e-30)
