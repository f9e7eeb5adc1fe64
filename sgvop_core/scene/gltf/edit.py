"""A glTF file with one node's transform changed and all else as it was."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np

from ...errors import SceneError
from ..model import Array, Scene
from ..resources import read_file
from ..save import save_file
from .axes import DOWN, UP, compose, decompose, split_shear
from .container import save_glb, save_gltf
from .document import Document, read_document
from .nodes import FRAME_EXTRAS, Node, owner, read_nodes
from .read import DAMAGE, skeleton_roots

MIME_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".ktx2": "image/ktx2",
}


def edit_gltf(scene: Scene, deltas: Mapping[str, Array], out: Path) -> tuple[str, ...]:
    """Writes the scene's own file anew with the named subtrees moved; returns notes for the user.

    ``deltas`` maps the name of a subtree's root to the world-space 4x4 that moves it, applied in the given order.
    Of the JSON only those nodes' transforms change; binary data stay as they are, byte for byte. Raises SceneError.
    """
    assert scene.source is not None
    try:
        document = read_document(scene.source)
        nodes = read_nodes(document)
        notes = _move(scene, document, nodes, deltas)
        _save(document, out)
    except DAMAGE as error:
        raise SceneError(f"{scene.source.name}: changed since it was read ({error}); load it again") from error
    return tuple(notes)


def _move(scene: Scene, document: Document, nodes: dict[int, Node], deltas: Mapping[str, Array]) -> list[str]:
    worlds = {i: node.world for i, node in nodes.items()}
    moved: dict[int, None] = {}
    notes: list[str] = []
    for name, delta in deltas.items():
        change = np.asarray(delta, np.float64)
        if change.shape != (4, 4) or not np.isfinite(change).all():
            raise SceneError(f"the move of '{name}' is not 16 finite numbers; place it again")
        for root in _file_nodes(scene, document, nodes, name, notes):
            moved[root] = None
            for i in _below(nodes, root):
                worlds[i] = DOWN @ change @ UP @ worlds[i]
    animated = _animated(document)
    for i in moved:
        node, carrier = nodes[i], owner(nodes, nodes[i])
        above = np.eye(4) if carrier is None else worlds[carrier]
        if np.array_equal(worlds[i], node.world) and (carrier is None or carrier not in moved):
            continue
        shape = np.linalg.svd(above[:3, :3], compute_uv=False)
        if not shape[-1] > 1e-9 * max(shape[0], 1e-300):
            raise SceneError(f"'{node.name}' hangs below a node that is scaled to zero; give that a scale other than 0")
        if _write_transform(document, nodes, node, np.linalg.solve(above, worlds[i])):
            notes.append(
                f"'{node.name}' hangs below a parent of uneven scale, which shears it; the node '{node.name} frame' "
                "between them keeps it exact"
            )
        if i in animated:
            notes.append(
                f"'{node.name}' is animated in the file: a player that runs the animation overrides the written pose; "
                "remove or re-key its animation"
            )
    return notes


def _file_nodes(scene: Scene, document: Document, nodes: dict[int, Node], name: str, notes: list[str]) -> list[int]:
    """The nodes whose transforms move an object: itself, or the joints that carry a skinned mesh."""
    source = scene.object(name).source
    if source.get("node") not in nodes:
        raise SceneError(f"'{name}' is not a node of {document.path.name}; write to a new .glb made from the scene")
    if "instance" in source:
        raise SceneError(
            f"'{name}' is one of the instances that '{nodes[source['node']].name}' stores together; "
            "place that one whole, or write to a .blend"
        )
    if "skin" not in source:
        return [source["node"]]
    roots = skeleton_roots(document, nodes, source["skin"])
    if source["node"] in {up for r in roots for up in _above(nodes, r)}:
        return [source["node"]]
    notes.append(f"'{name}' is bound to a skeleton; its joints were moved, and all that is bound to them with it")
    return roots


def _write_transform(document: Document, nodes: dict[int, Node], node: Node, local: Array) -> bool:
    """Puts ``local`` into the node, TRS as TRS and a matrix as a matrix; returns whether a frame had to be added.

    Shear, which comes with a parent of uneven scale and which most programs drop from a node, goes into a frame of
    its own between the two; only a node whose matrix had shear before keeps it. Unchanged parts stay as written.
    """
    entry = node.entry
    frame = nodes[node.parent] if node.parent is not None and nodes[node.parent].is_frame else None
    if frame is not None:
        for key in ("matrix", "translation", "rotation", "scale"):
            frame.entry.pop(key, None)
    before = _parts(entry)
    parts = decompose(local, None if before is None else before["scale"])
    added = False
    if parts is None and (before is not None or decompose(node.local) is not None):
        if frame is None:
            _insert_frame(document, nodes, node)
            frame_entry, added = document.items("nodes")[-1], True
        else:
            frame_entry = frame.entry
        translation, turn, scale, inner = split_shear(local)
        outer = {"translation": translation, "rotation": turn, "scale": scale}
        frame_entry.update({key: [float(v) for v in values] for key, values in outer.items()})
        parts = np.zeros(3), inner, np.ones(3)
        local = compose(*parts)
    if before is None:
        entry["matrix"] = [float(v) for v in local.T.reshape(-1)]
        return added
    assert parts is not None
    for (key, old), new in zip(before.items(), parts, strict=True):
        if key == "rotation" and np.dot(old, new) < 0:
            new = -new
        if not np.allclose(old, new, rtol=1e-9, atol=1e-12 if key == "translation" else 1e-9):
            entry[key] = [float(v) for v in new]
    return added


def _insert_frame(document: Document, nodes: dict[int, Node], node: Node) -> None:
    """Adds a node at the end of the list that takes the moved node's place below its parent."""
    entries = document.items("nodes")
    entries.append({"name": f"{node.name} frame", "children": [node.index], "extras": FRAME_EXTRAS})
    assert node.parent is not None
    siblings = nodes[node.parent].entry["children"]
    siblings[siblings.index(node.index)] = len(entries) - 1


