"""A glTF 2.0 file as it is: its JSON, its binary chunk, its buffers; nothing interpreted yet."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ...errors import SceneError
from ..limits import LIMITS
from ..resources import data_uri, local_file, read_file

MAGIC = 0x46546C67
JSON_CHUNK = 0x4E4F534A
BINARY_CHUNK = 0x004E4942

COMPRESSED = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "meshopt",
    "KHR_meshopt_compression": "meshopt",
}
UNDERSTOOD = {
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_lights_punctual",
    "KHR_node_visibility",
    "KHR_texture_basisu",
    "KHR_animation_pointer",
    "EXT_mesh_gpu_instancing",
    "EXT_texture_webp",
    "EXT_lights_image_based",
    "KHR_xmp_json_ld",
    "KHR_xmp",
}
"""Extensions that a file may require: handled, or without a bearing on where things are and their base colour."""


@dataclass
class Document:
    """One glTF file. ``binary`` is the BIN chunk of a .glb; ``further_chunks`` are kept byte for byte."""

    path: Path
    json: dict[str, Any]
    binary: memoryview | None = None
    further_chunks: tuple[tuple[int, bytes], ...] = ()
    text_indent: int | str | None = None
    notes: list[str] = field(default_factory=list)
    _buffers: dict[int, memoryview] = field(default_factory=dict)

    def error(self, text: str) -> SceneError:
        """Returns the error that names this file."""
        return SceneError(f"{self.path.name}: {text}")

    def note(self, text: str) -> None:
        """Remembers a line for the user, once."""
        if text not in self.notes:
            self.notes.append(text)

    def items(self, key: str) -> list[Any]:
        """Returns the top-level array of that name, empty when it is absent. Raises SceneError if it is none."""
        value = self.json.get(key, [])
        if not isinstance(value, list):
            raise self.error(f"'{key}' is not a list; export the scene again")
        return value

    def item(self, key: str, index: Any) -> dict[str, Any]:
        """Returns one entry of a top-level array. Raises SceneError when the index points nowhere."""
        entries = self.items(key)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(entries):
            raise self.error(
                f"refers to {key}[{str(index)[:20]}], but there are {len(entries)}; export the scene again"
            )
        if not isinstance(entries[index], dict):
            raise self.error(f"{key}[{index}] is not an object; export the scene again")
        return entries[index]

    def buffer(self, index: Any) -> memoryview:
        """Returns the bytes of a buffer: the BIN chunk, a data URI or a file below the scene's folder."""
        if isinstance(index, int) and index in self._buffers:
            return self._buffers[index]
        entry = self.item("buffers", index)
        uri = entry.get("uri")
        if uri is None:
            if index != 0 or self.binary is None:
                raise self.error(f"buffer {index} has no data; export the scene again")
            data = self.binary
        elif not isinstance(uri, str):
            raise self.error(f"buffer {index} has an address that is no text; export the scene again")
        elif uri.startswith("data:"):
            data = memoryview(data_uri(uri, f"{self.path.name}: buffer {index}"))
        else:
            data = memoryview(read_file(self.external(uri, f"buffer {index}")))
        length = whole(entry.get("byteLength", 0))
        if length is None or length > len(data):
            raise self.error(
                f"buffer {index} is cut short: {entry.get('byteLength')} bytes promised, {len(data)} there"
            )
        self._buffers[index] = data
        return data

    def external(self, uri: str, what: str) -> Path:
        """Returns the local file that a URI names. Raises SceneError if it leaves the scene's folder."""
        return local_file(self.path.parent, unquote(uri), f"{self.path.name}: {what}")

    def view(self, index: Any) -> tuple[memoryview, int]:
        """Returns the bytes of a buffer view and its stride (0: tightly packed)."""
        entry = self.item("bufferViews", index)
        if entry.get("extensions") and any(name in entry["extensions"] for name in COMPRESSED):
            buffer = self.item("buffers", entry.get("buffer"))
            if "uri" not in buffer and not (entry.get("buffer") == 0 and self.binary is not None):
                raise self.error(compressed_text("meshopt"))
        data = self.buffer(entry.get("buffer"))
        offset, length, stride = (whole(entry.get(k, 0)) for k in ("byteOffset", "byteLength", "byteStride"))
        if offset is None or length is None or stride is None or offset + length > len(data):
            raise self.error(f"bufferView {index} reaches beyond its buffer; the file is cut short or damaged")
        return data[offset : offset + length], stride


