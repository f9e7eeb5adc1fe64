"""Frames on a byte stream: eight hexadecimal digits (the length of the JSON in bytes), a line end, the JSON, a line end.

Anything else is garbage. There is no way back into step after garbage: the stream has to be closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

LARGEST = 16 << 20
"""Bytes of JSON in a frame, at most. Larger things travel as files, or in pieces."""
DIGITS = 8
HEAD = DIGITS + 1
"""Bytes before the JSON: the digits and the line end."""
HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


class ProtocolError(ValueError):
    """What came is not what the protocol says; the text is one line that names it."""


def encode(value: Mapping[str, Any]) -> bytes:
    """Returns the frame of one JSON object. Raises ProtocolError when it is too large or is not JSON (NaN, infinity)."""
    try:
        body = json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"a message that cannot be written as JSON: {str(error)[:100]}") from error
    if len(body) > LARGEST:
        raise ProtocolError(f"a message of {len(body)} bytes; {LARGEST} are allowed, send files or pieces")
    return b"%08x\n%s\n" % (len(body), body)


class Decoder:
    """Turns bytes, however they were split, into JSON objects. After its first ProtocolError it raises that for ever."""

    def __init__(self, largest: int = LARGEST) -> None:
        self.largest = largest
        self._held = bytearray()
        self._need: int | None = None
        self._broken: ProtocolError | None = None

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Yields the objects that these bytes complete; what came before garbage is yielded before the error.

        Raises ProtocolError at the first byte that cannot belong to a frame. The bytes are taken as it is iterated.
        """
        if self._broken is not None:
            raise self._broken
        self._held += data
        while True:
            if self._need is None:
                self._read_head()
            if self._need is None or len(self._held) < HEAD + self._need + 1:
                return
            body = bytes(self._held[HEAD : HEAD + self._need])
            if self._held[HEAD + self._need] != 0x0A:
                self._fail("a frame that does not end where it says")
            del self._held[: HEAD + self._need + 1]
            self._need = None
            yield self._read(body)

    def finish(self) -> None:
        """Raises ProtocolError when the stream ends within a frame."""
        if self._held:
            self._fail("the stream ended within a frame")

    @property
    def between(self) -> bool:
        """Whether all that came so far were whole frames."""
        return not self._held and self._broken is None

    def _read_head(self) -> None:
        head = self._held[:HEAD]
        if not HEXADECIMAL.issuperset(head[:DIGITS]) or (len(head) == HEAD and head[DIGITS] != 0x0A):
            shown = bytes(self._held[:40]).decode("ascii", "backslashreplace")
            self._fail(f"not a frame but {shown!r}")
        if len(head) == HEAD:
            need = int(head[:DIGITS], 16)
            if need > self.largest:
                self._fail(f"a frame of {need} bytes; {self.largest} are allowed")
            self._need = need

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            value = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            self._fail(f"a frame whose content is not JSON: {str(error)[:100]}")
        if not isinstance(value, dict):
            self._fail(f"a frame that holds a {type(value).__name__}, not an object")
        return value

    def _fail(self, text: str) -> NoReturn:
        self._broken = ProtocolError(text)
        self._held.clear()
        raise self._broken


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
