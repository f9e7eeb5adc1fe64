"""Help is quick, whole and in step with the settings."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from sgvop_core.cli import options, values
from sgvop_core.cli.main import COMMANDS, build_parser, main
from sgvop_core.placement.settings import DEMANDS, GUIDANCE, STAGES, PlaceSettings
from sgvop_core.pose import CHANNELS

HEAVY = ("torch", "open_clip", "scipy", "trimesh", "igl", "numba", "bpy", "rich")


@pytest.mark.parametrize("arguments", [["--help"], ["place", "--help"], ["bench", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom sgvop_core.cli.main import main\n"
        f"code = main({arguments!r})\n"
        f"print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules], code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert "HEAVY [] 0" in done.stdout, done.stdout + done.stderr


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert command in text


def test_every_setting_has_an_option() -> None:
    assert {f.name for f in dataclasses.fields(PlaceSettings)} == options.SETTINGS


def test_names_known_to_the_options_are_those_of_the_settings() -> None:
    assert values.CHANNELS == CHANNELS
    assert values.GUIDANCE == GUIDANCE
    assert values.STAGES == STAGES
    assert values.DEMANDS == DEMANDS


def test_an_empty_command_line_means_the_default_settings() -> None:
    parsed = build_parser("place").parse_args(["place", "s.glb", "--object", "a", "--prompt", "p", "--out", "o.glb"])
    assert options.place_settings(parsed) == PlaceSettings()


def test_every_option_reaches_its_setting() -> None:
    words = [
        "place", "s.glb", "--object", "a", "--prompt", "p", "--out", "o.glb", "--anchor", "t", "--anchor", "u", "--camera", "c",
        "--views", "3", "--candidates", "2", "--seed", "7", "--quality", "draft", "--budget", "99", "--time-limit", "4.5",
        "--lock", "location.z,rotation", "--lock", "scale.x", "--scale-range", "0.5:2", "--free-scale", "--free", "--front", "-x",
        "--pivot", "mass", "--bounds", "-1,-1,0:1,1,2", "--clip", "ViT-B-32:openai", "--clip", "none",
        "--templates", "openai", "--augment", "crop",
        "--guidance", "clip=0.5,physical=0", "--stages", "polish", "--search", "basinhopping", "--polish-steps", "9",
        "--learning-rate", "0.1", "--squash", "thesis", "--renderer", "thesis", "--gradient", "differences", "--size", "128",
        "--samples", "1", "--framing", "camera", "--no-shadows", "--device", "cpu", "--together", "--best-effort", "--ignore", "view",
    ]  # fmt: skip
    from sgvop_core.cli.main import join_negative

    settings = options.place_settings(build_parser("place").parse_args(join_negative(words)))
    default = PlaceSettings()
    same = [f.name for f in dataclasses.fields(default) if getattr(settings, f.name) == getattr(default, f.name)]
    assert same == []
    assert settings.locks == {"location.z", "rotation.x", "rotation.y", "rotation.z", "scale.x"}
    assert settings.guidance == {"clip": 0.5, "relation": 1.0, "physical": 0.0}
    assert settings.bounds == ((-1, -1, 0), (1, 1, 2))


def test_the_thesis_run_can_be_changed() -> None:
    parsed = build_parser("place").parse_args(
        ["place", "s.glb", "--object", "a", "--prompt", "p", "--out", "o.glb", "--thesis", "--polish-steps", "5"]
    )
    settings = options.place_settings(parsed)
    assert settings.stages == ("polish",)
    assert settings.squash == "thesis"
    assert settings.polish_steps == 5
