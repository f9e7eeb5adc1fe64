"""Typed arrays out of glTF buffers; every size is checked before anything is allocated."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..limits import LIMITS
from ..model import Array
from .document import Document, whole

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


def read_accessor(document: Document, index: Any, types: tuple[str, ...], what: str) -> Array:
    """Returns an accessor's values as stored, [count, width], sparse replacements applied.

    ``types`` are the glTF types allowed (``VEC3`` ...); matrices come as their columns one after the other.
    Raises SceneError when the accessor is of another type or reaches beyond its data.
    """
    entry = document.item("accessors", index)
    kind, count = entry.get("type"), whole(entry.get("count"))
    component = entry.get("componentType")
    dtype = COMPONENTS.get(component) if isinstance(component, int) else None
    if kind not in types or dtype is None:
        raise document.error(
            f"{what} has the type {kind} of {component}, expected {' or '.join(types)}; export it again"
        )
    if count is None or count > LIMITS.vertices * 3:
        raise document.error(f"{what} has {entry.get('count')} entries, which is impossible or too many")
    width, element = WIDTHS[str(kind)], np.dtype(dtype)
    if str(kind).startswith("MAT") and element.itemsize < 4:
        raise document.error(f"{what} holds matrices of small integers, which are not read; export floats")
    if entry.get("bufferView") is None:
        values = np.zeros((count, width), element)
    else:
        values = _strided(document, entry["bufferView"], entry.get("byteOffset", 0), count, width, element, what)
    if entry.get("sparse") is not None:
        values = _with_sparse(document, entry["sparse"], values, what)
    return values


def read_floats(document: Document, index: Any, types: tuple[str, ...], what: str) -> Array:
    """Returns an accessor's values as float32 [count, width]; normalized integers become -1..1 or 0..1."""
    values = read_accessor(document, index, types, what)
    if values.dtype.kind == "f":
        return values.astype(np.float32, copy=False)
    floats = values.astype(np.float32)
    if document.item("accessors", index).get("normalized"):
        floats = np.maximum(floats / np.float32(np.iinfo(values.dtype).max), -1.0)
    return floats


def read_integers(document: Document, index: Any, types: tuple[str, ...], what: str) -> Array:
    """Returns an accessor's values as int64 [count, width]. Raises SceneError when it holds floats."""
    values = read_accessor(document, index, types, what)
    if values.dtype.kind == "f":
        raise document.error(f"{what} holds floats where whole numbers belong; export the scene again")
    return values.astype(np.int64)


def _strided(document: Document, view: Any, start: Any, count: int, width: int, element: np.dtype, what: str) -> Array:
    data, stride = document.view(view)
    offset = whole(start)
    size = width * element.itemsize
    stride = stride or size
    if offset is None or stride < size or (count and offset + stride * (count - 1) + size > len(data)):
        raise document.error(f"{what} reaches beyond its data; the file is cut short or damaged")
    if not count:
        return np.zeros((0, width), element)
    return np.ndarray((count, width), element, data, offset, (stride, element.itemsize))


def _with_sparse(document: Document, sparse: Any, values: Array, what: str) -> Array:
    count = whole(sparse.get("count")) if isinstance(sparse, dict) else None
    if count is None or count > len(values):
        raise document.error(f"{what} has a damaged sparse part; export the scene again")
    where, replaced = sparse["indices"], sparse["values"]
    dtype = COMPONENTS.get(where.get("componentType"))
    if dtype not in ("<u1", "<u2", "<u4"):
        raise document.error(f"{what} has sparse indices of a wrong type; export the scene again")
    indices = _strided(document, where.get("bufferView"), where.get("byteOffset", 0), count, 1, np.dtype(dtype), what)[
        :, 0
    ]
    if count and int(indices.max()) >= len(values):
        raise document.error(f"{what} has sparse indices beyond its end; export the scene again")
    values = values.copy()
    values[indices] = _strided(
        document, replaced.get("bufferView"), replaced.get("byteOffset", 0), count, values.shape[1], values.dtype, what
    )
    return values
