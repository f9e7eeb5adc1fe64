"""A small maker of glTF files for tests; it shares no code with the project's own writer."""

from __future__ import annotations

import base64
import io
import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image

CODES = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}

TETRA = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
TETRA_FACES = np.array([0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3], np.uint16)


def png(colour, size=(2, 2)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, tuple(colour)).save(out, "PNG")
    return out.getvalue()


class GltfFile:
    """Collects JSON entries and binary data; ``glb`` and ``gltf`` write them."""

    def __init__(self) -> None:
        self.json: dict = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}], "nodes": []}
        self.data = bytearray()

    def add(self, key: str, entry: dict) -> int:
        self.json.setdefault(key, []).append(entry)
        return len(self.json[key]) - 1

    def view(self, data: bytes, **more) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        entry = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **more}
        self.data += data
        return self.add("bufferViews", entry)

    def accessor(self, values, **more) -> int:
        values = np.asarray(values)
        width = 1 if values.ndim == 1 else values.shape[1]
        entry = {
            "bufferView": self.view(values.tobytes()),
            "componentType": CODES[str(values.dtype)],
            "count": len(values),
            "type": TYPES[width],
        }
        return self.add("accessors", {**entry, **more})

    def mesh(self, vertices=TETRA, faces=TETRA_FACES, material=None, name=None, mode=None, **attributes) -> int:
        primitive: dict = {"attributes": {"POSITION": self.accessor(np.asarray(vertices, np.float32))}}
        for key, values in attributes.items():
            primitive["attributes"][key] = values if isinstance(values, int) else self.accessor(values)
        if faces is not None:
            primitive["indices"] = self.accessor(faces)
        if material is not None:
            primitive["material"] = material
        if mode is not None:
            primitive["mode"] = mode
        return self.add("meshes", {"primitives": [primitive], **({} if name is None else {"name": name})})

    def node(self, root=True, **entry) -> int:
        number = self.add("nodes", entry)
        if root:
            self.json["scenes"][0]["nodes"].append(number)
        return number

    def picture(self, colour=(255, 0, 0), **sampler) -> int:
        image = self.add("images", {"bufferView": self.view(png(colour)), "mimeType": "image/png"})
        texture = {"source": image}
        if sampler:
            texture["sampler"] = self.add("samplers", sampler)
        return self.add("textures", texture)

    def _finished(self, uri: str | None) -> dict:
        content = json.loads(json.dumps(self.json))
        if self.data:
            content["buffers"] = [{"byteLength": len(self.data), **({} if uri is None else {"uri": uri})}]
        return content

    def glb(self, path: Path, further=()) -> Path:
        text = json.dumps(self._finished(None)).encode()
        text += b" " * (-len(text) % 4)
        data = bytes(self.data) + b"\0" * (-len(self.data) % 4)
        body = struct.pack("<II", len(text), 0x4E4F534A) + text
        if data:
            body += struct.pack("<II", len(data), 0x004E4942) + data
        for kind, extra in further:
            body += struct.pack("<II", len(extra), kind) + extra
        path.write_bytes(struct.pack("<III", 0x46546C67, 2, 12 + len(body)) + body)
        return path

    def gltf(self, path: Path, embedded=False) -> Path:
        uri = path.stem + ".bin"
        if embedded:
            uri = "data:application/octet-stream;base64," + base64.b64encode(self.data).decode()
        else:
            path.with_name(uri).write_bytes(self.data)
        path.write_text(json.dumps(self._finished(uri), indent=2))
        return path


def glb_parts(path: Path) -> tuple[dict, list[tuple[int, bytes]]]:
    """The description and all further chunks of a .glb."""
    data, position, chunks = path.read_bytes(), 12, []
    while position < len(data):
        size, kind = struct.unpack_from("<II", data, position)
        chunks.append((kind, data[position + 8 : position + 8 + size]))
        position += 8 + size
    return json.loads(chunks[0][1]), chunks[1:]
