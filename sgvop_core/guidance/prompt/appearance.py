"""What an object looks like in words: its colours by nearness, its materials by their names, its size among others."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ...scene.model import Array, Material, Mesh, Scene, Texture
from .vocabulary import Vocabulary
from .words import name_words, singular

TOLERANCE = 25.0
"""Distance in CIELAB at which a colour word fits by 1/e; black to white is 100."""


def colour_likeness(word: str, colours: Array, shares: Array, vocabulary: Vocabulary) -> float:
    """Returns how well a colour word names colours [N, 3] (sRGB, 0 to 255) of area shares [N], 0 to 1.

    1 where it is the nearest of the vocabulary's colours, falling with the distance in CIELAB beyond that.
    """
    if not len(colours):
        return 0.0
    names = list(vocabulary.data["colours"])
    reference = _lab(np.array([vocabulary.data["colours"][n] for n in names], np.float64))
    distance = np.linalg.norm(_lab(colours)[:, None] - reference[None], axis=2)
    wanted = distance[:, names.index(vocabulary.colours[word])]
    fit = np.exp(-(wanted - distance.min(1)) / TOLERANCE)
    return float((fit * shares).sum() / max(shares.sum(), 1e-12))


def object_colours(scene: Scene, name: str) -> tuple[Array, Array]:
    """Returns the mean colours [N, 3] (sRGB, 0 to 255) of the materials of an object's subtree and their areas [N]."""
    colours, areas = [], []
    for o in scene.subtree(name):
        if o.mesh is None or o.hidden or not len(o.mesh.faces):
            continue
        area = _face_areas(o.mesh)
        ids = o.mesh.material_ids()
        for index, material in enumerate(o.mesh.materials):
            share = float(area[ids == index].sum())
            if share > 0:
                tint = np.ones(3)
                if o.mesh.corner_colours is not None:
                    tint = o.mesh.corner_colours[ids == index][..., :3].reshape(-1, 3).mean(0)
                colours.append(_material_colour(material, tint))
                areas.append(share)
    return np.array(colours).reshape(-1, 3), np.array(areas)


def material_words(scene: Scene, name: str) -> tuple[str, ...]:
    """Returns the words in the names of the materials, textures and meshes of an object's subtree."""
    words: list[str] = []
    for o in scene.subtree(name):
        if o.mesh is None:
            continue
        words += name_words(o.mesh.name)
        for material in o.mesh.materials:
            words += name_words(material.name)
            if material.texture is not None:
                words += name_words(material.texture.name)
    return tuple(dict.fromkeys(singular(w) for w in words))


def _face_areas(mesh: Mesh) -> Array:
    corners = mesh.triangles()
    return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2


def _material_colour(material: Material, tint: Array) -> Array:
    linear = np.array(material.base_colour[:3], np.float64) * tint
    if material.texture is not None:
        linear = linear * _texture_mean(material.texture)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    return np.clip(srgb, 0, 1) * 255


@lru_cache(maxsize=256)
def _texture_mean(texture: Texture) -> Array:
    """Returns the mean colour [3] of a texture, linear, of every so many pixels."""
    height, width = texture.pixels.shape[:2]
    step = max(1, int(np.sqrt(height * width / 4096)))
    pixels = texture.pixels[::step, ::step, :3].reshape(-1, 3).astype(np.float64) / 255
    return np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4).mean(0)


def _lab(srgb: Array) -> Array:
    """Returns CIELAB (D65) of sRGB colours [N, 3] in 0 to 255."""
    c = np.asarray(srgb, np.float64) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)
