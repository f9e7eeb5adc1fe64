"""A dressed asset is plainly of the colour asked for, and nothing but its main material changes."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from sgvop_core.assets import build_asset
from sgvop_core.assets.colour_words import ANCHORS, WORDS, lab, nearest_word, shade_of, srgb
from sgvop_core.assets.dress import dominant_colour, dominant_material, dress, plain_colours
from sgvop_core.assets.dressings import MATERIAL_COLOURS, MATERIAL_WORDS
from sgvop_core.errors import SettingsError
from sgvop_core.scene.model import Material, Mesh, SceneObject


def words() -> dict[str, dict[str, list[int]]]:
    text = files("sgvop_core.guidance.prompt").joinpath("vocabulary.json").read_text(encoding="utf-8")
    read: dict[str, dict[str, list[int]]] = json.loads(text)
    return read


def square(material: Material) -> list[SceneObject]:
    uvs = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float64)
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float64)
    mesh = Mesh("square", corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), None, uvs, materials=(material,))
    return [SceneObject("Square", np.eye(4), mesh)]


def mean_of(objects: list[SceneObject]) -> np.ndarray:
    material = dominant_material(objects)[0]
    assert material is not None and material.texture is not None
    return np.asarray(material.texture.pixels[..., :3].reshape(-1, 3).mean(0) / 255)


def test_the_words_are_the_vocabulary_of_prompts() -> None:
    said = words()
    assert {w: list(ANCHORS[w][0]) for w in WORDS} == said["colours"]
    assert set(MATERIAL_WORDS) == set(said["materials"])
    assert all(set(plain_colours(m)) <= set(WORDS) for m in MATERIAL_WORDS)


def test_lab_of_known_colours_and_back() -> None:
    # Red of sRGB: CIELAB (53.24, 80.09, 67.20), the usual tables' figure.
    assert lab(np.array([1.0, 0, 0])) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert lab(np.array([1.0, 1, 1])) == pytest.approx([100, 0, 0], abs=1e-3)
    some = np.random.default_rng(0).random((50, 3))
    assert srgb(lab(some)) == pytest.approx(some, abs=1e-9)


@pytest.mark.parametrize("colour", WORDS)
def test_dressed_things_are_of_the_colour_asked(colour: str) -> None:
    rng = np.random.default_rng(5)
    plain = square(Material("old"))
    for material in (*MATERIAL_WORDS, None):
        mean = mean_of(dress(plain, rng, colour, material))
        assert nearest_word(mean) == colour, (colour, material)
    assert all(nearest_word(shade_of(rng, colour), 3.9) == colour for _ in range(20))


def test_materials_without_a_colour_word_differ_from_seed_to_seed() -> None:
    for material in MATERIAL_WORDS:
        means = [mean_of(dress(square(Material("old")), np.random.default_rng(s), None, material)) for s in range(6)]
        assert len({tuple(m.round(3)) for m in means}) == 6
        again = mean_of(dress(square(Material("old")), np.random.default_rng(3), None, material))
        assert np.array_equal(again, means[3])


def test_only_the_main_material_changes() -> None:
    before = build_asset("armchair", 1)
    after = dress(before, np.random.default_rng(0), "purple", "fabric")
    assert [o.name for o in after] == [o.name for o in before]
    old, new = dominant_material(before)[0], dominant_material(after)[0]
    assert new is not None and old is not new and "purple" in new.name
    for a, b in zip(before, after, strict=True):
        assert a.mesh is not None and b.mesh is not None
        assert b.mesh.vertices is a.mesh.vertices and b.mesh.faces is a.mesh.faces
        for m, n in zip(a.mesh.materials, b.mesh.materials, strict=True):
            assert (n is new) if m is old else (n is m)
    assert dominant_colour(after) == "purple"


def test_the_colour_of_an_asset_is_named_only_when_it_is_plain() -> None:
    assert dominant_colour(square(Material("m", (0.6, 0.01, 0.01, 1.0)))) == "red"
    for between in ((185, 140, 100), (30, 120, 140), (170, 180, 170)):
        linear = tuple(((c / 255 + 0.055) / 1.055) ** 2.4 for c in between)
        assert dominant_colour(square(Material("m", (linear[0], linear[1], linear[2], 1.0)))) is None, between
    assert dominant_colour(dress(build_asset("mug", 2), np.random.default_rng(1), "green", "plastic")) == "green"
    assert dominant_colour([]) is None


def test_words_that_nobody_knows_are_refused() -> None:
    with pytest.raises(SettingsError, match="did you mean 'turquoise'"):
        dress(build_asset("mug"), np.random.default_rng(0), "turquise")
    with pytest.raises(SettingsError, match="dressed in 'wod'"):
        dress(build_asset("mug"), np.random.default_rng(0), None, "wod")
    same = build_asset("mug")
    assert dress(same, np.random.default_rng(0)) == same


def test_every_material_comes_in_some_colours() -> None:
    assert all(len(colours) >= 5 for colours in MATERIAL_COLOURS.values())
