"""The node hierarchy of a glTF file: unique names, parents, local and world matrices (still Y up)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..limits import LIMITS
from ..model import Array
from ..resources import UniqueNames
from .axes import compose
from .document import Document


@dataclass
class Node:
    """One node that the shown scene reaches. ``local`` and ``world`` are 4x4 in glTF's frame."""

    index: int
    name: str
    parent: int | None
    local: Array
    world: Array
    entry: dict[str, Any]
    children: tuple[int, ...] = ()
    hidden: bool = False

    @property
    def is_frame(self) -> bool:
        """Whether the node was put in by us to hold what its only child cannot: shear."""
        extras = self.entry.get("extras")
        ours = extras.get("sgvop") if isinstance(extras, dict) else None
        marked = isinstance(ours, dict) and ours.get("frame") is True
        return marked and len(self.children) == 1 and not {"mesh", "camera", "skin"} & set(self.entry)


FRAME_EXTRAS = {"sgvop": {"frame": True}}
"""What marks such a node in the file."""


def owner(nodes: dict[int, Node], node: Node) -> int | None:
    """Returns the parent of a node, or the one above the frame that holds its shear."""
    parent = node.parent
    while parent is not None and nodes[parent].is_frame:
        parent = nodes[parent].parent
    return parent


def read_nodes(document: Document) -> dict[int, Node]:
    """Returns the nodes of the shown scene by index, parents before children.

    Unnamed nodes take the name of what they show; a name that occurs again gets a number. Raises SceneError for a
    node with two parents, a loop, or a transform that is not made of finite numbers.
    """
    entries = document.items("nodes")
    if len(entries) > LIMITS.objects:
        raise document.error(f"{len(entries)} nodes; at most {LIMITS.objects} are read: join or drop some")
    names = UniqueNames()
    nodes: dict[int, Node] = {}
    stack: list[tuple[Any, int | None]] = [(root, None) for root in reversed(_roots(document))]
    while stack:
        index, parent = stack.pop()
        entry = document.item("nodes", index)
        if index in nodes:
            raise document.error(
                f"node '{nodes[index].name}' hangs in the hierarchy twice or below itself; export the scene again"
            )
        name = names.take(_name(document, entry, index))
        local = local_matrix(document, entry, name)
        above = nodes[parent] if parent is not None else None
        children = _children(document, entry)
        visible = entry.get("extensions", {}).get("KHR_node_visibility", {}).get("visible", True)
        with np.errstate(all="ignore"):
            world = local if above is None else above.world @ local
        if not np.isfinite(world).all():
            raise document.error(f"node '{name}' has a transform of NaN or infinite size; reset its transform")
        nodes[index] = Node(
            index, name, parent, local, world, entry, children, visible is False or (above is not None and above.hidden)
        )
        stack.extend((child, index) for child in reversed(children))
    return nodes


def local_matrix(document: Document, entry: dict[str, Any], name: str) -> Array:
    """Returns a node's own 4x4 from its matrix or its translation, rotation and scale."""
    if "matrix" in entry:
        return _numbers(document, entry["matrix"], 16, name).reshape(4, 4).T.copy()
    rotation = _numbers(document, entry.get("rotation", (0, 0, 0, 1)), 4, name)
    if not np.linalg.norm(rotation) > 1e-12:
        raise document.error(f"node '{name}' has a rotation of length zero; reset its transform")
    return compose(
        _numbers(document, entry.get("translation", (0, 0, 0)), 3, name),
        rotation,
        _numbers(document, entry.get("scale", (1, 1, 1)), 3, name),
    )


def _numbers(document: Document, values: Any, count: int, name: str) -> Array:
    good = isinstance(values, list | tuple) and len(values) == count
    if not good or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise document.error(f"node '{name}' has a transform that is not {count} numbers; export the scene again")
    numbers = np.array(values, np.float64)
    if not np.isfinite(numbers).all():
        raise document.error(f"node '{name}' has a transform with NaN or infinite numbers; reset its transform")
    return numbers


def _roots(document: Document) -> list[Any]:
    scenes = document.items("scenes")
    if not scenes:
        below = {c for e in document.items("nodes") if isinstance(e, dict) for c in _children(document, e)}
        return [i for i in range(len(document.items("nodes"))) if i not in below]
    if len(scenes) > 1:
        document.note(f"{document.path.name} holds {len(scenes)} scenes; the one it shows first is used")
    roots = document.item("scenes", document.json.get("scene", 0)).get("nodes", [])
    if not isinstance(roots, list):
        raise document.error("a scene's nodes are not a list; export the scene again")
    return roots


def _children(document: Document, entry: dict[str, Any]) -> tuple[int, ...]:
    children = entry.get("children", [])
    if not isinstance(children, list) or any(isinstance(c, bool) or not isinstance(c, int) for c in children):
        raise document.error("a node's children are not a list of numbers; export the scene again")
    return tuple(children)


def _name(document: Document, entry: dict[str, Any], index: int) -> str:
    for source in (
        entry,
        *(document.item(k, entry[e]) for k, e in (("meshes", "mesh"), ("cameras", "camera")) if e in entry),
    ):
        name = source.get("name")
        if isinstance(name, str) and name.strip():
            return name
    return f"node {index}"
