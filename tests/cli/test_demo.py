"""The demo: the first thing that a new user runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sgvop_core.cli.main import main


@pytest.mark.slow
def test_the_demo_places_the_mug_and_says_where_things_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    out = tmp_path / "demo"
    assert main(["demo", "--out", str(out), "--quality", "draft"]) == 0
    captured = capsys.readouterr()
    for name in ("room.glb", "placed.glb", "contact-sheet.png", "result.json"):
        assert (out / name).stat().st_size > 0
        assert str(out / name) in captured.out
    assert json.loads((out / "result.json").read_text())["models"] == ["builtin"]
    assert "try next" in captured.out and "sgvop place" in captured.out
    best = json.loads((out / "result.json").read_text())["candidates"][0]
    assert best["checks"]["complete"], best["checks"]
    assert best["checks"]["supported_by"] == ["Table"]
    sheet = np.asarray(Image.open(out / "contact-sheet.png"))
    assert sheet.shape[1] > 1200 and sheet.std() > 20
