"""Assets repainted in a colour and a material that words name, and the colour word of an asset as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import SettingsError, did_you_mean
from ..scene.model import Array, Material, Mesh, SceneObject
from .colour_words import NEUTRAL, WORDS, lab, word_distances
from .dressings import MATERIAL_WORDS, coat, plain_colours

__all__ = ["dominant_colour", "dominant_material", "dress", "plain_colours"]


@dataclass(frozen=True)
class Clear:
    """When an asset is plainly of one colour."""

    margin: float = 5.0
    """Least distance in CIELAB by which the runner-up word is farther away."""
    reach: float = 19.0
    """Most distance in CIELAB to the word's nearest anchor: beyond it no word fits."""
    neutral: float = 13.0
    """Most chroma in CIELAB of what is called black, white, grey or silver: a dull teal is not grey."""
    area: float = 0.5
    """Least share of the asset's surface that the material covers."""
    loyal: float = 0.65
    """Least share of the material's pixels that are nearest to the word."""


CLEAR = Clear()
MOST_REPEATS = 40.0
"""Texture coordinates are not stretched beyond this: finer than a pixel, and single precision would tell."""


def dress(
    objects: list[SceneObject], rng: np.random.Generator, colour: str | None = None, material: str | None = None, *,
    main: Material | None = None, new: Material | None = None,
) -> list[SceneObject]:  # fmt: skip
    """Returns the objects with their dominant material repainted so that it looks plainly of the two words.

    The same Material is replaced wherever it is used; the rest stays. Without a colour word, a natural colour of the
    material; without a material word, one in which the colour is usual; without both, the objects as they are. Shade,
    grain, scale and pattern come from ``rng``. ``main`` and ``new``: the dominant material and the coat of those words, where they are
    known already. Raises SettingsError for a word that is not known.
    """
    for word, known in ((colour, WORDS), (material, MATERIAL_WORDS)):
        if word is not None and word not in known:
            raise SettingsError(f"nothing can be dressed in '{word}'" + did_you_mean(word, known))
    if colour is None and material is None:
        return list(objects)
    old = main or dominant_material(objects)[0]
    if old is None:
        return list(objects)
    new = new or coat(rng, colour, material)
    # Whole repeats only, or the picture would break at the seam of a turned solid.
    repeats = int(rng.choice([1, 1, 1, 2, 3]))
    return [o if o.mesh is None else replace(o, mesh=repainted(o.mesh, old, new, repeats)) for o in objects]


def repainted(mesh: Mesh, old: Material, new: Material, repeats: int) -> Mesh:
    """Returns the mesh with one material in place of another, its picture repeated more often on those faces."""
    if not any(m is old for m in mesh.materials):
        return mesh
    uvs = mesh.corner_uvs
    if uvs is not None and repeats > 1:
        mine = np.isin(mesh.material_ids(), [i for i, m in enumerate(mesh.materials) if m is old])
        if float(np.abs(uvs[mine]).max(initial=0.0)) * repeats <= MOST_REPEATS:
            uvs = np.where(mine[:, None, None], uvs * repeats, uvs)
    return replace(mesh, corner_uvs=uvs, materials=tuple(new if m is old else m for m in mesh.materials))


def dominant_material(objects: list[SceneObject]) -> tuple[Material | None, float]:
    """Returns the material with the largest surface (m2, in the world) over all the objects, and its share of it."""
    found: dict[int, Material] = {}
    area: dict[int, float] = {}
    for o in objects:
        if o.mesh is None or o.hidden or not len(o.mesh.faces):
            continue
        corners = o.mesh.triangles() @ o.matrix_world[:3, :3].T
        faces = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        sums = np.bincount(o.mesh.material_ids(), faces, len(o.mesh.materials))
        for material, square in zip(o.mesh.materials, sums, strict=True):
            found[id(material)] = material
            area[id(material)] = area.get(id(material), 0.0) + float(square)
    if not area:
        return None, 0.0
    best = max(area, key=lambda key: area[key])
    return found[best], area[best] / max(sum(area.values()), 1e-12)


def material_pixels(material: Material, side: int = 24) -> Array:
    """Returns sRGB shares [N, 3] of what the material shows: its texture, thinned to ``side``, times its base colour."""
    base = np.asarray(material.base_colour[:3], np.float64)
    tint = np.where(base <= 0.0031308, 12.92 * base, 1.055 * np.maximum(base, 0) ** (1 / 2.4) - 0.055)
    if material.texture is None:
        return tint[None]
    pixels = material.texture.pixels
    rows, columns = (np.linspace(0, n - 1, min(n, side)).astype(int) for n in pixels.shape[:2])
    shares = pixels[rows][:, columns, :3].reshape(-1, 3) / 255
    # sRGB is close to a power law, so the product of the encoded shares is close to that of the light.
    return np.asarray(shares * tint)


def dominant_colour(objects: list[SceneObject]) -> str | None:
    """Returns the colour word of the asset's dominant material, or None when no word is plainly the one.

    Plainly: the material covers most of the surface, its mean colour is clearly nearest to the word in CIELAB, and
    most of its pixels are nearest to the same word (``Clear`` has the figures).
    """
    material, share = dominant_material(objects)
    if material is None or share < CLEAR.area:
        return None
    pixels = material_pixels(material)
    mean = pixels.mean(0)
    away = word_distances(mean)
    first, second = np.argsort(away)[:2]
    if WORDS[int(first)] in NEUTRAL and float(np.hypot(*lab(mean)[1:])) > CLEAR.neutral:
        return None
    if away[first] > CLEAR.reach or away[second] - away[first] < CLEAR.margin:
        return None
    same = float((word_distances(pixels).argmin(1) == first).mean())
    return WORDS[int(first)] if same >= CLEAR.loyal else None
