"""The scene bundle: a description and the arrays it speaks of, in one .npz that numpy alone can read and write.

The description is JSON. Arrays are named by what they belong to:

* ``object/matrices`` [N, 4, 4] float64: world matrices, in the order of ``objects`` in the description;
* ``mesh/K/vertices`` [V, 3] float32 or float64, ``mesh/K/faces`` [F, 3] int32, and where there are any
  ``mesh/K/normals`` [F, 3, 3], ``mesh/K/uvs`` [F, 3, 2], ``mesh/K/colours`` [F, 3, 4] float32,
  ``mesh/K/materials`` [F] int32 into the mesh's own list of materials;
* ``texture/K/pixels`` [H, W, 4] uint8, first row on top, or ``texture/K/file`` [N] uint8, a PNG or JPEG as it is.

The description has ``format`` and ``version``, lists ``objects`` (name, parent, hidden, mesh or null, source),
``meshes`` (name, materials), ``materials``, ``textures`` (name, wrap, nearest, and linear where a file's values are not
sRGB), ``cameras``, ``lights``, and ``ambient``, ``background``, ``notes``. World and units are Blender's. Members are
stored without compression, so a bundle never unpacks to more than its own size, and sizes are checked before anything is
allocated.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .atomic import atomic_file

FORMAT = "sgvop-scene"
VERSION = 2
LARGEST_HEADER = 256 << 20
ENTRIES_AT_ONCE = 200
"""Entries of a list in the description that are turned into text in one go."""
KINDS = {"|b1", "|u1", "|i1", "<i4", "<i8", "<f4", "<f8", "<u4"}
PARTS: dict[str, tuple[tuple[int | None, ...], str]] = {
    "vertices": ((None, 3), "f"),
    "faces": ((None, 3), "i"),
    "normals": ((None, 3, 3), "f"),
    "uvs": ((None, 3, 2), "f"),
    "colours": ((None, 3, 4), "f"),
    "materials": ((None,), "i"),
    "pixels": ((None, None, 4), "u"),
    "file": ((None,), "u"),
    "matrices": ((None, 4, 4), "f"),
    "parts": ((None, 4), "f"),
}
"""Shape (None: any) and kind of number of each array, by the last part of its name."""


class BundleError(ValueError):
    """A bundle that is damaged, of another version, or no bundle at all; the text says which."""


@dataclass
class Bundle:
    """A description and its arrays by name. ``files``: paths of those whose bytes are read when the bundle is written."""

    header: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def write_bundle(path: str | Path, bundle: Bundle, pause: Callable[[], None] = lambda: None) -> None:
    """Writes a bundle, whole or not at all. Raises BundleError for a wrong array, OSError as the file system gives it.

    ``pause`` is called every millisecond or so of work, but for arrays that are written in one go: beside a window it lets
    the window's thread go first.
    """
    header = {**bundle.header, "format": FORMAT, "version": VERSION}
    arrays = {name: np.ascontiguousarray(values) for name, values in bundle.arrays.items()}
    for name, values in arrays.items():
        _check(name, values.shape, values.dtype)
    text = np.frombuffer(_description(header, pause), np.uint8)
    with atomic_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name in ("header", *arrays, *bundle.files):
            pause()
            values = text if name == "header" else arrays[name] if name in arrays else _bytes_of(bundle.files[name])
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


def _bytes_of(path: str) -> np.ndarray:
    try:
        return np.fromfile(path, np.uint8)
    except OSError as error:
        raise BundleError(f"'{path}' cannot be read any more: {error.strerror or error}") from error


def _description(header: Mapping[str, Any], pause: Callable[[], None]) -> bytes:
    """The JSON of a description; its long lists a part at a time."""
    written: list[str] = []
    for key, value in header.items():
        if isinstance(value, list) and len(value) > ENTRIES_AT_ONCE:
            parts = []
            for first in range(0, len(value), ENTRIES_AT_ONCE):
                pause()
                parts.append(json.dumps(value[first : first + ENTRIES_AT_ONCE], allow_nan=False)[1:-1])
            written.append(f"{json.dumps(key)}: [{', '.join(parts)}]")
        else:
            written.append(f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}")
    return f"{{{', '.join(written)}}}".encode()


def read_bundle(path: str | Path) -> Bundle:
    """Returns the bundle in a file. Raises BundleError when it is damaged or of another version, OSError if unreadable."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            return _read(file, size)
    except BundleError:
        raise
    except (
        zipfile.BadZipFile,
        ValueError,
        KeyError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        RecursionError,
    ) as error:
        raise BundleError(f"not a sound scene bundle: {str(error)[:100]}") from error


def _read(file: io.BufferedReader, size: int) -> Bundle:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if any(m.compress_type != zipfile.ZIP_STORED or m.file_size > size for m in members):
            raise BundleError("a compressed or oversized member; bundles are stored plainly")
        if any(not 0 <= m.header_offset < size for m in members):
            raise BundleError("a member outside the file")
        if sum(m.file_size for m in members) > size:
            raise BundleError("members that overlap")
        found = {m.filename: m for m in members}
        if "header.npy" not in found or found["header.npy"].file_size > LARGEST_HEADER:
            raise BundleError("no description in it, or one too large")
        header = json.loads(_array(archive, found.pop("header.npy"), None).tobytes())
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise BundleError("not a scene bundle")
        if header.get("version") != VERSION:
            raise BundleError(
                f"a scene bundle of version {str(header.get('version'))[:20]}, this is for {VERSION}; update both sides"
            )
        arrays = {}
        for name, member in found.items():
            if not name.endswith(".npy"):
                raise BundleError(f"a member that is no array: {name[:60]}")
            arrays[name[:-4]] = _array(archive, member, name[:-4])
    return Bundle(header, arrays)


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str | None) -> np.ndarray:
    """One member, read only after its promised size was found to be the size that is there."""
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise BundleError(f"an array in an unknown form {version}")
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(stream)
        if dtype.str not in KINDS or fortran:
            raise BundleError(f"an array of numbers of the kind {dtype.str[:20]}")
        if name is not None:
            _check(name, shape, dtype)
        count = math.prod(shape)
        data = stream.read()
        if count < 0 or count * dtype.itemsize != len(data):
            raise BundleError(f"array '{name}' promises {count} numbers and has {len(data)} bytes")
        return np.frombuffer(data, dtype).reshape(shape)


def _check(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    expected = PARTS.get(name.rpartition("/")[2])
    if expected is None:
        raise BundleError(f"an array of unknown meaning: '{name[:60]}'")
    wanted, kind = expected
    fits = len(shape) == len(wanted) and all(w is None or w == s for w, s in zip(wanted, shape, strict=True))
    if not fits or dtype.kind != kind:
        raise BundleError(f"array '{name}' has shape {shape} of {dtype}, expected {wanted} of kind '{kind}'")


def number_list(values: Any, count: int, what: str) -> list[float]:
    """Returns ``count`` finite floats. Raises BundleError when ``values`` are something else."""
    fits = isinstance(values, list | tuple) and len(values) == count
    if not fits or any(isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) for v in values):
        raise BundleError(f"{what} are not {count} finite numbers")
    return [float(v) for v in values]


def entries(header: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Returns the list of objects of that name in a description. Raises BundleError when it is something else."""
    found = header.get(key, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise BundleError(f"'{key}' is not a list of objects")
    return found
