"""``sgvop bench``: the figures of the documentation, measured here and now."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import SettingsError
from .output import check_file, json_text, write_json, write_picture
from .values import read_count, read_device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the benches with their options."""
    kinds = parser.add_subparsers(dest="bench", metavar="BENCH", title="benches", required=True)
    speed = kinds.add_parser(
        "speed", help="seconds and memory of the renderer, of CLIP and of a whole placement", allow_abbrev=False
    )
    speed.add_argument("--quick", action="store_true", help="fewer repeats and no whole placements")
    speed.add_argument(
        "--device",
        default="auto",
        type=read_device,
        metavar="auto|cpu|cuda|mps",
        help="where torch computes (default: auto)",
    )
    speed.add_argument(
        "--threads", type=read_count, metavar="N", help="threads torch may use (default: its own choice)"
    )
    placement = kinds.add_parser(
        "placement", help="how often placements hold, method by method, with confidence intervals", allow_abbrev=False
    )
    placement.add_argument(
        "--cases", metavar="DIR", help="folder of cases (*.json beside their scenes) instead of the project's own"
    )
    placement.add_argument(
        "--methods", metavar="LIST", help="of random,geometry,clip,all (default: those that --clip allows)"
    )
    placement.add_argument("--seeds", type=read_count, default=3, metavar="N", help="runs of each case (default: 3)")
    placement.add_argument(
        "--quality", default="draft", metavar="draft|standard|high", help="work of each run (default: draft)"
    )
    placement.add_argument(
        "--clip",
        default="auto",
        metavar="MODEL[:PRETRAINED|PATH]",
        help="model of the methods that use CLIP (default: one that is cached, else none)",
    )
    placement.add_argument("--only", action="append", metavar="WORD", help="cases whose name contains this word")
    guidance = kinds.add_parser(
        "guidance", help="what a guidance model knows of where things are, on objects it never saw", allow_abbrev=False
    )
    guidance.add_argument(
        "--clip",
        action="append",
        metavar="MODEL[:PRETRAINED|PATH]",
        help="model to measure; several stand side by side (default: all that are on this machine)",
    )
    guidance.add_argument("--quick", action="store_true", help="a tenth of the scenes")
    guidance.add_argument("--seed", type=read_count, default=0, metavar="N", help="of the scenes (default: 0)")
    guidance.add_argument("--only", action="append", metavar="MEASURE", help="one measure, by its short name")
    guidance.add_argument(
        "--framing",
        choices=("studio", "place", "camera"),
        default="studio",
        help="what is shown of the scenes, as in 'sgvop place' (default: studio)",
    )
    guidance.add_argument(
        "--figure", metavar="FILE.png", help="draw the score about poses that satisfy their prompts, too"
    )
    for kind in (speed, placement, guidance):
        kind.add_argument("--json", metavar="FILE.json", help="also write the figures there; - prints them alone")
        kind.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    """Measures and prints; returns the exit code."""
    to_json = None if arguments.json in (None, "-") else check_file(arguments.json, "--json", (".json",))
    figures, lines = {"speed": _speed, "placement": _placement, "guidance": _guidance}[arguments.bench](arguments)
    if to_json is not None:
        write_json(to_json, figures)
    print(json_text(figures) if arguments.json == "-" else "\n".join(lines))
    return 0


def _speed(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    if arguments.threads is not None and arguments.threads < 1:
        raise SettingsError(f"--threads is {arguments.threads}; give a number of 1 or more")
    from ..bench.speed import measure_speed, speed_table

    figures = measure_speed(arguments.device, quick=arguments.quick, threads=arguments.threads, say=_say(arguments))
    return figures, speed_table(figures)


def _placement(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    if arguments.seeds < 1:
        raise SettingsError(f"--seeds is {arguments.seeds}; give a number of 1 or more")
    from ..bench.placement import measure_placement, placement_table

    methods = (
        None if arguments.methods is None else [word.strip() for word in arguments.methods.split(",") if word.strip()]
    )
    figures = measure_placement(
        cases_from=arguments.cases,
        methods=methods,
        seeds=arguments.seeds,
        quality=arguments.quality,
        clip=arguments.clip,
        only=arguments.only or (),
        say=_say(arguments),
    )
    return figures, placement_table(figures)


def _guidance(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    picture = None if arguments.figure is None else check_file(arguments.figure, "--figure", (".png",))
    from ..bench.guidance import check_measures, measure_guidance
    from ..bench.guidance_judges import load_judges
    from ..bench.guidance_table import guidance_table

    check_measures(arguments.only or ())
    judges = load_judges(arguments.clip or ())
    say = _say(arguments)
    figures = measure_guidance(
        judges,
        quick=arguments.quick,
        seed=arguments.seed,
        only=arguments.only or (),
        say=say,
        framing=arguments.framing,
    )
    if picture is not None:
        from ..bench.guidance_landscape import guidance_figure
        from ..bench.guidance_stages import shipped_make_stage

        say(f"drawing {picture.name}")
        write_picture(
            picture, guidance_figure(judges[0], shipped_make_stage(), arguments.seed, framing=arguments.framing)
        )
    return figures, guidance_table(figures)


def _say(arguments: argparse.Namespace) -> Any:
    import sys

    return (lambda line: None) if arguments.quiet else (lambda line: print(line, file=sys.stderr, flush=True))
