"""``sgvop worker``: the process that the Blender extension talks to over standard input and output."""

from __future__ import annotations

import argparse

from ..worker import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    main.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serves until the client leaves; returns the exit code."""
    return main.run(arguments)
