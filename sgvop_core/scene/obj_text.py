"""The statements of an OBJ file as arrays: numbers are parsed in bulk, names are kept with the faces they begin at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from ..errors import SceneError
from .limits import LIMITS
from .model import Array


@dataclass
class ObjText:
    """vertices [N, 3 or 6] (with colours), uvs [U, 2], normals [M, 3]; polygon corners [C, 3] as indices into those
    (-1: none) and polygon sizes [P]. ``objects``, ``groups`` and ``materials`` hold (first polygon, name)."""

    vertices: Array
    uvs: Array
    normals: Array
    corners: Array
    sizes: Array
    objects: list[tuple[int, str]] = field(default_factory=list)
    groups: list[tuple[int, str]] = field(default_factory=list)
    materials: list[tuple[int, str]] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)


def parse_obj(data: bytes, name: str) -> ObjText:
    """Returns the parsed statements. Raises SceneError when numbers are damaged or faces name what is not there."""
    if b"\0" in data[:4096]:
        raise SceneError(f"{name}: not an OBJ file (it holds binary data); export it again")
    lines = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").split(b"\n")
    if len(lines) == 1:
        lines = data.split(b"\r")
    rows: dict[bytes, list[bytes]] = {b"v": [], b"vt": [], b"vn": [], b"f": []}
    counts: list[tuple[int, int, int]] = []
    named: dict[bytes, list[tuple[int, str]]] = {b"o": [], b"g": [], b"usemtl": []}
    libraries: list[str] = []
    faces, relative = rows[b"f"], b"f -" in data or bool(re.search(rb"\nf[^\n]*[ /]-", data))
    for line in lines:
        head, _, rest = line.lstrip().partition(b" ")
        if head in rows:
            rows[head].append(rest)
            if relative and head == b"f":
                counts.append((len(rows[b"v"]), len(rows[b"vt"]), len(rows[b"vn"])))
        elif head in named:
            named[head].append((len(faces), rest.decode("utf-8", "replace").strip()))
        elif head == b"mtllib":
            libraries.append(rest.decode("utf-8", "replace").strip())
        elif b"\t" in head:
            head, _, rest = line.strip().partition(b"\t")
            if head in rows:
                rows[head].append(rest.replace(b"\t", b" "))
                if relative and head == b"f":
                    counts.append((len(rows[b"v"]), len(rows[b"vt"]), len(rows[b"vn"])))
    if not rows[b"v"]:
        raise SceneError(f"{name}: no vertices in it; is it an OBJ file?")
    if len(rows[b"v"]) > LIMITS.vertices or len(faces) > LIMITS.faces:
        raise SceneError(f"{name}: more than {LIMITS.faces // 1_000_000} million faces; reduce it")
    corners, sizes = _corners(faces, name)
    vertices = _numbers(rows[b"v"], (3, 6), f"{name}: vertices")
    uvs = _numbers(rows[b"vt"], (2,), f"{name}: uvs")
    normals = _numbers(rows[b"vn"], (3,), f"{name}: normals")
    corners = _resolved(corners, sizes, counts, (len(vertices), len(uvs), len(normals)), name)
    return ObjText(vertices, uvs, normals, corners, sizes, named[b"o"], named[b"g"], named[b"usemtl"], libraries)


def _numbers(rows: list[bytes], widths: tuple[int, ...], what: str) -> Array:
    """The rows' numbers [R, width]; longer rows are cut, shorter uv rows filled with zero."""
    if not rows:
        return np.zeros((0, widths[0]))
    values = _parse(b"\n".join(rows), np.float64)
    width, odd = divmod(len(values), len(rows))
    first = len(rows[0].split(b"#")[0].split())
    if not odd and width == first and width in (2, 3, 4, 6, 7):
        return _cut(values.reshape(-1, width), widths, what)
    split = [row.split(b"#")[0].split() for row in rows]
    try:
        least = min(widths)
        full = [[float(v) for v in (row + [b"0"] * least)[: max(widths) + 1]] for row in split]
    except ValueError:
        raise SceneError(f"{what} that are no numbers; export the file again") from None
    if widths[0] == 3 and min(map(len, split)) < 3:
        raise SceneError(f"{what} with fewer than three numbers; the file is cut short or damaged: export it again")
    return np.array([row[:least] for row in full])


def _cut(values: Array, widths: tuple[int, ...], what: str) -> Array:
    width = values.shape[1]
    if width == 7:
        return values[:, [0, 1, 2, 4, 5, 6]] if 6 in widths else values[:, : widths[0]]
    if width in widths:
        return values
    if width < widths[0]:
        raise SceneError(f"{what} with too few numbers; the file is cut short or damaged: export it again")
    return values[:, : widths[0]]


def _parse(text: bytes, kind: type) -> Array:
    """All numbers of a text, as many as could be read before the first that is none."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.fromstring(text, kind, sep=" ")
        except ValueError:
            return np.zeros(0, kind)


def _corners(faces: list[bytes], name: str) -> tuple[Array, Array]:
    """Corner references [C, 3] as written (0: none) and the size of each polygon [P]."""
    if not faces:
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    text = b"\n".join(faces)
    if b"#" in text:
        text = b"\n".join(face.split(b"#")[0] for face in faces)
    letters = np.frombuffer(text, np.uint8)
    space = (letters == 32) | (letters == 10) | (letters == 13) | (letters == 9)
    begins = ~space & np.concatenate([[True], space[:-1]])
    line_ends = np.flatnonzero(letters == 10)
    up_to = np.cumsum(begins)
    sizes = np.diff(np.concatenate([[0], up_to[line_ends], up_to[-1:]]))
    tokens = int(up_to[-1]) if len(up_to) else 0
    slashes = np.bincount(up_to[letters == 47], minlength=tokens + 1)[1:]
    uniform = int(slashes[0]) if tokens and slashes[0] <= 2 and (slashes == slashes[0]).all() else None
    values = None
    if uniform is not None:
        plain = text.replace(b"//", b"/0/").replace(b"/", b" ")
        values = _parse(plain, np.int64)
        if len(values) != tokens * (uniform + 1):
            values = None
    if values is None or uniform is None:
        padded = b" ".join(_padded(token) for token in text.split())
        values, uniform = _parse(padded, np.int64), 2
    if len(values) != tokens * (uniform + 1):
        raise SceneError(f"{name}: faces that are no numbers; the file is cut short or damaged: export it again")
    corners = np.zeros((tokens, 3), np.int64)
    corners[:, : uniform + 1] = values.reshape(tokens, uniform + 1)
    return corners, sizes


def _padded(token: bytes) -> bytes:
    parts = (token.split(b"/") + [b"0", b"0"])[:3]
    return b" ".join(part or b"0" for part in parts)


def _resolved(
    corners: Array, sizes: Array, counts: list[tuple[int, int, int]], totals: tuple[int, int, int], name: str
) -> Array:
    """References as indices from 0, -1 for none; negative ones count back from where their face stands."""
    if counts:
        at = np.repeat(np.array(counts), sizes, axis=0)
        corners = np.where(corners < 0, corners + at + 1, corners)
        if (corners < 0).any():
            raise SceneError(f"{name}: faces that refer back before the first vertex; export the file again")
    if len(corners) and (corners[:, 0].min() < 1 or corners[:, 0].max() > totals[0]):
        raise SceneError(
            f"{name}: faces of vertices that do not exist; the file is cut short or damaged: export it again"
        )
    for k in (1, 2):
        corners[(corners[:, k] > totals[k]) | (corners[:, k] < 0), k] = 0
    return corners - 1