def _parts(entry: dict[str, Any]) -> dict[str, Array] | None:
    """The node's translation, rotation and scale; None when it has a matrix."""
    if "matrix" in entry:
        return None
    rotation = np.array(entry.get("rotation", (0, 0, 0, 1)), np.float64)
    return {
        "translation": np.array(entry.get("translation", (0, 0, 0)), np.float64),
        "rotation": rotation / np.linalg.norm(rotation),
        "scale": np.array(entry.get("scale", (1, 1, 1)), np.float64),
    }


def _below(nodes: dict[int, Node], root: int) -> list[int]:
    found, stack = [], [root]
    while stack:
        i = stack.pop()
        found.append(i)
        stack.extend(nodes[i].children)
    return found


def _above(nodes: dict[int, Node], index: int) -> list[int]:
    found: list[int] = []
    up = nodes[index].parent
    while up is not None:
        found.append(up)
        up = nodes[up].parent
    return found


def _animated(document: Document) -> set[int]:
    """The nodes whose transform an animation drives, also through KHR_animation_pointer."""
    targets: set[int] = set()
    for animation in document.items("animations"):
        for channel in animation.get("channels", []):
            target = channel.get("target", {})
            if target.get("path") in ("translation", "rotation", "scale") and isinstance(target.get("node"), int):
                targets.add(target["node"])
            pointer = target.get("extensions", {}).get("KHR_animation_pointer", {}).get("pointer", "").split("/")
            if len(pointer) > 3 and pointer[1] == "nodes" and pointer[3] in ("translation", "rotation", "scale"):
                targets.add(int(pointer[2]))
    return targets


def _save(document: Document, out: Path) -> None:
    content = document.json
    if out.suffix.lower() == ".glb":
        if _external(document):
            parts = _packed(document)
        else:
            parts = None if document.binary is None else [document.binary]
        save_glb(out, content, parts, document.further_chunks)
        return
    if out.parent.resolve() != document.path.parent.resolve():
        _copy_resources(document, out)
    save_gltf(out, content, document.binary, 2 if document.binary is not None else document.text_indent)


def _external(document: Document) -> list[tuple[str, dict[str, Any]]]:
    """The buffers and images that stand in files of their own."""
    found = []
    for key in ("buffers", "images"):
        for entry in document.items(key):
            if isinstance(entry.get("uri"), str) and not entry["uri"].startswith("data:"):
                found.append((key, entry))
    return found


def _packed(document: Document) -> list[bytes | memoryview] | None:
    """Moves all buffers and picture files into one binary part; the description is changed to point there."""
    buffers = document.items("buffers")
    parts: list[bytes | memoryview] = []
    starts, size = [], 0

    def append(data: bytes | memoryview) -> int:
        nonlocal size
        start, padding = size, -len(data) % 4
        parts.extend([data, b"\0" * padding])
        size += len(data) + padding
        return start

    for i, entry in enumerate(buffers):
        starts.append(append(document.buffer(i)[: int(entry["byteLength"])]))
    for view in document.items("bufferViews"):
        start = starts[view["buffer"]]
        view["buffer"] = 0
        if start:
            view["byteOffset"] = view.get("byteOffset", 0) + start
    for image in document.items("images"):
        uri = image.get("uri")
        if not isinstance(uri, str) or uri.startswith("data:"):
            continue
        path = document.external(uri, "an image")
        if not path.is_file():
            continue
        data = read_file(path)
        views = document.json.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": append(data), "byteLength": len(data)})
        del image["uri"]
        image["bufferView"] = len(views) - 1
        image.setdefault("mimeType", MIME_TYPES.get(path.suffix.lower(), "image/png"))
        image.setdefault("name", path.stem)
    if not size:
        return None
    first = buffers[0] if buffers else {}
    document.json["buffers"] = [{**{k: v for k, v in first.items() if k != "uri"}, "byteLength": size}]
    return parts


def _copy_resources(document: Document, out: Path) -> None:
    """Copies the files that the scene refers to beside the output; other files of that name are never overwritten."""
    copied: dict[str, str] = {}
    for key, entry in _external(document):
        uri = entry["uri"]
        if uri not in copied:
            path = document.external(uri, f"one of its {key}")
            if not path.is_file():
                continue
            data = read_file(path)
            target = out.parent / os.path.normpath(unquote(uri))
            if target.is_file() and read_file(target) != data:
                target = target.with_name(f"{out.stem}_{target.name}")
                uri_there = target.relative_to(out.parent).as_posix()
                if target.is_file() and read_file(target) != data:
                    raise SceneError(
                        f"'{target}' is in the way of a file that the scene needs; move it or write elsewhere"
                    )
                copied[uri] = quote(uri_there)
            else:
                copied[uri] = uri
            if not target.is_file():
                save_file(target, data)
        entry["uri"] = copied[uri]
