"""Which object of the scene a prompt means."""

from __future__ import annotations

import numpy as np
import pytest

from sgvop_core.errors import PromptError
from sgvop_core.guidance.prompt import CAMERA, ROOM, read_prompt, resolve_prompt
from sgvop_core.guidance.prompt.naming import without_material
from sgvop_core.guidance.prompt.resolve import ResolvedPrompt
from sgvop_core.scene.model import Material, Mesh, Scene, SceneObject

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
     [1, 5, 7], [1, 7, 3]], np.int32
)  # fmt: skip


def box(
    name: str, low: tuple, high: tuple, colour: tuple = (0.5, 0.5, 0.5), material: str = "m", parent: str | None = None
) -> SceneObject:
    low_, high_ = np.array(low, float), np.array(high, float)
    mesh = Mesh(name, low_ + CORNERS * (high_ - low_), FACES, materials=(Material(material, (*colour, 1.0)),))
    return SceneObject(name, np.eye(4), mesh, parent)


SCENE = Scene(
    objects=(
        box("slab", (-3, -3, -0.1), (3, 3, 0)),
        box("partition", (-3, 3, 0), (3, 3.1, 2.5)),
        box("WoodenTable.001", (-1, -1, 0), (1, 1, 0.7), (0.3, 0.2, 0.1), "oak"),
        box("Chair", (1.5, 0, 0), (2, 0.5, 0.8), (0.6, 0.01, 0.01)),
        box("Chair.001", (-2, 0, 0), (-1.5, 0.5, 0.8), (0.02, 0.1, 0.6)),
        box("Chair.002", (-2, 2, 0), (-1.5, 2.5, 1.2), (0.02, 0.1, 0.6)),
        box("desk_lamp", (0.5, 0.5, 0.7), (0.6, 0.6, 1)),
        box("TableLamp", (-0.6, 0.5, 0.7), (-0.5, 0.6, 1)),
        box("Sofa_3seater", (2, -2, 0), (3, 0, 0.8)),
        SceneObject("Cupboard", np.eye(4)),
        box("node_17", (-3, -3, 0), (-2.5, -2, 1.5), parent="Cupboard"),
        box("cow", (0, 0, 1), (0.1, 0.1, 1.1)),
        box("cow_bell", (0, 0, 1), (0.01, 0.01, 1.1), parent="cow"),
    )
)


def resolve(text: str, given: tuple[str, ...] = ()) -> ResolvedPrompt:
    return resolve_prompt(read_prompt(text, [o.name for o in SCENE.objects], "cow"), SCENE, "cow", given)


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("on the table", "WoodenTable.001"), ("on the wooden table", "WoodenTable.001"), ("on WoodenTable.001", "WoodenTable.001"),
        ("on the red chair", "Chair"), ("next to the large chair", "Chair.002"), ("by chair 1", "Chair.001"),
        ("on the couch", "Sofa_3seater"), ("under the desk lamp", "desk_lamp"), ("next to the table lamp", "TableLamp"),
        ("on the ground", "slab"), ("against the wall", "partition"), ("in the cabinet", "Cupboard"),
        ("facing the camera", CAMERA), ("in the corner of the room", ROOM), ("on the sofas", "Sofa_3seater"),
        ("beside the furniture that is tall", None),
    ],
)  # fmt: skip
def test_the_right_object_is_meant(text: str, anchor: str | None) -> None:
    if anchor is not None:
        assert resolve(text).relations[0].anchors == (anchor,)


def test_a_tie_is_told_and_colour_decides_it() -> None:
    tied = resolve("next to the blue chair")
    assert tied.relations[0].anchors[0] in ("Chair.001", "Chair.002")
    assert any("--anchor" in m and "Chair.00" in m for m in tied.messages)
    assert not resolve("next to the red chair").messages


def test_other_anchors_decide_a_tie() -> None:
    near = resolve("next to the chair, on the couch")
    assert near.relations[0].anchors == ("Chair",), "the chair nearest to the sofa"


def test_two_chairs_are_the_pair_nearest_to_each_other() -> None:
    assert set(resolve("between two chairs").relations[0].anchors) == {"Chair.001", "Chair.002"}


