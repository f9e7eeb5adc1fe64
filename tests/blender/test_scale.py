"""Large scenes: read in small pieces, whole and right, in bounded memory; what is placed in them ends where it should.

Times are not tested; `python tests/blender/large_scenes.py FOLDER` prints them.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from sgvop_core.wire.bundle import read_bundle

pytestmark = [pytest.mark.blender, pytest.mark.slow]
SCENES = ("objects", "triangles", "meshes", "instances")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("large")


@pytest.fixture(scope="module")
def found(bpy_run, folder) -> dict:
    printed = bpy_run(Path(__file__).with_name("large_scenes.py"), str(folder), *SCENES)
    return dict(json.loads(line[3:]) for line in printed.splitlines() if line.startswith("OUT"))


def triangles(bundle) -> list[int]:
    return [len(bundle.arrays[f"mesh/{k}/faces"]) for k in range(len(bundle.header["meshes"]))]


def test_ten_thousand_objects_are_all_there_and_share_their_meshes(found, folder) -> None:
    bundle = read_bundle(folder / "objects.npz")
    objects = bundle.header["objects"]
    own = [o for o in objects if o["name"].startswith("o") and "/" not in o["name"]]
    # Of a shared mesh that disabled objects show too there is one as evaluated and one as it is in the file.
    assert len(own) == 9800 and 50 + 200 < len(bundle.header["meshes"]) <= 2 * 50 + 200 + 1
    assert len([o for o in objects if "instance" in o["source"]]) == 200 * shown_in_group_nine()
    hidden = {o["name"] for o in own if o["hidden"]}
    assert {"o00000", "o00007", "o00008", "o00089", "o00097"} <= hidden and "o00001" not in hidden
    assert len(hidden) == len({k for k in range(9800) if k % 100 in (7, 8) or k % 97 == 0 or k % 89 == 0})
    matrices = dict(zip((o["name"] for o in objects), bundle.arrays["object/matrices"], strict=True))
    assert matrices["o00010"][:3, 3].tolist() == [10, 0, 0] and matrices["o09795"][:3, 3].tolist() == [185, 194, 0]


def shown_in_group_nine() -> int:
    """Objects of the collection that 200 empties show again: those that are not disabled in viewports."""
    return len([k for k in range(9, 9800, 100) if k % 97])


@pytest.mark.parametrize("name", ["triangles", "meshes"])
def test_two_million_triangles_are_all_there(found, folder, name) -> None:
    bundle = read_bundle(folder / f"{name}.npz")
    assert sum(triangles(bundle)) in (2_000_000 + 8, 200 * 2 * 70 * 70 + 8)
    first = int(np.argmax(triangles(bundle)))
    assert bundle.arrays[f"mesh/{first}/uvs"].shape[1:] == (3, 2)
    assert set(np.unique(bundle.arrays[f"mesh/{first}/materials"])) == {0, 1}


def test_no_piece_does_much_at_once(found) -> None:
    for name in SCENES:
        assert 0 < found[name]["read"]["most_objects"] <= 500, name
    assert found["objects"]["read"]["pieces"] > 10_000 / 8
    assert found["triangles"]["read"]["pieces"] > 8, "a large mesh is read part by part"
    assert found["meshes"]["read"]["pieces"] > 200 / 8
    assert found["instances"]["read"]["pieces"] > 50_000 / 500


def test_memory_is_a_small_multiple_of_what_is_written(found) -> None:
    for name in SCENES:
        read = found[name]["read"]
        assert read["memory_MiB"] < 4 * read["file_MiB"] + 100, (name, read)


def test_the_result_is_applied_right(found) -> None:
    for name in SCENES:
        assert found[name]["place"]["outcome"] == "done" and found[name]["place"]["off"] < 1e-5, name
