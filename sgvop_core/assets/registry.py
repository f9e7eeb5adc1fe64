"""The kinds of assets and how to build one: ``build_asset(kind, seed)``."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import SettingsError, did_you_mean
from ..scene.model import SceneObject
from . import (
    aircraft,
    animals,
    bikes,
    birds,
    boats,
    books,
    buildings,
    creatures,
    decor,
    dinosaurs,
    electronics,
    figures,
    figurines,
    fittings,
    food,
    furnishings,
    furniture,
    gadgets,
    household,
    instruments,
    joinery,
    kitchen,
    letters,
    luggage,
    nature,
    office,
    playthings,
    produce,
    randoms,
    reptiles,
    shapes,
    soft,
    street,
    tableware,
    tools,
    toys,
    trains,
    vehicles,
    wear,
    yard,
)
from .kind import AssetKind
from .parts import Part, build_mesh, shift, turn

KINDS: dict[str, AssetKind] = {
    "mug": AssetKind(tableware.mug, (0.09, 0.14)),
    "bowl": AssetKind(tableware.bowl, (0.13, 0.32)),
    "plate": AssetKind(tableware.plate, (0.19, 0.31)),
    "bottle": AssetKind(tableware.bottle, (0.23, 0.35)),
    "vase": AssetKind(tableware.vase, (0.17, 0.36)),
    "teapot": AssetKind(tableware.teapot, (0.15, 0.27)),
    "candle": AssetKind(tableware.candle, (0.13, 0.27)),
    "basket": AssetKind(tableware.basket, (0.29, 0.52)),
    "pan": AssetKind(tableware.pan, (0.37, 0.52)),
    "table": AssetKind(furniture.table, (1.0, 1.7)),
    "side table": AssetKind(furniture.side_table, (0.38, 0.6)),
    "coffee table": AssetKind(furniture.coffee_table, (0.8, 1.3)),
    "desk": AssetKind(furniture.desk, (1.1, 1.7)),
    "shelf": AssetKind(furniture.shelf, (1.0, 1.6)),
    "cabinet": AssetKind(furniture.cabinet, (0.7, 1.2)),
    "chair": AssetKind(furniture.chair, (0.8, 1.05)),
    "stool": AssetKind(furniture.stool, (0.38, 0.72)),
    "crate": AssetKind(furniture.crate, (0.35, 0.55)),
    "ladder": AssetKind(furniture.ladder, (1.2, 1.8)),
    "sofa": AssetKind(soft.sofa, (1.5, 2.2)),
    "armchair": AssetKind(soft.armchair, (0.8, 1.05)),
    "bed": AssetKind(soft.bed, (1.9, 2.2)),
    "cushion": AssetKind(soft.cushion, (0.35, 0.62)),
    "rug": AssetKind(soft.rug, (1.3, 2.3)),
    "curtain": AssetKind(soft.curtain, (2.0, 2.2), solid=False),
    "floor lamp": AssetKind(decor.floor_lamp, (1.3, 1.75)),
    "table lamp": AssetKind(decor.table_lamp, (0.35, 0.55)),
    "desk lamp": AssetKind(decor.desk_lamp, (0.35, 0.55)),
    "plant": AssetKind(decor.plant, (0.15, 1.5), solid=False),
    "picture": AssetKind(decor.picture, (0.38, 0.75)),
    "clock": AssetKind(decor.clock, (0.15, 0.34)),
    "book": AssetKind(books.book, (0.15, 0.32)),
    "book row": AssetKind(books.book_row, (0.45, 0.62)),
    "box": AssetKind(decor.carton, (0.25, 0.45)),
    "monitor": AssetKind(electronics.monitor, (0.45, 0.65)),
    "laptop": AssetKind(electronics.laptop, (0.28, 0.38)),
    "ball": AssetKind(toys.ball, (0.13, 0.3)),
    "toy car": AssetKind(toys.toy_car, (0.18, 0.34), fronted=True),
    "cow": AssetKind(toys.cow, (0.27, 0.46), fronted=True),
    "dog": AssetKind(toys.dog, (0.2, 0.46), fronted=True),
    "teddy": AssetKind(toys.teddy, (0.18, 0.46), fronted=True),
    "block": AssetKind(toys.blocks, (0.04, 0.1)),
    "drum": AssetKind(toys.drum, (0.15, 0.3)),
}
KINDS |= animals.KINDS
KINDS |= birds.KINDS
KINDS |= creatures.KINDS
KINDS |= dinosaurs.KINDS
KINDS |= figures.KINDS
KINDS |= figurines.KINDS
KINDS |= letters.KINDS
KINDS |= reptiles.KINDS
KINDS |= vehicles.KINDS
KINDS |= bikes.KINDS
KINDS |= trains.KINDS
KINDS |= aircraft.KINDS
KINDS |= boats.KINDS
KINDS |= shapes.KINDS
KINDS |= randoms.KINDS
KINDS |= street.KINDS
KINDS |= yard.KINDS
KINDS |= kitchen.KINDS
KINDS |= food.KINDS
KINDS |= produce.KINDS
KINDS |= fittings.KINDS
KINDS |= joinery.KINDS
KINDS |= furnishings.KINDS
KINDS |= nature.KINDS
KINDS |= buildings.KINDS
KINDS |= tools.KINDS
KINDS |= household.KINDS
KINDS |= wear.KINDS
KINDS |= instruments.KINDS
KINDS |= playthings.KINDS
KINDS |= gadgets.KINDS
KINDS |= office.KINDS
KINDS |= luggage.KINDS


def asset_kinds() -> tuple[str, ...]:
    """Returns the names of everything that ``build_asset`` can build."""
    return tuple(KINDS)


def build_asset(
    kind: str, seed: int | np.random.Generator = 0, name: str | None = None, **variants: Any
) -> list[SceneObject]:
    """Returns the objects of one asset standing on the world's origin, its front towards -y; the first is the lead.

    ``seed`` chooses proportions, colours and textures; ``name`` names the lead (by default the kind, capitalised) and
    its children begin with it. ``variants`` go to the kind's builder: ``colour`` is a word of ``palette.COLOURS`` or
    (furniture) ``palette.WOODS``. Raises SettingsError for an unknown kind or variant.
    """
    if kind not in KINDS:
        raise SettingsError(f"no asset kind '{kind}'" + did_you_mean(kind, KINDS))
    rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng([seed, zlib.crc32(kind.encode())])
    try:
        pieces = KINDS[kind].build(rng, **variants)
    except (TypeError, KeyError) as error:
        raise SettingsError(f"asset '{kind}' cannot be built with {variants}: {error}") from error
    return objects_of(pieces, name or kind.capitalize())


def objects_of(pieces: dict[str, list[Part]], name: str) -> list[SceneObject]:
    """Returns scene objects of an asset's pieces, shifted so that the lowest point is at z = 0."""
    lowest = min(float(p.vertices[:, 2].min()) for parts in pieces.values() for p in parts)
    objects = []
    for suffix, parts in pieces.items():
        label = f"{name} {suffix}".strip()
        mesh = build_mesh(label, [p.at(z=-lowest) for p in parts])
        objects.append(SceneObject(label, np.eye(4), mesh, parent=name if suffix else None))
    return objects


def placed(objects: list[SceneObject], x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw: float = 0.0, scale: float = 1.0,
           matrix: np.ndarray | None = None) -> list[SceneObject]:  # fmt: skip
    """Returns the objects moved together: scaled, turned by ``yaw`` degrees about z, then shifted (or by ``matrix`` [4, 4])."""
    if matrix is None:
        matrix = shift(x, y, z) @ turn("z", yaw) @ np.diag([scale, scale, scale, 1.0])
    return [replace(o, matrix_world=matrix @ o.matrix_world) for o in objects]
