"""What a choice of candidates means for the objects of a run, and temporary folders. No Blender."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from sgvop_blender.client.folders import JobFolders
from sgvop_blender.records import Channels, ObjectKey, Option, Record, Start, targets


def moved(x: float = 0.0, y: float = 0.0):
    matrix = np.eye(4)
    matrix[:2, 3] = x, y
    return tuple(map(tuple, matrix.tolist()))


def start(name: str, *above: str) -> Start:
    return Start(name, ObjectKey(name), moved(), Channels((0,), "XYZ", (0,), (1,), (0,)), above)


def record(*starts: Start) -> Record:
    return Record(1, tuple(s.name for s in starts), "on the table", {"locks": ["scale.x"]}, starts=starts)


def places(found) -> dict:
    return {name: tuple(matrix[:2, 3]) for name, matrix in found.items()}


def test_objects_in_turn_each_with_its_own_choice() -> None:
    r = record(start("Cup"), start("Plate"))
    r.add(Option(1, "Cup", {"Cup": moved(2)}, 0.4))
    r.add(Option(0, "Cup", {"Cup": moved(1)}, 0.5))
    r.add(Option(0, "Plate", {"Cup": moved(1), "Plate": moved(0, 1)}, 0.5))
    r.add(Option(1, "Plate", {"Cup": moved(1), "Plate": moved(0, 2)}, 0.5))
    assert [o.index for o in r.options["Cup"]] == [0, 1]
    assert places(targets(r, {"Cup": 1, "Plate": 1})) == {"Cup": (2, 0), "Plate": (0, 2)}
    assert places(targets(r, {"Cup": 0})) == {"Cup": (1, 0)} and targets(r, {}) == {}
    assert r.option(1).object == "Plate" and r.option(1, "Cup").score == 0.4
    with pytest.raises(KeyError, match="no candidate 8"):
        r.option(7)


def test_what_hangs_below_moves_with_it_before_it_moves_itself() -> None:
    r = record(start("Spoon", "Cup"), start("Cup"))
    r.add(Option(0, "Cup", {"Cup": moved(1)}, 0.5))
    r.add(Option(0, "Spoon", {"Cup": moved(1), "Spoon": moved(0, 5)}, 0.5))
    found = targets(r, {"Cup": 0, "Spoon": 0})
    assert places(found) == {"Cup": (1, 0), "Spoon": (1, 5)} and list(found) == ["Cup", "Spoon"], "parents first"


def test_a_group_moves_as_one_and_its_children_once() -> None:
    r = record(start("Cup"), start("Spoon", "Cup"), start("Plate"))
    r.add(Option(0, "Cup", {"Cup": moved(1), "Plate": moved(1)}, 0.5))
    assert places(targets(r, {"Cup": 0})) == {"Cup": (1, 0), "Plate": (1, 0)}


def test_folders_of_jobs() -> None:
    folders = JobFolders()
    assert folders.find(1) is None
    first = folders.make(1)
    folders.add_piece(1, "a.png", base64.b64encode(b"12").decode())
    folders.add_piece(1, "a.png", base64.b64encode(b"34").decode())
    assert (first / "a.png").read_bytes() == b"1234"
    for name, data in (("../a", "MTI="), ("/etc/x", "MTI="), ("a.png", "%%")):
        with pytest.raises(ValueError, match=r"plain file name|base64"):
            folders.add_piece(1, name, data)
    with pytest.raises(ValueError, match="plain file name"):
        folders.add_piece(2, "a.png", "MTI=")
    second = folders.make(2)
    folders.drop(1)
    assert not first.exists() and second.exists()
    home = second.parent
    folders.clear()
    folders.clear()
    assert not home.exists()
    assert Path(folders.make(3)).is_dir(), "it can go on after that"
    folders.clear()
