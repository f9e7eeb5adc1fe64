"""``sgvop``: reads the command line, runs one command, and turns errors into one line and an exit code.

Exit codes: 0 done, 2 an error that is told in one line, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ..errors import Cancelled, SgvopError
from .interrupt import defer_interrupt

COMMANDS = {
    "place": "find where an object belongs, from a prompt",
    "render": "draw a scene from one of its cameras",
    "inspect": "list what is in a scene and what can be placed",
    "demo": "place a mug in a small room that is made on the spot",
    "worker": "place objects for the Blender extension, over standard input and output",
    "doctor": "show versions, device and what each optional part adds",
    "build-extension": "make the zip that Blender installs, and a repository to subscribe to",
    "train-guidance": "make pictures, train the guidance model on them, export it",
    "bench": "measure speed, or how often placements hold",
}
COMPILED = {
    "place": ("placement.pipeline", "render", "scene.write"),
    "demo": ("placement.pipeline", "render", "scene.write"),
    "render": ("render",),
    "train-guidance": ("placement.pipeline", "render"),
    "bench": ("placement.pipeline", "render"),
}
"""What a command imports with all the compiled packages below it, before it does anything that Ctrl-C could break off."""
EXIT_ERROR, EXIT_STOPPED = 2, 130


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Ends with exit code 2 after one line that says what was wrong and where the options are listed."""
        print(f"{self.prog}: {_one_line(message)} ({self.prog} --help lists the options)", file=sys.stderr)
        raise SystemExit(EXIT_ERROR)


class _ShowVersion(argparse.Action):
    """Looks the version up only when it is asked for: that alone takes longer than the rest of --help."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from .versions import project_version

        print(f"sgvop {project_version()}")
        parser.exit()


def build_parser(only: str | None = None) -> Parser:
    """Returns the parser with the options of every command, or of ``only`` one (the others keep just their names)."""
    common = Parser(add_help=False)
    common.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
    )
    parser = Parser(
        prog="sgvop",
        description="Find where an object belongs in a scene, from a text prompt.",
        parents=[common],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", parents=[common], allow_abbrev=False
        )
        if only in (None, name):
            _module(name).add_arguments(sub)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    # Threads that wait by spinning make torch's many small steps several times slower as soon as another program runs.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    words = join_negative(list(sys.argv[1:] if arguments is None else arguments))
    debug = "--debug" in words
    try:
        chosen = next((word for word in words if word in COMMANDS), "")
        parser = build_parser(only=chosen)
        parsed = parser.parse_args(words)
        if parsed.command is None:
            parser.print_help()
            return 0
        command = _module(parsed.command)
        with defer_interrupt():
            for module in COMPILED.get(parsed.command, ()):
                importlib.import_module(f"..{module}", __package__)
        return int(command.run(parsed))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except BaseException as error:
        if debug and not isinstance(error, BrokenPipeError):
            import traceback

            traceback.print_exc()
        return _report(error)


def _module(command: str) -> Any:
    """The module of a command, named as it is but for the hyphen."""
    return importlib.import_module(f".{command.replace('-', '_')}", __package__)


def _report(error: BaseException) -> int:
    """Tells an error in one line; returns the exit code."""
    if isinstance(error, BrokenPipeError):
        # whoever read our output has gone; keep the interpreter's own flush at exit from complaining
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    if isinstance(error, KeyboardInterrupt | Cancelled):
        text = str(error) or "stopped before there was anything to write"
        print(f"sgvop: {_one_line(text)}", file=sys.stderr)
        return EXIT_STOPPED
    if isinstance(error, SgvopError):
        text = str(error)
    elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
        text = f"the disk is full{_of_file(error)}; free some space or write elsewhere (nothing half-written is left)"
    elif isinstance(error, OSError) and error.filename is not None:
        text = f"{error.strerror or type(error).__name__}{_of_file(error)}; check the path and its permissions"
    elif isinstance(error, MemoryError):
        text = "not enough memory; use a smaller scene, --quality draft or a smaller --size"
    else:
        text = f"unexpected {type(error).__name__}: {error}; --debug shows where, please report it"
    print(f"sgvop: {_one_line(text)}", file=sys.stderr)
    return EXIT_ERROR


def _of_file(error: OSError) -> str:
    return f": '{error.filename}'" if error.filename is not None else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def join_negative(words: list[str]) -> list[str]:
    """Returns the words with ``--bounds -1,0,0:…`` and ``--front -x`` as ``--bounds=-1,0,0:…``, else taken for options."""
    joined: list[str] = []
    for word in words:
        corner = joined[-1:] == ["--bounds"] and word[:1] == "-" and word[1:2].isdigit()
        if corner or (joined[-1:] == ["--front"] and word in ("-x", "-y", "-z")):
            joined[-1] += "=" + word
        else:
            joined.append(word)
    return joined


if __name__ == "__main__":
    raise SystemExit(main())
