"""Files are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sgvop_core.cli.output import write_json, write_whole


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_json(target, {"a": "ä"})
    write_json(target, {"a": 2})
    assert target.read_text() == '{\n  "a": 2\n}\n'
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.bin"
    write_whole(target, b"before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(target, b"after")
    assert target.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_numbers_that_json_lacks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not os.listdir(tmp_path)


def test_written_files_can_be_read_by_others(tmp_path: Path) -> None:
    os.umask(mask := os.umask(0))
    write_whole(tmp_path / "a", b"x")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask
