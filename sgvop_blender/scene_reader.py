"""The open Blender scene as a bundle: what is seen, evaluated, in world coordinates.

Reading comes in pieces, so that a window can be drawn between them. Whoever runs them must not go on once the
dependency graph was evaluated anew in between: what the pieces hold may be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .core_wire import Bundle
from .material_reader import MaterialReader
from .mesh_reader import read_mesh
from .view_reader import read_camera, read_light, read_world

MESH_LIKE = {"MESH", "CURVE", "SURFACE", "FONT", "META", "CURVES"}
MOST_INSTANCES = 50_000
"""Instances (of collections, geometry nodes, particles) that are read; a meadow has millions and is only context."""


AT_ONCE = 250
"""Things of a kind that take some microseconds each, such as names or instances, that are gone through in one piece."""
PATIENCE = 3
"""Times that instances are gone through anew because Blender evaluated the scene; then it is done without a pause."""

Pieces = Generator[None, None, None]


def read_scene(data: Any, scene: Any, view_layer: Any, depsgraph: Any) -> Bundle:
    """Returns the bundle of a scene as the dependency graph evaluates it.

    ``data`` is bpy.data. Objects that the view layer hides or leaves out, or that are not rendered, are marked
    hidden. Instances become objects of their own below the object that makes them, named ``maker/object``.
    """
    pieces = read_in_pieces(data, scene, view_layer, depsgraph)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def read_in_pieces(
    data: Any, scene: Any, view_layer: Any, depsgraph: Any, cameras: Iterable[dict[str, Any]] = (),
    evaluations: Callable[[], int] = lambda: 0,
) -> Generator[None, None, Bundle]:  # fmt: skip
    """Returns a generator that reads as ``read_scene`` does, a piece at a time, and gives the bundle at its end.

    ``cameras``: entries in the bundle's form that come before the scene's own. ``evaluations`` tells how often Blender has
    evaluated dependency graphs: what makes instances is gone through again when it did so in between.
    """
    reader = _Reader(data, depsgraph, evaluations)
    materials = reader.materials
    try:
        yield from reader.objects_of(scene, view_layer)
        yield
        yield from reader.instances()
        yield from materials.read_pictures()
    finally:
        materials.remove_copies()
    ambient, background = read_world(scene.world, reader.notes)
    own = sorted(reader.cameras, key=lambda pair: pair[0] != scene.camera)
    header = {
        "objects": reader.objects,
        "meshes": reader.meshes,
        "materials": materials.entries,
        "textures": materials.textures,
        "cameras": [*cameras, *(read_camera(reader.names[o], o.data, m, scene.render) for o, m in own)],
        "lights": reader.lights,
        "ambient": ambient,
        "background": background,
        "notes": reader.notes,
    }
    matrices = np.empty((len(reader.matrices), 4, 4), np.float64)
    for first in range(0, len(matrices), AT_ONCE):
        yield
        part = slice(first, first + AT_ONCE)
        matrices[part] = reader.matrices[part]
        reader.matrices[part] = [None] * len(reader.matrices[part])
    yield from reader.let_go()
    return Bundle(header, {**reader.arrays, **materials.arrays, "object/matrices": matrices}, materials.files)


@dataclass
class _Reader:
    data: Any
    depsgraph: Any
    evaluations: Callable[[], int]
    notes: list[str] = field(default_factory=list)
    objects: list[dict[str, Any]] = field(default_factory=list)
    matrices: list[np.ndarray | None] = field(default_factory=list)
    meshes: list[dict[str, Any]] = field(default_factory=list)
    lights: list[dict[str, Any]] = field(default_factory=list)
    cameras: list[tuple[Any, Any]] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    names: dict[Any, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _meshes: dict[Any, int | None] = field(default_factory=dict)
    _skip_self: set[Any] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.materials = MaterialReader(self.data, self.notes)

    def objects_of(self, scene: Any, view_layer: Any) -> Pieces:
        """Reads the scene's own objects, parents before children as far as the file has them in the scene."""
        inside = set(view_layer.objects)
        yield
        everything = list(scene.objects)
        parents = set()
        for index, o in enumerate(everything):
            if index % AT_ONCE == 0:
                yield
            self.names[o] = self._name(o.name)
            parents.add(o.parent)
        yield from self._find_hidden_makers(everything)
        for o in everything:
            yield
            seen = o in inside and o.visible_get(view_layer=view_layer)
            evaluated = o.evaluated_get(self.depsgraph) if o in inside else o
            matrix = self._matrix(o)
            if not np.isfinite(matrix).all():
                self.notes.append(f"'{o.name}' has a transform with NaN or infinite numbers; it is left out")
                continue
            hidden = not seen or o.hide_render
            if o.type == "CAMERA":
                self.cameras.append((o, matrix))
            elif o.type == "LIGHT" and not hidden:
                self.lights.append(read_light(self.names[o], evaluated.data, matrix))
            if o.type in ("CAMERA", "LIGHT", "LIGHT_PROBE", "SPEAKER") and o not in parents:
                continue
            mesh = None
            if o.type in MESH_LIKE and o not in self._skip_self:
                mesh = yield from self._mesh(evaluated, seen)
            parent = o.parent
            source: dict[str, Any] = {"object": o.name, "library": o.library.filepath if o.library else None}
            self._add(self.names[o], matrix, mesh, self.names.get(parent) if parent else None, hidden, source)

    def _find_hidden_makers(self, everything: list[Any]) -> Pieces:
        """Notes the objects that are not shown themselves, only what they make."""
        makes = False
        for index, o in enumerate(everything):
            if index % AT_ONCE == 0:
                yield
            makes = makes or o.instance_type != "NONE" or len(o.particle_systems) > 0
        if not makes:
            return
        hidden: set[Any] = set()

        def look(instance: Any) -> Generator[None, None, bool]:
            if not instance.is_instance and not instance.show_self:
                hidden.add(instance.object.original)
            yield from ()
            return True

        yield from self._through_instances(look, hidden.clear)
        self._skip_self = hidden

    def instances(self) -> Pieces:
        """Reads what collections, geometry nodes and particles show a second time.

        An instance is only there while it is iterated over: of each is taken first what must be, then it is written down.
        """
        things: dict[tuple[int, int], tuple[str, int | None, bool]] = {}
        makers: dict[int, tuple[str | None, bool]] = {}
        found: list[tuple[str, bool, tuple[str, int | None, bool], Any]] = []

        def take(instance: Any) -> Generator[None, None, bool]:
            if not instance.is_instance or (maker := instance.parent) is None:
                return True
            shown = instance.object
            if shown.type not in MESH_LIKE or shown.data is None:
                return True
            if len(found) == MOST_INSTANCES:
                self.notes.append(f"more than {MOST_INSTANCES} instances; the rest are left out")
                return False
            own = maker.as_pointer()
            if own not in makers:
                makers[own] = self.names.get(maker.original), maker.original.hide_render
            above, unseen = makers[own]
            if above is None:
                return True
            key = (shown.as_pointer(), shown.data.as_pointer())
            if key not in things:
                name, hidden, at = shown.name, shown.original.hide_render, instance.matrix_world.copy()
                things[key] = name, (yield from self._mesh(shown, True)), hidden
            else:
                at = instance.matrix_world.copy()
            if things[key][1] is not None:
                found.append((above, unseen, things[key], at))
            return True

        def anew() -> None:
            for known in (things, makers, found):
                known.clear()

        yield from self._through_instances(take, anew)
        for index, (above, unseen, (name, mesh, hidden), at) in enumerate(found):
            if index % AT_ONCE == 0:
                yield
            matrix = np.array(at, np.float64)
            if np.isfinite(matrix).all():
                self._add(self._name(f"{above}/{name}"), matrix, mesh, above, hidden or unseen, {"instance": name})

    def _through_instances(
        self, take: Callable[[Any], Generator[None, None, bool]], anew: Callable[[], None]
    ) -> Pieces:
        """Gives each instance to ``take``, until that returns False; from the start, after ``anew``, when Blender evaluates.

        The iterator walks through what the dependency graph holds: after an evaluation it must not go on.
        """
        for turn in range(PATIENCE + 1):
            anew()
            began, whole = self.evaluations(), turn == PATIENCE
            for index, instance in enumerate(self.depsgraph.object_instances):
                if index % AT_ONCE == 0 and not whole:
                    yield
                    if self.evaluations() != began:
                        break
                if not (_whole(take(instance)) if whole else (yield from take(instance))):
                    return
                if self.evaluations() != began:
                    break
            else:
                return

    def let_go(self) -> Pieces:
        """Lets go of the objects, some at a time: of ten thousand Blender takes ten milliseconds to take leave."""
        while self.names:
            yield
            for _ in range(min(AT_ONCE, len(self.names))):
                self.names.popitem()

    def _matrix(self, obj: Any) -> np.ndarray:
        """matrix_world [4, 4]; Blender does not keep it for what is disabled or left out, where constraints are not in it."""
        shown = obj.evaluated_get(self.depsgraph)
        if shown.is_evaluated:
            return np.array(shown.matrix_world, np.float64)
        own = np.array(obj.matrix_basis, np.float64)
        if obj.parent is None:
            return own
        return self._matrix(obj.parent) @ np.array(obj.matrix_parent_inverse, np.float64) @ own

    def _add(
        self, name: str, matrix: np.ndarray, mesh: int | None, parent: str | None, hidden: bool, source: dict[str, Any]
    ) -> None:
        self.objects.append({"name": name, "parent": parent, "hidden": hidden, "mesh": mesh, "source": source})
        self.matrices.append(matrix)

    def _mesh(self, shown: Any, evaluated: bool) -> Generator[None, None, int | None]:
        """Gives the number of the mesh that an object shows; one that several objects share is read once."""
        if shown.data is None:
            return None
        slots = [slot.material for slot in shown.material_slots]
        key = (shown.data.as_pointer(), tuple("" if m is None else m.name_full for m in slots))
        if key in self._meshes:
            return self._meshes[key]
        temporary = shown.type != "MESH"
        if temporary and not evaluated:
            return None
        try:
            mesh = shown.to_mesh() if temporary else shown.data
        except RuntimeError:
            mesh = None
        number = None
        if mesh is not None and len(mesh.vertices):
            materials, arrays = yield from read_mesh(mesh, slots or list(mesh.materials), self.materials)
            number = len(self.meshes)
            self.meshes.append({"name": shown.data.name, "materials": materials})
            self.arrays.update({f"mesh/{number}/{part}": values for part, values in arrays.items()})
        if temporary and mesh is not None:
            shown.to_mesh_clear()
        self._meshes[key] = number
        return number

    def _name(self, wanted: str) -> str:
        name, number = wanted, self._numbers.get(wanted, 1)
        while name in self._taken:
            name = f"{wanted}.{number:03d}"
            number += 1
        self._numbers[wanted] = number
        self._taken.add(name)
        return name


def _whole(pieces: Generator[None, None, bool]) -> bool:
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return bool(end.value)
