"""The core's command-line options and errors, from wherever the core lies, so that ``blender --command sgvop`` has the same.

They are plain Python; nothing of the core's search comes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__ == "sgvop_blender":
    from sgvop_core.cli.main import EXIT_ERROR, EXIT_STOPPED, Parser, join_negative
    from sgvop_core.cli.options import add_settings, given_settings
    from sgvop_core.errors import Cancelled, SceneError, SettingsError, SgvopError, did_you_mean
else:
    from ..sgvop_core.cli.main import EXIT_ERROR, EXIT_STOPPED, Parser, join_negative
    from ..sgvop_core.cli.options import add_settings, given_settings
    from ..sgvop_core.errors import Cancelled, SceneError, SettingsError, SgvopError, did_you_mean

__all__ = [
    "EXIT_ERROR", "EXIT_STOPPED", "Cancelled", "Parser", "SceneError", "SettingsError", "SgvopError", "add_settings",
    "did_you_mean", "given_settings", "join_negative",
]  # fmt: skip
