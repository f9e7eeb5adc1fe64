"""A file is written whole or not at all."""

import os
import stat

import pytest

from sgvop_core.wire.atomic import atomic_file, atomic_write


def test_an_error_half_way_leaves_what_was_there(tmp_path):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(target) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_missing_folders_are_made_and_a_folder_is_not_overwritten(tmp_path):
    atomic_write(tmp_path / "x" / "y" / "a.txt", b"new")
    assert (tmp_path / "x" / "y" / "a.txt").read_bytes() == b"new"
    with pytest.raises(IsADirectoryError):
        atomic_write(tmp_path / "x", b"new")


@pytest.mark.skipif(os.name == "nt", reason="modes are a thing of Unix")
def test_others_may_read_the_file_as_far_as_they_usually_may(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    atomic_write(tmp_path / "ours", b"")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    os.chmod(tmp_path / "ours", 0o640)
    atomic_write(tmp_path / "ours", b"again")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o640
