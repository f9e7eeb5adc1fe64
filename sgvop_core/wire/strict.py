"""Dataclasses from JSON values, strictly: what is unknown, missing or wrong is an error that names it."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from .frames import ProtocolError

NAMES = {str: "a text", bool: "true or false", int: "a whole number"}


@cache
def fields_of(kind: type) -> dict[str, tuple[Any, bool]]:
    """Returns the type of each field of a dataclass and whether it may be left out."""
    hints = typing.get_type_hints(kind)
    return {
        f.name: (
            hints[f.name],
            f.default is not dataclasses.MISSING or f.default_factory is not dataclasses.MISSING,
        )
        for f in dataclasses.fields(kind)
    }


def read_object(kind: type, value: Any, path: str, also: Collection[str] = ()) -> Any:
    """Returns the dataclass ``kind`` of a JSON object; fields named in ``also`` may stand in it too.

    Raises ProtocolError that names, below ``path``, what is unknown, missing or wrong.
    """
    if not isinstance(value, Mapping):
        raise ProtocolError(f"{path} is {_shown(value)}, not an object")
    wanted = fields_of(kind)
    for name in value:
        if name not in wanted and name not in also:
            raise ProtocolError(f"{path} has an unknown field {str(name)[:40]!r}")
    read = {}
    for name, (hint, optional) in wanted.items():
        if name in value:
            read[name] = read_value(hint, value[name], f"{path}.{name}")
        elif not optional:
            raise ProtocolError(f"{path} lacks its field '{name}'")
    return kind(**read)


def read_value(hint: Any, value: Any, path: str) -> Any:
    """Returns the value as the type ``hint`` says. Raises ProtocolError that names the field."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        return read_value(next(a for a in arguments if a is not types.NoneType), value, path)
    if hint is float:
        if not is_number(value):
            raise ProtocolError(f"{path} is {_shown(value)}, not a finite number")
        return float(value)
    if hint in (str, bool, int):
        if type(value) is not hint:
            raise ProtocolError(f"{path} is {_shown(value)}, not {NAMES[hint]}")
        return value
    if origin is typing.Literal:
        if value not in arguments:
            raise ProtocolError(f"{path} is {_shown(value)}, not one of {', '.join(map(str, arguments))}")
        return value
    if origin is frozenset:
        return frozenset(_items(arguments[0], value, path))
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return tuple(_items(arguments[0], value, path))
        if not isinstance(value, list | tuple):
            raise ProtocolError(f"{path} is {_shown(value)}, not a list")
        if len(value) != len(arguments):
            raise ProtocolError(f"{path} has {len(value)} values, not {len(arguments)}")
        return tuple(read_value(a, v, f"{path}[{i}]") for i, (a, v) in enumerate(zip(arguments, value, strict=True)))
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise ProtocolError(f"{path} is {_shown(value)}, not an object")
        return {key: read_value(arguments[1], v, f"{path}.{key[:40]}") for key, v in value.items()}
    return read_object(hint, value, path)


def is_number(value: Any) -> bool:
    """Returns whether a JSON value is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _shown(value: Any) -> str:
    return "null" if value is None else repr(value)[:40]


def _items(hint: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ProtocolError(f"{path} is {_shown(value)}, not a list")
    return [read_value(hint, item, f"{path}[{index}]") for index, item in enumerate(value)]
