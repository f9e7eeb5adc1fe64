"""``blender --background scene.blend --command sgvop place ...``: the panel's session without a window, to its end.

Options and exit codes are those of the core's command line: 0 done, 2 an error that is told in one line, 130 stopped.
Importing this module needs no bpy.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .core_command_line import (
    EXIT_ERROR,
    EXIT_STOPPED,
    Cancelled,
    Parser,
    SettingsError,
    SgvopError,
    add_settings,
    join_negative,
)
from .core_wire import atomic_write

NAME = "sgvop"
COMMANDS = {
    "place": "find where objects of the open file belong, from a prompt, and move them there",
    "read": "tell what is understood of a prompt, without placing",
    "doctor": "show versions, the runtime, devices and models",
}

_handle: Any = None


def register() -> None:
    """Makes ``blender --command sgvop`` known."""
    global _handle
    import bpy

    _handle = bpy.utils.register_cli_command(NAME, run)


def unregister() -> None:
    """Takes it back."""
    global _handle
    import bpy

    if _handle is not None:
        bpy.utils.unregister_cli_command(_handle)
        _handle = None


def run(words: Sequence[str]) -> int:
    """Runs one command on the open file, as Blender's last act; returns the exit code."""
    return main(words, Results.take)


def main(words: Sequence[str], take_output: Callable[[], Results]) -> int:
    """Runs one command on the open file; returns the exit code. ``take_output`` is called once it is known that one runs."""
    debug = "--debug" in words
    try:
        arguments = build_parser().parse_args(join_negative(list(words)))
        from . import command_work

        return int(getattr(command_work, arguments.command)(arguments, take_output()))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except (Cancelled, KeyboardInterrupt) as error:
        print(f"{NAME}: {str(error) or 'stopped; nothing was written'}", file=sys.stderr, flush=True)
        return EXIT_STOPPED
    except Exception as error:
        if debug:
            import traceback

            traceback.print_exc()
        print(f"{NAME}: {_one_line(error)}", file=sys.stderr, flush=True)
        return EXIT_ERROR


def build_parser() -> Parser:
    """Returns the parser with the options of every command."""
    common = Parser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    runtime = common.add_argument_group("what the worker runs on (default: what the preferences say)")
    one = runtime.add_mutually_exclusive_group()
    one.add_argument(
        "--python", metavar="PATH", help="a Python, or the folder of a virtual environment, that has torch"
    )
    one.add_argument(
        "--worker-command", metavar="COMMAND", help="what starts a worker, such as 'ssh host sgvop worker'"
    )
    parser = Parser(
        prog=f"blender --command {NAME}",
        description="Find where objects belong, from a text prompt.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", required=True)
    add = {"place": _add_place, "read": _add_read, "doctor": _add_doctor}
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", parents=[common], allow_abbrev=False
        )
        add[name](sub)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--object", action="append", required=True, metavar="NAME",
        help="the object to place; several are placed in turn, each seeing those before it",
    )  # fmt: skip
    parser.add_argument(
        "--prompt", required=True, metavar="TEXT", help="where it belongs, such as 'a mug on the table'"
    )
    parser.add_argument("--save", metavar="PLACED.blend", help="the file with the best pose; without it only told")
    parser.add_argument("--json", metavar="RESULT.json", help="the result with all candidates and checks; - prints it")
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary")
    add_settings(parser, thesis=False)


def _add_read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--object", required=True, metavar="NAME", help="the object that the prompt speaks of")
    parser.add_argument("--prompt", required=True, metavar="TEXT", help="where it belongs")
    parser.add_argument(
        "--anchor", dest="anchors", action="append", metavar="NAME",
        help="object to place against, instead of those the prompt names; several in the prompt's order",
    )  # fmt: skip
    parser.add_argument("--json", metavar="READING.json", help="what was understood; - prints it")
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary")


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", metavar="STATE.json", help="write it there; - prints it")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


class Results:
    """Standard output, for results alone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @staticmethod
    def take() -> Results:
        """Returns the program's standard output, and sends all else that is printed there to standard error for good.

        Blender's own code prints to it ("Info: Saved copy as ..."), partly at its very end, in the middle of our JSON.
        """
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(2, 1)
        return Results(kept)

    def print(self, text: str) -> None:
        """Writes a line."""
        data = memoryview((text + "\n").encode("utf-8", "backslashreplace"))
        while data:
            data = data[os.write(self._descriptor, data) :]

    def give(self, value: Any, json_option: str | None, lines: Sequence[str], quiet: bool) -> None:
        """Gives a result as JSON to a file or standard output, and as lines unless quiet or the JSON is printed."""
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        if json_option == "-":
            self.print(text)
            return
        if json_option is not None:
            atomic_write(json_option, (text + "\n").encode())
        if not quiet:
            self.print("\n".join(lines))


def check_file(path: str | None, option: str, suffix: str) -> str | None:
    """Returns the absolute path of a file that can be written, None and ``-`` as they are.

    Raises SettingsError before any work is wasted on it.
    """
    if path is None or path == "-":
        return path
    target = Path(path).absolute()
    if target.suffix.lower() != suffix:
        raise SettingsError(f"{option} '{path}' must end in {suffix}")
    if target.is_dir():
        raise SettingsError(f"{option} '{path}' is a folder; name a file in it")
    if not target.parent.is_dir():
        raise SettingsError(f"{option} '{path}': the folder '{target.parent}' does not exist; make it first")
    if not os.access(target.parent, os.W_OK):
        raise SettingsError(f"{option} '{path}': the folder '{target.parent}' cannot be written to; choose another")
    return str(target)


def _one_line(error: Exception) -> str:
    if isinstance(error, SgvopError):
        text = str(error)
    elif isinstance(error, OSError):
        where = f": '{error.filename}'" if error.filename is not None else ""
        text = f"{error.strerror or type(error).__name__}{where}; check the path and its permissions"
    else:
        text = f"unexpected {type(error).__name__}: {error}; --debug shows where, please report it"
    return " ".join(text.split())
