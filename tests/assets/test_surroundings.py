"""Surroundings repeat by seed, differ between seeds, and span dark to light, grey to coloured."""

from __future__ import annotations

import numpy as np

from sgvop_core.assets.colour_words import lab
from sgvop_core.assets.surroundings import FLOORS, WALLS, floor_look, sky_look, wall_look
from sgvop_core.scene.model import Material


def pixels(material: Material) -> np.ndarray:
    assert material.texture is not None
    return np.asarray(material.texture.pixels[..., :3])


def test_the_same_seed_gives_the_same_floor_and_wall() -> None:
    for look in (lambda rng: floor_look(rng)[0], wall_look):
        pictures = [pixels(look(np.random.default_rng(s))) for s in (0, 0, 1, 2)]
        assert np.array_equal(pictures[0], pictures[1])
        assert not np.array_equal(pictures[0], pictures[2]) and not np.array_equal(pictures[2], pictures[3])


def test_floors_and_walls_span_the_colours() -> None:
    rng = np.random.default_rng(7)
    for looks in ([floor_look(rng)[0] for _ in range(60)], [wall_look(rng) for _ in range(60)]):
        means = lab(np.array([pixels(m).reshape(-1, 3).mean(0) for m in looks]) / 255)
        chroma = np.hypot(means[:, 1], means[:, 2])
        assert means[:, 0].min() < 25 and means[:, 0].max() > 80
        assert chroma.min() < 4 and chroma.max() > 30
        flat = [float(pixels(m).std(axis=(0, 1)).mean()) for m in looks]
        assert min(flat) < 6 and max(flat) > 25


def test_each_maker_fills_its_picture_and_gives_a_real_scale() -> None:
    for maker in {*FLOORS, *WALLS}:
        for seed in range(4):
            picture, tile = maker(np.random.default_rng(seed))
            assert picture.shape == (128, 128, 3) and np.isfinite(picture).all()
            assert 0.3 < tile < 5.0


def test_skies_are_light_that_a_picture_can_show() -> None:
    rng = np.random.default_rng(1)
    skies = np.array([sky_look(rng) for _ in range(40)])
    assert (skies >= 0).all() and (skies <= 1).all() and np.ptp(skies.mean(1)) > 0.5