def whole(value: Any) -> int | None:
    """Returns ``value`` if it is a whole number of at least 0 (also written as 3.0), else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if value >= 0 and int(value) == value else None


def compressed_text(kind: str) -> str:
    """Returns the line that says how to get rid of a mesh compression."""
    return (
        f"its meshes are compressed with {kind}, which is not read; "
        "decompress it (gltf-transform copy in.glb out.glb) or export without compression"
    )


def read_document(path: Path) -> Document:
    """Returns the file's parts. Raises SceneError when it is not glTF 2.0, is cut short, or needs what is unknown."""
    data = read_file(path)
    document = _read_glb(path, data) if data[:4] == b"glTF" else Document(path, _parse(path, data))
    if document.binary is None and data[:4] != b"glTF":
        document.text_indent = _indent_of(data)
    _check_header(document)
    return document


def _read_glb(path: Path, data: bytes) -> Document:
    damaged = "the .glb is cut short or damaged; export or download it again"
    if len(data) < 20:
        raise SceneError(f"{path.name}: {damaged}")
    _, version, length = struct.unpack_from("<III", data, 0)
    if version != 2:
        raise SceneError(f"{path.name}: glTF version {version}; only 2.0 is read: export it as glTF 2.0")
    if length > len(data):
        raise SceneError(f"{path.name}: {length} bytes promised, {len(data)} there: {damaged}")
    view, position = memoryview(data), 12
    chunks: list[tuple[int, memoryview]] = []
    while position + 8 <= length:
        size, kind = struct.unpack_from("<II", data, position)
        position += 8
        if position + size > length:
            raise SceneError(f"{path.name}: {damaged}")
        chunks.append((kind, view[position : position + size]))
        position += size
    if not chunks or chunks[0][0] != JSON_CHUNK:
        raise SceneError(f"{path.name}: the .glb has no description inside; {damaged}")
    has_binary = len(chunks) > 1 and chunks[1][0] == BINARY_CHUNK
    further = tuple((kind, bytes(part)) for kind, part in chunks[2 if has_binary else 1 :])
    return Document(path, _parse(path, bytes(chunks[0][1])), chunks[1][1] if has_binary else None, further)


def _parse(path: Path, data: bytes) -> dict[str, Any]:
    if len(data) > LIMITS.json_bytes:
        raise SceneError(f"{path.name}: a description of {len(data) >> 20} MB is too large")
    try:
        parsed = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
        if reason.startswith("the number"):
            reason = reason + _where(data)
        raise SceneError(f"{path.name}: not valid glTF ({reason}); export or download it again") from None
    if not isinstance(parsed, dict):
        raise SceneError(f"{path.name}: not glTF: its JSON is not an object; export it again")
    return parsed


def _refuse_constant(text: str) -> float:
    raise ValueError(f"the number {text} is not allowed")


def _where(data: bytes) -> str:
    """Returns the words that name the node whose transform holds NaN or an infinite number; empty when none does."""
    parsed = json.loads(data.decode("utf-8-sig"))
    nodes = parsed.get("nodes", []) if isinstance(parsed, dict) else []
    for index, node in enumerate(nodes if isinstance(nodes, list) else []):
        if not isinstance(node, dict):
            continue
        for key in ("translation", "rotation", "scale", "matrix"):
            values = node.get(key)
            if isinstance(values, list) and any(isinstance(v, float) and not math.isfinite(v) for v in values):
                return f": {key} of node '{node.get('name', index)}'; reset its transform"
    return ""


def _indent_of(data: bytes) -> int | str | None:
    line = data[:2000].decode("utf-8", "replace").split("\n")
    if len(line) < 2 or not (lead := line[1][: len(line[1]) - len(line[1].lstrip())]):
        return None
    return "\t" if lead.startswith("\t") else len(lead)


def _check_header(document: Document) -> None:
    asset = document.json.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if not isinstance(version, str) or not version.startswith("2."):
        raise document.error(f"glTF version {str(version)[:20]}; only 2.0 is read: export it as glTF 2.0")
    required = document.json.get("extensionsRequired", [])
    if not isinstance(required, list):
        raise document.error("'extensionsRequired' is not a list; export the scene again")
    for name in required:
        if name in COMPRESSED:
            raise document.error(compressed_text(COMPRESSED[name]))
        if name not in UNDERSTOOD and not str(name).startswith("KHR_materials_"):
            raise document.error(f"needs the extension '{str(name)[:60]}', which is not known; export without it")
