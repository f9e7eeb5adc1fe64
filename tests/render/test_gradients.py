"""Gradients against the oracle, the renderer's own picture, and what they are for: finding poses again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sgvop_core.render import RenderOptions, make_renderer
from sgvop_core.scene.body import make_body
from sgvop_core.scene.model import Camera, Material, Mesh, Scene, SceneObject

from .gradients import (
    compare,
    linear,
    losses,
    make_cases,
    make_oracle,
    oracle_picture,
    pose_of,
    poses_of,
    renderer_for,
    renderer_gradients,
    visible_poses,
)
from .oracle import turn_of
from .scenes import STEP, cow, creature, look_from

BODIES = [
    "creature",
    pytest.param("cow", marks=pytest.mark.skipif(cow() is None, reason="the development data is not at hand")),
]


def body_mesh(name: str) -> Mesh:
    mesh = creature() if name == "creature" else cow()
    assert mesh is not None
    return mesh


@pytest.fixture(scope="module")
def truth():
    """The oracle and its cases by body, made once a run."""
    known = {}

    def of(name: str):
        if name not in known:
            oracle = make_oracle(body_mesh(name))
            known[name] = oracle, make_cases(oracle)
        return known[name]

    return of


@pytest.mark.parametrize("name", BODIES)
def test_gradients_agree_with_the_oracle(name, truth) -> None:
    """A user's search would walk the wrong way if these cosines fell."""
    _, cases = truth(name)
    renderer, cameras = renderer_for(body_mesh(name))
    found = renderer_gradients(renderer, cameras, cases)
    cosine, error = compare(found, np.stack([c.gradient for c in cases]))
    table = f"cosine median {np.median(cosine, 0)}, least {cosine.min(0)}; error median {np.median(error, 0)}"
    print(name, table)
    assert np.median(cosine[:, 0]) >= 0.998 and cosine[:, 0].min() >= 0.97, table
    assert np.median(cosine[:, 1]) >= 0.995 and cosine[:, 1].min() >= 0.97, table
    assert np.median(error[:, 0]) <= 0.06 and np.median(error[:, 1]) <= 0.10, table


def test_a_hard_renderer_fails_the_same_table(truth) -> None:
    """The table can tell a wrong gradient: without boundary terms the cosines collapse."""
    _, cases = truth("creature")
    renderer, cameras = renderer_for(creature(), backend="thesis")
    cosine, _ = compare(renderer_gradients(renderer, cameras, cases), np.stack([c.gradient for c in cases]))
    assert np.median(cosine[:, 0]) < 0.9 and np.median(cosine[:, 1]) < 0.7


def test_differences_agree_with_the_oracle(truth) -> None:
    _, cases = truth("creature")
    renderer, cameras = renderer_for(creature(), gradient="differences")
    chosen = cases[:6]
    cosine, _ = compare(renderer_gradients(renderer, cameras, chosen), np.stack([c.gradient for c in chosen]))
    assert np.median(cosine) > 0.99 and cosine.min() > 0.95


@pytest.mark.parametrize("graze", [0.0, RenderOptions().graze])
def test_gradient_is_the_derivative_of_the_picture(graze, truth) -> None:
    """Every formula of the hand-written backward pass, at a step of a hundred-thousandth of a pixel in float64."""
    _, cases = truth("creature")
    renderer, cameras = renderer_for(creature(), dtype=torch.float64, options=RenderOptions(graze=graze))
    chosen = cases[:12]
    found = renderer_gradients(renderer, cameras, chosen, torch.float64)
    own, h = np.zeros_like(found), 1e-5
    for k, case in enumerate(chosen):
        for i in range(7):
            values = []
            for sign in (1, -1):
                theta = case.theta.copy()
                theta[i] += sign * h * STEP[i]
                picture = linear(renderer.render(pose_of(torch.tensor(theta)), cameras).rgb[0, 0]).numpy()
                values.append(losses(picture, case.target, case.weights))
            own[k, :, i] = [(values[0][j] - values[1][j]) / (2 * h) for j in (0, 1)]
    cosine, error = compare(found, own)
    print("graze", graze, "median", np.median(cosine, 0), "least", cosine.min(0), "error", np.median(error, 0))
    if graze == 0.0:  # the damping is a wanted departure from the derivative; without it there is none
        assert np.median(cosine) >= 0.999999 and cosine.min() >= 0.9999
    else:
        assert np.median(cosine) >= 0.99 and cosine.min() >= 0.9


