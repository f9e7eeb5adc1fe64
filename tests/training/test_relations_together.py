"""The tool that measures which relations hold together."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from sgvop_core.training.data import CELLS, ROOM, Dataset, Fact, Group, GroupPictures, Thing, write_shard

TOOL = Path(__file__).resolve().parents[2] / "tools" / "relations_together.py"
SPEC = importlib.util.spec_from_file_location("relations_together", TOOL)
assert SPEC is not None and SPEC.loader is not None
tool = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)


def group(margin: list[list[float]], facts: tuple[Fact, ...]) -> GroupPictures:
    things = (Thing("Table", "table", "table"), Thing("Wall", "wall", "wall", role="wall"))
    count = len(margin)
    return GroupPictures(
        Group(Thing("Mug", "mug", "mug"), things, facts), np.zeros((count, 8, 8, 3), np.uint8), np.array(margin),
        np.ones(count), np.full(count, 0.1), np.repeat(np.eye(4)[None], count, 0), np.zeros((count, CELLS, CELLS), np.uint8),
    )  # fmt: skip


@pytest.fixture
def sheets(tmp_path: Path) -> Path:
    facts = tuple(
        Fact(what, name, anchors)
        for what, name, anchors in (
            ("relation", "on", (0,)), ("relation", "near", (0,)), ("relation", "near", (1,)), ("relation", "far", (1,)),
            ("relation", "corner", (ROOM,)), ("relation", "between", (0, 1)), ("attitude", "upright", ()),
        )
    )  # fmt: skip
    rows = [[1.0, 1, 1, -1, -1, 1, 1]] * 6 + [[-1.0, 1, -1, 1, 1, 1, 1]] * 2 + [[1.0, np.nan, 1, 1, 1, 1, 1]] * 4
    write_shard(tmp_path, 0, [group(rows, facts)])
    write_shard(tmp_path, 1, [group(rows, facts)])
    return tmp_path


def test_shares_are_of_the_poses_where_both_were_measured(sheets: Path) -> None:
    found = tool.measured(Dataset(sheets))
    assert set(found) == {"thing", "wall", "floor", "room", "camera"}
    assert found["thing"] == {"on": {"near": round(13 / 14, 3)}, "near": {"on": round(13 / 18, 3)}}
    assert found["wall"]["near"] == {"far": round(9 / 22, 3)} and found["wall"]["far"] == {"near": round(9 / 14, 3)}
    assert not found["room"] and not found["floor"] and not found["camera"], "one relation goes with no other"


def test_it_prints_what_the_package_reads(
    sheets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["relations_together", str(sheets)])
    assert tool.main() == 0
    assert json.loads(capsys.readouterr().out) == tool.measured(Dataset(sheets))
    monkeypatch.setattr(sys, "argv", ["relations_together", str(sheets / "nothing")])
    assert tool.main() == 1 and "no training data" in capsys.readouterr().err
