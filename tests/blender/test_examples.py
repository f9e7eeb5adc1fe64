"""The examples do what their page says, with the bpy module and the real worker; two of the ten props stand for all."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ..worker_python import worker_python

pytestmark = [pytest.mark.blender, pytest.mark.slow]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_props_go_where_the_table_says(bpy_run, tmp_path: Path) -> None:
    room, out, table = tmp_path / "room.blend", tmp_path / "placed.blend", tmp_path / "two.csv"
    with open(EXAMPLES / "ten_props.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    with open(table, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows[:2])
    bpy_run(EXAMPLES / "make_room.py", str(room))
    printed = bpy_run(EXAMPLES / "place_ten_props.py", str(room), str(table), str(out), "--python", worker_python())
    assert "2 of 2 props are placed" in printed
    assert all(f"{row['object']}: {row['prompt']}, at (" in printed for row in rows[:2]) and out.is_file()