@pytest.mark.parametrize(
    ("name", "rounds"), [("creature", 240), pytest.param("cow", 120, marks=[*BODIES[1].marks, pytest.mark.slow])]
)
def test_poses_are_found_again(name, rounds, truth) -> None:
    """From about twelve pixels away, by Adam on the squared error, to less than a pixel.

    The creature takes twice the cow's rounds: after 120, 14 of 18 are there and two are still on their way at 1.1 and
    1.2 pixels, poses of which little is seen.
    """
    oracle, _ = truth(name)
    renderer, cameras = renderer_for(body_mesh(name))
    unit = torch.tensor(STEP, dtype=torch.float32)
    goals = np.stack([theta for _, theta in visible_poses(oracle, 18, seed=7)])
    away = np.stack([goal + np.random.default_rng(k).normal(size=7) * STEP * 8 for k, goal in enumerate(goals)])
    targets = torch.tensor(np.stack([oracle_picture(oracle, goal, 8) for goal in goals]), dtype=torch.float32)

    def misses(parameters: np.ndarray) -> np.ndarray:
        """Mean distance of the vertices on the screen, in pixels, pose by pose."""
        places = [
            np.stack(oracle.screen(np.exp(p[0]) * oracle.body.vertices @ turn_of(p[1:4]).T + p[4:7])[:2], 1)
            for p in np.concatenate([parameters, goals])
        ]
        found, sought = np.stack(places[: len(goals)]), np.stack(places[len(goals) :])
        return np.linalg.norm(found - sought, axis=2).mean(1)

    x = (torch.tensor(away, dtype=torch.float32) / unit).requires_grad_()
    adam = torch.optim.Adam([x], lr=0.8)  # works number by number: all poses at once, each on its own
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, rounds, 0.02)
    for _ in range(rounds):
        adam.zero_grad()
        pictures = linear(renderer.render(poses_of(x * unit), cameras).rgb[:, 0])
        ((pictures - targets) ** 2).mean((1, 2, 3)).sum().backward()
        adam.step()
        schedule.step()
    starts, ends = misses(away), misses((x * unit).detach().double().numpy())
    print(name, "start", np.median(starts), "end", np.median(ends), "found", (ends < 1).sum())
    assert np.median(starts) > 8
    assert (ends < 1).sum() >= 16, ends


# ------------------------------------------------------------------ boundaries one by one


def plane(name: str, half: float, colour: tuple[float, float, float], matrix: np.ndarray) -> SceneObject:
    corners = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0.0]])
    material = Material(name, (*colour, 1.0))
    mesh = Mesh(name, corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), materials=(material,))
    return SceneObject(name, matrix, mesh)


def upright(at: tuple[float, float, float]) -> np.ndarray:
    """A plane that faces -Y."""
    matrix = np.eye(4)
    matrix[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    matrix[:3, 3] = at
    return matrix


FRONT = Camera("front", look_from((0, -4, 0), (0, 0, 0)).matrix_world, yfov=0.6)


def area_slope(objects: tuple[SceneObject, ...], axis: int, samples: int = 2) -> tuple[float, float]:
    """Returns the gradient of the body's visible area (pixels) along a world axis, and its difference over 2 pixels."""
    scene = Scene(objects, (FRONT,))
    body = make_body(scene, "body")

    def renderer(s: int):
        return make_renderer(scene, body, (96, 96), samples=s, shadows=False, dtype=torch.float64)

    def area(shift: torch.Tensor, s: int) -> torch.Tensor:
        rest = torch.tensor(body.rest_matrix())
        from sgvop_core.pose import Pose

        pose = Pose(torch.ones(1, 3).double(), rest[None, :3, :3], rest[None, :3, 3] + shift, torch.zeros(3).double())
        return renderer(s).render(pose, [FRONT]).alpha.sum()

    unit = torch.eye(3).double()[axis]
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    area(x, samples).backward()
    h = 0.02
    slope = (area(unit * h, 8) - area(-unit * h, 8)) / (2 * h)
    assert x.grad is not None
    return float(x.grad @ unit), float(slope)


def test_an_occluders_edge_does_not_move_with_the_body() -> None:
    """A body behind a window that it fills keeps its area when it moves."""
    wall = tuple(
        plane(f"wall {k}", 1.0, (0.5, 0.5, 0.5), upright(at))
        for k, at in enumerate([(-1.3, -1, 0), (1.3, -1, 0), (0, -1, 1.3), (0, -1, -1.3)])
    )
    body = plane("body", 0.9, (0.9, 0.2, 0.2), upright((0, 0, 0)))
    for axis in (0, 2):
        found, slope = area_slope((*wall, body), axis)
        assert abs(slope) < 1e-6 and abs(found) < 1e-6


@pytest.mark.parametrize("turn", [0.35, 0.785, 1.2])
def test_a_cut_curve_counts_once(turn) -> None:
    """A plane pushed through another: the area changes as the curve of their meeting moves. Counting the curve on both
    axes would give up to twice as much."""
    fixed = np.eye(4)
    c, s = np.cos(turn), np.sin(turn)
    roll = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])  # about the view axis, so the curve lies slanted in the picture
    lean = np.array([[1, 0, 0], [0, np.cos(0.6), -np.sin(0.6)], [0, np.sin(0.6), np.cos(0.6)]])
    fixed[:3, :3] = roll @ lean @ upright((0, 0, 0))[:3, :3]
    wall = plane("wall", 30.0, (0.5, 0.5, 0.5), upright((0, 0, 0)))
    body = plane("body", 30.0, (0.9, 0.2, 0.2), fixed)
    found, slope = area_slope((wall, body), 1)
    assert found == pytest.approx(slope, rel=0.05)


def test_a_silhouette_moves_with_the_body() -> None:
    """A square half out of the picture grows as it is pushed in."""
    body = plane("body", 1.0, (0.9, 0.2, 0.2), upright((1.6, 0, 0)))
    found, slope = area_slope((body,), 0)
    assert found == pytest.approx(slope, rel=0.02) and slope < 0
