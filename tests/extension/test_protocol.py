"""Frames and messages: any split of the bytes, garbage, strict fields."""

from __future__ import annotations

import dataclasses
import itertools
import json
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgvop_core.wire.frames import LARGEST, Decoder, ProtocolError, encode
from sgvop_core.wire.protocol import (
    PROTOCOL,
    TO_CLIENT,
    TO_WORKER,
    Best,
    Candidate,
    Device,
    DeviceList,
    Failed,
    Heartbeat,
    Hello,
    Log,
    Place,
    Stage,
    VersionMismatch,
    Welcome,
    frame,
    from_json,
    matrix,
    to_json,
)
from sgvop_core.wire.strict import fields_of

UNIT = matrix([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
EXAMPLES = [
    Place(3, "/tmp/ü.npz", ("Cup", "Tasse"), "a cup “on” the table", {"seed": 2, "locks": ["scale.x"]}, True, "/tmp/j"),
    Best(3, {"Cup": UNIT}, -0.25),
    Candidate(3, 0, {"Cup": UNIT}, 1.5, {"clip": 0.2, "relation": None}, {"complete": True, "failures": []}, None),
    Stage(3, "propose", 0.25),
    DeviceList((Device("cpu", "Some CPU", 1, 2), Device("cuda:0", "GPU", problem="no kernel"))),
    Heartbeat(1 << 34, 3),
    Failed(None, "version", "too old", "update"),
]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda m: type(m).__name__)
def test_messages_survive_the_way_there(message: typing.Any) -> None:
    known = TO_WORKER if type(message).__name__ in TO_WORKER else TO_CLIENT
    (plain,) = Decoder().feed(frame(message))
    assert from_json(plain, known) == message


@given(cuts=st.lists(st.integers(0, 2000), max_size=30))
def test_any_split_of_the_bytes_gives_the_same_messages(cuts: list[int]) -> None:
    stream = b"".join(frame(m) for m in EXAMPLES)
    places = [0, *sorted(c for c in cuts if c < len(stream)), len(stream)]
    decoder = Decoder()
    found = [plain for a, b in itertools.pairwise(places) for plain in decoder.feed(stream[a:b])]
    assert found == [json.loads(json.dumps(to_json(m))) for m in EXAMPLES]
    decoder.finish()
    assert decoder.between


def test_byte_by_byte() -> None:
    decoder = Decoder()
    found = [m for b in frame(EXAMPLES[0]) for m in decoder.feed(bytes([b]))]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("garbage", "told"),
    [
        (b"W", "not a frame"),
        (b"Warning: something\n", "Warning: something"),
        (b"0000000", "within a frame"),
        (b"00000002{}\n", "not a frame"),
        (b"0000000x\n", "not a frame"),
        (b"\xff\xfe\x00", "not a frame"),
        (b"00000002\n{}x", "does not end"),
        (b"00000002\n{]\n", "not JSON"),
        (b"00000002\n[]\n", "a list, not an object"),
        (b'0000000b\n{"a": NaN} \n', "not JSON"),
        (b"00000002\n\xff\xff\n", "not JSON"),
        (b"7fffffff\n", "are allowed"),
        (encode({"a": 1})[:-4], "within a frame"),
    ],
)
def test_garbage_is_told_and_stays_an_error(garbage: bytes, told: str) -> None:
    decoder = Decoder()
    with pytest.raises(ProtocolError, match=told):
        list(decoder.feed(garbage))
        decoder.finish()
    with pytest.raises(ProtocolError, match=told):
        list(decoder.feed(frame(Log("info", "x"))))


def test_what_came_before_garbage_is_still_given() -> None:
    got = []
    with pytest.raises(ProtocolError):
        for plain in Decoder().feed(frame(Log("info", "first")) + b"Segmentation fault"):
            got.append(plain)
    assert [g["text"] for g in got] == ["first"]


def test_a_deep_nest_is_an_error_and_no_crash() -> None:
    body = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(ProtocolError):
        list(Decoder().feed(b"%08x\n%s\n" % (len(body), body)))


def test_too_large_a_message_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ProtocolError, match="are allowed"):
        frame(Log("info", "x" * (LARGEST + 1)))
    with pytest.raises(ProtocolError, match="JSON"):
        frame(Stage(1, "x", float("nan")))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "Nonsense"}, "unknown type 'Nonsense'"),
        ({"type": 7}, "unknown type"),
        ({"type": "Place"}, "unknown type"),
        ({"job": "3"}, "Stage.job is '3', not a whole number"),
        ({"job": True}, "Stage.job is True"),
        ({"job": None}, "Stage.job is null"),
        ({"done": "much"}, "Stage.done"),
        ({"done": float("inf")}, "Stage.done"),
        ({"done": 10**400}, "Stage.done"),
        ({"message": 1}, "Stage.message is 1, not a text"),
        ({"extra": 1}, "unknown field 'extra'"),
    ],
)
def test_wrong_fields_are_named(change: dict[str, typing.Any], told: str) -> None:
    plain = {**to_json(Stage(3, "propose", 0.5)), **change}
    with pytest.raises(ProtocolError, match=told):
        from_json(plain, TO_CLIENT)


def test_missing_fields_and_wrong_matrices_are_named() -> None:
    plain = to_json(Best(1, {"Cup": UNIT}, 0.0))
    with pytest.raises(ProtocolError, match="Best lacks its field 'score'"):
        from_json({k: v for k, v in plain.items() if k != "score"}, TO_CLIENT)
    with pytest.raises(ProtocolError, match=r"Best.matrices.Cup has 3 values, not 4"):
        from_json({**plain, "matrices": {"Cup": UNIT[:3]}}, TO_CLIENT)
    with pytest.raises(ProtocolError, match="Device"):
        from_json({"type": "DeviceList", "devices": [1]}, TO_CLIENT)
    with pytest.raises(ProtocolError, match="Failed"):
        from_json({**to_json(EXAMPLES[-1]), "kind": "mood"}, TO_CLIENT)


def test_another_version_is_told_whatever_else_it_sends() -> None:
    with pytest.raises(VersionMismatch, match="protocol 9") as caught:
        from_json({"type": "Hello", "protocol": PROTOCOL + 8, "colour": "red"}, TO_WORKER)
    assert caught.value.theirs == 9
    with pytest.raises(VersionMismatch):
        from_json({"type": "Welcome", "protocol": 0}, TO_CLIENT)


@pytest.mark.parametrize("kind", [*TO_WORKER.values(), *TO_CLIENT.values()], ids=lambda k: k.__name__)
def test_every_message_is_frozen_and_its_fields_are_of_readable_types(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    with pytest.raises(ProtocolError, match=r"unknown field|lacks"):
        from_json({"type": kind.__name__, "protocol": PROTOCOL, "?": 0}, {kind.__name__: kind})
    fields_of(kind)


def test_only_the_standard_library_is_needed() -> None:
    code = (
        "import sys; before = set(sys.modules); import sgvop_core.wire.protocol;"
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    root = Path(__file__).resolve().parents[2]
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert set(made.stdout.split()) <= {"sgvop_core"}


def test_the_hello_messages_keep_their_form() -> None:
    names = {k: [f.name for f in dataclasses.fields(k)] for k in (Hello, Welcome, Failed)}
    assert names == {
        Hello: ["protocol", "version"],
        Welcome: ["protocol", "versions", "pid", "capabilities"],
        Failed: ["job", "kind", "message", "remedy"],
    }
