"""Files are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from sgvop_core.cli.output import check_file, check_folder, write_json, write_picture
from sgvop_core.errors import SettingsError


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_json(target, {"a": "ä"})
    write_json(target, {"a": 2})
    assert target.read_text() == '{\n  "a": 2\n}\n'
    assert os.listdir(tmp_path) == ["a.json"]


def test_numbers_that_json_lacks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not os.listdir(tmp_path)


def test_a_picture_comes_back_as_it_was(tmp_path: Path) -> None:
    from PIL import Image

    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    write_picture(tmp_path / "p.png", picture)
    assert (np.asarray(Image.open(tmp_path / "p.png")) == picture).all()


def test_places_that_cannot_be_written_are_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for bad in (tmp_path / "no" / "a.json", tmp_path / "a.txt", tmp_path):
        with pytest.raises(SettingsError, match="--json"):
            check_file(str(bad), "--json", (".json",))
    with pytest.raises(SettingsError, match="--preview"):
        check_folder(str(tmp_path / "file" / "sub"), "--preview")
    assert check_folder(str(tmp_path / "a" / "b"), "--preview").is_dir()
