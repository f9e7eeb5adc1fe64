"""The worker's two streams: taken away from everybody else, so that what libraries print cannot get between frames."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from ..wire.protocol import frame


def take_standard_streams() -> tuple[int, int]:
    """Returns private descriptors of standard input and output.

    From now on what anything prints goes to standard error, and whoever reads standard input finds it empty.
    """
    incoming, outgoing = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(incoming, os.O_BINARY)
        msvcrt.setmode(outgoing, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # started without standard error
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.close(nothing)
    sys.stdout = sys.stderr
    return incoming, outgoing


class Outlet:
    """Sends messages, whole and one after the other, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, *messages: Any) -> None:
        """Writes messages without others between them. Raises OSError when nobody reads any more."""
        data = memoryview(b"".join(frame(message) for message in messages))
        with self._lock:
            while data:
                data = data[os.write(self._descriptor, data) :]
