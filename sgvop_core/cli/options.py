"""The options of a placement: how each setting of ``PlaceSettings`` is written on the command line.

Nothing heavy is imported here, so that ``--help`` is quick. A test keeps these options and the settings in step.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .values import (
    read_bounds,
    read_count,
    read_demands,
    read_device,
    read_guidance,
    read_locks,
    read_number,
    read_scale_range,
    read_stages,
)

if TYPE_CHECKING:
    from ..placement.settings import PlaceSettings


def add_settings(parser: argparse.ArgumentParser, thesis: bool = True) -> None:
    """Adds one option (or pair) for each setting; what is not given is left to the defaults of ``PlaceSettings``.

    ``thesis``: also the option that sets many of them at once.
    """
    space = parser.add_argument_group("where it may go")
    search = parser.add_argument_group("how it is looked for")
    judged = parser.add_argument_group("how it is judged")

    def option(group: Any, *flags: str, **rest: Any) -> None:
        group.add_argument(*flags, default=argparse.SUPPRESS, **rest)

    def text(group: Any, flag: str, setting: str, metavar: str, about: str) -> None:
        option(group, flag, dest=setting, metavar=metavar, help=about)

    option(
        space,
        "--anchor",
        dest="anchors",
        action="append",
        metavar="NAME",
        help="object to place against, instead of those the prompt names; several in the prompt's order",
    )
    text(
        space,
        "--camera",
        "camera",
        "NAME",
        "camera whose picture counts (default: the first that sees the place, or one is made)",
    )
    option(
        space,
        "--lock",
        dest="locks",
        action="append",
        type=read_locks,
        metavar="CHANNELS",
        help="channels that keep their value: location.z,rotation,scale ...",
    )
    option(
        space,
        "--scale-range",
        dest="scale_range",
        type=read_scale_range,
        metavar="LOW:HIGH",
        help="shares of the start size (default: what the prompt says, else 0.7:1.4)",
    )
    modes = space.add_mutually_exclusive_group()
    for mode, about in (
        ("uniform", "one factor for all axes (default)"),
        ("free", "a factor for each axis"),
        ("fixed", "keep the size"),
    ):
        option(modes, f"--{mode}-scale", dest="scale_mode", action="store_const", const=mode, help=about)
    turns = space.add_mutually_exclusive_group()
    option(
        turns,
        "--upright",
        dest="free",
        action="store_const",
        const=False,
        help="turn about the up axis only, unless the prompt says more (default)",
    )
    option(
        turns,
        "--free",
        dest="free",
        action="store_const",
        const=True,
        help="open all seven parameters: any rotation, size from 0.25 to 2 unless given",
    )
    text(space, "--pivot", "pivot", "origin|base|mass", "what turning and scaling keep in place (default: base)")
    text(space, "--front", "front", "AXIS", "the object's own axis that faces forward, such as y or -x (default: -y)")
    option(
        space,
        "--bounds",
        dest="bounds",
        type=read_bounds,
        metavar="X,Y,Z:X,Y,Z",
        help="box in the world, metres, for the pivot (default: the scene's free space)",
    )
    option(
        space,
        "--together",
        dest="together",
        action="store_true",
        help="several objects move as one, instead of one after the other",
    )

    text(search, "--quality", "quality", "draft|standard|high", "how much work is done (default: standard)")
    option(
        search,
        "--candidates",
        dest="candidates",
        type=read_count,
        metavar="N",
        help="different poses to return at most (default: 5)",
    )
    option(
        search,
        "--seed",
        dest="seed",
        type=read_count,
        metavar="N",
        help="the same seed gives the same result (default: 0)",
    )
    option(
        search,
        "--budget",
        dest="budget",
        type=read_count,
        metavar="EVALUATIONS",
        help="poses judged by the whole objective at most (default: by quality)",
    )
    option(
        search,
        "--time-limit",
        dest="time_limit",
        type=read_number,
        metavar="SECONDS",
        help="after that the best so far is checked and returned",
    )
    option(
        search,
        "--stages",
        dest="stages",
        type=read_stages,
        metavar="LIST",
        help="stages that run, of propose,evolve,polish,resolve (default: all); none only checks the start",
    )
    text(
        search,
        "--search",
        "search",
        "NAME",
        "what evolve runs: cma, dual_annealing, basinhopping or differential_evolution (default: cma)",
    )
    option(
        search,
        "--polish-steps",
        dest="polish_steps",
        type=read_count,
        metavar="N",
        help="steps of Adam in polish (default: by quality)",
    )
    option(
        search,
        "--learning-rate",
        dest="learning_rate",
        type=read_number,
        metavar="RATE",
        help="Adam's first step, as a share of each channel's unit (default: 0.01)",
    )
    text(
        search,
        "--squash",
        "squash",
        "fold|thesis",
        "how bounds are kept: mirrored, or the thesis' sigmoid and tanh (default: fold)",
    )
    option(
        search,
        "--best-effort",
        dest="best_effort",
        action="store_true",
        help="return the nearest miss when no pose holds, instead of an error",
    )
    option(
        search,
        "--device",
        dest="device",
        type=read_device,
        metavar="auto|cpu|cuda|mps",
        help="where torch computes (default: auto)",
    )

    option(
        judged,
        "--guidance",
        dest="guidance",
        type=read_guidance,
        metavar="WEIGHTS",
        help="weights of the families, such as clip=1,relation=1,physical=1 (the default); 0 switches one off",
    )
    option(
        judged,
        "--ignore",
        dest="ignore",
        type=read_demands,
        metavar="LIST",
        help="what a pose need not fulfil, of support,collision,view; the checks still tell (default: nothing)",
    )
    option(
        judged,
        "--clip",
        dest="clip",
        action="append",
        metavar="MODEL[:PRETRAINED|PATH][*WEIGHT]",
        help="model that judges the pictures; several make an ensemble; auto takes one that is cached, none does without",
    )
    text(judged, "--templates", "templates", "none|short|openai", "sentences the prompt is put into (default: short)")
    text(
        judged,
        "--augment",
        "augment",
        "LIST",
        "picture augmentations for CLIP, such as blur=0/3/7,crop,colour (default: none)",
    )
    option(
        judged,
        "--views",
        dest="views",
        type=read_count,
        metavar="N",
        help="cameras CLIP sees a pose from, the chosen one first (default: by quality)",
    )
    text(
        judged,
        "--framing",
        "framing",
        "auto|studio|place|camera",
        "what CLIP sees: the named things in plain colours, or as they are, or all that the cameras see (default: auto)",
    )
    text(judged, "--renderer", "renderer", "mesh|pytorch3d|thesis", "what draws the pictures (default: mesh)")
    text(
        judged,
        "--gradient",
        "gradient",
        "auto|differences",
        "the renderer's own gradient, or finite differences of its pictures (default: auto)",
    )
    option(
        judged,
        "--size",
        dest="size",
        type=read_count,
        metavar="PIXELS",
        help="most pixels of the shorter side of the pictures CLIP sees; never more than it takes (default: 224)",
    )
    option(
        judged, "--samples", dest="samples", type=read_count, metavar="N", help="samples a pixel and side (default: 2)"
    )
    shadows = judged.add_mutually_exclusive_group()
    option(
        shadows,
        "--shadows",
        dest="shadows",
        action="store_const",
        const=True,
        help="the object casts a shadow (default)",
    )
    option(shadows, "--no-shadows", dest="shadows", action="store_const", const=False, help="it casts none")

    if thesis:
        option(
            search,
            "--thesis",
            dest="thesis",
            action="store_true",
            help="start from the thesis' own run (all parameters free, CLIP alone, plain Adam); other options change it",
        )


def given_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Returns the settings that were written on the command line, by their names in ``PlaceSettings``."""
    given = {k: v for k, v in vars(arguments).items() if k in SETTINGS}
    if "locks" in given:
        given["locks"] = frozenset().union(*given["locks"])
    for several in ("anchors", "clip"):
        if several in given:
            given[several] = tuple(given[several])
    return given


def place_settings(arguments: argparse.Namespace) -> PlaceSettings:
    """Returns the settings of parsed arguments. Raises SettingsError for values that cannot be honoured."""
    from ..placement.settings import PlaceSettings, thesis_settings

    make = thesis_settings if getattr(arguments, "thesis", False) else PlaceSettings
    return make(**given_settings(arguments))


def settings_of(parser: argparse.ArgumentParser) -> Iterable[str]:
    """Returns the names of the settings that a parser's options write to."""
    return {action.dest for action in parser._actions} - {"help", "thesis"}


def _settings() -> frozenset[str]:
    parser = argparse.ArgumentParser(add_help=False)
    add_settings(parser)
    return frozenset(settings_of(parser))


SETTINGS = _settings()
