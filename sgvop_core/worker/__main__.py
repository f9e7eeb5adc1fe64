"""``python -m sgvop_core.worker``: the worker without the command line around it."""

from __future__ import annotations

import argparse

from .main import add_arguments, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="sgvop_core.worker", description=__doc__, allow_abbrev=False)
    add_arguments(parser)
    raise SystemExit(run(parser.parse_args()))
