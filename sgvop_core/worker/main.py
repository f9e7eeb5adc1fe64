"""The worker's options and its start: private streams, a log, few and patient threads, then the service."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import logging.handlers
import sys
import threading
from pathlib import Path

from .machine import cores, few_threads, give_way
from .streams import Outlet, take_standard_streams

LOG_BYTES, LOGS = 1 << 20, 3
"""Size of a log file and how many older ones are kept."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "--threads", type=_count, metavar="N", help="threads to compute with (default: one fewer than there are cores)"
    )
    parser.add_argument(
        "--log", metavar="FILE", help=f"log file, renewed at {LOG_BYTES >> 20} MB (default: standard error)"
    )
    parser.add_argument(
        "--idle-minutes",
        type=_minutes,
        default=10.0,
        metavar="M",
        help="models are let go of after so long without a job (default: 10)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serves until the client says goodbye or closes the stream; returns the exit code (wire/protocol.py)."""
    threads = few_threads(arguments.threads or max(cores() - 1, 1), asked=arguments.threads is not None)
    incoming, outgoing = take_standard_streams()
    faulthandler.enable()
    start_log(arguments.log)
    give_way()
    from .service import Service

    logging.info("worker started: %d threads, Python %s", threads, sys.version.split()[0])
    return Service(incoming, Outlet(outgoing), threads, arguments.idle_minutes * 60).serve()


def start_log(path: str | None) -> None:
    """Sends all that is logged, warnings and uncaught errors of threads, to a rotating file, or to standard error."""
    handler: logging.Handler = logging.StreamHandler()
    problem = None
    if path is not None:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            handler = logging.handlers.RotatingFileHandler(
                path, maxBytes=LOG_BYTES, backupCount=LOGS, encoding="utf-8", errors="backslashreplace"
            )
        except OSError as error:
            problem = f"the log '{path}' cannot be written ({error.strerror}); it goes to standard error"
    logging.basicConfig(
        level=logging.INFO,
        handlers=[handler],
        format="%(asctime)s %(process)d %(threadName)s %(levelname)s %(message)s",
        force=True,
    )
    logging.captureWarnings(True)
    # A log that cannot be written (a full disk) is no reason to fill standard error with tracebacks.
    logging.raiseExceptions = False
    if problem:
        logging.warning(problem)
    threading.excepthook = _log_thread_error


def _log_thread_error(failed: threading.ExceptHookArgs) -> None:
    error = failed.exc_value or failed.exc_type()
    logging.error("thread %s ended", failed.thread and failed.thread.name, exc_info=error)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to 1024")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 < minutes < 1e6:
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number of minutes")
    return minutes
