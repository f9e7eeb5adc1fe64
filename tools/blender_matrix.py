#!/usr/bin/env python3
"""Runs the tests that need Blender in every Python given, each with a bpy of its own, and prints a table.

    tools/blender_matrix.py PYTHON... [-- PYTEST ARGUMENTS]

Each PYTHON needs bpy, pytest, pytest-timeout, hypothesis and pillow; torch only the one that runs the real worker, which
--worker names (default: this Python). A PYTHON may be a command, as `ssh host python`. Exit code 1 when tests fail anywhere.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ("tests/blender", "tests/extension")
VERSIONS = "import sys, numpy, bpy; print('versions', bpy.app.version_string.split()[0], sys.version.split()[0], numpy.__version__)"
COUNTS = ("passed", "failed", "errors", "skipped")


@dataclass
class Row:
    """What came of one Python: ``versions`` of Blender, Python and numpy; the number of tests by outcome."""

    python: str
    versions: tuple[str, str, str] = ("-", "-", "-")
    counts: tuple[int, ...] = (0, 0, 0, 0)
    seconds: float = 0.0
    complaint: str = ""

    @property
    def good(self) -> bool:
        """Whether tests ran, and all passed or were skipped."""
        return not self.complaint and self.counts[0] > 0 and not self.counts[1] + self.counts[2]


def run(python: str, worker: str, arguments: list[str]) -> Row:
    """Returns the row of one Python; its tests' output goes to this terminal as they run."""
    command, environment = shlex.split(python), {**os.environ, "PYTHONPATH": str(ROOT), "SGVOP_PYTHON": worker}
    row = Row(python)
    try:
        asked = subprocess.run([*command, "-c", VERSIONS], capture_output=True, text=True, cwd=ROOT, check=False)
    except OSError as error:
        row.complaint = error.strerror or str(error)
        return row
    told = next((line.split()[1:] for line in asked.stdout.splitlines() if line.startswith("versions ")), None)
    if told is None:
        row.complaint = (asked.stderr.strip() or "it printed no versions").splitlines()[-1]
        return row
    row.versions = (told[0], told[1], told[2])
    print(f"== Blender {told[0]}, Python {told[1]}, numpy {told[2]}", flush=True)
    begun, last = time.monotonic(), ""
    with subprocess.Popen(
        [*command, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment,
    ) as tests:  # fmt: skip
        assert tests.stdout is not None
        for line in tests.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line if line.strip() else last
    row.seconds, row.counts = time.monotonic() - begun, outcome(last)
    if tests.returncode > 1 or tests.returncode < 0:
        row.complaint = f"pytest ended with {tests.returncode}"
    return row


def outcome(line: str) -> tuple[int, ...]:
    """Returns how many passed, failed, were in error and were skipped by pytest's last line."""
    found = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", line)}
    found["errors"] = found.get("errors", found.get("error", 0))
    return tuple(found.get(word, 0) for word in COUNTS)


def table(rows: list[Row]) -> str:
    """Returns the rows as a Markdown table."""
    head = ("Blender", "Python", "numpy", *COUNTS, "seconds", "")
    body = [
        (*r.versions, *map(str, r.counts), f"{r.seconds:.0f}", r.complaint or ("" if r.good else "!")) for r in rows
    ]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *body))


def main(given: list[str]) -> int:
    """Returns the exit code: 0 when the tests passed in every Python."""
    split = given.index("--") if "--" in given else len(given)
    own, more = given[:split], given[split + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    parser.add_argument("--worker", default=sys.executable, help="the Python with torch that runs the real worker")
    options = parser.parse_args(own)
    rows = [run(python, options.worker, more) for python in options.pythons]
    print("\n" + table(rows))
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
