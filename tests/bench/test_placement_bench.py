"""The benchmark counts honestly."""

from __future__ import annotations

import numpy as np
import pytest

from sgvop_core.bench.placement import QUESTIONS, collides, placement_table, summarise, wilson
from sgvop_core.scene.model import Mesh, Scene, SceneObject

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


def box(name: str, at: tuple[float, float, float], size: float = 1.0) -> SceneObject:
    matrix = np.diag([size, size, size, 1.0])
    matrix[:3, 3] = at
    return SceneObject(name, matrix, Mesh(name, CORNERS, FACES.astype(np.int32)))


def test_wilson_intervals_match_published_values() -> None:
    # Newcombe 1998, table I: 81 of 263 and 15 of 148, 95 %.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=2e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=2e-4)
    assert wilson(0, 20)[0] == 0.0 and wilson(20, 20)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_cut_is_a_collision_and_contact_is_not() -> None:
    table = box("table", (0, 0, 0))
    assert collides(Scene((table, box("cup", (0.3, 0.3, 1.0005), 0.2))), "cup") is None
    assert collides(Scene((table, box("cup", (0.3, 0.3, 3.0), 0.2))), "cup") is None
    hit = collides(Scene((table, box("wall", (5, 5, 0)), box("cup", (0.3, 0.3, 0.95), 0.2))), "cup")
    assert hit is not None and hit[0] == "table" and hit[1] > 0.01


def test_the_summary_counts_every_run_and_the_table_shows_it() -> None:
    runs = [
        {**dict.fromkeys(QUESTIONS, good), "seconds": 1.0 + good, "error": "" if good else "no pose"}
        for good in (True, True, False)
    ]
    summary = summarise(runs)
    assert summary["runs"] == 3 and summary["errors"] == 1
    assert summary["complete"]["share"] == pytest.approx(2 / 3)
    table = placement_table({"cases": 1, "seeds": 3, "quality": "draft", "clip": "none", "methods": {"all": summary}})
    assert "| all | 0.67 (" in table[-1]
