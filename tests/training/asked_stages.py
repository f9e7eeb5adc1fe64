"""What training asks of a stage, without drawing one."""

from __future__ import annotations

from typing import Any

import pytest

from sgvop_core.training import pictures
from sgvop_core.training.generate import SceneShares, stage_groups


def stage_options(monkeypatch: pytest.MonkeyPatch, shares: SceneShares) -> dict[str, Any]:
    """Returns the options of the first stage that those shares of scenes ask for."""
    asked: dict[str, Any] = {}

    class Seen(Exception):
        pass

    def make(*_: object, **options: object) -> None:
        asked.update(options)
        raise Seen

    monkeypatch.setattr(pictures, "make_stage", make)
    with pytest.raises(Seen):
        stage_groups([1, 2], 48, "train", shares=shares)
    return asked
