"""The placement cases that the project makes: every start breaks its prompt, every relation comes at least twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..assets import build_room
from ..scene.model import Scene
from .case import Case
from .referee import Expectation, ExpectedRelation


@dataclass(frozen=True)
class Start:
    """The thing to place: its asset kind, where it starts in the room (metres, degrees), and its variants."""

    kind: str
    x: float
    y: float
    z: float = 0.0
    yaw: float = 0.0
    variants: tuple[tuple[str, Any], ...] = ()


def furnished(room: str, seed: int, name: str, start: Start) -> Callable[[], Scene]:
    """Returns a function that builds a room with the thing in it."""

    def build() -> Scene:
        interior = build_room(room, seed)
        interior.put(start.kind, name, start.x, start.y, start.z, start.yaw, **dict(start.variants))
        return interior.scene()

    return build


def case(name: str, room: str, seed: int, thing: str, start: Start, prompt: str, *relations: tuple[str, Sequence[str]],
         camera: str = "Camera", attitude: str | None = None, scale: tuple[float, float] | None = None,
         part: str | None = None) -> Case:  # fmt: skip
    """Returns one case; ``relations`` are pairs of a relation and its anchors' names, ``part`` a shelf's board."""
    expected = tuple(ExpectedRelation(relation, tuple(names), None, part) for relation, names in relations)
    return Case(
        name, thing, prompt, furnished(room, seed, thing, start), camera, (), {}, Expectation(expected, attitude, scale)
    )


def bench_cases() -> list[Case]:
    """Returns the benchmark's cases. Scenes are built when they are used."""
    small = (("tall", False),)
    return [
        case("mug_on_table", "living room", 0, "Mug", Start("mug", 1.3, -1.2), "a mug on the table", ("on", ["Table"])),
        case("cushion_on_sofa", "living room", 1, "Cushion", Start("cushion", 1.1, -1.3), "a cushion on the sofa", ("on", ["Sofa"])),
        case("bowl_on_counter", "kitchen", 2, "Fruit bowl", Start("bowl", -0.4, -1.1), "a fruit bowl on top of the counter",
             ("on", ["Counter"])),
        case("laptop_on_desk", "office", 1, "Laptop", Start("laptop", 0.9, -0.9, 0, 15), "a laptop standing on the desk", ("on", ["Desk"]),
             camera="High"),
        case("vase_on_middle_shelf", "living room", 2, "Vase", Start("vase", 1.2, -1.1), "a vase on the middle shelf of the bookshelf",
             ("on", ["Shelf"]), part="middle"),
        case("clock_on_bookcase_shelf", "office", 0, "Clock", Start("clock", 0.9, -0.8), "a clock on a shelf of the bookcase",
             ("on", ["Bookcase"])),
        case("ball_above_table", "studio", 0, "Ball", Start("ball", 0.4, -1.1), "a ball floating above the table", ("above", ["Table"])),
        case("car_above_drum", "playroom", 0, "Toy car", Start("toy car", -0.3, -1.05, 0, 60), "a toy car hovering over the drum",
             ("above", ["Drum"])),
        case("ball_under_table", "living room", 3, "Ball", Start("ball", 1.3, -1.2), "a ball under the table", ("below", ["Table"])),
        case("basket_under_desk", "office", 2, "Basket", Start("basket", 0.9, -0.9), "a basket underneath the desk", ("below", ["Desk"]),
             camera="Low"),
        case("chair_left_of_table", "studio", 1, "Small chair", Start("chair", 0.95, -0.95, 0, 20), "a chair to the left of the table",
             ("left", ["Table"])),
        case("plant_left_of_cabinet", "living room", 4, "Plant", Start("plant", 1.5, -1.0, variants=small),
             "a plant on the left of the cabinet", ("left", ["Cabinet"])),
        case("lamp_right_of_bed", "bedroom", 1, "Floor lamp", Start("floor lamp", -0.3, -1.5), "a floor lamp to the right of the bed",
             ("right", ["Bed"])),
        case("teddy_right_of_cow", "playroom", 1, "Teddy", Start("teddy", -0.7, -0.95), "a teddy bear to the right of the cow",
             ("right", ["Cow"]), camera="High"),
        case("car_in_front_of_crate", "playroom", 2, "Toy car", Start("toy car", 0.55, 0.75), "a toy car in front of the crate",
             ("front", ["Crate"])),
        case("stool_in_front_of_armchair", "office", 3, "Stool", Start("stool", -0.9, 0.7), "a stool in front of the armchair",
             ("front", ["Armchair"])),
        case("dog_behind_drum", "playroom", 3, "Dog", Start("dog", -0.5, -1.05, 0, 30), "a dog behind the drum", ("behind", ["Drum"])),
        case("crate_behind_table", "studio", 2, "Crate", Start("crate", 0.2, -1.2), "a crate behind the table", ("behind", ["Table"])),
        case("basket_next_to_sofa", "living room", 5, "Basket", Start("basket", 1.6, -1.1), "a basket next to the sofa",
             ("next_to", ["Sofa"])),
        case("mug_beside_teapot", "kitchen", 0, "Mug", Start("mug", -0.6, -1.15), "a mug on the table beside the teapot",
             ("on", ["Table"]), ("next_to", ["Teapot"])),
        case("mug_between_bowl_and_book", "living room", 6, "Mug", Start("mug", 1.2, -1.2), "a mug between the bowl and the book",
             ("between", ["Bowl", "Book"]), camera="High"),
        case("teddy_between_crate_and_drum", "playroom", 4, "Teddy", Start("teddy", 0.6, -1.0), "a teddy between the crate and the drum",
             ("between", ["Crate", "Drum"])),
        case("block_inside_crate", "playroom", 5, "Block", Start("block", 0.2, -1.0), "a block inside the crate", ("inside", ["Crate"]),
             camera="High"),
        case("ball_in_basket", "kitchen", 3, "Ball", Start("ball", 0.3, -1.2), "a ball in the basket", ("inside", ["Basket"]),
             camera="High"),
        case("stool_against_wall", "office", 4, "Stool", Start("stool", 0.9, -0.9), "a stool against the back wall",
             ("against", ["Back wall"])),
        case("crate_against_wall", "bedroom", 2, "Crate", Start("crate", -0.4, -1.35, 0, 30), "a crate against the left wall",
             ("against", ["Left wall"])),
        case("ladder_leaning_on_wall", "kitchen", 4, "Ladder", Start("ladder", 1.3, -0.9, 0, 0), "a ladder leaning against the back wall",
             ("leaning", ["Back wall"])),
        case("picture_leaning_on_chest", "bedroom", 3, "Painting", Start("picture", -0.4, -1.45, 0, 10),
             "a painting leaning against the chest", ("leaning", ["Chest"])),
        case("dog_facing_cow", "playroom", 6, "Dog", Start("dog", -0.6, -1.05, 0, 0), "a dog facing the cow", ("facing", ["Cow"])),
        case("armchair_facing_sofa", "living room", 7, "Armchair", Start("armchair", 0.95, -1.1, 0.0125, 10), "an armchair facing the sofa",
             ("facing", ["Sofa"])),
        case("plant_in_corner", "kitchen", 6, "Plant", Start("plant", 0.2, -1.2, variants=small), "a plant in the corner of the room",
             ("corner", ["Floor"])),
        case("candle_in_table_corner", "studio", 3, "Candle", Start("candle", 0.3, -1.1), "a candle in the corner of the table",
             ("corner", ["Table"]), ("on", ["Table"])),
        case("bowl_upside_down", "kitchen", 7, "Bowl", Start("bowl", 0.2, -1.2), "a bowl upside down on the table", ("on", ["Table"]),
             attitude="upside_down"),
        case("mug_upside_down", "studio", 4, "Mug", Start("mug", 0.4, -1.05), "an upside down mug on the stool", ("on", ["Stool"]),
             attitude="upside_down"),
        case("bottle_on_its_side", "living room", 8, "Bottle", Start("bottle", 1.3, -1.2), "a bottle lying on its side on the table",
             ("on", ["Table"]), attitude="on_its_side"),
        case("vase_on_its_side", "bedroom", 4, "Vase", Start("vase", 0.3, -1.4), "a vase on its side on the bed", ("on", ["Bed"]),
             attitude="on_its_side", camera="High"),
        case("tiny_cow_on_table", "studio", 5, "Cow", Start("cow", 0.3, -1.1), "a tiny cow standing on the table", ("on", ["Table"]),
             scale=(0.25, 0.6)),
        case("huge_mug_next_to_box", "playroom", 7, "Mug", Start("mug", -0.2, -1.1), "a huge mug next to the box", ("next_to", ["Box"]),
             scale=(1.6, 3.2)),
    ]  # fmt: skip
