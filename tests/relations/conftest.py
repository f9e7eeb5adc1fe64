"""A small furnished room from boxes and lathes, and what a prompt asks of a mug in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from sgvop_core.guidance.prompt import read_prompt, resolve_prompt
from sgvop_core.guidance.relations import RelationSet, make_relations
from sgvop_core.pose import Pose, yaw_rotation
from sgvop_core.scene.body import make_body
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.geometry import SceneGeometry
from sgvop_core.scene.model import Camera, Mesh, Scene, SceneObject

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
     [1, 5, 7], [1, 7, 3]], np.int32
)  # fmt: skip


def boxes(name: str, *spans: tuple[tuple[float, ...], tuple[float, ...]]) -> SceneObject:
    """Returns an object of boxes given by (low, high) corners."""
    vertices = [np.array(low) + CORNERS * (np.array(high) - np.array(low)) for low, high in spans]
    faces = [FACES + 8 * i for i in range(len(spans))]
    return SceneObject(name, np.eye(4), Mesh(name, np.concatenate(vertices), np.concatenate(faces)))


def lathe(
    name: str, profile: list[tuple[float, float]], at: tuple[float, float, float], steps: int = 24
) -> SceneObject:
    """Returns a turned object of a profile of (radius, height)."""
    angle = np.arange(steps) * 2 * np.pi / steps
    rings = [np.stack([r * np.cos(angle), r * np.sin(angle), np.full(steps, z)], 1) for r, z in profile]
    faces = []
    for i in range(len(profile) - 1):
        for j in range(steps):
            a, b, c, d = (
                i * steps + j,
                i * steps + (j + 1) % steps,
                (i + 1) * steps + (j + 1) % steps,
                (i + 1) * steps + j,
            )
            faces += [(a, b, c), (a, c, d)]
    return SceneObject(name, np.eye(4), Mesh(name, np.concatenate(rings) + np.array(at), np.array(faces, np.int32)))


def table_spans() -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    spans = [((-0.6, -0.4, 0.71), (0.6, 0.4, 0.75))]
    return spans + [((x - 0.03, y - 0.03, 0), (x + 0.03, y + 0.03, 0.71)) for x in (-0.55, 0.55) for y in (-0.35, 0.35)]


BOWL = [
    (0.001, 0), (0.08, 0), (0.16, 0.06), (0.18, 0.12), (0.172, 0.12), (0.15, 0.065), (0.07, 0.012), (0.001, 0.012)
]  # fmt: skip
LAMP = [(0.001, 0), (0.1, 0), (0.1, 0.02), (0.01, 0.02), (0.01, 0.35), (0.12, 0.35), (0.07, 0.5), (0.001, 0.5)]
BOARDS = (0.05, 0.45, 0.85, 1.25, 1.77)
ROOM = (
    boxes("Floor", ((-3, -3, -0.1), (3, 3, 0))),
    boxes("Wall", ((-3, 3, 0), (3, 3.1, 2.5))),
    boxes(
        "Bookshelf", ((1.5, 2.6, 0), (1.53, 2.95, 1.8)), ((2.47, 2.6, 0), (2.5, 2.95, 1.8)),
        *[((1.5, 2.6, z), (2.5, 2.95, z + 0.03)) for z in BOARDS],
    ),
    lathe("Bowl", BOWL, (0.3, 0.1, 0.75)),
    lathe("Lamp", LAMP, (-0.35, 0.15, 0.75)),
    boxes(
        "Chair", ((-1.7, -0.2, 0.42), (-1.3, 0.2, 0.46)), ((-1.7, 0.16, 0.46), (-1.3, 0.2, 0.95)),
        *[((-1.5 + x - 0.02, y - 0.02, 0), (-1.5 + x + 0.02, y + 0.02, 0.42)) for x in (-0.18, 0.18) for y in (-0.18, 0.18)],
    ),
    boxes("Table", *table_spans()),
    lathe("mug", [(0.001, 0), (0.04, 0), (0.045, 0.1), (0.04, 0.1), (0.036, 0.008), (0.001, 0.008)], (0, -2, 0)),
)  # fmt: skip


def camera_at(*eye: float) -> Camera:
    return Camera("Cam", look_at(np.array(eye), np.array([0.0, 0.0, 0.5])), yfov=0.9, aspect=1.3)


class Stage:
    """The room with its geometry made once; ``ask`` gives the relations of a prompt for the mug."""

    def __init__(self) -> None:
        self.scene = Scene(objects=ROOM, cameras=(camera_at(0.2, -4.5, 2.2),))
        self.geometry = SceneGeometry(self.scene, "mug")
        self.body = make_body(self.scene, "mug")

    def ask(self, prompt: str, camera: Camera | None = None) -> RelationSet:
        reading = read_prompt(prompt, [o.name for o in self.scene.objects], "mug")
        resolved = resolve_prompt(reading, self.scene, "mug")
        return make_relations(resolved, self.geometry, self.body, camera or self.scene.cameras[0])

    def matrix(self, *base: float, yaw: float = 0.0, scale: float = 1.0) -> np.ndarray:
        """Returns the pose matrix that puts the mug's base centre somewhere."""
        placed = self.poses(torch.tensor([base], dtype=torch.float64), torch.tensor([yaw]).double(), scale)
        return placed.matrices()[0].numpy()

    def poses(self, bases: torch.Tensor, yaw: torch.Tensor, scale: float = 1.0) -> Pose:
        """Returns poses [K] with base centres [K, 3] turned by yaw [K] about them."""
        low, high = self.body.bounds
        pivot = torch.as_tensor([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]], dtype=torch.float64)
        return Pose(torch.full((len(bases), 3), scale, dtype=torch.float64), yaw_rotation(yaw), bases - pivot, pivot)


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="session")
def eye() -> Callable[..., Camera]:
    return camera_at