def test_a_given_anchor_wins_in_the_order_of_the_relations() -> None:
    given = resolve("on the table next to the lamp", ("Chair", "TableLamp"))
    assert [r.anchors for r in given.relations] == [("Chair",), ("TableLamp",)]
    pair = resolve("between the chair and the lamp", ("Chair.002",))
    assert pair.relations[0].anchors[0] == "Chair.002" and len(pair.relations[0].anchors) == 2


@pytest.mark.parametrize(
    ("text", "given", "says"),
    [
        ("on the tabel", (), "WoodenTable.001"),
        ("on the spaceship", (), "--anchor"),
        ("on the table", ("Tabel",), "--anchor"),
        ("on the table", ("cow_bell",), "placed"),
        ("hanging from the ceiling", (), "ceiling"),
        ("between the table and the table", (), "--anchor"),
    ],
)
def test_what_cannot_be_found_is_named_with_a_way_out(text: str, given: tuple[str, ...], says: str) -> None:
    with pytest.raises(PromptError, match=says) as error:
        resolve(text, given)
    assert "\n" not in str(error.value)


def test_the_object_itself_is_never_its_own_anchor() -> None:
    with pytest.raises(PromptError):
        resolve("next to the cow bell")


def test_another_object_than_the_prompts_is_placed_and_told() -> None:
    assert any("'cow'" in m for m in resolve("a teapot on the table").messages)
    assert not resolve("a cow on the table").messages


def test_size_words_open_the_scale() -> None:
    low, high = resolve("a huge cow on the table").scale_range or (0, 0)
    assert low > 1.4 and high > low
    low, high = resolve("twice as big, on the table").scale_range or (0, 0)
    assert 1.8 < low < 2.0 < high < 2.2
    assert resolve("a cow on the table").scale_range is None


@pytest.mark.parametrize(
    ("name", "materials", "short"),
    [
        ("Bowl_ceramic_mat_0", (), "Bowl_ceramic"), ("Mug_low_Mug_0", ("Mug",), "Mug_low"), ("Table_Wood.001_0", ("Wood.001",), "Table"),
        ("mat_01", (), "mat_01"), ("Sofa", ("Sofa",), "Sofa"), ("table", ("le",), "table"),
    ],
)  # fmt: skip
def test_material_names_that_exporters_add_are_left_out(name: str, materials: tuple[str, ...], short: str) -> None:
    assert without_material(name, materials) == short


def test_an_exported_name_with_its_material_is_found() -> None:
    scene = Scene((box("Bowl_ceramic_mat_0", (0, 0, 0), (1, 1, 1)), box("cow", (3, 0, 0), (4, 1, 1))))
    read = read_prompt("a cow in the bowl", [o.name for o in scene.objects], "cow")
    assert resolve_prompt(read, scene, "cow").anchor_names == ("Bowl_ceramic_mat_0",)


def test_a_part_without_a_name_means_the_whole_and_says_so() -> None:
    resolved = resolve("a hat on the arm of the sofa")
    assert resolved.anchor_names == ("Sofa_3seater",) and any("'arm sofa'" in m for m in resolved.messages)


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("next to the bag", "Suitcase.002"), ("on the kettle", "TeaKettle"), ("left of the street light", "StreetLamp"),
        ("on the table", "Table_Cylinder.003"), ("on top of the cylinder", "Cylinder"), ("near the hydrant", "fire_hydrant"),
        ("under the orange chair", "Chair_orange"), ("in the fruit", "Apple_01"),
    ],
)  # fmt: skip
def test_nouns_of_many_kinds_are_found_and_form_words_hide_none(text: str, anchor: str) -> None:
    names = (
        "Suitcase.002",
        "TeaKettle",
        "StreetLamp",
        "Table_Cylinder.003",
        "Cylinder",
        "fire_hydrant",
        "Chair_orange",
        "Apple_01",
    )
    scene = Scene(
        (*(box(n, (3 * i, 0, 0), (3 * i + 1, 1, 1)) for i, n in enumerate(names)), box("cow", (0, 3, 0), (1, 4, 1)))
    )
    assert resolve_prompt(read_prompt(text, names, "cow"), scene, "cow").anchor_names == (anchor,)
